"""What Auto Scaling groups are attached to, wait for and tell, made here or imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from terratiers.compute.auto_scaling_names import NotificationEvent, check_names
from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.names import path_in_stack, pin_address
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import check_arn, check_instance, check_scope, check_string, show
from terratiers.security.connections import Connections
from terratiers.security.role import RoleBase
from terratiers.security.security_group import SecurityGroupBase

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_attachment import AutoscalingAttachment
from constructs import Construct, Node

if TYPE_CHECKING:
    from terratiers.compute.auto_scaling_lifecycle_hook import LifecycleHook

    from cdktf_cdktf_provider_aws.autoscaling_notification import AutoscalingNotification

__all__ = ["AutoScalingGroupAttributes", "GroupParts", "TakesGroups"]

# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html
_QUOTAS = {
    "target groups": 50,
    "Classic Load Balancers": 50,
    "scaling policies": 50,
    "scheduled actions": 125,
    "lifecycle hooks": 50,
    "topics": 10,
}


@runtime_checkable
class TakesGroups(Protocol):
    """A target group."""

    @property
    def attributes(self) -> Any: ...

    @property
    def node(self) -> Node: ...

    @property
    def target_group_arn(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class AutoScalingGroupAttributes:
    """The contract of an `AutoScalingGroup`.

    Args:
        min_capacity: Its minimum.
        max_capacity: Its maximum.
        auto_scaling_group_name: Its name.
        auto_scaling_group_arn: Its ARN.
        security_group_id: Of its instances.
    """

    min_capacity: int | None = fact(default=None)
    max_capacity: int | None = fact(default=None)
    auto_scaling_group_name: str = output("Name of the Auto Scaling group")
    auto_scaling_group_arn: str = output("ARN of the Auto Scaling group")
    security_group_id: str = output("Id of the security group of the group's instances")


class GroupParts(SharedConstruct[AutoScalingGroupAttributes]):
    """What belongs to a group beside its policies: balancers, hooks, notifications."""

    Attributes = AutoScalingGroupAttributes

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.security_group: SecurityGroupBase
        self._target_groups: dict[str, AutoscalingAttachment] = {}
        self._added: dict[str, int] = {}

    @property
    def auto_scaling_group_name(self) -> str:
        return self.attributes.auto_scaling_group_name

    @property
    def auto_scaling_group_arn(self) -> str:
        return self.attributes.auto_scaling_group_arn

    @property
    def connections(self) -> Connections:
        """The rules of its instances' security group."""
        return self.security_group.connections

    def attach_to_target_group(self, target_group: TakesGroups) -> None:
        """Registers every instance with a target group, as listeners' `add_targets` does.

        Makes `aws_autoscaling_attachment.<group>_<path of the target group>`.

        Args:
            target_group: A `TargetGroup` whose targets are instances.

        Raises:
            ConfigurationError: for what is no target group, for one of other targets than
                instances, and a second time.
        """
        faults = Faults(self.node.scope, self.node.id)
        example = 'TargetGroup(self, "web", ...)'
        check_instance(faults, "target_group", target_group, TakesGroups, example)
        faults.raise_any()
        kind = target_group.attributes.target_type
        path = target_group.node.path
        if kind != "instance":
            faults.add(f"{path} takes targets of type {kind}: make one of type instance.")
        if path in self._target_groups:
            faults.add(f"it is attached to {path} already: attach it once.")
        self._check_quota(faults, "target groups")
        faults.raise_any()
        own = path_in_stack(target_group).replace("/", "-")  # type: ignore[arg-type]
        arn = target_group.target_group_arn
        self._target_groups[path] = self._attach(f"attached-{own}", own, target_group_arn=arn)
        self._count("target groups")

    def attach_to_load_balancer_name(self, id: str, load_balancer_name: str) -> None:
        """Registers every instance with a Classic Load Balancer.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_attachment.<group>_<id>`.
            load_balancer_name: 1 to 32 letters, digits and hyphens.

        Raises:
            ConfigurationError: for another name.
        """
        faults = check_scope(self, id)
        rule = "Elastic Load Balancing takes 1 to 32 letters, digits and hyphens."
        pattern = r"(?!-)[A-Za-z0-9-]{1,32}(?<!-)"
        check_string(faults, "load_balancer_name", load_balancer_name, pattern, rule)
        self._check_quota(faults, "Classic Load Balancers")
        faults.raise_any()
        self._attach(id, id, elb=load_balancer_name)
        self._count("Classic Load Balancers")

    def add_lifecycle_hook(
        self,
        id: str,
        *,
        transition: str,
        heartbeat_timeout: int = 3600,
        default_result: str = "ABANDON",
        notification_target_arn: str | None = None,
        role: RoleBase | None = None,
        metadata: str | None = None,
    ) -> LifecycleHook:
        """Lets instances wait before they serve or before they end. EventBridge hears of it.

        The hook is made after the group: instances that the group starts with do not wait.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_lifecycle_hook.<group>_<id>`.
            transition: `LifecycleTransition.LAUNCH` or `TERMINATE`.
            heartbeat_timeout: Seconds without an answer until `default_result`, 30 to 7200.
                Default: 3600.
            default_result: `ABANDON` (terminate it) or `CONTINUE`. Default: ABANDON.
            notification_target_arn: An SNS topic or SQS queue to tell too. Default: none.
            role: With it: a role that EC2 Auto Scaling can assume and that may write to the
                target. Default: one of its own, for a target whose ARN is known.
            metadata: Text for the message, up to 1023 characters. Default: none.

        Raises:
            ConfigurationError: for a value outside of these limits.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
        """
        from terratiers.compute.auto_scaling_lifecycle_hook import LifecycleHook

        faults = check_scope(self, id)
        self._check_quota(faults, "lifecycle hooks")
        faults.raise_any()
        hook = LifecycleHook(
            self,
            id,
            group_name=self.auto_scaling_group_name,
            transition=transition,
            heartbeat_timeout=heartbeat_timeout,
            default_result=default_result,
            notification_target_arn=notification_target_arn,
            role=role,
            metadata=metadata,
        )
        self._count("lifecycle hooks")
        return hook

    def notify(
        self, id: str, topic_arn: str, *, events: Sequence[str] = NotificationEvent.ALL[:-1]
    ) -> AutoscalingNotification:
        """Tells an SNS topic what happens to instances.

        Args:
            id: Part of the Terraform name: `aws_autoscaling_notification.<group>_<id>`.
            topic_arn: The topic's ARN; a standard topic's.
            events: Of `NotificationEvent`. Default: launches and terminations, failed ones too.

        Raises:
            ConfigurationError: for another ARN or event.
        """
        from cdktf_cdktf_provider_aws.autoscaling_notification import AutoscalingNotification

        faults = check_scope(self, id)
        if isinstance(topic_arn, str) and topic_arn.endswith(".fifo"):
            faults.add(f"topic_arn {show(topic_arn)}: Auto Scaling takes standard topics only.")
        else:
            check_arn(faults, "topic_arn", topic_arn, "sns", r"[A-Za-z0-9_-]{1,256}")
        found = check_names(faults, "events", events, NotificationEvent.ALL)
        if not found and not faults:
            faults.add("events is empty: name at least one.")
        self._check_quota(faults, "topics")
        faults.raise_any()
        notification = AutoscalingNotification(
            self,
            id,
            group_names=[self.auto_scaling_group_name],
            notifications=list(found),
            topic_arn=topic_arn,
        )
        pin_address(notification, self, id)
        self._count("topics")
        return notification

    def _attach(
        self, id: str, part: str, *, target_group_arn: str | None = None, elb: str | None = None
    ) -> AutoscalingAttachment:
        attachment = AutoscalingAttachment(
            self,
            id,
            autoscaling_group_name=self.auto_scaling_group_name,
            # a group's successor is attached before the group goes
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            lb_target_group_arn=target_group_arn,
            elb=elb,
        )
        pin_address(attachment, self, part)
        return attachment

    def _check_quota(self, faults: Faults, kind: str) -> None:
        if self._added.get(kind, 0) >= _QUOTAS[kind]:
            faults.add(f"it has {_QUOTAS[kind]} {kind} already, which is what AWS allows a group.")

    def _count(self, kind: str) -> None:
        self._added[kind] = self._added.get(kind, 0) + 1
