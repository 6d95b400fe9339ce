"""What every function offers, made here or imported, and the imported one."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.contract import output
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import check_arn, check_instance, check_scope, check_string
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.principal import Principal
from terratiers.security.role import (
    Grantee,
    ImportedRole,
    RoleAttributes,
    RoleBase,
)
from terratiers.serverless.function_permission import Permissions

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

__all__ = ["FUNCTION_NAME", "FunctionAttributes", "FunctionBase", "ImportedFunction"]

FUNCTION_NAME = r"[A-Za-z0-9_-]{1,64}"


@dataclass(frozen=True, kw_only=True)
class FunctionAttributes:
    """The contract of a `Function`.

    Args:
        function_arn: Its ARN, without a version.
        function_name: Its name.
        invoke_arn: What API Gateway calls it by.
        role_arn: ARN of the role that it acts through.
        role_name: Name of that role.
    """

    function_arn: str = output("ARN of the function")
    function_name: str = output("Name of the function")
    invoke_arn: str = output("ARN by which API Gateway invokes the function")
    role_arn: str = output("ARN of the function's role")
    role_name: str = output("Name of the function's role")


class FunctionBase(SharedConstruct[FunctionAttributes]):
    """What a function made here and an imported one have in common."""

    Attributes = FunctionAttributes
    _permissions: Permissions
    _role: RoleBase

    @property
    def function_arn(self) -> str:
        return self.attributes.function_arn

    @property
    def function_name(self) -> str:
        return self.attributes.function_name

    @property
    def invoke_arn(self) -> str:
        """What API Gateway calls it by."""
        return self.attributes.invoke_arn

    @property
    def role(self) -> RoleBase:
        """The role that it acts through: grants go there."""
        return self._role

    def add_permission(
        self,
        id: str,
        *,
        principal: str,
        source_arn: str | None = None,
        source_account: str | None = None,
    ) -> LambdaPermission:
        """Lets a service or another account invoke the function, by the function's own policy.

        Makes `aws_lambda_permission.<function>_<id>` and returns it, so that what invokes can
        wait for it. The same permission again changes nothing.

        Args:
            id: Part of the Terraform name.
            principal: `sns.amazonaws.com`, an account's twelve digits or a role's ARN.
            source_arn: The topic, bucket or rule on whose behalf a service may invoke. A service
                without it and without `source_account` may do so for every account; that warns
                (`lambda-permission-without-source`).
            source_account: The account whose resources may; for buckets give both.

        Raises:
            ConfigurationError: for values of another form, or an id that is taken.
        """
        return self._permissions.add(id, principal, source_arn, source_account)

    def grant_invoke(
        self,
        grantee: Grantee | Principal,
        *,
        source_arn: str | None = None,
        source_account: str | None = None,
        id: str | None = None,
    ) -> None:
        """Lets `grantee` invoke the function: a role by its policy, a service by the function's.

        Args:
            grantee: A role, something that has one, or `Principal.service("events")`.
            source_arn: For a service: on whose behalf.
            source_account: For a service: whose resources.
            id: For a `Principal`: part of the Terraform name, another for each of several rules
                or buckets. Default: the principal's name, like `events`.

        Raises:
            ConfigurationError: for what can be granted nothing, a source without a service, and
                an id that is there for another source.
        """
        arns = [self.function_arn, f"{self.function_arn}:*"]
        self._permissions.grant(grantee, arns, source_arn, source_account, id)

    def add_to_role_policy(self, name: str, *statements: PolicyStatement) -> None:
        """Allows what `statements` say to the function's role; see `Role.add_policy`.

        Args:
            name: Part of the policy's Terraform name.
            statements: One or more.
        """
        self.role.add_policy(name, *statements)


class ImportedFunction(FunctionBase):
    """A function that is not made here. Use `Function.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: FunctionAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'FunctionAttributes(function_arn="arn:aws:lambda:...", ...)'
        given = check_instance(faults, "attributes", attributes, FunctionAttributes, example)
        if given:
            resource = f"function:{FUNCTION_NAME}"
            check_arn(faults, "function_arn", given.function_arn, "lambda", resource)
            rule = "Lambda takes 1 to 64 letters, digits, - and _."
            check_string(faults, "function_name", given.function_name, FUNCTION_NAME, rule)
            rule = "write arn:aws:apigateway:<region>:lambda:path/.../functions/<ARN>/invocations."
            pattern = r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path/\S+/invocations"
            check_string(faults, "invoke_arn", given.invoke_arn, pattern, rule)
            check_arn(faults, "role_arn", given.role_arn, "iam", r"role/[\w+=,.@/-]+")
            rule = "IAM takes 1 to 64 letters, digits and _+=,.@-; the path is no part of it."
            check_string(faults, "role_name", given.role_name, r"[\w+=,.@-]{1,64}", rule)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes
        role = RoleAttributes(role_arn=attributes.role_arn, role_name=attributes.role_name)
        self._role = ImportedRole(self, "role", role)
        prefix = f"{TerraformStack.of(self).node.id}-"
        self._permissions = Permissions(self, attributes.function_name, prefix=prefix)
