"""Buckets: encrypted, versioned, closed to the public, TLS only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.storage.bucket import Bucket as Bucket
    from terratiers.storage.bucket_attributes import BucketAttributes as BucketAttributes
    from terratiers.storage.bucket_options import AccessLogs as AccessLogs
    from terratiers.storage.bucket_options import BucketEncryption as BucketEncryption
    from terratiers.storage.bucket_options import CorsRule as CorsRule
    from terratiers.storage.bucket_options import LifecycleRule as LifecycleRule
    from terratiers.storage.bucket_options import ObjectOwnership as ObjectOwnership
    from terratiers.storage.bucket_options import StorageClass as StorageClass
    from terratiers.storage.bucket_options import Transition as Transition
    from terratiers.storage.event_type import EventType as EventType
    from terratiers.storage.notifications import NotificationDestination as NotificationDestination
    from terratiers.storage.notifications import NotificationTarget as NotificationTarget

__all__ = [
    "AccessLogs",
    "Bucket",
    "BucketAttributes",
    "BucketEncryption",
    "CorsRule",
    "EventType",
    "LifecycleRule",
    "NotificationDestination",
    "NotificationTarget",
    "ObjectOwnership",
    "StorageClass",
    "Transition",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "AccessLogs": ".bucket_options",
        "Bucket": ".bucket",
        "BucketAttributes": ".bucket_attributes",
        "BucketEncryption": ".bucket_options",
        "CorsRule": ".bucket_options",
        "EventType": ".event_type",
        "LifecycleRule": ".bucket_options",
        "NotificationDestination": ".notifications",
        "NotificationTarget": ".notifications",
        "ObjectOwnership": ".bucket_options",
        "StorageClass": ".bucket_options",
        "Transition": ".bucket_options",
    },
)
