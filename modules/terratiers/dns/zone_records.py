"""Which records a zone has, as far as the program knows: no two may contradict each other."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from terratiers.core.errors import Faults
from terratiers.core.names import child_of
from terratiers.dns.routing import Routing

from constructs import IConstruct

__all__ = ["ZoneRecords"]


class _Known(NamedTuple):
    type: str
    routing: Routing | None
    owner: IConstruct


class ZoneRecords:
    """The records of one zone by name."""

    def __init__(self) -> None:
        self._known: dict[str, list[_Known]] = {}

    def check(self, faults: Faults, name: str, type: str, routing: Routing | None) -> None:
        """Notes where Route 53 would refuse a further record.

        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-basic.html
        """
        for other in filter(_stands, self._known.get(name.lower(), [])):
            path = other.owner.node.path
            if other.type != type:
                if "CNAME" in (other.type, type):
                    faults.add(
                        f"{name} has a record of type {other.type} already ({path}): one of type "
                        "CNAME is the only one of its name."
                    )
            elif routing is None or other.routing is None:
                faults.add(
                    f"{name} has a record of type {type} already ({path}): give that one all "
                    "values, or both a routing=Routing.weighted(...)."
                )
            elif routing.kind != other.routing.kind:
                faults.add(
                    f"{name} has {other.routing.kind} records of type {type} ({path}): all have to "
                    f"have the same routing, and this one is {routing.kind}."
                )
            elif routing.set_identifier == other.routing.set_identifier:
                faults.add(
                    f"set_identifier {routing.set_identifier} of {name} is taken by {path}: "
                    "give this record another."
                )

    def add(self, name: str, type: str, routing: Routing | None, owner: IConstruct) -> None:
        """Notes a record that was made."""
        self._known.setdefault(name.lower(), []).append(_Known(type, routing, owner))


def _stands(known: _Known) -> bool:
    """Whether the record is still in the tree: a construct that failed was taken out of it."""
    scopes = known.owner.node.scopes
    return all(child_of(above, below.node.id) is below for above, below in pairwise(scopes))
