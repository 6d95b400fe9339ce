"""Row B2 and the VPC's options that main.py leaves off, all together: IPv6 with a NAT gateway, a
secondary block, flow logs to S3, ICMP rules of a network ACL."""

from __future__ import annotations

from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.network import AclRule, FlowLogs, NatGateways, NetworkAcl, SubnetGroup, Vpc
from terratiers.storage import Bucket

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider


def test_every_option_applies_and_plans_clean(emulator, tmp_path):
    app = App(outdir=str(tmp_path / "out"))
    stack = TerraformStack(app, "options")
    AwsProvider(stack, "aws", region="eu-central-1")
    LocalBackend(stack, path="terraform.tfstate")
    flows = Bucket(stack, "flows", bucket_name="options-flow-logs")
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=["eu-central-1a"],
        subnet_groups=[
            SubnetGroup.public(),
            SubnetGroup.private(),
            SubnetGroup.isolated(),
        ],
        nat_gateways=NatGateways.ONE,
        ipv6=True,
        flow_logs=FlowLogs.to_s3("arn:aws:s3:::options-flow-logs"),
    )
    assert vpc.flow_log is not None
    vpc.flow_log.depends_on = ["aws_s3_bucket_policy.flows"]
    Vpc(
        stack,
        "wide",
        availability_zones=["eu-central-1a"],
        subnet_groups=[
            SubnetGroup.private(),
            SubnetGroup(name="big", type="isolated", cidr_block="100.64.0.0/17"),
        ],
        secondary_cidr_blocks=["100.64.0.0/16"],
        flow_logs=None,
    )
    NetworkAcl(
        stack,
        "acl",
        vpc=vpc,
        subnet_group="isolated",
        rules=[
            AclRule(
                name="ping",
                number=100,
                direction="ingress",
                cidr_block="10.0.0.0/16",
                protocol="icmp",
            ),
            AclRule(
                name="web",
                number=110,
                direction="egress",
                cidr_block="::/0",
                protocol="tcp",
                ports=443,
            ),
        ],
    )
    assert flows.bucket_name
    app.synth()
    tiers = read_synthesis(tmp_path / "out")
    deployment = Deployment(tiers, emulator, tmp_path / "work")
    list(deployment.up())
    assert deployment.prepare(tiers[0]).plan() == []
    list(deployment.down())
