"""The one exception that the local commands show to their user."""

from __future__ import annotations

__all__ = ["LocalError"]


class LocalError(Exception):
    """Something outside of the program stands in the way; the message says what and what helps."""
