"""A program of 60 and more resource types in three stacks; run by test_provider_loader.py.

The first argument is where to write, the second whether terratiers is imported.
"""

import json
import sys

if sys.argv[2] == "terratiers":
    import terratiers

    assert terratiers

import importlib
import os
import typing

import psutil

node_options = os.environ.get("NODE_OPTIONS")
from cdktf import App, LocalBackend, TerraformStack, Token  # noqa: E402
from cdktf_cdktf_provider_aws.provider import AwsProvider  # noqa: E402

TYPES = [
    "accessanalyzer_analyzer",
    "acm_certificate",
    "ami_from_instance",
    "api_gateway_rest_api",
    "apigatewayv2_api",
    "appconfig_application",
    "athena_database",
    "autoscaling_group",
    "backup_vault",
    "cloudfront_origin_access_identity",
    "cloudtrail",
    "cloudwatch_dashboard",
    "cloudwatch_log_group",
    "cloudwatch_metric_alarm",
    "codebuild_webhook",
    "cognito_user_pool",
    "db_subnet_group",
    "default_security_group",
    "dynamodb_table",
    "ebs_volume",
    "ec2_host",
    "ec2_tag",
    "ecr_repository",
    "ecs_cluster",
    "efs_file_system",
    "eip",
    "elasticache_subnet_group",
    "elb",
    "eks_addon",
    "flow_log",
    "glue_catalog_database",
    "iam_group",
    "iam_instance_profile",
    "iam_policy",
    "iam_role",
    "iam_user",
    "instance",
    "internet_gateway",
    "kinesis_stream",
    "kms_alias",
    "kms_key",
    "lambda_function",
    "lambda_permission",
    "launch_template",
    "lb",
    "lb_listener",
    "lb_target_group",
    "nat_gateway",
    "network_acl",
    "network_acl_rule",
    "route",
    "route53_record",
    "route53_zone",
    "route_table",
    "s3_bucket",
    "s3_bucket_policy",
    "secretsmanager_secret",
    "security_group",
    "sns_topic",
    "sns_topic_subscription",
    "sqs_queue",
    "ssm_parameter",
    "subnet",
    "vpc",
    "vpc_endpoint",
    "xray_group",
]


def fitting(hint):
    """A value that fits a required argument of a resource, by its annotation."""
    text = str(hint)
    if hint is str:
        return "x"
    if "Sequence[str]" in text:
        return ["x"]
    if "Mapping[str, str]" in text:
        return {"x": "y"}
    if "Sequence[" in text:
        return []
    return 1 if "int" in text else True if "bool" in text else {}


def make(stack, type):
    module = importlib.import_module(f"cdktf_cdktf_provider_aws.{type}")
    kind = next(
        c
        for c in vars(module).values()
        if getattr(c, "TF_RESOURCE_TYPE", None) == f"aws_{type}"
        or getattr(c, "tfResourceType", None) == f"aws_{type}"
    )
    hints = typing.get_type_hints(kind.__init__)
    defaults = kind.__init__.__kwdefaults__ or {}
    required = {
        n: fitting(h)
        for n, h in hints.items()
        if n not in defaults and n not in ("scope", "id", "id_", "return")
    }
    return kind(stack, type, **required)


app = App(outdir=sys.argv[1])
made = []
for number in range(3):
    stack = TerraformStack(app, f"stack{number}")
    LocalBackend(stack, path="terraform.tfstate")
    AwsProvider(stack, "aws", region="eu-central-1")
    for type in TYPES[number::3]:
        made.append(make(stack, type))

certificate = next(m for m in made if m.__class__.__name__ == "AcmCertificate")
app.synth()
found = app.node.find_child("stack0").node.children
print(
    json.dumps(
        {
            "types": len({m.__class__ for m in made}),
            "modules": len([m for m in sys.modules if m.startswith("cdktf_cdktf_provider_aws.")]),
            "node_bytes": sum(
                p.memory_info().rss for p in psutil.Process().children(recursive=True)
            ),
            "node_options_kept": os.environ.get("NODE_OPTIONS") == node_options,
            "returned": certificate.domain_validation_options.__class__.__name__,
            "children": len(found),
        }
    )
)
assert Token
