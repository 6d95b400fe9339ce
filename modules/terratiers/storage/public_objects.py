"""The conditions under which single objects of a bucket may be opened to the world."""

from __future__ import annotations

from terratiers.core.acknowledgements import is_acknowledged
from terratiers.core.errors import Faults
from terratiers.storage.bucket_options import BucketEncryption, ObjectOwnership

from constructs import Construct

__all__ = ["check_public_objects"]

_WARNING = "public-objects"


def check_public_objects(
    faults: Faults, scope: Construct, ownership: object, encryption: object
) -> None:
    """Notes what keeps `public-read` ACLs from working, and when nobody has said that they may.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    if ownership == ObjectOwnership.BUCKET_OWNER_ENFORCED:
        faults.add(
            "public_object_acls: BucketOwnerEnforced turns ACLs off: write "
            "object_ownership=ObjectOwnership.BUCKET_OWNER_PREFERRED."
        )
    if isinstance(encryption, BucketEncryption) and encryption.key is not None:
        faults.add(
            "public_object_acls: nobody can read objects anonymously that are encrypted with KMS: "
            "write encryption=BucketEncryption.s3_managed()."
        )
    if not is_acknowledged(scope, _WARNING):
        faults.add(
            f"[{_WARNING}] public_object_acls lets whoever may set an object's ACL open it to the "
            "world. CloudFront with origin access control, or presigned URLs, show objects "
            f'without that. To have it all the same: acknowledge(scope, "{_WARNING}", '
            'reason="...").'
        )
