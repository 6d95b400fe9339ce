"""Refuses references from one tier to another that did not go through `Tier.use`.

cdktf answers such a reference with an output and a remote state of its own making
(`cross-stack-output-aws_vpcvpcid`, always sensitive): a contract that nobody wrote down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import jsii
from cdktf import TerraformStack
from constructs import IConstruct, IValidation

__all__ = ["reject_undeclared_references"]

_OUTPUT, _INPUT = "cross-stack-output-", "cross-stack-reference-input-"
_guarded: WeakSet[TerraformStack] = WeakSet()


def reject_undeclared_references(tier: TerraformStack) -> None:
    """Makes synthesis fail, naming both ends, when a token entered or left `tier` without `use`."""
    _guarded.add(tier)
    tier.node.add_validation(_NoUndeclaredReferences(tier))


@jsii.implements(IValidation)
class _NoUndeclaredReferences:
    def __init__(self, tier: TerraformStack) -> None:
        self._tier = tier

    def validate(self) -> list[str]:
        """What entered this tier; and what left it for a stack that does not look by itself."""
        plain = [stack for stack in _stacks(self._tier.node.root) if stack not in _guarded]
        pairs = [(producer, self._tier) for producer in self._tier.dependencies]
        pairs += [(self._tier, stack) for stack in plain if self._tier in stack.dependencies]
        return sorted({fault for pair in pairs for fault in _undeclared(*pair)})


def _stacks(scope: IConstruct) -> Iterator[TerraformStack]:
    for child in scope.node.children:
        if isinstance(child, TerraformStack):
            yield child
        else:
            yield from _stacks(child)


def _undeclared(producer: TerraformStack, consumer: TerraformStack) -> Iterator[str]:
    if consumer.node.try_find_child(_INPUT + producer.node.path) is None:
        return
    outputs = producer.to_terraform().get("output", {})
    sources = {
        name: str(body["value"]).strip("${}")
        for name, body in outputs.items()
        if name.startswith(_OUTPUT)
    }
    for place, text in _strings(consumer.to_terraform()):
        for name in sources.keys() & re.findall(rf"\.outputs\.({_OUTPUT}[\w-]+)", text):
            yield (
                f"{place} in {consumer.node.path} refers to {sources[name]} of "
                f"{producer.node.path} without a contract: share the construct with "
                f"self.use(...) in {consumer.node.path} and take the value from what it returns."
            )


def _strings(body: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every string of a synthesized stack with its place: `aws_subnet.private_a.vpc_id`."""
    if isinstance(body, str):
        yield ".".join(place), body
    elif isinstance(body, dict):
        for key, inner in body.items():
            if key not in ("//", "terraform"):
                # `resource` is no part of an address, `data` is
                yield from _strings(inner, place if key == "resource" else (*place, key))
    elif isinstance(body, list):
        for index, inner in enumerate(body):
            yield from _strings(inner, (*place, str(index)))
