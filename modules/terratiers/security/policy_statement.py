"""Statements of IAM policies, checked before Terraform sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.policy import check_policy_value
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_choice,
    check_mapping,
    check_sequence,
    check_string,
    show,
)

from constructs import Construct

__all__ = [
    "WILDCARD_ACTION",
    "WILDCARD_RESOURCE",
    "PolicyStatement",
    "check_conditions",
    "check_statements",
    "policy_size",
    "warn_of_wildcards",
]

WILDCARD_ACTION = "iam-wildcard-action"
WILDCARD_RESOURCE = "iam-wildcard-resource"
_ACTION = r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+"
_RESOURCE = r"\*|arn:[a-z*-]*(:[^:\s]*){3}:\S+"
_EVERY_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:[:*/]*\*")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATOR = (
    r"((ForAllValues|ForAnyValue):)?"
    r"(String(Not)?(Equals|Like)|String(Not)?EqualsIgnoreCase|Numeric(Not)?Equals"
    r"|(Numeric|Date)(Less|Greater)Than(Equals)?|Date(Not)?Equals|Bool|BinaryEquals"
    r"|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?"
)


@dataclass(frozen=True, kw_only=True)
class PolicyStatement:
    """What is allowed (or denied) on which resources.

    Args:
        actions: `service:Action` each, like `s3:GetObject`. One with a `*` warns
            (`iam-wildcard-action`).
        resources: ARNs. `*` alone, or an ARN that means every resource of a service, warns
            (`iam-wildcard-resource`).
        effect: `Allow` or `Deny`. Default: Allow.
        conditions: Operator to (key to value or values). Default: none.
        sid: A name for the statement, letters and digits. Default: none.

    The values are checked by the construct that the statement is given to.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """

    actions: Sequence[str]
    resources: Sequence[str]
    effect: str = "Allow"
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sid: str | None = None

    def check(self, faults: Faults) -> None:
        """Notes what IAM would refuse."""
        for name, values, pattern, rule in (
            ("actions", self.actions, _ACTION, "write service:Action, like s3:GetObject."),
            ("resources", self.resources, _RESOURCE, 'write an ARN, or "*".'),
        ):
            items = check_sequence(faults, f"statement {name}", values, '["..."]')
            if items is not None and not items:
                faults.add(f"statement {name} is empty: name at least one.")
            for item in items or ():
                check_string(faults, f"statement {name}:", item, pattern, rule)
        check_choice(faults, "statement effect", self.effect, ("Allow", "Deny"))
        check_conditions(faults, self.conditions)
        if self.sid is not None:
            rule = "IAM takes letters and digits."
            check_string(faults, "statement sid", self.sid, r"[A-Za-z0-9]{1,64}", rule)

    def to_dict(self) -> dict[str, Any]:
        """The statement as IAM reads it; lists of one are written as lists too."""
        body: dict[str, Any] = {"Sid": self.sid} if self.sid else {}
        body |= {
            "Effect": self.effect,
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            body["Condition"] = {key: dict(value) for key, value in self.conditions.items()}
        return body


def check_conditions(faults: Faults, conditions: object) -> None:
    """Notes condition operators that IAM does not know and conditions without keys."""
    example = '{"StringEquals": {"aws:PrincipalTag/team": "web"}}'
    for operator, keys in (check_mapping(faults, "conditions", conditions, example) or {}).items():
        rule = "write an operator of IAM, like StringEquals or ArnLike."
        check_string(faults, "conditions: operator", operator, _OPERATOR, rule, tokens=False)
        found = check_mapping(faults, f"conditions: {operator}", keys, '{"key": "value"}')
        if found is not None and not found:
            faults.add(f"conditions: {operator} names no key: it would mean nothing.")
        for key, value in (found or {}).items():
            rule = "write a key like aws:SourceArn, without blanks."
            check_string(faults, "conditions: key", key, r"\S+", rule)
            check_policy_value(faults, f"conditions: {operator} {key}", value)
            if isinstance(value, Mapping):
                faults.add(f"conditions: {operator} {key} is a mapping: write a value or a list.")
            elif isinstance(value, (list, tuple)) and not value:
                faults.add(f"conditions: {operator} {key} has no value: it would mean nothing.")


def check_statements(faults: Faults, name: str, value: object) -> tuple[PolicyStatement, ...]:
    """A list of statements, at least one."""
    items = check_sequence(faults, name, value, "[PolicyStatement(...)]")
    if items is not None and not items:
        faults.add(f"{name} is empty: give at least one PolicyStatement.")
    for item in items or ():
        if isinstance(item, PolicyStatement):
            item.check(faults)
        else:
            faults.add(f"{name} holds {item!r}: write PolicyStatement(actions=..., resources=...).")
    statements = tuple(item for item in items or () if isinstance(item, PolicyStatement))
    sids = [statement.sid for statement in statements if statement.sid is not None]
    for sid in sids:
        if sids.count(sid) > 1:
            faults.add(f"{name}: sid {show(sid)} is there twice: IAM wants each once in a policy.")
    return statements


def policy_size(statements: Iterable[PolicyStatement]) -> int:
    """The characters of the statements as IAM counts them: without blanks between them."""
    bodies = [statement.to_dict() for statement in statements]
    return len(json.dumps(bodies, separators=(",", ":"), default=str))


def warn_of_wildcards(scope: Construct, statements: Iterable[PolicyStatement]) -> None:
    """Warns of each statement that allows more than what it names."""
    for statement in statements:
        if statement.effect != "Allow":
            continue
        for action in statement.actions:
            if "*" in action and not is_token(action):
                warn(scope, WILDCARD_ACTION, f"{action} allows every action that it matches.")
        for resource in statement.resources:
            if not is_token(resource) and _EVERY_RESOURCE.fullmatch(resource):
                actions = ", ".join(statement.actions)
                warn(scope, WILDCARD_RESOURCE, f"{actions} is allowed on every resource.")
