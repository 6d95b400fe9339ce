"""(d) The first start on a machine: no bytecode, and nothing of what jsii and others keep."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.measure import measure_all
from benchmarks.part import Part, program, small

__all__ = ["measure_cold"]

# jsii's unpacked packages, Python's bytecode, and what other programs keep.
CACHES = ("JSII_RUNTIME_PACKAGE_CACHE_ROOT", "PYTHONPYCACHEPREFIX", "XDG_CACHE_HOME")


def measure_cold(runs: int) -> Part:
    """The small architecture; the files themselves may be in the machine's memory."""
    warm = [
        small("Terratiers, bindings", 1, fast=True),
        program("Terratiers, constructs", "small_terratiers.py", 1),
        small("cdktf Python", 1, fast=False),
    ]
    return Part(measure_all([replace(subject, fresh=CACHES) for subject in warm], runs, warm_up=()))
