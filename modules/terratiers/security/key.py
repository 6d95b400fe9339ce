"""KMS keys: rotated, administered by the account, used by whom they are granted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terratiers.core.account import account_id, partition, region
from terratiers.core.contract import output
from terratiers.core.errors import Faults
from terratiers.core.log_group import log_group_arn
from terratiers.core.names import construct_name, environment_of, pin_address
from terratiers.core.policy import account_administers_key, policy_document
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
    check_instance,
    check_int,
    check_scope,
    check_string,
    check_tags,
)
from terratiers.security.policy_statement import PolicyStatement, check_conditions
from terratiers.security.principal import Principal
from terratiers.security.role import Grantee, check_grantee, grant_name

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

__all__ = ["AUTO_SCALING_ROLE", "ImportedKey", "Key", "KeyAttributes"]

# https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
AUTO_SCALING_ROLE = (
    r"role/aws-service-role/autoscaling\.amazonaws\.com/"
    r"AWSServiceRoleForAutoScaling(_[A-Za-z0-9+=,.@_-]+)?"
)
_ENCRYPT = ("kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
_DECRYPT = ("kms:Decrypt",)
_KEY_ID = r"key/[A-Za-z0-9-]{1,64}"


@dataclass(frozen=True, kw_only=True)
class KeyAttributes:
    """The contract of a `Key`: its ARN."""

    key_arn: str = output("ARN of the KMS key")


class KeyBase(SharedConstruct[KeyAttributes]):
    """What a key made here and an imported one have in common."""

    Attributes = KeyAttributes

    @property
    def key_arn(self) -> str:
        return self.attributes.key_arn

    def grant_encrypt(self, grantee: Grantee) -> None:
        """Lets `grantee` encrypt with the key."""
        self._grant(grantee, "encrypt", _ENCRYPT)

    def grant_decrypt(self, grantee: Grantee) -> None:
        """Lets `grantee` decrypt with the key."""
        self._grant(grantee, "decrypt", _DECRYPT)

    def grant_encrypt_decrypt(self, grantee: Grantee) -> None:
        """Lets `grantee` encrypt and decrypt with the key."""
        self._grant(grantee, "encrypt-decrypt", (*_ENCRYPT, *_DECRYPT))

    def _grant(self, grantee: Grantee, what: str, actions: Sequence[str]) -> None:
        """By a policy of the role: the key's policy leaves the account's roles to IAM."""
        check_grantee(self, grantee)
        statement = PolicyStatement(actions=actions, resources=[self.key_arn])
        grantee.role.add_policy(grant_name(self, what), statement)


class ImportedKey(KeyBase):
    """A key that is not made here. Use `Key.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: KeyAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'KeyAttributes(key_arn="arn:aws:kms:...:key/...")'
        given = check_instance(faults, "attributes", attributes, KeyAttributes, example)
        if given:
            check_arn(faults, "key_arn", given.key_arn, "kms", _KEY_ID)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class Key(KeyBase):
    """A symmetric KMS key with yearly rotation and the alias `alias/<project>-<environment>-<id>`.

    The account administers it, and IAM policies of the account decide who uses it. In an
    environment marked production Terraform refuses to destroy it (`prevent_destroy`): what it
    encrypted would be lost.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_kms_key.<id>`, `aws_kms_alias.<id>`.
        description: What it encrypts, 1 to 8192 characters.
        rotation_period: Days between rotations, 90 to 2560. Default: 365.
        deletion_window: Days from a deletion's request to the deletion, 7 to 30. Default: 30.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        rotation_period: int = 365,
        deletion_window: int = 30,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        rule = "write 1 to 8192 characters (KMS)."
        check_string(faults, "description", description, r"(?s).{1,8192}", rule)
        check_int(faults, "rotation_period", rotation_period, 90, 2560, "days (KMS)")
        check_int(faults, "deletion_window", deletion_window, 7, 30, "days (KMS)")
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        name = construct_name(self)
        environment = environment_of(self)
        self._statements: list[dict[str, Any]] = [account_administers_key(self)]
        self.resource = KmsKey(
            self,
            "resource",
            description=description,
            enable_key_rotation=True,
            rotation_period_in_days=rotation_period,
            deletion_window_in_days=deletion_window,
            policy=policy_document(*self._statements),
            tags={**own_tags, "Name": name},
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True)
            if environment and environment.production
            else None,
        )
        pin_address(self.resource, self)
        self.alias = KmsAlias(
            self, "alias", name=f"alias/{name}", target_key_id=self.resource.key_id
        )
        pin_address(self.alias, self)
        self._attributes = KeyAttributes(key_arn=self.resource.arn)

    @classmethod
    def from_attributes(cls, scope: Construct, id: str, attributes: KeyAttributes) -> ImportedKey:
        """A key that exists already.

        Raises:
            ConfigurationError: for an ARN of another form.
        """
        return ImportedKey(scope, id, attributes)

    def grant_service(
        self, service: str, conditions: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        """Lets an AWS service encrypt and decrypt with the key, by the key's own policy.

        Args:
            service: `sns`, `logs.eu-central-1.amazonaws.com`, ...
            conditions: What has to hold besides. Default: that it acts for this account
                (`aws:SourceAccount`).

        Raises:
            ConfigurationError: for no service or malformed conditions.
        """
        principal = Principal.service(service)
        if conditions is not None:
            faults = Faults(self.node.scope, self.node.id)
            check_conditions(faults, conditions)
            if not conditions:
                faults.add("conditions is empty: leave it out for this account alone.")
            faults.raise_any()
        own = {"StringEquals": {"aws:SourceAccount": account_id(self)}}
        self._admit(principal.value, own if conditions is None else conditions)

    def grant_log_group(self, name: str) -> None:
        """Lets CloudWatch Logs encrypt one log group of this account and region with the key.

        Args:
            name: The log group's name.

        Raises:
            ConfigurationError: for another name than 1 to 512 letters, digits and `. _ / # -`.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        faults = Faults(self.node.scope, self.node.id)
        rule = "write 1 to 512 letters, digits and . _ / # - (CloudWatch Logs)."
        check_string(faults, "name", name, r"[A-Za-z0-9._/#-]{1,512}", rule)
        faults.raise_any()
        group = {"kms:EncryptionContext:aws:logs:arn": log_group_arn(self, name)}
        self._admit(f"logs.{region(self)}.amazonaws.com", {"ArnEquals": group})

    def grant_auto_scaling(self, role_arn: str | None = None) -> None:
        """Lets Auto Scaling start instances whose volumes are encrypted with the key.

        It does so with its service-linked role, which no policy but the key's own admits. The
        role is named by a condition: as a principal it would have to exist already.

        Args:
            role_arn: The role, where a group has another (`service_linked_role_arn`). Default:
                AWSServiceRoleForAutoScaling of this account.

        Raises:
            ConfigurationError: for what is no service-linked role of Auto Scaling.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
        """
        account = account_id(self)
        if role_arn is None:
            own = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
            role = f"arn:{partition(self)}:iam::{account}:role/{own}"
        else:
            faults = Faults(self.node.scope, self.node.id)
            check_arn(faults, "role_arn", role_arn, "iam", AUTO_SCALING_ROLE)
            faults.raise_any()
            role = role_arn
        only = {
            "StringEquals": {"kms:CallerAccount": account},
            "ArnEquals": {"aws:PrincipalArn": role},
        }
        use: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*"}
        actions = [*_DECRYPT, "kms:DescribeKey", *_ENCRYPT, "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        self._add({**use, "Action": actions, "Condition": only})
        for_volumes = {**only, "Bool": {"kms:GrantIsForAWSResource": "true"}}
        self._add({**use, "Action": ["kms:CreateGrant"], "Condition": for_volumes})

    def _admit(self, service: str, conditions: Mapping[str, Mapping[str, Any]]) -> None:
        self._add(
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": [*_DECRYPT, "kms:DescribeKey", *_ENCRYPT],
                "Resource": "*",
                "Condition": dict(conditions),
            }
        )

    def _add(self, statement: dict[str, Any]) -> None:
        if statement not in self._statements:
            self._statements.append(statement)
            self.resource.policy = policy_document(*self._statements)
