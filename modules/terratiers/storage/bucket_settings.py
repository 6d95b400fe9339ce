"""The settings of a bucket, each a resource of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from terratiers.core.names import pin_address
from terratiers.storage.bucket_options import (
    ABORT_RULE,
    BucketEncryption,
    CorsRule,
    LifecycleRule,
    Transition,
)

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleFilterAnd,
    S3BucketLifecycleConfigurationRuleFilterTag,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionTransition,
    S3BucketLifecycleConfigurationRuleTransition,
)
from cdktf_cdktf_provider_aws.s3_bucket_logging import S3BucketLoggingA
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.s3_bucket_acl import S3BucketAcl
    from cdktf_cdktf_provider_aws.s3_bucket_cors_configuration import S3BucketCorsConfiguration

_ABORT_DAYS = 7


def add_ownership_controls(
    owner: Construct, bucket: str, ownership: str
) -> S3BucketOwnershipControls:
    """Who owns objects that others upload."""
    controls = S3BucketOwnershipControls(
        owner,
        "ownership-controls",
        bucket=bucket,
        rule=S3BucketOwnershipControlsRule(object_ownership=ownership),
    )
    pin_address(controls, owner)
    return controls


def add_public_access_block(
    owner: Construct, bucket: str, *, admit_acls_after: S3BucketOwnershipControls | None
) -> S3BucketPublicAccessBlock:
    """Refuses every way of opening the bucket to the public.

    Given the ownership controls that turn ACLs on, public ACLs are admitted once these stand;
    public policies are refused all the same.
    """
    closed = admit_acls_after is None
    block = S3BucketPublicAccessBlock(
        owner,
        "public-access-block",
        bucket=bucket,
        block_public_acls=closed,
        block_public_policy=True,
        ignore_public_acls=closed,
        restrict_public_buckets=True,
        depends_on=[admit_acls_after] if admit_acls_after else None,
    )
    pin_address(block, owner)
    return block


def add_acl(owner: Construct, bucket: str, block: S3BucketPublicAccessBlock) -> S3BucketAcl:
    """The bucket's own ACL, for its owner alone: only objects can be public, not their list."""
    from cdktf_cdktf_provider_aws.s3_bucket_acl import S3BucketAcl

    acl = S3BucketAcl(owner, "acl", bucket=bucket, acl="private", depends_on=[block])
    pin_address(acl, owner)
    return acl


def add_versioning(owner: Construct, bucket: str, versioned: bool) -> S3BucketVersioningA:
    """Keeps old versions; `Suspended` is what a bucket that once had them can go back to."""
    status = S3BucketVersioningVersioningConfiguration(
        status="Enabled" if versioned else "Suspended"
    )
    versioning = S3BucketVersioningA(
        owner, "versioning", bucket=bucket, versioning_configuration=status
    )
    pin_address(versioning, owner)
    return versioning


def add_encryption(
    owner: Construct, bucket: str, encryption: BucketEncryption
) -> S3BucketServerSideEncryptionConfigurationA:
    """What encrypts an object whose upload names nothing else."""
    key = encryption.key
    default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
        sse_algorithm=encryption.algorithm, kms_master_key_id=key.key_arn if key else None
    )
    configuration = S3BucketServerSideEncryptionConfigurationA(
        owner,
        "encryption",
        bucket=bucket,
        rule=[
            S3BucketServerSideEncryptionConfigurationRuleA(
                apply_server_side_encryption_by_default=default,
                bucket_key_enabled=True if key else None,
            )
        ],
    )
    pin_address(configuration, owner)
    return configuration


def add_lifecycle(
    owner: Construct,
    bucket: str,
    rules: Sequence[LifecycleRule],
    versioning: ITerraformDependable,
) -> S3BucketLifecycleConfiguration:
    """The bucket's rules, and one for unfinished uploads unless a rule for all objects has it."""
    abort = LifecycleRule(id=ABORT_RULE, abort_incomplete_multipart_upload_days=_ABORT_DAYS)
    said = any(rule.aborts_all_uploads for rule in rules)
    configuration = S3BucketLifecycleConfiguration(
        owner,
        "lifecycle",
        bucket=bucket,
        rule=[_lifecycle_rule(rule) for rule in [*rules, *([] if said else [abort])]],
        depends_on=[versioning],
    )
    pin_address(configuration, owner)
    return configuration


def _lifecycle_rule(rule: LifecycleRule) -> S3BucketLifecycleConfigurationRule:
    expiration = rule.expiration_days
    old = rule.noncurrent_version_expiration_days
    abort = rule.abort_incomplete_multipart_upload_days
    return S3BucketLifecycleConfigurationRule(
        id=rule.id,
        status="Enabled",
        filter=[_filter(rule)],
        expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=expiration)]
        if expiration
        else None,
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=old)
        ]
        if old
        else None,
        transition=[
            S3BucketLifecycleConfigurationRuleTransition(
                days=move.days, storage_class=move.storage_class
            )
            for move in rule.transitions
        ]
        or None,
        noncurrent_version_transition=[_old(move) for move in rule.noncurrent_version_transitions]
        or None,
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                days_after_initiation=abort
            )
        ]
        if abort
        else None,
    )


def _old(move: Transition) -> S3BucketLifecycleConfigurationRuleNoncurrentVersionTransition:
    return S3BucketLifecycleConfigurationRuleNoncurrentVersionTransition(
        noncurrent_days=move.days, storage_class=move.storage_class
    )


def _filter(rule: LifecycleRule) -> S3BucketLifecycleConfigurationRuleFilter:
    """S3 takes one prefix or one tag by itself, and more than one inside of `and`."""
    if not rule.tags:
        return S3BucketLifecycleConfigurationRuleFilter(prefix=rule.prefix)
    if len(rule.tags) == 1 and not rule.prefix:
        [(key, value)] = rule.tags.items()
        tag = S3BucketLifecycleConfigurationRuleFilterTag(key=key, value=value)
        return S3BucketLifecycleConfigurationRuleFilter(tag=[tag])
    both = S3BucketLifecycleConfigurationRuleFilterAnd(
        prefix=rule.prefix or None, tags=dict(rule.tags)
    )
    return S3BucketLifecycleConfigurationRuleFilter(and_=[both])


def add_cors(owner: Construct, bucket: str, rules: Sequence[CorsRule]) -> S3BucketCorsConfiguration:
    """Which web pages may use the bucket."""
    from cdktf_cdktf_provider_aws.s3_bucket_cors_configuration import (
        S3BucketCorsConfiguration,
        S3BucketCorsConfigurationCorsRule,
    )

    configuration = S3BucketCorsConfiguration(
        owner,
        "cors",
        bucket=bucket,
        cors_rule=[
            S3BucketCorsConfigurationCorsRule(
                allowed_origins=list(rule.allowed_origins),
                allowed_methods=list(rule.allowed_methods),
                allowed_headers=list(rule.allowed_headers) or None,
                expose_headers=list(rule.exposed_headers) or None,
                max_age_seconds=rule.max_age,
            )
            for rule in rules
        ],
    )
    pin_address(configuration, owner)
    return configuration


def add_logging(
    owner: Construct,
    bucket: str,
    target: str,
    prefix: str,
    depends_on: Sequence[ITerraformDependable],
) -> S3BucketLoggingA:
    """Delivers access logs, once the target admits them."""
    logging = S3BucketLoggingA(
        owner,
        "logging",
        bucket=bucket,
        target_bucket=target,
        target_prefix=prefix,
        depends_on=list(depends_on) or None,
    )
    pin_address(logging, owner)
    return logging
