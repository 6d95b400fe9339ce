"""The resources of a synthesized program, made again with raw bindings: `from_json.py FOLDER`.

Values are those of the JSON, references among them, as a program would give them to the bindings.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import terratiers  # noqa: F401 - arranges how the bindings are loaded

from cdktf import (
    App,
    DataTerraformRemoteStateS3,
    LocalBackend,
    S3Backend,
    TerraformDataSource,
    TerraformElement,
    TerraformOutput,
    TerraformResource,
    TerraformStack,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider

Make = Callable[..., TerraformElement]
BACKENDS = {"local": LocalBackend, "s3": S3Backend}


def maker(prefix: str, kind: str) -> Make:
    """Makes an `aws_vpc` with the class in the module `vpc`; a data source's in `data_aws_...`."""
    name = prefix + kind.removeprefix("aws_")
    module = import_module(f"cdktf_cdktf_provider_aws.{name}")
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, TerraformResource | TerraformDataSource)
        and value.__module__ == module.__name__
    )

    def make(stack: TerraformStack, id: str, **body: Any) -> TerraformElement:
        return found(stack, id, **structs(module, camel(name), body))

    return make


def structs(module: ModuleType, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Nested blocks as the classes that the bindings have for them."""

    def struct(key: str, value: Any) -> Any:
        full = name + camel(key)
        # names that are taken otherwise end in an A
        known = getattr(module, full, None) or getattr(module, f"{full}A", None)
        if isinstance(value, list):
            return [struct(key, item) for item in value]
        if known is None or not isinstance(value, dict):
            return value
        return known(**structs(module, full, value))

    return {key: struct(key, value) for key, value in body.items()}


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def add(stack: TerraformStack, kind: str, make: Make, name: str, body: dict[str, Any]) -> None:
    needs = body.pop("depends_on", None)
    taken = stack.node.try_find_child(name) is not None
    element = make(stack, f"{kind}-{name}" if taken else name, **body)
    if taken:  # by an element of another type
        element.override_logical_id(name)
    if needs:
        element.add_override("depends_on", needs)


def remote_state(scope: TerraformStack, id: str, **body: Any) -> DataTerraformRemoteStateS3:
    return DataTerraformRemoteStateS3(scope, id, workspace=body.get("workspace"), **body["config"])


app = App()
for file in sorted(Path(sys.argv[1]).glob("stacks/*/cdk.tf.json")):
    config = json.loads(file.read_text("utf-8"))
    stack = TerraformStack(app, file.parent.name)
    AwsProvider(stack, "aws", **config["provider"]["aws"][0])
    ((backend, settings),) = config["terraform"]["backend"].items()
    lock_file = settings.pop("use_lockfile", None)  # newer than cdktf's S3Backend
    BACKENDS[backend](stack, **settings)
    if lock_file is not None:
        stack.add_override(f"terraform.backend.{backend}.use_lockfile", lock_file)
    blocks = [
        (kind, remote_state if kind == "terraform_remote_state" else maker(prefix, kind), bodies)
        for group, prefix in (("data", "data_aws_"), ("resource", ""))
        for kind, bodies in config.get(group, {}).items()
    ]
    for kind, make, bodies in [*blocks, ("output", TerraformOutput, config.get("output", {}))]:
        for name, body in bodies.items():
            add(stack, kind, make, name, {key: value for key, value in body.items() if key != "//"})
app.synth()
