"""The names that EC2 Auto Scaling has for its policies, processes, metrics and events."""

from __future__ import annotations

from terratiers.core.errors import Faults
from terratiers.core.validation import check_arn, check_choice, check_sequence, show

__all__ = [
    "GroupMetric",
    "NotificationEvent",
    "ScalingProcess",
    "TerminationPolicy",
    "check_names",
    "check_termination_policies",
]


class TerminationPolicy:
    """Which instance goes first when a group shrinks.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
    """

    DEFAULT = "Default"
    ALLOCATION_STRATEGY = "AllocationStrategy"
    CLOSEST_TO_NEXT_INSTANCE_HOUR = "ClosestToNextInstanceHour"
    NEWEST_INSTANCE = "NewestInstance"
    OLDEST_INSTANCE = "OldestInstance"
    OLDEST_LAUNCH_TEMPLATE = "OldestLaunchTemplate"
    ALL = (
        DEFAULT,
        ALLOCATION_STRATEGY,
        CLOSEST_TO_NEXT_INSTANCE_HOUR,
        NEWEST_INSTANCE,
        OLDEST_INSTANCE,
        OLDEST_LAUNCH_TEMPLATE,
    )


class ScalingProcess:
    """What a group does by itself and can be told to leave.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
    """

    LAUNCH = "Launch"
    TERMINATE = "Terminate"
    ADD_TO_LOAD_BALANCER = "AddToLoadBalancer"
    ALARM_NOTIFICATION = "AlarmNotification"
    AZ_REBALANCE = "AZRebalance"
    HEALTH_CHECK = "HealthCheck"
    INSTANCE_REFRESH = "InstanceRefresh"
    REPLACE_UNHEALTHY = "ReplaceUnhealthy"
    SCHEDULED_ACTIONS = "ScheduledActions"
    ALL = (
        LAUNCH,
        TERMINATE,
        ADD_TO_LOAD_BALANCER,
        ALARM_NOTIFICATION,
        AZ_REBALANCE,
        HEALTH_CHECK,
        INSTANCE_REFRESH,
        REPLACE_UNHEALTHY,
        SCHEDULED_ACTIONS,
    )


class GroupMetric:
    """The metrics of a group in the namespace `AWS/AutoScaling`, free of charge.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
    """

    SIZES = (
        "GroupDesiredCapacity",
        "GroupInServiceInstances",
        "GroupMaxSize",
        "GroupMinSize",
        "GroupPendingInstances",
        "GroupStandbyInstances",
        "GroupTerminatingInstances",
        "GroupTotalInstances",
    )
    CAPACITY_UNITS = (
        "GroupInServiceCapacity",
        "GroupPendingCapacity",
        "GroupStandbyCapacity",
        "GroupTerminatingCapacity",
        "GroupTotalCapacity",
    )
    WARM_POOL = (
        "GroupAndWarmPoolDesiredCapacity",
        "GroupAndWarmPoolTotalCapacity",
        "WarmPoolDesiredCapacity",
        "WarmPoolMinSize",
        "WarmPoolPendingCapacity",
        "WarmPoolTerminatingCapacity",
        "WarmPoolTotalCapacity",
        "WarmPoolWarmedCapacity",
    )
    ALL = (*SIZES, *CAPACITY_UNITS, *WARM_POOL)


class NotificationEvent:
    """What a topic is told of a group.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html
    """

    LAUNCH = "autoscaling:EC2_INSTANCE_LAUNCH"
    LAUNCH_ERROR = "autoscaling:EC2_INSTANCE_LAUNCH_ERROR"
    TERMINATE = "autoscaling:EC2_INSTANCE_TERMINATE"
    TERMINATE_ERROR = "autoscaling:EC2_INSTANCE_TERMINATE_ERROR"
    TEST = "autoscaling:TEST_NOTIFICATION"
    ALL = (LAUNCH, LAUNCH_ERROR, TERMINATE, TERMINATE_ERROR, TEST)


def check_names(
    faults: Faults, name: str, value: object, known: tuple[str, ...]
) -> tuple[str, ...]:
    """Names of `known`, each once, sorted."""
    items = check_sequence(faults, name, value, f'["{known[0]}"]') or ()
    for item in items:
        check_choice(faults, name, item, known)
    _check_once(faults, name, items)
    return tuple(sorted(item for item in items if isinstance(item, str)))


def check_termination_policies(faults: Faults, value: object, *, mixed: bool) -> None:
    """Notes policies that are unknown, twice there, or of no use without mixed instances."""
    name = "termination_policies"
    items = check_sequence(faults, name, value, f'["{TerminationPolicy.DEFAULT}"]')
    if items is None:
        return
    if not items:
        faults.add(f"{name} is empty: leave it out for AWS's default.")
    for place, item in enumerate(items):
        if isinstance(item, str) and item.startswith("arn:"):
            check_arn(faults, name, item, "lambda", r"function:[A-Za-z0-9_-]{1,64}(:\S+)?")
            if place:
                faults.add(f"{name}: the function {show(item)} has to be the first of the list.")
        else:
            check_choice(faults, name, item, TerminationPolicy.ALL)
    if TerminationPolicy.DEFAULT in items[:-1]:
        faults.add(f"{name}: Default decides everything: what comes after it is never asked.")
    if TerminationPolicy.ALLOCATION_STRATEGY in items and not mixed:
        faults.add(f"{name}: AllocationStrategy is for groups with mixed_instances.")
    _check_once(faults, name, items)


def _check_once(faults: Faults, name: str, items: tuple[object, ...]) -> None:
    for twice in sorted({str(item) for item in items if items.count(item) > 1}):
        faults.add(f"{name}: {twice} is there twice.")
