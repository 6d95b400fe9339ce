"""IAM and resource policies as data, written out by Terraform's own `jsonencode`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdktf import Fn

__all__ = ["policy_document"]


def policy_document(*statements: Mapping[str, Any]) -> str:
    """A policy of the current version (2012-10-17) with `statements`, tokens allowed anywhere.

    `json.dumps` would break a token's text and `Fn.jsonencode` keeps it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """
    body = {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]}
    return str(Fn.jsonencode(body))
