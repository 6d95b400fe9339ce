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

__all__ = [
    "AccessLogs",
    "Bucket",
    "BucketAttributes",
    "BucketEncryption",
    "CorsRule",
    "LifecycleRule",
    "ObjectOwnership",
    "StorageClass",
    "Transition",
]
