"""Imports run downwards only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "modules" / "terratiers"

# What each part may import of the library, beside itself.
ALLOWED = {
    "core": set(),
    "network": {"core"},
    "security": {"core", "network"},
    "storage": {"core", "security"},
    "compute": {"core", "network", "security"},
    "dns": {"core", "network", "security"},
    "load_balancing": {"core", "network", "security", "storage", "compute"},
    "database": {"core", "security"},
    "messaging": {"core", "network", "security", "storage"},
    "serverless": {"core", "network", "security", "storage", "messaging"},
    "tiers": {
        "core",
        "network",
        "security",
        "storage",
        "compute",
        "dns",
        "load_balancing",
        "database",
        "messaging",
        "serverless",
    },
    "testing": {"core"},
    "local": {"core.synthesis"},
    "handoff": {"core.synthesis"},
    "new_project": set(),
    "cli": {"core.synthesis", "core.warm", "local", "handoff", "new_project"},
    "__init__": {"core"},
}


def imports(file: Path) -> set[str]:
    """The library's modules that a file imports, without `terratiers.`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {
            name.removeprefix("terratiers.") for name in names if name.startswith("terratiers.")
        }
    return found


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_module_imports_only_what_lies_below(file):
    part = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    for name in imports(file):
        allowed = ALLOWED[part] | {part}
        assert any(name == a or name.startswith(f"{a}.") for a in allowed), f"{file}: {name}"


def test_every_part_has_its_rule():
    parts = {file.relative_to(SOURCE).parts[0].removesuffix(".py") for file in FILES}
    assert parts == set(ALLOWED)


@pytest.mark.parametrize("part", ["local", "handoff", "core/synthesis.py"])
def test_what_reads_files_needs_no_cdktf(part):
    place = SOURCE / part
    for file in [place] if place.is_file() else place.rglob("*.py"):
        assert "cdktf_cdktf" not in file.read_text("utf-8")
        assert "import cdktf" not in file.read_text("utf-8")
        assert "from cdktf" not in file.read_text("utf-8")
