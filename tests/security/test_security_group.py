from __future__ import annotations

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.network import GatewayVpcEndpoint
from terratiers.security import Peer, Port, SecurityGroup, SecurityGroupAttributes
from terratiers.testing import ABSENT

import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture
def web(tier, vpc):
    return SecurityGroup(tier, "web", vpc=vpc, description="web servers")


@pytest.fixture
def alb(tier, vpc):
    return SecurityGroup(tier, "alb", vpc=vpc, description="load balancer")


def rules(template):
    return {
        f"{direction}:{name}": body
        for direction in ("ingress", "egress")
        for name, body in template.resources(f"aws_vpc_security_group_{direction}_rule").items()
    }


@pytest.mark.usefixtures("web")
def test_a_group_has_no_rules_of_its_own(tier, synth):
    template = synth(tier)
    template.has_resource(
        "aws_security_group",
        {
            "name_prefix": "shop-test-web-",
            "description": "web servers",
            "vpc_id": "${aws_vpc.vpc.id}",
            "lifecycle": {"create_before_destroy": True},
            "ingress": ABSENT,
            "egress": ABSENT,
        },
    )
    assert rules(template) == {}


def test_a_rule_between_groups_has_two_halves(tier, web, alb, synth):
    web.connections.allow_from(alb, Port.tcp(80), "requests from the load balancer")
    found = rules(synth(tier))
    assert set(found) == {"ingress:web_from_alb_tcp_80", "egress:web_alb_to_web_tcp_80"}
    ingress = found["ingress:web_from_alb_tcp_80"]
    assert ingress["security_group_id"] == "${aws_security_group.web.id}"
    assert ingress["referenced_security_group_id"] == "${aws_security_group.alb.id}"
    assert (ingress["from_port"], ingress["to_port"], ingress["ip_protocol"]) == (80, 80, "tcp")
    egress = found["egress:web_alb_to_web_tcp_80"]
    assert egress["security_group_id"] == "${aws_security_group.alb.id}"
    assert egress["referenced_security_group_id"] == "${aws_security_group.web.id}"
    assert {rule["description"] for rule in found.values()} == {"requests from the load balancer"}


def test_a_rule_is_added_once_and_its_name_does_not_depend_on_others(tier, web, alb, synth):
    web.connections.allow_from(Peer.ipv4("10.9.0.0/16"), Port.tcp(443), "office")
    web.connections.allow_from(alb, Port.tcp(80), "requests")
    web.connections.allow_from(alb, Port.tcp(80), "requests")
    found = rules(synth(tier))
    assert set(found) == {
        "ingress:web_from_10_9_0_0_16_tcp_443",
        "ingress:web_from_alb_tcp_80",
        "egress:web_alb_to_web_tcp_80",
    }


def test_peers_of_every_kind(tier, vpc, web, synth):
    s3 = GatewayVpcEndpoint(tier, "s3", vpc=vpc, service="s3")
    to = web.connections.allow_to
    to(Peer.prefix_list(s3.prefix_list_id, name="s3"), Port.tcp(443), "S3 through its endpoint")
    to(Peer.ipv6("2001:db8::/56"), Port.udp_range(1000, 2000), "partner")
    to(Peer.ipv4(vpc.cidr_block, name="vpc"), Port.all_traffic(), "everything in the VPC")
    to(Peer.security_group_id("sg-0123456789abcdef0", name="legacy"), Port.ping(), "ping")
    web.connections.allow_to_any_ipv4(Port.tcp(443), "the internet")
    web.connections.allow_internally(Port.tcp(7946), "gossip")
    found = rules(synth(tier))
    assert set(found) == {
        "egress:web_to_s3_tcp_443",
        "egress:web_to_2001_db8___56_udp_1000_2000",
        "egress:web_to_vpc_all",
        "egress:web_to_legacy_icmp_8_0",
        "egress:web_to_any_ipv4_tcp_443",
        "ingress:web_from_web_tcp_7946",
        "egress:web_to_web_tcp_7946",
    }
    assert found["egress:web_to_s3_tcp_443"]["prefix_list_id"] == (
        "${aws_vpc_endpoint.s3.prefix_list_id}"
    )
    everything = found["egress:web_to_vpc_all"]
    assert everything["ip_protocol"] == "-1"
    assert "from_port" not in everything


def test_between_tiers_both_halves_stand_in_the_consuming_tier(app, environment, tier, alb, synth):
    web_tier = Tier(app, "web", environment=environment)
    vpc = web_tier.use(tier.node.find_child("vpc"))
    theirs = web_tier.use(alb)
    web = SecurityGroup(web_tier, "web", vpc=vpc, description="web servers")
    web.connections.allow_from(theirs, Port.tcp(80), "requests")

    assert rules(synth(tier)) == {}
    found = rules(synth(web_tier))
    assert len(found) == 2
    theirs_id = "${data.terraform_remote_state.network.outputs.alb_security_group_id}"
    assert {theirs_id} == {
        rule[key]
        for rule in found.values()
        for key in ("security_group_id", "referenced_security_group_id")
        if rule[key] == theirs_id
    }


def test_two_peers_of_one_name_are_not_taken_for_one(web):
    to = web.connections.allow_to
    to(Peer.prefix_list("pl-00000001", name="partner"), Port.tcp(443), "partner")
    with pytest.raises(ConfigurationError, match="give one of the peers another name"):
        to(Peer.prefix_list("pl-00000002", name="partner"), Port.tcp(443), "partner")


def test_all_outbound_is_asked_for(tier, vpc, synth):
    SecurityGroup(tier, "open", vpc=vpc, description="updates", allow_all_outbound=True)
    assert set(rules(synth(tier))) == {"egress:open_to_any_ipv4_all"}


@pytest.mark.parametrize(
    ("port", "named"),
    [
        (Port.tcp(22), "SSH (22)"),
        (Port.tcp(3389), "RDP (3389)"),
        (Port.tcp_range(5000, 6000), "PostgreSQL (5432)"),
        (Port.all_tcp(), "SSH (22)"),
        (Port.all_traffic(), "SSH (22)"),
    ],
)
@pytest.mark.parametrize("peer", [Peer.any_ipv4(), Peer.any_ipv6()])
def test_remote_logins_and_databases_are_not_opened_to_everybody(
    tier, web, synth, peer, port, named
):
    with pytest.raises(ConfigurationError) as caught:
        web.connections.allow_from(peer, port, "everybody")
    assert named in str(caught.value)
    assert rules(synth(tier)) == {}

    acknowledge(web, "open-to-the-world", reason="a honeypot, watched")
    web.connections.allow_from(peer, port, "everybody")
    assert len(rules(synth(tier))) == 1


def test_web_ports_may_be_open(tier, web, synth):
    web.connections.allow_from_any_ipv4(Port.tcp(443), "visitors")
    web.connections.allow_from_any_ipv4(Port.ping(), "ping")
    assert len(rules(synth(tier))) == 2


def test_a_group_that_exists_is_used_by_its_id(tier, web, synth):
    old = SecurityGroup.from_attributes(
        tier, "old", SecurityGroupAttributes(security_group_id="sg-0123456789abcdef0")
    )
    web.connections.allow_from(old, Port.tcp(80), "the old balancer")
    ids = {rule["security_group_id"] for rule in rules(synth(tier)).values()}
    assert ids == {"${aws_security_group.web.id}", "sg-0123456789abcdef0"}


BAD_PORTS = {
    "high": lambda: Port.tcp(65536),
    "negative": lambda: Port.udp(-1),
    "text": lambda: Port.tcp("80"),
    "bool": lambda: Port.tcp(True),
    "None": lambda: Port.tcp(None),
    "backwards": lambda: Port.tcp_range(2, 1),
    "range text": lambda: Port.udp_range(1, "2"),
    "icmp type": lambda: Port.icmp(256),
    "icmp code": lambda: Port.icmp(8, -2),
}


@pytest.mark.parametrize("make", BAD_PORTS.values(), ids=BAD_PORTS.keys())
def test_bad_ports_are_refused(make):
    with pytest.raises(ConfigurationError, match="port"):
        make()


BAD_PEERS = {
    "address": (lambda: Peer.ipv4("10.0.0.1"), "write one like"),
    "host bits": (lambda: Peer.ipv4("10.0.0.1/8"), "write 10.0.0.0/8"),
    "IPv6 as IPv4": (lambda: Peer.ipv4("::/0"), "is IPv6"),
    "IPv4 as IPv6": (lambda: Peer.ipv6("10.0.0.0/8"), "is IPv4"),
    "None": (lambda: Peer.ipv4(None), "None"),
    "token without name": (lambda: Peer.ipv4("${a.b}"), "name is missing"),
    "name": (lambda: Peer.ipv4("10.0.0.0/8", name="My Net"), "lower-case"),
    "prefix list": (lambda: Peer.prefix_list("s3", name="s3"), "pl-0a1b2c3d"),
    "prefix list name": (lambda: Peer.prefix_list("pl-0a1b2c3d", name=None), "name None"),
    "group": (lambda: Peer.security_group_id("web", name="web"), "sg-0a1b2c3d"),
}


@pytest.mark.parametrize(("make", "message"), BAD_PEERS.values(), ids=BAD_PEERS.keys())
def test_bad_peers_are_refused(make, message):
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert message in str(caught.value)


BAD_RULES = {
    "peer text": (("10.0.0.0/8", Port.tcp(1), "x"), "cannot be connected"),
    "peer None": ((None, Port.tcp(1), "x"), "cannot be connected"),
    "port number": ((Peer.any_ipv4(), 443, "x"), "Port.tcp(443)"),
    "description empty": ((Peer.any_ipv4(), Port.tcp(1), ""), "1 to 255"),
    "description long": ((Peer.any_ipv4(), Port.tcp(1), "x" * 256), "1 to 255"),
    "description character": ((Peer.any_ipv4(), Port.tcp(1), "für alle"), "1 to 255"),
    "description None": ((Peer.any_ipv4(), Port.tcp(1), None), "description None"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_RULES.values(), ids=BAD_RULES.keys())
def test_bad_rules_are_refused(web, arguments, message):
    with pytest.raises(ConfigurationError) as caught:
        web.connections.allow_from(*arguments)
    assert message in str(caught.value)
    assert str(caught.value).startswith("network/web: ")


BAD_GROUPS = {
    "description missing": ({"description": ""}, "1 to 255"),
    "description None": ({"description": None}, "description None"),
    "vpc": ({"vpc": "vpc-1"}, "pass a Vpc"),
    "outbound": ({"allow_all_outbound": "yes"}, "True or False"),
    "tags": ({"tags": {"a": None}}, "no tag"),
}


@pytest.mark.parametrize(("change", "message"), BAD_GROUPS.values(), ids=BAD_GROUPS.keys())
def test_bad_groups_are_refused(tier, vpc, change, message):
    with pytest.raises(ConfigurationError) as caught:
        SecurityGroup(tier, "web", **{"vpc": vpc, "description": "web", **change})
    assert message in str(caught.value)
    assert tier.node.try_find_child("web") is None


@pytest.mark.parametrize(
    "attributes", [None, "sg-1", SecurityGroupAttributes(security_group_id="x")]
)
def test_bad_attributes_are_refused(tier, attributes):
    with pytest.raises(ConfigurationError, match="sg-"):
        SecurityGroup.from_attributes(tier, "old", attributes)


@given(st.integers(0, 65535), st.integers(0, 65535))
def test_a_port_has_one_name_and_includes_what_it_says(first, last):
    low, high = sorted((first, last))
    port = Port.tcp_range(low, high)
    assert port.includes(low)
    assert port.includes(high)
    assert not port.includes(low - 1)
    assert port.key == (f"tcp_{low}" if low == high else f"tcp_{low}_{high}")


def test_a_rule_is_checked_before_it_is_added(tier, vpc, synth):
    group = SecurityGroup(tier, "web", vpc=vpc, description="web")
    group.connections.allow_from(Peer.ipv4("10.1.0.0/16", name="office"), Port.tcp(443), "office")
    other = Peer.ipv4("10.2.0.0/16", name="office")
    for connect in (group.connections.check_from, group.connections.allow_from):
        with pytest.raises(ConfigurationError, match="two rules are called from-office-tcp_443"):
            connect(other, Port.tcp(443), "office")
    assert len(group.rules) == 1
    synth(tier).resource_count("aws_vpc_security_group_ingress_rule", 1)
