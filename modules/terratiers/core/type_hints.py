"""Makes jsii's checks of arguments cheap: each parameter's type is worked out once.

Generated code asks `typing.get_type_hints` at every call for the types of all parameters, and then
compares each argument. The comparison stays as it is.
"""

from __future__ import annotations

import typing
from types import FunctionType, SimpleNamespace
from typing import Any

__all__ = ["remember_type_hints"]

_STUB = "_typecheckingstub__"
_stock = typing.get_type_hints
_by_stub: dict[FunctionType, _Hints] = {}
_by_annotation: dict[Any, Any] = {}


class _Hints(dict[str, Any]):
    """The types of one stub's parameters, each worked out when it is asked for."""

    def __init__(self, stub: FunctionType) -> None:
        super().__init__()
        self._stub = stub

    def __missing__(self, name: str) -> Any:
        annotation = self._stub.__annotations__[name]
        hint = _by_annotation.get(annotation)
        if hint is None:
            one = SimpleNamespace(__annotations__={name: annotation})
            hint = _stock(one, self._stub.__globals__)[name]
            if hint == annotation:  # names no class of its module: the same everywhere
                _by_annotation[annotation] = hint
        self[name] = hint
        return hint


def remember_type_hints() -> None:
    """Replaces `typing.get_type_hints` for jsii's stubs, and for nothing else."""

    def get_type_hints(obj: Any, *args: Any, **options: Any) -> dict[str, Any]:
        if args or options or type(obj) is not FunctionType or _STUB not in obj.__name__:
            return _stock(obj, *args, **options)
        hints = _by_stub.get(obj)
        if hints is None:
            hints = _by_stub[obj] = _Hints(obj)
        return hints

    typing.get_type_hints = get_type_hints
