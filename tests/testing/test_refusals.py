"""What the matchers would misread is refused as a TypeError, which no failed assertion is."""

from __future__ import annotations

from terratiers.testing import ABSENT, Template

import cdktf
import pytest
from cdktf import Fn, Token
from cdktf_cdktf_provider_aws.security_group import SecurityGroupIngress
from cdktf_cdktf_provider_aws.vpc import Vpc

TEMPLATE = Template(
    {
        "resource": {"aws_vpc": {"main": {"cidr_block": "10.0.0.0/16"}}},
        "data": {"aws_region": {"here": {}}},
        "output": {"vpc_id": {"value": "x"}},
    }
)

REFUSED = {
    "none": (
        {"cidr_block": None},
        "props['cidr_block'] is None, which cdktf's matcher takes for anything: write ABSENT for "
        "an attribute that must not be there, or leave it out.",
    ),
    "none-inside": (
        {"ingress": [{"from_port": None}]},
        "props['ingress'][0]['from_port'] is None, which cdktf's matcher takes for anything: "
        "write ABSENT for an attribute that must not be there, or leave it out.",
    ),
    "tuple": ({"x": (1, 2)}, "props['x'] is a tuple: write a list."),
    "set": ({"x": {1}}, "props['x'] is a set: write a list."),
    "absent-item": ({"x": [ABSENT]}, "props['x'][0] is ABSENT: leave the item out of the list."),
    "key": ({"x": {1: 2}}, "props['x'] has the key 1: JSON has text for keys."),
    "token": (
        {"vpc_id": Fn.upper("x")},
        "props['vpc_id'] is a token: write what it becomes, such as '${aws_vpc.main.id}'.",
    ),
    "number-token": (
        {"port": Token.as_number("${aws_x.y.port}")},
        "props['port'] is a token: write what it becomes, such as '${aws_vpc.main.id}'.",
    ),
    "list-token": (
        {"ids": Token.as_list("${aws_x.y.ids}")},
        "props['ids'][0] is a token: write what it becomes, such as '${aws_vpc.main.id}'.",
    ),
    "struct": (
        {"ingress": [SecurityGroupIngress(from_port=80)]},
        "props['ingress'][0] is a SecurityGroupIngress: write it as the Terraform JSON has it, "
        "with dicts, lists, text, numbers and booleans.",
    ),
    "nan": ({"x": float("nan")}, "props['x'] is nan: JSON has no such number."),
    "no-dict": ([1], "props is [1]: write a dict of attributes."),
}
ASSERTIONS = {
    "has_resource": "aws_vpc",
    "has_data_source": "aws_region",
    "has_no_resource": "aws_vpc",
    "all_resources": "aws_vpc",
    "has_output": "vpc_id",
}


@pytest.mark.parametrize(("props", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_by_has_resource(props, message):
    with pytest.raises(TypeError) as refusal:
        TEMPLATE.has_resource("aws_vpc", props)
    assert str(refusal.value) == message


@pytest.mark.parametrize(("assertion", "name"), ASSERTIONS.items(), ids=ASSERTIONS)
def test_every_assertion_refuses_none(assertion, name):
    with pytest.raises(TypeError, match=r"props\['x'\] is None"):
        getattr(TEMPLATE, assertion)(name, {"x": None})


def test_why_none_is_refused():
    # if this fails, cdktf has mended it, and the refusal can go
    text = '{"resource": {"aws_vpc": {"main": {"cidr_block": "10.0.0.0/16"}}}}'
    assert cdktf.Testing.to_have_resource_with_properties(text, "aws_vpc", {"cidr_block": None})


def test_a_class_is_no_type():
    with pytest.raises(TypeError, match="write Terraform's name of it, like 'aws_vpc'"):
        TEMPLATE.has_resource(Vpc)
    TEMPLATE.has_resource(Vpc.TF_RESOURCE_TYPE)


@pytest.mark.parametrize("count", [-1, True, 1.0, "1", None])
def test_a_count_is_a_number_from_0(count):
    with pytest.raises(TypeError, match="write a number from 0"):
        TEMPLATE.resource_count("aws_vpc", count)
