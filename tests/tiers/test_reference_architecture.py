"""main.py: its addresses and contracts are held by snapshots."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from terratiers.core.synthesis import read_synthesis
from terratiers.testing import Template

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def outdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={**os.environ, "CDKTF_OUTDIR": str(folder)},
        check=True,
        timeout=120,
    )
    return folder


@pytest.mark.parametrize("tier", ["state", "network"])
def test_addresses_and_contract_stay(outdir, snapshot, tier):
    template = Template.from_folder(outdir, tier)
    assert {
        "addresses": template.addresses(),
        "outputs": template.outputs,
        "backend": template.config["terraform"]["backend"],
    } == snapshot


def test_tiers_come_in_order_and_the_state_tier_first(outdir):
    assert [tier.name for tier in read_synthesis(outdir)] == ["state", "network"]


@pytest.mark.parametrize("tier", ["state", "network"])
def test_no_path_of_the_machine_is_written_down(outdir, tier):
    text = (outdir / "stacks" / tier / "cdk.tf.json").read_text()
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


def test_row_a3_without_nat_private_subnets_keep_s3(outdir):
    template = Template.from_folder(outdir, "network")
    template.has_no_resource("aws_nat_gateway")
    routes = template.resources("aws_route")
    private = {f"${{aws_route_table.vpc_private_{letter}.id}}" for letter in "ab"}
    assert not [r for r in routes.values() if r["route_table_id"] in private]
    associated = template.resources("aws_vpc_endpoint_route_table_association").values()
    s3 = {a["route_table_id"] for a in associated if "aws_vpc_endpoint.s3." in a["vpc_endpoint_id"]}
    assert private <= s3
