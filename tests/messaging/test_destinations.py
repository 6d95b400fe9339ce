from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.messaging import (
    LambdaDestination,
    Queue,
    QueueAttributes,
    QueueDestination,
    Topic,
    TopicAttributes,
    TopicDestination,
)
from terratiers.security import Key, KeyAttributes
from terratiers.storage import Bucket, BucketAttributes, EventType

import pytest

CREATED, REMOVED = EventType.OBJECT_CREATED, EventType.OBJECT_REMOVED
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"


def notification(template, name="files"):
    return template.resource(f"aws_s3_bucket_notification.{name}")


def test_a_function_is_permitted_first_for_this_bucket_of_this_account(
    app, production, make_function, synth
):
    tier = Tier(app, "events", environment=production)
    function, bucket = make_function(tier, "notifier"), Bucket(tier, "files")
    bucket.add_event_notification(
        CREATED, LambdaDestination(function), prefix="images/", suffix=".jpg"
    )
    template = synth(tier)
    assert notification(template) == {
        "bucket": "${aws_s3_bucket.files.id}",
        "lambda_function": [
            {
                "id": "notifier-created-images-jpg",
                "lambda_function_arn": function.function_arn,
                "events": ["s3:ObjectCreated:*"],
                "filter_prefix": "images/",
                "filter_suffix": ".jpg",
            }
        ],
        "depends_on": ["aws_lambda_permission.notifier_s3_files"],
    }
    assert template.resource("aws_lambda_permission.notifier_s3_files") == {
        "action": "lambda:InvokeFunction",
        "function_name": "notifier",
        "principal": "s3.amazonaws.com",
        "source_arn": "${aws_s3_bucket.files.arn}",
        "source_account": "111122223333",
    }


def test_two_notifications_share_a_permission_and_two_buckets_do_not(tier, bucket, function, synth):
    for prefix in ("a/", "b/"):
        bucket.add_event_notification(CREATED, LambdaDestination(function), prefix=prefix)
    Bucket(tier, "more").add_event_notification(CREATED, LambdaDestination(function))
    template = synth(tier)
    assert sorted(template.resources("aws_lambda_permission")) == [
        "notifier_s3_files",
        "notifier_s3_more",
    ]
    assert notification(template)["depends_on"] == ["aws_lambda_permission.notifier_s3_files"]
    assert len(notification(template)["lambda_function"]) == 2


def test_a_queue_admits_the_bucket_first(tier, bucket, synth):
    queue = Queue(tier, "jobs")
    bucket.add_event_notification(CREATED, QueueDestination(queue), prefix="a/")
    bucket.add_event_notification([REMOVED], QueueDestination(queue))
    template = synth(tier)
    assert notification(template)["depends_on"] == ["aws_sqs_queue_policy.jobs"]
    assert [entry["id"] for entry in notification(template)["queue"]] == [
        "jobs-created-a",
        "jobs-removed",
    ]
    policy = template.resource("aws_sqs_queue_policy.jobs")["policy"]
    assert policy.count("s3.amazonaws.com") == 1
    assert (
        '"Condition" = {"StringEquals" = {"aws:SourceAccount" = '
        '"${data.aws_caller_identity.current.account_id}"}, '
        '"ArnLike" = {"aws:SourceArn" = ["${aws_s3_bucket.files.arn}"]}}'
    ) in policy


def test_a_topic_and_its_key_admit_the_bucket_first(tier, bucket, key, synth):
    topic = Topic(tier, "changes", key=key)
    bucket.add_event_notification(CREATED, TopicDestination(topic))
    template = synth(tier)
    assert notification(template)["depends_on"] == ["aws_sns_topic_policy.changes"]
    assert notification(template)["topic"] == [
        {
            "id": "changes-created",
            "topic_arn": "${aws_sns_topic.changes.arn}",
            "events": ["s3:ObjectCreated:*"],
        }
    ]
    policy = template.resource("aws_sns_topic_policy.changes")["policy"]
    assert '"aws:SourceArn" = ["${aws_s3_bucket.files.arn}"]' in policy
    assert '"Service" = "s3.amazonaws.com"' in template.resource("aws_kms_key.key")["policy"]


def test_the_key_of_a_queue_admits_s3(tier, bucket, key, synth):
    bucket.add_event_notification(CREATED, QueueDestination(Queue(tier, "jobs", key=key)))
    assert '"Service" = "s3.amazonaws.com"' in synth(tier).resource("aws_kms_key.key")["policy"]


def test_an_imported_key_is_warned_of(tier, bucket, warnings):
    key = Key.from_attributes(tier, "old", KeyAttributes(key_arn=KEY_ARN))
    queue = Queue(tier, "jobs", key=key)
    bucket.add_event_notification(CREATED, QueueDestination(queue))
    assert "s3 needs the key of events/jobs" in warnings(queue)[0]


def test_queues_and_topics_made_elsewhere_are_told_and_warned_of(tier, bucket, synth, warnings):
    queue = Queue.from_attributes(
        tier,
        "queue",
        QueueAttributes(
            queue_arn="arn:aws:sqs:eu-central-1:111122223333:old",
            queue_url="https://sqs.eu-central-1.amazonaws.com/111122223333/old",
            queue_name="old",
        ),
    )
    topic = Topic.from_attributes(
        tier,
        "topic",
        TopicAttributes(topic_arn="arn:aws:sns:eu-central-1:111122223333:old", topic_name="old"),
    )
    bucket.add_event_notification(CREATED, QueueDestination(queue))
    bucket.add_event_notification(REMOVED, TopicDestination(topic))
    assert "depends_on" not in notification(synth(tier))
    for target in (queue, topic):
        (warning,) = warnings(target)
        assert warning.startswith("[policy-made-elsewhere] s3 ")


def test_a_bucket_of_another_tier_is_told_of_here(tier, other, function, synth):
    used = tier.use(Bucket(other, "files"))
    used.add_event_notification(CREATED, LambdaDestination(function))
    (permission,) = synth(tier).resources("aws_lambda_permission").values()
    assert permission["source_arn"] == (
        "${data.terraform_remote_state.other.outputs.files_bucket_arn}"
    )


@pytest.mark.parametrize("kind", [LambdaDestination, QueueDestination, TopicDestination])
@pytest.mark.parametrize("value", [None, "arn:aws:sqs:x", 5], ids=["none", "arn", "number"])
def test_what_is_no_destination_is_refused(bucket, kind, value):
    with pytest.raises(ConfigurationError, match=r"pass a Function|write a (Queue|Topic)"):
        bucket.add_event_notification(CREATED, kind(value))
    assert bucket.notification is None


def test_destinations_are_not_mixed_up(tier, bucket, function):
    with pytest.raises(ConfigurationError, match="pass a Function"):
        bucket.add_event_notification(CREATED, LambdaDestination(Queue(tier, "jobs")))
    with pytest.raises(ConfigurationError, match="write a Queue"):
        bucket.add_event_notification(CREATED, QueueDestination(function))
    with pytest.raises(ConfigurationError, match=r"write LambdaDestination\(fn\)"):
        bucket.add_event_notification(CREATED, function)


def test_s3_does_not_send_to_fifo(tier, bucket, key):
    queue = Queue(tier, "jobs", fifo=True)
    with pytest.raises(ConfigurationError, match="is a FIFO queue, to which S3"):
        bucket.add_event_notification(CREATED, QueueDestination(queue))
    topic = Topic(tier, "orders", fifo=True, key=key)
    with pytest.raises(ConfigurationError, match="is a FIFO topic, to which S3"):
        bucket.add_event_notification(CREATED, TopicDestination(topic))


def test_s3_cannot_publish_with_sns_own_key(tier, bucket, synth):
    topic = Topic(tier, "changes")
    with pytest.raises(ConfigurationError, match=r"alias/aws/sns.*key=Key\("):
        bucket.add_event_notification(CREATED, TopicDestination(topic))
    assert "s3.amazonaws.com" not in synth(tier).resource("aws_sns_topic_policy.changes")["policy"]


def test_destinations_of_another_stack_are_refused(bucket, other, make_function):
    key = Key(other, "key", description="messages")
    for destination in (
        LambdaDestination(make_function(other, "notifier")),
        QueueDestination(Queue(other, "jobs")),
        TopicDestination(Topic(other, "changes", key=key)),
    ):
        with pytest.raises(ConfigurationError, match="belongs to another stack"):
            bucket.add_event_notification(CREATED, destination)
    assert bucket.notification is None


def test_a_literal_bucket_binds_its_literal_arn(tier, function, synth):
    bucket = Bucket.from_attributes(
        tier,
        "old",
        BucketAttributes(
            bucket_name="old-files",
            bucket_arn="arn:aws:s3:::old-files",
            bucket_regional_domain_name="old-files.s3.eu-central-1.amazonaws.com",
        ),
    )
    bucket.add_event_notification(CREATED, LambdaDestination(function))
    (permission,) = synth(tier).resources("aws_lambda_permission").values()
    assert permission["source_arn"] == "arn:aws:s3:::old-files"
