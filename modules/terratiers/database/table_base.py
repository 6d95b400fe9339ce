"""What every table offers, made here or imported, and the imported one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_instance,
    check_scope,
    check_string,
)
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.role import Grantee, check_grantee, grant_name

from constructs import Construct

__all__ = ["TABLE_NAME", "TABLE_NAME_RULE", "ImportedTable", "TableAttributes", "TableBase"]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
TABLE_NAME = r"[A-Za-z0-9_.-]{3,255}"
TABLE_NAME_RULE = "write 3 to 255 letters, digits, _ . and - (DynamoDB)."

_READ = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
)
_WRITE = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
_READ_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
_KEY_READ = ("kms:Decrypt", "kms:DescribeKey")
_KEY_WRITE = (
    *_KEY_READ,
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


@dataclass(frozen=True, kw_only=True)
class TableAttributes:
    """The contract of a `Table`.

    Args:
        kms_encrypted: Whether it is encrypted with a key of this account. Default: no.
        streamed: Whether its changes can be read. Default: no.
        indexed: Whether it has secondary indexes, which grants then cover. Default: no.
        table_name: Its name.
        table_arn: Its ARN.
        kms_key_arn: The key, if any.
        stream_arn: The stream of its changes, if any.
    """

    kms_encrypted: bool = fact(default=False)
    streamed: bool = fact(default=False)
    indexed: bool = fact(default=False)
    table_name: str = output("Name of the table")
    table_arn: str = output("ARN of the table")
    kms_key_arn: str | None = output("KMS key of the table", only_if="kms_encrypted")
    stream_arn: str | None = output("ARN of the table's stream", only_if="streamed")


class TableBase(SharedConstruct[TableAttributes]):
    """What a table made here and an imported one have in common."""

    Attributes = TableAttributes

    @property
    def table_name(self) -> str:
        return self.attributes.table_name

    @property
    def table_arn(self) -> str:
        return self.attributes.table_arn

    @property
    def stream_arn(self) -> str | None:
        """The stream of its changes; None without one."""
        return self.attributes.stream_arn

    def grant_read_data(self, grantee: Grantee) -> None:
        """Lets `grantee` read items, through indexes too.

        Raises:
            ConfigurationError: when `grantee` has no role; so do the other grants.
        """
        self._grant(grantee, "read-data", _READ, _KEY_READ)

    def grant_write_data(self, grantee: Grantee) -> None:
        """Lets `grantee` put, change and delete items, not read them."""
        self._grant(grantee, "write-data", _WRITE, _KEY_WRITE)

    def grant_read_write_data(self, grantee: Grantee) -> None:
        """Lets `grantee` read, put, change and delete items."""
        self._grant(grantee, "read-write-data", sorted({*_READ, *_WRITE}), _KEY_WRITE)

    def grant_stream_read(self, grantee: Grantee) -> None:
        """Lets `grantee` read the stream of changes.

        Raises:
            ConfigurationError: when there is no stream, or `grantee` has no role.
        """
        check_grantee(self, grantee)
        if self.stream_arn is None:
            faults = Faults(self.node.scope, self.node.id)
            faults.add("it has no stream: make the table with stream=StreamViewType....")
            faults.raise_any()
        stream = PolicyStatement(actions=_READ_STREAM, resources=[str(self.stream_arn)])
        grantee.role.add_policy(
            grant_name(self, "stream-read"), stream, *self._key_statements(_KEY_READ)
        )

    def _grant(
        self, grantee: Grantee, what: str, actions: Sequence[str], key_actions: Sequence[str]
    ) -> None:
        check_grantee(self, grantee)
        resources = [self.table_arn]
        if self.attributes.indexed:
            resources.append(f"{self.table_arn}/index/*")
        grantee.role.add_policy(
            grant_name(self, what),
            PolicyStatement(actions=actions, resources=resources),
            *self._key_statements(key_actions),
        )

    def _key_statements(self, actions: Sequence[str]) -> list[PolicyStatement]:
        key = self.attributes.kms_key_arn
        return [PolicyStatement(actions=actions, resources=[key])] if key else []


class ImportedTable(TableBase):
    """A table that is not made here. Use `Table.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: TableAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'TableAttributes(table_name="...", table_arn="arn:aws:dynamodb:...")'
        given = check_instance(faults, "attributes", attributes, TableAttributes, example)
        if given:
            check_string(faults, "table_name", given.table_name, TABLE_NAME, TABLE_NAME_RULE)
            check_arn(faults, "table_arn", given.table_arn, "dynamodb", f"table/{TABLE_NAME}")
            check_bool(faults, "indexed", given.indexed)
            for flag, name, service, resource in (
                ("kms_encrypted", "kms_key_arn", "kms", r"key/[A-Za-z0-9-]{1,64}"),
                ("streamed", "stream_arn", "dynamodb", rf"table/{TABLE_NAME}/stream/\S+"),
            ):
                value = getattr(given, name)
                if value is not None:
                    check_arn(faults, name, value, service, resource)
                said = check_bool(faults, flag, getattr(given, flag))
                if said is not None and said != (value is not None):
                    faults.add(f"{flag} and {name} contradict each other: give both or none.")
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes
