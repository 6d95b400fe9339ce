"""The small architecture in AWS CDK's constructs: `main.py COPIES`."""

from __future__ import annotations

import sys

from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

app = App()
stack = Stack(app, "shop")
for n in range(int(sys.argv[1])):
    vpc = ec2.Vpc(
        stack,
        f"vpc-{n}",
        ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
        max_azs=2,
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC),
            ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        ],
    )
    group = ec2.SecurityGroup(stack, f"group-{n}", vpc=vpc, description="of the function")
    group.add_ingress_rule(ec2.Peer.ipv4("10.0.0.0/16"), ec2.Port.tcp(443))
    bucket = s3.Bucket(
        stack, f"bucket-{n}", block_public_access=s3.BlockPublicAccess.BLOCK_ALL, versioned=True
    )
    lambda_.Function(
        stack,
        f"function-{n}",
        code=lambda_.Code.from_bucket(bucket, "code.zip", "1"),
        handler="handler.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        environment={"BUCKET": bucket.bucket_name},
        log_group=logs.LogGroup(stack, f"logs-{n}"),
    )
app.synth()
