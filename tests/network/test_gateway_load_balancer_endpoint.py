from __future__ import annotations

import dataclasses

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.network import (
    GatewayLoadBalancerEndpoint,
    NatGateways,
    SubnetGroup,
    Vpc,
    VpcEndpointService,
    VpcEndpointServiceAttributes,
)
from terratiers.testing import ABSENT

import pytest

ZONES = ("eu-central-1a", "eu-central-1b")
NAME = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
GATEWAY_ARN = (
    "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/gwy/fw/0123456789abcdef"
)
GROUPS = [SubnetGroup.public(), SubnetGroup.private(), SubnetGroup.isolated()]


def endpoint(tier, vpc, id="inspection", **options):
    given = {"vpc": vpc, "service": NAME, "subnet_group": "public", **options}
    return GatewayLoadBalancerEndpoint(tier, id, **given)


def routes(template):
    return {
        name: (body["route_table_id"], body["destination_cidr_block"], body["vpc_endpoint_id"])
        for name, body in template.resources("aws_route").items()
        if "vpc_endpoint_id" in body
    }


@pytest.fixture
def theirs(tier, vpc_attributes):
    """A VPC of another team: public and private subnets, and tables with other names."""
    attributes = dataclasses.replace(
        vpc_attributes,
        subnet_types={"public": "public", "private": "private"},
        subnet_ids={
            group: {zone: f"subnet-{i}000000{j}" for j, zone in enumerate(ZONES)}
            for i, group in enumerate(("public", "private"))
        },
        route_tables=("public", "private-a", "private-b"),
        route_table_ids={
            "public": "rtb-00000000",
            "private-a": "rtb-0000000a",
            "private-b": "rtb-0000000b",
        },
    )
    return Vpc.from_attributes(tier, "theirs", attributes)


def test_each_zone_has_an_endpoint_of_its_own(tier, vpc, synth):
    made = endpoint(tier, vpc, tags={"Team": "security"})
    template = synth(tier)
    assert template.resources("aws_vpc_endpoint") == {
        f"inspection_{letter}": {
            "vpc_id": "${aws_vpc.vpc.id}",
            "service_name": NAME,
            "vpc_endpoint_type": "GatewayLoadBalancer",
            "subnet_ids": [f"${{aws_subnet.vpc_public_{letter}.id}}"],
            "tags": {"Team": "security", "Name": f"shop-test-inspection-{letter}"},
        }
        for letter in "ab"
    }
    template.has_no_resource("aws_vpc_endpoint_connection_accepter")
    assert routes(template) == {}
    assert set(made.vpc_endpoint_ids) == set(ZONES)


def test_a_group_and_the_internet_gateway_go_through_the_endpoints(tier, vpc, synth):
    made = endpoint(tier, vpc)
    made.route_through("private")
    template = synth(tier)
    assert routes(template) == {
        **{
            f"inspection_egress_private_{letter}": (
                f"${{aws_route_table.vpc_private_{letter}.id}}",
                "0.0.0.0/0",
                f"${{aws_vpc_endpoint.inspection_{letter}.id}}",
            )
            for letter in "ab"
        },
        **{
            f"inspection_ingress_private_{letter}": (
                "${aws_route_table.inspection_ingress.id}",
                f"${{aws_subnet.vpc_private_{letter}.cidr_block}}",
                f"${{aws_vpc_endpoint.inspection_{letter}.id}}",
            )
            for letter in "ab"
        },
    }
    template.has_resource(
        "aws_route_table_association",
        {
            "gateway_id": "${aws_internet_gateway.vpc.id}",
            "route_table_id": "${aws_route_table.inspection_ingress.id}",
            "subnet_id": ABSENT,
        },
    )
    template.has_resource(
        "aws_route_table",
        {"vpc_id": "${aws_vpc.vpc.id}", "tags": {"Name": "shop-test-inspection-ingress"}},
    )
    assert set(made.routes) == {
        f"{way}_private_{letter}" for way in ("egress", "ingress") for letter in "ab"
    }


def test_several_groups_share_the_gateways_route_table(tier, synth):
    data = SubnetGroup(name="data", type="private", slot=3)
    vpc = Vpc(tier, "vpc", subnet_groups=[*GROUPS, data])
    made = endpoint(tier, vpc)
    made.route_through("private")
    made.route_through("data")
    template = synth(tier)
    assert len(routes(template)) == 8
    associations = template.resources("aws_route_table_association")
    assert [name for name, body in associations.items() if "gateway_id" in body] == [
        "inspection_ingress"
    ]


def test_another_zone_only_adds(app, environment, synth):
    def addresses(name, zones):
        tier = Tier(app, name, environment=environment)
        vpc = Vpc(tier, "vpc", availability_zones=zones)
        endpoint(tier, vpc).route_through("private")
        return {a: synth(tier).resource(a) for a in synth(tier).addresses()}

    two, three = addresses("two", 2), addresses("three", 3)
    assert {a: three[a] for a in two if "endpoint" in a or "route" in a} == {
        a: body for a, body in two.items() if "endpoint" in a or "route" in a
    }
    assert "aws_vpc_endpoint.inspection_c" in three


def test_where_appliances_send_traffic_on_nothing_leads_back(tier, vpc, synth):
    data = SubnetGroup(name="data", type="private", slot=3)
    vpc = Vpc(tier, "closed", subnet_groups=[SubnetGroup.private(), data])
    endpoint(tier, vpc, subnet_group="data").route_through("private")
    template = synth(tier)
    assert set(routes(template)) == {
        "inspection_egress_private_a",
        "inspection_egress_private_b",
    }
    associations = template.resources("aws_route_table_association").values()
    assert not any("gateway_id" in body for body in associations)


def test_return_routes_can_be_made_elsewhere(tier, vpc, synth):
    endpoint(tier, vpc).route_through("private", return_routes=False)
    template = synth(tier)
    assert all("egress" in name for name in routes(template))
    assert "aws_route_table.inspection_ingress" not in template.addresses()


def test_the_gateway_and_blocks_of_an_imported_vpc_are_looked_up(tier, theirs, synth):
    endpoint(tier, theirs).route_through("private")
    template = synth(tier)
    assert routes(template) == {
        "inspection_egress_private_a": (
            "rtb-0000000a",
            "0.0.0.0/0",
            "${aws_vpc_endpoint.inspection_a.id}",
        ),
        "inspection_egress_private_b": (
            "rtb-0000000b",
            "0.0.0.0/0",
            "${aws_vpc_endpoint.inspection_b.id}",
        ),
        **{
            f"inspection_ingress_private_{letter}": (
                "${aws_route_table.inspection_ingress.id}",
                f"${{data.aws_subnet.inspection_private_{letter}.cidr_block}}",
                f"${{aws_vpc_endpoint.inspection_{letter}.id}}",
            )
            for letter in "ab"
        },
    }
    template.has_data_source(
        "aws_internet_gateway",
        {"filter": [{"name": "attachment.vpc-id", "values": ["vpc-0123456789abcdef0"]}]},
    )
    template.has_data_source("aws_subnet", {"id": "subnet-10000001"})


def test_tables_with_other_names_are_given_by_zone(tier, theirs, synth):
    tables = dict(zip(ZONES, ("rtb-000000aa", "rtb-000000bb"), strict=True))
    endpoint(tier, theirs).route_through("private", route_table_ids=tables)
    found = {name: table for name, (table, _, _) in routes(synth(tier)).items()}
    assert found["inspection_egress_private_a"] == "rtb-000000aa"
    assert found["inspection_egress_private_b"] == "rtb-000000bb"


def test_what_nat_gateways_send_back_goes_through_the_endpoints(tier, vpc_attributes, synth):
    """A VPC of another team, with tables without a default route beside those with NAT."""
    groups = ("public", "firewall", "servers")
    attributes = dataclasses.replace(
        vpc_attributes,
        nat_gateways=NatGateways.ONE_PER_AZ,
        subnet_types={"public": "public", "firewall": "private", "servers": "private"},
        subnet_ids={
            group: {zone: f"subnet-{i}000000{j}" for j, zone in enumerate(ZONES)}
            for i, group in enumerate(groups)
        },
        route_tables=("public",),
        route_table_ids={"public": "rtb-00000000"},
    )
    vpc = Vpc.from_attributes(tier, "theirs", attributes)
    tables = dict(zip(ZONES, ("rtb-000000aa", "rtb-000000bb"), strict=True))
    endpoint(tier, vpc, subnet_group="firewall").route_through("servers", route_table_ids=tables)
    template = synth(tier)
    found = routes(template)
    assert set(found) == {
        f"inspection_{way}_servers_{letter}"
        for way in ("egress", "return_public")
        for letter in "ab"
    }
    assert found["inspection_return_public_servers_b"] == (
        "rtb-00000000",
        "${data.aws_subnet.inspection_servers_b.cidr_block}",
        "${aws_vpc_endpoint.inspection_b.id}",
    )
    assert "aws_route_table.inspection_ingress" not in template.addresses()


def own_service(tier, **options):
    return VpcEndpointService(
        tier,
        "offer",
        load_balancers=[GATEWAY_ARN],
        allowed_principals=["111122223333"],
        **options,
    )


def test_routes_come_after_the_service_has_accepted(tier, vpc, synth):
    service = own_service(tier)
    made = endpoint(tier, vpc, service=service)
    assert set(service.accept(made)) == set(ZONES)
    made.route_through("private")
    template = synth(tier)
    assert template.resources("aws_vpc_endpoint_connection_accepter") == {
        f"offer_inspection_{letter}": {
            "vpc_endpoint_id": f"${{aws_vpc_endpoint.inspection_{letter}.id}}",
            "vpc_endpoint_service_id": "${aws_vpc_endpoint_service.offer.id}",
        }
        for letter in "ab"
    }
    for letter in "ab":
        for way in ("egress", "ingress"):
            route = template.resource(f"aws_route.inspection_{way}_private_{letter}")
            accepter = f"aws_vpc_endpoint_connection_accepter.offer_inspection_{letter}"
            assert route["depends_on"] == [accepter]
        assert template.resource(f"aws_vpc_endpoint.inspection_{letter}")["depends_on"] == [
            "aws_vpc_endpoint_service_allowed_principal.offer_111122223333"
        ]


def test_a_service_that_accepts_everything_needs_no_accepter(tier, vpc, synth):
    endpoint(tier, vpc, service=own_service(tier, acceptance_required=False)).route_through(
        "private"
    )
    synth(tier).has_resource(
        "aws_route",
        {"vpc_endpoint_id": "${aws_vpc_endpoint.inspection_a.id}", "depends_on": ABSENT},
    )


def test_a_service_of_another_tier_is_used(app, environment, synth):
    provider = Tier(app, "provider", environment=environment)
    service = own_service(provider)
    consumer = Tier(app, "consumer", environment=environment)
    used = consumer.use(service)
    made = endpoint(consumer, Vpc(consumer, "vpc"), service=used)
    used.accept(made)
    made.route_through("private")
    template = synth(consumer)
    outputs = "data.terraform_remote_state.provider.outputs"
    template.has_resource(
        "aws_vpc_endpoint",
        {"service_name": f"${{{outputs}.offer_service_name}}", "depends_on": ABSENT},
    )
    template.has_resource(
        "aws_vpc_endpoint_connection_accepter",
        {"vpc_endpoint_service_id": f"${{{outputs}.offer_service_id}}"},
    )


BAD_ENDPOINTS = {
    "vpc None": ({"vpc": None}, "pass a Vpc"),
    "vpc text": ({"vpc": "vpc-1"}, "pass a Vpc"),
    "group typo": ({"subnet_group": "publik"}, "did you mean public"),
    "group None": ({"subnet_group": None}, "subnet_group None"),
    "group list": ({"subnet_group": ["public"]}, "is not known"),
    "service None": ({"service": None}, "service None is not valid"),
    "service number": ({"service": 1}, "pass a VpcEndpointService"),
    "service of AWS": ({"service": "ssm"}, "com.amazonaws.vpce.<region>"),
    "service in full": ({"service": "com.amazonaws.eu-central-1.s3"}, "is not valid"),
    "service id": ({"service": "vpce-svc-0123456789abcdef0"}, "is not valid"),
    "tags": ({"tags": "a"}, "tags is a"),
    "tag name": ({"tags": {"Name": "a"}}, "Name follows from"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ENDPOINTS.values(), ids=BAD_ENDPOINTS.keys())
def test_bad_endpoints_are_refused(tier, vpc, change, message):
    with pytest.raises(ConfigurationError, match=message):
        endpoint(tier, **{"vpc": vpc, **change})
    assert tier.node.try_find_child("inspection") is None


TABLES = dict(zip(ZONES, ("rtb-0000000a", "rtb-0000000b"), strict=True))
BAD_ROUTES = {
    "group typo": (("privat",), {}, "did you mean private"),
    "group None": ((None,), {}, "subnet_group None"),
    "own group": (("public",), {}, "holds the endpoints"),
    "isolated": (("isolated",), {}, "is isolated, without a way out"),
    "return None": (("private",), {"return_routes": None}, "return_routes is None"),
    "return text": (("private",), {"return_routes": "no"}, "True or False"),
    "tables text": (("private",), {"route_table_ids": "rtb-0000000a"}, "write {"),
    "tables list": (("private",), {"route_table_ids": ["rtb-0000000a"]}, "write {"),
    "tables empty": (("private",), {"route_table_ids": {}}, r"has the zones \[\]"),
    "tables of one zone": (
        ("private",),
        {"route_table_ids": {ZONES[0]: "rtb-0000000a"}},
        "the endpoints are in eu-central-1a, eu-central-1b",
    ),
    "tables of other zones": (
        ("private",),
        {"route_table_ids": {"a": "rtb-0000000a", "b": "rtb-0000000b"}},
        "name the same ones",
    ),
    "table id": (
        ("private",),
        {"route_table_ids": {**TABLES, ZONES[0]: "private-a"}},
        "rtb-0a1b2c3d",
    ),
    "table None": (("private",), {"route_table_ids": {**TABLES, ZONES[0]: None}}, "None is not"),
    "one table": (
        ("private",),
        {"route_table_ids": dict.fromkeys(ZONES, "rtb-0000000a")},
        "each zone needs its own",
    ),
}


@pytest.mark.parametrize(("args", "options", "message"), BAD_ROUTES.values(), ids=BAD_ROUTES.keys())
def test_bad_routes_are_refused(tier, vpc, synth, args, options, message):
    made = endpoint(tier, vpc)
    with pytest.raises(ConfigurationError, match=message):
        made.route_through(*args, **options)
    template = synth(tier)
    assert routes(template) == {}
    assert "aws_route_table.inspection_ingress" not in template.addresses()


def test_a_public_group_has_its_way_out_already(tier, synth):
    firewall = SubnetGroup(name="firewall", type="public", slot=3)
    vpc = Vpc(tier, "vpc", subnet_groups=[*GROUPS, firewall])
    made = endpoint(tier, vpc, subnet_group="firewall")
    with pytest.raises(ConfigurationError, match=r"0\.0\.0\.0/0 to the internet gateway already"):
        made.route_through("public")
    assert routes(synth(tier)) == {}


def test_nat_gateways_are_another_way_out(tier, synth):
    vpc = Vpc(tier, "vpc", nat_gateways=NatGateways.ONE_PER_AZ)
    made = endpoint(tier, vpc)
    with pytest.raises(ConfigurationError, match=r"to NAT gateways already.*NatGateways\.NONE"):
        made.route_through("private")
    assert routes(synth(tier)) == {}


def test_a_group_goes_through_once(tier, vpc, synth):
    made = endpoint(tier, vpc)
    made.route_through("private")
    with pytest.raises(ConfigurationError, match="call route_through once"):
        made.route_through("private")
    assert len(routes(synth(tier))) == 4


def test_the_service_has_to_accept_first(tier, vpc):
    made = endpoint(tier, vpc, service=own_service(tier))
    with pytest.raises(ConfigurationError, match=r"call service\.accept\(endpoint\) first"):
        made.route_through("private")


def test_an_internet_gateway_has_one_route_table(tier, synth):
    data = SubnetGroup(name="data", type="private", slot=3)
    vpc = Vpc(tier, "vpc", subnet_groups=[*GROUPS, data])
    endpoint(tier, vpc).route_through("private")
    other = endpoint(tier, vpc, id="other")
    with pytest.raises(ConfigurationError, match="has the route table of network/inspection"):
        other.route_through("data")
    other.route_through("data", return_routes=False)
    assert len(routes(synth(tier))) == 6


def test_one_table_for_several_zones_cannot_lead_to_each_zones_endpoint(tier, vpc_attributes):
    attributes = dataclasses.replace(
        vpc_attributes,
        subnet_types={"private": "private", "firewall": "private"},
        subnet_ids={
            group: {zone: f"subnet-{i}000000{j}" for j, zone in enumerate(ZONES)}
            for i, group in enumerate(("private", "firewall"))
        },
    )
    vpc = Vpc.from_attributes(tier, "theirs", attributes)
    made = endpoint(tier, vpc, subnet_group="firewall")
    with pytest.raises(ConfigurationError, match="one route table for 2 zones"):
        made.route_through("private")


def test_tables_that_are_not_known_have_to_be_given(tier, vpc_attributes):
    attributes = dataclasses.replace(
        vpc_attributes,
        subnet_types={"private": "private", "firewall": "private"},
        subnet_ids={
            group: {zone: f"subnet-{i}000000{j}" for j, zone in enumerate(ZONES)}
            for i, group in enumerate(("private", "firewall"))
        },
        route_tables=(),
        route_table_ids={},
    )
    vpc = Vpc.from_attributes(tier, "theirs", attributes)
    made = endpoint(tier, vpc, subnet_group="firewall")
    with pytest.raises(ConfigurationError, match="are not known: give route_table_ids"):
        made.route_through("private")


def test_the_way_back_from_nat_gateways_has_to_be_known(tier, vpc_attributes):
    attributes = dataclasses.replace(
        vpc_attributes,
        nat_gateways=NatGateways.ONE,
        subnet_types={"private": "private", "firewall": "private"},
        subnet_ids={
            group: {zone: f"subnet-{i}000000{j}" for j, zone in enumerate(ZONES)}
            for i, group in enumerate(("private", "firewall"))
        },
    )
    vpc = Vpc.from_attributes(tier, "theirs", attributes)
    made = endpoint(tier, vpc, subnet_group="firewall")
    with pytest.raises(ConfigurationError, match="of the NAT gateways' subnets is not known"):
        made.route_through("private", route_table_ids=TABLES)


def test_ipv6_goes_past_the_endpoints(tier, synth):
    vpc = Vpc(tier, "vpc", ipv6=True)
    made = endpoint(tier, vpc)
    with pytest.raises(ConfigurationError, match=r"\[ipv6-not-inspected\]"):
        made.route_through("private")
    acknowledge(tier, "ipv6-not-inspected", reason="the firewalls know IPv4 only")
    made.route_through("private")
    assert len(routes(synth(tier))) == 4


def test_a_balancer_of_another_kind_is_told_to_the_imported_service(tier, vpc):
    service = VpcEndpointService.from_attributes(
        tier,
        "offer",
        VpcEndpointServiceAttributes(service_id="vpce-svc-01234567", service_name=NAME),
    )
    with pytest.raises(ConfigurationError, match="one of network load balancers"):
        endpoint(tier, vpc, service=service)
