from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.load_balancing import (
    HealthCheck,
    Stickiness,
    TargetGroup,
    TargetGroupAttributes,
    TargetType,
)
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
        timeout=10,
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
        "timeout": 10,
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


def test_further_options(tier, vpc, synth):
    TargetGroup(
        tier,
        "web",
        vpc=vpc,
        port=80,
        protocol_version="HTTP2",
        deregistration_delay=0,
        slow_start=30,
        algorithm="least_outstanding_requests",
        stickiness=Stickiness(kind="app_cookie", cookie_name="SESSION", duration=60),
        tags={"Team": "web"},
    )
    group = body(synth(tier))
    assert group["protocol_version"] == "HTTP2"
    assert group["deregistration_delay"] == "0"
    assert group["slow_start"] == 30
    assert group["load_balancing_algorithm_type"] == "least_outstanding_requests"
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


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.text()),
    st.just({}),
)
OPTIONS = [
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


@given(name=st.sampled_from(OPTIONS), value=anything)
def test_nothing_but_configuration_errors(tier, vpc, name, value):
    tier.node.try_remove_child("any")
    try:
        TargetGroup(tier, "any", **{"vpc": vpc, "port": 80, name: value})
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None
