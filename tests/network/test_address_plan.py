from __future__ import annotations

import itertools
from ipaddress import IPv4Network

from terratiers.core.errors import ConfigurationError, Faults
from terratiers.network.address_plan import (
    AddressPlan,
    check_plan,
    check_secondary_blocks,
    ipv6_subnet_index,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

LETTERS = "abcdefgh"
addresses = st.integers(0, 2**32 - 1)


@st.composite
def plans(draw):
    prefix = draw(st.integers(16, 28))
    block = IPv4Network((draw(addresses), prefix), strict=False)
    return AddressPlan.of(str(block))


@pytest.mark.parametrize(
    ("block", "group_slots", "az_slots", "subnet_prefix"),
    [
        ("10.0.0.0/16", 8, 8, 22),
        ("10.0.0.0/20", 8, 8, 26),
        ("10.0.0.0/22", 8, 8, 28),
        ("10.0.0.0/23", 8, 4, 28),
        ("10.0.0.0/24", 4, 4, 28),
        ("10.0.0.0/25", 4, 2, 28),
        ("10.0.0.0/26", 2, 2, 28),
        ("10.0.0.0/27", 2, 1, 28),
        ("10.0.0.0/28", 1, 1, 28),
    ],
)
def test_the_grid_follows_from_the_size_of_the_block(block, group_slots, az_slots, subnet_prefix):
    plan = AddressPlan.of(block)
    assert (plan.group_slots, plan.az_slots, plan.subnet_prefix) == (
        group_slots,
        az_slots,
        subnet_prefix,
    )


def test_known_addresses_never_move():
    plan = AddressPlan.of("10.0.0.0/16")
    assert str(plan.subnet(0, "a")) == "10.0.0.0/22"
    assert str(plan.subnet(0, "b")) == "10.0.4.0/22"
    assert str(plan.subnet(1, "a")) == "10.0.32.0/22"
    assert str(plan.subnet(2, "c")) == "10.0.72.0/22"
    assert str(plan.subnet(7, "h")) == "10.0.252.0/22"
    assert str(plan.group_block(1)) == "10.0.32.0/19"


@given(plans())
def test_subnets_fill_the_block_without_overlap(plan):
    subnets = [
        plan.subnet(group, letter)
        for group in range(plan.group_slots)
        for letter in LETTERS[: plan.az_slots]
    ]
    assert sum(subnet.num_addresses for subnet in subnets) == plan.block.num_addresses
    ordered = sorted(subnets)
    assert ordered[0].network_address == plan.block.network_address
    for left, right in itertools.pairwise(ordered):
        assert int(left.broadcast_address) + 1 == int(right.network_address)


@given(plans())
def test_a_group_is_one_block_and_aws_takes_its_subnets(plan):
    for group in range(plan.group_slots):
        for letter in LETTERS[: plan.az_slots]:
            subnet = plan.subnet(group, letter)
            assert subnet.subnet_of(plan.group_block(group))
            assert 16 <= subnet.prefixlen <= 28


@given(st.integers(16, 28), addresses)
def test_a_group_with_a_block_of_its_own_fills_it(prefix, address):
    block = IPv4Network((address, prefix), strict=False)
    plan = AddressPlan.of_group(str(block))
    subnets = [plan.subnet(0, letter) for letter in LETTERS[: plan.az_slots]]
    assert sum(s.num_addresses for s in subnets) == block.num_addresses
    assert len(set(subnets)) == plan.az_slots


def test_ipv6_blocks_are_distinct():
    indexes = [ipv6_subnet_index(group, letter) for group in range(8) for letter in LETTERS]
    assert sorted(indexes) == list(range(64))


def check(block, groups, letters):
    faults = Faults(None, "vpc")
    check_plan(faults, block, groups, letters)
    faults.raise_any()


THREE = {"public": 0, "private": 1, "isolated": 2}


@pytest.mark.parametrize(
    ("block", "groups", "letters", "message"),
    [
        ("10.0.0.0/29", THREE, "ab", "too small: 2 AZs x 3 subnet groups need at least a /25"),
        ("10.0.0.0/26", THREE, "ab", "need at least a /25"),
        ("10.0.0.0/15", THREE, "ab", "too large (AWS allows /16 to /28 for a VPC)"),
        ("10.0.0.0/24", {"cache": 7}, "a", "need at least a /23, since slot 7 is in use"),
        ("10.0.0.0/24", THREE, "af", "need at least a /22, since zone f has column 6"),
        ("10.0.0.0/16", {"a": 3, "b": 3}, "a", "a, b share slot 3"),
    ],
)
def test_plans_that_do_not_fit_say_what_would(block, groups, letters, message):
    with pytest.raises(ConfigurationError) as caught:
        check(block, groups, letters)
    assert message in str(caught.value)


@given(plans(), st.integers(1, 8), st.integers(1, 8))
def test_what_is_accepted_has_room_and_what_is_refused_has_not(plan, groups, zones):
    fits = groups <= plan.group_slots and zones <= plan.az_slots
    try:
        check(str(plan.block), {f"g{i}": i for i in range(groups)}, LETTERS[:zones])
    except ConfigurationError:
        assert not fits
    else:
        assert fits


def check_secondary(primary, blocks):
    faults = Faults(None, "vpc")
    check_secondary_blocks(faults, primary, blocks)
    faults.raise_any()


@pytest.mark.parametrize(
    ("primary", "blocks"),
    [
        ("10.0.0.0/16", ["100.64.0.0/16"]),
        ("10.0.0.0/16", ["10.1.0.0/16", "10.2.0.0/28"]),
        ("172.16.0.0/16", ["172.17.0.0/16"]),
        ("192.168.0.0/24", ["192.168.1.0/24"]),
        ("100.64.0.0/16", ["10.0.0.0/16"]),
    ],
)
def test_secondary_blocks_that_aws_adds(primary, blocks):
    check_secondary(primary, blocks)


@pytest.mark.parametrize(
    ("primary", "blocks", "message"),
    [
        ("10.0.0.0/16", ["10.0.128.0/20"], "overlaps 10.0.0.0/16"),
        ("10.0.0.0/16", ["10.1.0.0/16", "10.1.0.0/20"], "overlaps 10.1.0.0/16"),
        ("10.0.0.0/16", ["192.168.0.0/16"], "lies in 192.168.0.0/16"),
        ("10.0.0.0/16", ["172.16.0.0/16"], "use 100.64.0.0/10"),
        ("172.16.0.0/16", ["10.0.0.0/16"], "lies in 10.0.0.0/8"),
        ("10.0.0.0/16", ["198.19.0.0/20"], "lies in 198.19.0.0/16"),
        ("10.0.0.0/16", ["100.64.0.0/10"], "too large"),
        ("10.0.0.0/16", ["100.64.0.0/29"], "too small"),
        ("10.0.0.0/16", [None], "not an IPv4 CIDR"),
        ("10.0.0.0/16", ["${var.block}"], "token"),
        ("10.0.0.0/16", [f"10.{i}.0.0/16" for i in range(1, 6)], "AWS allows 4"),
    ],
)
def test_secondary_blocks_that_aws_refuses(primary, blocks, message):
    with pytest.raises(ConfigurationError) as caught:
        check_secondary(primary, blocks)
    assert message in str(caught.value)
