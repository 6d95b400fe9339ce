"""DynamoDB tables."""

from terratiers.database.attribute import Attribute, AttributeType
from terratiers.database.billing import Billing, Capacity
from terratiers.database.secondary_index import (
    GlobalSecondaryIndex,
    LocalSecondaryIndex,
    Projection,
)
from terratiers.database.table import StreamViewType, Table, TableClass
from terratiers.database.table_base import ImportedTable, TableAttributes

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
