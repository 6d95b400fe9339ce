from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.load_balancing import HealthCheck, TargetGroup, TargetType

import pytest


@pytest.fixture
def checked(tier, vpc, synth):
    """The health check of a group that is made with these options."""

    def made(check=None, **options):
        known = {"vpc": vpc, "port": 80, **({} if check is None else {"health_check": check})}
        TargetGroup(tier, "web", **{**known, **options})
        return synth(tier).resource("aws_lb_target_group.web")["health_check"]

    return made


def test_its_defaults():
    check = HealthCheck()
    assert (check.path, check.matcher, check.protocol, check.port) == (None, None, None, None)
    assert (check.interval, check.timeout) == (30, 5)
    assert (check.healthy_threshold, check.unhealthy_threshold) == (3, 2)


def test_checks_of_the_same_content_are_equal():
    assert HealthCheck(path="/a") == HealthCheck(path="/a") != HealthCheck()


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("HTTP", "HTTP"), ("HTTPS", "HTTPS"), ("TCP", "TCP"), ("UDP", "TCP"), ("TLS", "TCP")],
)
def test_it_speaks_the_groups_protocol_where_it_can(checked, protocol, expected):
    assert checked(protocol=protocol)["protocol"] == expected


def test_a_gateway_group_is_checked_over_tcp(checked):
    check = checked(protocol="GENEVE", port=6081)
    assert check["protocol"] == "TCP"
    assert "path" not in check
    assert "matcher" not in check


def test_a_network_group_can_be_checked_over_http(checked):
    check = checked(HealthCheck(protocol="HTTP", path="/up", matcher="200-399"), protocol="TCP")
    assert (check["protocol"], check["path"], check["matcher"]) == ("HTTP", "/up", "200-399")


def test_a_function_is_checked_by_path_without_protocol_and_port(checked):
    check = checked(HealthCheck(path="/up"), target_type=TargetType.LAMBDA, vpc=None, port=None)
    assert check["path"] == "/up"
    assert "protocol" not in check
    assert "port" not in check


def test_it_asks_the_port_of_the_requests_unless_told(checked):
    assert checked(HealthCheck(port=9000), protocol="HTTPS")["port"] == "9000"


LIMITS = {
    "interval": (5, 300, {"timeout": 2}),
    "timeout": (2, 120, {"interval": 300}),
    "healthy_threshold": (2, 10, {}),
    "unhealthy_threshold": (2, 10, {}),
    "port": (1, 65535, {}),
}


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
@pytest.mark.parametrize("name", LIMITS)
def test_the_limits_themselves_are_allowed(checked, name, end):
    value, others = LIMITS[name][end], LIMITS[name][2]
    assert str(checked(HealthCheck(**{name: value, **others}))[name]) == str(value)


@pytest.mark.parametrize(
    "matcher", ["200", "200,204", "200-299", "200-299,404,499", "${var.codes}"]
)
def test_matchers_of_every_form(checked, matcher):
    assert checked(HealthCheck(matcher=matcher))["matcher"] == matcher


def test_a_path_of_1024_characters(checked):
    path = "/" + "x" * 1023
    assert checked(HealthCheck(path=path))["path"] == path


def test_all_faults_are_told_at_once(checked):
    with pytest.raises(ConfigurationError) as caught:
        checked(HealthCheck(path="up", interval=1, timeout=1, matcher="up"))
    text = str(caught.value)
    for name in ("path", "interval", "timeout", "matcher"):
        assert f"health_check: {name}" in text


BAD = {
    "interval bool": ({"interval": True}, r"interval is True \(bool\)"),
    "interval fraction": ({"interval": 10.5}, r"interval is 10.5 \(float\)"),
    "interval none": ({"interval": None}, "interval is None"),
    "timeout text": ({"timeout": "5"}, r"timeout is 5 \(str\)"),
    "timeout a second over": ({"interval": 30, "timeout": 31}, "31 s, longer than the interval"),
    "healthy high": ({"healthy_threshold": 11}, "health_check: healthy_threshold is 11"),
    "healthy text": ({"healthy_threshold": "3"}, "healthy_threshold is 3"),
    "unhealthy low": ({"unhealthy_threshold": 1}, "unhealthy_threshold is 1"),
    "path number": ({"path": 1}, "path 1"),
    "path empty": ({"path": ""}, "path '' is not valid"),
    "path with umlaut": ({"path": "/\u00fc"}, "write a path like /health"),
    "path with line end": ({"path": "/up\n"}, "write a path like /health"),
    "port high": ({"port": 65536}, "health_check: port is 65536"),
    "port text": ({"port": "traffic-port"}, "port is traffic-port"),
    "protocol case": ({"protocol": "http"}, "protocol http is not known.*HTTP"),
    "protocol udp": ({"protocol": "UDP"}, "application load balancers is checked so"),
    "matcher number": ({"matcher": 200.0}, "matcher 200.0"),
    "matcher empty": ({"matcher": ""}, "codes from 200 to 499"),
    "matcher comma": ({"matcher": "200,"}, "matcher 200, is not valid"),
    "matcher blank": ({"matcher": "200, 204"}, "matcher 200, 204"),
    "matcher open": ({"matcher": "200-"}, "matcher 200-"),
    "matcher four digits": ({"matcher": "2000"}, "matcher 2000"),
    "matcher range over": ({"matcher": "400-500"}, "matcher 400-500"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, vpc, options, message):
    with pytest.raises(ConfigurationError, match=message):
        TargetGroup(tier, "web", vpc=vpc, port=80, health_check=HealthCheck(**options))
    assert tier.node.try_find_child("web") is None


NETWORK = {
    "codes": ({"protocol": "HTTP", "matcher": "600"}, "codes from 200 to 599"),
    "protocol": ({"protocol": "TLS"}, "network load balancers is checked so"),
}


@pytest.mark.parametrize(("options", "message"), NETWORK.values(), ids=NETWORK)
def test_bad_checks_of_network_groups_are_refused(tier, vpc, options, message):
    check = HealthCheck(**options)
    with pytest.raises(ConfigurationError, match=message):
        TargetGroup(tier, "web", vpc=vpc, port=80, protocol="TCP", health_check=check)


def test_a_grpc_group_is_checked_for_grpc_codes(checked):
    check = checked(HealthCheck(path="/shop.Cart/Up", matcher="0,12"), protocol_version="GRPC")
    assert check["matcher"] == "0,12"


def test_a_grpc_group_has_defaults_of_its_own(checked):
    check = checked(HealthCheck(), protocol_version="GRPC")
    assert (check["path"], check["matcher"]) == ("/AWS.ALB/healthcheck", "12")


@pytest.mark.parametrize("matcher", ["200", "100", "a", "12-1"])
def test_http_codes_are_none_of_grpc(checked, matcher):
    with pytest.raises(ConfigurationError, match="codes from 0 to 99"):
        checked(HealthCheck(matcher=matcher), protocol_version="GRPC")


def test_a_gateway_group_takes_all_good_codes_over_http(checked):
    check = checked(HealthCheck(protocol="HTTP"), protocol="GENEVE", port=6081)
    assert check["matcher"] == "200-399"


@pytest.mark.parametrize("matcher", ["400", "200-599", "200,404"])
def test_a_gateway_group_takes_no_error_codes(checked, matcher):
    check = HealthCheck(protocol="HTTP", matcher=matcher)
    with pytest.raises(ConfigurationError, match="codes from 200 to 399"):
        checked(check, protocol="GENEVE", port=6081)
