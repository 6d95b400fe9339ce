"""Writes handoff/data/secret_attributes.json: the AWS provider's attributes that hold secrets.

Needs Terraform and the AWS provider. They are the arguments that the provider's schema marks as
sensitive, but for those that no one has to hide (names, notes, public certificates) and maps of
settings, whose keys tell more.

    python tools/generate_secret_attributes.py
"""

from __future__ import annotations

import datetime
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERSION = "5.100.0"
TARGET = Path(__file__).parents[1] / "modules/terratiers/handoff/data/secret_attributes.json"
HARMLESS = {
    "admin_username",
    "bundle_id",
    "ca_certificate_pem",
    "ca_pem",
    "certificate",
    "certificate_chain",
    "certificate_pem",
    "client_id",
    "content",
    "customer_key",
    "input",
    "kms_encryption_context",
    "kms_key_id",
    "master_user_name",
    "notes",
    "payload",
    "platform_principal",
    "post_authentication_login_banner",
    "pre_authentication_login_banner",
    "schema",
    "team_id",
    "token_key_id",
    "username",
    "verification_certificate_pem",
}
# Secret only as a SecureString, which secret_scan.py looks at.
BY_TYPE = {"aws_ssm_parameter"}


def sensitive(block: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, attribute in block.get("attributes", {}).items():
        given = attribute.get("optional") or attribute.get("required")
        is_map = isinstance(attribute.get("type"), list) and attribute["type"][0] == "map"
        if attribute.get("sensitive") and given and not is_map and name not in HARMLESS:
            yield ".".join((*path, name))
        yield from sensitive(attribute.get("nested_type", {}), (*path, name))
    for name, nested in block.get("block_types", {}).items():
        yield from sensitive(nested["block"], (*path, name))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        aws = {"source": "hashicorp/aws", "version": VERSION}
        config = {"terraform": {"required_providers": {"aws": aws}}}
        Path(folder, "main.tf.json").write_text(json.dumps(config))
        subprocess.run(["terraform", "init"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        command = ["terraform", "providers", "schema", "-json"]
        schemas = json.loads(subprocess.check_output(command, cwd=folder))["provider_schemas"]
    resources = schemas["registry.terraform.io/hashicorp/aws"]["resource_schemas"]
    found = {
        kind: paths
        for kind, schema in sorted(resources.items())
        if kind not in BY_TYPE and (paths := sorted(sensitive(schema["block"])))
    }
    catalog = {
        "source": f"schema of the AWS provider {VERSION}, attributes marked sensitive",
        "date": datetime.date.today().isoformat(),
        "attributes": found,
    }
    TARGET.write_text(json.dumps(catalog, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
