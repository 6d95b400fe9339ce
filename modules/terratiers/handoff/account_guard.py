"""Binds a tier to one AWS account where the program did not name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terratiers.handoff.variables import declare

__all__ = ["ACCOUNT_ID", "guard_account"]

ACCOUNT_ID = "aws_account_id"
_GUARD = f"${{var.{ACCOUNT_ID} == null ? null : [var.{ACCOUNT_ID}]}}"
# A provider with one of these reaches an account of its own choice, or is bound already.
_ELSEWHERE = frozenset(
    {
        "allowed_account_ids",
        "forbidden_account_ids",
        "assume_role",
        "assume_role_with_web_identity",
        "profile",
        "access_key",
    }
)


def guard_account(tier: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the variable `aws_account_id`, which its providers are bound to.

    Set to an account's id, Terraform refuses to touch any other account; by default it is not
    checked. A provider that is bound to an account, or that takes a role or profile of its own,
    stays as it is; so does a configuration without any other AWS provider.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs#allowed_account_ids-1

    Raises:
        HandoffError: when the tier has a variable of that name already.
    """
    found = config.get("provider", {}).get("aws", [])
    providers = found if isinstance(found, list) else [found]
    guarded = [
        provider if _ELSEWHERE & provider.keys() else {**provider, "allowed_account_ids": _GUARD}
        for provider in providers
    ]
    if guarded == providers:
        return dict(config)
    variable = {
        "type": "string",
        "default": None,
        "description": "Id of the AWS account that Terraform may touch; null does not check it",
    }
    bound = {**config, "provider": {**config["provider"], "aws": guarded}}
    return declare(tier, bound, {ACCOUNT_ID: variable})
