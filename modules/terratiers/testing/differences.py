"""How a resource differs from what was expected of it, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["ABSENT", "differences", "is_absent", "without_absent"]


class _Absent:
    """Stands for an attribute that must not be there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def is_absent(value: object) -> bool:
    return value is ABSENT


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[str]:
    """One line for each place in which `actual` is not as expected.

    Maps match when all expected keys do; lists have to be equal in length and order; text and
    numbers differ.
    """
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping):
            yield f"{path or 'body'}: expected a map, found {actual!r}"
            return
        for key, value in expected.items():
            here = f"{path}.{key}" if path else str(key)
            if is_absent(value):
                if key in actual:
                    yield f"{here}: expected to be absent, found {actual[key]!r}"
            elif key not in actual:
                yield f"{here}: expected {value!r}, found nothing"
            else:
                yield from differences(value, actual[key], here)
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        if not isinstance(actual, list):
            yield f"{path}: expected a list, found {actual!r}"
        elif len(expected) != len(actual):
            yield f"{path}: expected {len(expected)} items, found {len(actual)}: {actual!r}"
        else:
            for index, value in enumerate(expected):
                yield from differences(value, actual[index], f"{path}[{index}]")
    elif not _equal(expected, actual):
        yield f"{path}: expected {expected!r}, found {actual!r}"


def _equal(expected: Any, actual: Any) -> bool:
    """Equal as JSON knows it: 80 is 80.0, and neither is "80"; true is not 1."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == actual)


def without_absent(expected: Mapping[str, Any]) -> dict[str, Any]:
    """`expected` as cdktf's matchers take it: without what must be absent."""
    return {
        key: without_absent(value) if isinstance(value, Mapping) else value
        for key, value in expected.items()
        if not is_absent(value)
    }
