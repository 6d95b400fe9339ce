"""Rate limits: how many requests one client may make, and what counts as one client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.validation import (
    check_choice,
    check_instance,
    check_int,
    check_sequence,
    check_string,
    show,
)
from terratiers.security.web_acl_forwarded_ip import ForwardedIp
from terratiers.security.web_acl_statement import WebAclStatement
from terratiers.security.web_acl_statement_input import check_transformations

__all__ = ["RateLimitKey", "check_rate_limit", "rate_based_block"]

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
_CAPACITY = 2
_WINDOWS = (60, 120, 300, 600)
_LOWEST, _HIGHEST, _MOST_KEYS = 10, 2_000_000_000, 5
_WORDS = ("ip", "all-requests")
_EXAMPLE = 'RateLimitKey.header("x-api-key")'


@dataclass(frozen=True, kw_only=True)
class RateLimitKey:
    """What requests have to share to be counted together. Made by `ip`, `header`, ...

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-aggregation-options.html
    """

    block: Mapping[str, Any]

    @classmethod
    def ip(cls) -> RateLimitKey:
        """The address of the connection; beside another key only."""
        return cls(block={"ip": {}})

    @classmethod
    def method(cls) -> RateLimitKey:
        """The HTTP method."""
        return cls(block={"http_method": {}})

    @classmethod
    def path(cls, *, transformations: Sequence[str] = ()) -> RateLimitKey:
        """The path of the URI.

        Args:
            transformations: Applied first, up to 10: `LOWERCASE`, `URL_DECODE`, ... Default: none.

        Raises:
            ConfigurationError: for names that are none; so do the other makers.
        """
        return cls._of("uri_path", None, transformations)

    @classmethod
    def query_string(cls, *, transformations: Sequence[str] = ()) -> RateLimitKey:
        """All that stands after the `?`.

        Args:
            transformations: Applied first, up to 10: `LOWERCASE`, `URL_DECODE`, ... Default: none.
        """
        return cls._of("query_string", None, transformations)

    @classmethod
    def header(cls, name: str, *, transformations: Sequence[str] = ()) -> RateLimitKey:
        """The value of a header, 1 to 64 characters its name.

        Args:
            name: The header's name.
            transformations: Applied first, up to 10: `LOWERCASE`, `URL_DECODE`, ... Default: none.
        """
        return cls._of("header", name, transformations)

    @classmethod
    def cookie(cls, name: str, *, transformations: Sequence[str] = ()) -> RateLimitKey:
        """The value of a cookie.

        Args:
            name: The cookie's name.
            transformations: Applied first, up to 10: `LOWERCASE`, `URL_DECODE`, ... Default: none.
        """
        return cls._of("cookie", name, transformations)

    @classmethod
    def query_argument(cls, name: str, *, transformations: Sequence[str] = ()) -> RateLimitKey:
        """The value of an argument of the query.

        Args:
            name: The argument's name.
            transformations: Applied first, up to 10: `LOWERCASE`, `URL_DECODE`, ... Default: none.
        """
        return cls._of("query_argument", name, transformations)

    @classmethod
    def label_namespace(cls, namespace: str) -> RateLimitKey:
        """The label of this namespace, which ends in a colon.

        Args:
            namespace: `awswaf:managed:aws:bot-control:`.
        """
        faults = Faults(None, "rate limit key")
        rule = "write letters, digits, _ - and :, a colon last."
        pattern = r"[0-9A-Za-z_:-]{1,1023}:"
        check_string(faults, "namespace", namespace, pattern, rule, tokens=False)
        faults.raise_any()
        return cls(block={"label_namespace": {"namespace": namespace}})

    @classmethod
    def _of(cls, kind: str, name: object, transformations: object) -> RateLimitKey:
        faults = Faults(None, "rate limit key")
        if kind in ("header", "cookie", "query_argument"):
            rule = "write its name, 1 to 64 characters without blanks."
            check_string(faults, kind, name, r"[!-~]{1,64}", rule, tokens=False)
        names = check_transformations(faults, transformations)
        faults.raise_any()
        settings: dict[str, Any] = {
            "text_transformation": [
                {"priority": place, "type": each} for place, each in enumerate(names or ("NONE",))
            ]
        }
        if name is not None:
            settings["name"] = name
        return cls(block={kind: settings})


def check_rate_limit(
    faults: Faults, limit: object, window: object, by: object, scope_down: object
) -> None:
    """Notes what AWS WAF would refuse in a rate limit."""
    check_int(faults, "limit", limit, _LOWEST, _HIGHEST, "requests in a window (AWS WAF)")
    check_choice(faults, "window", window, _WINDOWS, "It is in seconds.")
    if isinstance(by, ForwardedIp):
        by.check(faults)
        return
    if isinstance(by, str):
        check_choice(faults, "by", by, _WORDS, "Or give ForwardedIp() or a list of RateLimitKey.")
        if by == "all-requests" and scope_down is None:
            faults.add(
                "by is all-requests without scope_down: one limit for everybody would shut all "
                "visitors out: say which requests, with scope_down."
            )
        return
    keys = check_sequence(faults, "by", by, f"[{_EXAMPLE}]")
    if keys is None:
        return
    for key in keys:
        check_instance(faults, "by", key, RateLimitKey, _EXAMPLE)
    if not 1 <= len(keys) <= _MOST_KEYS:
        faults.add(f"by holds {len(keys)} keys: AWS WAF takes 1 to {_MOST_KEYS}.")
    elif list(keys) == [RateLimitKey.ip()]:
        faults.add('by is the address alone: write by="ip".')
    elif any(list(keys).count(key) > 1 for key in keys):
        faults.add(f"by {show(keys)} repeats a key: take one out.")


def rate_based_block(
    limit: int,
    window: int,
    by: str | ForwardedIp | Sequence[RateLimitKey],
    scope_down: WebAclStatement | None,
) -> tuple[dict[str, Any], int]:
    """The provider's block and the capacity units that it takes."""
    block: dict[str, Any] = {"limit": limit, "evaluation_window_sec": window}
    capacity = _CAPACITY
    if isinstance(by, ForwardedIp):
        block["aggregate_key_type"] = "FORWARDED_IP"
        block["forwarded_ip_config"] = by.to_block("MATCH")
    elif isinstance(by, str):
        block["aggregate_key_type"] = "IP" if by == "ip" else "CONSTANT"
    else:
        block["aggregate_key_type"] = "CUSTOM_KEYS"
        block["custom_key"] = [dict(key.block) for key in by]
        capacity += 30 * len(by)
    if scope_down:
        block["scope_down_statement"] = scope_down.to_block()
        capacity += scope_down.capacity
    return {"rate_based_statement": block}, capacity
