"""The contract between tiers: frozen dataclasses whose fields become Terraform outputs.

A construct that can be shared has `attributes`, a frozen dataclass of two kinds of fields:

* `output(...)`: a value that only Terraform knows. The producing tier publishes it, the consuming
  tier reads it from the producer's remote state.
* `fact(...)`: a literal that the program knows while it runs (zone names, kinds of subnets). It
  is handed over as it is, and it gives the keys of the outputs that are maps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from terratiers.core.tokens import terraform_expression

from constructs import Construct, Node

__all__ = [
    "OutputField",
    "Shareable",
    "fact",
    "fact_names",
    "facts_of",
    "output",
    "read_attributes",
    "written_outputs",
]

_KEY = "terratiers"
A = TypeVar("A")
I_co = TypeVar("I_co", covariant=True)


@dataclasses.dataclass(frozen=True)
class OutputField:
    """What an output is: `keys` names the facts that hold the keys of a map, outermost first."""

    description: str
    keys: tuple[str, ...] = ()
    sensitive: bool = False
    only_if: str | None = None


@runtime_checkable
class Shareable(Protocol[I_co]):
    """A construct that another tier can use: it has `attributes` and is made again from them."""

    Attributes: ClassVar[type[Any]]

    @property
    def attributes(self) -> Any: ...

    @property
    def node(self) -> Node: ...

    @classmethod
    def from_attributes(cls, scope: Construct, id: str, attributes: Any) -> I_co:
        """The construct again, of what was read from the producer's state."""
        ...


def output(
    description: str,
    *,
    keys: tuple[str, ...] = (),
    sensitive: bool = False,
    only_if: str | None = None,
) -> Any:
    """A field that becomes a Terraform output.

    Args:
        description: The output's description, for who reads the state.
        keys: For a map, the facts that hold its keys. With two, there is one output for each key
            of the first: `subnet_ids` gives `vpc_private_subnet_ids`, `vpc_public_subnet_ids`.
        sensitive: Whether Terraform hides the value.
        only_if: The fact without which the output does not exist; the field is None then.
    """
    meta = OutputField(description, keys, sensitive, only_if)
    if only_if:
        return dataclasses.field(default=None, metadata={_KEY: meta})
    return dataclasses.field(metadata={_KEY: meta})


def fact(*, default: Any = dataclasses.MISSING) -> Any:
    """A field that is a literal at synth time.

    Args:
        default: What it is when nothing is given. Default: it has to be given.
    """
    return dataclasses.field(default=default)


def written_outputs(prefix: str, attributes: Any) -> Iterator[tuple[str, Any, OutputField]]:
    """Name, value and description of each output that `attributes` makes."""
    for name, meta in _output_fields(type(attributes)):
        value = getattr(attributes, name)
        if value is None:
            continue
        if len(meta.keys) == 2:
            for key, inner in value.items():
                described = dataclasses.replace(meta, description=f"{meta.description} ({key})")
                yield _output_name(prefix, f"{key}_{name}"), dict(inner), described
        else:
            plain = dict(value) if isinstance(value, Mapping) else value
            yield _output_name(prefix, name), plain, meta


def read_attributes(
    kind: type[A], prefix: str, facts: Mapping[str, Any], reference: Callable[[str], str]
) -> A:
    """`kind` with every output read through `reference`, a function of the output's name."""
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    facts = {name: facts.get(name, defaults[name]) for name in fact_names(kind)}
    values: dict[str, Any] = dict(facts)
    for name, meta in _output_fields(kind):
        if meta.only_if and not facts[meta.only_if]:
            continue
        plain = _output_name(prefix, name)
        if not meta.keys:
            values[name] = terraform_expression(reference(plain))
        elif len(meta.keys) == 1:
            values[name] = _read_map(reference(plain), facts[meta.keys[0]])
        else:
            values[name] = {
                key: _read_map(
                    reference(_output_name(prefix, f"{key}_{name}")), facts[meta.keys[1]]
                )
                for key in facts[meta.keys[0]]
            }
    return kind(**values)


def facts_of(attributes: Any) -> dict[str, Any]:
    """The facts of `attributes` by name."""
    return {name: getattr(attributes, name) for name in fact_names(type(attributes))}


def fact_names(kind: type[Any]) -> dict[str, bool]:
    """The names of the facts of `kind`, and whether each has to be given."""
    return {
        field.name: field.default is dataclasses.MISSING
        for field in dataclasses.fields(kind)
        if _KEY not in field.metadata
    }


def _read_map(reference: str, keys: Any) -> dict[str, str]:
    return {key: terraform_expression(f'{reference}["{key}"]') for key in keys}


def _output_name(prefix: str, name: str) -> str:
    """`vpc` and `vpc_id` make `vpc_id`, `data_key` and `key_arn` make `data_key_arn`,
    `main` and `vpc_id` make `main_vpc_id`: a word is not said twice in a row."""
    name = name.replace("-", "_")
    first, _, rest = name.partition("_")
    return f"{prefix}_{rest}" if rest and prefix.rpartition("_")[2] == first else f"{prefix}_{name}"


def _output_fields(kind: type[Any]) -> Iterator[tuple[str, OutputField]]:
    for field in dataclasses.fields(kind):
        meta = field.metadata.get(_KEY)
        if isinstance(meta, OutputField):
            yield field.name, meta
