from __future__ import annotations

from terratiers import ConfigurationError, Environment, StateLocation, Tier

import pytest
from hypothesis import given
from hypothesis import strategies as st

GOOD = {"project": "shop", "name": "test", "region": "eu-central-1"}


def test_names_tags_and_state_follow_from_project_and_name():
    environment = Environment(**GOOD, tags={"CostCenter": "42"})

    assert environment.resource_name("vpc") == "shop-test-vpc"
    assert environment.state_key("network") == "shop/test/network.tfstate"
    assert environment.default_tags("network") == {
        "CostCenter": "42",
        "Project": "shop",
        "Environment": "test",
        "Tier": "network",
        "ManagedBy": "terraform",
    }
    assert environment.state_location == StateLocation(
        bucket="shop-test-tfstate", region="eu-central-1", kms_key="alias/shop-test-state"
    )


def test_the_account_id_makes_the_state_bucket_unique():
    environment = Environment(**GOOD, account_id="111122223333")
    assert environment.state_location.bucket == "shop-test-tfstate-111122223333"


def test_a_state_location_of_its_own_keeps_what_it_states():
    given_location = StateLocation(bucket="ours", region="us-east-1", use_kms=False)
    environment = Environment(**GOOD, state=given_location)
    assert environment.state_location == given_location


def test_partitions_follow_from_the_region():
    assert Environment(**GOOD).partition == "aws"
    assert Environment(**{**GOOD, "region": "cn-north-1"}).partition == "aws-cn"
    assert Environment(**{**GOOD, "region": "us-gov-west-1"}).partition == "aws-us-gov"
    new = Environment(**{**GOOD, "region": "cn-south-1"}, allow_unknown_region=True)
    assert new.partition == "aws-cn"


def test_an_environment_cannot_be_changed():
    environment = Environment(**GOOD, tags={"a": "b"})
    with pytest.raises(TypeError):
        environment.tags["a"] = "c"
    with pytest.raises(AttributeError):
        environment.project = "other"
    assert hash(environment) == hash(Environment(**GOOD, tags={"a": "b"}))


def test_a_new_region_needs_a_word():
    with pytest.raises(ConfigurationError, match="allow_unknown_region=True"):
        Environment(**{**GOOD, "region": "eu-north-9"})
    environment = Environment(**{**GOOD, "region": "eu-north-9"}, allow_unknown_region=True)
    assert environment.region == "eu-north-9"


BAD_ENVIRONMENTS = {
    "project missing": ({"project": ""}, "project ''"),
    "project upper case": ({"project": "Shop"}, "lower-case"),
    "project too long": ({"project": "a" * 21}, "2 to 20"),
    "project double hyphen": ({"project": "a--b"}, "single hyphens"),
    "project trailing hyphen": ({"project": "shop-"}, "single hyphens"),
    "project number": ({"project": 7}, "project 7"),
    "project newline": ({"project": "shop\n"}, "project"),
    "name too long": ({"name": "a" * 13}, "2 to 12"),
    "name None": ({"name": None}, "name None"),
    "name token": ({"name": "${var.name}"}, "name"),
    "region typo": ({"region": "eu-centrall-1"}, "did you mean eu-central-1"),
    "region is a zone": ({"region": "eu-central-1a"}, "AWS region like"),
    "region None": ({"region": None}, "region None"),
    "region with space": ({"region": "eu-central-1 "}, "AWS region like"),
    "account short": ({"account_id": "1234"}, "twelve digits"),
    "account as number": ({"account_id": 111122223333}, "twelve digits as a string"),
    "account not ASCII digits": ({"account_id": "\uff11" * 12}, "twelve digits"),
    "production as text": ({"production": "yes"}, "True or False"),
    "production as number": ({"production": 1}, "True or False"),
    "state as dict": ({"state": {"bucket": "x"}}, "StateLocation"),
    "tags as list": ({"tags": ["a"]}, "tags"),
    "tag None": ({"tags": {"a": None}}, "None or a number is no tag"),
    "tag number": ({"tags": {"a": 1}}, "write a string"),
    "tag key empty": ({"tags": {"": "x"}}, "1 to 128"),
    "tag key too long": ({"tags": {"a" * 129: "x"}}, "129 characters"),
    "tag value too long": ({"tags": {"a": "x" * 257}}, "257 characters"),
    "tag key of AWS": ({"tags": {"AWS:x": "x"}}, "keeps for itself"),
    "tag character": ({"tags": {"a": "<b>"}}, "character that AWS refuses"),
    "tag Name": ({"tags": {"Name": "x"}}, "Name follows"),
    "tag of the library": ({"tags": {"Tier": "x"}}, "Tier is set by the library"),
    "too many tags": ({"tags": {f"t{i}": "x" for i in range(46)}}, "45 are"),
    "unknown flag": ({"allow_unknown_region": None}, "allow_unknown_region is None"),
}


@pytest.mark.parametrize(
    ("change", "message"), BAD_ENVIRONMENTS.values(), ids=BAD_ENVIRONMENTS.keys()
)
def test_bad_environments_are_refused_with_value_and_remedy(change, message):
    with pytest.raises(ConfigurationError) as caught:
        Environment(**{**GOOD, **change})
    assert message in str(caught.value)
    assert caught.value.construct == "environment"


BAD_STATES = {
    "bucket empty": ({"bucket": ""}, "3 to 63"),
    "bucket upper case": ({"bucket": "State"}, "lower-case"),
    "bucket underscore": ({"bucket": "my_state"}, "3 to 63"),
    "bucket is an address": ({"bucket": "10.0.0.1"}, "no IP address"),
    "bucket reserved prefix": ({"bucket": "xn--state"}, "reserved"),
    "bucket reserved suffix": ({"bucket": "state-s3alias"}, "reserved"),
    "bucket double dot": ({"bucket": "a..b"}, "3 to 63"),
    "bucket too long": ({"bucket": "a" * 64}, "3 to 63"),
    "bucket None": ({"bucket": None}, "bucket None"),
    "region": ({"bucket": "state", "region": "moon-1"}, "region moon-1"),
    "key": ({"bucket": "state", "kms_key": "my key"}, "kms_key my key"),
    "key without KMS": ({"bucket": "s-1", "kms_key": "alias/x", "use_kms": False}, "leave one"),
    "use_kms text": ({"bucket": "state", "use_kms": "no"}, "True or False"),
    "lock table short": ({"bucket": "state", "lock_table": "x"}, "3 to 255"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_STATES.values(), ids=BAD_STATES.keys())
def test_bad_state_locations_are_refused(arguments, message):
    with pytest.raises(ConfigurationError) as caught:
        StateLocation(**arguments)
    assert message in str(caught.value)


def test_all_faults_are_reported_together():
    with pytest.raises(ConfigurationError) as caught:
        Environment(project="X", name="Y", region="Z", account_id="1")
    assert len(caught.value.faults) == 4
    assert str(caught.value).startswith("environment: 4 faults\n  - project X")


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.text(), max_size=2),
    st.dictionaries(st.text(), st.one_of(st.none(), st.text(), st.integers()), max_size=3),
)


@given(st.dictionaries(st.sampled_from([*GOOD, "account_id", "state", "tags"]), anything))
def test_whatever_comes_in_either_works_or_is_a_configuration_error(change):
    try:
        environment = Environment(**{**GOOD, **change})
    except ConfigurationError:
        return
    assert environment.resource_name("x").startswith(environment.project)


def test_a_tier_stands_in_a_region_that_the_catalog_does_not_know(app, synth):
    environment = Environment(
        project="shop", name="test", region="xx-north-1", allow_unknown_region=True
    )
    assert environment.state_location.region == "xx-north-1"
    template = synth(Tier(app, "data", environment=environment))
    assert template.config["terraform"]["backend"]["s3"]["region"] == "xx-north-1"
