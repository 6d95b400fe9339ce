"""The floor: the small architecture as a dictionary, written with json.dumps."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

copies = int(sys.argv[1])
resources: dict[str, dict[str, object]] = {}


def add(kind: str, name: str, /, **body: object) -> None:
    resources.setdefault(f"aws_{kind}", {})[name] = body


for number in range(copies):
    n = f"{number}"
    tags = {"Project": "shop", "Environment": "dev", "Name": f"shop-{n}"}
    vpc = f"${{aws_vpc.vpc-{n}.id}}"
    add(
        "vpc",
        f"vpc-{n}",
        cidr_block="10.0.0.0/16",
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=tags,
    )
    add("internet_gateway", f"gateway-{n}", vpc_id=vpc, tags=tags)
    add("route_table", f"public-{n}", vpc_id=vpc, tags=tags)
    add(
        "route",
        f"internet-{n}",
        route_table_id=f"${{aws_route_table.public-{n}.id}}",
        destination_cidr_block="0.0.0.0/0",
        gateway_id=f"${{aws_internet_gateway.gateway-{n}.id}}",
    )
    for index, (group, zone) in enumerate(
        [("public", "a"), ("public", "b"), ("private", "a"), ("private", "b")]
    ):
        subnet = f"{group}-{zone}-{n}"
        add(
            "subnet",
            subnet,
            vpc_id=vpc,
            cidr_block=f"10.0.{index}.0/24",
            availability_zone=f"eu-central-1{zone}",
            tags=tags,
        )
        if group == "public":
            add(
                "route_table_association",
                f"association-{zone}-{n}",
                subnet_id=f"${{aws_subnet.{subnet}.id}}",
                route_table_id=f"${{aws_route_table.public-{n}.id}}",
            )
    add("security_group", f"group-{n}", description="of the function", vpc_id=vpc, tags=tags)
    group_id = f"${{aws_security_group.group-{n}.id}}"
    add(
        "vpc_security_group_ingress_rule",
        f"in-{n}",
        security_group_id=group_id,
        cidr_ipv4="10.0.0.0/16",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
    )
    add(
        "vpc_security_group_egress_rule",
        f"out-{n}",
        security_group_id=group_id,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="-1",
    )
    add("s3_bucket", f"bucket-{n}", bucket=f"shop-dev-{n}", tags=tags)
    add(
        "s3_bucket_public_access_block",
        f"block-{n}",
        bucket=f"${{aws_s3_bucket.bucket-{n}.id}}",
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    assume = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ],
    }
    add(
        "iam_role",
        f"role-{n}",
        name=f"shop-dev-{n}",
        assume_role_policy=json.dumps(assume, separators=(",", ":")),
        tags=tags,
    )
    add(
        "iam_role_policy_attachment",
        f"logs-{n}",
        role=f"${{aws_iam_role.role-{n}.name}}",
        policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )
    add("cloudwatch_log_group", f"log-{n}", name=f"/aws/lambda/shop-dev-{n}", retention_in_days=30)
    add(
        "lambda_function",
        f"function-{n}",
        function_name=f"shop-dev-{n}",
        role=f"${{aws_iam_role.role-{n}.arn}}",
        handler="handler.handler",
        runtime="python3.13",
        s3_bucket=f"${{aws_s3_bucket.bucket-{n}.id}}",
        s3_key="code.zip",
        memory_size=256,
        timeout=10,
        environment={"variables": {"BUCKET": f"${{aws_s3_bucket.bucket-{n}.bucket}}"}},
        depends_on=[f"aws_cloudwatch_log_group.log-{n}"],
    )

config = {
    "terraform": {
        "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
        "backend": {"local": {"path": "terraform.tfstate"}},
    },
    "provider": {"aws": [{"region": "eu-central-1"}]},
    "resource": resources,
}
folder = Path(os.environ["CDKTF_OUTDIR"]) / "stacks" / "shop-0"
folder.mkdir(parents=True)
(folder / "cdk.tf.json").write_text(json.dumps(config, indent=2, sort_keys=True), encoding="utf-8")
