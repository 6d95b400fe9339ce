"""Starts jsii's Node process early, with a hook, and does not wait for it.

Works on the module `jsii._kernel.providers.process`. Node starts while Python goes on importing;
the answers that no program waits for, such as those to the `load` requests, are read before the
next request that needs one is sent. What such an answer reports is raised then.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from terratiers.core.kernel_messages import (
    RESOURCE_TYPE,
    RETURN_NOTHING,
    change_messages,
    raise_fault,
)
from terratiers.core.start_up import is_taken

__all__ = [
    "HOOK_OPTION",
    "added_variables",
    "change_kernel_process",
    "load_ahead",
    "without_waiting",
]

_HOOK = Path(__file__).with_name("provider_loader.js")
_NODE_STEPS = ("lazy-provider", "lazy-traces", "late-archiver", "one-process", "code-cache")
_ROOM_OF_QUESTION = 1_000
_ROOM = 1 << 20  # bytes that a pipe should hold: Linux's most for who is not root
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
    if is_taken("plain-messages"):
        change_messages(module, process)
    if is_taken("early-start"):
        _defer_answers(module, process)
        _tell_at_the_end(process)
        _ask_ahead(module, process)
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
            _print(line)
        except Exception:
            # the program's own streams may take no bytes; Node waits for who reads this pipe
            with suppress(Exception):
                print(line, file=sys.stderr)


def _print(line: bytes) -> None:
    try:
        wrapped = json.loads(line)
        parts = {name: base64.b64decode(wrapped[name]) for name in wrapped}
    except (ValueError, TypeError):
        parts = {"stderr": line}
    for name, text in parts.items():
        stream = sys.stdout if name == "stdout" else sys.stderr
        stream.buffer.write(text)
        stream.flush()


class _Early:
    """The process that was started early, and whether its answers are waited for."""

    process: Any = None
    is_waiting = True


def load_ahead(bindings: ModuleType) -> None:
    """Has Node load the resource classes of a module of the provider's bindings.

    It asks for their Terraform type, which does not change and answers later questions for it.
    """
    process = _Early.process
    if process is None:
        return
    for kind in vars(bindings).values():
        if isinstance(kind, type) and "TF_RESOURCE_TYPE" in vars(kind):
            process.ask_type(kind.__jsii_type__)  # type: ignore[attr-defined]


@contextmanager
def without_waiting() -> Iterator[None]:
    """Calls in here are sent, and the program goes on: for those that return nothing.

    A fault is raised by the next call that is waited for. That is only right for what cannot fail
    because of an argument.
    """
    before, _Early.is_waiting = _Early.is_waiting, not is_taken("no-waiting")
    try:
        yield
    finally:
        _Early.is_waiting = before


def _start_now(module: Any, process: Any) -> None:
    started = process()
    started.start()
    _Early.process = started
    module.ProcessProvider._process = property(lambda _: started)
    if hasattr(os, "register_at_fork"):

        def settle() -> None:
            # else the first child would read the answers that the other ones wait for
            started.lock.acquire()
            started.counters.give_up()
            _settle(started)

        os.register_at_fork(
            before=settle,
            after_in_parent=started.lock.release,
            after_in_child=started.lock.release,
        )


def _settle(process: Any) -> None:
    """Reads all that is due, and keeps a fault for the next request."""
    due, process.due, process.due_bytes = process.due, deque(), 0
    for read in due:
        try:
            read(process)
        except Exception as fault:
            process.due.append(partial(_raise, fault))


def _read_all(process: Any) -> None:
    while process.due:
        read = process.due.popleft()
        try:
            read(process)
        except BaseException as fault:
            if not isinstance(fault, Exception):
                process.due.appendleft(read)  # interrupted: it is to be read yet
            raise
    process.due_bytes = 0


def _raise(fault: Exception, _process: Any) -> None:
    raise fault


def _defer_answers(module: Any, process: Any) -> None:
    # not for a program that imports no jsii
    from terratiers.core.foretold_answers import Counters, change_answers

    change_answers(module, process)
    stock_handshake = process.handshake

    def handshake(self: Any) -> None:
        self.due = deque([stock_handshake])
        self.due_bytes = 0
        self.types = {}
        self.refusal = ""  # why nothing more can be asked
        self.counters = Counters(module)
        # bindings may be imported, and asked about, in another thread
        self.lock = threading.RLock()
        _widen(self._process.stdout)
        self.room = _widen(self._process.stdin)

    def send_only(self: Any, request: Any, read: Callable[[Any], None]) -> None:
        line = _line(self, request, module.jdefault)
        if self.due_bytes + len(line) > self.room:
            # never wait for Node to read while it may wait for Python to read
            _read_all(self)
        self._process.stdin.write(line)
        self._process.stdin.flush()
        self.due.append(read)
        self.due_bytes += len(line)

    def read_answer(self: Any) -> None:
        answer = self._next_message()
        if "error" in answer:
            raise_fault(module, answer)

    process.handshake, process.send_only, process.read_answer = handshake, send_only, read_answer
    _send_in_turn(module, process)


def _send_in_turn(module: Any, process: Any) -> None:
    stock_send = process.send

    def send(self: Any, request: Any, response_type: Any) -> Any:
        with self.lock:
            return send_alone(self, request, response_type)

    def send_alone(self: Any, request: Any, response_type: Any) -> Any:
        kind = type(request)
        if self.refusal:
            raise RuntimeError(self.refusal)
        # a package in a zip is unpacked for as long as this call takes
        if kind is module.LoadRequest and Path(request.tarball).parent.name == "_jsii":
            self.send_only(request, process.read_answer)
            return module.LoadResponse(assembly=request.name, types=0)
        if not _Early.is_waiting and kind is module.InvokeRequest and is_awaited_by_none(request):
            self.send_only(request, process.read_answer)
            return module.InvokeResponse()
        try:
            return answer_ahead(self, request) or answer_in_turn(self, request, response_type)
        except BaseException:
            self.counters.forget()
            raise

    def answer_ahead(self: Any, request: Any) -> Any:
        if module._stack_traces_enabled():
            self.counters.forget()
            return None
        foretold = self.counters.foretell(request)
        if foretold is None:
            return None
        self.send_only(request, partial(process.read_foretold, expected=foretold.line))
        return foretold.given

    def answer_in_turn(self: Any, request: Any, response_type: Any) -> Any:
        _read_all(self)
        if type(request) is module.StaticGetRequest and request.property == RESOURCE_TYPE:
            known = self.types.get(request.fqn)
            if known is not None:
                return module.GetResponse(value=known)
        answer = stock_send(self, request, response_type)
        self.counters.note_answer(request, answer)
        return answer

    def is_awaited_by_none(request: Any) -> bool:
        # a trace of the program's own goes with a request that is waited for
        return request.method in RETURN_NOTHING and not module._stack_traces_enabled()

    process.send = send


def _tell_at_the_end(process: Any) -> None:
    stock_stop = process.stop

    def stop(self: Any) -> None:
        """Ends Node. What nobody asked about and failed is told, and ends Python with 1."""
        if getattr(self, "due", None) and self.lock.acquire(timeout=5):
            try:
                _settle(self)
            finally:
                self.lock.release()
        stock_stop(self)
        if getattr(self, "due", None) and not hasattr(sys, "last_type"):
            try:
                self.due.popleft()(self)
            except Exception:
                traceback.print_exc()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(1)

    process.stop = stop


def _ask_ahead(module: Any, process: Any) -> None:
    def ask_type(self: Any, name: str) -> None:
        """Asks for the Terraform type of a class, and forgets what goes wrong with that."""

        def read(self: Any) -> None:
            self.types[name] = self._next_message().get("ok", {}).get("value")

        with self.lock:
            if self.due_bytes + _ROOM_OF_QUESTION > self.room:
                return
            with suppress(OSError, ValueError):  # Node has ended: whoever needs it is told
                self.send_only(module.StaticGetRequest(fqn=name, property=RESOURCE_TYPE), read)

    process.ask_type = ask_type


def _widen(pipe: Any) -> int:
    """Lets a pipe hold as much as it may; returns how many bytes that are."""
    try:
        import fcntl  # the two commands are Linux's

        with suppress(OSError):  # where less is allowed
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
        return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    except (AttributeError, ImportError, OSError):
        return 16_384


def _line(self: Any, request: Any, default: Callable[[Any], Any]) -> bytes:
    if hasattr(self, "request_line"):
        line: bytes = self.request_line(request)
        return line
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
