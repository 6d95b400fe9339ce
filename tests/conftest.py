"""The plugin's fixtures (`app`, `environment`, `synth`) come from terratiers.testing.plugin."""

from __future__ import annotations

from terratiers import Environment
from terratiers.network import SubnetGroup, Vpc, VpcAttributes

import pytest
from hypothesis import HealthCheck, settings

# jsii answers in milliseconds, but the machine may be busy: no deadlines, few slow examples
settings.register_profile(
    "terratiers",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("terratiers")

ZONES = ("eu-central-1a", "eu-central-1b")


@pytest.fixture
def production() -> Environment:
    return Environment(
        project="shop",
        name="prod",
        region="eu-central-1",
        account_id="111122223333",
        production=True,
    )


@pytest.fixture
def tier(app, environment):
    from terratiers import Tier

    return Tier(app, "network", environment=environment)


@pytest.fixture
def vpc(tier):
    return Vpc(tier, "vpc")


@pytest.fixture
def private_group():
    return SubnetGroup.private()


@pytest.fixture
def vpc_attributes() -> VpcAttributes:
    """A VPC that another team made."""
    return VpcAttributes(
        availability_zones=ZONES,
        subnet_types={"private": "private"},
        vpc_id="vpc-0123456789abcdef0",
        cidr_block="10.1.0.0/16",
        subnet_ids={"private": {zone: f"subnet-0000000{i}" for i, zone in enumerate(ZONES)}},
        route_tables=("private",),
        route_table_ids={"private": "rtb-0123456789abcdef0"},
    )
