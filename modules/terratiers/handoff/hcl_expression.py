"""Makes HCL expressions of the values in Terraform JSON.

A string of Terraform JSON is a template. Where it is a single `${...}` the expression stands alone;
else it becomes a quoted template or, when it has several lines and ends with a line end, a
here-document. Where Terraform does not evaluate a value (descriptions, backends, defaults of
variables) it reads the same string literally: `literal` is for these places.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from terratiers.handoff.hcl_layout import (
    Call,
    Flat,
    Heredoc,
    Object,
    Tuple,
    Value,
    is_one_column,
)
from terratiers.handoff.hcl_spacing import object_items, one_line, part_text, split_items
from terratiers.handoff.hcl_template import (
    NEWLINE,
    Group,
    Interpolation,
    Node,
    TemplateError,
    Token,
    escape_templates,
    read_expression,
    read_template,
)

__all__ = ["bare", "expression", "literal"]

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Controls, spaces that look like others, signs that cannot be seen, and what is no character.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_HEREDOC_LINES: Final = 2


def expression(value: Any, *, heredoc: bool = True) -> Value:
    """A value that Terraform evaluates; `heredoc` says whether it may be a here-document.

    Raises:
        TemplateError: when a string is no valid template.
    """
    match value:
        case dict():
            return Object(tuple((_key(key), expression(item)) for key, item in value.items()))
        case list():
            return Tuple(tuple(expression(item, heredoc=False) for item in value))
        case str():
            return _template(value, heredoc=heredoc)
    return _constant(value)


def literal(value: Any) -> Value:
    """A value that Terraform takes as it is: `${` in it has no meaning."""
    match value:
        case dict():
            items = ((_name(escape_templates(key)), literal(item)) for key, item in value.items())
            return Object(tuple(items))
        case list():
            return Tuple(tuple(map(literal, value)))
        case str():
            return Flat(f'"{_escaped(escape_templates(value))}"')
    return _constant(value)


def bare(value: Any) -> Value:
    """An expression, or a list or map of them, that JSON has in strings: `"aws_vpc.main"`.

    Raises:
        TemplateError: when a string is no expression.
    """
    match value:
        case dict():
            return Object(tuple((key, bare(item)) for key, item in value.items()))
        case list():
            return Tuple(tuple(map(bare, value)))
        case str() if value.startswith("${"):
            raise TemplateError(f"Terraform takes no {value!r} here: write it without ${{ and }}")
        case str():
            return _value(read_expression(value))
    return _constant(value)


def _constant(value: Any) -> Value:
    match value:
        case None:
            return Flat("null")
        case True | False:
            return Flat(str(value).lower())
        case int() | float():
            return Flat(repr(value))
    raise TemplateError(f"{value!r} is no value of Terraform JSON")


def _template(text: str, *, heredoc: bool) -> Value:
    parts = read_template(text)
    match [part for part in parts if part]:
        case [Interpolation("${", nodes)] if len(parts) == 1:
            return _value(nodes)
        case [Interpolation("${", nodes)]:
            # the text around it was trimmed away, but still makes a string of the value
            return Flat(f'" {part_text(Interpolation("${", nodes, True, False), str)}"')
    body = "".join(part_text(part, str) for part in parts)
    if heredoc and body.count("\n") >= _HEREDOC_LINES and _is_heredoc(body):
        return Heredoc(body)
    return Flat('"' + "".join(part_text(part, _escaped) for part in parts) + '"')


def _is_heredoc(body: str) -> bool:
    """Whether a here-document holds this text unchanged, with nothing unseen in it."""
    return (
        body.endswith("\n")
        and bool(body.strip())
        and not _UNSEEN.search(body.replace("\n", "").replace("\t", ""))
    )


def _escaped(template: str) -> str:
    """The template's literal text as it stands between quotes."""
    text = "".join(_ESCAPES.get(character, character) for character in template)
    return _UNSEEN.sub(lambda found: _code(found[0]), text)


def _code(character: str) -> str:
    number = ord(character)
    if 0xD800 <= number <= 0xDFFF:
        return "\N{REPLACEMENT CHARACTER}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _key(text: str) -> str:
    """A map's key in JSON, which is a template too."""
    match read_template(text):
        case (Interpolation("${", nodes),):
            return f"({one_line(nodes)})"
        case parts if any(isinstance(part, Interpolation) for part in parts):
            return '"' + "".join(part_text(part, _escaped) for part in parts) + '"'
        case parts:
            return _name("".join(map(str, parts)))


def _name(template: str) -> str:
    """The key as it is usually written: quoted only where it has to be."""
    if _IDENTIFIER.fullmatch(template) and template != "for":
        return template
    # of characters that take one column each, so that the `=` can be aligned
    text = "".join(c if is_one_column(c) else _code(c) for c in _escaped(template))
    return f'"{text}"'


def _value(nodes: Sequence[Node]) -> Value:
    nodes = [node for node in nodes if node != NEWLINE]
    match nodes:
        case [Group("{") as group] if not group.is_for:
            items = object_items(group)
            return Object(tuple((_native_key(key), _value(item)) for key, item in items))
        case [Group("[") as group] if not group.is_for:
            return Tuple(tuple(map(_value, split_items(group))))
        case [*name, Group("(") as group] if _is_function(name):
            return Call(one_line(name), tuple(map(_value, split_items(group))))
        case [Token("quote", _, (Interpolation("${", inner),))]:
            return _value(inner)
        case []:
            raise TemplateError("an expression is missing")
    return Flat(one_line(nodes))


def _is_function(nodes: Sequence[Node]) -> bool:
    """Whether the nodes are a function's name: `merge`, `provider::aws::arn_parse`."""
    names, separators = nodes[::2], nodes[1::2]
    return (
        len(names) == len(separators) + 1
        and all(isinstance(node, Token) and node.kind == "ident" for node in names)
        and all(node == Token("operator", "::") for node in separators)
    )


def _native_key(nodes: Sequence[Node]) -> str:
    match nodes:
        case [Token("quote", _, (str() as text,))] if _IDENTIFIER.fullmatch(text):
            return _name(text)
    return one_line(nodes)
