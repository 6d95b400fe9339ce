"""Answers in Python what never changes in Node: where a construct is, its node and its stack.

A construct's place follows from what the program itself said when it made it. Node is asked for
what it made by itself, and once. What is known is kept by jsii's reference, and not with the
objects: programs look through the attributes of their own, and copy them.
"""

from __future__ import annotations

import functools
import re
import threading
from types import ModuleType
from typing import Any

from terratiers.core.certain_values import are_certain, is_keeping

__all__ = [
    "is_in_stack",
    "is_unused_id",
    "known_children",
    "remember_nodes",
    "remember_stacks",
    "surely_made",
]

# Classes known to be made of scope and id, in this order, and to hand both on as they are.
_KNOWN = ("constructs.", "cdktf.", "@cdktf/provider-", "@cdktn/provider-")
# Nothing that constructs would replace, or that cdktf leaves out of addresses.
_PLAIN_ID = re.compile(r"(?!Default\Z)[A-Za-z0-9_.-]+")
# Ids that cdktf gives by itself, and what every table of JavaScript's has.
_NEVER_SURE = re.compile(
    r"backend|cross-stack-.*|__.*|constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable"
    r"|toLocaleString|toString|valueOf",
    re.DOTALL,
)
_CONSTRUCT, _STACK = "constructs.Construct", "cdktf.TerraformStack"
# At a node: the reference of its construct, and whether Node was not asked for it.
_OF, _UNASKED = "_terratiers_of", "_terratiers_unasked"


class _Made:
    """A construct that Python made."""

    __slots__ = ("above", "children", "construct", "id", "is_in_stack", "path")

    def __init__(self, construct: Any) -> None:
        self.construct = construct
        self.children: dict[str, Any] | None = None  # by id, once there are any; None: JavaScript's
        self.above: _Made | None = None  # None when it is not certain
        self.id = ""
        self.path: str | None = None
        self.is_in_stack = False  # or is one, for certain


class _Sure:
    """False when JavaScript that nobody knows may have made constructs, or taken them away."""

    of_children = True


class _Making:
    """jsii's name of the class that is being made, if Node cannot refuse its arguments."""

    kind: str | None = None


_lock = threading.RLock()


# By reference. Of most constructs nobody asks more than where they are: above, and the id there.
_made: dict[str, _Made | tuple[_Made, str]] = {}
_stacks: dict[str, Any] = {}
_nodes: dict[str, Any] = {}


def remember_nodes(constructs: ModuleType) -> None:
    """`construct.node`, and a node's id, path, scope and scopes, for the package `constructs`."""
    _note_places(constructs.Construct)
    stock = constructs.Construct.node
    ask = stock.fget

    @functools.wraps(ask)
    def node(self: Any) -> Any:
        ref = self.__jsii_ref__.ref
        known = _nodes.get(ref)
        if known is None:
            made = _made_at(ref)
            if made is None or made.above is None:
                known = ask(self)
            else:
                known = constructs.Node.__new__(constructs.Node)
                vars(known)[_UNASKED] = True
            vars(known)[_OF] = ref
            _nodes[ref] = known
        return known

    def ask_reference(self: Any, name: str) -> Any:
        """Node is asked for a node's reference when something needs it."""
        if name != "__jsii_ref__" or _UNASKED not in vars(self):
            return object.__getattribute__(self, name)  # says what is missing
        made = _made_at(vars(self)[_OF])
        assert made is not None
        self.__jsii_ref__ = ask(made.construct).__jsii_ref__
        return self.__jsii_ref__

    constructs.Construct.node = property(node, stock.fset, stock.fdel, stock.__doc__)
    constructs.Node.__getattr__ = ask_reference
    for name, known in _PROPERTIES.items():
        setattr(constructs.Node, name, _asked_once(getattr(constructs.Node, name), name, known))
    constructs.Node.try_remove_child = _forgetting(constructs.Node.try_remove_child)


def _note_places(construct: type) -> None:
    """Keeps for each construct that Python makes its scope and id, and its children's ids."""
    import jsii

    stock_create, stock_sinvoke = jsii.create, jsii.sinvoke

    def place(args: list[Any] | None) -> tuple[_Made | None, str]:
        scope, id = args[:2] if args and len(args) > 1 else (None, None)
        if isinstance(scope, construct) and isinstance(id, str):
            return _made_of(scope), id
        return None, ""

    def note_child(child: Any, above: _Made | None, id: str) -> None:
        if above is not None:
            if above.children is None:
                above.children = {}
            above.children.setdefault(_as_kept(id), child)

    @functools.wraps(stock_create)
    def create(klass: Any, obj: Any, args: list[Any] | None = None) -> Any:
        kind = klass.__jsii_type__
        is_known = kind.startswith(_KNOWN)
        _Sure.of_children = _Sure.of_children and is_known
        is_construct = isinstance(obj, construct)
        with _lock:  # what is noted first has to be sent first
            above, id = place(args) if is_construct else (None, "")
            outer, _Making.kind = _Making.kind, None
            if above is not None and _is_surely_made(kind, above, id, args):
                _Making.kind = kind
            note_child(obj, above, id)  # even if it fails: half of it may be there
            try:
                created = stock_create(klass, obj, args)
            finally:
                _Making.kind = outer
            if is_known and is_construct:
                _made[obj.__jsii_ref__.ref] = entry(kind, obj, above, id)
        return created

    def entry(kind: str, obj: Any, above: _Made | None, id: str) -> _Made | tuple[_Made, str]:
        if above is None or not _is_plain(id):
            made = _Made(obj)
        elif kind == _STACK or above.children is None or above.children[id] is not obj:
            made = _made_in(above, id, obj)
        else:
            return above, id
        made.is_in_stack = made.is_in_stack or kind == _STACK
        return made

    @functools.wraps(stock_sinvoke)
    def sinvoke(klass: Any, method: str, args: list[Any] | None = None) -> Any:
        if method == "generateConfigForImport":  # makes a construct of scope and id, too
            note_child(None, *place(args))
        _Sure.of_children = _Sure.of_children and klass.__jsii_type__.startswith(_KNOWN)
        return stock_sinvoke(klass, method, args)

    jsii.create, jsii.sinvoke = create, sinvoke


def _is_plain(id: str) -> bool:
    return type(id) is str and _PLAIN_ID.fullmatch(id) is not None


def _is_surely_made(kind: str, above: _Made, id: str, args: list[Any] | None) -> bool:
    """Whether Node cannot refuse the place and the configuration."""
    return (
        is_keeping(kind)
        and (above.is_in_stack or kind == _CONSTRUCT)
        and _is_plain(id)
        and _is_unused(above, id)
        and all(hasattr(it, "_values") and are_certain(it) for it in (args or ())[2:])
    )


def _made_of(construct: Any) -> _Made | None:
    return _made_at(getattr(getattr(construct, "__jsii_ref__", None), "ref", ""))


def _made_at(ref: str) -> _Made | None:
    kept = _made.get(ref)
    if not isinstance(kept, tuple):
        return kept
    with _lock:
        kept = _made[ref]
        if isinstance(kept, tuple):
            above, id = kept
            assert above.children is not None
            kept = _made[ref] = _made_in(above, id, above.children[id])
        return kept


def _made_in(above: _Made, id: str, construct: Any) -> _Made:
    made = _Made(construct)
    made.above, made.id, made.is_in_stack = above, id, above.is_in_stack
    return made


def _as_kept(id: str) -> str:
    return id.replace("/", "--")  # as constructs does


def _path(made: _Made) -> str:
    if made.path is None:
        assert made.above is not None
        above = made.above.construct.node.path
        made.path = f"{above}/{made.id}" if above else made.id
    return made.path


# What is known about the node of a construct whose place is.
_PROPERTIES: dict[str, Any] = {
    "id": lambda made: made.id,
    "path": _path,
    "scope": lambda made: made.above.construct,
    "scopes": lambda made: [*made.above.construct.node.scopes, made.construct],
}


def remember_stacks(cdktf: ModuleType) -> None:
    """`TerraformStack.of(construct)`, for the package `cdktf`."""
    from constructs import Construct

    stock = cdktf.TerraformStack.of

    @functools.wraps(stock)
    def of(cls: Any, construct: Any) -> Any:
        if not isinstance(construct, Construct) or "__jsii_ref__" not in vars(construct):
            return stock(construct)
        ref = vars(construct)["__jsii_ref__"].ref
        if ref not in _stacks:
            above = stack_above(_made_at(ref))
            _stacks[ref] = stock(construct) if above is None else above.construct
        return _stacks[ref]

    def stack_above(made: _Made | None) -> _Made | None:
        while made is not None and not isinstance(made.construct, cdktf.TerraformStack):
            made = made.above
        return made

    cdktf.TerraformStack.of = classmethod(of)


def is_unused_id(scope: Any, id: str) -> bool:
    """Whether it is certain, without asking Node, that `scope` has no child called `id`."""
    made = _made_of(scope)
    return made is not None and _is_unused(made, id)


def _is_unused(above: _Made, id: str) -> bool:
    if not _Sure.of_children or _NEVER_SURE.fullmatch(id):
        return False
    return _as_kept(id) not in (above.children or ())


def surely_made() -> str | None:
    """The class of the construct that is being made, if Node cannot refuse its arguments."""
    return _Making.kind


def is_in_stack(ref: str) -> bool:
    """Whether the construct with this reference is certain to be in a stack."""
    kept = _made.get(ref)
    made = kept[0] if isinstance(kept, tuple) else kept
    return made is not None and made.is_in_stack


def known_children(scope: Any) -> list[Any] | None:
    """The children of `scope`, in their order; None when Node has to be asked for them.

    What cdktf adds by itself, such as the backend, is not among them.
    """
    made = _made_of(scope)
    if made is None or not _Sure.of_children:
        return None
    known = made.children or {}
    if any(id.isdigit() for id in known):  # JavaScript puts those first
        return None
    children = list(known.values())
    are_made = all(child is not None and "__jsii_ref__" in vars(child) for child in children)
    return children if are_made else None


def _forgetting(remove: Any) -> Any:
    """`Node.try_remove_child` that takes the child out of what is known too."""

    @functools.wraps(remove)
    def try_remove_child(self: Any, child_name: str) -> Any:
        removed = remove(self, child_name)
        owner = _made_at(vars(self).get(_OF, ""))
        if removed and owner is None:
            _Sure.of_children = False
        elif removed and owner is not None and owner.children is not None:
            _made_of(owner.children.get(child_name))  # what is asked of it later is known by then
            owner.children.pop(child_name, None)  # it looks for no other spelling
        return removed

    return try_remove_child


def _asked_once(stock: property, name: str, known: Any) -> property:
    get = stock.fget
    assert get is not None
    key = f"_terratiers_{name}"

    @functools.wraps(get)
    def read(self: Any) -> Any:
        kept = self.__dict__
        if _UNASKED in kept:
            return known(_made_at(kept[_OF]))
        if key not in kept:
            kept[key] = get(self)
        value = kept[key]
        return list(value) if isinstance(value, list) else value  # Node makes a new one each time

    return property(read, stock.fset, stock.fdel, stock.__doc__)
