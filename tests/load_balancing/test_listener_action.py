from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    ListenerAction,
    ListenerCondition,
    TargetGroup,
    TargetGroupAttributes,
)

import pytest

ARN = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/old/0123456789abcdef"


@pytest.fixture
def alb(tier, vpc):
    return ApplicationLoadBalancer(tier, "alb", vpc=vpc)


@pytest.fixture
def group(tier, vpc):
    """Makes target groups."""
    return lambda id, **like: TargetGroup(tier, id, vpc=vpc, **{"port": 80, **like})


@pytest.fixture
def synthesized(tier, alb, synth):
    """An action of a listener and of a rule, which have to be alike."""

    def made(action):
        listener = alb.add_listener("http", default_action=action)
        conditions = [ListenerCondition.path("/x")]
        listener.add_rule("it", priority=1, conditions=conditions, action=action)
        template = synth(tier)
        [default] = template.resource("aws_lb_listener.alb_http")["default_action"]
        [of_rule] = template.resource("aws_lb_listener_rule.alb_http_it")["action"]
        assert default == of_rule
        return default

    return made


def test_forwarding_to_one_group(synthesized, group):
    assert synthesized(ListenerAction.forward(group("web"))) == {
        "type": "forward",
        "target_group_arn": "${aws_lb_target_group.web.arn}",
    }


def test_forwarding_to_a_group_that_exists(tier, synthesized):
    attributes = TargetGroupAttributes(
        target_group_arn=ARN, target_group_arn_suffix="targetgroup/old/0123456789abcdef"
    )
    old = TargetGroup.from_attributes(tier, "old", attributes)
    assert synthesized(ListenerAction.forward(old))["target_group_arn"] == ARN


def test_forwarding_by_weight(synthesized, group):
    weights = {group("blue"): 999, group("green"): 0}
    assert synthesized(ListenerAction.weighted_forward(weights)) == {
        "type": "forward",
        "forward": {
            "target_group": [
                {"arn": "${aws_lb_target_group.blue.arn}", "weight": 999},
                {"arn": "${aws_lb_target_group.green.arn}", "weight": 0},
            ]
        },
    }


@pytest.mark.parametrize("seconds", [1, 604_800])
def test_visitors_stay_with_a_group(synthesized, group, seconds):
    weights = {group(id): 1 for id in "abcde"}
    action = synthesized(ListenerAction.weighted_forward(weights, sticky_seconds=seconds))
    assert action["forward"]["stickiness"] == {"enabled": True, "duration": seconds}
    assert len(action["forward"]["target_group"]) == 5


def test_a_redirect_keeps_what_is_not_given(synthesized):
    assert synthesized(ListenerAction.redirect(host="new.example.com")) == {
        "type": "redirect",
        "redirect": {
            "protocol": "#{protocol}",
            "port": "#{port}",
            "host": "new.example.com",
            "path": "/#{path}",
            "query": "#{query}",
            "status_code": "HTTP_301",
        },
    }


def test_every_option_of_a_redirect(synthesized):
    action = ListenerAction.redirect(
        protocol="HTTPS",
        port=8443,
        host="www.#{host}",
        path="/new/#{path}",
        query="from=#{host}",
        permanent=False,
    )
    assert synthesized(action)["redirect"] == {
        "protocol": "HTTPS",
        "port": "8443",
        "host": "www.#{host}",
        "path": "/new/#{path}",
        "query": "from=#{host}",
        "status_code": "HTTP_302",
    }


def test_a_fixed_response_is_plain_and_empty_by_default(synthesized):
    assert synthesized(ListenerAction.fixed_response(503)) == {
        "type": "fixed-response",
        "fixed_response": {"content_type": "text/plain", "status_code": "503"},
    }


def test_every_option_of_a_fixed_response(synthesized):
    body = '{\n"closed": true}'
    action = ListenerAction.fixed_response(403, body=body, content_type="application/json")
    assert synthesized(action)["fixed_response"] == {
        "content_type": "application/json",
        "message_body": body,
        "status_code": "403",
    }


@pytest.mark.parametrize("code", [200, 299, 400, 599])
def test_codes_at_the_limits(code):
    assert ListenerAction.fixed_response(code).status_code == str(code)


def test_a_body_of_1024_characters():
    assert len(ListenerAction.fixed_response(200, body="x" * 1024).body) == 1024


A = ListenerAction
BAD = {
    "forward none": (lambda: A.forward(None), "target_group is None"),
    "forward arn": (lambda: A.forward(ARN), "write TargetGroup"),
    "weights none": (lambda: A.weighted_forward(None), "weights has to map 2 to 5"),
    "weights list": (lambda: A.weighted_forward([1, 2]), "weights has to map 2 to 5"),
    "redirect case": (lambda: A.redirect(protocol="https"), "protocol https is not known"),
    "redirect port high": (lambda: A.redirect(port=65536), "port is 65536"),
    "redirect port text": (lambda: A.redirect(port="443"), "port is 443"),
    "redirect host empty": (lambda: A.redirect(host=""), "write a host"),
    "redirect host slash": (lambda: A.redirect(host="a.com/x"), "host a.com/x is not valid"),
    "redirect host long": (lambda: A.redirect(host="x" * 129), "write a host"),
    "redirect host none": (lambda: A.redirect(host=None), "host None"),
    "redirect path empty": (lambda: A.redirect(path=""), "begins with /"),
    "redirect path blank": (lambda: A.redirect(path="/a b"), "path /a b is not valid"),
    "redirect path long": (lambda: A.redirect(path="/" + "x" * 128), "begins with /"),
    "redirect query long": (lambda: A.redirect(query="x" * 129), "up to 128 characters"),
    "redirect query none": (lambda: A.redirect(query=None), "query None"),
    "redirect permanent": (lambda: A.redirect(port=81, permanent=302), "permanent is 302"),
    "redirect code alone": (lambda: A.redirect(permanent=False), "round in circles"),
    "response 199": (lambda: A.fixed_response(199), "status_code is 199"),
    "response 300": (lambda: A.fixed_response(300), r"300: redirect\(\) answers so"),
    "response 399": (lambda: A.fixed_response(399), r"399: redirect\(\) answers so"),
    "response 600": (lambda: A.fixed_response(600), "status_code is 600"),
    "response text": (lambda: A.fixed_response("404"), r"status_code is 404 \(str\)"),
    "response none": (lambda: A.fixed_response(None), "status_code is None"),
    "body none": (lambda: A.fixed_response(200, body=None), "body None"),
    "body bytes": (lambda: A.fixed_response(200, body=b"x"), "up to 1024 characters"),
    "type": (lambda: A.fixed_response(200, content_type="text/xml"), "content_type text/xml"),
    "type none": (lambda: A.fixed_response(200, content_type=None), "content_type None"),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()


BAD_WEIGHTS = {
    "one": ([1], {}, "2 to 5 target groups"),
    "six": ([1] * 6, {}, "2 to 5 target groups"),
    "all 0": ([0, 0], {}, "weights are all 0"),
    "negative": ([-1, 1], {}, "weight is -1"),
    "high": ([1000, 1], {}, "weight is 1000"),
    "text": (["1", 1], {}, "weight is 1"),
    "bool": ([True, 1], {}, "weight is True"),
    "fraction": ([0.5, 1], {}, "weight is 0.5"),
    "sticky long": ([1, 1], {"sticky_seconds": 604_801}, "sticky_seconds is 604801"),
    "sticky text": ([1, 1], {"sticky_seconds": "60"}, "sticky_seconds is 60"),
    "sticky bool": ([1, 1], {"sticky_seconds": True}, "sticky_seconds is True"),
}


@pytest.mark.parametrize(("weights", "options", "message"), BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_bad_weights_are_refused(group, weights, options, message):
    groups = {group(f"g{number}"): weight for number, weight in enumerate(weights)}
    with pytest.raises(ConfigurationError, match=message):
        ListenerAction.weighted_forward(groups, **options)


@pytest.mark.parametrize(
    ("protocol", "port", "kind"), [("TCP", 80, "network"), ("GENEVE", 6081, "gateway")]
)
def test_groups_of_other_balancers_are_refused(alb, group, protocol, port, kind):
    groups = {group("web"): 1, group("other", protocol=protocol, port=port): 1}
    action = ListenerAction.weighted_forward(groups)
    with pytest.raises(ConfigurationError, match=f"network/other is of a {kind} load balancer"):
        alb.add_listener("http", default_action=action)
    assert alb.node.try_find_child("http") is None


@pytest.mark.parametrize(
    ("options", "port"),
    [
        ({"protocol": "HTTPS"}, "443"),
        ({"protocol": "HTTP"}, "80"),
        ({"protocol": "HTTPS", "port": 8443}, "8443"),
        ({"host": "example.com"}, "#{port}"),
    ],
    ids=["https", "http", "given", "kept"],
)
def test_a_redirect_goes_to_the_protocols_port(synthesized, options, port):
    assert synthesized(ListenerAction.redirect(**options))["redirect"]["port"] == port
