from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.compute import Instance, MachineImage
from terratiers.core.checkov import skipped_checks
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    HealthCheck,
    ListenerAction,
    ListenerCondition,
    LoadBalancerAccessLogs,
    LoadBalancerAttributes,
    Stickiness,
    TargetGroup,
)
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Key, Peer, Port, SecurityGroup
from terratiers.storage import Bucket, BucketAttributes, BucketEncryption
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformOutput
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
    return alb.add_listener("https", certificate_arn=CERTIFICATE)


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
            "access_logs": {"bucket": "", "enabled": False},
        },
    )
    template.has_no_resource("aws_vpc_security_group_ingress_rule", {"from_port": 80})


def test_in_production_it_is_protected(app, production, synth):
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


@pytest.mark.parametrize(
    ("peer", "skips"),
    [(Peer.any_ipv4(), ["CKV_AWS_260"]), (Peer.ipv4("10.1.0.0/16"), [])],
    ids=["everybody", "a network"],
)
def test_the_redirect_says_why_port_80_is_open(alb, peer, skips):
    alb.add_listener("https", certificate_arn=CERTIFICATE, allow_from=[peer])
    rule = alb.security_group.node.find_child(f"from-{peer.key}-tcp_80")
    assert list(skipped_checks(rule)) == skips


def test_the_redirect_can_be_left_out_and_leaves_what_is_there(tier, alb, synth):
    alb.add_listener("http")
    alb.add_listener("https", certificate_arn=CERTIFICATE)
    alb.add_listener("admin", port=8443, certificate_arn=CERTIFICATE, redirect_http=False)
    assert set(synth(tier).resources("aws_lb_listener")) == {
        "alb_http",
        "alb_https",
        "alb_admin",
    }


def test_only_named_peers_are_let_in(tier, alb, synth):
    peers = [Peer.ipv4("198.51.100.0/24"), Peer.ipv4("203.0.113.0/24")]
    alb.add_listener("https", certificate_arn=CERTIFICATE, allow_from=peers, redirect_http=False)
    assert opened(synth(tier)) == {("198.51.100.0/24", 443), ("203.0.113.0/24", 443)}


def test_further_certificates(tier, alb, synth):
    other = CERTIFICATE.replace("1234567", "7654321")
    listener = alb.add_listener("https", certificate_arn=CERTIFICATE)
    listener.add_certificate("other", other)
    listener.add_certificate("third", CERTIFICATE.replace("12345678", "99999999"))
    found = synth(tier).resources("aws_lb_listener_certificate")
    assert set(found) == {"alb_https_other", "alb_https_third"}


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
            "depends_on": ["aws_internet_gateway.vpc", "aws_s3_bucket_policy.logs"],
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
    "logs star": ("access_logs", logs("a/*"), r"no \* or \?"),
    "logs mark": ("access_logs", logs("a?b"), r"no \* or \?"),
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
    "certificate": ({"certificate_arn": "arn:aws:acm:x"}, "certificate arn:aws:acm:x"),
    "certificate text": ({"certificate_arn": 443}, "certificate 443"),
    "iam certificate": ({"certificate_arn": "arn:aws:iam::1:x"}, "server-certificate"),
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


BALANCER = {
    "idle highest": ({"idle_timeout": 4000}, {"idle_timeout": 4000}),
    "idle lowest": ({"idle_timeout": 1}, {"idle_timeout": 1}),
    "strictest": ({"desync_mitigation": "strictest"}, {"desync_mitigation_mode": "strictest"}),
    "monitor": ({"desync_mitigation": "monitor"}, {"desync_mitigation_mode": "monitor"}),
    "protected": ({"deletion_protection": True}, {"enable_deletion_protection": True}),
    "internal": (
        {"internal": True},
        {"subnets": ["${aws_subnet.vpc_private_a.id}", "${aws_subnet.vpc_private_b.id}"]},
    ),
    "internal in public subnets": (
        {"internal": True, "subnet_group": "public"},
        {"subnets": ["${aws_subnet.vpc_public_a.id}", "${aws_subnet.vpc_public_b.id}"]},
    ),
    "tags": ({"tags": {"Team": "web"}}, {"tags": {"Team": "web", "Name": "shop-test-alb"}}),
    "keep alive shortest": ({"client_keep_alive": 60}, {"client_keep_alive": 60}),
    "keep alive longest": ({"client_keep_alive": 604_800}, {"client_keep_alive": 604_800}),
    "no http2": ({"http2": False}, {"enable_http2": False}),
    "host header": ({"preserve_host_header": True}, {"preserve_host_header": True}),
    "xff removed": (
        {"xff_header_processing": "remove"},
        {"xff_header_processing_mode": "remove"},
    ),
    "xff port": ({"xff_client_port": True}, {"enable_xff_client_port": True}),
    "tls headers": (
        {"tls_headers": True},
        {"enable_tls_version_and_cipher_suite_headers": True},
    ),
    "waf": ({"waf_fail_open": True}, {"enable_waf_fail_open": True}),
    "zonal shift": ({"zonal_shift": True}, {"enable_zonal_shift": True}),
    "defaults": (
        {},
        {
            "client_keep_alive": 3600,
            "enable_http2": True,
            "preserve_host_header": False,
            "xff_header_processing_mode": "append",
            "enable_xff_client_port": False,
            "enable_tls_version_and_cipher_suite_headers": False,
            "enable_waf_fail_open": False,
            "enable_zonal_shift": False,
            "ip_address_type": "ipv4",
            "connection_logs": {"bucket": "", "enabled": False},
            "depends_on": ["aws_internet_gateway.vpc"],
        },
    ),
}


@pytest.mark.parametrize(("options", "expected"), BALANCER.values(), ids=BALANCER)
def test_every_option(tier, vpc, synth, options, expected):
    ApplicationLoadBalancer(tier, "alb", vpc=vpc, **options)
    synth(tier).has_resource("aws_lb", expected)


@pytest.mark.usefixtures("alb")
def test_it_reaches_nothing_and_admits_nobody_at_first(tier, synth):
    template = synth(tier)
    group = "${aws_security_group.alb_group.id}"
    for direction in ("ingress", "egress"):
        kind = f"aws_vpc_security_group_{direction}_rule"
        template.has_no_resource(kind, {"security_group_id": group})


def test_an_internal_one_in_a_vpc_that_exists(tier, vpc_attributes, synth):
    old = Vpc.from_attributes(tier, "old", vpc_attributes)
    alb = ApplicationLoadBalancer(tier, "alb", vpc=old, internal=True)
    alb.add_listener("http")
    template = synth(tier)
    template.has_resource("aws_lb", {"subnets": ["subnet-00000000", "subnet-00000001"]})
    assert opened(template) == {("10.1.0.0/16", 80)}


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("load_balancer_arn", "arn"),
        ("load_balancer_arn_suffix", "arn_suffix"),
        ("dns_name", "dns_name"),
        ("zone_id", "zone_id"),
    ],
)
def test_what_it_offers(tier, alb, synth, name, attribute):
    TerraformOutput(tier, "it", value=getattr(alb, name))
    synth(tier).has_output("it", {"value": f"${{aws_lb.alb.{attribute}}}"})


def test_a_listener_has_an_arn(tier, alb, synth):
    TerraformOutput(tier, "it", value=alb.add_listener("http").listener_arn)
    synth(tier).has_output("it", {"value": "${aws_lb_listener.alb_http.arn}"})


@pytest.mark.usefixtures("https")
def test_the_redirect_takes_port_80(alb):
    assert sorted(alb.listeners) == [80, 443]
    with pytest.raises(ConfigurationError, match="port 80 has the listener https-redirect"):
        alb.add_listener("http")


def test_http_and_other_https_ports_bring_no_redirect(tier, alb, synth):
    alb.add_listener("admin", port=8443, certificate_arn=CERTIFICATE)
    alb.add_listener("plain", port=8080)
    template = synth(tier)
    assert set(template.resources("aws_lb_listener")) == {"alb_admin", "alb_plain"}
    assert "certificate_arn" not in template.resource("aws_lb_listener.alb_plain")
    assert opened(template) == {("0.0.0.0/0", 8443), ("0.0.0.0/0", 8080)}


def test_the_redirect_is_for_the_same_peers(tier, alb, synth):
    peers = [Peer.ipv4("198.51.100.0/24")]
    alb.add_listener("https", certificate_arn=CERTIFICATE, allow_from=peers)
    assert opened(synth(tier)) == {("198.51.100.0/24", 443), ("198.51.100.0/24", 80)}


def test_peers_of_ipv6_and_security_groups(tier, alb, synth):
    peers = [Peer.any_ipv6(), Peer.security_group_id("sg-0123456789abcdef0", name="office")]
    alb.add_listener("http", allow_from=peers)
    rules = synth(tier).resources("aws_vpc_security_group_ingress_rule").values()
    own = "${aws_security_group.alb_group.id}"
    found = [rule for rule in rules if rule["security_group_id"] == own]
    assert sorted(rule.get("cidr_ipv6", "") for rule in found) == ["", "::/0"]
    assert {rule.get("referenced_security_group_id") for rule in found} == {
        None,
        "sg-0123456789abcdef0",
    }


def test_nobody_is_let_in_when_nobody_is_named(tier, alb, synth):
    alb.add_listener("http", allow_from=[])
    assert opened(synth(tier)) == set()


def test_another_tls_policy_and_a_certificate_of_iam(tier, alb, synth):
    certificate = "arn:aws:iam::111122223333:server-certificate/shop/www"
    policy = "ELBSecurityPolicy-TLS13-1-3-2021-06"
    alb.add_listener("https", certificate_arn=certificate, tls_policy=policy)
    synth(tier).has_resource(
        "aws_lb_listener", {"ssl_policy": policy, "certificate_arn": certificate}
    )


@pytest.mark.parametrize("arn", [None, "", "arn:aws:acm:x", "arn:aws:iam::1:role/x", 1])
def test_bad_further_certificates_are_refused(https, arn):
    with pytest.raises(ConfigurationError, match=r"certificate .* is not valid"):
        https.add_certificate("second", arn)
    assert https.node.try_find_child("second") is None


def test_a_certificates_id_is_taken_once(https):
    https.add_certificate("second", CERTIFICATE)
    with pytest.raises(ConfigurationError, match="id second is used already"):
        https.add_certificate("second", CERTIFICATE)


def test_an_instance_with_session_manager_is_reached_too(tier, vpc, https, synth):
    vpc.add_ssm_access()
    image = MachineImage.amazon_linux_2023()
    web = Instance(tier, "web", vpc=vpc, instance_type="t3.micro", machine_image=image)
    https.add_targets("pages", port=8080, targets=[web])
    template = synth(tier)
    balancer, group = (f"${{aws_security_group.{name}_group.id}}" for name in ("alb", "web"))
    [rule] = [
        rule
        for rule in template.resources("aws_vpc_security_group_ingress_rule").values()
        if rule["security_group_id"] == group
    ]
    assert rule["referenced_security_group_id"] == balancer
    assert (rule["from_port"], rule["to_port"], rule["ip_protocol"]) == (8080, 8080, "tcp")
    [rule] = [
        rule
        for rule in template.resources("aws_vpc_security_group_egress_rule").values()
        if rule["security_group_id"] == balancer
    ]
    assert rule["referenced_security_group_id"] == group
    assert (rule["from_port"], rule["to_port"]) == (8080, 8080)


def test_a_check_on_the_same_port_needs_no_further_rule(tier, https, web, synth):
    https.add_targets("pages", port=80, targets=[web], health_check=HealthCheck(port=80))
    own = "${aws_security_group.alb_group.id}"
    rules = synth(tier).resources("aws_vpc_security_group_egress_rule").values()
    assert len([rule for rule in rules if rule["security_group_id"] == own]) == 1


def test_options_of_targets_reach_their_group(tier, https, synth):
    group = https.add_targets(
        "pages", port=8443, protocol="HTTPS", stickiness=Stickiness(duration=60)
    )
    assert isinstance(group, TargetGroup)
    template = synth(tier)
    template.has_resource(
        "aws_lb_target_group",
        {
            "port": 8443,
            "protocol": "HTTPS",
            "name_prefix": "pages-",
            "stickiness": {"enabled": True, "type": "lb_cookie", "cookie_duration": 60},
        },
    )
    template.resource_count("aws_lb_target_group_attachment", 0)


def test_another_tiers_group_is_forwarded_to(app, environment, tier, vpc, synth):
    group = TargetGroup(tier, "web", vpc=vpc, port=80)
    front = Tier(app, "front", environment=environment)
    alb = ApplicationLoadBalancer(front, "alb", vpc=front.use(vpc))
    alb.add_listener("http", default_action=ListenerAction.forward(front.use(group)))
    [action] = synth(front).resource("aws_lb_listener.alb_http")["default_action"]
    assert action["target_group_arn"] == (
        "${data.terraform_remote_state.network.outputs.web_target_group_arn}"
    )


def test_a_rule_at_every_limit(tier, https, synth):
    answer = ListenerAction.fixed_response(200)
    five = [ListenerCondition.path("/a**", "/b**", "/c*", "/d?", "/e")]
    https.add_rule("first", priority=1, conditions=five, action=answer)
    https.add_rule("last", priority=50_000, conditions=(PATH,), action=answer)
    found = synth(tier).resources("aws_lb_listener_rule")
    assert [found[f"alb_https_{id}"]["priority"] for id in ("first", "last")] == [1, 50_000]


def test_listeners_count_priorities_each_for_itself(tier, alb, https, synth):
    other = alb.add_listener("admin", port=8443, certificate_arn=CERTIFICATE)
    for listener in (https, other):
        answer = ListenerAction.fixed_response(200)
        listener.add_rule("it", priority=1, conditions=[PATH], action=answer)
    synth(tier).resource_count("aws_lb_listener_rule", 2)


def test_a_refused_rule_leaves_its_priority_free(https):
    answer = ListenerAction.fixed_response(200)
    with pytest.raises(ConfigurationError, match="conditions is empty"):
        https.add_rule("it", priority=1, conditions=[], action=answer)
    https.add_rule("it", priority=1, conditions=[PATH], action=answer)


@pytest.mark.parametrize(("prefix", "place"), [(None, "/alb/AWSLogs/"), ("", "/AWSLogs/")])
def test_where_access_logs_are_kept(tier, vpc, synth, prefix, place):
    access_logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs"), prefix=prefix)
    ApplicationLoadBalancer(tier, "alb", vpc=vpc, access_logs=access_logs)
    template = synth(tier)
    expected = "alb" if prefix is None else ABSENT
    template.has_resource("aws_lb", {"access_logs": {"enabled": True, "prefix": expected}})
    policy = template.resource("aws_s3_bucket_policy.logs")["policy"]
    assert f"${{aws_s3_bucket.logs.arn}}{place}" in policy
    assert policy.count("s3:PutObject") == 1


def test_two_balancers_log_to_one_bucket(tier, vpc, synth):
    access_logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs"))
    for id in ("one", "two"):
        ApplicationLoadBalancer(tier, id, vpc=vpc, access_logs=access_logs)
    policy = synth(tier).resource("aws_s3_bucket_policy.logs")["policy"]
    assert "/one/AWSLogs/" in policy
    assert "/two/AWSLogs/" in policy


def test_a_bucket_that_exists_keeps_its_policy(tier, vpc, synth):
    attributes = BucketAttributes(
        bucket_name="old-logs",
        bucket_arn="arn:aws:s3:::old-logs",
        bucket_regional_domain_name="old-logs.s3.eu-central-1.amazonaws.com",
    )
    access_logs = LoadBalancerAccessLogs(bucket=Bucket.from_attributes(tier, "old", attributes))
    ApplicationLoadBalancer(tier, "alb", vpc=vpc, access_logs=access_logs)
    template = synth(tier)
    template.has_resource("aws_lb", {"access_logs": {"bucket": "old-logs"}})
    assert "aws_s3_bucket_policy" not in str(template.resource("aws_lb.alb")["depends_on"])
    template.has_no_resource("aws_s3_bucket_policy", {"bucket": "old-logs"})


def test_another_tiers_bucket_is_used_as_it_is(app, environment, tier, vpc, synth):
    data = Tier(app, "data", environment=environment)
    access_logs = LoadBalancerAccessLogs(bucket=tier.use(Bucket(data, "logs")))
    ApplicationLoadBalancer(tier, "alb", vpc=vpc, access_logs=access_logs)
    synth(tier).has_resource("aws_lb", {"depends_on": ["aws_internet_gateway.vpc"]})
    policy = synth(data).resource("aws_s3_bucket_policy.logs")["policy"]
    assert "logdelivery" not in policy


def test_a_refused_balancer_leaves_the_buckets_policy_alone(tier, vpc, synth):
    bucket = Bucket(tier, "logs")
    access_logs = LoadBalancerAccessLogs(bucket=bucket)
    with pytest.raises(ConfigurationError, match="idle_timeout is 0"):
        ApplicationLoadBalancer(tier, "alb", vpc=vpc, access_logs=access_logs, idle_timeout=0)
    template = synth(tier)
    assert "logdelivery" not in template.resource("aws_s3_bucket_policy.logs")["policy"]
    template.resource_count("aws_lb", 0)


def test_a_taken_terraform_name_leaves_nothing(tier, vpc):
    ApplicationLoadBalancer(tier, "alb-a", vpc=vpc)
    with pytest.raises(ConfigurationError, match="is taken by"):
        ApplicationLoadBalancer(tier, "alb_a", vpc=vpc)
    assert tier.node.try_find_child("alb_a") is None


def test_all_faults_of_a_balancer_are_told_at_once(tier, vpc):
    with pytest.raises(ConfigurationError) as caught:
        ApplicationLoadBalancer(tier, "alb", vpc=vpc, idle_timeout=0, desync_mitigation="no")
    assert "idle_timeout is 0" in str(caught.value)
    assert "desync_mitigation no" in str(caught.value)


def test_connection_logs_go_to_the_same_bucket(tier, vpc, synth):
    logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs"))
    ApplicationLoadBalancer(tier, "alb", vpc=vpc, access_logs=logs, connection_logs=logs)
    template = synth(tier)
    kept = {"bucket": "${aws_s3_bucket.logs.id}", "prefix": "alb", "enabled": True}
    template.has_resource(
        "aws_lb",
        {
            "access_logs": kept,
            "connection_logs": kept,
            "depends_on": ["aws_internet_gateway.vpc", "aws_s3_bucket_policy.logs"],
        },
    )
    policy = template.resource("aws_s3_bucket_policy.logs")["policy"]
    assert policy.count("s3:PutObject") == 1


@pytest.fixture
def dual(tier):
    return Vpc(tier, "dual", ipv6=True)


def test_it_has_ipv6_where_the_vpc_has(tier, dual, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=dual)
    alb.add_listener("http")
    template = synth(tier)
    template.has_resource("aws_lb", {"ip_address_type": "dualstack"})
    rules = template.resources("aws_vpc_security_group_ingress_rule").values()
    assert {rule.get("cidr_ipv4") or rule["cidr_ipv6"] for rule in rules} == {"0.0.0.0/0", "::/0"}


def test_an_internal_one_admits_both_blocks_of_the_vpc(tier, dual, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=dual, internal=True)
    alb.add_listener("http")
    rules = synth(tier).resources("aws_vpc_security_group_ingress_rule").values()
    assert {rule.get("cidr_ipv4") or rule["cidr_ipv6"] for rule in rules} == {
        "${aws_vpc.dual.cidr_block}",
        "${aws_vpc.dual.ipv6_cidr_block}",
    }


def test_ipv6_can_be_left_out(tier, dual, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=dual, ipv6=False)
    alb.add_listener("http")
    template = synth(tier)
    template.has_resource("aws_lb", {"ip_address_type": "ipv4"})
    template.has_no_resource("aws_vpc_security_group_ingress_rule", {"cidr_ipv6": "::/0"})


def test_another_tier_uses_it(app, environment, tier, vpc, alb, web, synth):
    front = Tier(app, "front", environment=environment)
    used = front.use(alb)
    assert used.balancer_kind == "application"
    group = SecurityGroup(front, "api", vpc=front.use(vpc), description="api")
    group.connections.allow_from(used, Port.tcp(8080), "requests")
    for name in ("load_balancer_arn", "load_balancer_arn_suffix", "dns_name", "zone_id"):
        front.add_output(name, getattr(used, name), description="x")
    outputs = "${data.terraform_remote_state.network.outputs"
    template = synth(front)
    template.has_output("zone_id", {"value": f"{outputs}.alb_zone_id}}"})
    template.has_output("load_balancer_arn", {"value": f"{outputs}.alb_load_balancer_arn}}"})
    template.has_resource(
        "aws_vpc_security_group_ingress_rule",
        {"referenced_security_group_id": f"{outputs}.alb_security_group_id}}"},
    )
    assert synth(tier).outputs["alb_dns_name"]["value"] == "${aws_lb.alb.dns_name}"


APP = "app/alb/0123456789abcdef"
KNOWN = {
    "load_balancer_arn": (
        f"arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/{APP}"
    ),
    "load_balancer_arn_suffix": APP,
    "dns_name": "alb-1234567890.eu-central-1.elb.amazonaws.com",
    "zone_id": "Z215JYRZR1TBD5",
    "security_group_id": "sg-0123456789abcdef0",
}


def test_one_that_exists_can_be_a_name_and_a_peer(tier, vpc, synth):
    attributes = LoadBalancerAttributes(**KNOWN)
    old = ApplicationLoadBalancer.from_attributes(tier, "old", attributes)
    group = SecurityGroup(tier, "api", vpc=vpc, description="api")
    group.connections.allow_from(old, Port.tcp(8080), "requests")
    synth(tier).has_resource(
        "aws_vpc_security_group_ingress_rule",
        {"referenced_security_group_id": "sg-0123456789abcdef0"},
    )
    assert old.dns_name == KNOWN["dns_name"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("load_balancer_arn", KNOWN["load_balancer_arn"].replace("/app/", "/net/")),
        ("load_balancer_arn", "arn:aws:s3:::x"),
        ("load_balancer_arn_suffix", "alb"),
        ("dns_name", ""),
        ("zone_id", "zone"),
        ("security_group_id", "sg-x"),
    ],
)
def test_a_malformed_one_is_refused(tier, name, value):
    attributes = LoadBalancerAttributes(**{**KNOWN, name: value})
    with pytest.raises(ConfigurationError, match=f"{name} .*is not valid"):
        ApplicationLoadBalancer.from_attributes(tier, "old", attributes)
    assert tier.node.try_find_child("old") is None


MORE_BAD = {
    "vpc id": ({"vpc": "vpc-0123456789abcdef0"}, r"Vpc\.from_attributes"),
    "internal none": ({"internal": None}, "internal is None"),
    "internal 1": ({"internal": 1}, "internal is 1"),
    "group list": ({"subnet_group": ["public"]}, "subnet_group .*public"),
    "internal in no group": ({"internal": True, "subnet_group": "dmz"}, "subnet_group dmz"),
    "idle bool": ({"idle_timeout": True}, "idle_timeout is True"),
    "idle fraction": ({"idle_timeout": 1.5}, "idle_timeout is 1.5"),
    "desync none": ({"desync_mitigation": None}, "desync_mitigation None"),
    "desync case": ({"desync_mitigation": "Defensive"}, "did you mean defensive"),
    "protection text": ({"deletion_protection": "no"}, "deletion_protection is no"),
    "logs false": ({"access_logs": False}, "access_logs is False"),
    "logs by name": (
        {"access_logs": LoadBalancerAccessLogs(bucket="logs")},
        "access_logs: bucket is logs",
    ),
    "tags text": ({"tags": "a=b"}, "tags is a=b"),
    "tags name": ({"tags": {"Name": "x"}}, "Name follows"),
    "tag none": ({"tags": {"a": None}}, "write a string"),
    "keep alive short": ({"client_keep_alive": 59}, "client_keep_alive is 59"),
    "keep alive long": ({"client_keep_alive": 604_801}, "client_keep_alive is 604801"),
    "keep alive text": ({"client_keep_alive": "60"}, "client_keep_alive is 60"),
    "http2 text": ({"http2": "on"}, "http2 is on"),
    "host header none": ({"preserve_host_header": None}, "preserve_host_header is None"),
    "xff": ({"xff_header_processing": "drop"}, "xff_header_processing drop"),
    "xff none": ({"xff_header_processing": None}, "xff_header_processing None"),
    "xff port 1": ({"xff_client_port": 1}, "xff_client_port is 1"),
    "tls headers text": ({"tls_headers": "yes"}, "tls_headers is yes"),
    "waf text": ({"waf_fail_open": "open"}, "waf_fail_open is open"),
    "zonal shift none": ({"zonal_shift": None}, "zonal_shift is None"),
    "ipv6 text": ({"ipv6": "dualstack"}, "ipv6 is dualstack"),
    "ipv6 without a block": ({"ipv6": True}, "ipv6=True first"),
    "connection logs text": ({"connection_logs": "logs"}, "connection_logs is logs"),
    "connection logs prefix": (
        {"connection_logs": LoadBalancerAccessLogs(bucket=None, prefix="/x")},
        "connection_logs: prefix /x",
    ),
}


@pytest.mark.parametrize(("options", "message"), MORE_BAD.values(), ids=MORE_BAD)
def test_more_bad_input_is_refused(tier, vpc, options, message):
    with pytest.raises(ConfigurationError, match=message):
        ApplicationLoadBalancer(tier, "alb", **{"vpc": vpc, **options})
    assert tier.node.try_find_child("alb") is None


BAD_IDS = {
    "none": (None, "id None"),
    "empty": ("", "id ''"),
    "digit first": ("1a", "id 1a cannot be part"),
    "blank": ("a b", "id a b cannot"),
    "long": ("a" * 65, "up to 63"),
    "taken": ("group", "id group is used already"),
}


@pytest.mark.parametrize(("id", "message"), BAD_IDS.values(), ids=BAD_IDS)
def test_bad_ids_of_listeners_are_refused(alb, id, message):
    with pytest.raises(ConfigurationError, match=message):
        alb.add_listener(id)
    assert alb.listeners == {}


# --- faults of the library


@pytest.mark.parametrize("port", [[], {}], ids=["list", "dict"])
def test_a_port_that_is_no_number_is_refused(alb, port):
    with pytest.raises(ConfigurationError, match="port is"):
        alb.add_listener("http", port=port)


def test_a_port_that_is_not_for_everybody_leaves_no_listener(alb):
    with pytest.raises(ConfigurationError, match="open-to-the-world"):
        alb.add_listener("db", port=3306)
    assert alb.node.try_find_child("db") is None
    assert alb.listeners == {}


def test_a_taken_id_of_the_redirect_is_refused(alb):
    alb.add_listener("https-redirect", port=8080)
    with pytest.raises(ConfigurationError, match="https-redirect"):
        alb.add_listener("https", certificate_arn=CERTIFICATE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"priority": 7}, "priority 7 is taken"),
        ({"priority": 0}, "priority is 0"),
        ({"conditions": ["/x"]}, "condition is /x"),
        ({"conditions": [PATH, PATH]}, "is there twice"),
    ],
    ids=["priority taken", "priority 0", "condition text", "condition twice"],
)
def test_targets_whose_rule_is_refused_leave_no_group(https, options, message):
    answer = ListenerAction.fixed_response(200)
    https.add_rule("first", priority=7, conditions=[PATH], action=answer)
    with pytest.raises(ConfigurationError, match=message):
        https.add_targets("pages", port=80, **{"priority": 8, "conditions": [PATH], **options})
    assert https.node.try_find_child("pages") is None


def test_a_target_given_twice_leaves_no_group(https, web):
    with pytest.raises(ConfigurationError, match="used already"):
        https.add_targets("pages", port=80, targets=[web, web])
    assert https.node.try_find_child("pages") is None


def test_a_second_default_is_refused(https):
    https.add_targets("pages", port=80)
    with pytest.raises(ConfigurationError, match="default"):
        https.add_targets("other", port=80)


def test_a_certificate_for_http_is_refused(alb):
    http = alb.add_listener("http")
    with pytest.raises(ConfigurationError, match="HTTPS"):
        http.add_certificate("first", CERTIFICATE)


def test_an_instance_is_no_target_of_a_group_of_addresses(tier, vpc, web):
    group = TargetGroup(tier, "ips", vpc=vpc, port=80, target_type="ip")
    with pytest.raises(ConfigurationError, match="instance"):
        web.attach_to_target_group(group)


@pytest.mark.parametrize("group", ["", 0, False], ids=["empty", "zero", "false"])
def test_an_empty_subnet_group_is_refused(tier, vpc, group):
    with pytest.raises(ConfigurationError, match="subnet_group"):
        ApplicationLoadBalancer(tier, "alb", vpc=vpc, subnet_group=group)


def test_another_tiers_bucket_itself_is_refused_or_left_alone(app, environment, tier, vpc, synth):
    data = Tier(app, "data", environment=environment)
    bucket = Bucket(data, "logs")
    try:
        access_logs = LoadBalancerAccessLogs(bucket=bucket)
        ApplicationLoadBalancer(tier, "alb", vpc=vpc, access_logs=access_logs)
    except ConfigurationError:
        return
    assert "logdelivery" not in synth(data).resource("aws_s3_bucket_policy.logs")["policy"]


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
anything = st.one_of(
    scalars,
    st.sampled_from(["public", "private", "strictest", "${a.b}"]),
    st.integers(1, 4000),
    st.builds(LoadBalancerAccessLogs, bucket=scalars, prefix=scalars),
    st.lists(scalars, max_size=2),
    st.tuples(scalars),
    st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), scalars, max_size=2),
)
OPTIONS = [
    "vpc",
    "internal",
    "subnet_group",
    "ipv6",
    "idle_timeout",
    "client_keep_alive",
    "http2",
    "desync_mitigation",
    "preserve_host_header",
    "xff_header_processing",
    "xff_client_port",
    "tls_headers",
    "waf_fail_open",
    "zonal_shift",
    "access_logs",
    "connection_logs",
    "deletion_protection",
    "tags",
]


@given(st.dictionaries(st.sampled_from(OPTIONS), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors(tier, vpc, change):
    tier.node.try_remove_child("any")
    try:
        ApplicationLoadBalancer(tier, "any", **{"vpc": vpc, **change})
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None


class Refusing:
    """A target that cannot be registered."""

    def __init__(self, instance):
        self.connections = instance.connections
        self.node = instance.node

    def attach_to_target_group(self, target_group):
        raise ConfigurationError(target_group.node.path, "not this one")


@pytest.mark.parametrize("rule", [{}, {"priority": 5, "conditions": [PATH]}], ids=["all", "rule"])
def test_a_target_that_is_refused_leaves_nothing(tier, vpc, https, web, synth, rule):
    image = MachineImage.amazon_linux_2023()
    second = Instance(
        tier, "second", vpc=vpc, instance_type="t3.micro", machine_image=image, ssm_access=False
    )
    with pytest.raises(ConfigurationError, match="not this one"):
        https.add_targets("pages", port=80, targets=[web, Refusing(second)], **rule)
    assert https.node.try_find_child("pages") is None
    assert https.node.try_find_child("pages-rule") is None
    https.add_targets("pages", port=8080, targets=[web], **rule)
    template = synth(tier)
    template.resource_count("aws_lb_target_group", 1)
    ports = [
        found["from_port"]
        for name, found in template.resources("aws_vpc_security_group_egress_rule").items()
        if name.startswith("alb_group")
    ]
    assert ports == [8080]


def test_peers_of_one_name_are_refused_and_leave_nothing(tier, alb, synth):
    peers = [Peer.ipv4("198.51.100.0/24", name="a"), Peer.ipv4("203.0.113.0/24", name="a")]
    with pytest.raises(ConfigurationError, match="two peers are called a"):
        alb.add_listener("https", certificate_arn=CERTIFICATE, allow_from=peers)
    assert alb.listeners == {}
    assert alb.node.try_find_child("https") is None
    assert alb.node.try_find_child("https-redirect") is None
    assert opened(synth(tier)) == set()


def test_a_rule_of_the_same_name_leaves_no_listener(tier, vpc, alb):
    group = TargetGroup(tier, "pages", vpc=vpc, port=80)
    action = ListenerAction.forward(group)
    alb.connections.allow_from(Peer.ipv4("198.51.100.0/24", name="a"), Port.tcp(80), "own")
    peer = Peer.ipv4("203.0.113.0/24", name="a")
    with pytest.raises(ConfigurationError, match="two rules are called"):
        alb.add_listener(
            "https", certificate_arn=CERTIFICATE, allow_from=[peer], default_action=action
        )
    assert group.load_balancer_dependencies == ()
    assert alb.listeners == {}
    assert alb.node.try_find_child("https") is None
    assert alb.node.try_find_child("https-redirect") is None


def test_targets_replace_no_answer_that_was_asked_for(tier, alb, synth):
    answer = ListenerAction.fixed_response(403)
    http = alb.add_listener("http", default_action=answer)
    with pytest.raises(ConfigurationError, match="has a default_action, fixed-response, already"):
        http.add_targets("pages", port=80)
    assert http.node.try_find_child("pages") is None
    http.add_targets("pages", port=80, priority=1, conditions=[PATH])
    listener = synth(tier).resource("aws_lb_listener.alb_http")
    assert listener["default_action"][0]["fixed_response"]["status_code"] == "403"


def test_targets_do_not_replace_the_redirect_to_https(alb, https):
    with pytest.raises(ConfigurationError, match="default_action, redirect, already"):
        alb.listeners[80].add_targets("pages", port=80)


@pytest.fixture
def elsewhere(app, environment):
    return Tier(app, "elsewhere", environment=environment)


def test_a_vpc_of_another_stack_is_used_through_use(tier, elsewhere, vpc):
    with pytest.raises(ConfigurationError, match="vpc: network/vpc belongs to another stack"):
        ApplicationLoadBalancer(elsewhere, "alb", vpc=vpc)
    assert elsewhere.node.try_find_child("alb") is None
    ApplicationLoadBalancer(elsewhere, "alb", vpc=elsewhere.use(vpc))


def test_targets_of_another_stack_are_refused(elsewhere, https):
    image = MachineImage.amazon_linux_2023()
    other = Instance(
        elsewhere,
        "web",
        vpc=Vpc(elsewhere, "vpc"),
        instance_type="t3.micro",
        machine_image=image,
        ssm_access=False,
    )
    with pytest.raises(ConfigurationError, match="target: elsewhere/web belongs to another stack"):
        https.add_targets("pages", port=80, targets=[other])


def test_groups_of_another_stack_are_refused(elsewhere, alb, https):
    group = TargetGroup(elsewhere, "pages", vpc=Vpc(elsewhere, "vpc"), port=80)
    action = ListenerAction.forward(group)
    with pytest.raises(ConfigurationError, match="elsewhere/pages belongs to another stack"):
        alb.add_listener("more", port=81, default_action=action)
    with pytest.raises(ConfigurationError, match="elsewhere/pages belongs to another stack"):
        https.add_rule("more", priority=1, conditions=[PATH], action=action)
    assert group.load_balancer_dependencies == ()


def test_a_peer_that_clashes_with_an_earlier_rule_leaves_nothing_of_the_listener(tier, vpc, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    alb.connections.allow_from(Peer.ipv4("10.1.0.0/16", name="office"), Port.tcp(80), "by hand")
    peers = [Peer.ipv4("10.3.0.0/16", name="home"), Peer.ipv4("10.2.0.0/16", name="office")]
    with pytest.raises(ConfigurationError, match="two rules are called from-office-tcp_80"):
        alb.add_listener("http", allow_from=peers)
    assert alb.listeners == {}
    template = synth(tier)
    template.resource_count("aws_vpc_security_group_ingress_rule", 1)
    template.has_no_resource("aws_lb_listener")
