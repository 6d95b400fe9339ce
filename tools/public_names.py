"""The library's public names with their signatures and docstrings, read from the sources (griffe).

`faults()` tells what users would not be told: public names without a docstring, and arguments
that no docstring describes.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import griffe
from griffe import Class, DocstringSectionKind, Expr, ExprName, Function, Object, ParameterKind

__all__ = [
    "Argument", "arguments", "attribute_type", "constants", "faults", "has_constructor",
    "is_protocol", "members", "methods", "module", "public", "sections",
]  # fmt: skip

ROOT = Path(__file__).parents[1]

# The packages that users import from.
PACKAGES = (
    "terratiers", "terratiers.tiers", "terratiers.network", "terratiers.security",
    "terratiers.compute", "terratiers.load_balancing", "terratiers.dns", "terratiers.storage",
    "terratiers.database", "terratiers.serverless", "terratiers.messaging", "terratiers.testing",
)  # fmt: skip

# What of `core` is for those who write constructs of their own.
CORE = {
    "acknowledgements": ["warn"],
    "contract": ["Shareable", "fact", "output"],
    "errors": ["Faults"],
    "names": ["construct_name", "environment_of", "path_in_stack", "pin_address", "resource_name"],
    "policy": ["policy_document"],
    "shared_construct": ["SharedConstruct"],
    "tokens": ["is_token"],
    "validation": [
        "check_bool", "check_choice", "check_instance", "check_int", "check_scope", "check_string",
    ],
}  # fmt: skip
NOT_OURS = ["terratiers.App"]

# What modules of the library call on each other's objects, public for them alone.
INTERNAL = {
    "ClassicHealthCheck.port", "LambdaDestination.name", "QueueDestination.name",
    "TopicDestination.name", "WebPage.user_data", "accepted_by", "add_endpoint_service",
    "add_group", "add_to", "admit_access_logs", "arguments", "bind", "block", "block_device",
    "body_key", "body_type", "check", "check_application", "check_closed", "check_from",
    "check_publisher", "check_subnets", "encoded", "event_settings", "id_in", "includes",
    "map_http_api", "map_rest_api", "note_forwarding", "own_tags", "place", "prefix_of", "read",
    "render", "resolved_target", "settings", "to_block", "to_dict", "to_ip_set_block", "to_struct",
}  # fmt: skip

# What is the same everywhere; a docstring that says it otherwise goes first.
CONVENTIONS = {
    "scope": "The tier, stack or construct that it becomes part of.",
    "id": "Its name in `scope`, and part of all Terraform names.",
    "attributes": "What is known of it.",
    "faults": "The `Faults` in which it is noted.",
    "grantee": "Who may: anything with a `role`, such as a `Role`, `Instance` or `Function`.",
}
_LONGEST_DEFAULT = 80
MADE_ELSEWHERE = re.compile(r"\bMade by\b|\bUse `\w+\.from_attributes`")
SEE = re.compile(r"\b(?:as in|as for|see)\s+`([\w.]+)`")


@dataclass(frozen=True)
class Argument:
    """A row of a table of arguments."""

    name: str
    annotation: str | Expr | None
    default: str | None
    description: str
    by_keyword: bool


@cache
def library() -> griffe.Module:
    """The library as griffe reads it."""
    logging.getLogger("griffe").setLevel(logging.CRITICAL)
    loaded = griffe.load(
        "terratiers",
        search_paths=[ROOT / "modules"],
        resolve_aliases=True,
        resolve_external=False,
        docstring_parser="google",
    )
    assert isinstance(loaded, griffe.Module)
    return loaded


@cache
def public() -> dict[str, dict[str, Object]]:
    """Each page's names and what they stand for, in the order of the alphabet."""
    pages = {name: _exports(name) for name in PACKAGES}
    pages["terratiers.core"] = {
        name: _exports(f"terratiers.core.{part}")[name]
        for part, names in CORE.items()
        for name in names
    }
    return pages


def _exports(package: str) -> dict[str, Object]:
    found = module(package)
    return {
        str(name): _target(found.members[str(name)])
        for name in sorted(map(str, found.exports or ()), key=str.lower)
        if f"{package}.{name}" not in NOT_OURS
    }


def _target(found: Object | griffe.Alias) -> Object:
    return found.final_target if found.is_alias else found


def is_protocol(found: Class) -> bool:
    """Whether it only says what others have."""
    return any(str(base).startswith("Protocol") for base in found.bases)


def has_constructor(found: Class) -> bool:
    """Whether users write `Name(...)`, and do not get it from a method."""
    text = found.docstring.value if found.docstring else ""
    return bool(found.parameters) and not MADE_ELSEWHERE.search(text)


def constants(found: Class) -> dict[str, str]:
    """The names of a class that only lists texts: `StorageClass.GLACIER`."""
    own = {key: m for key, m in found.members.items() if not key.startswith("_")}
    if not own or not all(key.isupper() and m.is_attribute for key, m in own.items()):
        return {}
    return {key: str(m.value) for key, m in own.items() if key != "ALL"}


def methods(found: Class) -> Iterator[tuple[str, Function]]:
    """The methods for users, those of bases without a page of their own included."""
    for key, member in members(found):
        if isinstance(member, Function) and "property" not in member.labels:
            yield key, member


def members(found: Class) -> Iterator[tuple[str, Object]]:
    """What users may call and read, without what a base with a page of its own has."""
    shown = {item.path for names in public().values() for item in names.values()}
    shown_elsewhere = {key for b in found.mro() if b.path in shown for key in b.all_members}
    for key, member in found.all_members.items():
        internal = key in INTERNAL and not is_protocol(found)
        hidden = key.startswith("_") or internal or f"{found.name}.{key}" in INTERNAL
        if not hidden and (key in found.members or key not in shown_elsewhere):
            yield key, _target(member)


def arguments(found: Class | Function) -> list[Argument]:
    """The arguments of a function or a constructor."""
    described = _described(found)
    options = _outputs(found) if isinstance(found, Class) else {}
    conventions = CONVENTIONS if described or found.name == "from_attributes" else {}
    rows = []
    for item in found.parameters:
        if item.name in ("self", "cls"):
            continue
        stars = {"variadic positional": "*", "variadic keyword": "**"}
        star = stars.get(str(item.kind.value if item.kind else ""), "")
        description = (
            described.get(star + item.name)
            or described.get(item.name)
            or options.get(item.name)
            or conventions.get(item.name, "")
        )
        default = None if star else _default(item.default)
        by_keyword = item.kind is ParameterKind.keyword_only
        rows.append(Argument(star + item.name, item.annotation, default, description, by_keyword))
    return rows


def _described(found: Object) -> dict[str, str]:
    """The arguments that a docstring describes: itself, by what it overrides, or by the method
    that it sends readers to (`as in `allow_from``)."""
    own = {
        item.name: " ".join(item.description.split())
        for section in sections(found, DocstringSectionKind.parameters)
        for item in section.value
    }
    parent = found.parent
    if own or not isinstance(found, Function) or not isinstance(parent, Class):
        return own
    for base in parent.mro():
        if found.name in base.members:
            return _described(_target(base.members[found.name]))
    other = SEE.search(found.docstring.value) if found.docstring else None
    if other is None:
        return {}
    class_name, _, name = other[1].rpartition(".")
    holder = next(
        (item for names in public().values() for key, item in names.items() if key == class_name),
        parent,
    )
    named = holder.all_members.get(name)
    return _described(_target(named)) if named is not None and named is not found else {}


def _default(value: str | Expr | None) -> str | None:
    """A default as it is written, `field`s of dataclasses and constants of modules resolved."""
    if isinstance(value, ExprName):
        path = value.canonical_path.removeprefix("terratiers.")
        with contextlib.suppress(KeyError):
            constant = str(getattr(_target(library()[path]), "value", value))
            return constant if len(constant) <= _LONGEST_DEFAULT else str(value)
    text = None if value is None else str(value)
    if text is None or text.startswith("output("):
        return "None" if text and "only_if=" in text else None
    if text.startswith("fact("):
        return text.removeprefix("fact(default=").removesuffix(")") if "default=" in text else None
    if text.startswith("field(default_factory="):
        return {"dict": "{}", "list": "[]"}[text[22:-1]]
    return re.sub(r"'([^'\"\\]*)'", r'"\1"', text)


def _outputs(found: Class) -> dict[str, str]:
    """The descriptions that a contract's fields give their Terraform outputs."""
    written = {}
    for key, member in found.members.items():
        text = str(getattr(member, "value", "") or "")
        match = re.match(r"output\((['\"])(.*?)\1", text)
        if match:
            written[key] = f"{match[2]}."
    return written


def attribute_type(found: Class, member: Object) -> str | Expr | None:
    """Its annotation; else, of `self.x = X(...)`, what is called, or what that returns."""
    annotation: str | Expr | None = getattr(member, "annotation", None)
    return annotation or _type_of(found, getattr(member, "value", None))


def _type_of(found: Class, value: object) -> str | Expr | None:
    if isinstance(value, griffe.ExprIfExp):
        return _type_of(found, value.body)
    if isinstance(value, ExprName):
        return next((p.annotation for p in found.parameters if p.name == value.name), None)
    if not isinstance(value, griffe.ExprCall):
        return None
    if isinstance(value.function, ExprName):
        return value.function
    owner, _, method = str(value.function).rpartition(".")
    holder: Class | None = found
    if owner != "self" and isinstance(value.function, griffe.ExprAttribute):
        path = value.function.canonical_path.rpartition(".")[0].removeprefix("terratiers.")
        with contextlib.suppress(KeyError):
            known = _target(library()[path])
            holder = known if isinstance(known, Class) else None
    if holder is None or method not in holder.all_members:
        return None
    return getattr(_target(holder.all_members[method]), "returns", None)


def sections(found: Object, kind: DocstringSectionKind) -> Iterator[griffe.DocstringSection]:
    """The sections of one kind that its docstring has."""
    if found.docstring:
        yield from (s for s in found.docstring.parsed if s.kind is kind)


def faults() -> list[str]:
    """Public names without a docstring, and arguments that none describes."""
    found = []
    for package, names in public().items():
        for name, item in names.items():
            place = f"{package}.{name}"
            if isinstance(item, Function):
                found += _undescribed(place, item)
            elif isinstance(item, Class):
                if item.docstring is None:
                    found.append(f"{place} has no docstring")
                if not is_protocol(item) and has_constructor(item) and not constants(item):
                    found += _undescribed(place, item)
                for key, method in methods(item):
                    found += _undescribed(f"{place}.{key}", method)
            elif item.docstring is None:
                found.append(f"{place} has no docstring")
    return list(dict.fromkeys(found))


def _undescribed(place: str, found: Class | Function) -> Iterator[str]:
    """An argument is described in `Args`, or named in the text of the docstring."""
    if found.docstring is None:
        yield f"{place} has no docstring"
        return
    named = set(re.findall(r"`(\w+)`", found.docstring.value))
    for item in arguments(found):
        known = item.description or item.name.lstrip("*") in named | CONVENTIONS.keys()
        if not known:
            yield f"{place}: {item.name} is described nowhere"


def module(package: str) -> Object:
    """A package, for its docstring."""
    return library()[package.partition(".")[2]] if "." in package else library()
