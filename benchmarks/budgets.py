"""What has to hold, as ratios within one run of the benchmark.

Terratiers' own share is held twice: as the time in its own modules, and, which is stricter, as what
a program takes longer than raw bindings with the same resources. The second one has the calls in it
that the constructs make through jsii, to pin addresses among others.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.part import Part
from benchmarks.reference import ALL, NONE
from benchmarks.scale import LARGEST, SMALLEST, sized
from benchmarks.share import RAW
from benchmarks.small import COPIES, named

__all__ = ["BUDGETS", "Budget", "Verdict", "judge"]


@dataclass(frozen=True)
class Budget:
    """A figure and the most that it may be.

    Args:
        part: The part of the benchmark that has it.
        meaning: In words.
        limit: The most that it may be.
        figure: How it is read.
    """

    part: str
    meaning: str
    limit: float
    figure: Callable[[Part], float]


@dataclass(frozen=True)
class Verdict:
    """What came out for a budget: its figure, or None when that was not measured."""

    budget: Budget
    figure: float | None

    @property
    def holds(self) -> bool:
        return self.figure is not None and self.figure <= self.budget.limit


def _faster(ours: str, theirs: str, copies: int, limit: float) -> Budget:
    return Budget(
        "small",
        f"{ours}, x{copies}: time over that of {theirs}",
        limit,
        lambda part: part.ratio(named(ours, copies), named(theirs, copies)),
    )


BUDGETS = (
    Budget(
        "reference",
        "reference architecture: time over that without any step",
        1 / 12,
        lambda part: part.ratio(ALL, NONE),
    ),
    Budget(
        "reference",
        "reference architecture: memory over that without any step",
        1 / 4,
        lambda part: part.ratio(ALL, NONE, "memory"),
    ),
    *(
        _faster("Terratiers, constructs", peer, copies, 1 / 2)
        for peer in ("AWS CDK JavaScript", "TerraConstructs")
        for copies in COPIES
    ),
    _faster("Terratiers, bindings", "cdktf JavaScript", 10, 2.5),
    Budget(
        "scale",
        f"{LARGEST:,} resources: time over that of cdktf Python",
        1 / 3,
        lambda part: part.ratio(sized(LARGEST, fast=True), sized(LARGEST, fast=False)),
    ),
    Budget(
        "scale",
        f"memory of Python alone: {LARGEST:,} resources over {SMALLEST:,}",
        1.25,
        lambda part: part.ratio(
            sized(LARGEST, fast=True), sized(SMALLEST, fast=True), "main_memory"
        ),
    ),
    Budget(
        "share",
        "reference architecture: part of the time in Terratiers' own code",
        0.25,
        lambda part: statistics.median(part.own_share),
    ),
    Budget(
        "share",
        "reference architecture: part of the time that raw bindings do without",
        0.25,
        lambda part: 1 - part.ratio(RAW, ALL),
    ),
    *(
        Budget(part, meaning, 0, lambda part: len(part.differing))
        for part, meaning in (
            ("reference", "programs whose output is another with other steps"),
            ("small", "sizes at which raw bindings wrote other resources"),
            ("share", "programs from JSON that wrote other resources"),
        )
    ),
)


def judge(parts: Mapping[str, Part]) -> Iterator[Verdict]:
    """Every budget of the parts that were measured."""
    for budget in BUDGETS:
        if budget.part in parts:
            try:
                figure = budget.figure(parts[budget.part])
            except KeyError:  # a peer that could not be installed
                figure = None
            yield Verdict(budget, figure)
