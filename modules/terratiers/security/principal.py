"""Who a policy speaks of: a service, an account, a role or an identity provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.validation import check_arn, check_string
from terratiers.security.policy_statement import check_conditions

__all__ = ["Principal", "merge_principals"]


@dataclass(frozen=True)
class Principal:
    """Who may assume a role or use a resource. Made by `service`, `account`, ..., never by hand.

    Args:
        kind: The policy element: `Service`, `AWS` or `Federated`.
        value: Its value.
        conditions: What has to hold besides.
    """

    kind: str
    value: str
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def service(cls, name: str) -> Principal:
        """An AWS service: `ec2`, or in full `ec2.amazonaws.com`.

        Args:
            name: Lower-case letters, digits and hyphens, or the full name.

        Raises:
            ConfigurationError: for what is no such thing; so do the other makers.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        faults = Faults(None, "principal")
        rule = "write a service like ec2 or ec2.amazonaws.com."
        pattern = r"[a-z0-9-]+(\.[a-z0-9-]+)*"
        check_string(faults, "service", name, pattern, rule, tokens=False)
        faults.raise_any()
        full = name if ".amazonaws.com" in name else f"{name}.amazonaws.com"
        return cls("Service", full)

    @classmethod
    def account(cls, account_id: str) -> Principal:
        """Whomever an account's own policies admit: its twelve digits.

        Args:
            account_id: A string: `111122223333`.
        """
        faults = Faults(None, "principal")
        rule = 'write its twelve digits as a string, like "111122223333".'
        check_string(faults, "account_id", account_id, r"[0-9]{12}", rule)
        faults.raise_any()
        return cls("AWS", account_id)

    @classmethod
    def arn(cls, arn: str) -> Principal:
        """One role or user by its ARN.

        Args:
            arn: `arn:aws:iam::111122223333:role/name`.
        """
        faults = Faults(None, "principal")
        check_arn(faults, "arn", arn, "iam", r"(role|user)/[\w+=,.@/-]+")
        faults.raise_any()
        return cls("AWS", arn)

    @classmethod
    def federated(cls, provider: str, conditions: Mapping[str, Mapping[str, Any]]) -> Principal:
        """Identities of an OIDC or SAML provider, by the provider's ARN.

        Args:
            provider: `arn:aws:iam::<account>:oidc-provider/<host>` or `...:saml-provider/<name>`.
            conditions: Which of its identities; required, since without one all of them are.
        """
        faults = Faults(None, "principal")
        check_arn(faults, "provider", provider, "iam", r"(oidc|saml)-provider/\S+")
        check_conditions(faults, conditions)
        if not conditions:
            faults.add("conditions is empty: everybody whom the provider knows would be meant.")
        faults.raise_any()
        return cls("Federated", provider, dict(conditions))

    @property
    def assume_action(self) -> str:
        """The action with which this principal assumes a role."""
        if self.kind != "Federated":
            return "sts:AssumeRole"
        web = ":oidc-provider/" in self.value
        return "sts:AssumeRoleWithWebIdentity" if web else "sts:AssumeRoleWithSAML"


def merge_principals(principals: Iterable[Principal]) -> dict[str, list[str]]:
    """The `Principal` element that names all of them."""
    merged: dict[str, list[str]] = {}
    for principal in principals:
        merged.setdefault(principal.kind, []).append(principal.value)
    return merged
