from __future__ import annotations

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.compute import Instance, MachineImage
from terratiers.load_balancing import (
    ClassicHealthCheck,
    ClassicListener,
    ClassicLoadBalancer,
    LoadBalancerAccessLogs,
)
from terratiers.network import Vpc
from terratiers.security import Key, Peer, SecurityGroup
from terratiers.storage import Bucket, BucketEncryption
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformOutput
from hypothesis import given
from hypothesis import strategies as st

CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)
HTTP = ClassicListener(port=80, instance_port=8080)


@pytest.fixture
def elb(tier, vpc):
    return ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[HTTP])


@pytest.fixture
def shop(tier, vpc):
    image = MachineImage.amazon_linux_2023()
    return Instance(
        tier, "shop", vpc=vpc, instance_type="t3.micro", machine_image=image, ssm_access=False
    )


def rules(template, direction, group):
    """What a security group lets through: the other end and the port."""
    found = template.resources(f"aws_vpc_security_group_{direction}_rule").values()
    return {
        (
            rule.get("cidr_ipv4") or rule["referenced_security_group_id"].split(".")[1],
            rule["from_port"],
        )
        for rule in found
        if rule["security_group_id"] == f"${{aws_security_group.{group}.id}}"
    }


def warnings(construct):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]


@pytest.mark.usefixtures("elb")
def test_its_defaults(tier, synth):
    template = synth(tier)
    template.has_resource(
        "aws_elb",
        {
            "name_prefix": "old-",
            "internal": False,
            "subnets": ["${aws_subnet.vpc_public_a.id}", "${aws_subnet.vpc_public_b.id}"],
            "security_groups": ["${aws_security_group.old_group.id}"],
            "listener": [
                {
                    "lb_port": 80,
                    "lb_protocol": "http",
                    "instance_port": 8080,
                    "instance_protocol": "http",
                    "ssl_certificate_id": ABSENT,
                }
            ],
            "health_check": {
                "target": "HTTP:8080/",
                "interval": 30,
                "timeout": 5,
                "healthy_threshold": 3,
                "unhealthy_threshold": 2,
            },
            "cross_zone_load_balancing": True,
            "connection_draining": True,
            "connection_draining_timeout": 300,
            "idle_timeout": 60,
            "desync_mitigation_mode": "defensive",
            "access_logs": ABSENT,
            "tags": {"Name": "shop-test-old"},
            "lifecycle": {"create_before_destroy": True},
            "depends_on": ["aws_internet_gateway.vpc"],
        },
    )
    template.resource_count("aws_load_balancer_policy", 0)
    assert rules(template, "ingress", "old_group") == {("0.0.0.0/0", 80)}
    assert rules(template, "egress", "old_group") == set()


def test_it_always_warns_and_names_its_successors(elb):
    (warning,) = warnings(elb)
    assert warning.startswith("[classic-load-balancer]")
    assert "ApplicationLoadBalancer" in warning
    assert "NetworkLoadBalancer" in warning


def test_the_warning_can_be_acknowledged(tier, vpc):
    acknowledge(tier, "classic-load-balancer", reason="moves in May, see the plan")
    elb = ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[HTTP])
    assert warnings(elb) == []


def test_secure_listeners_speak_tls_1_2(tier, vpc, synth):
    listeners = [
        ClassicListener(port=443, certificate_arn=CERTIFICATE, instance_port=8080),
        ClassicListener(
            port=993,
            protocol="SSL",
            certificate_arn=CERTIFICATE,
            instance_protocol="SSL",
            tls_policy="ELBSecurityPolicy-2016-08",
        ),
        HTTP,
    ]
    ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=listeners)
    template = synth(tier)
    first, second, _ = template.resource("aws_elb.old")["listener"]
    assert (first["lb_protocol"], first["instance_protocol"]) == ("https", "http")
    assert first["ssl_certificate_id"] == CERTIFICATE
    assert (second["lb_protocol"], second["instance_protocol"]) == ("ssl", "ssl")
    assert second["instance_port"] == 993
    policies = template.resources("aws_load_balancer_policy")
    assert set(policies) == {"old_tls_443", "old_tls_993"}
    policy = policies["old_tls_443"]
    assert policy["policy_name"] == "TLS-1-2-2017-01-443"
    assert policy["policy_type_name"] == "SSLNegotiationPolicyType"
    assert policy["policy_attribute"] == [
        {"name": "Reference-Security-Policy", "value": "ELBSecurityPolicy-TLS-1-2-2017-01"}
    ]
    assert policy["lifecycle"] == {"create_before_destroy": True}
    assert policies["old_tls_993"]["policy_name"] == "2016-08-993"
    assert template.resource("aws_load_balancer_listener_policy.old_tls_443") == {
        "load_balancer_name": "${aws_elb.old.name}",
        "load_balancer_port": 443,
        "policy_names": ["${aws_load_balancer_policy.old_tls_443.policy_name}"],
        "triggers": {"listener": f"{CERTIFICATE}-HTTPS-HTTP-8080"},
    }


def test_an_internal_one_admits_the_vpc(tier, vpc, synth):
    ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[HTTP], internal=True)
    template = synth(tier)
    template.has_resource(
        "aws_elb",
        {
            "internal": True,
            "subnets": ["${aws_subnet.vpc_private_a.id}", "${aws_subnet.vpc_private_b.id}"],
            "depends_on": ABSENT,
        },
    )
    assert rules(template, "ingress", "old_group") == {("${aws_vpc.vpc.cidr_block}", 80)}


def test_only_named_peers_are_let_in(tier, vpc, synth):
    listeners = [HTTP, ClassicListener(port=8443, protocol="TCP")]
    peers = [Peer.ipv4("198.51.100.0/24")]
    ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=listeners, allow_from=peers)
    assert rules(synth(tier), "ingress", "old_group") == {
        ("198.51.100.0/24", 80),
        ("198.51.100.0/24", 8443),
    }


OPTIONS = {
    "cross zone": ({"cross_zone_enabled": False}, {"cross_zone_load_balancing": False}),
    "draining": ({"connection_draining_timeout": 3600}, {"connection_draining_timeout": 3600}),
    "no draining": (
        {"connection_draining_timeout": 0},
        {"connection_draining": False, "connection_draining_timeout": ABSENT},
    ),
    "idle": ({"idle_timeout": 4000}, {"idle_timeout": 4000}),
    "desync": ({"desync_mitigation": "strictest"}, {"desync_mitigation_mode": "strictest"}),
    "tags": ({"tags": {"Team": "web"}}, {"tags": {"Team": "web", "Name": "shop-test-old"}}),
    "check": (
        {
            "health_check": ClassicHealthCheck(
                target="SSL:443",
                interval=300,
                timeout=60,
                healthy_threshold=10,
                unhealthy_threshold=2,
            )
        },
        {
            "health_check": {
                "target": "SSL:443",
                "interval": 300,
                "timeout": 60,
                "healthy_threshold": 10,
                "unhealthy_threshold": 2,
            }
        },
    ),
}


@pytest.mark.parametrize(("options", "expected"), OPTIONS.values(), ids=OPTIONS)
def test_every_option(tier, vpc, synth, options, expected):
    ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[HTTP], **options)
    synth(tier).has_resource("aws_elb", expected)


@pytest.mark.parametrize(
    ("listener", "target"),
    [
        (ClassicListener(port=80), "HTTP:80/"),
        (
            ClassicListener(port=443, certificate_arn=CERTIFICATE, instance_protocol="HTTPS"),
            "HTTPS:443/",
        ),
        (ClassicListener(port=25, protocol="TCP", instance_port=2525), "TCP:2525"),
        (ClassicListener(port=465, protocol="SSL", certificate_arn=CERTIFICATE), "TCP:465"),
    ],
)
def test_what_is_asked_follows_from_the_first_listener(tier, vpc, synth, listener, target):
    ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[listener])
    assert synth(tier).resource("aws_elb.old")["health_check"]["target"] == target


def test_instances_are_registered_and_reached(tier, vpc, shop, synth):
    elb = ClassicLoadBalancer(
        tier,
        "old",
        vpc=vpc,
        listeners=[
            HTTP,
            ClassicListener(port=81, instance_port=8080),
            ClassicListener(port=8443, protocol="TCP"),
        ],
        health_check=ClassicHealthCheck(target="HTTP:9000/health"),
    )
    elb.add_target(shop)
    template = synth(tier)
    assert template.resource("aws_elb_attachment.old_shop") == {
        "elb": "${aws_elb.old.name}",
        "instance": "${aws_instance.shop.id}",
    }
    expected = {8080, 8443, 9000}
    assert rules(template, "egress", "old_group") == {("shop_group", port) for port in expected}
    assert rules(template, "ingress", "shop_group") == {("old_group", port) for port in expected}


class Farm(SecurityGroup):
    """What an Auto Scaling group offers a classic load balancer."""

    def attach_to_load_balancer_name(self, id, load_balancer_name):
        self.attached = (id, load_balancer_name)


def test_a_group_of_instances_is_attached_by_name(tier, vpc, elb, synth):
    farm = Farm(tier, "farm", vpc=vpc, description="farm")
    elb.add_target(farm)
    assert farm.attached[0] == "classic-old"
    TerraformOutput(tier, "name", value=farm.attached[1])
    template = synth(tier)
    template.has_output("name", {"value": "${aws_elb.old.name}"})
    assert rules(template, "ingress", "farm") == {("old_group", 8080)}


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("load_balancer_name", "name"),
        ("load_balancer_arn", "arn"),
        ("dns_name", "dns_name"),
        ("zone_id", "zone_id"),
    ],
)
def test_what_it_offers(tier, elb, synth, name, attribute):
    TerraformOutput(tier, "it", value=getattr(elb, name))
    synth(tier).has_output("it", {"value": f"${{aws_elb.old.{attribute}}}"})


def test_access_logs_are_admitted_before_they_are_sent(tier, vpc, synth):
    logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs"))
    ClassicLoadBalancer(
        tier, "old", vpc=vpc, listeners=[HTTP], access_logs=logs, access_log_interval=5
    )
    template = synth(tier)
    template.has_resource(
        "aws_elb",
        {
            "access_logs": {
                "bucket": "${aws_s3_bucket.logs.id}",
                "bucket_prefix": "old",
                "interval": 5,
                "enabled": True,
            },
            "depends_on": ["aws_internet_gateway.vpc", "aws_s3_bucket_policy.logs"],
        },
    )
    policy = template.resource("aws_s3_bucket_policy.logs")["policy"]
    assert "logdelivery.elasticloadbalancing.amazonaws.com" in policy
    assert "/old/AWSLogs/" in policy


BAD = {
    "vpc": ({"vpc": None}, "vpc is None"),
    "no listeners": ({"listeners": []}, "ELB allows 1 to 100"),
    "many listeners": (
        {"listeners": [ClassicListener(port=port) for port in range(1, 102)]},
        "listeners has 101",
    ),
    "listeners text": ({"listeners": "80"}, "listeners is 80"),
    "listeners none": ({"listeners": None}, "listeners is None"),
    "listener number": ({"listeners": [80]}, "listener is 80"),
    "port twice": ({"listeners": [HTTP, HTTP]}, "port 80 has two listeners"),
    "internal": ({"internal": "no"}, "internal is no"),
    "group": ({"subnet_group": "dmz"}, "subnet_group dmz"),
    "private group": ({"subnet_group": "private"}, "is not public"),
    "check": ({"health_check": "TCP:80"}, r"write ClassicHealthCheck"),
    "peers": ({"allow_from": Peer.any_ipv4()}, "allow_from is"),
    "peer": ({"allow_from": ["10.0.0.0/8"]}, "allow_from is 10.0.0.0/8"),
    "cross zone": ({"cross_zone_enabled": None}, "cross_zone_enabled is None"),
    "draining": ({"connection_draining_timeout": 3601}, "connection_draining_timeout is 3601"),
    "draining none": ({"connection_draining_timeout": None}, "connection_draining_timeout is"),
    "draining bool": ({"connection_draining_timeout": True}, "connection_draining_timeout is True"),
    "idle 0": ({"idle_timeout": 0}, "idle_timeout is 0"),
    "idle high": ({"idle_timeout": 4001}, "idle_timeout is 4001"),
    "desync": ({"desync_mitigation": "strict"}, "did you mean strictest"),
    "logs": ({"access_logs": True}, "access_logs is True"),
    "log interval": ({"access_log_interval": 10}, "access_log_interval 10"),
    "log interval bool": ({"access_log_interval": True}, "access_log_interval True"),
    "tags": ({"tags": {"Name": "x"}}, "Name follows"),
    "sensitive port": (
        {"listeners": [ClassicListener(port=3306, protocol="TCP")]},
        "open-to-the-world",
    ),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, vpc, options, message):
    with pytest.raises(ConfigurationError, match=message):
        ClassicLoadBalancer(tier, "old", **{"vpc": vpc, "listeners": [HTTP], **options})
    assert tier.node.try_find_child("old") is None


LISTENERS = {
    "port 0": ({"port": 0}, "listener: port is 0"),
    "port text": ({"port": "80"}, "listener: port is 80"),
    "port none": ({"port": None}, "listener: port is None"),
    "instance port": ({"instance_port": 65536}, "instance_port is 65536"),
    "protocol": ({"protocol": "UDP"}, "listener 80: protocol UDP"),
    "protocol case": ({"protocol": "http"}, "did you mean HTTP|protocol http"),
    "protocol empty": ({"protocol": ""}, "protocol ''"),
    "protocol list": ({"protocol": []}, "protocol"),
    "instance protocol": ({"instance_protocol": "TLS"}, "instance_protocol TLS"),
    "layers": ({"instance_protocol": "TCP"}, "HTTP goes with HTTP or HTTPS behind it"),
    "layers of tcp": (
        {"protocol": "TCP", "instance_protocol": "HTTP"},
        "TCP goes with TCP or SSL behind it",
    ),
    "https without certificate": ({"protocol": "HTTPS"}, "give both or none"),
    "ssl without certificate": ({"protocol": "SSL"}, "give both or none"),
    "certificate of tcp": (
        {"protocol": "TCP", "certificate_arn": CERTIFICATE},
        "give both or none",
    ),
    "certificate": ({"certificate_arn": "www"}, "certificate www"),
    "policy": (
        {"certificate_arn": CERTIFICATE, "tls_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        "tls_policy ELBSecurityPolicy-TLS13",
    ),
}


@pytest.mark.parametrize(("options", "message"), LISTENERS.values(), ids=LISTENERS)
def test_bad_listeners_are_refused(tier, vpc, options, message):
    listeners = [ClassicListener(**{"port": 80, **options})]
    with pytest.raises(ConfigurationError, match=message):
        ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=listeners)
    assert tier.node.try_find_child("old") is None


CHECKS = {
    "target": ({"target": "8080"}, "target 8080 is not valid"),
    "target udp": ({"target": "UDP:53"}, "target UDP:53"),
    "target without path": ({"target": "HTTP:80"}, "target HTTP:80 is not valid"),
    "target with path": ({"target": "TCP:80/"}, "target TCP:80/"),
    "target port 0": ({"target": "TCP:0"}, "target TCP:0"),
    "target port high": ({"target": "HTTP:65536/"}, "target HTTP:65536/"),
    "target blank": ({"target": "HTTP:80/a b"}, "target HTTP:80/a b"),
    "target none of it": ({"target": 80}, "target 80"),
    "interval short": ({"interval": 4}, "interval is 4"),
    "interval long": ({"interval": 301}, "interval is 301"),
    "timeout short": ({"timeout": 1}, "timeout is 1"),
    "timeout long": ({"timeout": 61, "interval": 300}, "timeout is 61"),
    "timeout over interval": ({"interval": 5}, "less than the interval, 5 s"),
    "healthy": ({"healthy_threshold": 1}, "healthy_threshold is 1"),
    "unhealthy": ({"unhealthy_threshold": 11}, "unhealthy_threshold is 11"),
    "unhealthy text": ({"unhealthy_threshold": "2"}, "unhealthy_threshold is 2"),
}


@pytest.mark.parametrize(("options", "message"), CHECKS.values(), ids=CHECKS)
def test_bad_health_checks_are_refused(tier, vpc, options, message):
    check = ClassicHealthCheck(**options)
    with pytest.raises(ConfigurationError, match=message):
        ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[HTTP], health_check=check)
    assert tier.node.try_find_child("old") is None


@pytest.mark.parametrize("target", [None, "i-0123456789abcdef0", 1, []])
def test_bad_targets_are_refused(elb, target):
    with pytest.raises(ConfigurationError, match="cannot be a target"):
        elb.add_target(target)


def test_a_target_is_added_once(elb, shop):
    elb.add_target(shop)
    with pytest.raises(ConfigurationError, match="shop is used already"):
        elb.add_target(shop)


def test_a_bucket_with_kms_takes_no_access_logs(tier, vpc):
    encryption = BucketEncryption.kms(Key(tier, "key", description="logs"))
    logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs", encryption=encryption))
    with pytest.raises(ConfigurationError, match="SSE-S3 only"):
        ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[HTTP], access_logs=logs)


def test_one_zone_is_enough(tier, synth):
    vpc = Vpc(tier, "small", availability_zones=["eu-central-1a"])
    ClassicLoadBalancer(tier, "old", vpc=vpc, listeners=[HTTP])
    assert synth(tier).resource("aws_elb.old")["subnets"] == ["${aws_subnet.small_public_a.id}"]


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
NAMES = ["port", "protocol", "instance_port", "instance_protocol", "certificate_arn", "tls_policy"]
listener_changes = st.dictionaries(st.sampled_from(NAMES), scalars, max_size=3)
checks = st.builds(
    ClassicHealthCheck, target=scalars, interval=scalars, timeout=scalars, healthy_threshold=scalars
)


@given(listener_changes, st.one_of(scalars, checks, st.just(ClassicHealthCheck())))
def test_nothing_but_configuration_errors(tier, vpc, change, check):
    tier.node.try_remove_child("any")
    listeners = [ClassicListener(**{"port": 80, **change})]
    try:
        ClassicLoadBalancer(tier, "any", vpc=vpc, listeners=listeners, health_check=check)
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None


def test_its_kind_is_known(elb):
    assert elb.balancer_kind == "classic"


def test_another_certificate_attaches_the_tls_policy_again(app, tier, vpc, synth):
    other = CERTIFICATE.replace("12345678-", "87654321-")
    for id, certificate in (("a", CERTIFICATE), ("b", other)):
        listener = ClassicListener(port=443, certificate_arn=certificate, instance_port=8080)
        ClassicLoadBalancer(tier, id, vpc=vpc, listeners=[listener])
    policies = synth(tier).resources("aws_load_balancer_listener_policy")
    triggers = [policies[f"{id}_tls_443"]["triggers"]["listener"] for id in "ab"]
    assert triggers == [f"{arn}-HTTPS-HTTP-8080" for arn in (CERTIFICATE, other)]


def test_what_is_of_another_stack_is_refused(app, environment, elb, vpc):
    elsewhere = Tier(app, "elsewhere", environment=environment)
    with pytest.raises(ConfigurationError, match="vpc: network/vpc belongs to another stack"):
        ClassicLoadBalancer(elsewhere, "old", vpc=vpc, listeners=[HTTP])
    image = MachineImage.amazon_linux_2023()
    other = Instance(
        elsewhere,
        "shop",
        vpc=Vpc(elsewhere, "vpc"),
        instance_type="t3.micro",
        machine_image=image,
        ssm_access=False,
    )
    with pytest.raises(ConfigurationError, match="target: elsewhere/shop belongs to another"):
        elb.add_target(other)
    assert elb.node.try_find_child("shop") is None
