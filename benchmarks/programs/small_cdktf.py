"""The small architecture in cdktf's bindings: `small_cdktf.py COPIES [STACKS] [--fast]`.

Each stack has COPIES / STACKS of it, 19 resources each. With --fast Terratiers arranges how the
bindings are loaded; without, nothing of Terratiers is imported.
"""

from __future__ import annotations

import json
import sys

if "--fast" in sys.argv:
    import terratiers  # noqa: F401

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction, LambdaFunctionEnvironment
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}
SUBNETS = [("public", "a"), ("public", "b"), ("private", "a"), ("private", "b")]


def add(stack: TerraformStack, n: int) -> None:
    tags = {"Project": "shop", "Environment": "dev", "Name": f"shop-{n}"}
    vpc = Vpc(
        stack,
        f"vpc-{n}",
        cidr_block="10.0.0.0/16",
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=tags,
    )
    gateway = InternetGateway(stack, f"gateway-{n}", vpc_id=vpc.id, tags=tags)
    table = RouteTable(stack, f"public-{n}", vpc_id=vpc.id, tags=tags)
    Route(
        stack,
        f"internet-{n}",
        route_table_id=table.id,
        destination_cidr_block="0.0.0.0/0",
        gateway_id=gateway.id,
    )
    for index, (group, zone) in enumerate(SUBNETS):
        subnet = Subnet(
            stack,
            f"{group}-{zone}-{n}",
            vpc_id=vpc.id,
            cidr_block=f"10.0.{index}.0/24",
            availability_zone=f"eu-central-1{zone}",
            tags=tags,
        )
        if group == "public":
            RouteTableAssociation(
                stack, f"association-{zone}-{n}", subnet_id=subnet.id, route_table_id=table.id
            )
    security_group = SecurityGroup(
        stack, f"group-{n}", description="of the function", vpc_id=vpc.id, tags=tags
    )
    VpcSecurityGroupIngressRule(
        stack,
        f"in-{n}",
        security_group_id=security_group.id,
        cidr_ipv4="10.0.0.0/16",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
    )
    VpcSecurityGroupEgressRule(
        stack,
        f"out-{n}",
        security_group_id=security_group.id,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="-1",
    )
    bucket = S3Bucket(stack, f"bucket-{n}", bucket=f"shop-dev-{n}", tags=tags)
    S3BucketPublicAccessBlock(
        stack,
        f"block-{n}",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    role = IamRole(
        stack,
        f"role-{n}",
        name=f"shop-dev-{n}",
        assume_role_policy=json.dumps(ASSUME, separators=(",", ":")),
        tags=tags,
    )
    IamRolePolicyAttachment(
        stack,
        f"logs-{n}",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )
    logs = CloudwatchLogGroup(
        stack, f"log-{n}", name=f"/aws/lambda/shop-dev-{n}", retention_in_days=30
    )
    LambdaFunction(
        stack,
        f"function-{n}",
        function_name=f"shop-dev-{n}",
        role=role.arn,
        handler="handler.handler",
        runtime="python3.13",
        s3_bucket=bucket.id,
        s3_key="code.zip",
        memory_size=256,
        timeout=10,
        environment=LambdaFunctionEnvironment(variables={"BUCKET": bucket.bucket}),
        depends_on=[logs],
    )


numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
copies, stacks = (*numbers, 1)[:2]
app = App()
for index in range(stacks):
    stack = TerraformStack(app, f"shop-{index}")
    AwsProvider(stack, "aws", region="eu-central-1")
    LocalBackend(stack, path="terraform.tfstate")
    for number in range(index, copies, stacks):
        add(stack, number)
app.synth()
