"""IAM and resource policies as data, written out by Terraform's own `jsonencode`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from terratiers.core.account import account_id, partition, region
from terratiers.core.errors import Faults
from terratiers.core.tokens import STRING_TOKEN, end_of_expression, is_token
from terratiers.core.validation import show

from cdktf import Token
from constructs import Construct

__all__ = [
    "account_administers_key",
    "check_policy_value",
    "deny_plain_http",
    "json_text",
    "log_delivery_statements",
    "policy_document",
]

# `${aws:username}`, `${*}`: IAM's own variables, which are no expressions of Terraform
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
_IAM_VARIABLE = re.compile(r"[A-Za-z0-9.-]+:[^{}]+|[*?$]")


def policy_document(*statements: Mapping[str, Any]) -> str:
    """A policy of the current version (2012-10-17) with `statements`, tokens allowed anywhere.

    `json.dumps` alone would break an expression whose value holds a quote, and cdktf's
    `Fn.jsonencode` escapes expressions that are written out, as those of other tiers are.
    Variables of IAM (`${aws:username}`) stay what they are.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """
    body = {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]}
    return json_text(body)


def json_text(value: Any) -> str:
    """`value` as JSON that Terraform writes, tokens allowed anywhere; see `policy_document`."""
    return f"${{jsonencode({_expression(value)})}}"


def _expression(value: Any) -> str:
    """`value` as an expression of Terraform."""
    if isinstance(value, Mapping):
        pairs = (f"{_template(key)} = {_expression(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, (list, tuple)) and not _is_list_token(value):
        return f"[{', '.join(_expression(item) for item in value)}]"
    if isinstance(value, str):
        return _template(value)
    if is_token(value) or _is_list_token(value):
        # a template that is one expression alone has that expression's type
        return _template(Token.as_string(value))
    return json.dumps(value)


def _is_list_token(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and str(value[0]).startswith("#{TfToken[")


def _template(text: str) -> str:
    """A text as a template of Terraform.

    Every expression gets braces right around it: inside of a longer expression cdktf takes those
    of its own tokens off, but only up to the next closing brace of whatever kind.
    """
    parts = (f"${{{part}}}" if STRING_TOKEN.fullmatch(part) else part for part in _parts(text))
    return f'"{"".join(parts)}"'


def _parts(text: str) -> Iterator[str]:
    """Literals, escaped, and expressions as they are."""
    rest = text
    while rest:
        literal, found, rest = rest.partition("${")
        if literal:
            yield json.dumps(literal, ensure_ascii=False)[1:-1].replace("%{", "%%{")
        if not found:
            return
        end = end_of_expression(rest)
        content, rest = rest[:end], rest[end:]
        written_literally = literal.endswith("$")
        is_variable = _IAM_VARIABLE.fullmatch(content.removesuffix("}"))
        yield ("$${" if is_variable and not written_literally else "${") + content


def check_policy_value(faults: Faults, name: str, value: object) -> None:
    """Notes what a policy cannot hold: everything but texts, numbers, truth values, lists of them
    and mappings with texts as keys."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                faults.add(f"{name}: key {show(key)} is no text: write a string.")
            check_policy_value(faults, name, item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            check_policy_value(faults, name, item)
    elif isinstance(value, float) and not math.isfinite(value):
        faults.add(f"{name}: {value} cannot be written: give a number.")
    elif not isinstance(value, (str, int, float, bool)) and not is_token(value):
        faults.add(
            f"{name}: {show(value)} ({type(value).__name__}) cannot be written in a policy: give "
            "text, a number, True or False, or a list or mapping of them."
        )


def deny_plain_http(bucket_arn: str) -> dict[str, Any]:
    """The statement of a bucket's policy that refuses requests without TLS.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """
    return {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def log_delivery_statements(
    scope: Construct, bucket_arn: str, place: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The statements of a bucket's policy that let CloudWatch Logs deliver other services' logs.

    Args:
        scope: Something of the account and region whose logs are delivered.
        bucket_arn: The bucket's ARN.
        place: The ARN of all that is written: `<bucket>/<prefix>/AWSLogs/<account>/*`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html
    """
    account = account_id(scope)
    own = {"aws:SourceAccount": account}
    source = {"aws:SourceArn": f"arn:{partition(scope)}:logs:{region(scope)}:{account}:*"}
    delivery = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}}
    acl_check = {
        **delivery,
        "Action": "s3:GetBucketAcl",
        "Resource": bucket_arn,
        "Condition": {"StringEquals": own, "ArnLike": source},
    }
    write = {
        **delivery,
        "Action": "s3:PutObject",
        "Resource": place,
        "Condition": {
            "StringEquals": {**own, "s3:x-amz-acl": "bucket-owner-full-control"},
            "ArnLike": source,
        },
    }
    return acl_check, write


def account_administers_key(scope: Construct) -> dict[str, Any]:
    """The statement without which a KMS key could never be administered again.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = f"arn:{partition(scope)}:iam::{account_id(scope)}:root"
    return {
        "Sid": "AccountAdministersKey",
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": "kms:*",
        "Resource": "*",
    }
