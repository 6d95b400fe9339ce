from __future__ import annotations

import json
from pathlib import Path

from terratiers import ConfigurationError, RemoteTier, Tier
from terratiers.compute import ElasticIp, ElasticIpAttributes

import pytest
from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

ALLOCATION = "eipalloc-0123456789abcdef0"
STATE = "data.terraform_remote_state.network.outputs"


def attributes(**change):
    return ElasticIpAttributes(
        **{"allocation_id": ALLOCATION, "public_ip": "203.0.113.7", **change}
    )


@pytest.fixture
def web(app, environment):
    return Tier(app, "web", environment=environment)


def test_it_is_an_address_in_a_vpc(tier, synth):
    ElasticIp(tier, "vpn")
    assert synth(tier).resource("aws_eip.vpn") == {
        "domain": "vpc",
        "tags": {"Name": "shop-test-vpn"},
    }


def test_tags_are_added(tier, synth):
    ElasticIp(tier, "vpn", tags={"team": "web"})
    synth(tier).has_resource("aws_eip", {"tags": {"team": "web", "Name": "shop-test-vpn"}})


def test_each_has_an_address_of_its_own(tier, synth):
    for name in ("one", "two"):
        ElasticIp(tier, name)
    template = synth(tier)
    template.resource_count("aws_eip", 2)
    assert sorted(template.resources("aws_eip")) == ["one", "two"]


def test_its_attributes_are_references(tier, synth):
    ip = ElasticIp(tier, "vpn")
    assert ip.attributes.allocation_id == ip.allocation_id
    tier.add_output("id", ip.allocation_id, description="id")
    tier.add_output("ip", ip.public_ip, description="ip")
    template = synth(tier)
    template.has_output("id", {"value": "${aws_eip.vpn.allocation_id}"})
    template.has_output("ip", {"value": "${aws_eip.vpn.public_ip}"})


def test_a_plain_stack_works(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    ElasticIp(stack, "vpn")
    synth(stack).has_resource("aws_eip", {"tags": {"Name": "plain-vpn"}})


# --- between tiers


def test_another_tier_uses_it_through_the_state(tier, web, synth):
    tier.ip = ElasticIp(tier, "vpn")
    used = web.use(tier.ip)
    assert web.use(tier.ip) is used
    web.add_output("id", used.allocation_id, description="id")
    web.add_output("ip", used.public_ip, description="ip")
    template = synth(web)
    assert template.addresses() == ["data.terraform_remote_state.network"]
    template.has_output("id", {"value": f"${{{STATE}.vpn_allocation_id}}"})
    template.has_output("ip", {"value": f"${{{STATE}.vpn_public_ip}}"})


def test_the_tier_that_owns_it_puts_it_out(tier, web, synth):
    web.use(ElasticIp(tier, "vpn"))
    template = synth(tier)
    assert set(template.outputs) == {"vpn_allocation_id", "vpn_public_ip"}
    template.has_output(
        "vpn_allocation_id",
        {
            "value": "${aws_eip.vpn.allocation_id}",
            "description": "Allocation id of the Elastic IP",
        },
    )
    template.has_output(
        "vpn_public_ip",
        {"value": "${aws_eip.vpn.public_ip}", "description": "Public IPv4 address"},
    )


def test_nothing_is_put_out_that_nobody_uses(tier, synth):
    ElasticIp(tier, "vpn")
    assert synth(tier).outputs == {}


def test_the_tier_that_uses_it_is_deployed_later(app, tier, web):
    web.use(ElasticIp(tier, "vpn"))
    app.synth()
    manifest = json.loads((Path(app.outdir) / "manifest.json").read_text())
    assert manifest["stacks"]["web"]["dependencies"] == ["network"]


def test_a_tier_does_not_use_its_own(tier):
    with pytest.raises(ConfigurationError, match="belongs to this tier"):
        tier.use(ElasticIp(tier, "vpn"))


def test_a_tier_of_another_program_is_read_alike(environment, web, synth):
    ip = web.use_remote(ElasticIp, "vpn", tier=RemoteTier.of(environment, "network"))
    web.add_output("id", ip.allocation_id, description="id")
    synth(web).has_output("id", {"value": f"${{{STATE}.vpn_allocation_id}}"})


# --- imported


@pytest.mark.parametrize("id", [ALLOCATION, "eipalloc-01234567", "${var.allocation}"])
def test_an_address_that_exists_makes_no_resource(tier, synth, id):
    ip = ElasticIp.from_attributes(tier, "vpn", attributes(allocation_id=id))
    assert (ip.allocation_id, ip.public_ip) == (id, "203.0.113.7")
    synth(tier).resource_count("aws_eip", 0)


BAD_ATTRIBUTES = {
    "none": (None, r"^network/vpn: attributes is None \(NoneType\): write ElasticIpAttributes\("),
    "id only": (ALLOCATION, r"\(str\): write ElasticIpAttributes\("),
    "mapping": ({"allocation_id": ALLOCATION}, r"\(dict\): write ElasticIpAttributes\("),
    "id of an association": (
        attributes(allocation_id="eipassoc-0123456789abcdef0"),
        "allocation_id eipassoc-0123456789abcdef0 is not valid: write an id like eipalloc-",
    ),
    "id short": (attributes(allocation_id="eipalloc-0123"), "allocation_id eipalloc-0123 is not"),
    "id upper case": (attributes(allocation_id=ALLOCATION.upper()), "allocation_id EIPALLOC"),
    "id newline": (attributes(allocation_id=f"{ALLOCATION}\n"), "is not valid: write an id"),
    "id none": (attributes(allocation_id=None), "allocation_id None is not valid"),
    "address none": (attributes(public_ip=None), "public_ip None is not valid"),
    "address is a block": (
        attributes(public_ip="203.0.113.7/32"),
        r"public_ip 203\.0\.113\.7/32 is not valid: write an IPv4 address like 203\.0\.113\.7",
    ),
    "address v6": (attributes(public_ip="2001:db8::7"), "public_ip 2001:db8::7 is not valid"),
    "address short": (attributes(public_ip="203.0.113"), r"public_ip 203\.0\.113 is not valid"),
    "address above 255": (
        attributes(public_ip="256.0.113.7"),
        r"public_ip 256\.0\.113\.7 is not v",
    ),
    "address end above 255": (
        attributes(public_ip="203.0.113.999"),
        r"public_ip 203\.0\.113\.999 is not valid",
    ),
    "address is a name": (attributes(public_ip="vpn.example.com"), r"vpn\.example\.com is not val"),
    "both": (
        attributes(allocation_id="x", public_ip="y"),
        r"(?s)2 faults.*allocation_id x.*public_ip y",
    ),
}


@pytest.mark.parametrize(("given", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_attributes_of_another_form_are_refused(tier, given, message):
    with pytest.raises(ConfigurationError, match=message):
        ElasticIp.from_attributes(tier, "vpn", given)


BAD_IPS = {
    "tags list": ({"tags": ["web"]}, r'tags is \[\'web\'\] \(list\): write \{"Key": "value"\}'),
    "tags name": ({"tags": {"Name": "web"}}, "tags: Name follows from the construct's id"),
    "tags aws": ({"tags": {"aws:team": "web"}}, "begins with aws:, which AWS keeps for itself"),
    "tags none": ({"tags": {"team": None}}, "tags: value None of team is NoneType"),
    "tags long": ({"tags": {"team": "w" * 257}}, "has 257 characters: AWS allows 0 to 256"),
    "tags too many": ({"tags": {f"t{i}": "x" for i in range(51)}}, "tags holds 51 tags"),
    "id blank": ({"id": " "}, "cannot be part of a Terraform address"),
    "id none": ({"id": None}, "id None cannot be part"),
    "scope": ({"scope": "tier"}, r"scope is tier \(str\): pass the stack or construct"),
}


@pytest.mark.parametrize(("given", "message"), BAD_IPS.values(), ids=BAD_IPS.keys())
def test_bad_input_is_refused(tier, given, message):
    with pytest.raises(ConfigurationError, match=message):
        ElasticIp(**{"scope": tier, "id": "vpn", **given})


def test_an_id_is_used_once(tier):
    ElasticIp(tier, "vpn")
    with pytest.raises(ConfigurationError, match="id vpn is used already in this scope"):
        ElasticIp(tier, "vpn")
