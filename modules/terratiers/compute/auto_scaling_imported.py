"""Auto Scaling groups that are not made here."""

from __future__ import annotations

from terratiers.compute.auto_scaling_base import AutoScalingGroupAttributes
from terratiers.compute.auto_scaling_capacity import MAX_CAPACITY
from terratiers.compute.auto_scaling_scaling import AutoScalingGroupBase
from terratiers.core.validation import (
    check_arn,
    check_instance,
    check_int,
    check_scope,
    check_string,
)
from terratiers.security.security_group import SecurityGroup, SecurityGroupAttributes

from constructs import Construct

__all__ = ["ImportedAutoScalingGroup"]


class ImportedAutoScalingGroup(AutoScalingGroupBase):
    """A group of another tier or team. Use `AutoScalingGroup.from_attributes`.

    Where it is attached to a target group, whoever makes it has to switch on the balancer's health
    checks: `health_check_type="ELB"`.
    """

    def __init__(self, scope: Construct, id: str, attributes: AutoScalingGroupAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'AutoScalingGroupAttributes(auto_scaling_group_name="web", ...)'
        kind = AutoScalingGroupAttributes
        given = check_instance(faults, "attributes", attributes, kind, example)
        if given:
            for name in ("min_capacity", "max_capacity"):
                value = getattr(given, name)
                if value is not None:
                    check_int(faults, name, value, 0, MAX_CAPACITY, "instances")
            name, arn = given.auto_scaling_group_name, given.auto_scaling_group_arn
            rule = "write 1 to 255 printable characters without a colon."
            check_string(faults, "auto_scaling_group_name", name, r"[!-9;-~]{1,255}", rule)
            resource = r"autoScalingGroup:[0-9a-f-]{36}:autoScalingGroupName/[!-~]{1,255}"
            check_arn(faults, "auto_scaling_group_arn", arn, "autoscaling", resource)
            group_id, rule = given.security_group_id, "write an id like sg-0123456789abcdef0."
            pattern = r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})"
            check_string(faults, "security_group_id", group_id, pattern, rule)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes
        self.security_group = SecurityGroup.from_attributes(
            self, "group", SecurityGroupAttributes(security_group_id=attributes.security_group_id)
        )
