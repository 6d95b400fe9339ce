"""Step scaling: the further a metric is off, the more a group changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from terratiers.compute.auto_scaling_metric import Metric
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import (
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_sequence,
    show,
)

from cdktf_cdktf_provider_aws.autoscaling_policy import (
    AutoscalingPolicy,
    AutoscalingPolicyStepAdjustment,
)
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm

__all__ = ["AdjustmentType", "ScalingStep", "StepScaling", "scaling_sides"]

# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html
_MAX_STEPS = 20
_MAX_PERIODS = 86_400


class AdjustmentType:
    """What the `change` of a step means.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
    """

    CHANGE_IN_CAPACITY = "ChangeInCapacity"
    PERCENT_CHANGE_IN_CAPACITY = "PercentChangeInCapacity"
    EXACT_CAPACITY = "ExactCapacity"
    ALL = (CHANGE_IN_CAPACITY, PERCENT_CHANGE_IN_CAPACITY, EXACT_CAPACITY)


@dataclass(frozen=True, kw_only=True)
class ScalingStep:
    """What happens while the metric lies between two values.

    Args:
        change: Instances to add (take away: negative), percent of them, or how many there are to
            be, as the policy's `adjustment_type` says.
        lower: From this value on. Default: where the step below ends; without one, no limit.
        upper: Up to this value. Default: where the step above begins; without one, no limit.
    """

    change: int
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class _Interval:
    lower: float
    upper: float
    change: int


def scaling_sides(
    faults: Faults, steps: object, adjustment_type: object
) -> tuple[list[_Interval], list[_Interval]]:
    """The steps below and above the range in which nothing changes, each in ascending order.

    Notes steps that overlap, leave more than one gap, or do not go on to the end of their side.
    """
    items = check_sequence(faults, "steps", steps, "[ScalingStep(lower=70, change=1)]") or ()
    if not items and isinstance(steps, (list, tuple)):
        faults.add("steps is empty: write at least one ScalingStep.")
    intact = not faults
    for item in items:
        intact = _check_step(faults, item, adjustment_type) and intact
    if not intact or not items:
        return [], []
    found = _completed(faults, sorted(items, key=_position))
    if not found:
        return [], []
    for one, other in pairwise(found):
        if one.upper > other.lower:
            faults.add(f"steps: {_text(one)} and {_text(other)} overlap.")
            return [], []
    below, above = _split(faults, found, exact=adjustment_type == AdjustmentType.EXACT_CAPACITY)
    for side in (below, above):
        _check_side(faults, side, adjustment_type)
    return below, above


def _check_step(faults: Faults, step: object, adjustment_type: object) -> bool:
    example = "ScalingStep(lower=70, change=1)"
    given = check_instance(faults, "step", step, ScalingStep, example)
    if given is None:
        return False
    exact = adjustment_type == AdjustmentType.EXACT_CAPACITY
    low = 0 if exact else -100_000
    change = check_int(faults, "step: change", given.change, low, 100_000, "(instances or %)")
    if change == 0 and not exact:
        faults.add("step: change is 0: leave a gap between the steps where nothing is to change.")
        return False
    ends = {"lower": given.lower, "upper": given.upper}
    for name, value in ends.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (number and math.isfinite(value)):
            faults.add(f"step: {name} is {show(value)}: write a number, or leave it out.")
            return False
    if given.lower is None and given.upper is None:
        faults.add("step: lower and upper are missing: give one of them, or both.")
        return False
    if given.lower is not None and given.upper is not None and given.lower >= given.upper:
        faults.add(f"step: lower {given.lower} is not below upper {given.upper}.")
        return False
    return change is not None


def _position(step: ScalingStep) -> tuple[float, float]:
    """Where a step stands among others: by the bound that it has."""
    if step.lower is None:
        assert step.upper is not None
        return step.upper, -math.inf
    return step.lower, math.inf if step.upper is None else step.upper


def _completed(faults: Faults, steps: Sequence[ScalingStep]) -> list[_Interval]:
    """The steps with the bounds that were left out."""
    found: list[_Interval] = []
    for place, step in enumerate(steps):
        lower, upper = step.lower, step.upper
        if lower is None:
            lower = found[-1].upper if found else -math.inf
        if upper is None:
            after = steps[place + 1] if place + 1 < len(steps) else None
            if after is not None and after.lower is None:
                faults.add(
                    f"steps: one from {lower} and one up to {after.upper} are both open "
                    "towards each other: give one of them its other end."
                )
                return []
            upper = math.inf if after is None else after.lower
        assert upper is not None
        found.append(_Interval(lower, upper, step.change))
    return found


def _split(
    faults: Faults, found: list[_Interval], *, exact: bool
) -> tuple[list[_Interval], list[_Interval]]:
    pairs = pairwise(found)
    gaps = [place for place, (one, other) in enumerate(pairs, 1) if one.upper < other.lower]
    if len(gaps) > 1:
        faults.add(f"steps leave {len(gaps)} gaps: one is allowed, in which nothing changes.")
        return [], []
    if gaps:
        return found[: gaps[0]], found[gaps[0] :]
    open_below, open_above = found[0].lower == -math.inf, found[-1].upper == math.inf
    if open_below and open_above:
        if exact and len(found) > 1:
            return found[: len(found) // 2], found[len(found) // 2 :]
        faults.add("steps cover every value: leave a gap in which nothing changes.")
        return [], []
    return (found, []) if open_below else ([], found)


def _check_side(faults: Faults, side: Sequence[_Interval], adjustment_type: object) -> None:
    if not side:
        return
    if len(side) > _MAX_STEPS:
        faults.add(f"steps: {len(side)} lie on one side: AWS allows {_MAX_STEPS} in a policy.")
    if side[0].lower != -math.inf and side[-1].upper != math.inf:
        faults.add(
            f"steps: those from {side[0].lower} to {side[-1].upper} end on both sides: leave "
            "the outer bound out, else nothing happens beyond it."
        )
    directions = {step.change > 0 for step in side}
    if len(directions) > 1 and adjustment_type != AdjustmentType.EXACT_CAPACITY:
        faults.add("steps: on one side of the gap some add instances and some take them away.")


def _text(step: _Interval) -> str:
    return f"{_plain(step.lower)} to {_plain(step.upper)}"


class StepScaling(Construct):
    """One or two step policies with their alarms. Made by `scale_on_metric`.

    Args are described there; `policies` and `alarms` hold `lower` and `upper`, whichever there are.
    """

    def __init__(
        self,
        group: Construct,
        id: str,
        *,
        group_name: str,
        metric: Metric,
        steps: Sequence[ScalingStep],
        adjustment_type: str,
        evaluation_periods: int,
        datapoints_to_alarm: int | None,
        estimated_instance_warmup: int | None,
        min_adjustment_magnitude: int | None,
    ) -> None:
        faults = check_scope(group, id)
        check_choice(faults, "adjustment_type", adjustment_type, AdjustmentType.ALL)
        given = check_instance(faults, "metric", metric, Metric, 'Metric(namespace="AWS/SQS", ...)')
        if given:
            given.check(faults, alarm=True)
        periods = check_int(
            faults, "evaluation_periods", evaluation_periods, 1, 8640, "periods (CloudWatch)"
        )
        if given and periods and not faults and periods * given.period > _MAX_PERIODS:
            faults.add(
                f"evaluation_periods is {periods} of {given.period} s: CloudWatch looks at a day."
            )
        if datapoints_to_alarm is not None:
            needed = datapoints_to_alarm
            check_int(faults, "datapoints_to_alarm", needed, 1, periods or 8640, "of the periods")
        if estimated_instance_warmup is not None:
            warmup = estimated_instance_warmup
            check_int(faults, "estimated_instance_warmup", warmup, 0, 3600, "seconds")
        if min_adjustment_magnitude is not None:
            magnitude = min_adjustment_magnitude
            check_int(faults, "min_adjustment_magnitude", magnitude, 1, 100_000, "instances")
            if adjustment_type != AdjustmentType.PERCENT_CHANGE_IN_CAPACITY:
                faults.add("min_adjustment_magnitude is for PercentChangeInCapacity only.")
        below, above = scaling_sides(faults, steps, adjustment_type)
        faults.raise_any()
        super().__init__(group, id)
        self._metric = metric
        self._periods = evaluation_periods, datapoints_to_alarm
        self.policies: dict[str, AutoscalingPolicy] = {}
        self.alarms: dict[str, CloudwatchMetricAlarm] = {}
        with all_or_nothing(group, id):
            for name, side in (("lower", below), ("upper", above)):
                if not side:
                    continue
                threshold = side[-1].upper if name == "lower" else side[0].lower
                self.policies[name] = policy = AutoscalingPolicy(
                    self,
                    f"{name}-policy",
                    name=construct_name(self, name),
                    autoscaling_group_name=group_name,
                    policy_type="StepScaling",
                    adjustment_type=adjustment_type,
                    metric_aggregation_type=_aggregation(metric.statistic),
                    estimated_instance_warmup=estimated_instance_warmup,
                    min_adjustment_magnitude=min_adjustment_magnitude,
                    step_adjustment=[
                        AutoscalingPolicyStepAdjustment(
                            scaling_adjustment=step.change,
                            metric_interval_lower_bound=_bound(step.lower, threshold),
                            metric_interval_upper_bound=_bound(step.upper, threshold),
                        )
                        for step in side
                    ],
                )
                pin_address(policy, self, name)
                self.alarms[name] = self._add_alarm(name, threshold, policy)

    def _add_alarm(
        self, name: str, threshold: float, policy: AutoscalingPolicy
    ) -> CloudwatchMetricAlarm:
        from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm

        metric = self._metric
        percentile = metric.statistic.startswith("p")
        operator = "LessThanOrEqualTo" if name == "lower" else "GreaterThanOrEqualTo"
        alarm = CloudwatchMetricAlarm(
            self,
            f"{name}-alarm",
            alarm_name=construct_name(self, name),
            alarm_description=f"{metric.name} is at {_plain(threshold)} or "
            f"{'below' if name == 'lower' else 'above'}: scales {self.node.scope.node.path}",  # type: ignore[union-attr]
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=dict(metric.dimensions) or None,
            statistic=None if percentile else metric.statistic,
            extended_statistic=metric.statistic if percentile else None,
            unit=metric.unit,
            period=metric.period,
            evaluation_periods=self._periods[0],
            datapoints_to_alarm=self._periods[1],
            comparison_operator=f"{operator}Threshold",
            threshold=threshold,
            alarm_actions=[policy.arn],
            tags={"Name": construct_name(self, name)},
        )
        pin_address(alarm, self, name)
        return alarm


def _aggregation(statistic: str) -> str:
    """How the group sums up several data points, which is only asked for the usual three."""
    return statistic if statistic in ("Average", "Minimum", "Maximum") else "Average"


def _bound(value: float, threshold: float) -> str | None:
    """A step's end as its distance from the alarm's threshold; None for no end."""
    if math.isinf(value):
        return None
    return _plain(float(Decimal(str(value)) - Decimal(str(threshold))))


def _plain(number: float) -> str:
    """All digits that count, without an exponent, as the provider reads it back: 10000000, 0.2."""
    return str(number) if math.isinf(number) else format(Decimal(str(number)).normalize(), "f")
