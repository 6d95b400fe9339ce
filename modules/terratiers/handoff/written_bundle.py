"""Reads a bundle back from its folder, for comparing it with another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terratiers.handoff.errors import HandoffError
from terratiers.handoff.manifest import KIND, MANIFEST, SCHEMA_VERSION

__all__ = ["CONFIGS", "WrittenTier", "read_bundle"]

CONFIGS = "manifest"
"""Folder of a bundle with each tier's configuration as one JSON file, whatever its format."""


@dataclass(frozen=True)
class WrittenTier:
    """One tier of a bundle: its configuration, its files' digests, what is applied before it."""

    config: Mapping[str, Any]
    files: Mapping[str, str]
    dependencies: tuple[str, ...]


def read_bundle(folder: Path) -> dict[str, WrittenTier]:
    """The tiers of a bundle by name.

    Raises:
        HandoffError: when the folder holds no bundle, one of a later version, or a damaged one.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if "stacks" in manifest:
            raise HandoffError(
                f"{folder} is what a program synthesized, not a bundle: name a folder that "
                "`terratiers handoff` wrote."
            )
        if manifest["kind"] != KIND:
            raise HandoffError(f"{folder} holds no bundle.")
        if manifest["schema_version"] > SCHEMA_VERSION:
            raise HandoffError(f"{folder} was written by a later version of terratiers.")
        return {
            tier["name"]: WrittenTier(
                json.loads((folder / CONFIGS / f"{tier['name']}.json").read_text("utf-8")),
                tier["files"],
                (*tier["dependencies"], *tier["dependencies_outside"]),
            )
            for tier in manifest["tiers"]
        }
    except FileNotFoundError as error:
        raise HandoffError(f"{folder} holds no bundle: there is no {error.filename}.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HandoffError(f"{folder} holds a damaged bundle: {error!r}.") from error
