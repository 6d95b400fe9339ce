"""What the library writes as a policy is, in Terraform's own words, the policy that was meant."""

from __future__ import annotations

import json

from terratiers.core.policy import policy_document
from terratiers.local.terraform import Terraform, emulator_environment

from cdktf import App, LocalBackend, TerraformOutput, TerraformStack, TerraformVariable

# written in Python, and read by Terraform
TEXTS = {
    "plain": ("arn:aws:s3:::a/*", "arn:aws:s3:::a/*"),
    "quotes": ('say "hello"', 'say "hello"'),
    "backslash": ("a\\b", "a\\b"),
    "lines": ("one\ntwo\tthree", "one\ntwo\tthree"),
    "percent": ("%{ if true }", "%{ if true }"),
    "dollars": ("cost: $5 and $$", "cost: $5 and $$"),
    "letters": ("für 日本", "für 日本"),
    "iam variable": ("${aws:username}/*", "${aws:username}/*"),
    "iam default": ("${aws:PrincipalTag/team, 'none'}", "${aws:PrincipalTag/team, 'none'}"),
    "iam star": ("a${*}b", "a${*}b"),
    "expression": ("${var.name}/x", "shop/x"),
    "expression alone": ("${var.name}", "shop"),
    "expression with quotes": ('${join("-", ["a", "}"])}', "a-}"),
    "expression with braces": ('${{ a = "}" }["a"]}/"x"', '}/"x"'),
    "escaped by hand": ("$${var.name}", "${var.name}"),
}


def test_terraform_reads_what_was_meant(tmp_path):
    app = App(outdir=str(tmp_path / "cdktf.out"))
    stack = TerraformStack(app, "policies")
    LocalBackend(stack, path="terraform.tfstate")
    name = TerraformVariable(stack, "name", type="string", default="shop")
    names = TerraformVariable(stack, "names", type="list(string)", default=["a", "b"])
    count = TerraformVariable(stack, "count_of", type="number", default=3)
    statement = {
        **{key: written for key, (written, _) in TEXTS.items()},
        "token": f"arn:{name.string_value}/*",
        "token alone": name.string_value,
        "two tokens": [{"a": f"{name.string_value}"}, f"{name.string_value}{name.string_value}"],
        "list token": names.list_value,
        "number token": count.number_value,
        "others": [1, 2.5, True, None],
    }
    TerraformOutput(stack, "policy", value=policy_document(statement))
    app.synth()
    folder = tmp_path / "cdktf.out" / "stacks" / "policies"
    terraform = Terraform(folder, emulator_environment("http://127.0.0.1:1"))
    terraform.init()
    terraform.apply()
    policy = json.loads(terraform.outputs()["policy"])
    assert policy["Version"] == "2012-10-17"
    assert policy["Statement"] == [
        {
            **{key: read for key, (_, read) in TEXTS.items()},
            "token": "arn:shop/*",
            "token alone": "shop",
            "two tokens": [{"a": "shop"}, "shopshop"],
            "list token": ["a", "b"],
            "number token": 3,
            "others": [1, 2.5, True, None],
        }
    ]
