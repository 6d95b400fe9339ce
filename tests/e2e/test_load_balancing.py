"""Rows D1, D2 and E2: an application load balancer applies, plans clean, registers its targets,
and a rule more is an addition."""

from __future__ import annotations

from terratiers.compute import Instance, MachineImage
from terratiers.core.synthesis import read_synthesis
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    HealthCheck,
    ListenerAction,
    ListenerCondition,
    LoadBalancerAccessLogs,
    Stickiness,
    TargetGroup,
)
from terratiers.local.deployment import Deployment
from terratiers.network import SubnetGroup, Vpc
from terratiers.storage import Bucket

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"


def synthesize(outdir, *, grown=False, bare=False):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "balanced")
    AwsProvider(stack, "aws", region=REGION)
    LocalBackend(stack, path="terraform.tfstate")
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
        ipv6=True,
        flow_logs=None,
    )
    web = Instance(
        stack,
        "web",
        vpc=vpc,
        instance_type="t3.micro",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )
    certificate = AcmCertificate(
        stack, "certificate", domain_name="www.example.com", validation_method="DNS"
    )
    logs = LoadBalancerAccessLogs(bucket=Bucket(stack, "logs"))
    alb = ApplicationLoadBalancer(
        stack,
        "alb",
        vpc=vpc,
        idle_timeout=120,
        client_keep_alive=7200,
        preserve_host_header=True,
        xff_header_processing="preserve",
        xff_client_port=True,
        tls_headers=True,
        zonal_shift=True,
        access_logs=None if bare else logs,
        connection_logs=None if bare else logs,
    )
    https = alb.add_listener("https", certificate_arn=certificate.arn)
    pages = https.add_targets(
        "pages",
        port=8080,
        targets=[web],
        health_check=HealthCheck(path="/health", interval=10, matcher="200,204"),
        stickiness=None if bare else Stickiness(duration=600),
    )
    canary = TargetGroup(stack, "canary", vpc=vpc, port=8080, slow_start=60)
    https.add_rule(
        "canary",
        priority=10,
        conditions=[
            ListenerCondition.path("/beta/*"),
            ListenerCondition.header("X-Team", "web*"),
            ListenerCondition.method("GET", "HEAD"),
        ],
        action=ListenerAction.weighted_forward({pages: 90, canary: 10}, sticky_seconds=60),
    )
    https.add_rule(
        "old",
        priority=20,
        conditions=[
            ListenerCondition.host("old.example.com"),
            ListenerCondition.query({"version": "1"}),
            ListenerCondition.source_ip("10.0.0.0/8"),
        ],
        action=ListenerAction.redirect(host="www.example.com", permanent=False),
    )
    if grown:
        https.add_rule(
            "closed",
            priority=15,
            conditions=[ListenerCondition.path("/closed")],
            action=ListenerAction.fixed_response(503, body="closed"),
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
    group = state["aws_lb_target_group.alb_https_pages"]["arn"]
    [target] = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert target["Target"] == {"Id": state["aws_instance.web"]["id"], "Port": 8080}
    arn = state["aws_lb.alb"]["arn"]
    [balancer] = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    assert balancer["IpAddressType"] == "dualstack"
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    actions = {entry["Port"]: entry["DefaultActions"][0]["Type"] for entry in listeners}
    assert actions == {80: "redirect", 443: "forward"}

    after = synthesize(tmp_path / "after", grown=True)
    changes = deployment.prepare(after[0]).plan()
    assert [(change.address, change.actions) for change in changes] == [
        ("aws_lb_listener_rule.alb_https_closed", ("create",))
    ]

    # logs and stickiness that are taken out of the program are off
    bare = synthesize(tmp_path / "bare", bare=True)
    deployment = Deployment(bare, emulator, tmp_path / "work")
    list(deployment.up())
    assert deployment.prepare(bare[0]).plan() == []
    found = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    found += elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    values = {attribute["Key"]: attribute["Value"] for attribute in found}
    for switch in ("access_logs.s3.enabled", "connection_logs.s3.enabled", "stickiness.enabled"):
        assert values[switch] == "false", switch
    list(deployment.down())
