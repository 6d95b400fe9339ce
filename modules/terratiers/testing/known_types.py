"""Tells a misspelt resource type from one that a stack merely lacks."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.util import find_spec

__all__ = ["closest", "explain_missing_type"]


def closest(name: str, known: Collection[str]) -> str:
    """`; the closest: a, b`, or what there is when nothing is close."""
    close = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    if close:
        return f"; the closest: {', '.join(close)}"
    if not known:
        return "; the stack has none at all"
    shown = sorted(known)[:10]
    return f"; there are: {', '.join(shown)}{', ...' if len(known) > len(shown) else ''}"


def explain_missing_type(
    kind: str, type: str, config: Mapping[str, Mapping[str, object]]
) -> str | None:
    """Why a stack cannot have resources of `type`, or None when it simply has none.

    Args:
        kind: `resource` or `data`.
        type: Terraform's name of the type, `aws_vpc`.
        config: The stack's Terraform JSON.
    """
    word = "data source" if kind == "data" else "resource"
    if type.startswith("data."):
        return f"{type}: write the type without `data.`, and assert with has_data_source."
    other, verb = ("resource", "resource") if kind == "data" else ("data", "data source")
    if type in config.get(other, {}):
        return f"the stack has {type} as a {verb}, not as a {word}."
    known = _types_of_provider(type.partition("_")[0], kind)
    if not known or _key(type) in known:
        return None
    names = closest(type, known.values()).removeprefix("; ")
    return f"the provider's bindings have no {word} {type}; {names}."


@cache
def _types_of_provider(prefix: str, kind: str) -> Mapping[str, str]:
    """The types of an installed provider package, from its folders; empty when there is none.

    cdktf names the folder of `aws_s3_bucket` `s3_bucket`, and that of the data source
    `data_aws_s3_bucket`. Bindings generated into a project are not looked at.
    """
    spec = find_spec(f"cdktf_cdktf_provider_{prefix}") if prefix.isidentifier() else None
    found: dict[str, str] = {}
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for entry in os.scandir(folder):
            if not entry.is_dir() or entry.name.startswith("_"):
                continue
            is_data = entry.name.startswith(f"data_{prefix}_")
            if is_data == (kind == "data"):
                type = entry.name.removeprefix("data_") if is_data else f"{prefix}_{entry.name}"
                found[_key(type)] = type
    return found


def _key(type: str) -> str:
    """The generator put underscores after digits: `aws_s3tables_table` is in `s3_tables_table`."""
    return re.sub(r"(\d)_", r"\1", type)
