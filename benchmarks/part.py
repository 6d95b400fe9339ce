"""What a part of the benchmark found, and the programs that several parts measure."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from terratiers.core.start_up import SWITCH

from benchmarks.measure import Run, Subject

__all__ = ["RESOURCES_OF_SMALL", "ConstructCost", "Part", "program", "small", "spread"]

PROGRAMS = Path(__file__).parent / "programs"
RESOURCES_OF_SMALL = 19


@dataclass(frozen=True)
class ConstructCost:
    """A construct: its resources, and milliseconds by itself and as raw bindings."""

    resources: int
    construct: list[float]
    raw: list[float]


@dataclass(frozen=True)
class Part:
    """What one part found.

    Args:
        runs: The runs of each program.
        differing: What should have been written alike and was not. Empty is good.
        left_out: What could not be measured, with the reason.
        constructs: What each construct costs (part `share`).
        own_share: Of the time that the reference architecture takes, the part spent in
            Terratiers' own code, run by run (part `share`).
    """

    runs: dict[str, list[Run]]
    differing: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    constructs: dict[str, ConstructCost] = field(default_factory=dict)
    own_share: list[float] = field(default_factory=list)

    def median(self, name: str, figure: str) -> float:
        """The median of `wall`, `cpu`, `memory` or `main_memory`."""
        return statistics.median(spread(self.runs[name], figure))

    def ratio(self, name: str, other: str, figure: str = "wall") -> float:
        """The median of one program's figure over another's, run by run."""
        pairs = zip(spread(self.runs[name], figure), spread(self.runs[other], figure), strict=True)
        return statistics.median(a / b for a, b in pairs)


Measure = Callable[[int], Part]


def spread(runs: list[Run], figure: str) -> list[float]:
    return [getattr(run, figure) for run in runs]


def program(name: str, file: str | Path, *arguments: object, steps: str = "1") -> Subject:
    """A Python program in this environment, with the given steps of a fast start."""
    command = (sys.executable, str(PROGRAMS / file), *map(str, arguments))
    return Subject(name, command, {SWITCH: steps})


def small(name: str, copies: int, stacks: int = 1, *, fast: bool) -> Subject:
    """The small architecture in raw bindings, as they are or with Terratiers' loader."""
    options = ["--fast"] if fast else []
    return program(name, "small_cdktf.py", copies, stacks, *options)
