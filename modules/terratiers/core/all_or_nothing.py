"""Nothing half-built is left behind by a construct that is composed of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from terratiers.core.errors import ConfigurationError

from constructs import Construct

__all__ = ["all_or_nothing"]


@contextmanager
def all_or_nothing(scope: Construct, id: str) -> Iterator[None]:
    """Takes the construct `id` out of `scope` again when one of its parts is refused."""
    try:
        yield
    except ConfigurationError:
        scope.node.try_remove_child(id)
        raise
