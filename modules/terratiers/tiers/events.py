"""The events tier: a bucket of pictures, and a message whenever one of them changes."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.tier import Tier
from terratiers.core.validation import check_bool, check_sequence, check_string
from terratiers.messaging.destinations import LambdaDestination
from terratiers.messaging.queue import Queue
from terratiers.messaging.subscription import Subscription
from terratiers.messaging.topic import Topic
from terratiers.serverless.code import Code
from terratiers.serverless.function import Function
from terratiers.storage.bucket import Bucket
from terratiers.storage.bucket_options import LifecycleRule, ObjectOwnership
from terratiers.storage.event_type import EventType
from terratiers.tiers.handlers import handler_folder

from constructs import Construct

__all__ = ["EventsTier"]

_FOURTEEN_DAYS = 14 * 24 * 3600
_OLD_VERSIONS = LifecycleRule(id="old-versions", noncurrent_version_expiration_days=90)


class EventsTier(Tier):
    """Whoever subscribes hears of each picture that is written to a bucket.

    The bucket tells the function `lambda/image_notifier`, which publishes a readable message to a
    topic; a queue and the given addresses are subscribed. What fails goes to a dead-letter queue.
    They are in `images`, `notifier`, `topic`, `inbox` and `failures`.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `events`.
        environment: Names, region, account and state location.
        emails: Addresses that get each message. A mail asks each to confirm; until then the
            subscription is pending. Default: none.
        prefix: Only objects whose key begins so. Default: all.
        suffix: Only objects whose key ends so. Default: `.jpg`.
        public_objects: Whether single objects of the bucket can be opened to the world by their
            ACL, as the course does; it has to be acknowledged (`public-objects`). Default: no.

    Raises:
        ConfigurationError: as the constructs it is made of do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "events",
        *,
        environment: Environment,
        emails: Sequence[str] = (),
        prefix: str = "",
        suffix: str = ".jpg",
        public_objects: bool = False,
    ) -> None:
        faults = Faults(scope, id)
        addresses = check_sequence(faults, "emails", emails, '["you@example.com"]') or ()
        for address in addresses:
            rule = "write an address like you@example.com."
            check_string(faults, "emails", address, r"[!-~]+@[!-~]+", rule, tokens=False)
        check_bool(faults, "public_objects", public_objects)
        faults.raise_any()
        super().__init__(scope, id, environment=environment)
        with all_or_nothing(scope, id):
            self.failures = Queue(self, "failures", retention_period=_FOURTEEN_DAYS)
            self.topic = Topic(self, "image-changes")
            self.inbox = Queue(self, "inbox")
            self.topic.add_subscription(
                Subscription.queue(self.inbox), dead_letter_queue=self.failures
            )
            for address in addresses:
                self.topic.add_subscription(Subscription.email(address))
            self.notifier = self._add_notifier()
            ownership = (
                ObjectOwnership.BUCKET_OWNER_PREFERRED
                if public_objects
                else ObjectOwnership.BUCKET_OWNER_ENFORCED
            )
            self.images = Bucket(
                self,
                "images",
                object_ownership=ownership,
                public_object_acls=public_objects,
                lifecycle_rules=[_OLD_VERSIONS],
            )
            self.images.add_event_notification(
                EventType.OBJECT_CREATED,
                LambdaDestination(self.notifier),
                prefix=prefix,
                suffix=suffix,
            )
            for shared in (self.images, self.topic, self.inbox, self.failures):
                self.share(shared)

    def _add_notifier(self) -> Function:
        notifier = Function(
            self,
            "image-notifier",
            code=Code.from_asset(handler_folder("image_notifier")),
            description="Tells by SNS that pictures have changed",
            timeout=30,
            environment={
                "TOPIC_ARN": self.topic.topic_arn,
                "DEAD_LETTER_QUEUE_URL": self.failures.queue_url,
            },
            dead_letter_queue=self.failures,
        )
        skip_check(notifier.resource, "CKV_AWS_117", "It calls SNS and SQS, and nothing in a VPC.")
        skip_check(notifier.resource, "CKV_AWS_173", "Its environment has names, and no secret.")
        self.topic.grant_publish(notifier)
        self.failures.grant_send_messages(notifier)
        return notifier
