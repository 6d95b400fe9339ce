"""Every assertion of Template, when it holds and when it does not, with its whole message."""

from __future__ import annotations

import json

from terratiers.testing import ABSENT, Template

import cdktf
import pytest

CONFIG = {
    "resource": {
        "aws_security_group": {
            "db": {"ingress": [{"from_port": 5432, "to_port": 5432}], "name": "db"},
            "web": {
                "ingress": [{"from_port": 443, "to_port": 443, "self": True}],
                "name": "web",
                "tags": {"Name": "web", "app.kubernetes.io/name": "web"},
            },
        },
        "aws_vpc": {"main": {"cidr_block": "10.0.0.0/16", "enable_dns_support": True}},
    },
    "data": {"aws_region": {"here": {"name": "eu-central-1"}}},
    "output": {"vpc_id": {"value": "${aws_vpc.main.id}", "description": "The VPC"}},
}


@pytest.fixture
def template() -> Template:
    return Template.from_json(json.dumps(CONFIG))


def call(template: Template, assertion: str, *arguments: object) -> None:
    getattr(template, assertion)(*arguments)


HOLDS = {
    "any-resource": ("has_resource", "aws_vpc"),
    "no-props": ("has_resource", "aws_vpc", {}),
    "attribute": ("has_resource", "aws_vpc", {"cidr_block": "10.0.0.0/16"}),
    "partial-map": ("has_resource", "aws_security_group", {"tags": {"Name": "web"}}),
    "partial-item": ("has_resource", "aws_security_group", {"ingress": [{"from_port": 443}]}),
    "second-resource": ("has_resource", "aws_security_group", {"name": "web"}),
    "absent": ("has_resource", "aws_vpc", {"cidr_block": "10.0.0.0/16", "tags": ABSENT}),
    "absent-in-map": ("has_resource", "aws_security_group", {"tags": {"Owner": ABSENT}}),
    "absent-in-item": (
        "has_resource",
        "aws_security_group",
        {"ingress": [{"from_port": 5432, "self": ABSENT}]},
    ),
    "data-source": ("has_data_source", "aws_region"),
    "data-source-props": ("has_data_source", "aws_region", {"name": "eu-central-1"}),
    "no-resource": ("has_no_resource", "aws_subnet"),
    "no-resource-with": ("has_no_resource", "aws_vpc", {"cidr_block": "10.9.0.0/16"}),
    "no-resource-without": ("has_no_resource", "aws_vpc", {"cidr_block": ABSENT}),
    "count": ("resource_count", "aws_security_group", 2),
    "count-of-none": ("resource_count", "aws_subnet", 0),
    "all": ("all_resources", "aws_security_group", {"ingress": [{}]}),
    "all-absent": ("all_resources", "aws_security_group", {"egress": ABSENT}),
    "output": ("has_output", "vpc_id"),
    "output-props": ("has_output", "vpc_id", {"value": "${aws_vpc.main.id}"}),
    "output-absent": ("has_output", "vpc_id", {"sensitive": ABSENT}),
}


@pytest.mark.parametrize("case", HOLDS.values(), ids=HOLDS)
def test_holds(template, case):
    call(template, *case)


FAILS = {
    "value": (
        ("has_resource", "aws_vpc", {"cidr_block": "10.1.0.0/16"}),
        "no aws_vpc has the expected properties; the closest is aws_vpc.main:\n"
        "  cidr_block: expected '10.1.0.0/16', found '10.0.0.0/16'",
    ),
    "closest-of-two": (
        (
            "has_resource",
            "aws_security_group",
            {"name": "web", "ingress": [{"from_port": 80, "to_port": 80}]},
        ),
        "no aws_security_group has the expected properties; "
        "the closest is aws_security_group.web:\n"
        "  ingress[0].from_port: expected 80, found 443\n"
        "  ingress[0].to_port: expected 80, found 443\n"
        "others: aws_security_group.db",
    ),
    "same-type": (
        ("has_resource", "aws_security_group", {"ingress": [{"from_port": "443"}]}),
        "no aws_security_group has the expected properties; "
        "the closest is aws_security_group.db:\n"
        "  ingress[0].from_port: expected '443', found 5432\n"
        "others: aws_security_group.web",
    ),
    "bool-is-no-number": (
        ("has_resource", "aws_vpc", {"enable_dns_support": 1}),
        "no aws_vpc has the expected properties; the closest is aws_vpc.main:\n"
        "  enable_dns_support: expected 1, found True",
    ),
    "missing": (
        ("has_resource", "aws_vpc", {"tags": {"Name": "x"}}),
        "no aws_vpc has the expected properties; the closest is aws_vpc.main:\n"
        "  tags: expected {'Name': 'x'}, found nothing",
    ),
    "camel-case": (
        ("has_resource", "aws_vpc", {"cidrBlock": "10.0.0.0/16"}),
        "no aws_vpc has the expected properties; the closest is aws_vpc.main:\n"
        "  cidrBlock: expected '10.0.0.0/16', found nothing (there is cidr_block)",
    ),
    "empty-map-for-text": (
        ("has_resource", "aws_vpc", {"cidr_block": {}}),
        "no aws_vpc has the expected properties; the closest is aws_vpc.main:\n"
        "  cidr_block: expected {}, found '10.0.0.0/16'",
    ),
    "length-of-text": (
        ("has_resource", "aws_vpc", {"cidr_block": {"length": 11}}),
        "no aws_vpc has the expected properties; the closest is aws_vpc.main:\n"
        "  cidr_block: expected {'length': 11}, found '10.0.0.0/16'",
    ),
    "key-with-dots": (
        ("has_resource", "aws_security_group", {"tags": {"app.kubernetes.io/name": "x"}}),
        "no aws_security_group has the expected properties; "
        "the closest is aws_security_group.db:\n"
        "  tags: expected {'app.kubernetes.io/name': 'x'}, found nothing\n"
        "others: aws_security_group.web",
    ),
    "present": (
        ("has_resource", "aws_vpc", {"cidr_block": ABSENT}),
        "no aws_vpc has the expected properties; the closest is aws_vpc.main:\n"
        "  cidr_block: expected nothing, found '10.0.0.0/16'",
    ),
    "none-of-type": (
        ("has_resource", "aws_subnet"),
        "no aws_subnet; there are: aws_security_group, aws_vpc",
    ),
    "misspelt-type": (
        ("has_resource", "aws_vcp"),
        "the provider's bindings have no resource aws_vcp; the closest: aws_vpc, ",
    ),
    "data-as-resource": (
        ("has_resource", "aws_region"),
        "the stack has aws_region as a data source, not as a resource.",
    ),
    "data-value": (
        ("has_data_source", "aws_region", {"name": "eu-west-1"}),
        "no data.aws_region has the expected properties; the closest is data.aws_region.here:\n"
        "  name: expected 'eu-west-1', found 'eu-central-1'",
    ),
    "data-with-prefix": (
        ("has_data_source", "data.aws_region"),
        "data.aws_region: write the type without `data.`, and assert with has_data_source.",
    ),
    "resource-as-data": (
        ("has_data_source", "aws_security_group"),
        "the stack has aws_security_group as a resource, not as a data source.",
    ),
    "no-data-of-type": (
        ("has_data_source", "aws_caller_identity"),
        "no data.aws_caller_identity; there are: aws_region",
    ),
    "is-there": (
        ("has_no_resource", "aws_security_group"),
        "expected that no aws_security_group is there, "
        "found aws_security_group.db, aws_security_group.web",
    ),
    "is-there-with": (
        ("has_no_resource", "aws_security_group", {"ingress": [{"from_port": 443}]}),
        "expected that no aws_security_group has {'ingress': [{'from_port': 443}]}, "
        "found aws_security_group.web",
    ),
    "is-there-without": (
        ("has_no_resource", "aws_security_group", {"tags": ABSENT}),
        "expected that no aws_security_group has {'tags': nothing}, found aws_security_group.db",
    ),
    "in-doubt-it-is-there": (
        ("has_no_resource", "aws_vpc", {"cidrBlock": "10.0.0.0/16"}),
        "expected that no aws_vpc has {'cidrBlock': '10.0.0.0/16'}, found aws_vpc.main",
    ),
    "misspelt-absence": (
        ("has_no_resource", "aws_vcp"),
        "the provider's bindings have no resource aws_vcp; the closest: aws_vpc, ",
    ),
    "count": (
        ("resource_count", "aws_security_group", 1),
        "expected 1 aws_security_group, found 2: aws_security_group.db, aws_security_group.web",
    ),
    "count-none": (("resource_count", "aws_subnet", 1), "expected 1 aws_subnet, found 0"),
    "misspelt-count": (
        ("resource_count", "aws_vcp", 0),
        "the provider's bindings have no resource aws_vcp; the closest: aws_vpc, ",
    ),
    "not-all": (
        ("all_resources", "aws_security_group", {"ingress": [{"from_port": 443}], "name": "x"}),
        "2 of 2 aws_security_group lack the expected properties:\n"
        "  aws_security_group.db.ingress[0].from_port: expected 443, found 5432\n"
        "  aws_security_group.db.name: expected 'x', found 'db'\n"
        "  aws_security_group.web.name: expected 'x', found 'web'",
    ),
    "one-of-all": (
        ("all_resources", "aws_security_group", {"tags": ABSENT}),
        "1 of 2 aws_security_group lack the expected properties:\n"
        "  aws_security_group.web.tags: expected nothing, "
        "found {'Name': 'web', 'app.kubernetes.io/name': 'web'}",
    ),
    "all-of-none": (
        ("all_resources", "aws_subnet", {"x": 1}),
        "no aws_subnet; there are: aws_security_group, aws_vpc",
    ),
    "no-output": (("has_output", "vpc_ids"), "no output vpc_ids; the closest: vpc_id"),
    "output-value": (
        ("has_output", "vpc_id", {"value": "x", "sensitive": True}),
        "output vpc_id lacks the expected properties:\n"
        "  value: expected 'x', found '${aws_vpc.main.id}'\n"
        "  sensitive: expected True, found nothing",
    ),
    "output-present": (
        ("has_output", "vpc_id", {"description": ABSENT}),
        "output vpc_id lacks the expected properties:\n"
        "  description: expected nothing, found 'The VPC'",
    ),
}
STARTS = {"misspelt-type", "misspelt-absence", "misspelt-count"}  # they list the provider's names


@pytest.mark.parametrize("name", FAILS)
def test_fails(template, name):
    case, message = FAILS[name]
    with pytest.raises(AssertionError) as failure:
        call(template, *case)
    found = str(failure.value)
    assert found[: len(message) if name in STARTS else None] == message


LISTS = {
    "shorter": ([1, 2], "x: expected [1, 2], found [1, 2, 3] (2 and 3 items: lists are compared"),
    "order": ([3, 2, 1], "x: expected [3, 2, 1], found [1, 2, 3] (the same items in another or"),
    "item": ([1, 2, 4], "x[2]: expected 4, found 3"),
    "no-list": ({"a": 1}, "x: expected {'a': 1}, found [1, 2, 3]"),
}


@pytest.mark.parametrize(("expected", "line"), LISTS.values(), ids=LISTS)
def test_lists_are_compared_whole_and_in_order(expected, line):
    template = Template({"resource": {"aws_vpc": {"main": {"x": [1, 2, 3]}}}})
    with pytest.raises(AssertionError) as failure:
        template.has_resource("aws_vpc", {"x": expected})
    assert str(failure.value).splitlines()[1].startswith(f"  {line}")


def test_long_texts_are_cut_to_where_they_differ():
    policy = "a" * 300
    template = Template({"resource": {"aws_vpc": {"main": {"policy": policy + "x" * 200}}}})
    with pytest.raises(AssertionError) as failure:
        template.has_resource("aws_vpc", {"policy": policy + "y" * 200})
    line = str(failure.value).splitlines()[1]
    a = "a" * 20
    assert line == (f"  policy: expected ...{a}{'y' * 80}..., found ...{a}{'x' * 80}...")


def test_long_reports_are_cut():
    many = {f"n{i:02}": {"a": i} for i in range(40)}
    template = Template({"resource": {"aws_vpc": many}})
    with pytest.raises(AssertionError) as failure:
        template.all_resources("aws_vpc", {"a": "x"})
    lines = str(failure.value).splitlines()
    assert lines[0] == "40 of 40 aws_vpc lack the expected properties:"
    assert lines[-1] == "  ... and 28 more"
    assert len(lines) == 14


def test_numbers_are_compared_exactly():
    # the matcher reads numbers as JavaScript does, to which these two are the same
    template = Template({"resource": {"aws_vpc": {"main": {"x": 2**53 + 1}}}})
    with pytest.raises(
        AssertionError, match="x: expected 9007199254740992, found 9007199254740993"
    ):
        template.has_resource("aws_vpc", {"x": 2**53})


@pytest.mark.parametrize(
    ("matcher", "case"),
    [
        ("to_have_resource_with_properties", ("has_resource", "aws_vpc")),
        ("to_have_resource_with_properties", ("all_resources", "aws_vpc", {})),
        ("to_have_resource_with_properties", ("has_output", "vpc_id")),
        ("to_have_data_source_with_properties", ("has_data_source", "aws_region")),
    ],
)
def test_the_matcher_has_the_last_word(template, monkeypatch, matcher, case):
    monkeypatch.setattr(cdktf.Testing, matcher, lambda *_: False)
    with pytest.raises(AssertionError, match="cdktf's matcher refuses it without a visible diff"):
        call(template, *case)


def test_reading(template):
    assert template.addresses() == [
        "aws_security_group.db",
        "aws_security_group.web",
        "aws_vpc.main",
        "data.aws_region.here",
    ]
    assert template.resource("aws_vpc.main") == CONFIG["resource"]["aws_vpc"]["main"]
    assert template.resource("data.aws_region.here") == {"name": "eu-central-1"}
    assert template.resources("aws_security_group") == CONFIG["resource"]["aws_security_group"]
    assert template.resources("aws_subnet") == {}
    assert template.outputs == CONFIG["output"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("aws_vpc.mian", "no aws_vpc.mian; the closest: aws_vpc.main"),
        ("aws_vpc", "no aws_vpc; the closest: aws_vpc.main"),
        ("data.aws_region.there", "no data.aws_region.there; the closest: data.aws_region.here"),
    ],
)
def test_an_unknown_address_names_the_closest(template, address, message):
    with pytest.raises(AssertionError) as failure:
        template.resource(address)
    assert str(failure.value) == message


def test_an_empty_stack_says_so():
    with pytest.raises(AssertionError) as failure:
        Template({}).resource("aws_vpc.main")
    assert str(failure.value) == "no aws_vpc.main; the stack has none at all"


def test_a_data_source_is_no_resource():
    template = Template({"data": {"aws_vpc": {"v": {"id": "vpc-1"}}}})
    template.has_no_resource("aws_vpc")
    template.resource_count("aws_vpc", 0)
    with pytest.raises(AssertionError, match="as a data source, not as a resource"):
        template.has_resource("aws_vpc")
    with pytest.raises(AssertionError, match="as a data source, not as a resource"):
        template.resource_count("aws_vpc", 1)
