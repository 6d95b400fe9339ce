"""docs/guides/cdktf_deploy.md to the letter: the real cdktf-cli on main.py, from an empty account
to an empty account. The tests build on each other."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from terratiers.local.emulator import Emulator, emulator_for_tests
from terratiers.local.terraform import emulator_environment

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "cdktf_deploy.md").read_text("utf-8")
TIERS = {"state", "dns", "events", "network", "serverless", "security", "compute", "web"}
NODE = range(20, 23)

TAKEN = """
from terratiers import App, Environment, Tier
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter

app = App()
before = None
for name in ("first", "second", "third"):
    environment = Environment(project="lab-edu", name="dev", region="ap-northeast-2")
    tier = Tier(app, name, environment=environment)
    SsmParameter(tier, "it", name="/taken", type="String", value=name)
    if before:
        tier.add_dependency(before)
    before = tier
app.synth()
"""


@dataclass(frozen=True)
class Project:
    """A working copy and the environment of the shell that deploys it."""

    folder: Path
    environment: dict[str, str]

    def run(self, commands: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-ec", commands],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=2400,
        )

    def succeed(self, commands: str) -> str:
        ended = self.run(commands)
        assert ended.returncode == 0, ended.stdout[-6000:]
        return ended.stdout

    def fail(self, commands: str, message: str) -> str:
        """The command ends with status 1 and a message that the guide explains.

        cdktf at times loses the end of what Terraform prints: it is asked up to four times.
        """
        assert message in GUIDE
        for _ in range(4):
            ended = self.run(commands)
            assert ended.returncode == 1, ended.stdout[-6000:]
            if message in ended.stdout:
                break
        assert message in ended.stdout, ended.stdout[-6000:]
        return ended.stdout

    def is_unchanged(self, tier: str) -> bool:
        """Whether Terraform itself, in the folder that cdktf left, has nothing to do."""
        terraform = f"terraform -chdir=cdktf.out/stacks/{tier}"
        ended = self.run(f"{terraform} init && {terraform} plan -detailed-exitcode -no-color")
        assert ended.returncode in (0, 2), ended.stdout[-6000:]
        return ended.returncode == 0

    def edit(self, title: str) -> None:
        """The guide's change of main.py."""
        program = (self.folder / "main.py").read_text("utf-8")
        for change in blocks(title, "diff"):
            lines = change.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in "- ")
            new = "".join(line[1:] for line in lines if line[0] in "+ ")
            assert program.count(old) == 1, old
            program = program.replace(old, new)
        (self.folder / "main.py").write_text(program, encoding="utf-8")


def blocks(title: str, language: str) -> list[str]:
    """The guide's blocks below one heading."""
    [section] = re.findall(rf"^##+ {re.escape(title)}\n(.*?)(?=^## |^### |\Z)", GUIDE, re.M | re.S)
    found = re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)
    assert found, f"no {language} below {title}"
    return found


def commands(title: str) -> str:
    return "\n".join(blocks(title, "sh"))


def managed(state: str | bytes) -> int:
    """How many resources a state file holds. cdktf loses the end of what Terraform prints."""
    return sum(resource["mode"] == "managed" for resource in json.loads(state)["resources"])


def standing(emulator: Emulator) -> dict[str, int]:
    """The resources of each tier whose state is in the bucket."""
    s3 = emulator.client("s3", "ap-northeast-2")
    prefix, end = "lab-edu/dev/", ".tfstate"
    listed = s3.list_objects_v2(Bucket="lab-edu-dev-tfstate", Prefix=prefix)["Contents"]
    return {
        key.removeprefix(prefix).removesuffix(end): managed(
            s3.get_object(Bucket="lab-edu-dev-tfstate", Key=key)["Body"].read()
        )
        for key in (item["Key"] for item in listed)
        if key.endswith(end)
    }


@pytest.fixture(scope="module")
def cdktf() -> None:
    """`npm ci`, unless node_modules is there and no older than the lock file."""
    if not shutil.which("npm"):
        pytest.skip("no npm on PATH")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout[1:].split(".")[0]) not in NODE:
        pytest.skip(f"cdktf-cli 0.21 runs on Node 20 to 22, and this is {version.stdout.strip()}")
    installed = ROOT / "node_modules" / ".package-lock.json"
    lock = ROOT / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        made = subprocess.run(["npm", "ci"], cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"npm ci failed: {made.stderr[-400:]}")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory) -> Iterator[Emulator]:
    """One of its own: at the end nothing may be left in it."""
    with emulator_for_tests(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="module")
def project(cdktf, emulator, tmp_path_factory) -> Project:
    """A checkout with `.venv` and `node_modules`; another `python` comes first on PATH."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("main.py", "cdktf.json", "package.json"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    other = tmp_path_factory.mktemp("bin")
    (other / "python").write_text("#!/bin/sh\necho this python lacks terratiers >&2\nexit 1\n")
    (other / "python").chmod(0o755)
    environment = emulator_environment(emulator.endpoint, "ap-northeast-2")
    del environment["TF_INPUT"]  # see "Settings"
    environment["PATH"] = f"{other}{os.pathsep}{environment['PATH']}"
    for line in (commands("Settings") + commands("In CI")).splitlines():
        name, value = re.fullmatch(r"export (\w+)=(\S+)\s*(?:#.*)?", line).groups()
        environment[name] = value
    return Project(folder, environment)


def test_synth_and_list_name_every_tier(project):
    listed = project.succeed("npx cdktf list")
    assert set(re.findall(r"cdktf\.out/stacks/(\w+)", listed)) == TIERS
    assert "Generated Terraform code for the stacks" in project.succeed("npx cdktf synth")
    assert {tier.name for tier in (project.folder / "cdktf.out/stacks").iterdir()} == TIERS


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("diff", "Found more than one stack"),
        ("diff '*'", "Could not find stack: *"),
        ("deploy network", "dependencies are not included in the stacks to run"),
        ("deploy '*'", "does not exist"),
    ],
)
def test_what_cannot_work_yet_says_why(project, command, message):
    project.fail(f"npx cdktf {command}", message)


def test_1_the_state_tier_comes_first(project):
    project.succeed(commands("1. The state tier"))
    assert managed((project.folder / "terraform.state.tfstate").read_text("utf-8")) == 9
    project.fail("npx cdktf diff web", "Unable to find remote state")


def test_2_its_state_moves_into_the_bucket(project, emulator):
    project.edit("2. Its state moves into the bucket")
    project.fail("npx cdktf diff state", "Backend configuration changed")
    project.succeed(commands("2. Its state moves into the bucket"))
    assert project.is_unchanged("state")
    assert list(project.folder.glob("*.tfstate")) == []
    assert standing(emulator) == {"state": 9}


def test_3_all_other_tiers(project, emulator):
    project.succeed(commands("3. All other tiers"))
    assert standing(emulator).keys() == TIERS
    assert min(standing(emulator).values()) >= 4


def test_every_day(project):
    project.succeed(commands("Every day"))
    assert project.is_unchanged("web")
    assert project.is_unchanged("network")
    written = json.loads((project.folder / "outputs.json").read_text("utf-8"))
    assert list(written) == ["web"]
    assert written["web"]["url"] == "https://www.lab-edu.example.com/"


def test_a_failing_tier_stops_the_others_with_status_1(project, emulator, tmp_path):
    for name in ("cdktf.json", "package.json"):
        shutil.copy(ROOT / name, tmp_path)
    for name in (".venv", "node_modules"):
        (tmp_path / name).symlink_to((project.folder / name).resolve())
    (tmp_path / "main.py").write_text(TAKEN, encoding="utf-8")
    asking = dict(project.environment)
    del asking["CDKTF_AUTO_APPROVE"]
    Project(tmp_path, asking).fail("npx cdktf deploy '*'", "Raw mode is not supported")

    locked = Project(tmp_path, project.environment)
    output = locked.fail("npx cdktf diff first", "Error acquiring the state lock")
    [lock] = set(re.findall(r"^ +ID: +(\S+)", output, re.M))
    unlock = commands("A lock that stays").replace("force-unlock", "force-unlock -force")
    locked.succeed(f"TIER=first ID={lock}; {unlock}")

    stopped = locked.run("npx cdktf deploy '*'")
    assert stopped.returncode == 1
    assert "third" not in re.findall(r"^(\w+) .*Creating\.\.\.", stopped.stdout, re.M)
    assert "Invoking Terraform CLI failed with exit code 1" in stopped.stdout
    assert "UnhandledPromiseRejection" not in stopped.stdout
    [parameter] = emulator.client("ssm", "ap-northeast-2").get_parameters(Names=["/taken"])[
        "Parameters"
    ]
    assert parameter["Value"] == "first"


def test_4_everything_but_the_states_goes(project, emulator):
    s3 = emulator.client("s3", "ap-northeast-2")
    for content in (b"a dog", b"the dog again"):
        s3.put_object(Bucket="lab-edu-dev-images-123456789012", Key="dog.jpg", Body=content)
    project.edit("1. Everything but the states")
    project.succeed(commands("1. Everything but the states"))
    left = standing(emulator)
    assert {tier for tier in TIERS if left[tier]} == {"state"}
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["lab-edu-dev-tfstate"]
    project.fail("npx cdktf destroy state", "dependant stacks are not included in the stacks")
    assert project.run(commands("2. The state tier").splitlines()[-1]).returncode == 1
    plan = commands("What went wrong").replace("plan", "plan -destroy -no-color")
    project.fail(f"TIER=state; {plan}", "Instance cannot be destroyed")


def test_5_the_state_tier_goes_last(project, emulator):
    project.edit("2. The state tier")
    project.succeed(commands("2. The state tier"))
    assert emulator.client("s3", "ap-northeast-2").list_buckets()["Buckets"] == []
