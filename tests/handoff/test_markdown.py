"""Markdown that shows text as it is, read back by a parser."""

from __future__ import annotations

from terratiers.handoff.markdown import code, link, paragraph, provider_page, table, text

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


def cells(markdown: str) -> list[list[tuple[str, str]]]:
    """The rows of a table: each cell's kind and text."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    rows: list[list[tuple[str, str]]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline":
            children = token.children or []
            kinds = {child.type for child in children}
            rows[-1].append((",".join(sorted(kinds)), "".join(c.content for c in children)))
    return rows


@given(WORDS)
def test_a_cell_shows_code_as_it_is(word):
    assert cells(table(("a",), [(code(word),)]))[1] == [("code_inline", word)]


@pytest.mark.parametrize(
    "word", ["*a*", "_a_", "[a](b)", "a|b", "<br>", "`a`", "#a", "~~a~~", "a\\b"]
)
def test_a_cell_shows_text_as_it_is(word):
    [_, [(_, shown)]] = cells(table(("a",), [(text(word),)]))
    assert shown == word


def test_line_ends_stay_out_of_cells():
    assert cells(table(("a", "b"), [(code("x\ny"), text("x\n\ny"))]))[1] == [
        ("code_inline", "x y"),
        ("text", "x y"),
    ]


def test_a_paragraph_cuts_no_link():
    url = "https://example.com/" + "a-b" * 50
    lines = paragraph(f"{'word ' * 30}{link('page', url)} end").splitlines()
    assert f"[page]({url})" in lines
    assert max(len(line) for line in lines if url not in line) <= 100


@pytest.mark.parametrize(
    ("kind", "block_type", "source", "version", "page"),
    [
        (
            "resources",
            "aws_s3_bucket",
            "aws",
            "5.100.0",
            "hashicorp/aws/5.100.0/docs/resources/s3_bucket",
        ),
        (
            "data-sources",
            "aws_ami",
            "hashicorp/aws",
            "~> 5.0",
            "hashicorp/aws/latest/docs/data-sources/ami",
        ),
        (
            "resources",
            "random_id",
            "registry.terraform.io/hashicorp/random",
            "= 3.6.0",
            "hashicorp/random/3.6.0/docs/resources/id",
        ),
        (
            "resources",
            "datadog_monitor",
            "DataDog/datadog",
            "",
            "DataDog/datadog/latest/docs/resources/monitor",
        ),
    ],
)
def test_pages_of_providers(kind, block_type, source, version, page):
    found = provider_page(kind, block_type, source, version)
    assert found == f"https://registry.terraform.io/providers/{page}"


def test_what_terraform_brings_itself_has_another_page():
    page = provider_page("data-sources", "terraform_remote_state", "", "")
    assert page.endswith("/language/state/remote-state-data")
