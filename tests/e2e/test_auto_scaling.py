"""Rows D7 and D8: an Auto Scaling group behind a load balancer applies and plans clean, replaces
what fails, grows under load to its maximum, rolls a new version, and takes another zone."""

from __future__ import annotations

import json
from collections import Counter

from terratiers.compute import (
    AdjustmentType,
    AutoScalingGroup,
    GroupMetric,
    InstanceMaintenance,
    InstanceRefresh,
    LaunchTemplate,
    LifecycleTransition,
    MachineImage,
    Metric,
    MixedInstances,
    NotificationEvent,
    ScalingProcess,
    ScalingStep,
    TerminationPolicy,
    WarmPool,
)
from terratiers.core.synthesis import read_synthesis
from terratiers.load_balancing import ApplicationLoadBalancer, TargetGroup
from terratiers.local.deployment import Deployment
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Principal, Role

import pytest
from cdktf import App, LocalBackend, TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.elb import Elb, ElbHealthCheck, ElbListener
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic

REGION = "eu-central-1"
LINUX = MachineImage.amazon_linux_2023()
LINKED = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/"


def new_stack(outdir, name):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, name)
    default = AwsProviderDefaultTags(tags={"Project": "shop"})
    AwsProvider(stack, "aws", region=REGION, default_tags=[default])
    LocalBackend(stack, path="terraform.tfstate")
    return app, stack


def network(stack, zones):
    return Vpc(
        stack,
        "vpc",
        availability_zones=[f"{REGION}{letter}" for letter in zones],
        subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
        flow_logs=None,
    )


def lab(outdir, *, zones="ab", instance_type="t3.micro"):
    """The lab's group: 1 to 4 instances, 2 to start with, behind a balancer."""
    app, stack = new_stack(outdir, "scaled")
    vpc = network(stack, zones)
    template = LaunchTemplate(
        stack,
        "web",
        vpc=vpc,
        instance_type=instance_type,
        machine_image=LINUX,
        ssm_access=False,
        tags={"Role": "web"},
    )
    servers = AutoScalingGroup(
        stack,
        "servers",
        launch_template=template,
        min_capacity=1,
        desired_capacity=2,
        max_capacity=4,
    )
    servers.scale_on_cpu_utilization("cpu", target_utilization_percent=60)
    alb = ApplicationLoadBalancer(stack, "alb", vpc=vpc)
    http = alb.add_listener("http", port=80)
    pages = http.add_targets("pages", port=8080, targets=[servers])
    servers.scale_on_request_count("requests", requests_per_target=1000, target_group=pages)
    app.synth()
    return read_synthesis(outdir)


class Group:
    """The group of the lab as boto3 sees it."""

    def __init__(self, emulator, state):
        self.auto_scaling = emulator.client("autoscaling", REGION)
        self.cloudwatch = emulator.client("cloudwatch", REGION)
        self.ec2 = emulator.client("ec2", REGION)
        self.elb = emulator.client("elbv2", REGION)
        self.name = state["aws_autoscaling_group.servers"]["name"]
        self.target_group = state["aws_lb_target_group.alb_http_pages"]["arn"]

    def described(self):
        [group] = self.auto_scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])[
            "AutoScalingGroups"
        ]
        return group

    def members(self):
        return {member["InstanceId"]: member for member in self.described()["Instances"]}

    def instances(self):
        found = self.ec2.describe_instances(InstanceIds=list(self.members()))["Reservations"]
        return [instance for reservation in found for instance in reservation["Instances"]]

    def targets(self):
        found = self.elb.describe_target_health(TargetGroupArn=self.target_group)
        return {
            entry["Target"]["Id"]: entry["TargetHealth"]["State"]
            for entry in found["TargetHealthDescriptions"]
        }

    def load(self, percent, side="High"):
        """Lets the alarm of the CPU's target go off."""
        [policy] = self.auto_scaling.describe_policies(
            AutoScalingGroupName=self.name, PolicyNames=["scaled-servers-cpu"]
        )["ScalingPolicies"]
        [alarm] = [a["AlarmName"] for a in policy["Alarms"] if f"-Alarm{side}-" in a["AlarmName"]]
        self.cloudwatch.set_alarm_state(
            AlarmName=alarm,
            StateValue="ALARM",
            StateReason="load",
            StateReasonData=json.dumps({"recentDatapoints": [float(percent)]}),
        )


@pytest.fixture(scope="module")
def running(emulator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaled")
    synthesis = lab(folder / "before")
    deployment = Deployment(synthesis, emulator, folder / "work")
    list(deployment.up())
    yield deployment, synthesis[0], folder
    list(Deployment(lab(folder / "end"), emulator, folder / "work").down())


@pytest.fixture
def group(running, emulator):
    deployment, tier, _ = running
    return Group(emulator, deployment.prepare(tier).state())


def planned(running, emulator, name, **options):
    """What another program plans, and its deployment."""
    _, _, folder = running
    synthesis = lab(folder / name, **options)
    deployment = Deployment(synthesis, emulator, folder / "work")
    changes = deployment.prepare(synthesis[0]).plan()
    return {change.address: change.actions for change in changes}, deployment, synthesis[0]


def test_it_applies_and_plans_clean(running):
    deployment, tier, _ = running
    assert deployment.prepare(tier).plan() == []


def test_its_instances_run_in_both_zones_registered_and_tagged(group):
    instances = group.instances()
    assert [i["State"]["Name"] for i in instances] == ["running", "running"]
    assert Counter(i["Placement"]["AvailabilityZone"] for i in instances) == {
        f"{REGION}a": 1,
        f"{REGION}b": 1,
    }
    assert group.targets() == dict.fromkeys(group.members(), "healthy")
    for instance in instances:
        tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        assert tags["Name"] == "scaled-servers"
        assert (tags["Project"], tags["Role"]) == ("shop", "web")
    assert group.described()["HealthCheckType"] == "ELB"
    assert group.described()["HealthCheckGracePeriod"] == 300


def terminated(group, id):
    group.ec2.terminate_instances(InstanceIds=[id])


def stopped(group, id):
    group.ec2.stop_instances(InstanceIds=[id])


def unhealthy(group, id):
    group.auto_scaling.set_instance_health(InstanceId=id, HealthStatus="Unhealthy")


@pytest.mark.parametrize("fail", [terminated, stopped, unhealthy])
def test_what_fails_is_replaced(running, group, fail):
    failed, kept = sorted(group.members())
    fail(group, failed)
    members = group.members()
    assert len(members) == 2
    assert kept in members
    assert failed not in members
    assert group.targets() == dict.fromkeys(members, "healthy")
    assert len({i["Placement"]["AvailabilityZone"] for i in group.instances()}) == 2
    deployment, tier, _ = running
    assert deployment.prepare(tier).plan() == []


def test_under_full_load_it_grows_to_four_and_no_further(running, group):
    for _ in range(3):
        group.load(100)
    described = group.described()
    assert described["DesiredCapacity"] == described["MaxSize"] == 4
    zones = Counter(i["Placement"]["AvailabilityZone"] for i in group.instances())
    assert zones == {f"{REGION}a": 2, f"{REGION}b": 2}
    assert group.targets() == dict.fromkeys(group.members(), "healthy")
    deployment, tier, _ = running
    assert deployment.prepare(tier).plan() == []

    for _ in range(4):
        group.load(5, "Low")
    assert group.described()["DesiredCapacity"] == 1
    assert len(group.targets()) == 1
    assert deployment.prepare(tier).plan() == []
    group.load(100)
    assert group.described()["DesiredCapacity"] == 2


def test_a_new_version_rolls_the_group_in_place(running, emulator, group):
    before = set(group.members())
    changes, deployment, tier = planned(running, emulator, "larger", instance_type="t3.small")
    assert changes == {
        "aws_launch_template.web": ("update",),
        "aws_autoscaling_group.servers": ("update",),
    }
    terraform = deployment.prepare(tier)
    terraform.apply()
    assert terraform.plan() == []
    [refresh] = group.auto_scaling.describe_instance_refreshes(AutoScalingGroupName=group.name)[
        "InstanceRefreshes"
    ]
    assert refresh["Preferences"]["MinHealthyPercentage"] == 100
    assert not before & set(group.members())
    assert {i["InstanceType"] for i in group.instances()} == {"t3.small"}
    assert group.targets() == dict.fromkeys(group.members(), "healthy")


def test_another_zone_only_adds(running, emulator, group):
    changes, deployment, tier = planned(
        running, emulator, "wider", instance_type="t3.small", zones="abc"
    )
    assert changes.pop("aws_autoscaling_group.servers") == ("update",)
    assert changes.pop("aws_lb.alb") == ("update",)
    assert set(changes.values()) == {("create",)}
    terraform = deployment.prepare(tier)
    terraform.apply()
    assert terraform.plan() == []
    assert len(group.described()["AvailabilityZones"]) == 3
    for _ in range(2):
        group.load(100)
    zones = Counter(i["Placement"]["AvailabilityZone"] for i in group.instances())
    assert zones[f"{REGION}c"] >= 1


def everything(outdir, *, grown=False):
    """Every option of groups, over three of them."""
    app, stack = new_stack(outdir, "options")
    vpc = network(stack, "ab")
    template = LaunchTemplate(
        stack, "web", vpc=vpc, instance_type="m7i.large", machine_image=LINUX, ssm_access=False
    )
    topic = SnsTopic(stack, "topic", name="scaling")
    warm = AutoScalingGroup(
        stack,
        "warm",
        launch_template=template,
        min_capacity=1,
        max_capacity=3,
        availability_zones=[f"{REGION}a"],
        availability_zone_distribution="balanced-only",
        health_check_type="EC2",
        health_check_grace_period=0,
        instance_refresh=InstanceRefresh(
            min_healthy_percentage=90,
            max_healthy_percentage=120,
            instance_warmup=30,
            skip_matching=False,
            auto_rollback=False,
            checkpoints=[50, 100],
            checkpoint_delay=60,
            triggers=["tag"],
            scale_in_protected="Refresh",
            standby="Terminate",
            alarms=["errors"],
        ),
        instance_maintenance=InstanceMaintenance(
            min_healthy_percentage=90, max_healthy_percentage=120
        ),
        warm_pool=WarmPool(
            state="Running", min_size=1, max_prepared_capacity=3, reuse_on_scale_in=True
        ),
        default_cooldown=30,
        default_instance_warmup=15,
        max_instance_lifetime=604_800,
        termination_policies=[
            TerminationPolicy.OLDEST_LAUNCH_TEMPLATE,
            TerminationPolicy.OLDEST_INSTANCE,
        ],
        suspended_processes=[ScalingProcess.AZ_REBALANCE, ScalingProcess.SCHEDULED_ACTIONS],
        protect_from_scale_in=True,
        placement_group="close",
        service_linked_role_arn=f"{LINKED}AWSServiceRoleForAutoScaling_web",
        group_metrics=[*GroupMetric.SIZES, *GroupMetric.WARM_POOL],
        force_delete=True,
        tags={"Team": "web"},
    )
    spot = AutoScalingGroup(
        stack,
        "spot",
        launch_template=template,
        min_capacity=4,
        max_capacity=12,
        mixed_instances=MixedInstances(
            instance_types={"m7i.large": 2, "m6i.xlarge": 4},
            on_demand_base_capacity=2,
            on_demand_percentage=50,
            spot_allocation_strategy="lowest-price",
            spot_pools=3,
            spot_max_price="0.09",
        ),
        capacity_rebalance=True,
        instance_refresh=None,
        wait_for_capacity_timeout=0,
        group_metrics=(),
    )
    own = {"AutoScalingGroupName": spot.auto_scaling_group_name}
    spot.scale_on_metric(
        "memory",
        metric=Metric(namespace="CWAgent", name="mem_used_percent", dimensions=own, period=120),
        steps=[
            ScalingStep(upper=20, change=-50),
            ScalingStep(lower=60, change=25),
            ScalingStep(lower=80, change=50),
        ],
        adjustment_type=AdjustmentType.PERCENT_CHANGE_IN_CAPACITY,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        estimated_instance_warmup=60,
        min_adjustment_magnitude=2,
    )
    spot.scale_on_metric(
        "latency",
        metric=Metric(namespace="Shop", name="Latency", statistic="p99", unit="Milliseconds"),
        steps=[
            ScalingStep(lower=0.5, upper=1.25, change=2),
            ScalingStep(lower=1.25, change=8),
        ],
        adjustment_type=AdjustmentType.EXACT_CAPACITY,
    )
    spot.scale_on_metric(
        "bytes",
        metric=Metric(namespace="Shop", name="Bytes"),
        steps=[
            ScalingStep(lower=10_000_000, upper=11_234_567, change=1),
            ScalingStep(lower=11_234_567, upper=11_234_568.5, change=2),
            ScalingStep(lower=11_234_568.5, change=3),
            ScalingStep(upper=0.000_01, change=-1),
        ],
    )
    spot.scale_to_track_metric(
        "backlog",
        metric=Metric(
            namespace="Shop",
            name="Backlog",
            dimensions={"Queue": "orders", "Area": "eu"},
            statistic="Sum",
            unit="Count",
            period=30,
        ),
        target_value=2.5,
        disable_scale_in=True,
        estimated_instance_warmup=90,
    )
    spot.scale_on_network_in("in", target_bytes=1_000_000)
    spot.scale_on_network_out("out", target_bytes=2_000_000)
    spot.scale_on_schedule(
        "morning",
        recurrence="0 8 * * MON-FRI",
        time_zone="Asia/Seoul",
        min_capacity=0,
        max_capacity=12,
        desired_capacity=0,
    )
    spot.scale_on_schedule(
        "sale",
        start_time="2099-11-27T00:00:00Z",
        end_time="2099-11-28T00:00:00Z",
        recurrence="*/30 * * * *",
        max_capacity=20,
    )
    spot.add_lifecycle_hook(
        "prepare",
        transition=LifecycleTransition.LAUNCH,
        heartbeat_timeout=30,
        default_result="CONTINUE",
        metadata="x",
    )
    publishing = Role(
        stack, "publishing", assumed_by=Principal.service("autoscaling"), description="hooks"
    )
    spot.add_lifecycle_hook(
        "drain",
        transition=LifecycleTransition.TERMINATE,
        notification_target_arn=topic.arn,
        role=publishing,
    )
    spot.add_lifecycle_hook(
        "queue",
        transition=LifecycleTransition.TERMINATE,
        notification_target_arn=f"arn:aws:sqs:{REGION}:123456789012:drain",
    )
    spot.notify("ops", topic.arn)
    spot.notify(
        "launches",
        f"arn:aws:sns:{REGION}:123456789012:launches",
        events=[NotificationEvent.LAUNCH],
    )
    balancer = Elb(
        stack,
        "old",
        name="old",
        subnets=list(vpc.subnet_ids("public").values()),
        listener=[
            ElbListener(instance_port=80, instance_protocol="http", lb_port=80, lb_protocol="http")
        ],
        health_check=ElbHealthCheck(
            healthy_threshold=2, unhealthy_threshold=2, interval=30, timeout=5, target="TCP:80"
        ),
        lifecycle=TerraformResourceLifecycle(ignore_changes=["instances"]),
    )
    spot.attach_to_load_balancer_name("old", balancer.name)
    group = TargetGroup(stack, "pages", vpc=vpc, port=8080)
    warm.attach_to_target_group(group)
    if grown:
        warm.attach_to_target_group(TargetGroup(stack, "more", vpc=vpc, port=8081))
        warm.scale_on_cpu_utilization("cpu", target_utilization_percent=50)
        warm.scale_on_schedule("night", recurrence="0 20 * * *", desired_capacity=1)
        warm.add_lifecycle_hook("drain", transition=LifecycleTransition.TERMINATE)
        warm.notify("ops", topic.arn)
    app.synth()
    return read_synthesis(outdir)


def test_every_option_applies_and_what_is_added_only_adds(emulator, tmp_path):
    before = everything(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(before[0])
    assert terraform.plan() == []

    auto_scaling = emulator.client("autoscaling", REGION)
    groups = {
        group["AutoScalingGroupName"].rsplit("-", 1)[0]: group
        for group in auto_scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    }
    spot, warm = groups["options-spot"], groups["options-warm"]
    ids = [member["InstanceId"] for member in spot["Instances"]]
    found = emulator.client("ec2", REGION).describe_instances(InstanceIds=ids)["Reservations"]
    kinds = Counter(
        (i["InstanceType"], i.get("InstanceLifecycle", "on-demand"))
        for reservation in found
        for i in reservation["Instances"]
    )
    # four units are two instances of weight 2: three units on demand, two instances for them
    assert kinds == {("m7i.large", "on-demand"): 2}
    assert (warm["DefaultCooldown"], warm["DefaultInstanceWarmup"]) == (30, 15)
    assert warm["HealthCheckGracePeriod"] == 0
    assert warm["HealthCheckType"] == "EC2"
    assert [i["ProtectedFromScaleIn"] for i in warm["Instances"]] == [True]

    after = everything(tmp_path / "after", grown=True)
    changes = deployment.prepare(after[0]).plan()
    assert {change.address: change.actions for change in changes} == {
        "aws_autoscaling_attachment.warm_more": ("create",),
        "aws_autoscaling_lifecycle_hook.warm_drain": ("create",),
        "aws_autoscaling_notification.warm_ops": ("create",),
        "aws_autoscaling_policy.warm_cpu": ("create",),
        "aws_autoscaling_schedule.warm_night": ("create",),
        "aws_lb_target_group.more": ("create",),
        "terraform_data.warm_night": ("create",),
    }
    list(Deployment(after, emulator, tmp_path / "work").down())


def scheduled(outdir, **times):
    """An empty group with a schedule."""
    app, stack = new_stack(outdir, "timed")
    vpc = network(stack, "ab")
    template = LaunchTemplate(
        stack, "web", vpc=vpc, instance_type="m7i.large", machine_image=LINUX, ssm_access=False
    )
    group = AutoScalingGroup(
        stack, "servers", launch_template=template, min_capacity=0, max_capacity=2
    )
    group.scale_on_schedule("night", desired_capacity=0, **times)
    app.synth()
    return read_synthesis(outdir)


def test_another_time_makes_the_schedule_anew(emulator, tmp_path):
    """What was taken out is gone, and not sent again as the state holds it."""
    start, end = "2099-11-27T20:00:00Z", "2099-12-27T20:00:00Z"
    first = scheduled(tmp_path / "first", recurrence="0 20 * * *", start_time=start, end_time=end)
    list(Deployment(first, emulator, tmp_path / "work").up())
    auto_scaling = emulator.client("autoscaling", REGION)

    def action():
        [found] = [
            one
            for one in auto_scaling.describe_scheduled_actions()["ScheduledUpdateGroupActions"]
            if one["ScheduledActionName"] == "timed-servers-night"
        ]
        return found

    assert action()["EndTime"].year == 2099
    later = {"recurrence": "0 21 * * *", "time_zone": "Asia/Seoul"}
    for name, times in (("open", {"recurrence": "0 20 * * *"}), ("later", later)):
        synthesis = scheduled(tmp_path / name, **times)
        terraform = Deployment(synthesis, emulator, tmp_path / "work").prepare(synthesis[0])
        assert {change.address: change.actions for change in terraform.plan()} == {
            "terraform_data.servers_night": ("update",),
            "aws_autoscaling_schedule.servers_night": ("delete", "create"),
        }
        terraform.apply()
        assert terraform.plan() == []
        assert "EndTime" not in action()
        assert action()["Recurrence"] == times["recurrence"]
    list(Deployment(synthesis, emulator, tmp_path / "work").down())
