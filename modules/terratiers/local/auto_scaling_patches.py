"""Closes the gaps of moto 5.2.5 around Auto Scaling groups; see emulator_patches.py.

Here is what a group and its parts forget; `auto_scaling_members` looks after the instances,
`auto_scaling_alarms` after the scaling policies.
"""

from __future__ import annotations

import uuid
from typing import Any

from terratiers.local.auto_scaling_alarms import apply_alarm_patches
from terratiers.local.auto_scaling_members import apply_member_patches, replace

__all__ = ["apply_auto_scaling_patches"]

# What AWS takes for what CreateAutoScalingGroup does not say, where moto takes something else
_DEFAULTS = {
    "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
    "HealthCheckGracePeriod": 0,
}
# The arguments of CreateAutoScalingGroup that moto drops, or takes a 0 of for its default
_SETTINGS = {
    "AvailabilityZoneDistribution": "availability_zone_distribution",
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "DefaultInstanceWarmup": "default_instance_warmup",
    "HealthCheckGracePeriod": "health_check_grace_period",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "PlacementGroup": "placement_group",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
    "TerminationPolicies": "termination_policies",
}


def apply_auto_scaling_patches() -> None:
    """Applies every patch to the moto of this process."""
    apply_member_patches()
    apply_alarm_patches()
    _keep_the_settings_of_groups()
    _keep_mixed_instances()
    _keep_what_hooks_are_given()
    _answer_as_policies_do()
    _keep_notifications()
    _stop_collecting_metrics()
    _refresh_instances()


def _keep_the_settings_of_groups() -> None:
    """A group answers with the settings that it was given, zeroes too, also when it is changed.

    moto forgets warm-up, lifetime, maintenance and distribution, and changes neither cool-down nor
    termination policies. Seen with `aws_autoscaling_group`.
    """
    from moto.autoscaling.responses import AutoScalingResponse

    def keep(stock: Any, missing: dict[str, Any]) -> Any:
        def answer(self: Any) -> Any:
            result = stock(self)
            given = self._get_params()
            group = self.autoscaling_backend.autoscaling_groups[given["AutoScalingGroupName"]]
            for name, attribute in _SETTINGS.items():
                if given.get(name, missing.get(name)) is not None:
                    setattr(group, attribute, given.get(name, missing.get(name)))
            return result

        return answer

    create = AutoScalingResponse.create_auto_scaling_group
    update = AutoScalingResponse.update_auto_scaling_group
    AutoScalingResponse.create_auto_scaling_group = keep(create, _DEFAULTS)
    AutoScalingResponse.update_auto_scaling_group = keep(update, {})


def _keep_mixed_instances() -> None:
    """Mixed instances stay until the group gets a launch template of its own, and replace it.

    moto drops them at the next change of anything, and answers with a launch template beside
    them. Seen with `aws_autoscaling_group` and `mixed_instances_policy`.
    """
    from moto.autoscaling.models import FakeAutoScalingGroup

    stock_update = FakeAutoScalingGroup.update
    stock_template = FakeAutoScalingGroup.launch_template.fget

    def update(self: Any, **options: Any) -> None:
        if not options.get("launch_template") and not options.get("mixed_instances_policy"):
            options["mixed_instances_policy"] = _by_id(self.mixed_instances_policy)
        stock_update(self, **options)

    def launch_template(self: Any) -> Any:
        return None if self.mixed_instances_policy else stock_template(self)

    FakeAutoScalingGroup.update = update
    FakeAutoScalingGroup.launch_template = property(launch_template)


def _by_id(policy: dict[str, Any] | None) -> dict[str, Any] | None:
    """As a request gives it: moto adds the template's name, and then refuses id and name."""
    if not policy:
        return policy
    template = dict(policy["LaunchTemplate"])
    named = template["LaunchTemplateSpecification"]
    template["LaunchTemplateSpecification"] = {
        key: value for key, value in named.items() if key != "LaunchTemplateName"
    }
    return {**policy, "LaunchTemplate": template}


def _keep_what_hooks_are_given() -> None:
    """A lifecycle hook has the target, role and metadata that it was given, or none.

    moto answers with a queue and a role of its own. Seen with `aws_autoscaling_lifecycle_hook`.
    """
    from moto.autoscaling.responses import AutoScalingResponse

    stock = AutoScalingResponse.put_lifecycle_hook

    def put_lifecycle_hook(self: Any) -> Any:
        answer = stock(self)
        given = self._get_params()
        name = f"{given['AutoScalingGroupName']}_{given['LifecycleHookName']}"
        hook = self.autoscaling_backend.lifecycle_hooks[name]
        hook.role_arn = given.get("RoleARN")
        hook.notification_target_arn = given.get("NotificationTargetARN")
        hook.notification_metadata = given.get("NotificationMetadata")
        return answer

    AutoScalingResponse.put_lifecycle_hook = put_lifecycle_hook


def _answer_as_policies_do() -> None:
    """A scaling policy is enabled, has nothing predictive that it was not given, and its alarms.

    Each plan would enable it again. Seen with `aws_autoscaling_policy`.
    """
    from moto.autoscaling.models import FakeScalingPolicy
    from moto.autoscaling.responses import AutoScalingResponse
    from moto.core.responses import ActionResult

    stock_make = FakeScalingPolicy.__init__
    stock_put = AutoScalingResponse.put_scaling_policy

    def initialize(self: Any, *args: Any, **options: Any) -> None:
        stock_make(self, *args, **options)
        self.enabled = True
        self.predictive_scaling_configuration = self.predictive_scaling_configuration or None

    def put_scaling_policy(self: Any) -> Any:
        arn = stock_put(self).result["PolicyArn"]
        given = self._get_params()
        policy = self.autoscaling_backend.policies[given["PolicyName"]]
        policy.enabled = given.get("Enabled", True)
        return ActionResult({"PolicyARN": arn, "Alarms": policy.alarms})

    FakeScalingPolicy.__init__ = initialize
    AutoScalingResponse.put_scaling_policy = put_scaling_policy


def _keep_notifications() -> None:
    """A group's notifications to topics are kept; moto has not implemented them.

    Seen with `aws_autoscaling_notification`.
    """
    from moto.autoscaling.responses import AutoScalingResponse
    from moto.core.responses import ActionResult, EmptyResult

    def configurations(self: Any) -> dict[tuple[str, str], list[str]]:
        backend = self.autoscaling_backend
        if not hasattr(backend, "notification_configurations"):
            backend.notification_configurations = {}
        kept: dict[tuple[str, str], list[str]] = backend.notification_configurations
        return kept

    def key(self: Any) -> tuple[str, str]:
        return self._get_param("AutoScalingGroupName"), self._get_param("TopicARN")

    def put_notification_configuration(self: Any) -> Any:
        configurations(self)[key(self)] = self._get_param("NotificationTypes", [])
        return EmptyResult()

    def delete_notification_configuration(self: Any) -> Any:
        configurations(self).pop(key(self), None)
        return EmptyResult()

    def describe_notification_configurations(self: Any) -> Any:
        names = self._get_param("AutoScalingGroupNames", [])
        found = [
            {"AutoScalingGroupName": group, "TopicARN": topic, "NotificationType": kind}
            for (group, topic), kinds in configurations(self).items()
            for kind in kinds
            if not names or group in names
        ]
        return ActionResult({"NotificationConfigurations": found})

    AutoScalingResponse.put_notification_configuration = put_notification_configuration
    AutoScalingResponse.delete_notification_configuration = delete_notification_configuration
    AutoScalingResponse.describe_notification_configurations = describe_notification_configurations


def _stop_collecting_metrics() -> None:
    """Metrics of a group can be switched off; moto has not implemented it.

    Seen with a shorter `enabled_metrics` of `aws_autoscaling_group`.
    """
    from moto.autoscaling.responses import AutoScalingResponse
    from moto.core.responses import EmptyResult

    def disable_metrics_collection(self: Any) -> Any:
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        named = self._get_param("Metrics") or list(group.metrics)
        group.metrics = [metric for metric in group.metrics if metric not in named]
        return EmptyResult()

    AutoScalingResponse.disable_metrics_collection = disable_metrics_collection


def _refresh_instances() -> None:
    """An instance refresh replaces the members that have not the newest version, at once.

    moto has not implemented it. Seen with `aws_autoscaling_group` and `instance_refresh`.
    """
    from moto.autoscaling.exceptions import AutoscalingClientError
    from moto.autoscaling.responses import AutoScalingResponse
    from moto.core.responses import ActionResult
    from moto.core.utils import utcnow

    def group_of(self: Any) -> Any:
        return self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]

    def start_instance_refresh(self: Any) -> Any:
        group, given = group_of(self), self._get_params()
        desired = given.get("DesiredConfiguration", {})
        if desired:
            mixed = desired.get("MixedInstancesPolicy")
            group.mixed_instances_policy = mixed
            group._set_launch_configuration(None, desired.get("LaunchTemplate"), mixed)
        preferences = given.get("Preferences", {})
        outdated = _outdated(group, preferences)
        replace(group, outdated)
        refresh = {
            "InstanceRefreshId": str(uuid.uuid4()),
            "AutoScalingGroupName": group.name,
            "Status": "Successful",
            "StartTime": utcnow(),
            "EndTime": utcnow(),
            "PercentageComplete": 100,
            "InstancesToUpdate": 0,
            "Preferences": preferences,
            "DesiredConfiguration": desired or None,
        }
        group.instance_refreshes = [refresh, *getattr(group, "instance_refreshes", [])]
        return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})

    def describe_instance_refreshes(self: Any) -> Any:
        found = getattr(group_of(self), "instance_refreshes", [])
        ids = self._get_param("InstanceRefreshIds", [])
        chosen = [refresh for refresh in found if not ids or refresh["InstanceRefreshId"] in ids]
        return ActionResult({"InstanceRefreshes": chosen})

    def cancel_instance_refresh(self: Any) -> Any:
        name = group_of(self).name
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound", f"No in progress or pending refresh of {name}."
        )

    AutoScalingResponse.start_instance_refresh = start_instance_refresh
    AutoScalingResponse.describe_instance_refreshes = describe_instance_refreshes
    AutoScalingResponse.cancel_instance_refresh = cancel_instance_refresh


def _outdated(group: Any, preferences: dict[str, Any]) -> list[Any]:
    """The members that a refresh replaces: not those on standby, protected, or like the rest."""
    newest = str(group.ec2_launch_template.get_version(group.launch_template_version).number)
    protected = preferences.get("ScaleInProtectedInstances") != "Refresh"
    return [
        member
        for member in group.active_instances()
        if not (protected and member.protected_from_scale_in)
        and not (
            preferences.get("SkipMatching") and getattr(member, "started_version", None) == newest
        )
    ]
