"""Answers in Python what never changes in Node: where a construct is, its node and its stack.

A construct's place follows from what the program itself said when it made it. Node is asked for
what it made by itself, and once. What is known is kept by jsii's reference, and not with the
objects: programs look through the attributes of their own, and copy them.
"""

from __future__ import annotations

import functools
import re
from types import ModuleType
from typing import Any

__all__ = ["is_unused_id", "known_children", "remember_nodes", "remember_stacks"]

# Classes known to be made of scope and id, in this order, and to hand both on as they are.
_KNOWN = ("constructs.", "cdktf.", "@cdktf/provider-", "@cdktn/provider-")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.-]+")  # nothing that constructs would replace
# Ids that cdktf gives by itself, and what every table of JavaScript's has.
_NEVER_SURE = re.compile(
    r"backend|cross-stack-.*|__.*|constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable"
    r"|toLocaleString|toString|valueOf",
    re.DOTALL,
)
# At a node: the reference of its construct, and whether Node was not asked for it.
_OF, _UNASKED = "_terratiers_of", "_terratiers_unasked"


class _Made:
    """A construct that Python made."""

    __slots__ = ("above", "children", "construct", "id", "path")

    def __init__(self, construct: Any) -> None:
        self.construct = construct
        self.children: dict[str, Any] | None = None  # by id, once there are any; None: JavaScript's
        self.above: _Made | None = None  # None when it is not certain
        self.id = ""
        self.path: str | None = None


class _Sure:
    """False when JavaScript that nobody knows may have made constructs, or taken them away."""

    of_children = True


_made: dict[str, _Made] = {}
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
            made = _made.get(ref)
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
        self.__jsii_ref__ = ask(_made[vars(self)[_OF]].construct).__jsii_ref__
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

    def note_child(child: Any, args: list[Any] | None) -> tuple[_Made | None, Any]:
        scope, id = args[:2] if args and len(args) > 1 else (None, None)
        above = _made_of(scope) if isinstance(scope, construct) else None
        if above is not None and isinstance(id, str):
            if above.children is None:
                above.children = {}
            above.children.setdefault(_as_kept(id), child)
        return above, id

    @functools.wraps(stock_create)
    def create(klass: Any, obj: Any, args: list[Any] | None = None) -> Any:
        is_known = klass.__jsii_type__.startswith(_KNOWN)
        _Sure.of_children = _Sure.of_children and is_known
        is_construct = isinstance(obj, construct)
        # even if it fails: half of it may be there
        above, id = note_child(obj, args) if is_construct else (None, None)
        created = stock_create(klass, obj, args)
        if is_known and is_construct:
            made = _made[obj.__jsii_ref__.ref] = _Made(obj)
            if above is not None and type(id) is str and _PLAIN_ID.fullmatch(id):
                made.above, made.id = above, id
        return created

    @functools.wraps(stock_sinvoke)
    def sinvoke(klass: Any, method: str, args: list[Any] | None = None) -> Any:
        if method == "generateConfigForImport":  # makes a construct of scope and id, too
            note_child(None, args)
        _Sure.of_children = _Sure.of_children and klass.__jsii_type__.startswith(_KNOWN)
        return stock_sinvoke(klass, method, args)

    jsii.create, jsii.sinvoke = create, sinvoke


def _made_of(construct: Any) -> _Made | None:
    return _made.get(getattr(getattr(construct, "__jsii_ref__", None), "ref", ""))


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
            above = stack_above(_made.get(ref))
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
    if made is None or not _Sure.of_children or _NEVER_SURE.fullmatch(id):
        return False
    return _as_kept(id) not in (made.children or ())


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
        owner = _made.get(vars(self).get(_OF, ""))
        if removed and owner is None:
            _Sure.of_children = False
        elif removed and owner is not None and owner.children is not None:
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
            return known(_made[kept[_OF]])
        if key not in kept:
            kept[key] = get(self)
        value = kept[key]
        return list(value) if isinstance(value, list) else value  # Node makes a new one each time

    return property(read, stock.fset, stock.fdel, stock.__doc__)
