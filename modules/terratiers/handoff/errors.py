"""The error of the hand-over."""

from __future__ import annotations

__all__ = ["HandoffError"]


class HandoffError(Exception):
    """A bundle cannot be written or compared; the message says where and what to do."""
