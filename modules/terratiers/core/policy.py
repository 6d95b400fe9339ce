"""IAM and resource policies as data, written out by Terraform's own `jsonencode`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terratiers.core.account import account_id, partition

from cdktf import Fn
from constructs import Construct

__all__ = ["account_administers_key", "policy_document"]


def policy_document(*statements: Mapping[str, Any]) -> str:
    """A policy of the current version (2012-10-17) with `statements`, tokens allowed anywhere.

    `json.dumps` would break a token's text and `Fn.jsonencode` keeps it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """
    body = {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]}
    return str(Fn.jsonencode(body))


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
