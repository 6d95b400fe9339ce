"""A table's capacity that follows what is used of it."""

from __future__ import annotations

from terratiers.core.names import construct_name, pin_address
from terratiers.database.billing import Capacity

from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from constructs import Construct

__all__ = ["add_scaling"]

_Metric = AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification


def add_scaling(table: Construct, table_name: str, what: str, capacity: Capacity) -> None:
    """The bounds of a table's capacity to `read` or `write`, and the policy that moves it."""
    dimension = f"dynamodb:table:{what.capitalize()}CapacityUnits"
    target = AppautoscalingTarget(
        table,
        f"{what}-target",
        service_namespace="dynamodb",
        resource_id=f"table/{table_name}",
        scalable_dimension=dimension,
        min_capacity=capacity.minimum,
        max_capacity=capacity.maximum,
    )
    pin_address(target, table, what)
    policy = AppautoscalingPolicy(
        table,
        f"{what}-policy",
        name=f"{construct_name(table)}-{what}",
        policy_type="TargetTrackingScaling",
        service_namespace="dynamodb",
        resource_id=target.resource_id,
        scalable_dimension=target.scalable_dimension,
        target_tracking_scaling_policy_configuration=AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration(
            target_value=float(capacity.target_utilization_percent),
            predefined_metric_specification=_Metric(
                predefined_metric_type=f"DynamoDB{what.capitalize()}CapacityUtilization"
            ),
        ),
    )
    pin_address(policy, table, what)
