"""Which messages of a topic a subscription gets."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_choice, check_mapping, show

__all__ = ["FilterPolicy"]

_ATTRIBUTES = "MessageAttributes"
_BODY = "MessageBody"
_MOST_KEYS = 5
_MOST_COMBINATIONS = 150
_MOST_BYTES = 262_144
_LARGEST = 10**9
_MATCHERS = (
    "prefix",
    "suffix",
    "anything-but",
    "equals-ignore-case",
    "numeric",
    "exists",
    "cidr",
)


@dataclass(frozen=True)
class FilterPolicy:
    """Which messages a subscription gets. Made by `on_attributes` or `on_body`.

    At most five names, 150 combinations of their values, and 256 KB of JSON.
    https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
    """

    conditions: Mapping[str, Any]
    scope: str

    @classmethod
    def on_attributes(cls, conditions: Mapping[str, Any]) -> FilterPolicy:
        """Messages whose attributes have one of the values: `{"store": ["web", "app"]}`.

        A value is a text, a number, True, False or None, or a matcher such as
        `{"prefix": "or"}`, `{"numeric": [">=", 100]}`, `{"exists": False}`.

        Args:
            conditions: Name to a list of values or matchers: `{"kind": ["order"]}`.
        """
        return cls(conditions, _ATTRIBUTES)

    @classmethod
    def on_body(cls, conditions: Mapping[str, Any]) -> FilterPolicy:
        """Messages whose body, a JSON object, has one of the values; names may be nested:
        `{"order": {"store": ["web"]}}`.

        Args:
            conditions: The same, nested like the body.
        """
        return cls(conditions, _BODY)

    def check(self, faults: Faults) -> None:
        """Notes what SNS would refuse."""
        check_choice(faults, "filter_policy: scope", self.scope, (_ATTRIBUTES, _BODY))
        example = '{"kind": ["order"]}'
        policy = check_mapping(faults, "filter_policy", self.conditions, example)
        if policy is None:
            return
        if not policy:
            faults.add("filter_policy is empty: leave it out for all messages.")
        if len(policy) > _MOST_KEYS:
            faults.add(f"filter_policy has {len(policy)} names: SNS allows {_MOST_KEYS}.")
        combinations = self._check_level(faults, policy, 1)
        if combinations > _MOST_COMBINATIONS:
            faults.add(
                f"filter_policy makes {combinations} combinations (the numbers of values, each "
                f"times its depth, multiplied): SNS allows {_MOST_COMBINATIONS}."
            )
        if not faults and len(json.dumps(dict(policy), ensure_ascii=False)) > _MOST_BYTES:
            faults.add(f"filter_policy has more than {_MOST_BYTES} bytes as JSON (SNS).")

    def _check_level(self, faults: Faults, policy: Mapping[Any, Any], depth: int) -> int:
        combinations = 1
        for name, values in policy.items():
            label = f"filter_policy: {show(name)}"
            if not isinstance(name, str) or not name or is_token(name):
                faults.add(f"{label} is no name: write a text.")
            elif isinstance(values, Mapping) and self.scope == _BODY:
                if not values:
                    faults.add(f"{label} is empty: name what has to be in it.")
                combinations *= self._check_level(faults, values, depth + 1)
            elif isinstance(values, Mapping):
                faults.add(f"{label} is nested, which only a body can be: write a list of values.")
            elif not isinstance(values, (list, tuple)) or not values:
                faults.add(f"{label} is {show(values)}: write a list of values, at least one.")
            elif name == "$or":
                combinations *= len(values) * depth
                for branch in values:
                    if isinstance(branch, Mapping) and branch:
                        combinations *= self._check_level(faults, branch, depth + 1)
                    else:
                        faults.add(f"{label} holds {show(branch)}: write mappings.")
            else:
                combinations *= len(values) * depth
                for value in values:
                    _check_value(faults, label, value)
        return combinations


def _check_value(faults: Faults, label: str, value: object) -> None:
    if is_token(value):
        faults.add(f"{label} holds the token {show(value)}: a filter has to be known now.")
    elif isinstance(value, (bool, str)) or value is None:
        return
    elif isinstance(value, (int, float)):
        if not math.isfinite(value) or abs(value) > _LARGEST:
            faults.add(f"{label} holds {value}: SNS compares -1000000000 to 1000000000.")
    elif isinstance(value, Mapping) and len(value) == 1:
        _check_matcher(faults, label, *next(iter(value.items())))
    else:
        faults.add(
            f"{label} holds {show(value)} ({type(value).__name__}): write a text, a number, True, "
            "False, None, or one matcher."
        )


def _check_matcher(faults: Faults, label: str, kind: object, argument: object) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html"""
    if check_choice(faults, f"{label}: matcher", kind, _MATCHERS) is None:
        return
    if kind == "exists":
        if not isinstance(argument, bool):
            faults.add(f"{label}: exists is {show(argument)}: write True or False.")
    elif kind == "numeric":
        if not _is_range(argument):
            faults.add(
                f'{label}: numeric is {show(argument)}: write [">=", 0], or [">", 0, "<=", 100].'
            )
    elif kind == "anything-but":
        items = argument if isinstance(argument, (list, tuple)) else [argument]
        known = all(isinstance(item, (str, int, float)) for item in items) and items
        nested = isinstance(argument, Mapping) and set(argument) <= {"prefix", "suffix"}
        if is_token(argument) or not (known or nested):
            faults.add(f'{label}: anything-but is {show(argument)}: write "a", 1, or ["a", "b"].')
    elif not isinstance(argument, str) or is_token(argument):
        faults.add(f"{label}: {kind} is {show(argument)}: write a text.")


def _is_range(value: object) -> bool:
    """`["=", 1]`, or a lower and an upper bound."""
    if not isinstance(value, (list, tuple)) or len(value) not in (2, 4):
        return False
    signs, numbers = value[::2], value[1::2]
    if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers):
        return False
    if len(value) == 2:
        return signs[0] in ("=", ">", ">=", "<", "<=")
    return signs[0] in (">", ">=") and signs[1] in ("<", "<=") and numbers[0] < numbers[1]
