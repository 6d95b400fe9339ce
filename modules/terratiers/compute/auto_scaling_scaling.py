"""How Auto Scaling groups grow and shrink: targets, steps, schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from terratiers.compute.auto_scaling_base import GroupParts, TakesGroups
from terratiers.compute.auto_scaling_metric import Metric
from terratiers.compute.auto_scaling_steps import AdjustmentType, ScalingStep, StepScaling
from terratiers.compute.scaling_policy import (
    PredefinedMetric,
    add_target_tracking,
    check_target_tracking,
)
from terratiers.core.errors import Faults
from terratiers.core.validation import check_instance, check_scope, show

from cdktf_cdktf_provider_aws.autoscaling_policy import AutoscalingPolicy
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.autoscaling_schedule import AutoscalingSchedule

__all__ = ["AutoScalingGroupBase"]


@runtime_checkable
class CountsRequests(TakesGroups, Protocol):
    """A target group that knows what forwards to it."""

    @property
    def target_group_arn_suffix(self) -> str: ...

    @property
    def load_balancer_arn_suffix(self) -> str | None: ...

    @property
    def load_balancer_dependencies(self) -> Sequence[Any]: ...


class AutoScalingGroupBase(GroupParts):
    """What a group made here and an imported one have in common."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        # what is tracked, and the target group that it is measured at, by policy
        self._tracked: dict[str, tuple[Metric | str, str | None]] = {}

    def scale_on_cpu_utilization(
        self,
        id: str,
        *,
        target_utilization_percent: float,
        disable_scale_in: bool = False,
        estimated_instance_warmup: int | None = None,
    ) -> AutoscalingPolicy:
        """Keeps the instances' average CPU utilization at a value.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_policy.<group>_<id>`.
            target_utilization_percent: Above 0 and up to 100 %.
            disable_scale_in: Whether the policy only adds instances. Default: no.
            estimated_instance_warmup: Seconds until a new instance's metrics count, 0 to 3600.
                Default: the group's `default_instance_warmup`.

        Raises:
            ConfigurationError: for a value outside of these limits, and for a metric that
                another policy of the group tracks.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
        """
        return self._track(
            id,
            "target_utilization_percent",
            target_utilization_percent,
            "%",
            metric=PredefinedMetric.CPU_UTILIZATION,
            high=100,
            disable_scale_in=disable_scale_in,
            estimated_instance_warmup=estimated_instance_warmup,
        )

    def scale_on_network_in(
        self,
        id: str,
        *,
        target_bytes: float,
        disable_scale_in: bool = False,
        estimated_instance_warmup: int | None = None,
    ) -> AutoscalingPolicy:
        """Keeps what an instance receives at `target_bytes` a minute, on average.

        Arguments and errors as in `scale_on_cpu_utilization`; any number of bytes above 0.
        """
        return self._track(
            id,
            "target_bytes",
            target_bytes,
            "bytes a minute",
            metric=PredefinedMetric.NETWORK_IN,
            disable_scale_in=disable_scale_in,
            estimated_instance_warmup=estimated_instance_warmup,
        )

    def scale_on_network_out(
        self,
        id: str,
        *,
        target_bytes: float,
        disable_scale_in: bool = False,
        estimated_instance_warmup: int | None = None,
    ) -> AutoscalingPolicy:
        """Keeps what an instance sends at `target_bytes` a minute, on average.

        Arguments and errors as in `scale_on_cpu_utilization`; any number of bytes above 0.
        """
        return self._track(
            id,
            "target_bytes",
            target_bytes,
            "bytes a minute",
            metric=PredefinedMetric.NETWORK_OUT,
            disable_scale_in=disable_scale_in,
            estimated_instance_warmup=estimated_instance_warmup,
        )

    def scale_on_request_count(
        self,
        id: str,
        *,
        requests_per_target: float,
        target_group: CountsRequests,
        disable_scale_in: bool = False,
        estimated_instance_warmup: int | None = None,
    ) -> AutoscalingPolicy:
        """Keeps the requests that an instance gets each minute at a value.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_policy.<group>_<id>`.
            requests_per_target: Each minute, above 0.
            target_group: A target group of an application load balancer that forwards to it and
                to which this group is attached.
            disable_scale_in: As in `scale_on_cpu_utilization`.
            estimated_instance_warmup: As in `scale_on_cpu_utilization`.

        Raises:
            ConfigurationError: for a value outside of these limits, a target group that no
                application load balancer forwards to, and one that this group is not attached to.
        """
        faults = check_scope(self, id)
        if not isinstance(target_group, CountsRequests):
            faults.add(f"target_group is {show(target_group)}: pass the TargetGroup.")
            faults.raise_any()
        path, balancer = target_group.node.path, target_group.load_balancer_arn_suffix
        if balancer is None:
            faults.add(
                f"{path} counts no requests: no application load balancer forwards to it; let a "
                "listener do so first, with add_targets or ListenerAction.forward."
            )
        attachment = self._target_groups.get(path)
        if attachment is None:
            faults.add(f"{path} is not this group's: attach the group to it first.")
        return self._track(
            id,
            "requests_per_target",
            requests_per_target,
            "requests a minute",
            faults=faults,
            metric=PredefinedMetric.REQUESTS_PER_TARGET,
            resource_label=f"{balancer}/{target_group.target_group_arn_suffix}",
            target_group=path,
            depends_on=[*target_group.load_balancer_dependencies, attachment],
            disable_scale_in=disable_scale_in,
            estimated_instance_warmup=estimated_instance_warmup,
        )

    def scale_to_track_metric(
        self,
        id: str,
        *,
        metric: Metric,
        target_value: float,
        disable_scale_in: bool = False,
        estimated_instance_warmup: int | None = None,
    ) -> AutoscalingPolicy:
        """Keeps a metric of yours at a value. It has to fall when the group grows.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_policy.<group>_<id>`.
            metric: A `Metric`.
            target_value: Above 0, in the metric's unit.
            disable_scale_in: As in `scale_on_cpu_utilization`.
            estimated_instance_warmup: As in `scale_on_cpu_utilization`.

        Raises:
            ConfigurationError: for a value outside of these limits.
        """
        faults = check_scope(self, id)
        example = 'Metric(namespace="Shop", name="Orders")'
        given = check_instance(faults, "metric", metric, Metric, example)
        if given:
            given.check(faults, alarm=False)
        return self._track(
            id,
            "target_value",
            target_value,
            "of the metric",
            faults=faults,
            metric=metric,
            disable_scale_in=disable_scale_in,
            estimated_instance_warmup=estimated_instance_warmup,
        )

    def scale_on_metric(
        self,
        id: str,
        *,
        metric: Metric,
        steps: Sequence[ScalingStep],
        adjustment_type: str = AdjustmentType.CHANGE_IN_CAPACITY,
        evaluation_periods: int = 1,
        datapoints_to_alarm: int | None = None,
        estimated_instance_warmup: int | None = None,
        min_adjustment_magnitude: int | None = None,
    ) -> StepScaling:
        """Changes the capacity by steps, the more the further the metric is off.

        Makes a policy and an alarm for the steps above the gap in which nothing changes
        (`aws_autoscaling_policy.<group>_<id>_upper`) and for those below it (`..._lower`).

        Args:
            id: Part of the Terraform names.
            metric: A `Metric`.
            steps: `ScalingStep`s that do not overlap, leave one gap and go on without end on their
                side of it; up to 20 on a side. A bound left out is the neighbour's. With
                ExactCapacity there may be no gap: the alarms stand in the middle then.
            adjustment_type: One of `AdjustmentType`. Default: ChangeInCapacity.
            evaluation_periods: How many periods of the metric the alarms look at; a day at most.
                Default: 1.
            datapoints_to_alarm: How many of them have to be off. Default: all.
            estimated_instance_warmup: Seconds until a new instance counts, 0 to 3600. Default:
                the group's `default_instance_warmup`.
            min_adjustment_magnitude: With percentages: how many instances change at least.
                Default: 1, as percentages are rounded.

        Raises:
            ConfigurationError: for a value outside of these limits.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
        """
        faults = check_scope(self, id)
        self._check_quota(faults, "scaling policies")
        faults.raise_any()
        scaling = StepScaling(
            self,
            id,
            group_name=self.auto_scaling_group_name,
            metric=metric,
            steps=steps,
            adjustment_type=adjustment_type,
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=datapoints_to_alarm,
            estimated_instance_warmup=estimated_instance_warmup,
            min_adjustment_magnitude=min_adjustment_magnitude,
        )
        for _ in scaling.policies:
            self._count("scaling policies")
        return scaling

    def scale_on_schedule(
        self,
        id: str,
        *,
        recurrence: str | None = None,
        time_zone: str = "Etc/UTC",
        start_time: str | None = None,
        end_time: str | None = None,
        min_capacity: int | None = None,
        max_capacity: int | None = None,
        desired_capacity: int | None = None,
    ) -> AutoscalingSchedule:
        """Changes limits or capacity at some time, once or again and again.

        Another time makes the action anew, by `terraform_data.<group>_<id>`. AWS takes an action
        away that has run for the last time (for once, or after `end_time`): take it out here then,
        before the next apply, which would ask for a time that is over and fail.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_schedule.<group>_<id>`.
            recurrence: Cron with five fields, minute, hour, day of month, month and day of week:
                `0 8 * * MON-FRI`. Default: once, at `start_time`.
            time_zone: Of the recurrence, by its IANA name: `Asia/Seoul`. Default: Etc/UTC.
            start_time: First time, in UTC: `2030-01-31T08:00:00Z`. Default: at once.
            end_time: Last time, in UTC. Default: never.
            min_capacity: From then on. Default: unchanged.
            max_capacity: From then on. Default: unchanged.
            desired_capacity: At that time. Default: unchanged.

        Raises:
            ConfigurationError: for a malformed time, when nothing changes, and for capacities out
                of order, those that are left out being the group's own.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
        """
        from terratiers.compute.auto_scaling_schedule import add_schedule

        faults = check_scope(self, id)
        self._check_quota(faults, "scheduled actions")
        faults.raise_any()
        action = add_schedule(
            self,
            id,
            group_name=self.auto_scaling_group_name,
            own_min=self.attributes.min_capacity,
            own_max=self.attributes.max_capacity,
            recurrence=recurrence,
            time_zone=time_zone,
            start_time=start_time,
            end_time=end_time,
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            desired_capacity=desired_capacity,
        )
        self._count("scheduled actions")
        return action

    def _track(
        self,
        id: str,
        name: str,
        value: float,
        what: str,
        *,
        metric: Metric | str,
        disable_scale_in: bool,
        estimated_instance_warmup: int | None,
        faults: Faults | None = None,
        high: float | None = None,
        resource_label: str | None = None,
        target_group: str | None = None,
        depends_on: Sequence[Any] = (),
    ) -> AutoscalingPolicy:
        if faults is None:
            faults = check_scope(self, id)
        check_target_tracking(
            faults,
            name,
            value,
            what,
            high=high,
            disable_scale_in=disable_scale_in,
            estimated_instance_warmup=estimated_instance_warmup,
        )
        # https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html
        specification = metric, target_group
        for first, tracked in self._tracked.items():
            if tracked == specification:
                faults.add(
                    f"the policy {first} tracks this metric already: AWS takes one target of a "
                    "metric; change that one, or track another metric."
                )
        self._check_quota(faults, "scaling policies")
        faults.raise_any()
        policy = add_target_tracking(
            self,
            id,
            group_name=self.auto_scaling_group_name,
            target_value=value,
            metric=metric,
            disable_scale_in=disable_scale_in,
            estimated_instance_warmup=estimated_instance_warmup,
            resource_label=resource_label,
            depends_on=depends_on,
        )
        self._tracked[id] = specification
        self._count("scaling policies")
        return policy
