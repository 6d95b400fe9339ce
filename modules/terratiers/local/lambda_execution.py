"""Runs the handlers of the emulator's Lambda functions for real.

`invoke` runs the uploaded code in a child process of the emulator's own Python, with the function's
own environment, and waits for its answer. APIs, event sources and the `Invoke` action all come this
way, through `run_function`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

__all__ = [
    "FunctionFailed",
    "Invocation",
    "Throttled",
    "endpoint",
    "find_function",
    "invoke",
    "kept",
    "run_function",
]

_BOOTSTRAP = Path(__file__).with_name("lambda_bootstrap.py")
# Lambda gives code 10 seconds to load, apart from the timeout; a laptop may need longer.
_LOADING_SECONDS = 60
_TICK = 0.01
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_LARGEST_ANSWER = 6_291_556
_LOG_TAIL = 4096
_running: Counter[str] = Counter()
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """How one run of a function ended.

    Args:
        payload: What it returned, as JSON; with an error `{"errorMessage": ..., ...}`.
        failed: Whether it ended in an error (`FunctionError`, always `Unhandled` for Python).
        log: What it wrote, with Lambda's own lines.
        request_id: The id of the request.
        version: The version that ran: `$LATEST`, or a number.
    """

    payload: bytes
    failed: bool
    log: str
    request_id: str
    version: str

    @property
    def result(self) -> Any:
        """`payload` read."""
        return json.loads(self.payload)

    @property
    def log_tail(self) -> bytes:
        """The last 4 KB of the log, as `Invoke` gives it."""
        return self.log.encode()[-_LOG_TAIL:]


class FunctionFailed(Exception):  # noqa: N818 - AWS calls it a function error
    """A function ended in an error; `error` is what Lambda answers then."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error.get('errorType')}: {error.get('errorMessage')}")
        self.error = dict(error)


class Throttled(FunctionFailed):
    """As many as are allowed run already."""


def endpoint() -> str:
    """Where the emulator of this process answers."""
    from moto import settings

    return f"http://127.0.0.1:{settings.moto_server_port()}"


def find_function(arn: str) -> Any:
    """moto's function by an ARN, with or without a version or an alias.

    Raises moto's `UnknownFunctionException` when there is none.
    """
    from moto.awslambda.utils import get_backend

    _, _, _, region, account, *_ = arn.split(":")
    return get_backend(account, region).get_function(arn)


def invoke(arn: str, event: Any) -> Any:
    """Runs a function on an event, and gives what it returned.

    Args:
        arn: `arn:aws:lambda:<region>:<account>:function:<name>`, a version or an alias at the
            end if wanted.
        event: Whatever can be written as JSON.

    Raises:
        FunctionFailed: when it ends in an error or takes too long, when there is no such
            function, and (`Throttled`) when `reserved_concurrent_executions` run already.
    """
    from moto.awslambda.exceptions import UnknownFunctionException

    try:
        function = find_function(arn)
    except UnknownFunctionException as unknown:
        error = {"errorType": "ResourceNotFoundException", "errorMessage": str(unknown)}
        raise FunctionFailed(error) from None
    invocation = run_function(function, event, arn=arn)
    if invocation.failed:
        raise FunctionFailed(invocation.result)
    return invocation.result


def run_function(
    function: Any,
    event: Any,
    *,
    arn: str | None = None,
    request_id: str | None = None,
    client_context: Any = None,
) -> Invocation:
    """The same for moto's own object of a function, with everything that is known of the run.

    `arn` is the one that was asked for. Raises `Throttled`.
    """
    request = request_id or str(uuid.uuid4())
    now = datetime.now(timezone.utc)
    stream = f"{now:%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
    with _one_more(function), tempfile.TemporaryDirectory(prefix="terratiers-lambda-") as folder:
        run = _Run(function, Path(folder), request, stream)
        payload, failed, log = run.answer(event, arn or function.function_arn, client_context)
    _write_log(function, stream, log)
    if len(payload) > _LARGEST_ANSWER:
        failed = True
        message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        payload = _error_payload("Function.ResponseSizeTooLarge", message)
    return Invocation(
        payload=payload,
        failed=failed,
        log=log,
        request_id=request,
        version=str(function.version),
    )


class _Run:
    """One run: its folder, its process, its log."""

    def __init__(self, function: Any, folder: Path, request_id: str, stream: str) -> None:
        self._function = function
        self._folder = folder
        self._request_id = request_id
        self._stream = stream
        self._logging: Mapping[str, Any] = kept(function).get("LoggingConfig", {})

    def answer(self, event: Any, arn: str, client_context: Any) -> tuple[bytes, bool, str]:
        """The payload, whether it is an error, and the log."""
        problem = self._unpack()
        if problem:
            kind, message = problem
            return (
                _error_payload(kind, message),
                True,
                self._framed(f"[ERROR] {kind}: {message}", 0),
            )
        request = {
            "event": event,
            "arn": arn,
            "client_context": client_context,
            "request_id": self._request_id,
            "timeout": self._timeout,
            "paths": [str(self._folder / "task"), str(self._folder / "opt" / "python")],
            "started": str(self._folder / "started"),
            "answer": str(self._folder / "answer.json"),
            "json_logs": self._logging.get("LogFormat") == "JSON",
            "log_level": self._logging.get("ApplicationLogLevel"),
        }
        with (self._folder / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, str(_BOOTSTRAP)],
                cwd=self._folder / "task",
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                ended_in_time, seconds = self._wait(process, request)
            finally:
                _kill(process)
        written = (self._folder / "log.txt").read_text("utf-8", "replace")
        if not ended_in_time:
            said = f"Task timed out after {self._timeout:.2f} seconds"
            at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
            log_text = self._framed(f"{written}{at}Z {self._request_id} {said}", seconds)
            message = f"RequestId: {self._request_id} Error: {said}"
            return _error_payload("Sandbox.Timedout", message), True, log_text
        payload, failed = self._read_answer(process.returncode)
        return payload, failed, self._framed(written, seconds)

    @property
    def _timeout(self) -> float:
        return float(self._function.timeout or 3)

    def _unpack(self) -> tuple[str, str] | None:
        """The code and the layers, where the handler looks for them; or why that is not so."""
        runtime = self._function.run_time or "container images"
        if not runtime.startswith("python"):
            return "Runtime.NotEmulated", f"The emulator runs Python handlers, and not {runtime}."
        code = getattr(self._function, "code_bytes", b"")
        if not code:
            return "Runtime.NoCode", "The function's code is not in the emulator's bucket."
        (self._folder / "tmp").mkdir()
        (self._folder / "opt").mkdir()
        for content in self._layers():
            zipfile.ZipFile(io.BytesIO(content)).extractall(self._folder / "opt")
        zipfile.ZipFile(io.BytesIO(code)).extractall(self._folder / "task")
        return None

    def _layers(self) -> Iterator[bytes]:
        from moto.awslambda.utils import get_backend

        backend = get_backend(self._function.account_id, self._function.region)
        for layer in self._function.layers:
            version = backend.layers_versions_by_arn(layer["Arn"])
            if version is not None:
                yield version.code_bytes

    def _environment(self) -> dict[str, str]:
        """The function's variables, and those that lead to the emulator and to nothing else.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        function = self._function
        own = {name: str(value) for name, value in (function.environment_vars or {}).items()}
        own = {
            name: value for name, value in own.items() if not name.startswith("AWS_ENDPOINT_URL")
        }
        system = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        return {
            **system,
            **own,
            "HOME": str(self._folder / "tmp"),
            "TMPDIR": str(self._folder / "tmp"),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONUTF8": "1",
            "_HANDLER": function.handler,
            "LAMBDA_TASK_ROOT": str(self._folder / "task"),
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": _log_group_name(function),
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": endpoint(),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _wait(
        self, process: subprocess.Popen[bytes], request: Mapping[str, Any]
    ) -> tuple[bool, float]:
        """Whether it ended in time, and how many seconds it ran once it had started."""
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        started = Path(request["started"])
        loading = time.monotonic()
        while process.poll() is None and not started.exists():
            if time.monotonic() - loading > _LOADING_SECONDS:
                return False, _LOADING_SECONDS
            time.sleep(_TICK)
        begun = time.monotonic()
        try:
            process.wait(timeout=self._timeout)
        except subprocess.TimeoutExpired:
            return False, self._timeout
        return True, time.monotonic() - begun

    def _read_answer(self, code: int) -> tuple[bytes, bool]:
        file = self._folder / "answer.json"
        if not file.is_file():
            ending = f"signal: {-code}" if code < 0 else f"exit status {code}"
            message = f"RequestId: {self._request_id} Error: Runtime exited with error: {ending}"
            return _error_payload("Runtime.ExitError", message), True
        answer = json.loads(file.read_text("utf-8"))
        if "error" in answer:
            return json.dumps(answer["error"]).encode(), True
        return str(answer["result"]).encode(), False

    def _framed(self, written: str, seconds: float) -> str:
        """The handler's lines between those of Lambda."""
        id, version = self._request_id, self._function.version
        milliseconds = seconds * 1000
        memory = self._function.memory_size
        lines = [f"START RequestId: {id} Version: {version}", *written.splitlines()]
        lines += [
            f"END RequestId: {id}",
            f"REPORT RequestId: {id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {int(milliseconds) + 1} ms\tMemory Size: {memory} MB",
        ]
        return "\n".join(lines) + "\n"


def kept(function: Any) -> dict[str, Any]:
    """What moto forgets of a function's configuration; see serverless_patches.py."""
    settings: dict[str, Any] = function.__dict__.setdefault("kept_settings", {})
    return settings


def _log_group_name(function: Any) -> str:
    """The function's log group: the one that it names, or Lambda's default."""
    named = kept(function).get("LoggingConfig", {}).get("LogGroup")
    return named or f"/aws/lambda/{function.function_name}"


@contextlib.contextmanager
def _one_more(function: Any) -> Iterator[None]:
    """Counts the runs of a function against its `reserved_concurrent_executions`."""
    name = f"{function.account_id}/{function.region}/{function.function_name}"
    reserved = _concurrency_limit(function)
    with _lock:
        if reserved is not None and _running[name] >= reserved:
            error = {"errorType": "TooManyRequestsException", "errorMessage": "Rate Exceeded."}
            raise Throttled(error)
        _running[name] += 1
    try:
        yield
    finally:
        with _lock:
            _running[name] -= 1


def _concurrency_limit(function: Any) -> int | None:
    """The concurrency that is reserved for all versions of a function together."""
    from moto.awslambda.utils import get_backend

    backend = get_backend(function.account_id, function.region)
    limit = backend.get_function(function.function_name).reserved_concurrency
    return None if limit is None else int(limit)


def _error_payload(kind: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": kind}).encode()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def _write_log(function: Any, stream: str, log: str) -> None:
    """Into CloudWatch Logs, as far as the group stands: a group that was deleted stays so."""
    from moto.logs.exceptions import LogsClientError
    from moto.logs.models import logs_backends

    backend = logs_backends[function.account_id][function.region]
    group = _log_group_name(function)
    if "LoggingConfig" not in kept(function):
        backend.ensure_log_group(group)
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line} for line in log.splitlines() if line]
    with contextlib.suppress(LogsClientError):
        backend.create_log_stream(group, stream)
        backend.put_log_events(group, stream, events)
