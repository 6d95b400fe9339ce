"""What a configuration's templates name."""

from __future__ import annotations

from terratiers.handoff.references import known_references, remote_outputs, template_parts

import pytest

KNOWN = ["aws_vpc.main", "aws_vpc.main-2", "data.aws_ami.image", "aws_ami.image"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"a": "${aws_vpc.main.id}"}, ["aws_vpc.main"]),
        ({"a": "${aws_vpc.main-2.id}"}, ["aws_vpc.main-2"]),
        ({"a": [{"b": 'x ${upper("${data.aws_ami.image.id}")}'}]}, ["data.aws_ami.image"]),
        ({"a": "%{ if aws_vpc.main.id != null }x%{ endif }"}, ["aws_vpc.main"]),
        ({"a": "aws_vpc.main is text"}, []),
        ({"a": "$${aws_vpc.main.id}"}, []),
        ({"a": "${aws_vpc.other.id}"}, []),
        ({"depends_on": ["aws_vpc.main", "data.aws_ami.image"]}, KNOWN[::2]),
        ({"lifecycle": {"replace_triggered_by": ["aws_vpc.main"]}}, ["aws_vpc.main"]),
        ({"a": 1, "b": None, "c": True}, []),
    ],
)
def test_references_to_known_addresses(body, found):
    assert known_references(body, KNOWN) == tuple(found)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", []),
        ("${a} and ${b}", ["a", "b"]),
        ("${ { x = { y = 1 } } }z", [" { x = { y = 1 } } "]),
        ("$${a}${b}%%{c}%{d}", ["b", "d"]),
        ("${open", ["open"]),
    ],
)
def test_template_parts(text, parts):
    assert template_parts(text) == parts


def test_the_outputs_that_are_read():
    config = {
        "data": {"terraform_remote_state": {"network": {}, "unused": {}}},
        "output": {
            "a": {"value": "${data.terraform_remote_state.network.outputs.vpc_id}"},
            "b": {"value": '${data.terraform_remote_state.network.outputs["zone"]}'},
            "c": {"value": '${data.terraform_remote_state.network.outputs.ids["a"]}'},
            "d": {"value": "data.terraform_remote_state.network.outputs.text"},
        },
    }
    assert remote_outputs(config) == {"network": ("ids", "vpc_id", "zone"), "unused": ()}
