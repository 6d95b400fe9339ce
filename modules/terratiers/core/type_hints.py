"""Makes jsii's checks of arguments cheap: each parameter's type is worked out once.

Generated code asks `typing.get_type_hints` at every call for the types of all parameters, and then
has `typeguard` compare each argument. Whether a string or a number fits is worked out once for each
type too: it does not depend on which string it is. Everything else is compared as ever.
"""

from __future__ import annotations

import functools
import re
import typing
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

__all__ = ["remember_fits", "remember_type_hints"]

_STUB = "_typecheckingstub__"
_stock = typing.get_type_hints
_by_stub: dict[FunctionType, _Hints] = {}
_by_annotation: dict[Any, Any] = {}
# By the identity of a hint that is kept here: the hint, and the types of scalars that fit it.
_fits: dict[int, tuple[Any, set[type]]] = {}
_FIRST_NAMES = re.compile(r"(?<![\w.])[^\W\d]\w*")
# Generated code names other packages with a hash of their name: _cdktf_9a9027ec.
_COMMON = re.compile(r"typing|builtins|jsii|datetime|None|_\w+_[0-9a-f]{8}")
_SCALARS = frozenset({str, int, float, bool, type(None)})


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
            if hint == annotation or _means_the_same_everywhere(annotation):
                _by_annotation[annotation] = hint
            if "Literal" not in repr(hint):  # the one type that asks which string it is
                _fits[id(hint)] = hint, set()
        self[name] = hint
        return hint


def _means_the_same_everywhere(annotation: object) -> bool:
    """Whether an annotation that was not worked out yet names no class of its own module."""
    return isinstance(annotation, str) and all(
        _COMMON.fullmatch(name) for name in _FIRST_NAMES.findall(annotation)
    )


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


def remember_fits(typeguard: ModuleType) -> None:
    """Replaces `typeguard.check_type` for the parameters of jsii's stubs, and for nothing else."""
    stock = typeguard.check_type

    @functools.wraps(stock)
    def check_type(*args: Any, **named: Any) -> Any:
        known = _fits.get(id(named.get("expected_type")))
        if known is None or args or "value" not in named:
            return stock(*args, **named)
        kind = type(named["value"])
        if kind not in _SCALARS:
            return stock(*args, **named)
        if kind not in known[1]:
            stock(*args, **named)
            known[1].add(kind)
        return named["value"]

    typeguard.check_type = check_type  # type: ignore[attr-defined, unused-ignore]
