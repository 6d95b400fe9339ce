"""The wheel has in it what the library reads at run time."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from terratiers.tiers.handlers import handler_folder

import pytest

ROOT = Path(__file__).parents[1]


def files_of_git(*places):
    command = ["git", "ls-files", "--", *places]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [file for file in found.stdout.splitlines() if (ROOT / file).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy: an earlier build in the checkout cannot leak into it."""
    folder = tmp_path_factory.mktemp("wheel")
    for file in files_of_git("modules", "lambda", "setup.py", "pyproject.toml", "*.md", "LICENSE"):
        place = folder / "source" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, place)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*command, folder, folder / "source"], check=True, timeout=300)
    [file] = folder.glob("*.whl")
    return zipfile.ZipFile(file)


@pytest.mark.parametrize("name", ["items", "image_notifier"])
def test_the_handlers_come_along(wheel, name):
    shipped = wheel.read(f"terratiers/lambda/{name}/handler.py")
    assert shipped == (ROOT / "lambda" / name / "handler.py").read_bytes()
    assert (handler_folder(name) / "handler.py").read_bytes() == shipped


def test_every_file_of_the_package_that_git_knows_comes_along(wheel):
    packed = set(wheel.namelist())
    for file in files_of_git("modules/terratiers"):
        assert file.removeprefix("modules/") in packed, file


def test_nothing_else_comes_along(wheel):
    names = wheel.namelist()
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]
    assert sum(info.compress_size for info in wheel.infolist()) < 2_000_000
