"""Counting and comparing what programs wrote."""

from __future__ import annotations

import json

import pytest
from benchmarks.output import count_resources, digest, digest_resources


@pytest.fixture
def write(tmp_path):
    def write(name, file, document):
        path = tmp_path / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
        return tmp_path / name

    return write


def stack(**bodies):
    return {"resource": {"aws_vpc": bodies}}


def test_resources_of_all_stacks_count(write):
    write("out", "stacks/a/cdk.tf.json", stack(x={}, y={}))
    assert count_resources(write("out", "stacks/b/cdk.tf.json", stack(x={}))) == 3


def test_resources_of_templates_count(write):
    assert count_resources(write("out", "shop.template.json", {"Resources": {"Vpc": {}}})) == 1


def test_notes_of_cdktf_are_no_resources(write):
    one = write("one", "stacks/a/cdk.tf.json", stack(x={"cidr_block": "a", "//": {"path": "p"}}))
    two = write("two", "stacks/a/cdk.tf.json", stack(x={"cidr_block": "a"}))
    assert digest_resources(one) == digest_resources(two)
    assert digest(one) != digest(two)


@pytest.mark.parametrize("other", [stack(x={"cidr_block": "b"}), stack(y={"cidr_block": "a"})])
def test_other_resources_are_seen(write, other):
    one = write("one", "stacks/a/cdk.tf.json", stack(x={"cidr_block": "a"}))
    assert digest_resources(one) != digest_resources(write("two", "stacks/a/cdk.tf.json", other))


def test_a_file_with_another_name_is_seen(write):
    assert digest(write("one", "a.json", {})) != digest(write("two", "b.json", {}))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/tmp/jsii-kernel-abcdef/node_modules", "/tmp/jsii-kernel-ABC123/node_modules", True),
        ("/tmp/tmpabcdefgh/lib/program.js:1:2", "/tmp/tmp12345678/lib/program.js:1:2", True),
        ("/tmp/tmpabcdefgh/lib/program.js:1:2", "/tmp/tmpabcdefgh/lib/program.js:1:3", False),
        ("/tmp/tmpabcdefgh/code.zip", "/tmp/tmp12345678/code.zip", False),
    ],
)
def test_only_the_names_of_jsiis_folders_do_not_count(write, one, other, same):
    first, second = write("one", "manifest.json", [one]), write("two", "manifest.json", [other])
    assert (digest(first) == digest(second)) is same
