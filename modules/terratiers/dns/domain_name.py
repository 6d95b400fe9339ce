"""Domain names: their form, and where a name lies in a zone."""

from __future__ import annotations

import re

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import show

__all__ = ["check_domain_name", "check_record_name", "lies_in"]

_HOST_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ANY_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_MAX_LABEL, _MAX_NAME = 63, 253
# A name that ends so is never meant relative to a zone.
_TOP_LEVEL = ("com", "net", "org", "edu", "gov", "info", "biz")


def lies_in(name: str, domain: str) -> bool:
    """Whether `name` is `domain` or below it."""
    return name == domain or name.endswith(f".{domain}")


def check_domain_name(
    faults: Faults,
    name: str,
    value: object,
    *,
    least_labels: int = 2,
    underscores: bool = False,
    wildcard: bool = False,
) -> str | None:
    """A literal domain name, written in full; returned in lower case, without a dot at the end.

    Up to 253 characters, in labels of 1 to 63 letters, digits and hyphens. `wildcard` admits `*`
    as the first label. No token: names decide what is checked and what is made.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
    """
    if not isinstance(value, str) or is_token(value):
        told = "a token, and has to be known now" if is_token(value) else type(value).__name__
        faults.add(f"{name} {show(value)} is {told}: write a domain name like www.example.com.")
        return None
    fault = _fault(value, least_labels, underscores, wildcard)
    if fault:
        faults.add(f"{name} {show(value)} is not valid: {fault}")
        return None
    return _plain(value)


def check_record_name(faults: Faults, value: object, zone_name: str) -> str | None:
    """The full name of a record of `zone_name`.

    `""` and the zone's name are its apex. A name below the zone or with a dot at the end is
    complete, any other is relative to the zone. The provider completes tokens the same way.
    """
    if is_token(value) and isinstance(value, str):
        return value
    if not isinstance(value, str):
        faults.add(f'name {show(value)} is {type(value).__name__}: write a name like "www".')
        return None
    if value in ("", "@"):
        if value:
            faults.add(f'name @ is a file\'s way to say the zone itself: write "" or {zone_name}.')
        return zone_name
    plain = _plain(value)
    full = plain if lies_in(plain, zone_name) else f"{plain}.{zone_name}"
    last, own = plain.rpartition(".")[2], zone_name.rpartition(".")[2]
    absolute = value.endswith(".") or ("." in plain and last in (*_TOP_LEVEL, own))
    if absolute and full != plain:
        faults.add(
            f"name {show(value)} does not lie in the zone {zone_name}: write a name relative to "
            f"it; if {show(full)} is meant, write that in full."
        )
        return None
    fault = _fault(full, 1, True, True)
    if fault:
        faults.add(f"name {show(value)} is not valid: {fault}")
        return None
    return full


def _plain(value: str) -> str:
    return value.removesuffix(".").lower()


def _fault(value: str, least_labels: int, underscores: bool, wildcard: bool) -> str:
    """What is wrong with a name, or `""`."""
    plain = _plain(value)
    if not plain.isascii():
        return f"write it in Punycode{_punycode(plain)}."
    labels = plain.split(".")
    if len(plain) > _MAX_NAME:
        return f"it has {len(plain)} characters, and DNS allows {_MAX_NAME}."
    long = [label for label in labels if len(label) > _MAX_LABEL]
    if long:
        return f"{show(long[0])} has {len(long[0])} characters, and DNS allows {_MAX_LABEL}."
    first, *rest = labels
    if first == "*" and wildcard:
        labels = rest
    elif "*" in plain:
        allowed = "may stand for the whole first label only" if wildcard else "cannot be used here"
        return f"the wildcard * {allowed}."
    if labels and labels[-1].isdigit():
        return "it ends in a number: an address is no name."
    pattern = _ANY_LABEL if underscores else _HOST_LABEL
    if not all(re.fullmatch(pattern, label) for label in labels):
        also = ", hyphens and underscores" if underscores else " and hyphens, no hyphen at an end"
        return f"labels have letters, digits{also}, with single dots between them."
    if len(labels) < least_labels:
        return "write it in full, like www.example.com."
    return ""


def _punycode(value: str) -> str:
    try:
        return f": {value.encode('idna').decode()}"
    except UnicodeError:
        return " (xn--...)"
