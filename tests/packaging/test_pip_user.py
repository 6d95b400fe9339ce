"""A developer who has the wheel and no checkout: one empty environment, extra after extra.

The tests run in the order of this file, since each extra that is installed stays. They install
from the package index that pip is configured for, in the versions of constraints.txt.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.installs

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "pip_library.md").read_text("utf-8")
PROGRAM, USERS_TEST = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
MYPY_INI = "\n".join(re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))


class Machine:
    """An environment with nothing but pip, and a home folder outside the checkout."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.bin = folder / "venv" / "bin"
        self.wheel = wheel
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
        }
        subprocess.run([sys.executable, "-m", "venv", self.bin.parent], check=True)

    def run(self, *command, cwd=None, fails=False, timeout=300):
        """Its output; a command that ends otherwise than expected fails the test."""
        ended = subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=cwd or self.home,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        output = ended.stdout + ended.stderr
        assert (ended.returncode != 0) == fails, output
        return output

    def install(self, *requirements):
        pip = ("python", "-m", "pip", "install", "--quiet", "--constraint")
        self.run(*pip, ROOT / "constraints.txt", *requirements, timeout=1200)

    def installed(self):
        listed = json.loads(self.run("python", "-m", "pip", "list", "--format=json").split("\n")[0])
        return {distribution["name"].lower() for distribution in listed}


@pytest.fixture(scope="module")
def machine(wheel_file, tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("user"), wheel_file)
    reaches_index = subprocess.run(
        [
            machine.bin / "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            ".",
            "constructs>=10.4",
        ],
        cwd=machine.home,
        capture_output=True,
        check=False,
        timeout=300,
    )
    if reaches_index.returncode:
        pytest.skip(f"pip reaches no package index: {reaches_index.stderr.decode()[-300:]}")
    machine.install(wheel_file)
    return machine


@pytest.fixture(scope="module")
def with_cli(machine):
    machine.install(f"{machine.wheel}[cli]")
    return machine


@pytest.fixture(scope="module")
def shop(with_cli):
    with_cli.run("terratiers", "new", "shop")
    return with_cli.home / "shop"


@pytest.fixture(scope="module")
def with_test(with_cli):
    with_cli.install(f"{with_cli.wheel}[test]", "mypy")
    return with_cli


@pytest.fixture(scope="module")
def with_local(with_test):
    with_test.install(f"{with_test.wheel}[local]")
    return with_test


def test_the_base_install_is_light(machine):
    heavy = {"boto3", "flask", "hypothesis", "moto", "psutil", "pytest", "rich", "ruff", "typer"}
    assert not heavy & machine.installed()


def test_the_package_is_imported_from_the_wheel(machine):
    place = machine.run("python", "-c", "import terratiers; print(terratiers.__file__)").strip()
    assert Path(place).parent.parent.name == "site-packages"
    assert ROOT not in Path(place).parents


def test_importing_the_package_starts_neither_cdktf_nor_node(machine):
    loaded = "import sys, terratiers; print({'cdktf', 'jsii', 'typer'} & set(sys.modules))"
    assert machine.run("python", "-c", loaded).strip() == "set()"


def test_fifteen_lines_with_a_plain_stack_synthesize(machine):
    assert len(PROGRAM.splitlines()) <= 15
    (machine.home / "main.py").write_text(PROGRAM, encoding="utf-8")
    machine.run("python", "main.py")
    stack = json.loads((machine.home / "cdktf.out/stacks/reports/cdk.tf.json").read_text("utf-8"))
    assert {"aws_vpc", "aws_subnet", "aws_s3_bucket"} <= set(stack["resource"])


def test_the_command_tells_what_to_install(machine):
    said = machine.run("terratiers", "list", fails=True)
    assert said == "terratiers: the command needs `pip install 'terratiers[cli]'`.\n"


def test_a_new_project_is_listed_and_handed_over(with_cli, shop):
    with_cli.run("python", "main.py", cwd=shop)
    listed = with_cli.run("terratiers", "list", cwd=shop)
    assert re.findall(r"^(state|network|visits) ", listed, re.MULTILINE) == [
        "state",
        "network",
        "visits",
    ]
    before = set(shop.iterdir())
    with_cli.run("terratiers", "handoff", cwd=shop)
    [bundle] = set(shop.iterdir()) - before
    assert list(bundle.rglob("*visits*"))


def test_the_emulator_is_an_extra(with_cli, shop):
    said = with_cli.run("terratiers", "local", "up", cwd=shop, fails=True)
    assert re.fullmatch(
        r"terratiers: \w+ is missing: `pip install 'terratiers\[local\]'`\.\n", said
    )


def test_its_own_tests_pass(with_test, shop):
    assert re.search(r"\b6 passed\b", with_test.run("python", "-m", "pytest", cwd=shop))


def test_the_fixtures_are_there_without_configuration(with_test):
    (with_test.home / "test_reports.py").write_text(USERS_TEST, encoding="utf-8")
    said = with_test.run("python", "-m", "pytest", "test_reports.py")
    assert re.search(r"\b1 passed\b", said)


def test_programs_are_checked_by_mypy(with_test, shop):
    (with_test.home / "pyproject.toml").write_text(MYPY_INI, encoding="utf-8")
    with_test.run("mypy", "main.py", timeout=900)
    with_test.run("mypy", "--strict", "main.py", "visits.py", cwd=shop, timeout=900)
    wrong = PROGRAM.replace('Bucket(stack, "reports")', 'Bucket(stack, "reports", versionned=True)')
    (with_test.home / "wrong.py").write_text(wrong, encoding="utf-8")
    said = with_test.run("mypy", "wrong.py", fails=True, timeout=900)
    assert 'Unexpected keyword argument "versionned" for "Bucket"' in said


def test_the_project_runs_on_the_emulator(with_local, shop):
    if shutil.which("terraform") is None:
        pytest.skip("no terraform on PATH")
    try:
        said = with_local.run("terratiers", "local", "up", "--port", "0", cwd=shop, timeout=1200)
        [url] = re.findall(r"curl (http://127\.0\.0\.1:\d+/_aws/execute-api/\S+/visits)", said)
        for expected in (1, 2):
            assert _get(url) == {"visits": expected}
    finally:
        with_local.run("terratiers", "local", "down", cwd=shop, timeout=1200)


def _get(url: str):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)
