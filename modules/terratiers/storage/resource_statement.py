"""Statements of the policies that buckets, queues and topics have themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.policy import check_policy_value
from terratiers.core.validation import check_choice, show

__all__ = ["check_resource_statement"]


def check_resource_statement(
    faults: Faults, statement: object, known: Sequence[Mapping[str, Any]], reason: str
) -> None:
    """Notes what such a policy cannot hold beside the statements `known`, and what allows everybody
    without any condition, with the `reason` why not."""
    if not isinstance(statement, Mapping):
        faults.add(f"statement is {show(statement)}: write a mapping, {{'Effect': 'Allow', ...}}.")
        return
    check_policy_value(faults, "statement", statement)
    for key in ("Effect", "Principal", "Action", "Resource"):
        if key not in statement and f"Not{key}" not in statement:
            faults.add(f"statement {show(dict(statement))} has no {key}: add it.")
    check_choice(faults, "statement: Effect", statement.get("Effect"), ("Allow", "Deny"))
    sid = statement.get("Sid")
    if sid and sid in [other.get("Sid") for other in known if other != statement]:
        faults.add(f"statement: Sid {show(sid)} is taken: each once in a policy.")
    principal = statement.get("Principal")
    named = principal.get("AWS", []) if isinstance(principal, Mapping) else principal
    everybody = named == "*" or (isinstance(named, (list, tuple)) and "*" in named)
    if everybody and statement.get("Effect") == "Allow" and not statement.get("Condition"):
        faults.add(
            f"statement allows everybody without a condition, {reason}: name principals, or a "
            "condition such as aws:SourceVpce."
        )
