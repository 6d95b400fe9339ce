"""The state tier: the bucket that holds every tier's state, and what protects it."""

from __future__ import annotations

from typing import Any, ClassVar

from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.policy import account_administers_key, deny_plain_http, policy_document
from terratiers.core.tier import Tier
from terratiers.core.validation import check_bool, check_choice, check_int

from cdktf import LocalBackend, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
)
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
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

__all__ = ["StateTier"]

# cdktf runs Terraform in cdktf.out/stacks/<tier>; the file lies beside cdktf.out, where a new
# synthesis does not delete it.
_LOCAL_STATE = "../../../terraform.{tier}.tfstate"
_BACKENDS = ("local", "s3")


class StateTier(Tier):
    """The bucket for all state files, its key and, for old Terraform, its lock table.

    Makes the bucket of the environment's state location: versioned, encrypted with a KMS key
    that is rotated every year, closed to the public, refusing plain HTTP and objects that are not
    encrypted with KMS, old versions expiring. Unless `force_destroy` is given, Terraform refuses
    to destroy bucket and key (`prevent_destroy`).

    Its own state begins in a local file, since the bucket does not exist yet, and moves into the
    bucket afterwards: apply, write `backend="s3"`, `cdktf diff state --migrate-state`.
    See docs/state.md.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `state`.
        environment: Names, region, account and state location. With `lock_table` in the state
            location, the DynamoDB table of that name is made too.
        backend: Where its own state is: `local`, then `s3`. Default: local.
        noncurrent_version_days: Days after which old versions of state files expire, 1 to 36500.
            Default: 90.
        force_destroy: Whether Terraform may destroy bucket, key and lock table, and all state
            files with them. For the day on which everything else is gone: it takes
            `backend="local"`, since the tier's own state would go too, and an apply before the
            destroy. Default: no; refused in production.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    holds_state: ClassVar[bool] = True

    def __init__(
        self,
        scope: Construct,
        id: str = "state",
        *,
        environment: Environment,
        backend: str = "local",
        noncurrent_version_days: int = 90,
        force_destroy: bool = False,
    ) -> None:
        faults = Faults(scope, id)
        check_choice(faults, "backend", backend, _BACKENDS)
        check_int(
            faults,
            "noncurrent_version_days",
            noncurrent_version_days,
            1,
            36500,
            "days (S3 lifecycle rules)",
        )
        state = environment.state_location if isinstance(environment, Environment) else None
        if state and not state.use_kms:
            faults.add("the state location has use_kms=False: this tier's bucket takes KMS only.")
        _check_force_destroy(faults, environment, backend, force_destroy)
        faults.raise_any()
        self._backend_kind = backend
        self._kept = TerraformResourceLifecycle(prevent_destroy=not force_destroy)
        super().__init__(scope, id, environment=environment)
        state = environment.state_location
        self.key = self._add_key()
        self.bucket = S3Bucket(
            self,
            "bucket",
            bucket=state.bucket,
            force_destroy=force_destroy or None,
            tags={"Name": state.bucket},
            lifecycle=self._kept,
        )
        self._configure_bucket(noncurrent_version_days)
        self.lock_table = self._add_lock_table(state.lock_table) if state.lock_table else None
        self.add_output(
            "state_bucket", self.bucket.bucket, description="Bucket that holds the state files"
        )
        self.add_output(
            "state_key_arn", self.key.arn, description="KMS key that encrypts the state files"
        )

    def _configure_backend(self) -> None:
        if self._backend_kind == "s3":
            self.use_s3_backend()
        else:
            LocalBackend(self, path=_LOCAL_STATE.format(tier=self.tier_name))

    def _add_key(self) -> KmsKey:
        """A key that this account administers and uses; rotated yearly."""
        key = KmsKey(
            self,
            "key",
            description=f"Encrypts the Terraform state of {self.environment.resource_name('*')}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=policy_document(account_administers_key(self)),
            lifecycle=self._kept,
        )
        KmsAlias(
            self,
            "key_alias",
            name=f"alias/{self.environment.resource_name('state')}",
            target_key_id=key.key_id,
        )
        return key

    def _configure_bucket(self, noncurrent_version_days: int) -> None:
        """Each setting is a resource of its own; the policy comes after the public access block,
        which AWS would otherwise race with."""
        bucket = self.bucket.id
        S3BucketOwnershipControls(
            self,
            "bucket_ownership",
            bucket=bucket,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        block = S3BucketPublicAccessBlock(
            self,
            "bucket_public_access",
            bucket=bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        versioning = S3BucketVersioningA(
            self,
            "bucket_versioning",
            bucket=bucket,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="aws:kms", kms_master_key_id=self.key.arn
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "bucket_encryption",
            bucket=bucket,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=default, bucket_key_enabled=True
                )
            ],
        )
        S3BucketLifecycleConfiguration(
            self,
            "bucket_lifecycle",
            bucket=bucket,
            rule=[_expiry_rule(noncurrent_version_days)],
            depends_on=[versioning],
        )
        S3BucketPolicy(
            self,
            "bucket_policy",
            bucket=bucket,
            policy=policy_document(*_bucket_statements(self.bucket.arn)),
            depends_on=[block],
        )

    def _add_lock_table(self, name: str) -> DynamodbTable:
        return DynamodbTable(
            self,
            "lock_table",
            name=name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="LockID",
            attribute=[DynamodbTableAttribute(name="LockID", type="S")],
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(
                enabled=True, kms_key_arn=self.key.arn
            ),
            deletion_protection_enabled=self.environment.production,
            tags={"Name": name},
            lifecycle=self._kept,
        )


def _check_force_destroy(
    faults: Faults, environment: Environment, backend: str, force_destroy: object
) -> None:
    if not check_bool(faults, "force_destroy", force_destroy):
        return
    if isinstance(environment, Environment) and environment.production:
        faults.add("force_destroy is True in production: a destroy would delete all state files.")
    if backend == "s3":
        faults.add(
            'force_destroy is True with backend="s3": the destroy would delete its own state. '
            'Write backend="local" and migrate the state first (docs/state.md).'
        )


def _expiry_rule(days: int) -> S3BucketLifecycleConfigurationRule:
    return S3BucketLifecycleConfigurationRule(
        id="expire-old-versions",
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=days)
        ],
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                days_after_initiation=7
            )
        ],
    )


def _bucket_statements(bucket_arn: str) -> list[dict[str, Any]]:
    """TLS only, and nothing that names an encryption other than KMS.

    A request that names none is encrypted by the bucket's default, which is KMS.
    """
    return [
        deny_plain_http(bucket_arn),
        {
            "Sid": "DenyOtherEncryption",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/*",
            "Condition": {
                "Null": {"s3:x-amz-server-side-encryption": "false"},
                "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
            },
        },
    ]
