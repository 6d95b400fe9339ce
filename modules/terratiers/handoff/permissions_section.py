"""The part of the bundle's README about the deploying roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.markdown import blocks, code, link, paragraph, table, text
from terratiers.handoff.permissions import (
    permission_sources,
    policy_files,
    required_permissions,
)

__all__ = ["permissions_section"]

_LIMITS = """\
- States, locks and their bucket are named exactly. Elsewhere the resource is `*`: most names and
  ids are not known before they are made.
- Who may create IAM roles and pass them can give themselves any permission. Set a permissions
  boundary on the role that applies, or let only people you trust use it.
- The key of the states is named by its alias. A state in another bucket with a key of its own needs
  `kms:Decrypt` for that key, too.
- Data sources that read an image or a parameter of AWS or of yours are included; what the running
  instances and functions may do is not: they have roles of their own.
"""


def permissions_section(tiers: Sequence[BundleTier]) -> str:
    """The policies of each tier and of all, what they leave out, and where they come from."""
    rows = [
        (
            code(tier.folder),
            ", ".join(link(code(p), f"{tier.folder}/{p}") for p in policy_files([tier])),
            _services(required_permissions([tier]).apply),
        )
        for tier in tiers
    ]
    files = ", ".join(link(code(path), path) for path in policy_files(tiers))
    together = required_permissions(tiers)
    source, date = permission_sources()
    return blocks(
        "## Permissions\n",
        paragraph(
            "IAM policies for two roles: one that plans, which changes nothing but a state's lock, "
            "and one that applies and destroys. Each tier has its own; those for one role that "
            f"deploys every tier are {files}. Attach all files of a role together: a policy holds "
            "6,144 characters."
        ),
        table(("Tier", "Policies", "Services"), rows),
        _LIMITS,
        _gap("so all of their service is granted", together.guessed),
        _gap("so nothing is granted", together.unknown),
        paragraph(
            f"Source ({text(date)}): {text(source)}. An emulator does not check permissions, so "
            "try the role in an account that matters little first; an `AccessDenied` names the "
            "action that is missing."
        ),
    )


def _gap(what: str, kinds: Sequence[str]) -> str:
    if not kinds:
        return ""
    return paragraph(f"Types whose actions no source names, {what}: {', '.join(map(code, kinds))}.")


def _services(documents: Sequence[Mapping[str, Any]]) -> str:
    found = {
        action.split(":")[0]
        for document in documents
        for statement in document["Statement"]
        for action in statement["Action"]
    }
    return ", ".join(map(code, sorted(found)))
