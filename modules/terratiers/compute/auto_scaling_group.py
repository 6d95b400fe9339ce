"""Auto Scaling groups: as many instances of a launch template as are needed, in several zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from terratiers.compute.auto_scaling_base import AutoScalingGroupAttributes, TakesGroups
from terratiers.compute.auto_scaling_imported import ImportedAutoScalingGroup
from terratiers.compute.auto_scaling_input import GroupInput, check_group_arguments
from terratiers.compute.auto_scaling_mixed_instances import MixedInstances
from terratiers.compute.auto_scaling_names import GroupMetric, ScalingProcess
from terratiers.compute.auto_scaling_refresh import InstanceMaintenance, InstanceRefresh
from terratiers.compute.auto_scaling_scaling import AutoScalingGroupBase
from terratiers.compute.auto_scaling_warm_pool import WarmPool
from terratiers.compute.instance_tags import warn_of_default_tags
from terratiers.compute.launch_template import LaunchTemplate
from terratiers.core.acknowledgements import warn
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import check_scope
from terratiers.network.vpc_attributes import SubnetType
from terratiers.security.key import Key
from terratiers.security.role import RoleBase

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupAvailabilityZoneDistribution,
    AutoscalingGroupInstanceMaintenancePolicy,
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupTag,
)
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.autoscaling_schedule import AutoscalingSchedule

__all__ = ["AutoScalingGroup"]

SUSPENDED_SCALING = "suspended-scaling"
# The provider appends 26 characters to a prefix, and the name has up to 255.
_PREFIX_LENGTH = 229


class AutoScalingGroup(AutoScalingGroupBase):
    """A group of instances that keeps its size, replaces what fails, and grows under load.

    A `Key` of this program that encrypts the volumes is told to admit Auto Scaling; another one has
    to do so already (`Key.grant_auto_scaling`), each group's `service_linked_role_arn`.

    A new version of the launch template rolls the group (`instance_refresh`). Attaching a target
    group, scaling policies, schedules and hooks are resources of their own, so that another one
    only adds.

    Args:
        scope: The tier, stack or construct.
        id: Part of all Terraform names: `aws_autoscaling_group.<id>`,
            `aws_autoscaling_policy.<id>_<policy>`, ... The group's name begins with
            `<project>-<environment>-<id>` and ends in a random suffix.
        launch_template: The `LaunchTemplate` of its instances, whose newest version it starts.
        min_capacity: Instances at least, 0 to 100000; with weights, units of capacity.
        max_capacity: Instances at most, not less than `min_capacity`.
        desired_capacity: How many it starts with, between the two. Default: `min_capacity`. It
            counts when the group is made and never after: then policies, schedules and operators
            decide, and Terraform leaves it alone (`ignore_changes`).
        subnet_group: Of the launch template's VPC. Default: `private`.
        availability_zones: Of the VPC, where it starts instances. Default: all of them.
        availability_zone_distribution: `balanced-best-effort`, or `balanced-only`, which never
            makes up in one zone for what another one lacks. Default: AWS's, best effort.
        health_check_type: `EC2` (the instance runs) or `ELB` (and its balancers find it healthy).
            Default: EC2, and ELB as soon as it is attached to a target group or a balancer.
        health_check_grace_period: Seconds after its start in which a failed check does not count,
            0 to 7200. Default: 300.
        instance_refresh: How a new version of the launch template is rolled out. Default:
            `InstanceRefresh()`; with None only instances that start later have it.
        instance_maintenance: An `InstanceMaintenance`. Default: none.
        mixed_instances: A `MixedInstances`: several types, spot instances. Default: the launch
            template's type, on demand.
        warm_pool: A `WarmPool`; not with mixed instances. Default: none.
        default_cooldown: Seconds that simple scaling waits after a change, 1 to 86400. Default:
            AWS's, 300.
        default_instance_warmup: Seconds until a new instance's metrics count, 1 to 3600. Default:
            none: the grace period and the cool-down count.
        max_instance_lifetime: Seconds after which an instance is replaced, 86400 to 31536000 (a
            day to a year). Default: never.
        termination_policies: Of `TerminationPolicy`, or first a Lambda function's ARN. Default:
            AWS's.
        suspended_processes: Of `ScalingProcess`. Without Launch or Terminate it replaces nothing,
            which warns (`suspended-scaling`). Default: none.
        protect_from_scale_in: Whether new instances are protected when it shrinks. Default: no.
        capacity_rebalance: Whether spot instances about to be taken away are replaced before.
            Default: no.
        placement_group: Its name. Default: none.
        group_metrics: Of `GroupMetric`, one data point a minute, free of charge. Default:
            `GroupMetric.SIZES`.
        service_linked_role_arn: The role with which Auto Scaling acts. Default: AWS's own,
            AWSServiceRoleForAutoScaling.
        wait_for_capacity_timeout: Seconds that Terraform waits for the instances to be healthy, 0
            to 7200; 0 does not wait. Default: 600.
        force_delete: Whether Terraform deletes the group without waiting for its instances to
            end, lifecycle hooks included. Default: no.
        tags: Further tags. The group and each instance have these, the launch template's, the
            default tags of the stack's provider and `Name`.

    Raises:
        ConfigurationError: for a value outside of these limits, and for subnets and types that do
            not fit the launch template.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-groups.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        launch_template: LaunchTemplate,
        min_capacity: int,
        max_capacity: int,
        desired_capacity: int | None = None,
        subnet_group: str = SubnetType.PRIVATE,
        availability_zones: Sequence[str] | None = None,
        availability_zone_distribution: str | None = None,
        health_check_type: str | None = None,
        health_check_grace_period: int = 300,
        instance_refresh: InstanceRefresh | None = InstanceRefresh(),  # noqa: B008 - frozen
        instance_maintenance: InstanceMaintenance | None = None,
        mixed_instances: MixedInstances | None = None,
        warm_pool: WarmPool | None = None,
        default_cooldown: int | None = None,
        default_instance_warmup: int | None = None,
        max_instance_lifetime: int | None = None,
        termination_policies: Sequence[str] | None = None,
        suspended_processes: Sequence[str] = (),
        protect_from_scale_in: bool = False,
        capacity_rebalance: bool = False,
        placement_group: str | None = None,
        group_metrics: Sequence[str] = GroupMetric.SIZES,
        service_linked_role_arn: str | None = None,
        wait_for_capacity_timeout: int = 600,
        force_delete: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        options = {
            "availability_zone_distribution": availability_zone_distribution,
            "health_check_grace_period": health_check_grace_period,
            "instance_refresh": instance_refresh,
            "instance_maintenance": instance_maintenance,
            "default_cooldown": default_cooldown,
            "default_instance_warmup": default_instance_warmup,
            "max_instance_lifetime": max_instance_lifetime,
            "protect_from_scale_in": protect_from_scale_in,
            "capacity_rebalance": capacity_rebalance,
            "placement_group": placement_group,
            "service_linked_role_arn": service_linked_role_arn,
            "wait_for_capacity_timeout": wait_for_capacity_timeout,
            "force_delete": force_delete,
        }
        given = check_group_arguments(
            faults,
            scope,
            id,
            launch_template=launch_template,
            subnet_group=subnet_group,
            availability_zones=availability_zones,
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            desired_capacity=desired_capacity,
            health_check_type=health_check_type,
            mixed_instances=mixed_instances,
            warm_pool=warm_pool,
            suspended_processes=suspended_processes,
            termination_policies=termination_policies,
            group_metrics=group_metrics,
            tags=tags,
            options=options,
        )
        faults.raise_any()
        assert given is not None
        super().__init__(scope, id)
        self.launch_template = launch_template
        self.security_group = launch_template.security_group
        self._health_check_type = health_check_type
        self._ignored = {"desired_capacity"}
        policies = list(termination_policies) if termination_policies is not None else None
        with all_or_nothing(scope, id):
            self.resource = AutoscalingGroup(
                self,
                "resource",
                name_prefix=f"{construct_name(self)[: _PREFIX_LENGTH - 1]}-",
                min_size=min_capacity,
                max_size=max_capacity,
                desired_capacity=min_capacity if desired_capacity is None else desired_capacity,
                vpc_zone_identifier=given.subnet_ids,
                health_check_type=health_check_type or "EC2",
                warm_pool=warm_pool.block() if warm_pool else None,
                termination_policies=policies,
                suspended_processes=list(given.processes) or None,
                tag=_tags(given.tags),
                **self._template(given, mixed_instances),
                **_metrics(given),
                **_options(options),
            )
            self._leave_alone()
            pin_address(self.resource, self)
            for key in launch_template.volume_keys:
                if isinstance(key, Key):
                    key.grant_auto_scaling(service_linked_role_arn)
        self._attributes = AutoScalingGroupAttributes(
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            auto_scaling_group_name=self.resource.name,
            auto_scaling_group_arn=self.resource.arn,
            security_group_id=self.security_group.security_group_id,
        )
        warn_of_default_tags(self)
        stopped = {ScalingProcess.LAUNCH, ScalingProcess.TERMINATE} & set(given.processes)
        if stopped:
            names = " and ".join(sorted(stopped))
            warn(self, SUSPENDED_SCALING, f"{names} suspended: it neither scales nor replaces.")

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: AutoScalingGroupAttributes
    ) -> ImportedAutoScalingGroup:
        """A group that exists already.

        Raises:
            ConfigurationError: for a name, an ARN or an id of another form.
        """
        return ImportedAutoScalingGroup(scope, id, attributes)

    @property
    def role(self) -> RoleBase:
        """What its instances may do: grants are given to it."""
        return self.launch_template.role

    def attach_to_target_group(self, target_group: TakesGroups) -> None:
        """Registers every instance with a target group and replaces those it finds unhealthy.

        Raises:
            ConfigurationError: as every group's.
        """
        super().attach_to_target_group(target_group)
        self._listen_to_balancers()

    def attach_to_load_balancer_name(self, id: str, load_balancer_name: str) -> None:
        """Registers every instance with a Classic Load Balancer, and replaces unhealthy ones.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_attachment.<group>_<id>`.
            load_balancer_name: 1 to 32 letters, digits and hyphens.

        Raises:
            ConfigurationError: for another name.
        """
        super().attach_to_load_balancer_name(id, load_balancer_name)
        self._listen_to_balancers()

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
        """As every group's; a limit that a schedule changes is the schedule's from then on.

        Terraform leaves it alone (`ignore_changes`), so that an apply in between does not undo it.
        """
        action = super().scale_on_schedule(
            id,
            recurrence=recurrence,
            time_zone=time_zone,
            start_time=start_time,
            end_time=end_time,
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            desired_capacity=desired_capacity,
        )
        limits = {"min_size": min_capacity, "max_size": max_capacity}
        self._ignored |= {name for name, value in limits.items() if value is not None}
        self._leave_alone()
        return action

    def _listen_to_balancers(self) -> None:
        if self._health_check_type is None:
            self.resource.health_check_type = "ELB"

    def _leave_alone(self) -> None:
        self.resource.lifecycle = TerraformResourceLifecycle(
            create_before_destroy=True, ignore_changes=sorted(self._ignored)
        )

    def _template(self, given: GroupInput, mixed: MixedInstances | None) -> dict[str, Any]:
        template = self.launch_template.launch_template_id, self.launch_template.latest_version
        if mixed is not None:
            return {"mixed_instances_policy": mixed.block(given.types, *template)}
        block = AutoscalingGroupLaunchTemplate(id=template[0], version=template[1])
        return {"launch_template": block}


def _tags(tags: Mapping[str, str]) -> list[AutoscalingGroupTag]:
    """Default tags of the provider do not reach instances, so all of them are written out."""
    return [
        AutoscalingGroupTag(key=key, value=tags[key], propagate_at_launch=True)
        for key in sorted(tags)
    ]


def _metrics(given: GroupInput) -> dict[str, Any]:
    if not given.metrics:
        return {}
    return {"enabled_metrics": list(given.metrics), "metrics_granularity": "1Minute"}


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that the provider takes as they are, and the blocks of one."""
    taken = dict(options)
    refresh: InstanceRefresh | None = taken.pop("instance_refresh")
    maintenance: InstanceMaintenance | None = taken.pop("instance_maintenance")
    distribution = taken.pop("availability_zone_distribution")
    timeout = taken.pop("wait_for_capacity_timeout")
    return {
        **taken,
        "wait_for_capacity_timeout": f"{timeout}s" if timeout else "0",
        "instance_refresh": refresh.block() if refresh else None,
        "instance_maintenance_policy": AutoscalingGroupInstanceMaintenancePolicy(
            min_healthy_percentage=maintenance.min_healthy_percentage,
            max_healthy_percentage=maintenance.max_healthy_percentage,
        )
        if maintenance
        else None,
        "availability_zone_distribution": AutoscalingGroupAvailabilityZoneDistribution(
            capacity_distribution_strategy=distribution
        )
        if distribution
        else None,
    }
