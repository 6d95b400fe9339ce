from __future__ import annotations

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.security import Key
from terratiers.storage import Bucket, BucketEncryption, ObjectOwnership
from terratiers.testing import ABSENT

import pytest

WITH_ACLS = (ObjectOwnership.BUCKET_OWNER_PREFERRED, ObjectOwnership.OBJECT_WRITER)


@pytest.fixture
def tier(app, environment):
    return Tier(app, "data", environment=environment)


@pytest.fixture
def acknowledged(tier):
    acknowledge(tier, "public-objects", reason="pictures that everybody may see")
    return tier


@pytest.mark.parametrize("ownership", WITH_ACLS)
def test_acls_are_admitted_in_the_right_order(acknowledged, synth, ownership):
    bucket = Bucket(acknowledged, "files", object_ownership=ownership, public_object_acls=True)
    assert bucket.acl is not None
    template = synth(acknowledged)
    assert template.resource("aws_s3_bucket_public_access_block.files") == {
        "bucket": "${aws_s3_bucket.files.id}",
        "block_public_acls": False,
        "ignore_public_acls": False,
        "block_public_policy": True,
        "restrict_public_buckets": True,
        "depends_on": ["aws_s3_bucket_ownership_controls.files"],
    }
    assert template.resource("aws_s3_bucket_acl.files") == {
        "bucket": "${aws_s3_bucket.files.id}",
        "acl": "private",
        "depends_on": ["aws_s3_bucket_public_access_block.files"],
    }
    template.has_resource(
        "aws_s3_bucket_ownership_controls", {"rule": {"object_ownership": ownership}}
    )


def test_it_is_off_by_default(tier, synth):
    bucket = Bucket(tier, "files", object_ownership=ObjectOwnership.OBJECT_WRITER)
    assert bucket.acl is None
    template = synth(tier)
    template.resource_count("aws_s3_bucket_acl", 0)
    template.has_resource(
        "aws_s3_bucket_public_access_block",
        {"block_public_acls": True, "ignore_public_acls": True, "depends_on": ABSENT},
    )


def test_plain_http_stays_refused(acknowledged, synth):
    Bucket(acknowledged, "files", object_ownership=WITH_ACLS[0], public_object_acls=True)
    assert "DenyPlainHttp" in synth(acknowledged).resource("aws_s3_bucket_policy.files")["policy"]


def test_it_has_to_be_said_with_a_reason(tier):
    with pytest.raises(
        ConfigurationError, match=r'CloudFront.*presigned.*acknowledge\(scope, "public-objects"'
    ):
        Bucket(tier, "files", object_ownership=WITH_ACLS[0], public_object_acls=True)
    assert tier.node.try_find_child("files") is None


def test_acls_have_to_be_on(acknowledged):
    with pytest.raises(ConfigurationError, match=r"ObjectOwnership\.BUCKET_OWNER_PREFERRED"):
        Bucket(acknowledged, "files", public_object_acls=True)


def test_nobody_reads_kms_anonymously(acknowledged):
    encryption = BucketEncryption.kms(Key(acknowledged, "key", description="files"))
    with pytest.raises(ConfigurationError, match="encrypted with KMS"):
        Bucket(
            acknowledged,
            "files",
            object_ownership=WITH_ACLS[0],
            public_object_acls=True,
            encryption=encryption,
        )


@pytest.mark.parametrize("value", [None, "public-read", 1], ids=["none", "acl", "number"])
def test_it_is_on_or_off(acknowledged, value):
    with pytest.raises(ConfigurationError, match="public_object_acls is"):
        Bucket(acknowledged, "files", object_ownership=WITH_ACLS[0], public_object_acls=value)


def test_all_faults_are_told_at_once(tier):
    with pytest.raises(ConfigurationError) as raised:
        Bucket(tier, "files", public_object_acls=True, versioned=None)
    assert len(raised.value.faults) == 3
