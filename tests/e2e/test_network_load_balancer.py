"""Row D3: a network load balancer with Elastic IPs applies, plans clean and registers what it
serves; a third zone and a further listener are additions."""

from __future__ import annotations

from terratiers.compute import Instance, MachineImage
from terratiers.core.synthesis import read_synthesis
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    ClientRoutingPolicy,
    HealthCheck,
    LoadBalancerAccessLogs,
    NetworkLoadBalancer,
    Stickiness,
)
from terratiers.local.deployment import Deployment
from terratiers.network import SubnetGroup, Vpc
from terratiers.storage import Bucket

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"


def synthesize(outdir, *, grown=False, tls_policy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "connections")
    AwsProvider(stack, "aws", region=REGION)
    LocalBackend(stack, path="terraform.tfstate")
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=[f"{REGION}{letter}" for letter in ("abc" if grown else "ab")],
        subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
        flow_logs=None,
    )
    server = Instance(
        stack,
        "server",
        vpc=vpc,
        instance_type="t3.micro",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )
    certificate = AcmCertificate(
        stack, "certificate", domain_name="mqtt.example.com", validation_method="DNS"
    )
    alb = ApplicationLoadBalancer(stack, "alb", vpc=vpc, internal=True)
    alb.add_listener("http")
    nlb = NetworkLoadBalancer(
        stack,
        "nlb",
        vpc=vpc,
        client_routing_policy=ClientRoutingPolicy.AVAILABILITY_ZONE_AFFINITY,
        enforce_security_group_inbound_rules_on_private_link_traffic=False,
        access_logs=LoadBalancerAccessLogs(bucket=Bucket(stack, "logs")),
    )
    nlb.add_listener(
        "mqtt",
        port=8883,
        protocol="TLS",
        certificate_arn=certificate.arn,
        alpn_policy="HTTP2Preferred",
        tls_policy=tls_policy,
    ).add_targets("broker", port=1883, targets=[server])
    nlb.add_listener("dns", port=53, protocol="TCP_UDP").add_targets(
        "resolver",
        port=5353,
        targets=[server],
        stickiness=Stickiness(kind="source_ip"),
        health_check=HealthCheck(protocol="HTTP", path="/health", port=8080),
    )
    nlb.add_listener("web", port=80, tcp_idle_timeout_seconds=600).add_targets(
        "alb", port=80, targets=[alb]
    )
    if grown:
        syslog = nlb.add_listener("syslog", port=514, protocol="UDP")
        syslog.add_targets("collector", port=5140, targets=[server], connection_termination=True)
    inside = NetworkLoadBalancer(stack, "inside", vpc=vpc, internal=True, cross_zone_enabled=False)
    inside.add_listener("http", port=80).add_targets(
        "server", port=8080, targets=[server], proxy_protocol=True, preserve_client_ip=False
    )
    app.synth()
    return read_synthesis(outdir)


def test_a_balancer_applies_and_grows(emulator, tmp_path):
    before = synthesize(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(before[0])
    assert terraform.plan() == []

    elb = emulator.client("elbv2", REGION)
    state = terraform.state()
    arn = state["aws_lb.nlb"]["arn"]
    assert ":loadbalancer/net/nlb-" in arn
    [balancer] = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    allocations = {
        zone["ZoneName"]: zone["LoadBalancerAddresses"][0]["AllocationId"]
        for zone in balancer["AvailabilityZones"]
    }
    assert allocations == {
        f"{REGION}{letter}": state[f"aws_eip.nlb_ip_{letter}"]["allocation_id"] for letter in "ab"
    }
    assert balancer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    assert balancer["SecurityGroups"] == [state["aws_security_group.nlb_group"]["id"]]
    listeners = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert {entry["Port"]: entry["Protocol"] for entry in listeners} == {
        8883: "TLS",
        53: "TCP_UDP",
        80: "TCP",
    }
    for group, target in (
        ("nlb_mqtt_broker", state["aws_instance.server"]["id"]),
        ("nlb_dns_resolver", state["aws_instance.server"]["id"]),
        ("nlb_web_alb", state["aws_lb.alb"]["arn"]),
    ):
        health = elb.describe_target_health(
            TargetGroupArn=state[f"aws_lb_target_group.{group}"]["arn"]
        )
        assert [entry["Target"]["Id"] for entry in health["TargetHealthDescriptions"]] == [target]

    after = synthesize(tmp_path / "after", grown=True)
    grown = deployment.prepare(after[0])
    changes = {change.address: change.actions for change in grown.plan()}
    balancers = {"aws_lb.nlb", "aws_lb.alb", "aws_lb.inside"}
    assert {address for address, actions in changes.items() if actions == ("update",)} == balancers
    assert set(changes.values()) == {("create",), ("update",)}
    assert {
        "aws_eip.nlb_ip_c",
        "aws_lb_listener.nlb_syslog",
        "aws_lb_target_group.nlb_syslog_collector",
        "aws_vpc_security_group_ingress_rule.nlb_group_from_any_ipv4_udp_514",
    } < set(changes)

    policy = "ELBSecurityPolicy-TLS13-1-3-2021-06"
    changed = synthesize(tmp_path / "changed", grown=True, tls_policy=policy)
    work = Deployment(changed, emulator, tmp_path / "work")
    list(work.up())
    assert work.prepare(changed[0]).plan() == []
    listeners = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert [entry["SslPolicy"] for entry in listeners if entry["Port"] == 8883] == [policy]

    # fewer zones: a fixed address is free for the successor only when its predecessor is gone
    changes = {change.address: change.actions for change in work.prepare(before[0]).plan()}
    assert changes["aws_lb.nlb"] == ("delete", "create")
    assert changes["aws_lb.inside"] == ("create", "delete")
    assert changes["aws_lb.alb"] == ("update",)
    assert changes["aws_eip.nlb_ip_c"] == ("delete",)
    assert "aws_eip.nlb_ip_a" not in changes
    list(Deployment(changed, emulator, tmp_path / "work").down())
