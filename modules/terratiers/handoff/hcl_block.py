"""One HCL block: its arguments and nested blocks, in the conventional order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from terratiers.handoff.hcl_layout import Value, assignments

__all__ = ["Block"]

_STEP = 2


@dataclass
class Block:
    """A block that is filled step by step and then written.

    Args:
        name: Its kind: `resource`.
        labels: What stands in quotes after it: `aws_vpc`, `main`.
        comment: A line above it, without the `#`.
        notes: Lines that come first in it, without the `#`.
        head: Arguments that come first, apart from the others: `count`, `provider`, ...
        arguments: The other arguments.
        foot: Arguments after these, set apart: `tags`.
        blocks: Nested blocks.
        tail: Arguments after the nested blocks: `depends_on`.
    """

    name: str
    labels: tuple[str, ...] = ()
    comment: str = ""
    notes: list[str] = field(default_factory=list)
    head: list[tuple[str, Value]] = field(default_factory=list)
    arguments: list[tuple[str, Value]] = field(default_factory=list)
    foot: list[tuple[str, Value]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    tail: list[tuple[str, Value]] = field(default_factory=list)

    def lines(self, indent: int = 0) -> list[str]:
        """The block as `terraform fmt` would write it."""
        margin = " " * indent
        header = " ".join([self.name, *(f'"{label}"' for label in self.labels)])
        paragraphs = list(self._paragraphs(indent + _STEP))
        comment = [f"{margin}{_commented(self.comment)}"] if self.comment else []
        if not paragraphs:
            return [*comment, f"{margin}{header} {{}}"]
        lines = [*comment, f"{margin}{header} {{"]
        for number, paragraph in enumerate(paragraphs):
            lines += [*([""] if number else []), *paragraph]
        return [*lines, margin + "}"]

    def _paragraphs(self, indent: int) -> Iterator[list[str]]:
        if self.notes:
            yield [" " * indent + _commented(note) for note in self.notes]
        for items in (self.head, self.arguments, self.foot):
            if items:
                yield assignments(items, indent, break_objects=True)
        for block in self.blocks:
            yield block.lines(indent)
        if self.tail:
            yield assignments(self.tail, indent)


def _commented(text: str) -> str:
    return f"# {' '.join(text.split())}"
