"""(c) From 100 to 20,000 resources, and the same number of them in 1, 10 and 50 stacks."""

from __future__ import annotations

from benchmarks.measure import measure_all
from benchmarks.part import RESOURCES_OF_SMALL, Part, small

__all__ = ["LARGEST", "SIZES", "SMALLEST", "STACKS", "measure_scale", "sized", "stacked"]

SIZES = (100, 1_000, 5_000, 20_000)
SMALLEST, LARGEST = SIZES[0], SIZES[-1]
STACKS = (1, 10, 50)
_RESOURCES_IN_STACKS = 1_000


def sized(resources: int, *, fast: bool) -> str:
    """How the results call a size."""
    return f"{'Terratiers' if fast else 'cdktf Python'}, {resources:,} resources"


def stacked(stacks: int) -> str:
    """How the results call a number of stacks."""
    return f"Terratiers, {_RESOURCES_IN_STACKS:,} resources in {stacks} stack{'s' * (stacks > 1)}"


def measure_scale(runs: int) -> Part:
    """Raw bindings with Terratiers' loader and without."""
    subjects = [small(sized(size, fast=True), _copies(size), fast=True) for size in SIZES]
    # takes a minute: the other sizes are left to Terratiers
    subjects.append(small(sized(LARGEST, fast=False), _copies(LARGEST), fast=False))
    copies = _copies(_RESOURCES_IN_STACKS)
    subjects += [small(stacked(count), copies, count, fast=True) for count in STACKS]
    warm_up = [subjects[0], small("cdktf Python", 1, fast=False)]
    return Part(measure_all(subjects, runs, warm_up=warm_up))


def _copies(resources: int) -> int:
    """Copies of the small architecture that have at least so many resources."""
    return -(-resources // RESOURCES_OF_SMALL)
