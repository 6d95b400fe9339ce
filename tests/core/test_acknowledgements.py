from __future__ import annotations

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.core.acknowledgements import is_acknowledged, warn
from terratiers.storage import Bucket

import pytest
from constructs import Construct


def entries(construct, level):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith(level)]


def test_a_warning_tells_how_to_accept_it(tier):
    warn(tier, "too-small", "this is small.")
    assert entries(tier, "warn") == [
        '[too-small] this is small. To accept it: acknowledge(scope, "too-small", reason="...").'
    ]


def test_an_acknowledgement_covers_what_is_below_and_keeps_its_reason(tier):
    below = Construct(Construct(tier, "a"), "b")
    acknowledge(tier, "too-small", reason="large enough for a test")
    warn(below, "too-small", "this is small.")
    assert entries(below, "warn") == []
    assert entries(tier, "info") == ["[too-small] acknowledged: large enough for a test"]


def test_it_does_not_cover_what_is_beside_or_called_otherwise(tier):
    one, other = Construct(tier, "one"), Construct(tier, "other")
    acknowledge(one, "too-small", reason="large enough for a test")
    warn(other, "too-small", "small.")
    warn(one, "too-old", "old.")
    assert len(entries(other, "warn")) == 1
    assert len(entries(one, "warn")) == 1


def test_production_can_turn_it_into_an_error(app, production):
    tier = Tier(app, "network", environment=production)
    with pytest.raises(ConfigurationError, match=r"\[risky\] it is risky"):
        warn(tier, "risky", "it is risky.", error_in_production=True)
    acknowledge(tier, "risky", reason="agreed with the owner")
    warn(tier, "risky", "it is risky.", error_in_production=True)
    assert entries(tier, "warn") == []


@pytest.mark.parametrize(
    ("warning", "reason"),
    [
        ("Too Small", "large enough for a test"),
        (None, "large enough for a test"),
        ("too-small", "short"),
        ("too-small", "             "),
        ("too-small", None),
    ],
)
def test_ids_and_reasons_are_checked(tier, warning, reason):
    with pytest.raises(ConfigurationError):
        acknowledge(tier, warning, reason=reason)


def test_the_app_of_a_test_takes_acknowledgements_too(app, environment):
    """Its Python object is not the one that its constructs have as their root."""
    tier = Tier(app, "web", environment=environment)
    assert tier.node.scopes[0] is not app
    acknowledge(app, "single-nat-gateway", reason="a test environment")
    assert is_acknowledged(tier, "single-nat-gateway")
    assert not is_acknowledged(tier, "another-warning")


@pytest.mark.parametrize("scope", [None, "app", 7])
def test_what_is_no_construct_acknowledges_nothing(scope):
    with pytest.raises(ConfigurationError, match="acknowledge: scope is"):
        acknowledge(scope, "single-nat-gateway", reason="a test environment")


def skips(stack):
    """The checks that are acknowledged at each resource, as the synthesized output has them."""
    return {
        f"{kind}.{name}": body["//"]["checkov"]["skip"]
        for kind, bodies in stack.to_terraform()["resource"].items()
        for name, body in bodies.items()
        if "checkov" in body["//"]
    }


def test_a_check_is_accepted_at_the_resources_that_it_looks_at(tier):
    Bucket(tier, "uploads")
    acknowledge(tier, "CKV_AWS_18", reason="nobody asks who\n  reads it")
    assert skips(tier) == {
        "aws_s3_bucket.uploads": [{"id": "CKV_AWS_18", "comment": "nobody asks who reads it"}]
    }
    assert entries(tier, "info") == ["[CKV_AWS_18] acknowledged: nobody asks who\n  reads it"]


def test_a_check_is_accepted_for_the_whole_app_with_a_note_in_each_stack(app, environment):
    tiers = [Tier(app, name, environment=environment) for name in ("one", "other")]
    for tier in tiers:
        Bucket(tier, f"{tier.node.id}-a")
        Bucket(tier, f"{tier.node.id}-b")
    acknowledge(app, "CKV_AWS_144", reason="one region is enough")
    for tier in tiers:
        assert len(skips(tier)) == 2
        assert entries(tier, "info") == ["[CKV_AWS_144] acknowledged: one region is enough"]


def test_a_check_is_accepted_at_one_resource_and_not_beside_it(tier):
    bucket = Bucket(tier, "uploads")
    Bucket(tier, "pictures")
    acknowledge(bucket.resource, "CKV_AWS_18", reason="nobody asks who reads it")
    acknowledge(bucket, "CKV_AWS_144", reason="one region is enough")
    acknowledge(bucket, "CKV_AWS_18", reason="the latest reason counts")
    assert skips(tier) == {
        "aws_s3_bucket.uploads": [
            {"id": "CKV_AWS_18", "comment": "the latest reason counts"},
            {"id": "CKV_AWS_144", "comment": "one region is enough"},
        ]
    }


def test_a_check_that_looks_at_nothing_here_is_refused(tier):
    Construct(tier, "empty")
    with pytest.raises(ConfigurationError, match=r"CKV_AWS_18 looks at .*aws_s3_bucket.*none here"):
        acknowledge(tier, "CKV_AWS_18", reason="there is no bucket yet")


def test_a_check_of_ones_own_is_accepted_at_the_resource_itself(tier):
    bucket = Bucket(tier, "uploads")
    with pytest.raises(ConfigurationError, match=r"CKV_SHOP_1 is not in the catalog .checkov 3"):
        acknowledge(bucket, "CKV_SHOP_1", reason="nobody asks who reads it")
    acknowledge(bucket.resource, "CKV_SHOP_1", reason="nobody asks who reads it")
    assert [skip["id"] for skip in skips(tier)["aws_s3_bucket.uploads"]] == ["CKV_SHOP_1"]


@pytest.mark.parametrize("check", ["CKV_AWS", "CKV3_AWS_1", "ckv_aws_18", "CKV_AWS_18 "])
def test_the_form_of_a_check_is_checked(tier, check):
    Bucket(tier, "uploads")
    with pytest.raises(ConfigurationError, match="like CKV_AWS_18"):
        acknowledge(tier, check, reason="nobody asks who reads it")
