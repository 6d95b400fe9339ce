"""Which nested objects are blocks and which are attributes, as the providers themselves say.

Terraform JSON writes `{"root_block_device": [{...}]}` and `{"tags": {...}}` alike; HCL does not.
For the AWS provider that the library is made for, the answer is in `data/provider_blocks.json`; for
any other one Terraform is asked.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any, Final

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.labelled_blocks import labelled

__all__ = [
    "NO_BLOCKS",
    "BlockSchema",
    "Provider",
    "ProviderSchemas",
    "ask_terraform",
    "compact_schema",
    "load_schemas",
    "local_name",
    "required_providers",
]

_KINDS: Final = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}
_BUILT_IN: Final = "terraform.io/builtin/terraform"
_REGISTRY: Final = "registry.terraform.io"
_SECONDS: Final = 600


@dataclass(frozen=True)
class BlockSchema:
    """What may stand in a block: its required attributes, and its nested blocks."""

    required: frozenset[str] = frozenset()
    blocks: Mapping[str, BlockSchema] = field(default_factory=dict)


NO_BLOCKS: Final = BlockSchema()


@dataclass(frozen=True)
class Provider:
    """A provider as a tier requires it: its address and version constraint (may be empty)."""

    source: str
    version: str


@dataclass(frozen=True)
class _ProviderSchema:
    """`kinds` holds the blocks of `resource`, `data` and `ephemeral` by their types."""

    settings: BlockSchema
    kinds: Mapping[str, Mapping[str, BlockSchema]]


@dataclass(frozen=True)
class ProviderSchemas:
    """The schemas of the providers that some tiers use."""

    providers: Mapping[Provider, _ProviderSchema]

    def settings(self, provider: Provider) -> BlockSchema:
        """The schema of the `provider` block itself."""
        return self.providers[provider].settings

    def block(self, provider: Provider, kind: str, block_type: str) -> BlockSchema:
        """The schema of a `resource`, `data` or `ephemeral` block.

        Raises:
            HandoffError: when the provider has no such type.
        """
        if provider.source == _BUILT_IN:
            return NO_BLOCKS
        found = self.providers[provider].kinds[kind].get(block_type)
        if found is None:
            raise HandoffError(
                f"provider {provider.source} {provider.version} has no {kind} {block_type!r}: "
                "the bindings and the provider's version in required_providers do not match."
            )
        return found


def load_schemas(tiers: Iterable[BundleTier]) -> ProviderSchemas:
    """The schemas of all providers that the tiers require.

    Raises:
        HandoffError: when a provider is not in the library's catalog and Terraform, which would
            know it, is missing or fails.
    """
    needed = {
        provider: None for tier in tiers for provider in required_providers(tier.config).values()
    }
    return ProviderSchemas(
        {provider: _load(provider) for provider in needed if provider.source != _BUILT_IN}
    )


def required_providers(config: Mapping[str, Any]) -> dict[str, Provider]:
    """Local name and provider of every provider that a tier uses, named or not.

    Raises:
        HandoffError: when a block is none.
    """
    found = {}
    for _, requirements in labelled(config.get("terraform"), 0):
        for _, named in labelled(requirements.get("required_providers"), 0):
            for name, requirement in named.items():
                given = requirement if isinstance(requirement, dict) else {"version": requirement}
                found[name] = Provider(
                    _address(given.get("source", name)), given.get("version", "")
                )
    checks = [body for _, body in labelled(config.get("check"), 1)]
    used = [name for (name,), _ in labelled(config.get("provider"), 1)]
    for part, kind in [*product([config], _KINDS), *product(checks, ["data"])]:
        used += [local_name(labels[0], b) for labels, b in labelled(part.get(kind), 2)]
    for name in used:
        source = _BUILT_IN if name == "terraform" else _address(name)
        found.setdefault(name, Provider(source, ""))
    return found


def local_name(block_type: str, body: Mapping[str, Any]) -> str:
    """The local name of a block's provider: `aws` for `aws_vpc`, unless the block names one."""
    name: str = body.get("provider") or block_type.partition("_")[0]
    return name.partition(".")[0]


def _address(source: str) -> str:
    """The provider's full address: `registry.terraform.io/hashicorp/aws` for `aws`."""
    default = [_REGISTRY, "hashicorp"]
    parts = source.split("/")
    return "/".join([*default[: 3 - len(parts)], *parts]).lower()


def compact_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What the catalog holds of one provider in `terraform providers schema -json`.

    Equal blocks are stored once: each is a pair of required attributes and numbers of nested
    blocks in the list `blocks`; `provider`, `resource`, `data` and `ephemeral` name their numbers.
    """
    numbers: dict[str, int] = {}

    def number(block: Mapping[str, Any]) -> int:
        nested = sorted(block.get("block_types", {}).items())
        attributes = sorted(block.get("attributes", {}).items())
        compact = json.dumps(
            [
                [name for name, attribute in attributes if attribute.get("required")],
                {name: number(inner["block"]) for name, inner in nested},
            ]
        )
        return numbers.setdefault(compact, len(numbers))

    found: dict[str, Any] = {"provider": number(schema["provider"]["block"])}
    for kind, key in _KINDS.items():
        types = sorted(schema.get(key, {}).items())
        found[kind] = {name: number(inner["block"]) for name, inner in types}
    return {"blocks": [json.loads(block) for block in numbers], **found}


def _expand(compact: Mapping[str, Any]) -> _ProviderSchema:
    blocks: list[BlockSchema] = []
    for required, nested in compact["blocks"]:
        blocks.append(
            BlockSchema(
                frozenset(required), {name: blocks[number] for name, number in nested.items()}
            )
        )
    kinds = {
        kind: {name: blocks[number] for name, number in compact[kind].items()} for kind in _KINDS
    }
    return _ProviderSchema(blocks[compact["provider"]], kinds)


@cache
def _load(provider: Provider) -> _ProviderSchema:
    catalog = json.loads(
        (resources.files("terratiers.handoff") / "data/provider_blocks.json").read_text("utf-8")
    )
    exact = re.fullmatch(r"=?\s*(\S+)", provider.version.strip())
    if provider.source == catalog["provider"] and exact and exact[1] == catalog["version"]:
        return _expand(catalog["schema"])
    return _expand(compact_schema(ask_terraform(provider)))


def ask_terraform(provider: Provider) -> Mapping[str, Any]:
    """The provider's schema from Terraform, in an empty folder and without credentials."""
    wanted = f"{provider.source} {provider.version}".strip()
    remedy = "put Terraform and its way to the provider in reach, or write the bundle as JSON."
    terraform = shutil.which("terraform")
    if terraform is None:
        raise HandoffError(
            f"HCL for {wanted} needs the provider's schema, and no terraform is on PATH: {remedy}"
        )
    requirement = {"source": provider.source, "version": provider.version}
    config = {
        "terraform": {"required_providers": {"wanted": {k: v for k, v in requirement.items() if v}}}
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf.json").write_text(json.dumps(config), encoding="utf-8")
        for command in (["init", "-input=false", "-no-color"], ["providers", "schema", "-json"]):
            try:
                found = subprocess.run(
                    [terraform, *command],
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    check=True,
                    timeout=_SECONDS,
                )
            except (subprocess.SubprocessError, OSError) as error:
                said = (getattr(error, "stderr", "") or str(error)).strip()
                raise HandoffError(
                    f"HCL for {wanted} needs the provider's schema, and `terraform {command[0]}` "
                    f"failed: {remedy}\n{said}"
                ) from error
    schemas: Mapping[str, Any] = json.loads(found.stdout)["provider_schemas"]
    schema: Mapping[str, Any] = schemas[provider.source]
    return schema
