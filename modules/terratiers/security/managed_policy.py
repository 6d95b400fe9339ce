"""Managed policies: one policy for several roles, or the boundary of what they may be granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terratiers.core.names import construct_name, pin_address
from terratiers.core.policy import policy_document
from terratiers.core.validation import check_scope, check_tags
from terratiers.security.policy_statement import (
    PolicyStatement,
    check_statements,
    policy_size,
    warn_of_wildcards,
)
from terratiers.security.role import check_description

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from constructs import Construct

__all__ = ["ManagedPolicy"]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_SIZE = 6_144


class ManagedPolicy(Construct):
    """A policy that several roles share, or that bounds them: `permissions_boundary=policy.arn`.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_iam_policy.<id>`.
        statements: At least one; 6,144 characters in all.
        description: What it is for, 1 to 1000 characters. IAM never changes it in place.
        tags: Further tags.

    Raises:
        ConfigurationError: for malformed statements or too many of them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        statements: Sequence[PolicyStatement],
        description: str,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        checked = check_statements(faults, "statements", statements)
        check_description(faults, description)
        own_tags = check_tags(faults, "tags", tags)
        if not faults:
            size = policy_size(checked)
            if size > _SIZE:
                faults.add(f"statements have {size} characters: IAM allows {_SIZE} in a policy.")
        faults.raise_any()
        super().__init__(scope, id)
        warn_of_wildcards(self, checked)
        name = construct_name(self)
        self.resource = IamPolicy(
            self,
            "resource",
            name_prefix=f"{name[:100]}-",
            description=description,
            policy=policy_document(*(statement.to_dict() for statement in checked)),
            tags={**own_tags, "Name": name},
        )
        pin_address(self.resource, self)
        self.arn = self.resource.arn
