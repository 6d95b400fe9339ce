from __future__ import annotations

from ipaddress import ip_address, ip_network

from terratiers import ConfigurationError
from terratiers.network import AclRule, NetworkAcl
from terratiers.network.network_acl import _preset

import pytest

VPC = "10.0.0.0/16"
INTERNET = "203.0.113.9"


def decide(preset, direction, protocol, other, port):
    """What a network ACL does with one packet: the first rule that matches counts."""
    for rule in sorted(_preset(preset, VPC), key=lambda rule: rule.number):
        low, high = (
            (0, 65535)
            if rule.ports is None
            else (rule.ports, rule.ports)
            if isinstance(rule.ports, int)
            else rule.ports
        )
        if (
            rule.direction == direction
            and rule.protocol in ("all", protocol)
            and ip_address(other) in ip_network(rule.cidr_block)
            and low <= port <= high
        ):
            return rule.action == "allow"
    return False


@pytest.mark.parametrize(
    ("preset", "direction", "other", "port", "passes"),
    [
        ("public", "ingress", INTERNET, 443, True),
        ("public", "ingress", INTERNET, 22, False),
        ("public", "egress", INTERNET, 50000, True),  # the answer to a visitor
        ("public", "ingress", INTERNET, 50000, True),  # the answer to a request of ours
        ("public", "egress", INTERNET, 25, False),
        ("private", "ingress", INTERNET, 443, False),
        ("private", "ingress", INTERNET, 40000, True),
        ("private", "egress", INTERNET, 443, True),
        ("private", "egress", INTERNET, 50000, False),
        ("private", "ingress", "10.0.0.7", 5432, True),
        ("isolated", "ingress", INTERNET, 443, False),
        ("isolated", "egress", INTERNET, 80, False),
        ("isolated", "egress", INTERNET, 443, True),  # a gateway endpoint's public address
        ("isolated", "ingress", INTERNET, 40000, True),
        ("isolated", "ingress", "10.0.99.7", 5432, True),
        ("isolated", "egress", "10.0.99.7", 60000, True),
    ],
)
def test_presets_decide_as_described(preset, direction, other, port, passes):
    assert decide(preset, direction, "tcp", other, port) is passes


def test_a_preset_makes_one_rule_resource_per_rule(tier, vpc, synth):
    acl = NetworkAcl(tier, "data", vpc=vpc, subnet_group="isolated", preset="isolated")
    template = synth(tier)
    template.has_resource(
        "aws_network_acl",
        {
            "vpc_id": "${aws_vpc.vpc.id}",
            "tags": {"Name": "shop-test-data"},
        },
    )
    associated = template.resources("aws_network_acl_association")
    assert {name: body["subnet_id"] for name, body in associated.items()} == {
        "data_a": "${aws_subnet.vpc_isolated_a.id}",
        "data_b": "${aws_subnet.vpc_isolated_b.id}",
    }
    assert set(template.resources("aws_network_acl_rule")) == {
        "data_ingress_within_vpc",
        "data_ingress_answers",
        "data_egress_within_vpc",
        "data_egress_https",
    }
    template.has_resource(
        "aws_network_acl_rule",
        {
            "egress": False,
            "rule_number": 1000,
            "protocol": "-1",
            "rule_action": "allow",
            "cidr_block": "${aws_vpc.vpc.cidr_block}",
        },
    )
    assert set(acl.rules) == {
        "ingress-within-vpc",
        "ingress-answers",
        "egress-within-vpc",
        "egress-https",
    }


def rule(**change) -> AclRule:
    good = {
        "name": "web",
        "number": 100,
        "direction": "ingress",
        "ports": 443,
        "cidr_block": "0.0.0.0/0",
    }
    return AclRule(**{**good, **change})


def test_rules_of_ones_own_join_the_preset(tier, vpc, synth):
    rules = [
        rule(
            name="no-office", action="deny", protocol="all", ports=None, cidr_block="192.0.2.0/24"
        ),
        rule(name="high", number=120, protocol="udp", ports=(1000, 2000)),
        rule(name="ping", number=130, protocol="icmp", ports=None, icmp_type=8),
        rule(name="ping6", number=140, protocol="icmpv6", ports=None, cidr_block="::/0"),
    ]
    NetworkAcl(tier, "web", vpc=vpc, subnet_group="public", preset="public", rules=rules)
    template = synth(tier)
    found = template.resources("aws_network_acl_rule")
    assert found["web_ingress_no_office"]["rule_action"] == "deny"
    template.has_resource(
        "aws_network_acl_rule", {"protocol": "17", "from_port": 1000, "to_port": 2000}
    )
    template.has_resource(
        "aws_network_acl_rule", {"protocol": "1", "icmp_type": 8, "icmp_code": -1}
    )
    template.has_resource(
        "aws_network_acl_rule", {"protocol": "58", "ipv6_cidr_block": "::/0", "icmp_type": -1}
    )


BAD = {
    "group": ({"subnet_group": "db"}, "subnet group db is not known"),
    "preset": ({"preset": "publik"}, "did you mean public"),
    "nothing": ({}, "no preset and no rules"),
    "rules text": ({"rules": "web"}, "write a list"),
    "rule dict": ({"rules": [{"name": "web"}]}, "AclRule("),
    "name": ({"rules": [rule(name="Web Rule")]}, "lower-case"),
    "name None": ({"rules": [rule(name=None)]}, "rule name None"),
    "number zero": ({"rules": [rule(number=0)]}, "1 to 32766"),
    "number high": ({"rules": [rule(number=32767)]}, "1 to 32766"),
    "number text": ({"rules": [rule(number="100")]}, "whole number"),
    "direction": ({"rules": [rule(direction="in")]}, "direction in"),
    "action": ({"rules": [rule(action="drop")]}, "action drop"),
    "protocol": ({"rules": [rule(protocol="http")]}, "protocol http"),
    "protocol number": ({"rules": [rule(protocol=6)]}, "protocol 6"),
    "cidr": ({"rules": [rule(cidr_block="0.0.0.0")]}, "CIDR"),
    "cidr host bits": ({"rules": [rule(cidr_block="10.0.0.1/8")]}, "write 10.0.0.0/8"),
    "port high": ({"rules": [rule(ports=65536)]}, "0 to 65535"),
    "port negative": ({"rules": [rule(ports=-1)]}, "0 to 65535"),
    "port bool": ({"rules": [rule(ports=True)]}, "whole number"),
    "ports backwards": ({"rules": [rule(ports=(2000, 1000))]}, "run backwards"),
    "ports triple": ({"rules": [rule(ports=(1, 2, 3))]}, "no range"),
    "ports missing": ({"rules": [rule(ports=None)]}, "ports are missing"),
    "ports with all": ({"rules": [rule(protocol="all")]}, "belong to tcp and udp"),
    "icmp type": ({"rules": [rule(protocol="icmp", ports=None, icmp_type=256)]}, "-1 to 255"),
    "icmp type with tcp": ({"rules": [rule(icmp_type=8)]}, "belongs to icmp"),
    "icmp with IPv6": (
        {"rules": [rule(protocol="icmp", ports=None, cidr_block="::/0")]},
        "write icmpv6",
    ),
    "icmpv6 with IPv4": ({"rules": [rule(protocol="icmpv6", ports=None)]}, "write icmp."),
    "same number": ({"rules": [rule(), rule(name="other")]}, "same number 100"),
    "same name": ({"rules": [rule(), rule(number=110)]}, "same name web"),
    "number of the preset": (
        {"preset": "isolated", "rules": [rule(number=1000)]},
        "within-vpc, web have the same number 1000",
    ),
    "too many": (
        {"rules": [rule(name=f"r{i}", number=i) for i in range(1, 22)]},
        "AWS allows 20",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_bad_network_acls_are_refused_and_leave_nothing_behind(tier, vpc, change, message):
    with pytest.raises(ConfigurationError) as caught:
        NetworkAcl(tier, "web", **{"vpc": vpc, "subnet_group": "public", **change})
    assert message in str(caught.value).replace("subnet_group", "subnet group")
    assert tier.node.try_find_child("web") is None


def test_equal_numbers_in_both_directions_are_fine(tier, vpc, synth):
    both = [rule(), rule(direction="egress")]
    NetworkAcl(tier, "web", vpc=vpc, subnet_group="public", rules=both)
    synth(tier).resource_count("aws_network_acl_rule", 2)
