"""What a test may expect of a resource: checked, since cdktf's matchers misread a good deal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from terratiers.testing.differences import ABSENT

__all__ = ["check_props", "without_absent"]


def check_props(props: Any, path: str = "props") -> None:
    """Refuses what cdktf's matchers take for something else, or crash on.

    Args:
        props: The expected properties.
        path: The argument's name, for the message.

    Raises:
        TypeError: with the path of the value at fault and what to write instead.
    """
    if not isinstance(props, Mapping):
        raise TypeError(f"{path} is {props!r}: write a dict of attributes.")
    _check(props, path)


def _check(value: Any, path: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{path} has the key {key!r}: JSON has text for keys.")
            _check(inner, f"{path}[{key!r}]")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if inner is ABSENT:
                raise TypeError(f"{path}[{index}] is ABSENT: leave the item out of the list.")
            _check(inner, f"{path}[{index}]")
    elif value is None:
        raise TypeError(
            f"{path} is None, which cdktf's matcher takes for anything: "
            "write ABSENT for an attribute that must not be there, or leave it out."
        )
    elif isinstance(value, (tuple, set, frozenset)):
        raise TypeError(f"{path} is a {type(value).__name__}: write a list.")
    elif _is_token(value):
        raise TypeError(
            f"{path} is a token: write what it becomes, such as '${{aws_vpc.main.id}}'."
        )
    elif value is not ABSENT and not isinstance(value, (str, bool, int, float)):
        raise TypeError(
            f"{path} is a {type(value).__name__}: write it as the Terraform JSON has it, "
            "with dicts, lists, text, numbers and booleans."
        )
    elif isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{path} is {value}: JSON has no such number.")


def _is_token(value: Any) -> bool:
    """Whether cdktf encoded a reference in it: text has a marker, numbers are about -1e289.

    Lists of tokens hold marked text.
    """
    if isinstance(value, str):
        return "{TfToken[" in value
    return isinstance(value, float) and -1e300 < value < -1e280


def without_absent(props: Any) -> Any:
    """`props` as cdktf's matchers take it: without the attributes that must not be there."""
    if isinstance(props, Mapping):
        return {key: without_absent(value) for key, value in props.items() if value is not ABSENT}
    if isinstance(props, list):
        return [without_absent(item) for item in props]
    return props
