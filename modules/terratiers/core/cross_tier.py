"""Refuses references from one tier to another that did not go through `Tier.use`.

cdktf answers such a reference with an output and a remote state of its own making
(`cross-stack-output-aws_vpcvpcid`, always sensitive): a contract that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsii
from cdktf import TerraformStack
from constructs import IValidation

__all__ = ["reject_undeclared_references"]

_OUTPUT, _INPUT = "cross-stack-output-", "cross-stack-reference-input-"


def reject_undeclared_references(tier: TerraformStack) -> None:
    """Makes synthesis fail, naming both ends, when a token entered or left `tier` without `use`."""
    tier.node.add_validation(_NoUndeclaredReferences(tier))


@jsii.implements(IValidation)
class _NoUndeclaredReferences:
    def __init__(self, tier: TerraformStack) -> None:
        self._tier = tier

    def validate(self) -> list[str]:
        stacks = [c for c in self._tier.node.root.node.find_all() if isinstance(c, TerraformStack)]
        faults: list[str] = []
        for consumer in stacks:
            for child in consumer.node.children:
                if not child.node.id.startswith(_INPUT):
                    continue
                producer_path = child.node.id.removeprefix(_INPUT)
                if self._tier is consumer or self._tier.node.path == producer_path:
                    producer = next(s for s in stacks if s.node.path == producer_path)
                    faults += _describe(producer, consumer)
        return sorted(set(faults))


def _describe(producer: TerraformStack, consumer: TerraformStack) -> Iterator[str]:
    outputs = producer.to_terraform().get("output", {})
    made = {name: body for name, body in outputs.items() if name.startswith(_OUTPUT)}
    for place, text in _strings(consumer.to_terraform()):
        for name, body in made.items():
            if f".{name}}}" in text or f".{name}" in text.split("}")[0]:
                source = str(body["value"]).strip("${}")
                yield (
                    f"{place} in {consumer.node.path} refers to {source} of {producer.node.path} "
                    "without a contract: share the construct with self.use(...) in "
                    f"{consumer.node.path} and take the value from what it returns."
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
