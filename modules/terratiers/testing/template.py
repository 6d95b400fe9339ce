"""Assertions on what a stack synthesizes to: cdktf's matchers, with a reason when they say no."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdktf import TerraformStack, Testing

from terratiers.testing.differences import ABSENT, differences, is_absent, without_absent

__all__ = ["ABSENT", "Template"]


class Template:
    """A stack's Terraform JSON with assertions.

    Properties are matched as cdktf's `Testing` does: maps partially and at any depth, lists whole
    and in order, `"80"` is not `80`. Write attributes as the JSON has them (`cidr_block`). An
    attribute that must not be there is `ABSENT`; `None` is refused, since the matchers would take
    it for anything.

    Make one with `from_stack`, `from_folder` or `from_json`.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self._text = json.dumps(config)

    @classmethod
    def from_stack(cls, stack: TerraformStack) -> Template:
        """Synthesizes `stack`, with its validations and its references to other stacks.

        Raises:
            AssertionError: when `stack` is no stack.
            RuntimeError: with the messages of the validations that failed.
        """
        if not isinstance(stack, TerraformStack):
            raise AssertionError(f"{stack!r} is no TerraformStack: pass the stack itself.")
        for other in stack.node.root.node.children:
            if isinstance(other, TerraformStack):
                other.prepare_stack()
        return cls.from_json(Testing.synth(stack, True))

    @classmethod
    def from_folder(cls, folder: Path | str, stack: str | None = None) -> Template:
        """Reads a synthesized stack.

        Args:
            folder: A stack's folder, or the output folder (`cdktf.out`) when `stack` is given.
            stack: The stack's name.

        Raises:
            AssertionError: when there is no `cdk.tf.json`.
        """
        where = Path(folder) / "stacks" / stack if stack else Path(folder)
        file = where / "cdk.tf.json"
        if not file.is_file():
            raise AssertionError(f"{where} has no cdk.tf.json: synthesize the program first.")
        return cls.from_json(file.read_text(encoding="utf-8"))

    @classmethod
    def from_json(cls, text: str) -> Template:
        """Reads Terraform JSON."""
        return cls(json.loads(text))

    def has_resource(self, type: str, props: Mapping[str, Any] | None = None) -> None:
        """At least one resource of `type` has `props`.

        Raises:
            AssertionError: with the closest resource and where it differs.
        """
        self._has("resource", type, props or {})

    def has_data_source(self, type: str, props: Mapping[str, Any] | None = None) -> None:
        """At least one data source of `type` (`aws_region`, without `data.`) has `props`."""
        self._has("data", type, props or {})

    def has_no_resource(self, type: str, props: Mapping[str, Any] | None = None) -> None:
        """No resource of `type` has `props`; without `props`, there is none of that type."""
        _check_props(props or {})
        for name, body in self.resources(type).items():
            if not list(differences(props or {}, body)):
                raise AssertionError(f"{type}.{name} is there, and should not be.")

    def resource_count(self, type: str, count: int) -> None:
        """There are exactly `count` resources of `type`."""
        found = self.resources(type)
        if len(found) != count:
            names = ", ".join(sorted(found)) or "none"
            raise AssertionError(f"expected {count} of {type}, found {len(found)}: {names}")

    def all_resources(self, type: str, props: Mapping[str, Any]) -> None:
        """Every resource of `type` has `props`, and there is at least one."""
        self._has("resource", type, {})
        _check_props(props)
        faults = [
            f"{type}.{name}: {line}"
            for name, body in sorted(self.resources(type).items())
            for line in differences(props, body)
        ]
        if faults:
            raise AssertionError("not all are as expected:\n  " + "\n  ".join(faults))

    def has_output(self, name: str, props: Mapping[str, Any] | None = None) -> None:
        """There is an output `name` that has `props` (`value`, `description`, `sensitive`)."""
        _check_props(props or {})
        if name not in self.outputs:
            raise AssertionError(f"no output {name}{_closest(name, self.outputs)}")
        faults = list(differences(props or {}, self.outputs[name]))
        if faults:
            raise AssertionError(f"output {name}:\n  " + "\n  ".join(faults))

    def resource(self, address: str) -> dict[str, Any]:
        """The body of the resource or data source at `address` (`aws_vpc.main`, `data.x.y`)."""
        kind = "data" if address.startswith("data.") else "resource"
        type, _, name = address.removeprefix("data.").partition(".")
        body = self.config.get(kind, {}).get(type, {}).get(name)
        if body is None:
            raise AssertionError(f"no {address}{_closest(address, self.addresses())}")
        return dict(body)

    def resources(self, type: str) -> dict[str, dict[str, Any]]:
        """The resources of `type` by name; empty when there are none."""
        return dict(self.config.get("resource", {}).get(type, {}))

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """The outputs by name."""
        return dict(self.config.get("output", {}))

    def addresses(self) -> list[str]:
        """The addresses of all resources and data sources, sorted."""
        return sorted(
            f"{prefix}{type}.{name}"
            for kind, prefix in (("resource", ""), ("data", "data."))
            for type, bodies in self.config.get(kind, {}).items()
            for name in bodies
        )

    def _has(self, kind: str, type: str, props: Mapping[str, Any]) -> None:
        _check_props(props)
        matcher = (
            Testing.to_have_resource_with_properties
            if kind == "resource"
            else Testing.to_have_data_source_with_properties
        )
        bodies = self.config.get(kind, {}).get(type, {})
        matches = bool(bodies) and matcher(self._text, type, without_absent(props))
        if matches and _has_absent(props):
            matches = any(not list(differences(props, body)) for body in bodies.values())
        if matches:
            return
        raise AssertionError(self._explain(kind, type, props, bodies))

    def _explain(
        self, kind: str, type: str, props: Mapping[str, Any], bodies: Mapping[str, Any]
    ) -> str:
        label = f"data.{type}" if kind == "data" else type
        if not bodies:
            return f"no {label}{_closest(type, self.config.get(kind, {}))}"
        faults = {name: list(differences(props, body)) for name, body in bodies.items()}
        name = min(sorted(faults), key=lambda n: len(faults[n]))
        others = ", ".join(sorted(set(faults) - {name}))
        lines = [f"no {label} has the expected properties; the closest is {label}.{name}:"]
        lines += [f"  {line}" for line in faults[name] or ["the matcher of cdktf says no"]]
        return "\n".join([*lines, f"others: {others}"] if others else lines)


def _check_props(props: Any, path: str = "props") -> None:
    """Refuses what the matchers would misread."""
    if props is None:
        raise AssertionError(f"{path} is None, which matches anything: use ABSENT, or a value.")
    if isinstance(props, (tuple, set, frozenset)):
        raise AssertionError(f"{path} is a {type(props).__name__}: write a list.")
    if isinstance(props, Mapping):
        for key, value in props.items():
            _check_props(value, f"{path}.{key}")
    elif isinstance(props, list):
        for index, value in enumerate(props):
            if is_absent(value):
                raise AssertionError(f"{path}[{index}] is ABSENT: lists are matched whole.")
            _check_props(value, f"{path}[{index}]")


def _has_absent(props: Any) -> bool:
    if isinstance(props, Mapping):
        return any(_has_absent(value) for value in props.values())
    if isinstance(props, list):
        return any(_has_absent(value) for value in props)
    return is_absent(props)


def _closest(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return f"; the closest are {', '.join(close)}"
    return f"; there are {', '.join(names[:10])}" if names else "; there are none at all"
