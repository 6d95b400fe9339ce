"""Writes the few parts of Markdown that the bundle's guides need."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

__all__ = ["blocks", "code", "link", "paragraph", "provider_page", "table", "text"]

# Characters that would start markup in running text.
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")
_BUILT_IN = {
    "terraform_remote_state": "https://developer.hashicorp.com/terraform/language/state/"
    "remote-state-data",
    "terraform_data": "https://developer.hashicorp.com/terraform/language/resources/terraform-data",
}


def blocks(*parts: str) -> str:
    """Blocks of Markdown, each of which ends its line, with an empty line between them."""
    return "\n".join(part for part in parts if part)


def text(value: object) -> str:
    """Running text on one line, shown as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(str(value).split()))


def code(value: object) -> str:
    """A code span on one line; `|` is escaped, so that it may stand in a table."""
    shown = " ".join(str(value).split()).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{space}{shown}{space}{fence}"


def link(shown: str, url: str) -> str:
    """A link; `shown` is Markdown already."""
    return f"[{shown}]({url})"


def paragraph(value: str) -> str:
    """Markdown in lines of at most 100 characters; links and code are not cut."""
    return textwrap.fill(value, 100, break_long_words=False, break_on_hyphens=False) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def provider_page(kind: str, block_type: str, source: str, version: str) -> str:
    """The page of a provider's documentation about one resource or data source.

    Args:
        kind: `resources` or `data-sources`.
        block_type: The type: `aws_subnet`.
        source: The provider's source as `required_providers` has it: `aws`, `hashicorp/aws`.
        version: Its version constraint. Any but an exact version leads to the latest page.
    """
    if block_type in _BUILT_IN:
        return _BUILT_IN[block_type]
    parts = source.split("/")[-2:]
    namespace, name = ("hashicorp", *parts) if len(parts) == 1 else parts
    exact = version.removeprefix("=").strip()
    shown = exact if re.fullmatch(r"\d+\.\d+\.\d+", exact) else "latest"
    page = block_type.split("_", 1)[-1]
    return f"https://registry.terraform.io/providers/{namespace}/{name}/{shown}/docs/{kind}/{page}"
