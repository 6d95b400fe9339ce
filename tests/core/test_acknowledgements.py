from __future__ import annotations

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.core.acknowledgements import is_acknowledged, warn

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
