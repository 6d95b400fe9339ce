"""Each patch answers as AWS does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import json
import uuid
from collections import Counter

from terratiers.local.auto_scaling_alarms import _adjusted

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

MISSING = (ClientError, ResponseParserError)


class Group:
    """A group of `t3.micro` in two subnets, behind a target group."""

    def __init__(self, emulator, **options):
        self.auto_scaling = emulator.client("autoscaling")
        self.cloudwatch = emulator.client("cloudwatch")
        self.ec2 = emulator.client("ec2")
        self.elb = emulator.client("elbv2")
        self.name = f"g-{uuid.uuid4().hex[:12]}"
        subnets = self.ec2.describe_subnets()["Subnets"][:2]
        self.subnets = [subnet["SubnetId"] for subnet in subnets]
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        self.data = {"ImageId": image, "InstanceType": "t3.micro"}
        self.template = self.ec2.create_launch_template(
            LaunchTemplateName=self.name, LaunchTemplateData=self.data
        )["LaunchTemplate"]["LaunchTemplateId"]
        self.target_group = self.elb.create_target_group(
            Name=self.name, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"]
        )["TargetGroups"][0]["TargetGroupArn"]
        launch = {"LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "1"}}
        if "MixedInstancesPolicy" in options:
            launch = {}
            options["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"] = {
                "LaunchTemplateId": self.template,
                "Version": "1",
            }
        sizes = {"MinSize": 1, "DesiredCapacity": 2, "MaxSize": 4}
        self.auto_scaling.create_auto_scaling_group(
            AutoScalingGroupName=self.name,
            VPCZoneIdentifier=",".join(self.subnets),
            TargetGroupARNs=[self.target_group],
            **{**launch, **sizes, **options},
        )

    def described(self):
        [group] = self.auto_scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])[
            "AutoScalingGroups"
        ]
        return group

    def members(self):
        return [member["InstanceId"] for member in self.described()["Instances"]]

    def instances(self):
        found = self.ec2.describe_instances(InstanceIds=self.members())["Reservations"]
        return [instance for reservation in found for instance in reservation["Instances"]]

    def targets(self):
        found = self.elb.describe_target_health(TargetGroupArn=self.target_group)
        return sorted(entry["Target"]["Id"] for entry in found["TargetHealthDescriptions"])

    def update(self, **options):
        self.auto_scaling.update_auto_scaling_group(AutoScalingGroupName=self.name, **options)

    def policy(self, **options):
        self.auto_scaling.put_scaling_policy(
            AutoScalingGroupName=self.name, PolicyName=self.name, **options
        )
        [policy] = self.auto_scaling.describe_policies(AutoScalingGroupName=self.name)[
            "ScalingPolicies"
        ]
        return policy

    def track(self, target=50.0, **options):
        metric = {"PredefinedMetricType": "ASGAverageCPUUtilization"}
        return self.policy(
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={
                "PredefinedMetricSpecification": metric,
                "TargetValue": target,
                **options,
            },
        )

    def alarm(self, *actions):
        """An alarm at 50 with these actions."""
        self.cloudwatch.put_metric_alarm(
            AlarmName=self.name,
            Namespace="Shop",
            MetricName="Orders",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=50,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=list(actions),
        )
        return self.name

    def ring(self, alarm, *values):
        reason = {"StateReasonData": json.dumps({"recentDatapoints": values})} if values else {}
        self.cloudwatch.set_alarm_state(
            AlarmName=alarm, StateValue="ALARM", StateReason="test", **reason
        )


def zones(emulator):
    return len({i["Placement"]["AvailabilityZone"] for i in Group(emulator).instances()})


def test_instances_are_spread_over_the_subnets(patched):
    assert zones(patched) == 2


def test_stock_moto_still_uses_the_first_subnet(stock):
    assert zones(stock) == 1


def test_a_subnet_that_is_taken_away_is_left(patched):
    group = Group(patched)
    group.update(VPCZoneIdentifier=group.subnets[0])
    assert {i["SubnetId"] for i in group.instances()} == {group.subnets[0]}
    assert group.targets() == sorted(group.members())


def fail(group, how):
    [failed, kept] = group.members()
    if how == "terminated":
        group.ec2.terminate_instances(InstanceIds=[failed])
    elif how == "stopped":
        group.ec2.stop_instances(InstanceIds=[failed])
    else:
        group.auto_scaling.set_instance_health(InstanceId=failed, HealthStatus="Unhealthy")
    members = group.members()
    targets = group.targets()
    return len(members) == 2 and failed not in members and kept in members, targets == sorted(
        members
    )


@pytest.mark.parametrize("how", ["terminated", "stopped", "unhealthy"])
def test_what_fails_is_replaced_and_registered(patched, how):
    assert fail(Group(patched), how) == (True, True)


@pytest.mark.parametrize("how", ["terminated", "stopped", "unhealthy"])
def test_stock_moto_still_replaces_the_terminated_only(stock, how):
    assert fail(Group(stock), how) != (True, True)


def test_nothing_is_replaced_while_that_is_suspended(patched):
    group = Group(patched)
    group.auto_scaling.suspend_processes(
        AutoScalingGroupName=group.name, ScalingProcesses=["ReplaceUnhealthy"]
    )
    before = group.members()
    group.ec2.stop_instances(InstanceIds=before[:1])
    assert group.members() == before


def test_a_group_shrinks_in_the_fullest_zone_and_spares_the_protected(patched):
    group = Group(patched, DesiredCapacity=3)
    zones = Counter(i["Placement"]["AvailabilityZone"] for i in group.instances())
    assert sorted(zones.values()) == [1, 2]
    group.auto_scaling.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=2)
    zones = Counter(i["Placement"]["AvailabilityZone"] for i in group.instances())
    assert sorted(zones.values()) == [1, 1]
    assert group.targets() == sorted(group.members())
    protected = group.members()[0]
    group.auto_scaling.set_instance_protection(
        AutoScalingGroupName=group.name, InstanceIds=[protected], ProtectedFromScaleIn=True
    )
    group.auto_scaling.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)
    assert group.members() == [protected]


SETTINGS = {
    "DefaultCooldown": 5,
    "DefaultInstanceWarmup": 7,
    "HealthCheckGracePeriod": 0,
    "InstanceMaintenancePolicy": {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120},
    "MaxInstanceLifetime": 86_400,
    "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-only"},
    "TerminationPolicies": ["OldestInstance"],
}


def settings(group):
    return {name: group.described().get(name) for name in SETTINGS}


def test_groups_keep_their_settings(patched):
    assert settings(Group(patched, **SETTINGS)) == SETTINGS
    group = Group(patched)
    assert group.described()["HealthCheckGracePeriod"] == 0
    group.update(**SETTINGS)
    assert settings(group) == SETTINGS


def test_stock_moto_still_forgets_settings(stock):
    kept = settings(Group(stock, **SETTINGS))
    assert {name for name in SETTINGS if kept[name] != SETTINGS[name]} == {
        "AvailabilityZoneDistribution",
        "DefaultInstanceWarmup",
        "HealthCheckGracePeriod",
        "InstanceMaintenancePolicy",
        "MaxInstanceLifetime",
    }


def mixed(emulator):
    """Whether mixed instances outlive another change, and whether a template stands beside."""
    distribution = {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 0}
    overrides = [{"InstanceType": "m7i.large"}, {"InstanceType": "m6i.large"}]
    policy = {"LaunchTemplate": {"Overrides": overrides}, "InstancesDistribution": distribution}
    group = Group(emulator, MixedInstancesPolicy=policy)
    group.update(MaxSize=5)
    return group, "MixedInstancesPolicy" in group.described()


def test_mixed_instances_stay(patched):
    group, stays = mixed(patched)
    assert stays
    assert "LaunchTemplate" not in group.described()
    kinds = Counter((i["InstanceType"], i.get("InstanceLifecycle")) for i in group.instances())
    assert kinds == {("m7i.large", None): 1, ("m7i.large", "spot"): 1}


def test_stock_moto_still_drops_them(stock):
    assert not mixed(stock)[1]


def test_weights_count(patched):
    overrides = [{"InstanceType": "m7i.large", "WeightedCapacity": "2"}]
    policy = {"LaunchTemplate": {"Overrides": overrides}}
    group = Group(patched, MixedInstancesPolicy=policy, DesiredCapacity=3)
    assert len(group.members()) == 2
    assert group.described()["Instances"][0]["WeightedCapacity"] == "2"


def hook(emulator):
    group = Group(emulator)
    group.auto_scaling.put_lifecycle_hook(
        AutoScalingGroupName=group.name,
        LifecycleHookName="drain",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        NotificationMetadata="x",
    )
    [hook] = group.auto_scaling.describe_lifecycle_hooks(AutoScalingGroupName=group.name)[
        "LifecycleHooks"
    ]
    return hook.get("NotificationTargetARN"), hook.get("RoleARN"), hook.get("NotificationMetadata")


def test_hooks_have_what_they_are_given(patched):
    assert hook(patched) == (None, None, "x")


def test_stock_moto_still_invents_a_target(stock):
    target, role, metadata = hook(stock)
    assert target
    assert role
    assert metadata is None


def enabled(emulator):
    group = Group(emulator)
    group.track()
    [policy] = group.auto_scaling.describe_policies(AutoScalingGroupName=group.name)[
        "ScalingPolicies"
    ]
    return policy.get("Enabled"), len(policy.get("Alarms", []))


def test_policies_are_enabled_and_have_their_alarms(patched):
    assert enabled(patched) == (True, 2)


def test_stock_moto_still_has_neither(stock):
    assert enabled(stock) == (None, 0)


def test_alarms_go_with_their_policy(patched):
    group = Group(patched)
    first = {alarm["AlarmName"] for alarm in group.track()["Alarms"]}
    second = {alarm["AlarmName"] for alarm in group.track(DisableScaleIn=True)["Alarms"]}
    known = {alarm["AlarmName"] for alarm in group.cloudwatch.describe_alarms()["MetricAlarms"]}
    assert len(second) == 1
    assert second <= known
    assert not first & known
    group.auto_scaling.delete_policy(AutoScalingGroupName=group.name, PolicyName=group.name)
    known = {alarm["AlarmName"] for alarm in group.cloudwatch.describe_alarms()["MetricAlarms"]}
    assert not second & known


def test_a_target_is_followed_in_proportion_and_within_the_limits(patched):
    group = Group(patched)
    high, low = (alarm["AlarmName"] for alarm in group.track()["Alarms"])
    group.ring(high)
    assert group.described()["DesiredCapacity"] == 3
    group.ring(high, 60.0)
    assert group.described()["DesiredCapacity"] == 4
    group.ring(high, 100.0)
    assert group.described()["DesiredCapacity"] == len(group.members()) == 4
    group.ring(low, 20.0)
    assert group.described()["DesiredCapacity"] == 2
    group.ring(low, 0.0)
    assert group.described()["DesiredCapacity"] == len(group.members()) == 1
    assert group.targets() == group.members()


def test_alarms_are_not_heard_while_that_is_suspended(patched):
    group = Group(patched)
    high = group.track()["Alarms"][0]["AlarmName"]
    group.auto_scaling.suspend_processes(
        AutoScalingGroupName=group.name, ScalingProcesses=["AlarmNotification"]
    )
    group.ring(high, 100.0)
    assert group.described()["DesiredCapacity"] == 2


STEPS = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
    {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 5},
]


def stepped(emulator, *values):
    group = Group(emulator)
    arn = group.policy(
        PolicyType="StepScaling", AdjustmentType="ChangeInCapacity", StepAdjustments=STEPS
    )["PolicyARN"]
    group.ring(group.alarm(arn), *values)
    return group.described()["DesiredCapacity"]


@pytest.mark.parametrize(("values", "desired"), [((), 3), ((60.0,), 3), ((70.0,), 4)], ids=str)
def test_an_alarm_runs_the_step_that_it_reached(patched, values, desired):
    assert stepped(patched, *values) == desired


def test_stock_moto_still_runs_nothing(stock):
    assert stepped(stock, 70.0) == 2


def test_a_policy_that_is_executed_stays_within_the_limits(patched):
    group = Group(patched)
    group.policy(PolicyType="SimpleScaling", AdjustmentType="ChangeInCapacity", ScalingAdjustment=9)
    group.auto_scaling.execute_policy(AutoScalingGroupName=group.name, PolicyName=group.name)
    assert group.described()["DesiredCapacity"] == len(group.members()) == 4


class Percent:
    adjustment_type = "PercentChangeInCapacity"

    def __init__(self, least=None):
        self.min_adjustment_magnitude = least


@pytest.mark.parametrize(
    ("current", "percent", "least", "wanted"),
    [
        (10, 25, None, 12),
        (4, 10, None, 5),
        (10, -25, None, 8),
        (4, -10, None, 3),
        (4, 10, 2, 6),
        (4, 0, None, 4),
    ],
    ids=str,
)
def test_percentages_are_rounded_towards_zero_but_by_one_at_least(current, percent, least, wanted):
    assert _adjusted(Percent(least), percent, current) == wanted


def notifications(emulator):
    group = Group(emulator)
    topic = f"arn:aws:sns:us-east-1:123456789012:{group.name}"
    kinds = ["autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_TERMINATE"]
    group.auto_scaling.put_notification_configuration(
        AutoScalingGroupName=group.name, TopicARN=topic, NotificationTypes=kinds
    )
    found = group.auto_scaling.describe_notification_configurations(
        AutoScalingGroupNames=[group.name]
    )["NotificationConfigurations"]
    group.auto_scaling.delete_notification_configuration(
        AutoScalingGroupName=group.name, TopicARN=topic
    )
    left = group.auto_scaling.describe_notification_configurations(
        AutoScalingGroupNames=[group.name]
    )["NotificationConfigurations"]
    return [entry["NotificationType"] for entry in found] == kinds and not left


def test_notifications_are_kept(patched):
    assert notifications(patched)


def test_stock_moto_still_lacks_notifications(stock):
    with pytest.raises(MISSING):
        notifications(stock)


def metrics(emulator):
    group = Group(emulator)
    name = group.name
    group.auto_scaling.enable_metrics_collection(
        AutoScalingGroupName=name, Granularity="1Minute", Metrics=["GroupMinSize", "GroupMaxSize"]
    )
    group.auto_scaling.disable_metrics_collection(
        AutoScalingGroupName=name, Metrics=["GroupMinSize"]
    )
    return [metric["Metric"] for metric in group.described()["EnabledMetrics"]]


def test_metrics_are_switched_off(patched):
    assert metrics(patched) == ["GroupMaxSize"]


def test_stock_moto_still_cannot_switch_them_off(stock):
    with pytest.raises(MISSING):
        metrics(stock)


def refreshed(emulator, **preferences):
    """A group whose template has a second version of another type, and a refresh to it."""
    group = Group(emulator)
    group.ec2.create_launch_template_version(
        LaunchTemplateId=group.template,
        LaunchTemplateData={**group.data, "InstanceType": "t3.small"},
    )
    desired = {"LaunchTemplate": {"LaunchTemplateId": group.template, "Version": "2"}}
    group.auto_scaling.start_instance_refresh(
        AutoScalingGroupName=group.name,
        DesiredConfiguration=desired,
        Preferences={"SkipMatching": True, **preferences},
    )
    return group


def test_a_refresh_replaces_the_members(patched):
    group = refreshed(patched)
    assert {i["InstanceType"] for i in group.instances()} == {"t3.small"}
    versions = {member["LaunchTemplate"]["Version"] for member in group.described()["Instances"]}
    assert versions == {"2"}
    assert group.targets() == sorted(group.members())
    before = group.members()
    group.auto_scaling.start_instance_refresh(
        AutoScalingGroupName=group.name, Preferences={"SkipMatching": True}
    )
    assert group.members() == before
    group.auto_scaling.start_instance_refresh(AutoScalingGroupName=group.name)
    assert not set(before) & set(group.members())
    found = group.auto_scaling.describe_instance_refreshes(AutoScalingGroupName=group.name)
    assert [refresh["Status"] for refresh in found["InstanceRefreshes"]] == ["Successful"] * 3
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        group.auto_scaling.cancel_instance_refresh(AutoScalingGroupName=group.name)


def test_stock_moto_still_lacks_refreshes(stock):
    with pytest.raises(MISSING):
        refreshed(stock)


def test_a_member_tells_the_version_it_was_started_from(patched):
    group = Group(patched)
    group.ec2.create_launch_template_version(
        LaunchTemplateId=group.template, LaunchTemplateData=group.data
    )
    group.ec2.modify_launch_template(LaunchTemplateId=group.template, DefaultVersion="2")
    versions = [member["LaunchTemplate"]["Version"] for member in group.described()["Instances"]]
    assert versions == ["1", "1"]


def test_stock_moto_still_tells_the_default_version(stock):
    group = Group(stock)
    group.ec2.create_launch_template_version(
        LaunchTemplateId=group.template, LaunchTemplateData=group.data
    )
    group.ec2.modify_launch_template(LaunchTemplateId=group.template, DefaultVersion="2")
    versions = [member["LaunchTemplate"]["Version"] for member in group.described()["Instances"]]
    assert versions == ["2", "2"]
