"""What AWS WAF knows by name: managed rule groups with their capacity, and countries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["ManagedRuleGroup", "countries", "managed_rule_groups"]


@dataclass(frozen=True, kw_only=True)
class ManagedRuleGroup:
    """A rule group that AWS maintains.

    Args:
        name: `AWSManagedRulesCommonRuleSet`.
        capacity: Web ACL capacity units that it takes.
        further_fees: Whether AWS charges for it beyond the web ACL and its requests.
        needs_settings: Whether it works only with settings that `WebAclRule.managed` lacks.
        rules: The names of its rules; empty where the catalog does not have them.
    """

    name: str
    capacity: int
    further_fees: bool
    needs_settings: bool
    rules: tuple[str, ...]


@cache
def managed_rule_groups() -> Mapping[str, ManagedRuleGroup]:
    """Every rule group of the vendor AWS by name."""
    return {
        name: ManagedRuleGroup(
            name=name,
            capacity=entry["capacity"],
            further_fees=entry.get("further_fees", False),
            needs_settings=entry.get("needs_settings", False),
            rules=tuple(entry.get("rules", ())),
        )
        for name, entry in _read("managed_rule_groups.json")["groups"].items()
    }


@cache
def countries() -> tuple[str, ...]:
    """The two-letter codes (ISO 3166) that a geographic match takes."""
    return tuple(_read("countries.json")["codes"])


def _read(name: str) -> dict[str, Any]:
    text = Path(__file__).with_name("data").joinpath(name).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
