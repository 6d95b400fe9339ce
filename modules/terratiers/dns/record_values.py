"""The values of records: each type's syntax, and texts as Route 53 wants them.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_sequence, show
from terratiers.dns.domain_name import check_domain_name

__all__ = ["RECORD_TYPES", "check_values"]

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
_MAX_VALUES, _MAX_TEXT = 400, 4000
_MAX_STRING = 255
_EXAMPLES = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CAA": '0 issue "amazon.com"',
    "CNAME": "www.example.com",
    "DS": "12345 13 2 <digest in hex>",
    "HTTPS": '1 . alpn="h2"',
    "MX": "10 mail.example.com",
    "NS": "ns1.example.com",
    "PTR": "www.example.com",
    "SRV": "10 5 5060 sip.example.com",
    "SSHFP": "4 2 <fingerprint in hex>",
    "TLSA": "3 1 1 <digest in hex>",
    "TXT": "v=spf1 -all",
}
RECORD_TYPES = tuple(_EXAMPLES)


def check_values(faults: Faults, type: str, values: object) -> list[str]:
    """The values of a record of `type` as the provider takes them; notes what is wrong."""
    example = _EXAMPLES[type]
    items = check_sequence(faults, "values", values, f"['{example}']")
    if items is None:
        return []
    if not items:
        faults.add(f"values is empty: write at least one, like {example}.")
    if len(items) > _MAX_VALUES:
        faults.add(f"values are {len(items)}: Route 53 allows {_MAX_VALUES} in a record.")
    if type == "CNAME" and len(items) > 1:
        faults.add(f"values are {len(items)}: a CNAME record has one.")
    checked = [_check_value(faults, type, item) for item in items]
    known = [value for value in checked if value is not None]
    for twice in sorted({value for value in known if known.count(value) > 1}):
        faults.add(f"value {show(twice)} is there twice: write it once.")
    return known


def _check_value(faults: Faults, type: str, value: object) -> str | None:
    if isinstance(value, str) and is_token(value):
        return value
    if not isinstance(value, str):
        faults.add(
            f"value {show(value)} is {value.__class__.__name__}: write text like {_EXAMPLES[type]}."
        )
        return None
    result = _CHECKS[type](faults, value)
    if result is None:
        faults.add(
            f"value {show(value)} is not valid in {type} records: "
            f"write one like {_EXAMPLES[type]}.{_HINTS.get(type, '')}"
        )
    return result


def _ipv4(_: Faults, value: str) -> str | None:
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        return None


def _ipv6(_: Faults, value: str) -> str | None:
    """In its short form, which is how the value is compared."""
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return None
    return str(address) if address.scope_id is None else None


def _host(faults: Faults, value: str) -> str | None:
    inner = Faults(None, "")
    check_domain_name(inner, "value", value, underscores=True)
    return None if inner else value


def _numbers_and_host(count: int) -> Callable[[Faults, str], str | None]:
    """So many numbers of 16 bits, then a host; `.` says that there is none."""

    def check(faults: Faults, value: str) -> str | None:
        *numbers, host = value.split(" ")
        if len(numbers) != count or not all(map(_is_short, numbers)):
            return None
        return value if host == "." or _host(faults, host) else None

    return check


def _is_short(text: str) -> bool:
    return bool(re.fullmatch(r"0|[1-9][0-9]{0,4}", text)) and int(text) < 2**16


def _pattern(pattern: str) -> Callable[[Faults, str], str | None]:
    return lambda faults, value: value if re.fullmatch(pattern, value) else None


def _text(faults: Faults, value: str) -> str | None:
    """In strings of up to 255 bytes, escaped; the provider adds the outer quotes."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        faults.add(f"value {show(value)} is quoted: leave the quotes out, they are added.")
        return value
    data = value.encode()
    parts = [data[i : i + _MAX_STRING] for i in range(0, len(data), _MAX_STRING)]
    text = '""'.join("".join(map(_escaped, part)) for part in parts)
    if not value:
        return None
    if len(text) + 2 > _MAX_TEXT:
        faults.add(
            f"value {show(value)} has {len(text) + 2} characters with its quotes: "
            f"Route 53 allows {_MAX_TEXT}."
        )
    return text


def _escaped(byte: int) -> str:
    """A quote and a backslash with a backslash before, what is not printable as octal code."""
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_HEX = r"(?:[0-9A-Fa-f]{2})+"
_CHECKS: dict[str, Callable[[Faults, str], str | None]] = {
    "A": _ipv4,
    "AAAA": _ipv6,
    "CAA": _pattern(rf'{_BYTE} (issue|issuewild|issuemail|iodef|contact[a-z]+) "[!#-~ ]*"'),
    "CNAME": _host,
    "DS": _pattern(rf"[0-9]{{1,5}} {_BYTE} [1-4] {_HEX}"),
    "HTTPS": _pattern(r"[0-9]{1,5} (\.|[A-Za-z0-9_.-]+)( [a-z0-9-]+(=\S+)?)*"),
    "MX": _numbers_and_host(1),
    "NS": _host,
    "PTR": _host,
    "SRV": _numbers_and_host(3),
    "SSHFP": _pattern(rf"[0-9] [12] {_HEX}"),
    "TLSA": _pattern(rf"[0-3] [01] [0-2] {_HEX}"),
    "TXT": _text,
}
_HINTS = {
    "CAA": " The value stands in double quotes.",
    "CNAME": " An address goes into an A or AAAA record.",
    "MX": " It begins with a preference, and names a host, no address.",
    "SRV": " It has a priority, a weight, a port and a host.",
}
