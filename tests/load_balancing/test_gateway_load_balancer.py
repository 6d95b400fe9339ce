from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.compute import Instance, MachineImage
from terratiers.load_balancing import (
    GatewayLoadBalancer,
    HealthCheck,
    Stickiness,
    TargetFailover,
)
from terratiers.network import Vpc, VpcEndpointService
from terratiers.testing import ABSENT

import pytest

CHECK = HealthCheck(protocol="HTTP", path="/alive", port=8080)


@pytest.fixture
def balancer(tier, vpc):
    return GatewayLoadBalancer(tier, "gwlb", vpc=vpc)


@pytest.fixture
def firewall(tier, vpc):
    return Instance(
        tier,
        "firewall",
        vpc=vpc,
        instance_type="c6i.large",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )


def test_it_stands_in_private_subnets_without_a_security_group(tier, balancer, synth):
    assert synth(tier).resource("aws_lb.gwlb") == {
        "name_prefix": "gwlb-",
        "load_balancer_type": "gateway",
        "subnets": ["${aws_subnet.vpc_private_a.id}", "${aws_subnet.vpc_private_b.id}"],
        "enable_cross_zone_load_balancing": False,
        "enable_deletion_protection": False,
        "tags": {"Name": "shop-test-gwlb"},
        "lifecycle": {"create_before_destroy": True},
    }
    assert balancer.balancer_kind == "gateway"


def test_every_option(tier, vpc, synth):
    GatewayLoadBalancer(
        tier,
        "gwlb",
        vpc=vpc,
        subnet_group="isolated",
        cross_zone_enabled=True,
        deletion_protection=True,
        tags={"Team": "security"},
    )
    synth(tier).has_resource(
        "aws_lb",
        {
            "subnets": ["${aws_subnet.vpc_isolated_a.id}", "${aws_subnet.vpc_isolated_b.id}"],
            "enable_cross_zone_load_balancing": True,
            "enable_deletion_protection": True,
            "tags": {"Team": "security", "Name": "shop-test-gwlb"},
            "security_groups": ABSENT,
        },
    )


@pytest.mark.parametrize(("given", "expected"), [(None, True), (False, False)])
def test_it_is_protected_in_production(app, production, synth, given, expected):
    tier = Tier(app, "security", environment=production)
    GatewayLoadBalancer(tier, "gwlb", vpc=Vpc(tier, "vpc"), deletion_protection=given)
    synth(tier).has_resource("aws_lb", {"enable_deletion_protection": expected})


def test_everything_goes_to_one_group_over_geneve(tier, balancer, firewall, synth):
    group = balancer.add_targets("firewalls", targets=[firewall])
    template = synth(tier)
    assert template.resource("aws_lb_target_group.gwlb_firewalls") == {
        "name_prefix": "firew-",
        "vpc_id": "${aws_vpc.vpc.id}",
        "port": 6081,
        "protocol": "GENEVE",
        "target_type": "instance",
        "deregistration_delay": "300",
        "health_check": {
            "enabled": True,
            "protocol": "TCP",
            "port": "80",
            "interval": 30,
            "timeout": 5,
            "healthy_threshold": 3,
            "unhealthy_threshold": 2,
        },
        "stickiness": {"enabled": False, "type": "source_ip_dest_ip"},
        "target_failover": [{"on_deregistration": "no_rebalance", "on_unhealthy": "no_rebalance"}],
        "tags": {"Name": "shop-test-gwlb-firewalls"},
        "lifecycle": {"create_before_destroy": True},
    }
    assert template.resource("aws_lb_listener.gwlb_firewalls") == {
        "load_balancer_arn": "${aws_lb.gwlb.arn}",
        "default_action": [
            {
                "type": "forward",
                "target_group_arn": "${aws_lb_target_group.gwlb_firewalls.arn}",
            }
        ],
        "tcp_idle_timeout_seconds": 350,
        "tags": {"Name": "shop-test-gwlb-firewalls"},
    }
    template.has_resource(
        "aws_lb_target_group_attachment",
        {
            "target_group_arn": "${aws_lb_target_group.gwlb_firewalls.arn}",
            "target_id": "${aws_instance.firewall.id}",
        },
    )
    assert group.balancer_kind == "gateway"


def test_every_option_of_targets(tier, balancer, synth):
    balancer.add_targets(
        "firewalls",
        health_check=CHECK,
        stickiness=Stickiness(kind="source_ip_dest_ip"),
        failover=TargetFailover.REBALANCE,
        deregistration_delay=60,
        tcp_idle_timeout_seconds=6000,
    )
    template = synth(tier)
    template.has_resource(
        "aws_lb_target_group",
        {
            "deregistration_delay": "60",
            "health_check": {"protocol": "HTTP", "path": "/alive", "port": "8080"},
            "stickiness": {"enabled": True, "type": "source_ip_dest_ip"},
            "target_failover": [{"on_deregistration": "rebalance", "on_unhealthy": "rebalance"}],
        },
    )
    template.has_resource("aws_lb_listener", {"tcp_idle_timeout_seconds": 6000})
    template.has_no_resource("aws_lb_target_group_attachment")


def test_appliances_admit_geneve_and_the_health_check_from_the_balancers_subnets(
    tier, balancer, firewall, synth
):
    balancer.add_targets("firewalls", targets=[firewall], health_check=CHECK)
    template = synth(tier)
    ingress = template.resources("aws_vpc_security_group_ingress_rule")
    assert {
        (body["cidr_ipv4"], body["ip_protocol"], body["from_port"], body["to_port"])
        for body in ingress.values()
    } == {
        (f"${{aws_subnet.vpc_private_{letter}.cidr_block}}", *rule)
        for letter in "ab"
        for rule in (("udp", 6081, 6081), ("tcp", 8080, 8080))
    }
    egress = template.resources("aws_vpc_security_group_egress_rule")
    assert {
        (body["cidr_ipv4"], body["ip_protocol"], body["from_port"]) for body in egress.values()
    } == {(f"${{aws_subnet.vpc_private_{letter}.cidr_block}}", "udp", 6081) for letter in "ab"}


def test_an_appliance_that_comes_later_is_admitted(tier, balancer, firewall, synth):
    group = balancer.add_targets("firewalls")
    balancer.allow_to(firewall, health_check_port=80)
    firewall.attach_to_target_group(group)
    template = synth(tier)
    template.resource_count("aws_vpc_security_group_ingress_rule", 4)
    template.resource_count("aws_lb_target_group_attachment", 1)


def test_the_subnets_of_an_imported_vpc_are_looked_up(tier, vpc_attributes, firewall, synth):
    vpc = Vpc.from_attributes(tier, "theirs", vpc_attributes)
    balancer = GatewayLoadBalancer(tier, "gwlb", vpc=vpc)
    balancer.add_targets("firewalls", targets=[firewall])
    template = synth(tier)
    template.has_data_source("aws_subnet", {"id": "subnet-00000001"})
    template.has_resource(
        "aws_vpc_security_group_ingress_rule",
        {"cidr_ipv4": "${data.aws_subnet.gwlb_private_b.cidr_block}", "from_port": 6081},
    )


def test_it_is_offered_through_an_endpoint_service(tier, balancer, synth):
    VpcEndpointService(tier, "inspection", load_balancers=[balancer])
    synth(tier).has_resource(
        "aws_vpc_endpoint_service", {"gateway_load_balancer_arns": ["${aws_lb.gwlb.arn}"]}
    )


BAD_BALANCERS = {
    "vpc None": ({"vpc": None}, "pass a Vpc"),
    "vpc text": ({"vpc": "vpc-1"}, "pass a Vpc"),
    "group typo": ({"subnet_group": "privat"}, "did you mean private"),
    "group None": ({"subnet_group": None}, "subnet_group None"),
    "cross zone None": ({"cross_zone_enabled": None}, "cross_zone_enabled is None"),
    "cross zone text": ({"cross_zone_enabled": "yes"}, "True or False"),
    "cross zone number": ({"cross_zone_enabled": 1}, "True or False"),
    "protection": ({"deletion_protection": "on"}, "deletion_protection is on"),
    "tags": ({"tags": ["a"]}, "tags is"),
    "tag name": ({"tags": {"Name": "x"}}, "Name follows from"),
}


@pytest.mark.parametrize(("change", "message"), BAD_BALANCERS.values(), ids=BAD_BALANCERS.keys())
def test_bad_balancers_are_refused(tier, vpc, change, message):
    with pytest.raises(ConfigurationError, match=message):
        GatewayLoadBalancer(tier, "gwlb", **{"vpc": vpc, **change})
    assert tier.node.try_find_child("gwlb") is None


BAD_TARGETS = {
    "id": ({"id": "1"}, "cannot be part of a Terraform address"),
    "targets None": ({"targets": None}, "targets is None"),
    "target id": ({"targets": ["i-01234567"]}, "i-01234567 cannot be a target"),
    "target None": ({"targets": [None]}, "None cannot be a target"),
    "check None": ({"health_check": None}, "health_check is None"),
    "check without port": ({"health_check": HealthCheck()}, "GENEVE's own, 6081, takes UDP only"),
    "check port": ({"health_check": HealthCheck(port=70000)}, "70000: it has to be 1 to 65535"),
    "check protocol": (
        {"health_check": HealthCheck(protocol="UDP", port=80)},
        "UDP is not known",
    ),
    "check interval": ({"health_check": HealthCheck(port=80, interval=4)}, "5 to 300"),
    "stickiness text": ({"stickiness": "source_ip_dest_ip"}, "write Stickiness"),
    "stickiness cookie": ({"stickiness": Stickiness()}, "source_ip_dest_ip"),
    "stickiness of networks": ({"stickiness": Stickiness(kind="source_ip")}, "did you mean"),
    "failover": ({"failover": "rebalanced"}, "did you mean rebalance"),
    "failover None": ({"failover": None}, "failover None"),
    "failover bool": ({"failover": True}, "failover True"),
    "delay": ({"deregistration_delay": 3601}, "0 to 3600"),
    "delay text": ({"deregistration_delay": "60"}, "whole number"),
    "idle": ({"tcp_idle_timeout_seconds": 59}, "60 to 6000"),
    "idle long": ({"tcp_idle_timeout_seconds": 6001}, "60 to 6000"),
    "idle None": ({"tcp_idle_timeout_seconds": None}, "whole number"),
    "idle bool": ({"tcp_idle_timeout_seconds": True}, "tcp_idle_timeout_seconds is True"),
}


@pytest.mark.parametrize(("change", "message"), BAD_TARGETS.values(), ids=BAD_TARGETS.keys())
def test_bad_targets_are_refused_and_leave_nothing(tier, balancer, synth, change, message):
    arguments = {"id": "firewalls", **change}
    with pytest.raises(ConfigurationError, match=message):
        balancer.add_targets(arguments.pop("id"), **arguments)
    assert balancer.listener is None
    template = synth(tier)
    template.has_no_resource("aws_lb_target_group")
    template.has_no_resource("aws_lb_listener")
    balancer.add_targets("firewalls")


def test_a_target_is_given_once(tier, balancer, firewall, synth):
    with pytest.raises(ConfigurationError, match="firewall is used already"):
        balancer.add_targets("firewalls", targets=[firewall, firewall])
    synth(tier).has_no_resource("aws_vpc_security_group_ingress_rule")


def test_there_is_one_target_group(tier, balancer, synth):
    balancer.add_targets("firewalls")
    with pytest.raises(ConfigurationError, match="has one target group"):
        balancer.add_targets("more")
    synth(tier).resource_count("aws_lb_target_group", 1)


BAD_ADMISSIONS = {
    "None": ((None,), {"health_check_port": 80}, "None cannot be a target"),
    "text": (("i-01234567",), {"health_check_port": 80}, "i-01234567 cannot be a target"),
    "port": ((), {"health_check_port": 0}, "1 to 65535"),
    "port text": ((), {"health_check_port": "80"}, "whole number"),
}


@pytest.mark.parametrize(
    ("args", "options", "message"), BAD_ADMISSIONS.values(), ids=BAD_ADMISSIONS.keys()
)
def test_what_is_no_appliance_is_not_admitted(
    tier, balancer, firewall, synth, args, options, message
):
    with pytest.raises(ConfigurationError, match=message):
        balancer.allow_to(*(args or (firewall,)), **options)
    synth(tier).has_no_resource("aws_vpc_security_group_ingress_rule")


def test_what_is_of_another_stack_is_refused(app, environment, tier, vpc, firewall):
    elsewhere = Tier(app, "elsewhere", environment=environment)
    with pytest.raises(ConfigurationError, match="vpc: network/vpc belongs to another stack"):
        GatewayLoadBalancer(elsewhere, "gwlb", vpc=vpc)
    other = GatewayLoadBalancer(elsewhere, "gwlb", vpc=elsewhere.use(vpc))
    with pytest.raises(ConfigurationError, match="network/firewall belongs to another stack"):
        other.add_targets("firewalls", targets=[firewall])
    with pytest.raises(ConfigurationError, match="network/firewall belongs to another stack"):
        other.allow_to(firewall, health_check_port=80)
