"""Starts jsii's Node process early, with a hook, and does not wait for it.

Works on the module `jsii._kernel.providers.process`. Node starts while Python goes on importing;
the answers to the `load` requests, which no program waits for, are read before the next request is
sent. What such an answer reports is raised then.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from terratiers.core.start_up import is_taken

__all__ = ["change_kernel_process"]

_HOOK = Path(__file__).with_name("provider_loader.js")
_NODE_STEPS = ("lazy-provider", "lazy-traces", "one-process")
_environ_lock = threading.Lock()


def change_kernel_process(module: ModuleType) -> None:
    """Changes how the module starts Node and talks to it; leaves an unknown one as it is."""
    process = getattr(module, "_NodeProcess", None)
    if process is None or not hasattr(process, "start"):
        return
    steps = [step for step in _NODE_STEPS if is_taken(step)]
    if steps:
        _start_with_hook(process, steps)
    if is_taken("early-start"):
        _defer_loads(module, process)
        _start_now(module, process)


def _start_with_hook(process: Any, steps: list[str]) -> None:
    stock: Callable[[Any], None] = process.start
    # the second process would be started with --preserve-symlinks
    options = f'--require "{_escape(str(_HOOK))}" --preserve-symlinks'

    def start(self: Any) -> None:
        with _environment(TERRATIERS_NODE=",".join(steps), NODE_OPTIONS=options):
            stock(self)

    process.start = start


def _start_now(module: Any, process: Any) -> None:
    started = process()
    started.start()
    module.ProcessProvider._process = property(lambda _: started)


def _defer_loads(module: Any, process: Any) -> None:
    stock_handshake, stock_send = process.handshake, process.send

    def handshake(self: Any) -> None:
        self.due = [stock_handshake]

    def send(self: Any, request: Any, response_type: Any) -> Any:
        if isinstance(request, module.LoadRequest):
            self._process.stdin.write(_line(self, request, module.jdefault))
            self._process.stdin.flush()
            self.due.append(_read_load)
            return module.LoadResponse(assembly=request.name, types=0)
        while self.due:
            self.due.pop(0)(self)
        return stock_send(self, request, response_type)

    def _read_load(self: Any) -> None:
        answer = self._next_message()
        if "error" in answer:
            fault = answer.get("name") == module.ErrorType.JSII_FAULT.value
            kind = module.JSIIError if fault else RuntimeError
            raise kind(answer["error"]) from module.JavaScriptError(answer.get("stack"))

    process.handshake, process.send = handshake, send


def _line(self: Any, request: Any, default: Callable[[Any], Any]) -> bytes:
    import json

    return json.dumps(self._serializer.unstructure(request), default=default).encode() + b"\n"


@contextmanager
def _environment(**added: str) -> Iterator[None]:
    """Adds to this process's variables while jsii copies them, and puts them back."""
    with _environ_lock:
        before = {name: os.environ.get(name) for name in added}
        for name, text in added.items():
            os.environ[name] = f"{before[name]} {text}" if before[name] else text
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _escape(path: str) -> str:
    """Quotes as Node reads them: https://nodejs.org/api/cli.html#node_optionsoptions."""
    return path.replace("\\", "\\\\").replace('"', '\\"')
