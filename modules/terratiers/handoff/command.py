"""`terratiers handoff`."""

from __future__ import annotations

from pathlib import Path

__all__ = ["handoff"]


def handoff(out: Path) -> None:
    """Write a bundle for people without Python, Node or cdktf."""
    raise NotImplementedError(out)
