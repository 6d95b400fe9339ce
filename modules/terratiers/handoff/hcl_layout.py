"""Lays values out in lines, exactly as `terraform fmt` would: indents, line breaks, aligned `=`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

__all__ = [
    "Call",
    "Flat",
    "Heredoc",
    "Object",
    "Tuple",
    "Value",
    "assignments",
    "is_one_column",
]

_WIDTH: Final = 100
_STEP: Final = 2
# ASCII, Latin, Greek, Cyrillic, kana, Chinese and Korean, without what combines with a neighbour.
_ONE_COLUMN: Final = re.compile(
    "[ -~\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff"
    "\uac00-\ud7a3]"
)


@dataclass(frozen=True)
class Flat:
    """An expression that stays on one line."""

    text: str


@dataclass(frozen=True)
class Heredoc:
    """A here-document; `text` is a template in its own syntax that ends with a line end."""

    text: str


@dataclass(frozen=True)
class Object:
    """`{ key = value }`; the keys are written as they are."""

    items: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Tuple:
    """`[value, value]`."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Call:
    """`name(value, value)`."""

    name: str
    arguments: tuple[Value, ...]


Value: TypeAlias = Flat | Heredoc | Object | Tuple | Call


def assignments(
    items: Iterable[tuple[str, Value]], indent: int, *, break_objects: bool = False
) -> list[str]:
    """`name = value` in lines; the `=` of neighbours that fit on one line are aligned.

    Args:
        items: Names, as they are written, with their values.
        indent: Spaces before each name.
        break_objects: Whether maps get a line for each item even if they have only one.
    """
    rendered = [
        (name, value, _lines(value, indent, len(name) + 3, break_objects=break_objects))
        for name, value in items
    ]
    lines: list[str] = []
    for aligned, group in groupby(rendered, lambda item: _is_whole(item[1], item[2])):
        chain = list(group)
        width = max(len(name) for name, _, _ in chain)
        for name, _, (first, *rest) in chain:
            lines.append(" " * indent + (f"{name:<{width}}" if aligned else name) + f" = {first}")
            lines += rest
    return lines


def _is_whole(value: Value, lines: list[str]) -> bool:
    """Whether no bracket is open at the end of the first line."""
    return isinstance(value, Heredoc) or len(lines) == 1


def _lines(value: Value, indent: int, column: int, *, break_objects: bool = False) -> list[str]:
    """The value's lines; the first one, which follows something else, is not indented.

    Args:
        value: What to lay out.
        indent: Spaces before the line on which it begins.
        column: Where on that line, after the indent, it begins.
        break_objects: Whether a map with one item gets lines of its own.
    """
    line = _one_line(value)
    broken = break_objects and isinstance(value, Object) and value.items
    if line is not None and not broken and indent + column + len(line) <= _WIDTH:
        return [line]
    margin, inner = " " * indent, indent + _STEP
    match value:
        case Heredoc(text):
            return _heredoc(text, indent)
        case Object(items) if items:
            return ["{", *assignments(items, inner), margin + "}"]
        case Tuple(items) if items:
            return ["[", *_listed(items, inner, last=","), margin + "]"]
        case Call(name, (Object() | Tuple() | Call() as argument,)):
            first, *rest = _lines(argument, indent, column + len(name) + 1)
            if rest:
                return [f"{name}({first}", *rest[:-1], f"{rest[-1]})"]
        case Call(name, arguments) if len(arguments) > 1:
            return [f"{name}(", *_listed(arguments, inner, last=""), margin + ")"]
    assert line is not None
    return [line]


def _listed(values: tuple[Value, ...], indent: int, *, last: str) -> Iterator[str]:
    """Each value on lines of its own, with a comma after it; after the last one, `last`."""
    for number, value in enumerate(values, 1):
        first, *rest = _lines(value, indent, 1)
        lines = [" " * indent + first, *rest]
        lines[-1] += "," if number < len(values) else last
        yield from lines


def _one_line(value: Value) -> str | None:
    """The value on one line, or None if it is not to be read there."""
    match value:
        case Flat(text):
            return text
        case Object(()):
            return "{}"
        case Object(((key, Flat() | Tuple() | Call() as item),)):
            line = _one_line(item)
            return None if line is None else f"{{ {key} = {line} }}"
        case Tuple(items):
            lines = [_one_line(item) for item in items]
            return None if None in lines else f"[{', '.join(map(str, lines))}]"
        case Call(name, arguments):
            lines = [_one_line(argument) for argument in arguments]
            return None if None in lines else f"{name}({', '.join(map(str, lines))})"
    return None


def _heredoc(text: str, indent: int) -> list[str]:
    body = text.split("\n")[:-1]
    stripped = {line.strip() for line in body}
    marker = next(m for n in range(len(body) + 1) if (m := f"EOT{n or ''}") not in stripped)
    if not _may_be_indented(body):
        return [f"<<{marker}", *body, marker]
    margin = " " * (indent + _STEP)
    indented = [margin + line if line.strip() else line for line in body]
    return [f"<<-{marker}", *indented, " " * indent + marker]


def _may_be_indented(lines: list[str]) -> bool:
    """Whether Terraform removes exactly the spaces that are put before each line.

    It removes as many as the least indented line has, and counts an accent after a space with it.
    """
    first = [line[0] for line in lines if line.strip()]
    return any(c not in " \t" for c in first) and all(c in " \t" or is_one_column(c) for c in first)


def is_one_column(character: str) -> bool:
    """Whether the character is known to take a column of its own, whatever stands beside it."""
    return bool(_ONE_COLUMN.fullmatch(character))
