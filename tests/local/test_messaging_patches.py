"""Each patch answers as AWS does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import json

import pytest

REGION = "us-east-1"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Sid": "mine"}]})


def queue(emulator, name, **attributes):
    return emulator.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def attributes(emulator, url):
    names = ["All"]
    return emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)[
        "Attributes"
    ]


def redrive_policy(emulator):
    """What was set, and what a queue answers."""
    dead = attributes(emulator, queue(emulator, "dead"))["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3}, separators=(",", ":"))
    return policy, attributes(emulator, queue(emulator, "jobs", RedrivePolicy=policy))[
        "RedrivePolicy"
    ]


def test_a_queue_answers_its_redrive_policy_as_it_was_given(patched):
    given, answered = redrive_policy(patched)
    assert answered == given


def test_stock_moto_still_writes_it_anew(stock):
    given, answered = redrive_policy(stock)
    assert answered != given


ALLOW = '{"redrivePermission":"denyAll"}'


def test_a_queue_knows_a_redrive_allow_policy(patched):
    url, sqs = queue(patched, "letters"), patched.client("sqs")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": ALLOW})
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])
    assert asked["Attributes"] == {"RedriveAllowPolicy": ALLOW}
    assert attributes(patched, url)["RedriveAllowPolicy"] == ALLOW
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": ""})
    assert "RedriveAllowPolicy" not in attributes(patched, url)


def test_stock_moto_still_refuses_to_be_asked_for_it(stock):
    url, sqs = queue(stock, "letters"), stock.client("sqs")
    with pytest.raises(sqs.exceptions.ClientError, match="InvalidAttributeName"):
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])


def policy_after_another_change(emulator):
    url = queue(emulator, "kept", Policy=POLICY)
    emulator.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5"})
    found = attributes(emulator, url)
    assert found["DelaySeconds"] == "5"
    return found.get("Policy")


def test_a_queue_keeps_its_policy_when_another_attribute_is_set(patched):
    assert json.loads(policy_after_another_change(patched)) == json.loads(POLICY)


def test_a_policy_can_still_be_taken_away(patched):
    url = queue(patched, "bare", Policy=POLICY)
    patched.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in attributes(patched, url)


def test_stock_moto_still_loses_the_policy(stock):
    assert policy_after_another_change(stock) is None


def topic_attributes(emulator):
    sns = emulator.client("sns")
    arn = sns.create_topic(Name="signed", Attributes={"SignatureVersion": "2"})["TopicArn"]
    for name, value in (
        ("TracingConfig", "Active"),
        ("SQSFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/log"),
        ("LambdaSuccessFeedbackSampleRate", "10"),
    ):
        sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    found = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    names = ("SignatureVersion", "TracingConfig", "SQSFailureFeedbackRoleArn")
    return [found.get(name) for name in (*names, "LambdaSuccessFeedbackSampleRate")]


def test_a_topic_answers_what_was_set(patched):
    role = "arn:aws:iam::123456789012:role/log"
    assert topic_attributes(patched) == ["2", "Active", role, "10"]


def test_stock_moto_still_forgets_a_topics_attributes(stock):
    assert topic_attributes(stock) == [None, None, None, None]


def event_bridge(emulator, configuration):
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket="telling")
    s3.put_bucket_notification_configuration(
        Bucket="telling", NotificationConfiguration=configuration
    )
    return s3.get_bucket_notification_configuration(Bucket="telling").get(
        "EventBridgeConfiguration"
    )


def test_a_bucket_says_that_its_events_go_to_event_bridge(patched):
    assert event_bridge(patched, {"EventBridgeConfiguration": {}}) == {}
    assert event_bridge(patched, {}) is None


def test_stock_moto_still_keeps_event_bridge_to_itself(stock):
    assert event_bridge(stock, {"EventBridgeConfiguration": {}}) is None


def events(emulator, name):
    """What a queue is told of an upload and a deletion in a versioned bucket."""
    s3, sqs = emulator.client("s3"), emulator.client("sqs")
    url = queue(emulator, name)
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    told = {
        "QueueArn": attributes(emulator, url)["QueueArn"],
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    }
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"QueueConfigurations": [told]}
    )
    version = s3.put_object(Bucket=name, Key="images/a b+ü.jpg", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=name, Key="images/a b+ü.jpg")["VersionId"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(message["Body"]) for message in messages]
    records = [record for body in bodies for record in body.get("Records", [])]
    found = [(r["eventName"], r["s3"]["object"]) for r in records]
    return found, version, marker


def test_events_have_version_and_order_and_plain_slashes(patched):
    found, version, marker = events(patched, "told")
    assert [(name, o["key"], o["versionId"]) for name, o in found] == [
        ("ObjectCreated:Put", "images/a+b%2B%C3%BC.jpg", version),
        ("ObjectRemoved:DeleteMarkerCreated", "images/a+b%2B%C3%BC.jpg", marker),
    ]
    orders = [o["sequencer"] for _, o in found]
    assert orders == sorted(set(orders))


def test_stock_moto_still_leaves_them_out(stock):
    [(name, written)] = events(stock, "told")[0]
    assert name == "ObjectCreated:Put"
    assert written["key"].startswith("images%2F")
    assert not {"versionId", "sequencer"} & set(written)


def subject(emulator):
    """The subject of what a topic is told by a bucket."""
    s3, sqs, sns = (emulator.client(service) for service in ("s3", "sqs", "sns"))
    url = queue(emulator, "mails")
    topic = sns.create_topic(Name="told")["TopicArn"]
    arn = attributes(emulator, url)["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    s3.create_bucket(Bucket="mailing")
    told = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="mailing", NotificationConfiguration={"TopicConfigurations": [told]}
    )
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert json.loads(body["Message"])["Event"] == "s3:TestEvent"
    return body.get("Subject")


def test_a_bucket_writes_a_subject(patched):
    assert subject(patched) == "Amazon S3 Notification"


def test_stock_moto_still_writes_none(stock):
    assert subject(stock) is None
