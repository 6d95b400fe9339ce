from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.security import InstanceProfile, Key, KeyAttributes, Principal, Role
from terratiers.testing import ABSENT

import pytest
from constructs import Construct

KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ENCRYPT = '"kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"'
DECRYPT = '"kms:Decrypt"'


def document(*statements):
    body = f'{{"Version" = "2012-10-17", "Statement" = [{", ".join(statements)}]}}'
    return f"${{jsonencode({body})}}"


def administers(account):
    return (
        '{"Sid" = "AccountAdministersKey", "Effect" = "Allow", "Principal" = {"AWS" = '
        f'"arn:aws:iam::{account}:root"}}, "Action" = "kms:*", "Resource" = "*"}}'
    )


def uses(service, condition):
    return (
        f'{{"Effect" = "Allow", "Principal" = {{"Service" = "{service}"}}, '
        f'"Action" = [{DECRYPT}, "kms:DescribeKey", {ENCRYPT}], "Resource" = "*", '
        f'"Condition" = {condition}}}'
    )


THIS_ACCOUNT = "${data.aws_caller_identity.current.account_id}"
FOR_THIS_ACCOUNT = f'{{"StringEquals" = {{"aws:SourceAccount" = "{THIS_ACCOUNT}"}}}}'
SNS = '"Principal" = {"Service" = "sns.amazonaws.com"}'


@pytest.fixture
def key(tier):
    return Key(tier, "data", description="the data")


@pytest.fixture
def web(tier):
    return Role(tier, "web", assumed_by=Principal.service("ec2"), description="web servers")


def policy_of(template):
    return template.resource("aws_kms_key.data")["policy"]


@pytest.mark.usefixtures("key")
def test_a_key_rotates_every_year_and_belongs_to_the_account(tier, synth):
    template = synth(tier)
    assert template.resources("aws_kms_key") == {
        "data": {
            "description": "the data",
            "enable_key_rotation": True,
            "rotation_period_in_days": 365,
            "deletion_window_in_days": 30,
            "policy": document(administers(THIS_ACCOUNT)),
            "tags": {"Name": "shop-test-data"},
        }
    }


@pytest.mark.usefixtures("key")
def test_a_key_has_an_alias(tier, synth):
    assert synth(tier).resources("aws_kms_alias") == {
        "data": {"name": "alias/shop-test-data", "target_key_id": "${aws_kms_key.data.key_id}"}
    }


@pytest.mark.parametrize(("rotation", "window"), [(90, 7), (2560, 30)])
def test_rotation_deletion_window_and_tags_are_chosen(tier, synth, rotation, window):
    Key(
        tier,
        "data",
        description="the data",
        rotation_period=rotation,
        deletion_window=window,
        tags={"Owner": "web"},
    )
    synth(tier).has_resource(
        "aws_kms_key",
        {
            "rotation_period_in_days": rotation,
            "deletion_window_in_days": window,
            "enable_key_rotation": True,
            "tags": {"Owner": "web", "Name": "shop-test-data"},
            "lifecycle": ABSENT,
        },
    )


def test_production_does_not_destroy_a_key_and_writes_its_account(app, production, synth):
    tier = Tier(app, "network", environment=production)
    Key(tier, "data", description="the data")
    template = synth(tier)
    body = template.resource("aws_kms_key.data")
    assert body["lifecycle"] == {"prevent_destroy": True}
    assert body["policy"] == document(administers("111122223333"))
    assert template.addresses() == ["aws_kms_alias.data", "aws_kms_key.data"]


@pytest.mark.parametrize(
    ("grant", "name", "actions"),
    [
        (Key.grant_encrypt, "encrypt", ENCRYPT),
        (Key.grant_decrypt, "decrypt", DECRYPT),
        (Key.grant_encrypt_decrypt, "encrypt-decrypt", f"{ENCRYPT}, {DECRYPT}"),
    ],
)
def test_a_grant_is_a_policy_of_the_role(tier, key, web, synth, grant, name, actions):
    grant(key, web)
    grant(key, web)
    template = synth(tier)
    assert template.resources("aws_iam_role_policy") == {
        f"web_data_{name.replace('-', '_')}": {
            "name": f"data-{name}",
            "role": "${aws_iam_role.web.name}",
            "policy": document(
                f'{{"Effect" = "Allow", "Action" = [{actions}], '
                '"Resource" = ["${aws_kms_key.data.arn}"]}'
            ),
        }
    }
    assert policy_of(template) == document(administers(THIS_ACCOUNT))


def test_grants_of_several_keys_stand_side_by_side(tier, key, web, synth):
    key.grant_encrypt(web)
    key.grant_decrypt(web)
    Key(tier, "logs", description="the logs").grant_decrypt(web)
    assert set(synth(tier).resources("aws_iam_role_policy")) == {
        "web_data_encrypt",
        "web_data_decrypt",
        "web_logs_decrypt",
    }


def test_whatever_has_a_role_is_granted_the_key(tier, key, web, synth):
    key.grant_decrypt(InstanceProfile(tier, "profile", role=web))
    assert set(synth(tier).resources("aws_iam_role_policy")) == {"web_data_decrypt"}


def test_a_service_uses_the_key_for_this_account(tier, key, synth):
    key.grant_service("sns")
    statement = uses("sns.amazonaws.com", FOR_THIS_ACCOUNT)
    assert policy_of(synth(tier)) == document(administers(THIS_ACCOUNT), statement)


def test_a_service_uses_the_key_for_the_account_of_the_environment(app, production, synth):
    tier = Tier(app, "network", environment=production)
    Key(tier, "data", description="the data").grant_service("sns")
    condition = '{"StringEquals" = {"aws:SourceAccount" = "111122223333"}}'
    assert uses("sns.amazonaws.com", condition) in policy_of(synth(tier))


def test_ones_own_conditions_replace_the_account(tier, key, synth):
    service = "logs.eu-central-1.amazonaws.com"
    logs = "arn:aws:logs:eu-central-1:111122223333:log-group:web"
    key.grant_service(service, {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": logs}})
    condition = f'{{"ArnEquals" = {{"kms:EncryptionContext:aws:logs:arn" = "{logs}"}}}}'
    policy = policy_of(synth(tier))
    assert policy == document(administers(THIS_ACCOUNT), uses(service, condition))
    assert "aws:SourceAccount" not in policy


def test_a_service_is_added_once(app, production, synth):
    tier = Tier(app, "network", environment=production)
    key = Key(tier, "data", description="the data")
    for service in ("sns", "sns.amazonaws.com", "delivery.logs", "delivery.logs"):
        key.grant_service(service)
    policy = policy_of(synth(tier))
    assert policy.count(SNS) == 1
    assert policy.count('"delivery.logs.amazonaws.com"') == 1


def test_a_service_with_the_same_conditions_is_added_once(tier, key, synth):
    key.grant_service("sns", {"Bool": {"aws:SecureTransport": "true"}})
    key.grant_service("sns", {"Bool": {"aws:SecureTransport": "true"}})
    assert policy_of(synth(tier)).count(SNS) == 1


def test_a_service_is_added_once_for_an_account_that_terraform_reads(tier, key, synth):
    key.grant_service("sns")
    key.grant_service("sns")
    assert policy_of(synth(tier)).count(SNS) == 1


def test_a_service_may_use_the_key_on_several_conditions(tier, key, synth):
    key.grant_service("sns")
    key.grant_service("sns", {"Bool": {"aws:SecureTransport": "true"}})
    policy = policy_of(synth(tier))
    assert policy.count(SNS) == 2
    assert policy.count('"Sid"') == 1


def test_a_key_in_a_construct_is_called_by_its_path(tier, synth):
    Key(Construct(tier, "files"), "data", description="the data")
    template = synth(tier)
    template.has_resource("aws_kms_alias", {"name": "alias/shop-test-files-data"})
    template.has_resource("aws_kms_key", {"tags": {"Name": "shop-test-files-data"}})


def test_a_key_that_exists_is_granted(tier, web, synth):
    old = Key.from_attributes(tier, "old", KeyAttributes(key_arn=KEY_ARN))
    assert old.key_arn == KEY_ARN
    old.grant_decrypt(web)
    template = synth(tier)
    template.resource_count("aws_kms_key", 0)
    policy = template.resource("aws_iam_role_policy.web_old_decrypt")["policy"]
    assert f'"Resource" = ["{KEY_ARN}"]' in policy


def test_a_key_of_another_tier_is_granted_in_the_tier_that_uses_it(
    app, environment, tier, key, synth
):
    other_tier = Tier(app, "shop", environment=environment)
    web = Role(other_tier, "web", assumed_by=Principal.service("ec2"), description="web")
    other_tier.use(key).grant_decrypt(web)
    template = synth(tier)
    template.has_output("data_key_arn", {"value": "${aws_kms_key.data.arn}"})
    template.has_no_resource("aws_iam_role_policy")
    (policy,) = synth(other_tier).resources("aws_iam_role_policy").values()
    assert policy["role"] == "${aws_iam_role.web.name}"


def test_a_grant_refers_to_the_key_of_another_tier(app, environment, tier, key, synth):
    other_tier = Tier(app, "shop", environment=environment)
    web = Role(other_tier, "web", assumed_by=Principal.service("ec2"), description="web")
    other_tier.use(key).grant_decrypt(web)
    (policy,) = synth(other_tier).resources("aws_iam_role_policy").values()
    assert policy["policy"] == document(
        f'{{"Effect" = "Allow", "Action" = [{DECRYPT}], "Resource" = '
        '["${data.terraform_remote_state.network.outputs.data_key_arn}"]}'
    )


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("data_", "data-decrypt"),
        ("my--data", "my-data-decrypt"),
        ("data-", "data-decrypt"),
        ("Data", "data-decrypt"),
    ],
)
def test_a_key_of_any_id_is_granted(tier, web, synth, id, name):
    Key(tier, id, description="the data").grant_decrypt(web)
    (policy,) = synth(tier).resources("aws_iam_role_policy").values()
    assert policy["name"] == name


BAD_KEYS = {
    "description empty": ({"description": ""}, "description '' is not valid: write 1 to 8192"),
    "description long": ({"description": "x" * 8193}, r"1 to 8192 characters \(KMS\)"),
    "description None": ({"description": None}, "description None"),
    "rotation short": ({"rotation_period": 89}, r"rotation_period is 89: .* 90 to 2560 days"),
    "rotation long": ({"rotation_period": 2561}, r"rotation_period is 2561: .* 90 to 2560"),
    "rotation text": ({"rotation_period": "365"}, "write a whole number from 90 to 2560 days"),
    "rotation None": ({"rotation_period": None}, "rotation_period is None"),
    "rotation bool": ({"rotation_period": False}, r"rotation_period is False \(bool\)"),
    "window short": ({"deletion_window": 6}, r"deletion_window is 6: .* 7 to 30 days"),
    "window long": ({"deletion_window": 31}, r"deletion_window is 31: .* 7 to 30 days"),
    "window fraction": ({"deletion_window": 7.5}, r"deletion_window is 7.5 \(float\)"),
    "window None": ({"deletion_window": None}, "deletion_window is None"),
    "tags": ({"tags": {"a": 1}}, "no tag"),
    "tag aws": ({"tags": {"aws:x": "1"}}, "which AWS keeps for itself"),
}


@pytest.mark.parametrize(("change", "message"), BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_bad_keys_are_refused(tier, change, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        Key(tier, "data", **{"description": "the data", **change})
    assert str(caught.value).startswith("network/data: ")
    assert tier.node.try_find_child("data") is None


BAD_SERVICES = {
    "empty": (("",), "service '' is not valid: write a service like ec2"),
    "upper": (("SNS",), "service SNS is not valid"),
    "blank": (("sns, sqs",), "service sns, sqs is not valid"),
    "token": (("${var.service}",), "write a service like ec2"),
    "None": ((None,), "service None is not valid"),
    "conditions text": (("sns", "aws:SourceAccount"), "conditions is aws:SourceAccount"),
    "conditions operator": (("sns", {"Equals": {"a:b": "c"}}), "operator Equals is not valid"),
    "conditions empty": (("sns", {}), "conditions is empty: leave it out for this account alone"),
    "conditions without value": (("sns", {"Bool": {"aws:a": None}}), "aws:a: None .* cannot be"),
    "conditions without key": (("sns", {"Bool": {}}), "Bool names no key"),
    "conditions without operator": (("sns", {"aws:SourceAccount": "1"}), "aws:SourceAccount is 1"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_SERVICES.values(), ids=BAD_SERVICES.keys())
def test_bad_services_are_refused(tier, key, synth, arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        key.grant_service(*arguments)
    assert policy_of(synth(tier)) == document(administers(THIS_ACCOUNT))


@pytest.mark.parametrize("grantee", [None, "web", Principal.service("ec2")])
@pytest.mark.parametrize("grant", [Key.grant_encrypt, Key.grant_decrypt, Key.grant_encrypt_decrypt])
def test_only_what_has_a_role_is_granted_the_key(key, grant, grantee):
    with pytest.raises(ConfigurationError, match=r"network/data: .* cannot be granted"):
        grant(key, grantee)


BAD_ATTRIBUTES = {
    "None": (None, "attributes is None"),
    "ARN alone": (KEY_ARN, r"write KeyAttributes\(key_arn="),
    "id": (KeyAttributes(key_arn="1234abcd"), "key_arn 1234abcd is not valid"),
    "alias": (
        KeyAttributes(key_arn="arn:aws:kms:eu-central-1:111122223333:alias/data"),
        "whose end matches key/",
    ),
    "other service": (KeyAttributes(key_arn="arn:aws:s3:::data"), "write an ARN of kms"),
    "ARN None": (KeyAttributes(key_arn=None), "key_arn None"),
}


@pytest.mark.parametrize(
    ("attributes", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys()
)
def test_bad_attributes_are_refused(tier, attributes, message):
    with pytest.raises(ConfigurationError, match=message):
        Key.from_attributes(tier, "old", attributes)
    assert tier.node.try_find_child("old") is None


def test_auto_scaling_starts_instances_with_encrypted_volumes(tier, synth):
    key = Key(tier, "key", description="volumes")
    key.grant_auto_scaling()
    key.grant_auto_scaling()
    policy = synth(tier).resource("aws_kms_key.key")["policy"]
    assert policy.count("AWSServiceRoleForAutoScaling") == 2
    assert policy.count('"kms:CreateGrant"') == 1
    assert '"kms:GrantIsForAWSResource" = "true"' in policy
    # everybody is named, and everybody but that one role of this account is kept out
    assert policy.count('"kms:CallerAccount"') == policy.count('"AWS" = "*"') == 2


LINKED = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_web"


def test_auto_scaling_may_act_with_another_service_linked_role(tier, key, synth):
    role = f"arn:aws:iam::111122223333:{LINKED}"
    key.grant_auto_scaling(role)
    key.grant_auto_scaling(role_arn=role)
    policy = policy_of(synth(tier))
    assert policy.count("AWSServiceRoleForAutoScaling") == 2
    assert policy.count(f'{{"aws:PrincipalArn" = "{role}"}}') == 2


@pytest.mark.parametrize(
    "role",
    [
        "",
        1,
        True,
        "AWSServiceRoleForAutoScaling_web",
        "arn:aws:iam::111122223333:role/web",
        "arn:aws:iam::111122223333:role/*",
        f"arn:aws:iam::1111:{LINKED}",
        f"arn:aws:iam::111122223333:{LINKED}*",
        f"arn:aws:sts::111122223333:{LINKED}",
    ],
    ids=str,
)
def test_roles_that_are_not_those_of_auto_scaling_are_refused(tier, key, synth, role):
    with pytest.raises(ConfigurationError, match=r"network/data: role_arn .* is not valid"):
        key.grant_auto_scaling(role)
    assert policy_of(synth(tier)) == document(administers(THIS_ACCOUNT))


@pytest.mark.parametrize(
    "name", ["", None, 1, "*", "/shop/*", "a b", "a:b", "x" * 513, '"', "ä"], ids=repr
)
def test_names_that_are_no_log_groups_are_refused(tier, key, synth, name):
    with pytest.raises(ConfigurationError, match=r"network/data: name .* is not valid: .*512"):
        key.grant_log_group(name)
    assert policy_of(synth(tier)) == document(administers(THIS_ACCOUNT))


@pytest.mark.parametrize("name", ["x" * 512, "aws-waf-logs-a/b_c.d#e", "/x/${aws_x.y.name}"])
def test_names_of_log_groups(tier, key, synth, name):
    key.grant_log_group(name)
    assert f":log-group:{name}" in policy_of(synth(tier))


def test_cloud_watch_logs_encrypts_one_group(tier, synth):
    key = Key(tier, "key", description="logs")
    key.grant_log_group("/shop/api")
    policy = synth(tier).resource("aws_kms_key.key")["policy"]
    assert '"Service" = "logs.eu-central-1.amazonaws.com"' in policy
    assert ":log-group:/shop/api" in policy
