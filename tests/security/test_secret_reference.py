from __future__ import annotations

import os
import re
import shlex
import subprocess

from terratiers import ConfigurationError, Tier
from terratiers.security import Key, KeyAttributes, Principal, Role, RoleAttributes
from terratiers.security.secret_reference import SecretReference

import pytest
from cdktf import TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.provider import AwsProvider

NAME = "/shop/prod/vpn-admin"
ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:vpn/admin-AbC123"
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
KEY_FORM = r"write Key\(self, "
ACCOUNT = "${data.aws_caller_identity.current.account_id}"


@pytest.fixture
def role(tier):
    return Role(tier, "web", assumed_by=Principal.service("ec2"), description="web servers")


def policies(template):
    """The text of the roles' policies by name; references as cdktf writes them in either way."""
    return {
        name: re.sub(r'"\$\{([^{}]*)\}"', r"\1", body["policy"])
        for name, body in template.resources("aws_iam_role_policy").items()
    }


def allowed(action, resource):
    return (
        '${jsonencode({"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", '
        f'"Action" = ["{action}"], "Resource" = [{resource}]}}]}})}}'
    )


# --- what it is


def test_a_parameter_is_known_by_its_name():
    secret = SecretReference.ssm_parameter(NAME)
    assert (secret.kind, secret.name, secret.key) == ("ssm", NAME, None)
    assert secret == SecretReference.ssm_parameter(NAME)


def test_a_secret_is_known_by_its_arn(tier):
    secret = SecretReference.secret(ARN)
    assert (secret.kind, secret.name, secret.key) == ("secretsmanager", ARN, None)
    assert secret.arn_in(tier) == ARN


def test_a_parameter_is_one_of_this_account_and_region(app, production):
    tier = Tier(app, "live", environment=production)
    assert SecretReference.ssm_parameter(NAME).arn_in(tier) == (
        "arn:aws:ssm:eu-central-1:111122223333:parameter/shop/prod/vpn-admin"
    )


def test_an_account_that_is_not_known_is_looked_up(tier, synth):
    tier.add_output("arn", SecretReference.ssm_parameter(NAME).arn_in(tier), description="ARN")
    template = synth(tier)
    template.has_output("arn", {"value": f"arn:aws:ssm:eu-central-1:{ACCOUNT}:parameter{NAME}"})
    template.has_data_source("aws_caller_identity")


def test_a_plain_stack_looks_up_all_of_it(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    role = Role(stack, "web", assumed_by=Principal.service("ec2"), description="web servers")
    SecretReference.ssm_parameter(NAME).grant_read(stack, role, "read-it")
    (policy,) = policies(synth(stack)).values()
    assert (
        '"arn:${data.aws_partition.current.partition}:ssm:${data.aws_region.current.id}:'
        f'{ACCOUNT}:parameter{NAME}"'
    ) in policy


NAMES = ["/a", "/a.b/c-d/E_1", "/shop/aws/ssm", "/" + "a" * 1010]


@pytest.mark.parametrize("name", NAMES, ids=["short", "signs", "AWS", "longest"])
def test_names_of_parameters(name):
    assert SecretReference.ssm_parameter(name).name == name


ARNS = [
    ARN,
    "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a-AbC123",
    "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a/_+=.@-b-AbC123",
]


@pytest.mark.parametrize("arn", ARNS, ids=["usual", "China", "signs"])
def test_arns_of_secrets(arn):
    assert SecretReference.secret(arn).name == arn


def test_an_arn_may_be_known_to_terraform_only(tier, role, synth):
    variable = TerraformVariable(tier, "secret", type="string")
    SecretReference.secret(variable.string_value).grant_read(tier, role, "read-it")
    (policy,) = policies(synth(tier)).values()
    assert policy == allowed("secretsmanager:GetSecretValue", "var.secret")


def test_it_does_not_change():
    with pytest.raises(AttributeError):
        SecretReference.ssm_parameter(NAME).name = "/other"


# --- reading it


def test_reading_a_parameter_is_allowed_for_that_one_alone(tier, role, synth):
    SecretReference.ssm_parameter(NAME).grant_read(tier, role, "read-admin-password")
    template = synth(tier)
    arn = f'"arn:aws:ssm:eu-central-1:{ACCOUNT}:parameter{NAME}"'
    assert policies(template) == {
        "web_read_admin_password": allowed("ssm:GetParameter", arn),
    }
    template.has_resource(
        "aws_iam_role_policy",
        {"name": "read-admin-password", "role": "${aws_iam_role.web.name}"},
    )


def test_reading_a_secret_is_allowed_for_that_one_alone(tier, role, synth):
    SecretReference.secret(ARN).grant_read(tier, role, "read-it")
    assert policies(synth(tier)) == {
        "web_read_it": allowed("secretsmanager:GetSecretValue", f'"{ARN}"')
    }


@pytest.mark.parametrize("kind", ["ssm", "secretsmanager"])
def test_a_key_of_ones_own_decrypts(tier, role, synth, kind):
    key = Key(tier, "key", description="secrets")
    secret = (
        SecretReference.ssm_parameter(NAME, key=key)
        if kind == "ssm"
        else SecretReference.secret(ARN, key=key)
    )
    assert secret.key is key
    secret.grant_read(tier, role, "read-it")
    found = policies(synth(tier))
    assert set(found) == {"web_read_it", "web_key_decrypt"}
    assert found["web_key_decrypt"] == allowed("kms:Decrypt", "aws_kms_key.key.arn")


def test_a_key_that_exists_already_decrypts(tier, role, synth):
    key = Key.from_attributes(tier, "key", KeyAttributes(key_arn=KEY_ARN))
    SecretReference.ssm_parameter(NAME, key=key).grant_read(tier, role, "read-it")
    assert policies(synth(tier))["web_key_decrypt"] == allowed("kms:Decrypt", f'"{KEY_ARN}"')


def test_granting_twice_changes_nothing(tier, role, synth):
    for _ in range(2):
        SecretReference.ssm_parameter(NAME).grant_read(tier, role, "read-it")
    synth(tier).resource_count("aws_iam_role_policy", 1)


def test_two_secrets_need_two_policies(tier, role, synth):
    SecretReference.ssm_parameter(NAME).grant_read(tier, role, "read-it")
    with pytest.raises(ConfigurationError, match="policy read-it exists with other statements"):
        SecretReference.ssm_parameter("/other").grant_read(tier, role, "read-it")
    SecretReference.ssm_parameter("/other").grant_read(tier, role, "read-other")
    assert set(policies(synth(tier))) == {"web_read_it", "web_read_other"}


def test_a_role_that_exists_already_is_granted_it(tier, synth):
    known = RoleAttributes(role_arn="arn:aws:iam::111122223333:role/web", role_name="web")
    role = Role.from_attributes(tier, "theirs", known)
    SecretReference.secret(ARN).grant_read(tier, role, "read-it")
    synth(tier).has_resource("aws_iam_role_policy", {"role": "web"})


@pytest.mark.parametrize("grantee", [None, "web", 1], ids=repr)
def test_only_what_has_a_role_is_granted_it(tier, grantee):
    with pytest.raises(ConfigurationError, match="cannot be granted anything: pass a Role"):
        SecretReference.ssm_parameter(NAME).grant_read(tier, grantee, "read-it")


@pytest.mark.parametrize("name", ["", "Read", "read it", "-a", None, "a" * 129], ids=repr)
def test_a_policy_of_another_name_is_refused(tier, role, name):
    with pytest.raises(ConfigurationError, match=r"policy name .* is not valid"):
        SecretReference.ssm_parameter(NAME).grant_read(tier, role, name)
    assert role.policies == {}


# --- the command

COMMANDS = {
    "parameter": (
        SecretReference.ssm_parameter(NAME),
        "aws ssm get-parameter --region eu-central-1 --name /shop/prod/vpn-admin "
        "--with-decryption --query Parameter.Value --output text",
    ),
    "secret": (
        SecretReference.secret(ARN),
        f"aws secretsmanager get-secret-value --region eu-central-1 --secret-id {ARN} "
        "--query SecretString --output text",
    ),
}


@pytest.mark.parametrize(("secret", "command"), COMMANDS.values(), ids=COMMANDS.keys())
def test_the_command_that_prints_it(secret, command):
    assert secret.shell_command("eu-central-1") == command


@pytest.mark.parametrize("kind", ["ssm", "secretsmanager"])
@pytest.mark.parametrize("name", ["a b", "$(id)", "a'b", '"; id; "', "`id`", "a\nb"], ids=repr)
def test_a_name_is_one_word_for_the_shell(tmp_path, kind, name):
    aws = tmp_path / "aws"
    aws.write_text('#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done\n')
    aws.chmod(0o755)
    command = SecretReference(kind=kind, name=name).shell_command("eu-central-1")
    path = f"{tmp_path}:{os.environ['PATH']}"
    shell = ["bash", "-c", command]
    words = subprocess.run(shell, check=True, capture_output=True, env={"PATH": path}).stdout
    assert name in words.decode().split("\0")
    assert name in shlex.split(command)


# --- bad input

BAD_NAMES = {
    "none": None,
    "number": 1,
    "empty": "",
    "slash": "/",
    "no slash": "shop/prod",
    "slash at the end": "/shop/",
    "two slashes": "/shop//prod",
    "space": "/shop/vpn admin",
    "quote": "/shop/vpn'admin",
    "command": "/shop/$(id)",
    "newline": "/shop/prod\n",
    "umlaut": "/läden",
    "wildcard": "/shop/*",
    "question mark": "/shop/?",
    "long": "/" + "a" * 1011,
    "token": "${var.name}",
    "AWS's own": "/aws/reference/secretsmanager/vpn",
    "AWS's own in capitals": "/AWS/vpn",
    "begins like AWS's own": "/awsome/vpn",
    "Systems Manager's own": "/ssm/vpn",
    "ARN": "arn:aws:ssm:eu-central-1:111122223333:parameter/shop",
    "list": [NAME],
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES.keys())
def test_a_parameter_of_another_name_is_refused(name):
    with pytest.raises(ConfigurationError, match=r"^secret: name .* is not valid: write a param"):
        SecretReference.ssm_parameter(name)


BAD_ARNS = {
    "none": None,
    "number": 1,
    "empty": "",
    "name": "vpn/admin",
    "parameter": "arn:aws:ssm:eu-central-1:111122223333:parameter/shop",
    "wildcard": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:*",
    "every": "*",
    "account": "arn:aws:secretsmanager:eu-central-1:1111:secret:a-AbC123",
    "command": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:$(id)",
    "newline": f"{ARN}\n",
    "list": [ARN],
}


@pytest.mark.parametrize("arn", BAD_ARNS.values(), ids=BAD_ARNS.keys())
def test_a_secret_of_another_arn_is_refused(arn):
    with pytest.raises(ConfigurationError, match="write an ARN of secretsmanager, arn:aws:secret"):
        SecretReference.secret(arn)


@pytest.mark.parametrize("key", [KEY_ARN, "alias/secrets", 1, [], False], ids=repr)
@pytest.mark.parametrize(
    ("make", "known"),
    [(SecretReference.ssm_parameter, NAME), (SecretReference.secret, ARN)],
    ids=["parameter", "secret"],
)
def test_a_key_of_another_kind_is_refused(make, known, key):
    with pytest.raises(ConfigurationError, match=KEY_FORM):
        make(known, key=key)


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigurationError, match=r"(?s)secret: 2 faults.*name x.*key is y"):
        SecretReference.ssm_parameter("x", key="y")
