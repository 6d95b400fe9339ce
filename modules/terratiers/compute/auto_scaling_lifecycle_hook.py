"""Lifecycle hooks: an instance waits until somebody has prepared it, or put its work away."""

from __future__ import annotations

from typing import Any

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import (
    check_arn,
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_string,
)
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.principal import Principal
from terratiers.security.role import Role, RoleBase

from cdktf_cdktf_provider_aws.autoscaling_lifecycle_hook import AutoscalingLifecycleHook
from constructs import Construct

__all__ = ["LifecycleHook", "LifecycleTransition"]

_RESULTS = ("ABANDON", "CONTINUE")
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html
_ACTIONS = {
    "sns": ("sns:Publish",),
    "sqs": ("sqs:GetQueueUrl", "sqs:SendMessage"),
}


class LifecycleTransition:
    """When an instance waits: before it serves, or before it ends."""

    LAUNCH = "launch"
    TERMINATE = "terminate"
    ALL = (LAUNCH, TERMINATE)


class LifecycleHook(Construct):
    """A lifecycle hook of a group. Made by `add_lifecycle_hook`, which describes the arguments."""

    def __init__(
        self,
        group: Construct,
        id: str,
        *,
        group_name: str,
        transition: str,
        heartbeat_timeout: int,
        default_result: str,
        notification_target_arn: str | None,
        role: RoleBase | None,
        metadata: str | None,
    ) -> None:
        faults = check_scope(group, id)
        check_choice(faults, "transition", transition, LifecycleTransition.ALL)
        check_int(
            faults, "heartbeat_timeout", heartbeat_timeout, 30, 7200, "seconds (Auto Scaling)"
        )
        check_choice(faults, "default_result", default_result, _RESULTS)
        if metadata is not None:
            rule = "AWS takes 1 to 1023 printable characters."
            check_string(faults, "metadata", metadata, r"[ -~]{1,1023}", rule)
        _check_target(faults, notification_target_arn, role)
        faults.raise_any()
        super().__init__(group, id)
        with all_or_nothing(group, id):
            self.role = role
            policies: list[Any] = []
            if notification_target_arn is not None and role is None:
                self.role = self._add_role(notification_target_arn)
                policies.append(self.role.node.find_child("policy-notify"))
            self.resource = AutoscalingLifecycleHook(
                self,
                "resource",
                name=construct_name(self),
                autoscaling_group_name=group_name,
                lifecycle_transition=f"autoscaling:EC2_INSTANCE_{_EVENTS[transition]}",
                heartbeat_timeout=heartbeat_timeout,
                default_result=default_result,
                notification_target_arn=notification_target_arn,
                role_arn=self.role.role_arn if self.role else None,
                notification_metadata=metadata,
                # AWS sends a test message at once, which needs the role's policy
                depends_on=policies or None,
            )
            pin_address(self.resource, self)

    def _add_role(self, target: str) -> Role:
        role = Role(
            self,
            "role",
            assumed_by=Principal.service("autoscaling"),
            description=f"notifications of the lifecycle hook {self.node.path}",
        )
        actions = _ACTIONS[target.split(":")[2]]
        role.add_policy("notify", PolicyStatement(actions=list(actions), resources=[target]))
        return role


_EVENTS = {
    LifecycleTransition.LAUNCH: "LAUNCHING",
    LifecycleTransition.TERMINATE: "TERMINATING",
}


def _check_target(faults: Faults, target: object, role: object) -> None:
    if role is not None:
        check_instance(faults, "role", role, RoleBase, 'Role(self, "hooks", ...)')
        if target is None:
            faults.add("role is given, but no notification_target_arn that it is for.")
    if target is None:
        return
    service = "sqs" if isinstance(target, str) and ":sqs:" in target else "sns"
    arn = check_arn(faults, "notification_target_arn", target, service, r"[A-Za-z0-9_-]{1,256}")
    if arn is None and not faults and role is None:
        faults.add(
            "notification_target_arn is a token: give a role that may write to it, with "
            'Role(self, "hooks", assumed_by=Principal.service("autoscaling"), ...).'
        )
