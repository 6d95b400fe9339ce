"""The attributes that keys of tables and indexes are made of."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_instance, check_string

__all__ = ["Attribute", "AttributeType", "KeySchema"]

_EXAMPLE = 'Attribute.string("id")'


class AttributeType:
    """What a key attribute holds: text, a number, or bytes."""

    STRING = "S"
    NUMBER = "N"
    BINARY = "B"
    ALL = (STRING, NUMBER, BINARY)


@dataclass(frozen=True)
class Attribute:
    """An attribute of a key: its name, 1 to 255 characters, and one of `AttributeType`.

    Args:
        name: 1 to 255 characters.
        type: One of `AttributeType`. Default: text.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """

    name: str
    type: str = AttributeType.STRING

    @classmethod
    def string(cls, name: str) -> Attribute:
        """Text; `name` has 1 to 255 characters."""
        return cls(name, AttributeType.STRING)

    @classmethod
    def number(cls, name: str) -> Attribute:
        """A number; `name` has 1 to 255 characters."""
        return cls(name, AttributeType.NUMBER)

    @classmethod
    def binary(cls, name: str) -> Attribute:
        """Bytes; `name` has 1 to 255 characters."""
        return cls(name, AttributeType.BINARY)


class KeySchema:
    """The attributes that the keys of one table and its indexes use, each with one type."""

    def __init__(self) -> None:
        self.types: dict[str, str] = {}

    def check(self, faults: Faults, label: str, value: object) -> Attribute | None:
        """Notes what is no key attribute, and one that has another type elsewhere."""
        given = check_instance(faults, label, value, Attribute, _EXAMPLE)
        if given is None:
            return None
        rule = "write 1 to 255 characters (DynamoDB)."
        name = check_string(faults, f"{label}: name", given.name, r"(?s).{1,255}", rule,
                            tokens=False)  # fmt: skip
        kind = check_choice(faults, f"{label}: type", given.type, AttributeType.ALL)
        if name is None or kind is None:
            return None
        known = self.types.setdefault(name, kind)
        if known != kind:
            faults.add(f"{label}: {name} is {kind} here and {known} elsewhere: give it one type.")
        return given
