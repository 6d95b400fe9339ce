"""A tier's configuration as Terraform JSON, in the files that people expect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier

__all__ = ["json_text", "tier_json_files"]

_STATE = ("backend", "cloud")
_FILES = {
    "provider": "providers",
    "variable": "variables",
    "data": "data",
    "output": "outputs",
}


def tier_json_files(tier: BundleTier) -> dict[str, str]:
    """The tier's `providers.tf.json`, `backend.tf.json`, `variables.tf.json`, `data.tf.json`,
    `main.tf.json` and `outputs.tf.json`; only those with content."""
    parts: dict[str, dict[str, Any]] = {}
    for kind, body in tier.config.items():
        if kind == "terraform":
            for name, settings in body.items():
                part = parts.setdefault("backend" if name in _STATE else "providers", {})
                part.setdefault("terraform", {})[name] = settings
        elif body:
            parts.setdefault(_FILES.get(kind, "main"), {})[kind] = body
    return {f"{name}.tf.json": json_text(part) for name, part in sorted(parts.items())}


def json_text(value: Mapping[str, Any]) -> str:
    """JSON for people: indented, keys sorted, characters as they are."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
