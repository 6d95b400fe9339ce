"""Closes the gaps of moto 5.2.5 that keep Terraform from converging.

One function for each gap, with its reason; `apply_patches` lists them. A patch is dropped when
moto has mended its gap: tests/local/test_emulator_patches.py fails then.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from terratiers.local.api_patches import apply_api_patches
from terratiers.local.auto_scaling_patches import apply_auto_scaling_patches
from terratiers.local.database_patches import apply_database_patches
from terratiers.local.dns_patches import apply_dns_patches
from terratiers.local.endpoint_service_patches import apply_endpoint_service_patches
from terratiers.local.instance_patches import apply_instance_patches
from terratiers.local.launch_template_patches import apply_launch_template_patches
from terratiers.local.load_balancer_patches import apply_load_balancer_patches
from terratiers.local.messaging_patches import apply_messaging_patches
from terratiers.local.network_patches import apply_network_patches
from terratiers.local.serverless_patches import apply_serverless_patches
from terratiers.local.waf_patches import apply_waf_patches

__all__ = ["MOTO_VERSION", "apply_patches"]

MOTO_VERSION = "5.2.5"


def apply_patches() -> None:
    """Applies every patch to the moto of this process.

    Raises:
        RuntimeError: with another version of moto, whose insides may differ.
    """
    found = version("moto")
    if found != MOTO_VERSION:
        raise RuntimeError(
            f"moto {found} is installed and the emulator needs {MOTO_VERSION}: "
            "pip install 'terratiers[local]'."
        )
    _evaluate_policy_conditions()
    _keep_kms_rotation_period()
    _keep_rule_descriptions()
    _read_policies_of_log_buckets()
    _delete_versions_after_versioning()
    apply_api_patches()
    apply_auto_scaling_patches()
    apply_dns_patches()
    apply_endpoint_service_patches()
    apply_instance_patches()
    apply_launch_template_patches()
    apply_load_balancer_patches()
    apply_database_patches()
    apply_messaging_patches()
    apply_serverless_patches()
    apply_network_patches()
    apply_waf_patches()


def _evaluate_policy_conditions() -> None:
    """A statement whose condition does not hold has no effect.

    moto takes every `Deny` with a `Condition` for a plain `Deny`, so that a TLS-only bucket
    policy locks Terraform out of the state bucket. The emulator speaks plain HTTP in the place of
    TLS: `aws:SecureTransport` is true for every request.
    """
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    stock = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(
        self: Any,
        action: str,
        resource: str = "*",
        principal: str | None = None,
        incoming_condition_values: dict[str, str] | None = None,
    ) -> Any:
        condition = self._statement.get("Condition")
        if not condition or incoming_condition_values is not None:
            return stock(self, action, resource, principal, incoming_condition_values)
        if not condition_holds(condition, _request_context()):
            return PermissionResult.NEUTRAL
        statement = {key: value for key, value in self._statement.items() if key != "Condition"}
        return stock(IAMPolicyStatement(statement), action, resource, principal)

    IAMPolicyStatement.is_action_permitted = is_action_permitted


def _request_context() -> dict[str, str]:
    """The condition keys that the emulator knows of the request that it is answering."""
    from flask import has_request_context, request

    context = {"aws:securetransport": "true"}
    if has_request_context():
        for name, value in request.headers.items():
            if name.lower().startswith("x-amz-"):
                context[f"s3:{name.lower()}"] = value
    return context


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "Bool": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringLike": fnmatch.fnmatchcase,
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
}


def condition_holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Whether all of a policy's conditions hold for a request.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return all(
        _operator_holds(operator, context.get(key.lower()), wanted)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _operator_holds(operator: str, actual: str | None, wanted: Any) -> bool:
    values = [str(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
    if operator == "Null":
        return (actual is None) == (values[0].lower() == "true")
    if operator.endswith("IfExists"):
        if actual is None:
            return True
        operator = operator.removesuffix("IfExists")
    negated = "Not" in operator
    compare = _COMPARISONS.get(operator.replace("Not", ""))
    if compare is None:
        return False
    if actual is None:
        return negated
    return any(compare(actual, value) for value in values) != negated


def _keep_kms_rotation_period() -> None:
    """KMS answers with the rotation period: without it, each plan would set it again.

    Seen with `aws_kms_key` and `rotation_period_in_days`.
    """
    import json

    from moto.kms.responses import KmsResponse

    stock_enable, stock_status = (
        KmsResponse.enable_key_rotation,
        KmsResponse.get_key_rotation_status,
    )

    def key_of(self: Any) -> Any:
        key_id = self._get_param("KeyId").split("/")[-1]
        return self.kms_backend.keys[self.kms_backend.get_key_id(key_id)]

    def enable_key_rotation(self: Any) -> Any:
        answer = stock_enable(self)
        key_of(self).rotation_period = self._get_param("RotationPeriodInDays") or 365
        return answer

    def get_key_rotation_status(self: Any) -> Any:
        answer = stock_status(self)
        body = json.loads(answer) if isinstance(answer, str) else answer.result
        if body.get("KeyRotationEnabled"):
            body["RotationPeriodInDays"] = getattr(key_of(self), "rotation_period", 365)
        return json.dumps(body) if isinstance(answer, str) else answer

    KmsResponse.enable_key_rotation = enable_key_rotation
    KmsResponse.get_key_rotation_status = get_key_rotation_status


def _keep_rule_descriptions() -> None:
    """A rule that names a group or a prefix list keeps its description.

    moto keeps that of address blocks only, so that each plan would add the others again. Seen
    with `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`.
    """
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.ec2.responses.security_groups import SecurityGroups

    def description(rule: Any) -> Any:
        return rule.ip_range.get("Description") or getattr(rule, "kept_description", None)

    def keep(stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def authorize(self: Any) -> Any:
            answer = stock(self)
            for permission in self._get_param("IpPermissions", []):
                for other in (
                    *permission.get("UserIdGroupPairs", []),
                    *permission.get("PrefixListIds", []),
                ):
                    for rule in answer.result["SecurityGroupRules"]:
                        rule.kept_description = other.get("Description")
            return answer

        return authorize

    SecurityGroupRule.description = property(description)
    for direction in ("ingress", "egress"):
        name = f"authorize_security_group_{direction}"
        setattr(SecurityGroups, name, keep(getattr(SecurityGroups, name)))


def _read_policies_of_log_buckets() -> None:
    """A bucket takes access logs although its policy speaks of everybody, as TLS-only ones do.

    moto fails on any `Principal` that is not a mapping. Seen with `aws_s3_bucket_logging`.
    """
    import json
    from types import SimpleNamespace

    from moto.s3.models import FakeBucket

    stock = FakeBucket._log_permissions_enabled_policy

    def permitted(target_bucket: Any, target_prefix: str | None) -> Any:
        if not target_bucket.policy:
            return stock(target_bucket, target_prefix)
        statements = json.loads(target_bucket.policy.decode())["Statement"]
        readable = [
            {**statement, "Principal": {"Service": service}}
            for statement in statements
            if isinstance(statement.get("Principal"), dict)
            for service in _listed(statement["Principal"].get("Service", []))
        ]
        policy = json.dumps({"Statement": readable}).encode()
        readable_bucket = SimpleNamespace(
            policy=policy, name=target_bucket.name, partition=target_bucket.partition
        )
        return stock(readable_bucket, target_prefix)

    FakeBucket._log_permissions_enabled_policy = staticmethod(permitted)


def _delete_versions_after_versioning() -> None:
    """A version is deleted by its id in a bucket whose versioning is suspended, too.

    moto then deletes all versions of the key at once, and fails where one of them is a delete
    marker. Terraform suspends the versioning of a bucket before it destroys it with its objects,
    and the lock files of states leave such markers: `cdktf destroy state` never ended.
    """
    from moto.s3.models import S3Backend

    stock = S3Backend.delete_object

    def delete_object(
        self: Any,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,
    ) -> Any:
        bucket = self.get_bucket(bucket_name)
        if version_id is None or getattr(bucket, "versioning_status", None) != "Suspended":
            return stock(self, bucket_name, key_name, version_id, bypass)
        bucket.versioning_status = "Enabled"
        try:
            return stock(self, bucket_name, key_name, version_id, bypass)
        finally:
            bucket.versioning_status = "Suspended"

    S3Backend.delete_object = delete_object


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
