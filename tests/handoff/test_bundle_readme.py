"""The bundle's README: what an ops team does from the first day to the last."""

from __future__ import annotations

import re
import subprocess

from terratiers.handoff.bundle_readme import bundle_readme
from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.permissions import policy_files
from terratiers.handoff.tier_readme import tier_readme

import pytest
from markdown_it import MarkdownIt

WORKFLOW = ".github/workflows/terraform.yml"


@pytest.fixture
def readme(shop):
    def write(*names: str, **options) -> str:
        tiers = bundle_tiers(shop, names or None)
        return bundle_readme(tiers, **{"output_format": "hcl", "script": "run.sh", **options})

    return write


def test_the_order_and_what_each_tier_reads_and_writes(readme):
    text = readme()
    assert text.startswith("# shop dev\n\nTerraform configuration (HCL) for AWS: 3 tiers with 3 ")
    assert (
        "| 2 | [02-network](02-network/README.md) |  | `01-state` | `vpc_id` | "
        "`shop/dev/network.tfstate` | 1 |" in text
    )
    assert "| 3 | [03-web](03-web/README.md) | `02-network` | `01-state`, `02-network` |" in text


def test_the_format_is_told(readme):
    assert "Terraform configuration (Terraform JSON) for AWS" in readme(output_format="json")


def test_what_is_needed(readme):
    text = readme()
    assert (
        "| [Terraform](https://developer.hashicorp.com/terraform/install) | `>= 1.10.0` |" in text
    )
    assert "| Provider `hashicorp/aws` | `5.100.0` |" in text
    assert "providers lock -platform=linux_amd64" in text


def test_the_state_bucket_comes_first(readme):
    text = readme()
    assert "`01-state` makes the bucket `shop-dev-tfstate` for all states." in text
    assert "terraform init -migrate-state        # answer yes" in text
    assert "`01-state` stays: its bucket holds the states of all tiers" in text


def test_without_a_state_tier_the_bucket_has_to_exist(readme):
    text = readme("network", "web")
    assert "The states go into the bucket `shop-dev-tfstate`. It has to exist" in text
    assert "bootstrap_override" not in text
    assert "`state (elsewhere)`" in text


def test_a_state_that_no_tier_of_the_bundle_keeps(readme):
    assert "| 1 | [01-web](01-web/README.md) | `network (elsewhere)` |" in readme("web")


def test_without_a_bucket_the_files_are_to_be_kept(synthesize, tier_config):
    config = tier_config("web")
    config["terraform"]["backend"] = {"local": {"path": "x"}}
    tiers = bundle_tiers(synthesize({"web": config}))
    text = bundle_readme(tiers, output_format="hcl", script="run.sh")
    assert "The states are local files in the tiers' folders: keep them." in text
    assert "backend.hcl" not in text
    assert "list-object-versions" not in text


def test_the_account(readme, synthesize, tier_config):
    assert "export AWS_ACCOUNT_ID=111122223333" in readme()
    config = tier_config("web")
    config["provider"]["aws"][0]["allowed_account_ids"] = ["444455556666"]
    tiers = bundle_tiers(synthesize({"web": config}))
    text = bundle_readme(tiers, output_format="hcl", script="run.sh")
    assert "AWS_ACCOUNT_ID" not in text
    assert "any account but `444455556666`" in " ".join(text.split())


def test_the_policies_of_each_tier_and_of_all(readme, shop):
    text = readme()
    for tier in bundle_tiers(shop):
        for path in policy_files([tier]):
            assert f"[`{path}`]({tier.folder}/{path})" in text
    for path in policy_files(bundle_tiers(shop)):
        assert f"[`{path}`]({path})" in text


def test_gaps_of_the_policies_are_told(bundle_tier):
    tier = bundle_tier(resource={"aws_unheardof_thing": {"a": {}}, "aws_glue_odd": {"a": {}}})
    text = " ".join(bundle_readme([tier], output_format="hcl", script="run.sh").split())
    assert "so all of their service is granted: `aws_glue_odd`." in text
    assert "so nothing is granted: `aws_unheardof_thing`." in text


def test_what_a_rollback_does_not_bring_back(bundle_tier):
    tier = bundle_tier(
        resource={
            "aws_dynamodb_table": {"t": {"deletion_protection_enabled": True}},
            "aws_kms_key": {"k": {"deletion_window_in_days": 9}},
            "aws_s3_bucket": {"b": {}, "c": {"force_destroy": True}},
        }
    )
    text = bundle_readme([tier], output_format="hcl", script="run.sh")
    assert "Point-in-time recovery restores them into a new table" in text
    assert "waiting time of 9 days" in text
    assert "| `01-web` | `aws_dynamodb_table.t` | deletion protection" in text
    assert "| `01-web` | `aws_s3_bucket.b` |" in text
    assert "| `01-web` | `aws_s3_bucket.c` |" not in text


def test_accepted_risks(synthesize, tier_config):
    notes = [
        {"level": "@cdktf/info", "message": f"[{name}] acknowledged: it is for the public"}
        for name in ("public-api", "CKV_AWS_18")
    ]
    tiers = bundle_tiers(synthesize({"web": tier_config("web")}, notes={"web": notes * 2}))
    text = bundle_readme(tiers, output_format="hcl", script="run.sh")
    assert text.count("| `01-web` | `public-api` | accepted | it is for the public |") == 1
    assert "| `01-web` | `CKV_AWS_18` | accepted | it is for the public |" in text
    assert "Accepted risks" not in bundle_readme(
        bundle_tiers(synthesize({"web": tier_config("web")})), output_format="hcl", script="run.sh"
    )


@pytest.mark.parametrize(
    ("kinds", "protocol", "step"),
    [
        (["aws_route53_zone"], None, "enter its name servers at the domain's registrar"),
        (
            ["aws_route53_zone", "aws_acm_certificate_validation"],
            None,
            "The apply waits for the certificate until that is done",
        ),
        (["aws_acm_certificate_validation"], None, "waits until its certificate is validated"),
        (["aws_sns_topic_subscription"], "email", "subscribes mail addresses"),
    ],
)
def test_what_people_do_meanwhile(bundle_tier, kinds, protocol, step):
    body = {"protocol": protocol} if protocol else {}
    tier = bundle_tier(resource={kind: {"a": body} for kind in kinds})
    assert step in bundle_readme([tier], output_format="hcl", script="run.sh")


@pytest.mark.parametrize("filters", [[{"name": "product-code", "values": ["f2ew"]}], []])
def test_an_image_of_the_marketplace_has_to_be_subscribed_to(bundle_tier, filters):
    image = {"owners": ["aws-marketplace"], "filter": filters}
    tier = bundle_tier(data={"aws_ami": {"vpn": image, "own": {"owners": ["amazon"]}}})
    text = bundle_readme([tier], output_format="hcl", script="run.sh")
    product = "the product with the code `f2ew`" if filters else "it"
    assert f"(`data.aws_ami.vpn`): subscribe the account to {product} before" in text
    assert "data.aws_ami.own" not in text


def test_values_that_no_tier_makes_have_to_exist(synthesize, tier_config):
    account = "${data.aws_caller_identity.current.account_id}"
    parameter = f"arn:aws:ssm:eu-central-1:{account}:parameter"
    secret = f"arn:aws:secretsmanager:eu-central-1:{account}:secret"
    policies = {
        "read": f'["{parameter}/shop/vpn-admin", "{parameter}/shop/url", "{parameter}/flat"]',
        "all": f'"{parameter}/shop/*"',
        "secret": f'["{secret}:db/main-??????", "{secret}:ours-??????", "{secret}:key:field::"]',
        "write": f'"ssm:PutParameter" "{parameter}/shop/written"',
    }
    scripts = {
        "a": "aws ssm get-parameter --region x --name '/shop/license' --with-decryption",
        "b": "aws secretsmanager get-secret-value --region x --secret-id shop/token --query y",
    }
    web = tier_config(
        "web",
        resource={
            "aws_iam_policy": {name: {"policy": text} for name, text in policies.items()},
            "aws_instance": {name: {"user_data": text} for name, text in scripts.items()},
        },
        data={
            "aws_ssm_parameter": {
                "ami": {"name": "/aws/service/ami-amazon-linux-latest/al2023"},
                "vpc": {"name": "/platform/vpc"},
            }
        },
    )
    base = tier_config(
        "base",
        resource={
            "aws_ssm_parameter": {"url": {"name": "/shop/url"}, "flat": {"name": "flat"}},
            "aws_secretsmanager_secret": {"ours": {"name": "ours"}},
        },
    )
    tiers = bundle_tiers(synthesize({"base": base, "web": web}))
    for text in (
        bundle_readme(tiers, output_format="hcl", script="run.sh"),
        tier_readme(tiers[1], tiers, output_format="hcl"),
    ):
        parameters = "`/platform/vpc`, `/shop/license`, `/shop/vpn-admin`"
        assert f"`02-web` reads the SSM parameters {parameters}, which no tier" in text
        assert "reads the secrets of Secrets Manager `db/main`, `key`, `shop/token`, wh" in text
    assert "`01-base` reads" not in bundle_readme(tiers, output_format="hcl", script="run.sh")


def test_states_move_to_a_bucket_that_is_there(readme):
    text = readme()
    assert "for tier in 02-network 03-web; do" in text
    assert 'terraform -chdir="$tier" init -backend-config=../backend.hcl -migrate-state' in text
    assert "Choose the bucket before the first apply, since `01-state` makes it." in text
    alone = readme("network", "web")
    assert "for tier in 01-network 02-web; do" in alone
    assert "rm -rf" not in alone
    assert "for tier in" not in readme("state").split("## Where the states are")[1]


def test_one_is_not_many(readme):
    assert "for AWS: 1 tier with 1 resource. Each" in " ".join(readme("network").split())


def test_a_tier_that_is_gone_has_to_be_destroyed_before(readme):
    assert "stays in AWS: destroy it from the older bundle first" in " ".join(readme().split())


def test_a_queue_needs_no_confirmation(bundle_tier):
    tier = bundle_tier(resource={"aws_sns_topic_subscription": {"a": {"protocol": "sqs"}}})
    assert "have to do before or meanwhile" not in bundle_readme(
        [tier], output_format="hcl", script="run.sh"
    )


def test_optional_files_have_a_section_each(readme):
    plain = readme()
    assert "Terragrunt" not in plain
    assert "GitHub Actions" not in plain
    assert "terragrunt run --all apply" in readme(terragrunt=True)
    assert f"`{WORKFLOW}` plans on pull requests" in readme(github_workflow=WORKFLOW)


def test_the_script_has_the_name_it_is_given(readme):
    assert "run.sh" not in readme(script="deploy.sh")


def test_every_shell_block_parses(readme):
    blocks = re.findall(r"```sh\n(.*?)```", readme(terragrunt=True), re.DOTALL)
    assert len(blocks) >= 8
    for block in blocks:
        run = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{run.stderr}\n{block}"


def test_the_markdown_is_whole(readme, shop):
    tiers = bundle_tiers(shop)
    everything = {"terragrunt": True, "github_workflow": WORKFLOW}
    guides = [readme(**everything), readme("network"), readme(output_format="json")]
    guides += [tier_readme(tier, tiers, output_format="hcl") for tier in tiers]
    assert guides[0] == readme(**everything)
    for text in guides:
        assert "\r" not in text
        assert text.endswith("\n")
        assert not re.search(r"\n\n\n|\n\n$", text)
        check_markdown(text)


def check_markdown(text: str) -> None:
    """Every fence is closed; every table is one, and its rows have as many cells as its head."""
    assert text.count("```") % 2 == 0
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    tables = [token for token in tokens if token.type == "table_open"]
    assert len(tables) == len(re.findall(r"(?m)^\| ---", text))
    for table in re.findall(r"(?m)(?:^\|.*\n)+", text):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table


def test_a_heading_is_followed_by_an_empty_line(readme):
    for heading in re.findall(r"(?m)^## .*\n.*\n", readme(terragrunt=True)):
        assert heading.endswith("\n\n"), heading
