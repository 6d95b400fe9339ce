"""The files of a new project, and what happens when they cannot be written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from terratiers.new_project.errors import NewProjectError
from terratiers.new_project.project import make_project

import pytest

ROOT = Path(__file__).parents[2]
SHOP = {"project": "shop", "environment": "dev", "region": "eu-central-1"}


@pytest.fixture
def shop(tmp_path):
    make_project(tmp_path / "shop", **SHOP)
    return tmp_path / "shop"


def test_the_files(tmp_path):
    made = make_project(tmp_path / "deep" / "shop", **SHOP)
    found = [path for path in (tmp_path / "deep" / "shop").rglob("*") if path.is_file()]
    assert sorted(made) == list(made)
    assert {path.relative_to(tmp_path / "deep" / "shop").as_posix() for path in found} == set(made)
    assert set(made) > {"main.py", "cdktf.json", ".gitignore", "README.md", "requirements.txt"}
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "shop"]


def test_the_values_are_in_the_program(tmp_path):
    values = {"project": "lab-edu", "environment": "prod", "region": "ap-northeast-2"}
    make_project(tmp_path / "lab", **values)
    program = (tmp_path / "lab" / "main.py").read_text("utf-8")
    assert re.findall(r'(\w+)="([^"]+)",\n', program) == [
        ("project", "lab-edu"),
        ("name", "prod"),
        ("region", "ap-northeast-2"),
    ]


def test_cdktfs_settings_are_the_librarys_but_for_the_id(tmp_path):
    ours = json.loads((ROOT / "cdktf.json").read_text("utf-8"))
    ids = {ours.pop("projectId")}
    for name in ("one", "two"):
        make_project(tmp_path / name, **SHOP)
        settings = json.loads((tmp_path / name / "cdktf.json").read_text("utf-8"))
        ids.add(settings.pop("projectId"))
        assert settings == ours
    assert len(ids) == 3


def test_cdktf_takes_the_environment_of_the_project_or_the_one_on_path(shop, tmp_path):
    command = json.loads((shop / "cdktf.json").read_text("utf-8"))["app"]
    for place in (tmp_path / "other", shop / ".venv" / "bin"):
        place.mkdir(parents=True)
        (place / "python").write_text(f"#!/bin/sh\necho {place} $1\n")
        (place / "python").chmod(0o755)
        path = {"PATH": f"{tmp_path / 'other'}:{os.environ['PATH']}"}
        ended = subprocess.run(
            command, shell=True, cwd=shop, env=path, capture_output=True, text=True, check=True
        )
        assert ended.stdout == f"{place} main.py\n"


def test_the_pins_are_those_that_the_library_is_tested_with(shop):
    tested = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [
        line
        for line in (shop / "requirements.txt").read_text("utf-8").splitlines()
        if not line.startswith(("#", "terratiers"))
    ]
    assert pins
    assert set(pins) <= set(tested)


def test_the_files_are_formatted_as_the_library_is(shop):
    for command in (["check", "--isolated", "--select=E,F,W,B,UP,SIM"], ["format", "--check"]):
        places = [*command, "--line-length=100", str(shop)]
        ended = subprocess.run([Path(sys.executable).with_name("ruff"), *places], check=False)
        assert ended.returncode == 0


def test_the_program_runs_and_its_tests_pass(shop):
    for command in (["main.py"], ["-m", "pytest", "-q", "-p", "no:cacheprovider"]):
        ended = subprocess.run(
            [sys.executable, *command],
            cwd=shop,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"\b6 passed\b", ended.stdout)
    assert (shop / "cdktf.out" / "stacks" / "visits" / "cdk.tf.json").is_file()


def test_an_empty_folder_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    make_project(Path(), **SHOP)
    assert tmp_path.stat().st_ino == before
    assert Path("main.py").is_file()
    assert not list(Path().glob(".terratiers-new-*"))


@pytest.mark.parametrize("name", ["notes.txt", ".git"])
def test_a_folder_with_something_in_it_is_refused(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(NewProjectError, match=r"is not an empty folder: name one"):
        make_project(tmp_path, **SHOP)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "shop").write_text("mine")
    with pytest.raises(NewProjectError, match="is not an empty folder"):
        make_project(tmp_path / "shop", **SHOP)
    with pytest.raises(NewProjectError, match="cannot be written"):
        make_project(tmp_path / "shop" / "below", **SHOP)


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("fails", ["write_text", "rename"])
def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path, monkeypatch, exists, fails):
    if exists:
        (tmp_path / "shop").mkdir()
    before = sorted(tmp_path.rglob("*"))

    def full(path, *_args, **_options):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, fails, full)
        with pytest.raises(NewProjectError, match="No space left on device"):
            make_project(tmp_path / "shop", **SHOP)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"project": "Shop"}, "project Shop"),
        ({"project": '"); print("'}, "project"),
        ({"environment": "production-of-everything"}, "name production-of-everything"),
        ({"region": "eu-centrl-1"}, "did you mean eu-central-1"),
    ],
)
def test_values_that_an_environment_refuses(tmp_path, values, message):
    with pytest.raises(NewProjectError) as caught:
        make_project(tmp_path / "shop", **{**SHOP, **values})
    assert message in str(caught.value)
    assert "--project, --environment (its name) and --region" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
