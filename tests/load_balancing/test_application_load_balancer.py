from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.compute import Instance, MachineImage
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    HealthCheck,
    ListenerAction,
    ListenerCondition,
    LoadBalancerAccessLogs,
    TargetGroup,
)
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Key, Peer
from terratiers.storage import Bucket, BucketEncryption
from terratiers.testing import ABSENT

import pytest
from hypothesis import given
from hypothesis import strategies as st

CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)


@pytest.fixture
def alb(tier, vpc):
    return ApplicationLoadBalancer(tier, "alb", vpc=vpc)


@pytest.fixture
def web(tier, vpc):
    image = MachineImage.amazon_linux_2023()
    return Instance(
        tier, "web", vpc=vpc, instance_type="t3.micro", machine_image=image, ssm_access=False
    )


@pytest.fixture
def https(alb):
    return alb.add_listener("https", certificate_arns=[CERTIFICATE])


def opened(template):
    """Who may connect to which port of the balancer."""
    return {
        (rule.get("cidr_ipv4"), rule["from_port"])
        for name, rule in template.resources("aws_vpc_security_group_ingress_rule").items()
        if name.startswith("alb_group_from")
    }


@pytest.mark.usefixtures("alb")
def test_its_defaults(tier, synth):
    template = synth(tier)
    template.has_resource(
        "aws_lb",
        {
            "load_balancer_type": "application",
            "internal": False,
            "name_prefix": "alb-",
            "subnets": ["${aws_subnet.vpc_public_a.id}", "${aws_subnet.vpc_public_b.id}"],
            "security_groups": ["${aws_security_group.alb_group.id}"],
            "idle_timeout": 60,
            "drop_invalid_header_fields": True,
            "desync_mitigation_mode": "defensive",
            "enable_deletion_protection": False,
            "lifecycle": {"create_before_destroy": True},
            "access_logs": ABSENT,
        },
    )
    template.has_no_resource("aws_vpc_security_group_ingress_rule", {"from_port": 80})


def test_in_production_it_is_protected(app, production, synth):
    from terratiers import Tier

    tier = Tier(app, "web", environment=production)
    vpc = Vpc(tier, "vpc")
    ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    ApplicationLoadBalancer(tier, "other", vpc=vpc, deletion_protection=False)
    found = synth(tier).resources("aws_lb")
    assert found["alb"]["enable_deletion_protection"] is True
    assert found["other"]["enable_deletion_protection"] is False


def test_an_internal_one_stands_in_private_subnets_and_admits_the_vpc(tier, vpc, synth):
    alb = ApplicationLoadBalancer(
        tier, "alb", vpc=vpc, internal=True, idle_timeout=4000, desync_mitigation="strictest"
    )
    alb.add_listener("http")
    template = synth(tier)
    template.has_resource("aws_lb", {"internal": True, "idle_timeout": 4000})
    assert opened(template) == {("${aws_vpc.vpc.cidr_block}", 80)}


@pytest.mark.usefixtures("https")
def test_https_brings_the_redirect(tier, synth):
    template = synth(tier)
    found = template.resources("aws_lb_listener")
    assert set(found) == {"alb_https", "alb_https_redirect"}
    assert found["alb_https"]["protocol"] == "HTTPS"
    assert found["alb_https"]["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert found["alb_https"]["certificate_arn"] == CERTIFICATE
    [answer] = found["alb_https"]["default_action"]
    assert answer["fixed_response"]["status_code"] == "404"
    [redirect] = found["alb_https_redirect"]["default_action"]
    assert redirect["redirect"]["status_code"] == "HTTP_301"
    assert (redirect["redirect"]["protocol"], redirect["redirect"]["port"]) == ("HTTPS", "443")
    assert "ssl_policy" not in found["alb_https_redirect"]
    assert opened(template) == {("0.0.0.0/0", 443), ("0.0.0.0/0", 80)}


def test_the_redirect_can_be_left_out_and_leaves_what_is_there(tier, alb, synth):
    alb.add_listener("http")
    alb.add_listener("https", certificate_arns=[CERTIFICATE])
    alb.add_listener("admin", port=8443, certificate_arns=[CERTIFICATE], redirect_http=False)
    assert set(synth(tier).resources("aws_lb_listener")) == {
        "alb_http",
        "alb_https",
        "alb_admin",
    }


def test_only_named_peers_are_let_in(tier, alb, synth):
    peers = [Peer.ipv4("198.51.100.0/24"), Peer.ipv4("203.0.113.0/24")]
    alb.add_listener("https", certificate_arns=[CERTIFICATE], allow_from=peers, redirect_http=False)
    assert opened(synth(tier)) == {("198.51.100.0/24", 443), ("203.0.113.0/24", 443)}


def test_further_certificates(tier, alb, synth):
    other = CERTIFICATE.replace("1234567", "7654321")
    listener = alb.add_listener("https", certificate_arns=[CERTIFICATE, other])
    listener.add_certificate("third", CERTIFICATE.replace("12345678", "99999999"))
    found = synth(tier).resources("aws_lb_listener_certificate")
    assert set(found) == {"alb_https_certificate_2", "alb_https_third"}


def test_targets_are_registered_and_reached_on_their_port_alone(tier, https, web, synth):
    https.add_targets("pages", port=8080, targets=[web], health_check=HealthCheck(port=9000))
    template = synth(tier)
    [listener] = [
        body for name, body in template.resources("aws_lb_listener").items() if name == "alb_https"
    ]
    assert listener["default_action"] == [
        {"type": "forward", "target_group_arn": "${aws_lb_target_group.alb_https_pages.arn}"}
    ]
    [attachment] = template.resources("aws_lb_target_group_attachment").values()
    assert attachment["target_id"] == "${aws_instance.web.id}"
    reached = {
        (rule["referenced_security_group_id"], rule["from_port"])
        for name, rule in template.resources("aws_vpc_security_group_egress_rule").items()
        if rule["security_group_id"] == "${aws_security_group.alb_group.id}"
    }
    group = "${aws_security_group.web_group.id}"
    assert reached == {(group, 8080), (group, 9000)}


def test_targets_with_conditions_are_a_rule(tier, https, web, synth):
    https.add_targets(
        "api", port=80, targets=[web], priority=5, conditions=[ListenerCondition.path("/api/*")]
    )
    template = synth(tier)
    rule = template.resource("aws_lb_listener_rule.alb_https_api_rule")
    assert rule["priority"] == 5
    assert rule["condition"] == [{"path_pattern": {"values": ["/api/*"]}}]
    [action] = rule["action"]
    assert action["target_group_arn"] == "${aws_lb_target_group.alb_https_api.arn}"


def test_rules_of_every_kind(tier, vpc, https, synth):
    one, two = (TargetGroup(tier, name, vpc=vpc, port=80) for name in ("one", "two"))
    https.add_rule(
        "split",
        priority=1,
        conditions=[
            ListenerCondition.host("a.example.com"),
            ListenerCondition.header("X-Team", "web*"),
            ListenerCondition.method("GET"),
            ListenerCondition.query({"version": "2"}),
            ListenerCondition.source_ip("10.0.0.0/8"),
        ],
        action=ListenerAction.weighted_forward({one: 9, two: 1}, sticky_seconds=60),
    )
    https.add_rule(
        "moved",
        priority=2,
        conditions=[ListenerCondition.path("/old", "/older")],
        action=ListenerAction.redirect(host="new.example.com", path="/#{path}", permanent=False),
    )
    rules = synth(tier).resources("aws_lb_listener_rule")
    split = rules["alb_https_split"]
    assert split["condition"] == [
        {"host_header": {"values": ["a.example.com"]}},
        {"http_header": {"http_header_name": "X-Team", "values": ["web*"]}},
        {"http_request_method": {"values": ["GET"]}},
        {"query_string": [{"key": "version", "value": "2"}]},
        {"source_ip": {"values": ["10.0.0.0/8"]}},
    ]
    [action] = split["action"]
    assert [group["weight"] for group in action["forward"]["target_group"]] == [9, 1]
    assert action["forward"]["stickiness"] == {"enabled": True, "duration": 60}
    [moved] = rules["alb_https_moved"]["action"]
    assert moved["redirect"]["status_code"] == "HTTP_302"
    assert moved["redirect"]["host"] == "new.example.com"


def test_access_logs_are_admitted_before_they_are_sent(tier, vpc, synth):
    logs = Bucket(tier, "logs")
    ApplicationLoadBalancer(
        tier, "alb", vpc=vpc, access_logs=LoadBalancerAccessLogs(bucket=logs, prefix="web")
    )
    template = synth(tier)
    template.has_resource(
        "aws_lb",
        {
            "access_logs": {"bucket": "${aws_s3_bucket.logs.id}", "prefix": "web", "enabled": True},
            "depends_on": ["aws_s3_bucket_policy.logs"],
        },
    )
    policy = template.resource("aws_s3_bucket_policy.logs")["policy"]
    assert "logdelivery.elasticloadbalancing.amazonaws.com" in policy
    assert "${aws_s3_bucket.logs.arn}/web/AWSLogs/" in policy


def one_zone(tier):
    return Vpc(tier, "narrow", availability_zones=["eu-central-1a"], flow_logs=None)


def no_public(tier):
    return Vpc(tier, "inside", subnet_groups=[SubnetGroup.private()], flow_logs=None)


def kms_logs(tier):
    key = Key(tier, "key", description="logs")
    bucket = Bucket(tier, "secret", encryption=BucketEncryption.kms(key))
    return LoadBalancerAccessLogs(bucket=bucket)


def logs(prefix):
    return lambda tier: LoadBalancerAccessLogs(bucket=Bucket(tier, "logs"), prefix=prefix)


BAD = {
    "no vpc": ("vpc", None, "vpc is None"),
    "one zone": ("vpc", one_zone, "needs two"),
    "no public subnets": ("vpc", no_public, "subnet_group public is not known"),
    "private group": ("subnet_group", "private", "write internal=True"),
    "unknown group": ("subnet_group", "dmz", "subnet_group dmz"),
    "internal text": ("internal", "yes", "True or False"),
    "idle 0": ("idle_timeout", 0, "idle_timeout is 0"),
    "idle long": ("idle_timeout", 4001, "idle_timeout is 4001"),
    "idle text": ("idle_timeout", "60", "idle_timeout is 60"),
    "desync": ("desync_mitigation", "off", "desync_mitigation off"),
    "protection": ("deletion_protection", 1, "True or False"),
    "logs bucket": ("access_logs", "logs", "access_logs is logs"),
    "logs of nothing": ("access_logs", LoadBalancerAccessLogs(bucket=None), "access_logs: bucket"),
    "logs with kms": ("access_logs", kms_logs, "SSE-S3 only"),
    "logs prefix": ("access_logs", logs("a/AWSLogs/b"), "access_logs: prefix"),
    "logs slash": ("access_logs", logs("/a"), "access_logs: prefix"),
    "logs end": ("access_logs", logs("a/"), "access_logs: prefix"),
    "tags": ("tags", {"aws:x": "y"}, "aws:"),
}


@pytest.mark.parametrize(("name", "value", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, vpc, name, value, message):
    given_value = value(tier) if callable(value) else value
    with pytest.raises(ConfigurationError, match=message):
        ApplicationLoadBalancer(tier, "alb", **{"vpc": vpc, name: given_value})
    assert tier.node.try_find_child("alb") is None


BAD_LISTENERS = {
    "port 0": ({"port": 0}, "port is 0"),
    "port text": ({"port": "80"}, "port is 80"),
    "certificate": ({"certificate_arns": ["arn:aws:acm:x"]}, "certificate arn:aws:acm:x"),
    "certificate text": ({"certificate_arns": CERTIFICATE}, "write a list"),
    "iam certificate": ({"certificate_arns": ["arn:aws:iam::1:x"]}, "server-certificate"),
    "policy": ({"tls_policy": "ELBSecurityPolicy-2016-08"}, "know TLS 1.3"),
    "action": ({"default_action": "404"}, "default_action is 404"),
    "peers": ({"allow_from": "0.0.0.0/0"}, "allow_from"),
    "peer text": ({"allow_from": ["0.0.0.0/0"]}, "write Peer"),
    "redirect": ({"redirect_http": None}, "redirect_http is None"),
    "taken": ({"port": 8080}, "port 8080 has the listener first already"),
}


@pytest.mark.parametrize(("options", "message"), BAD_LISTENERS.values(), ids=BAD_LISTENERS)
def test_bad_listeners_are_refused(alb, options, message):
    alb.add_listener("first", port=8080)
    with pytest.raises(ConfigurationError, match=message):
        alb.add_listener("second", **options)
    assert alb.node.try_find_child("second") is None


PATH = ListenerCondition.path("/x")
BAD_RULES = {
    "priority 0": ({"priority": 0}, "priority is 0"),
    "priority high": ({"priority": 50_001}, "priority is 50001"),
    "priority taken": ({"priority": 7}, "priority 7 is taken by first"),
    "no conditions": ({"conditions": []}, "conditions is empty"),
    "condition text": ({"conditions": ["/x"]}, "condition is /x"),
    "one condition": ({"conditions": PATH}, "write a list"),
    "twice": ({"conditions": [PATH, PATH]}, "path_pattern is there twice"),
    "six values": (
        {"conditions": [ListenerCondition.path(*(f"/{n}" for n in range(6)))]},
        "6 values",
    ),
    "wildcards": ({"conditions": [ListenerCondition.path("/*******")]}, "7 wildcards"),
    "action": ({"action": None}, "action is None"),
}


@pytest.mark.parametrize(("options", "message"), BAD_RULES.values(), ids=BAD_RULES)
def test_bad_rules_are_refused(https, options, message):
    answer = ListenerAction.fixed_response(200)
    https.add_rule("first", priority=7, conditions=[PATH], action=answer)
    with pytest.raises(ConfigurationError, match=message):
        https.add_rule(
            "second", **{"priority": 8, "conditions": [PATH], "action": answer, **options}
        )
    assert https.node.try_find_child("second") is None


def test_a_network_group_is_no_target_of_a_listener(tier, vpc, https):
    group = TargetGroup(tier, "tcp", vpc=vpc, port=80, protocol="TCP")
    with pytest.raises(ConfigurationError, match="needs HTTP or HTTPS"):
        https.add_rule("tcp", priority=1, conditions=[PATH], action=ListenerAction.forward(group))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": ["i-0123456789abcdef0"]}, "cannot be a target"),
        ({"targets": "web"}, "write a list"),
        ({"priority": 1}, "give both or none"),
        ({"conditions": [PATH]}, "give both or none"),
        ({"protocol": "TCP"}, "protocol TCP"),
        ({"port": 0}, "port is 0"),
    ],
    ids=["id", "text", "priority alone", "conditions alone", "protocol", "port"],
)
def test_bad_targets_are_refused(https, options, message):
    with pytest.raises(ConfigurationError, match=message):
        https.add_targets("pages", **{"port": 80, **options})
    assert https.node.try_find_child("pages") is None


CONDITIONS = {
    "no host": (ListenerCondition.host, "host_header has no value"),
    "host": (lambda: ListenerCondition.host("example"), "host_header example"),
    "path": (lambda: ListenerCondition.path("api"), "path_pattern api"),
    "path long": (lambda: ListenerCondition.path("/" + "x" * 128), "128 characters"),
    "method": (lambda: ListenerCondition.method("get"), "method get"),
    "header host": (lambda: ListenerCondition.header("Host", "x"), r"use host\(\)"),
    "header empty": (lambda: ListenerCondition.header("X-A"), "http_header has no value"),
    "query text": (lambda: ListenerCondition.query("a=b"), "query is"),
    "query empty": (lambda: ListenerCondition.query({}), "query_string has no value"),
    "ip": (lambda: ListenerCondition.source_ip("10.0.0.1"), "source_ip 10.0.0.1"),
    "redirect nowhere": (ListenerAction.redirect, "round in circles"),
    "redirect protocol": (lambda: ListenerAction.redirect(protocol="FTP"), "protocol FTP"),
    "redirect port": (lambda: ListenerAction.redirect(port=0), "port is 0"),
    "redirect path": (lambda: ListenerAction.redirect(path="x"), "path x"),
    "fixed code": (lambda: ListenerAction.fixed_response(301), r"redirect\(\) answers"),
    "fixed low": (lambda: ListenerAction.fixed_response(100), "status_code is 100"),
    "fixed body": (lambda: ListenerAction.fixed_response(200, body="x" * 1025), "1024"),
    "fixed type": (lambda: ListenerAction.fixed_response(200, content_type="x/y"), "content_type"),
    "forward": (lambda: ListenerAction.forward("web"), "target_group is web"),
    "weights": (lambda: ListenerAction.weighted_forward({}), "2 to 5 target groups"),
}


@pytest.mark.parametrize(("make", "message"), CONDITIONS.values(), ids=CONDITIONS)
def test_bad_conditions_and_actions_are_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()


def test_weights_are_checked(tier, vpc):
    one, two = (TargetGroup(tier, name, vpc=vpc, port=80) for name in ("one", "two"))
    for weights, message in (
        ({one: 0, two: 0}, "all 0"),
        ({one: 1000, two: 1}, "weight is 1000"),
        ({one: 1, "two": 1}, "group is two"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            ListenerAction.weighted_forward(weights)
    with pytest.raises(ConfigurationError, match="sticky_seconds is 0"):
        ListenerAction.weighted_forward({one: 1, two: 1}, sticky_seconds=0)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
anything = st.one_of(scalars, st.lists(st.text()), st.just({}))
OPTIONS = [
    "vpc",
    "internal",
    "subnet_group",
    "idle_timeout",
    "desync_mitigation",
    "access_logs",
    "deletion_protection",
    "tags",
]


@given(name=st.sampled_from(OPTIONS), value=anything)
def test_nothing_but_configuration_errors(tier, vpc, name, value):
    tier.node.try_remove_child("any")
    try:
        ApplicationLoadBalancer(tier, "any", **{"vpc": vpc, name: value})
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None
