"""Derives HCL from a tier's Terraform JSON: the same configuration, as people write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.hcl_block import Block
from terratiers.handoff.hcl_expression import bare, expression, literal
from terratiers.handoff.hcl_layout import Value
from terratiers.handoff.hcl_syntax import BACKENDS, ROOT, Syntax
from terratiers.handoff.hcl_template import TemplateError
from terratiers.handoff.labelled_blocks import labelled
from terratiers.handoff.provider_schema import (
    NO_BLOCKS,
    BlockSchema,
    Provider,
    ProviderSchemas,
    local_name,
    required_providers,
)

__all__ = ["write_hcl"]

_COMMENT: Final = "//"
# The file for each block of Terraform's, in the order in which they are written.
_FILES: Final = {
    "terraform": "providers.tf",
    "provider": "providers.tf",
    "variable": "variables.tf",
    "locals": "locals.tf",
    "data": "data.tf",
    "ephemeral": "data.tf",
    "resource": "main.tf",
    "module": "main.tf",
    "output": "outputs.tf",
    "check": "checks.tf",
    "moved": "moved.tf",
    "removed": "moved.tf",
    "import": "imports.tf",
}
_BACKEND_FILE: Final = "backend.tf"
_BACKENDS: Final = ("backend", "cloud")
_OF_PROVIDERS: Final = ("resource", "data", "ephemeral")
_FULL_TYPES: Final = {kind: f"{kind}(any)" for kind in ("list", "map", "set")}


def write_hcl(tier: BundleTier, schemas: ProviderSchemas) -> dict[str, str]:
    """The tier's configuration in HCL, by file name, formatted as `terraform fmt` does.

    Terraform makes the same plan of it as of `tier.config`. Resources are ordered by the path of
    the construct that made them, which stands in a comment above each; the policy checks that are
    skipped at a resource are comments in it, in checkov's own form.

    Args:
        tier: The tier; `config` is Terraform JSON.
        schemas: Made by `load_schemas` of this tier and others.

    Raises:
        HandoffError: when the configuration is none that Terraform accepts, or does not match the
            provider's schema.
    """
    unknown = sorted(tier.config.keys() - _FILES.keys() - {_COMMENT})
    if unknown:
        raise HandoffError(f"{tier.name}: {unknown[0]!r} is no block of Terraform's.")
    writer = _Writer(schemas, required_providers(tier.config))
    files: dict[str, list[Block]] = {}
    for kind, file in _FILES.items():
        syntax = ROOT.blocks[kind]
        for labels, body in _in_order(tier, kind, syntax.labels):
            address = _address(kind, labels)
            try:
                block = writer.block(kind, labels, body, syntax)
            except (TemplateError, HandoffError) as error:
                raise HandoffError(f"{tier.name}: {address}: {error}") from error
            block.comment = tier.construct_paths.get(address, "")
            skipped = tier.skipped_checks.get(address, {}).items()
            block.notes = [f"checkov:skip={check}:{reason}" for check, reason in skipped]
            for part_file, part in _split(block, file):
                files.setdefault(part_file, []).append(part)
    return {
        file: "\n\n".join("\n".join(block.lines()) for block in blocks) + "\n"
        for file, blocks in files.items()
    }


def _split(block: Block, file: str) -> Iterator[tuple[str, Block]]:
    """The block with its file; the backend gets a file of its own."""
    backends = [nested for nested in block.blocks if nested.name in _BACKENDS]
    if block.name != "terraform" or not backends:
        yield file, block
        return
    settings = [nested for nested in block.blocks if nested not in backends]
    if block.arguments or settings:
        yield file, Block("terraform", arguments=block.arguments, blocks=settings)
    yield _BACKEND_FILE, Block("terraform", blocks=backends)


def _in_order(
    tier: BundleTier, kind: str, labels: int
) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The blocks of a kind with their labels; resources in the order of their construct paths."""
    found = list(labelled(tier.config.get(kind), labels))
    if kind not in _OF_PROVIDERS:
        return found
    return sorted(found, key=lambda item: _place(tier.construct_paths, _address(kind, item[0])))


def _address(kind: str, labels: tuple[str, ...]) -> str:
    """How Terraform calls it: `aws_vpc.main`, `data.aws_vpc.main`, `output.vpc_id`."""
    return ".".join(labels if kind == "resource" else (kind, *labels))


def _place(construct_paths: Mapping[str, str], address: str) -> tuple[list[Any], str]:
    """What to sort by: a construct's own resource, then its others, and numbers as such."""
    path = construct_paths.get(address, "").split("/")
    return [
        (name != "resource", [(text, int(n or 0)) for text, n in re.findall(r"(\D*)(\d*)", name)])
        for name in path
    ], address


@dataclass(frozen=True)
class _Writer:
    schemas: ProviderSchemas
    providers: Mapping[str, Provider]

    def block(
        self, name: str, labels: tuple[str, ...], body: Mapping[str, Any], syntax: Syntax
    ) -> Block:
        """A block with everything in it."""
        if syntax.schema_kind:
            syntax = syntax.with_schema(self._schema(syntax.schema_kind, labels[0], body))
        block = Block(name, tuple(labels))
        arguments: list[tuple[str, Any]] = []
        own: dict[str, list[Block]] = {}
        for key, value in body.items():
            nested = syntax.nested(key)
            if key == _COMMENT:
                continue
            if key == "dynamic" and syntax.dynamic:
                for (label,), inner in labelled(value, 1):
                    block.blocks.append(self._dynamic(label, inner, syntax))
            elif nested is None:
                arguments.append((key, value))
            else:
                blocks = [
                    self.block(key, inner_labels, inner, nested)
                    for inner_labels, inner in labelled(value, nested.labels)
                ]
                if key in syntax.blocks:
                    own[key] = blocks
                else:
                    block.blocks += blocks
        for key in syntax.blocks:
            block.blocks += own.get(key, [])
        arguments.sort(key=lambda item: syntax.rank(item[0]))
        apart = {
            **dict.fromkeys(syntax.head, block.head),
            **dict.fromkeys(syntax.last, block.foot),
            **dict.fromkeys(syntax.tail, block.tail),
        }
        for key, value in arguments:
            apart.get(key, block.arguments).append((key, _value(key, value, syntax)))
        return block

    def _dynamic(self, label: str, body: Mapping[str, Any], parent: Syntax) -> Block:
        content = parent.nested(label) or Syntax(dynamic=True)
        syntax = Syntax(
            blocks={"content": content}, bare=("iterator",), first=("for_each", "iterator")
        )
        return self.block("dynamic", (label,), body, syntax)

    def _schema(self, kind: str, label: str, body: Mapping[str, Any]) -> BlockSchema:
        if kind == "provider":
            return self.schemas.settings(self.providers[label])
        if kind == "backend":
            return BACKENDS.get(label, NO_BLOCKS)
        provider = self.providers[local_name(label, body)]
        return self.schemas.block(provider, kind, label)


def _value(key: str, value: Any, syntax: Syntax) -> Value:
    if key in syntax.bare:
        return bare(_FULL_TYPES.get(value, value) if key == "type" else value)
    return literal(value) if syntax.is_literal(key) else expression(value)
