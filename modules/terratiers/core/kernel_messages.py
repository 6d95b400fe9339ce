"""Writes what Python says to jsii's Node process, and reads the answers, without going in circles.

jsii turns each request into a dictionary with a library for any class, though it is one of a few
flat classes, and asks the same library what kind of answer came back. The messages are the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from types import ModuleType
from typing import Any, NoReturn

__all__ = [
    "RESOURCE_TYPE",
    "RETURN_NOTHING",
    "change_kernel",
    "change_messages",
    "parse_message",
    "raise_fault",
]

# Methods without an answer, and a static property of each resource's class: they make nothing.
RETURN_NOTHING = frozenset({"addInfo", "addOverride", "overrideLogicalId"})
RESOURCE_TYPE = "tfResourceType"

_PLAIN = frozenset({str, int, float, bool, type(None), datetime})
_STRINGS = frozenset({str})
_APIS = {
    "CreateRequest": "create",
    "GetRequest": "get",
    "InvokeRequest": "invoke",
    "SetRequest": "set",
    "StaticGetRequest": "sget",
    "StaticInvokeRequest": "sinvoke",
}


def change_messages(module: Any, process: Any) -> None:
    """Gives `process`, jsii's class for its Node process, a way to send of its own.

    Requests and answers of other kinds, and all that are no plain answer, go the usual way.
    """
    shapes = {
        kind: (api, tuple(field.name for field in kind.__attrs_attrs__))
        for kind, api in ((getattr(module, name), api) for name, api in _APIS.items())
    }
    stock_send: Callable[..., Any] = process.send
    results: dict[Any, Callable[[Any], Any]] = {
        module.GetResponse: lambda ok: module.GetResponse(value=ok.get("value")),
        module.InvokeResponse: lambda ok: module.InvokeResponse(result=ok.get("result")),
        module.SetResponse: lambda _: module.SetResponse(),
    }

    def default(value: Any) -> Any:
        if isinstance(value, module.ObjRef):
            return module._unstructure_ref(value)
        if isinstance(value, module.Override):
            return {name: getattr(value, name) for name in ("method", "property", "cookie")}
        return module.jdefault(value)

    encode = json.JSONEncoder(default=default).encode

    def request_line(self: Any, request: Any) -> bytes:
        shape = shapes.get(type(request))
        if shape is None:
            line = json.dumps(self._serializer.unstructure(request), default=module.jdefault)
        else:
            api, names = shape
            line = encode({**{name: getattr(request, name) for name in names}, "api": api})
        return line.encode() + b"\n"

    def send(self: Any, request: Any, response_type: Any) -> Any:
        if type(request) not in shapes or module._stack_traces_enabled():
            return stock_send(self, request, response_type)
        pipe = self._process.stdin
        pipe.write(request_line(self, request))
        pipe.flush()
        return read(self, response_type)

    def read(self: Any, response_type: Any) -> Any:
        message = self._next_message()
        ok = message.get("ok")
        if response_type in results and isinstance(ok, dict):
            return results[response_type](ok)
        answer = self._serializer.structure(message, module._ProcessResponse)
        if isinstance(answer, module._OkayResponse):
            return self._serializer.structure(answer.ok, response_type)
        if isinstance(answer, module._CallbackResponse):
            return answer.callback
        raise_fault(module, message)

    def next_message(self: Any) -> Any:
        return parse_message(module, self._process.stdout.readline())

    process.request_line, process.send, process._next_message = request_line, send, next_message


def parse_message(module: Any, line: bytes) -> Any:
    """What Node wrote; only what may be an object of jsii's is looked at for that."""
    return json.loads(line, object_hook=module.ohook if b'"$jsii.' in line else None)


def raise_fault(module: Any, message: Mapping[str, Any]) -> NoReturn:
    """Raises what Node answered instead of a result, as jsii does."""
    is_jsii = message.get("name") == module.ErrorType.JSII_FAULT.value
    kind = module.JSIIError if is_jsii else RuntimeError
    raise kind(message["error"]) from module.JavaScriptError(message.get("stack"))


def change_kernel(kernel: ModuleType) -> None:
    """Gives the module `jsii._kernel` a shorter way to look through the arguments of a call."""
    stock: Callable[[Any, Any], Any] = kernel._make_reference_for_native  # type: ignore[attr-defined, unused-ignore]
    types = kernel._reference_map  # type: ignore[attr-defined, unused-ignore]

    def make(at: Any, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is dict and _STRINGS.issuperset(map(type, value)):
            return {"$jsii.map": {name: make(at, inner) for name, inner in value.items()}}
        if kind is list:
            return [make(at, inner) for inner in value]
        names = getattr(kind, "__jsii_name_mapping__", None)
        if names is not None and types._data_types.get(kind.__jsii_type__) is kind:
            # a generated struct, whose properties read this dictionary
            given = value._values
            if not any(inner is None for inner in given.values()):  # refused, where required
                data = {jsii_name: make(at, given.get(name)) for name, jsii_name in names.items()}
                return {"$jsii.struct": {"fqn": kind.__jsii_type__, "data": data}}
        # enums, data classes and keys that are no strings mean something to jsii's library
        return at.provider._process._serializer.unstructure(stock(at, value))

    kernel._make_reference_for_native = make  # type: ignore[attr-defined, unused-ignore]
