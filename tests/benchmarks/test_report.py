"""The page with the results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.measure import Run
from benchmarks.part import ConstructCost, Part
from benchmarks.report import BEGIN, END, markdown, renew, write_json
from benchmarks.scale import SIZES, sized
from benchmarks.share import RAW
from benchmarks.small import named

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
RUNS = [Run(wall, wall, 100.0, 50.0, 1900, "a", "a", "") for wall in (1.0, 3.0, 2.0)]


@pytest.fixture
def parts():
    return {
        "small": Part({named("json.dumps", 1): RUNS}, left_out={"TerraConstructs": "no npm"}),
        "scale": Part({sized(size, fast=True): RUNS for size in SIZES}),
        "share": Part(
            {"all steps": RUNS, RAW: RUNS},
            constructs={"Vpc": ConstructCost(10, [30.0], [20.0])},
            own_share=[0.1, 0.2, 0.15],
        ),
    }


def test_medians_come_with_their_range(parts):
    text = markdown({"Python": "3.11"}, 3, parts)
    assert "| json.dumps x1 | 1,900 | 2.00 (1.00 to 3.00) |" in text
    assert "15.0 (10.0 to 20.0) %" in text
    assert "| Vpc | 10 | 30.0 (30.0 to 30.0) | 20.0 (20.0 to 20.0) | 1.00 |" in text


def test_what_was_not_measured_is_said(parts):
    text = markdown({"Python": "3.11"}, 3, parts)
    assert "Not measured: TerraConstructs (no npm)." in text
    assert "| not measured | 0.500 | **missed** |" in text


def test_plots_have_a_value_for_each_name(parts):
    text = markdown({"Python": "3.11"}, 3, parts)
    assert 'x-axis ["100", "1,000", "5,000", "20,000"]' in text
    assert "line [2.00, 2.00, 2.00, 2.00]" in text


def test_json_has_every_run_and_every_verdict(parts, tmp_path):
    write_json(tmp_path / "results" / "results.json", {"Python": "3.11"}, 3, parts)
    document = json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))
    runs = document["parts"]["small"]["runs"]["json.dumps x1"]
    assert [run["wall"] for run in runs] == [1.0, 3.0, 2.0]
    assert {"meaning", "limit", "figure"} == set(document["budgets"][0])


def test_only_what_stands_between_the_marks_changes(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    renew(page, "new\n")
    renew(page, "newer\n")
    assert page.read_text("utf-8") == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"


def test_a_page_without_marks_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="once each"):
        renew(page, "new")


def test_the_page_of_the_documentation_has_its_marks():
    text = PAGE.read_text("utf-8")
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
