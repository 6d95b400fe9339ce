from __future__ import annotations

from itertools import pairwise

from terratiers import ConfigurationError
from terratiers.compute import (
    AdjustmentType,
    AutoScalingGroup,
    LaunchTemplate,
    MachineImage,
    Metric,
    ScalingStep,
)
from terratiers.load_balancing import ApplicationLoadBalancer, TargetGroup
from terratiers.testing import ABSENT

import pytest
from cdktf import Fn, Token
from hypothesis import given
from hypothesis import strategies as st

ORDERS = Metric(namespace="Shop", name="Orders", dimensions={"Shop": "eu", "Area": "all"})


@pytest.fixture
def group(tier, vpc):
    template = LaunchTemplate(
        tier,
        "web",
        vpc=vpc,
        instance_type="m7i.large",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )
    return AutoScalingGroup(
        tier, "servers", launch_template=template, min_capacity=1, max_capacity=4
    )


def policy(template, name):
    return template.resource(f"aws_autoscaling_policy.servers_{name}")


def test_cpu_is_kept_at_a_value(tier, group, synth):
    group.scale_on_cpu_utilization("cpu", target_utilization_percent=60)
    assert policy(synth(tier), "cpu") == {
        "name": "shop-test-servers-cpu",
        "autoscaling_group_name": "${aws_autoscaling_group.servers.name}",
        "policy_type": "TargetTrackingScaling",
        "target_tracking_configuration": {
            "target_value": 60,
            "disable_scale_in": False,
            "predefined_metric_specification": {
                "predefined_metric_type": "ASGAverageCPUUtilization"
            },
        },
    }


def test_options_of_all_targets(tier, group, synth):
    group.scale_on_cpu_utilization(
        "cpu",
        target_utilization_percent=0.5,
        disable_scale_in=True,
        estimated_instance_warmup=0,
    )
    made = policy(synth(tier), "cpu")
    assert made["estimated_instance_warmup"] == 0
    assert made["target_tracking_configuration"]["disable_scale_in"] is True
    assert made["target_tracking_configuration"]["target_value"] == 0.5


def test_network_in_and_out(tier, group, synth):
    group.scale_on_network_in("in", target_bytes=1000)
    group.scale_on_network_out("out", target_bytes=2000)
    made = synth(tier)
    for name, kind in (("in", "ASGAverageNetworkIn"), ("out", "ASGAverageNetworkOut")):
        target = policy(made, name)["target_tracking_configuration"]
        assert target["predefined_metric_specification"] == {"predefined_metric_type": kind}


def test_a_metric_of_ones_own(tier, group, synth):
    metric = Metric(
        namespace="Shop",
        name="Orders",
        dimensions={"Shop": "eu", "Area": "all"},
        statistic="Sum",
        unit="Count",
        period=30,
    )
    group.scale_to_track_metric("orders", metric=metric, target_value=2.5)
    target = policy(synth(tier), "orders")["target_tracking_configuration"]
    assert target["customized_metric_specification"] == {
        "namespace": "Shop",
        "metric_name": "Orders",
        "statistic": "Sum",
        "unit": "Count",
        "period": 30,
        "metric_dimension": [{"name": "Area", "value": "all"}, {"name": "Shop", "value": "eu"}],
    }


def test_requests_are_counted_once_the_listener_and_the_attachment_stand(tier, vpc, group, synth):
    listener = ApplicationLoadBalancer(tier, "alb", vpc=vpc).add_listener("http", port=80)
    pages = listener.add_targets("pages", port=80, targets=[group])
    group.scale_on_request_count("requests", requests_per_target=1000, target_group=pages)
    made = policy(synth(tier), "requests")
    specification = made["target_tracking_configuration"]["predefined_metric_specification"]
    assert specification == {
        "predefined_metric_type": "ALBRequestCountPerTarget",
        "resource_label": "${aws_lb.alb.arn_suffix}/"
        "${aws_lb_target_group.alb_http_pages.arn_suffix}",
    }
    assert made["depends_on"] == [
        "aws_lb_listener.alb_http",
        "aws_autoscaling_attachment.servers_alb_http_pages",
    ]


def test_each_policy_waits_for_the_attachment_to_its_own_target_group(tier, vpc, group, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    for id, port in (("pages", 80), ("api", 8080)):
        targets = alb.add_listener(id, port=port).add_targets("to", port=port, targets=[group])
        group.scale_on_request_count(id, requests_per_target=9, target_group=targets)
    made = synth(tier)
    for id in ("pages", "api"):
        attachment = f"aws_autoscaling_attachment.servers_alb_{id}_to"
        assert (
            attachment
            in made.config["resource"]["aws_autoscaling_policy"][f"servers_{id}"]["depends_on"]
        )
        assert len(policy(made, id)["depends_on"]) == 2


def test_requests_of_another_groups_targets_are_not_counted(tier, vpc, group):
    listener = ApplicationLoadBalancer(tier, "alb", vpc=vpc).add_listener("http", port=80)
    pages = listener.add_targets("pages", port=80, targets=[group])
    other = AutoScalingGroup(
        tier, "other", launch_template=group.launch_template, min_capacity=1, max_capacity=4
    )
    with pytest.raises(ConfigurationError, match="attach the group to it first"):
        other.scale_on_request_count("requests", requests_per_target=1, target_group=pages)


@pytest.mark.parametrize(
    ("steps", "bounds"),
    [
        (
            [ScalingStep(lower=10_000_000, change=1), ScalingStep(lower=11_234_567, change=2)],
            [("0", "1234567"), ("1234567", None)],
        ),
        (
            [
                ScalingStep(lower=0, change=1),
                ScalingStep(lower=1_000_000, change=2),
                ScalingStep(lower=1_000_001, change=3),
            ],
            [("0", "1000000"), ("1000000", "1000001"), ("1000001", None)],
        ),
        (
            [ScalingStep(lower=0.1, change=1), ScalingStep(lower=0.3, change=2)],
            [("0", "0.2"), ("0.2", None)],
        ),
        (
            [ScalingStep(lower=0, change=1), ScalingStep(lower=0.00001, change=2)],
            [("0", "0.00001"), ("0.00001", None)],
        ),
        (
            [ScalingStep(lower=-3, change=1), ScalingStep(lower=1e16, change=2)],
            [("0", "10000000000000004"), ("10000000000000004", None)],
        ),
    ],
    ids=["millions", "neighbours", "tenths", "small", "large"],
)
def test_bounds_are_written_in_full(tier, group, synth, steps, bounds):
    group.scale_on_metric("bytes", metric=ORDERS, steps=steps)
    made = synth(tier)
    found = policy(made, "bytes_upper")["step_adjustment"]
    lower, upper = "metric_interval_lower_bound", "metric_interval_upper_bound"
    assert [(step[lower], step.get(upper)) for step in found] == bounds


def test_an_alarm_tells_its_threshold_in_full(tier, group, synth):
    steps = [ScalingStep(lower=11_234_567, change=1)]
    group.scale_on_metric("bytes", metric=ORDERS, steps=steps)
    alarm = synth(tier).resource("aws_cloudwatch_metric_alarm.servers_bytes_upper")
    assert alarm["alarm_description"].startswith("Orders is at 11234567 or above")


def test_a_metric_is_tracked_once(tier, vpc, group):
    group.scale_on_cpu_utilization("cpu", target_utilization_percent=50)
    group.scale_on_network_in("in", target_bytes=1)
    group.scale_to_track_metric("orders", metric=ORDERS, target_value=1)
    listener = ApplicationLoadBalancer(tier, "alb", vpc=vpc).add_listener("http", port=80)
    pages = listener.add_targets("pages", port=80, targets=[group])
    group.scale_on_request_count("pages", requests_per_target=1, target_group=pages)
    before = len(group.node.children)
    same = Metric(namespace="Shop", name="Orders", dimensions={"Area": "all", "Shop": "eu"})
    for repeat, first in (
        (lambda: group.scale_on_cpu_utilization("b", target_utilization_percent=9), "cpu"),
        (lambda: group.scale_on_network_in("b", target_bytes=2), "in"),
        (lambda: group.scale_to_track_metric("b", metric=same, target_value=2), "orders"),
        (
            lambda: group.scale_on_request_count("b", requests_per_target=2, target_group=pages),
            "pages",
        ),
    ):
        with pytest.raises(ConfigurationError, match=f"the policy {first} tracks this metric"):
            repeat()
    assert len(group.node.children) == before


def test_other_metrics_are_tracked_beside_it(tier, vpc, group):
    group.scale_to_track_metric("orders", metric=ORDERS, target_value=1)
    sums = Metric(namespace="Shop", name="Orders", dimensions=ORDERS.dimensions, statistic="Sum")
    group.scale_to_track_metric("sums", metric=sums, target_value=1)
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    for id, port in (("pages", 80), ("api", 8080)):
        targets = alb.add_listener(id, port=port).add_targets("to", port=port, targets=[group])
        group.scale_on_request_count(id, requests_per_target=1, target_group=targets)
    group.scale_on_network_out("out", target_bytes=1)
    group.scale_on_network_in("in", target_bytes=1)
    group.scale_on_metric("steps", metric=ORDERS, steps=[ScalingStep(lower=1, change=1)])


def test_requests_of_a_group_that_nothing_forwards_to_are_not_counted(tier, vpc, group):
    pages = TargetGroup(tier, "pages", vpc=vpc, port=80)
    with pytest.raises(ConfigurationError) as error:
        group.scale_on_request_count("requests", requests_per_target=1, target_group=pages)
    assert "no application load balancer forwards to it" in str(error.value)
    assert "attach the group to it first" in str(error.value)
    assert group.node.try_find_child("requests") is None


@pytest.mark.parametrize("target_group", [None, "arn:aws:x"], ids=str)
def test_requests_are_those_of_a_target_group(group, target_group):
    with pytest.raises(ConfigurationError, match="pass the TargetGroup"):
        group.scale_on_request_count("r", requests_per_target=1, target_group=target_group)


def test_steps_on_both_sides(tier, group, synth):
    scaling = group.scale_on_metric(
        "orders",
        metric=ORDERS,
        steps=[
            ScalingStep(lower=70, change=3),
            ScalingStep(upper=10, change=-2),
            ScalingStep(lower=50, change=1),
            ScalingStep(upper=20, change=-1),
        ],
    )
    made = synth(tier)
    assert policy(made, "orders_upper")["step_adjustment"] == [
        {
            "scaling_adjustment": 1,
            "metric_interval_lower_bound": "0",
            "metric_interval_upper_bound": "20",
        },
        {"scaling_adjustment": 3, "metric_interval_lower_bound": "20"},
    ]
    assert policy(made, "orders_lower")["step_adjustment"] == [
        {"scaling_adjustment": -2, "metric_interval_upper_bound": "-10"},
        {
            "scaling_adjustment": -1,
            "metric_interval_lower_bound": "-10",
            "metric_interval_upper_bound": "0",
        },
    ]
    alarm = made.resource("aws_cloudwatch_metric_alarm.servers_orders_lower")
    assert alarm == {
        "alarm_name": "shop-test-servers-orders-lower",
        "alarm_description": "Orders is at 20 or below: scales network/servers",
        "namespace": "Shop",
        "metric_name": "Orders",
        "dimensions": {"Shop": "eu", "Area": "all"},
        "statistic": "Average",
        "period": 60,
        "evaluation_periods": 1,
        "comparison_operator": "LessThanOrEqualToThreshold",
        "threshold": 20,
        "alarm_actions": ["${aws_autoscaling_policy.servers_orders_lower.arn}"],
        "tags": {"Name": "shop-test-servers-orders-lower"},
    }
    upper = made.resource("aws_cloudwatch_metric_alarm.servers_orders_upper")
    assert upper["comparison_operator"] == "GreaterThanOrEqualToThreshold"
    assert upper["threshold"] == 50
    assert set(scaling.policies) == set(scaling.alarms) == {"lower", "upper"}


def test_steps_on_one_side_make_one_policy(tier, group, synth):
    group.scale_on_metric("low", metric=ORDERS, steps=[ScalingStep(upper=5, change=-1)])
    group.scale_on_metric("high", metric=ORDERS, steps=[ScalingStep(lower=5, change=1)])
    assert set(synth(tier).config["resource"]["aws_autoscaling_policy"]) == {
        "servers_low_lower",
        "servers_high_upper",
    }


def test_options_of_steps(tier, group, synth):
    group.scale_on_metric(
        "orders",
        metric=Metric(namespace="Shop", name="Latency", statistic="p99.9", period=3600),
        steps=[ScalingStep(lower=0.5, change=50)],
        adjustment_type=AdjustmentType.PERCENT_CHANGE_IN_CAPACITY,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        estimated_instance_warmup=60,
        min_adjustment_magnitude=2,
    )
    made = synth(tier)
    made.has_resource(
        "aws_autoscaling_policy",
        {
            "adjustment_type": "PercentChangeInCapacity",
            "metric_aggregation_type": "Average",
            "estimated_instance_warmup": 60,
            "min_adjustment_magnitude": 2,
        },
    )
    made.has_resource(
        "aws_cloudwatch_metric_alarm",
        {
            "extended_statistic": "p99.9",
            "statistic": ABSENT,
            "dimensions": ABSENT,
            "evaluation_periods": 3,
            "datapoints_to_alarm": 2,
            "period": 3600,
            "threshold": 0.5,
        },
    )


def test_exact_capacities_meet_in_the_middle(tier, group, synth):
    group.scale_on_metric(
        "orders",
        metric=ORDERS,
        steps=[ScalingStep(upper=10, change=1), ScalingStep(lower=10, change=4)],
        adjustment_type=AdjustmentType.EXACT_CAPACITY,
    )
    made = synth(tier)
    for name in ("lower", "upper"):
        assert (
            made.resource(f"aws_cloudwatch_metric_alarm.servers_orders_{name}")["threshold"] == 10
        )


def test_a_dimension_may_be_a_token(tier, group, synth):
    own = {"AutoScalingGroupName": group.auto_scaling_group_name}
    metric = Metric(namespace="AWS/EC2", name="CPUUtilization", dimensions=own)
    group.scale_to_track_metric("cpu", metric=metric, target_value=50)
    target = policy(synth(tier), "cpu")["target_tracking_configuration"]
    assert target["customized_metric_specification"]["metric_dimension"] == [
        {"name": "AutoScalingGroupName", "value": "${aws_autoscaling_group.servers.name}"}
    ]


def test_a_target_may_be_a_token(tier, group, synth):
    value = Token.as_number(Fn.max([40, 60]))
    group.scale_on_cpu_utilization("cpu", target_utilization_percent=value)
    target = policy(synth(tier), "cpu")["target_tracking_configuration"]
    assert target["target_value"] == "${max(40, 60)}"


def cpu(**options):
    return lambda group: group.scale_on_cpu_utilization(
        "p", **{"target_utilization_percent": 50, **options}
    )


def track(**options):
    metric = Metric(**{"namespace": "Shop", "name": "Orders", **options})
    return lambda group: group.scale_to_track_metric("p", metric=metric, target_value=1)


def steps(*given, **options):
    return lambda group: group.scale_on_metric(
        "p", **{"metric": ORDERS, "steps": list(given), **options}
    )


def step(change=1, lower=None, upper=None):
    return ScalingStep(change=change, lower=lower, upper=upper)


BAD = {
    "percent of 0": (cpu(target_utilization_percent=0), "target_utilization_percent is 0: it has"),
    "percent above 100": (cpu(target_utilization_percent=101), "above 0 and up to 100 %"),
    "percent is true": (cpu(target_utilization_percent=True), r"is True \(bool\)"),
    "percent is text": (cpu(target_utilization_percent="50"), r"is 50 \(str\)"),
    "percent is none": (cpu(target_utilization_percent=None), "is None"),
    "percent is infinite": (cpu(target_utilization_percent=float("inf")), "is inf"),
    "percent is no number": (cpu(target_utilization_percent=float("nan")), "is nan"),
    "scale-in": (cpu(disable_scale_in="no"), "disable_scale_in is no"),
    "warm-up": (cpu(estimated_instance_warmup=-1), "estimated_instance_warmup is -1"),
    "bytes": (
        lambda group: group.scale_on_network_in("p", target_bytes=-1),
        "target_bytes is -1: it has to be above 0 bytes a minute",
    ),
    "no metric": (
        lambda group: group.scale_to_track_metric("p", metric="Orders", target_value=1),
        "metric is Orders",
    ),
    "namespace": (track(namespace=":Shop"), "metric: namespace :Shop is not valid"),
    "long namespace": (track(namespace="s" * 256), "metric: namespace s+"),
    "no name": (track(name=""), "metric: name '' is not valid"),
    "dimensions": (track(dimensions=["Shop"]), "metric: dimensions is "),
    "31 dimensions": (track(dimensions={f"d{i}": "v" for i in range(31)}), "CloudWatch takes 30"),
    "dimension": (track(dimensions={"Shop": ""}), "metric: dimension Shop '' is not valid"),
    "percentile of a target": (track(statistic="p90"), "A percentile, .* is for steps only"),
    "statistic": (track(statistic="Mean"), "metric: statistic Mean is not known"),
    "unit": (track(unit="MB"), "metric: unit MB is not known"),
    "period of a target": (track(period=120), "metric: period 120 is not known"),
    "period of steps": (
        steps(step(lower=1), metric=Metric(namespace="S", name="O", period=90)),
        "metric: period 90 is not known",
    ),
    "no steps": (steps(), "steps is empty"),
    "steps are one": (
        lambda group: group.scale_on_metric("p", metric=ORDERS, steps=step(lower=1)),
        "steps is ScalingStep",
    ),
    "step is a dict": (steps({"lower": 1, "change": 1}), "step is "),
    "change of 0": (steps(step(0, lower=1)), "change is 0: leave a gap"),
    "change is half": (steps(step(0.5, lower=1)), r"step: change is 0.5 \(float\)"),
    "no bounds": (steps(step()), "lower and upper are missing"),
    "bound is text": (steps(step(lower="1")), "step: lower is 1: write a number"),
    "bound is true": (steps(step(lower=True)), "step: lower is True"),
    "bound is infinite": (steps(step(lower=float("-inf"), upper=1)), "step: lower is -inf"),
    "bounds descend": (steps(step(lower=2, upper=1)), "lower 2 is not below upper 1"),
    "bounds are equal": (steps(step(lower=2, upper=2)), "lower 2 is not below upper 2"),
    "overlap": (steps(step(lower=1, upper=9), step(lower=5)), "1 to 9 and 5 to inf overlap"),
    "two gaps": (
        steps(step(-1, upper=1), step(lower=5, upper=6), step(lower=9)),
        "steps leave 2 gaps",
    ),
    "open towards each other": (steps(step(lower=1), step(-1, upper=5)), "both open"),
    "no gap": (steps(step(-1, upper=5), step(lower=5)), "leave a gap in which nothing changes"),
    "two ends": (steps(step(lower=1, upper=5)), "end on both sides: leave the outer bound out"),
    "both ways": (
        steps(step(lower=1, upper=5), step(-1, lower=5)),
        "some add instances and some take them away",
    ),
    "21 steps": (
        steps(*(step(lower=i, upper=i + 1) for i in range(20)), step(lower=20)),
        "21 lie on one side: AWS allows 20",
    ),
    "adjustment": (steps(step(lower=1), adjustment_type="Change"), "adjustment_type Change"),
    "negative capacity": (
        steps(step(-1, lower=1), adjustment_type="ExactCapacity"),
        "step: change is -1: it has to be 0 to 100000",
    ),
    "magnitude": (
        steps(step(lower=1), min_adjustment_magnitude=2),
        "min_adjustment_magnitude is for PercentChangeInCapacity only",
    ),
    "no periods": (steps(step(lower=1), evaluation_periods=0), "evaluation_periods is 0"),
    "more than a day": (steps(step(lower=1), evaluation_periods=1441), "looks at a day"),
    "data points": (
        steps(step(lower=1), datapoints_to_alarm=2),
        "datapoints_to_alarm is 2: it has to be 1 to 1",
    ),
    "step warm-up": (steps(step(lower=1), estimated_instance_warmup=3601), "is 3601"),
}


@pytest.mark.parametrize(("scale", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_and_leaves_nothing(group, scale, message):
    before = len(group.node.children)
    with pytest.raises(ConfigurationError, match=message):
        scale(group)
    assert len(group.node.children) == before


def test_an_id_is_used_once(group):
    group.scale_on_cpu_utilization("load", target_utilization_percent=50)
    with pytest.raises(ConfigurationError, match="id load is used already"):
        group.scale_on_network_in("load", target_bytes=1)


def test_fifty_policies_are_what_aws_allows(group):
    for number in range(50):
        metric = Metric(namespace="Shop", name=f"Orders{number}")
        group.scale_to_track_metric(f"p{number}", metric=metric, target_value=50)
    with pytest.raises(ConfigurationError, match="has 50 scaling policies already"):
        group.scale_on_metric("p", metric=ORDERS, steps=[ScalingStep(lower=1, change=1)])


@given(
    st.lists(
        st.builds(
            ScalingStep,
            change=st.integers(-3, 3),
            lower=st.none() | st.integers(0, 9),
            upper=st.none() | st.integers(0, 9),
        ),
        max_size=4,
    ),
    st.sampled_from(AdjustmentType.ALL),
)
def test_steps_are_taken_or_refused_and_never_fail_otherwise(given_steps, kind):
    """What is taken covers each side without gaps, as AWS asks for."""
    from terratiers.compute.auto_scaling_steps import scaling_sides
    from terratiers.core.errors import Faults

    faults = Faults(None, "steps")
    below, above = scaling_sides(faults, given_steps, kind)
    if faults:
        return
    assert below or above
    for side in (below, above):
        for one, other in pairwise(side):
            assert one.upper == other.lower
    assert not below or below[0].lower == float("-inf")
    assert not above or above[-1].upper == float("inf")
    assert not (below and above) or below[-1].upper <= above[0].lower


def test_a_name_that_is_taken_leaves_nothing(group):
    group.scale_on_cpu_utilization("load-upper", target_utilization_percent=50)
    with pytest.raises(ConfigurationError, match="its Terraform name servers_load_upper is taken"):
        group.scale_on_metric("load", metric=ORDERS, steps=[ScalingStep(lower=1, change=1)])
    assert group.node.try_find_child("load") is None
