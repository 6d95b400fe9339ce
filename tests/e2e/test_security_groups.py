"""Row B1: groups and their rules apply, plan clean, and a rule more is an addition."""

from __future__ import annotations

from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.network import GatewayVpcEndpoint, SubnetGroup, Vpc
from terratiers.security import Peer, Port, SecurityGroup

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider


def synthesize(outdir, *, ssh=False):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "groups")
    AwsProvider(stack, "aws", region="eu-central-1")
    LocalBackend(stack, path="terraform.tfstate")
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=["eu-central-1a"],
        subnet_groups=[SubnetGroup.private()],
        flow_logs=None,
    )
    s3 = GatewayVpcEndpoint(stack, "s3", vpc=vpc, service="s3")
    alb = SecurityGroup(stack, "alb", vpc=vpc, description="load balancer")
    web = SecurityGroup(stack, "web", vpc=vpc, description="web servers")
    if ssh:
        web.connections.allow_from(Peer.ipv4("192.0.2.0/24"), Port.tcp(22), "the office")
    alb.connections.allow_from_any_ipv4(Port.tcp(443), "visitors")
    web.connections.allow_from(alb, Port.tcp(80), "requests from the load balancer")
    web.connections.allow_to(Peer.prefix_list(s3.prefix_list_id, name="s3"), Port.tcp(443), "S3")
    web.connections.allow_internally(Port.ping(), "ping")
    app.synth()
    return read_synthesis(outdir)


def test_groups_apply_and_grow(emulator, tmp_path):
    before = synthesize(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    assert deployment.prepare(before[0]).plan() == []

    after = synthesize(tmp_path / "after", ssh=True)
    changes = deployment.prepare(after[0]).plan()
    assert [(change.address, change.actions) for change in changes] == [
        (
            "aws_vpc_security_group_ingress_rule.web_from_192_0_2_0_24_tcp_22",
            ("create",),
        )
    ]
    list(Deployment(after, emulator, tmp_path / "work").down())
