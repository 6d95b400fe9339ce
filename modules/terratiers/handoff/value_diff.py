"""What differs between two blocks of Terraform JSON, in a few words and without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from terratiers.handoff.secret_scan import holds_secret, is_secret_argument
from terratiers.handoff.walk import walk

__all__ = ["changes"]

_LONGEST = 60
_CONTEXT = 15
_ABSENT = object()


def changes(old: Any, new: Any, path: tuple[str, ...], below: int) -> tuple[str, ...]:
    """The differences between two values: `tags.Name: "a" -> "b"`.

    Long texts are cut around the first difference; what is or looks like a secret is hidden.

    Args:
        old: The value as it was.
        new: The value as it is.
        path: The path of both in the configuration: `("resource", "aws_vpc", "vpc")`.
        below: How many keys of the path are left out of the answer.
    """
    return tuple(_changes(old, new, path, below))


def _changes(old: Any, new: Any, path: tuple[str, ...], below: int) -> Iterator[str]:
    if _text(old) == _text(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            ends = old.get(key, _ABSENT), new.get(key, _ABSENT)
            yield from _changes(*ends, (*path, key), below)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_changes(old, new, path, below)
    else:
        name = ".".join(path[below:]).replace(".[", "[")
        before, after = _shown(old, new, path)
        yield f"{name}: {before} -> {after}" if name else f"{before} -> {after}"


def _list_changes(
    old: list[Any], new: list[Any], path: tuple[str, ...], below: int
) -> Iterator[str]:
    """Items that are in both lists are left out, wherever they stand."""
    gone, come = list(range(len(old))), []
    for index, item in enumerate(new):
        same = next((other for other in gone if _text(old[other]) == _text(item)), None)
        if same is None:
            come.append(index)
        else:
            gone.remove(same)
    if not gone and not come:
        yield f"{'.'.join(path[below:])}: another order"
    for before, after in zip_longest(gone, come):
        place = before if after is None else after
        yield from _changes(
            _ABSENT if before is None else old[before],
            _ABSENT if after is None else new[after],
            (*path, f"[{place}]"),
            below,
        )


def _shown(old: Any, new: Any, path: tuple[str, ...]) -> tuple[str, str]:
    if any(_is_secret(value, path) for value in (old, new)):
        return _hidden(old), _hidden(new)
    before, after = _text(old), _text(new)
    if max(len(before), len(after)) > _LONGEST and _ABSENT not in (old, new):
        same = next(
            (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
            min(len(before), len(after)),
        )
        start = max(0, same - _CONTEXT)
        lead = "..." if start else ""
        before, after = lead + before[start:], lead + after[start:]
    return _cut(before), _cut(after)


def _is_secret(value: Any, path: tuple[str, ...]) -> bool:
    if value is _ABSENT:
        return False
    return any(
        is_secret_argument(place) or (isinstance(leaf, str) and holds_secret(leaf) is not None)
        for place, leaf in walk(value, path)
    )


def _hidden(value: Any) -> str:
    return "(none)" if value is _ABSENT else "(hidden)"


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "(none)"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
