"""Starts jsii's Node process early, with a hook, and does not wait for it.

Works on the module `jsii._kernel.providers.process`. Node starts while Python goes on importing;
the answers to the `load` requests, which no program waits for, are read before the next request is
sent. What such an answer reports is raised then.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from terratiers.core.start_up import is_taken

__all__ = ["HOOK_OPTION", "added_variables", "change_kernel_process"]

_HOOK = Path(__file__).with_name("provider_loader.js")
_NODE_STEPS = ("lazy-provider", "lazy-traces", "one-process")
_environ_lock = threading.RLock()


def _escape(path: str) -> str:
    """Quotes as Node reads them: https://nodejs.org/api/cli.html#node_optionsoptions."""
    return path.replace("\\", "\\\\").replace('"', '\\"')


# For NODE_OPTIONS: has Node read the hook first.
HOOK_OPTION = f'--require "{_escape(str(_HOOK))}"'


def change_kernel_process(module: ModuleType) -> None:
    """Changes how the module starts Node and talks to it; leaves an unknown one as it is."""
    process = getattr(module, "_NodeProcess", None)
    if process is None or not hasattr(process, "start"):
        return
    steps = [step for step in _NODE_STEPS if is_taken(step)]
    if steps and _HOOK.is_file():  # Node reads no hook from a zip
        _start_with_hook(process, steps)
        if "one-process" in steps:
            module.stderr_sink = _print_all  # type: ignore[attr-defined]
    if is_taken("early-start"):
        _defer_loads(module, process)
        _start_now(module, process)


def _start_with_hook(process: Any, steps: list[str]) -> None:
    stock: Callable[[Any], None] = process.start

    def start(self: Any) -> None:
        # the second process would be started with --preserve-symlinks
        options = f"{HOOK_OPTION} --preserve-symlinks"
        with added_variables(TERRATIERS_NODE=",".join(steps), NODE_OPTIONS=options):
            stock(self)

    process.start = start


def _print_all(reader: IO[bytes]) -> None:
    """Prints what JavaScript prints, wrapped by the hook, and what Node says on its own."""
    for line in iter(reader.readline, b""):
        try:
            wrapped = json.loads(line)
            parts = {name: base64.b64decode(wrapped[name]) for name in wrapped}
        except (ValueError, TypeError):
            parts = {"stderr": line}
        for name, text in parts.items():
            stream = sys.stdout if name == "stdout" else sys.stderr
            stream.buffer.write(text)
            stream.flush()


def _start_now(module: Any, process: Any) -> None:
    started = process()
    started.start()
    module.ProcessProvider._process = property(lambda _: started)
    if hasattr(os, "register_at_fork"):
        # else the first child would read the answers that the other ones wait for
        os.register_at_fork(before=lambda: _settle(started))


def _settle(process: Any) -> None:
    """Reads all that is due, and keeps a fault for the next request."""
    due, process.due = process.due, []
    for read in due:
        try:
            read(process)
        except Exception as fault:
            process.due.append(functools.partial(_raise, fault))


def _raise(fault: Exception, _process: Any) -> None:
    raise fault


def _defer_loads(module: Any, process: Any) -> None:
    stock_handshake, stock_send, stock_stop = process.handshake, process.send, process.stop

    def handshake(self: Any) -> None:
        self.due = [stock_handshake]

    def stop(self: Any) -> None:
        """Ends Node. What nobody asked about and failed is told, and ends Python with 1."""
        if getattr(self, "due", None):
            _settle(self)
        stock_stop(self)
        if getattr(self, "due", None) and not hasattr(sys, "last_type"):
            try:
                self.due.pop(0)(self)
            except Exception:
                traceback.print_exc()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(1)

    def send(self: Any, request: Any, response_type: Any) -> Any:
        # a package in a zip is unpacked for as long as this call takes
        is_lasting = isinstance(request, module.LoadRequest) and (
            Path(request.tarball).parent.name == "_jsii"
        )
        if is_lasting:
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

    process.handshake, process.send, process.stop = handshake, send, stop


def _line(self: Any, request: Any, default: Callable[[Any], Any]) -> bytes:
    return json.dumps(self._serializer.unstructure(request), default=default).encode() + b"\n"


@contextmanager
def added_variables(**added: str) -> Iterator[None]:
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
