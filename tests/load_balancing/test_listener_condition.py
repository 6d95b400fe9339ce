from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.load_balancing import ApplicationLoadBalancer, ListenerAction, ListenerCondition

import pytest


@pytest.fixture
def synthesized(tier, vpc, synth):
    """Conditions as they are in Terraform's JSON."""

    def made(*conditions):
        listener = ApplicationLoadBalancer(tier, "alb", vpc=vpc).add_listener("http")
        action = ListenerAction.fixed_response(200)
        listener.add_rule("it", priority=1, conditions=list(conditions), action=action)
        return synth(tier).resource("aws_lb_listener_rule.alb_http_it")["condition"]

    return made


GOOD = {
    "host": (
        ListenerCondition.host("www.example.com", "*.example.com"),
        {"host_header": {"values": ["www.example.com", "*.example.com"]}},
    ),
    "path": (
        ListenerCondition.path("/", "/a?/*"),
        {"path_pattern": {"values": ["/", "/a?/*"]}},
    ),
    "method": (
        ListenerCondition.method("GET", "HEAD"),
        {"http_request_method": {"values": ["GET", "HEAD"]}},
    ),
    "header": (
        ListenerCondition.header("User-Agent", "*Chrome*", "curl/8 *"),
        {"http_header": {"http_header_name": "User-Agent", "values": ["*Chrome*", "curl/8 *"]}},
    ),
    "query": (
        ListenerCondition.query({"version": "2", "filter": "a=b"}),
        {
            "query_string": [
                {"key": "version", "value": "2"},
                {"key": "filter", "value": "a=b"},
            ]
        },
    ),
    "source ip": (
        ListenerCondition.source_ip("10.0.0.0/8", "2001:db8::/32"),
        {"source_ip": {"values": ["10.0.0.0/8", "2001:db8::/32"]}},
    ),
}


@pytest.mark.parametrize(("condition", "expected"), GOOD.values(), ids=GOOD)
def test_conditions_of_every_kind(synthesized, condition, expected):
    assert synthesized(condition) == [expected]


def test_several_conditions_stay_in_order(synthesized):
    found = synthesized(ListenerCondition.path("/a"), ListenerCondition.host("a.example.com"))
    assert [list(condition) for condition in found] == [["path_pattern"], ["host_header"]]


def test_two_headers_can_be_asked_for(synthesized):
    found = synthesized(ListenerCondition.header("A", "1"), ListenerCondition.header("B", "2"))
    assert [condition["http_header"]["http_header_name"] for condition in found] == ["A", "B"]


def test_wildcards_are_counted():
    assert ListenerCondition.path("/a").wildcards == 0
    assert ListenerCondition.path("/a*", "/b?*").wildcards == 3
    assert ListenerCondition.query({"a?": "*"}).wildcards == 2


def test_values_known_to_terraform_only_are_taken():
    assert ListenerCondition.host("${var.host}").values == ("${var.host}",)
    assert ListenerCondition.source_ip("${var.block}").values == ("${var.block}",)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method(method):
    assert ListenerCondition.method(method).values == (method,)


def test_the_longest_values():
    assert ListenerCondition.path("/" + "x" * 127).values
    assert ListenerCondition.host("x" * 124 + ".com").values
    assert ListenerCondition.header("x" * 40, "y" * 128).values


C = ListenerCondition
BAD = {
    "no host": (C.host, "host_header has no value"),
    "no path": (C.path, "path_pattern has no value"),
    "no method": (C.method, "http_request_method has no value"),
    "no pattern": (lambda: C.header("A"), "http_header has no value"),
    "no block": (C.source_ip, "source_ip has no value"),
    "host with port": (lambda: C.host("a.example.com:80"), "host_header a.example.com:80"),
    "host with scheme": (lambda: C.host("https://a.com"), "write a host like"),
    "host dot at end": (lambda: C.host("example.com."), "host_header example.com."),
    "host long": (lambda: C.host("x" * 125 + ".com"), "write a host like"),
    "host none": (lambda: C.host(None), "host_header None"),
    "host list": (lambda: C.host(["a.com"]), "host_header .*a.com"),
    "second host": (lambda: C.host("a.com", "b"), "host_header b is not valid"),
    "path empty": (lambda: C.path(""), "write a path like"),
    "path blank": (lambda: C.path("/a b"), "path_pattern /a b"),
    "path number": (lambda: C.path(1), "path_pattern 1"),
    "path with percent": (lambda: C.path("/a%20b"), "path_pattern /a%20b"),
    "method case": (lambda: C.method("post"), "method post is not known"),
    "method unknown": (lambda: C.method("BREW"), "write one of GET, HEAD"),
    "method none": (lambda: C.method(None), "method None"),
    "header name empty": (lambda: C.header("", "x"), "write a header's name"),
    "header name long": (lambda: C.header("x" * 41, "y"), "up to 40 characters"),
    "header name blank": (lambda: C.header("X A", "y"), "header X A is not valid"),
    "header name none": (lambda: C.header(None, "y"), "header None"),
    "header named host": (lambda: C.header("hOsT", "y"), r"use host\(\) for Host"),
    "header value empty": (lambda: C.header("A", ""), "write 1 to 128 characters"),
    "header value long": (lambda: C.header("A", "x" * 129), "write 1 to 128 characters"),
    "header value umlaut": (lambda: C.header("A", "\u00fc"), "http_header"),
    "query list": (lambda: C.query([("a", "b")]), "query is .*write"),
    "query none": (lambda: C.query(None), "query is None"),
    "query without name": (lambda: C.query({"": "x"}), "write name and value"),
    "query without value": (lambda: C.query({"a": ""}), "write name and value"),
    "query name long": (lambda: C.query({"x" * 129: "a"}), "write name and value"),
    "query value long": (lambda: C.query({"a": "x" * 129}), "write name and value"),
    "block without length": (lambda: C.source_ip("10.0.0.1"), "not an IPv4 CIDR block"),
    "block with host bits": (lambda: C.source_ip("10.0.0.1/8"), r"write 10\.0\.0\.0/8"),
    "block of ipv6": (lambda: C.source_ip("2001:db8::1/32"), r"write 2001:db8::/32"),
    "block long": (lambda: C.source_ip("10.0.0.0/33"), "source_ip 10.0.0.0/33"),
    "block none": (lambda: C.source_ip(None), "source_ip None"),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()


def test_a_parameter_keeps_its_name_when_it_holds_an_equals_sign(synthesized):
    try:
        condition = ListenerCondition.query({"a=b": "c"})
    except ConfigurationError:
        return
    assert synthesized(condition) == [{"query_string": [{"key": "a=b", "value": "c"}]}]


@pytest.mark.parametrize("value", [None, 2, True, ["a"]], ids=["none", "number", "bool", "list"])
def test_a_parameter_that_is_no_text_is_refused(value):
    with pytest.raises(ConfigurationError, match="query"):
        ListenerCondition.query({"version": value})
