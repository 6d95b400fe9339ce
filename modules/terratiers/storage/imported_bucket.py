"""What every bucket offers, made here or imported, and the imported one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from terratiers.core.bucket_name import BUCKET_NAME, BUCKET_NAME_RULE
from terratiers.core.errors import Faults
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_instance,
    check_scope,
    check_string,
)
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.role import Grantee, check_grantee, grant_name
from terratiers.storage.bucket_attributes import BucketAttributes
from terratiers.storage.notifications import BucketNotifications, NotificationDestination

from cdktf_cdktf_provider_aws.s3_bucket_notification import S3BucketNotification
from constructs import Construct

__all__ = ["BucketBase", "ImportedBucket"]

_READ = ("s3:GetObject", "s3:GetObjectVersion")
_WRITE = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_DELETE = ("s3:DeleteObject", "s3:DeleteObjectVersion")
_LIST = ("s3:ListBucket", "s3:GetBucketLocation")


class BucketBase(SharedConstruct[BucketAttributes]):
    """What a bucket made here and an imported one have in common."""

    Attributes = BucketAttributes

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._notifications = BucketNotifications(self)

    @property
    def bucket_name(self) -> str:
        return self.attributes.bucket_name

    @property
    def bucket_arn(self) -> str:
        return self.attributes.bucket_arn

    @property
    def notification(self) -> S3BucketNotification | None:
        """The resource that holds all notifications, once there is one."""
        return self._notifications.resource

    def add_event_notification(
        self,
        event: str | Sequence[str],
        destination: NotificationDestination,
        *,
        prefix: str = "",
        suffix: str = "",
        id: str | None = None,
    ) -> None:
        """Tells a function, queue or topic of what happens to objects.

        All notifications of a bucket are one resource, `aws_s3_bucket_notification.<id>`, made in
        the stack of this object; it waits for the permission that S3 needs. S3 keeps one set of
        them for a bucket: with an imported bucket this one takes the place of whatever was
        configured elsewhere, so that nobody else, its own tier included, may configure any.

        Args:
            event: One of `EventType`, or several.
            destination: `LambdaDestination(fn)`, `QueueDestination(queue)` or
                `TopicDestination(topic)`, of the same region.
            prefix: Only objects whose key begins so, up to 1024 characters, URL-encoded. Default:
                all.
            suffix: Only objects whose key ends so. Default: all.
            id: The notification's name, which the event carries as `configurationId`. Default:
                from destination, event, prefix and suffix.

        Raises:
            ConfigurationError: for an unknown event, a destination that S3 cannot send to, and a
                filter that overlaps with one for the same event, as S3 does.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
        """
        self._notifications.add(event, destination, prefix, suffix, id)

    def enable_event_bridge_notification(self) -> None:
        """Sends every event of the bucket to EventBridge, beside its other notifications.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
        """
        self._notifications.enable_event_bridge()

    def grant_read(self, grantee: Grantee, prefix: str = "") -> None:
        """Lets `grantee` list the bucket and read objects, with the key that they need.

        Args:
            grantee: A role, or a construct that has one.
            prefix: Only objects whose key begins so. Default: all.

        Raises:
            ConfigurationError: when `grantee` has no role or `prefix` holds a wildcard.
        """
        self._grant(grantee, "read", prefix, _READ, lists=True, key_actions=("kms:Decrypt",))

    def grant_write(self, grantee: Grantee, prefix: str = "") -> None:
        """Lets `grantee` write objects, not read or delete them; arguments as in `grant_read`."""
        # S3 decrypts the parts of a multipart upload before it joins them
        keys = ("kms:GenerateDataKey", "kms:Decrypt")
        self._grant(grantee, "write", prefix, _WRITE, key_actions=keys)

    def grant_read_write(self, grantee: Grantee, prefix: str = "") -> None:
        """Lets `grantee` list, read and write, not delete; arguments as in `grant_read`."""
        keys = ("kms:Decrypt", "kms:GenerateDataKey")
        self._grant(grantee, "read-write", prefix, (*_READ, *_WRITE), lists=True, key_actions=keys)

    def grant_delete(self, grantee: Grantee, prefix: str = "") -> None:
        """Lets `grantee` delete objects; arguments as in `grant_read`."""
        self._grant(grantee, "delete", prefix, _DELETE)

    def _grant(
        self,
        grantee: Grantee,
        what: str,
        prefix: str,
        actions: Sequence[str],
        *,
        lists: bool = False,
        key_actions: Sequence[str] = (),
    ) -> None:
        check_grantee(self, grantee)
        faults = Faults(self.node.scope, self.node.id)
        rule = "write the beginning of a key, without * or ?."
        check_string(faults, "prefix", prefix, r"[^*?]{0,1000}", rule)
        faults.raise_any()
        objects = PolicyStatement(actions=actions, resources=[f"{self.bucket_arn}/{prefix}*"])
        statements = [objects]
        if lists:
            conditions = {"StringLike": {"s3:prefix": [f"{prefix}*"]}} if prefix else {}
            # GetBucketLocation knows no prefix
            statements += [
                PolicyStatement(
                    actions=_LIST[:1] if prefix else _LIST,
                    resources=[self.bucket_arn],
                    conditions=conditions,
                )
            ]
        if key_actions and self.attributes.kms_key_arn:
            statements.append(
                PolicyStatement(actions=key_actions, resources=[self.attributes.kms_key_arn])
            )
        name = grant_name(self, f"{what}-{_prefix_part(prefix)}" if prefix else what)
        grantee.role.add_policy(name, *statements)


def _prefix_part(prefix: str) -> str:
    """A prefix in a policy's name: `images` for `images/`, others with a digest to tell them."""
    plain = re.sub(r"[^a-z0-9]+", "-", prefix.lower()).strip("-")[:40]
    if plain and prefix == f"{plain}/":
        return plain
    return f"{plain or 'prefix'}-{hashlib.sha256(prefix.encode()).hexdigest()[:8]}"


class ImportedBucket(BucketBase):
    """A bucket that is not made here. Use `Bucket.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: BucketAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'BucketAttributes(bucket_name="...", bucket_arn="...", ...)'
        given = check_instance(faults, "attributes", attributes, BucketAttributes, example)
        if given:
            check_string(faults, "bucket_name", given.bucket_name, BUCKET_NAME, BUCKET_NAME_RULE)
            check_arn(faults, "bucket_arn", given.bucket_arn, "s3", r"[a-z0-9.-]{3,63}")
            domain = given.bucket_regional_domain_name
            rule = "write <name>.s3.<region>.amazonaws.com."
            check_string(faults, "bucket_regional_domain_name", domain, r"[a-z0-9.-]+", rule)
            encrypted = check_bool(faults, "kms_encrypted", given.kms_encrypted)
            if given.kms_key_arn is not None:
                check_arn(faults, "kms_key_arn", given.kms_key_arn, "kms", r"key/[A-Za-z0-9-]+")
            if encrypted is not None and encrypted != (given.kms_key_arn is not None):
                faults.add("kms_encrypted and kms_key_arn contradict each other: give both.")
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes
