"""What the roles that plan and apply a tier may do, as IAM policies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.state_permissions import state_statements
from terratiers.handoff.walk import walk

__all__ = ["RequiredPermissions", "permission_sources", "policy_files", "required_permissions"]

# A customer managed policy's limit, blanks not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MOST_CHARACTERS = 6144
_VERSION = "2012-10-17"
# What a service does with a key in the name of the caller, who needs the permission for it, too.
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
_KEY_USE = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)


@dataclass(frozen=True)
class RequiredPermissions:
    """What two roles need for some tiers.

    Args:
        plan: Policy documents of the role that plans. It changes nothing but the lock of a state.
        apply: Policy documents of the role that applies and destroys.
        guessed: Resource types that no source knows: the role gets all of their service.
        unknown: Resource types and data sources (`data.aws_...`) for which nothing is granted.
    """

    plan: tuple[Mapping[str, Any], ...]
    apply: tuple[Mapping[str, Any], ...]
    guessed: tuple[str, ...]
    unknown: tuple[str, ...]


def required_permissions(tiers: Sequence[BundleTier]) -> RequiredPermissions:
    """The permissions for one tier, or for several that one role deploys.

    Each document fits a customer managed policy (6,144 characters); several have to be attached
    together.
    """
    reads: set[str] = set()
    writes: set[str] = set()
    guessed: set[str] = set()
    unknown: set[str] = set()
    catalog = _catalog()
    for kind in _types(tiers, "resource"):
        entry = catalog["resources"].get(kind)
        service = catalog["services"].get(kind.split("_")[1])
        if entry:
            reads.update(entry["read"])
            writes.update(entry["write"])
        elif service:
            guessed.add(kind)
            reads.update(f"{service}:{verb}*" for verb in ("Describe", "Get", "List"))
            writes.add(f"{service}:*")
        else:
            unknown.add(kind)
    for tier in tiers:
        for kind, _, body in tier.blocks("resource"):
            for attribute, actions in catalog["attributes"].get(kind, {}).items():
                if body.get(attribute):
                    writes.update(actions)
    for kind in _types(tiers, "data"):
        if kind in catalog["data_sources"]:
            reads.update(catalog["data_sources"][kind])
        elif kind in catalog["resources"]:
            reads.update(catalog["resources"][kind]["read"])
        else:
            unknown.add(f"data.{kind}")
    state = {writable: state_statements(tiers, writable=writable) for writable in (False, True)}
    apply = [*state[True], *_statements(reads | writes)]
    if _uses_keys(tiers):
        apply.append(_key_statement())
    return RequiredPermissions(
        plan=_documents([*state[False], *_statements(reads)]),
        apply=_documents(apply),
        guessed=tuple(sorted(guessed)),
        unknown=tuple(sorted(unknown)),
    )


def policy_files(tiers: Sequence[BundleTier]) -> dict[str, str]:
    """The policies by path: `iam/plan.json`, `iam/apply.json`.

    Where one policy is too small they are `iam/apply-1.json`, `iam/apply-2.json`, ...
    """
    permissions = required_permissions(tiers)
    texts = {}
    for name, documents in (("plan", permissions.plan), ("apply", permissions.apply)):
        for number, document in enumerate(documents, 1):
            suffix = f"-{number}" if len(documents) > 1 else ""
            texts[f"iam/{name}{suffix}.json"] = json.dumps(document, indent=2) + "\n"
    return texts


def permission_sources() -> tuple[str, str]:
    """Where the actions come from, and the date of it."""
    catalog = _catalog()
    return str(catalog["source"]), str(catalog["date"])


@cache
def _catalog() -> Mapping[str, Any]:
    path = files("terratiers.handoff") / "data" / "permissions.json"
    catalog: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return catalog


def _types(tiers: Iterable[BundleTier], kind: str) -> list[str]:
    """The AWS types of the tiers' resources or data sources."""
    found = {block_type for tier in tiers for block_type, _, _ in tier.blocks(kind)}
    return sorted(block_type for block_type in found if block_type.startswith("aws_"))


def _statements(actions: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One statement for each service. A wildcard swallows the actions that it covers."""
    services: dict[str, set[str]] = defaultdict(set)
    for action in actions:
        services[action.split(":")[0]].add(action)
    for service, names in sorted(services.items()):
        wild = {name.removesuffix("*") for name in names if name.endswith("*")}
        kept = [n for n in names if not any(n.startswith(w) and n != f"{w}*" for w in wild)]
        sid = "".join(part.capitalize() for part in service.split("-"))
        yield {"Sid": sid, "Effect": "Allow", "Action": sorted(kept), "Resource": "*"}


def _uses_keys(tiers: Iterable[BundleTier]) -> bool:
    """Whether a resource is encrypted with a key of the account's own."""
    return any(
        "kms" in path[-1] or path[-1] == "key_id"
        for tier in tiers
        for kind, _, body in tier.blocks("resource")
        if not kind.startswith("aws_kms_")
        for path, value in walk(body)
        if path and isinstance(value, str)
    )


def _key_statement() -> dict[str, Any]:
    return {
        "Sid": "KeysThroughServices",
        "Effect": "Allow",
        "Action": list(_KEY_USE),
        "Resource": "*",
        "Condition": {"StringLike": {"kms:ViaService": "*.amazonaws.com*"}},
    }


def _documents(statements: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The statements in as few documents as their order allows."""
    documents: list[list[Mapping[str, Any]]] = [[]]
    for statement in _small(statements):
        if documents[-1] and _size([*documents[-1], statement]) > _MOST_CHARACTERS:
            documents.append([])
        documents[-1].append(statement)
    return tuple({"Version": _VERSION, "Statement": part} for part in documents if part)


def _small(statements: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The statements; one that no policy could hold is cut in two."""
    for statement in statements:
        actions = statement["Action"]
        if _size([statement]) <= _MOST_CHARACTERS or len(actions) == 1:
            yield statement
            continue
        half = len(actions) // 2
        for number, part in enumerate((actions[:half], actions[half:]), 1):
            yield from _small([{**statement, "Sid": f"{statement['Sid']}{number}", "Action": part}])


def _size(statements: Sequence[Mapping[str, Any]]) -> int:
    text = json.dumps({"Version": _VERSION, "Statement": statements})
    return len("".join(text.split()))
