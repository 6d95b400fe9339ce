"""Telling values known at synth time from those that only Terraform will know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs import Construct


__all__ = ["STRING_TOKEN", "end_of_expression", "is_token", "same_value", "terraform_expression"]

STRING_TOKEN = re.compile(r"\$\{TfToken\[[^\]]+\]\}")
_QUOTED_OR_BRACE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]')
# cdktf encodes number tokens as doubles below this bound; no AWS argument is as small.
_NUMBER_TOKENS_BELOW = -1e288


def is_token(value: Any) -> bool:
    """Whether `value`, or part of it, is only known to Terraform, so that no value check applies.

    Knows cdktf's string, list and number tokens, objects that resolve later, and Terraform
    expressions written by hand (`"${aws_vpc.main.id}"`; `$${` is a literal and no expression).
    Answers without a call into the jsii kernel, which `Token.is_unresolved` would need.
    """
    if isinstance(value, str):
        return "${" in value.replace("$${", "") or "#{TfToken[" in value
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, (int, float)):
        return value < _NUMBER_TOKENS_BELOW
    if isinstance(value, (list, tuple)):
        return any(is_token(item) for item in value)
    if isinstance(value, dict):
        # of a map that is one token, the key is the token: `&{TfToken[...]}`
        return any(
            is_token(item) or str(key).startswith("&{TfToken[") or is_token(key)
            for key, item in value.items()
        )
    return hasattr(type(value), "resolve") and hasattr(type(value), "__jsii_type__")


def end_of_expression(text: str) -> int:
    """Where the brace that was opened before `text` is closed, braces in quotes left aside."""
    depth = 1
    for match in _QUOTED_OR_BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(text)


def terraform_expression(expression: str) -> str:
    """`expression` as an attribute's value: `terraform_expression("aws_vpc.a.id")`."""
    return f"${{{expression}}}"


def same_value(scope: Construct, one: Any, other: Any) -> bool:
    """Whether two values say the same to Terraform: reading an attribute twice gives two tokens."""
    if one == other:
        return True
    if not is_token(one) or not is_token(other):
        return False
    from cdktf import DefaultTokenResolver, StringConcat, Tokenization

    resolver = DefaultTokenResolver(StringConcat())
    resolved = [
        Tokenization.resolve(value, preparing=False, resolver=resolver, scope=scope)
        for value in (one, other)
    ]
    return bool(resolved[0] == resolved[1])
