"""Asks Node once for what never changes: a construct's node, its id and path, its stack."""

from __future__ import annotations

import functools
import weakref
from types import ModuleType
from typing import Any

__all__ = ["remember_nodes", "remember_stacks"]


def remember_nodes(constructs: ModuleType) -> None:
    """`construct.node`, `node.id` and `node.path`, for the package `constructs`."""
    for owner, name in (
        (constructs.Construct, "node"),
        (constructs.Node, "id"),
        (constructs.Node, "path"),
    ):
        setattr(owner, name, _asked_once(getattr(owner, name), f"_terratiers_{name}"))


def remember_stacks(cdktf: ModuleType) -> None:
    """`TerraformStack.of(construct)`, for the package `cdktf`."""
    from constructs import Construct

    stock = cdktf.TerraformStack.of
    key = "_terratiers_stack"

    @functools.wraps(stock)
    def of(cls: Any, construct: Any) -> Any:
        if not isinstance(construct, Construct):
            return stock(construct)
        # held weakly: what modules keep for a stack, in weak dictionaries, must not hold it
        known = construct.__dict__.get(key)
        stack = None if known is None else known()
        if stack is None:
            stack = stock(construct)
            construct.__dict__[key] = weakref.ref(stack)
        return stack

    cdktf.TerraformStack.of = classmethod(of)


def _asked_once(stock: property, key: str) -> property:
    get = stock.fget
    assert get is not None

    @functools.wraps(get)
    def read(self: Any) -> Any:
        kept = self.__dict__
        if key not in kept:
            kept[key] = get(self)
        return kept[key]

    return property(read, stock.fset, stock.fdel, stock.__doc__)
