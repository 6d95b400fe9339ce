"""What a bucket tells others of: merged into the one notification resource it may have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from terratiers.core.errors import Faults
from terratiers.core.names import dependency, pin_address
from terratiers.core.tokens import is_token, same_value
from terratiers.core.validation import check_choice, check_sequence, check_string, show
from terratiers.storage.event_type import EventType, covers

from cdktf import TerraformResource, TerraformStack
from cdktf_cdktf_provider_aws.s3_bucket_notification import (
    S3BucketNotification,
    S3BucketNotificationLambdaFunction,
    S3BucketNotificationQueue,
    S3BucketNotificationTopic,
)

if TYPE_CHECKING:
    from terratiers.storage.imported_bucket import BucketBase

__all__ = ["BucketNotifications", "NotificationDestination", "NotificationTarget"]

_MOST = 100
_ID_LENGTH = 255
_DESTINATION = "LambdaDestination(fn), QueueDestination(queue) or TopicDestination(topic)"
_configured: WeakKeyDictionary[TerraformStack, list[BucketBase]] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class NotificationTarget:
    """Where S3 sends events, and what has to stand before S3 accepts it.

    Args:
        kind: `lambda_function`, `queue` or `topic`.
        arn: Its ARN.
        permissions: The resources that let S3 in.
    """

    kind: Literal["lambda_function", "queue", "topic"]
    arn: str
    permissions: Sequence[TerraformResource] = ()


@runtime_checkable
class NotificationDestination(Protocol):
    """What can be told of a bucket's events; the messaging package has one of each kind."""

    def name(self) -> str:
        """What to call it in a notification's default id, once it is checked."""

    def check(self, faults: Faults, bucket: BucketBase) -> None:
        """Notes in `faults` why S3 could not send events of `bucket` there."""

    def bind(self, bucket: BucketBase) -> NotificationTarget:
        """Lets S3 send events of `bucket` there."""


@dataclass(frozen=True, kw_only=True)
class _Notification:
    id: str
    events: tuple[str, ...]
    prefix: str
    suffix: str

    @property
    def keys(self) -> str:
        return f"{self.prefix}*{self.suffix}"

    def shared_event(self, events: Sequence[str], prefix: str, suffix: str) -> str | None:
        """An event that both would be told of for the same key, if any."""
        if not _begin_alike(self.prefix, prefix) or not _begin_alike(
            self.suffix[::-1], suffix[::-1]
        ):
            return None
        for own in self.events:
            for other in events:
                if covers(own, other) or covers(other, own):
                    return own if covers(other, own) else other
        return None


class BucketNotifications:
    """The notifications of one bucket, made here or imported.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    """

    def __init__(self, bucket: BucketBase) -> None:
        self._bucket = bucket
        self._known: dict[str, tuple[_Notification, NotificationTarget]] = {}
        self.resource: S3BucketNotification | None = None

    def add(
        self,
        event: str | Sequence[str],
        destination: NotificationDestination,
        prefix: str,
        suffix: str,
        id: str | None,
    ) -> None:
        """Checks everything, lets S3 reach the destination, and writes the merged resource."""
        faults = self._faults()
        events = _check_events(faults, event)
        for name, value in (("prefix", prefix), ("suffix", suffix)):
            _check_filter(faults, name, value)
        if isinstance(destination, NotificationDestination):
            destination.check(faults, self._bucket)
        else:
            faults.add(
                f"destination is {show(destination)} ({type(destination).__name__}): "
                f"write {_DESTINATION}."
            )
        if id is not None:
            rule = f"write 1 to {_ID_LENGTH} printable characters (S3)."
            check_string(faults, "id", id, rf"[!-~]{{1,{_ID_LENGTH}}}", rule, tokens=False)
        faults.raise_any()
        self._check_overlap(faults, events, prefix, suffix)
        id = id or _default_id(destination.name(), events, prefix, suffix)
        if id in self._known:
            faults.add(f"notification {show(id)} is there already: give this one another id.")
        if len(self._known) >= _MOST:
            faults.add(f"it has {_MOST} notifications already: S3 allows no more; use a Topic.")
        faults.raise_any()
        target = destination.bind(self._bucket)
        made = _Notification(id=id, events=events, prefix=prefix, suffix=suffix)
        self._known[id] = (made, target)
        self._write()

    def enable_event_bridge(self) -> None:
        """Sends every event to EventBridge, too."""
        faults = self._faults()
        faults.raise_any()
        self._made().eventbridge = True

    def _faults(self) -> Faults:
        bucket = self._bucket
        faults = Faults(bucket.node.scope, bucket.node.id)
        for other in _configured.get(TerraformStack.of(bucket), []):
            if other is not bucket and same_value(bucket, other.bucket_name, bucket.bucket_name):
                faults.add(
                    f"{other.node.path} is the same bucket and has notifications in this stack: "
                    "a bucket has one set of them; add all to that one."
                )
        return faults

    def _check_overlap(
        self, faults: Faults, events: Sequence[str], prefix: str, suffix: str
    ) -> None:
        for known, _ in self._known.values():
            event = known.shared_event(events, prefix, suffix)
            if event:
                faults.add(
                    f"{event} of {show(f'{prefix}*{suffix}')} overlaps with notification "
                    f"{known.id} (of {show(known.keys)}), which S3 refuses: tell prefix or suffix "
                    "apart, or send it to one Topic that several subscribe to."
                )

    def _made(self) -> S3BucketNotification:
        if self.resource is None:
            bucket = self._bucket
            self.resource = S3BucketNotification(bucket, "notification", bucket=bucket.bucket_name)
            pin_address(self.resource, bucket)
            _configured.setdefault(TerraformStack.of(bucket), []).append(bucket)
        return self.resource

    def _write(self) -> None:
        """All of them in the order of their ids, so that the program's order moves nothing."""
        resource = self._made()
        found: dict[str, list[Any]] = {"lambda_function": [], "queue": [], "topic": []}
        permissions: dict[str, None] = {}
        for _, (notification, target) in sorted(self._known.items()):
            found[target.kind].append(_block(notification, target))
            permissions |= dict.fromkeys(map(dependency, target.permissions))
        for kind, put in (
            ("lambda_function", resource.put_lambda_function),
            ("queue", resource.put_queue),
            ("topic", resource.put_topic),
        ):
            if found[kind]:
                put(found[kind])
        if permissions:
            resource.depends_on = list(permissions)


def _block(notification: _Notification, target: NotificationTarget) -> Any:
    common: dict[str, Any] = {
        "id": notification.id,
        "events": list(notification.events),
        "filter_prefix": notification.prefix or None,
        "filter_suffix": notification.suffix or None,
    }
    if target.kind == "lambda_function":
        return S3BucketNotificationLambdaFunction(lambda_function_arn=target.arn, **common)
    if target.kind == "queue":
        return S3BucketNotificationQueue(queue_arn=target.arn, **common)
    return S3BucketNotificationTopic(topic_arn=target.arn, **common)


def _begin_alike(one: str, other: str) -> bool:
    """Whether some key begins with both; of tokens only what is the same is known to."""
    if one and other and (is_token(one) or is_token(other)):
        return one == other
    return one.startswith(other) or other.startswith(one)


def _check_events(faults: Faults, value: object) -> tuple[str, ...]:
    items = (value,) if isinstance(value, str) else None
    if items is None:
        items = check_sequence(faults, "event", value, "EventType.OBJECT_CREATED") or ()
        if isinstance(value, (list, tuple)) and not items:
            faults.add("event is empty: write EventType.OBJECT_CREATED.")
    found = [check_choice(faults, "event", item, EventType.ALL) for item in items]
    events = tuple(event for event in found if event)
    for index, event in enumerate(events):
        for other in events[index + 1 :]:
            if covers(event, other) or covers(other, event):
                less = event if covers(other, event) else other
                faults.add(f"event {less} is covered twice: take it out.")
    return events


def _check_filter(faults: Faults, name: str, value: object) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html"""
    rule = (
        f"write the {'beginning' if name == 'prefix' else 'end'} of a key, up to 1024 characters, "
        "without * (S3 takes no wildcards), a blank as +, and what is not ASCII as %XX."
    )
    check_string(faults, name, value, r"[!-)+-~]{0,1024}", rule)


def _default_id(name: str, events: Sequence[str], prefix: str, suffix: str) -> str:
    """`notifier-created-images-jpg`: what it is of; a digest where that would not tell it all."""
    kinds = [event.removeprefix("s3:").removesuffix(":*") for event in events]
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).replace("Object-", "") for kind in kinds]
    parts = (re.sub(r"[^A-Za-z0-9]+", "-", p).strip("-") for p in (name, *words, prefix, suffix))
    text = "-".join(filter(None, parts)).lower()
    plain = (
        re.fullmatch(r"([a-z0-9-]+/)?", prefix)
        and re.fullmatch(r"(\.[a-z0-9]+)?", suffix)
        and len(text) <= _ID_LENGTH
    )
    if plain:
        return text
    whole = "|".join([*events, prefix, suffix])
    return f"{text[: _ID_LENGTH - 9]}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
