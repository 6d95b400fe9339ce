"""The policy of a queue or a topic: TLS only, and what services and others may do."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.core.account import account_id
from terratiers.core.errors import Faults
from terratiers.core.names import environment_of
from terratiers.core.policy import policy_document
from terratiers.core.validation import check_string
from terratiers.security.principal import Principal
from terratiers.storage.resource_statement import check_resource_statement

from constructs import Construct

__all__ = ["ResourcePolicy"]

# The service, the account ("" for this one) and whether there are ARNs
_Source = tuple[str, str | None, bool]
_OWN_ACCOUNT = ""


class ResourcePolicy:
    """The statements of one queue or topic.

    What one service may do is one statement, however many sources it has: SQS allows 20 statements
    and 10 conditions in a policy.

    Args:
        resource_arn: The queue or topic.
        denied: What nobody may do without TLS.
        allowed: What a service is let do.
        most: How many statements AWS allows.
    """

    def __init__(
        self, resource_arn: str, *, denied: Sequence[str], allowed: str, most: int
    ) -> None:
        self._arn = resource_arn
        self._action = allowed
        self._most = most
        self._services: dict[_Source, list[str]] = {}
        self._own_account = ""
        self._statements: list[dict[str, Any]] = [
            {
                "Sid": "DenyPlainHttp",
                "Effect": "Deny",
                "Principal": "*",
                "Action": list(denied),
                "Resource": resource_arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]

    @property
    def document(self) -> str:
        return policy_document(*self._statements, *map(self._service_statement, self._services))

    def check(self, faults: Faults, statement: object) -> None:
        """Notes what the policy cannot hold."""
        reason = "so that anybody could use it"
        check_resource_statement(faults, statement, self._statements, reason)
        if isinstance(statement, Mapping) and statement.get("Sid") == "DenyPlainHttp":
            faults.add("statement: Sid DenyPlainHttp is the library's own: write another one.")
        if statement not in self._statements:
            self._check_room(faults)

    def check_service(
        self,
        faults: Faults,
        owner: Construct,
        service: object,
        source_arn: object,
        source_account: object,
    ) -> None:
        """Notes a service or source that the policy could not name, or has no room for."""
        pattern = r"[a-z0-9-]+(\.[a-z0-9-]+)*"
        rule = "write a service like s3 or s3.amazonaws.com."
        known = check_string(faults, "service", service, pattern, rule, tokens=False)
        if source_arn is not None:
            rule = "write the ARN of the bucket, alarm or rule; a * may stand in its last part."
            arn = r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:\S+"
            check_string(faults, "source_arn", source_arn, arn, rule)
        if source_account is not None:
            rule = 'write its twelve digits as a string, like "111122223333".'
            check_string(faults, "source_account", source_account, r"\d{12}", rule)
        if known and _source(owner, known, source_arn, source_account) not in self._services:
            self._check_room(faults)

    def _check_room(self, faults: Faults) -> None:
        if len(self._statements) + len(self._services) >= self._most:
            faults.add(f"its policy has {self._most} statements already: AWS allows no more.")

    def add(self, statement: Mapping[str, Any]) -> None:
        """Adds a checked statement, unless it is there already."""
        if statement not in self._statements:
            self._statements.append(copy.deepcopy(dict(statement)))

    def admit(
        self, owner: Construct, service: str, source_arn: str | None, source_account: str | None
    ) -> None:
        """Lets a service act for one source, or for whatever an account has.

        Without `source_account` it is this one's, where the source does not say it: the ARN of a
        bucket, which could be another's tomorrow, has no account in it.
        """
        source = _source(owner, service, source_arn, source_account)
        if source[1] == _OWN_ACCOUNT:
            self._own_account = account_id(owner)
        arns = self._services.setdefault(source, [])
        if source_arn is not None and source_arn not in arns:
            arns.append(source_arn)

    def _service_statement(self, source: _Source) -> dict[str, Any]:
        service, account, _ = source
        arns = self._services[source]
        condition: dict[str, Any] = {}
        if account is not None:
            condition["StringEquals"] = {"aws:SourceAccount": account or self._own_account}
        if arns:
            condition["ArnLike"] = {"aws:SourceArn": arns}
        return {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": self._action,
            "Resource": self._arn,
            "Condition": condition,
        }


def _source(owner: Construct, service: str, source_arn: object, source_account: object) -> _Source:
    name = Principal.service(service).value
    environment = environment_of(owner)
    if source_account is None:
        own = source_arn is None or name == "s3.amazonaws.com"
    else:
        own = environment is not None and source_account == environment.account_id
    account = _OWN_ACCOUNT if own else None if source_account is None else str(source_account)
    return (name, account, source_arn is not None)
