"""How the emulator's Auto Scaling groups keep their members: launched, spread, replaced, ended.

moto starts all instances of a group in its first subnet, from the default version of the launch
template, and looks after none but terminated ones. Here one function, `reconcile`, brings a group
to what AWS makes of it; whatever changes a group or a member calls it. No thread runs beside.
"""

from __future__ import annotations

import math
import threading
from typing import Any

__all__ = ["apply_member_patches", "reconcile", "replace"]

_lock = threading.RLock()


def apply_member_patches() -> None:
    """Applies every patch to the moto of this process."""
    _keep_the_desired_capacity()
    _replace_what_fails()
    _remember_the_version_of_members()


def _keep_the_desired_capacity() -> None:
    """A group has the instances that it desires, spread over its subnets, tagged, registered.

    moto puts all into the first subnet. Seen with `aws_autoscaling_group` in several zones.
    """
    from moto.autoscaling.models import FakeAutoScalingGroup

    stock_update = FakeAutoScalingGroup.update

    def set_desired_capacity(self: Any, new_capacity: int | None) -> None:
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        reconcile(self)

    def update(self: Any, **options: Any) -> None:
        stock_update(self, **options)
        # a zone that was taken away; moto looks at nothing then
        reconcile(self)

    FakeAutoScalingGroup.set_desired_capacity = set_desired_capacity
    FakeAutoScalingGroup.update = update


def _replace_what_fails() -> None:
    """A terminated, stopped or unhealthy member is replaced, and no longer a target.

    moto replaces terminated ones only, and registers the new one with no target group. Seen with
    row D8 of the labs.
    """
    from moto.autoscaling.models import AutoScalingBackend
    from moto.ec2.models.instances import InstanceBackend

    stock_health = AutoScalingBackend.set_instance_health
    stock_stop = InstanceBackend.stop_instances

    def notify_terminate_instances(self: Any, instance_ids: list[str]) -> None:
        _reconcile_groups_of(self, instance_ids)

    def set_instance_health(self: Any, instance_id: str, health_status: str) -> None:
        stock_health(self, instance_id, health_status)
        _reconcile_groups_of(self, [instance_id])

    def stop_instances(self: Any, instance_ids: list[str]) -> Any:
        from moto.autoscaling import autoscaling_backends

        answer = stock_stop(self, instance_ids)
        backend = autoscaling_backends[self.account_id][self.region_name]
        _reconcile_groups_of(backend, instance_ids)
        return answer

    AutoScalingBackend.notify_terminate_instances = notify_terminate_instances
    AutoScalingBackend.set_instance_health = set_instance_health
    InstanceBackend.stop_instances = stop_instances


def _remember_the_version_of_members() -> None:
    """A member tells the version of the launch template that it was started from.

    moto tells the template's default version, so that nobody sees who is outdated.
    """
    from moto.autoscaling.models import InstanceState

    stock = InstanceState.launch_template.fget

    def launch_template(self: Any) -> Any:
        told = stock(self)
        version = getattr(self, "started_version", None)
        return {**told, "Version": version} if told and version else told

    InstanceState.launch_template = property(launch_template)


def _reconcile_groups_of(backend: Any, instance_ids: list[str]) -> None:
    for group in list(backend.autoscaling_groups.values()):
        if any(member.instance.id in instance_ids for member in group.instance_states):
            reconcile(group)


def reconcile(group: Any) -> None:
    """Ends what fails or is too much, starts what is missing, and tells the balancers."""
    with _lock:
        suspended = {process["ProcessName"] for process in group.suspended_processes}
        if not suspended & {"HealthCheck", "ReplaceUnhealthy", "Terminate"}:
            _end(group, [m for m in group.instance_states if not _serves(group, m)])
        missing = _wanted(group) - len(group.active_instances())
        if missing > 0 and "Launch" not in suspended:
            for _ in range(missing):
                _start(group)
        elif missing < 0 and "Terminate" not in suspended:
            _end(group, _surplus(group, -missing))
        if "AddToLoadBalancer" not in suspended:
            _register(group)


def replace(group: Any, members: list[Any]) -> None:
    """Ends `members` and starts others in their place."""
    with _lock:
        _end(group, members)
        reconcile(group)


def _serves(group: Any, member: Any) -> bool:
    if member.lifecycle_state == "Standby":
        return True
    running = member.instance.state in ("running", "pending")
    subnets = _subnets(group)
    in_zone = not subnets or member.instance.subnet_id in subnets
    return running and in_zone and member.health_status.lower() == "healthy"


def _subnets(group: Any) -> list[str]:
    return (group.vpc_zone_identifier or "").split(",") if group.vpc_zone_identifier else []


def _override(group: Any) -> dict[str, Any]:
    """The first of the mixed instances: with the strategy prioritized, AWS starts from there."""
    policy = group.mixed_instances_policy or {}
    overrides = policy.get("LaunchTemplate", {}).get("Overrides") or [{}]
    return dict(overrides[0])


def _wanted(group: Any) -> int:
    """Instances for the desired capacity; weighted ones count for more than one."""
    weight = int(_override(group).get("WeightedCapacity") or 1)
    return math.ceil((group.desired_capacity or 0) / weight)


def _end(group: Any, members: list[Any]) -> None:
    if not members:
        return
    ids = [member.instance.id for member in members]
    group.instance_states = [m for m in group.instance_states if m not in members]
    alive = [m.instance.id for m in members if m.instance.state != "terminated"]
    if alive:
        group.ec2_backend.terminate_instances(alive)
    for target_group in _target_groups(group):
        target_group.deregister_terminated_instances(ids)


def _surplus(group: Any, count: int) -> list[Any]:
    """From the fullest zone, the oldest first; what is protected stays."""
    left = [member for member in group.active_instances() if not member.protected_from_scale_in]
    chosen: list[Any] = []
    while left and len(chosen) < count:
        zones = [m.availability_zone for m in group.active_instances() if m not in chosen]
        oldest = max(left, key=lambda m: (zones.count(m.availability_zone), -left.index(m)))
        left.remove(oldest)
        chosen.append(oldest)
    return chosen


def _start(group: Any) -> None:
    from moto.autoscaling.models import ASG_NAME_TAG, InstanceState

    subnets = _subnets(group)
    if group.ec2_launch_template is None or not subnets:
        group.replace_autoscaling_group_instances(1, group.get_propagated_tags())
        return
    load = [member.instance.subnet_id for member in group.instance_states]
    version = group.ec2_launch_template.get_version(group.launch_template_version)
    override = _override(group)
    reservation = group.ec2_backend.run_instances(
        version.image_id,
        1,
        version.user_data,
        version.security_groups,
        instance_type=override.get("InstanceType") or version.instance_type,
        is_instance_type_default=False,
        tags={
            "instance": {
                **version.instance_tags,
                **group.get_propagated_tags(),
                ASG_NAME_TAG: group.name,
            }
        },
        launch_template={
            "LaunchTemplateId": group.ec2_launch_template.id,
            "Version": str(version.number),
        },
        subnet_id=min(subnets, key=load.count),
        associate_public_ip=None,
        region_name=group.region,
        instance_market_options={"MarketType": "spot"} if _next_is_spot(group) else None,
    )
    for instance in reservation.instances:
        instance.autoscaling_group = group
        protected = group.new_instances_protected_from_scale_in
        member = InstanceState(instance, protected_from_scale_in=protected)
        member.started_version = str(version.number)
        member.weighted_capacity = override.get("WeightedCapacity")
        group.instance_states.append(member)


def _next_is_spot(group: Any) -> bool:
    """Whether the instances on demand are complete: the base, and the share above it."""
    distribution = (group.mixed_instances_policy or {}).get("InstancesDistribution", {})
    base = int(distribution.get("OnDemandBaseCapacity") or 0)
    percentage = int(distribution.get("OnDemandPercentageAboveBaseCapacity", 100))
    desired = group.desired_capacity or 0
    on_demand = base + math.ceil(max(desired - base, 0) * percentage / 100)
    running = [m for m in group.active_instances() if m.instance.lifecycle != "spot"]
    return len(running) >= on_demand


def _target_groups(group: Any) -> list[Any]:
    known = group.autoscaling_backend.elbv2_backend.target_groups
    return [known[arn] for arn in group.target_group_arns if arn in known]


def _register(group: Any) -> None:
    members = [m.instance.id for m in group.active_instances() if m.instance.state == "running"]
    for target_group in _target_groups(group):
        target_group.register([{"Id": id, "Port": target_group.port} for id in members])
    if group.name in group.autoscaling_backend.autoscaling_groups:
        group.autoscaling_backend.update_attached_elbs(group.name)
