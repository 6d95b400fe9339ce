"""Managed rule groups in a rule: are they known, what do they cost, what may be overridden."""

from __future__ import annotations

from terratiers.core.errors import Faults
from terratiers.core.validation import check_int, check_mapping, check_string, nearest, show
from terratiers.security.web_acl_action import ACTIONS, WebAclAction, check_action
from terratiers.security.web_acl_catalog import managed_rule_groups

__all__ = ["check_group", "check_overrides"]

_MOST_OVERRIDES = 100


def check_group(faults: Faults, group: object, vendor: object, capacity: object) -> int:
    """The capacity units of a managed rule group."""
    check_string(faults, "vendor", vendor, r"[^\s]([ -~]{0,126}[^\s])?", "write the vendor's name.")
    rule = "write 1 to 128 letters, digits, - and _."
    name = check_string(faults, "group", group, r"[A-Za-z0-9_-]{1,128}", rule, tokens=False)
    if capacity is not None:
        return check_int(faults, "capacity", capacity, 1, 5000, "WCU (AWS WAF)") or 0
    if name is None:
        return 0
    if vendor != "AWS":
        faults.add(f"capacity is missing: write how many WCU {name} of {show(vendor)} takes.")
        return 0
    known = managed_rule_groups().get(name)
    if known is None:
        hint = nearest(name, managed_rule_groups())
        faults.add(
            f"group {name} is not in the catalog{hint or ':'} give capacity, its WCU, for a newer "
            "one."
        )
        return 0
    if known.needs_settings:
        faults.add(
            f"group {name} needs settings that this maker does not have: add its rule with "
            "resource.add_override, or use rate_limit and custom rules."
        )
    return known.capacity


def check_overrides(
    faults: Faults, group: object, value: object, exact: bool
) -> dict[str, WebAclAction]:
    """Actions by the name of a rule; `exact`: the group is the one of the catalog."""
    if value is None:
        return {}
    given = check_mapping(faults, "rule_overrides", value, '{"SizeRestrictions_BODY": "count"}')
    entry = managed_rule_groups().get(group) if exact and isinstance(group, str) else None
    overrides = {}
    for rule, action in (given or {}).items():
        if entry and entry.rules and rule not in entry.rules:
            hint = nearest(rule, entry.rules)
            faults.add(
                f"rule_overrides: {show(rule)} is no rule of {entry.name}{hint or ':'} it has "
                f"{len(entry.rules)}; give version for those of another one."
            )
        known = check_action(faults, f"rule_overrides: {show(rule)}", action, ACTIONS)
        if known and known.body is not None:
            faults.add(
                f"rule_overrides: {show(rule)} answers with a body, which AWS WAF does not take "
                "here: leave it out."
            )
        if known:
            overrides[rule] = known
    if len(overrides) > _MOST_OVERRIDES:
        faults.add(f"rule_overrides holds {len(overrides)}: AWS WAF takes {_MOST_OVERRIDES}.")
    return overrides
