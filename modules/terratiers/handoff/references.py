"""Finds what the parts of a tier refer to: each other, and other tiers' outputs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.walk import walk

__all__ = ["known_references", "remote_outputs", "states_outside", "template_parts"]

_ADDRESS = re.compile(r"\b(?:data\.)?[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][A-Za-z0-9_-]*")
_REMOTE = re.compile(
    r"\bdata\.terraform_remote_state\.([A-Za-z_][\w-]*)\.outputs(?:\.([A-Za-z_][\w-]*)"
    r'|\[\\?"([^"\\]+)\\?"\])'
)
# Meta-arguments whose plain strings are references.
_PLAIN = frozenset({"depends_on", "provider", "replace_triggered_by"})


def known_references(body: Any, addresses: Collection[str]) -> tuple[str, ...]:
    """Those of `addresses` that a block names in its templates or in `depends_on`, sorted."""
    found = {
        address
        for path, value in walk(body)
        if isinstance(value, str)
        for part in ([value] if _PLAIN & set(path) else template_parts(value))
        for address in _ADDRESS.findall(part)
    }
    return tuple(sorted(found.intersection(addresses)))


def remote_outputs(config: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The outputs that a configuration reads, by the name of their `terraform_remote_state`."""
    found: dict[str, set[str]] = {
        label: set() for label in config.get("data", {}).get("terraform_remote_state", {})
    }
    for _, value in walk(config):
        for part in template_parts(value) if isinstance(value, str) else ():
            for label, dotted, indexed in _REMOTE.findall(part):
                found.setdefault(label, set()).add(dotted or indexed)
    return {label: tuple(sorted(outputs)) for label, outputs in sorted(found.items())}


def states_outside(tier: BundleTier, tiers: Sequence[BundleTier]) -> tuple[str, ...]:
    """The names of the remote states that `tier` reads and that none of `tiers` keeps."""
    kept = {other.backend[1].get("key") for other in tiers}
    states = tier.config.get("data", {}).get("terraform_remote_state", {})
    return tuple(
        label
        for label, body in sorted(states.items())
        if body.get("config", {}).get("key") not in kept
    )


def template_parts(value: str) -> list[str]:
    """What stands inside of the `${...}` and `%{...}` of a string; `$${` is literal."""
    parts: list[str] = []
    place = 0
    while found := re.compile(r"[$%]{1,2}\{").search(value, place):
        place = found.end()
        if len(found.group()) == 3:
            continue
        start, depth = place, 1
        while place < len(value) and depth:
            depth += {"{": 1, "}": -1}.get(value[place], 0)
            place += 1
        parts.append(value[start : place - 1] if not depth else value[start:])
    return parts
