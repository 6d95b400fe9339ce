"""Who may invoke a function: its resource-based policy, one `aws_lambda_permission` each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.tokens import same_value
from terratiers.core.validation import check_string
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.principal import Principal
from terratiers.security.role import Grantee, check_grantee, grant_name

from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

__all__ = ["PERMISSION_WITHOUT_SOURCE", "Permissions", "check_id"]

PERMISSION_WITHOUT_SOURCE = "lambda-permission-without-source"
_SERVICE = r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?"
_ACCOUNT = r"\d{12}"
_IDENTITY = r"arn:aws[a-z-]*:(iam|sts)::\d{12}:[!-~]+"
_SOURCE = r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:\S+"


@dataclass(frozen=True)
class _Wanted:
    principal: str
    source_arn: str | None
    source_account: str | None


class Permissions:
    """The permissions that one stack adds to a function or an alias.

    Args:
        owner: The construct that the resources belong to.
        function_name: The function.
        qualifier: The alias, if any.
        prefix: What their statements' names begin with, so that two stacks do not meet.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """

    def __init__(
        self,
        owner: Construct,
        function_name: str,
        *,
        qualifier: str | None = None,
        prefix: str = "",
    ) -> None:
        self._owner = owner
        self._function_name = function_name
        self._qualifier = qualifier
        self._prefix = prefix
        self._known: dict[str, tuple[_Wanted, LambdaPermission]] = {}

    def add(
        self, id: str, principal: str, source_arn: str | None, source_account: str | None
    ) -> LambdaPermission:
        """Adds one; the same again gives the same resource."""
        faults = Faults(self._owner.node.scope, self._owner.node.id)
        check_id(faults, id)
        rule = "write a service like sns.amazonaws.com, an account's twelve digits or a role's ARN."
        pattern = rf"{_SERVICE}|{_ACCOUNT}|{_IDENTITY}"
        name = check_string(faults, "principal", principal, pattern, rule)
        if source_arn is not None:
            rule = "write the ARN of what invokes it, like a bucket's, a topic's or a rule's."
            check_string(faults, "source_arn", source_arn, _SOURCE, rule)
        if source_account is not None:
            rule = 'write its twelve digits as a string, like "111122223333".'
            check_string(faults, "source_account", source_account, _ACCOUNT, rule)
        known = self._known.get(id) if isinstance(id, str) else None
        wanted = _Wanted(principal, source_arn, source_account)
        if known and not all(
            same_value(self._owner, one, other)
            for one, other in zip(vars(known[0]).values(), vars(wanted).values(), strict=True)
        ):
            faults.add(f"permission {id} is there for {known[0].principal}: use another id.")
        faults.raise_any()
        if known:
            return known[1]
        made = self._make(id, wanted)
        if name and ".amazonaws.com" in name and source_arn is None and source_account is None:
            warn(
                self._owner,
                PERMISSION_WITHOUT_SOURCE,
                f"permission {id} lets {name} invoke it for every account: give source_arn or "
                "source_account.",
            )
        self._known[id] = (wanted, made)
        return made

    def grant(
        self,
        grantee: Grantee | Principal,
        arns: Sequence[str],
        source_arn: str | None,
        source_account: str | None,
        id: str | None,
    ) -> None:
        """Lets a role invoke `arns` by its own policy, and a principal by the function's."""
        if isinstance(grantee, Principal):
            id = _name(grantee) if id is None else id
            self.add(id, grantee.value, source_arn, source_account)
            return
        check_grantee(self._owner, grantee)
        faults = Faults(self._owner.node.scope, self._owner.node.id)
        if (source_arn, source_account, id) != (None, None, None):
            faults.add("source_arn, source_account and id are for services: leave them out.")
        faults.raise_any()
        statement = PolicyStatement(actions=["lambda:InvokeFunction"], resources=arns)
        grantee.role.add_policy(grant_name(self._owner, "invoke"), statement)

    def _make(self, id: str, wanted: _Wanted) -> LambdaPermission:
        permission = LambdaPermission(
            self._owner,
            f"permission-{id}",
            statement_id=f"{self._prefix}{id}"[:100],
            action="lambda:InvokeFunction",
            function_name=self._function_name,
            qualifier=self._qualifier,
            principal=wanted.principal,
            source_arn=wanted.source_arn,
            source_account=wanted.source_account,
        )
        pin_address(permission, self._owner, id)
        return permission


def _name(principal: Principal) -> str:
    """`events` for a service, `account-...` for an account, a role's name for a role."""
    name = principal.value.partition(".")[0].rpartition("/")[2].rpartition(":")[2]
    return name if name[:1].isalpha() else f"account-{name}"


def check_id(faults: Faults, id: object) -> None:
    """Notes what cannot be part of an address."""
    rule = "write a letter, then up to 63 letters, digits, - or _."
    check_string(faults, "id", id, r"[A-Za-z][A-Za-z0-9_-]{0,63}", rule, tokens=False)
