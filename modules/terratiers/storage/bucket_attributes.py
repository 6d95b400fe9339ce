"""What tiers and programs share of a bucket."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.contract import fact, output

__all__ = ["BucketAttributes"]


@dataclass(frozen=True, kw_only=True)
class BucketAttributes:
    """The contract of a `Bucket`.

    Args:
        kms_encrypted: Whether it is encrypted with a KMS key. Default: no.
        bucket_name: Its name.
        bucket_arn: `arn:aws:s3:::<name>`.
        bucket_regional_domain_name: `<name>.s3.<region>.amazonaws.com`.
        kms_key_arn: The key, if any.
    """

    kms_encrypted: bool = fact(default=False)
    bucket_name: str = output("Name of the bucket")
    bucket_arn: str = output("ARN of the bucket")
    bucket_regional_domain_name: str = output("Regional domain name of the bucket")
    kms_key_arn: str | None = output("KMS key of the bucket", only_if="kms_encrypted")
