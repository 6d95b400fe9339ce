"""The error of `terratiers new`."""

from __future__ import annotations

__all__ = ["NewProjectError"]


class NewProjectError(Exception):
    """A project cannot be made; the message says why and what to do."""
