from __future__ import annotations

import dataclasses

from terratiers import ConfigurationError, Tier
from terratiers.core.acknowledgements import acknowledge
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.dns import HostedZone, Record, Routing

import pytest
from constructs import Construct
from hypothesis import given
from hypothesis import strategies as st

CHECK = "12345678-1234-1234-1234-123456789012"


@pytest.fixture
def zone(tier):
    return HostedZone(tier, "zone", zone_name="example.com")


def body(template, name="www"):
    return template.resource(f"aws_route53_record.{name}")


def test_a_record_lives_five_minutes(tier, zone, synth):
    record = Record(tier, "www", zone=zone, name="www", type="A", values=["192.0.2.1"])
    assert body(synth(tier)) == {
        "zone_id": "${aws_route53_zone.zone.zone_id}",
        "name": "www.example.com",
        "type": "A",
        "ttl": 300,
        "records": ["192.0.2.1"],
    }
    assert "TfToken" in record.fqdn


NAMES = {
    "apex": ("", "example.com"),
    "apex by name": ("Example.com", "example.com"),
    "apex with dot": ("example.com.", "example.com"),
    "relative": ("www", "www.example.com"),
    "two labels": ("api.eu", "api.eu.example.com"),
    "full": ("www.example.com", "www.example.com"),
    "full with dot": ("WWW.example.com.", "www.example.com"),
    "wildcard": ("*", "*.example.com"),
    "wildcard below": ("*.dev", "*.dev.example.com"),
    "underscores": ("_sip._tcp", "_sip._tcp.example.com"),
    "digits": ("1", "1.example.com"),
    "com in full": ("shop.com.example.com", "shop.com.example.com"),
    "token": ("${var.name}", "${var.name}"),
}


@pytest.mark.parametrize(("name", "full"), NAMES.values(), ids=NAMES)
def test_names_are_relative_or_full(tier, zone, synth, name, full):
    Record(tier, "www", zone=zone, name=name, type="A", values=["192.0.2.1"], ttl=0)
    assert body(synth(tier))["name"] == full


VALUES = {
    "A": ["192.0.2.1", "192.0.2.2"],
    "AAAA": ["2001:DB8:0:0::1"],
    "CAA": ['0 issue "amazon.com"', '128 iodef "mailto:a@example.com"', '0 issue ";"'],
    "CNAME": ["x._domainkey.example.net."],
    "DS": ["12345 13 2 abcdef"],
    "HTTPS": ['1 . alpn="h2,h3"', "0 www.example.com"],
    "MX": ["10 mail.example.com", "0 ."],
    "NS": ["ns1.example.net"],
    "PTR": ["host.example.com"],
    "SRV": ["10 5 5060 sip.example.com"],
    "SSHFP": ["4 2 abcd"],
    "TLSA": ["3 1 1 abcd"],
    "TXT": ["v=spf1 -all"],
}


@pytest.mark.parametrize("type", VALUES)
def test_every_type(tier, zone, synth, type):
    Record(tier, "www", zone=zone, name="sub", type=type, values=VALUES[type])
    expected = {"AAAA": ["2001:db8::1"]}.get(type, VALUES[type])
    assert body(synth(tier))["records"] == expected


TEXTS = {
    "quote": ('say "hi"!', 'say \\"hi\\"!'),
    "backslash": ("a\\b", "a\\\\b"),
    "not ascii": ("gr\u00fcn", "gr\\303\\274n"),
    "line end": ("a\nb", "a\\012b"),
    "255": ("a" * 255, "a" * 255),
    "256": ("a" * 256, "a" * 255 + '""a'),
    "split before escaping": ('"' * 256 + "x", '\\"' * 255 + '""\\"x'),
    "one quote": ('"', '\\"'),
}


@pytest.mark.parametrize(("text", "made"), TEXTS.values(), ids=TEXTS)
def test_texts_are_escaped_and_split(tier, zone, synth, text, made):
    Record(tier, "www", zone=zone, name="t", type="TXT", values=[text])
    assert body(synth(tier))["records"] == [made]


def test_tokens_are_values(tier, zone, synth):
    values = ["${aws_eip.a.public_ip}", "192.0.2.1"]
    Record(tier, "www", zone=zone, name="www", type="A", values=values, ttl=60)
    assert body(synth(tier))["records"] == values


def test_another_tiers_zone_has_to_be_used(app, environment, zone):
    farm = Tier(app, "farm", environment=environment)
    with pytest.raises(ConfigurationError, match=r"write zone=self\.use"):
        Record(farm, "www", zone=zone, name="www", type="A", values=["192.0.2.1"])


POLICIES = {
    "weighted": (
        Routing.weighted("a", weight=0, health_check_id=CHECK),
        {"weighted_routing_policy": {"weight": 0}, "health_check_id": CHECK},
    ),
    "latency": (
        Routing.latency("a", region="eu-central-1"),
        {"latency_routing_policy": {"region": "eu-central-1"}},
    ),
    "failover": (
        Routing.failover("a", role="SECONDARY"),
        {"failover_routing_policy": {"type": "SECONDARY"}},
    ),
    "country": (
        Routing.geolocation("a", country="US", subdivision="TX"),
        {"geolocation_routing_policy": {"country": "US", "subdivision": "TX"}},
    ),
    "continent": (
        Routing.geolocation("a", continent="EU"),
        {"geolocation_routing_policy": {"continent": "EU"}},
    ),
    "multivalue": (Routing.multivalue("a"), {"multivalue_answer_routing_policy": True}),
}


@pytest.mark.parametrize(("routing", "made"), POLICIES.values(), ids=POLICIES)
def test_routing_policies(tier, zone, synth, routing, made):
    Record(tier, "www", zone=zone, name="www", type="A", values=["192.0.2.1"], routing=routing)
    record = body(synth(tier))
    assert record["set_identifier"] == "a"
    policies = {key: record[key] for key in record if key.endswith("_policy")}
    checks = {key: record[key] for key in record if key == "health_check_id"}
    assert {**policies, **checks} == made


def warnings(tier):
    return [entry.data for entry in tier.node.find_child("www").node.metadata]


def test_a_primary_record_wants_a_health_check(tier, zone):
    primary = Routing.failover("a", role="PRIMARY")
    Record(tier, "www", zone=zone, name="www", type="A", values=["192.0.2.1"], routing=primary)
    [warning] = warnings(tier)
    assert "failover-without-health-check" in warning


def test_which_can_be_acknowledged_or_given(tier, zone):
    acknowledge(tier, "failover-without-health-check", reason="switched by hand here")
    primary = Routing.failover("a", role="PRIMARY")
    Record(tier, "www", zone=zone, name="www", type="A", values=["192.0.2.1"], routing=primary)
    assert warnings(tier) == []


def test_records_of_one_name_share_a_policy(tier, zone, synth):
    for number, color in enumerate(("blue", "green"), 1):
        Record(
            tier, color, zone=zone, name="www", type="A", values=[f"192.0.2.{number}"],
            routing=Routing.weighted(color, weight=1),
        )  # fmt: skip
    Record(tier, "six", zone=zone, name="www", type="AAAA", values=["2001:db8::1"])
    assert set(synth(tier).resources("aws_route53_record")) == {"blue", "green", "six"}


CONFLICTS = {
    "same": ({}, "has a record of type A already"),
    "same in full": (
        {"name": "WWW.example.com."},
        r"has a record of type A already \(network/first\)",
    ),
    "cname beside": ({"type": "CNAME", "values": ["a.example.net"]}, "is the only one"),
    "routed beside": ({"routing": Routing.weighted("a", weight=1)}, "both a routing"),
}


@pytest.mark.parametrize(("options", "message"), CONFLICTS.values(), ids=CONFLICTS)
def test_records_that_contradict_another_are_refused(tier, zone, options, message):
    given = {"zone": zone, "name": "www", "type": "A", "values": ["192.0.2.1"]}
    Record(tier, "first", **given)
    with pytest.raises(ConfigurationError, match=message):
        Record(tier, "second", **{**given, **options})
    assert tier.node.try_find_child("second") is None


def test_nothing_stands_beside_a_cname(tier, zone):
    Record(tier, "first", zone=zone, name="www", type="CNAME", values=["a.example.net"])
    with pytest.raises(ConfigurationError, match="has a record of type CNAME already"):
        Record(tier, "second", zone=zone, name="www", type="TXT", values=["x"])


ROUTED_CONFLICTS = {
    "identifier": (Routing.weighted("a", weight=2), "set_identifier a of www.example.com is taken"),
    "kind": (Routing.multivalue("b"), "has weighted records of type A"),
    "none": (None, "give that one all values"),
}


@pytest.mark.parametrize(("routing", "message"), ROUTED_CONFLICTS.values(), ids=ROUTED_CONFLICTS)
def test_policies_that_contradict_another_are_refused(tier, zone, routing, message):
    given = {"zone": zone, "name": "www", "type": "A", "values": ["192.0.2.1"]}
    Record(tier, "first", **given, routing=Routing.weighted("a", weight=1))
    with pytest.raises(ConfigurationError, match=message):
        Record(tier, "second", **given, routing=routing)


def test_a_record_that_was_taken_back_stands_in_nobodys_way(tier, zone):
    given = {"zone": zone, "name": "www", "type": "A", "values": ["192.0.2.1"]}

    def compose():
        with all_or_nothing(tier, "whole"):
            whole = Construct(tier, "whole")
            Record(whole, "part", **given)
            Record(whole, "part", **given)

    with pytest.raises(ConfigurationError, match="id part is used already"):
        compose()
    Record(tier, "second", **given)


def test_a_taken_terraform_name_leaves_nothing(tier, zone):
    given = {"zone": zone, "type": "A", "values": ["192.0.2.1"]}
    Record(tier, "web-a", name="a", **given)
    with pytest.raises(ConfigurationError, match="is taken by web-a"):
        Record(tier, "web_a", name="b", **given)
    assert tier.node.try_find_child("web_a") is None


def many(count):
    return [f"10.0.{number // 256}.{number % 256}" for number in range(count)]


def mistyped(routing, **change):
    return dataclasses.replace(routing, **change)


W = Routing.weighted("a", weight=1)
GEO = Routing.geolocation("a", continent="EU")
BAD = {
    "zone none": ({"zone": None}, "zone is None"),
    "zone id": ({"zone": "Z123"}, "zone is Z123"),
    "name none": ({"name": None}, "name None"),
    "name at": ({"name": "@"}, 'write "" or example.com'),
    "name of another zone": ({"name": "www.example.org"}, "does not lie in the zone example.com"),
    "name misspelt": ({"name": "www.exmaple.com"}, "does not lie in the zone"),
    "name with dot elsewhere": ({"name": "www."}, "does not lie in the zone"),
    "name suffix only": ({"name": "notexample.com"}, "does not lie in the zone"),
    "name blank": ({"name": "my www"}, "labels have"),
    "name slash": ({"name": "0/24"}, "labels have"),
    "wildcard inside": ({"name": "a.*"}, "whole first label only"),
    "wildcard part": ({"name": "a*"}, "whole first label only"),
    "label long": ({"name": "a" * 64}, "DNS allows 63"),
    "name long": ({"name": ".".join(["a" * 60] * 4)}, "DNS allows 253"),
    "type none": ({"type": None}, "type None"),
    "type unknown": ({"type": "AA"}, "did you mean"),
    "type lower": ({"type": "a"}, "type a is not known"),
    "type spf": ({"type": "SPF"}, "are TXT records"),
    "type soa": ({"type": "SOA"}, "keeps SOA by itself"),
    "values text": ({"values": "192.0.2.1"}, "values is 192"),
    "values none": ({"values": None}, "values is None"),
    "values empty": ({"values": []}, "values is empty"),
    "values twice": ({"values": ["192.0.2.1", "192.0.2.1"]}, "is there twice"),
    "values many": ({"values": many(401)}, "Route 53 allows 400"),
    "value number": ({"values": [1]}, "value 1 is int"),
    "value none": ({"values": [None]}, "value None is NoneType"),
    "a short": ({"values": ["192.0.2"]}, "not valid in A records"),
    "a large": ({"values": ["192.0.2.256"]}, "not valid in A records"),
    "a name": ({"values": ["www.example.com"]}, "not valid in A records"),
    "a of six": ({"values": ["2001:db8::1"]}, "not valid in A records"),
    "aaaa of four": ({"type": "AAAA", "values": ["192.0.2.1"]}, "not valid in AAAA"),
    "aaaa scope": ({"type": "AAAA", "values": ["fe80::1%eth0"]}, "not valid in AAAA"),
    "cname address": ({"type": "CNAME", "values": ["192.0.2.1"]}, "into an A or AAAA"),
    "cname url": ({"type": "CNAME", "values": ["https://a.example"]}, "not valid in CNAME"),
    "cname relative": ({"type": "CNAME", "values": ["www"]}, "not valid in CNAME"),
    "cname two": ({"type": "CNAME", "values": ["a.example", "b.example"]}, "has one"),
    "cname apex": (
        {"name": "", "type": "CNAME", "values": ["a.example"]},
        r"apex: write AliasRecord\(",
    ),
    "ns apex": ({"name": "", "type": "NS", "values": ["a.example"]}, "zone has its own"),
    "ds apex": ({"name": "", "type": "DS", "values": ["1 13 2 ab"]}, "the zone above"),
    "mx no preference": ({"type": "MX", "values": ["mail.example.com"]}, "like 10 mail"),
    "mx large": ({"type": "MX", "values": ["65536 mail.example.com"]}, "not valid in MX"),
    "mx address": ({"type": "MX", "values": ["10 192.0.2.1"]}, "names a host"),
    "mx blanks": ({"type": "MX", "values": ["10  mail.example.com"]}, "not valid in MX"),
    "srv short": ({"type": "SRV", "values": ["10 5060 sip.example.com"]}, "a priority"),
    "srv negative": ({"type": "SRV", "values": ["-1 5 5060 a.example"]}, "not valid in SRV"),
    "caa no quotes": ({"type": "CAA", "values": ["0 issue amazon.com"]}, "in double quotes"),
    "caa flags": ({"type": "CAA", "values": ['256 issue "amazon.com"']}, "not valid in CAA"),
    "caa tag": ({"type": "CAA", "values": ['0 issues "amazon.com"']}, "not valid in CAA"),
    "ds digest": ({"type": "DS", "values": ["1 13 2 xyz"]}, "not valid in DS"),
    "txt quoted": ({"type": "TXT", "values": ['"v=spf1 -all"']}, "leave the quotes out"),
    "txt long": ({"type": "TXT", "values": ["a" * 4000]}, "Route 53 allows 4000"),
    "txt empty": ({"type": "TXT", "values": [""]}, "not valid in TXT"),
    "ttl negative": ({"ttl": -1}, "ttl is -1"),
    "ttl large": ({"ttl": 2**31}, "ttl is 2147483648"),
    "ttl text": ({"ttl": "300"}, "ttl is 300"),
    "ttl bool": ({"ttl": True}, "ttl is True"),
    "ttl none": ({"ttl": None}, "ttl is None"),
    "routing text": ({"routing": "weighted"}, "routing is weighted"),
    "weight large": ({"routing": Routing.weighted("a", weight=256)}, "weight is 256"),
    "weight bool": ({"routing": Routing.weighted("a", weight=True)}, "weight is True"),
    "identifier empty": ({"routing": Routing.weighted("", weight=1)}, "set_identifier ''"),
    "identifier long": ({"routing": Routing.multivalue("a" * 129)}, "1 to 128"),
    "identifier none": ({"routing": Routing.multivalue(None)}, "set_identifier None"),
    "health check": ({"routing": Routing.multivalue("a", health_check_id="x")}, "health check's"),
    "region unknown": ({"routing": Routing.latency("a", region="eu-centrl-1")}, "did you mean"),
    "region form": ({"routing": Routing.latency("a", region="europe")}, "region europe"),
    "role": ({"routing": Routing.failover("a", role="primary")}, "role primary"),
    "no place": ({"routing": Routing.geolocation("a")}, "give one of them"),
    "two places": ({"routing": Routing.geolocation("a", continent="EU", country="DE")}, "give one"),
    "continent": ({"routing": Routing.geolocation("a", continent="EUR")}, "continent EUR"),
    "country": ({"routing": Routing.geolocation("a", country="Germany")}, "ISO 3166-1"),
    "subdivision": (
        {"routing": Routing.geolocation("a", country="DE", subdivision="BY")},
        "country of a subdivision DE",
    ),
    "multivalue cname": (
        {"type": "CNAME", "values": ["a.example"], "routing": Routing.multivalue("a")},
        "multivalue is not for CNAME",
    ),
    "kind by hand": ({"routing": mistyped(W, kind="random")}, "kind random is not known"),
    "weight by hand": ({"routing": mistyped(W, weight=None)}, "weight is None"),
    "subdivision by hand": ({"routing": mistyped(GEO, subdivision="texas")}, "subdivision texas"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_records_are_refused(tier, zone, options, message):
    given = {"zone": zone, "name": "www", "type": "A", "values": ["192.0.2.1"]}
    with pytest.raises(ConfigurationError, match=message):
        Record(tier, "www", **{**given, **options})
    assert tier.node.try_find_child("www") is None


def test_all_faults_are_told_at_once(tier, zone):
    with pytest.raises(ConfigurationError) as caught:
        Record(tier, "www", zone=zone, name="a b", type="MX", values=["x"], ttl=-1)
    assert len(caught.value.faults) == 3


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
routings = st.builds(
    Routing,
    kind=st.one_of(scalars, st.sampled_from(["weighted", "latency", "failover", "geolocation"])),
    set_identifier=st.one_of(scalars, st.just("a")),
    weight=scalars,
    region=scalars,
    role=scalars,
    continent=scalars,
    country=scalars,
)
anything = st.one_of(
    scalars,
    st.sampled_from([*VALUES, "", "*", "www.example.com"]),
    st.lists(st.one_of(scalars, st.sampled_from(sum(VALUES.values(), []))), max_size=3),  # noqa: RUF017
    st.dictionaries(st.text(max_size=3), scalars, max_size=2),
    routings,
)
OPTIONS = ["zone", "name", "type", "values", "ttl", "routing"]


@given(st.dictionaries(st.sampled_from(OPTIONS), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors(tier, zone, change):
    tier.node.try_remove_child("any")
    given = {"zone": zone, "name": "www", "type": "A", "values": ["192.0.2.1"]}
    try:
        Record(tier, "any", **{**given, **change})
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None
