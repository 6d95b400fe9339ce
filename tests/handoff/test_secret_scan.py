"""Secrets are found wherever they are, named by their place, and never shown."""

from __future__ import annotations

import base64
import io
import zipfile

from terratiers.handoff.errors import HandoffError
from terratiers.handoff.secret_scan import check_secrets, holds_secret, is_secret_argument

import pytest

# put together here, so that no scanner of this repository finds them
AWS_KEY = "AKIA" + "QWERTYUIOPASDFGH"
AWS_SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE"
TOKENS = {
    "a private key": PRIVATE_KEY,
    "an AWS access key": AWS_KEY,
    "a temporary AWS access key": "ASIA" + "QWERTYUIOPASDFGH",
    "an AWS secret access key": f'aws_secret_access_key = "{AWS_SECRET}"',
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a GitLab token": "glpat-" + "a1B2c" * 4,
    "a Slack token": "xoxb-" + "123456789012-abcdef",
    "a Slack webhook": "https://hooks.slack.com/services/T0AAAA/B0BBBB/" + "c" * 24,
    "a Stripe key": "sk_live_" + "a1B2c" * 5,
    "a Google API key": "AIza" + "a1B2c" * 7,
    "an npm token": "npm_" + "a1B2" * 9,
    "a PyPI token": "pypi-AgEI" + "a1B2c" * 12,
    "a SendGrid key": "SG." + "a" * 22 + "." + "b" * 43,
    "a HCP Terraform token": "a" * 14 + ".atlasv1." + "b" * 60,
    "a Vault token": "hvs." + "a" * 24,
    "an Anthropic key": "sk-ant-" + "a" * 40,
    "an OpenAI key": "sk-proj-" + "a" * 40,
    "a JSON web token": "eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 24,
    "a password in a URL": "postgres://shop:" + "hunter2@db.example.com/shop",
}


@pytest.mark.parametrize(("kind", "text"), TOKENS.items(), ids=TOKENS)
def test_well_known_forms_are_found(kind, text):
    assert holds_secret(f"x: {text} y") == kind


@pytest.mark.parametrize(
    "text",
    [
        f"AWS_SECRET_ACCESS_KEY={AWS_SECRET}",
        "password = 'hunter22'",
        '{"DB_PASSWORD": "hunter22"}',
        '${jsonencode({"client_secret" = "hunter22"})}',
        '{\\"password\\":\\"hunter22\\"}',
        "#!/bin/sh\nexport DB_PASSWORD=hunter22\n",
        base64.b64encode(f"#!/bin/sh\nkey={AWS_KEY}\n# and more".encode()).decode(),
    ],
    ids=["upper", "assigned", "json", "expression", "escaped", "shell", "base64"],
)
def test_what_is_written_out_in_a_text_is_found(text):
    assert holds_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "-----BEGIN PUBLIC KEY-----",
        "password=$(aws ssm get-parameter --name /shop/db)",
        'password = "${var.password}"',
        'TOKEN="$(curl -X PUT http://169.254.169.254/latest/api/token)"',
        "secret = '/shop/dev/db'",
        "https://user@example.com/path:with@signs",
        "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-AbCdEf",
        "${aws_db_instance.main.password}",
    ],
)
def test_what_is_none_passes(text):
    assert holds_secret(text) is None


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        ("aws_db_instance", {"password": "hunter22"}, "password"),
        ("aws_rds_cluster", {"master_password": "hunter22"}, "master_password"),
        (
            "aws_secretsmanager_secret_version",
            {"secret_string": '${jsonencode({"user" = "a", "pin" = "b"})}'},
            "secret_string",
        ),
        (
            "aws_lb_listener",
            {"default_action": [{"authenticate_oidc": {"client_secret": "x"}}]},
            "default_action[0].authenticate_oidc.client_secret",
        ),
        ("aws_elasticache_user", {"passwords": ["hunter22"]}, "passwords[0]"),
        (
            "aws_lambda_function",
            {"environment": {"variables": {"DB_PASSWORD": "x"}}},
            "environment.variables.DB_PASSWORD",
        ),
        ("aws_ssm_parameter", {"type": "SecureString", "value": "x"}, "value"),
        ("other_thing", {"apiKey": "x"}, "apiKey"),
        ("aws_instance", {"tags": {"Note": f"use {AWS_KEY}"}}, "tags.Note"),
    ],
    ids=["password", "cluster", "json", "nested", "list", "variable", "ssm", "other", "anywhere"],
)
def test_a_secret_in_the_configuration_is_named(bundle_tier, kind, body, place):
    tier = bundle_tier(resource={kind: {"main": body}})
    with pytest.raises(HandoffError, match="would hand over secrets") as caught:
        check_secrets([tier])
    assert f"  web:{kind}.main.{place}: " in str(caught.value)
    for secret in ("hunter22", AWS_KEY):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("aws_db_instance", {"password": "${var.password}"}),
        ("aws_db_instance", {"manage_master_user_password": True}),
        ("aws_rds_cluster", {"master_password": "${random_password.main.result}"}),
        (
            "aws_secretsmanager_secret_version",
            {"secret_string": '${jsonencode({"password" = random_password.main.result})}'},
        ),
        ("aws_instance", {"metadata_options": {"http_tokens": "required"}}),
        (
            "aws_lambda_function",
            {
                "environment": {
                    "variables": {
                        "DB_SECRET": "shop/dev/db",
                        "ADMIN_PASSWORD": "/shop/dev/admin",
                        "TOKEN_URL": "https://example.com",
                        "API_KEY": "${aws_api_gateway_api_key.main.value}",
                    }
                }
            },
        ),
        ("aws_ssm_parameter", {"type": "String", "value": "plain"}),
        ("aws_kms_key", {"description": "Encrypts the password of the database"}),
    ],
    ids=["variable", "managed", "random", "json", "imds", "lambda", "ssm", "prose"],
)
def test_references_and_names_of_secrets_pass(bundle_tier, kind, body):
    check_secrets([bundle_tier(resource={kind: {"main": body}})])


def test_defaults_of_variables_and_outputs_are_looked_at(bundle_tier):
    tier = bundle_tier(
        variable={"db_password": {"default": "hunter22", "description": "x"}},
        output={"token": {"value": "hunter22", "description": "x"}},
    )
    with pytest.raises(HandoffError) as caught:
        check_secrets([tier])
    assert "variable.db_password.default" in str(caught.value)
    assert "output.token.value" in str(caught.value)
    assert "description" not in str(caught.value)


def zipped(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"a\nkey = {AWS_KEY}\n".encode(), ":2"),
        (zipped(handler=f"\n\n{PRIVATE_KEY}"), "/handler:3"),
        (zipped(**{"lib__inner.zip": zipped(config=AWS_KEY)}), "/lib/inner.zip/config:1"),
        (zipped(**{".env": "COLOR=red"}), "/.env"),
        (zipped(**{"keys__id_rsa": b"\0"}), "/keys/id_rsa"),
    ],
    ids=["text", "zip", "zip in zip", "env", "key file"],
)
def test_a_secret_in_a_file_is_named(bundle_tier, content, place):
    tier = bundle_tier({"assets/api_0000AAAA/1/code": content})
    with pytest.raises(HandoffError, match="secrets") as caught:
        check_secrets([tier])
    assert f"web:files/api/code{place}: " in str(caught.value)
    assert AWS_KEY not in str(caught.value)


def test_code_that_only_speaks_of_passwords_passes(bundle_tier):
    code = 'password = "hunter22"  # as a library documents itself\n'
    check_secrets([bundle_tier({"assets/api_0000AAAA/1/code.zip": zipped(handler=code)})])


def test_notes_are_looked_at(synthesize, tier_config):
    from terratiers.handoff.bundle_tier import bundle_tiers

    note = {"level": "@cdktf/info", "message": f"[x] acknowledged: the key is {AWS_KEY}"}
    tiers = bundle_tiers(synthesize({"web": tier_config("web")}, notes={"web": [note]}))
    with pytest.raises(HandoffError, match="web:note 1: an AWS access key"):
        check_secrets(tiers)


def test_a_place_that_holds_none_can_be_told(bundle_tier):
    tier = bundle_tier(resource={"aws_db_instance": {"main": {"password": "changed-later"}}})
    check_secrets([tier], ["web:aws_db_instance.main.password"])
    with pytest.raises(HandoffError, match=r"--not-secret web:nowhere: nothing there"):
        check_secrets([tier], ["web:aws_db_instance.main.password", "web:nowhere"])


def test_the_catalog_knows_its_provider():
    assert is_secret_argument(("resource", "aws_db_instance", "x", "password"))
    assert not is_secret_argument(("resource", "aws_db_instance", "x", "username"))
