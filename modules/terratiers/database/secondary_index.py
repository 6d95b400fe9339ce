"""Secondary indexes of tables: other ways to find their items."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_instance, check_sequence, check_string
from terratiers.database.attribute import Attribute, KeySchema
from terratiers.database.billing import Billing, Capacity

__all__ = ["GlobalSecondaryIndex", "LocalSecondaryIndex", "Projection", "check_indexes"]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_INDEX_NAME = r"[A-Za-z0-9_.-]{3,255}"
_INDEX_RULE = "write 3 to 255 letters, digits, _ . and - (DynamoDB)."
_MAX_GLOBAL, _MAX_LOCAL, _MAX_INCLUDED, _MAX_INCLUDED_IN_ALL = 20, 5, 20, 100


@dataclass(frozen=True)
class Projection:
    """Which attributes an index holds. Made by `all`, `keys_only` and `include`."""

    type: str = "ALL"
    attributes: tuple[str, ...] = ()

    @classmethod
    def all(cls) -> Projection:
        """Every attribute of the item."""
        return cls("ALL")

    @classmethod
    def keys_only(cls) -> Projection:
        """The keys of table and index only."""
        return cls("KEYS_ONLY")

    @classmethod
    def include(cls, *attributes: str) -> Projection:
        """The keys and 1 to 20 further attributes."""
        return cls("INCLUDE", attributes)

    def check(self, faults: Faults, label: str) -> None:
        """Notes what DynamoDB would refuse."""
        check_choice(faults, f"{label}: projection", self.type, ("ALL", "KEYS_ONLY", "INCLUDE"))
        if self.type != "INCLUDE" and self.attributes:
            faults.add(f"{label}: projection {self.type} includes nothing: write include(...).")
        if self.type == "INCLUDE" and not 1 <= len(self.attributes) <= _MAX_INCLUDED:
            count = len(self.attributes)
            faults.add(f"{label}: projection includes {count} attributes: write 1 to 20.")
        rule = "write 1 to 255 characters."
        for name in self.attributes:
            check_string(faults, f"{label}: attribute", name, r"(?s).{1,255}", rule, tokens=False)
        names = [name for name in self.attributes if isinstance(name, str)]
        if len(set(names)) < len(names):
            faults.add(f"{label}: projection names an attribute twice: name each once.")


@dataclass(frozen=True, kw_only=True)
class GlobalSecondaryIndex:
    """An index with keys of its own, eventually consistent.

    Args:
        name: 3 to 255 letters, digits, `_`, `.` and `-`.
        partition_key: An `Attribute`.
        sort_key: Default: none.
        projection: Default: all attributes.
        read_capacity: Of a provisioned table: a fixed `Capacity`. Default: the table's own, where
            that is fixed.
        write_capacity: The same.
    """

    name: str
    partition_key: Attribute
    sort_key: Attribute | None = None
    projection: Projection = Projection()
    read_capacity: Capacity | None = None
    write_capacity: Capacity | None = None


@dataclass(frozen=True, kw_only=True)
class LocalSecondaryIndex:
    """An index with the table's partition key and a sort key of its own.

    It can only be made along with its table: a later one replaces the table.

    Args:
        name: 3 to 255 letters, digits, `_`, `.` and `-`.
        sort_key: An `Attribute`.
        projection: Default: all attributes.
    """

    name: str
    sort_key: Attribute
    projection: Projection = Projection()


def check_indexes(
    faults: Faults,
    keys: KeySchema,
    global_indexes: object,
    local_indexes: object,
    billing: Billing | None,
) -> tuple[list[GlobalSecondaryIndex], list[LocalSecondaryIndex]]:
    """The indexes of a table, with all that DynamoDB would refuse of them noted."""
    example = 'GlobalSecondaryIndex(name="by-owner", partition_key=Attribute.string("owner"))'
    label = "global_secondary_indexes"
    given = check_sequence(faults, label, global_indexes, f"[{example}]") or ()
    wide = [check_instance(faults, label, item, GlobalSecondaryIndex, example) for item in given]
    example = 'LocalSecondaryIndex(name="by-date", sort_key=Attribute.string("date"))'
    label = "local_secondary_indexes"
    given = check_sequence(faults, label, local_indexes, f"[{example}]") or ()
    near = [check_instance(faults, label, item, LocalSecondaryIndex, example) for item in given]
    found_wide, found_near = [i for i in wide if i], [i for i in near if i]
    for kind, count, limit in (
        ("global", len(wide), _MAX_GLOBAL),
        ("local", len(near), _MAX_LOCAL),
    ):
        if count > limit:
            faults.add(f"there are {count} {kind} secondary indexes: DynamoDB allows {limit}.")
    names: set[str] = set()
    found: list[GlobalSecondaryIndex | LocalSecondaryIndex] = [*found_wide, *found_near]
    for index in found:
        label = f"index {index.name}" if isinstance(index.name, str) else "index"
        check_string(faults, "index name", index.name, _INDEX_NAME, _INDEX_RULE, tokens=False)
        if label in names:
            faults.add(f"{label} is there twice: give each its own name.")
        names |= {label} - {"index"}
        example = "Projection.all(), .keys_only() or .include(...)"
        if check_instance(faults, f"{label}: projection", index.projection, Projection, example):
            index.projection.check(faults, label)
        if index.sort_key is not None or isinstance(index, LocalSecondaryIndex):
            keys.check(faults, f"{label}: sort_key", index.sort_key)
        if isinstance(index, GlobalSecondaryIndex):
            keys.check(faults, f"{label}: partition_key", index.partition_key)
            _check_capacity(faults, label, index, billing)
            if index.sort_key is not None and index.sort_key == index.partition_key:
                faults.add(f"{label}: sort_key and partition_key are the same: leave one out.")
    included = sum(
        len(index.projection.attributes)
        for index in found
        if isinstance(index.projection, Projection)
    )
    if included > _MAX_INCLUDED_IN_ALL:
        faults.add(
            f"the indexes include {included} attributes in all: DynamoDB allows "
            f"{_MAX_INCLUDED_IN_ALL}; Projection.all() does not count."
        )
    return found_wide, found_near


def _check_capacity(
    faults: Faults, label: str, index: GlobalSecondaryIndex, billing: Billing | None
) -> None:
    for name in ("read_capacity", "write_capacity"):
        value = getattr(index, name)
        of_table = getattr(billing, name, None)
        if value is None:
            if isinstance(of_table, Capacity) and of_table.is_autoscaled:
                faults.add(f"{label}: {name} is missing: the table's is scaled, an index's is not.")
            continue
        given = check_instance(faults, f"{label}: {name}", value, Capacity, "Capacity.fixed(5)")
        if billing is not None and not billing.is_provisioned:
            faults.add(f"{label}: {name} is for provisioned tables: this one is on demand.")
        if given and given.is_autoscaled:
            # Terraform cannot ignore the capacity of one index: it would set it back each time
            faults.add(f"{label}: {name} has to be fixed, or the table on demand.")
        elif given:
            given.check(faults, f"{label}: {name}")
