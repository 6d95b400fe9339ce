"""Measures a program with the provider loader on and off: wall time, CPU time, peak memory.

    python benchmarks/start_up.py [--program main.py] [--runs 5] [--check]

Runs are interleaved (on, off, on, off, ...) after one warm-up of each, so that a machine whose
speed drifts treats both alike. Memory is the largest sum over the process tree (Python and Node),
sampled every 20 ms. `--check` fails when the loader misses its budget.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "start_up.json"
SWITCH = "TERRATIERS_FAST_START"
WALL_BUDGET, MEMORY_BUDGET = 1 / 5, 1 / 3
FIGURES = ("wall", "cpu", "memory")


@dataclass(frozen=True)
class Run:
    """One run of the program: seconds, seconds, MiB; and how many resources it wrote."""

    wall: float
    cpu: float
    memory: float
    resources: int


def measure(program: Path, lazy: bool) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, SWITCH: "1" if lazy else "0", "CDKTF_OUTDIR": folder}
        started = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, str(program)], cwd=program.parent, env=environment
        )
        root = psutil.Process(child.pid)
        peak, seconds = 0, {}
        while child.poll() is None:
            memory = 0
            for process in _tree(root):
                try:
                    memory += process.memory_info().rss
                    times = process.cpu_times()
                    seconds[process.pid] = times.user + times.system
                except psutil.Error:
                    continue
            peak = max(peak, memory)
            time.sleep(0.02)
        wall = time.perf_counter() - started
        if child.returncode:
            sys.exit(f"{program} failed with status {child.returncode}")
        return Run(wall, sum(seconds.values()), peak / 2**20, _count_resources(Path(folder)))


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _count_resources(folder: Path) -> int:
    return sum(
        len(bodies)
        for file in folder.glob("stacks/*/cdk.tf.json")
        for bodies in json.loads(file.read_text("utf-8")).get("resource", {}).values()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=ROOT / "main.py")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    program = options.program.resolve()

    runs: dict[bool, list[Run]] = {True: [], False: []}
    for index in range(options.runs + 1):
        for lazy in (True, False):
            run = measure(program, lazy)
            if index:  # the first of each warms the caches
                runs[lazy].append(run)
    resources = {run.resources for both in runs.values() for run in both}
    print(f"{program.name}: {resources.pop()} resources, {options.runs} runs of each, interleaved")
    print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, "
        f"Python {platform.python_version()}, jsii {version('jsii')}, cdktf {version('cdktf')}, "
        f"cdktf-cdktf-provider-aws {version('cdktf-cdktf-provider-aws')}"
    )
    ratios = _report(runs)
    RESULTS.parent.mkdir(exist_ok=True)
    document = {"on": [asdict(r) for r in runs[True]], "off": [asdict(r) for r in runs[False]]}
    RESULTS.write_text(json.dumps({"ratios": ratios, **document}, indent=1), encoding="utf-8")
    if options.check and (ratios["wall"] > WALL_BUDGET or ratios["memory"] > MEMORY_BUDGET):
        sys.exit(f"over budget: wall at most {WALL_BUDGET:.2f}, memory at most {MEMORY_BUDGET:.2f}")


def _report(runs: dict[bool, list[Run]]) -> dict[str, float]:
    """Prints medians with their ranges, and returns the median of on/off pair by pair."""
    ratios = {}
    for figure, unit in zip(FIGURES, ("s", "s", "MiB"), strict=True):
        on, off = ([getattr(run, figure) for run in runs[lazy]] for lazy in (True, False))
        ratios[figure] = statistics.median(a / b for a, b in zip(on, off, strict=True))
        print(
            f"{figure:7} loader on {_spread(on)} {unit:3}  off {_spread(off)} {unit:3}  "
            f"ratio {ratios[figure]:.3f}"
        )
    return ratios


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):8.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
