from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.security import ForwardedIp, IpSet, RequestPart, WebAclStatement

import pytest

part = RequestPart
statement = WebAclStatement
PLAIN = [{"priority": 0, "type": "NONE"}]


def test_a_path_is_compared_after_decoding():
    made = statement.path_starts_with("/admin")
    assert made.to_block() == {
        "byte_match_statement": {
            "positional_constraint": "STARTS_WITH",
            "search_string": "/admin",
            "field_to_match": {"uri_path": {}},
            "text_transformation": [
                {"priority": 0, "type": "URL_DECODE"},
                {"priority": 1, "type": "NORMALIZE_PATH"},
            ],
        }
    }
    assert made.capacity == 22


PARTS = {
    "path": (part.path(), {"uri_path": {}}),
    "query": (part.query_string(), {"query_string": {}}),
    "method": (part.method(), {"method": {}}),
    "header": (part.header("User-Agent"), {"single_header": {"name": "user-agent"}}),
    "argument": (part.query_argument("Id"), {"single_query_argument": {"name": "id"}}),
    "arguments": (part.all_query_arguments(), {"all_query_arguments": {}}),
    "body": (part.body(oversize="MATCH"), {"body": {"oversize_handling": "MATCH"}}),
    "json": (
        part.json_body(look_at="KEY", oversize="NO_MATCH", invalid="MATCH"),
        {
            "json_body": {
                "match_pattern": {"all": {}},
                "match_scope": "KEY",
                "oversize_handling": "NO_MATCH",
                "invalid_fallback_behavior": "MATCH",
            }
        },
    ),
    "cookies": (
        part.cookies(look_at="VALUE"),
        {
            "cookies": {
                "match_pattern": {"all": {}},
                "match_scope": "VALUE",
                "oversize_handling": "CONTINUE",
            }
        },
    ),
    "headers": (
        part.headers(),
        {
            "headers": [
                {
                    "match_pattern": {"all": {}},
                    "match_scope": "ALL",
                    "oversize_handling": "CONTINUE",
                }
            ]
        },
    ),
}


@pytest.mark.parametrize(("where", "block"), PARTS.values(), ids=PARTS)
def test_every_part_of_a_request(where, block):
    assert statement.text(where, "EXACTLY", "x").to_block()["byte_match_statement"] == {
        "positional_constraint": "EXACTLY",
        "search_string": "x",
        "field_to_match": block,
        "text_transformation": PLAIN,
    }


# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-match.html
CAPACITY = {
    "exactly": (statement.method_is("POST"), 2),
    "contains": (statement.header_contains("a", "B"), 10 + 10),
    "regex": (statement.regex(part.query_string(), "^a"), 3),
    "regex path": (statement.path_matches("^/v[0-9]"), 3 + 20),
    "size": (statement.size(part.path(), "GT", 10), 1),
    "size of json": (statement.size(part.json_body(), "GT", 10), 2),
    "sql": (statement.sql_injection(part.body()), 20 + 10),
    "sql in arguments": (
        statement.sql_injection(part.all_query_arguments(), sensitivity="HIGH", transformations=[]),
        30 + 10,
    ),
    "scripts": (statement.cross_site_scripting(part.json_body(), transformations=[]), 80),
    "label": (statement.label("seen"), 1),
    "country": (statement.country("DE"), 1),
    "not": (statement.country("DE").negate(), 1),
    "all": (statement.all_of(statement.country("DE"), statement.method_is("GET")), 3),
    "any": (statement.any_of(statement.label("a"), statement.label_namespace("b:")), 2),
}


@pytest.mark.parametrize(("made", "units"), CAPACITY.values(), ids=CAPACITY)
def test_capacity_units(made, units):
    assert made.capacity == units


def test_headers_are_searched_in_upper_and_lower_case():
    made = statement.header_contains("User-Agent", "BadBot").to_block()["byte_match_statement"]
    assert made["search_string"] == "badbot"
    assert made["text_transformation"] == [{"priority": 0, "type": "LOWERCASE"}]


def test_a_value_that_terraform_knows_is_kept():
    made = statement.header_contains("User-Agent", "${var.Bot}").to_block()["byte_match_statement"]
    assert made["search_string"] == "${var.Bot}"


def test_statements_are_composed():
    made = statement.all_of(
        statement.country("DE"), statement.any_of(statement.label("a"), statement.label("b"))
    )
    label = {"scope": "LABEL"}
    assert made.negate().to_block() == {
        "not_statement": {
            "statement": [
                {
                    "and_statement": {
                        "statement": [
                            {"geo_match_statement": {"country_codes": ["DE"]}},
                            {
                                "or_statement": {
                                    "statement": [
                                        {"label_match_statement": {**label, "key": "a"}},
                                        {"label_match_statement": {**label, "key": "b"}},
                                    ]
                                }
                            },
                        ]
                    }
                }
            ]
        }
    }
    assert made.depth == 2
    assert made.negate().depth == 3


def test_addresses_of_a_header(tier):
    office = IpSet(tier, "office", addresses=[])
    made = statement.ip_set(office, forwarded_ip=ForwardedIp(position="ANY"))
    assert made.to_block()["ip_set_reference_statement"]["ip_set_forwarded_ip_config"] == {
        "header_name": "X-Forwarded-For",
        "fallback_behavior": "MATCH",
        "position": "ANY",
    }
    assert made.capacity == 5
    composed = statement.any_of(made, statement.ip_set(office).negate())
    assert composed.ip_sets == (office, office)


BAD = {
    "path": (lambda: statement.path_starts_with("admin"), "begins with /"),
    "path none": (lambda: statement.path_equals(None), "path None"),
    "path query": (lambda: statement.path_equals("/a?b"), "path /a"),
    "path encoded": (lambda: statement.path_equals("/%61"), "decoded"),
    "path long": (lambda: statement.path_starts_with("/" + "x" * 200), "200 characters"),
    "pattern": (lambda: statement.path_matches(""), "pattern"),
    "pattern long": (lambda: statement.path_matches("x" * 201), "has 201 bytes"),
    "pattern none": (lambda: statement.regex(part.path(), None), "pattern None"),
    "method": (lambda: statement.method_is("get"), "method get is not known"),
    "header": (lambda: statement.header_equals("a b", "x"), "header a b"),
    "header empty": (lambda: statement.header_contains("", "x"), "header"),
    "header long": (lambda: statement.header_equals("x" * 41, "x"), "1 to 40"),
    "header token": (lambda: statement.header_equals("${var.h}", "x"), "header"),
    "header text": (lambda: statement.header_equals("a", ""), "write 1 to 200"),
    "header number": (lambda: statement.header_contains("a", 7), "text 7"),
    "text part": (lambda: statement.text("path", "EXACTLY", "x"), r"write RequestPart.path\(\)"),
    "text position": (lambda: statement.text(part.path(), "BEGINS", "x"), "position BEGINS"),
    "text position none": (lambda: statement.text(part.path(), None, "x"), "position None"),
    "text bytes": (lambda: statement.text(part.path(), "EXACTLY", "ä" * 101), "has 202 bytes"),
    "transformation": (
        lambda: statement.text(part.path(), "EXACTLY", "x", transformations=["LOWER"]),
        "did you mean LOWERCASE",
    ),
    "transformations text": (
        lambda: statement.text(part.path(), "EXACTLY", "x", transformations="LOWERCASE"),
        "write a list",
    ),
    "transformation twice": (
        lambda: statement.regex(part.path(), "x", transformations=["MD5", "MD5"]),
        "repeats one",
    ),
    "transformations many": (
        lambda: statement.regex(part.path(), "x", transformations=["MD5"] * 11),
        "holds 11",
    ),
    "comparison": (lambda: statement.size(part.path(), ">", 1), "comparison >"),
    "size negative": (lambda: statement.size(part.path(), "GT", -1), "bytes is -1"),
    "size high": (lambda: statement.size(part.path(), "GT", 21_474_836_481), "21474836480"),
    "size text": (lambda: statement.size(part.path(), "GT", "1"), "bytes is 1"),
    "sensitivity": (lambda: statement.sql_injection(part.body(), sensitivity="MID"), "MID"),
    "scripts part": (lambda: statement.cross_site_scripting(None), "part is None"),
    "label": (lambda: statement.label("a b"), "label a b"),
    "label namespace": (lambda: statement.label("a:"), "no colon last"),
    "namespace": (lambda: statement.label_namespace("a"), "a colon last"),
    "label none": (lambda: statement.label(None), "label None"),
    "country": (lambda: statement.country("UK"), "country: UK"),
    "no country": (statement.country, "names no country"),
    "forwarded": (
        lambda: statement.country("DE", forwarded_ip="X-Forwarded-For"),
        r"write ForwardedIp\(\)",
    ),
    "forwarded position": (
        lambda: statement.country("DE", forwarded_ip=ForwardedIp(position="SECOND")),
        "position SECOND",
    ),
    "set": (lambda: statement.ip_set(None), "ip_set is None"),
    "one": (lambda: statement.all_of(statement.label("a")), "1 statements"),
    "none": (statement.any_of, "0 statements"),
    "no statement": (lambda: statement.any_of(statement.label("a"), "b"), "statement is b"),
    "argument": (lambda: part.query_argument("x" * 31), "1 to 30"),
    "argument none": (lambda: part.query_argument(None), "query argument None"),
    "oversize": (lambda: part.body(oversize="BLOCK"), "oversize BLOCK"),
    "look at": (lambda: part.headers(look_at="NAME"), "look_at NAME"),
    "cookies oversize": (lambda: part.cookies(oversize=None), "oversize None"),
    "invalid": (lambda: part.json_body(invalid="NONE"), "invalid NONE"),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()
