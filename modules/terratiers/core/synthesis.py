"""Reads what a program synthesized: its tiers in deployment order, from files alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

__all__ = ["SynthesisError", "SynthesizedTier", "read_synthesis"]


class SynthesisError(Exception):
    """The folder holds no complete synthesis; the message says what to run."""


@dataclass(frozen=True)
class SynthesizedTier:
    """One stack of a synthesized program.

    Args:
        name: The stack's name.
        folder: Where its `cdk.tf.json` and `assets` are.
        dependencies: Names of the tiers that are deployed before it.
        annotations: Its warnings and notes, as cdktf wrote them.
    """

    name: str
    folder: Path
    dependencies: tuple[str, ...]
    annotations: tuple[str, ...]

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The tier's Terraform JSON."""
        config: dict[str, Any] = json.loads((self.folder / "cdk.tf.json").read_text("utf-8"))
        return config

    @property
    def resource_count(self) -> int:
        return sum(len(items) for items in self.config.get("resource", {}).values())

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(sorted(self.config.get("output", {})))

    @property
    def backend(self) -> tuple[str, Mapping[str, Any]]:
        """The backend's type and settings: `("s3", {"bucket": ...})`."""
        backends: dict[str, Any] = self.config.get("terraform", {}).get("backend", {})
        kind, settings = next(iter(backends.items()), ("local", {}))
        return kind, settings

    @property
    def state_key(self) -> str:
        """Where the state is: the key in S3, or the local file's path."""
        kind, settings = self.backend
        return str(settings.get("key" if kind == "s3" else "path", ""))

    @property
    def reads_from(self) -> tuple[str, ...]:
        """Names of the remote states that it reads."""
        return tuple(sorted(self.config.get("data", {}).get("terraform_remote_state", {})))

    @property
    def skipped_checks(self) -> Mapping[str, Mapping[str, str]]:
        """checkov's checks that are skipped at a resource, with the reason, by its address.

        `{"aws_s3_bucket.logs": {"CKV_AWS_18": "It holds access logs, and nothing else."}}`; see
        `terratiers.acknowledge`.
        """
        return {
            f"{kind}.{name}": {skip["id"]: skip["comment"] for skip in skips}
            for kind, bodies in self.config.get("resource", {}).items()
            for name, body in bodies.items()
            if (skips := body.get("//", {}).get("checkov", {}).get("skip"))
        }

    @property
    def allowed_account_ids(self) -> tuple[str, ...]:
        """The accounts that its AWS providers are bound to, if any."""
        return tuple(
            account
            for provider in _as_list(self.config.get("provider", {}).get("aws", []))
            for account in provider.get("allowed_account_ids", [])
        )


def read_synthesis(outdir: Path | str = "cdktf.out") -> tuple[SynthesizedTier, ...]:
    """The tiers below `outdir`, each after those it depends on, else in alphabetical order.

    Raises:
        SynthesisError: when the folder, its manifest or a stack is missing or damaged.
    """
    folder = Path(outdir)
    manifest = folder / "manifest.json"
    again = "run `python main.py` (or `make synth`) first."
    if not manifest.is_file():
        raise SynthesisError(f"{folder} holds no synthesized program: {again}")
    try:
        stacks: dict[str, Any] = json.loads(manifest.read_text("utf-8"))["stacks"]
        tiers = {name: _read_tier(folder, name, stack) for name, stack in stacks.items()}
        order = TopologicalSorter({name: sorted(t.dependencies) for name, t in tiers.items()})
        order.prepare()
        names: list[str] = []
        while order.is_active():
            ready = sorted(order.get_ready())
            names += ready
            order.done(*ready)
        return tuple(tiers[name] for name in names)
    except (KeyError, TypeError, json.JSONDecodeError, CycleError) as error:
        raise SynthesisError(f"{manifest} is damaged ({error!r}): {again}") from error


def _read_tier(outdir: Path, name: str, stack: Mapping[str, Any]) -> SynthesizedTier:
    folder = outdir / stack["workingDirectory"]
    if not (folder / "cdk.tf.json").is_file():
        raise SynthesisError(f"{folder} has no cdk.tf.json: run `python main.py` again.")
    notes = [
        f"{note['level'].removeprefix('@cdktf/')}: {note['message']}"
        for note in stack.get("annotations", [])
    ]
    return SynthesizedTier(name, folder, tuple(stack.get("dependencies", [])), tuple(notes))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
