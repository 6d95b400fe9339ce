from __future__ import annotations

from terratiers import ConfigurationError, Environment, Tier
from terratiers.compute import DedicatedHost, InstanceType, Tenancy
from terratiers.compute.catalog import families
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.provider import AwsProvider

ZONE = "eu-central-1a"


def test_a_host_for_one_type(tier, synth):
    DedicatedHost(tier, "licences", availability_zone=ZONE, instance_type="m5.large")
    template = synth(tier)
    assert template.resource("aws_ec2_host.licences") == {
        "availability_zone": ZONE,
        "instance_type": "m5.large",
        "auto_placement": "off",
        "host_recovery": "on",
        "tags": {"Name": "shop-test-licences"},
    }


def test_a_host_for_a_family(tier, synth):
    host = DedicatedHost(tier, "licences", availability_zone=ZONE, instance_family="m5")
    synth(tier).has_resource("aws_ec2_host", {"instance_family": "m5", "instance_type": ABSENT})
    assert (host.instance_type, host.instance_family) == (None, "m5")


def test_a_type_is_taken_as_object_or_name(tier):
    it = InstanceType("m5.large")
    one = DedicatedHost(tier, "one", availability_zone=ZONE, instance_type=it)
    two = DedicatedHost(tier, "two", availability_zone=ZONE, instance_type="m5.large")
    assert one.instance_type == two.instance_type == it
    assert one.instance_family == "m5"
    assert one.availability_zone == ZONE


def test_a_type_newer_than_the_catalog_is_taken(tier, synth):
    it = InstanceType.unchecked("m99.large")
    DedicatedHost(tier, "licences", availability_zone=ZONE, instance_type=it)
    synth(tier).has_resource("aws_ec2_host", {"instance_type": "m99.large"})


def test_placement_and_recovery_are_chosen(tier, synth):
    DedicatedHost(
        tier,
        "licences",
        availability_zone=ZONE,
        instance_family="m5",
        auto_placement=True,
        host_recovery=False,
    )
    synth(tier).has_resource("aws_ec2_host", {"auto_placement": "on", "host_recovery": "off"})


def test_tags_are_added(tier, synth):
    DedicatedHost(
        tier, "licences", availability_zone=ZONE, instance_family="m5", tags={"team": "web"}
    )
    synth(tier).has_resource(
        "aws_ec2_host", {"tags": {"team": "web", "Name": "shop-test-licences"}}
    )


def test_its_id_is_a_reference(tier, synth):
    host = DedicatedHost(tier, "licences", availability_zone=ZONE, instance_family="m5")
    tier.add_output("host", host.host_id, description="Id of the host")
    synth(tier).has_output("host", {"value": "${aws_ec2_host.licences.id}"})


@pytest.mark.parametrize(
    "zone", ["us-east-1f", "us-gov-west-1a", "ap-southeast-4c", "eusc-de-east-1a", "il-central-1b"]
)
def test_zones_of_all_partitions_are_taken(app, synth, zone):
    environment = Environment(
        project="shop", name="test", region=zone[:-1], allow_unknown_region=True
    )
    tier = Tier(app, "web", environment=environment)
    DedicatedHost(tier, "licences", availability_zone=zone, instance_family="m5")
    synth(tier).has_resource("aws_ec2_host", {"availability_zone": zone})


def test_the_zone_may_be_known_to_terraform_only(tier, synth):
    zone = TerraformVariable(tier, "zone", type="string").string_value
    DedicatedHost(tier, "licences", availability_zone=zone, instance_family="m5")
    synth(tier).has_resource("aws_ec2_host", {"availability_zone": "${var.zone}"})


def test_a_plain_stack_works(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    DedicatedHost(stack, "licences", availability_zone=ZONE, instance_family="m5")
    synth(stack).has_resource("aws_ec2_host", {"tags": {"Name": "plain-licences"}})


def test_the_region_of_a_plain_stack_is_not_known(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="us-east-1")
    DedicatedHost(stack, "licences", availability_zone="us-east-1a", instance_family="m5")
    synth(stack).has_resource("aws_ec2_host", {"availability_zone": "us-east-1a"})


@pytest.mark.parametrize(
    "family", [name for name, family in families().items() if family.dedicated_hosts]
)
def test_every_family_with_hosts_is_taken(tier, family):
    host = DedicatedHost(tier, "licences", availability_zone=ZONE, instance_family=family)
    assert host.instance_family == family


@pytest.mark.parametrize(
    "family", [name for name, family in families().items() if not family.dedicated_hosts]
)
def test_families_without_hosts_are_refused(tier, family):
    with pytest.raises(ConfigurationError, match=f"{family} has no dedicated hosts: take another"):
        DedicatedHost(tier, "licences", availability_zone=ZONE, instance_family=family)


def test_tenancies_have_names():
    assert Tenancy.ALL == ("shared", "dedicated", "host")


# --- bad input

BAD_HOSTS = {
    "neither": ({}, r"^network/licences: give instance_type or instance_family, and not both"),
    "both": (
        {"instance_type": "m5.large", "instance_family": "m5"},
        "give instance_type or instance_family, and not both",
    ),
    "type unknown": ({"instance_type": "m5.huge"}, r"instance_type: m5\.huge is not in the catal"),
    "type is a family": ({"instance_type": "m5"}, "instance_type: m5 is no instance type"),
    "type number": ({"instance_type": 5}, r'instance_type is 5 \(int\): write InstanceType\("t3'),
    "type without hosts": ({"instance_type": "t2.micro"}, "t2 has no dedicated hosts"),
    "family unknown": ({"instance_family": "m55"}, r"instance_family m55 is not known; did you m"),
    "family is a type": ({"instance_family": "m5.large"}, r"instance_family m5\.large is not kno"),
    "family number": ({"instance_family": 5}, "instance_family 5 is not known"),
    "zone none": ({"availability_zone": None}, "availability_zone None is not valid"),
    "zone is a region": (
        {"availability_zone": "eu-central-1"},
        "availability_zone eu-central-1 is not valid: write a zone like eu-central-1a",
    ),
    "zone is an id": ({"availability_zone": "euc1-az2"}, "availability_zone euc1-az2 is not valid"),
    "zone upper case": ({"availability_zone": "EU-CENTRAL-1A"}, "write a zone like eu-central-1a"),
    "zone of another region": (
        {"availability_zone": "us-east-1a"},
        r"^network/licences: availability_zone us-east-1a is not in eu-central-1\.",
    ),
    "zone list": ({"availability_zone": [ZONE]}, "is not valid: write a zone"),
    "placement text": ({"auto_placement": "on"}, r"auto_placement is on \(str\): write True or Fa"),
    "placement none": ({"auto_placement": None}, r"auto_placement is None \(NoneType\)"),
    "recovery number": ({"host_recovery": 1}, r"host_recovery is 1 \(int\): write True or False"),
    "tags list": ({"tags": ["web"]}, r"tags is \['web'\] \(list\)"),
    "tags name": ({"tags": {"Name": "web"}}, "tags: Name follows from the construct's id"),
    "tags aws": ({"tags": {"aws:team": "web"}}, "begins with aws:"),
    "tags number": ({"tags": {"team": 3}}, "tags: value 3 of team is int"),
    "several": (
        {"availability_zone": "us-east-1a", "auto_placement": 0, "instance_family": "m55"},
        r"(?s)3 faults.*availability_zone us-east-1a.*instance_family m55.*auto_placement is 0",
    ),
}


@pytest.mark.parametrize(("given", "message"), BAD_HOSTS.values(), ids=BAD_HOSTS.keys())
def test_bad_input_is_refused(tier, given, message):
    known = {} if {"instance_type", "instance_family"} & set(given) else {"instance_family": "m5"}
    known = {} if not given else known
    with pytest.raises(ConfigurationError, match=message):
        DedicatedHost(tier, "licences", **{"availability_zone": ZONE, **known, **given})
    assert tier.node.try_find_child("licences") is None


@pytest.mark.parametrize("id", ["", "1a", "a b", None, "h" * 65], ids=repr)
def test_a_bad_id_is_refused(tier, id):
    with pytest.raises(ConfigurationError, match="cannot be part of a Terraform address"):
        DedicatedHost(tier, id, availability_zone=ZONE, instance_family="m5")


@pytest.mark.parametrize("zone", ["x", None], ids=repr)
def test_a_zone_that_is_not_valid_is_told_once(tier, zone):
    with pytest.raises(ConfigurationError) as caught:
        DedicatedHost(tier, "licences", availability_zone=zone, instance_family="m5")
    assert str(caught.value).count("availability_zone") == 1
