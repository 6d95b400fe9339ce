"""One tier as it goes into a bundle: Terraform JSON without any trace of cdktf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terratiers.core.synthesis import SynthesizedTier

__all__ = ["BundleTier", "bundle_tiers"]

_COMMENT = "//"
_BLOCK_KINDS = {"resource": "", "data": "data."}


@dataclass(frozen=True)
class BundleTier:
    """One tier of a bundle.

    Args:
        number: Its place in the order of applying, from 1.
        name: The stack's name.
        config: Its Terraform JSON without cdktf's metadata; paths lead to `files`.
        construct_paths: The path of the construct that made a resource or data source, by Terraform
            address: `{"aws_subnet.vpc_private_a": "network/vpc/private-a"}`.
        dependencies: Names of the tiers that are applied before it.
        notes: Its acknowledgements and warnings, as `SynthesizedTier.annotations` has them.
        files: What lies beside the configuration: relative path in the tier's folder to its source.
    """

    number: int
    name: str
    config: Mapping[str, Any]
    construct_paths: Mapping[str, str]
    dependencies: tuple[str, ...]
    notes: tuple[str, ...]
    files: Mapping[str, Path]

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


def bundle_tiers(tiers: Sequence[SynthesizedTier]) -> tuple[BundleTier, ...]:
    """The tiers in the order of applying, numbered, without cdktf's metadata."""
    return tuple(_bundle_tier(number, tier) for number, tier in enumerate(tiers, 1))


def _bundle_tier(number: int, tier: SynthesizedTier) -> BundleTier:
    config = {key: value for key, value in tier.config.items() if key != _COMMENT}
    paths: dict[str, str] = {}
    for kind, prefix in _BLOCK_KINDS.items():
        if kind in config:
            config[kind] = {
                block_type: {
                    name: _without_comment(body, f"{prefix}{block_type}.{name}", paths)
                    for name, body in bodies.items()
                }
                for block_type, bodies in config[kind].items()
            }
    assets = tier.folder / "assets"
    files = {
        file.relative_to(tier.folder).as_posix(): file
        for file in sorted(assets.rglob("*"))
        if file.is_file()
    }
    return BundleTier(number, tier.name, config, paths, tier.dependencies, tier.annotations, files)


def _without_comment(
    body: Mapping[str, Any], address: str, paths: dict[str, str]
) -> Mapping[str, Any]:
    """The body without cdktf's comment, whose construct path is noted in `paths`."""
    path = body.get(_COMMENT, {}).get("metadata", {}).get("path")
    if path:
        paths[address] = path
    return {key: value for key, value in body.items() if key != _COMMENT}
