"""Applies synthesized tiers to the emulator in order, shows what stands, and takes it down."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terratiers.core.synthesis import SynthesizedTier
from terratiers.local.emulator import (
    ACCOUNT_ID,
    Emulator,
    running_emulator,
    start_emulator,
    stop_emulator,
)
from terratiers.local.errors import LocalError
from terratiers.local.terraform import Terraform, TerraformError, emulator_environment, stop_session

import psutil

__all__ = ["AppliedTier", "Deployment", "Progress", "TierStatus", "ensure_emulator"]

# Called with the tier's name, how many resources are done and how many there are.
Progress = Callable[[str, int, int], None]

_OVERRIDE = "terratiers_override.tf.json"
_RETRIES = "terratiers_retries_override.tf.json"
# The provider's 25 would repeat an action that the emulator lacks for more than ten minutes.
_MAX_RETRIES = 3


@dataclass(frozen=True)
class AppliedTier:
    """One tier that was applied or destroyed: its resources and how many seconds it took."""

    name: str
    resources: int
    seconds: float


@dataclass(frozen=True)
class TierStatus:
    """What stands of one tier: its resources and its outputs."""

    name: str
    resources: int
    outputs: Mapping[str, Any]


def ensure_emulator(
    work_dir: Path, tiers: Sequence[SynthesizedTier], *, port: int
) -> tuple[Emulator, bool]:
    """The running emulator, or a new one on `port`, and whether it is new.

    A new emulator knows nothing of earlier ones, so their working directories go. A Terraform
    that a killed run left behind is stopped.

    Raises:
        LocalError: when the port is taken or the tiers are bound to several accounts.
    """
    accounts = sorted({account for tier in tiers for account in tier.allowed_account_ids})
    if len(accounts) > 1:
        raise LocalError(
            f"the tiers are bound to the accounts {', '.join(accounts)}: the emulator plays one."
        )
    account = accounts[0] if accounts else ACCOUNT_ID
    _stop_left_behind(work_dir)
    running = running_emulator(work_dir)
    if running is not None and running.account_id == account:
        return running, False
    stop_emulator(work_dir)
    for folder in work_dir.glob("*/"):
        shutil.rmtree(folder)
    return start_emulator(work_dir, port=port, account_id=account), True


class Deployment:
    """The tiers of one program in one emulator.

    Args:
        tiers: What `read_synthesis` returned: in deployment order.
        emulator: The running emulator.
        work_dir: Where each tier gets a working copy of its configuration.
    """

    def __init__(
        self, tiers: Sequence[SynthesizedTier], emulator: Emulator, work_dir: Path
    ) -> None:
        self.tiers = tuple(tiers)
        self.emulator = emulator
        self._work_dir = work_dir

    def up(self, progress: Progress | None = None) -> Iterator[AppliedTier]:
        """Applies every tier, and yields each when it is done.

        Raises:
            TerraformError: with the tail of Terraform's words; later tiers are left as they are.
        """
        for tier in self.tiers:
            started = time.monotonic()
            terraform = self.prepare(tier)
            done: set[str] = set()

            def count(address: str, tier: SynthesizedTier = tier, done: set[str] = done) -> None:
                if not address.startswith("data."):
                    done.add(address)
                if progress:
                    progress(tier.name, len(done), tier.resource_count)

            terraform.apply(count)
            yield AppliedTier(tier.name, len(terraform.state()), time.monotonic() - started)

    def down(self, progress: Progress | None = None) -> Iterator[AppliedTier]:
        """Destroys every tier that was applied, the last first, and yields each when it is gone.

        `prevent_destroy` is lifted and versioned buckets are emptied: nothing here is real.
        """
        for tier in reversed(self.tiers):
            if not (self.folder(tier) / "cdk.tf.json").is_file():
                continue
            started = time.monotonic()
            terraform = self.prepare(tier)
            state = terraform.state()
            self._bring_state_home(tier, terraform, state)
            self._lift_protection(tier)
            self._empty_buckets(state)
            done: set[str] = set()

            def count(
                address: str,
                tier: SynthesizedTier = tier,
                done: set[str] = done,
                total: int = len(state),
            ) -> None:
                done.add(address)
                if progress:
                    progress(tier.name, len(done), total)

            try:
                terraform.destroy(count)
            except TerraformError:
                # access logs of the other buckets' last requests came after the emptying
                left = terraform.state()
                if not any(map(_is_bucket, left)):
                    raise
                self._empty_buckets(left)
                terraform.destroy(count)
            shutil.rmtree(self.folder(tier))
            yield AppliedTier(tier.name, len(state), time.monotonic() - started)

    def status(self) -> Iterator[TierStatus]:
        """What stands of each tier."""
        for tier in self.tiers:
            if (self.folder(tier) / ".terraform").is_dir():
                terraform = Terraform(self.folder(tier), self.environment(tier))
                yield TierStatus(tier.name, len(terraform.state()), terraform.outputs())
            else:
                yield TierStatus(tier.name, 0, {})

    def prepare(self, tier: SynthesizedTier) -> Terraform:
        """Terraform, initialized in a working copy of the tier as it is synthesized now."""
        folder = self.folder(tier)
        folder.mkdir(parents=True, exist_ok=True)
        for old in ("assets", _OVERRIDE):
            path = folder / old
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.copytree(tier.folder, folder, dirs_exist_ok=True)
        if "aws" in tier.config.get("provider", {}):
            retries = {"provider": {"aws": {"max_retries": _MAX_RETRIES}}}
            (folder / _RETRIES).write_text(json.dumps(retries), encoding="utf-8")
        self._remove_stale_lock(tier)
        terraform = Terraform(folder, self.environment(tier))
        kind, _ = tier.backend
        # cdktf's local state would lie beside the program; the emulator's belongs to the copy
        terraform.init(*(["-backend-config=path=terraform.tfstate"] if kind == "local" else []))
        return terraform

    def folder(self, tier: SynthesizedTier) -> Path:
        """The tier's working copy."""
        return self._work_dir / tier.name

    def environment(self, tier: SynthesizedTier) -> dict[str, str]:
        """The environment variables for the tier's Terraform."""
        return emulator_environment(self.emulator.endpoint, _region(tier))

    def _remove_stale_lock(self, tier: SynthesizedTier) -> None:
        """Takes away the lock that a killed Terraform left in the emulator's S3."""
        kind, settings = tier.backend
        if kind == "s3" and settings.get("use_lockfile"):
            client = self.emulator.client("s3", settings["region"])
            with contextlib.suppress(client.exceptions.ClientError):
                client.delete_object(Bucket=settings["bucket"], Key=f"{settings['key']}.tflock")

    def _bring_state_home(
        self, tier: SynthesizedTier, terraform: Terraform, state: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Takes the state out of a bucket that this very tier destroys."""
        kind, settings = tier.backend
        own = {body.get("bucket") for address, body in state.items() if _is_bucket(address)}
        if kind == "s3" and settings["bucket"] in own:
            config = json.loads((self.folder(tier) / "cdk.tf.json").read_text("utf-8"))
            config["terraform"]["backend"] = {"local": {"path": "terraform.tfstate"}}
            (self.folder(tier) / "cdk.tf.json").write_text(json.dumps(config), encoding="utf-8")
            terraform.init()

    def _lift_protection(self, tier: SynthesizedTier) -> None:
        protected = {
            kind: {
                name: {"lifecycle": {**body["lifecycle"], "prevent_destroy": False}}
                for name, body in bodies.items()
                if body.get("lifecycle", {}).get("prevent_destroy")
            }
            for kind, bodies in tier.config.get("resource", {}).items()
        }
        override = {"resource": {kind: bodies for kind, bodies in protected.items() if bodies}}
        if override["resource"]:
            (self.folder(tier) / _OVERRIDE).write_text(json.dumps(override), encoding="utf-8")

    def _empty_buckets(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        for address, body in state.items():
            if not _is_bucket(address):
                continue
            client = self.emulator.client("s3", str(body["region"]))
            for page in client.get_paginator("list_object_versions").paginate(
                Bucket=body["bucket"]
            ):
                for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    client.delete_object(
                        Bucket=body["bucket"], Key=item["Key"], VersionId=item["VersionId"]
                    )


def _stop_left_behind(work_dir: Path) -> None:
    """Stops the Terraform of a run that was killed."""
    for pid_file in work_dir.glob("*/terraform.pid"):
        with contextlib.suppress(ValueError, psutil.Error):
            pid = int(pid_file.read_text(encoding="utf-8"))
            if "terraform" in psutil.Process(pid).name():
                stop_session(pid)
        pid_file.unlink(missing_ok=True)


def _is_bucket(address: str) -> bool:
    return address.startswith("aws_s3_bucket.")


def _region(tier: SynthesizedTier) -> str:
    providers = tier.config.get("provider", {}).get("aws", [])
    first = providers[0] if isinstance(providers, list) and providers else providers
    return str(first.get("region", "us-east-1")) if isinstance(first, dict) else "us-east-1"
