"""The wheel, built once for all tests of this folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def files_of_git():
    """Lists what git knows, or would add, below places of the checkout."""

    def files(*places: str) -> list[str]:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *places]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return [file for file in found.stdout.splitlines() if (ROOT / file).is_file()]

    return files


@pytest.fixture(scope="session")
def wheel_file(files_of_git, tmp_path_factory) -> Path:
    """Built from a copy: an earlier build in the checkout cannot leak into it."""
    folder = tmp_path_factory.mktemp("wheel")
    for file in files_of_git("modules", "lambda", "setup.py", "pyproject.toml", "*.md", "LICENSE"):
        place = folder / "source" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, place)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*command, folder, folder / "source"], check=True, timeout=300)
    [file] = folder.glob("*.whl")
    return file
