"""docs/reference is what the code says now, and the code says what every argument is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from griffe import temporary_visited_module

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def tools():
    """The generator and what it reads, which lie outside of the package."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import generate_reference
        import public_names

        yield generate_reference, public_names
    finally:
        sys.path.remove(str(ROOT / "tools"))


def test_the_pages_are_what_the_code_says(tools):
    generator, _ = tools
    pages = generator.pages()
    assert {page.name for page in REFERENCE.glob("*.md")} == pages.keys(), "run `make reference`"
    for name, text in pages.items():
        assert (REFERENCE / name).read_text("utf-8") == text, f"{name}: run `make reference`"


def test_every_public_name_says_what_it_is_and_takes(tools):
    _, names = tools
    assert names.faults() == []


def test_every_package_that_users_import_from_has_a_page(tools):
    _, names = tools
    source = ROOT / "modules" / "terratiers"
    inside = {"core", "handoff", "local", "new_project"}
    packages = {f"terratiers.{init.parent.name}" for init in source.glob("*/__init__.py")}
    assert packages - {f"terratiers.{name}" for name in inside} <= names.public().keys()


def test_signatures_are_shown_as_python_writes_them(tools):
    generator, _ = tools
    text = generator.pages()["network.md"]
    assert "    nat_gateways: str = NatGateways.NONE,\n" in text
    assert '    id: str,\n    *,\n    cidr_block: str = "10.0.0.0/16",\n' in text
    assert "[`VpcAttributes`](#vpcattributes)" in text
    assert "<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>" in text
    assert "| `resource` | `aws_vpc` |" in text


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        (None, ["f has no docstring"]),
        ("Adds.", ["f: size is described nowhere"]),
        ("Adds `size`.", []),
        ("Adds.\n\n    Args:\n        size: How much.\n    ", []),
    ],
    ids=["none", "silent", "named", "described"],
)
def test_what_is_undescribed_is_found(tools, docstring, expected):
    _, names = tools
    body = "..." if docstring is None else f'"""{docstring}"""'
    code = f"def f(size: int) -> None:\n    {body}\n"
    with temporary_visited_module(code, docstring_parser="google") as module:
        assert list(names._undescribed("f", module["f"])) == expected
