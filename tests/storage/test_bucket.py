from __future__ import annotations

from itertools import count

from terratiers import ConfigurationError, Environment, Tier, acknowledge
from terratiers.security import Key, KeyAttributes, Principal, Role
from terratiers.storage import (
    AccessLogs,
    Bucket,
    BucketAttributes,
    BucketEncryption,
    CorsRule,
    LifecycleRule,
    ObjectOwnership,
    StorageClass,
    Transition,
)
from terratiers.testing import ABSENT

import pytest
from cdktf import App, TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct
from hypothesis import given, settings
from hypothesis import strategies as st

KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
ABORT = {
    "id": "abort-incomplete-uploads",
    "status": "Enabled",
    "filter": [{"prefix": ""}],
    "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
}
SETTINGS = (
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
)


@pytest.fixture
def tier(app, environment):
    return Tier(app, "data", environment=environment)


@pytest.fixture
def key(tier):
    return Key(tier, "key", description="files of customers")


@pytest.fixture
def role(tier):
    return Role(tier, "web", assumed_by=Principal.service("ec2"), description="web servers")


def attributes(**change):
    known = {
        "bucket_name": "old-files",
        "bucket_arn": "arn:aws:s3:::old-files",
        "bucket_regional_domain_name": "old-files.s3.eu-central-1.amazonaws.com",
    }
    return BucketAttributes(**{**known, **change})


def policies(template):
    """The text of the roles' policies by name."""
    return {name: p["policy"] for name, p in template.resources("aws_iam_role_policy").items()}


def bucket_policy(template, name="files"):
    return template.resource(f"aws_s3_bucket_policy.{name}")["policy"]


def lifecycle(template, name="files"):
    return template.resource(f"aws_s3_bucket_lifecycle_configuration.{name}")["rule"]


def warnings(construct):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]


# --- defaults


def test_a_bucket_and_its_settings_are_named_after_its_id(tier, synth):
    Bucket(tier, "files")
    template = synth(tier)
    for kind in ("aws_s3_bucket", *SETTINGS):
        assert list(template.resources(kind)) == ["files"]
    for kind in SETTINGS:
        template.has_resource(kind, {"bucket": "${aws_s3_bucket.files.id}"})
    assert len([a for a in template.addresses() if a.startswith("aws_")]) == 1 + len(SETTINGS)


def test_the_name_ends_in_the_account_which_is_looked_up(tier, synth):
    Bucket(tier, "files")
    template = synth(tier)
    template.has_resource(
        "aws_s3_bucket",
        {
            "bucket": "shop-test-files-${data.aws_caller_identity.current.account_id}",
            "force_destroy": False,
            "tags": {"Name": "shop-test-files"},
        },
    )
    template.has_data_source("aws_caller_identity")


def test_an_environment_with_an_account_gives_literal_names(app, production, synth):
    tier = Tier(app, "data", environment=production)
    Bucket(tier, "user_Files")
    template = synth(tier)
    template.has_resource("aws_s3_bucket", {"bucket": "shop-prod-user-files-111122223333"})
    assert "data.aws_caller_identity.current" not in template.addresses()


def test_a_bucket_in_a_construct_is_called_by_its_path(app, production, tier, synth):
    Bucket(Construct(tier, "a"), "files")
    template = synth(tier)
    account = "${data.aws_caller_identity.current.account_id}"
    body = template.resource("aws_s3_bucket.a_files")
    assert body["bucket"] == f"shop-test-a-files-{account}"
    assert body["tags"] == {"Name": "shop-test-a-files"}
    with pytest.raises(ConfigurationError, match="give a shorter id, or bucket_name"):
        Bucket(Construct(tier, "a" * 30), "f" * 30)

    tier = Tier(app, "literal", environment=production)
    Bucket(Construct(Construct(tier, "A_b"), "c"), "files")
    synth(tier).has_resource("aws_s3_bucket", {"bucket": "shop-prod-a-b-c-files-111122223333"})


def test_it_is_encrypted_by_s3(tier, synth):
    Bucket(tier, "files")
    (rule,) = synth(tier).resource("aws_s3_bucket_server_side_encryption_configuration.files")[
        "rule"
    ]
    assert rule == {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}


def test_it_is_closed_to_the_public(tier, synth):
    Bucket(tier, "files")
    synth(tier).has_resource(
        "aws_s3_bucket_public_access_block",
        {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
    )


def test_plain_http_is_denied_once_the_public_access_block_stands(tier, synth):
    Bucket(tier, "files")
    template = synth(tier)
    template.has_resource(
        "aws_s3_bucket_policy", {"depends_on": ["aws_s3_bucket_public_access_block.files"]}
    )
    policy = bucket_policy(template)
    assert '"Effect" = "Deny", "Principal" = "*", "Action" = "s3:*"' in policy
    assert (
        '"Resource" = ["${aws_s3_bucket.files.arn}", "${aws_s3_bucket.files.arn}/*"], '
        '"Condition" = {"Bool" = {"aws:SecureTransport" = "false"}}'
    ) in policy


def test_it_keeps_versions_has_no_acls_and_cleans_up_uploads(tier, synth):
    bucket = Bucket(tier, "files")
    template = synth(tier)
    template.has_resource(
        "aws_s3_bucket_versioning", {"versioning_configuration": {"status": "Enabled"}}
    )
    template.has_resource(
        "aws_s3_bucket_ownership_controls", {"rule": {"object_ownership": "BucketOwnerEnforced"}}
    )
    template.has_resource(
        "aws_s3_bucket_lifecycle_configuration", {"depends_on": ["aws_s3_bucket_versioning.files"]}
    )
    assert lifecycle(template) == [ABORT]
    assert warnings(bucket) == []


def test_cors_and_logs_are_asked_for(tier, synth):
    bucket = Bucket(tier, "files")
    template = synth(tier)
    template.resource_count("aws_s3_bucket_cors_configuration", 0)
    template.resource_count("aws_s3_bucket_logging", 0)
    assert (bucket.cors_configuration, bucket.logging) == (None, None)


def test_a_plain_stack_without_environment_works(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    Bucket(stack, "files", force_destroy=True)
    synth(stack).has_resource(
        "aws_s3_bucket",
        {
            "bucket": "plain-files-${data.aws_caller_identity.current.account_id}",
            "force_destroy": True,
            "tags": {"Name": "plain-files"},
        },
    )


# --- options


@pytest.mark.parametrize("name", ["abc", "a" * 63, "my.files-1", "${var.bucket_name}"])
def test_a_name_of_ones_own(tier, synth, name):
    Bucket(tier, "files", bucket_name=name)
    template = synth(tier)
    template.has_resource("aws_s3_bucket", {"bucket": name, "tags": {"Name": "shop-test-files"}})
    assert "data.aws_caller_identity.current" not in template.addresses()


def test_a_name_of_ones_own_helps_where_the_default_is_too_long(tier, synth):
    id = "f" * 60
    with pytest.raises(ConfigurationError, match="give a shorter id, or bucket_name"):
        Bucket(tier, id)
    Bucket(tier, id, bucket_name="files-of-the-shop")
    synth(tier).has_resource("aws_s3_bucket", {"bucket": "files-of-the-shop"})


def test_tags_are_added(tier, synth):
    Bucket(tier, "files", tags={"team": "web"})
    synth(tier).has_resource("aws_s3_bucket", {"tags": {"team": "web", "Name": "shop-test-files"}})


def test_a_key_encrypts_with_a_bucket_key(tier, key, synth):
    bucket = Bucket(tier, "files", encryption=BucketEncryption.kms(key))
    synth(tier).has_resource(
        "aws_s3_bucket_server_side_encryption_configuration",
        {
            "rule": [
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": "${aws_kms_key.key.arn}",
                    },
                    "bucket_key_enabled": True,
                }
            ]
        },
    )
    assert bucket.attributes.kms_encrypted
    assert bucket.attributes.kms_key_arn == key.key_arn


def test_an_imported_key_encrypts(tier, synth):
    key = Key.from_attributes(tier, "key", KeyAttributes(key_arn=KEY_ARN))
    Bucket(tier, "files", encryption=BucketEncryption.kms(key))
    (rule,) = synth(tier).resource("aws_s3_bucket_server_side_encryption_configuration.files")[
        "rule"
    ]
    assert rule["apply_server_side_encryption_by_default"]["kms_master_key_id"] == KEY_ARN


def test_versioning_off_is_warned_of(tier, synth):
    bucket = Bucket(tier, "files", versioned=False)
    synth(tier).has_resource(
        "aws_s3_bucket_versioning", {"versioning_configuration": {"status": "Suspended"}}
    )
    (warning,) = warnings(bucket)
    assert warning.startswith("[bucket-not-versioned] ")


def test_versioning_off_can_be_accepted(tier):
    acknowledge(tier, "bucket-not-versioned", reason="a cache, filled every night")
    assert warnings(Bucket(tier, "files", versioned=False)) == []


@pytest.mark.parametrize("ownership", ObjectOwnership.ALL)
def test_object_ownership_is_chosen(tier, synth, ownership):
    Bucket(tier, "files", object_ownership=ownership)
    synth(tier).has_resource(
        "aws_s3_bucket_ownership_controls", {"rule": {"object_ownership": ownership}}
    )


def test_objects_are_deleted_along_when_asked_for(tier, synth):
    Bucket(tier, "files", force_destroy=True)
    synth(tier).has_resource("aws_s3_bucket", {"force_destroy": True})


def test_objects_are_not_deleted_along_in_production(app, production, synth):
    tier = Tier(app, "data", environment=production)
    with pytest.raises(ConfigurationError, match="a destroy would delete all objects"):
        Bucket(tier, "files", force_destroy=True)
    Bucket(tier, "files", force_destroy=False)
    synth(tier).has_resource("aws_s3_bucket", {"force_destroy": False})


# --- lifecycle

ACTIONS = {
    "expiration": ({"expiration_days": 90}, {"expiration": [{"days": 90}]}),
    "old versions": (
        {"noncurrent_version_expiration_days": 1},
        {"noncurrent_version_expiration": [{"noncurrent_days": 1}]},
    ),
    "transition": (
        {"transitions": [Transition(storage_class=StorageClass.GLACIER, days=0)]},
        {"transition": [{"days": 0, "storage_class": "GLACIER"}]},
    ),
    "transitions": (
        {
            "transitions": (
                Transition(storage_class=StorageClass.STANDARD_IA, days=30),
                Transition(storage_class=StorageClass.GLACIER_IR, days=90),
                Transition(storage_class=StorageClass.DEEP_ARCHIVE, days=365),
            ),
            "expiration_days": 366,
        },
        {
            "transition": [
                {"days": 30, "storage_class": "STANDARD_IA"},
                {"days": 90, "storage_class": "GLACIER_IR"},
                {"days": 365, "storage_class": "DEEP_ARCHIVE"},
            ],
            "expiration": [{"days": 366}],
        },
    ),
    "transition of old versions": (
        {
            "noncurrent_version_transitions": [
                Transition(storage_class=StorageClass.ONEZONE_IA, days=30)
            ],
            "noncurrent_version_expiration_days": 31,
        },
        {
            "noncurrent_version_transition": [
                {"noncurrent_days": 30, "storage_class": "ONEZONE_IA"}
            ],
            "noncurrent_version_expiration": [{"noncurrent_days": 31}],
        },
    ),
}


@pytest.mark.parametrize(("given", "made"), ACTIONS.values(), ids=ACTIONS.keys())
def test_a_lifecycle_rule_does_what_it_says_and_nothing_else(tier, synth, given, made):
    Bucket(tier, "files", lifecycle_rules=[LifecycleRule(id="old", **given)])
    rule = {"id": "old", "status": "Enabled", "filter": [{"prefix": ""}], **made}
    assert lifecycle(synth(tier)) == [rule, ABORT]


FILTERS = {
    "prefix": ({"prefix": "tmp/"}, {"prefix": "tmp/"}),
    "tag": ({"tags": {"keep": "no"}}, {"tag": [{"key": "keep", "value": "no"}]}),
    "tags": (
        {"tags": {"keep": "no", "a": "b"}},
        {"and": [{"tags": {"keep": "no", "a": "b"}}]},
    ),
    "prefix and tag": (
        {"prefix": "tmp/", "tags": {"keep": "no"}},
        {"and": [{"prefix": "tmp/", "tags": {"keep": "no"}}]},
    ),
    "both": (
        {"prefix": "tmp/", "tags": {"keep": "no", "a": "b"}},
        {"and": [{"prefix": "tmp/", "tags": {"keep": "no", "a": "b"}}]},
    ),
}


@pytest.mark.parametrize(("given", "made"), FILTERS.values(), ids=FILTERS.keys())
def test_a_lifecycle_rule_is_for_some_objects(tier, synth, given, made):
    rule = LifecycleRule(id="old", expiration_days=1, **given)
    Bucket(tier, "files", lifecycle_rules=(rule,))
    assert [rule["filter"] for rule in lifecycle(synth(tier))] == [[made], [{"prefix": ""}]]


def test_a_rule_of_ones_own_for_uploads_takes_the_place_of_the_default(tier, synth):
    rule = LifecycleRule(id="uploads", abort_incomplete_multipart_upload_days=1)
    Bucket(tier, "files", lifecycle_rules=[rule])
    (made,) = lifecycle(synth(tier))
    assert made == {
        "id": "uploads",
        "status": "Enabled",
        "filter": [{"prefix": ""}],
        "abort_incomplete_multipart_upload": [{"days_after_initiation": 1}],
    }


def test_a_rule_for_some_uploads_leaves_the_default_for_the_others(tier, synth):
    rule = LifecycleRule(id="tmp", prefix="tmp/", abort_incomplete_multipart_upload_days=1)
    Bucket(tier, "files", lifecycle_rules=[rule])
    assert [rule["id"] for rule in lifecycle(synth(tier))] == ["tmp", ABORT["id"]]


def test_rules_keep_their_order(tier, synth):
    rules = [LifecycleRule(id=id, prefix=id, expiration_days=9) for id in ("b", "a", "c")]
    Bucket(tier, "files", lifecycle_rules=rules)
    assert [rule["id"] for rule in lifecycle(synth(tier))] == ["b", "a", "c", ABORT["id"]]


def test_an_unversioned_bucket_may_have_rules_for_its_objects(tier, synth):
    rule = LifecycleRule(id="old", expiration_days=3)
    Bucket(tier, "files", versioned=False, lifecycle_rules=[rule])
    assert len(lifecycle(synth(tier))) == 2


@pytest.mark.parametrize(
    "given",
    [
        {"expiration_days": 1},
        {"transitions": 1, "expiration_days": 90},
        {"transitions": 2, "expiration_days": None},
        {"abort_incomplete_multipart_upload_days": 1},
    ],
    ids=["expiration", "expiration after a transition", "transition", "uploads"],
)
def test_days_may_be_known_to_terraform_only(tier, synth, given):
    days = TerraformVariable(tier, "days", type="number").number_value
    change = {name: days for name, value in given.items() if value}
    if "transitions" in change:
        move = Transition(storage_class=StorageClass.GLACIER_IR, days=1)
        change["transitions"] = [move, Transition(storage_class=StorageClass.GLACIER, days=days)]
    Bucket(tier, "files", lifecycle_rules=[LifecycleRule(id="old", **change)])
    assert "${var.days}" in str(lifecycle(synth(tier))[0])


# --- cors


def test_cors_with_its_defaults(tier, synth):
    rule = CorsRule(allowed_origins=["*"], allowed_methods=["GET"])
    Bucket(tier, "files", cors=[rule])
    synth(tier).has_resource(
        "aws_s3_bucket_cors_configuration",
        {
            "bucket": "${aws_s3_bucket.files.id}",
            "cors_rule": [
                {
                    "allowed_origins": ["*"],
                    "allowed_methods": ["GET"],
                    "allowed_headers": ABSENT,
                    "expose_headers": ABSENT,
                    "max_age_seconds": 3600,
                }
            ],
        },
    )


def test_cors_with_every_option(tier, synth):
    page = CorsRule(
        allowed_origins=["https://www.example.com", "http://*.example.com:8080"],
        allowed_methods=("GET", "PUT", "POST", "DELETE", "HEAD"),
        allowed_headers=["*", "x-amz-*", "Authorization"],
        exposed_headers=["ETag"],
        max_age=0,
    )
    other = CorsRule(allowed_origins=["*"], allowed_methods=["HEAD"], max_age=86_400)
    Bucket(tier, "files", cors=(page, other))
    first, second = synth(tier).resource("aws_s3_bucket_cors_configuration.files")["cors_rule"]
    assert first == {
        "allowed_origins": ["https://www.example.com", "http://*.example.com:8080"],
        "allowed_methods": ["GET", "PUT", "POST", "DELETE", "HEAD"],
        "allowed_headers": ["*", "x-amz-*", "Authorization"],
        "expose_headers": ["ETag"],
        "max_age_seconds": 0,
    }
    assert second["max_age_seconds"] == 86_400


def test_the_age_of_cors_may_be_known_to_terraform_only(tier, synth):
    seconds = TerraformVariable(tier, "seconds", type="number").number_value
    page = CorsRule(allowed_origins=["*"], allowed_methods=["GET"], max_age=seconds)
    Bucket(tier, "files", cors=[page])
    (made,) = synth(tier).resource("aws_s3_bucket_cors_configuration.files")["cors_rule"]
    assert made["max_age_seconds"] == "${var.seconds}"


# --- access logs


def test_logs_go_to_a_bucket_of_the_stack_which_admits_them(tier, synth):
    logs = Bucket(tier, "logs")
    Bucket(tier, "files", access_logs=AccessLogs(bucket=logs))
    template = synth(tier)
    template.has_resource(
        "aws_s3_bucket_logging",
        {
            "bucket": "${aws_s3_bucket.files.id}",
            "target_bucket": "${aws_s3_bucket.logs.id}",
            "target_prefix": "files/",
            "depends_on": ["aws_s3_bucket_policy.logs"],
        },
    )
    policy = bucket_policy(template, "logs")
    assert "DenyPlainHttp" in policy
    assert (
        '"Principal" = {"Service" = "logging.s3.amazonaws.com"}, "Action" = "s3:PutObject", '
        '"Resource" = "${aws_s3_bucket.logs.arn}/files/*"'
    ) in policy
    assert '"aws:SourceAccount" = "${data.aws_caller_identity.current.account_id}"' in policy
    assert '"ArnLike" = {"aws:SourceArn" = "${aws_s3_bucket.files.arn}"}' in policy
    assert "logging" not in bucket_policy(template, "files")


@pytest.mark.parametrize("prefix", ["", "s3/files/"])
def test_logs_have_a_prefix_of_ones_own(tier, synth, prefix):
    logs = Bucket(tier, "logs")
    Bucket(tier, "files", access_logs=AccessLogs(bucket=logs, prefix=prefix))
    template = synth(tier)
    template.has_resource("aws_s3_bucket_logging", {"target_prefix": prefix})
    assert f'"${{aws_s3_bucket.logs.arn}}/{prefix}*"' in bucket_policy(template, "logs")


def test_two_buckets_log_to_one(tier, synth):
    logs = Bucket(tier, "logs")
    for id in ("one", "two"):
        Bucket(tier, id, access_logs=AccessLogs(bucket=logs))
    policy = bucket_policy(synth(tier), "logs")
    assert policy.count("logging.s3.amazonaws.com") == 2
    assert "aws_s3_bucket.one.arn" in policy
    assert "aws_s3_bucket.two.arn" in policy


def test_logs_go_to_an_imported_bucket_whose_policy_is_another_teams(tier, synth):
    logs = Bucket.from_attributes(tier, "logs", attributes())
    Bucket(tier, "files", access_logs=AccessLogs(bucket=logs))
    template = synth(tier)
    template.has_resource(
        "aws_s3_bucket_logging",
        {"target_bucket": "old-files", "target_prefix": "files/", "depends_on": ABSENT},
    )
    assert "logging" not in bucket_policy(template)


def test_logs_of_the_account_are_admitted_by_hand(app, production, synth):
    tier = Tier(app, "data", environment=production)
    logs = Bucket(tier, "logs")
    for _ in range(2):
        logs.admit_access_logs("arn:aws:s3:::old-files", "old/")
    policy = bucket_policy(synth(tier), "logs")
    assert policy.count("logging.s3.amazonaws.com") == 1
    assert '"${aws_s3_bucket.logs.arn}/old/*"' in policy
    assert '"aws:SourceAccount" = "111122223333"' in policy
    assert '"aws:SourceArn" = "arn:aws:s3:::old-files"' in policy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("old-files",), "source_bucket_arn old-files is not valid"),
        (("arn:aws:s3:::old-files/*",), "source_bucket_arn .* is not valid"),
        ((None,), "source_bucket_arn None"),
        (("arn:aws:s3:::old-files", "*"), r"prefix \* is not valid: .* without"),
        (("arn:aws:s3:::old-files", None), "prefix None is not valid"),
    ],
    ids=["name", "objects", "None", "wildcard", "prefix None"],
)
def test_only_logs_of_buckets_are_admitted(tier, synth, arguments, message):
    logs = Bucket(tier, "logs")
    with pytest.raises(ConfigurationError, match=message):
        logs.admit_access_logs(*arguments)
    assert "logging" not in bucket_policy(synth(tier), "logs")


# --- grants

READ = '"s3:GetObject", "s3:GetObjectVersion"'
WRITE = '"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"'
GRANTS = {
    "read": (Bucket.grant_read, READ, '"s3:ListBucket"', '"kms:Decrypt"'),
    "write": (Bucket.grant_write, WRITE, None, '"kms:GenerateDataKey", "kms:Decrypt"'),
    "read_write": (
        Bucket.grant_read_write,
        f"{READ}, {WRITE}",
        '"s3:ListBucket"',
        '"kms:Decrypt", "kms:GenerateDataKey"',
    ),
    "delete": (
        Bucket.grant_delete,
        '"s3:DeleteObject", "s3:DeleteObjectVersion"',
        None,
        None,
    ),
}
grants = pytest.mark.parametrize(
    ("name", "grant", "actions", "lists", "key_actions"),
    [(name, *case) for name, case in GRANTS.items()],
    ids=GRANTS.keys(),
)


@grants
def test_a_grant_is_a_policy_of_the_role(
    tier, role, synth, name, grant, actions, lists, key_actions
):
    grant(Bucket(tier, "files"), role)
    template = synth(tier)
    template.has_resource(
        "aws_iam_role_policy",
        {"name": f"files-{name.replace('_', '-')}", "role": "${aws_iam_role.web.name}"},
    )
    found = policies(template)
    assert set(found) == {f"web_files_{name}"}
    (policy,) = found.values()
    assert f'"Action" = [{actions}], "Resource" = ["${{aws_s3_bucket.files.arn}}/*"]' in policy
    listing = (
        '["s3:ListBucket", "s3:GetBucketLocation"], "Resource" = ["${aws_s3_bucket.files.arn}"]'
    )
    assert (listing in policy) == (lists is not None)
    assert "kms:" not in policy
    assert "Condition" not in policy


@grants
def test_a_grant_may_be_for_a_prefix(tier, role, synth, name, grant, actions, lists, key_actions):
    grant(Bucket(tier, "files"), role, "Incoming/2024_")
    (found,) = policies(synth(tier)).items()
    assert found[0] == f"web_files_{name}_incoming_2024_bd84ae86"
    assert (
        f'"Action" = [{actions}], "Resource" = ["${{aws_s3_bucket.files.arn}}/Incoming/2024_*"]'
    ) in found[1]
    listing = (
        '"Action" = ["s3:ListBucket"], "Resource" = ["${aws_s3_bucket.files.arn}"], '
        '"Condition" = {"StringLike" = {"s3:prefix" = ["Incoming/2024_*"]}}'
    )
    assert (listing in found[1]) == (lists is not None)
    assert "GetBucketLocation" not in found[1]


@grants
def test_a_grant_includes_the_key_it_needs(
    tier, key, role, synth, name, grant, actions, lists, key_actions
):
    grant(Bucket(tier, "files", encryption=BucketEncryption.kms(key)), role)
    (policy,) = policies(synth(tier)).values()
    if key_actions is None:
        assert "kms:" not in policy
    else:
        assert f'"Action" = [{key_actions}], "Resource" = ["${{aws_kms_key.key.arn}}"]' in policy


@pytest.mark.parametrize("prefix", ["", "in/"])
@pytest.mark.parametrize("grant", [case[0] for case in GRANTS.values()], ids=GRANTS.keys())
def test_the_same_grant_twice_is_one_policy(tier, role, synth, grant, prefix):
    bucket = Bucket(tier, "files")
    grant(bucket, role, prefix)
    grant(bucket, role, prefix)
    synth(tier).resource_count("aws_iam_role_policy", 1)


def test_grants_of_several_kinds_stand_beside_each_other(tier, role, synth):
    bucket = Bucket(tier, "files")
    bucket.grant_read(role)
    bucket.grant_read(role, "in/")
    bucket.grant_write(role, prefix="out/")
    bucket.grant_delete(role, "out/")
    assert set(policies(synth(tier))) == {
        "web_files_read",
        "web_files_read_in",
        "web_files_write_out",
        "web_files_delete_out",
    }


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("images/", "images"),
        ("in-2024/", "in-2024"),
        ("Images/", "images-835e9eca"),
        ("images", "images-21b2eed1"),
        ("a/b/", "a-b-ff3b4c42"),
        ("x" * 130, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-3afbb132"),
    ],
)
def test_a_grants_name_tells_its_prefix(tier, role, synth, prefix, name):
    Bucket(tier, "files").grant_read(role, prefix)
    synth(tier).has_resource("aws_iam_role_policy", {"name": f"files-read-{name}"})


@pytest.mark.parametrize(
    "prefixes",
    [
        ("a/b", "a-b", "a-b/", "a/b/"),
        ("In/", "in/", "in"),
        ("f\u00fcr/", "f-r/"),
        ("x" * 130, "x" * 131, "x" * 130 + "/"),
        ("$${x}", "${x.y}", "%{x}", '"x"'),
        ("", "/", "//"),
    ],
    ids=["slash and hyphen", "case", "letter", "long", "signs", "slash"],
)
def test_grants_of_prefixes_that_look_alike_stand_beside_each_other(tier, role, synth, prefixes):
    bucket = Bucket(tier, "files")
    for prefix in prefixes:
        bucket.grant_read(role, prefix)
    synth(tier).resource_count("aws_iam_role_policy", len(prefixes))


@pytest.mark.parametrize(
    ("prefix", "written"),
    [
        ('a"b/', r"a\"b/"),
        ("a\\b/", r"a\\b/"),
        ("100%{/", "100%%{/"),
        ("home/${aws:username}/", "home/$${aws:username}/"),
        ("$${x}/", "$${x}/"),
        ("${var.team}/", "${var.team}/"),
        ("f\u00fcr/", "f\u00fcr/"),
    ],
    ids=["quote", "backslash", "directive", "variable of IAM", "literal", "expression", "letter"],
)
def test_a_prefix_reaches_iam_as_it_is(tier, role, synth, prefix, written):
    Bucket(tier, "files").grant_read(role, prefix)
    (policy,) = policies(synth(tier)).values()
    assert f'"Resource" = ["${{aws_s3_bucket.files.arn}}/{written}*"]' in policy
    assert f'"s3:prefix" = ["{written}*"]' in policy


def test_whatever_has_a_role_is_granted_to(tier, role, synth):
    class Worker:
        def __init__(self, role):
            self.role = role

    Bucket(tier, "files").grant_read(Worker(role))
    assert set(policies(synth(tier))) == {"web_files_read"}


@pytest.mark.parametrize("grant", [case[0] for case in GRANTS.values()], ids=GRANTS.keys())
@pytest.mark.parametrize("grantee", [None, "web", Principal.service("ec2"), object()])
def test_without_a_role_nothing_is_granted(tier, synth, grant, grantee):
    bucket = Bucket(tier, "files")
    with pytest.raises(ConfigurationError, match="cannot be granted anything: pass a Role"):
        grant(bucket, grantee)
    assert policies(synth(tier)) == {}


@pytest.mark.parametrize("prefix", ["*", "in/*", "a?", None, 1, ["in/"], "x" * 1001])
def test_a_grants_prefix_has_no_wildcard(tier, role, synth, prefix):
    bucket = Bucket(tier, "files")
    with pytest.raises(ConfigurationError, match=r"prefix .* the beginning of a key"):
        bucket.grant_read(role, prefix)
    assert policies(synth(tier)) == {}


# --- the bucket's policy


def statement(**change):
    known = {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::files/*",
    }
    return {key: value for key, value in {**known, **change}.items() if value is not ABSENT}


def test_a_statement_is_added_once(tier, synth):
    bucket = Bucket(tier, "files")
    for _ in range(2):
        bucket.add_to_resource_policy(statement(Resource=f"{bucket.bucket_arn}/*"))
    policy = bucket_policy(synth(tier))
    assert policy.count('{"AWS" = "111122223333"}') == 1
    assert '"Action" = "s3:GetObject", "Resource" = "${aws_s3_bucket.files.arn}/*"' in policy
    assert "DenyPlainHttp" in policy


def test_a_statements_lists_and_values_are_written_out(tier, synth):
    Bucket(tier, "files").add_to_resource_policy(
        statement(
            Action=("s3:GetObject", "s3:PutObject"),
            Resource=["arn:aws:s3:::files/${aws:username}/*", "${var.arn}"],
            Condition={"NumericLessThan": {"s3:max-keys": 10}},
        )
    )
    assert (
        '"Action" = ["s3:GetObject", "s3:PutObject"], '
        '"Resource" = ["arn:aws:s3:::files/$${aws:username}/*", "${var.arn}"], '
        '"Condition" = {"NumericLessThan" = {"s3:max-keys" = 10}}}'
    ) in bucket_policy(synth(tier))


def test_a_statement_that_is_changed_later_stays_what_it_was(tier, synth):
    bucket = Bucket(tier, "files")
    given = statement(Action=["s3:GetObject"])
    bucket.add_to_resource_policy(given)
    given["Action"].append("s3:DeleteObject")
    bucket.add_to_resource_policy(statement(Action="s3:PutObject"))
    assert "s3:DeleteObject" not in bucket_policy(synth(tier))


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
        {"Principal": "*", "Effect": "Deny"},
    ],
    ids=["condition", "deny"],
)
def test_everybody_may_be_denied_or_let_in_on_a_condition(tier, synth, change):
    Bucket(tier, "files").add_to_resource_policy(statement(**change))
    assert "s3:GetObject" in bucket_policy(synth(tier))


BAD_STATEMENTS = {
    "None": (None, "write a mapping"),
    "text": ("Allow", "write a mapping"),
    "list": ([statement()], "write a mapping"),
    "empty": ({}, "has no Effect"),
    "effect": (statement(Effect=ABSENT), "has no Effect"),
    "principal": (statement(Principal=ABSENT), "has no Principal"),
    "action": (statement(Action=ABSENT), "has no Action"),
    "resource": (statement(Resource=ABSENT), "has no Resource"),
    "everybody": (statement(Principal="*"), "allows everybody"),
    "every account": (statement(Principal={"AWS": "*"}), "allows everybody"),
    "every account in a list": (statement(Principal={"AWS": ["*"]}), "allows everybody"),
    "everybody in a list with others": (
        statement(Principal={"AWS": ["*", "111122223333"]}),
        "allows everybody",
    ),
    "everybody beside a service": (
        statement(Principal={"AWS": "*", "Service": "sns.amazonaws.com"}),
        "allows everybody",
    ),
    "sid of the library": (statement(Sid="DenyPlainHttp"), "Sid DenyPlainHttp is taken: each once"),
    "value object": (statement(Sid=object()), "object.* cannot be written in a policy"),
    "value None": (statement(Resource=[None]), "None .* cannot be written in a policy"),
    "value bytes": (statement(Resource=b"*"), r"\(bytes\) cannot be written"),
    "value nan": (statement(Condition={"Bool": {"a": float("nan")}}), "nan cannot be written"),
    "key number": (statement(Principal={1: "*"}), "key 1 is no text"),
    "empty condition": (statement(Principal="*", Condition={}), "allows everybody"),
}


@pytest.mark.parametrize(("bad", "message"), BAD_STATEMENTS.values(), ids=BAD_STATEMENTS.keys())
def test_bad_statements_are_refused(tier, synth, bad, message):
    bucket = Bucket(tier, "files")
    with pytest.raises(ConfigurationError, match=message):
        bucket.add_to_resource_policy(bad)
    assert "s3:GetObject" not in bucket_policy(synth(tier))


def test_a_sid_is_there_once_in_a_buckets_policy(tier, synth):
    bucket = Bucket(tier, "files")
    for _ in range(2):
        bucket.add_to_resource_policy(statement(Sid="Read"))
    with pytest.raises(ConfigurationError, match="Sid Read is taken: each once in a policy"):
        bucket.add_to_resource_policy(statement(Sid="Read", Action="s3:PutObject"))
    policy = bucket_policy(synth(tier))
    assert policy.count('"Sid" = "Read"') == 1
    assert "s3:PutObject" not in policy


# --- imported buckets


def test_a_bucket_that_exists_makes_nothing(tier, synth):
    old = Bucket.from_attributes(tier, "old", attributes())
    assert (old.bucket_name, old.bucket_arn) == ("old-files", "arn:aws:s3:::old-files")
    assert not old.attributes.kms_encrypted
    assert [a for a in synth(tier).addresses() if "s3" in a] == []


def test_a_bucket_that_exists_is_granted_with_its_key(tier, role, synth):
    old = Bucket.from_attributes(tier, "old", attributes(kms_encrypted=True, kms_key_arn=KEY_ARN))
    old.grant_read(role)
    (policy,) = policies(synth(tier)).values()
    assert '"Resource" = ["arn:aws:s3:::old-files/*"]' in policy
    assert f'"Action" = ["kms:Decrypt"], "Resource" = ["{KEY_ARN}"]' in policy


BAD_ATTRIBUTES = {
    "None": (None, "write BucketAttributes"),
    "text": ("old-files", "write BucketAttributes"),
    "name": (attributes(bucket_name="Old_Files"), "bucket_name Old_Files is not valid"),
    "name None": (attributes(bucket_name=None), "bucket_name None is not valid"),
    "arn": (attributes(bucket_arn="old-files"), "bucket_arn old-files is not valid"),
    "arn of another service": (
        attributes(bucket_arn="arn:aws:sqs:::old-files"),
        "write an ARN of s3",
    ),
    "arn of objects": (
        attributes(bucket_arn="arn:aws:s3:::old-files/*"),
        "bucket_arn .* not valid",
    ),
    "encrypted": (attributes(kms_encrypted="yes"), "kms_encrypted is yes"),
    "key": (attributes(kms_encrypted=True, kms_key_arn="key"), "kms_key_arn key is not valid"),
    "alias": (
        attributes(kms_encrypted=True, kms_key_arn=KEY_ARN.replace("key/", "alias/")),
        "write an ARN of kms",
    ),
    "encrypted without key": (attributes(kms_encrypted=True), "contradict each other"),
    "key without encrypted": (attributes(kms_key_arn=KEY_ARN), "contradict each other"),
}


@pytest.mark.parametrize(("bad", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_bad_attributes_are_refused(tier, bad, message):
    with pytest.raises(ConfigurationError, match=message):
        Bucket.from_attributes(tier, "old", bad)
    assert tier.node.try_find_child("old") is None


# --- between tiers


@pytest.fixture
def web_tier(app, environment):
    return Tier(app, "web", environment=environment)


def remote(name):
    return f"data.terraform_remote_state.data.outputs.files_{name}"


def test_a_shared_bucket_is_published_without_a_key_it_does_not_have(tier, web_tier, synth):
    used = web_tier.use(Bucket(tier, "files"))
    template = synth(tier)
    assert set(template.outputs) == {
        "files_bucket_name",
        "files_bucket_arn",
        "files_bucket_regional_domain_name",
    }
    template.has_output("files_bucket_name", {"value": "${aws_s3_bucket.files.id}"})
    template.has_output("files_bucket_arn", {"value": "${aws_s3_bucket.files.arn}"})
    assert used.bucket_arn == f"${{{remote('bucket_arn')}}}"
    assert used.attributes.kms_key_arn is None
    synth(web_tier).has_data_source("terraform_remote_state")


def test_a_shared_bucket_tells_its_key(tier, web_tier, key, synth):
    used = web_tier.use(Bucket(tier, "files", encryption=BucketEncryption.kms(key)))
    synth(tier).has_output("files_kms_key_arn", {"value": "${aws_kms_key.key.arn}"})
    assert used.attributes.kms_encrypted
    assert used.attributes.kms_key_arn == f"${{{remote('kms_key_arn')}}}"


@pytest.fixture
def granted(tier, web_tier, key):
    used = web_tier.use(Bucket(tier, "files", encryption=BucketEncryption.kms(key)))
    role = Role(web_tier, "app", assumed_by=Principal.service("ec2"), description="the app")
    used.grant_read_write(role, "in/")


@pytest.mark.usefixtures("granted")
def test_a_grant_stands_in_the_tier_that_uses_the_bucket(tier, web_tier, synth):
    assert policies(synth(tier)) == {}
    ((name, policy),) = policies(synth(web_tier)).items()
    assert name == "app_remote_data_files_read_write_in"
    assert remote("bucket_arn") in policy
    assert '"s3:prefix" = ["in/*"]' in policy
    assert '"kms:Decrypt", "kms:GenerateDataKey"' in policy
    assert remote("kms_key_arn") in policy


@pytest.mark.usefixtures("granted")
def test_a_grant_refers_to_the_other_tiers_state(web_tier, synth):
    (policy,) = policies(synth(web_tier)).values()
    bucket, key = (f"${{{remote(name)}}}" for name in ("bucket_arn", "kms_key_arn"))
    assert policy == (
        '${jsonencode({"Version" = "2012-10-17", "Statement" = ['
        f'{{"Effect" = "Allow", "Action" = [{READ}, {WRITE}], "Resource" = ["{bucket}/in/*"]}}, '
        f'{{"Effect" = "Allow", "Action" = ["s3:ListBucket"], "Resource" = ["{bucket}"], '
        '"Condition" = {"StringLike" = {"s3:prefix" = ["in/*"]}}}, '
        '{"Effect" = "Allow", "Action" = ["kms:Decrypt", "kms:GenerateDataKey"], '
        f'"Resource" = ["{key}"]}}]}})}}'
    )


def test_logs_go_to_a_bucket_of_another_tier(tier, web_tier, synth):
    logs = web_tier.use(Bucket(tier, "files"))
    Bucket(web_tier, "pages", access_logs=AccessLogs(bucket=logs))
    synth(web_tier).has_resource(
        "aws_s3_bucket_logging",
        {
            "target_bucket": f"${{{remote('bucket_name')}}}",
            "target_prefix": "pages/",
            "depends_on": ABSENT,
        },
    )
    assert "logging" not in bucket_policy(synth(tier))


def test_logs_do_not_go_to_a_bucket_that_another_stack_made(app, tier, web_tier, synth):
    logs = Bucket(tier, "files")
    plain = TerraformStack(app, "plain")
    for stack in (web_tier, Construct(plain, "inner")):
        with pytest.raises(ConfigurationError, match="data/files belongs to another stack"):
            Bucket(stack, "pages", access_logs=AccessLogs(bucket=logs))
        assert stack.node.try_find_child("pages") is None
    assert "logging" not in bucket_policy(synth(tier))


def test_logs_go_to_a_bucket_of_the_same_stack_from_within_a_construct(tier, synth):
    logs = Bucket(tier, "logs")
    Bucket(Construct(tier, "inner"), "pages", access_logs=AccessLogs(bucket=logs))
    synth(tier).has_resource("aws_s3_bucket_logging", {"target_prefix": "pages/"})


# --- bad input


def rule(**change):
    return {"lifecycle_rules": [LifecycleRule(**{"id": "old", **change})]}


def moves(*pairs, name="transitions", **change):
    found = [Transition(storage_class=storage_class, days=days) for storage_class, days in pairs]
    return rule(**{name: found, **change})


def cors(**change):
    known = {"allowed_origins": ["*"], "allowed_methods": ["GET"]}
    return {"cors": [CorsRule(**{**known, **change})]}


OLD = "noncurrent_version_transitions"
BAD_OPTIONS = {
    "name upper case": ({"bucket_name": "Files"}, "bucket_name Files is not valid"),
    "name short": ({"bucket_name": "ab"}, "3 to 63"),
    "name long": ({"bucket_name": "a" * 64}, "3 to 63"),
    "name empty": ({"bucket_name": ""}, "bucket_name '' is not valid"),
    "name address": ({"bucket_name": "10.0.0.1"}, "no IP address"),
    "name two dots": ({"bucket_name": "my..files"}, "bucket_name my..files is not valid"),
    "name hyphen at the end": ({"bucket_name": "files-"}, "a letter or digit at both ends"),
    "name reserved prefix": ({"bucket_name": "xn--files"}, "reserved prefixes"),
    "name reserved suffix": ({"bucket_name": "files-s3alias"}, "reserved prefixes and suffixes"),
    "name line end": ({"bucket_name": "files\n"}, "bucket_name .* is not valid"),
    "name number": ({"bucket_name": 123}, "bucket_name 123 is not valid"),
    "encryption None": ({"encryption": None}, r"encryption is None .*s3_managed\(\)"),
    "encryption text": ({"encryption": "aws:kms"}, r"BucketEncryption\.kms\(key\)"),
    "encryption maker": ({"encryption": BucketEncryption.kms}, "encryption is .*: write Bucket"),
    "key missing": ({"encryption": BucketEncryption.kms(None)}, "key is None .*: pass a Key"),
    "key ARN": ({"encryption": BucketEncryption.kms(KEY_ARN)}, r"Key\.from_attributes"),
    "algorithm": ({"encryption": BucketEncryption("DES")}, "algorithm DES is not known"),
    "key without KMS": ({"encryption": BucketEncryption("AES256", "key")}, "SSE-S3 takes no key"),
    "versioned text": ({"versioned": "yes"}, r"versioned is yes \(str\): write True or False"),
    "versioned None": ({"versioned": None}, "versioned is None"),
    "rules None": ({"lifecycle_rules": None}, "lifecycle_rules is None .*write a list"),
    "rules without list": (
        {"lifecycle_rules": LifecycleRule(id="old", expiration_days=1)},
        r"lifecycle_rules is .*: write a list",
    ),
    "rule mapping": ({"lifecycle_rules": [{"id": "old"}]}, "lifecycle rule is .*dict"),
    "rule id empty": (rule(id="", expiration_days=1), "lifecycle rule id '' is not valid"),
    "rule id long": (rule(id="x" * 256, expiration_days=1), "1 to 255"),
    "rule id None": (rule(id=None, expiration_days=1), "lifecycle rule id None"),
    "rule id list": (rule(id=["old"], expiration_days=1), "lifecycle rule id .*old.* is not valid"),
    "rule twice": (
        {"lifecycle_rules": [LifecycleRule(id="old", expiration_days=day) for day in (1, 2)]},
        "lifecycle rule old is there 2 times",
    ),
    "rule without action": (rule(), "lifecycle rule old does nothing"),
    "rule prefix None": (rule(prefix=None, expiration_days=1), "old: prefix None"),
    "rule prefix long": (rule(prefix="x" * 1025, expiration_days=1), "up to 1024"),
    "rule tags": (rule(tags=["a"], expiration_days=1), "old: tags is"),
    "rule tag value": (rule(tags={"a": 1}, expiration_days=1), "no tag"),
    "expiration at once": (rule(expiration_days=0), "expiration_days is 0: .* 1 to 36500"),
    "expiration late": (rule(expiration_days=36_501), "1 to 36500 days"),
    "expiration text": (rule(expiration_days="90"), r"expiration_days is 90 \(str\)"),
    "expiration expression": (
        rule(expiration_days="${var.days}"),
        r"expiration_days is \$\{var\.days\} \(str\): write a whole number",
    ),
    "expiration expression after a transition": (
        moves(("GLACIER", 1), expiration_days="${var.days}"),
        r"expiration_days is \$\{var\.days\} \(str\)",
    ),
    "transition expression": (
        moves(("GLACIER_IR", "${var.days}"), ("GLACIER", 90)),
        r"transitions: days is \$\{var\.days\} \(str\)",
    ),
    "expiration fraction": (rule(expiration_days=1.5), r"1\.5 \(float\)"),
    "expiration bool": (rule(expiration_days=True), r"True \(bool\)"),
    "old versions at once": (
        rule(noncurrent_version_expiration_days=0),
        "noncurrent_version_expiration_days is 0",
    ),
    "uploads at once": (
        rule(abort_incomplete_multipart_upload_days=0),
        "abort_incomplete_multipart_upload_days is 0",
    ),
    "uploads with tags": (
        rule(abort_incomplete_multipart_upload_days=1, tags={"a": "b"}),
        "uploads have no tags yet",
    ),
    "transitions None": (rule(transitions=None, expiration_days=1), "transitions is None"),
    "transition bare": (
        rule(transitions=Transition(storage_class="GLACIER", days=1)),
        "transitions is .*write a list",
    ),
    "transition mapping": (rule(transitions=[{"days": 1}]), "transitions holds .*Transition"),
    "storage class": (moves(("Glacier", 90)), "storage_class Glacier is not known"),
    "storage class None": (moves((None, 90)), "storage_class None is not known"),
    "infrequent access early": (moves(("STANDARD_IA", 29)), "days is 29: .* 30 to 36500"),
    "one zone early": (moves(("ONEZONE_IA", 0)), "before objects move to ONEZONE_IA"),
    "transition days": (moves(("GLACIER", -1)), "days is -1"),
    "transition days text": (moves(("GLACIER", "1")), r"days is 1 \(str\)"),
    "transitions upwards": (
        moves(("GLACIER", 90), ("STANDARD_IA", 120)),
        "do not lead downwards: GLACIER after 90 days, STANDARD_IA after 120 days",
    ),
    "transitions backwards": (
        moves(("STANDARD_IA", 90), ("GLACIER", 60)),
        "each later than the one before",
    ),
    "transitions at one time": (moves(("GLACIER_IR", 90), ("GLACIER", 90)), "downwards"),
    "transition twice": (moves(("GLACIER", 90), ("GLACIER", 120)), "downwards"),
    "transition after expiration": (
        moves(("GLACIER", 90), expiration_days=90),
        "the last one comes after 90 days, but objects expire after 90",
    ),
    "old transition early": (moves(("STANDARD_IA", 1), name=OLD), f"{OLD}: days is 1"),
    "old transition after expiration": (
        moves(("GLACIER", 9), name=OLD, noncurrent_version_expiration_days=3),
        f"{OLD}: the last one comes after 9 days",
    ),
    "old versions of an unversioned bucket": (
        {"versioned": False, **rule(noncurrent_version_expiration_days=1)},
        "speaks of old versions, but versioned is False",
    ),
    "old transitions of an unversioned bucket": (
        {"versioned": False, **moves(("GLACIER", 9), name=OLD)},
        "speaks of old versions",
    ),
    "rules many": (
        {"lifecycle_rules": [LifecycleRule(id=f"r{i}", expiration_days=1) for i in range(1000)]},
        "1000 lifecycle rules: S3 allows 1000 with the one for uploads",
    ),
    "ownership": ({"object_ownership": "BucketOwner"}, "did you mean BucketOwnerEnforced"),
    "ownership None": ({"object_ownership": None}, "object_ownership None is not known"),
    "cors None": ({"cors": None}, "cors is None .*write a list"),
    "cors without list": (
        {"cors": CorsRule(allowed_origins=["*"], allowed_methods=["GET"])},
        "cors is .*write a list",
    ),
    "cors mapping": ({"cors": [{"allowed_origins": ["*"]}]}, "cors rule is .*dict"),
    "cors many": (
        {"cors": [CorsRule(allowed_origins=["*"], allowed_methods=["GET"])] * 101},
        "101 cors rules: S3 allows 100",
    ),
    "origins empty": (cors(allowed_origins=[]), "allowed_origins is empty"),
    "origins text": (cors(allowed_origins="*"), r"allowed_origins is \* \(str\): write a list"),
    "origin path": (cors(allowed_origins=["https://example.com/"]), "no path"),
    "origin without scheme": (cors(allowed_origins=["example.com"]), "write https://"),
    "origin two stars": (cors(allowed_origins=["https://*.*.com"]), r"at most one \*"),
    "origin None": (cors(allowed_origins=[None]), "allowed_origins: None"),
    "methods empty": (cors(allowed_methods=()), "allowed_methods is empty"),
    "method": (cors(allowed_methods=["PATCH"]), "allowed_methods PATCH is not known"),
    "method lower case": (cors(allowed_methods=["get"]), "write one of GET, PUT"),
    "header two stars": (cors(allowed_headers=["*-*"]), r"with at most one \*"),
    "header empty": (cors(allowed_headers=[""]), "allowed_headers: '' is not valid"),
    "header blank": (cors(allowed_headers=["x y"]), "write a header's name"),
    "exposed star": (cors(exposed_headers=["*"]), "write a header's name."),
    "max age negative": (cors(max_age=-1), "max_age is -1: .* 0 to 86400"),
    "max age long": (cors(max_age=86_401), "0 to 86400 seconds"),
    "max age expression": (cors(max_age="${var.seconds}"), r"max_age is \$\{var\.seconds\} \(str"),
    "max age None": (cors(max_age=None), "max_age is None"),
    "logs text": ({"access_logs": "logs"}, r"write AccessLogs\(bucket=logs\)"),
    "logs False": ({"access_logs": False}, "access_logs is False"),
    "logs without bucket": ({"access_logs": AccessLogs(bucket=None)}, "bucket is None"),
    "logs by name": ({"access_logs": AccessLogs(bucket="logs")}, "access_logs: bucket is logs"),
    "destroy text": ({"force_destroy": "no"}, "force_destroy is no"),
    "destroy None": ({"force_destroy": None}, "force_destroy is None"),
    "tags": ({"tags": {"a": None}}, "no tag"),
    "tags Name": ({"tags": {"Name": "files"}}, "Name follows from the construct's id"),
    "tags list": ({"tags": ["a"]}, "tags is"),
}


@pytest.mark.parametrize(("change", "message"), BAD_OPTIONS.values(), ids=BAD_OPTIONS.keys())
def test_bad_options_are_refused(tier, change, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        Bucket(tier, "files", **change)
    assert str(caught.value).startswith("data/files: ")
    assert tier.node.try_find_child("files") is None


def test_a_key_needs_kms(tier, key):
    with pytest.raises(ConfigurationError, match=r"write BucketEncryption\.kms\(key\)"):
        Bucket(tier, "files", encryption=BucketEncryption("AES256", key))
    assert tier.node.try_find_child("files") is None


@pytest.mark.parametrize("prefix", ["x" * 513, "with blank/", 1], ids=["long", "blank", "number"])
def test_bad_prefixes_of_logs_are_refused(tier, synth, prefix):
    logs = Bucket(tier, "logs")
    with pytest.raises(ConfigurationError, match=r"access_logs: prefix .* up to 512"):
        Bucket(tier, "files", access_logs=AccessLogs(bucket=logs, prefix=prefix))
    assert "logging" not in bucket_policy(synth(tier), "logs")


def test_logs_do_not_go_to_a_bucket_with_a_key(tier, key):
    logs = Bucket(tier, "logs", encryption=BucketEncryption.kms(key))
    old = Bucket.from_attributes(tier, "old", attributes(kms_encrypted=True, kms_key_arn=KEY_ARN))
    for target in (logs, old):
        with pytest.raises(ConfigurationError, match="buckets with SSE-S3 only"):
            Bucket(tier, "files", access_logs=AccessLogs(bucket=target))


@pytest.mark.parametrize(
    ("id", "message"),
    [("", "Terraform address"), ("1st", "Terraform address"), (None, "id None"), ("x", "used")],
    ids=["empty", "digit first", "None", "taken"],
)
def test_bad_ids_are_refused(tier, id, message):
    Bucket(tier, "x")
    with pytest.raises(ConfigurationError, match=message):
        Bucket(tier, id)


def test_all_faults_are_told_at_once(tier):
    with pytest.raises(ConfigurationError) as caught:
        Bucket(tier, "files", bucket_name="X", versioned=1, force_destroy=0, **cors(max_age=-1))
    assert len(caught.value.faults) == 4


# --- any input

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["GLACIER", "GET", "*", "https://a.example", "files", "${a.b}", "aws:kms"]),
)
simple = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 40_000), st.floats(), texts, st.binary(max_size=3)
)
transitions = st.builds(
    Transition, storage_class=st.one_of(simple, st.sampled_from(StorageClass.ALL)), days=simple
)


def mostly(good, *others):
    return st.one_of(st.just(good), st.just(good), simple, *others)


lifecycle_rules = st.builds(
    LifecycleRule,
    id=mostly("old"),
    prefix=mostly("tmp/"),
    tags=mostly({}, st.dictionaries(texts, simple, max_size=2)),
    expiration_days=mostly(400),
    noncurrent_version_expiration_days=mostly(None),
    transitions=mostly((), st.lists(st.one_of(transitions, simple), max_size=2)),
    noncurrent_version_transitions=mostly((), st.lists(transitions, max_size=2)),
    abort_incomplete_multipart_upload_days=mostly(None),
)
cors_rules = st.builds(
    CorsRule,
    allowed_origins=mostly(["*"], st.lists(simple, max_size=2)),
    allowed_methods=mostly(["GET"], st.lists(simple, max_size=2)),
    allowed_headers=mostly((), st.lists(simple, max_size=2)),
    exposed_headers=mostly((), st.lists(simple, max_size=2)),
    max_age=mostly(1),
)
options = st.one_of(
    simple,
    lifecycle_rules,
    cors_rules,
    st.builds(BucketEncryption.kms, simple),
    st.builds(BucketEncryption, simple),
    st.builds(BucketEncryption, st.sampled_from(["AES256", "aws:kms"]), simple),
    st.builds(AccessLogs, bucket=simple, prefix=simple),
    st.lists(st.one_of(simple, lifecycle_rules), max_size=2),
    st.lists(st.one_of(simple, cors_rules), max_size=2),
    st.dictionaries(st.one_of(texts, st.integers()), simple, max_size=2),
)
NAMES = [
    "bucket_name",
    "encryption",
    "versioned",
    "object_ownership",
    "access_logs",
    "force_destroy",
    "tags",
]
changes = st.one_of(
    st.dictionaries(st.sampled_from([*NAMES, "cors", "lifecycle_rules"]), options, min_size=1),
    st.fixed_dictionaries({"lifecycle_rules": st.lists(lifecycle_rules, max_size=2)}),
    st.fixed_dictionaries({"cors": st.lists(cors_rules, max_size=2)}),
)


def test_nothing_but_configuration_errors(tmp_path):
    environment = Environment(project="shop", name="test", region="eu-central-1")
    tier = Tier(App(outdir=str(tmp_path)), "data", environment=environment)
    numbers = count()
    outcomes = set()

    @given(changes)
    @settings(max_examples=200)
    def make(change):
        try:
            Bucket(tier, f"x{next(numbers)}", **change)
        except ConfigurationError:
            outcomes.add("refused")
        else:
            outcomes.add("made")

    make()
    assert outcomes == {"refused", "made"}
