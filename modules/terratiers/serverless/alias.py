"""Aliases: a name that stays, for versions of a function that change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.validation import check_int, check_scope, check_string
from terratiers.security.principal import Principal
from terratiers.security.role import Grantee, RoleBase
from terratiers.serverless.function_permission import Permissions

from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

if TYPE_CHECKING:
    from terratiers.serverless.function import Function

    from cdktf_cdktf_provider_aws.lambda_provisioned_concurrency_config import (
        LambdaProvisionedConcurrencyConfig,
    )

__all__ = ["Alias"]

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
_NAME = r"(?![0-9]+\Z)[A-Za-z0-9_-]{1,64}"
_MOST_CONCURRENCY = 10_000


class Alias(Construct):
    """A name for one version of a function. Made by `Function.add_alias`.

    It can be invoked in the function's place: by topics, buckets and APIs, and by whom it is
    granted to. What becomes of events that nobody waits for is the same as for the function.
    """

    def __init__(
        self,
        function: Function,
        name: str,
        *,
        version: str | None,
        description: str | None,
        provisioned_concurrency: int | None,
    ) -> None:
        faults = check_scope(function, name)
        rule = "Lambda takes 1 to 64 letters, digits, - and _, digits alone not."
        check_string(faults, "alias", name, _NAME, rule, tokens=False)
        if version is not None:
            rule = 'write a version\'s number as a string, like "7", or "$LATEST".'
            check_string(faults, "version", version, r"[0-9]{1,10}|\$LATEST", rule)
        elif not function.publishes:
            faults.add("version is missing: the function publishes none; write publish=True there.")
        if description is not None:
            rule = "Lambda takes up to 256 characters."
            check_string(faults, "description", description, r"(?s).{0,256}", rule)
        if provisioned_concurrency is not None:
            _check_concurrency(faults, function, version, provisioned_concurrency)
        faults.raise_any()
        super().__init__(function, name)
        with all_or_nothing(function, name):
            self.function = function
            self.resource = LambdaAlias(
                self,
                "resource",
                name=name,
                function_name=function.function_name,
                function_version=version or function.version,
                description=description,
            )
            pin_address(self.resource, self)
            self.provisioned_concurrency: LambdaProvisionedConcurrencyConfig | None = None
            if provisioned_concurrency is not None:
                self.provisioned_concurrency = self._keep_ready(provisioned_concurrency)
            self.event_invoke_config = function.event_settings.configure(
                self, function, self.resource.name
            )
            self._permissions = Permissions(
                self, function.function_name, qualifier=self.resource.name, prefix=f"{name}-"
            )

    @property
    def function_arn(self) -> str:
        """The alias's own ARN, which ends in its name."""
        return self.resource.arn

    @property
    def function_name(self) -> str:
        """The function's name, without the alias."""
        return self.function.function_name

    @property
    def invoke_arn(self) -> str:
        """What API Gateway calls it by."""
        return self.resource.invoke_arn

    @property
    def role(self) -> RoleBase:
        """The function's role."""
        return self.function.role

    def add_permission(
        self,
        id: str,
        *,
        principal: str,
        source_arn: str | None = None,
        source_account: str | None = None,
    ) -> LambdaPermission:
        """Lets a service invoke the alias; see `Function.add_permission`."""
        return self._permissions.add(id, principal, source_arn, source_account)

    def grant_invoke(
        self,
        grantee: Grantee | Principal,
        *,
        source_arn: str | None = None,
        source_account: str | None = None,
        id: str | None = None,
    ) -> None:
        """Lets `grantee` invoke the alias, and no other version; see `Function.grant_invoke`."""
        arns = [self.function_arn]
        self._permissions.grant(grantee, arns, source_arn, source_account, id)

    def _keep_ready(self, environments: int) -> LambdaProvisionedConcurrencyConfig:
        from cdktf_cdktf_provider_aws.lambda_provisioned_concurrency_config import (
            LambdaProvisionedConcurrencyConfig,
        )

        config = LambdaProvisionedConcurrencyConfig(
            self,
            "provisioned-concurrency",
            function_name=self.function_name,
            qualifier=self.resource.name,
            provisioned_concurrent_executions=environments,
        )
        pin_address(config, self)
        return config


def _check_concurrency(
    faults: Faults, function: Function, version: str | None, value: object
) -> None:
    name = "provisioned_concurrency"
    most = function.reserved_concurrent_executions
    what = "environments that are kept ready (Lambda)"
    count = check_int(faults, name, value, 1, _MOST_CONCURRENCY, what)
    if version == "$LATEST":
        faults.add(f"{name} is for published versions, and not for $LATEST.")
    if function.snap_starts:
        faults.add(f"{name} does not go with snap_start: leave one of them out.")
    if count and most is not None and count > most:
        faults.add(
            f"{name} is {count}, more than the {most} of the function's "
            "reserved_concurrent_executions."
        )
