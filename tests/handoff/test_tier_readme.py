"""A tier's README: everything that its readers look up."""

from __future__ import annotations

import re

from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.tier_readme import tier_readme

import pytest


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second level."""
    parts = re.split(r"(?m)^## (.*)$", text)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


@pytest.fixture
def readme(shop):
    def write(name: str, output_format: str = "hcl") -> dict[str, str]:
        tiers = bundle_tiers(shop)
        [tier] = [tier for tier in tiers if tier.name == name]
        return sections(tier_readme(tier, tiers, output_format=output_format))

    return write


def test_the_head_says_where_the_tier_stands(readme):
    head = readme("network")[""]
    assert head.startswith(
        "# 02-network\n\nTier `network`: 1 resource, made by the constructs `vpc`."
    )
    assert "| State | `s3://shop-dev-tfstate/shop/dev/network.tfstate` |" in head
    assert "| Applied after | `01-state` |" in head
    assert "| Read by | `03-web` |" in head
    assert "| Tags | `Environment=dev`, `Project=shop`, `Tier=network` |" in head


def test_inputs_are_other_tiers_outputs_and_variables(readme):
    inputs = readme("web")["Inputs"]
    assert "| `02-network` | `vpc_id` |" in inputs
    assert "| `state_bucket` | `shop-dev-tfstate` |" in inputs
    assert "| `aws_account_id` | `null` |" in inputs


def test_an_input_of_a_tier_outside_has_its_name(shop):
    [tier] = bundle_tiers(shop, ["web"])
    text = tier_readme(tier, [tier], output_format="hcl")
    assert "| `network` | `vpc_id` |" in text
    assert "`network (not in this bundle)`" in text


def test_outputs_with_their_readers(readme):
    assert "| `vpc_id` | The VPC | no | `03-web` |" in readme("network")["Outputs"]


def test_a_sensitive_output_and_a_variable_without_default(bundle_tier):
    tier = bundle_tier(
        output={"token": {"value": "x", "sensitive": True}},
        variable={"size": {"type": "string"}},
    )
    found = sections(tier_readme(tier, [tier], output_format="hcl"))
    assert "| `token` |  | yes |  |" in found["Outputs"]
    assert "| `size` | none: has to be set |  |" in found["Inputs"]


def test_resources_lead_to_their_page_and_construct(readme):
    page = "https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs"
    assert (
        f"| `aws_vpc.vpc` | [`aws_vpc`]({page}/resources/vpc) | `network/vpc/resource` |"
        in readme("network")["Resources"]
    )
    assert "| `data.terraform_remote_state.network` |" in readme("web")["Data sources"]


def test_policies_are_linked_and_gaps_named(bundle_tier):
    tier = bundle_tier(resource={"aws_unheardof_thing": {"a": {}}})
    found = sections(tier_readme(tier, [tier], output_format="hcl"))["Permissions"]
    assert "[`iam/plan.json`](iam/plan.json), [`iam/apply.json`](iam/apply.json)" in found
    assert "Nothing is granted, since no source names the actions: `aws_unheardof_thing`." in found


def test_care(bundle_tier):
    tier = bundle_tier(
        resource={
            "aws_kms_key": {
                "key": {"deletion_window_in_days": 7, "lifecycle": {"prevent_destroy": True}}
            },
            "aws_lb": {"lb": {"enable_deletion_protection": True}},
            "aws_dynamodb_table": {"t": {"deletion_protection_enabled": False}},
            "aws_route53_zone": {"zone": {}},
        }
    )
    care = sections(tier_readme(tier, [tier], output_format="hcl"))["Handle with care"]
    assert "| `aws_kms_key.key` | `prevent_destroy` |" in care
    assert "| `aws_lb.lb` | deletion protection (`enable_deletion_protection`) |" in care
    assert "aws_dynamodb_table.t" not in care
    assert "waiting time of 7 days" in care
    assert "- `01-web` makes a hosted zone: enter its name servers" in care


def test_notes(synthesize, tier_config):
    notes = [
        {"level": "@cdktf/info", "message": "[public-api] acknowledged: it is *public*"},
        {"level": "@cdktf/warn", "message": "[no-backup] nothing is backed up"},
    ]
    [tier] = bundle_tiers(synthesize({"web": tier_config("web")}, notes={"web": notes}))
    found = sections(tier_readme(tier, [tier], output_format="hcl"))["Notes of the author"]
    assert "| `public-api` | acknowledged | it is \\*public\\* |" in found
    assert "| `no-backup` | warn | nothing is backed up |" in found


@pytest.mark.parametrize(
    ("output_format", "listed"),
    [
        ("hcl", ["providers.tf", "backend.tf", "locals.tf", "main.tf", "moved.tf"]),
        ("json", ["providers.tf.json", "backend.tf.json", "main.tf.json"]),
    ],
)
def test_files(bundle_tier, output_format, listed):
    tier = bundle_tier(
        resource={"aws_eip": {"a": {}}},
        locals={"x": 1},
        moved=[{"from": "aws_eip.b", "to": "aws_eip.a"}],
    )
    found = sections(tier_readme(tier, [tier], output_format=output_format))["Files"]
    names = re.findall(r"^\| `(\S+\.tf(?:\.json)?)`", found, re.MULTILINE)
    assert [name for name in names if not name.startswith("variables")] == listed


def test_the_functions_code_is_listed(readme):
    assert re.search(r"\| `files/\S+code\.zip` \|", readme("web")["Files"])


def test_a_tier_without_anything(synthesize, tier_config):
    config = tier_config("web")
    config["provider"] = {}
    config["terraform"]["backend"] = {"local": {"path": "x"}}
    [tier] = bundle_tiers(synthesize({"web": config}))
    assert set(sections(tier_readme(tier, [tier], output_format="hcl"))) == {"", "Files"}
