"""Writes modules/terratiers/core/data/checkov_checks.json: checkov's AWS checks and what they scan.

Source: the checks inside of checkov itself. Run it in the environment of `make policy`:

    .venv-policy/bin/python tools/generate_checkov_checks.py
"""

from __future__ import annotations

import datetime
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import checkov.terraform.runner
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.terraform.checks.resource.registry import resource_registry

CHECKS = Path(checkov.terraform.runner.__file__).parent / "checks/graph_checks/aws"
TARGET = Path(__file__).parents[1] / "modules/terratiers/core/data/checkov_checks.json"


def main() -> None:
    found: dict[str, tuple[str, set[str]]] = {}
    for check in (check for checks in resource_registry.checks.values() for check in checks):
        found.setdefault(check.id, (check.name, set()))[1].update(check.supported_resources)
    registry = get_graph_checks_registry("terraform")
    registry.load_checks()
    definitions = {
        document["metadata"]["id"]: document["definition"]
        for document in (json.loads(file.read_text("utf-8")) for file in CHECKS.glob("*.json"))
    }
    for check in registry.checks:
        if check.id in definitions:
            types = reported_types(definitions[check.id])
            found.setdefault(check.id, (check.name, set()))[1].update(types)
    checks = {
        id: {"title": title, "resource_types": own}
        for id, (title, types) in sorted(found.items())
        if (own := sorted(type for type in types if type.startswith("aws_")))
    }
    head = {"source": f"checkov {version('checkov')}", "date": datetime.date.today().isoformat()}
    rows = ",\n".join(f"  {json.dumps(id)}: {json.dumps(check)}" for id, check in checks.items())
    text = json.dumps(head, indent=1).removesuffix("\n}")
    TARGET.write_text(f'{text},\n "checks": {{\n{rows}\n }}\n}}\n', encoding="utf-8")


def reported_types(condition: dict[str, Any]) -> set[str]:
    """The types of resource that a graph check reports: its filters narrow those it looks at."""
    if condition.get("cond_type") == "filter":
        return set(condition["value"]) if condition["attribute"] == "resource_type" else set()
    if "and" in condition:
        parts = condition["and"]
        filters = [part for part in parts if part.get("cond_type") == "filter"]
        return set().union(*map(reported_types, filters or parts))
    if "or" in condition:
        return set().union(*map(reported_types, condition["or"]))
    if "not" in condition:
        inner = condition["not"]
        return set().union(*map(reported_types, inner if isinstance(inner, list) else [inner]))
    types = condition.get("resource_types", ())
    return {types} if isinstance(types, str) else set(types)


if __name__ == "__main__":
    main()
