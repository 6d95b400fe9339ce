"""`terratiers new`."""

from __future__ import annotations

from pathlib import Path

__all__ = ["new"]


def new(folder: Path) -> None:
    """Make a project to start from: main.py, cdktf.json and tests that pass."""
    raise NotImplementedError(folder)
