"""Runs Terraform against the emulator, and against nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from terratiers.local.errors import LocalError

import psutil

__all__ = ["PlannedChange", "Terraform", "TerraformError", "emulator_environment", "find_terraform"]

_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TF_PLUGIN_CACHE_DIR", "SYSTEMROOT")
_DUMMY = "testing"
_TAIL_LINES = 25


class TerraformError(LocalError):
    """Terraform ended with an error; the message ends with the tail of its own words."""


@dataclass(frozen=True)
class PlannedChange:
    """One resource that a plan would change: its address and what happens to it."""

    address: str
    actions: tuple[str, ...]


def emulator_environment(endpoint: str, region: str = "us-east-1") -> dict[str, str]:
    """The environment variables that lead Terraform, the AWS CLI and boto3 to the emulator.

    Built from nothing: of this process's variables only those without any bearing on AWS are
    kept, so no profile, credential or endpoint of the user's gets in.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    config = os.environ.get("TF_CLI_CONFIG_FILE")
    if config and Path(config).is_file():
        kept["TF_CLI_CONFIG_FILE"] = config
    return {
        **kept,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": _DUMMY,
        "AWS_SECRET_ACCESS_KEY": _DUMMY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "3",
        "CHECKPOINT_DISABLE": "1",
        "TF_INPUT": "0",
        "TF_IN_AUTOMATION": "1",
    }


def require_emulator(environment: Mapping[str, str]) -> None:
    """Refuses an environment in which Terraform could reach the real AWS."""
    host = urlsplit(environment.get("AWS_ENDPOINT_URL", "")).hostname
    safe = (
        host in ("127.0.0.1", "localhost", "::1")
        and environment.get("AWS_ACCESS_KEY_ID") == _DUMMY
        and environment.get("AWS_SECRET_ACCESS_KEY") == _DUMMY
        and environment.get("AWS_CONFIG_FILE") == os.devnull
        and environment.get("AWS_SHARED_CREDENTIALS_FILE") == os.devnull
        and environment.get("AWS_EC2_METADATA_DISABLED") == "true"
        and not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE"}
        & set(environment)
        and not any(name.startswith("AWS_ENDPOINT_URL_") for name in environment)
    )
    if not safe:
        raise LocalError(
            "refusing to run Terraform: this environment could reach the real AWS. "
            "Use emulator_environment() as it is."
        )


def find_terraform(path: str | None = None) -> str:
    """The `terraform` on `path` (default: PATH); raises `LocalError` when there is none."""
    found = shutil.which("terraform", path=path)
    if found is None:
        raise LocalError(
            "no terraform on PATH: install Terraform 1.10 or newer "
            "(https://developer.hashicorp.com/terraform/install)."
        )
    return found


class Terraform:
    """Terraform in one working directory, against the emulator.

    Args:
        folder: The directory with the tier's configuration.
        environment: Made by `emulator_environment`; checked again before each run.
        timeout: Seconds that one command may take. Default: 900.

    Raises:
        LocalError: when no `terraform` is found.
        TerraformError: from each method, when Terraform fails or takes too long.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, timeout: float = 900
    ) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self._timeout = timeout
        self._binary = find_terraform(self.environment.get("PATH"))

    def init(self, *options: str) -> None:
        """`terraform init`, moving the state along when the backend has changed."""
        known = (self.folder / ".terraform" / "terraform.tfstate").is_file()
        migrate = ("-migrate-state", "-force-copy") if known else ()
        self.run("init", "-no-color", *migrate, *options)

    def validate(self) -> None:
        """`terraform validate`."""
        self.run("validate", "-no-color")

    def apply(self, progress: Callable[[str], None] | None = None) -> None:
        """`terraform apply`; `progress` is called with the address of each finished resource."""
        self._stream("apply", progress)

    def destroy(self, progress: Callable[[str], None] | None = None) -> None:
        """`terraform destroy`."""
        self._stream("destroy", progress)

    def plan(self) -> list[PlannedChange]:
        """What an apply would change; empty when configuration and emulator agree."""
        self.run("plan", "-no-color", "-out=plan.tfplan")
        plan = json.loads(self.run("show", "-json", "plan.tfplan"))
        return [
            PlannedChange(change["address"], tuple(change["change"]["actions"]))
            for change in plan.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        ] + [
            PlannedChange(f"output.{name}", tuple(change["actions"]))
            for name, change in sorted(plan.get("output_changes", {}).items())
            if change["actions"] != ["no-op"]
        ]

    def outputs(self) -> dict[str, Any]:
        """The applied outputs by name."""
        body = json.loads(self.run("output", "-json"))
        return {name: output["value"] for name, output in body.items()}

    def state(self) -> dict[str, Mapping[str, Any]]:
        """The attributes of every applied resource by address, data sources left out."""
        body = json.loads(self.run("show", "-json"))
        resources = body.get("values", {}).get("root_module", {}).get("resources", [])
        return {r["address"]: r["values"] for r in resources if r["mode"] == "managed"}

    def _stream(self, command: str, progress: Callable[[str], None] | None) -> None:
        faults: list[str] = []
        lines: list[str] = []

        def read(line: str) -> None:
            lines.append(line)
            event = _event(line)
            if event.get("type") in ("apply_complete", "refresh_complete") and progress:
                progress(event["hook"]["resource"]["addr"])
            diagnostic = event.get("diagnostic", {})
            if diagnostic.get("severity") == "error":
                faults.append(_describe(diagnostic))

        status = self._start(command, "-auto-approve", "-json", "-parallelism=20", read=read)
        if status:
            raise TerraformError(self._failure(command, "\n".join(faults) or _tail(lines)))

    def run(self, command: str, *options: str) -> str:
        """Any other command; what it printed."""
        lines: list[str] = []
        if self._start(command, *options, read=lines.append):
            raise TerraformError(self._failure(command, _tail(lines)))
        return "".join(lines)

    def _start(self, *arguments: str, read: Callable[[str], None]) -> int:
        """Runs Terraform in a session of its own, so that it ends with all of its plugins."""
        require_emulator(self.environment)
        process = subprocess.Popen(
            [self._binary, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        pid_file = self.folder / "terraform.pid"
        pid_file.write_text(str(process.pid), encoding="utf-8")
        timed_out = False

        def give_up(*_: object) -> None:
            nonlocal timed_out
            timed_out = True
            stop_session(process.pid)

        timer = threading.Timer(self._timeout, give_up)
        timer.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                read(line)
            status = process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                stop_session(process.pid)
                process.wait()
            pid_file.unlink(missing_ok=True)
        if timed_out:
            raise TerraformError(
                f"terraform {arguments[0]} in {self.folder} took longer than "
                f"{self._timeout:.0f} seconds and was stopped."
            )
        return status

    def _failure(self, command: str, tail: str) -> str:
        return f"terraform {command} failed in {self.folder}:\n{tail}"


def stop_session(pid: int) -> None:
    """Ends a process and all of its session: politely, then, after 10 seconds, for good."""
    try:
        leader = psutil.Process(pid)
        family = [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    leader.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs([leader], timeout=10)
    for process in [*alive, *family]:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=5)


def _event(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return event if isinstance(event, dict) else {}


def _describe(diagnostic: Mapping[str, Any]) -> str:
    where = f" ({diagnostic['address']})" if diagnostic.get("address") else ""
    return f"{diagnostic['summary']}{where}\n{diagnostic.get('detail', '')}".strip()


def _tail(lines: list[str]) -> str:
    messages = [_event(line).get("@message", line).rstrip() for line in lines]
    return "\n".join([m for m in messages if m.strip()][-_TAIL_LINES:])
