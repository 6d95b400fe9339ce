"""Subnet groups whose route tables do not lead out by themselves."""

from __future__ import annotations

import dataclasses

from terratiers import ConfigurationError, Tier
from terratiers.network import GatewayLoadBalancerEndpoint, NatGateways, SubnetGroup, Vpc

import pytest

NAME = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
WEB = SubnetGroup(name="web", type="public", slot=3, default_route=False)
APP = SubnetGroup(name="app", type="private", slot=4, default_route=False)
FIREWALL = SubnetGroup(name="firewall", type="private", slot=5)


def routes(template):
    return {
        name: (body["route_table_id"], body["destination_cidr_block"], body["vpc_endpoint_id"])
        for name, body in template.resources("aws_route").items()
        if "vpc_endpoint_id" in body
    }


def test_each_zone_has_a_table_that_leads_nowhere(tier, synth):
    vpc = Vpc(
        tier,
        "vpc",
        subnet_groups=[SubnetGroup.public(), SubnetGroup.private(), WEB, APP],
        nat_gateways=NatGateways.ONE_PER_AZ,
        ipv6=True,
    )
    assert set(vpc.route_tables) == {
        "public", "private-a", "private-b", "web-a", "web-b", "app-a", "app-b",
    }  # fmt: skip
    tables = {body["route_table_id"] for body in synth(tier).resources("aws_route").values()}
    assert tables == {
        f"${{aws_route_table.vpc_{name}.id}}" for name in ("public", "private_a", "private_b")
    }
    assert [vpc.has_route_out(g) for g in ("public", "private", "web", "app")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_public_servers_behind_firewalls(tier, synth):
    vpc = Vpc(tier, "vpc", subnet_groups=[SubnetGroup.public(), WEB])
    GatewayLoadBalancerEndpoint(
        tier, "inspection", vpc=vpc, service=NAME, subnet_group="public"
    ).route_through("web")
    found = routes(synth(tier))
    for letter in "ab":
        endpoint = f"${{aws_vpc_endpoint.inspection_{letter}.id}}"
        assert found[f"inspection_egress_web_{letter}"] == (
            f"${{aws_route_table.vpc_web_{letter}.id}}", "0.0.0.0/0", endpoint,
        )  # fmt: skip
        assert found[f"inspection_ingress_web_{letter}"] == (
            "${aws_route_table.inspection_ingress.id}",
            f"${{aws_subnet.vpc_web_{letter}.cidr_block}}",
            endpoint,
        )


def test_private_servers_before_firewalls_before_nat_gateways(tier, synth):
    vpc = Vpc(
        tier,
        "vpc",
        subnet_groups=[WEB, SubnetGroup.public(), FIREWALL, APP],
        nat_gateways=NatGateways.ONE_PER_AZ,
    )
    GatewayLoadBalancerEndpoint(
        tier, "inspection", vpc=vpc, service=NAME, subnet_group="firewall"
    ).route_through("app")
    template = synth(tier)
    assert template.resource("aws_nat_gateway.vpc_nat_a")["subnet_id"] == (
        "${aws_subnet.vpc_public_a.id}"
    )
    assert routes(template)["inspection_return_public_app_b"] == (
        "${aws_route_table.vpc_public.id}",
        "${aws_subnet.vpc_app_b.cidr_block}",
        "${aws_vpc_endpoint.inspection_b.id}",
    )
    assert len(routes(template)) == 4


def test_another_tier_knows_them(app, environment):
    network = Tier(app, "network", environment=environment)
    vpc = Vpc(network, "vpc", subnet_groups=[SubnetGroup.public(), WEB])
    used = Tier(app, "web", environment=environment).use(vpc)
    assert not used.has_route_out("web")
    assert used.has_route_out("public")


BAD_GROUPS = {
    "None": (dataclasses.replace(WEB, default_route=None), "default_route is None"),
    "text": (dataclasses.replace(WEB, default_route="no"), "True or False"),
    "isolated": (
        SubnetGroup(name="isolated", default_route=False),
        "isolated subnets have none",
    ),
}


@pytest.mark.parametrize(("group", "message"), BAD_GROUPS.values(), ids=BAD_GROUPS.keys())
def test_bad_groups_are_refused(tier, group, message):
    with pytest.raises(ConfigurationError, match=message):
        Vpc(tier, "vpc", subnet_groups=[SubnetGroup.public(), group])
    assert tier.node.try_find_child("vpc") is None


def test_nat_gateways_need_a_public_group_that_leads_out(tier):
    with pytest.raises(ConfigurationError, match="no subnet group is public"):
        Vpc(
            tier,
            "vpc",
            subnet_groups=[WEB, SubnetGroup.private()],
            nat_gateways=NatGateways.ONE_PER_AZ,
        )


def test_attributes_name_known_groups(tier, vpc_attributes):
    attributes = dataclasses.replace(vpc_attributes, groups_without_default_route=("web",))
    with pytest.raises(ConfigurationError, match="groups_without_default_route"):
        Vpc.from_attributes(tier, "theirs", attributes)
