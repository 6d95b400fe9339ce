"""Which ratios are held against which limits."""

from __future__ import annotations

import pytest
from benchmarks.budgets import BUDGETS, judge
from benchmarks.measure import Run
from benchmarks.part import Part
from benchmarks.reference import ALL, NONE
from benchmarks.share import RAW
from benchmarks.small import named


def run(wall=1.0, memory=100.0):
    return Run(wall, wall, memory, memory, 19, "digest", "digest", "")


def verdicts(**parts):
    return {verdict.budget.meaning: verdict for verdict in judge(parts)}


def reference(wall, memory):
    return Part({ALL: [run(wall, memory)] * 5, NONE: [run(12.0, 400.0)] * 5})


TIME = "reference architecture: time over that without any step"
MEMORY = "reference architecture: memory over that without any step"


@pytest.mark.parametrize(
    ("wall", "memory", "time_holds", "memory_holds"),
    [(0.99, 99.0, True, True), (1.01, 101.0, False, False), (0.99, 101.0, True, False)],
)
def test_the_reference_architecture(wall, memory, time_holds, memory_holds):
    found = verdicts(reference=reference(wall, memory))
    assert (found[TIME].holds, found[MEMORY].holds) == (time_holds, memory_holds)


def test_a_ratio_is_the_median_of_runs_that_followed_each_other():
    # the machine became slower: both did, and the ratio is what it was
    part = Part({"a": [run(1), run(2), run(9)], "b": [run(2), run(4), run(9)]})
    assert part.ratio("a", "b") == 0.5


def test_only_parts_that_were_measured_are_judged():
    assert {v.budget.part for v in judge({"reference": reference(1, 1)})} == {"reference"}


def test_output_that_differs_misses():
    part = reference(0.5, 50.0)
    differing = Part(part.runs, differing=["main.py"])
    meaning = "programs whose output is another with other steps"
    assert verdicts(reference=part)[meaning].holds
    assert not verdicts(reference=differing)[meaning].holds


def test_a_peer_that_was_not_measured_misses():
    ours = {named("Terratiers, bindings", 10): [run()]}
    verdict = verdicts(small=Part(ours))[
        "Terratiers, bindings, x10: time over that of cdktf JavaScript"
    ]
    assert verdict.figure is None
    assert not verdict.holds


def test_the_own_share_is_held_in_both_ways():
    runs = {ALL: [run(2.0)] * 3, RAW: [run(1.6), run(1.2), run(1.0)]}
    found = verdicts(share=Part(runs, own_share=[0.1, 0.2, 0.3]))
    figures = [verdict.figure for verdict in found.values()]
    assert figures == [0.2, pytest.approx(0.4), 0]
    assert [verdict.holds for verdict in found.values()] == [True, False, True]


def test_every_part_with_a_promise_has_a_budget():
    assert {budget.part for budget in BUDGETS} == {"reference", "small", "scale", "share"}
