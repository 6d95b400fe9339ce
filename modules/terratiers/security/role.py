"""IAM roles: what they may do is added by grants and policies, one resource each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from terratiers.core.account import partition
from terratiers.core.contract import output
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, path_in_stack, pin_address
from terratiers.core.policy import policy_document
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.tokens import is_token, same_value
from terratiers.core.validation import (
    check_arn,
    check_instance,
    check_int,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
    show,
)
from terratiers.security.policy_statement import (
    PolicyStatement,
    check_statements,
    policy_size,
    warn_of_wildcards,
)
from terratiers.security.principal import Principal, merge_principals

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

__all__ = [
    "SSM_POLICY",
    "Grantee",
    "ImportedRole",
    "Role",
    "RoleAttributes",
    "check_grantee",
    "grant_name",
]

# What Session Manager needs of an instance's role
SSM_POLICY = "AmazonSSMManagedInstanceCore"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_INLINE_POLICY_SIZE = 10_240
_PREFIX_LENGTH = 38
_POLICY_NAME_LENGTH = 128
_POLICY_NAME = r"(?=.{1,128}\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_MANAGED_POLICY = r"[\w+=,.@-]+(/[\w+=,.@-]+)*"


@dataclass(frozen=True, kw_only=True)
class RoleAttributes:
    """The contract of a `Role`: its ARN and its name (without the path)."""

    role_arn: str = output("ARN of the role")
    role_name: str = output("Name of the role")


class Grantee(Protocol):
    """Whatever acts through a role: the role itself, an instance, a function."""

    @property
    def role(self) -> RoleBase: ...


class RoleBase(SharedConstruct[RoleAttributes]):
    """What a role made here and an imported one have in common."""

    Attributes = RoleAttributes

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.policies: dict[str, tuple[PolicyStatement, ...]] = {}
        self._attached: dict[str, str] = {}
        self.attachments: dict[str, IamRolePolicyAttachment] = {}

    @property
    def role_arn(self) -> str:
        return self.attributes.role_arn

    @property
    def role_name(self) -> str:
        return self.attributes.role_name

    @property
    def role(self) -> RoleBase:
        """The role itself, as a `Grantee`."""
        return self

    def add_policy(self, name: str, *statements: PolicyStatement) -> None:
        """Allows what `statements` say, by an inline policy of its own.

        Makes `aws_iam_role_policy.<role>_<name>` in the stack of this object: for a role of
        another tier, in the tier that uses it. The same policy a second time changes nothing.

        Args:
            name: The policy's name: 1 to 128 lower-case letters, digits and single hyphens.
            statements: At least one.

        Raises:
            ConfigurationError: for a malformed statement, a name that is taken by other
                statements, and more than the 10,240 characters that a role's policies may have.
        """
        faults = Faults(self.node.scope, self.node.id)
        rule = "write lower-case letters, digits and single hyphens, a letter first."
        check_string(faults, "policy name", name, _POLICY_NAME, rule, tokens=False)
        checked = check_statements(faults, "statements", statements)
        faults.raise_any()
        document = [statement.to_dict() for statement in checked]
        if name in self.policies:
            known = [statement.to_dict() for statement in self.policies[name]]
            if same_value(self, known, document):
                return
            faults.add(f"policy {name} exists with other statements: give this one another name.")
        size = sum(map(policy_size, [*self.policies.values(), checked]))
        if size > _INLINE_POLICY_SIZE:
            faults.add(
                f"the inline policies have {size} characters: IAM allows {_INLINE_POLICY_SIZE} in "
                "a role; make a ManagedPolicy of some."
            )
        faults.raise_any()
        policy = IamRolePolicy(
            self,
            f"policy-{name}",
            name=self._policy_name(name),
            role=self.role_name,
            policy=policy_document(*document),
        )
        pin_address(policy, self, name)
        self.policies[name] = checked
        warn_of_wildcards(self, checked)

    def _policy_name(self, name: str) -> str:
        return name

    def add_managed_policy(self, policy: str, *, name: str | None = None) -> None:
        """Attaches a managed policy, once.

        Args:
            policy: A name of AWS's own (`AmazonSSMManagedInstanceCore`) or an ARN, such as that
                of a `ManagedPolicy`.
            name: What to call the attachment in its address. Default: from the policy's name;
                needed for an ARN that is a token.

        Raises:
            ConfigurationError: for what is neither, or a name that another policy has.
        """
        faults = Faults(self.node.scope, self.node.id)
        _check_managed_policy(faults, policy)
        if name is not None:
            rule = "write lower-case letters, digits and single hyphens, a letter first."
            check_string(faults, "name", name, _POLICY_NAME, rule, tokens=False)
        elif is_token(policy):
            faults.add(
                "name is missing: a policy whose ARN is a token needs one for its address, like "
                'add_managed_policy(policy.arn, name="readers").'
            )
        faults.raise_any()
        self._attach(policy, name)

    def grant_assume(self, grantee: Grantee) -> None:
        """Lets `grantee` assume this role; the role's own `assumed_by` has to name it too."""
        check_grantee(self, grantee)
        grantee.role.add_policy(
            grant_name(self, "assume"),
            PolicyStatement(actions=["sts:AssumeRole"], resources=[self.role_arn]),
        )

    def grant_pass(self, grantee: Grantee, service: str) -> None:
        """Lets `grantee` hand this role to one service, such as `ec2`.

        Args:
            service: The only service that it may be given to: `ec2`.
        """
        check_grantee(self, grantee)
        to = {"StringEquals": {"iam:PassedToService": Principal.service(service).value}}
        grantee.role.add_policy(
            grant_name(self, f"pass-to-{service.partition('.')[0]}"),
            PolicyStatement(actions=["iam:PassRole"], resources=[self.role_arn], conditions=to),
        )

    def _attach(self, policy: str, name: str | None = None) -> None:
        by_arn = policy.startswith("arn:") or is_token(policy)
        arn = policy if by_arn else f"arn:{partition(self)}:iam::aws:policy/{policy}"
        if name is None:
            _, _, own = arn.partition(":iam::")
            name = re.sub(r"[^A-Za-z0-9]+", "-", own.removeprefix("aws:").replace("policy/", "", 1))
        if name in self._attached:
            if same_value(self, self._attached[name], arn):
                return
            faults = Faults(self.node.scope, self.node.id)
            faults.add(f"a managed policy called {name} is attached already: give this one a name.")
            faults.raise_any()
        attachment = IamRolePolicyAttachment(
            self, f"attached-{name}", role=self.role_name, policy_arn=arn
        )
        pin_address(attachment, self, name)
        self._attached[name] = arn
        self.attachments[name] = attachment


class ImportedRole(RoleBase):
    """A role that is not made here. Use `Role.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: RoleAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'RoleAttributes(role_arn="arn:...", role_name="...")'
        given = check_instance(faults, "attributes", attributes, RoleAttributes, example)
        if given:
            check_arn(faults, "role_arn", given.role_arn, "iam", r"role/[\w+=,.@/-]+")
            rule = "IAM takes 1 to 64 letters, digits and _+=,.@-; the path is no part of it."
            check_string(faults, "role_name", given.role_name, r"[\w+=,.@-]{1,64}", rule)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes

    def _policy_name(self, name: str) -> str:
        """Other stacks may add policies of the same name to the role: theirs have another."""
        return _shortened(f"{TerraformStack.of(self).node.id}-{name}")


class Role(RoleBase):
    """A role that services, accounts or identities assume, allowed nothing until it is granted.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_iam_role.<id>`. IAM's own name begins with
            `<project>-<environment>-<id>`, cut at 38 characters, and ends in a random suffix.
        assumed_by: Who may assume it: `Principal.service("ec2")`, or a list.
        description: What the role is for, 1 to 1000 characters.
        managed_policies: Managed policies: names of AWS's own (`AmazonSSMManagedInstanceCore`)
            or ARNs. Default: none.
        permissions_boundary: ARN of the managed policy that bounds whatever is granted.
            Default: none.
        max_session_duration: How long a session may last, 3600 to 43200 seconds. Default: 3600.
        path: Its path, `/` or `/team/`. Default: `/`.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        assumed_by: Principal | Sequence[Principal],
        description: str,
        managed_policies: Sequence[str] = (),
        permissions_boundary: str | None = None,
        max_session_duration: int = 3600,
        path: str = "/",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        principals = _check_principals(faults, assumed_by)
        check_description(faults, description)
        policies = check_sequence(faults, "managed_policies", managed_policies, '["name"]') or ()
        for policy in policies:
            _check_managed_policy(faults, policy)
            if is_token(policy):
                faults.add("managed_policies: a token needs a name: add_managed_policy(...).")
        if permissions_boundary is not None:
            resource = rf"policy/{_MANAGED_POLICY}"
            check_arn(faults, "permissions_boundary", permissions_boundary, "iam", resource)
        check_int(faults, "max_session_duration", max_session_duration, 3600, 43200, "seconds")
        rule = "write / or /team/, with a slash at both ends."
        check_string(faults, "path", path, r"/|/[!-~]{1,510}/", rule, tokens=False)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        name = construct_name(self)
        self.resource = IamRole(
            self,
            "resource",
            name_prefix=f"{name[: _PREFIX_LENGTH - 1]}-",
            description=description,
            assume_role_policy=policy_document(
                *(
                    {
                        "Effect": "Allow",
                        "Principal": merge_principals([principal]),
                        "Action": principal.assume_action,
                        **({"Condition": principal.conditions} if principal.conditions else {}),
                    }
                    for principal in principals
                )
            ),
            permissions_boundary=permissions_boundary,
            max_session_duration=max_session_duration,
            path=path,
            tags={**own_tags, "Name": name},
        )
        pin_address(self.resource, self)
        self._attributes = RoleAttributes(role_arn=self.resource.arn, role_name=self.resource.name)
        for policy in policies:
            self._attach(policy)

    @classmethod
    def from_attributes(cls, scope: Construct, id: str, attributes: RoleAttributes) -> ImportedRole:
        """A role that exists already.

        Raises:
            ConfigurationError: for an ARN or name of another form.
        """
        return ImportedRole(scope, id, attributes)


def check_grantee(granting: Construct, grantee: object) -> None:
    """Raises `ConfigurationError` when `grantee` acts through no role."""
    if not isinstance(getattr(grantee, "role", None), RoleBase):
        faults = Faults(granting.node.scope, granting.node.id)
        faults.add(
            f"{show(grantee)} ({type(grantee).__name__}) cannot be granted anything: pass a Role, "
            "or a construct that has one."
        )
        faults.raise_any()


def grant_name(granting: Construct, what: str) -> str:
    """The name of the policy that a grant makes: the granting construct's path and the verb."""
    text = f"{path_in_stack(granting)}-{what}".lower()
    return _shortened(re.sub(r"[^a-z0-9]+", "-", text).strip("-"))


def _shortened(name: str) -> str:
    """A name that IAM takes; a digest tells long ones apart that begin alike."""
    if len(name) <= _POLICY_NAME_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _POLICY_NAME_LENGTH - 9].rstrip('-')}-{digest}"


def check_description(faults: Faults, description: object) -> None:
    """Notes a role's description that IAM would refuse."""
    rule = "write 1 to 1000 printable characters (IAM)."
    check_string(faults, "description", description, r"[ -~\u00a1-\u00ff]{1,1000}", rule)


def _check_principals(faults: Faults, value: object) -> tuple[Principal, ...]:
    if isinstance(value, Principal):
        return (value,)
    example = 'Principal.service("ec2")'
    items = check_sequence(faults, "assumed_by", value, f"[{example}]")
    if items is not None and not items:
        faults.add(f"assumed_by is empty: nobody could assume the role; write {example}.")
    found = [check_instance(faults, "assumed_by", item, Principal, example) for item in items or ()]
    return tuple(principal for principal in found if principal)


def _check_managed_policy(faults: Faults, policy: object) -> None:
    rule = "write a name of AWS's own, like AmazonSSMManagedInstanceCore, or a policy's ARN."
    pattern = rf"{_MANAGED_POLICY}|arn:aws[a-z-]*:iam::(\d{{12}}|aws):policy/{_MANAGED_POLICY}"
    check_string(faults, "managed policy", policy, pattern, rule)
