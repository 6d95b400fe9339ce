"""cdktf's matcher, differences() and a third matcher written here agree on arbitrary bodies."""

from __future__ import annotations

import json

from terratiers.testing import ABSENT, Template
from terratiers.testing.differences import differences

import cdktf
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

# few values, so that two random bodies often agree
SCALARS = st.one_of(
    st.booleans(), st.integers(-1, 2), st.sampled_from([0.5, 1.0]), st.sampled_from(["", "0", "1"])
)
KEYS = st.sampled_from(["a", "b", "a_b", "Name", "a.b"])
VALUES = st.recursive(
    SCALARS,
    # the matcher takes {} for any text or number; test_assertions.py has that case
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)


def holds(expected: object, actual: object) -> bool:
    """A partial match, by another way: on types and sizes, without recursion into differences."""
    match expected:
        case dict():
            return isinstance(actual, dict) and all(
                k in actual and holds(v, actual[k]) for k, v in expected.items()
            )
        case list():
            return (
                isinstance(actual, list)
                and len(expected) == len(actual)
                and all(map(holds, expected, actual))
            )
        case _:
            return json.dumps(expected) == json.dumps(actual) or (
                {type(expected), type(actual)} <= {int, float} and expected == actual
            )


def matcher(expected: dict, actual: dict) -> bool:
    text = json.dumps({"resource": {"aws_vpc": {"main": actual}}})
    return cdktf.Testing.to_have_resource_with_properties(text, "aws_vpc", expected)


@st.composite
def parts(draw, body):
    """Something that `body` matches: some of its keys, at every depth."""
    if isinstance(body, dict):
        keys = draw(st.sets(st.sampled_from(sorted(body)), min_size=1)) if body else set()
        return {key: draw(parts(body[key])) for key in sorted(keys)}
    if isinstance(body, list):
        return [draw(parts(item)) for item in body]
    return body


@st.composite
def pairs(draw):
    """An expectation and a body: unrelated, a part of it, or a part with another value in it."""
    body = draw(BODIES)
    kind = draw(st.sampled_from(["unrelated", "part", "changed"]))
    if kind == "unrelated":
        return draw(BODIES), body
    part = draw(parts(body))
    if kind == "changed" and part:
        part[draw(st.sampled_from(sorted(part)))] = draw(VALUES)
    return part, body


@settings(max_examples=400)
@given(pairs())
def test_matcher_differences_and_model_agree(pair):
    expected, actual = pair
    verdict = matcher(expected, actual)
    event(f"match: {verdict}")
    assert verdict == holds(expected, actual)
    assert verdict == (not list(differences(expected, actual)))


@settings(max_examples=100)
@given(pairs())
def test_the_assertions_follow_the_matcher(pair):
    expected, actual = pair
    template = Template({"resource": {"aws_vpc": {"main": actual}}})
    assertions = {
        "has_resource": matcher(expected, actual),
        "all_resources": matcher(expected, actual),
        "has_no_resource": not matcher(expected, actual),
    }
    for name, passes in assertions.items():
        if passes:
            getattr(template, name)("aws_vpc", expected)
        else:
            with pytest.raises(AssertionError):
                getattr(template, name)("aws_vpc", expected)


@settings(max_examples=100)
@given(BODIES, KEYS)
def test_absent_is_the_opposite_of_any_value(body, key):
    assume(body)
    template = Template({"resource": {"aws_vpc": {"main": body}}})
    if key in body:
        with pytest.raises(AssertionError, match="expected nothing, found"):
            template.has_resource("aws_vpc", {key: ABSENT})
        template.has_no_resource("aws_vpc", {key: ABSENT})
    else:
        template.has_resource("aws_vpc", {key: ABSENT})
        with pytest.raises(AssertionError, match="expected that no aws_vpc has"):
            template.has_no_resource("aws_vpc", {key: ABSENT})


@settings(max_examples=100)
@given(pairs())
def test_differences_name_the_place(pair):
    expected, actual = pair
    for difference in differences(expected, actual):
        place = actual
        found = expected
        for step in _steps(difference.path):
            found = found[step]
            place = place.get(step, ABSENT) if isinstance(place, dict) else place[step]
        assert (found, place) == (difference.expected, difference.actual)


def _steps(path: str) -> list:
    """`a[0].b['x.y']` to its keys and indices, read by Python itself."""
    import ast

    node, steps = (
        ast.parse(f"body{'' if path.startswith('[') else '.'}{path}", mode="eval").body,
        [],
    )
    while not isinstance(node, ast.Name):
        is_key = isinstance(node, ast.Attribute)
        steps.append(node.attr if is_key else ast.literal_eval(node.slice))
        node = node.value
    return steps[::-1]
