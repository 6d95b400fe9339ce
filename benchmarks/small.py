"""(b) One small architecture, once and ten times, in Terratiers and in others."""

from __future__ import annotations

import subprocess
from itertools import chain

from benchmarks import peers
from benchmarks.measure import Subject, measure_all
from benchmarks.part import Part, program, small

__all__ = ["COPIES", "measure_small", "named"]

COPIES = (1, 10)
# Raw bindings: these write the very same resources.
SAME = ("json.dumps", "cdktf Python", "Terratiers, bindings", "cdktf JavaScript")
NAMES = {
    "cdktf-javascript": "cdktf JavaScript",
    "aws-cdk-javascript": "AWS CDK JavaScript",
    "aws-cdk-python": "AWS CDK Python",
    "terraconstructs": "TerraConstructs",
}


def named(name: str, copies: int) -> str:
    """How the results call a program of a size."""
    return f"{name} x{copies}"


def measure_small(runs: int) -> Part:
    """Peers that cannot be installed are left out."""
    left_out = {}
    installed = []
    for peer, name in NAMES.items():
        try:
            peers.install(peer)
        except (OSError, subprocess.CalledProcessError) as error:
            left_out[name] = str(error)
        else:
            installed.append(peer)
    once, *larger = (_subjects(copies, installed) for copies in COPIES)
    measured = measure_all([*once, *chain(*larger)], runs, warm_up=once)
    differing = []
    for copies in COPIES:
        same = [measured[key] for name in SAME if (key := named(name, copies)) in measured]
        if len({run.resource_digest for of_one in same for run in of_one}) > 1:
            differing.append(f"raw bindings x{copies}")
    return Part(measured, differing, left_out)


def _subjects(copies: int, installed: list[str]) -> list[Subject]:
    ours = [
        program(named("json.dumps", copies), "small_json.py", copies),
        small(named("Terratiers, bindings", copies), copies, fast=True),
        program(named("Terratiers, constructs", copies), "small_terratiers.py", copies),
        small(named("cdktf Python", copies), copies, fast=False),
    ]
    return ours + [
        Subject(
            named(NAMES[peer], copies),
            (_interpreter(peer), str(peers.program(peer)), str(copies)),
        )
        for peer in installed
    ]


def _interpreter(peer: str) -> str:
    return "node" if peer in peers.NODE_PEERS else str(peers.python(peer))
