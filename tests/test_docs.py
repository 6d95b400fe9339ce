"""Every block of README and docs holds: Python runs by itself, JSON, shell and HCL parse; README's
JSON is what its program makes. The pages of docs/reference are test_reference.py's, the programs
of docs/tutorial test_tutorial.py's."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from terratiers.testing import Template

import pytest

ROOT = Path(__file__).parents[1]
READMES = [ROOT / name for name in ("README.md", "README.ko.md", "CONTRIBUTING.md")]
PAGES = [page for page in READMES if page.exists()] + sorted((ROOT / "docs").rglob("*.md"))
WRITTEN = [page for page in PAGES if "reference" not in page.parts]
PROGRAMS = [page for page in WRITTEN if "tutorial" not in page.parts]
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# Not run: diagrams, and what a program prints.
SHOWN = {"mermaid", "text", "diff", ""}


def blocks(*languages, pages=WRITTEN):
    return [
        pytest.param(textwrap.dedent(text), id=f"{page.relative_to(ROOT)}-{number}")
        for page in pages
        for number, (found, text) in enumerate(BLOCK.findall(page.read_text("utf-8")), 1)
        if found in languages
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


@pytest.mark.parametrize("block", blocks("python", pages=PROGRAMS))
def test_every_python_block_runs(block, tmp_path):
    run(block, tmp_path)


def bash_reads(text: str) -> str:
    """What bash has against a text; nothing when it parses."""
    shell = shutil.which("bash")
    assert shell, "bash is needed to read the shell blocks"
    # `<id>` stands for what the reader fills in
    filled = re.sub(r"<([\w -]+)>", "filled-in", text)
    read = subprocess.run([shell, "-n"], input=filled, capture_output=True, text=True, check=False)
    return read.stderr


@pytest.mark.parametrize("block", blocks("sh"))
def test_every_shell_block_parses(block):
    assert bash_reads(block) == ""


@pytest.mark.parametrize("block", blocks("console"))
def test_every_command_of_a_console_parses(block):
    """A command goes on, below its `$`, until it is whole; the rest is what is answered."""
    lines = block.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("$ "):
            longer = ("\n".join([line[2:], *lines[number + 1 : end]]) for end in
                      range(number + 1, min(number + 6, len(lines)) + 1))  # fmt: skip
            assert any(bash_reads(command) == "" for command in longer), line


@pytest.mark.parametrize("block", blocks("json"))
def test_every_json_block_parses(block):
    json.loads(block)


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_toml_block_parses(block):
    pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(block)


@pytest.mark.e2e
@pytest.mark.parametrize("block", blocks("hcl", "terraform"))
def test_every_hcl_block_is_formatted(block):
    """By Terraform itself, which also refuses what is no HCL."""
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("no terraform on PATH")
    read = subprocess.run(
        [terraform, "fmt", "-"], input=block, capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr
    assert read.stdout == block


def test_every_language_has_its_test():
    known = {"python", "sh", "console", "json", "toml", "hcl", "terraform", *SHOWN}
    for page in WRITTEN:
        for language, _ in BLOCK.findall(page.read_text("utf-8")):
            assert language in known, f"{page.relative_to(ROOT)}: ```{language}"


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


def anchors(page: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    text = BLOCK.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = BLOCK.sub("", page.read_text("utf-8"))
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", text):
        other = page.parent / target if target else page
        assert other.exists(), target
        if anchor and other.suffix == ".md":
            assert anchor in anchors(other), f"{target}#{anchor}"


def test_there_are_blocks_to_run():
    assert len(blocks("python", pages=PROGRAMS)) >= 40
    assert len(blocks("sh")) >= 5
