"""The catalog of instance types in `data/instance_types.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Family", "catalog_regions", "families", "read_data", "type_names"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """What all sizes of a family have in common.

    Args:
        name: `t3`.
        manufacturer: Of the processor: `Intel`, `AMD`, `AWS`, ...
        architectures: `x86_64`, `arm64`, `x86_64_mac`, `arm64_mac`.
        current: Whether AWS counts it among the current generation.
        burstable: Whether it lives on CPU credits.
        dedicated_hosts: Whether some of its sizes run on dedicated hosts.
        nitro: Whether it runs on the Nitro hypervisor, or on none.
        not_offered_in: Regions that offer none of its sizes.
        sizes: Size to `vcpus` and `memory_mib`, the smallest first.
    """

    name: str
    manufacturer: str
    architectures: tuple[str, ...]
    current: bool
    burstable: bool
    dedicated_hosts: bool
    nitro: bool
    not_offered_in: frozenset[str]
    sizes: Mapping[str, Mapping[str, int]]


def read_data(name: str) -> dict[str, Any]:
    """One of the data files beside this module."""
    text = Path(__file__).with_name("data").joinpath(name).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@cache
def families() -> Mapping[str, Family]:
    """Every family by name."""
    return {
        name: Family(
            name=name,
            manufacturer=entry["manufacturer"],
            architectures=tuple(entry["architectures"]),
            current=entry["current"],
            burstable=entry["burstable"],
            dedicated_hosts=entry["dedicated_hosts"],
            nitro=entry["nitro"],
            not_offered_in=frozenset(entry["not_offered_in"]),
            sizes=entry["sizes"],
        )
        for name, entry in read_data("instance_types.json")["families"].items()
    }


@cache
def catalog_regions() -> frozenset[str]:
    """The regions of which the catalog knows what they offer."""
    return frozenset(read_data("instance_types.json")["regions"])


@cache
def type_names() -> tuple[str, ...]:
    """Every instance type: `a1.medium`, ..."""
    return tuple(f"{family.name}.{size}" for family in families().values() for size in family.sizes)
