from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.core.names import dependency, pin_address, resource_name

import pytest
from cdktf import TerraformResource, TerraformStack
from cdktf_cdktf_provider_aws.vpc import Vpc as RawVpc
from constructs import Construct


def test_names_carry_project_and_environment_in_a_tier_and_the_stack_elsewhere(app, tier):
    assert resource_name(tier, "vpc") == "shop-test-vpc"
    assert resource_name(TerraformStack(app, "plain"), "vpc") == "plain-vpc"


def test_an_address_follows_from_the_path(tier, synth):
    owner = Construct(Construct(tier, "front"), "north-wing")
    vpc = RawVpc(owner, "resource", cidr_block="10.0.0.0/16")
    pin_address(vpc, owner, "main")
    assert synth(tier).addresses() == ["aws_vpc.front_north_wing_main"]


def test_a_dependency_that_is_set_later_names_the_pinned_address(tier, synth):
    first, second = Construct(tier, "first"), Construct(tier, "second")
    vpcs = [RawVpc(owner, "resource", cidr_block="10.0.0.0/16") for owner in (first, second)]
    for vpc, owner in zip(vpcs, (first, second), strict=True):
        pin_address(vpc, owner)
    vpcs[1].depends_on = [dependency(vpcs[0])]
    assert synth(tier).resource("aws_vpc.second")["depends_on"] == ["aws_vpc.first"]


def test_a_resource_without_bindings_can_be_depended_on(tier):
    resource = TerraformResource(tier, "it", terraform_resource_type="aws_new_thing")
    resource.override_logical_id("it")
    assert dependency(resource) == "aws_new_thing.it"


def test_one_address_is_not_given_twice(tier):
    first, second = Construct(tier, "a-b"), Construct(tier, "a_b")
    pin_address(RawVpc(first, "resource", cidr_block="10.0.0.0/16"), first)
    with pytest.raises(ConfigurationError, match=r"its Terraform name a_b is taken by network/a-b"):
        pin_address(RawVpc(second, "resource", cidr_block="10.1.0.0/16"), second)


def test_ids_that_terraform_cannot_tell_apart_are_refused_before_anything_is_made(tier):
    from terratiers.security import Key

    Key(tier, "web-a", description="one")
    with pytest.raises(ConfigurationError, match="Terraform name web_a is taken by web-a"):
        Key(tier, "web_a", description="two")
    assert tier.node.try_find_child("web_a") is None


def test_an_id_whose_owner_was_taken_away_is_free_again(tier):
    from terratiers.security import Key

    with pytest.raises(ConfigurationError):
        Key(tier, "web-a", description="")
    Key(tier, "web_a", description="two")
