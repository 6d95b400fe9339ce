from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.core.remote_tier import RemoteTier
from terratiers.dns import HostedZone, HostedZoneAttributes, Record
from terratiers.network import Vpc
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from hypothesis import given
from hypothesis import strategies as st

LOG_GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/dns/example.com"


def body(template, name="zone"):
    return template.resource(f"aws_route53_zone.{name}")


def first_vpc(template, name="zone"):
    return template.resource(f"terraform_data.{name}_first_vpc")


def test_a_zone_is_public(tier, synth):
    zone = HostedZone(tier, "zone", zone_name="Example.COM.")
    assert zone.zone_name == "example.com"
    assert body(synth(tier)) == {
        "name": "example.com",
        "force_destroy": False,
        "tags": {"Name": "shop-test-zone"},
    }


def test_every_option_of_a_public_zone(tier, synth):
    HostedZone(
        tier,
        "zone",
        zone_name="example.com",
        comment="the shop",
        query_log_group_arn=f"{LOG_GROUP}:*",
        delegation_set_id="N0123456789ABCDEF",
        force_destroy=True,
        tags={"Team": "web"},
    )
    template = synth(tier)
    zone = body(template)
    assert zone["comment"] == "the shop"
    assert zone["delegation_set_id"] == "N0123456789ABCDEF"
    assert zone["force_destroy"] is True
    assert zone["tags"] == {"Team": "web", "Name": "shop-test-zone"}
    assert template.resource("aws_route53_query_log.zone") == {
        "zone_id": "${aws_route53_zone.zone.zone_id}",
        "cloudwatch_log_group_arn": LOG_GROUP,
    }


def test_a_zone_in_production_is_not_destroyed(app, production, synth):
    tier = Tier(app, "dns", environment=production)
    HostedZone(tier, "zone", zone_name="example.com")
    assert body(synth(tier))["lifecycle"] == {"prevent_destroy": True}


def test_a_private_zone_is_made_with_its_first_vpc(tier, vpc, synth):
    other = Vpc(tier, "other", cidr_block="10.1.0.0/16")
    zone = HostedZone(tier, "zone", zone_name="internal", vpcs=[vpc, other])
    assert zone.attributes.public is False
    template = synth(tier)
    made = body(template)
    assert made["vpc"] == [{"vpc_id": "${aws_vpc.vpc.id}"}]
    assert made["lifecycle"] == {"ignore_changes": ["vpc"]}
    memory = template.resource("terraform_data.zone_first_vpc")
    assert memory["input"] == {"vpc_id": "${aws_vpc.vpc.id}"}
    assert memory["lifecycle"]["ignore_changes"] == ["input"]
    [condition] = memory["lifecycle"]["postcondition"]
    assert condition["condition"] == ("${self.input.vpc_id == aws_vpc.vpc.id}")
    assert template.resources("aws_route53_zone_association") == {
        "zone_other": {
            "zone_id": "${aws_route53_zone.zone.zone_id}",
            "vpc_id": "${aws_vpc.other.id}",
        }
    }


def test_a_private_zone_of_vpcs_of_other_tiers_and_teams(
    app, environment, tier, vpc, vpc_attributes, synth
):
    dns = Tier(app, "dns", environment=environment)
    used = dns.use(vpc)
    HostedZone(dns, "zone", zone_name="internal", vpcs=[used])
    known = Vpc.from_attributes(dns, "known", vpc_attributes)
    HostedZone(dns, "second", zone_name="second", vpcs=[known])
    template = synth(dns)
    [condition] = first_vpc(template)["lifecycle"]["postcondition"]
    assert condition["condition"].endswith("== data.terraform_remote_state.network.outputs.vpc_id}")
    [condition] = first_vpc(template, "second")["lifecycle"]["postcondition"]
    assert condition["condition"].endswith('== "vpc-0123456789abcdef0"}')


def test_another_tier_adds_its_vpc(app, environment, tier, vpc, synth):
    zone = HostedZone(tier, "zone", zone_name="internal", vpcs=[vpc])
    farm = Tier(app, "farm", environment=environment)
    farm.use(zone).add_vpc(Vpc(farm, "vpc", cidr_block="10.9.0.0/16"))
    [association] = synth(farm).resources("aws_route53_zone_association").values()
    assert association == {
        "zone_id": "${data.terraform_remote_state.network.outputs.zone_id}",
        "vpc_id": "${aws_vpc.vpc.id}",
    }


def test_a_vpc_is_added_once(tier, vpc):
    other = Vpc(tier, "other", cidr_block="10.1.0.0/16")
    zone = HostedZone(tier, "zone", zone_name="internal", vpcs=[vpc, other])
    for again in (vpc, other):
        with pytest.raises(ConfigurationError, match="was added already"):
            zone.add_vpc(again)


def test_a_public_zone_takes_no_vpc(tier, vpc):
    with pytest.raises(ConfigurationError, match="only private zones have VPCs"):
        HostedZone(tier, "zone", zone_name="example.com").add_vpc(vpc)
    with pytest.raises(ConfigurationError, match="vpc is None"):
        HostedZone(tier, "in", zone_name="internal", vpcs=[vpc]).add_vpc(None)


def test_name_servers_are_an_output_and_records_use_them(app, environment, tier, synth):
    zone = HostedZone(tier, "zone", zone_name="example.com")
    below = HostedZone(tier, "below", zone_name="dev.example.com")
    Record(tier, "ns", zone=zone, name="dev", type="NS", values=below.name_servers)
    farm = Tier(app, "farm", environment=environment)
    used = farm.use(zone)
    assert used.zone_name == "example.com"
    Record(farm, "same", zone=used, name="same", type="NS", values=used.name_servers)
    template = synth(tier)
    template.has_output("zone_id", {"value": "${aws_route53_zone.zone.zone_id}"})
    template.has_output("zone_name_servers", {"value": "${aws_route53_zone.zone.name_servers}"})
    assert template.resource("aws_route53_record.ns")["records"] == (
        "${aws_route53_zone.below.name_servers}"
    )
    assert synth(farm).resource("aws_route53_record.same")["records"] == (
        "${data.terraform_remote_state.network.outputs.zone_name_servers}"
    )


def test_a_private_zone_shares_no_name_servers(tier, vpc, synth):
    zone = HostedZone(tier, "zone", zone_name="internal", vpcs=[vpc])
    tier.share(zone)
    assert "zone_name_servers" not in synth(tier).outputs
    with pytest.raises(ConfigurationError, match="nobody delegates to a private zone"):
        _ = zone.name_servers


def test_a_zone_of_another_program(app, environment, synth):
    tier = Tier(app, "web", environment=environment)
    remote = RemoteTier.of(environment, "dns")
    zone = tier.use_remote(HostedZone, "zone", tier=remote, zone_name="example.com")
    Record(tier, "www", zone=zone, name="www", type="A", values=["192.0.2.1"])
    record = synth(tier).resource("aws_route53_record.www")
    assert record["zone_id"] == "${data.terraform_remote_state.dns.outputs.zone_id}"
    assert record["name"] == "www.example.com"


def test_a_zone_is_looked_up(app, environment, tier, synth):
    zone = HostedZone.from_lookup(tier, "zone", zone_name="example.com")
    HostedZone.from_lookup(
        tier, "in", zone_name="internal", private=True, vpc_id="vpc-0123456789abcdef0"
    )
    Record(tier, "ns", zone=zone, name="dev", type="NS", values=zone.name_servers)
    farm = Tier(app, "farm", environment=environment)
    assert farm.use(zone).zone_name == "example.com"
    template = synth(tier)
    assert template.config["data"]["aws_route53_zone"] == {
        "zone": {"name": "example.com", "private_zone": False},
        "in": {"name": "internal", "private_zone": True, "vpc_id": "vpc-0123456789abcdef0"},
    }
    record = template.resource("aws_route53_record.ns")
    assert record["zone_id"] == "${data.aws_route53_zone.zone.zone_id}"
    assert record["records"] == "${data.aws_route53_zone.zone.name_servers}"
    assert "aws_route53_zone" not in template.config["resource"]


def test_a_zone_that_exists(tier, synth):
    zone = HostedZone.from_attributes(
        tier,
        "old",
        HostedZoneAttributes(
            zone_name="example.com", zone_id="Z0123456789ABC", name_servers=["ns-1.awsdns-01.com"]
        ),
    )
    assert zone.name_servers == ["ns-1.awsdns-01.com"]
    Record(tier, "www", zone=zone, name="", type="A", values=["192.0.2.1"])
    synth(tier).has_resource(
        "aws_route53_record", {"zone_id": "Z0123456789ABC", "name": "example.com"}
    )
    plain = HostedZoneAttributes(zone_name="example.org", zone_id="Z1")
    with pytest.raises(ConfigurationError, match="name servers are not known: give them"):
        _ = HostedZone.from_attributes(tier, "plain", plain).name_servers


@pytest.mark.parametrize("written", ["Example.dev.", "EXAMPLE.DEV", "example.dev."])
def test_the_name_of_a_zone_that_exists_may_be_written_otherwise(tier, synth, written):
    zone = HostedZone.from_attributes(
        tier, "old", HostedZoneAttributes(zone_name=written, zone_id="Z0123456789ABC")
    )
    assert zone.zone_name == zone.attributes.zone_name == "example.dev"
    Record(tier, "www", zone=zone, name="www", type="A", values=["192.0.2.1"])
    Record(tier, "api", zone=zone, name="api.example.dev", type="A", values=["192.0.2.1"])
    records = synth(tier).resources("aws_route53_record")
    assert {body["name"] for body in records.values()} == {"www.example.dev", "api.example.dev"}


def test_a_plain_stack_will_do(app, synth):
    stack = TerraformStack(app, "mine")
    AwsProvider(stack, "aws", region="eu-central-1")
    HostedZone(stack, "zone", zone_name="example.com")
    made = body(synth(stack))
    assert made["tags"] == {"Name": "mine-zone"}
    synth(stack).has_resource("aws_route53_zone", {"vpc": ABSENT, "comment": ABSENT})


LONG_LABEL = "a" * 64
BAD = {
    "name none": ({"zone_name": None}, "zone_name None is NoneType"),
    "name number": ({"zone_name": 7}, "zone_name 7 is int"),
    "name token": ({"zone_name": "${var.zone}"}, "has to be known now"),
    "name empty": ({"zone_name": ""}, "zone_name '' is not valid"),
    "name blank": ({"zone_name": "my shop.com"}, "labels have letters"),
    "name of one label": ({"zone_name": "com"}, "write it in full"),
    "name with empty label": ({"zone_name": "example..com"}, "single dots"),
    "name dot first": ({"zone_name": ".example.com"}, "single dots"),
    "name hyphen first": ({"zone_name": "-a.example.com"}, "labels have"),
    "name wildcard": ({"zone_name": "*.example.com"}, "wildcard"),
    "name is url": ({"zone_name": "https://example.com"}, "labels have"),
    "name is address": ({"zone_name": "192.0.2.1"}, "ends in a number"),
    "name unicode": ({"zone_name": "b\u00fccher.example"}, "xn--bcher-kva.example"),
    "label long": ({"zone_name": f"{LONG_LABEL}.com"}, "DNS allows 63"),
    "name long": ({"zone_name": ".".join(["a" * 60] * 5) + ".com"}, "DNS allows 253"),
    "vpcs empty": ({"vpcs": []}, "vpcs is empty"),
    "vpcs text": ({"vpcs": "vpc-1"}, "vpcs is vpc-1"),
    "vpcs id": ({"vpcs": ["vpc-0123456789abcdef0"]}, r"Vpc\.from_attributes"),
    "comment long": ({"comment": "a" * 257}, "up to 256"),
    "comment number": ({"comment": 1}, "comment 1"),
    "log region": (
        {"query_log_group_arn": LOG_GROUP.replace("us-east-1", "eu-central-1")},
        "logs to us-east-1 only",
    ),
    "log name": ({"query_log_group_arn": "/dns/example.com"}, "write an ARN of logs"),
    "log stream": ({"query_log_group_arn": f"{LOG_GROUP}:log-stream:a"}, "write an ARN of logs"),
    "delegation set": ({"delegation_set_id": "/delegationset/N1"}, "without /delegationset/"),
    "destroy text": ({"force_destroy": "yes"}, "force_destroy is yes"),
    "destroy none": ({"force_destroy": None}, "force_destroy is None"),
    "tags list": ({"tags": ["a"]}, "tags is"),
    "tag name": ({"tags": {"Name": "x"}}, "Name follows"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_zones_are_refused(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        HostedZone(tier, "zone", **{"zone_name": "example.com", **options})
    assert tier.node.try_find_child("zone") is None


def test_what_does_not_go_with_a_private_zone(tier, vpc):
    with pytest.raises(ConfigurationError) as caught:
        HostedZone(
            tier,
            "zone",
            zone_name="internal",
            vpcs=[vpc, vpc],
            query_log_group_arn=LOG_GROUP,
            delegation_set_id="N1",
        )
    text = str(caught.value)
    for part in ("is there twice", "query_log_group_arn is for public", "delegation_set_id is for"):
        assert part in text
    assert tier.node.try_find_child("zone") is None


def test_records_of_others_stay_in_production(app, production):
    tier = Tier(app, "dns", environment=production)
    with pytest.raises(ConfigurationError, match="force_destroy is True in production"):
        HostedZone(tier, "zone", zone_name="example.com", force_destroy=True)


BAD_ATTRIBUTES = {
    "name": ({"zone_name": "com"}, "zone_name com"),
    "id path": ({"zone_id": "/hostedzone/Z1"}, "without /hostedzone/"),
    "id none": ({"zone_id": None}, "zone_id None"),
    "public text": ({"public": "no"}, "public is no"),
    "servers text": ({"name_servers": "ns1.example.com"}, "name_servers is ns1"),
    "servers empty": ({"name_servers": []}, "leave it out"),
    "servers address": ({"name_servers": ["192.0.2.1"]}, "an address is no name"),
    "servers of private": (
        {"name_servers": ["ns1.example.com"], "public": False},
        "are for public zones",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES)
def test_bad_attributes_are_refused(tier, change, message):
    known = {"zone_name": "example.com", "zone_id": "Z0123456789ABC"}
    with pytest.raises(ConfigurationError, match=message):
        HostedZone.from_attributes(tier, "old", HostedZoneAttributes(**{**known, **change}))
    assert tier.node.try_find_child("old") is None


def test_attributes_have_to_be_attributes(tier):
    with pytest.raises(ConfigurationError, match="write HostedZoneAttributes"):
        HostedZone.from_attributes(tier, "old", "Z0123456789ABC")


BAD_LOOKUPS = {
    "name": ({"zone_name": "*.example.com"}, "wildcard"),
    "private text": ({"private": "yes"}, "private is yes"),
    "vpc of public": ({"vpc_id": "vpc-0123456789abcdef0"}, "vpc_id is for private"),
    "vpc id": ({"private": True, "vpc_id": "subnet-1"}, "vpc_id subnet-1"),
}


@pytest.mark.parametrize(("options", "message"), BAD_LOOKUPS.values(), ids=BAD_LOOKUPS)
def test_bad_lookups_are_refused(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        HostedZone.from_lookup(tier, "zone", **{"zone_name": "example.com", **options})
    assert tier.node.try_find_child("zone") is None


names = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=12),
    st.from_regex(r"[a-z*_-]{1,8}(\.[a-z0-9*_-]{0,8}){0,3}\.?", fullmatch=True),
)


@given(names)
def test_nothing_but_configuration_errors(tier, name):
    tier.node.try_remove_child("any")
    try:
        HostedZone(tier, "any", zone_name=name)
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None
