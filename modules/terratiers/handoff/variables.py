"""Adds input variables to a tier's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terratiers.handoff.errors import HandoffError

__all__ = ["declare"]


def declare(
    tier: str, config: Mapping[str, Any], variables: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The configuration with `variables` beside its own.

    Raises:
        HandoffError: when it has one of that name already.
    """
    own = config.get("variable", {})
    for name in sorted(own.keys() & variables.keys()):
        raise HandoffError(
            f"{tier}: the variable {name} is taken by the bundle: give the program's own variable "
            "another name."
        )
    return {**config, "variable": {**own, **variables}}
