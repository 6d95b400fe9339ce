"""`terratiers new`, as a shell runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def terratiers(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [Path(sys.executable).with_name("terratiers"), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def test_the_folder_names_the_project_and_the_next_steps_are_told(terratiers, tmp_path):
    ended = terratiers("new", "shop")
    assert ended.returncode == 0, ended.stderr
    assert "  cd shop\n" in ended.stdout
    assert "pip install -r requirements.txt" in ended.stdout
    program = (tmp_path / "shop" / "main.py").read_text("utf-8")
    assert 'project="shop",\n    name="dev",\n    region="eu-central-1",\n' in program


def test_the_options(terratiers, tmp_path):
    options = ("--project", "lab-edu", "--environment", "prod", "--region", "ap-northeast-2")
    ended = terratiers("new", "My lab", *options)
    assert ended.returncode == 0, ended.stderr
    assert "  cd 'My lab'\n" in ended.stdout
    program = (tmp_path / "My lab" / "main.py").read_text("utf-8")
    assert 'project="lab-edu",\n    name="prod",\n    region="ap-northeast-2",\n' in program


@pytest.mark.parametrize("folder", ["My lab", "."])
def test_a_folder_whose_name_is_no_projects_name(terratiers, tmp_path, folder):
    """pytest's own folders have underscores in their names."""
    ended = terratiers("new", folder)
    assert ended.returncode == 1
    assert ended.stderr.startswith("terratiers: environment: project ")
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []
