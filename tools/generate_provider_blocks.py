"""Writes modules/terratiers/handoff/data/provider_blocks.json: which parts of AWS are blocks.

Source: `terraform providers schema -json` of the AWS provider, the version that the pinned
bindings are made of. Needs Terraform on PATH.

    python tools/generate_provider_blocks.py
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from terratiers.handoff.provider_schema import Provider, ask_terraform, compact_schema

TARGET = Path(__file__).parents[1] / "modules/terratiers/handoff/data/provider_blocks.json"
PROVIDER = Provider("registry.terraform.io/hashicorp/aws", "5.100.0")


def main() -> None:
    schema = compact_schema(ask_terraform(PROVIDER))
    document = {
        "source": "terraform providers schema -json",
        "date": datetime.date.today().isoformat(),
        "provider": PROVIDER.source,
        "version": PROVIDER.version,
        "schema": schema,
    }
    lines = json.dumps(document, separators=(",", ":"))
    # a line for each block and each type: a new version's difference can be read
    lines = lines.replace("],[[", "],\n[[").replace('},"', '},\n"')
    TARGET.write_text(lines + "\n", encoding="utf-8")
    kinds = {kind: len(schema[kind]) for kind in ("resource", "data", "ephemeral")}
    print(f"{TARGET.name}: {len(schema['blocks'])} blocks, {kinds}")


if __name__ == "__main__":
    main()
