"""The emulator: moto's server on the loopback address, as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from terratiers.local.errors import LocalError

import psutil

__all__ = ["DEFAULT_PORT", "Emulator", "running_emulator", "start_emulator", "stop_emulator"]

DEFAULT_PORT = 4599
ACCOUNT_ID = "123456789012"
_MODULE = "terratiers.local.server"
_START_SECONDS = 60
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Emulator:
    """A running emulator: its process, its port and the account that it plays."""

    pid: int
    port: int
    account_id: str

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client that speaks to the emulator."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


def start_emulator(
    work_dir: Path, *, port: int = DEFAULT_PORT, account_id: str = ACCOUNT_ID
) -> Emulator:
    """Starts an emulator that outlives this process, and waits until it answers.

    Args:
        work_dir: Where its log and its record (`emulator.json`) go.
        port: TCP port on 127.0.0.1; 0 takes a free one. Default: 4599.
        account_id: The account that it plays. Default: 123456789012.

    Raises:
        LocalError: when the port is taken, or the emulator does not answer within a minute.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    port = _free_port(port)
    log_file = work_dir / "emulator.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTO_"))},
                "MOTO_ACCOUNT_ID": account_id,
                "MOTO_ACM_VALIDATION_WAIT": "1",
                "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
            },
        )
    emulator = Emulator(process.pid, port, account_id)
    try:
        _await_answer(emulator, process, log_file)
    except BaseException:
        process.kill()
        process.wait()
        raise
    _record(work_dir).write_text(json.dumps(asdict(emulator)), encoding="utf-8")
    return emulator


def running_emulator(work_dir: Path) -> Emulator | None:
    """The emulator that `work_dir` records, if it still runs and answers."""
    try:
        emulator = Emulator(**json.loads(_record(work_dir).read_text(encoding="utf-8")))
        ours = _MODULE in psutil.Process(emulator.pid).cmdline()
    except (OSError, ValueError, TypeError, psutil.Error):
        return None
    return emulator if ours and _answers(emulator) else None


def stop_emulator(work_dir: Path) -> bool:
    """Stops the recorded emulator; says whether there was one."""
    emulator = running_emulator(work_dir)
    if emulator is not None:
        process = psutil.Process(emulator.pid)
        process.terminate()
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(timeout=10)
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _record(work_dir).unlink(missing_ok=True)
    return emulator is not None


@contextlib.contextmanager
def emulator_for_tests(work_dir: Path, *, account_id: str = ACCOUNT_ID) -> Iterator[Emulator]:
    """An emulator on a free port that is stopped at the end of the block."""
    try:
        yield start_emulator(work_dir, port=0, account_id=account_id)
    finally:
        stop_emulator(work_dir)


def _record(work_dir: Path) -> Path:
    return work_dir / "emulator.json"


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalError(
                f"port {port} on 127.0.0.1 is taken by another program: stop that one, or choose "
                "another port with --port."
            ) from error
        chosen: int = probe.getsockname()[1]
        return chosen


def _await_answer(emulator: Emulator, process: subprocess.Popen[bytes], log_file: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            tail = "\n".join(log_file.read_text("utf-8", "replace").splitlines()[-15:])
            raise LocalError(f"the emulator ended while starting:\n{tail}")
        if _answers(emulator):
            return
        time.sleep(0.1)
    raise LocalError(f"the emulator did not answer within {_START_SECONDS} seconds: see {log_file}")


def _answers(emulator: Emulator) -> bool:
    try:
        with _opener.open(f"{emulator.endpoint}/moto-api/", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
