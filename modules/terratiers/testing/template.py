"""Assertions on what a stack synthesizes to: cdktf's matchers, with a reason when they say no."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terratiers.testing.differences import ABSENT, Difference, differences
from terratiers.testing.known_types import closest, explain_missing_type
from terratiers.testing.props import check_props, without_absent

from cdktf import TerraformStack, Testing

__all__ = ["ABSENT", "Template"]

_Bodies = dict[str, dict[str, Any]]
_MOST_LINES = 12


class Template:
    """A stack's Terraform JSON with assertions; make one with `from_stack` or `from_folder`.

    Properties match as cdktf's `Testing` has it: maps partially and at any depth, lists whole and
    in order (their items partially), and `"80"` is not `80`. Attributes are written as the JSON
    has them (`cidr_block`); one that must not be there is `ABSENT`. What the matchers would take
    for something else (`None`, tuples, tokens, ...) raises `TypeError`, and a match that rests on
    their leniency (camelCase keys, `{}` for any text) counts as none.

    Args:
        config: The Terraform JSON. cdktf's metadata (`//`) is left out of it.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config: dict[str, Any] = _without_metadata(config)

    @classmethod
    def from_stack(cls, stack: TerraformStack) -> Template:
        """Synthesizes `stack` as `cdktf synth` does, validations and aspects included.

        Args:
            stack: Any stack of an app. The app's other stacks are prepared, so that references
                between them show, but not synthesized.

        Raises:
            TypeError: when `stack` is no stack.
            RuntimeError: with the messages of failed validations and of error annotations.
        """
        if not isinstance(stack, TerraformStack):
            raise TypeError(f"stack is {stack!r}: pass a TerraformStack.")
        for construct in stack.node.root.node.find_all():
            if isinstance(construct, TerraformStack):
                construct.prepare_stack()
        # not Testing.synth(stack, True): that lets error annotations pass
        outdir = Testing.full_synth(stack)
        try:
            (folder,) = Path(outdir, "stacks").iterdir()
            return cls.from_folder(folder)
        finally:
            shutil.rmtree(outdir, ignore_errors=True)

    @classmethod
    def from_folder(cls, folder: Path | str, stack: str | None = None) -> Template:
        """Reads a synthesized stack.

        Args:
            folder: The output folder (`cdktf.out`) when `stack` is given, else a stack's folder.
            stack: The stack's name.

        Raises:
            FileNotFoundError: when there is no `cdk.tf.json`; it names the stacks there are.
        """
        where = Path(folder) / "stacks" / stack if stack else Path(folder)
        file = where / "cdk.tf.json"
        if not file.is_file():
            found = sorted(f.parent.name for f in Path(folder).glob("stacks/*/cdk.tf.json"))
            hint = f"it has the stacks {', '.join(found)}" if found else "synthesize first"
            raise FileNotFoundError(f"{where} has no cdk.tf.json: {hint}.")
        return cls.from_json(file.read_text(encoding="utf-8"))

    @classmethod
    def from_json(cls, text: str) -> Template:
        """Reads Terraform JSON, such as `Testing.synth(stack)` returns.

        Raises:
            ValueError: when `text` is no JSON, or not a map.
        """
        config = json.loads(text)
        if not isinstance(config, dict):
            raise ValueError(f"Terraform JSON is a map, and not {config!r}.")
        return cls(config)

    def has_resource(self, type: str, props: Mapping[str, Any] | None = None) -> None:
        """At least one resource of `type` has `props`.

        Args:
            type: Terraform's name of the type: `aws_vpc`.
            props: Expected attributes. Default: any resource of the type will do.

        Raises:
            AssertionError: with the closest resource and where it differs.
        """
        __tracebackhide__ = True
        self._assert_has("resource", type, {} if props is None else props)

    def has_data_source(self, type: str, props: Mapping[str, Any] | None = None) -> None:
        """At least one data source of `type` (`aws_region`, without `data.`) has `props`.

        Raises:
            AssertionError: with the closest data source and where it differs.
        """
        __tracebackhide__ = True
        self._assert_has("data", type, {} if props is None else props)

    def has_no_resource(self, type: str, props: Mapping[str, Any] | None = None) -> None:
        """No resource of `type` has `props`; without `props`, there is none of that type.

        Raises:
            AssertionError: with the resources that do, or when the provider has no such type.
        """
        __tracebackhide__ = True
        expected = {} if props is None else props
        check_props(expected)
        bodies = self._existing("resource", type, wanted=False)
        found = [
            f"{type}.{name}"
            for name, body in sorted(bodies.items())
            # in doubt it is there: only what must be absent can contradict the matcher
            if _matcher_agrees("resource", type, body, expected)
            and all(d.expected is not ABSENT for d in differences(expected, body))
        ]
        if found:
            what = f"has {dict(expected)!r}" if expected else "is there"
            raise AssertionError(f"expected that no {type} {what}, found {', '.join(found)}")

    def resource_count(self, type: str, count: int) -> None:
        """There are exactly `count` resources of `type`.

        Raises:
            AssertionError: with the addresses found, or when the provider has no such type.
        """
        __tracebackhide__ = True
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise TypeError(f"count is {count!r}: write a number from 0.")
        found = sorted(
            f"{type}.{name}" for name in self._existing("resource", type, wanted=count > 0)
        )
        if len(found) != count:
            names = f": {', '.join(found)}" if found else ""
            raise AssertionError(f"expected {count} {type}, found {len(found)}{names}")

    def all_resources(self, type: str, props: Mapping[str, Any]) -> None:
        """Every resource of `type` has `props`, and there is at least one.

        Raises:
            AssertionError: with each resource that differs, and where.
        """
        __tracebackhide__ = True
        check_props(props)
        bodies = self._existing("resource", type)
        if not bodies:
            raise AssertionError(f"no {type}{closest(type, self.config.get('resource', {}))}")
        faults = _faults("resource", type, bodies, props)
        lines = [f"{type}.{name}.{fault}" for name in sorted(faults) for fault in faults[name]]
        wrong = sum(map(bool, faults.values()))
        if wrong:
            head = f"{wrong} of {len(bodies)} {type} lack the expected properties:"
            raise AssertionError(_report(head, lines))

    def has_output(self, name: str, props: Mapping[str, Any] | None = None) -> None:
        """There is an output `name` that has `props` (`value`, `description`, `sensitive`).

        Raises:
            AssertionError: with the closest names, or where the output differs.
        """
        __tracebackhide__ = True
        expected = {} if props is None else props
        check_props(expected)
        if name not in self.outputs:
            raise AssertionError(f"no output {name}{closest(name, self.outputs)}")
        # the matchers know resources only: to them the output is one
        faults = _faults("resource", "output", {name: self.outputs[name]}, expected)[name]
        if faults:
            raise AssertionError(_report(f"output {name} lacks the expected properties:", faults))

    def resource(self, address: str) -> dict[str, Any]:
        """The body of what is at `address`: `aws_vpc.main`, `data.aws_region.here`.

        Raises:
            AssertionError: with the closest addresses.
        """
        __tracebackhide__ = True
        kind = "data" if address.startswith("data.") else "resource"
        type, _, name = address.removeprefix("data.").partition(".")
        bodies = self._bodies(kind, type)
        if name not in bodies:
            raise AssertionError(f"no {address}{closest(address, self.addresses())}")
        return bodies[name]

    def resources(self, type: str) -> _Bodies:
        """The bodies of the resources of `type` by name; empty when there are none."""
        return self._bodies("resource", type)

    @property
    def outputs(self) -> _Bodies:
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

    def _bodies(self, kind: str, type: str) -> _Bodies:
        return dict(self.config.get(kind, {}).get(type, {}))

    def _existing(self, kind: str, type: str, *, wanted: bool = True) -> _Bodies:
        """The bodies of `type`; fails when there are none because there is no such type.

        Where none is wanted, a data source of that type is in nobody's way.
        """
        __tracebackhide__ = True
        if not isinstance(type, str):
            raise TypeError(f"type is {type!r}: write Terraform's name of it, like 'aws_vpc'.")
        bodies = self._bodies(kind, type)
        reason = None if bodies else explain_missing_type(kind, type, self.config if wanted else {})
        if reason:
            raise AssertionError(reason)
        return bodies

    def _assert_has(self, kind: str, type: str, props: Mapping[str, Any]) -> None:
        __tracebackhide__ = True
        check_props(props)
        bodies = self._existing(kind, type)
        label = f"data.{type}" if kind == "data" else type
        if not bodies:
            raise AssertionError(f"no {label}{closest(type, self.config.get(kind, {}))}")
        faults = _faults(kind, type, bodies, props)
        if not all(faults.values()):
            return
        nearest = min(sorted(faults), key=lambda name: len(faults[name]))
        head = f"no {label} has the expected properties; the closest is {label}.{nearest}:"
        others = [f"{label}.{name}" for name in sorted(faults) if name != nearest]
        raise AssertionError(_report(head, faults[nearest], others))


def _matcher_agrees(kind: str, type: str, body: Any, props: Mapping[str, Any]) -> bool:
    """What cdktf's matcher says of one body."""
    text = json.dumps({kind: {type: {"it": body}}})
    if kind == "data":
        matcher = Testing.to_have_data_source_with_properties
    else:
        matcher = Testing.to_have_resource_with_properties
    return matcher(text, type, without_absent(props))


def _faults(
    kind: str, type: str, bodies: _Bodies, props: Mapping[str, Any]
) -> dict[str, list[Difference | str]]:
    """By name, why the body does not match; an empty list for one that does."""
    faults: dict[str, list[Difference | str]] = {}
    for name, body in bodies.items():
        faults[name] = list(differences(props, body))
        if not faults[name] and not _matcher_agrees(kind, type, body, props):
            faults[name] = [f"cdktf's matcher refuses it without a visible difference: {body!r}"]
    return faults


def _report(head: str, lines: list[Any], others: list[str] | None = None) -> str:
    shown = [f"  {line}" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"  ... and {len(lines) - _MOST_LINES} more")
    if others:
        more = ", ..." if len(others) > _MOST_LINES else ""
        shown.append(f"others: {', '.join(others[:_MOST_LINES])}{more}")
    return "\n".join([head, *shown])


def _without_metadata(item: Any) -> Any:
    if isinstance(item, Mapping):
        return {key: _without_metadata(value) for key, value in item.items() if key != "//"}
    if isinstance(item, list):
        return [_without_metadata(inner) for inner in item]
    return item
