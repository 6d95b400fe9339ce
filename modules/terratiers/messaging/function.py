"""A Lambda function as this package knows it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from terratiers.core.errors import Faults
from terratiers.core.names import path_in_stack
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import show
from terratiers.security.role import RoleBase

from cdktf import TerraformResource
from constructs import Construct, Node

__all__ = ["IFunction", "check_function", "permission_id"]


@runtime_checkable
class IFunction(Protocol):
    """What a topic or a bucket needs of a function that it invokes."""

    @property
    def function_arn(self) -> str: ...

    @property
    def function_name(self) -> str: ...

    @property
    def role(self) -> RoleBase: ...

    @property
    def node(self) -> Node: ...

    def add_permission(
        self,
        id: str,
        *,
        principal: str,
        source_arn: str | None = None,
        source_account: str | None = None,
    ) -> TerraformResource:
        """Lets a service invoke the function, by an `aws_lambda_permission` that it returns; the
        same again returns the same.

        Args:
            id: Part of the Terraform name.
            principal: Who may: `sns.amazonaws.com`.
            source_arn: On whose behalf. Default: any.
            source_account: Whose resources. Default: any.
        """


def check_function(faults: Faults, value: object, scope: Construct) -> None:
    """Notes what is no function, or one of another stack."""
    if not isinstance(value, IFunction) or not isinstance(value, Construct):
        faults.add(f"function is {show(value)} ({type(value).__name__}): pass a Function.")
        return
    check_same_stack(faults, "function", value, scope)


def permission_id(service: str, source: Construct) -> str:
    """The id of the permission that lets `source` invoke a function: `s3-uploads`."""
    return f"{service}-{path_in_stack(source).replace('/', '-')}"
