"""What the body of a request has to look like, as a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_string, show

__all__ = ["JsonSchema"]

_DRAFT = "http://json-schema.org/draft-04/schema#"
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


@dataclass(frozen=True)
class JsonSchema:
    """A JSON schema, draft 4, which is what API Gateway knows.

    Args:
        name: Letters and digits, a letter first: `NewItem`.
        schema: `{"type": "object", "required": ["name"], "properties": {...}}`.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
    """

    name: str
    schema: Mapping[str, Any] = field(hash=False)

    def check(self, faults: Faults) -> None:
        """Notes what API Gateway would refuse."""
        rule = "write letters and digits, a letter first, like NewItem."
        check_string(faults, "model: name", self.name, r"[A-Za-z][A-Za-z0-9]{0,127}", rule,
                     tokens=False)  # fmt: skip
        if not isinstance(self.schema, Mapping) or not self.schema:
            faults.add(f'model: schema is {show(self.schema)}: write {{"type": "object", ...}}.')
            return
        if is_token(self.schema):
            faults.add("model: schema holds a token: it has to be known now.")
            return
        try:
            json.dumps(self.schema)
        except (TypeError, ValueError, RecursionError) as error:
            faults.add(f"model: schema cannot be written as JSON: {error}.")
            return
        _check_schema(faults, self.schema, "schema")

    def text(self) -> str:
        """The schema as API Gateway takes it."""
        return json.dumps({"$schema": _DRAFT, "title": self.name, **self.schema}, indent=2)


def _check_schema(faults: Faults, schema: object, place: str) -> None:
    if not isinstance(schema, Mapping):
        faults.add(f'model: {place} is {show(schema)}: write a schema, {{"type": ...}}.')
        return
    kinds = schema.get("type", [])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in _TYPES:
            faults.add(f"model: {place}: type {show(kind)} is none of {', '.join(_TYPES)}.")
    required = schema.get("required", ["x"])
    if not isinstance(required, list) or not required:
        faults.add(f"model: {place}: required has to be a list of at least one name (draft 4).")
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping):
        faults.add(f"model: {place}: properties has to map names to schemas.")
        return
    for name, inner in properties.items():
        _check_schema(faults, inner, f"{place}.{name}")
    if isinstance(schema.get("items"), Mapping):
        _check_schema(faults, schema["items"], f"{place}[]")
