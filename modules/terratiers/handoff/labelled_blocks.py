"""Reads the blocks that a value in Terraform JSON stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from terratiers.handoff.errors import HandoffError

__all__ = ["labelled"]


def labelled(value: Any, labels: int) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Labels and bodies of the blocks that a JSON value stands for.

    Each label is a level of objects; at every level a list of objects stands for several.

    Raises:
        HandoffError: when the value is something else.
    """
    for item in value if isinstance(value, list) else [value]:
        if item is None:
            continue
        if not isinstance(item, dict):
            raise HandoffError(f"a block is expected in place of {item!r}.")
        if not labels:
            yield (), item
            continue
        for label, inner in item.items():
            for rest, body in labelled(inner, labels - 1):
                yield (label, *rest), body
