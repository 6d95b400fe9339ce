"""Every Python block of README and docs runs by itself; README's JSON is what its program makes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from terratiers.testing import Template

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language):
    return [
        pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, (found, text) in enumerate(BLOCK.findall(page.read_text("utf-8")), 1)
        if found == language
    ]


def run(program: str, folder: Path) -> None:
    """As a user would: a file of its own, in a process of its own."""
    (folder / "main.py").write_text(program, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("block", blocks("python"))
def test_every_python_block_runs(block, tmp_path):
    run(block, tmp_path)


def test_the_terraform_in_the_readme_is_what_its_program_makes(tmp_path):
    found = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
    program = next(text for language, text in found if language == "python")
    shown = json.loads(next(text for language, text in found if language == "json"))
    run(program, tmp_path)

    template = Template.from_folder(tmp_path / "cdktf.out", "network")
    assert shown["terraform"]["backend"] == template.config["terraform"]["backend"]
    for kind, bodies in shown["resource"].items():
        for name, body in bodies.items():
            made = template.resource(f"{kind}.{name}")
            assert {key: made[key] for key in body} == body


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_there_are_blocks_to_run():
    assert len(blocks("python")) >= 8
