"""DynamoDB tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.database.attribute import Attribute as Attribute
    from terratiers.database.attribute import AttributeType as AttributeType
    from terratiers.database.billing import Billing as Billing
    from terratiers.database.billing import Capacity as Capacity
    from terratiers.database.secondary_index import GlobalSecondaryIndex as GlobalSecondaryIndex
    from terratiers.database.secondary_index import LocalSecondaryIndex as LocalSecondaryIndex
    from terratiers.database.secondary_index import Projection as Projection
    from terratiers.database.table import StreamViewType as StreamViewType
    from terratiers.database.table import Table as Table
    from terratiers.database.table import TableClass as TableClass
    from terratiers.database.table_base import ImportedTable as ImportedTable
    from terratiers.database.table_base import TableAttributes as TableAttributes

__all__ = [
    "Attribute",
    "AttributeType",
    "Billing",
    "Capacity",
    "GlobalSecondaryIndex",
    "ImportedTable",
    "LocalSecondaryIndex",
    "Projection",
    "StreamViewType",
    "Table",
    "TableAttributes",
    "TableClass",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "Attribute": ".attribute",
        "AttributeType": ".attribute",
        "Billing": ".billing",
        "Capacity": ".billing",
        "GlobalSecondaryIndex": ".secondary_index",
        "ImportedTable": ".table_base",
        "LocalSecondaryIndex": ".secondary_index",
        "Projection": ".secondary_index",
        "StreamViewType": ".table",
        "Table": ".table",
        "TableAttributes": ".table_base",
        "TableClass": ".table",
    },
)
