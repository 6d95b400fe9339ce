"""Secrets by reference: Terraform never sees the value."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from terratiers.core.account import account_id, partition, region
from terratiers.core.errors import Faults
from terratiers.core.validation import check_arn, check_instance, check_string
from terratiers.security.key import KeyBase
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.role import Grantee, check_grantee

from constructs import Construct

__all__ = ["SecretReference"]


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """A secret that exists already, in Parameter Store or Secrets Manager.

    Its value never reaches Terraform's state, plans or user data: what needs it reads it at run
    time, through a role. Made by `ssm_parameter` or `secret`.

    Args:
        kind: `ssm` or `secretsmanager`.
        name: The parameter's name, or the secret's ARN.
        key: The customer's own key that encrypts it, if any.
    """

    kind: str
    name: str
    key: KeyBase | None = None

    @classmethod
    def ssm_parameter(cls, name: str, *, key: KeyBase | None = None) -> SecretReference:
        """A `SecureString` parameter of this account and region.

        Args:
            name: Its name, with a leading slash: `/shop/prod/vpn-admin`.
            key: The `Key` that encrypts it. Default: AWS's own for Parameter Store.

        Raises:
            ConfigurationError: for a name of another form.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
        """
        faults = Faults(None, "secret")
        rule = (
            "write a parameter's name like /shop/prod/vpn-admin, up to 1011 characters; /aws and "
            "/ssm are AWS's own."
        )
        pattern = r"(?=.{2,1011}\Z)(?!/(?i:aws|ssm))(/[\w.-]+)+"
        check_string(faults, "name", name, pattern, rule, tokens=False)
        return cls._make(faults, "ssm", name, key)

    @classmethod
    def secret(cls, arn: str, *, key: KeyBase | None = None) -> SecretReference:
        """A secret of Secrets Manager, by its ARN; its whole text is the value.

        Args:
            arn: `arn:aws:secretsmanager:...:secret:...`.
            key: The `Key` that encrypts it. Default: AWS's own.
        """
        faults = Faults(None, "secret")
        check_arn(faults, "arn", arn, "secretsmanager", r"secret:[\w/+=.@-]+")
        return cls._make(faults, "secretsmanager", arn, key)

    @classmethod
    def _make(cls, faults: Faults, kind: str, name: str, key: KeyBase | None) -> SecretReference:
        if key is not None:
            check_instance(faults, "key", key, KeyBase, 'Key(self, "secrets", ...)')
        faults.raise_any()
        return cls(kind=kind, name=name, key=key)

    def arn_in(self, scope: Construct) -> str:
        """The secret's ARN, for a construct in `scope`."""
        if self.kind == "secretsmanager":
            return self.name
        where = f"{region(scope)}:{account_id(scope)}"
        return f"arn:{partition(scope)}:ssm:{where}:parameter{self.name}"

    def grant_read(self, scope: Construct, grantee: Grantee, policy_name: str) -> None:
        """Lets `grantee` read this one secret, and decrypt it where it has a key of its own.

        Args:
            policy_name: Part of the policy's Terraform name.
        """
        check_grantee(scope, grantee)
        action = "ssm:GetParameter" if self.kind == "ssm" else "secretsmanager:GetSecretValue"
        grantee.role.add_policy(
            policy_name, PolicyStatement(actions=[action], resources=[self.arn_in(scope)])
        )
        if self.key:
            self.key.grant_decrypt(grantee)

    def shell_command(self, region_name: str) -> str:
        """A command of the AWS CLI that prints the value.

        Args:
            region_name: The secret's region.
        """
        if self.kind == "ssm":
            return (
                f"aws ssm get-parameter --region {region_name} --name {shlex.quote(self.name)} "
                "--with-decryption --query Parameter.Value --output text"
            )
        return (
            f"aws secretsmanager get-secret-value --region {region_name} "
            f"--secret-id {shlex.quote(self.name)} --query SecretString --output text"
        )
