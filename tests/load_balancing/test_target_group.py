from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.load_balancing import (
    HealthCheck,
    Stickiness,
    TargetGroup,
    TargetGroupAttributes,
    TargetType,
)
from terratiers.network import Vpc
from terratiers.testing import ABSENT

import pytest
from hypothesis import given
from hypothesis import strategies as st

ARN = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/0123456789abcdef"


def body(template, name="web"):
    return template.resource(f"aws_lb_target_group.{name}")


def test_its_successor_is_made_first_under_another_name(tier, vpc, synth):
    TargetGroup(tier, "web_servers", vpc=vpc, port=80)
    group = body(synth(tier), "web_servers")
    assert group["name_prefix"] == "web-s-"
    assert group["lifecycle"] == {"create_before_destroy": True}
    assert group["tags"] == {"Name": "shop-test-web_servers"}


def test_only_code_200_is_healthy_by_default(tier, vpc, synth):
    TargetGroup(tier, "web", vpc=vpc, port=80)
    assert body(synth(tier))["health_check"] == {
        "enabled": True,
        "path": "/",
        "matcher": "200",
        "protocol": "HTTP",
        "port": "traffic-port",
        "interval": 30,
        "timeout": 5,
        "healthy_threshold": 3,
        "unhealthy_threshold": 2,
    }


def test_every_option_of_a_health_check(tier, vpc, synth):
    check = HealthCheck(
        path="/health?deep=1",
        protocol="HTTPS",
        port=8443,
        interval=10,
        timeout=9,
        healthy_threshold=2,
        unhealthy_threshold=10,
        matcher="200-299,301",
    )
    TargetGroup(tier, "web", vpc=vpc, port=80, health_check=check)
    assert body(synth(tier))["health_check"] == {
        "enabled": True,
        "path": "/health?deep=1",
        "matcher": "200-299,301",
        "protocol": "HTTPS",
        "port": "8443",
        "interval": 10,
        "timeout": 9,
        "healthy_threshold": 2,
        "unhealthy_threshold": 10,
    }


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "TCP_UDP", "TLS"])
def test_a_network_group_is_checked_over_tcp(tier, vpc, synth, protocol):
    TargetGroup(tier, "web", vpc=vpc, port=53, protocol=protocol, preserve_client_ip=True)
    group = body(synth(tier))
    assert group["protocol"] == protocol
    assert group["preserve_client_ip"] == "true"
    assert group["health_check"]["protocol"] == "TCP"
    assert "path" not in group["health_check"]
    assert "protocol_version" not in group


def test_a_gateway_group_speaks_geneve(tier, vpc, synth):
    group = TargetGroup(
        tier,
        "inspect",
        vpc=vpc,
        port=6081,
        protocol="GENEVE",
        target_type=TargetType.IP,
        stickiness=Stickiness(kind="source_ip_dest_ip"),
        health_check=HealthCheck(protocol="HTTP", path="/alive"),
    )
    assert group.balancer_kind == "gateway"
    made = body(synth(tier), "inspect")
    assert made["stickiness"] == {"enabled": True, "type": "source_ip_dest_ip"}
    assert made["health_check"]["path"] == "/alive"


def test_a_group_of_functions_has_no_network(tier, synth):
    TargetGroup(tier, "api", target_type=TargetType.LAMBDA)
    synth(tier).has_resource(
        "aws_lb_target_group",
        {"target_type": "lambda", "vpc_id": ABSENT, "port": ABSENT, "protocol": ABSENT},
    )


def test_a_group_of_a_balancer_is_checked_over_http(tier, vpc, synth):
    TargetGroup(tier, "web", vpc=vpc, port=80, protocol="TCP", target_type=TargetType.ALB)
    check = body(synth(tier))["health_check"]
    assert (check["protocol"], check["path"], check["matcher"]) == ("HTTP", "/", "200")


def test_options_of_network_groups(tier, vpc, synth):
    TargetGroup(
        tier,
        "web",
        vpc=vpc,
        port=80,
        protocol="TCP",
        preserve_client_ip=False,
        proxy_protocol=True,
        connection_termination=False,
    )
    group = body(synth(tier))
    assert group["preserve_client_ip"] == "false"
    assert group["proxy_protocol_v2"] is True
    assert group["connection_termination"] is False


def test_a_target_can_wait_for_something(tier, vpc, synth):
    group = TargetGroup(tier, "web", vpc=vpc, port=80, target_type=TargetType.IP)
    other = TargetGroup(tier, "other", vpc=vpc, port=80)
    group.add_target("it", "10.0.0.7", depends_on=[other.resource])
    attachment = synth(tier).resource("aws_lb_target_group_attachment.web_it")
    assert attachment["depends_on"] == ["aws_lb_target_group.other"]


def test_further_options(tier, vpc, synth):
    TargetGroup(
        tier,
        "web",
        vpc=vpc,
        port=80,
        protocol_version="HTTP2",
        deregistration_delay=0,
        slow_start=30,
        algorithm="round_robin",
        stickiness=Stickiness(kind="app_cookie", cookie_name="SESSION", duration=60),
        tags={"Team": "web"},
    )
    group = body(synth(tier))
    assert group["protocol_version"] == "HTTP2"
    assert group["deregistration_delay"] == "0"
    assert group["slow_start"] == 30
    assert group["load_balancing_algorithm_type"] == "round_robin"
    assert group["tags"] == {"Team": "web", "Name": "shop-test-web"}
    assert group["stickiness"] == {
        "enabled": True,
        "type": "app_cookie",
        "cookie_duration": 60,
        "cookie_name": "SESSION",
    }


def test_targets_are_registered_by_name(tier, vpc, synth):
    group = TargetGroup(tier, "web", vpc=vpc, port=80, target_type=TargetType.IP)
    group.add_target("first", "10.0.0.7")
    group.add_target("second", "10.0.0.8", port=8080)
    found = synth(tier).resources("aws_lb_target_group_attachment")
    assert set(found) == {"web_first", "web_second"}
    assert found["web_second"]["port"] == 8080
    assert found["web_first"]["target_group_arn"] == "${aws_lb_target_group.web.arn}"


def test_another_tier_registers_targets(app, environment, tier, vpc, synth):
    group = TargetGroup(tier, "web", vpc=vpc, port=80)
    farm = Tier(app, "farm", environment=environment)
    farm.use(group).add_target("extra", "i-0123456789abcdef0")
    [attachment] = synth(farm).resources("aws_lb_target_group_attachment").values()
    assert attachment["target_group_arn"] == (
        "${data.terraform_remote_state.network.outputs.web_target_group_arn}"
    )


def test_a_group_that_exists(tier):
    attributes = TargetGroupAttributes(
        protocol="TLS",
        target_group_arn=ARN,
        target_group_arn_suffix="targetgroup/web/0123456789abcdef",
    )
    assert TargetGroup.from_attributes(tier, "old", attributes).balancer_kind == "network"


BAD = {
    "no vpc": ({"vpc": None}, "vpc is None"),
    "no port": ({"port": None}, "port is missing"),
    "port 0": ({"port": 0}, "port is 0"),
    "port high": ({"port": 65536}, "port is 65536"),
    "port text": ({"port": "80"}, "port is 80"),
    "protocol": ({"protocol": "http"}, "protocol http is not known"),
    "type": ({"target_type": "vm"}, "target_type vm"),
    "geneve port": ({"protocol": "GENEVE"}, "GENEVE uses 6081"),
    "alb of alb": ({"target_type": "alb"}, "write TCP"),
    "lambda with vpc": ({"target_type": "lambda"}, "leave them out"),
    "lambda over tcp": (
        {"target_type": "lambda", "protocol": "TCP", "vpc": None, "port": None},
        "application load balancers only",
    ),
    "version": ({"protocol_version": "HTTP3"}, "protocol_version HTTP3"),
    "version of tcp": ({"protocol": "TCP", "protocol_version": "HTTP2"}, "is for application"),
    "delay": ({"deregistration_delay": 3601}, "deregistration_delay is 3601"),
    "delay negative": ({"deregistration_delay": -1}, "deregistration_delay is -1"),
    "slow start short": ({"slow_start": 29}, "slow_start is 29"),
    "slow start of tcp": ({"protocol": "TCP", "slow_start": 30}, "slow_start is for application"),
    "algorithm": ({"algorithm": "random"}, "algorithm random"),
    "algorithm of udp": (
        {"protocol": "UDP", "algorithm": "round_robin"},
        "algorithm is for application",
    ),
    "client ip of http": ({"preserve_client_ip": True}, "preserve_client_ip is for network"),
    "client ip text": ({"protocol": "TCP", "preserve_client_ip": "yes"}, "True or False"),
    "stickiness": ({"stickiness": True}, r"write Stickiness\(\)"),
    "sticky kind": ({"stickiness": Stickiness(kind="source_ip")}, "stickiness: kind source_ip"),
    "sticky long": ({"stickiness": Stickiness(duration=604_801)}, "duration is 604801"),
    "sticky cookie": ({"stickiness": Stickiness(cookie_name="x")}, "belongs to app_cookie"),
    "sticky no cookie": ({"stickiness": Stickiness(kind="app_cookie")}, "belongs to app_cookie"),
    "sticky own cookie": (
        {"stickiness": Stickiness(kind="app_cookie", cookie_name="AWSALB")},
        "ELB's own",
    ),
    "check": ({"health_check": "/"}, r"write HealthCheck\(\)"),
    "check protocol": ({"health_check": HealthCheck(protocol="TCP")}, "protocol TCP"),
    "check path": ({"health_check": HealthCheck(path="health")}, "path health"),
    "check path long": ({"health_check": HealthCheck(path="/" + "x" * 1024)}, "1024 characters"),
    "check path blank": ({"health_check": HealthCheck(path="/a b")}, "path /a b"),
    "check port": ({"health_check": HealthCheck(port=0)}, "health_check: port is 0"),
    "interval short": ({"health_check": HealthCheck(interval=4)}, "interval is 4"),
    "interval long": ({"health_check": HealthCheck(interval=301)}, "interval is 301"),
    "timeout short": ({"health_check": HealthCheck(timeout=1)}, "timeout is 1"),
    "timeout long": ({"health_check": HealthCheck(timeout=121)}, "timeout is 121"),
    "timeout over interval": (
        {"health_check": HealthCheck(interval=5, timeout=6)},
        "longer than the interval",
    ),
    "healthy low": ({"health_check": HealthCheck(healthy_threshold=1)}, "healthy_threshold is 1"),
    "unhealthy high": (
        {"health_check": HealthCheck(unhealthy_threshold=11)},
        "unhealthy_threshold is 11",
    ),
    "matcher text": ({"health_check": HealthCheck(matcher="ok")}, "matcher ok"),
    "matcher number": ({"health_check": HealthCheck(matcher=200)}, "matcher 200"),  # type: ignore[arg-type]
    "matcher low": ({"health_check": HealthCheck(matcher="199")}, "matcher 199"),
    "matcher 500": ({"health_check": HealthCheck(matcher="200,500")}, "matcher 500"),
    "matcher backwards": ({"health_check": HealthCheck(matcher="299-200")}, "matcher 299-200"),
    "tags": ({"tags": {"Name": "x"}}, "Name follows"),
    "proxy of http": ({"proxy_protocol": True}, "proxy_protocol is for network"),
    "proxy number": ({"protocol": "TCP", "proxy_protocol": 2}, "proxy_protocol is 2"),
    "termination of http": (
        {"connection_termination": False},
        "connection_termination is for network",
    ),
    "termination text": (
        {"protocol": "UDP", "connection_termination": "on"},
        "connection_termination is on",
    ),
    "hidden clients of udp": (
        {"protocol": "TCP_UDP", "preserve_client_ip": False},
        "with TCP_UDP it is always on",
    ),
    "hidden clients of alb": (
        {"protocol": "TCP", "target_type": "alb", "preserve_client_ip": False},
        "with application load balancers it is always on",
    ),
    "alb over tcp": (
        {"protocol": "TCP", "target_type": "alb", "health_check": HealthCheck(protocol="TCP")},
        "asked over HTTP or HTTPS",
    ),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, vpc, options, message):
    with pytest.raises(ConfigurationError, match=message):
        TargetGroup(tier, "web", **{"vpc": vpc, "port": 80, **options})
    assert tier.node.try_find_child("web") is None


def test_network_checks_may_ask_for_server_errors(tier, vpc):
    check = HealthCheck(protocol="HTTP", matcher="200-599")
    TargetGroup(tier, "web", vpc=vpc, port=80, protocol="TCP", health_check=check)


@pytest.mark.parametrize(
    ("target_id", "port", "message"),
    [
        ("10.0.0.1", None, "of instance"),
        (None, None, "target_id None"),
        ("i-0123456789abcdef0", 0, "port is 0"),
        ("i-0123456789abcdef0", "80", "port is 80"),
    ],
    ids=["address", "none", "port 0", "port text"],
)
def test_bad_targets_are_refused(tier, vpc, target_id, port, message):
    group = TargetGroup(tier, "web", vpc=vpc, port=80)
    with pytest.raises(ConfigurationError, match=message):
        group.add_target("x", target_id, port=port)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (None, "attributes is None"),
        (
            TargetGroupAttributes(target_group_arn="arn", target_group_arn_suffix="x"),
            "target_group_arn arn",
        ),
        (
            TargetGroupAttributes(
                protocol="QUIC",
                target_group_arn=ARN,
                target_group_arn_suffix="targetgroup/web/0123456789abcdef",
            ),
            "protocol QUIC",
        ),
    ],
    ids=["none", "arn", "protocol"],
)
def test_bad_attributes_are_refused(tier, attributes, message):
    with pytest.raises(ConfigurationError, match=message):
        TargetGroup.from_attributes(tier, "old", attributes)


def test_a_group_with_all_its_defaults(tier, vpc, synth):
    TargetGroup(tier, "web", vpc=vpc, port=80)
    group = body(synth(tier))
    del group["health_check"]
    assert group == {
        "name_prefix": "web-",
        "target_type": "instance",
        "vpc_id": "${aws_vpc.vpc.id}",
        "port": 80,
        "protocol": "HTTP",
        "protocol_version": "HTTP1",
        "deregistration_delay": "300",
        "load_balancing_algorithm_type": "round_robin",
        "stickiness": {"enabled": False, "type": "lb_cookie"},
        "tags": {"Name": "shop-test-web"},
        "lifecycle": {"create_before_destroy": True},
    }


@pytest.mark.parametrize(
    ("id", "prefix"),
    [("a", "a-"), ("web", "web-"), ("shop_one", "shop-"), ("abcdefgh", "abcde-"), ("a--", "a-")],
)
def test_the_prefix_of_its_name_has_six_characters_at_most(tier, vpc, synth, id, prefix):
    TargetGroup(tier, id, vpc=vpc, port=80)
    [group] = synth(tier).resources("aws_lb_target_group").values()
    assert group["name_prefix"] == prefix


@pytest.mark.parametrize(
    ("protocol", "port", "kind"),
    [
        ("HTTP", 80, "application"),
        ("HTTPS", 443, "application"),
        ("TCP", 1, "network"),
        ("UDP", 65535, "network"),
        ("TCP_UDP", 53, "network"),
        ("TLS", 443, "network"),
        ("GENEVE", 6081, "gateway"),
    ],
)
def test_the_protocol_says_which_balancer_it_is_for(tier, vpc, synth, protocol, port, kind):
    group = TargetGroup(tier, "web", vpc=vpc, port=port, protocol=protocol)
    assert group.balancer_kind == kind
    synth(tier).has_resource("aws_lb_target_group", {"protocol": protocol, "port": port})


@pytest.mark.parametrize("algorithm", ["least_outstanding_requests", "weighted_random"])
def test_other_algorithms(tier, vpc, synth, algorithm):
    TargetGroup(tier, "web", vpc=vpc, port=80, algorithm=algorithm)
    assert body(synth(tier))["load_balancing_algorithm_type"] == algorithm


@pytest.mark.parametrize("preserve", [True, False])
def test_a_network_group_can_hide_the_clients_address(tier, vpc, synth, preserve):
    TargetGroup(tier, "web", vpc=vpc, port=80, protocol="TCP", preserve_client_ip=preserve)
    assert body(synth(tier))["preserve_client_ip"] == str(preserve).lower()


def test_sticky_by_the_balancers_cookie(tier, vpc, synth):
    TargetGroup(tier, "web", vpc=vpc, port=80, stickiness=Stickiness())
    assert body(synth(tier))["stickiness"] == {
        "enabled": True,
        "type": "lb_cookie",
        "cookie_duration": 86_400,
    }


@pytest.mark.parametrize(
    ("protocol", "port", "kind"),
    [
        ("TCP", 80, "source_ip"),
        ("GENEVE", 6081, "source_ip_dest_ip"),
        ("GENEVE", 6081, "source_ip_dest_ip_proto"),
    ],
)
def test_sticky_by_address(tier, vpc, synth, protocol, port, kind):
    sticky = Stickiness(kind=kind)
    TargetGroup(tier, "web", vpc=vpc, port=port, protocol=protocol, stickiness=sticky)
    assert body(synth(tier))["stickiness"] == {"enabled": True, "type": kind}


@pytest.mark.parametrize("seconds", [1, 604_800])
def test_cookies_at_the_limits(tier, vpc, synth, seconds):
    TargetGroup(tier, "web", vpc=vpc, port=80, stickiness=Stickiness(duration=seconds))
    assert body(synth(tier))["stickiness"]["cookie_duration"] == seconds


TARGETS = {
    "instance": ({}, "i-0123456789abcdef0"),
    "short instance": ({}, "i-01234567"),
    "address": ({"target_type": "ip"}, "10.0.0.7"),
    "function": (
        {"target_type": "lambda", "vpc": None, "port": None},
        "arn:aws:lambda:eu-central-1:111122223333:function:pages",
    ),
    "balancer": (
        {"target_type": "alb", "protocol": "TCP"},
        "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/0123456789abcdef",
    ),
    "token": ({}, "${aws_instance.web.id}"),
}


@pytest.mark.parametrize(("options", "target"), TARGETS.values(), ids=TARGETS)
def test_targets_of_every_type(tier, vpc, synth, options, target):
    group = TargetGroup(tier, "web", **{"vpc": vpc, "port": 80, **options})
    group.add_target("one", target)
    assert synth(tier).resource("aws_lb_target_group_attachment.web_one") == {
        "target_group_arn": "${aws_lb_target_group.web.arn}",
        "target_id": target,
    }


def test_an_imported_group_takes_targets(tier, synth):
    attributes = TargetGroupAttributes(
        target_type="ip",
        target_group_arn=ARN,
        target_group_arn_suffix="targetgroup/web/0123456789abcdef",
    )
    old = TargetGroup.from_attributes(tier, "old", attributes)
    old.add_target("one", "10.0.0.7", port=8080)
    assert (old.target_group_arn, old.balancer_kind) == (ARN, "application")
    assert old.target_group_arn_suffix == "targetgroup/web/0123456789abcdef"
    template = synth(tier)
    template.resource_count("aws_lb_target_group", 0)
    assert template.resource("aws_lb_target_group_attachment.old_one") == {
        "target_group_arn": ARN,
        "target_id": "10.0.0.7",
        "port": 8080,
    }


def test_what_tiers_share_is_an_output(app, environment, tier, vpc, synth):
    group = TargetGroup(tier, "web", vpc=vpc, port=80, protocol="TLS", target_type="ip")
    used = Tier(app, "farm", environment=environment).use(group)
    assert used.balancer_kind == "network"
    assert used.attributes.target_type == "ip"
    with pytest.raises(ConfigurationError, match="it has to be of ip"):
        used.add_target("one", "i-0123456789abcdef0")
    template = synth(tier)
    template.has_output("web_target_group_arn", {"value": "${aws_lb_target_group.web.arn}"})


def test_a_group_of_a_vpc_that_exists(tier, vpc_attributes, synth):
    TargetGroup(tier, "web", vpc=Vpc.from_attributes(tier, "old", vpc_attributes), port=80)
    assert body(synth(tier))["vpc_id"] == "vpc-0123456789abcdef0"


MORE_BAD = {
    "vpc id": ({"vpc": "vpc-0123456789abcdef0"}, r"Vpc\.from_attributes"),
    "port bool": ({"port": True}, "port is True"),
    "protocol none": ({"protocol": None}, "protocol None is not known"),
    "type none": ({"target_type": None}, "target_type None"),
    "lambda over geneve": (
        {"target_type": "lambda", "protocol": "GENEVE", "vpc": None, "port": None},
        "application load balancers only",
    ),
    "lambda with version": (
        {"target_type": "lambda", "protocol_version": "HTTP2", "vpc": None, "port": None},
        "do not go with Lambda",
    ),
    "lambda with slow start": (
        {"target_type": "lambda", "slow_start": 30, "vpc": None, "port": None},
        "do not go with Lambda",
    ),
    "alb of gateway": (
        {"target_type": "alb", "protocol": "GENEVE", "port": 6081},
        "instances or addresses",
    ),
    "slow start long": ({"slow_start": 901}, "slow_start is 901"),
    "slow start none": ({"slow_start": None}, "slow_start is None"),
    "delay text": ({"deregistration_delay": "300"}, "deregistration_delay is 300"),
    "version of geneve": (
        {"protocol": "GENEVE", "port": 6081, "protocol_version": "GRPC"},
        "GENEVE is of gateway ones",
    ),
    "client ip of geneve": (
        {"protocol": "GENEVE", "port": 6081, "preserve_client_ip": False},
        "preserve_client_ip is for network",
    ),
    "cookies of tcp": ({"protocol": "TCP", "stickiness": Stickiness()}, "kind lb_cookie"),
    "cookies of geneve": (
        {"protocol": "GENEVE", "port": 6081, "stickiness": Stickiness()},
        "how gateway load balancers do it",
    ),
    "sticky short": ({"stickiness": Stickiness(duration=0)}, "duration is 0"),
    "sticky text": ({"stickiness": Stickiness(duration="60")}, "duration is 60"),
    "sticky kind none": ({"stickiness": Stickiness(kind=None)}, "stickiness: kind None"),
    "sticky blank cookie": (
        {"stickiness": Stickiness(kind="app_cookie", cookie_name="a b")},
        "cookie_name a b",
    ),
    "sticky empty cookie": (
        {"stickiness": Stickiness(kind="app_cookie", cookie_name="")},
        "cookie_name ''",
    ),
    "check none": ({"health_check": None}, "health_check is None"),
    "tags list": ({"tags": ["a"]}, "tags is"),
    "tag number": ({"tags": {"a": 1}}, "write a string"),
}


@pytest.mark.parametrize(("options", "message"), MORE_BAD.values(), ids=MORE_BAD)
def test_more_bad_input_is_refused(tier, vpc, options, message):
    with pytest.raises(ConfigurationError, match=message):
        TargetGroup(tier, "web", **{"vpc": vpc, "port": 80, **options})
    assert tier.node.try_find_child("web") is None


BAD_IDS = {
    "none": (None, "id None"),
    "empty": ("", "id ''"),
    "digit first": ("1a", "id 1a cannot be part"),
    "dot": ("a.b", r"id a\.b cannot"),
    "long": ("a" * 65, "up to 63"),
    "taken": ("vpc", "id vpc is used already"),
}


@pytest.mark.parametrize(("id", "message"), BAD_IDS.values(), ids=BAD_IDS)
def test_bad_ids_are_refused(tier, vpc, id, message):
    with pytest.raises(ConfigurationError, match=message):
        TargetGroup(tier, id, vpc=vpc, port=80)


BAD_TARGETS = {
    "ip": ("ip", "i-0123456789abcdef0", "it has to be of ip"),
    "name as ip": ("ip", "web.example.com", "it has to be of ip"),
    "alb": ("alb", "arn:aws:lambda:eu-central-1:1:function:f", "it has to be of alb"),
    "lambda": ("lambda", "pages", "it has to be of lambda"),
    "instance": ("instance", "i-XYZ", "it has to be of instance"),
}


@pytest.mark.parametrize(("kind", "target", "message"), BAD_TARGETS.values(), ids=BAD_TARGETS)
def test_targets_of_another_type_are_refused(tier, vpc, kind, target, message):
    protocol = "TCP" if kind == "alb" else "HTTP"
    inside = {} if kind == "lambda" else {"vpc": vpc, "port": 80}
    group = TargetGroup(tier, "web", protocol=protocol, target_type=kind, **inside)
    with pytest.raises(ConfigurationError, match=message):
        group.add_target("one", target)
    assert group.node.try_find_child("one") is None


def test_a_target_is_registered_once(tier, vpc):
    group = TargetGroup(tier, "web", vpc=vpc, port=80)
    group.add_target("one", "i-0123456789abcdef0")
    with pytest.raises(ConfigurationError, match="id one is used already"):
        group.add_target("one", "i-0123456789abcdef1")


BAD_ATTRIBUTES = {
    "type": ({"target_type": "vm"}, "target_type vm"),
    "arn of a balancer": (
        {"target_group_arn": ARN.replace("targetgroup/", "loadbalancer/app/")},
        "whose end matches targetgroup",
    ),
    "arn of another service": (
        {"target_group_arn": ARN.replace("elasticloadbalancing", "ecs")},
        "write an ARN of elasticloadbalancing",
    ),
    "suffix": ({"target_group_arn_suffix": "web"}, "write targetgroup/<name>/<id>"),
    "suffix none": ({"target_group_arn_suffix": None}, "target_group_arn_suffix None"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES)
def test_more_bad_attributes_are_refused(tier, change, message):
    known = {
        "target_group_arn": ARN,
        "target_group_arn_suffix": "targetgroup/web/0123456789abcdef",
    }
    with pytest.raises(ConfigurationError, match=message):
        TargetGroup.from_attributes(tier, "old", TargetGroupAttributes(**{**known, **change}))
    assert tier.node.try_find_child("old") is None


# --- what AWS refuses, and the library takes


REFUSED_BY_AWS = {
    "timeout as long as the interval": {"health_check": HealthCheck(interval=5, timeout=5)},
    "slow start and least outstanding requests": {
        "slow_start": 30,
        "algorithm": "least_outstanding_requests",
    },
    "slow start and weighted random": {"slow_start": 30, "algorithm": "weighted_random"},
    "balancer over udp": {"target_type": "alb", "protocol": "UDP"},
    "sticky tls": {"protocol": "TLS", "stickiness": Stickiness(kind="source_ip")},
}


@pytest.mark.parametrize("options", REFUSED_BY_AWS.values(), ids=REFUSED_BY_AWS)
def test_what_aws_refuses_is_refused(tier, vpc, options):
    with pytest.raises(ConfigurationError):
        TargetGroup(tier, "web", vpc=vpc, port=80, **options)


def test_an_impossible_address_is_refused(tier, vpc):
    group = TargetGroup(tier, "web", vpc=vpc, port=80, target_type="ip")
    with pytest.raises(ConfigurationError, match="target_id"):
        group.add_target("one", "10.0.0.999")


def test_a_slow_start_of_false_is_refused(tier, vpc):
    with pytest.raises(ConfigurationError, match="slow_start"):
        TargetGroup(tier, "web", vpc=vpc, port=80, slow_start=False)


def test_a_taken_terraform_name_leaves_nothing(tier, vpc):
    TargetGroup(tier, "web-a", vpc=vpc, port=80)
    with pytest.raises(ConfigurationError, match="Terraform name web_a is taken"):
        TargetGroup(tier, "web_a", vpc=vpc, port=80)
    assert tier.node.try_find_child("web_a") is None


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
checks = st.builds(
    HealthCheck,
    path=st.one_of(scalars, st.just("/up")),
    protocol=st.one_of(scalars, st.sampled_from(["HTTP", "TCP"])),
    port=scalars,
    interval=st.one_of(scalars, st.just(30)),
    timeout=st.one_of(scalars, st.just(5)),
    healthy_threshold=st.one_of(scalars, st.just(2)),
    matcher=st.one_of(scalars, st.just("200")),
)
stickiness = st.builds(
    Stickiness,
    kind=st.one_of(scalars, st.sampled_from(["lb_cookie", "app_cookie", "source_ip"])),
    duration=st.one_of(scalars, st.just(60)),
    cookie_name=scalars,
)
words = ["HTTP", "TCP", "GENEVE", "lambda", "ip", "alb", "HTTP2", "weighted_random", "${a.b}"]
anything = st.one_of(
    scalars,
    st.sampled_from(words),
    st.integers(0, 6081),
    checks,
    stickiness,
    st.lists(scalars, max_size=2),
    st.tuples(scalars),
    st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), scalars, max_size=2),
)
OPTIONS = [
    "vpc",
    "port",
    "protocol",
    "target_type",
    "protocol_version",
    "health_check",
    "deregistration_delay",
    "stickiness",
    "slow_start",
    "algorithm",
    "preserve_client_ip",
    "tags",
]


@given(st.dictionaries(st.sampled_from(OPTIONS), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors(tier, vpc, change):
    tier.node.try_remove_child("any")
    try:
        TargetGroup(tier, "any", **{"vpc": vpc, "port": 80, **change})
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None


UNSTICKY = {
    "HTTPS": {"enabled": False, "type": "lb_cookie"},
    "TCP": {"enabled": False, "type": "source_ip"},
    "UDP": {"enabled": False, "type": "source_ip"},
    "GENEVE": {"enabled": False, "type": "source_ip_dest_ip"},
    "TLS": None,
}


@pytest.mark.parametrize(("protocol", "expected"), UNSTICKY.items(), ids=UNSTICKY)
def test_no_stickiness_is_said_so_that_it_can_be_taken_away(tier, vpc, synth, protocol, expected):
    port = 6081 if protocol == "GENEVE" else 80
    TargetGroup(tier, "web", vpc=vpc, port=port, protocol=protocol)
    group = body(synth(tier))
    assert group.get("stickiness") == expected
    assert ("load_balancing_algorithm_type" in group) == (protocol == "HTTPS")


TYPES = {
    "lambda": {"target_type": TargetType.LAMBDA, "vpc": None, "port": None},
    "alb": {"target_type": TargetType.ALB, "protocol": "TCP"},
}
NOT_THERE = {
    "deregistration_delay": 300,
    "stickiness": Stickiness(),
    "algorithm": "round_robin",
    "proxy_protocol": False,
    "connection_termination": False,
}


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize(("name", "value"), NOT_THERE.items(), ids=NOT_THERE)
def test_settings_that_some_targets_do_not_have(tier, vpc, kind, name, value):
    with pytest.raises(ConfigurationError, match=f"{name} does not go with targets of type"):
        TargetGroup(tier, "web", **{"vpc": vpc, "port": 80, **kind, name: value})


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_targets_without_settings_get_none(tier, vpc, synth, kind):
    TargetGroup(tier, "web", **{"vpc": vpc, "port": 80, **kind})
    absent = {"deregistration_delay", "stickiness", "load_balancing_algorithm_type"}
    assert not absent & set(body(synth(tier)))


@pytest.mark.parametrize(
    "after", ["x", None, ["x"], [None]], ids=["text", "none", "texts", "nones"]
)
def test_what_is_no_resource_cannot_be_waited_for(tier, vpc, after):
    group = TargetGroup(tier, "web", vpc=vpc, port=80)
    with pytest.raises(ConfigurationError, match="depends_on"):
        group.add_target("it", "i-0123456789abcdef0", depends_on=after)
    assert group.node.try_find_child("it") is None


def test_a_vpc_of_another_stack_is_refused(app, environment, vpc):
    elsewhere = Tier(app, "elsewhere", environment=environment)
    with pytest.raises(ConfigurationError, match="vpc: network/vpc belongs to another stack"):
        TargetGroup(elsewhere, "web", vpc=vpc, port=80)
