"""Each program of the tutorial runs, and what the page shows of it is what it makes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from terratiers.core.synthesis import read_synthesis

import pytest

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial"
LABS = {"A": 5, "B": 6, "C": 7, "D": 8, "E": 3, "F": 5, "G": 6}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
APPLIED = re.compile(r"^(\S+): applied (\d+) resources", re.MULTILINE)
LISTED = re.compile(r"^(\S+) +(\d+) +(\d+) +(?:s3|local):", re.MULTILINE)


def programs():
    """Each Python block with what is shown between it and the next one."""
    for page in sorted(TUTORIAL.glob("*.md")):
        found: list[list[str]] = []
        for language, text in BLOCK.findall(page.read_text("utf-8")):
            if language == "python":
                found.append([text, ""])
            elif found:
                found[-1][1] += text
        for number, (program, shown) in enumerate(found, 1):
            yield pytest.param(program, shown, id=f"{page.stem}-{number}")


@pytest.mark.parametrize(("program", "shown"), list(programs()))
def test_the_program_makes_what_is_shown(program, shown, tmp_path):
    (tmp_path / "main.py").write_text(program, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "main.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    for line in ended.stdout.splitlines():
        assert line in shown

    out = tmp_path / "cdktf.out"
    synthesized = read_synthesis(out) if (out / "manifest.json").is_file() else ()
    tiers = {tier.name: tier for tier in synthesized}
    applied = {name: int(count) for name, count in APPLIED.findall(shown)}
    assert applied == {name: tiers[name].resource_count for name in applied}
    listed = {name: (int(count), int(outputs)) for name, count, outputs in LISTED.findall(shown)}
    assert listed == {
        name: (tiers[name].resource_count, len(tiers[name].outputs)) for name in listed
    }


@pytest.mark.parametrize(("part", "labs"), list(LABS.items()))
def test_every_lab_has_its_line(part, labs):
    [page] = TUTORIAL.glob(f"{part.lower()}-*.md")
    rows = re.findall(rf"^\| ({part}\d) \| ", page.read_text("utf-8"), re.MULTILINE)
    assert sorted(set(rows)) == [f"{part}{number}" for number in range(1, labs + 1)]
