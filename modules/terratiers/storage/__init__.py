"""Buckets: encrypted, versioned, closed to the public, TLS only."""

from terratiers.storage.bucket import Bucket
from terratiers.storage.bucket_attributes import BucketAttributes
from terratiers.storage.bucket_options import (
    AccessLogs,
    BucketEncryption,
    CorsRule,
    LifecycleRule,
    ObjectOwnership,
    StorageClass,
    Transition,
)
from terratiers.storage.event_type import EventType
from terratiers.storage.notifications import NotificationDestination, NotificationTarget

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
