"""What is written is what a parser that is not ours (python-hcl2) reads.

python-hcl2 leaves strings as they stand in the source, so `text_of` takes them apart here. It fails
on an escaped `$${` that no brace closes, on a number as the value of a `for`, and on `1 -2`: texts
with `${` or `%{` in them are therefore left to Terraform itself, in tests/e2e/test_hcl.py.
"""

from __future__ import annotations

import math
import re

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.hcl_expression import expression, literal
from terratiers.handoff.hcl_layout import assignments
from terratiers.handoff.hcl_writer import write_hcl
from terratiers.handoff.provider_schema import load_schemas

import hcl2
from hypothesis import given, settings
from hypothesis import strategies as st

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
AWKWARD = [
    '"',
    "\\",
    "\\n",
    "\n",
    "\r",
    "\t",
    "EOT",
    "$",
    "%",
    "}",
    "#",
    "//",
    "/*",
    " ",
    "<<-EOT\n",
]


def text_of(source: str) -> str:
    """The value of a quoted string or a here-document, as python-hcl2 gives them."""
    assert source[0] == source[-1] == '"'
    source = source[1:-1]
    if "\n" in source:
        opening, *lines, _ = source.split("\n")
        filled = [line for line in lines if line.strip()]
        spaces = min(len(line) - len(line.lstrip()) for line in filled)
        cut = spaces if opening.startswith("<<-") else 0
        return "".join((line[cut:] if line.strip() else line) + "\n" for line in lines)
    return re.sub(
        r"\\(?:u(\w{4})|U(\w{8})|(.))",
        lambda found: chr(int(found[1] or found[2], 16)) if not found[3] else ESCAPES[found[3]],
        source,
    )


def value_of(parsed):
    """The JSON value of what python-hcl2 parsed."""
    match parsed:
        case dict():
            return {
                text_of(key) if key.startswith('"') else key: value_of(item)
                for key, item in parsed.items()
                if key != "__is_block__"
            }
        case list():
            return [value_of(item) for item in parsed]
        case str() if parsed.startswith("${"):
            return float(parsed[2:-1])
        case str():
            return text_of(parsed)
    return parsed


texts = (
    st.lists(
        st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(exclude_categories=["Cs"]))),
        max_size=8,
    )
    .map("".join)
    .map(lambda text: re.sub(r"([$%])\{", r"\1", text).removeprefix("\ufeff"))
)
numbers = st.one_of(
    st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def same(left, right) -> bool:
    """Equality that tells True from 1, and takes 1.0 for 1 as HCL does."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float) or isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-15)
    return bool(left == right)


@given(values)
def test_a_value_is_read_as_it_was(value):
    for make in (expression, literal):
        source = "\n".join(assignments([("x", make(value))], 0)) + "\n"
        found = value_of(hcl2.loads(source)["x"])
        assert same(found, value), (source, found)


NAMES = ["a", "b_c", "d-e", "in_x", "f1"]
ATOMS = [
    *NAMES,
    '"a"',
    '"a-${ b }"',
    '"$${c}"',
    '"\\"}\\\\"',
    '""',
    "(1 *2.5)",
    "a.b[ 0 ].c",
    'd["k"]',
    "!a",
]
COMPOUNDS = [
    "[{0}]",
    "[ {0},{1} ]",
    "[\n{0},\n{1},\n]",
    "f( {0} )",
    "f({0},{1}, {0})",
    "max({0}...)",
    "{{a={0}}}",
    '{{ a = {0}, "b:c" : {1} }}',
    "{{\na = {0}\nb={1}\n}}",
    "({0}+{1})",
    "( {0} -{1})",
    "(-{0})",
    "({0}==  {1})",
    "({0}&&{1} || {0})",
    "({0}?{1}:{0})",
    "[for a in {0}:{1}]",
    "[for a in {0} :{1} if a]",
    "{{for a, b in {0}:a=>{1}}}",
]
expressions = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.builds(str.format, st.sampled_from(COMPOUNDS), inner, inner),
    max_leaves=8,
)


@given(expressions)
def test_an_expression_keeps_its_meaning(source):
    written = "\n".join(assignments([("x", expression(f"${{({source})}}"))], 0)) + "\n"
    before, after = (hcl2.loads(text)["x"] for text in (f"x = ({source})\n", written))
    assert normal(after) == normal(before), written


def normal(parsed) -> str:
    """Without what does not matter: spaces, line ends, the comma after a last item."""
    return re.sub(r",(?=[\]})])", "", re.sub(r"\s+", "", str(parsed)))


ATTRIBUTES = ["ami", "tags", "user_data", "hibernation", "ipv6_addresses", "key_name"]
BLOCKS = ["ebs_block_device", "network_interface", "root_block_device"]
attributes = st.dictionaries(st.sampled_from(ATTRIBUTES), values, max_size=3)
blocks = st.dictionaries(
    st.sampled_from(BLOCKS), st.lists(attributes, min_size=1, max_size=2), max_size=2
)


@settings(max_examples=40)
@given(attributes, blocks)
def test_a_resource_has_the_arguments_and_blocks_that_it_had(arguments, nested):
    config = {
        "terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}}},
        "resource": {"aws_instance": {"x": {**arguments, **nested}}},
    }
    tier = BundleTier(1, "t", config, {}, (), (), {})
    parsed = hcl2.loads(write_hcl(tier, load_schemas([tier]))["main.tf"])["resource"]
    [resource] = parsed
    found = resource['"aws_instance"']['"x"']
    assert found.keys() - {"__is_block__"} == {*arguments, *nested}
    for name, value in arguments.items():
        assert same(value_of(found[name]), value), name
    for name, bodies in nested.items():
        assert all(block["__is_block__"] for block in found[name])
        for block, body in zip(found[name], bodies, strict=True):
            read = value_of(block)
            assert read.keys() == body.keys()
            assert all(same(read[key], body[key]) for key in body)
