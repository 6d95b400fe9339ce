"""DynamoDB tables: on demand, encrypted, with point-in-time recovery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, environment_of, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_string,
    check_tags,
)
from terratiers.database.attribute import Attribute, KeySchema
from terratiers.database.billing import Billing, Capacity
from terratiers.database.secondary_index import (
    GlobalSecondaryIndex,
    LocalSecondaryIndex,
    check_indexes,
)
from terratiers.database.table_base import (
    TABLE_NAME,
    TABLE_NAME_RULE,
    ImportedTable,
    TableAttributes,
    TableBase,
)
from terratiers.security.key import KeyBase

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTableGlobalSecondaryIndex,
    DynamodbTableLocalSecondaryIndex,
    DynamodbTableOnDemandThroughput,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
)
from constructs import Construct

__all__ = ["StreamViewType", "Table", "TableClass"]


class StreamViewType:
    """What the stream of a table's changes holds of each."""

    KEYS_ONLY = "KEYS_ONLY"
    NEW_IMAGE = "NEW_IMAGE"
    OLD_IMAGE = "OLD_IMAGE"
    NEW_AND_OLD_IMAGES = "NEW_AND_OLD_IMAGES"
    ALL = (KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES)


class TableClass:
    """`STANDARD`, or `STANDARD_INFREQUENT_ACCESS` where storage costs more than requests."""

    STANDARD = "STANDARD"
    STANDARD_INFREQUENT_ACCESS = "STANDARD_INFREQUENT_ACCESS"
    ALL = (STANDARD, STANDARD_INFREQUENT_ACCESS)


class Table(TableBase):
    """A DynamoDB table: paid by the request, encrypted, restorable to each second.

    Another key, name or local index makes Terraform replace the table, and its items are lost;
    deletion protection stops that.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_dynamodb_table.<id>`.
        partition_key: An `Attribute`: `Attribute.string("id")`.
        sort_key: Default: none.
        table_name: 3 to 255 letters, digits, `_`, `.` and `-`: for a table that exists and is
            imported. Default: `<project>-<environment>-<path>`.
        billing: `Billing.on_demand()` or `Billing.provisioned(...)`. Default: on demand.
        global_secondary_indexes: Up to 20. Default: none.
        local_secondary_indexes: Up to 5; the table needs a sort key. Default: none.
        key: A `Key` that encrypts it. Default: AWS's own `aws/dynamodb` of the account.
        point_in_time_recovery: Whether it can be restored to any second. Default: yes.
        recovery_period: How many days back, 1 to 35. Default: 35.
        ttl_attribute: The attribute (a number, seconds since 1970) after which items vanish.
            Default: none.
        ttl_enabled: No turns `ttl_attribute` off. Taking the attribute out would leave it on.
            Default: yes.
        stream: One of `StreamViewType`. Default: no stream.
        deletion_protection: Whether DynamoDB refuses to delete it. Default: in an environment
            marked production.
        table_class: One of `TableClass`. Default: standard.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value that DynamoDB would refuse.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-table-design.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition_key: Attribute,
        sort_key: Attribute | None = None,
        table_name: str | None = None,
        billing: Billing = Billing.on_demand(),  # noqa: B008 - frozen
        global_secondary_indexes: Sequence[GlobalSecondaryIndex] = (),
        local_secondary_indexes: Sequence[LocalSecondaryIndex] = (),
        key: KeyBase | None = None,
        point_in_time_recovery: bool = True,
        recovery_period: int = 35,
        ttl_attribute: str | None = None,
        ttl_enabled: bool = True,
        stream: str | None = None,
        deletion_protection: bool | None = None,
        table_class: str = TableClass.STANDARD,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        keys = KeySchema()
        partition = keys.check(faults, "partition_key", partition_key)
        sort = None if sort_key is None else keys.check(faults, "sort_key", sort_key)
        if partition and sort and partition.name == sort.name:
            faults.add(f"sort_key is {sort.name}, as the partition key: leave it out.")
        name = construct_name(scope, id) if table_name is None else table_name
        check_string(faults, "table_name", name, TABLE_NAME, TABLE_NAME_RULE, tokens=False)
        example = "Billing.on_demand() or Billing.provisioned(...)"
        paid = check_instance(faults, "billing", billing, Billing, example)
        if paid:
            paid.check(faults)
        wide, near = check_indexes(
            faults, keys, global_secondary_indexes, local_secondary_indexes, paid
        )
        if near and sort_key is None:
            faults.add("local_secondary_indexes need a table with a sort key: give sort_key.")
        if key is not None:
            example = 'Key(self, "data", description="...")'
            given_key = check_instance(faults, "key", key, KeyBase, example)
            if given_key:
                check_same_stack(faults, "key", given_key, scope)
        restorable = check_bool(faults, "point_in_time_recovery", point_in_time_recovery)
        check_int(faults, "recovery_period", recovery_period, 1, 35, "days (DynamoDB)")
        _check_ttl(faults, keys, ttl_attribute)
        expires = check_bool(faults, "ttl_enabled", ttl_enabled)
        if expires is False and ttl_attribute is None:
            faults.add("ttl_enabled is False: name the ttl_attribute that is to be turned off.")
        if stream is not None:
            check_choice(faults, "stream", stream, StreamViewType.ALL)
        if deletion_protection is not None:
            check_bool(faults, "deletion_protection", deletion_protection)
        check_choice(faults, "table_class", table_class, TableClass.ALL)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        environment = environment_of(self)
        production = bool(environment and environment.production)
        read, write = billing.read_capacity, billing.write_capacity
        scaled = [
            name
            for name, capacity in (("read_capacity", read), ("write_capacity", write))
            if capacity and capacity.is_autoscaled
        ]
        self.resource = DynamodbTable(
            self,
            "resource",
            name=name,
            billing_mode="PROVISIONED" if billing.is_provisioned else "PAY_PER_REQUEST",
            hash_key=partition_key.name,
            range_key=sort_key.name if sort_key else None,
            attribute=[
                DynamodbTableAttribute(name=attribute, type=keys.types[attribute])
                for attribute in sorted(keys.types)
            ],
            read_capacity=read.minimum if read else None,
            write_capacity=write.minimum if write else None,
            on_demand_throughput=_throughput(billing),
            global_secondary_index=[_global_index(index, billing) for index in wide] or None,
            local_secondary_index=[
                DynamodbTableLocalSecondaryIndex(
                    name=index.name,
                    range_key=index.sort_key.name,
                    projection_type=index.projection.type,
                    non_key_attributes=sorted(index.projection.attributes) or None,
                )
                for index in near
            ]
            or None,
            server_side_encryption=DynamodbTableServerSideEncryption(
                enabled=True, kms_key_arn=key.key_arn if key else None
            ),
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(
                enabled=point_in_time_recovery,
                recovery_period_in_days=recovery_period if restorable else None,
            ),
            ttl=DynamodbTableTtl(attribute_name=ttl_attribute, enabled=ttl_enabled)
            if ttl_attribute
            else None,
            stream_enabled=True if stream else None,
            stream_view_type=stream,
            deletion_protection_enabled=production
            if deletion_protection is None
            else deletion_protection,
            table_class=table_class,
            tags={**own_tags, "Name": name},
            lifecycle=TerraformResourceLifecycle(ignore_changes=scaled) if scaled else None,
        )
        pin_address(self.resource, self)
        self._attributes = TableAttributes(
            kms_encrypted=key is not None,
            streamed=stream is not None,
            indexed=bool(wide or near),
            table_name=self.resource.name,
            table_arn=self.resource.arn,
            kms_key_arn=key.key_arn if key else None,
            stream_arn=self.resource.stream_arn if stream else None,
        )
        for what, capacity in (("read", read), ("write", write)):
            if capacity and capacity.is_autoscaled:
                self._scale(what, capacity)

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: TableAttributes
    ) -> ImportedTable:
        """A table that exists already.

        Raises:
            ConfigurationError: for names or ARNs of another form.
        """
        return ImportedTable(scope, id, attributes)

    def _scale(self, what: str, capacity: Capacity) -> None:
        from terratiers.database.capacity_scaling import add_scaling

        add_scaling(self, self.table_name, what, capacity)


def _check_ttl(faults: Faults, keys: KeySchema, attribute: object) -> None:
    if attribute is None:
        return
    rule = "write an attribute's name, 1 to 255 characters."
    name = check_string(faults, "ttl_attribute", attribute, r"(?s).{1,255}", rule, tokens=False)
    if name is not None and keys.types.get(name, "N") != "N":
        faults.add(f"ttl_attribute {name} is a key of another type: it has to hold a number.")


def _throughput(billing: Billing) -> DynamodbTableOnDemandThroughput | None:
    read, write = billing.max_read_request_units, billing.max_write_request_units
    if read is None and write is None:
        return None
    return DynamodbTableOnDemandThroughput(
        max_read_request_units=read, max_write_request_units=write
    )


def _global_index(
    index: GlobalSecondaryIndex, billing: Billing
) -> DynamodbTableGlobalSecondaryIndex:
    read = index.read_capacity or billing.read_capacity
    write = index.write_capacity or billing.write_capacity
    return DynamodbTableGlobalSecondaryIndex(
        name=index.name,
        hash_key=index.partition_key.name,
        range_key=index.sort_key.name if index.sort_key else None,
        projection_type=index.projection.type,
        non_key_attributes=sorted(index.projection.attributes) or None,
        read_capacity=read.minimum if read else None,
        write_capacity=write.minimum if write else None,
    )
