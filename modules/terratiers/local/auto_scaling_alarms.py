"""How the emulator's Auto Scaling groups follow alarms: moto runs no policy of its own accord."""

from __future__ import annotations

import json
import math
import uuid
from typing import Any

__all__ = ["apply_alarm_patches"]

_METRICS = {
    "ASGAverageCPUUtilization": ("AWS/EC2", "CPUUtilization", "Percent"),
    "ASGAverageNetworkIn": ("AWS/EC2", "NetworkIn", "Bytes"),
    "ASGAverageNetworkOut": ("AWS/EC2", "NetworkOut", "Bytes"),
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Count"),
}
# What AWS allows a group to fall below its target before it takes instances away
_LOW_SHARE = 0.9


def apply_alarm_patches() -> None:
    """Applies every patch to the moto of this process."""
    _make_the_alarms_of_targets()
    _run_policies_of_alarms()


def _make_the_alarms_of_targets() -> None:
    """A target has two alarms, one above and one below it; they go with their policy.

    moto makes none, so that nothing could tell a group that its instances are busy.
    """
    from moto.autoscaling.models import AutoScalingBackend

    stock_put, stock_delete = (
        AutoScalingBackend.put_scaling_policy,
        AutoScalingBackend.delete_policy,
    )

    def put_scaling_policy(self: Any, **options: Any) -> Any:
        _delete_alarms(self, self.policies.get(options["name"]))
        policy = stock_put(self, **options)
        policy.alarms = []
        if policy.target_tracking_configuration is not None:
            _add_alarms(self, policy)
        return policy

    def delete_policy(self: Any, group_name: str) -> None:
        _delete_alarms(self, self.policies.get(group_name))
        stock_delete(self, group_name)

    AutoScalingBackend.put_scaling_policy = put_scaling_policy
    AutoScalingBackend.delete_policy = delete_policy


def _cloudwatch(backend: Any) -> Any:
    from moto.cloudwatch.models import cloudwatch_backends

    return cloudwatch_backends[backend.account_id][backend.region_name]


def _delete_alarms(backend: Any, policy: Any) -> None:
    names = [alarm["AlarmName"] for alarm in getattr(policy, "alarms", [])]
    _cloudwatch(backend).delete_alarms(names)


def _add_alarms(backend: Any, policy: Any) -> None:
    target = vars(policy.target_tracking_configuration)
    predefined = target.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    custom = target.get("CustomizedMetricSpecification", {})
    namespace, metric, unit = _METRICS.get(
        predefined, (custom.get("Namespace"), custom.get("MetricName"), custom.get("Unit"))
    )
    group = policy.auto_scaling_group_name
    own = [{"Name": "AutoScalingGroupName", "Value": group}]
    value = float(target["TargetValue"])
    sides = [("High", "GreaterThanThreshold", value, 3)]
    if not target.get("DisableScaleIn"):
        sides.append(("Low", "LessThanThreshold", value * _LOW_SHARE, 15))
    for side, operator, threshold, periods in sides:
        alarm = _cloudwatch(backend).put_metric_alarm(
            name=f"TargetTracking-{group}-Alarm{side}-{uuid.uuid4()}",
            namespace=namespace,
            metric_name=metric,
            comparison_operator=operator,
            evaluation_periods=periods,
            period=60,
            threshold=threshold,
            statistic="Average",
            description="DO NOT EDIT OR DELETE. For TargetTrackingScaling policy " + policy.arn,
            dimensions=own if predefined else custom.get("Dimensions", []),
            alarm_actions=[policy.arn],
            unit=unit,
        )
        policy.alarms.append({"AlarmName": alarm.name, "AlarmARN": alarm.alarm_arn})


def _run_policies_of_alarms() -> None:
    """An alarm runs the scaling policies among its actions, within the group's limits.

    moto only notes the alarm's state. The metric's value is read from the last of the
    `recentDatapoints` that CloudWatch gives as `StateReasonData`; without it, the metric is taken
    to have just passed the threshold.
    """
    from moto.autoscaling.models import FakeScalingPolicy
    from moto.cloudwatch.models import CloudWatchBackend

    stock = CloudWatchBackend.set_alarm_state

    def set_alarm_state(
        self: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
    ) -> None:
        from moto.autoscaling import autoscaling_backends

        stock(self, alarm_name, reason, reason_data, state_value)
        alarm = self.alarms[alarm_name]
        if state_value != "ALARM" or not alarm.actions_enabled:
            return
        points = json.loads(reason_data or "{}").get("recentDatapoints") or [None]
        backend = autoscaling_backends[self.account_id][self.region_name]
        for policy in list(backend.policies.values()):
            if policy.arn in (alarm.alarm_actions or []):
                _execute(policy, alarm, points[-1])

    FakeScalingPolicy.execute = lambda self: _execute(self, None, None)
    CloudWatchBackend.set_alarm_state = set_alarm_state


def _execute(policy: Any, alarm: Any, value: float | None) -> None:
    group = policy.autoscaling_backend.autoscaling_groups.get(policy.auto_scaling_group_name)
    if group is None:
        return
    suspended = {process["ProcessName"] for process in group.suspended_processes}
    if alarm is not None and "AlarmNotification" in suspended:
        return
    current = group.desired_capacity
    if policy.target_tracking_configuration is not None:
        wanted = _tracked(policy, alarm, value, current)
    else:
        wanted = _adjusted(policy, _adjustment(policy, alarm, value), current)
    wanted = min(max(wanted, group.min_size), group.max_size)
    if wanted != current:
        group.set_desired_capacity(wanted)


def _tracked(policy: Any, alarm: Any, value: float | None, current: int) -> int:
    """In proportion to the metric: at twice the target, twice as many."""
    rising = alarm is None or alarm.comparison_operator.startswith("Greater")
    if value is None:
        return current + (1 if rising else -1)
    wanted = math.ceil(current * value / float(policy.target_tracking_configuration.TargetValue))
    return max(wanted, current) if rising else min(wanted, current)


def _adjustment(policy: Any, alarm: Any, value: float | None) -> int:
    """A simple policy has one; of steps it is the one in which the metric lies."""
    if policy.policy_type != "StepScaling":
        return int(policy.scaling_adjustment or 0)
    distance = 0.0 if value is None or alarm is None else value - float(alarm.threshold)
    for step in policy.step_adjustments:
        lower = float(step.get("MetricIntervalLowerBound", -math.inf))
        upper = float(step.get("MetricIntervalUpperBound", math.inf))
        above = lower <= distance < upper if distance >= 0 and lower >= 0 else False
        below = lower < distance <= upper if distance <= 0 and upper <= 0 else False
        if above or below:
            return int(step["ScalingAdjustment"])
    return 0


def _adjusted(policy: Any, adjustment: int, current: int) -> int:
    """As AWS rounds: towards zero, but by one at least.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
    """
    if policy.adjustment_type == "ExactCapacity":
        return adjustment
    if policy.adjustment_type == "ChangeInCapacity" or adjustment == 0:
        return current + adjustment
    least = int(policy.min_adjustment_magnitude or 1)
    change = max(abs(int(current * adjustment / 100)), least)
    return current + int(math.copysign(change, adjustment))
