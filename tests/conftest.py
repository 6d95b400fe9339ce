"""The plugin's fixtures (`app`, `environment`, `synth`) come from terratiers.testing.plugin."""

from __future__ import annotations

from pathlib import Path

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

# Beside tests/e2e: what starts Terraform, the emulator, Node or a user's program for each test. The
# rest runs in one process with one jsii kernel.
PROGRAMS = (
    "core/test_code_cache.py",
    "core/test_generated_code.py",
    "core/test_provider_loader.py",
    "core/test_start_up.py",
    "core/test_warm.py",
    "local",
    "new_project/test_project.py",
    "packaging",
    "test_docs.py",
    "test_tutorial.py",
    "testing/test_plugin.py",
    "tiers/test_web_server.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    programs = [here / name for name in PROGRAMS]
    for item in items:
        if any(item.path == program or program in item.path.parents for program in programs):
            item.add_marker("e2e")


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
