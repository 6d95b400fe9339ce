"""Where a resource's body is not as expected, path by path."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

__all__ = ["ABSENT", "Absent", "Difference", "differences"]

_LONGEST = 100  # characters of a value that a line shows


class Absent:
    """Nothing is there: what is expected of an attribute, or what was found of it."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()
"""What `Template` takes for "must not be there"; None would match anything."""


@dataclass(frozen=True)
class Difference:
    """One place where a body is not as expected; its text is one line of a report.

    >>> str(Difference("ingress[0].from_port", 80, 443))
    'ingress[0].from_port: expected 80, found 443'

    Args:
        path: The place, empty for the whole body.
        expected: What should be there; `ABSENT` when nothing should.
        actual: What is there; `ABSENT` when nothing is.
        hint: What may have been meant.
    """

    path: str
    expected: Any
    actual: Any
    hint: str = ""

    def __str__(self) -> str:
        expected, actual = _shorten(repr(self.expected), repr(self.actual))
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.path or 'body'}: expected {expected}, found {actual}{hint}"


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[Difference]:
    """Each place where `actual` is not as expected; none when it matches.

    Maps match when every expected key does, lists item by item and whole, the rest when equal as
    JSON: 80 is 80.0, but neither `"80"` nor True is.

    Args:
        expected: Maps, lists and scalars; `ABSENT` for what must not be there.
        actual: What JSON holds.
        path: Where `actual` is, in front of the paths of what is inside.
    """
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key, value in expected.items():
            here = _member(path, key)
            if key in actual:
                yield from differences(value, actual[key], here)
            elif value is not ABSENT:
                yield Difference(here, value, ABSENT, _similar_key(key, actual))
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            hint = f"{len(expected)} and {len(actual)} items: lists are compared whole"
            yield Difference(path, expected, actual, hint)
        elif expected != actual and _sorted(expected) == _sorted(actual):
            yield Difference(path, expected, actual, "the same items in another order")
        else:
            for index, value in enumerate(expected):
                yield from differences(value, actual[index], f"{path}[{index}]")
    elif not _equal(expected, actual):
        yield Difference(path, expected, actual)


def _equal(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == actual)


def _sorted(items: list[Any]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True, default=repr) for item in items)


def _member(path: str, key: str) -> str:
    if not key.isidentifier():
        return f"{path}[{key!r}]"
    return f"{path}.{key}" if path else key


def _similar_key(key: str, actual: Mapping[str, Any]) -> str:
    """Names the key that a misspelt or camelCase one may stand for."""
    known = {name.replace("_", "").lower(): name for name in sorted(actual)}
    close = difflib.get_close_matches(key.replace("_", "").lower(), known, n=1, cutoff=0.8)
    return f"there is {known[close[0]]}" if close else ""


def _shorten(expected: str, actual: str) -> tuple[str, str]:
    """Both texts, cut to where they begin to differ when one of them is long."""
    if max(len(expected), len(actual)) <= _LONGEST:
        return expected, actual
    pairs = zip(expected, actual, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = max(0, same - 20)
    return _cut(expected, start), _cut(actual, start)


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST
    return ("..." if start else "") + text[start:end] + ("..." if len(text) > end else "")
