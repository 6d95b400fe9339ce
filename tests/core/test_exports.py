"""Packages import their public names late, and readers and type checkers see the same ones."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import terratiers
from terratiers.core.exports import exports

import pytest

ROOT = Path(terratiers.__file__).parent
PACKAGES = [
    ".".join(("terratiers", *file.parent.relative_to(ROOT).parts))
    for file in sorted(ROOT.rglob("__init__.py"))
    if "exports(" in file.read_text("utf-8")
]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_public_name_has_one_home(package):
    module = importlib.import_module(package)
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    [checked] = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    for_checkers = {
        alias.asname: node.module
        for node in checked.body
        for alias in node.names
        if isinstance(node, ast.ImportFrom)
    }
    [call] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("exports(")
    ]
    homes = ast.literal_eval(call.args[1])
    at_run_time = {
        name: f"{package}{home}" if home.startswith(".") else home for name, home in homes.items()
    }
    assert at_run_time == for_checkers
    assert set(module.__all__) == set(homes)
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        assert getattr(module, name) is getattr(importlib.import_module(at_run_time[name]), name)


def test_a_name_that_is_not_public_is_no_attribute():
    get, _ = exports("terratiers", {"Tier": ".core.tier"})
    with pytest.raises(AttributeError, match="'terratiers' has no attribute 'Tire'"):
        get("Tire")


def test_a_construct_is_imported_without_its_neighbours():
    code = (
        "import sys, terratiers\n"
        "from terratiers.security import Role\n"
        "print(sorted(name for name in sys.modules if name.startswith('terratiers.security.')))"
        "\nassert not any('wafv2' in name or 'shield' in name for name in sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "terratiers.security.role" in run.stdout
    assert "terratiers.security.security_group" not in run.stdout
