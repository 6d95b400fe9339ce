"""Instance refreshes and maintenance: how a group replaces what is running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_int,
    check_sequence,
    check_string,
)

from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroupInstanceRefresh,
    AutoscalingGroupInstanceRefreshPreferences,
    AutoscalingGroupInstanceRefreshPreferencesAlarmSpecification,
)

__all__ = ["InstanceMaintenance", "InstanceRefresh"]

_MAX_ALARMS = 10
_MAX_CHECKPOINT_DELAY = 172_800
# A change of the launch template or of the mixed instances always starts a refresh.
_TRIGGERS = ("max_instance_lifetime", "placement_group", "tag", "vpc_zone_identifier")


def _check_percentages(faults: Faults, label: str, least: object, most: object) -> None:
    low = check_int(faults, f"{label}: min_healthy_percentage", least, 0, 100, "% (Auto Scaling)")
    high = check_int(faults, f"{label}: max_healthy_percentage", most, 100, 200, "% (Auto Scaling)")
    if low is not None and high is not None and high - low > 100:
        faults.add(f"{label}: between {low} % and {high} % is more than 100: AWS allows 100.")
    if low == high == 100:
        faults.add(
            f"{label}: with at least and at most 100 % no instance can be replaced: write a lower "
            "min_healthy_percentage or a higher max_healthy_percentage."
        )


@dataclass(frozen=True, kw_only=True)
class InstanceMaintenance:
    """How many instances are healthy while any are replaced, for whatever reason.

    Args:
        min_healthy_percentage: Of the desired capacity, 0 to 100; 100 starts the new one first.
        max_healthy_percentage: 100 to 200, and at most 100 more than the minimum.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-maintenance-policy.html
    """

    min_healthy_percentage: int
    max_healthy_percentage: int

    def check(self, faults: Faults) -> None:
        """Notes what AWS would refuse."""
        _check_percentages(
            faults,
            "instance_maintenance",
            self.min_healthy_percentage,
            self.max_healthy_percentage,
        )


@dataclass(frozen=True, kw_only=True)
class InstanceRefresh:
    """How a new version of the launch template reaches the instances that run: one after another.

    Args:
        min_healthy_percentage: Of the desired capacity, 0 to 100. Default: 100: a new instance is
            healthy before an old one goes.
        max_healthy_percentage: 100 to 200, and at most 100 more than the minimum. Default: 110.
        instance_warmup: Seconds until a new instance counts, 0 to 3600. Default: the group's
            `default_instance_warmup`, else its health check's grace period.
        skip_matching: Whether instances stay that have the new version already. Default: yes.
        auto_rollback: Whether a refresh that fails is taken back, so that the group has the former
            version again; the next plan tells so. Default: yes.
        checkpoints: Percentages, ascending, at which it pauses; the last is 100. Default: none.
        checkpoint_delay: Seconds of a pause, 0 to 172800. Default: 3600.
        triggers: What starts a refresh too: a change of `max_instance_lifetime`,
            `placement_group`, `tag` or `vpc_zone_identifier` (subnets). One of the launch template
            or of the mixed instances always does. Default: nothing.
        scale_in_protected: What happens to instances that are protected from scale-in: `Refresh`,
            `Ignore` or `Wait`. Default: Ignore.
        standby: What happens to instances in standby: `Terminate`, `Ignore` or `Wait`. Default:
            Ignore.
        alarms: Up to 10 names of CloudWatch alarms that make it fail. Default: none.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
    """

    min_healthy_percentage: int = 100
    max_healthy_percentage: int = 110
    instance_warmup: int | None = None
    skip_matching: bool = True
    auto_rollback: bool = True
    checkpoints: Sequence[int] = ()
    checkpoint_delay: int | None = None
    triggers: Sequence[str] = ()
    scale_in_protected: str = "Ignore"
    standby: str = "Ignore"
    alarms: Sequence[str] = ()

    def check(self, faults: Faults) -> None:
        """Notes what AWS or the provider would refuse."""
        label = "instance_refresh"
        _check_percentages(faults, label, self.min_healthy_percentage, self.max_healthy_percentage)
        if self.instance_warmup is not None:
            check_int(faults, f"{label}: instance_warmup", self.instance_warmup, 0, 3600, "seconds")
        check_bool(faults, f"{label}: skip_matching", self.skip_matching)
        check_bool(faults, f"{label}: auto_rollback", self.auto_rollback)
        self._check_checkpoints(faults, label)
        triggers = check_sequence(faults, f"{label}: triggers", self.triggers, '["tag"]') or ()
        for trigger in triggers:
            remedy = (
                "A change of the launch template always starts a refresh; write "
                "vpc_zone_identifier for zones. Terraform leaves the desired capacity alone, and "
                "target groups are attached beside the group."
            )
            check_choice(faults, f"{label}: trigger", trigger, _TRIGGERS, remedy)
        if triggers and self.skip_matching is True:
            faults.add(
                f"{label}: a trigger replaces nothing while skip_matching spares all instances "
                "of the newest version: write skip_matching=False."
            )
        choices = ("Refresh", "Ignore", "Wait")
        check_choice(faults, f"{label}: scale_in_protected", self.scale_in_protected, choices)
        check_choice(faults, f"{label}: standby", self.standby, ("Terminate", "Ignore", "Wait"))
        alarms = check_sequence(faults, f"{label}: alarms", self.alarms, '["errors"]') or ()
        if len(alarms) > _MAX_ALARMS:
            faults.add(f"{label}: alarms holds {len(alarms)}: AWS allows {_MAX_ALARMS}.")
        for alarm in alarms:
            rule = "write an alarm's name, 1 to 255 characters."
            check_string(faults, f"{label}: alarm", alarm, r"[ -~]{1,255}", rule)

    def _check_checkpoints(self, faults: Faults, label: str) -> None:
        name = f"{label}: checkpoints"
        points = check_sequence(faults, name, self.checkpoints, "[25, 100]") or ()
        found = [check_int(faults, name, point, 1, 100, "% (Auto Scaling)") for point in points]
        numbers = [number for number in found if number is not None]
        if len(numbers) == len(points) > 0:
            if numbers != sorted(set(numbers)):
                faults.add(f"{name} are {numbers}: write each once, the lowest first.")
            if numbers[-1] != 100:
                faults.add(f"{name} end at {numbers[-1]} %: the last has to be 100, else the "
                           "refresh never ends.")  # fmt: skip
        if self.checkpoint_delay is not None:
            delay = self.checkpoint_delay
            check_int(
                faults, f"{label}: checkpoint_delay", delay, 0, _MAX_CHECKPOINT_DELAY, "seconds"
            )
            if not points:
                faults.add(f"{label}: checkpoint_delay without checkpoints pauses nowhere.")

    def block(self) -> AutoscalingGroupInstanceRefresh:
        """The provider's block."""
        delay = 3600 if self.checkpoint_delay is None else self.checkpoint_delay
        return AutoscalingGroupInstanceRefresh(
            strategy="Rolling",
            triggers=sorted(self.triggers) or None,
            preferences=AutoscalingGroupInstanceRefreshPreferences(
                min_healthy_percentage=self.min_healthy_percentage,
                max_healthy_percentage=self.max_healthy_percentage,
                instance_warmup=None if self.instance_warmup is None else str(self.instance_warmup),
                skip_matching=self.skip_matching,
                auto_rollback=self.auto_rollback,
                checkpoint_percentages=list(self.checkpoints) or None,
                checkpoint_delay=str(delay) if self.checkpoints else None,
                scale_in_protected_instances=self.scale_in_protected,
                standby_instances=self.standby,
                alarm_specification=AutoscalingGroupInstanceRefreshPreferencesAlarmSpecification(
                    alarms=list(self.alarms)
                )
                if self.alarms
                else None,
            ),
        )
