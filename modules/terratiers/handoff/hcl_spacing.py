"""Writes an expression on one line, with the spaces that `terraform fmt` wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from terratiers.handoff.hcl_template import (
    COMMA,
    NEWLINE,
    Group,
    Interpolation,
    Node,
    TemplateError,
    Token,
)

__all__ = ["object_items", "one_line", "part_text", "split_items"]

_EQUAL: Final = Token("operator", "=")
_OPENING: Final = ("(", "[", "{", "${", "%{")
_CLOSING: Final = (")", "]", "}")
# After these a minus is a sign.
_BEFORE_SIGN: Final = ("(", "[", "{", "=", ":", ",", "?", "+", "*", "/", "%", "-", "!")
_COMPARISONS: Final = ("==", "!=", ">", ">=", "<", "<=", "&&", "||")


def one_line(nodes: Sequence[Node]) -> str:
    """The expression on one line."""
    return _joined(list(_flat(nodes)))


def part_text(part: str | Interpolation, escape: Callable[[str], str]) -> str:
    """A part of a template as it is written again; `escape` is applied to literal text."""
    if isinstance(part, str):
        return escape(part)
    tokens = [Token("operator", part.opening), *_flat(part.nodes)]
    last_space = " " if tokens[-1].text == "}" else ""
    before, after = "~" * part.trims_before, "~" * part.trims_after
    return f"{part.opening}{before}{_joined(tokens)[2:]}{last_space}{after}}}"


def split_items(group: Group) -> Iterator[tuple[Node, ...]]:
    """The items of a list, a map or a call: what commas, and line ends in maps, separate."""
    separators = (COMMA, NEWLINE) if group.opening == "{" else (COMMA,)
    item: list[Node] = []
    for node in (*group.nodes, COMMA):
        if node in separators:
            if item:
                yield tuple(item)
            item = []
        elif node != NEWLINE:
            item.append(node)


def object_items(group: Group) -> Iterator[tuple[tuple[Node, ...], tuple[Node, ...]]]:
    """Keys and values of a map.

    Raises:
        TemplateError: when an item is no `key = value`.
    """
    for item in split_items(group):
        signs = [
            number for number, node in enumerate(item) if node in (_EQUAL, Token("operator", ":"))
        ]
        if not signs:
            raise TemplateError(f"{one_line(item)!r} is no `key = value`")
        yield item[: signs[0]], item[signs[0] + 1 :]


def _flat(nodes: Sequence[Node]) -> Iterator[Token]:
    for node in nodes:
        if isinstance(node, Group):
            yield Token("operator", node.opening)
            yield from _flat_items(node)
            yield Token("operator", node.closing)
        elif node.kind == "quote":
            yield Token("quote", f'"{"".join(part_text(part, str) for part in node.parts)}"')
        elif node != NEWLINE:
            yield node


def _flat_items(group: Group) -> Iterator[Token]:
    if group.is_for:
        yield from _flat(group.nodes)
        return
    for number, item in enumerate(split_items(group)):
        if number:
            yield COMMA
        if group.opening == "{":
            [(key, value)] = object_items(Group("{", item))
            yield from (*_flat(key), _EQUAL, *_flat(value))
        else:
            yield from _flat(item)


def _joined(tokens: Sequence[Token]) -> str:
    text = ""
    for number, token in enumerate(tokens):
        if number:
            before = tokens[number - 2] if number > 1 else None
            text += " " * _is_spaced(before, tokens[number - 1], token)
        text += token.text
    return text


def _is_spaced(before: Token | None, token: Token, after: Token) -> bool:
    """Whether a space stands between `token` and `after`: the rules of hclwrite's format.go."""
    match token.text, after.text:
        case _, "(" if token.kind == "ident":
            return False
        case ("::", _) | (_, "::") | (".", _) | (_, ".") | (_, "," | "..."):
            return False
        case ",", _:
            return True
        case "in", _ if before and before.kind == "ident":
            return True
        case text, "[" if token.kind in ("ident", "number") or text in _CLOSING:
            return False
        case "!", _:
            return False
        case "-", _:
            return before is not None and before.text not in (*_BEFORE_SIGN, *_COMPARISONS)
        case "{", "}":
            return False
        case ("{", _) | (_, "}") | ("${" | "%{", "{"):
            return True
    return token.text not in _OPENING and after.text not in _CLOSING
