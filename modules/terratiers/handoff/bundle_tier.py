"""One tier as it goes into a bundle: Terraform JSON without any trace of cdktf."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terratiers.core.synthesis import SynthesizedTier
from terratiers.handoff.account_guard import guard_account
from terratiers.handoff.asset_files import asset_files, move_assets
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.local_paths import check_local_paths
from terratiers.handoff.state_settings import STATE_BUCKET, place_states

__all__ = ["BundleTier", "bundle_tiers", "producers"]

_COMMENT = "//"
_FOLDER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ADDRESS_PREFIXES = {"resource": "", "data": "data."}


@dataclass(frozen=True)
class BundleTier:
    """One tier of a bundle.

    Args:
        number: Its place in the order of applying, from 1.
        name: The stack's name.
        config: Its Terraform JSON without cdktf's metadata; paths lead to `files`. Beside what was
            synthesized it has the variables `aws_account_id` (where the account is not known),
            `state_bucket` and `state_region` (where it reads other tiers' states or makes the
            state bucket).
        construct_paths: The path of the construct that made a resource or data source, by Terraform
            address: `{"aws_subnet.vpc_private_a": "network/vpc/private-a"}`.
        dependencies: Names of the tiers that are applied before it; with `--tier`, they need not
            be in the bundle.
        notes: Its acknowledgements and warnings, as `SynthesizedTier.annotations` has them.
        files: What lies beside the configuration: relative path in the tier's folder to its source.
        skipped_checks: Policy checks that were acknowledged at a resource, with the reason, by its
            address, as `SynthesizedTier.skipped_checks` has them.
    """

    number: int
    name: str
    config: Mapping[str, Any]
    construct_paths: Mapping[str, str]
    dependencies: tuple[str, ...]
    notes: tuple[str, ...]
    files: Mapping[str, Path]
    skipped_checks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The tier's folder in the bundle: `02-network`."""
        return f"{self.number:02}-{self.name}"

    def blocks(self, kind: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Type, name and body of every `resource` or `data`, in the order of their addresses."""
        for block_type, bodies in sorted(self.config.get(kind, {}).items()):
            for name, body in sorted(bodies.items()):
                yield block_type, name, body

    @property
    def providers(self) -> tuple[Mapping[str, Any], ...]:
        """The settings of its AWS providers; the first is the default one."""
        found = self.config.get("provider", {}).get("aws", [])
        return tuple(found if isinstance(found, list) else [found])

    @property
    def default_tags(self) -> Mapping[str, str]:
        """The tags that its first provider puts on everything: `Project`, `Environment`, ..."""
        for provider in self.providers[:1]:
            blocks = provider.get("default_tags", [])
            for block in blocks if isinstance(blocks, list) else [blocks]:
                tags: Mapping[str, str] = block.get("tags", {})
                return tags
        return {}

    @property
    def backend(self) -> tuple[str, Mapping[str, Any]]:
        """The backend's type and settings: `("s3", {"bucket": ..., "key": ...})`."""
        terraform = self.config.get("terraform", {})
        if "cloud" in terraform:
            return "cloud", terraform["cloud"]
        backends: Mapping[str, Any] = terraform.get("backend", {})
        return next(iter(backends.items()), ("local", {}))

    @property
    def makes_state_bucket(self) -> bool:
        """Whether it makes the bucket that its own state is kept in.

        Its first apply runs with a local state (`terraform { backend "local" {} }` in an override
        file), which then moves into the bucket.
        """
        return any(
            body.get("bucket") == f"${{var.{STATE_BUCKET}}}"
            for kind, _, body in self.blocks("resource")
            if kind == "aws_s3_bucket"
        )


def bundle_tiers(
    tiers: Sequence[SynthesizedTier], names: Collection[str] | None = None
) -> tuple[BundleTier, ...]:
    """The tiers in the order of applying, numbered, ready to be written.

    Args:
        tiers: What `read_synthesis` returned: every tier of the program, in order.
        names: The tiers that go into the bundle. Default: all.

    Raises:
        HandoffError: when a tier needs a file outside of its folder, a state on this machine, or
            declares a variable that the bundle needs.
    """
    bodies = place_states({tier.name: _without_comments(tier.config) for tier in tiers})
    chosen = [tier for tier in tiers if names is None or tier.name in names]
    for tier in chosen:
        if not _FOLDER_NAME.fullmatch(tier.name):
            raise HandoffError(
                f"{tier.name!r} cannot name a folder: call the stack by letters, digits, _ . and -."
            )
    return tuple(
        _bundle_tier(number, tier, bodies[tier.name]) for number, tier in enumerate(chosen, 1)
    )


def producers(tier: BundleTier, tiers: Sequence[BundleTier]) -> tuple[BundleTier, ...]:
    """Those of `tiers` whose state `tier` reads."""
    default = tier.config.get("variable", {}).get(STATE_BUCKET, {}).get("default")
    read = {
        (default if bucket == f"${{var.{STATE_BUCKET}}}" else bucket, settings.get("key"))
        for kind, _, body in tier.blocks("data")
        if kind == "terraform_remote_state" and body.get("backend") == "s3"
        for settings in [body.get("config", {})]
        for bucket in [settings.get("bucket")]
    }
    return tuple(
        other
        for other in tiers
        if other is not tier
        and other.backend[0] == "s3"
        and (other.backend[1].get("bucket"), other.backend[1].get("key")) in read
    )


def _bundle_tier(number: int, tier: SynthesizedTier, config: dict[str, Any]) -> BundleTier:
    files = asset_files(tier.folder)
    config = guard_account(tier.name, move_assets(_with_namespaces(config), files))
    check_local_paths(tier, config, {file.path for file in files})
    return BundleTier(
        number=number,
        name=tier.name,
        config=config,
        construct_paths=_construct_paths(tier.config),
        dependencies=tier.dependencies,
        notes=tier.annotations,
        files={file.path: file.source for file in files},
        skipped_checks=tier.skipped_checks,
    )


def _with_namespaces(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with `hashicorp/aws` where cdktf writes `aws`: the same provider."""
    required = config.get("terraform", {}).get("required_providers", {})
    full = {
        name: {**body, "source": f"hashicorp/{body['source']}"}
        if isinstance(body, Mapping) and "/" not in body.get("source", "/")
        else body
        for name, body in required.items()
    }
    terraform = {**config.get("terraform", {}), "required_providers": full}
    return {**config, "terraform": terraform} if required else dict(config)


def _without_comments(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration without cdktf's comments, which stand at the top and in each block."""
    return {kind: _strip(blocks, depth=2) for kind, blocks in config.items() if kind != _COMMENT}


def _strip(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [_strip(item, depth) for item in value]
    if isinstance(value, Mapping):
        kept = {key: item for key, item in value.items() if key != _COMMENT}
        return {key: _strip(item, depth - 1) for key, item in kept.items()} if depth else kept
    return value


def _construct_paths(config: Mapping[str, Any]) -> dict[str, str]:
    paths = {}
    for kind, prefix in _ADDRESS_PREFIXES.items():
        for block_type, bodies in sorted(config.get(kind, {}).items()):
            for name, body in sorted(bodies.items()):
                path = body.get(_COMMENT, {}).get("metadata", {}).get("path")
                if path:
                    paths[f"{prefix}{block_type}.{name}"] = path
    return paths
