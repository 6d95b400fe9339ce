"""Values of Terraform JSON become the HCL that a person would write, and nothing else."""

from __future__ import annotations

from textwrap import dedent

from terratiers.handoff.hcl_expression import bare, expression, literal
from terratiers.handoff.hcl_layout import assignments
from terratiers.handoff.hcl_template import TemplateError

import pytest


def written(value) -> str:
    """The value as an argument's, without the argument."""
    return "\n".join(assignments([("x", value)], 0)).removeprefix("x = ")


STRINGS = {
    "text": ("10.0.0.0/16", '"10.0.0.0/16"'),
    "empty": ("", '""'),
    "digits stay a string": ("80", '"80"'),
    "quotes and backslashes": ('a "b" \\n', r'"a \"b\" \\n"'),
    "control characters": ("a\tb\rc\x00\x1b", r'"a\tb\rc\u0000\u001b"'),
    "letters": ("für 日本 서울 😀", '"für 日本 서울 😀"'),
    "unseen characters": ("a\u200bb\u3000c\ufeff", r'"a\u200bb\u3000c\ufeff"'),
    "byte order mark that Terraform drops": ("\ufeffa", '"a"'),
    "text after a lone carriage return": ("${a}\r${b}$${c}", r'"${a}\r$${b}$${c}"'),
    "line ends of Windows": ("${a}\r\n${b}", r'"${a}\r\n${b}"'),
    "half a surrogate pair": ("\ud800-\udfff", '"\ufffd-\ufffd"'),
    "reference": ("${aws_vpc.main.id}", "aws_vpc.main.id"),
    "reference in text": ("arn:${var.a}:x", '"arn:${var.a}:x"'),
    "two references": ("${var.a}${var.b}", '"${var.a}${var.b}"'),
    "spaces in the braces": ("${ var.a }-${ var.b}", '"${var.a}-${var.b}"'),
    "escaped reference": ("$${var.a}", '"$${var.a}"'),
    "escaped and real": ("$${a}${b}", '"$${a}${b}"'),
    "dollar before an escape": ("$$${a}", '"$$${a}"'),
    "dollar at the end": ("a$", '"a$"'),
    "percent": ("100%", '"100%"'),
    "directive": ("%{ if var.a }x%{ else }y%{ endif }", '"%{if var.a}x%{else}y%{endif}"'),
    "escaped directive": ("%%{ if }", '"%%{ if }"'),
    "braces in a quote": ('${f("}", "${a}")}', 'f("}", a)'),
    "template in a call": ('${f("${a}-b", "${c}")}', 'f("${a}-b", c)'),
    "map in braces": ('x${{ a = "}" }["a"]}', '"x${ { a = "}" }["a"]}"'),
    "trimming within a line": ("a  ${~ b ~}  c", '"a${b}c"'),
    "trimming ends with the line": ("${a ~}\n  b\n", '"${a}  b\\n"'),
    "trimming begins with the line": ("a\n  ${~ b}", '"a\\n${b}"'),
    "trimmed to nothing, still a string": (" ${~ a ~} ", '" ${~a}"'),
    "lines without an end": ("a\nb", r'"a\nb"'),
    "one line with an end": ("a\n", r'"a\n"'),
    "only line ends": ("\n\n\n", r'"\n\n\n"'),
}


@pytest.mark.parametrize(("value", "text"), STRINGS.values(), ids=STRINGS)
def test_a_string_becomes_a_template_or_the_expression_in_it(value, text):
    assert written(expression(value)) == text


EXPRESSIONS = {
    "operators": ("a==b&&!c||d", "a == b && !c || d"),
    "comparisons": ("a<=b||c>=d||e<f||g>h||i!=j", "a <= b || c >= d || e < f || g > h || i != j"),
    "signs after comparisons": ("a==-1||b>=-1&&-c<-d", "a == -1 || b >= -1 && -c < -d"),
    "literal after in": ("[for x in[1]:x]", "[for x in [1] : x]"),
    "items that lines separate": (
        "[{\n a = 1\n b = 2, c = 3\n}][0]",
        "[{ a = 1, b = 2, c = 3 }][0]",
    ),
    "signs": ("-1+ -a*(-2)-3", "-1 + -a * (-2) - 3"),
    "conditional": ("a?b:-c", "a ? b : -c"),
    "splat": ("aws_x.y[ * ].id", "aws_x.y[*].id"),
    "old splat": ("aws_x.y.*.id", "aws_x.y.*.id"),
    "index": ('a["k"] [0]', 'a["k"][0]'),
    "expansion": ("max(a ...)", "max(a...)"),
    "namespace": ("provider::aws::arn_parse(a)", "provider::aws::arn_parse(a)"),
    "list for": ("[for x in [1,2]:x if x>1]", "[for x in [1, 2] : x if x > 1]"),
    "map for": ("{for k,v in m:k=>v...}", "{ for k, v in m : k => v... }"),
    "empty": ("f([],{},g())", "f([], {}, g())"),
    "one item": ('{"a"=1}', "{ a = 1 }"),
    "one item with a colon": ('{"a:b":1}', '{ "a:b" = 1 }'),
    "key of a template": ('{"${a}"=1}', '{ "${a}" = 1 }'),
    "key in parentheses": ("{(a.b)=1}", "{ (a.b) = 1 }"),
    "line ends and comments": ("f(\n a, # one\n /* two */ b,\n)", "f(a, b)"),
    "conditional with a map": (
        'a ? {"x"=1,"y"=2} : {}',
        "a ? { x = 1, y = 2 } : {}".replace("x", '"x"').replace("y", '"y"'),
    ),
}


@pytest.mark.parametrize(("source", "text"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_an_expression_is_spaced_as_terraform_does(source, text):
    assert written(expression(f"${{{source}}}")) == text


LAYOUTS = {
    "map": (
        {"Name": "a", "kubernetes.io/x": True, "for": 1, "a-b": None},
        """
        {
          Name              = "a"
          "kubernetes.io/x" = true
          "for"             = 1
          a-b               = null
        }
        """,
    ),
    "keys that are expressions": (
        {"${var.a}": 1, "x-${var.b}": 2, "$${c}": 3},
        """
        {
          (var.a)      = 1
          "x-${var.b}" = 2
          "$${c}"      = 3
        }
        """,
    ),
    "key in another alphabet": (
        {"이름": 1, "e\u0301": 2, "👍🏽": 3},
        """
        {
          "이름"                   = 1
          "e\\u0301"              = 2
          "\\U0001f44d\\U0001f3fd" = 3
        }
        """,
    ),
    "short list": (["a", 1, 2.5, -3], """["a", 1, 2.5, -3]"""),
    "lists in lists": ([[], [["a"]]], """[[], [["a"]]]"""),
    "long list": (
        ["a" * 60, "b" * 60],
        f"""
        [
          "{"a" * 60}",
          "{"b" * 60}",
        ]
        """,
    ),
    "list of maps": (
        [{"a": 1, "b": {"c": 2}}, {}],
        """
        [
          {
            a = 1
            b = { c = 2 }
          },
          {},
        ]
        """,
    ),
    "policy": (
        '${jsonencode({"Version" = "1", "Statement" = [{"Effect" = "Allow", '
        '"Resource" = ["${a.arn}/*", "${a.arn}"]}]})}',
        """
        jsonencode({
          Version = "1"
          Statement = [
            {
              Effect   = "Allow"
              Resource = ["${a.arn}/*", a.arn]
            },
          ]
        })
        """,
    ),
    "call with many arguments": (
        f'${{merge({{"a" = 1, "b" = 2}}, local.x, "{"c" * 80}")}}',
        f"""
        merge(
          {{
            a = 1
            b = 2
          }},
          local.x,
          "{"c" * 80}"
        )
        """,
    ),
    "script": (
        '#!/bin/sh\nif a; then\n\n  echo "$HOME" $${b} ${var.c} \\\n\t%%{x}\nfi\n',
        """
        <<-EOT
          #!/bin/sh
          if a; then

            echo "$HOME" $${b} ${var.c} \\
          \t%%{x}
          fi
        EOT
        """,
    ),
    "script that holds the marker": ("EOT\n EOT1\n", "<<-EOT2\n  EOT\n   EOT1\nEOT2"),
    "script that is indented": ("  a\n    b\n", "<<EOT\n  a\n    b\nEOT"),
    "script that begins with an accent": ("\u0301a\nb\n", "<<EOT\n\u0301a\nb\nEOT"),
    "script in a map": (
        {"a": "1\n2\n", "bb": 1},
        """
        {
          a  = <<-EOT
            1
            2
          EOT
          bb = 1
        }
        """,
    ),
    "script in a list": (["1\n2\n"], r'["1\n2\n"]'),
    "script with a character that is not seen": ("1\r\n2\r\n", r'"1\r\n2\r\n"'),
}


@pytest.mark.parametrize(("value", "text"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_value_is_laid_out_in_lines(value, text):
    expected = dedent(text).strip("\n") if text.startswith("\n") else text
    assert written(expression(value)) == expected


def test_maps_of_arguments_get_a_line_for_each_item():
    lines = assignments(
        [("tags", expression({"Name": "a"})), ("b", expression({}))], 2, break_objects=True
    )
    assert lines == ["  tags = {", '    Name = "a"', "  }", "  b = {}"]


def test_the_signs_of_neighbours_are_aligned_until_a_value_takes_lines():
    items = {"a": 1, "long_name": "x\ny\n", "bb": 2, "tags": {"k": {"l": {}}}, "c": 3, "dd": 4}
    lines = assignments([(key, expression(value)) for key, value in items.items()], 0)
    assert lines == [
        "a         = 1",
        "long_name = <<-EOT",
        "  x",
        "  y",
        "EOT",
        "bb        = 2",
        "tags = {",
        "  k = {",
        "    l = {}",
        "  }",
        "}",
        "c  = 3",
        "dd = 4",
    ]


NUMBERS = {
    "big integer": (123456789012345678901234567890, "123456789012345678901234567890"),
    "big float": (1e21, "1e+21"),
    "small float": (1e-07, "1e-07"),
    "negative": (-2.5, "-2.5"),
    "true is no number": (True, "true"),
    "null": (None, "null"),
}


@pytest.mark.parametrize(("value", "text"), NUMBERS.values(), ids=NUMBERS)
def test_constants_keep_their_text(value, text):
    assert written(expression(value)) == text
    assert written(literal(value)) == text


def test_a_literal_has_no_templates():
    value = {"${a}": ["$${b}", "%{c}", "$d"], "e": "x\ny\n"}
    assert (
        written(literal(value))
        == dedent(
            r"""
        {
          "$${a}" = ["$$${b}", "%%{c}", "$d"]
          e       = "x\ny\n"
        }
        """
        ).strip()
    )


BARE = {
    "reference": ("aws_vpc.main", "aws_vpc.main"),
    "keyed reference": ('module.a["k"].aws_vpc.b[0]', 'module.a["k"].aws_vpc.b[0]'),
    "keyword": ("all", "all"),
    "list": (["aws_vpc.a", 'tags["x"]'], "the list"),
    "map": ({"aws.x": "aws.y"}, "{ aws.x = aws.y }"),
    "type": ("list( string )", "list(string)"),
    "number": (1, "1"),
}


@pytest.mark.parametrize(("value", "text"), BARE.values(), ids=BARE)
def test_references_stand_without_quotes(value, text):
    expected = '[aws_vpc.a, tags["x"]]' if text == "the list" else text
    assert written(bare(value)) == expected


REFUSED = {
    "open brace": ("${a", "no }"),
    "open quote": ('${f("a)}', "quote is not closed"),
    "open bracket": ("${f(a}", "'}' is not expected"),
    "nothing": ("${}", "missing"),
    "strange sign": ("${a § b}", "'§' is not expected"),
    "no map": ("${{a}}", "no `key = value`"),
    "here-document": (
        "${f(<<EOT\na\nEOT\n)}",
        "a here-document (<<EOT) inside of ${...} is not supported",
    ),
}


@pytest.mark.parametrize(("value", "message"), REFUSED.values(), ids=REFUSED)
def test_what_terraform_would_refuse_is_refused(value, message):
    with pytest.raises(TemplateError) as caught:
        expression(value)
    assert message in str(caught.value)


def test_a_reference_in_a_template_is_refused_as_terraform_does():
    with pytest.raises(TemplateError, match=r"aws_vpc\.a}' here: write it without"):
        bare(["${aws_vpc.a}"])


def test_what_is_no_json_is_refused():
    with pytest.raises(TemplateError, match="no value of Terraform JSON"):
        expression({"a": {1, 2}})
