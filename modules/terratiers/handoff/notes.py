"""What the program's author acknowledged or was warned of, tier by tier."""

from __future__ import annotations

import re
from dataclasses import dataclass

from terratiers.handoff.bundle_tier import BundleTier

__all__ = ["Note", "tier_notes"]

_NOTE = re.compile(r"(?s)(?P<level>\w+): (?:\[(?P<id>[A-Za-z0-9_-]+)\] )?(?P<text>.*)")
_ACKNOWLEDGED = "acknowledged: "


@dataclass(frozen=True)
class Note:
    """One note of a synthesis.

    Args:
        level: `info`, `warn` or `error`.
        id: The warning's stable id, if it has one.
        text: The warning, or the reason for which it was acknowledged.
        acknowledged: Whether it was acknowledged.
    """

    level: str
    id: str
    text: str
    acknowledged: bool


def tier_notes(tier: BundleTier) -> tuple[Note, ...]:
    """The tier's notes, each once, sorted."""
    return tuple(_note(text) for text in sorted(set(tier.notes)))


def _note(value: str) -> Note:
    found = _NOTE.fullmatch(value)
    if not found:
        return Note("info", "", value, False)
    text = found["text"]
    return Note(
        found["level"],
        found["id"] or "",
        text.removeprefix(_ACKNOWLEDGED),
        bool(found["id"]) and text.startswith(_ACKNOWLEDGED),
    )
