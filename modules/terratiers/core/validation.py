"""Checks at the boundary: each notes in `Faults` what is wrong, with the limit and the remedy.

A check returns the value in its checked form, or None where there is nothing to go on with: the
value was at fault, or it is a token that only Terraform will know.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from terratiers.core.errors import ConfigurationError, Faults
from terratiers.core.names import child_of
from terratiers.core.tokens import is_token

from constructs import Construct, IConstruct

__all__ = [
    "check_address",
    "check_arn",
    "check_bool",
    "check_choice",
    "check_cidr",
    "check_instance",
    "check_int",
    "check_mapping",
    "check_options",
    "check_scope",
    "check_sequence",
    "check_string",
    "check_tags",
    "nearest",
    "show",
]

# The ids in a scope by the name that Terraform gives them: `a-b` and `a_b` are one there.
_names: WeakKeyDictionary[IConstruct, dict[str, str]] = WeakKeyDictionary()
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_TEXT = re.compile(r"[\w\s.:/=+\-@]*")
_MAX_TAG_KEY, _MAX_TAG_VALUE, _MAX_TAGS = 128, 256, 50


def show(value: object) -> str:
    """`value` as an error shows it: strings bare unless that would hide something, cut at 80."""
    text = value if isinstance(value, str) and value.strip() and value.isprintable() else ""
    text = text or repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(value: str, known: Collection[str]) -> str:
    """`"; did you mean a, b?"` with up to three names of `known` that look alike, or `""`."""
    close = difflib.get_close_matches(value, sorted(known), n=3, cutoff=0.6)
    return f"; did you mean {', '.join(close)}?" if close else ""


def check_scope(scope: object, id: object) -> Faults:
    """Starts a construct's checks: its parent and its own id.

    Raises `ConfigurationError` at once when `scope` is no construct or `id` is no usable id (a
    letter, then up to 63 letters, digits, `-` or `_`, not used before in that scope): without
    them no path can be named.
    """
    faults = Faults(scope if isinstance(scope, Construct) else None, id)
    if not isinstance(scope, Construct):
        faults.add(
            f"scope is {show(scope)} ({type(scope).__name__}): "
            "pass the stack or construct that this one belongs to."
        )
    if not isinstance(id, str) or is_token(id) or not _ID.fullmatch(id):
        faults.add(
            f"id {show(id)} cannot be part of a Terraform address: write a letter, then up to 63 "
            "letters, digits, - or _ (tokens are not known in time)."
        )
    faults.raise_any()
    assert isinstance(scope, Construct)
    assert isinstance(id, str)
    if child_of(scope, id) is not None:
        faults.add(f"id {id} is used already in this scope: give this construct another id.")
        faults.raise_any()
    name = id.replace("-", "_")
    other = _names.setdefault(scope, {}).setdefault(name, id)
    if other != id and child_of(scope, other) is not None:
        faults.add(f"its Terraform name {name} is taken by {other}: give one of them another id.")
        faults.raise_any()
    _names[scope][name] = id
    return faults


def check_string(
    faults: Faults, name: str, value: object, pattern: str, rule: str, *, tokens: bool = True
) -> str | None:
    """A string that matches `pattern` as a whole.

    Args:
        faults: Where it is noted otherwise.
        name: The argument's name.
        value: What was given for it.
        pattern: A regular expression, ASCII.
        rule: The same in words, with its source: `SQS takes 1 to 80 letters and digits.`
        tokens: Whether a token passes unchecked. Default: yes.
    """
    if tokens and is_token(value):
        return None
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        faults.add(f"{name} {show(value)} is not valid: {rule}")
        return None
    return value


def check_arn(faults: Faults, name: str, value: object, service: str, resource: str) -> str | None:
    """An ARN of `service` whose last part matches `resource`: `arn:aws:kms:...:key/...`."""
    pattern = rf"arn:aws[a-z-]*:{service}:[a-z0-9-]*:(?:[0-9]{{12}}|aws)?:{resource}"
    rule = f"write an ARN of {service}, arn:aws:{service}:..., whose end matches {resource}."
    return check_string(faults, name, value, pattern, rule)


def check_bool(faults: Faults, name: str, value: object) -> bool | None:
    """True or False; otherwise `faults` has it, by the argument's `name` and the given `value`."""
    if not isinstance(value, bool):
        faults.add(f"{name} is {show(value)} ({type(value).__name__}): write True or False.")
        return None
    return value


def check_int(
    faults: Faults, name: str, value: object, low: int, high: int, what: str
) -> int | None:
    """A whole number from `low` to `high`; `what` names unit and source (`"days (AWS KMS)"`).

    Otherwise `faults` has it, by the argument's `name` and the `value` that was given for it.
    """
    if is_token(value) and not isinstance(value, str):
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        faults.add(
            f"{name} is {show(value)} ({type(value).__name__}): "
            f"write a whole number from {low} to {high} {what}."
        )
        return None
    if not low <= value <= high:
        faults.add(f"{name} is {value}: it has to be {low} to {high} {what}.")
        return None
    return value


def check_choice(
    faults: Faults, name: str, value: object, choices: Sequence[T], remedy: str = ""
) -> T | None:
    """One of `choices`; the error lists them, the nearest first, and ends in `remedy`.

    Otherwise `faults` has it, by the argument's `name` and the `value` that was given for it.
    """
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return choice
    text = [str(choice) for choice in choices]
    hint = nearest(value, text) if isinstance(value, str) else ""
    listed = f"write one of {', '.join(text)}" if len(text) <= 20 else f"{len(text)} are known"
    faults.add(f"{name} {show(value)} is not known{hint or ':'} {listed}.{remedy and ' ' + remedy}")
    return None


def check_instance(
    faults: Faults, name: str, value: object, kind: type[T] | tuple[type[T], ...], example: str
) -> T | None:
    """An object of the class `kind`; `example` is the code to write instead.

    Otherwise `faults` has it, by the argument's `name` and the `value` that was given for it.
    """
    if not isinstance(value, kind):
        faults.add(f"{name} is {show(value)} ({type(value).__name__}): write {example}.")
        return None
    return value


class Checked(Protocol):
    """Options that know what is wrong with them."""

    def check(self, faults: Faults) -> None: ...


def check_options(
    faults: Faults, name: str, value: object, kind: type[Checked], example: str
) -> None:
    """Options of the class `kind`, and what they find wrong with themselves; None is no fault."""
    if value is not None:
        given = check_instance(faults, name, value, kind, example)
        if given is not None:
            given.check(faults)


def check_sequence(
    faults: Faults, name: str, value: object, example: str
) -> tuple[Any, ...] | None:
    """A list or tuple. A bare string is refused: it would be taken letter by letter."""
    if not isinstance(value, (list, tuple)):
        faults.add(f"{name} is {show(value)} ({type(value).__name__}): write a list, {example}.")
        return None
    return tuple(value)


def check_mapping(
    faults: Faults, name: str, value: object, example: str
) -> Mapping[str, Any] | None:
    """A mapping whose keys are strings."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        faults.add(f"{name} is {show(value)} ({type(value).__name__}): write {example}.")
        return None
    return value


def check_address(faults: Faults, name: str, value: object, reason: str = "") -> str | None:
    """An IPv4 address: `203.0.113.7`; `reason` says why it has to be one."""
    byte = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
    rule = f"{reason}write an IPv4 address like 203.0.113.7."
    return check_string(faults, name, value, rf"{byte}(\.{byte}){{3}}", rule)


def check_cidr(
    faults: Faults,
    name: str,
    value: object,
    *,
    version: int = 4,
    largest: int = 0,
    smallest: int | None = None,
    source: str = "",
) -> Network | None:
    """A CIDR block without host bits, its prefix length between `largest` and `smallest`."""
    if is_token(value):
        return None
    bits = 32 if version == 4 else 128
    smallest = bits if smallest is None else smallest
    example = "10.0.0.0/16" if version == 4 else "2001:db8::/56"
    # ip_network would read an int or bytes as an address and a bare address as a /32.
    if not isinstance(value, str) or "/" not in value:
        faults.add(
            f"{name} {show(value)} is not an IPv{version} CIDR block: write one like {example}."
        )
        return None
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        faults.add(
            f"{name} {show(value)} is not an IPv{version} CIDR block: write one like {example}."
        )
        return None
    if network.version != version:
        faults.add(f"{name} {value} is IPv{network.version}: an IPv{version} block is needed here.")
        return None
    suffix = value.partition("/")[2]
    if not suffix.isascii() or not suffix.isdigit() or str(int(suffix)) != suffix:
        faults.add(f"{name} {show(value)} has to end in a prefix length: write {network}.")
        return None
    if value.partition("/")[0] != str(network.network_address):
        faults.add(f"{name} {value} has host bits set or is not in short form: write {network}.")
        return None
    if not largest <= network.prefixlen <= smallest:
        size = "large" if network.prefixlen < largest else "small"
        note = f" ({source})" if source else ""
        faults.add(
            f"{name} {value} is too {size}: it has to be between /{largest} and /{smallest}{note}."
        )
        return None
    return network


def check_tags(
    faults: Faults, name: str, value: object, *, name_allowed: bool = False
) -> dict[str, str]:
    """Tags as AWS takes them: at most 50, keys of 1 to 128 and values of up to 256 characters.

    `Name` is not among them, unless `name_allowed`: the library sets it from the construct's id.

    https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        faults.add(f'{name} is {show(value)} ({type(value).__name__}): write {{"Key": "value"}}.')
        return {}
    most = _MAX_TAGS if name_allowed else _MAX_TAGS - 1
    if len(value) > most:
        own = "" if name_allowed else ", and Name is one of them"
        faults.add(f"{name} holds {len(value)} tags: AWS allows {_MAX_TAGS} on a resource{own}.")
    for key, text in value.items():
        _check_tag(faults, name, key, text)
    if "Name" in value and not name_allowed:
        faults.add(f"{name}: Name follows from the construct's id: take it out.")
    return dict(value)


def _check_tag(faults: Faults, name: str, key: object, text: object) -> None:
    for part, item, limit in (("key", key, _MAX_TAG_KEY), ("value", text, _MAX_TAG_VALUE)):
        if part == "value" and is_token(item):
            continue
        if not isinstance(item, str):
            faults.add(
                f"{name}: {part} {show(item)} of {show(key)} is {type(item).__name__}: "
                "write a string (None or a number is no tag)."
            )
        elif is_token(item):
            faults.add(f"{name}: key {show(item)} is a token: a tag's key has to be known now.")
        elif len(item) > limit or (part == "key" and not item):
            low = 1 if part == "key" else 0
            faults.add(
                f"{name}: {part} {show(item)} has {len(item)} characters: "
                f"AWS allows {low} to {limit}."
            )
        elif not _TAG_TEXT.fullmatch(item):
            faults.add(
                f"{name}: {part} {show(item)} holds a character that AWS refuses: use letters, "
                "digits, spaces and _ . : / = + - @."
            )
        elif part == "key" and item.lower().startswith("aws:"):
            faults.add(f"{name}: key {item} begins with aws:, which AWS keeps for itself.")


def configuration_error(scope: Construct | None, id: object, message: str) -> ConfigurationError:
    """One fault as an exception to raise at once."""
    faults = Faults(scope, id)
    faults.add(message)
    return ConfigurationError(faults.path, message)
