"""The base of constructs that tiers share: known by their attributes, made here or imported."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from constructs import Construct

__all__ = ["SharedConstruct"]

A = TypeVar("A")


class SharedConstruct(Construct, Generic[A]):
    """A construct whose contract is `attributes`; a subclass names their class in `Attributes`."""

    Attributes: ClassVar[type[Any]]
    _attributes: A

    @property
    def attributes(self) -> A:
        """The contract that `Tier.use` hands to other tiers."""
        return self._attributes
