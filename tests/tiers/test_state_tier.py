from __future__ import annotations

import json

from terratiers import ConfigurationError, Environment, StateLocation, Tier
from terratiers.testing import ABSENT
from terratiers.tiers import StateTier

import pytest


def test_the_bucket_is_versioned_encrypted_and_closed(app, environment, synth):
    template = synth(StateTier(app, environment=environment))
    template.has_resource(
        "aws_s3_bucket",
        {"bucket": "shop-test-tfstate", "lifecycle": {"prevent_destroy": True}},
    )
    template.has_resource(
        "aws_s3_bucket_versioning", {"versioning_configuration": {"status": "Enabled"}}
    )
    template.has_resource(
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
    template.has_resource(
        "aws_s3_bucket_public_access_block",
        {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
    )
    template.has_resource(
        "aws_kms_key", {"enable_key_rotation": True, "lifecycle": {"prevent_destroy": True}}
    )
    template.has_resource("aws_kms_alias", {"name": "alias/shop-test-state"})
    policy = template.resource("aws_s3_bucket_policy.bucket_policy")["policy"]
    assert "aws:SecureTransport" in policy
    assert "s3:x-amz-server-side-encryption" in policy
    template.has_no_resource("aws_dynamodb_table")


@pytest.mark.parametrize("days", [1, 90, 36500])
def test_old_versions_expire(app, environment, synth, days):
    template = synth(StateTier(app, environment=environment, noncurrent_version_days=days))
    template.has_resource(
        "aws_s3_bucket_lifecycle_configuration",
        {"rule": [{"noncurrent_version_expiration": [{"noncurrent_days": days}]}]},
    )


def test_its_state_is_local_at_first_and_then_in_the_bucket(app, environment, production, synth):
    first = synth(StateTier(app, environment=environment))
    assert first.config["terraform"]["backend"] == {
        "local": {"path": "../../../terraform.state.tfstate"}
    }
    then = synth(StateTier(app, "state-prod", environment=production, backend="s3"))
    backend = then.config["terraform"]["backend"]["s3"]
    assert backend["bucket"] == "shop-prod-tfstate-111122223333"
    assert backend["key"] == "shop/prod/state-prod.tfstate"


def test_a_lock_table_is_made_when_asked_for(app, synth):
    environment = Environment(
        project="shop",
        name="prod",
        region="eu-central-1",
        production=True,
        state=StateLocation(bucket="ours", lock_table="locks"),
    )
    template = synth(StateTier(app, environment=environment))
    template.has_resource(
        "aws_dynamodb_table",
        {
            "name": "locks",
            "hash_key": "LockID",
            "billing_mode": "PAY_PER_REQUEST",
            "deletion_protection_enabled": True,
            "point_in_time_recovery": {"enabled": True},
        },
    )


@pytest.mark.parametrize("state_first", [True, False])
def test_every_tier_of_the_bucket_comes_after_it(app, environment, state_first):
    if state_first:
        StateTier(app, environment=environment)
    Tier(app, "network", environment=environment)
    if not state_first:
        StateTier(app, environment=environment)
    app.synth()
    with open(f"{app.outdir}/manifest.json") as file:
        stacks = json.load(file)["stacks"]
    assert stacks["network"]["dependencies"] == ["state"]
    assert stacks["state"]["dependencies"] == []


def test_tiers_with_another_bucket_do_not_wait_for_it(app, environment, production):
    StateTier(app, environment=environment)
    other = Tier(app, "network", environment=production)
    assert list(other.dependencies) == []


def test_the_bucket_goes_with_its_objects_when_asked_for(app, synth):
    environment = Environment(
        project="shop",
        name="test",
        region="eu-central-1",
        state=StateLocation(bucket="ours", lock_table="locks"),
    )
    template = synth(StateTier(app, environment=environment, force_destroy=True))
    going = {"lifecycle": {"prevent_destroy": False}}
    template.has_resource("aws_s3_bucket", {"force_destroy": True, **going})
    template.has_resource("aws_kms_key", going)
    template.has_resource("aws_dynamodb_table", going)


def test_the_bucket_stays_otherwise(app, environment, synth):
    template = synth(StateTier(app, environment=environment))
    staying = {"lifecycle": {"prevent_destroy": True}}
    template.has_resource("aws_s3_bucket", {"force_destroy": ABSENT, **staying})
    template.has_resource("aws_kms_key", staying)


def test_production_keeps_its_state_files(app, production):
    with pytest.raises(ConfigurationError, match="would delete all state files"):
        StateTier(app, environment=production, force_destroy=True)


BAD = {
    "backend": ({"backend": "S3"}, "backend S3"),
    "backend None": ({"backend": None}, "write one of local, s3"),
    "days zero": ({"noncurrent_version_days": 0}, "1 to 36500"),
    "days text": ({"noncurrent_version_days": "90"}, "whole number"),
    "environment": ({"environment": "prod"}, "Environment("),
    "force_destroy text": ({"force_destroy": "yes"}, "force_destroy"),
    "force_destroy in its own bucket": (
        {"force_destroy": True, "backend": "s3"},
        "would delete its own state",
    ),
    "bucket without KMS": (
        {
            "environment": Environment(
                project="shop",
                name="test",
                region="eu-central-1",
                state=StateLocation(bucket="ours", use_kms=False),
            )
        },
        "takes KMS only",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_bad_state_tiers_are_refused(app, environment, change, message):
    with pytest.raises(ConfigurationError) as caught:
        StateTier(app, **{"environment": environment, **change})
    assert message in str(caught.value)
    assert app.node.try_find_child("state") is None


def test_outputs_tell_bucket_and_key(app, environment, synth):
    template = synth(StateTier(app, environment=environment))
    template.has_output("state_bucket", {"sensitive": ABSENT})
    template.has_output("state_key_arn")
