"""Runs programs in processes of their own: wall time, CPU time, peak memory, what they wrote."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from benchmarks.output import count_resources, digest, digest_resources

__all__ = ["ProgramError", "Run", "Subject", "measure", "measure_all"]

ROOT = Path(__file__).parents[1]
_SAMPLE, _LOOK = 0.02, 0.1  # seconds between looks at the memory, and at who the children are
_SECONDS = 600


class ProgramError(Exception):
    """A program ended with an error; the message has the end of what it complained about."""


@dataclass(frozen=True)
class Subject:
    """A program to measure.

    Args:
        name: How the results call it.
        command: Its command line.
        environment: Variables added to those of this process.
        fresh: Variables that name a new, empty folder in each run: caches.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    fresh: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """One run of a program.

    Args:
        wall: Seconds from its start to its end.
        cpu: Seconds that it and its children computed.
        memory: MiB, the largest sum over it and its children.
        main_memory: MiB, its own peak without its children.
        resources: How many it wrote.
        digest: Of all files that it wrote.
        resource_digest: Of the resources alone, without cdktf's notes on where they were made.
        printed: What it wrote to its standard output.
    """

    wall: float
    cpu: float
    memory: float
    main_memory: float
    resources: int
    digest: str
    resource_digest: str
    printed: str


def measure_all(
    subjects: Sequence[Subject], runs: int, *, warm_up: Sequence[Subject]
) -> dict[str, list[Run]]:
    """Runs the programs in turn (a, b, a, b, ...), so that a change of pace meets all alike.

    Args:
        subjects: The programs.
        runs: How often each is measured.
        warm_up: What runs once before, so that all caches are filled.

    Raises:
        ProgramError: when a program ends with an error.
    """
    for subject in warm_up:
        measure(subject)
    measured: dict[str, list[Run]] = {subject.name: [] for subject in subjects}
    for _ in range(runs):
        for subject in subjects:
            measured[subject.name].append(measure(subject))
    return measured


def measure(subject: Subject) -> Run:
    """One run, in a folder for its output that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        environment = {
            **os.environ,
            "CDKTF_OUTDIR": str(out),
            "CDK_OUTDIR": str(out),
            **subject.environment,
        }
        # the warm-up could not fill Python's caches
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for variable in subject.fresh:
            environment[variable] = tempfile.mkdtemp(dir=folder)
        printed, complaints = Path(folder) / "stdout", Path(folder) / "stderr"
        with printed.open("wb") as stdout, complaints.open("wb") as stderr:
            computed = _computed()
            started = time.perf_counter()
            child = subprocess.Popen(
                subject.command, cwd=ROOT, env=environment, stdout=stdout, stderr=stderr
            )
            peak, main_peak, seen = _watch(child, started)
            wall = time.perf_counter() - started
            # a child that nobody waited for is missing in the one, its last moments in the other
            cpu = max(_computed() - computed, seen)
        if child.returncode:
            said = complaints.read_text("utf-8", "replace")[-2000:]
            raise ProgramError(f"{subject.name} ended with {child.returncode}:\n{said}")
        return Run(
            wall=wall,
            cpu=cpu,
            memory=peak / 2**20,
            main_memory=main_peak / 2**20,
            resources=count_resources(out),
            digest=digest(out),
            resource_digest=digest_resources(out),
            printed=printed.read_text("utf-8", "replace"),
        )


def _computed() -> float:
    """Seconds that the children which ended so far have computed."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(child: subprocess.Popen[bytes], started: float) -> tuple[int, int, float]:
    """Until the child ends: bytes at the peak, with and without its children; CPU seconds seen."""
    root = psutil.Process(child.pid)
    tree, looked = [root], 0.0
    peak, main_peak, seconds = 0, 0, dict[int, float]()
    while child.poll() is None:
        now = time.perf_counter()
        if now - started > _SECONDS:
            _end(root)
        if now - looked > _LOOK:
            tree, looked = _tree(root), now
        memory = 0
        for process in tree:
            try:
                own = process.memory_info().rss
                times = process.cpu_times()
            except psutil.Error:
                continue
            memory += own
            seconds[process.pid] = times.user + times.system
            if process is root:
                main_peak = max(main_peak, own)
        peak = max(peak, memory)
        time.sleep(_SAMPLE)
    return peak, main_peak, sum(seconds.values())


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return [root]


def _end(root: psutil.Process) -> None:
    for process in _tree(root):
        try:
            process.kill()
        except psutil.Error:
            continue
