"""How Terraform reads each kind of block in JSON, and how people order it in HCL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from terratiers.handoff.provider_schema import NO_BLOCKS, BlockSchema

__all__ = ["BACKENDS", "ROOT", "Syntax"]

# The backends that have nested blocks; those of the others, S3's too, are all attributes.
BACKENDS: Final = {
    "cos": BlockSchema(blocks={"assume_role": NO_BLOCKS}),
    "kubernetes": BlockSchema(blocks={"exec": NO_BLOCKS}),
    "oss": BlockSchema(blocks={"assume_role": NO_BLOCKS}),
    "remote": BlockSchema(blocks={"workspaces": NO_BLOCKS}),
}


@dataclass(frozen=True)
class Syntax:
    """One kind of block.

    Args:
        labels: How many labels stand before its brace.
        schema_kind: `resource`, `data`, `ephemeral`, `provider` or `backend` when the schema of
            what the first label names belongs to it.
        schema: The provider's own part.
        blocks: Nested blocks of Terraform's own, by name, in the order in which they are written
            after the provider's.
        dynamic: Whether `dynamic` in it makes nested blocks, instead of being an argument.
        bare: Arguments that JSON gives as strings and HCL as references or keywords.
        literal: Arguments that Terraform does not evaluate: `${` in them has no meaning.
        all_literal: Whether that is so for every argument.
        head: Arguments that come first, set apart.
        first: Arguments that come before all others, in this order.
        last: Arguments that come after all others, set apart.
        tail: Arguments that come after the nested blocks.
    """

    labels: int = 0
    schema_kind: str = ""
    schema: BlockSchema = NO_BLOCKS
    blocks: Mapping[str, Syntax] = field(default_factory=dict)
    dynamic: bool = False
    bare: tuple[str, ...] = ()
    literal: tuple[str, ...] = ()
    all_literal: bool = False
    head: tuple[str, ...] = ()
    first: tuple[str, ...] = ("name", "name_prefix", "description")
    last: tuple[str, ...] = ("tags", "tags_all")
    tail: tuple[str, ...] = ()

    def nested(self, name: str) -> Syntax | None:
        """The syntax of a nested block; None when the name is an argument's."""
        if name in self.blocks:
            return self.blocks[name]
        schema = self.schema.blocks.get(name)
        if schema is None:
            return None
        return Syntax(schema=schema, dynamic=True, all_literal=self.all_literal)

    def with_schema(self, schema: BlockSchema) -> Syntax:
        return replace(self, schema=schema)

    def is_literal(self, name: str) -> bool:
        return self.all_literal or name in self.literal

    def rank(self, name: str) -> int:
        """Where an argument stands among the others; those of equal rank keep their order."""
        if name in self.first:
            return self.first.index(name) - len(self.first)
        if name in self.last:
            return 2
        return 0 if name in self.schema.required else 1


_CONDITION: Final = Syntax(first=("condition", "error_message"))
_LIFECYCLE: Final = Syntax(
    blocks={"precondition": _CONDITION, "postcondition": _CONDITION},
    bare=("ignore_changes", "replace_triggered_by"),
    literal=("create_before_destroy", "prevent_destroy", "destroy"),
)
_CONNECTION: Final = Syntax(dynamic=True, first=("type",))
_PROVISIONERS: Final = {
    "connection": _CONNECTION,
    "provisioner": Syntax(
        labels=1,
        blocks={"connection": _CONNECTION},
        dynamic=True,
        bare=("when", "on_failure"),
        first=("when", "on_failure"),
    ),
}


def _provider_block(kind: str) -> Syntax:
    return Syntax(
        labels=2,
        schema_kind=kind,
        blocks={**_PROVISIONERS, "lifecycle": _LIFECYCLE},
        dynamic=True,
        bare=("provider", "depends_on"),
        head=("count", "for_each", "provider"),
        tail=("depends_on",),
    )


_LITERAL: Final = Syntax(all_literal=True)

ROOT: Final = Syntax(
    blocks={
        "terraform": Syntax(
            blocks={
                "required_providers": _LITERAL,
                "provider_meta": Syntax(labels=1),
                "backend": Syntax(labels=1, schema_kind="backend", all_literal=True),
                "cloud": Syntax(all_literal=True, blocks={"workspaces": _LITERAL}),
            },
            bare=("experiments", "language"),
            literal=("required_version",),
        ),
        "provider": Syntax(
            labels=1,
            schema_kind="provider",
            dynamic=True,
            literal=("alias", "version"),
            first=("alias",),
        ),
        "variable": Syntax(
            labels=1,
            blocks={"validation": _CONDITION},
            bare=("type",),
            all_literal=True,
            first=("type", "description", "default"),
        ),
        "locals": Syntax(first=(), last=()),
        "data": _provider_block("data"),
        "ephemeral": _provider_block("ephemeral"),
        "resource": _provider_block("resource"),
        "module": Syntax(
            labels=1,
            bare=("providers", "depends_on"),
            literal=("source", "version"),
            head=("source", "version"),
            first=("count", "for_each", "providers"),
            tail=("depends_on",),
        ),
        "output": Syntax(
            labels=1,
            blocks={"precondition": _CONDITION},
            bare=("depends_on",),
            literal=("description", "sensitive", "ephemeral"),
            first=("description", "value"),
            tail=("depends_on",),
        ),
        "check": Syntax(labels=1, blocks={"data": _provider_block("data"), "assert": _CONDITION}),
        "moved": Syntax(bare=("from", "to"), first=("from", "to")),
        "import": Syntax(bare=("to", "provider"), head=("for_each",), first=("to", "id")),
        "removed": Syntax(
            blocks={**_PROVISIONERS, "lifecycle": _LIFECYCLE}, bare=("from",), first=("from",)
        ),
    }
)
