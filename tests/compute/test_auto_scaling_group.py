from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.compute import (
    AutoScalingGroup,
    AutoScalingGroupAttributes,
    GroupMetric,
    InstanceMaintenance,
    InstanceRefresh,
    LaunchTemplate,
    LaunchTemplateAttributes,
    MachineImage,
    MixedInstances,
    ScalingProcess,
    TerminationPolicy,
    Volume,
    WarmPool,
)
from terratiers.core.acknowledgements import acknowledge
from terratiers.load_balancing import ApplicationLoadBalancer, TargetGroup, TargetType
from terratiers.load_balancing.listener import LoadBalancerTarget
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Key, Peer, Port
from terratiers.testing import ABSENT

import pytest
from cdktf import App, TerraformStack
from constructs import Construct
from hypothesis import given
from hypothesis import strategies as st

LINUX = MachineImage.amazon_linux_2023()
LINKED = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/"
FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:choose"
ARN = (
    "arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:"
    "12345678-1234-1234-1234-123456789012:autoScalingGroupName/web"
)
TYPES = ["m7i.large", "m6i.large"]


@pytest.fixture
def template(tier, vpc):
    return LaunchTemplate(
        tier,
        "web",
        vpc=vpc,
        instance_type="m7i.large",
        machine_image=LINUX,
        ssm_access=False,
        tags={"Team": "web"},
    )


def make(tier, template, **options):
    options = {"min_capacity": 1, "max_capacity": 4, **options}
    return AutoScalingGroup(tier, "servers", launch_template=template, **options)


def body(template, name="servers"):
    return template.resource(f"aws_autoscaling_group.{name}")


def test_what_a_group_has_by_default(tier, template, synth):
    make(tier, template)
    group = body(synth(tier))
    assert group["min_size"] == group["desired_capacity"] == 1
    assert group["max_size"] == 4
    assert group["name_prefix"] == "shop-test-servers-"
    assert group["health_check_type"] == "EC2"
    assert group["health_check_grace_period"] == 300
    assert group["vpc_zone_identifier"] == [
        "${aws_subnet.vpc_private_a.id}",
        "${aws_subnet.vpc_private_b.id}",
    ]
    assert group["launch_template"] == {
        "id": "${aws_launch_template.web.id}",
        "version": "${aws_launch_template.web.latest_version}",
    }
    assert group["enabled_metrics"] == list(GroupMetric.SIZES)
    assert group["metrics_granularity"] == "1Minute"
    assert group["force_delete"] is False
    assert group["capacity_rebalance"] is False
    assert group["wait_for_capacity_timeout"] == "600s"
    for absent in (
        "warm_pool",
        "mixed_instances_policy",
        "termination_policies",
        "target_group_arns",
    ):
        assert absent not in group


def test_a_new_version_rolls_it_and_a_failed_one_is_taken_back(tier, template, synth):
    make(tier, template)
    assert body(synth(tier))["instance_refresh"] == {
        "strategy": "Rolling",
        "preferences": {
            "min_healthy_percentage": 100,
            "max_healthy_percentage": 110,
            "skip_matching": True,
            "auto_rollback": True,
            "scale_in_protected_instances": "Ignore",
            "standby_instances": "Ignore",
        },
    }


def test_scaling_is_left_alone_and_a_successor_is_made_first(tier, template, synth):
    make(tier, template, desired_capacity=2)
    group = body(synth(tier))
    assert group["desired_capacity"] == 2
    assert group["lifecycle"] == {
        "create_before_destroy": True,
        "ignore_changes": ["desired_capacity"],
    }


def test_every_tag_reaches_the_instances_sorted(tier, template, synth):
    make(tier, template, tags={"Audience": "all", "Team": "pages"})
    tags = body(synth(tier))["tag"]
    assert all(tag["propagate_at_launch"] is True for tag in tags)
    assert [(tag["key"], tag["value"]) for tag in tags] == [
        ("Audience", "all"),
        ("Environment", "test"),
        ("ManagedBy", "terraform"),
        ("Name", "shop-test-servers"),
        ("Project", "shop"),
        ("Team", "pages"),
        ("Tier", "network"),
    ]


def test_zones_and_another_subnet_group(tier, template, synth):
    make(
        tier,
        template,
        subnet_group="public",
        availability_zones=["eu-central-1b"],
        availability_zone_distribution="balanced-only",
    )
    group = body(synth(tier))
    assert group["vpc_zone_identifier"] == ["${aws_subnet.vpc_public_b.id}"]
    assert group["availability_zone_distribution"] == {
        "capacity_distribution_strategy": "balanced-only"
    }


def test_further_options(tier, template, synth):
    make(
        tier,
        template,
        health_check_type="ELB",
        health_check_grace_period=0,
        instance_refresh=None,
        instance_maintenance=InstanceMaintenance(
            min_healthy_percentage=90, max_healthy_percentage=190
        ),
        default_cooldown=1,
        default_instance_warmup=1,
        max_instance_lifetime=86_400,
        termination_policies=[FUNCTION, TerminationPolicy.OLDEST_INSTANCE],
        suspended_processes=[ScalingProcess.HEALTH_CHECK, ScalingProcess.AZ_REBALANCE],
        protect_from_scale_in=True,
        placement_group="close",
        group_metrics=(),
        service_linked_role_arn=f"{LINKED}AWSServiceRoleForAutoScaling_web",
        wait_for_capacity_timeout=0,
        force_delete=True,
    )
    synth(tier).has_resource(
        "aws_autoscaling_group",
        {
            "health_check_type": "ELB",
            "health_check_grace_period": 0,
            "instance_refresh": ABSENT,
            "instance_maintenance_policy": {
                "min_healthy_percentage": 90,
                "max_healthy_percentage": 190,
            },
            "default_cooldown": 1,
            "default_instance_warmup": 1,
            "max_instance_lifetime": 86_400,
            "termination_policies": [FUNCTION, "OldestInstance"],
            "suspended_processes": ["AZRebalance", "HealthCheck"],
            "protect_from_scale_in": True,
            "placement_group": "close",
            "enabled_metrics": ABSENT,
            "metrics_granularity": ABSENT,
            "service_linked_role_arn": f"{LINKED}AWSServiceRoleForAutoScaling_web",
            "wait_for_capacity_timeout": "0",
            "force_delete": True,
        },
    )


def test_every_option_of_a_refresh(tier, template, synth):
    refresh = InstanceRefresh(
        min_healthy_percentage=50,
        max_healthy_percentage=150,
        instance_warmup=0,
        skip_matching=False,
        auto_rollback=False,
        checkpoints=[25, 100],
        checkpoint_delay=0,
        triggers=["tag"],
        scale_in_protected="Wait",
        standby="Terminate",
        alarms=["errors"],
    )
    make(tier, template, instance_refresh=refresh)
    assert body(synth(tier))["instance_refresh"] == {
        "strategy": "Rolling",
        "triggers": ["tag"],
        "preferences": {
            "min_healthy_percentage": 50,
            "max_healthy_percentage": 150,
            "instance_warmup": "0",
            "skip_matching": False,
            "auto_rollback": False,
            "checkpoint_percentages": [25, 100],
            "checkpoint_delay": "0",
            "scale_in_protected_instances": "Wait",
            "standby_instances": "Terminate",
            "alarm_specification": {"alarms": ["errors"]},
        },
    }


def test_mixed_instances_with_weights(tier, template, synth):
    mixed = MixedInstances(
        instance_types={"m7i.large": 2, "m6i.xlarge": 4},
        on_demand_base_capacity=2,
        on_demand_percentage=25,
        spot_max_price="0.05",
    )
    make(tier, template, mixed_instances=mixed, capacity_rebalance=True,
         termination_policies=["AllocationStrategy", "Default"])  # fmt: skip
    group = body(synth(tier))
    assert "launch_template" not in group
    assert group["capacity_rebalance"] is True
    assert group["mixed_instances_policy"] == {
        "instances_distribution": {
            "on_demand_allocation_strategy": "prioritized",
            "on_demand_base_capacity": 2,
            "on_demand_percentage_above_base_capacity": 25,
            "spot_allocation_strategy": "price-capacity-optimized",
            "spot_max_price": "0.05",
        },
        "launch_template": {
            "launch_template_specification": {
                "launch_template_id": "${aws_launch_template.web.id}",
                "version": "${aws_launch_template.web.latest_version}",
            },
            "override": [
                {"instance_type": "m7i.large", "weighted_capacity": "2"},
                {"instance_type": "m6i.xlarge", "weighted_capacity": "4"},
            ],
        },
    }


@pytest.fixture
def burstable(tier, vpc):
    def template(scope=tier, **options):
        given = {"instance_type": "t3.micro", "machine_image": LINUX, "ssm_access": False}
        return LaunchTemplate(scope, "burst", vpc=vpc, **{**given, **options})

    return template


@pytest.mark.parametrize("types", [["m7i.large"], ["t3.small", "m7i.large"], {"c7i.large": 2}])
def test_a_template_with_cpu_credits_starts_burstable_types_only(tier, burstable, types):
    template = burstable()
    assert template.cpu_credits == "unlimited"
    refused = r"[mc]7i.large has no CPU credits.*network/burst sets them \(unlimited\)"
    with pytest.raises(ConfigurationError, match=refused):
        make(tier, template, mixed_instances=MixedInstances(instance_types=types))
    assert tier.node.try_find_child("servers") is None


def test_burstable_types_go_with_one_another_and_with_a_template_without_credits(
    tier, template, burstable
):
    make(tier, burstable(), mixed_instances=MixedInstances(instance_types=["t3.small", "t2.micro"]))
    assert template.cpu_credits is None
    AutoScalingGroup(
        tier,
        "mixed",
        launch_template=template,
        min_capacity=1,
        max_capacity=4,
        mixed_instances=MixedInstances(instance_types=["m7i.large", "t2.large"]),
    )


def in_production(app, production, instance_type="m7i.large"):
    shop = Tier(app, "shop", environment=production)
    vpc = Vpc(shop, "vpc", flow_logs=None)
    template = LaunchTemplate(
        shop, "web", vpc=vpc, instance_type=instance_type, machine_image=LINUX, ssm_access=False
    )
    return shop, template


@pytest.mark.parametrize(
    ("instance_type", "types", "refused"),
    [
        ("m7i.large", ["m7i.large", "t2.large"], "t2.large"),
        ("m7i.large", ["m7i.large", "t3.large"], None),
        # the template's own unlimited credits count for its overrides
        ("t3.large", ["t3.large", "t2.large"], None),
    ],
    ids=["t2", "t3", "unlimited by the template"],
)
def test_standard_credits_of_other_types_in_production(
    app, production, instance_type, types, refused
):
    shop, template = in_production(app, production, instance_type)
    mixed = MixedInstances(instance_types=types)
    if refused is None:
        make(shop, template, mixed_instances=mixed)
        return
    rule = rf"\[burstable-in-production\] {refused} on standard credits falls back"
    with pytest.raises(ConfigurationError, match=rule):
        make(shop, template, mixed_instances=mixed)
    acknowledge(shop, "burstable-in-production", reason="spare capacity only")
    make(shop, template, mixed_instances=mixed)


def test_a_warm_pool(tier, template, synth):
    make(tier, template, warm_pool=WarmPool(min_size=1, max_prepared_capacity=3))
    assert body(synth(tier))["warm_pool"] == {
        "pool_state": "Stopped",
        "min_size": 1,
        "max_group_prepared_capacity": 3,
        "instance_reuse_policy": {"reuse_on_scale_in": False},
    }


def test_a_listener_takes_it_as_a_target(tier, vpc, template, synth):
    group = make(tier, template)
    assert isinstance(group, LoadBalancerTarget)
    listener = ApplicationLoadBalancer(tier, "alb", vpc=vpc).add_listener("http", port=80)
    listener.add_targets("pages", port=8080, targets=[group])
    made = synth(tier)
    attachment = made.resource("aws_autoscaling_attachment.servers_alb_http_pages")
    assert attachment == {
        "autoscaling_group_name": "${aws_autoscaling_group.servers.name}",
        "lb_target_group_arn": "${aws_lb_target_group.alb_http_pages.arn}",
        "lifecycle": {"create_before_destroy": True},
    }
    assert body(made)["health_check_type"] == "ELB"
    rule = next(
        r
        for r in made.config["resource"]["aws_vpc_security_group_ingress_rule"].values()
        if r["from_port"] == 8080
    )
    assert rule["security_group_id"] == "${aws_security_group.web_group.id}"


def test_health_checks_that_were_chosen_stay(tier, vpc, template, synth):
    group = make(tier, template, health_check_type="EC2")
    group.attach_to_target_group(TargetGroup(tier, "pages", vpc=vpc, port=80))
    assert body(synth(tier))["health_check_type"] == "EC2"


def test_another_target_group_is_one_resource_more(tier, vpc, template, synth):
    group = make(tier, template)
    for id in ("pages", "api"):
        group.attach_to_target_group(TargetGroup(tier, id, vpc=vpc, port=80))
    assert set(synth(tier).config["resource"]["aws_autoscaling_attachment"]) == {
        "servers_pages",
        "servers_api",
    }


def test_a_classic_balancer_is_known_by_its_name(tier, template, synth):
    make(tier, template).attach_to_load_balancer_name("old", "old-balancer")
    made = synth(tier)
    made.has_resource(
        "aws_autoscaling_attachment", {"elb": "old-balancer", "lb_target_group_arn": ABSENT}
    )
    assert body(made)["health_check_type"] == "ELB"


def test_it_has_the_rules_and_the_role_of_its_template(tier, template):
    group = make(tier, template)
    group.connections.allow_from(Peer.ipv4("10.0.0.0/16"), Port.tcp(80), "requests")
    assert group.security_group is template.security_group
    assert group.role is template.role


def test_a_key_of_its_volumes_admits_it(tier, vpc, synth):
    key = Key(tier, "key", description="volumes")
    template = LaunchTemplate(
        tier,
        "encrypted",
        vpc=vpc,
        instance_type="t3.micro",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
        root_volume=Volume(key=key),
        data_volumes={"/dev/sdf": Volume(size=5, key=key)},
    )
    make(tier, template, min_capacity=1, max_capacity=1)
    policy = synth(tier).resource("aws_kms_key.key")["policy"]
    assert policy.count('"kms:CreateGrant"') == 1


def test_tags_that_the_metadata_cannot_show_are_refused(tier, vpc):
    template = LaunchTemplate(
        tier,
        "tagged",
        vpc=vpc,
        instance_type="t3.micro",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
        instance_metadata_tags=True,
    )
    with pytest.raises(ConfigurationError, match="the metadata cannot show the tag a/b"):
        make(tier, template, min_capacity=1, max_capacity=1, tags={"a/b": "x"})


def test_without_launches_it_warns(tier, template):
    make(tier, template, suspended_processes=["Launch"])
    messages = [entry.data for entry in tier.node.find_child("servers").node.metadata]
    assert any("[suspended-scaling]" in str(message) for message in messages)


def test_the_warning_can_be_acknowledged(tier, template):
    acknowledge(tier, "suspended-scaling", reason="maintenance this week")
    make(tier, template, suspended_processes=["Terminate"])
    assert not tier.node.find_child("servers").node.metadata


def test_its_contract_lets_another_tier_attach_it(app, environment, tier, vpc, template, synth):
    web = Tier(app, "web", environment=environment)
    group = web.use(make(tier, template))
    own = Vpc(web, "own")
    group.attach_to_target_group(TargetGroup(web, "pages", vpc=own, port=80))
    group.scale_on_schedule("night", recurrence="0 20 * * *", max_capacity=2)
    made = synth(web)
    state = "${data.terraform_remote_state.network.outputs.servers_auto_scaling_group_name}"
    [attachment] = made.config["resource"]["aws_autoscaling_attachment"].values()
    assert attachment["autoscaling_group_name"] == state
    assert group.attributes.max_capacity == 4


def test_a_group_of_another_team(tier, vpc, synth):
    group = AutoScalingGroup.from_attributes(tier, "theirs", imported())
    group.attach_to_target_group(TargetGroup(tier, "pages", vpc=vpc, port=80))
    group.connections.allow_from_any_ipv4(Port.tcp(80), "requests")
    made = synth(tier)
    made.has_resource("aws_autoscaling_attachment", {"autoscaling_group_name": "web"})
    made.has_resource(
        "aws_vpc_security_group_ingress_rule", {"security_group_id": "sg-0123456789abcdef0"}
    )


def with_key(tier, vpc, key):
    return LaunchTemplate(
        tier,
        "encrypted",
        vpc=vpc,
        instance_type="t3.micro",
        machine_image=LINUX,
        ssm_access=False,
        root_volume=Volume(key=key),
    )


def test_a_key_admits_the_role_that_a_group_acts_with(tier, vpc, synth):
    key = Key(tier, "key", description="volumes")
    role = f"{LINKED}AWSServiceRoleForAutoScaling_web"
    make(tier, with_key(tier, vpc, key), service_linked_role_arn=role)
    policy = synth(tier).resource("aws_kms_key.key")["policy"]
    assert policy.count("AWSServiceRoleForAutoScaling") == policy.count(role) == 2


def test_a_group_that_is_refused_is_granted_no_key(tier, vpc, template, synth):
    key = Key(tier, "key", description="volumes")
    make(Construct(tier, "a"), template)
    with pytest.raises(ConfigurationError, match="its Terraform name a_servers is taken"):
        AutoScalingGroup(
            tier,
            "a-servers",
            launch_template=with_key(tier, vpc, key),
            min_capacity=1,
            max_capacity=1,
        )
    assert tier.node.try_find_child("a-servers") is None
    assert "AutoScaling" not in synth(tier).resource("aws_kms_key.key")["policy"]


def imported(**changes):
    given = {
        "auto_scaling_group_name": "web",
        "auto_scaling_group_arn": ARN,
        "security_group_id": "sg-0123456789abcdef0",
    }
    return AutoScalingGroupAttributes(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"auto_scaling_group_name": "a:b"}, "auto_scaling_group_name a:b is not valid"),
        ({"auto_scaling_group_arn": "web"}, "auto_scaling_group_arn web is not valid"),
        ({"security_group_id": "web"}, "security_group_id web is not valid"),
        ({"min_capacity": -1}, "min_capacity is -1"),
    ],
    ids=str,
)
def test_attributes_of_another_form_are_refused(tier, changes, message):
    with pytest.raises(ConfigurationError, match=message):
        AutoScalingGroup.from_attributes(tier, "theirs", imported(**changes))
    assert tier.node.try_find_child("theirs") is None


def refresh(**options):
    return {"instance_refresh": InstanceRefresh(**options)}


def mixed(types=TYPES, **options):
    return {"mixed_instances": MixedInstances(instance_types=types, **options)}


def pool(**options):
    return {"warm_pool": WarmPool(**options)}


def kept(low, high):
    maintenance = InstanceMaintenance(min_healthy_percentage=low, max_healthy_percentage=high)
    return {"instance_maintenance": maintenance}


BAD = {
    "no minimum": ({"min_capacity": None}, "min_capacity is missing"),
    "no maximum": ({"max_capacity": None}, "max_capacity is missing"),
    "minimum is true": ({"min_capacity": True}, r"min_capacity is True \(bool\)"),
    "minimum is text": ({"min_capacity": "1"}, r"min_capacity is 1 \(str\)"),
    "minimum below 0": ({"min_capacity": -1}, "min_capacity is -1: it has to be 0 to 100000"),
    "maximum too large": ({"max_capacity": 100_001}, "max_capacity is 100001"),
    "maximum is half": ({"max_capacity": 1.5}, r"max_capacity is 1.5 \(float\)"),
    "out of order": ({"min_capacity": 5}, "min_capacity is 5 and max_capacity 4: minimum"),
    "desired too low": (
        {"min_capacity": 2, "desired_capacity": 1},
        "min_capacity is 2 and desired_capacity 1",
    ),
    "desired too high": ({"desired_capacity": 5}, "desired_capacity is 5 and max_capacity 4"),
    "desired is false": ({"desired_capacity": False}, r"desired_capacity is False \(bool\)"),
    "no such subnets": ({"subnet_group": "db"}, "subnet_group db is not known"),
    "subnets are none": ({"subnet_group": None}, "subnet_group is None"),
    "no such zone": (
        {"availability_zones": ["eu-central-1z"]},
        "availability zone eu-central-1z is not known",
    ),
    "zones are text": ({"availability_zones": "eu-central-1a"}, "availability_zones is eu-"),
    "no zones": ({"availability_zones": []}, "availability_zones is empty"),
    "zone twice": (
        {"availability_zones": ["eu-central-1a"] * 2},
        "availability zone eu-central-1a is there twice",
    ),
    "distribution": (
        {"availability_zone_distribution": "even"},
        "availability_zone_distribution even is not known",
    ),
    "health check": ({"health_check_type": "HTTP"}, "health_check_type HTTP is not known"),
    "grace too long": (
        {"health_check_grace_period": 7201},
        "health_check_grace_period is 7201: it has to be 0 to 7200",
    ),
    "no grace": ({"health_check_grace_period": None}, "health_check_grace_period is None"),
    "refresh is true": ({"instance_refresh": True}, r"instance_refresh is True \(bool\)"),
    "least above 100": (refresh(min_healthy_percentage=101), "min_healthy_percentage is 101"),
    "most below 100": (refresh(max_healthy_percentage=99), "max_healthy_percentage is 99"),
    "too far apart": (
        refresh(min_healthy_percentage=50, max_healthy_percentage=151),
        "between 50 % and 151 % is more than 100",
    ),
    "nothing may move": (refresh(max_healthy_percentage=100), "no instance can be replaced"),
    "refresh warm-up": (refresh(instance_warmup=3601), "instance_warmup is 3601"),
    "skip is text": (refresh(skip_matching="yes"), "skip_matching is yes"),
    "rollback is none": (refresh(auto_rollback=None), "auto_rollback is None"),
    "checkpoints are a number": (refresh(checkpoints=50), "checkpoints is 50"),
    "checkpoint of 0": (refresh(checkpoints=[0, 100]), "checkpoints is 0"),
    "checkpoints descend": (refresh(checkpoints=[50, 20, 100]), "the lowest first"),
    "checkpoints do not end": (refresh(checkpoints=[20, 50]), "end at 50 %"),
    "delay alone": (refresh(checkpoint_delay=60), "without checkpoints pauses nowhere"),
    "delay too long": (
        refresh(checkpoints=[100], checkpoint_delay=172_801),
        "checkpoint_delay is 172801",
    ),
    "trigger": (refresh(triggers=["tags"], skip_matching=False), "trigger tags is not known"),
    "trigger of zones": (
        refresh(triggers=["availability_zones"], skip_matching=False),
        "trigger availability_zones is not known.*write vpc_zone_identifier for zones",
    ),
    "trigger of the desired capacity": (
        refresh(triggers=["desired_capacity"], skip_matching=False),
        "trigger desired_capacity is not known.*Terraform leaves the desired capacity alone",
    ),
    "trigger of target groups": (
        refresh(triggers=["target_group_arns"], skip_matching=False),
        "trigger target_group_arns is not known.*target groups are attached beside the group",
    ),
    "trigger without effect": (refresh(triggers=["tag"]), "write skip_matching=False"),
    "protected": (refresh(scale_in_protected="Skip"), "scale_in_protected Skip is not known"),
    "standby": (refresh(standby="Refresh"), "standby Refresh is not known"),
    "eleven alarms": (refresh(alarms=["a"] * 11), "alarms holds 11: AWS allows 10"),
    "alarm without name": (refresh(alarms=[""]), "alarm '' is not valid"),
    "maintenance is a dict": (
        {"instance_maintenance": {"min_healthy_percentage": 90}},
        "instance_maintenance is ",
    ),
    "maintenance": (kept(-1, -1), "instance_maintenance: min_healthy_percentage is -1"),
    "mixed is a list": ({"mixed_instances": TYPES}, "mixed_instances is "),
    "types are text": (mixed("m7i.large"), "instance_types is m7i.large"),
    "no types": (mixed([]), "instance_types holds 0: AWS takes 1 to 40"),
    "41 types": (mixed(["m7i.large"] * 41), "instance_types holds 41"),
    "no such type": (mixed(["m99.large"]), "m99"),
    "type twice": (mixed(["m7i.large"] * 2), "m7i.large is there twice"),
    "another processor": (mixed(["m7g.large"]), "m7g.large runs arm64, but .* is for x86_64"),
    "weight of 0": (mixed({"m7i.large": 0}), "weight of m7i.large is 0"),
    "weight is text": (mixed({"m7i.large": "2"}), r"weight of m7i.large is 2 \(str\)"),
    "base": (mixed(on_demand_base_capacity=-1), "on_demand_base_capacity is -1"),
    "percentage": (mixed(on_demand_percentage=101), "on_demand_percentage is 101"),
    "strategy on demand": (
        mixed(on_demand_allocation_strategy="cheapest"),
        "on_demand_allocation_strategy cheapest",
    ),
    "strategy of spot": (
        mixed(spot_allocation_strategy="price-capacity"),
        "did you mean price-capacity-optimized",
    ),
    "pools": (mixed(spot_pools=2), "spot_pools is for lowest-price only"),
    "price of 0": (mixed(spot_max_price="0.00"), "spot_max_price 0.00 is not valid"),
    "price is a number": (mixed(spot_max_price=0.05), "spot_max_price 0.05 is not valid"),
    "pool is true": ({"warm_pool": True}, r"warm_pool is True \(bool\)"),
    "hibernated": (pool(state="Hibernated"), "needs a launch template with hibernation"),
    "pool below 0": (pool(min_size=-1), "warm_pool: min_size is -1"),
    "pool out of order": (
        pool(min_size=3, max_prepared_capacity=2),
        "max_prepared_capacity 2 is less than min_size 3",
    ),
    "reuse is 1": (pool(reuse_on_scale_in=1), "reuse_on_scale_in is 1"),
    "pool and mixed": ({**pool(), **mixed()}, "warm_pool does not go with mixed_instances"),
    "rebalance": ({"capacity_rebalance": True}, "capacity_rebalance is for spot instances"),
    "rebalance on demand": ({"capacity_rebalance": True, **mixed()}, "is for spot instances"),
    "cool-down": ({"default_cooldown": 0}, "default_cooldown is 0: it has to be 1 to 86400"),
    "warm-up": ({"default_instance_warmup": 3601}, "default_instance_warmup is 3601"),
    "lifetime": (
        {"max_instance_lifetime": 3600},
        "max_instance_lifetime is 3600: it has to be 86400 to 31536000",
    ),
    "no policies": ({"termination_policies": []}, "termination_policies is empty"),
    "unknown policy": (
        {"termination_policies": ["Oldest"]},
        "termination_policies Oldest is not known",
    ),
    "policy after default": (
        {"termination_policies": ["Default", "OldestInstance"]},
        "Default decides everything",
    ),
    "policy twice": ({"termination_policies": ["OldestInstance"] * 2}, "is there twice"),
    "function second": (
        {"termination_policies": ["OldestInstance", FUNCTION]},
        "has to be the first",
    ),
    "allocation strategy": (
        {"termination_policies": ["AllocationStrategy"]},
        "AllocationStrategy is for groups with mixed_instances",
    ),
    "unknown process": (
        {"suspended_processes": ["Launches"]},
        "suspended_processes Launches is not known; did you mean Launch",
    ),
    "process is text": (
        {"suspended_processes": "Launch"},
        r"suspended_processes is Launch \(str\)",
    ),
    "process twice": ({"suspended_processes": ["Launch", "Launch"]}, "Launch is there twice"),
    "unknown metric": ({"group_metrics": ["GroupSize"]}, "group_metrics GroupSize is not known"),
    "metrics are none": ({"group_metrics": None}, "group_metrics is None"),
    "protect is none": ({"protect_from_scale_in": None}, "protect_from_scale_in is None"),
    "force is text": ({"force_delete": "no"}, "force_delete is no"),
    "placement": ({"placement_group": ""}, "placement_group '' is not valid"),
    "another role": (
        {"service_linked_role_arn": "arn:aws:iam::111122223333:role/web"},
        "service_linked_role_arn arn:aws:iam::111122223333:role/web is not valid",
    ),
    "timeout": ({"wait_for_capacity_timeout": "10m"}, r"wait_for_capacity_timeout is 10m \(str\)"),
    "tags": ({"tags": {"Name": "x"}}, "tags"),
    "tag without a name": ({"tags": {1: "x"}}, "tags: key 1 of 1 is int: write a string"),
    "51 tags": ({"tags": {f"k{i}": "v" for i in range(48)}}, "AWS allows 50"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_and_leaves_nothing(tier, template, options, message):
    with pytest.raises(ConfigurationError, match=message) as error:
        make(tier, template, **options)
    assert error.value.construct == "network/servers"
    assert tier.node.try_find_child("servers") is None


@pytest.mark.parametrize("given", [None, "lt-0123456789abcdef0"], ids=str)
def test_it_needs_a_launch_template(tier, given):
    with pytest.raises(ConfigurationError, match="launch_template is "):
        make(tier, given)


@pytest.mark.parametrize("group", [None, "x", 1, MixedInstances(instance_types=TYPES)], ids=str)
def test_it_is_attached_to_a_target_group_only(tier, template, synth, group):
    servers = make(tier, template)
    with pytest.raises(ConfigurationError, match=r"target_group is .*: write TargetGroup\("):
        servers.attach_to_target_group(group)
    assert body(synth(tier))["health_check_type"] == "EC2"


def test_an_imported_template_has_no_network(tier):
    attributes = LaunchTemplateAttributes(
        launch_template_id="lt-0123456789abcdef0", latest_version="3"
    )
    theirs = LaunchTemplate.from_attributes(tier, "theirs", attributes)
    with pytest.raises(ConfigurationError, match="one that is made here"):
        make(tier, theirs)


def test_session_manager_needs_a_way_to_its_subnets(tier):
    vpc = Vpc(tier, "closed", subnet_groups=[SubnetGroup.isolated()])
    template = LaunchTemplate(tier, "web", vpc=vpc, instance_type="t3.micro", machine_image=LINUX)
    with pytest.raises(ConfigurationError, match="Session Manager cannot reach it"):
        make(tier, template, subnet_group="isolated")


def test_all_faults_are_told_together(tier, template):
    with pytest.raises(ConfigurationError) as error:
        make(tier, template, min_capacity=5, health_check_type="HTTP", tags={"Name": "x"})
    assert len(error.value.faults) == 3


def test_functions_are_no_group_of_instances(tier, template):
    group = make(tier, template)
    functions = TargetGroup(tier, "api", target_type=TargetType.LAMBDA)
    with pytest.raises(ConfigurationError, match="takes targets of type lambda"):
        group.attach_to_target_group(functions)


def test_a_target_group_takes_it_once(tier, vpc, template):
    group, pages = make(tier, template), TargetGroup(tier, "pages", vpc=vpc, port=80)
    group.attach_to_target_group(pages)
    with pytest.raises(ConfigurationError, match="attached to network/pages already"):
        group.attach_to_target_group(pages)


@pytest.mark.parametrize("name", ["", "-old", "old-", "o" * 33, "old_one", None], ids=str)
def test_names_of_classic_balancers(tier, template, name):
    with pytest.raises(ConfigurationError, match="load_balancer_name"):
        make(tier, template).attach_to_load_balancer_name("old", name)


def test_default_tags_that_are_not_known_warn():
    stack = TerraformStack(App(), "plain")
    vpc = Vpc(stack, "vpc", availability_zones=["eu-central-1a"], flow_logs=None)
    template = LaunchTemplate(
        stack, "web", vpc=vpc, instance_type="t3.micro", machine_image=LINUX, ssm_access=False
    )
    group = AutoScalingGroup(
        stack, "servers", launch_template=template, min_capacity=1, max_capacity=1
    )
    assert any("[default-tags-unknown]" in str(entry.data) for entry in group.node.metadata)


@given(
    low=st.integers(-2, 6),
    desired=st.none() | st.integers(-2, 6),
    high=st.integers(-2, 6),
)
def test_capacities_in_order_are_taken_and_others_refused(low, desired, high):
    stack = TerraformStack(App(), "plain")
    vpc = Vpc(stack, "vpc", availability_zones=["eu-central-1a"], flow_logs=None)
    template = LaunchTemplate(
        stack, "web", vpc=vpc, instance_type="t3.micro", machine_image=LINUX, ssm_access=False
    )
    middle = low if desired is None else desired
    options = {"min_capacity": low, "desired_capacity": desired, "max_capacity": high}
    if 0 <= low <= middle <= high:
        AutoScalingGroup(stack, "servers", launch_template=template, **options)
    else:
        with pytest.raises(ConfigurationError):
            AutoScalingGroup(stack, "servers", launch_template=template, **options)
