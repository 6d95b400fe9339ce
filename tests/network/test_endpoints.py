from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.network import GatewayVpcEndpoint, InterfaceVpcEndpoint, Vpc
from terratiers.network.endpoint_services import gateway_services, interface_services
from terratiers.testing import ABSENT

import pytest


def test_the_catalog_holds_what_private_networks_need():
    assert {"s3", "dynamodb"} <= set(gateway_services())
    assert {
        "ssm",
        "ssmmessages",
        "ec2messages",
        "sns",
        "secretsmanager",
        "logs",
        "ecr.api",
        "kms",
    } <= set(interface_services())


def test_a_gateway_endpoint_serves_every_route_table(tier, vpc, synth):
    GatewayVpcEndpoint(tier, "s3", vpc=vpc, service="s3")
    template = synth(tier)
    template.has_resource(
        "aws_vpc_endpoint",
        {
            "vpc_id": "${aws_vpc.vpc.id}",
            "service_name": "com.amazonaws.eu-central-1.s3",
            "vpc_endpoint_type": "Gateway",
            "tags": {"Name": "shop-test-s3"},
        },
    )
    associations = template.resources("aws_vpc_endpoint_route_table_association")
    assert {name: body["route_table_id"] for name, body in associations.items()} == {
        f"s3_{table}": f"${{aws_route_table.vpc_{table}.id}}"
        for table in ("public", "private_a", "private_b", "isolated")
    }
    policy = template.resource("aws_vpc_endpoint.s3")["policy"]
    assert "aws:PrincipalAccount" in policy
    assert "arn:aws:s3:::al2023-repos-eu-central-1-de612dc2/*" in policy


def test_the_policy_of_dynamodb_names_no_buckets(tier, vpc, synth):
    GatewayVpcEndpoint(tier, "dynamodb", vpc=vpc, service="dynamodb")
    policy = synth(tier).resource("aws_vpc_endpoint.dynamodb")["policy"]
    assert "dynamodb:*" in policy
    assert "s3" not in policy


def test_an_interface_endpoint_admits_https_from_the_vpc_only(tier, vpc, synth):
    InterfaceVpcEndpoint(tier, "ssm", vpc=vpc, service="ssm")
    template = synth(tier)
    template.has_resource(
        "aws_vpc_endpoint",
        {
            "service_name": "com.amazonaws.eu-central-1.ssm",
            "vpc_endpoint_type": "Interface",
            "private_dns_enabled": True,
            "security_group_ids": ["${aws_security_group.ssm.id}"],
        },
    )
    subnets = template.resources("aws_vpc_endpoint_subnet_association")
    assert {name: body["subnet_id"] for name, body in subnets.items()} == {
        "ssm_a": "${aws_subnet.vpc_private_a.id}",
        "ssm_b": "${aws_subnet.vpc_private_b.id}",
    }
    template.resource_count("aws_vpc_security_group_ingress_rule", 1)
    template.has_resource(
        "aws_vpc_security_group_ingress_rule",
        {
            "cidr_ipv4": "${aws_vpc.vpc.cidr_block}",
            "from_port": 443,
            "to_port": 443,
            "ip_protocol": "tcp",
        },
    )
    template.has_no_resource("aws_vpc_security_group_egress_rule")


def test_ssm_access_is_three_endpoints(tier, vpc, synth):
    endpoints = vpc.add_ssm_access()
    assert set(endpoints) == {"ssm", "ssmmessages", "ec2messages"}
    synth(tier).resource_count("aws_vpc_endpoint", 3)


def test_a_service_of_another_party_has_no_policy_and_no_private_name(tier, vpc, synth):
    service = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
    InterfaceVpcEndpoint(
        tier, "partner", vpc=vpc, service=service, port=8443, allow_from=["10.0.32.0/19"]
    )
    template = synth(tier)
    template.has_resource(
        "aws_vpc_endpoint",
        {"service_name": service, "private_dns_enabled": False, "policy": ABSENT},
    )
    template.has_resource(
        "aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "10.0.32.0/19", "from_port": 8443}
    )


def test_a_service_newer_than_the_catalog_takes_its_full_name(tier, vpc, synth):
    InterfaceVpcEndpoint(tier, "new", vpc=vpc, service="com.amazonaws.eu-central-1.newest")
    synth(tier).has_resource(
        "aws_vpc_endpoint", {"service_name": "com.amazonaws.eu-central-1.newest"}
    )


def test_services_with_another_prefix_get_it(tier, vpc, synth):
    InterfaceVpcEndpoint(tier, "q", vpc=vpc, service="qbusiness")
    synth(tier).has_resource("aws_vpc_endpoint", {"service_name": "aws.api.eu-central-1.qbusiness"})


def test_endpoints_work_with_an_imported_vpc(tier, vpc_attributes, synth):
    vpc = Vpc.from_attributes(tier, "theirs", vpc_attributes)
    GatewayVpcEndpoint(tier, "s3", vpc=vpc, service="s3")
    InterfaceVpcEndpoint(tier, "sns", vpc=vpc, service="sns")
    template = synth(tier)
    template.has_resource(
        "aws_vpc_endpoint_route_table_association", {"route_table_id": "rtb-0123456789abcdef0"}
    )
    template.has_resource("aws_vpc_endpoint_subnet_association", {"subnet_id": "subnet-00000001"})


STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}

BAD_GATEWAYS = {
    "service": ({"service": "ssm"}, "Others: InterfaceVpcEndpoint"),
    "service typo": ({"service": "dynamo"}, "did you mean dynamodb"),
    "service None": ({"service": None}, "service None"),
    "vpc": ({"vpc": "vpc-1"}, "pass a Vpc"),
    "tables text": ({"route_table_ids": "rtb-00000000"}, "write {"),
    "tables empty": ({"route_table_ids": {}}, "is empty"),
    "table": ({"route_table_ids": {"a": "x"}}, "write rtb-0a1b2c3d"),
    "table name": ({"route_table_ids": {"A b": "rtb-00000000"}}, "lower-case"),
    "policy text": ({"policy": "{}"}, "write a list"),
    "policy empty": ({"policy": []}, "policy is empty"),
    "policy effect": ({"policy": [{**STATEMENT, "Effect": "allow"}]}, "not Allow or Deny"),
    "policy incomplete": ({"policy": [{"Effect": "Allow"}]}, "has no Principal"),
    "tags": ({"tags": {"a": 1}}, "write a string"),
}


@pytest.mark.parametrize(("change", "message"), BAD_GATEWAYS.values(), ids=BAD_GATEWAYS.keys())
def test_bad_gateway_endpoints_are_refused(tier, vpc, change, message):
    with pytest.raises(ConfigurationError) as caught:
        GatewayVpcEndpoint(tier, "s3", **{"vpc": vpc, "service": "s3", **change})
    assert message in str(caught.value)
    assert tier.node.try_find_child("s3") is None


BAD_INTERFACES = {
    "service typo": ({"service": "secretmanager"}, "did you mean secretsmanager"),
    "service unknown": ({"service": "zzz"}, "takes its full name"),
    "service number": ({"service": 1}, 'a name like "ssm"'),
    "service URL": ({"service": "https://ssm"}, "not in the catalog"),
    "group": ({"subnet_group": "privat"}, "did you mean private"),
    "group None": ({"subnet_group": None}, "subnet_group None"),
    "private_dns": ({"private_dns": "yes"}, "True or False"),
    "port zero": ({"port": 0}, "1 to 65535"),
    "port text": ({"port": "443"}, "port is 443"),
    "port bool": ({"port": True}, "port is True"),
    "from text": ({"allow_from": "10.0.0.0/16"}, "write a list"),
    "from empty": ({"allow_from": []}, "nobody could connect"),
    "from world": ({"allow_from": ["0.0.0.0/0"]}, "whole internet"),
    "from world IPv6": ({"allow_from": ["::/0"]}, "whole internet"),
    "from host bits": ({"allow_from": ["10.0.0.1/16"]}, "write 10.0.0.0/16"),
    "from token": ({"allow_from": ["${x.y}"]}, "token"),
    "vpc None": ({"vpc": None}, "pass a Vpc"),
    "policy for partner": (
        {
            "service": "com.amazonaws.vpce.eu-central-1.vpce-svc-01234567",
            "policy": [STATEMENT],
        },
        "takes none",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD_INTERFACES.values(), ids=BAD_INTERFACES.keys())
def test_bad_interface_endpoints_are_refused(tier, vpc, change, message):
    with pytest.raises(ConfigurationError) as caught:
        InterfaceVpcEndpoint(tier, "ssm", **{"vpc": vpc, "service": "ssm", **change})
    assert message in str(caught.value)
    assert tier.node.try_find_child("ssm") is None
