"""manifest.json: what a bundle holds, for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier, producers
from terratiers.handoff.notes import tier_notes

__all__ = ["KIND", "MANIFEST", "SCHEMA_VERSION", "manifest"]

MANIFEST = "manifest.json"
KIND = "terratiers-bundle"
SCHEMA_VERSION = 1


def manifest(
    tiers: Sequence[BundleTier],
    digests: Mapping[str, str],
    *,
    output_format: str,
    not_secret: Collection[str] = (),
) -> dict[str, Any]:
    """The content of `manifest.json`.

    Args:
        tiers: The bundle's tiers, in the order of applying.
        digests: SHA-256 of each file of the bundle, by path.
        output_format: `json` or `hcl`.
        not_secret: The places that the secret scan was told to let pass.
    """
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "format": output_format,
        "tiers": [_tier(tier, tiers, digests) for tier in tiers],
        "not_secret": sorted(not_secret),
    }


def _tier(
    tier: BundleTier, tiers: Sequence[BundleTier], digests: Mapping[str, str]
) -> dict[str, Any]:
    here = {other.name for other in tiers}
    kind, settings = tier.backend
    terraform = tier.config.get("terraform", {})
    types = Counter(block_type for block_type, _, _ in tier.blocks("resource"))
    return {
        "name": tier.name,
        "folder": tier.folder,
        "order": tier.number,
        "dependencies": sorted(set(tier.dependencies) & here),
        "dependencies_outside": sorted(set(tier.dependencies) - here),
        "reads": [other.name for other in producers(tier, tiers)],
        "makes_state_bucket": tier.makes_state_bucket,
        "state": {"backend": kind, **settings},
        "terraform_version": terraform.get("required_version"),
        "providers": terraform.get("required_providers", {}),
        "resources": {"count": sum(types.values()), "types": dict(sorted(types.items()))},
        "inputs": sorted(tier.config.get("variable", {})),
        "outputs": sorted(tier.config.get("output", {})),
        "acknowledgements": [
            {"id": n.id, "reason": n.text} for n in tier_notes(tier) if n.acknowledged
        ],
        "skipped_checks": tier.skipped_checks,
        "warnings": [{"id": n.id, "text": n.text} for n in tier_notes(tier) if not n.acknowledged],
        "files": {path: digests[f"{tier.folder}/{path}"] for path in sorted(tier.files)},
    }
