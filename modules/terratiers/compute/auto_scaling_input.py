"""The arguments of an Auto Scaling group, checked and with their defaults filled in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from terratiers.compute.auto_scaling_capacity import check_capacities
from terratiers.compute.auto_scaling_mixed_instances import MixedInstances
from terratiers.compute.auto_scaling_names import (
    GroupMetric,
    ScalingProcess,
    check_names,
    check_termination_policies,
)
from terratiers.compute.auto_scaling_refresh import InstanceMaintenance, InstanceRefresh
from terratiers.compute.auto_scaling_warm_pool import WarmPool
from terratiers.compute.burst_model import default_cpu_credits
from terratiers.compute.instance_tags import check_instance_tags, default_tags
from terratiers.compute.instance_type import InstanceType
from terratiers.compute.launch_template import LaunchTemplate
from terratiers.compute.machine_input import check_standard_credits
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_sequence,
    check_string,
    check_tags,
    show,
)
from terratiers.security.key import AUTO_SCALING_ROLE

from constructs import Construct

__all__ = ["GroupInput", "check_group_arguments"]

HEALTH_CHECKS = ("EC2", "ELB")
_DISTRIBUTIONS = ("balanced-best-effort", "balanced-only")
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html
_LIFETIME = (86_400, 31_536_000)


@dataclass(frozen=True, kw_only=True)
class GroupInput:
    """The checked arguments, as the docstring of `AutoScalingGroup` describes them."""

    subnet_ids: list[str]
    types: dict[str, int | None]
    processes: tuple[str, ...]
    metrics: tuple[str, ...]
    tags: dict[str, str]


def check_group_arguments(
    faults: Faults,
    scope: Construct,
    id: str,
    *,
    launch_template: object,
    subnet_group: object,
    availability_zones: object,
    min_capacity: object,
    max_capacity: object,
    desired_capacity: object,
    health_check_type: object,
    mixed_instances: object,
    warm_pool: object,
    suspended_processes: object,
    termination_policies: object,
    group_metrics: object,
    tags: Mapping[str, str] | None,
    options: Mapping[str, object],
) -> GroupInput | None:
    """What is to be built, or None when `faults` holds why it cannot be."""
    for name, value in (("min_capacity", min_capacity), ("max_capacity", max_capacity)):
        if value is None:
            faults.add(f"{name} is missing: write a whole number of instances.")
    check_capacities(
        faults,
        min_capacity=min_capacity,
        max_capacity=max_capacity,
        desired_capacity=desired_capacity,
        remedy="minimum, desired and maximum have to ascend.",
    )
    template = check_instance(
        faults,
        "launch_template",
        launch_template,
        LaunchTemplate,
        'LaunchTemplate(self, "web", ...), one that is made here',
    )
    subnets = _subnets(faults, template, subnet_group, availability_zones)
    if health_check_type is not None:
        check_choice(faults, "health_check_type", health_check_type, HEALTH_CHECKS)
    _check_options(faults, options)
    types = _check_parts(faults, scope, template, mixed_instances, warm_pool, options)
    processes = check_names(faults, "suspended_processes", suspended_processes, ScalingProcess.ALL)
    metrics = check_names(faults, "group_metrics", group_metrics, GroupMetric.ALL)
    if termination_policies is not None:
        mixed = mixed_instances is not None
        check_termination_policies(faults, termination_policies, mixed=mixed)
    own_tags = {
        **(default_tags(scope) or {}),
        **(template.instance_tags if template else {}),
        **check_tags(faults, "tags", tags),
        "Name": construct_name(scope, id),
    }
    shown = template is not None and template.instance_metadata_tags
    check_instance_tags(faults, own_tags, in_metadata=shown)
    if faults or template is None:
        return None
    return GroupInput(
        subnet_ids=subnets, types=types, processes=processes, metrics=metrics, tags=own_tags
    )


def _subnets(
    faults: Faults, template: LaunchTemplate | None, subnet_group: object, zones: object
) -> list[str]:
    """The ids of the subnets, by zone."""
    if template is None:
        return []
    if not isinstance(subnet_group, str):
        faults.add(f"subnet_group is {show(subnet_group)}: write a name, private.")
        return []
    template.check_subnets(faults, subnet_group)
    vpc = template.vpc
    chosen: Sequence[object] = sorted(vpc.availability_zones)
    if zones is not None:
        example = f'["{vpc.availability_zones[0]}"]'
        chosen = check_sequence(faults, "availability_zones", zones, example) or ()
        if not chosen and isinstance(zones, (list, tuple)):
            faults.add("availability_zones is empty: leave it out for all zones of the VPC.")
        for zone in chosen:
            check_choice(faults, "availability zone", zone, vpc.availability_zones)
        for twice in sorted({str(zone) for zone in chosen if chosen.count(zone) > 1}):
            faults.add(f"availability zone {twice} is there twice.")
    if faults:
        return []
    ids = vpc.subnet_ids(subnet_group)
    return [ids[zone] for zone in sorted(str(zone) for zone in chosen)]


def _check_options(faults: Faults, options: Mapping[str, object]) -> None:
    """The arguments that stand for themselves."""
    for name in ("protect_from_scale_in", "capacity_rebalance", "force_delete"):
        check_bool(faults, name, options[name])
    for name, low, high, required in (
        ("health_check_grace_period", 0, 7200, True),
        ("wait_for_capacity_timeout", 0, 7200, True),
        # the provider does not send a 0 of these two when it makes a group
        ("default_cooldown", 1, 86_400, False),
        ("default_instance_warmup", 1, 3600, False),
        ("max_instance_lifetime", *_LIFETIME, False),
    ):
        if required or options[name] is not None:
            check_int(faults, name, options[name], low, high, "seconds (EC2 Auto Scaling)")
    if options["availability_zone_distribution"] is not None:
        name = "availability_zone_distribution"
        check_choice(faults, name, options[name], _DISTRIBUTIONS)
    if options["placement_group"] is not None:
        rule = "write the name of a placement group, 1 to 255 printable characters."
        check_string(faults, "placement_group", options["placement_group"], r"[ -~]{1,255}", rule)
    if options["service_linked_role_arn"] is not None:
        arn = options["service_linked_role_arn"]
        check_arn(faults, "service_linked_role_arn", arn, "iam", AUTO_SCALING_ROLE)
    refresh, maintenance = options["instance_refresh"], options["instance_maintenance"]
    if refresh is not None:
        example = "InstanceRefresh(), or None"
        given = check_instance(faults, "instance_refresh", refresh, InstanceRefresh, example)
        if given:
            given.check(faults)
    if maintenance is not None:
        name, example = "instance_maintenance", "InstanceMaintenance(...)"
        policy = check_instance(faults, name, maintenance, InstanceMaintenance, example)
        if policy:
            policy.check(faults)


def _check_parts(
    faults: Faults,
    scope: Construct,
    template: LaunchTemplate | None,
    mixed: object,
    pool: object,
    options: Mapping[str, object],
) -> dict[str, int | None]:
    """Mixed instances and warm pool, and what does not go with them."""
    types: dict[str, int | None] = {}
    spot = False
    if mixed is not None:
        example = 'MixedInstances(instance_types=["m7i.large", "m6i.large"])'
        given = check_instance(faults, "mixed_instances", mixed, MixedInstances, example)
        if given:
            types = given.check(faults, template.architecture if template else None)
            if template:
                _check_credits(faults, scope, template, types)
            spot = given.on_demand_percentage != 100
    if options["capacity_rebalance"] is True and not spot:
        faults.add("capacity_rebalance is for spot instances: give mixed_instances some of them.")
    if pool is not None:
        warm = check_instance(faults, "warm_pool", pool, WarmPool, "WarmPool()")
        if warm:
            warm.check(faults)
        if mixed is not None:
            faults.add("warm_pool does not go with mixed_instances: leave one of them out.")
    return types


def _check_credits(
    faults: Faults, scope: Construct, template: LaunchTemplate, types: Collection[str]
) -> None:
    """A template's CPU credits count for the types of `mixed_instances` too.

    EC2 refuses them for types that have none (`InstanceCreditSpecification.NotSupported`).
    """
    credit = template.cpu_credits
    for name in types:
        chosen = InstanceType.unchecked(name)
        if chosen.burstable:
            own = credit or default_cpu_credits(chosen.family)
            check_standard_credits(faults, scope, chosen, own)
        elif credit:
            faults.add(
                f"mixed_instances: {chosen} has no CPU credits, but the launch template "
                f"{template.node.path} sets them ({credit}) for its {template.instance_type}: take "
                "burstable types only, or a template of a type without credits."
            )
