from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.compute import ElasticIp, Instance, MachineImage
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    ClientRoutingPolicy,
    HealthCheck,
    LoadBalancerAccessLogs,
    LoadBalancerAttributes,
    NetworkLoadBalancer,
    Stickiness,
    TargetGroup,
)
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Key, Peer, Port, SecurityGroup
from terratiers.storage import Bucket, BucketEncryption
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformOutput
from hypothesis import given
from hypothesis import strategies as st

ZONES = ("eu-central-1a", "eu-central-1b")
CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)


@pytest.fixture
def nlb(tier, vpc):
    return NetworkLoadBalancer(tier, "nlb", vpc=vpc)


@pytest.fixture
def server(tier, vpc):
    image = MachineImage.amazon_linux_2023()
    return Instance(
        tier, "server", vpc=vpc, instance_type="t3.micro", machine_image=image, ssm_access=False
    )


def rules(template, direction, group):
    """What a security group lets through: the other end, protocol and port."""
    found = template.resources(f"aws_vpc_security_group_{direction}_rule").values()
    return {
        (
            rule.get("cidr_ipv4") or rule["referenced_security_group_id"].split(".")[1],
            rule["ip_protocol"],
            rule["from_port"],
        )
        for rule in found
        if rule["security_group_id"] == f"${{aws_security_group.{group}.id}}"
    }


@pytest.mark.usefixtures("nlb")
def test_its_defaults(tier, synth):
    template = synth(tier)
    template.has_resource(
        "aws_lb",
        {
            "load_balancer_type": "network",
            "name_prefix": "nlb-",
            "internal": False,
            "ip_address_type": "ipv4",
            "security_groups": ["${aws_security_group.nlb_group.id}"],
            "enable_cross_zone_load_balancing": True,
            "dns_record_client_routing_policy": "any_availability_zone",
            "enforce_security_group_inbound_rules_on_private_link_traffic": "on",
            "enable_deletion_protection": False,
            "access_logs": {"bucket": "", "enabled": False},
            "subnets": ABSENT,
            "tags": {"Name": "shop-test-nlb"},
            "depends_on": ["aws_internet_gateway.vpc"],
        },
    )
    assert rules(template, "ingress", "nlb_group") == set()
    assert rules(template, "egress", "nlb_group") == set()


@pytest.mark.usefixtures("nlb")
def test_each_zone_has_an_elastic_ip_named_after_it(tier, synth):
    template = synth(tier)
    assert {"nlb_ip_a", "nlb_ip_b"} <= set(template.resources("aws_eip"))
    assert template.resource("aws_lb.nlb")["subnet_mapping"] == [
        {
            "subnet_id": f"${{aws_subnet.vpc_public_{letter}.id}}",
            "allocation_id": f"${{aws_eip.nlb_ip_{letter}.allocation_id}}",
        }
        for letter in "ab"
    ]


def test_with_fixed_addresses_the_predecessor_goes_first(tier, vpc, synth):
    """Both would need the same addresses; without any, the successor comes first."""
    NetworkLoadBalancer(tier, "fixed", vpc=vpc)
    NetworkLoadBalancer(tier, "inside", vpc=vpc, internal=True)
    NetworkLoadBalancer(tier, "loose", vpc=vpc, assign_elastic_ips=False)
    found = synth(tier).resources("aws_lb")
    assert "lifecycle" not in found["fixed"]
    assert found["inside"]["lifecycle"] == {"create_before_destroy": True}
    assert found["loose"]["lifecycle"] == {"create_before_destroy": True}
    assert "subnet_mapping" not in found["loose"]
    assert found["loose"]["subnets"] == [
        "${aws_subnet.vpc_public_a.id}",
        "${aws_subnet.vpc_public_b.id}",
    ]


def test_elastic_ips_can_be_given(tier, vpc, synth):
    given_ips = {zone: ElasticIp(tier, f"own-{zone[-1]}") for zone in ZONES}
    nlb = NetworkLoadBalancer(tier, "nlb", vpc=vpc, elastic_ips=given_ips)
    assert nlb.elastic_ips == given_ips
    template = synth(tier)
    mappings = template.resource("aws_lb.nlb")["subnet_mapping"]
    assert [mapping["allocation_id"] for mapping in mappings] == [
        "${aws_eip.own_a.allocation_id}",
        "${aws_eip.own_b.allocation_id}",
    ]
    assert not any(name.startswith("nlb") for name in template.resources("aws_eip"))


def test_an_internal_one_has_no_public_address(tier, vpc, synth):
    nlb = NetworkLoadBalancer(tier, "nlb", vpc=vpc, internal=True)
    group = TargetGroup(tier, "tcp", vpc=vpc, port=80, protocol="TCP")
    nlb.add_listener("http", port=80, default_target_group=group)
    assert nlb.elastic_ips == {}
    template = synth(tier)
    template.has_resource("aws_lb", {"internal": True, "depends_on": ABSENT})
    assert not any(name.startswith("nlb") for name in template.resources("aws_eip"))
    assert rules(template, "ingress", "nlb_group") == {("${aws_vpc.vpc.cidr_block}", "tcp", 80)}


def test_private_addresses_can_be_given(tier, vpc, synth):
    addresses = {"eu-central-1a": "10.0.64.10", "eu-central-1b": "10.0.72.10"}
    NetworkLoadBalancer(tier, "nlb", vpc=vpc, internal=True, private_addresses=addresses)
    balancer = synth(tier).resource("aws_lb.nlb")
    assert balancer["subnet_mapping"] == [
        {
            "subnet_id": f"${{aws_subnet.vpc_private_{zone[-1]}.id}}",
            "private_ipv4_address": address,
        }
        for zone, address in addresses.items()
    ]
    assert "lifecycle" not in balancer


def test_one_zone_is_enough(tier, synth):
    vpc = Vpc(tier, "small", availability_zones=["eu-central-1a"])
    NetworkLoadBalancer(tier, "nlb", vpc=vpc)
    assert len(synth(tier).resource("aws_lb.nlb")["subnet_mapping"]) == 1


OPTIONS = {
    "cross zone": ({"cross_zone_enabled": False}, {"enable_cross_zone_load_balancing": False}),
    "routing": (
        {"client_routing_policy": ClientRoutingPolicy.PARTIAL_AVAILABILITY_ZONE_AFFINITY},
        {"dns_record_client_routing_policy": "partial_availability_zone_affinity"},
    ),
    "private link": (
        {"enforce_security_group_inbound_rules_on_private_link_traffic": False},
        {"enforce_security_group_inbound_rules_on_private_link_traffic": "off"},
    ),
    "zonal shift": ({"zonal_shift": True}, {"enable_zonal_shift": True}),
    "protection": ({"deletion_protection": True}, {"enable_deletion_protection": True}),
    "tags": ({"tags": {"Team": "net"}}, {"tags": {"Team": "net", "Name": "shop-test-nlb"}}),
    "internal in public subnets": (
        {"internal": True, "subnet_group": "public"},
        {"subnets": ["${aws_subnet.vpc_public_a.id}", "${aws_subnet.vpc_public_b.id}"]},
    ),
}


@pytest.mark.parametrize(("options", "expected"), OPTIONS.values(), ids=OPTIONS)
def test_every_option(tier, vpc, synth, options, expected):
    NetworkLoadBalancer(tier, "nlb", vpc=vpc, **options)
    synth(tier).has_resource("aws_lb", expected)


def test_its_tags_reach_its_addresses(tier, vpc, synth):
    NetworkLoadBalancer(tier, "nlb", vpc=vpc, tags={"Team": "net"})
    address = synth(tier).resource("aws_eip.nlb_ip_a")
    assert address["tags"] == {"Team": "net", "Name": "shop-test-nlb-ip-a"}


def test_in_production_it_is_protected(app, production, synth):
    tier = Tier(app, "web", environment=production)
    NetworkLoadBalancer(tier, "nlb", vpc=Vpc(tier, "vpc"))
    synth(tier).has_resource("aws_lb", {"enable_deletion_protection": True})


@pytest.mark.parametrize(
    ("protocol", "opened", "reached"),
    [
        ("TCP", {"tcp"}, {"tcp"}),
        ("UDP", {"udp"}, {"udp", "tcp"}),
        ("TCP_UDP", {"tcp", "udp"}, {"tcp", "udp"}),
    ],
)
def test_the_group_admits_and_reaches_no_more_than_needed(
    tier, nlb, server, synth, protocol, opened, reached
):
    """Health checks are over TCP: a UDP listener's targets are reached over both."""
    listener = nlb.add_listener("it", port=53, protocol=protocol)
    listener.add_targets("server", port=5353, targets=[server])
    template = synth(tier)
    assert rules(template, "ingress", "nlb_group") == {("0.0.0.0/0", p, 53) for p in opened}
    assert rules(template, "egress", "nlb_group") == {("server_group", p, 5353) for p in reached}
    assert rules(template, "ingress", "server_group") == {("nlb_group", p, 5353) for p in reached}
    group = template.resource("aws_lb_target_group.nlb_it_server")
    assert group["protocol"] == protocol
    assert group["health_check"]["protocol"] == "TCP"


def test_health_checks_on_another_port(tier, nlb, server, synth):
    check = HealthCheck(protocol="HTTP", path="/health", port=8080)
    nlb.add_listener("dns", port=53, protocol="UDP").add_targets(
        "server", port=5353, targets=[server], health_check=check
    )
    assert rules(synth(tier), "egress", "nlb_group") == {
        ("server_group", "udp", 5353),
        ("server_group", "tcp", 8080),
    }


def test_a_tls_listener(tier, nlb, server, synth):
    listener = nlb.add_listener(
        "mqtt",
        port=8883,
        protocol="TLS",
        certificate_arn=CERTIFICATE,
        alpn_policy="HTTP2Preferred",
    )
    listener.add_certificate("other", CERTIFICATE.replace("1234567", "7654321"))
    listener.add_targets("broker", port=1883, targets=[server])
    template = synth(tier)
    template.has_resource(
        "aws_lb_listener",
        {
            "port": 8883,
            "protocol": "TLS",
            "certificate_arn": CERTIFICATE,
            "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
            "alpn_policy": "HTTP2Preferred",
            "default_action": [
                {
                    "type": "forward",
                    "target_group_arn": "${aws_lb_target_group.nlb_mqtt_broker.arn}",
                }
            ],
        },
    )
    template.has_resource("aws_lb_target_group", {"protocol": "TCP", "port": 1883})
    assert set(template.resources("aws_lb_listener_certificate")) == {"nlb_mqtt_other"}
    assert rules(template, "ingress", "nlb_group") == {("0.0.0.0/0", "tcp", 8883)}


def test_a_tcp_listener_has_no_tls(tier, nlb, server, synth):
    listener = nlb.add_listener("ssh", port=2222, tcp_idle_timeout_seconds=6000)
    listener.add_targets("server", port=22, targets=[server])
    synth(tier).has_resource(
        "aws_lb_listener",
        {
            "protocol": "TCP",
            "tcp_idle_timeout_seconds": 6000,
            "ssl_policy": ABSENT,
            "certificate_arn": ABSENT,
        },
    )


def test_options_of_targets_reach_their_group(tier, nlb, synth):
    nlb.add_listener("it", port=80).add_targets(
        "server",
        port=8080,
        protocol="TCP_UDP",
        deregistration_delay=0,
        stickiness=Stickiness(kind="source_ip"),
        proxy_protocol=True,
        connection_termination=True,
    )
    synth(tier).has_resource(
        "aws_lb_target_group",
        {
            "protocol": "TCP_UDP",
            "deregistration_delay": "0",
            "stickiness": {"enabled": True, "type": "source_ip"},
            "proxy_protocol_v2": True,
            "connection_termination": True,
        },
    )


def test_client_addresses_can_be_hidden(tier, nlb, synth):
    nlb.add_listener("it", port=80).add_targets("server", port=8080, preserve_client_ip=False)
    synth(tier).has_resource("aws_lb_target_group", {"preserve_client_ip": "false"})


def test_an_application_balancer_as_target(tier, vpc, nlb, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc, internal=True)
    alb.add_listener("http", allow_from=[])
    nlb.add_listener("web", port=80).add_targets("alb", port=80, targets=[alb])
    template = synth(tier)
    group = template.resource("aws_lb_target_group.nlb_web_alb")
    assert (group["target_type"], group["protocol"], group["port"]) == ("alb", "TCP", 80)
    assert (group["health_check"]["protocol"], group["health_check"]["path"]) == ("HTTP", "/")
    attachment = template.resource("aws_lb_target_group_attachment.nlb_web_alb_alb")
    assert attachment["target_id"] == "${aws_lb.alb.arn}"
    assert attachment["depends_on"] == ["aws_lb_listener.alb_http"]
    assert rules(template, "egress", "nlb_group") == {("alb_group", "tcp", 80)}
    assert rules(template, "ingress", "alb_group") == {("nlb_group", "tcp", 80)}


def test_another_tiers_application_balancer_as_target(app, environment, tier, vpc, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc, internal=True)
    alb.add_listener("http")
    front = Tier(app, "front", environment=environment)
    nlb = NetworkLoadBalancer(front, "nlb", vpc=front.use(vpc))
    nlb.add_listener("web", port=80).add_targets("alb", port=80, targets=[front.use(alb)])
    template = synth(front)
    [attachment] = template.resources("aws_lb_target_group_attachment").values()
    outputs = "${data.terraform_remote_state.network.outputs"
    assert attachment["target_id"] == f"{outputs}.alb_load_balancer_arn}}"
    template.has_resource(
        "aws_vpc_security_group_ingress_rule",
        {"security_group_id": f"{outputs}.alb_security_group_id}}", "from_port": 80},
    )


def test_a_group_that_is_there_already(tier, vpc, nlb, synth):
    group = TargetGroup(tier, "servers", vpc=vpc, port=80, protocol="TCP_UDP")
    listener = nlb.add_listener("it", port=53, protocol="UDP", default_target_group=group)
    assert listener.target_group is group
    [action] = synth(tier).resource("aws_lb_listener.nlb_it")["default_action"]
    assert action["target_group_arn"] == "${aws_lb_target_group.servers.arn}"


def test_only_named_peers_are_let_in(tier, vpc, nlb, synth):
    group = TargetGroup(tier, "servers", vpc=vpc, port=80, protocol="TCP")
    peers = [Peer.ipv4("198.51.100.0/24"), Peer.ipv4("203.0.113.0/24")]
    nlb.add_listener("it", port=80, allow_from=peers, default_target_group=group)
    assert rules(synth(tier), "ingress", "nlb_group") == {
        ("198.51.100.0/24", "tcp", 80),
        ("203.0.113.0/24", "tcp", 80),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("load_balancer_arn", "${aws_lb.nlb.arn}"),
        ("load_balancer_arn_suffix", "${aws_lb.nlb.arn_suffix}"),
        ("dns_name", "${aws_lb.nlb.dns_name}"),
        ("zone_id", "${aws_lb.nlb.zone_id}"),
    ],
)
def test_what_it_offers(tier, nlb, synth, name, value):
    TerraformOutput(tier, "it", value=getattr(nlb, name))
    synth(tier).has_output("it", {"value": value})


def test_a_listener_has_an_arn(tier, nlb, synth):
    listener = nlb.add_listener("it", port=80)
    listener.add_targets("server", port=80)
    TerraformOutput(tier, "it", value=listener.listener_arn)
    synth(tier).has_output("it", {"value": "${aws_lb_listener.nlb_it.arn}"})


def test_another_tier_uses_it(app, environment, tier, vpc, nlb, synth):
    front = Tier(app, "front", environment=environment)
    used = front.use(nlb)
    assert used.balancer_kind == "network"
    group = SecurityGroup(front, "clients", vpc=front.use(vpc), description="clients")
    from terratiers.security import Port

    group.connections.allow_to(used, Port.tcp(443), "the balancer")
    front.add_output("name", used.dns_name, description="x")
    outputs = "${data.terraform_remote_state.network.outputs"
    template = synth(front)
    template.has_output("name", {"value": f"{outputs}.nlb_dns_name}}"})
    template.has_resource(
        "aws_vpc_security_group_egress_rule",
        {"referenced_security_group_id": f"{outputs}.nlb_security_group_id}}"},
    )
    producer = synth(tier)
    assert {
        "nlb_load_balancer_arn",
        "nlb_load_balancer_arn_suffix",
        "nlb_dns_name",
        "nlb_zone_id",
        "nlb_security_group_id",
    } <= set(producer.outputs)


# --- access logs


def tls(nlb):
    return nlb.add_listener("tls", port=443, protocol="TLS", certificate_arn=CERTIFICATE)


def test_access_logs_are_delivered_by_another_service(tier, vpc, synth):
    logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs"))
    nlb = NetworkLoadBalancer(tier, "nlb", vpc=vpc, access_logs=logs)
    tls(nlb).add_targets("server", port=80)
    template = synth(tier)
    template.has_resource(
        "aws_lb",
        {
            "access_logs": {"prefix": "nlb", "enabled": True},
            "depends_on": ["aws_internet_gateway.vpc", "aws_s3_bucket_policy.logs"],
        },
    )
    policy = template.resource("aws_s3_bucket_policy.logs")["policy"]
    assert policy.count("delivery.logs.amazonaws.com") == 2
    assert '"Action" = "s3:GetBucketAcl"' in policy
    assert '"s3:x-amz-acl" = "bucket-owner-full-control"' in policy
    assert "${aws_s3_bucket.logs.arn}/nlb/AWSLogs/" in policy


def test_access_logs_without_tls_are_refused(tier, vpc, synth):
    logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs"))
    nlb = NetworkLoadBalancer(tier, "nlb", vpc=vpc, access_logs=logs)
    nlb.add_listener("tcp", port=80).add_targets("server", port=80)
    with pytest.raises(RuntimeError, match="TLS listeners only"):
        synth(tier)


def test_a_listener_without_targets_is_refused(tier, nlb, synth):
    nlb.add_listener("tcp", port=80)
    with pytest.raises(RuntimeError, match="forwards to nobody"):
        synth(tier)


# --- what is refused


def address(tier, name="own"):
    return ElasticIp(tier, name)


BAD = {
    "vpc": ({"vpc": "vpc-1"}, r"Vpc\.from_attributes"),
    "no vpc": ({"vpc": None}, "vpc is None"),
    "internal": ({"internal": "yes"}, "internal is yes"),
    "internal none": ({"internal": None}, "internal is None"),
    "group": ({"subnet_group": "dmz"}, "subnet_group dmz"),
    "private group": ({"subnet_group": "private"}, "is not public"),
    "group list": ({"subnet_group": ["public"]}, "subnet_group"),
    "assign": ({"assign_elastic_ips": 1}, "assign_elastic_ips is 1"),
    "ips list": ({"elastic_ips": ["eipalloc-1"]}, r"elastic_ips is .*write \{"),
    "ips of no zone": ({"elastic_ips": {}}, "eu-central-1a, eu-central-1b is missing"),
    "ips text": ({"elastic_ips": dict.fromkeys(ZONES, "1.2.3.4")}, "elastic_ips: eu-central-1a"),
    "private list": ({"internal": True, "private_addresses": []}, "private_addresses is"),
    "private in public": (
        {"private_addresses": {ZONES[0]: "10.0.64.4", ZONES[1]: "10.0.72.4"}},
        "write internal=True",
    ),
    "private missing": (
        {"internal": True, "private_addresses": {ZONES[0]: "10.0.64.4"}},
        "eu-central-1b is missing",
    ),
    "private zone": (
        {"internal": True, "private_addresses": {"eu-west-1a": "10.0.64.4"}},
        "zone eu-west-1a is not known",
    ),
    "private address": (
        {"internal": True, "private_addresses": dict.fromkeys(ZONES, "10.0.0.256")},
        "private_addresses: eu-central-1a 10.0.0.256",
    ),
    "private twice": (
        {"internal": True, "private_addresses": dict.fromkeys(ZONES, "10.0.64.4")},
        "an address twice",
    ),
    "cross zone": ({"cross_zone_enabled": "on"}, "cross_zone_enabled is on"),
    "routing": ({"client_routing_policy": "any"}, "client_routing_policy any"),
    "routing none": ({"client_routing_policy": None}, "client_routing_policy None"),
    "private link": (
        {"enforce_security_group_inbound_rules_on_private_link_traffic": "on"},
        "write True or False",
    ),
    "zonal": ({"zonal_shift": None}, "zonal_shift is None"),
    "logs": ({"access_logs": "logs"}, "access_logs is logs"),
    "logs bucket": (
        {"access_logs": LoadBalancerAccessLogs(bucket=None)},
        "access_logs: bucket is None",
    ),
    "protection": ({"deletion_protection": 0}, "deletion_protection is 0"),
    "tags": ({"tags": {"Name": "x"}}, "Name follows"),
    "tags list": ({"tags": ["a"]}, "tags is"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, vpc, options, message):
    with pytest.raises(ConfigurationError, match=message):
        NetworkLoadBalancer(tier, "nlb", **{"vpc": vpc, **options})
    assert tier.node.try_find_child("nlb") is None


def test_bad_addresses_are_refused(tier, vpc):
    one = address(tier)
    for options, message in (
        ({"internal": True, "elastic_ips": dict.fromkeys(ZONES, one)}, "this one is internal"),
        ({"elastic_ips": dict.fromkeys(ZONES, one)}, "an address twice"),
        ({"elastic_ips": {ZONES[0]: one}}, "eu-central-1b is missing"),
        ({"elastic_ips": {"a": one}}, "zone a is not known"),
        (
            {"assign_elastic_ips": False, "elastic_ips": {ZONES[0]: one}},
            "leave one of them out",
        ),
    ):
        with pytest.raises(ConfigurationError, match=message):
            NetworkLoadBalancer(tier, "nlb", vpc=vpc, **options)
        assert tier.node.try_find_child("nlb") is None


def test_a_bucket_with_kms_takes_no_access_logs(tier, vpc):
    encryption = BucketEncryption.kms(Key(tier, "key", description="logs"))
    logs = LoadBalancerAccessLogs(bucket=Bucket(tier, "logs", encryption=encryption))
    with pytest.raises(ConfigurationError, match="SSE-S3 only"):
        NetworkLoadBalancer(tier, "nlb", vpc=vpc, access_logs=logs)


def test_public_subnets_are_needed(tier):
    groups = [SubnetGroup.private()]
    vpc = Vpc(tier, "closed", availability_zones=ZONES, subnet_groups=groups)
    with pytest.raises(ConfigurationError, match="subnet_group public is not known"):
        NetworkLoadBalancer(tier, "nlb", vpc=vpc)


LISTENERS = {
    "port 0": ({"port": 0}, "port is 0"),
    "port high": ({"port": 65536}, "port is 65536"),
    "port text": ({"port": "80"}, "port is 80"),
    "port none": ({"port": None}, "port is None"),
    "port bool": ({"port": True}, "port is True"),
    "protocol": ({"protocol": "HTTP"}, "protocol HTTP is not known"),
    "protocol case": ({"protocol": "tcp"}, "protocol tcp"),
    "protocol none": ({"protocol": None}, "protocol None"),
    "protocol list": ({"protocol": []}, "protocol"),
    "quic": ({"protocol": "QUIC"}, "protocol QUIC"),
    "tls without certificate": ({"protocol": "TLS"}, "certificate_arn is missing"),
    "certificate of tcp": ({"certificate_arn": CERTIFICATE}, "certificate_arn is for TLS"),
    "certificate text": (
        {"protocol": "TLS", "certificate_arn": "www"},
        "certificate www is not valid",
    ),
    "policy": ({"tls_policy": "ELBSecurityPolicy-2016-08"}, "tls_policy ELBSecurityPolicy-2016"),
    "policy none": ({"tls_policy": None}, "tls_policy None"),
    "alpn": (
        {"protocol": "TLS", "certificate_arn": CERTIFICATE, "alpn_policy": "h2"},
        "alpn_policy h2",
    ),
    "alpn of udp": ({"protocol": "UDP", "alpn_policy": "HTTP2Only"}, "alpn_policy is for TLS"),
    "idle short": ({"tcp_idle_timeout_seconds": 59}, "tcp_idle_timeout_seconds is 59"),
    "idle long": ({"tcp_idle_timeout_seconds": 6001}, "tcp_idle_timeout_seconds is 6001"),
    "idle text": ({"tcp_idle_timeout_seconds": "60"}, "tcp_idle_timeout_seconds is 60"),
    "idle of udp": (
        {"protocol": "UDP", "tcp_idle_timeout_seconds": 60},
        "is for TCP listeners",
    ),
    "idle of tls": (
        {"protocol": "TLS", "certificate_arn": CERTIFICATE, "tcp_idle_timeout_seconds": 60},
        "is for TCP listeners",
    ),
    "peers text": ({"allow_from": "0.0.0.0/0"}, "write a list"),
    "peer text": ({"allow_from": ["0.0.0.0/0"]}, "allow_from is 0.0.0.0/0"),
    "group text": ({"default_target_group": "web"}, "default_target_group is web"),
    "sensitive port": ({"port": 3389}, "open-to-the-world"),
    "sensitive port over both": ({"port": 22, "protocol": "TCP_UDP"}, "open-to-the-world"),
}


@pytest.mark.parametrize(("options", "message"), LISTENERS.values(), ids=LISTENERS)
def test_bad_listeners_are_refused(nlb, options, message):
    with pytest.raises(ConfigurationError, match=message):
        nlb.add_listener("it", **{"port": 8080, **options})
    assert nlb.node.try_find_child("it") is None
    assert nlb.listeners == {}


@pytest.mark.parametrize("id", [None, "", "1a", "a b", "group", "ip-a", "a" * 65])
def test_bad_ids_of_listeners_are_refused(nlb, id):
    with pytest.raises(ConfigurationError, match="id "):
        nlb.add_listener(id, port=80)


def test_a_port_is_taken_once_whatever_the_protocol(nlb):
    nlb.add_listener("tcp", port=53)
    with pytest.raises(ConfigurationError, match="TCP_UDP takes both"):
        nlb.add_listener("udp", port=53, protocol="UDP")


@pytest.mark.parametrize(
    ("listener", "group"),
    [("TCP", "UDP"), ("TCP", "TLS"), ("UDP", "TCP"), ("TCP_UDP", "TCP"), ("TCP", "HTTP")],
)
def test_groups_of_another_protocol_are_refused(tier, vpc, nlb, listener, group):
    other = TargetGroup(tier, "other", vpc=vpc, port=80, protocol=group)
    with pytest.raises(ConfigurationError, match=f"other takes {group}: a {listener} listener"):
        nlb.add_listener("it", port=80, protocol=listener, default_target_group=other)


TARGETS = {
    "id": ({"targets": ["i-0123456789abcdef0"]}, "cannot be a target"),
    "text": ({"targets": "web"}, "write a list"),
    "none": ({"targets": None}, "write a list"),
    "protocol": ({"protocol": "UDP"}, "protocol UDP"),
    "protocol http": ({"protocol": "HTTP"}, "That is what a TCP listener forwards"),
    "port": ({"port": 0}, "port is 0"),
    "port none": ({"port": None}, "port is None"),
    "port list": ({"port": [80]}, "port is "),
    "check": ({"health_check": "/"}, "write HealthCheck"),
    "check udp": ({"health_check": HealthCheck(protocol="UDP")}, "protocol UDP"),
    "delay": ({"deregistration_delay": 3601}, "deregistration_delay is 3601"),
    "stickiness": ({"stickiness": Stickiness()}, "kind lb_cookie"),
    "client ip": ({"preserve_client_ip": "yes"}, "preserve_client_ip is yes"),
    "proxy": ({"proxy_protocol": 2}, "proxy_protocol is 2"),
    "termination": ({"connection_termination": "on"}, "connection_termination is on"),
}


@pytest.mark.parametrize(("options", "message"), TARGETS.values(), ids=TARGETS)
def test_bad_targets_are_refused(nlb, options, message):
    listener = nlb.add_listener("it", port=80)
    with pytest.raises(ConfigurationError, match=message):
        listener.add_targets("server", **{"port": 80, **options})
    assert listener.node.try_find_child("server") is None
    assert listener.target_group is None


def test_client_addresses_of_udp_cannot_be_hidden(nlb):
    listener = nlb.add_listener("it", port=53, protocol="UDP")
    with pytest.raises(ConfigurationError, match="with UDP it is always on"):
        listener.add_targets("server", port=53, preserve_client_ip=False)


def test_a_second_target_group_is_refused(nlb):
    listener = nlb.add_listener("it", port=80)
    listener.add_targets("one", port=80)
    with pytest.raises(ConfigurationError, match=r"forwards to .*one already"):
        listener.add_targets("two", port=80)


def test_a_target_given_twice_is_refused(nlb, server):
    listener = nlb.add_listener("it", port=80)
    with pytest.raises(ConfigurationError, match="give each target once"):
        listener.add_targets("server", port=80, targets=[server, server])


def test_certificates_are_for_tls(nlb):
    with pytest.raises(ConfigurationError, match="certificates are for TLS"):
        nlb.add_listener("it", port=80).add_certificate("one", CERTIFICATE)
    with pytest.raises(ConfigurationError, match="certificate www"):
        tls(nlb).add_certificate("one", "www")


def test_what_an_application_balancer_cannot_be(tier, vpc, nlb, server):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    other = NetworkLoadBalancer(tier, "other", vpc=vpc)
    tcp = nlb.add_listener("tcp", port=80)
    udp = nlb.add_listener("udp", port=53, protocol="UDP")
    for listener, options, message in (
        (tcp, {"targets": [alb]}, "alb has no listener on port 80; it has: none"),
        (tcp, {"targets": [other]}, "other is a network load balancer"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            listener.add_targets("it", port=80, **options)
    alb.add_listener("http")
    for listener, options, message in (
        (tcp, {"port": 81, "targets": [alb]}, "no listener on port 81; it has: 80"),
        (tcp, {"targets": [alb, server]}, "the only target"),
        (tcp, {"targets": [alb, alb]}, "the only target"),
        (tcp, {"targets": [alb], "protocol": "TCP_UDP"}, "over TCP only"),
        (udp, {"targets": [alb]}, "over TCP only"),
        (tls(nlb), {"targets": [alb]}, "over TCP only"),
        (tcp, {"targets": [alb], "health_check": HealthCheck(protocol="TCP")}, "HTTP or HTTPS"),
        (tcp, {"targets": [alb], "preserve_client_ip": False}, "it is always on"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            listener.add_targets("it", **{"port": 80, **options})
        assert listener.node.try_find_child("it") is None


def test_an_application_balancer_forwards_to_no_balancer(tier, vpc):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    other = ApplicationLoadBalancer(tier, "other", vpc=vpc)
    with pytest.raises(ConfigurationError, match="cannot be a target"):
        alb.add_listener("http").add_targets("it", port=80, targets=[other])


NET = "net/nlb/0123456789abcdef"
ARN = f"arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/{NET}"
KNOWN = {
    "load_balancer_arn": ARN,
    "load_balancer_arn_suffix": NET,
    "dns_name": "nlb-0123456789abcdef.elb.eu-central-1.amazonaws.com",
    "zone_id": "Z3F0SRJ5LGBH90",
    "security_group_id": "sg-0123456789abcdef0",
}


def test_one_that_exists(tier):
    old = NetworkLoadBalancer.from_attributes(tier, "old", LoadBalancerAttributes(**KNOWN))
    assert {name: getattr(old, name) for name in KNOWN if name != "security_group_id"} == {
        name: value for name, value in KNOWN.items() if name != "security_group_id"
    }
    assert old.security_group.security_group_id == "sg-0123456789abcdef0"


IMPORTED = {
    "arn": ({"load_balancer_arn": "nlb"}, "load_balancer_arn nlb"),
    "arn of an alb": ({"load_balancer_arn": ARN.replace("/net/", "/app/")}, "load_balancer_arn"),
    "suffix": ({"load_balancer_arn_suffix": "nlb"}, "write net/<name>/<id>"),
    "name": ({"dns_name": "nlb"}, "dns_name nlb"),
    "zone": ({"zone_id": 1}, "zone_id 1"),
    "security group": ({"security_group_id": None}, "security_group_id None"),
}


@pytest.mark.parametrize(("change", "message"), IMPORTED.values(), ids=IMPORTED)
def test_malformed_ones_are_refused(tier, change, message):
    attributes = LoadBalancerAttributes(**{**KNOWN, **change})
    with pytest.raises(ConfigurationError, match=message):
        NetworkLoadBalancer.from_attributes(tier, "old", attributes)
    assert tier.node.try_find_child("old") is None


def test_attributes_are_needed(tier):
    with pytest.raises(ConfigurationError, match="attributes is arn"):
        NetworkLoadBalancer.from_attributes(tier, "old", "arn")


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
anything = st.one_of(
    scalars,
    st.sampled_from(["public", "private", "any_availability_zone", "${a.b}"]),
    st.builds(LoadBalancerAccessLogs, bucket=scalars, prefix=scalars),
    st.lists(scalars, max_size=2),
    st.tuples(scalars),
    st.dictionaries(st.one_of(st.sampled_from(ZONES), st.integers()), scalars, max_size=2),
)
NAMES = [
    "vpc",
    "internal",
    "subnet_group",
    "assign_elastic_ips",
    "elastic_ips",
    "private_addresses",
    "cross_zone_enabled",
    "client_routing_policy",
    "enforce_security_group_inbound_rules_on_private_link_traffic",
    "zonal_shift",
    "access_logs",
    "deletion_protection",
    "tags",
]


@given(st.dictionaries(st.sampled_from(NAMES), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors(tier, vpc, change):
    tier.node.try_remove_child("any")
    try:
        NetworkLoadBalancer(tier, "any", **{"vpc": vpc, **change})
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None


LISTENER_NAMES = [
    "port",
    "protocol",
    "certificate_arn",
    "tls_policy",
    "alpn_policy",
    "tcp_idle_timeout_seconds",
    "allow_from",
    "default_target_group",
]


@given(st.dictionaries(st.sampled_from(LISTENER_NAMES), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors_from_listeners(nlb, change):
    nlb.node.try_remove_child("any")
    nlb.listeners.clear()
    try:
        nlb.add_listener("any", **{"port": 8080, **change})
    except ConfigurationError:
        assert nlb.node.try_find_child("any") is None


@pytest.mark.parametrize("check", [HealthCheck(), HealthCheck(protocol="HTTPS", path="/up")])
def test_a_secure_application_balancer_is_asked_over_https(tier, vpc, nlb, synth, check):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc, internal=True)
    alb.add_listener("https", certificate_arn=CERTIFICATE)
    web = nlb.add_listener("web", port=443)
    web.add_targets("alb", port=443, targets=[alb], health_check=check)
    group = synth(tier).resource("aws_lb_target_group.nlb_web_alb")
    assert group["health_check"]["protocol"] == "HTTPS"
    assert group["health_check"]["path"] == (check.path or "/")


def test_a_secure_application_balancer_can_be_asked_on_another_port(tier, vpc, nlb, synth):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc, internal=True)
    alb.add_listener("https", certificate_arn=CERTIFICATE)
    check = HealthCheck(port=80)
    web = nlb.add_listener("web", port=443)
    web.add_targets("alb", port=443, targets=[alb], health_check=check)
    group = synth(tier).resource("aws_lb_target_group.nlb_web_alb")
    assert group["health_check"]["protocol"] == "HTTP"


def test_a_secure_application_balancer_is_not_asked_over_http(tier, vpc, nlb):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc, internal=True)
    alb.add_listener("https", certificate_arn=CERTIFICATE)
    web = nlb.add_listener("web", port=443)
    with pytest.raises(ConfigurationError, match="speaks HTTPS on port 443"):
        web.add_targets("alb", port=443, targets=[alb], health_check=HealthCheck(protocol="HTTP"))
    assert web.target_group is None


SETTINGS = {
    "delay": {"deregistration_delay": 300},
    "stickiness": {"stickiness": Stickiness(kind="source_ip")},
    "proxy": {"proxy_protocol": False},
    "termination": {"connection_termination": True},
}


@pytest.mark.parametrize("options", SETTINGS.values(), ids=SETTINGS)
def test_settings_that_a_balancer_as_target_has_not(tier, vpc, nlb, options):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc, internal=True)
    alb.add_listener("http")
    web = nlb.add_listener("web", port=80)
    with pytest.raises(ConfigurationError, match="does not go with targets of type alb"):
        web.add_targets("alb", port=80, targets=[alb], **options)


def test_a_port_of_another_type_is_refused_beside_a_balancer(tier, vpc, nlb):
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc, internal=True)
    with pytest.raises(ConfigurationError, match="port is "):
        nlb.add_listener("web", port=80).add_targets("alb", port=[80], targets=[alb])


def test_a_tls_listener_has_no_stickiness(tier, vpc, nlb):
    sticky = Stickiness(kind="source_ip")
    listener = nlb.add_listener("tls", port=443, protocol="TLS", certificate_arn=CERTIFICATE)
    with pytest.raises(ConfigurationError, match="does not go with a TLS listener"):
        listener.add_targets("it", port=80, stickiness=sticky)
    group = TargetGroup(tier, "it", vpc=vpc, port=80, protocol="TCP", stickiness=sticky)
    with pytest.raises(ConfigurationError, match="does not go with a TLS listener"):
        nlb.add_listener(
            "more",
            port=444,
            protocol="TLS",
            certificate_arn=CERTIFICATE,
            default_target_group=group,
        )


def test_peers_of_one_name_are_refused_and_leave_nothing(nlb):
    peers = [Peer.ipv4("198.51.100.0/24", name="a"), Peer.ipv4("203.0.113.0/24", name="a")]
    with pytest.raises(ConfigurationError, match="two peers are called a"):
        nlb.add_listener("web", port=80, allow_from=peers)
    assert nlb.listeners == {}
    assert nlb.node.try_find_child("web") is None


def test_a_rule_of_the_same_name_leaves_no_listener(nlb):
    nlb.connections.allow_from(Peer.ipv4("198.51.100.0/24", name="a"), Port.tcp(80), "own")
    with pytest.raises(ConfigurationError, match="two rules are called"):
        nlb.add_listener("web", port=80, allow_from=[Peer.ipv4("203.0.113.0/24", name="a")])
    assert nlb.listeners == {}
    assert nlb.node.try_find_child("web") is None


@pytest.fixture
def elsewhere(app, environment):
    return Tier(app, "elsewhere", environment=environment)


def test_what_is_of_another_stack_is_refused(elsewhere, vpc, nlb):
    message = "belongs to another stack"
    other = Vpc(elsewhere, "vpc")
    with pytest.raises(ConfigurationError, match=f"vpc: network/vpc {message}"):
        NetworkLoadBalancer(elsewhere, "nlb", vpc=vpc)
    alb = ApplicationLoadBalancer(elsewhere, "alb", vpc=other, internal=True)
    alb.add_listener("http")
    web = nlb.add_listener("web", port=80)
    with pytest.raises(ConfigurationError, match=f"target: elsewhere/alb {message}"):
        web.add_targets("alb", port=80, targets=[alb])
    group = TargetGroup(elsewhere, "tcp", vpc=other, port=80, protocol="TCP")
    with pytest.raises(ConfigurationError, match=f"elsewhere/tcp {message}"):
        nlb.add_listener("tcp", port=81, default_target_group=group)


def test_elastic_ips_of_another_stack_are_refused(tier, vpc, elsewhere):
    addresses = {zone: ElasticIp(elsewhere, f"own-{zone[-1]}") for zone in vpc.availability_zones}
    with pytest.raises(ConfigurationError, match="elsewhere/own-a belongs to another stack"):
        NetworkLoadBalancer(tier, "nlb", vpc=vpc, elastic_ips=addresses)
