"""Reads Terraform's template and expression syntax into trees: what `hcl_expression` lays out.

A string of Terraform JSON is a template, `"arn:aws:iam::${local.account}:root"`: literal text with
`${...}` and `%{...}` in it. What is inside of these is an expression in the native syntax. It is
read no deeper than its tokens and brackets, which is enough to lay it out without changing it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = [
    "COMMA",
    "NEWLINE",
    "Group",
    "Interpolation",
    "Node",
    "Part",
    "TemplateError",
    "Token",
    "escape_templates",
    "read_expression",
    "read_template",
]

Kind: TypeAlias = Literal["ident", "number", "quote", "operator", "comma", "newline"]


class TemplateError(ValueError):
    """The text is no template that Terraform would accept, or holds a here-document."""


@dataclass(frozen=True)
class Token:
    """One token of an expression; a quoted template counts as one, and has its `parts`."""

    kind: Kind
    text: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Group:
    """What stands between two brackets; `opening` is `(`, `[` or `{`."""

    opening: str
    nodes: tuple[Node, ...]

    @property
    def closing(self) -> str:
        return CLOSING[self.opening]

    @property
    def is_for(self) -> bool:
        """Whether it is a `for` expression: its braces or brackets hold no list of items."""
        first = next((node for node in self.nodes if node != NEWLINE), None)
        return self.opening in "[{" and first == Token("ident", "for")


@dataclass(frozen=True)
class Interpolation:
    """`${...}` or `%{...}` with the `~` that trim the text before and after it."""

    opening: str
    nodes: tuple[Node, ...]
    trims_before: bool
    trims_after: bool


Node: TypeAlias = Token | Group
Part: TypeAlias = str | Interpolation

CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
NEWLINE: Final = Token("newline", "\n")
COMMA: Final = Token("comma", ",")

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
    | (?P<newline>\r?\n)
    | (?P<comment>(?:\#|//)[^\n]*|/\*.*?\*/)
    | (?P<heredoc><<-?[^\W\d][\w-]*\r?\n)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<ident>[^\W\d][\w-]*)
    | (?P<comma>,)
    | (?P<operator>\.\.\.|=>|==|!=|>=|<=|&&|\|\||::|[-.*/%+=<>!?:])
    """,
    re.VERBOSE | re.DOTALL,
)
# `strings.TrimSpace` in Go, which is not quite `str.strip` in Python
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_LITERAL_TOKEN = re.compile(r"[$%]\{?|[^$%\n]*\n|[^$%\n]+", re.DOTALL)


def read_template(text: str) -> tuple[Part, ...]:
    """The template's literal texts, still escaped (`$${`), and its sequences, in their order.

    The `~` of sequences have been obeyed and are gone. What they trim depends on where lines end
    in the text, so they would trim something else in a quoted string. A text of which they left
    nothing stays as an empty one.

    Raises:
        TemplateError: for what Terraform would refuse.
    """
    parts, _ = _Reader(_as_scanned(text)).template(0, quoted=False)
    trimmed: list[Part] = []
    for index, part in enumerate(parts):
        if isinstance(part, Interpolation):
            trimmed.append(Interpolation(part.opening, part.nodes, False, False))
            continue
        before = parts[index - 1] if index else None
        after = parts[index + 1] if index + 1 < len(parts) else None
        literal = part
        if isinstance(before, Interpolation) and before.trims_after:
            first = _literal_tokens(literal)[0]
            literal = first.lstrip(_SPACES) + literal[len(first) :]
        if isinstance(after, Interpolation) and after.trims_before and literal:
            last = _literal_tokens(literal)[-1]
            literal = literal[: len(literal) - len(last)] + last.rstrip(_SPACES)
        trimmed.append(literal)
    return tuple(trimmed)


def _as_scanned(text: str) -> str:
    """The text as Terraform's scanner takes it: without a byte order mark at its beginning, and
    with nothing but text after a carriage return that no line feed follows."""
    template, alone, rest = re.split(r"(\r(?!\n)|\Z)", text.removeprefix("\ufeff"), maxsplit=1)
    return template + alone + escape_templates(re.sub(r"([$%])\1\{", r"\1{", rest))


def escape_templates(text: str) -> str:
    """The template that gives the text."""
    return re.sub(r"[$%](?=\{)", r"\g<0>\g<0>", text)


def read_expression(text: str) -> tuple[Node, ...]:
    """The tokens and groups of an expression that stands alone.

    Raises:
        TemplateError: when quotes or brackets are not closed.
    """
    nodes, _ = _Reader(text).nodes(0, closing=())
    return nodes


def _literal_tokens(text: str) -> list[str]:
    """The pieces in which Terraform reads literal text: they end with a line, or before a `$`."""
    return _LITERAL_TOKEN.findall(text)


@dataclass(frozen=True)
class _Reader:
    text: str

    def template(self, start: int, *, quoted: bool) -> tuple[tuple[Part, ...], int]:
        """Parts from `start` to the closing quote, or to the end; and where it ended."""
        text, position = self.text, start
        parts: list[Part] = []
        literal = start

        def end_literal() -> None:
            if position > literal:
                parts.append(text[literal:position])

        while position < len(text):
            if text.startswith(("$${", "%%{"), position):
                position += 3
            elif text.startswith(("${", "%{"), position):
                end_literal()
                sequence, position = self.sequence(position)
                parts.append(sequence)
                literal = position
            elif quoted and text[position] == "\\":
                position += 2
            elif quoted and text[position] == '"':
                end_literal()
                return tuple(parts), position + 1
            else:
                position += 1
        if quoted:
            raise TemplateError(f'a quote is not closed: "{text[start:]}')
        end_literal()
        return tuple(parts), position

    def sequence(self, start: int) -> tuple[Interpolation, int]:
        opening = self.text[start : start + 2]
        trims_before = self.text.startswith("~", start + 2)
        nodes, position = self.nodes(start + 2 + trims_before, closing=("}", "~}"))
        trims_after = self.text.startswith("~", position)
        return Interpolation(opening, nodes, trims_before, trims_after), position + 1 + trims_after

    def nodes(self, start: int, *, closing: tuple[str, ...]) -> tuple[tuple[Node, ...], int]:
        """Tokens and groups up to, and without, what closes them; and where that is."""
        text, position = self.text, start
        nodes: list[Node] = []
        while not text.startswith(closing, position):
            if position >= len(text):
                if not closing:
                    break
                raise TemplateError(f"no {closing[0]} closes what begins with {text[start:]!r}")
            character = text[position]
            if character in CLOSING:
                inner, position = self.nodes(position + 1, closing=(CLOSING[character],))
                nodes.append(Group(character, inner))
                position += 1
            elif character == '"':
                parts, end = self.template(position + 1, quoted=True)
                nodes.append(Token("quote", text[position:end], parts))
                position = end
            elif found := _TOKEN.match(text, position):
                position = found.end()
                nodes += _tokens(found)
            else:
                raise TemplateError(f"{character!r} is not expected in {text[start:]!r}")
        return tuple(nodes), position


def _tokens(found: re.Match[str]) -> list[Token]:
    if found["heredoc"]:
        raise TemplateError(
            f"a here-document ({found['heredoc'].strip()}) inside of ${{...}} is not supported; "
            "write a quoted string"
        )
    if found["newline"]:
        return [NEWLINE]
    kinds: tuple[Kind, ...] = ("number", "ident", "comma", "operator")
    return [Token(kind, found[kind]) for kind in kinds if found[kind]]
