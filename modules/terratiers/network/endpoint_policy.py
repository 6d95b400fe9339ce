"""Endpoint policies: who may do what through an endpoint."""

from __future__ import annotations

from typing import Any

from terratiers.core.account import account_id
from terratiers.core.errors import Faults
from terratiers.core.validation import check_mapping, check_sequence, show

from constructs import Construct

__all__ = ["check_policy", "own_principals"]


def own_principals(scope: Construct, action: str) -> dict[str, Any]:
    """Whoever belongs to this account, and nobody else."""
    return {
        "Sid": "PrincipalsOfThisAccount",
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account_id(scope)}},
    }


def check_policy(faults: Faults, policy: object) -> None:
    if policy is None:
        return
    items = check_sequence(faults, "policy", policy, '[{"Effect": "Allow", ...}]')
    if items is not None and not items:
        faults.add("policy is empty: nothing could pass; leave it out for the default.")
    for item in items or ():
        statement = check_mapping(faults, "policy statement", item, '{"Effect": "Allow", ...}')
        if statement is None:
            continue
        for key in ("Effect", "Principal", "Action", "Resource"):
            if key not in statement and f"Not{key}" not in statement:
                faults.add(f"policy statement {show(dict(statement))} has no {key}: add it.")
        if statement.get("Effect", "Allow") not in ("Allow", "Deny"):
            faults.add(
                f"policy statement: Effect {show(statement['Effect'])} is not Allow or Deny."
            )
