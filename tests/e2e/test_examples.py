"""Every program in examples/ runs as its users run it, and its stacks apply, plan clean and go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_deploys(emulator, tmp_path, example):
    environment = {**os.environ, "CDKTF_OUTDIR": str(tmp_path / "out")}
    run = subprocess.run(
        [sys.executable, example],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    tiers = read_synthesis(tmp_path / "out")
    deployment = Deployment(tiers, emulator, tmp_path / "work")
    applied = list(deployment.up())
    assert all(tier.resources for tier in applied)
    for tier in tiers:
        terraform = deployment.prepare(tier)
        terraform.validate()
        assert terraform.plan() == [], tier.name
    list(deployment.down())


def test_there_are_examples():
    assert {path.stem for path in EXAMPLES} >= {
        "classic_load_balancer",
        "gateway_load_balancer",
        "network_load_balancer",
        "private_link",
    }
