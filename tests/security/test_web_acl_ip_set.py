from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.security import IpSet, IpSetAttributes, WebAcl, WebAclRule

import pytest

ARN = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/office/0123-4567"


def test_a_list_of_addresses(tier, synth):
    IpSet(tier, "office", addresses=["203.0.113.0/24", "198.51.100.7/32"], tags={"Team": "web"})
    assert synth(tier).resource("aws_wafv2_ip_set.office") == {
        "name_prefix": "shop-test-office-",
        "scope": "REGIONAL",
        "ip_address_version": "IPV4",
        "addresses": ["203.0.113.0/24", "198.51.100.7/32"],
        "tags": {"Team": "web", "Name": "shop-test-office"},
        "lifecycle": {"create_before_destroy": True},
    }


def test_ipv6_and_an_empty_list(tier, synth):
    IpSet(tier, "six", addresses=["2001:db8::/32"], ip_version=6)
    IpSet(tier, "none", addresses=())
    template = synth(tier)
    assert template.resource("aws_wafv2_ip_set.six")["ip_address_version"] == "IPV6"
    assert template.resource("aws_wafv2_ip_set.none")["addresses"] == []


def test_another_tier_uses_it(app, environment, tier, synth):
    office = IpSet(tier, "office", addresses=[])
    web = Tier(app, "web", environment=environment)
    rule = WebAclRule.ip_set("office", priority=1, ip_set=web.use(office))
    WebAcl(web, "acl", rules=[rule], logging=None)
    [made] = synth(web).resource("aws_wafv2_web_acl.acl")["rule"]
    assert made["statement"]["ip_set_reference_statement"]["arn"] == (
        "${data.terraform_remote_state.network.outputs.office_ip_set_arn}"
    )


def test_a_set_that_exists(tier):
    assert IpSet.from_attributes(tier, "old", IpSetAttributes(ip_set_arn=ARN)).ip_set_arn == ARN


BAD = {
    "none": ({"addresses": None}, "addresses is None"),
    "text": ({"addresses": "10.0.0.0/8"}, "write a list"),
    "address": ({"addresses": ["203.0.113.7"]}, "is not an IPv4 CIDR block"),
    "host bits": ({"addresses": ["203.0.113.7/24"]}, "write 203.0.113.0/24"),
    "everybody": ({"addresses": ["0.0.0.0/0"]}, "too large"),
    "version 6": ({"addresses": ["2001:db8::/32"]}, "is IPv6: an IPv4 block"),
    "version 4": ({"addresses": ["10.0.0.0/8"], "ip_version": 6}, "is IPv4: an IPv6 block"),
    "twice": ({"addresses": ["10.0.0.0/8", "10.0.0.0/8"]}, "is there twice"),
    "many": ({"addresses": ["10.0.0.0/8"] * 10_001}, "holds 10001 blocks"),
    "ip version": ({"ip_version": 5}, "ip_version 5"),
    "ip version text": ({"ip_version": "IPV4"}, "ip_version IPV4"),
    "ip version bool": ({"ip_version": True}, "ip_version True"),
    "scope": ({"acl_scope": "GLOBAL"}, "acl_scope GLOBAL"),
    "cloudfront": ({"acl_scope": "CLOUDFRONT"}, "in us-east-1"),
    "tags": ({"tags": {"Name": "x"}}, "Name follows"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        IpSet(tier, "office", **{"addresses": [], **options})
    assert tier.node.try_find_child("office") is None


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ("arn", "attributes is arn"),
        (IpSetAttributes(ip_set_arn="arn"), "ip_set_arn arn"),
        (IpSetAttributes(ip_set_arn=ARN, acl_scope="CLOUDFRONT"), "global/ipset"),
    ],
    ids=["text", "arn", "scope"],
)
def test_bad_attributes_are_refused(tier, attributes, message):
    with pytest.raises(ConfigurationError, match=message):
        IpSet.from_attributes(tier, "old", attributes)
