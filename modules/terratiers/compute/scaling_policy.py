"""Target tracking: a group grows and shrinks so that a metric stays at a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from terratiers.compute.auto_scaling_metric import Metric, check_number
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import check_bool, check_int

from cdktf_cdktf_provider_aws.autoscaling_policy import (
    AutoscalingPolicy,
    AutoscalingPolicyTargetTrackingConfiguration,
    AutoscalingPolicyTargetTrackingConfigurationCustomizedMetricSpecification,
    AutoscalingPolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricDimension,
    AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification,
)
from constructs import Construct

__all__ = ["PredefinedMetric", "add_target_tracking", "check_target_tracking"]


class PredefinedMetric:
    """What EC2 Auto Scaling measures of a group by itself, as an average of its instances.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
    """

    CPU_UTILIZATION = "ASGAverageCPUUtilization"
    NETWORK_IN = "ASGAverageNetworkIn"
    NETWORK_OUT = "ASGAverageNetworkOut"
    REQUESTS_PER_TARGET = "ALBRequestCountPerTarget"


def check_target_tracking(
    faults: Faults,
    name: str,
    value: object,
    what: str,
    *,
    high: float | None = None,
    disable_scale_in: object,
    estimated_instance_warmup: object,
) -> None:
    """Notes what is no target, `name`, and what is wrong with the options of all targets."""
    check_number(faults, name, value, what, high=high)
    check_bool(faults, "disable_scale_in", disable_scale_in)
    if estimated_instance_warmup is not None:
        warmup = estimated_instance_warmup
        check_int(faults, "estimated_instance_warmup", warmup, 0, 3600, "seconds")


def add_target_tracking(
    group: Construct,
    id: str,
    *,
    group_name: str,
    target_value: float,
    metric: Metric | str,
    disable_scale_in: bool,
    estimated_instance_warmup: int | None,
    resource_label: str | None = None,
    depends_on: Sequence[Any] = (),
) -> AutoscalingPolicy:
    """The policy; a `metric` that is text is one of `PredefinedMetric`."""
    policy = AutoscalingPolicy(
        group,
        id,
        name=construct_name(group, id),
        autoscaling_group_name=group_name,
        policy_type="TargetTrackingScaling",
        estimated_instance_warmup=estimated_instance_warmup,
        target_tracking_configuration=AutoscalingPolicyTargetTrackingConfiguration(
            target_value=target_value,
            disable_scale_in=disable_scale_in,
            predefined_metric_specification=_predefined(metric, resource_label)
            if isinstance(metric, str)
            else None,
            customized_metric_specification=_customized(metric)
            if isinstance(metric, Metric)
            else None,
        ),
        depends_on=list(depends_on) or None,
    )
    pin_address(policy, group, id)
    return policy


def _predefined(
    metric: str, label: str | None
) -> AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification:
    return AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification(
        predefined_metric_type=metric, resource_label=label
    )


def _customized(
    metric: Metric,
) -> AutoscalingPolicyTargetTrackingConfigurationCustomizedMetricSpecification:
    dimension = (
        AutoscalingPolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricDimension
    )
    return AutoscalingPolicyTargetTrackingConfigurationCustomizedMetricSpecification(
        namespace=metric.namespace,
        metric_name=metric.name,
        statistic=metric.statistic,
        unit=metric.unit,
        period=metric.period,
        metric_dimension=[
            dimension(name=name, value=value) for name, value in sorted(metric.dimensions.items())
        ]
        or None,
    )
