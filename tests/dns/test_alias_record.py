from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.dns import AliasRecord, AliasTarget, HostedZone, Record, Routing
from terratiers.load_balancing import ApplicationLoadBalancer
from terratiers.network import Vpc
from terratiers.testing import ABSENT

import pytest

CDN = AliasTarget(dns_name="d111111abcdef8.cloudfront.net", zone_id="Z2FDTNDATAQYW2")
TARGET = AliasTarget(dns_name="a-1.eu-central-1.elb.amazonaws.com", zone_id="Z215JYRZR1TBD5")


@pytest.fixture
def zone(tier):
    return HostedZone(tier, "zone", zone_name="example.com")


def test_a_balancer_has_a_name(tier, vpc, zone, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    AliasRecord(tier, "www", zone=zone, name="www", target=alb)
    AliasRecord(tier, "apex", zone=zone, name="", target=alb)
    template = synth(tier)
    records = template.resources("aws_route53_record")
    assert set(records) == {"www", "apex"}
    assert records["www"] == {
        "zone_id": "${aws_route53_zone.zone.zone_id}",
        "name": "www.example.com",
        "type": "A",
        "alias": {
            "name": "${aws_lb.alb.dns_name}",
            "zone_id": "${aws_lb.alb.zone_id}",
            "evaluate_target_health": True,
        },
    }
    assert records["apex"]["name"] == "example.com"


def test_ipv6_is_a_second_record(tier, zone, synth):
    routing = Routing.weighted("a", weight=1)
    record = AliasRecord(
        tier,
        "www",
        zone=zone,
        name="www",
        target=CDN,
        ipv6=True,
        evaluate_target_health=False,
        routing=routing,
    )
    assert set(record.resources) == {"A", "AAAA"}
    assert "TfToken" in record.fqdn
    found = synth(tier).resources("aws_route53_record")
    assert {name: body["type"] for name, body in found.items()} == {"www": "A", "www_ipv6": "AAAA"}
    for body in found.values():
        assert body["alias"]["evaluate_target_health"] is False
        assert body["weighted_routing_policy"] == {"weight": 1}
        assert "ttl" not in body


def test_another_tier_names_its_balancer(app, environment, zone, synth):
    web = Tier(app, "web", environment=environment)
    alb = ApplicationLoadBalancer(web, "alb", vpc=Vpc(web, "vpc"))
    AliasRecord(web, "www", zone=web.use(zone), name="www", target=alb)
    synth(web).has_resource(
        "aws_route53_record",
        {
            "zone_id": "${data.terraform_remote_state.network.outputs.zone_id}",
            "name": "www.example.com",
            "ttl": ABSENT,
        },
    )


BAD = {
    "zone": ({"zone": "Z1"}, "zone is Z1"),
    "name": ({"name": "www.example.org"}, "does not lie in"),
    "name none": ({"name": None}, "name None"),
    "target none": ({"target": None}, "target is None"),
    "target name": ({"target": "www.example.org"}, "takes a CNAME record"),
    "target half": ({"target": HostedZone}, "pass a load balancer"),
    "dns name": ({"target": AliasTarget(dns_name="a b", zone_id="Z1")}, "dns_name a b"),
    "dns name none": ({"target": AliasTarget(dns_name=None, zone_id="Z1")}, "dns_name None"),
    "zone id": ({"target": AliasTarget(dns_name="a.example", zone_id="us-east-1")}, "us-east-1"),
    "zone id none": ({"target": AliasTarget(dns_name="a.example", zone_id=None)}, "zone_id None"),
    "health of cloudfront": ({"target": CDN}, "evaluate_target_health=False"),
    "health none": ({"evaluate_target_health": None}, "evaluate_target_health is None"),
    "ipv6 text": ({"ipv6": "auto"}, "ipv6 is auto"),
    "routing": ({"routing": {"weight": 1}}, "write Routing.weighted"),
    "multivalue": ({"routing": Routing.multivalue("a")}, "not for alias records"),
    "weight": ({"routing": Routing.weighted("a", weight=-1)}, "weight is -1"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_aliases_are_refused(tier, zone, options, message):
    given = {"zone": zone, "name": "www", "target": TARGET}
    with pytest.raises(ConfigurationError, match=message):
        AliasRecord(tier, "www", **{**given, **options})
    assert tier.node.try_find_child("www") is None


def test_what_another_record_contradicts_is_refused(tier, zone):
    Record(tier, "six", zone=zone, name="www", type="AAAA", values=["2001:db8::1"])
    AliasRecord(tier, "www", zone=zone, name="www", target=TARGET)
    with pytest.raises(ConfigurationError, match="has a record of type A already") as caught:
        AliasRecord(tier, "again", zone=zone, name="www", target=TARGET, ipv6=True)
    assert "has a record of type AAAA already" in str(caught.value)
    with pytest.raises(ConfigurationError, match="has a record of type A already"):
        Record(tier, "plain", zone=zone, name="www", type="A", values=["192.0.2.1"])


def alias(tier, zone, **options):
    given = {"zone": zone, "name": "www", "target": TARGET, **options}
    AliasRecord(tier, "www", **given)
    return [entry.data for entry in tier.node.find_child("www").node.metadata]


def test_a_primary_alias_that_nothing_asks_after_never_fails_over(tier, zone):
    primary = Routing.failover("a", role="PRIMARY")
    [warning] = alias(tier, zone, routing=primary, evaluate_target_health=False)
    assert "[failover-without-health-check]" in warning


HEALTH = "12345678-1234-1234-1234-123456789012"


@pytest.mark.parametrize(
    "options",
    [
        {"routing": Routing.failover("a", role="PRIMARY")},
        {
            "routing": Routing.failover("a", role="PRIMARY", health_check_id=HEALTH),
            "evaluate_target_health": False,
        },
        {
            "routing": Routing.failover("a", role="SECONDARY"),
            "evaluate_target_health": False,
        },
        {"evaluate_target_health": False},
    ],
    ids=["target's health", "health check", "secondary", "no routing"],
)
def test_others_warn_of_nothing(tier, zone, options):
    assert alias(tier, zone, **options) == []


def test_a_taken_address_leaves_nothing(tier, zone):
    Record(tier, "www-ipv6", zone=zone, name="other", type="A", values=["192.0.2.1"])
    with pytest.raises(ConfigurationError, match="is taken by"):
        AliasRecord(tier, "www", zone=zone, name="www", target=TARGET, ipv6=True)
    assert tier.node.try_find_child("www") is None
    AliasRecord(tier, "again", zone=zone, name="www", target=TARGET)
