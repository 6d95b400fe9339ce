"""A target group knows which application load balancer forwards to it."""

from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    ListenerAction,
    ListenerCondition,
    NetworkLoadBalancer,
    TargetGroup,
    TargetGroupAttributes,
)

import pytest
from cdktf import TerraformOutput

PATH = ListenerCondition.path("/x")


@pytest.fixture
def alb(tier, vpc):
    return ApplicationLoadBalancer(tier, "alb", vpc=vpc)


@pytest.fixture
def groups(tier, vpc):
    return [TargetGroup(tier, name, vpc=vpc, port=80) for name in ("one", "two")]


def told(tier, synth, group):
    """The balancer's suffix and the addresses of what forwards, as Terraform sees them."""
    TerraformOutput(tier, "suffix", value=group.load_balancer_arn_suffix)
    after = [resource.friendly_unique_id for resource in group.load_balancer_dependencies]
    return synth(tier).outputs["suffix"]["value"], after


def test_a_group_that_nobody_forwards_to(groups):
    assert groups[0].load_balancer_arn_suffix is None
    assert groups[0].load_balancer_dependencies == ()


def test_a_default_action(tier, alb, groups, synth):
    alb.add_listener("http", default_action=ListenerAction.forward(groups[0]))
    assert told(tier, synth, groups[0]) == ("${aws_lb.alb.arn_suffix}", ["alb_http"])


def test_targets_of_a_listener(tier, alb, synth):
    group = alb.add_listener("http").add_targets("pages", port=80)
    assert told(tier, synth, group) == ("${aws_lb.alb.arn_suffix}", ["alb_http"])


def test_targets_of_a_rule(tier, alb, synth):
    group = alb.add_listener("http").add_targets("pages", port=80, priority=1, conditions=[PATH])
    assert told(tier, synth, group) == ("${aws_lb.alb.arn_suffix}", ["alb_http_pages_rule"])


def test_every_group_of_a_weighted_rule(tier, alb, groups, synth):
    http = alb.add_listener("http")
    action = ListenerAction.weighted_forward({groups[0]: 1, groups[1]: 9})
    http.add_rule("split", priority=1, conditions=[PATH], action=action)
    assert told(tier, synth, groups[1]) == ("${aws_lb.alb.arn_suffix}", ["alb_http_split"])
    assert len(groups[0].load_balancer_dependencies) == 1


def test_the_first_balancer_counts_and_all_that_forwards_is_known(tier, vpc, alb, groups, synth):
    other = ApplicationLoadBalancer(tier, "other", vpc=vpc)
    for balancer in (alb, other):
        balancer.add_listener("http", default_action=ListenerAction.forward(groups[0]))
    expected = ("${aws_lb.alb.arn_suffix}", ["alb_http", "other_http"])
    assert told(tier, synth, groups[0]) == expected


def test_a_refused_rule_is_not_noted(alb, groups):
    http = alb.add_listener("http")
    with pytest.raises(ConfigurationError, match="priority is 0"):
        http.add_rule(
            "bad", priority=0, conditions=[PATH], action=ListenerAction.forward(groups[0])
        )
    assert groups[0].load_balancer_arn_suffix is None


def test_an_imported_group_knows_of_this_stack_alone(app, environment, tier, vpc, alb, groups):
    alb.add_listener("http", default_action=ListenerAction.forward(groups[0]))
    farm = Tier(app, "farm", environment=environment)
    assert farm.use(groups[0]).load_balancer_arn_suffix is None
    attributes = TargetGroupAttributes(
        target_group_arn="arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/w/0a",
        target_group_arn_suffix="targetgroup/w/0a",
    )
    old = TargetGroup.from_attributes(tier, "old", attributes)
    assert old.load_balancer_arn_suffix is None
    assert old.load_balancer_dependencies == ()


def test_network_balancers_count_no_requests(tier, vpc):
    group = TargetGroup(tier, "tcp", vpc=vpc, port=80, protocol="TCP")
    NetworkLoadBalancer(tier, "nlb", vpc=vpc).add_listener(
        "tcp", port=80, default_target_group=group
    )
    assert group.load_balancer_arn_suffix is None


def test_a_second_default_is_refused_where_the_listener_forwards(alb, groups):
    http = alb.add_listener("http", default_action=ListenerAction.forward(groups[0]))
    with pytest.raises(ConfigurationError, match="network/one are the listener's default"):
        http.add_targets("pages", port=80)
