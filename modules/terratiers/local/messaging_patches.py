"""Closes the gaps of moto 5.2.5 around messaging; see emulator_patches.py."""

from __future__ import annotations

import contextlib
import json
import re
import time
from typing import Any

__all__ = ["apply_messaging_patches"]


def apply_messaging_patches() -> None:
    """Applies every patch to the moto of this process."""
    _answer_redrive_settings()
    _keep_queue_policies()
    _keep_topic_attributes()
    _tell_of_event_bridge()
    _write_bucket_events_as_s3_does()
    _tell_of_delete_markers()


def _answer_redrive_settings() -> None:
    """A queue answers its redrive policy as it was given, and knows a redrive allow policy.

    moto writes the redrive policy with blanks in it and refuses to be asked for the other one.
    The provider compares texts and waits for minutes. Seen with `aws_sqs_queue` and
    `aws_sqs_queue_redrive_allow_policy`.
    """
    from moto.sqs.models import Queue

    stock_attributes, stock_set = Queue.attributes.fget, Queue._set_attributes

    def attributes(self: Any) -> dict[str, Any]:
        found = dict(stock_attributes(self))
        if found.get("RedrivePolicy"):
            found["RedrivePolicy"] = _compact(found["RedrivePolicy"])
        if getattr(self, "redrive_allow_policy", None):
            found["RedriveAllowPolicy"] = self.redrive_allow_policy
        return found

    def set_attributes(self: Any, given: dict[str, Any], now: float | None = None) -> None:
        stock_set(self, given, now)
        if "RedriveAllowPolicy" in given:
            text = given["RedriveAllowPolicy"]
            self.redrive_allow_policy = _compact(text) if text else None

    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None
    Queue.attributes = property(attributes)
    Queue._set_attributes = set_attributes


def _keep_queue_policies() -> None:
    """A queue keeps its policy when another attribute is set.

    moto takes it away with each `SetQueueAttributes` that does not name it. Seen with
    `aws_sqs_queue_policy`, once the queue's redrive settings or timeouts changed.
    """
    from moto.sqs.models import Queue

    stock = Queue._set_attributes

    def set_attributes(self: Any, given: dict[str, Any], now: float | None = None) -> None:
        if "Policy" not in given and hasattr(self, "_policy_json"):
            given = {**given, "Policy": self.policy}
        stock(self, given, now)

    Queue._set_attributes = set_attributes


# Those that AWS answers when they were set; moto answers none of them
_TOPIC_ATTRIBUTES = re.compile(
    r"SignatureVersion|TracingConfig|"
    r"(HTTP|SQS|Lambda|Application|Firehose)(Success|Failure)Feedback(RoleArn|SampleRate)"
)


def _keep_topic_attributes() -> None:
    """A topic answers its signature version, tracing and feedback roles.

    Seen with `aws_sns_topic`: each plan would set them again.
    """
    from moto.sns.models import SNSBackend
    from moto.sns.responses import SNSResponse

    stock_create, stock_get = SNSBackend.create_topic, SNSResponse.get_topic_attributes
    stock_set = SNSResponse.set_topic_attributes

    def keep(topic: Any, attributes: dict[str, Any]) -> None:
        known = {n: v for n, v in attributes.items() if _TOPIC_ATTRIBUTES.fullmatch(n)}
        topic.kept_attributes = {**getattr(topic, "kept_attributes", {}), **known}

    def create_topic(self: Any, name: str, attributes: Any = None, tags: Any = None) -> Any:
        topic = stock_create(self, name, attributes, tags)
        keep(topic, attributes or {})
        return topic

    def set_topic_attributes(self: Any) -> Any:
        answer = stock_set(self)
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        keep(topic, {self._get_param("AttributeName"): self._get_param("AttributeValue")})
        return answer

    def get_topic_attributes(self: Any) -> Any:
        answer = stock_get(self)
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        answer.result["Attributes"].update(getattr(topic, "kept_attributes", {}))
        return answer

    SNSBackend.create_topic = create_topic
    SNSResponse.set_topic_attributes = set_topic_attributes
    SNSResponse.get_topic_attributes = get_topic_attributes


def _tell_of_event_bridge() -> None:
    """A bucket answers that its events go to EventBridge.

    moto sends them there and does not say so. Seen with `aws_s3_bucket_notification`.
    """
    from moto.s3.responses import S3Response

    stock = S3Response.get_bucket_notification
    stock_serialized = S3Response.serialized

    def get_bucket_notification(self: Any) -> Any:
        configured = self.backend.get_bucket_notification_configuration(self.bucket_name)
        self.tells_event_bridge = configured is not None and configured.event_bridge is not None
        try:
            return stock(self)
        finally:
            self.tells_event_bridge = False

    def serialized(self: Any, result: Any, *arguments: Any, **options: Any) -> Any:
        if getattr(self, "tells_event_bridge", False):
            result.result["EventBridgeConfiguration"] = {}
        return stock_serialized(self, result, *arguments, **options)

    S3Response.get_bucket_notification = get_bucket_notification
    S3Response.serialized = serialized


def _write_bucket_events_as_s3_does() -> None:
    """An event has the object's version, and a key whose slashes are slashes.

    moto writes `images%2Fa+b.jpg` and leaves the version and what orders events out; a topic's
    message has no subject. Seen with the handler of the events tier.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    from urllib.parse import quote_plus

    from moto.moto_api._internal import mock_random
    from moto.s3 import notifications
    from moto.sns.models import sns_backends

    stock = notifications._get_s3_event

    def event_of(name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
        event: dict[str, Any] = stock(name, bucket, key, notification_id)
        for record in event["Records"]:
            record["userIdentity"] = {"principalId": "AWS:EMULATOR"}
            record["requestParameters"] = {"sourceIPAddress": "127.0.0.1"}
            record["s3"]["bucket"]["ownerIdentity"] = {"principalId": "EMULATOR"}
            written = record["s3"]["object"]
            written["key"] = quote_plus(key.name, safe="/*")
            written["sequencer"] = f"{time.time_ns():016X}{mock_random.randrange(256):02X}"
            if bucket.is_versioned and key.version_id not in (None, "null"):
                written["versionId"] = str(key.version_id)
        return event

    def send_to_topic(account_id: str, body: Any, topic_arn: str, region: str) -> None:
        # a bucket's request does not fail with what comes of it
        with contextlib.suppress(Exception):
            sns_backends[account_id][region].publish(
                arn=topic_arn, message=json.dumps(body), subject="Amazon S3 Notification"
            )

    notifications._get_s3_event = event_of
    notifications._send_sns_message = send_to_topic


def _tell_of_delete_markers() -> None:
    """The deletion of an object in a versioned bucket is an event.

    moto tells of deletions in buckets without versions only. Seen with a notification for
    `s3:ObjectRemoved:*`.
    """
    from types import SimpleNamespace

    from moto.s3 import notifications
    from moto.s3.models import S3Backend

    stock = S3Backend._set_delete_marker

    def set_delete_marker(self: Any, bucket_name: str, key_name: str) -> Any:
        marker = stock(self, bucket_name, key_name)
        deleted = SimpleNamespace(
            name=key_name, size=0, etag="", version_id=marker.version_id, key=marker
        )
        event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        notifications.send_event(self.account_id, event, self.get_bucket(bucket_name), deleted)
        return marker

    S3Backend._set_delete_marker = set_delete_marker


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":"))
