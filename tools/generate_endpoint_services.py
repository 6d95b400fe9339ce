"""Writes modules/terratiers/network/data/endpoint_services.json: services with VPC endpoints.

Source: the npm package aws-cdk-lib, which lists them in aws-ec2/lib/vpc-endpoint.js.

    npm pack aws-cdk-lib && tar xzf aws-cdk-lib-*.tgz
    python tools/generate_endpoint_services.py package
"""

from __future__ import annotations

import datetime
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "modules/terratiers/network/data/endpoint_services.json"
_SERVICE = re.compile(
    r'new (Interface|Gateway)VpcEndpointAwsService\("([^"]+)"(?:,"([^"]*)")?([^)]*)\)'
)


def main(package: Path) -> None:
    source = (package / "aws-ec2/lib/vpc-endpoint.js").read_text(encoding="utf-8")
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    found: dict[str, dict[str, str]] = {"interface": {}, "gateway": {}}
    for kind, name, prefix, rest in _SERVICE.findall(source):
        if "global" not in rest:  # their names have no region; give them in full
            found[kind.lower()].setdefault(name, prefix or "com.amazonaws")
    document = {
        "source": f"aws-cdk-lib {version} (npm), aws-ec2/lib/vpc-endpoint.js",
        "date": datetime.date.today().isoformat(),
        "gateway": dict(sorted(found["gateway"].items())),
        "interface": dict(sorted(found["interface"].items())),
    }
    TARGET.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(found['interface'])} interface, {len(found['gateway'])} gateway")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
