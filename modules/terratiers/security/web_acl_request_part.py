"""Which part of a request a statement looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_string
from terratiers.security.web_acl_forwarded_ip import HEADER_NAME

__all__ = ["RequestPart"]

_OVERSIZE = ("CONTINUE", "MATCH", "NO_MATCH")
_SCOPES = ("ALL", "KEY", "VALUE")
_INVALID_JSON = ("EVALUATE_AS_STRING", "MATCH", "NO_MATCH")
_WHERE = "request part"


@dataclass(frozen=True, kw_only=True)
class RequestPart:
    """A part of a request. Made by `path`, `header`, `body`, ..., never by hand.

    Args:
        block: As the provider takes it.
        extra_capacity: Capacity units that it adds to a statement.
        capacity_factor: By how much it multiplies a statement's own capacity units.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-fields-list.html
    """

    block: Mapping[str, Any]
    extra_capacity: int = 0
    capacity_factor: int = 1

    @classmethod
    def path(cls) -> RequestPart:
        """The path of the URI: `/images/logo.png`."""
        return cls(block={"uri_path": {}})

    @classmethod
    def query_string(cls) -> RequestPart:
        """All that stands after the `?`."""
        return cls(block={"query_string": {}})

    @classmethod
    def method(cls) -> RequestPart:
        """`GET`, `POST`, ..."""
        return cls(block={"method": {}})

    @classmethod
    def header(cls, name: str) -> RequestPart:
        """The value of one header.

        Args:
            name: The header's name.

        Raises:
            ConfigurationError: for no name of a header; so do the other makers.
        """
        return cls(block={"single_header": {"name": _check_name("header", name)}})

    @classmethod
    def query_argument(cls, name: str) -> RequestPart:
        """The value of one argument of the query; up to 30 letters, digits, - and _.

        Args:
            name: The argument's name.
        """
        return cls(block={"single_query_argument": {"name": _check_name("query argument", name)}})

    @classmethod
    def all_query_arguments(cls) -> RequestPart:
        """The values of all arguments of the query; adds 10 capacity units."""
        return cls(block={"all_query_arguments": {}}, extra_capacity=10)

    @classmethod
    def headers(cls, *, look_at: str = "ALL", oversize: str = "CONTINUE") -> RequestPart:
        """All headers: their names (`KEY`), values (`VALUE`) or both (`ALL`).

        Args:
            look_at: Default: ALL.
            oversize: What a request means of which WAF sees a part only (8 KB, 200 headers):
                `CONTINUE` with that part, `MATCH` or `NO_MATCH`. Default: CONTINUE.
        """
        _check(look_at=(look_at, _SCOPES), oversize=(oversize, _OVERSIZE))
        return cls(block={"headers": [_map_part(look_at, oversize)]})

    @classmethod
    def cookies(cls, *, look_at: str = "ALL", oversize: str = "CONTINUE") -> RequestPart:
        """All cookies; arguments as for `headers`."""
        _check(look_at=(look_at, _SCOPES), oversize=(oversize, _OVERSIZE))
        return cls(block={"cookies": _map_part(look_at, oversize)})

    @classmethod
    def body(cls, *, oversize: str = "CONTINUE") -> RequestPart:
        """The body: its first 8 KB at an application load balancer, 16 KB elsewhere.

        Args:
            oversize: What a longer one means: `CONTINUE` with what is seen, `MATCH`, `NO_MATCH`.
                Default: CONTINUE.
        """
        _check(oversize=(oversize, _OVERSIZE))
        return cls(block={"body": {"oversize_handling": oversize}})

    @classmethod
    def json_body(
        cls,
        *,
        look_at: str = "ALL",
        oversize: str = "CONTINUE",
        invalid: str = "EVALUATE_AS_STRING",
    ) -> RequestPart:
        """The body, parsed as JSON; doubles a statement's capacity units.

        Args:
            look_at: Keys (`KEY`), values (`VALUE`) or both (`ALL`). Default: ALL.
            oversize: As for `body`.
            invalid: What a body that is no JSON means: `EVALUATE_AS_STRING`, `MATCH`, `NO_MATCH`.
        """
        _check(
            look_at=(look_at, _SCOPES),
            oversize=(oversize, _OVERSIZE),
            invalid=(invalid, _INVALID_JSON),
        )
        block = {
            "match_pattern": {"all": {}},
            "match_scope": look_at,
            "oversize_handling": oversize,
            "invalid_fallback_behavior": invalid,
        }
        return cls(block={"json_body": block}, capacity_factor=2)


def _check(**given: tuple[object, tuple[str, ...]]) -> None:
    faults = Faults(None, _WHERE)
    for name, (value, choices) in given.items():
        check_choice(faults, name, value, choices)
    faults.raise_any()


def _check_name(what: str, name: object) -> str:
    """In lower case, as the provider wants it; WAF compares without regard to case."""
    faults = Faults(None, _WHERE)
    longest = 40 if what == "header" else 30
    rule = f"write its name, 1 to {longest} letters, digits, - and _."
    pattern = HEADER_NAME if what == "header" else r"[A-Za-z0-9_-]{1,30}"
    check_string(faults, what, name, pattern, rule, tokens=False)
    faults.raise_any()
    return str(name).lower()


def _map_part(look_at: str, oversize: str) -> dict[str, Any]:
    return {
        "match_pattern": {"all": {}},
        "match_scope": look_at,
        "oversize_handling": oversize,
    }
