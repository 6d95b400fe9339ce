"""The wheel has in it what the library reads at run time."""

from __future__ import annotations

import zipfile
from pathlib import Path

from terratiers.tiers.handlers import handler_folder

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(wheel_file):
    return zipfile.ZipFile(wheel_file)


@pytest.mark.parametrize("name", ["items", "image_notifier"])
def test_the_handlers_come_along(wheel, name):
    shipped = wheel.read(f"terratiers/lambda/{name}/handler.py")
    assert shipped == (ROOT / "lambda" / name / "handler.py").read_bytes()
    assert (handler_folder(name) / "handler.py").read_bytes() == shipped


def test_every_file_of_the_package_that_git_knows_comes_along(wheel, files_of_git):
    packed = set(wheel.namelist())
    for file in files_of_git("modules/terratiers"):
        assert file.removeprefix("modules/") in packed, file


def test_nothing_else_comes_along(wheel):
    names = wheel.namelist()
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]
    assert sum(info.compress_size for info in wheel.infolist()) < 1_000_000


def test_the_metadata_keep_the_base_install_light(wheel):
    """Without extras: cdktf, the bindings, and what both stand on."""
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    lines = wheel.read(name).decode().splitlines()
    needed = [line.removeprefix("Requires-Dist: ") for line in lines if "Requires-Dist" in line]
    base = {line.split("<")[0].split(">")[0] for line in needed if "extra ==" not in line}
    assert base == {"cdktf", "cdktf-cdktf-provider-aws", "constructs", "jsii"}
    extras = {line.removeprefix("Provides-Extra: ") for line in lines if "Provides-Extra" in line}
    assert extras == {"cli", "dev", "local", "test"}
