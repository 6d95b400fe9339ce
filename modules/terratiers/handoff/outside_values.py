"""Finds the SSM parameters and secrets that a tier reads and that no tier of the bundle makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.walk import walk

__all__ = ["values_from_outside"]

PARAMETERS = "SSM parameters"
SECRETS = "secrets of Secrets Manager"
_MAKERS = {PARAMETERS: "aws_ssm_parameter", SECRETS: "aws_secretsmanager_secret"}
# Blocks that read, with the argument that names what they read.
_READERS = {
    PARAMETERS: {"aws_ssm_parameter": "name"},
    SECRETS: {
        "aws_secretsmanager_secret": "name",
        "aws_secretsmanager_secret_version": "secret_id",
    },
}
# ARNs and commands. A name that goes on in a wildcard or a template is not known.
_NAMED = {
    PARAMETERS: re.compile(
        r"(?::ssm:[^:\s]*:[^:\s]*:parameter|\bssm get-parameters? [^\n|;]*?--names? [\"'\\]*)"
        r"(/?[\w./-]+)(?![\w./*?${-])"
    ),
    SECRETS: re.compile(
        r"(?::secretsmanager:[^:\s]*:[^:\s]*:secret:|"
        r"\bsecretsmanager get-secret-value [^\n|;]*?--secret-id [\"'\\]*)(?!arn:)"
        r"([\w/+=.@-]+?)(?:-\*|-\?{6})?(?![\w/+=.@*?${-])"
    ),
}
# Who may write the value makes it.
_WRITES = {
    PARAMETERS: re.compile(r"ssm:(?:PutParameter|\*)"),
    SECRETS: re.compile(r"secretsmanager:(?:PutSecretValue|CreateSecret|\*)"),
}
_PUBLIC = "/aws/"


def values_from_outside(
    tier: BundleTier, bundle: Sequence[BundleTier]
) -> dict[str, tuple[str, ...]]:
    """Names of what `tier` reads and none of `bundle` makes, sorted, by what it is.

    Looked for in data sources, policies and scripts; a name that is put together when it is applied
    is not found, nor is one behind a wildcard. AWS' public parameters are there always.
    """
    return {what: tuple(sorted(_read(tier, what) - _made(bundle, what))) for what in _NAMED}


def _made(bundle: Sequence[BundleTier], what: str) -> set[str]:
    return {
        _plain(str(body["name"]))
        for tier in bundle
        for kind, _, body in tier.blocks("resource")
        if kind == _MAKERS[what] and "name" in body
    }


def _read(tier: BundleTier, what: str) -> set[str]:
    found = set()
    for kind in ("data", "ephemeral"):
        for block_type, _, body in tier.blocks(kind):
            name = str(body.get(_READERS[what].get(block_type, ""), ""))
            if name and "${" not in name and not name.startswith("arn:"):
                found.add(name)
    for body in _bodies(tier):
        if not _WRITES[what].search(json.dumps(body)):
            for _, value in walk(body):
                found |= set(_NAMED[what].findall(value)) if isinstance(value, str) else set()
    return {_plain(name) for name in found if not name.startswith(_PUBLIC)}


def _plain(name: str) -> str:
    """`/url` and `url` have the same ARN."""
    return name.removeprefix("/") if name.rfind("/") == 0 else name


def _bodies(tier: BundleTier) -> Iterator[Mapping[str, Any]]:
    for kind in ("resource", "data", "ephemeral"):
        for _, _, body in tier.blocks(kind):
            yield body
