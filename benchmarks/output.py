"""What a program wrote: how much, and whether two programs wrote the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["count_resources", "digest", "digest_resources"]

# cdktf notes in manifest.json where each annotation was made: files of jsii, which unpacks itself
# into folders with another name each time it starts.
_UNPACKED = re.compile(rb"(?<=/jsii-kernel-)\w{6}(?=/)|(?<=/tmp)\w{8}(?=/lib/program\.js)")


def count_resources(folder: Path) -> int:
    """The resources in Terraform JSON, or in CloudFormation templates."""
    return sum(len(bodies) for _, bodies in _resources(folder))


def digest(folder: Path) -> str:
    """Of the names and bytes of all files; names of jsii's temporary folders do not count."""
    found = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = _UNPACKED.sub(b"", file.read_bytes())
        found.update(f"{file.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def digest_resources(folder: Path) -> str:
    """Of what the resources say, in whatever order, without cdktf's notes (`//`)."""
    stacks = [
        {kind: {name: _plain(body) for name, body in bodies.items()}}
        for kind, bodies in _resources(folder)
    ]
    ordered = sorted(json.dumps(stack, sort_keys=True) for stack in stacks)
    return hashlib.sha256("\n".join(ordered).encode()).hexdigest()


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "//"}


def _resources(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Types with their resources by name; for a template, the template's name as the type."""
    for file in sorted(folder.glob("stacks/*/cdk.tf.json")):
        yield from json.loads(file.read_text("utf-8")).get("resource", {}).items()
    for file in sorted(folder.glob("*.template.json")):
        yield file.name, json.loads(file.read_text("utf-8")).get("Resources", {})
