"""All subnets of a VPC: eight groups in six zones."""

from __future__ import annotations

from ipaddress import IPv4Network

from terratiers.core.errors import Faults
from terratiers.network.address_plan import AddressPlan, check_plan

from pytest_benchmark.fixture import BenchmarkFixture

GROUPS = {f"group-{slot}": slot for slot in range(8)}
LETTERS = "abcdef"


def all_subnets() -> list[IPv4Network]:
    plan = AddressPlan.of("10.0.0.0/16")
    return [plan.subnet(slot, letter) for slot in GROUPS.values() for letter in LETTERS]


def test_all_subnets(benchmark: BenchmarkFixture) -> None:
    assert len(set(benchmark(all_subnets))) == 48


def test_check_plan(benchmark: BenchmarkFixture) -> None:
    def check() -> Faults:
        faults = Faults(None, "vpc")
        check_plan(faults, "10.0.0.0/16", GROUPS, LETTERS)
        return faults

    benchmark(check).raise_any()
