"""Bundles as an ops team gets them: a folder, Terraform and a shell, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from terratiers.local.emulator import emulator_for_tests
from terratiers.local.terraform import emulator_environment

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from terratiers.cli import main; main()"]
ACCOUNT = "123456789012"
TIERS = ["state", "dns", "events", "network", "serverless", "security", "compute", "web"]
# all that run.sh may need, beside Terraform
PROGRAMS = ["sh", "basename", "dirname", "grep", "rm", "sed"]
RETRIES = {"provider": {"aws": {"max_retries": 3}}}


@pytest.fixture(scope="module")
def programs(tmp_path_factory, terraform) -> str:
    """A PATH without Python, Node or anything else that an ops team's machine may lack."""
    folder = tmp_path_factory.mktemp("programs")
    for program in PROGRAMS:
        (folder / program).symlink_to(shutil.which(program))
    (folder / "terraform").symlink_to(terraform)
    return str(folder)


@pytest.fixture(scope="module")
def synthesis(tmp_path_factory) -> Path:
    """main.py, synthesized."""
    folder = tmp_path_factory.mktemp("reference") / "cdktf.out"
    environment = {**os.environ, "CDKTF_OUTDIR": str(folder)}
    subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=environment, check=True, timeout=240)
    return folder


def handoff(synthesis: Path, out: Path, *options: str) -> Path:
    """The bundle that `terratiers handoff` writes; a bundle knows nothing of the emulator, so the
    provider's many retries are lowered beside it."""
    ended = subprocess.run(
        [*COMMAND, "handoff", "--from", str(synthesis), "--out", str(out), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    for tier in json.loads((out / "manifest.json").read_text())["tiers"]:
        (out / tier["folder"] / "retries_override.tf.json").write_text(json.dumps(RETRIES))
    return out


@pytest.fixture(scope="module")
def bundles(synthesis, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles of main.py")  # with blanks, as folders have them
    return {kind: handoff(synthesis, folder / kind, "--format", kind) for kind in ("hcl", "json")}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory, programs):
    """The environment for one new emulator, with the PATH of `programs`."""
    with emulator_for_tests(tmp_path_factory.mktemp("emulator"), account_id=ACCOUNT) as running:
        environment = emulator_environment(running.endpoint, "ap-northeast-2")
        yield {**environment, "PATH": programs, "AWS_ACCOUNT_ID": ACCOUNT}


def run(bundle: Path, environment: dict[str, str], *arguments: str):
    """The bundle's script, called from another folder."""
    return subprocess.run(
        [bundle / "run.sh", *arguments],
        cwd=bundle.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=3000,
    )


def tail(ended) -> str:
    return ended.stdout[-4000:]


@pytest.mark.parametrize("kind", ["hcl", "json"])
def test_every_tier_of_main_py_is_valid_and_formatted(bundles, cloud, kind):
    bundle = bundles[kind]
    offline = {name: value for name, value in cloud.items() if not name.startswith("AWS_")}
    ended = run(bundle, offline, "validate")
    assert ended.returncode == 0, tail(ended)
    assert ended.stdout.count("The configuration is valid") == len(TIERS)
    formatted = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-list=true", "."],
        cwd=bundle,
        capture_output=True,
        text=True,
        check=False,
    )
    assert formatted.returncode == 0, formatted.stdout
    assert bool(list(bundle.glob("*/*.tf"))) == (kind == "hcl")


def test_the_reference_architecture_deploys_from_its_bundles_alone(bundles, cloud):
    """From HCL by the bundle's own script; then it plans clean, and so does the JSON bundle."""
    applied = run(bundles["hcl"], cloud, "apply", "-auto-approve", "-no-color", "-parallelism=20")
    assert applied.returncode == 0, tail(applied)
    order = [
        line.split("-", 1)[1] for line in applied.stdout.splitlines() if line.startswith("== apply")
    ]
    assert order == TIERS
    assert not (bundles["hcl"] / "01-state" / "terraform.tfstate").exists()
    for kind in ("hcl", "json"):
        planned = run(bundles[kind], cloud, "plan", "-detailed-exitcode", "-no-color")
        assert planned.returncode == 0, f"{kind}: {tail(planned)}"
        assert planned.stdout.count("No changes.") == len(TIERS)


def s3_backend(tier: str) -> dict:
    key = f"shop/dev/{tier}.tfstate"
    settings = {"bucket": "shop-dev-tfstate", "key": key, "region": "eu-central-1"}
    return {"s3": {**settings, "encrypt": True, "use_lockfile": True}}


def small_tier(name: str, backend: dict, **blocks) -> dict:
    tags = {"Project": "shop", "Environment": "dev", "Tier": name}
    return {
        "terraform": {
            "required_version": ">= 1.10.0",
            "backend": backend,
            "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
        },
        "provider": {"aws": [{"region": "eu-central-1", "default_tags": [{"tags": tags}]}]},
        **blocks,
    }


@pytest.fixture
def small_bundle(tmp_path) -> Path:
    """A state tier, a producer and a consumer with one cheap resource each."""
    parameter = {"name": "/shop/queue", "type": "String", "value": "one"}
    remote = {
        "backend": "s3",
        "config": {
            "bucket": "shop-dev-tfstate",
            "key": "shop/dev/base.tfstate",
            "region": "eu-central-1",
        },
    }
    copy = {
        "name": "/shop/copy",
        "type": "String",
        "value": "${data.terraform_remote_state.base.outputs.value}",
    }
    tiers = {
        "state": small_tier(
            "state",
            {"local": {"path": "/somewhere/terraform.state.tfstate"}},
            resource={"aws_s3_bucket": {"bucket": {"bucket": "shop-dev-tfstate"}}},
        ),
        "base": small_tier(
            "base",
            s3_backend("base"),
            resource={"aws_ssm_parameter": {"queue": parameter}},
            output={"value": {"value": "${nonsensitive(aws_ssm_parameter.queue.value)}"}},
        ),
        "app": small_tier(
            "app",
            s3_backend("app"),
            data={"terraform_remote_state": {"base": remote}},
            resource={"aws_ssm_parameter": {"copy": copy}},
        ),
    }
    needs = {"state": [], "base": ["state"], "app": ["state", "base"]}
    out = tmp_path / "cdktf.out"
    for name, config in tiers.items():
        (out / "stacks" / name).mkdir(parents=True)
        (out / "stacks" / name / "cdk.tf.json").write_text(json.dumps(config))
    stacks = {
        name: {"workingDirectory": f"stacks/{name}", "dependencies": needs[name]} for name in tiers
    }
    (out / "manifest.json").write_text(json.dumps({"stacks": stacks}))
    return handoff(out, tmp_path / "bundle", "--format", "json")


def test_the_script_from_the_first_plan_to_destroy_in_a_bucket_of_another_name(small_bundle, cloud):
    shutil.copy(small_bundle / "backend.hcl.example", small_bundle / "backend.hcl")
    settings = small_bundle / "backend.hcl"
    settings.write_text(settings.read_text().replace("shop-dev-tfstate", "ops-states"))

    nameless = {name: value for name, value in cloud.items() if name != "AWS_ACCOUNT_ID"}
    refused = run(small_bundle, nameless, "plan")
    assert refused.returncode == 1
    assert "set AWS_ACCOUNT_ID" in refused.stdout

    first = run(small_bundle, cloud, "plan", "-no-color")
    assert first.returncode == 3, tail(first)
    assert "Plan: 1 to add" in first.stdout
    assert "02-base cannot be planned yet: it needs 01-state" in first.stdout

    applied = run(small_bundle, cloud, "apply", "-auto-approve", "-no-color", "state")
    assert applied.returncode == 0, tail(applied)
    waiting = run(small_bundle, cloud, "plan", "-no-color", "app")
    assert waiting.returncode == 3, tail(waiting)
    assert "03-app cannot be planned yet: it needs 02-base" in waiting.stdout

    applied = run(small_bundle, cloud, "apply", "-auto-approve", "-no-color")
    assert applied.returncode == 0, tail(applied)
    clean = run(small_bundle, cloud, "plan", "-detailed-exitcode", "-no-color")
    assert clean.returncode == 0, tail(clean)
    assert clean.stdout.count("No changes.") == 3

    other = run(small_bundle, {**cloud, "AWS_ACCOUNT_ID": "999999999999"}, "plan", "base")
    assert other.returncode == 1
    assert "AWS account ID not allowed: 123456789012" in other.stdout

    gone = run(small_bundle, cloud, "destroy", "-auto-approve", "-no-color")
    assert gone.returncode == 0, tail(gone)
    assert gone.stdout.index("destroy 03-app") < gone.stdout.index("destroy 02-base")
    assert gone.stdout.count("Destroy complete!") == 2
    assert "01-state stays" in gone.stdout
