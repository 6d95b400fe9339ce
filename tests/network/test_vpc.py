from __future__ import annotations

import dataclasses

from terratiers import ConfigurationError, Environment, Tier, acknowledge
from terratiers.network import FlowLogs, NatGateways, SubnetGroup, SubnetType, Vpc, VpcAttributes
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformStack

TWO = ["eu-central-1a", "eu-central-1b"]


def test_the_default_vpc_has_three_groups_in_two_zones(tier, synth):
    Vpc(tier, "vpc")
    template = synth(tier)

    template.has_resource(
        "aws_vpc",
        {
            "cidr_block": "10.0.0.0/16",
            "enable_dns_support": True,
            "enable_dns_hostnames": True,
            "assign_generated_ipv6_cidr_block": ABSENT,
            "tags": {"Name": "shop-test-vpc"},
        },
    )
    blocks = {name: body["cidr_block"] for name, body in template.resources("aws_subnet").items()}
    assert blocks == {
        "vpc_public_a": "10.0.0.0/22",
        "vpc_public_b": "10.0.4.0/22",
        "vpc_private_a": "10.0.32.0/22",
        "vpc_private_b": "10.0.36.0/22",
        "vpc_isolated_a": "10.0.64.0/22",
        "vpc_isolated_b": "10.0.68.0/22",
    }
    template.all_resources("aws_subnet", {"map_public_ip_on_launch": False})
    assert set(template.resources("aws_route_table")) == {
        "vpc_public",
        "vpc_private_a",
        "vpc_private_b",
        "vpc_isolated",
    }
    template.resource_count("aws_nat_gateway", 0)


def test_only_public_subnets_reach_the_internet_gateway(tier, synth):
    Vpc(tier, "vpc")
    template = synth(tier)
    template.resource_count("aws_internet_gateway", 1)
    assert template.resources("aws_route").keys() == {"vpc_public_internet"}
    template.has_resource(
        "aws_route",
        {
            "route_table_id": "${aws_route_table.vpc_public.id}",
            "destination_cidr_block": "0.0.0.0/0",
            "gateway_id": "${aws_internet_gateway.vpc.id}",
        },
    )


def test_without_public_subnets_there_is_no_internet_gateway(tier, synth):
    Vpc(tier, "vpc", subnet_groups=[SubnetGroup.private()])
    synth(tier).has_no_resource("aws_internet_gateway")


def test_defaults_are_emptied(tier, synth):
    Vpc(tier, "vpc")
    template = synth(tier)
    template.has_resource("aws_default_security_group", {"ingress": [], "egress": []})
    template.has_resource("aws_default_route_table", {"route": []})
    template.has_no_resource("aws_default_network_acl")


@pytest.mark.parametrize(
    ("nat", "gateways", "routes"),
    [
        (NatGateways.NONE, set(), {}),
        (
            NatGateways.ONE,
            {"vpc_nat_a"},
            {"vpc_private_a_nat": "vpc_nat_a", "vpc_private_b_nat": "vpc_nat_a"},
        ),
        (
            NatGateways.ONE_PER_AZ,
            {"vpc_nat_a", "vpc_nat_b"},
            {"vpc_private_a_nat": "vpc_nat_a", "vpc_private_b_nat": "vpc_nat_b"},
        ),
    ],
)
def test_nat_gateways(tier, synth, nat, gateways, routes):
    Vpc(tier, "vpc", nat_gateways=nat)
    template = synth(tier)
    assert set(template.resources("aws_nat_gateway")) == gateways
    assert set(template.resources("aws_eip")) == gateways
    found = {
        name: body["nat_gateway_id"]
        for name, body in template.resources("aws_route").items()
        if "nat_gateway_id" in body
    }
    assert found == {name: f"${{aws_nat_gateway.{nat}.id}}" for name, nat in routes.items()}
    for body in template.resources("aws_nat_gateway").values():
        assert body["subnet_id"].startswith("${aws_subnet.vpc_public_")


def test_flow_logs_go_to_an_encrypted_group_by_default(tier, synth):
    Vpc(tier, "vpc")
    template = synth(tier)
    template.has_resource(
        "aws_flow_log", {"traffic_type": "ALL", "log_destination_type": "cloud-watch-logs"}
    )
    template.has_resource(
        "aws_cloudwatch_log_group",
        {
            "name": "/vpc-flow-logs/shop-test-vpc",
            "retention_in_days": 365,
            "kms_key_id": "${aws_kms_key.vpc_flow_logs.arn}",
        },
    )
    template.has_resource("aws_kms_key", {"enable_key_rotation": True})
    role = template.resource("aws_iam_role.vpc_flow_logs")["assume_role_policy"]
    assert "aws:SourceAccount" in role
    policy = template.resource("aws_iam_role_policy.vpc_flow_logs")["policy"]
    assert "${aws_cloudwatch_log_group.vpc_flow_logs.arn}:*" in policy


def test_flow_logs_with_a_key_of_ones_own_make_no_key(tier, synth):
    key = "arn:aws:kms:eu-central-1:111122223333:key/0a1b"
    Vpc(tier, "vpc", flow_logs=FlowLogs.to_cloud_watch_logs(retention_days=30, kms_key_arn=key))
    template = synth(tier)
    template.has_resource("aws_cloudwatch_log_group", {"kms_key_id": key, "retention_in_days": 30})
    template.has_no_resource("aws_kms_key")


def test_flow_logs_to_s3_need_no_role(tier, synth):
    Vpc(tier, "vpc", flow_logs=FlowLogs.to_s3("arn:aws:s3:::logs-bucket/vpc/"))
    template = synth(tier)
    template.has_resource(
        "aws_flow_log",
        {
            "log_destination_type": "s3",
            "log_destination": "arn:aws:s3:::logs-bucket/vpc/",
            "destination_options": {
                "file_format": "parquet",
                "hive_compatible_partitions": True,
                "per_hour_partition": True,
            },
            "iam_role_arn": ABSENT,
        },
    )
    template.has_no_resource("aws_iam_role")


def warnings_of(construct):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]


def test_no_flow_logs_warn_until_acknowledged(tier):
    [warning] = warnings_of(Vpc(tier, "loud", flow_logs=None))
    assert "[no-flow-logs]" in warning
    acknowledge(tier, "no-flow-logs", reason="a sandbox without data")
    assert warnings_of(Vpc(tier, "quiet", flow_logs=None)) == []


def test_a_single_nat_gateway_for_two_zones_warns(tier):
    [warning] = warnings_of(Vpc(tier, "vpc", nat_gateways=NatGateways.ONE))
    assert "[single-nat-gateway]" in warning
    assert "eu-central-1a" in warning
    one_zone = Vpc(tier, "one", availability_zones=1, nat_gateways=NatGateways.ONE)
    assert warnings_of(one_zone) == []


def test_ipv6_gives_every_subnet_a_block_and_private_ones_a_way_out(tier, synth):
    Vpc(tier, "vpc", ipv6=True)
    template = synth(tier)
    template.has_resource("aws_vpc", {"assign_generated_ipv6_cidr_block": True})
    template.has_resource(
        "aws_subnet",
        {
            "cidr_block": "10.0.36.0/22",
            "ipv6_cidr_block": "${cidrsubnet(aws_vpc.vpc.ipv6_cidr_block, 8, 9)}",
            "assign_ipv6_address_on_creation": True,
        },
    )
    assert template.resources("aws_route").keys() == {
        "vpc_public_internet",
        "vpc_public_internet_ipv6",
        "vpc_private_a_egress_only_ipv6",
        "vpc_private_b_egress_only_ipv6",
    }
    template.has_resource(
        "aws_route",
        {
            "destination_ipv6_cidr_block": "::/0",
            "egress_only_gateway_id": "${aws_egress_only_internet_gateway.vpc.id}",
        },
    )


def test_a_secondary_block_holds_a_group_of_its_own(tier, synth):
    pods = SubnetGroup(name="pods", type=SubnetType.PRIVATE, cidr_block="100.64.0.0/17")
    Vpc(
        tier,
        "vpc",
        secondary_cidr_blocks=["100.64.0.0/16"],
        subnet_groups=[SubnetGroup.private(), pods],
    )
    template = synth(tier)
    template.has_resource("aws_vpc_ipv4_cidr_block_association", {"cidr_block": "100.64.0.0/16"})
    template.has_resource(
        "aws_subnet",
        {
            "cidr_block": "100.64.16.0/20",
            "availability_zone": "eu-central-1b",
            "depends_on": ["aws_vpc_ipv4_cidr_block_association.vpc_100_64_0_0_16"],
        },
    )


def test_further_groups_take_their_own_slot_and_tags(tier, synth):
    cache = SubnetGroup(name="cache", type=SubnetType.ISOLATED, slot=5, tags={"kind": "memory"})
    vpc = Vpc(tier, "vpc", subnet_groups=[SubnetGroup.private(), cache])
    synth(tier).has_resource(
        "aws_subnet",
        {
            "cidr_block": "10.0.160.0/22",
            "tags": {"kind": "memory", "Name": "shop-test-vpc-cache-a"},
        },
    )
    assert set(vpc.subnet_ids("cache")) == set(TWO)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_zones_by_count_are_the_first_of_the_region(tier, count):
    vpc = Vpc(tier, "vpc", availability_zones=count)
    assert vpc.availability_zones == tuple(f"eu-central-1{letter}" for letter in "abc"[:count])


GROWTH = {
    "zone": {"availability_zones": 3},
    "zone in front": {"availability_zones": ["eu-central-1c", *TWO]},
    "group": {
        "subnet_groups": [
            SubnetGroup.public(),
            SubnetGroup(name="cache", type="isolated", slot=3),
            SubnetGroup.private(),
            SubnetGroup.isolated(),
        ]
    },
    "nat": {"nat_gateways": NatGateways.ONE_PER_AZ},
    "secondary block": {"secondary_cidr_blocks": ["100.64.0.0/16"]},
}


@pytest.mark.parametrize("change", GROWTH.values(), ids=GROWTH.keys())
def test_growth_leaves_every_address_and_body_as_it_was(app, environment, synth, change):
    before = Tier(app, "before", environment=environment, name="network")
    after = Tier(app, "after", environment=environment, name="network")
    Vpc(before, "vpc")
    Vpc(after, "vpc", **change)
    old, new = synth(before).config["resource"], synth(after).config["resource"]
    for kind, bodies in old.items():
        for name, body in bodies.items():
            grown = new[kind][name]
            assert {k: v for k, v in grown.items() if k != "//"} == {
                k: v for k, v in body.items() if k != "//"
            }, f"{kind}.{name}"
    assert sum(map(len, new.values())) > sum(map(len, old.values()))


def test_resources_are_within_reach(tier, synth):
    vpc = Vpc(tier, "vpc", nat_gateways=NatGateways.ONE)
    vpc.resource.add_override("instance_tenancy", "dedicated")
    vpc.subnets["private"]["eu-central-1a"].resource.add_override("tags.extra", "yes")
    template = synth(tier)
    template.has_resource("aws_vpc", {"instance_tenancy": "dedicated"})
    template.has_resource("aws_subnet", {"tags": {"extra": "yes"}})
    assert set(vpc.nat_gateways) == {"eu-central-1a"}
    assert set(vpc.route_tables) == {"public", "private-a", "private-b", "isolated"}


def test_an_imported_vpc_is_used_like_a_made_one(tier, vpc_attributes):
    vpc = Vpc.from_attributes(tier, "theirs", vpc_attributes)
    assert vpc.vpc_id == "vpc-0123456789abcdef0"
    assert vpc.subnet_ids("private")["eu-central-1a"] == "subnet-00000000"
    assert not vpc.has_route_out("private")
    with pytest.raises(ConfigurationError, match="subnet group public is not known"):
        vpc.subnet_ids("public")


BAD_ATTRIBUTES = {
    "vpc id": ({"vpc_id": "vpc-1"}, "vpc_id vpc-1"),
    "cidr": ({"cidr_block": "10.0.0.0"}, "CIDR"),
    "zones": ({"availability_zones": "eu-central-1a"}, "write a list"),
    "zone": ({"availability_zones": ("a", "b")}, "name like eu-central-1a"),
    "kind": ({"subnet_types": {"private": "privat"}}, "did you mean private"),
    "groups differ": ({"subnet_types": {"public": "public"}}, "same groups"),
    "zones differ": ({"subnet_ids": {"private": {"eu-central-1a": "subnet-00000000"}}}, "zones"),
    "subnet id": (
        {"subnet_ids": {"private": dict.fromkeys(TWO, "subnet-x")}},
        "ids like subnet-0a1b2c3d",
    ),
    "table id": ({"route_table_ids": {"private": "x"}}, "ids like rtb-"),
    "tables differ": ({"route_tables": ()}, "same tables"),
    "nat": ({"nat_gateways": "many"}, "nat_gateways many"),
    "ipv6": ({"ipv6": "no"}, "ipv6"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_bad_attributes_are_refused(tier, vpc_attributes, change, message):
    with pytest.raises(ConfigurationError) as caught:
        Vpc.from_attributes(tier, "theirs", dataclasses.replace(vpc_attributes, **change))
    assert message in str(caught.value)


@pytest.mark.parametrize("attributes", [None, {}, "vpc-1", VpcAttributes])
def test_attributes_have_to_be_attributes(tier, attributes):
    with pytest.raises(ConfigurationError, match="VpcAttributes"):
        Vpc.from_attributes(tier, "theirs", attributes)


def group(**change):
    return [SubnetGroup(**{"name": "cache", "type": "isolated", "slot": 3, **change})]


BAD_VPCS = {
    "block without prefix": ({"cidr_block": "10.0.0.0"}, "write one like 10.0.0.0/16"),
    "block as number": ({"cidr_block": 10}, "cidr_block 10"),
    "block None": ({"cidr_block": None}, "cidr_block None"),
    "block host bits": ({"cidr_block": "10.0.0.1/16"}, "write 10.0.0.0/16"),
    "block netmask": ({"cidr_block": "10.0.0.0/255.255.0.0"}, "prefix length"),
    "block IPv6": ({"cidr_block": "2001:db8::/56"}, "is IPv6: an IPv4 block is needed here"),
    "block too small": (
        {"cidr_block": "10.0.0.0/29"},
        "2 AZs x 3 subnet groups need at least a /25",
    ),
    "block too large": ({"cidr_block": "10.0.0.0/8"}, "too large"),
    "block token": ({"cidr_block": "${var.block}"}, "token"),
    "zones none": ({"availability_zones": 0}, "1 to 3"),
    "zones too many": ({"availability_zones": 4}, "1 to 3 in eu-central-1"),
    "zones negative": ({"availability_zones": -1}, "1 to 3"),
    "zones bool": ({"availability_zones": True}, "availability_zones is True"),
    "zones float": ({"availability_zones": 2.0}, "availability_zones is 2.0"),
    "zones text": ({"availability_zones": "eu-central-1a"}, "write a list"),
    "zones empty": ({"availability_zones": []}, "names 0 zones"),
    "zones twice": ({"availability_zones": ["eu-central-1a"] * 2}, "twice"),
    "zone of another region": ({"availability_zones": ["us-east-1a"]}, "not in the environment's"),
    "zone unknown": ({"availability_zones": ["eu-central-1f"]}, "eu-central-1 has eu-central-1a"),
    "zone id": ({"availability_zones": ["euc1-az1"]}, "zone ids"),
    "zone local": ({"availability_zones": ["us-west-2-lax-1a"]}, "local zones"),
    "zone token": ({"availability_zones": ["${data.x.y}"]}, "tokens are not taken"),
    "zone None": ({"availability_zones": [None]}, "availability zone None"),
    "groups empty": ({"subnet_groups": []}, "subnet_groups is empty"),
    "groups text": ({"subnet_groups": "private"}, "write a list"),
    "group as text": ({"subnet_groups": ["private"]}, "SubnetGroup("),
    "group twice": ({"subnet_groups": [SubnetGroup.private()] * 2}, "names private twice"),
    "group name": ({"subnet_groups": group(name="Cache")}, "lower-case"),
    "group name long": ({"subnet_groups": group(name="c" * 25)}, "1 to 24"),
    "group name None": ({"subnet_groups": group(name=None)}, "subnet group name None"),
    "group type": ({"subnet_groups": group(type="privat")}, "did you mean private"),
    "group type missing": ({"subnet_groups": group(type=None)}, "type is missing"),
    "group type contradicts": ({"subnet_groups": group(name="public")}, "contradicts its name"),
    "group slot missing": ({"subnet_groups": group(slot=None)}, "slot is missing"),
    "group slot range": ({"subnet_groups": group(slot=8)}, "0 to 7"),
    "group slot text": ({"subnet_groups": group(slot="3")}, "whole number"),
    "group slot twice": (
        {"subnet_groups": [*group(slot=1), SubnetGroup.private()]},
        "share slot 1",
    ),
    "group slot and block": (
        {"subnet_groups": group(cidr_block="10.0.0.0/24")},
        "both slot and cidr_block",
    ),
    "group block outside": (
        {"subnet_groups": group(slot=None, cidr_block="10.9.0.0/24")},
        "outside of the VPC's blocks",
    ),
    "group block overlaps": (
        {"subnet_groups": [SubnetGroup.private(), *group(slot=None, cidr_block="10.0.32.0/24")]},
        "overlaps private",
    ),
    "group block too small": (
        {"subnet_groups": group(slot=None, cidr_block="10.0.128.0/28")},
        "choose a larger block",
    ),
    "group block of /30": (
        {"subnet_groups": group(slot=None, cidr_block="10.0.128.0/30")},
        "too small",
    ),
    "group block token": (
        {"subnet_groups": group(slot=None, cidr_block="${x.y}")},
        "cidr_block is a token",
    ),
    "group public addresses": ({"subnet_groups": group(map_public_ip=True)}, "map_public_ip"),
    "group public addresses text": ({"subnet_groups": group(map_public_ip="no")}, "map_public_ip"),
    "group tags": ({"subnet_groups": group(tags={"a": None})}, "no tag"),
    "nat typo": ({"nat_gateways": "on"}, "did you mean one"),
    "nat number": ({"nat_gateways": 1}, "nat_gateways 1"),
    "nat without public": (
        {"nat_gateways": "one", "subnet_groups": [SubnetGroup.private()]},
        "SubnetGroup.public()",
    ),
    "nat without private": (
        {"nat_gateways": "one", "subnet_groups": [SubnetGroup.public()]},
        "SubnetGroup.private()",
    ),
    "secondary text": ({"secondary_cidr_blocks": "100.64.0.0/16"}, "write a list"),
    "secondary overlap": ({"secondary_cidr_blocks": ["10.0.0.0/20"]}, "overlaps 10.0.0.0/16"),
    "ipv6 text": ({"ipv6": "yes"}, "True or False"),
    "ipv6 with own block": (
        {"ipv6": True, "subnet_groups": group(slot=None, cidr_block="10.0.128.0/20")},
        "IPv6 blocks follow from slots",
    ),
    "flow logs text": ({"flow_logs": "s3"}, "FlowLogs.to_cloud_watch_logs()"),
    "flow logs retention": (
        {"flow_logs": FlowLogs.to_cloud_watch_logs(retention_days=8)},
        "1, 3, 5, 7, 14",
    ),
    "flow logs interval": (
        {"flow_logs": FlowLogs.to_cloud_watch_logs(max_aggregation_interval=61)},
        "seconds",
    ),
    "flow logs traffic": (
        {"flow_logs": FlowLogs.to_cloud_watch_logs(traffic_type="all")},
        "traffic_type",
    ),
    "flow logs key": (
        {"flow_logs": FlowLogs.to_cloud_watch_logs(kms_key_arn="alias/x")},
        "kms_key_arn",
    ),
    "flow logs bucket": ({"flow_logs": FlowLogs.to_s3("my-bucket")}, "arn:aws:s3:::"),
    "flow logs format": (
        {"flow_logs": FlowLogs.to_s3("arn:aws:s3:::logs-bucket", file_format="csv")},
        "file_format",
    ),
    "tags Name": ({"tags": {"Name": "x"}}, "Name follows"),
    "tags text": ({"tags": "x"}, "tags is x"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_VPCS.values(), ids=BAD_VPCS.keys())
def test_bad_vpcs_are_refused_and_leave_nothing_behind(tier, arguments, message):
    children = len(tier.node.children)
    with pytest.raises(ConfigurationError) as caught:
        Vpc(tier, "vpc", **arguments)
    assert message in str(caught.value)
    assert caught.value.construct == "network/vpc"
    assert len(tier.node.children) == children


def test_a_plain_stack_has_no_region_to_count_zones_in(app):
    stack = TerraformStack(app, "plain")
    with pytest.raises(ConfigurationError, match="name the zones"):
        Vpc(stack, "vpc", availability_zones=2)


def test_the_longest_names_fit_what_aws_allows(app, synth):
    environment = Environment(project="p" * 20, name="e" * 12, region="eu-central-1")
    tier = Tier(app, "network", environment=environment)
    vpc = Vpc(tier, "v" * 64)
    vpc.add_ssm_access()
    template = synth(tier)
    limits = {
        ("aws_iam_role", "name_prefix"): 38,
        ("aws_security_group", "name_prefix"): 229,
        ("aws_kms_alias", "name"): 256,
        ("aws_cloudwatch_log_group", "name"): 512,
    }
    for (kind, attribute), limit in limits.items():
        for body in template.resources(kind).values():
            assert 0 < len(body[attribute]) <= limit
