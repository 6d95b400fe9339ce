"""(a) The reference architecture with all steps, without any, and with each step alone left out."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from terratiers.core.start_up import STEPS

from benchmarks.measure import ROOT, measure, measure_all
from benchmarks.part import Part, program

__all__ = ["ALL", "NONE", "measure_reference"]

ALL, NONE = "all steps", "no step"


def measure_reference(runs: int) -> Part:
    """`main.py` is measured; of it and of `examples/` all output is compared, byte by byte."""
    switches = {ALL: "1", NONE: "0"} | {f"without {step}": _others(step) for step in STEPS}
    subjects = [program(name, ROOT / "main.py", steps=steps) for name, steps in switches.items()]
    measured = measure_all(subjects, runs, warm_up=subjects[:2])
    written = {run.digest for of_one in measured.values() for run in of_one}
    differing = ["main.py"] if len(written) > 1 else []
    examples = sorted((ROOT / "examples").glob("*.py"))
    # how fast does not matter here: as many at a time as there are cores
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        differs = pool.map(lambda example: _differs(example, switches), examples)
        differing += [example.name for example, yes in zip(examples, differs, strict=True) if yes]
    return Part(measured, differing)


def _others(step: str) -> str:
    return ",".join(other for other in STEPS if other != step)


def _differs(example: Path, switches: dict[str, str]) -> bool:
    """Whether the example writes something else with other steps."""
    runs = (measure(program(example.name, example, steps=steps)) for steps in switches.values())
    return len({run.digest for run in runs}) > 1
