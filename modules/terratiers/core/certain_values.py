"""Whether Node is certain to accept what a construct is made of, such as its configuration.

Python's own check of arguments lets through what Node refuses: a number among tags, or text where
a list belongs. Here the types that generated code names are taken strictly; what is not known to
fit is not certain, and nothing more.
"""

from __future__ import annotations

import collections.abc
import enum
import math
import typing
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["BINDINGS", "are_certain", "is_keeping"]

# jsii's names of the bindings' classes begin with it.
BINDINGS = "@cdktf/provider-"
# JavaScript's `Construct` and `TerraformOutput` only keep what they get, as the bindings do.
_KEEPING = frozenset({"constructs.Construct", "cdktf.TerraformOutput"})

_STUB = "_typecheckingstub__"
_Check = Callable[[Any], bool]
_OBJECTS = (BINDINGS, "cdktf.")  # of classes that are JavaScript's throughout
# By struct: the types of its values, and their checks as far as they were needed.
_known: dict[type, tuple[Mapping[str, Any], dict[str, _Check]]] = {}


def is_keeping(kind: str) -> bool:
    """Whether a construct of this class, by jsii's name, does no more than keep its arguments."""
    return kind in _KEEPING or kind.startswith(BINDINGS)


def are_certain(struct: Any) -> bool:
    """Whether Node accepts all values of a generated struct, for certain."""
    kind = type(struct)
    if kind not in _known:
        _known[kind] = _hints(kind), {}
    hints, checks = _known[kind]
    for name, value in struct._values.items():
        if name not in checks:
            checks[name] = _check(hints.get(name, object))
        if not checks[name](value):
            return False
    return True


def _hints(struct: Any) -> Mapping[str, Any]:
    """The types of its values: those that its constructor checks, unless Python runs with -O."""
    names = [name for name in struct.__init__.__code__.co_names if name.startswith(_STUB)]
    if len(names) != 1:
        return {}
    return typing.get_type_hints(struct.__init__.__globals__[names[0]])


def _check(hint: Any) -> _Check:
    simple = _SIMPLE.get(hint) if isinstance(hint, collections.abc.Hashable) else None
    if simple is not None:
        return simple
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        return _check_union(inner)
    if origin in (list, collections.abc.Sequence):
        each = _check(inner[0])
        return lambda value: type(value) is list and all(map(each, value))
    if origin in (dict, collections.abc.Mapping) and inner[0] is str and inner[1] is not Any:
        of_value = _check(inner[1])
        return lambda value: (
            type(value) is dict
            and all(type(name) is str for name in value)
            and all(map(of_value, value.values()))
        )
    return _check_class(hint) if isinstance(hint, type) else _never


def _check_union(kinds: tuple[Any, ...]) -> _Check:
    if sum(_is_struct(kind) for kind in kinds) > 1:
        return _never  # Node has to find out which one it is
    checks = [_check(kind) for kind in kinds]
    return lambda value: any(check(value) for check in checks)


def _check_class(kind: type) -> _Check:
    if _is_struct(kind):
        return lambda value: type(value) is kind and are_certain(value)
    if issubclass(kind, enum.Enum):
        return lambda value: type(value) is kind
    if getattr(kind, "_is_protocol", False):
        return _is_object
    return lambda value: isinstance(value, kind) and _is_object(value)


def _is_struct(kind: Any) -> bool:
    return hasattr(kind, "__jsii_name_mapping__")


def _is_object(value: Any) -> bool:
    """Whether it is an object of JavaScript's, which calls nothing in Python to be passed on."""
    ref = getattr(value, "__dict__", {}).get("__jsii_ref__")
    return ref is not None and ref.ref.startswith(_OBJECTS)


def _is_number(value: Any) -> bool:
    kind = type(value)
    return kind is int or (kind is float and math.isfinite(value))


def _is_json(value: Any) -> bool:
    kind = type(value)
    if kind is list:
        return all(map(_is_json, value))
    if kind is dict:  # jsii marks its own dictionaries with a name
        return all(type(it) is str and not it.startswith("$") for it in value) and all(
            map(_is_json, value.values())
        )
    return kind is str or kind is bool or _is_number(value)


def _never(_value: Any) -> bool:
    return False


_SIMPLE: dict[Any, _Check] = {
    str: lambda value: type(value) is str,
    bool: lambda value: type(value) is bool,
    int: _is_number,  # jsii writes Union[int, float]
    float: _is_number,
    Any: _is_json,
    object: _never,
    type(None): _never,
}
