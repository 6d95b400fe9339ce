from __future__ import annotations

from terratiers import ConfigurationError, acknowledge
from terratiers.tiers import EventsTier

import pytest


@pytest.fixture
def make(app, environment):
    return lambda **options: EventsTier(app, **{"environment": environment, **options})


def test_an_upload_calls_the_function_and_nobody_else_may_call_it(make, synth):
    """Row G4."""
    template = synth(make())
    notification = template.resource("aws_s3_bucket_notification.images")
    [call] = notification["lambda_function"]
    assert call["lambda_function_arn"] == "${aws_lambda_function.image_notifier.arn}"
    assert call["events"] == ["s3:ObjectCreated:*"]
    assert call["filter_suffix"] == ".jpg"
    [permission] = template.resources("aws_lambda_permission").values()
    assert permission["principal"] == "s3.amazonaws.com"
    assert permission["source_arn"] == "${aws_s3_bucket.images.arn}"
    assert permission["source_account"] == "${data.aws_caller_identity.current.account_id}"
    assert any("aws_lambda_permission" in one for one in notification["depends_on"])


def test_the_function_publishes_to_the_topic_it_is_told(make, synth):
    """Rows G1 and G3: the ARN comes from the environment, the permission from a grant."""
    template = synth(make())
    function = template.resource("aws_lambda_function.image_notifier")
    assert function["environment"]["variables"] == {
        "TOPIC_ARN": "${aws_sns_topic.image_changes.arn}",
        "DEAD_LETTER_QUEUE_URL": "${aws_sqs_queue.failures.url}",
    }
    assert function["dead_letter_config"]["target_arn"] == "${aws_sqs_queue.failures.arn}"
    text = "".join(p["policy"] for p in template.resources("aws_iam_role_policy").values())
    assert '"sns:Publish"' in text
    assert "${aws_sns_topic.image_changes.arn}" in text
    assert '"*"' not in text
    assert "SecureTransport" in template.resource("aws_sns_topic_policy.image_changes")["policy"]


def test_a_queue_and_the_given_addresses_are_subscribed(make, synth):
    """Row G2."""
    template = synth(make(emails=["ops@example.com", "me@example.com"]))
    subscriptions = template.resources("aws_sns_topic_subscription").values()
    assert sorted((s["protocol"], s["endpoint"]) for s in subscriptions) == [
        ("email", "me@example.com"),
        ("email", "ops@example.com"),
        ("sqs", "${aws_sqs_queue.inbox.arn}"),
    ]


def test_objects_cannot_be_opened_by_default(make, synth):
    template = synth(make())
    block = template.resource("aws_s3_bucket_public_access_block.images")
    assert block["block_public_acls"] is True
    rule = template.resource("aws_s3_bucket_ownership_controls.images")["rule"]
    assert rule["object_ownership"] == "BucketOwnerEnforced"


def test_opening_objects_has_to_be_acknowledged(app, make, synth):
    """Row G6."""
    with pytest.raises(ConfigurationError, match="public-objects"):
        make(public_objects=True)
    assert app.node.try_find_child("events") is None
    acknowledge(app, "public-objects", reason="the lab shows one picture to the world")
    template = synth(make(public_objects=True))
    block = template.resource("aws_s3_bucket_public_access_block.images")
    assert block["block_public_acls"] is False
    assert block["ignore_public_acls"] is False
    assert block["block_public_policy"] is True
    rule = template.resource("aws_s3_bucket_ownership_controls.images")["rule"]
    assert rule["object_ownership"] == "BucketOwnerPreferred"


def test_prefix_and_suffix(make, synth):
    notification = synth(make(prefix="in/", suffix="")).resource(
        "aws_s3_bucket_notification.images"
    )
    [call] = notification["lambda_function"]
    assert call["filter_prefix"] == "in/"
    assert "filter_suffix" not in call


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"emails": "ops@example.com"}, "write a list"),
        ({"emails": ["ops"]}, "emails ops"),
        ({"emails": [None]}, "emails None"),
        ({"emails": ["a b@example.com"]}, "emails a b"),
        ({"emails": ["ops@example.com", "ops@example.com"]}, "ops"),
        ({"public_objects": "yes"}, "public_objects is yes"),
        ({"prefix": None}, "prefix"),
        ({"suffix": 7}, "suffix"),
        ({"suffix": "*.jpg"}, "suffix"),
        ({"prefix": "x" * 1025}, "prefix"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_bad_options_leave_no_tier_behind(app, make, options, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**options)
    assert app.node.try_find_child("events") is None
