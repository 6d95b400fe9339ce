"""What is added to an applied VPC adds, and touches nothing that stands."""

from __future__ import annotations

from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.local.emulator import emulator_for_tests
from terratiers.network import (
    GatewayVpcEndpoint,
    InterfaceVpcEndpoint,
    NatGateways,
    NetworkAcl,
    SubnetGroup,
    SubnetType,
    Vpc,
)

import pytest
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

ZONES = ["eu-central-1a", "eu-central-1b"]
THREE = [SubnetGroup.public(), SubnetGroup.private(), SubnetGroup.isolated()]
CACHE = SubnetGroup(name="cache", type=SubnetType.ISOLATED, slot=3)


def synthesize(outdir, *, ssm=False, **options):
    """A network in a stack of its own, as a developer with plain cdktf would write it."""
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "growth")
    AwsProvider(stack, "aws", region="eu-central-1")
    LocalBackend(stack, path="terraform.tfstate")
    vpc = Vpc(stack, "vpc", **{"availability_zones": ZONES, "subnet_groups": THREE, **options})
    GatewayVpcEndpoint(stack, "s3", vpc=vpc, service="s3")
    InterfaceVpcEndpoint(stack, "sns", vpc=vpc, service="sns")
    NetworkAcl(stack, "acl", vpc=vpc, subnet_group="isolated", preset="isolated")
    if ssm:
        vpc.add_ssm_access()
    app.synth()
    return read_synthesis(outdir)


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A deployed VPC with endpoints and a network ACL, and its working directory."""
    folder = tmp_path_factory.mktemp("growth")
    with emulator_for_tests(folder / "emulator") as emulator:
        tiers = synthesize(folder / "before", nat_gateways=NatGateways.NONE)
        list(Deployment(tiers, emulator, folder / "work").up())
        yield folder, emulator


def planned(standing, **options):
    folder, emulator = standing
    tiers = synthesize(folder / "after", **options)
    return Deployment(tiers, emulator, folder / "work").prepare(tiers[0]).plan()


def test_nothing_changed_plans_nothing(standing):
    assert planned(standing) == []


GROWTH = {
    "zone": ({"availability_zones": [*ZONES, "eu-central-1c"]}, "aws_subnet.vpc_private_c"),
    "zone in front": ({"availability_zones": ["eu-central-1c", *ZONES]}, "aws_subnet.vpc_public_c"),
    "subnet group": ({"subnet_groups": [CACHE, *THREE]}, "aws_subnet.vpc_cache_a"),
    "one NAT gateway": ({"nat_gateways": NatGateways.ONE}, "aws_nat_gateway.vpc_nat_a"),
    "NAT gateways": ({"nat_gateways": NatGateways.ONE_PER_AZ}, "aws_nat_gateway.vpc_nat_b"),
    "interface endpoints": ({"ssm": True}, "aws_vpc_endpoint.vpc_ssm"),
    "secondary block": (
        {"secondary_cidr_blocks": ["100.64.0.0/16"]},
        "aws_vpc_ipv4_cidr_block_association.vpc_100_64_0_0_16",
    ),
}


@pytest.mark.parametrize(("change", "expected"), GROWTH.values(), ids=GROWTH.keys())
def test_growth_plans_only_additions(standing, change, expected):
    changes = planned(standing, **change)
    assert expected in {change.address for change in changes}
    assert [found for found in changes if found.actions != ("create",)] == []


def test_the_emulator_would_notice_a_replacement(standing):
    changes = planned(standing, cidr_block="10.9.0.0/16")
    assert ("delete", "create") in {change.actions for change in changes}
