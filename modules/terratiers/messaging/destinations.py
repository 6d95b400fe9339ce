"""Where a bucket sends its notifications."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.account import account_id
from terratiers.core.errors import Faults
from terratiers.core.names import path_in_stack
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import check_instance
from terratiers.messaging.function import IFunction, check_function, permission_id
from terratiers.messaging.queue_base import QueueBase
from terratiers.messaging.topic_base import TopicBase
from terratiers.storage.imported_bucket import BucketBase
from terratiers.storage.notifications import NotificationTarget

from constructs import Construct

__all__ = ["LambdaDestination", "QueueDestination", "TopicDestination"]


@dataclass(frozen=True)
class LambdaDestination:
    """A function, invoked once for each event; S3 tries again what fails.

    A function that writes to the bucket that invokes it runs for ever: give the notification a
    prefix that it does not write to.

    Args:
        function: A `Function` or an `Alias`.
    """

    function: IFunction

    def name(self) -> str:
        """What the notification's default id begins with."""
        return _name(self.function)

    def check(self, faults: Faults, bucket: BucketBase) -> None:
        """Notes what is no function, or one of another stack."""
        check_function(faults, self.function, bucket)

    def bind(self, bucket: BucketBase) -> NotificationTarget:
        """Lets S3 invoke the function for this bucket of this account alone."""
        permission = self.function.add_permission(
            permission_id("s3", bucket),
            principal="s3.amazonaws.com",
            source_arn=bucket.bucket_arn,
            source_account=account_id(bucket),
        )
        return NotificationTarget(
            kind="lambda_function", arn=self.function.function_arn, permissions=[permission]
        )


@dataclass(frozen=True)
class QueueDestination:
    """A standard queue.

    Args:
        queue: A `Queue` of the bucket's stack, made or imported.
    """

    queue: QueueBase

    def name(self) -> str:
        """What the notification's default id begins with."""
        return _name(self.queue)

    def check(self, faults: Faults, bucket: BucketBase) -> None:
        """Notes a queue that S3 cannot send to."""
        queue = check_instance(faults, "queue", self.queue, QueueBase, "a Queue")
        if queue is None:
            return
        check_same_stack(faults, "queue", queue, bucket)
        if queue.attributes.fifo:
            faults.add(f"queue: {queue.node.path} is a FIFO queue, to which S3 does not send.")

    def bind(self, bucket: BucketBase) -> NotificationTarget:
        """Lets S3 send messages for this bucket of this account alone."""
        arn, account = bucket.bucket_arn, account_id(bucket)
        self.queue.grant_send_service("s3", source_arn=arn, source_account=account)
        return NotificationTarget(
            kind="queue", arn=self.queue.queue_arn, permissions=self.queue.policies
        )


@dataclass(frozen=True)
class TopicDestination:
    """A standard topic with a `Key` of its own.

    Args:
        topic: A `Topic` of the bucket's stack, made or imported.
    """

    topic: TopicBase

    def name(self) -> str:
        """What the notification's default id begins with."""
        return _name(self.topic)

    def check(self, faults: Faults, bucket: BucketBase) -> None:
        """Notes a topic that S3 cannot publish to."""
        topic = check_instance(faults, "topic", self.topic, TopicBase, "a Topic")
        if topic is None:
            return
        check_same_stack(faults, "topic", topic, bucket)
        topic.check_publisher(faults)
        if topic.attributes.fifo:
            faults.add(f"topic: {topic.node.path} is a FIFO topic, to which S3 does not publish.")

    def bind(self, bucket: BucketBase) -> NotificationTarget:
        """Lets S3 publish for this bucket of this account alone."""
        arn, account = bucket.bucket_arn, account_id(bucket)
        self.topic.grant_publish_service("s3", source_arn=arn, source_account=account)
        return NotificationTarget(
            kind="topic", arn=self.topic.topic_arn, permissions=self.topic.policies
        )


def _name(target: object) -> str:
    assert isinstance(target, Construct)
    return path_in_stack(target).replace("/", "-")
