"""Row G5: the notifier: normal, malformed, partial, duplicate and large events."""

from __future__ import annotations

import json

import boto3
import pytest


def record(key="shiba-inu.jpg", **options):
    """One record as S3 writes it: the key URL-encoded."""
    stored = {"key": key, "size": 123_456, "eTag": "abc", "sequencer": "0055AED6DCD90281E5"}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "ap-northeast-2",
        "eventTime": "2026-11-24T10:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AROA1:someone"},
        "s3": {"bucket": {"name": "lab-edu-images"}, "object": {**stored, **options}},
    }


@pytest.fixture
def notifier(load, monkeypatch):
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="images")["TopicArn"]
    inbox, aside = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("inbox", "aside"))
    arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    monkeypatch.setenv("TOPIC_ARN", topic)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", aside)
    module = load("image_notifier")

    class Notifier:
        def __call__(self, *records, **event):
            return module.handler({"Records": list(records), **event}, None)

        @property
        def mails(self):
            return [json.loads(body) for body in received(sqs, inbox)]

        @property
        def failures(self):
            return [json.loads(body) for body in received(sqs, aside)]

    notifier = Notifier()
    notifier.module = module
    return notifier


def received(sqs, url):
    found = []
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return found
        for message in answer["Messages"]:
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_changed_picture_is_told(notifier):
    assert notifier(record()) == {"told": 1, "dropped": 0, "failed": 0}
    [mail] = notifier.mails
    assert mail["Subject"] == "Changed in lab-edu-images: shiba-inu.jpg"
    assert mail["Message"] == (
        "s3://lab-edu-images/shiba-inu.jpg was written.\n"
        "\n"
        "Event:   ObjectCreated:Put\n"
        "Time:    2026-11-24T10:00:00.000Z\n"
        "Size:    120.6 KB (123456 bytes)\n"
        "By:      AWS:AROA1:someone\n"
        "\n"
        "https://ap-northeast-2.console.aws.amazon.com/s3/object/lab-edu-images"
        "?region=ap-northeast-2&prefix=shiba-inu.jpg"
    )
    assert notifier.failures == []


@pytest.mark.parametrize(
    ("encoded", "key", "in_link"),
    [
        ("my+dog%281%29.jpg", "my dog(1).jpg", "prefix=my%20dog%281%29.jpg"),
        ("%EC%8B%9C%EB%B0%94.jpg", "시바.jpg", "prefix=%EC%8B%9C%EB%B0%94.jpg"),
        ("a%2Bb/c%26d%3De.jpg", "a+b/c&d=e.jpg", "prefix=a%2Bb%2Fc%26d%3De.jpg"),
        ("folder/", "folder/", "prefix=folder%2F"),
    ],
)
def test_keys_are_decoded_for_people_and_encoded_for_the_link(notifier, encoded, key, in_link):
    notifier(record(encoded))
    [mail] = notifier.mails
    assert f"s3://lab-edu-images/{key} " in mail["Message"]
    assert mail["Message"].endswith(in_link)


def test_versions_and_removals(notifier):
    removed = record(versionId="v/1+2")
    removed["eventName"] = "ObjectRemoved:DeleteMarkerCreated"
    del removed["s3"]["object"]["size"], removed["userIdentity"]
    notifier(removed)
    [mail] = notifier.mails
    assert "was removed" in mail["Message"]
    assert "Version: v/1+2" in mail["Message"]
    assert "&versionId=v%2F1%2B2" in mail["Message"]
    assert "Size" not in mail["Message"]
    assert "By:" not in mail["Message"]


def test_other_events_and_the_chinese_console(notifier):
    restored = record()
    restored |= {"eventName": "ObjectRestore:Completed", "awsRegion": "cn-north-1"}
    notifier(restored)
    [mail] = notifier.mails
    assert "has changed" in mail["Message"]
    assert "https://console.amazonaws.cn/s3/object/" in mail["Message"]


def test_many_records_become_as_many_messages(notifier):
    records = [record(f"{number}.jpg") for number in range(23)]
    assert notifier(*records)["told"] == 23
    subjects = {mail["Subject"].rpartition(" ")[2] for mail in notifier.mails}
    assert subjects == {f"{number}.jpg" for number in range(23)}


def test_a_record_that_comes_twice_is_told_once(notifier):
    again = record(sequencer="0055AED6DCD90281E6")
    assert notifier(record(), record(), again) == {"told": 2, "dropped": 1, "failed": 0}
    assert len(notifier.mails) == 2


def test_the_buckets_test_event_is_no_change(notifier):
    event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "lab-edu-images"}
    assert notifier.module.handler(event, None) == {"told": 0, "dropped": 0, "failed": 0}
    assert notifier.mails == []


def without(*path):
    broken = record()
    place = broken
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return broken


def with_value(value, *path):
    broken = record()
    place = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return broken


BROKEN = {
    "None": None,
    "text": "x",
    "a list": [],
    "empty": {},
    "no s3": without("s3"),
    "no bucket": without("s3", "bucket"),
    "no bucket name": without("s3", "bucket", "name"),
    "no object": without("s3", "object"),
    "no key": without("s3", "object", "key"),
    "no event": without("eventName"),
    "no time": without("eventTime"),
    "no region": without("awsRegion"),
    "key is a number": with_value(7, "s3", "object", "key"),
    "empty key": with_value("", "s3", "object", "key"),
    "bucket is None": with_value(None, "s3", "bucket", "name"),
    "event is a list": with_value(["x"], "eventName"),
    "size is text": with_value("large", "s3", "object", "size"),
    "who is text": with_value("me", "userIdentity"),
    "version is a list": with_value(["v"], "s3", "object", "versionId"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_record_loses_no_other(notifier, broken):
    result = notifier(record("a.jpg"), broken, record("b.jpg"))
    assert result == {"told": 2, "dropped": 0, "failed": 1}
    assert len(notifier.mails) == 2
    assert notifier.failures == [{"Records": [broken]}]


@pytest.mark.parametrize("event", [{}, {"Records": None}, {"Records": {}}, {"Event": "other"}])
def test_what_is_no_event_goes_through_lambdas_own_retries(notifier, event):
    with pytest.raises(ValueError, match="it has no Records"):
        notifier.module.handler(event, None)


def test_what_sns_does_not_take_is_put_aside(notifier, monkeypatch):
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:eu-central-1:123456789012:gone")
    assert notifier(record(), record("b.jpg")) == {"told": 0, "dropped": 0, "failed": 2}
    assert len(notifier.failures) == 2


def test_of_a_batch_only_what_sns_refuses_is_put_aside(notifier, monkeypatch):
    sns = notifier.module._client("sns")
    stock = sns.publish_batch

    def publish_batch(**options):
        answer = stock(**options)
        answer["Failed"] = [{"Id": "1", "Code": "InternalError", "SenderFault": False}]
        return answer

    monkeypatch.setattr(sns, "publish_batch", publish_batch)
    assert notifier(*(record(f"{n}.jpg") for n in range(3)))["failed"] == 1
    [failure] = notifier.failures
    assert failure["Records"][0]["s3"]["object"]["key"] == "1.jpg"


def test_what_was_put_aside_can_be_told_again(notifier, monkeypatch):
    topic = "arn:aws:sns:eu-central-1:123456789012:images"
    monkeypatch.setenv("TOPIC_ARN", f"{topic}-gone")
    notifier(record())
    [event] = notifier.failures
    monkeypatch.setenv("TOPIC_ARN", topic)
    assert notifier.module.handler(event, None)["told"] == 1
    assert len(notifier.mails) == 1


def test_without_its_queue_lambda_tries_again(notifier, monkeypatch):
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/1/none")
    with pytest.raises(Exception, match=r"NonExistentQueue|does not exist"):
        notifier({})


def test_the_longest_key_of_all_is_told(notifier):
    key = "%ED%95%9C" * 340 + "+x"
    assert notifier(record(key))["told"] == 1
    [mail] = notifier.mails
    assert len(mail["Subject"]) < 100
    assert mail["Subject"].isascii()
    assert "한" * 340 in mail["Message"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KB (1024 bytes)"),
     (5 * 1024**4, "5.0 TB (5497558138880 bytes)"), (9000 * 1024**4, "9000.0 TB")],
)  # fmt: skip
def test_sizes(notifier, size, text):
    notifier(record(size=size))
    assert f"Size:    {text}" in notifier.mails[0]["Message"]


def test_line_breaks_in_a_key_do_not_reach_the_subject(notifier):
    notifier(record("a%0D%0ABcc%3A+x.jpg"))
    [mail] = notifier.mails
    assert mail["Subject"] == "Changed in lab-edu-images: a??Bcc: x.jpg"
