"""Runs one handler once, in a process of its own: `python lambda_bootstrap.py`.

The emulator writes the request as one line to this process's standard input and keeps that open;
when it closes, the emulator has ended, and so does this process. Needs nothing but the standard
library, so that the handler's own modules are all that it meets.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

__all__ = ["main"]

_LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}
_LOOPBACK = ("127.", "::1", "localhost")


class _Context:
    """What a handler gets as its second argument.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, request: dict[str, Any], deadline: float) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = request["arn"]
        self.aws_request_id = request["request_id"]
        self.client_context = request["client_context"]
        self.identity = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        return max(int((self._deadline - time.monotonic()) * 1000), 0)


class _Formatter(logging.Formatter):
    """Lines as the runtime writes them, as text or as JSON."""

    def __init__(self, request_id: str, as_json: bool) -> None:
        super().__init__()
        self._request_id = request_id
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        message = record.getMessage()
        failure = self.formatException(record.exc_info) if record.exc_info else ""
        if not self._as_json:
            head = f"[{record.levelname}]\t{seconds}.{record.msecs:03.0f}Z\t{self._request_id}\t"
            return f"{head}{message}" + (f"\n{failure}" if failure else "")
        line = {
            "timestamp": f"{seconds}Z",
            "level": record.levelname,
            "message": message,
            "logger": record.name,
            "requestId": self._request_id,
        }
        return json.dumps({**line, "exception": failure} if failure else line)


def main() -> None:
    """Reads the request, runs the handler, and leaves its result in the file that was named."""
    del sys.path[0]
    request = json.loads(sys.stdin.buffer.readline())
    _end_with_the_emulator(Path(request["answer"]).parent)
    sys.addaudithook(_stay_on_this_machine)
    _set_up_logging(request)
    sys.path[:0] = request["paths"]
    Path(request["started"]).touch()
    context = _Context(request, time.monotonic() + request["timeout"])
    try:
        answer = {"result": json.dumps(_call(request["event"], context))}
    except _HandlerError as error:
        answer = {"error": _described(error.kind, str(error), [], request)}
    except SystemExit as error:
        message = f"RequestId: {context.aws_request_id} Error: Runtime exited with error: exit "
        message += f"status {error.code or 0}"
        answer = {"error": _described("Runtime.ExitError", message, [], request)}
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__]
        answer = {
            "error": _described(
                type(error).__name__, str(error), traceback.format_list(own), request
            )
        }
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)


class _HandlerError(Exception):
    """The handler could not be found, or gave what is no JSON."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _call(event: Any, context: _Context) -> Any:
    module_name, _, name = os.environ["_HANDLER"].rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise _HandlerError("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise _HandlerError("Runtime.UserCodeSyntaxError", message) from None
    handler = getattr(module, name, None)
    if handler is None:
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise _HandlerError("Runtime.HandlerNotFound", message)
    result = handler(event, context)
    try:
        json.dumps(result)
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        raise _HandlerError("Runtime.MarshalError", message) from None
    return result


def _described(kind: str, message: str, trace: list[str], request: dict[str, Any]) -> Any:
    """The error as Lambda answers it; it is logged too."""
    root = request["paths"][0]
    lines = [line.replace(root, "/var/task") for line in trace]
    error = {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request["request_id"],
        "stackTrace": lines,
    }
    sys.stdout.flush()
    if request["json_logs"]:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(json.dumps({"timestamp": seconds, "log_level": "ERROR", **error}))
    else:
        print(f"[ERROR] {kind}: {message}")
        if lines:
            print("Traceback (most recent call last):")
            print("".join(lines).rstrip("\n"))
    return error


def _end_with_the_emulator(folder: Path) -> None:
    """Watches the pipe that the emulator holds open; the handler gets an empty standard input."""
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def watch() -> None:
        while os.read(pipe, 1):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        if hasattr(os, "killpg"):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuses connections to anywhere but this machine: the emulator reaches nothing real."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name and not str(name).startswith(_LOOPBACK):
        raise PermissionError(f"the emulator lets no function reach {name}, only this machine.")


def _set_up_logging(request: dict[str, Any]) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(request["request_id"], request["json_logs"]))
    logging.getLogger().addHandler(handler)
    if request["log_level"]:
        logging.getLogger().setLevel(_LEVELS[request["log_level"]])
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
