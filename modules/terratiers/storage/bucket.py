"""A bucket: encrypted, versioned, closed to the public, TLS only; or one that exists already."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.core.account import account_id
from terratiers.core.acknowledgements import warn
from terratiers.core.bucket_name import BUCKET_NAME, BUCKET_NAME_RULE
from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, environment_of, pin_address
from terratiers.core.policy import deny_plain_http, policy_document
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_choice,
    check_instance,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
    show,
)
from terratiers.storage.bucket_attributes import BucketAttributes
from terratiers.storage.bucket_options import (
    ABORT_RULE,
    AccessLogs,
    BucketEncryption,
    CorsRule,
    LifecycleRule,
    ObjectOwnership,
)
from terratiers.storage.bucket_settings import (
    add_acl,
    add_cors,
    add_encryption,
    add_lifecycle,
    add_logging,
    add_ownership_controls,
    add_public_access_block,
    add_versioning,
)
from terratiers.storage.imported_bucket import BucketBase, ImportedBucket
from terratiers.storage.public_objects import check_public_objects
from terratiers.storage.resource_statement import check_resource_statement

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from constructs import Construct

__all__ = ["Bucket", "check_log_bucket"]

_ACCOUNT_ID_LENGTH = 12


class Bucket(BucketBase):
    """A bucket: encrypted, versioned, closed to the public, TLS only, uploads cleaned up.

    Makes `aws_s3_bucket.<id>` and one resource for each setting, all named `<id>`.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names.
        bucket_name: 3 to 63 characters by S3's rules. Default:
            `<project>-<environment>-<path>-<account id>`, since names are unique worldwide.
        encryption: `BucketEncryption.s3_managed()` (default) or `.kms(key)`.
        versioned: Whether replaced and deleted objects are kept as versions. Default: yes.
        lifecycle_rules: Default: none; parts of unfinished uploads are always deleted, after 7
            days if no rule says otherwise.
        object_ownership: Default: `BucketOwnerEnforced`, which turns ACLs off.
        public_object_acls: Whether single objects may be opened to the world by their ACL
            (`put-object-acl --acl public-read`). Needs `BucketOwnerPreferred` or `ObjectWriter`,
            SSE-S3, and `acknowledge(scope, "public-objects", reason="...")`. Default: no.
        event_bridge: Whether every event of the bucket goes to EventBridge, too. Default: no.
        cors: Which web pages may use it. Default: none.
        access_logs: Where requests are written down. Default: nowhere.
        force_destroy: Whether Terraform deletes the objects along with the bucket. Default: no;
            not in an environment marked production.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value that S3 would refuse.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_name: str | None = None,
        encryption: BucketEncryption = BucketEncryption.s3_managed(),  # noqa: B008 - frozen
        versioned: bool = True,
        lifecycle_rules: Sequence[LifecycleRule] = (),
        object_ownership: str = ObjectOwnership.BUCKET_OWNER_ENFORCED,
        public_object_acls: bool = False,
        event_bridge: bool = False,
        cors: Sequence[CorsRule] = (),
        access_logs: AccessLogs | None = None,
        force_destroy: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        _check_name(faults, scope, id, bucket_name)
        example = "BucketEncryption.s3_managed() or BucketEncryption.kms(key)"
        if check_instance(faults, "encryption", encryption, BucketEncryption, example):
            encryption.check(faults)
        versions = check_bool(faults, "versioned", versioned)
        rules = _check_lifecycle(faults, lifecycle_rules, versions is not False)
        check_choice(faults, "object_ownership", object_ownership, ObjectOwnership.ALL)
        if check_bool(faults, "public_object_acls", public_object_acls):
            check_public_objects(faults, scope, object_ownership, encryption)
        check_bool(faults, "event_bridge", event_bridge)
        cors_rules = _check_cors(faults, cors)
        if access_logs is not None:
            _check_access_logs(faults, scope, access_logs)
        _check_force_destroy(faults, scope, force_destroy)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        name = bucket_name or f"{_plain(construct_name(self))}-{account_id(self)}"
        self.encryption = encryption
        self.resource = S3Bucket(
            self,
            "resource",
            bucket=name,
            force_destroy=force_destroy,
            tags={**own_tags, "Name": construct_name(self)},
        )
        pin_address(self.resource, self)
        bucket = self.resource.id
        self._attributes = BucketAttributes(
            bucket_name=bucket,
            bucket_arn=self.resource.arn,
            bucket_regional_domain_name=self.resource.bucket_regional_domain_name,
            kms_encrypted=encryption.key is not None,
            kms_key_arn=encryption.key.key_arn if encryption.key else None,
        )
        self.ownership_controls = add_ownership_controls(self, bucket, object_ownership)
        self.public_access_block = add_public_access_block(
            self, bucket, admit_acls_after=self.ownership_controls if public_object_acls else None
        )
        self.acl = add_acl(self, bucket, self.public_access_block) if public_object_acls else None
        self.versioning = add_versioning(self, bucket, versioned)
        self.server_side_encryption = add_encryption(self, bucket, encryption)
        self.lifecycle = add_lifecycle(self, bucket, rules, self.versioning)
        self.cors_configuration = add_cors(self, bucket, cors_rules) if cors_rules else None
        self._statements: list[dict[str, Any]] = [deny_plain_http(self.bucket_arn)]
        self.policy = S3BucketPolicy(
            self,
            "policy",
            bucket=bucket,
            policy=policy_document(*self._statements),
            # AWS lets the two race otherwise
            depends_on=[self.public_access_block],
        )
        pin_address(self.policy, self)
        self.logging = self._log_to(access_logs) if access_logs else None
        if event_bridge:
            self.enable_event_bridge_notification()
        if not versioned:
            warn(
                self,
                "bucket-not-versioned",
                "Objects that are replaced or deleted are gone for good.",
            )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: BucketAttributes
    ) -> ImportedBucket:
        """A bucket that exists already.

        Raises:
            ConfigurationError: for names or ARNs of another form.
        """
        return ImportedBucket(scope, id, attributes)

    def add_to_resource_policy(self, statement: Mapping[str, Any]) -> None:
        """Adds a statement, as IAM reads it, to the bucket's policy, unless it is there already.

        Args:
            statement: A statement of a policy, in AWS's own terms: `Effect`, `Principal`, ...

        Raises:
            ConfigurationError: for a statement without `Effect`, `Principal`, `Action` or
                `Resource`, and for one that allows everybody without any condition.
        """
        faults = Faults(self.node.scope, self.node.id)
        reason = "which the public access block refuses"
        check_resource_statement(faults, statement, self._statements, reason)
        faults.raise_any()
        if statement not in self._statements:
            self._statements.append(copy.deepcopy(dict(statement)))
            self.policy.policy = policy_document(*self._statements)

    def admit_access_logs(self, source_bucket_arn: str, prefix: str = "") -> None:
        """Lets S3 deliver the access logs of another bucket of this account here.

        Raises:
            ConfigurationError: for what is no bucket's ARN, or a prefix with a wildcard.
        """
        faults = Faults(self.node.scope, self.node.id)
        check_arn(faults, "source_bucket_arn", source_bucket_arn, "s3", r"[a-z0-9.-]{3,63}")
        rule = "write up to 512 characters, without * or ?."
        check_string(faults, "prefix", prefix, r"[^*?]{0,512}", rule)
        faults.raise_any()
        self.add_to_resource_policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"{self.bucket_arn}/{prefix}*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account_id(self)},
                    "ArnLike": {"aws:SourceArn": source_bucket_arn},
                },
            }
        )

    def _log_to(self, logs: AccessLogs) -> Any:
        prefix = f"{self.node.id}/" if logs.prefix is None else logs.prefix
        target = logs.bucket
        depends_on = []
        if isinstance(target, Bucket):
            target.admit_access_logs(self.bucket_arn, prefix)
            skip_check(
                target.resource, "CKV_AWS_145", "S3 writes access logs to SSE-S3 buckets only."
            )
            depends_on = [target.policy]
        return add_logging(self, self.resource.id, target.bucket_name, prefix, depends_on)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _check_name(faults: Faults, scope: Construct, id: str, name: str | None) -> None:
    if name is not None:
        check_string(faults, "bucket_name", name, BUCKET_NAME, BUCKET_NAME_RULE)
        return
    default = f"{_plain(construct_name(scope, id))}-{'0' * _ACCOUNT_ID_LENGTH}"
    if len(default) > 63:
        faults.add(
            f"the bucket would be called {default[:-12]}<account id>, which has {len(default)} "
            "characters: S3 allows 63; give a shorter id, or bucket_name."
        )


def _check_lifecycle(faults: Faults, value: object, versioned: bool) -> tuple[LifecycleRule, ...]:
    example = 'LifecycleRule(id="old", expiration_days=90)'
    items = check_sequence(faults, "lifecycle_rules", value, f"[{example}]") or ()
    rules = [check_instance(faults, "lifecycle rule", i, LifecycleRule, example) for i in items]
    found = tuple(rule for rule in rules if rule)
    for rule in found:
        rule.check(faults)
    ids = [rule.id for rule in found if isinstance(rule.id, str)]
    for id in dict.fromkeys(ids):
        if ids.count(id) > 1:
            faults.add(f"lifecycle rule {show(id)} is there {ids.count(id)} times: rename one.")
    if ABORT_RULE in ids and not any(rule.aborts_all_uploads for rule in found):
        faults.add(f"lifecycle rule {ABORT_RULE} is the library's own: give it another id.")
    for rule in found:
        noncurrent = rule.noncurrent_version_expiration_days, rule.noncurrent_version_transitions
        if not versioned and any(noncurrent):
            faults.add(
                f"lifecycle rule {show(rule.id)} speaks of old versions, but versioned is False."
            )
    if len(found) > 999:
        faults.add(f"{len(found)} lifecycle rules: S3 allows 1000 with the one for uploads.")
    return found


def _check_cors(faults: Faults, value: object) -> tuple[CorsRule, ...]:
    example = 'CorsRule(allowed_origins=["https://..."], allowed_methods=["GET"])'
    items = check_sequence(faults, "cors", value, f"[{example}]") or ()
    rules = [check_instance(faults, "cors rule", item, CorsRule, example) for item in items]
    found = tuple(rule for rule in rules if rule)
    for rule in found:
        rule.check(faults)
    if len(found) > 100:
        faults.add(f"{len(found)} cors rules: S3 allows 100.")
    return found


def _check_access_logs(faults: Faults, scope: Construct, logs: object) -> None:
    given = check_instance(faults, "access_logs", logs, AccessLogs, "AccessLogs(bucket=logs)")
    if given is None:
        return
    check_log_bucket(faults, scope, given.bucket)
    if given.prefix is not None:
        rule = "write up to 512 characters, usually with / at the end."
        check_string(faults, "access_logs: prefix", given.prefix, r"[!-~]{0,512}", rule)


def check_log_bucket(faults: Faults, scope: Construct, value: object) -> None:
    """Notes a bucket that no access logs can be written to: of S3, of a load balancer."""
    bucket = check_instance(faults, "access_logs: bucket", value, BucketBase, "a Bucket")
    if bucket and bucket.attributes.kms_encrypted:
        faults.add(
            f"access_logs: {bucket.node.path} is encrypted with KMS: access logs go to buckets "
            "with SSE-S3 only."
        )
    if isinstance(bucket, Bucket) and TerraformStack.of(bucket) is not TerraformStack.of(scope):
        faults.add(
            f"access_logs: {bucket.node.path} belongs to another stack: write "
            "bucket=self.use(...) in a tier, or Bucket.from_attributes(...)."
        )


def _check_force_destroy(faults: Faults, scope: Construct, value: object) -> None:
    environment = environment_of(scope)
    if check_bool(faults, "force_destroy", value) and environment and environment.production:
        faults.add("force_destroy is True in production: a destroy would delete all objects.")
