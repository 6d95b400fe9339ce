"""Conditions of listener rules: which requests a rule is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_cidr, check_string

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.lb_listener_rule import LbListenerRuleCondition

__all__ = ["ListenerCondition"]

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class ListenerCondition:
    """Which requests a rule is for. Made by `host`, `path`, ..., never by hand.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
    """

    kind: str
    values: tuple[str, ...]
    name: str | None = None

    @classmethod
    def host(cls, *names: str) -> ListenerCondition:
        """Requests for these hosts: up to 128 characters each, `*` and `?` allowed.

        Args:
            names: `*.example.com`.

        Raises:
            ConfigurationError: for no or malformed values; so do the other makers.
        """
        rule = "write a host like www.example.com or *.example.com."
        return cls._make(
            "host_header", names, r"(?=.{1,128}\Z)[A-Za-z0-9*?-]+(\.[A-Za-z0-9*?-]+)+", rule
        )

    @classmethod
    def path(cls, *patterns: str) -> ListenerCondition:
        """Requests for these paths: up to 128 characters each, `*` and `?` allowed.

        Args:
            patterns: `/admin/*`.
        """
        rule = "write a path like /api/*, up to 128 characters."
        return cls._make(
            "path_pattern", patterns, r"/[A-Za-z0-9_.$/~\"'@:+&()!,;=*?-]{0,127}", rule
        )

    @classmethod
    def method(cls, *methods: str) -> ListenerCondition:
        """Requests with these HTTP methods.

        Args:
            methods: `GET`, `POST`, ...
        """
        faults = Faults(None, "listener condition")
        for method in methods:
            check_choice(faults, "method", method, _METHODS)
        faults.raise_any()
        return cls._make("http_request_method", methods, r".+", "")

    @classmethod
    def header(cls, name: str, *patterns: str) -> ListenerCondition:
        """Requests whose header `name` matches one of `patterns`."""
        faults = Faults(None, "listener condition")
        rule = "write a header's name, up to 40 characters; use host() for Host."
        check_string(faults, "header", name, r"(?!(?i:host)\Z)[!#-'*+.^_`|~0-9A-Za-z-]{1,40}", rule)
        faults.raise_any()
        made = cls._make("http_header", patterns, r"[ -~]{1,128}", "write 1 to 128 characters.")
        return cls(made.kind, made.values, name)

    @classmethod
    def query(cls, parameters: Mapping[str, str]) -> ListenerCondition:
        """Requests with one of these query parameters: name to value.

        Args:
            parameters: Pattern by name.
        """
        faults = Faults(None, "listener condition")
        if not isinstance(parameters, Mapping):
            faults.add(f'query is {parameters!r}: write {{"version": "2"}}.')
            faults.raise_any()
        for key, value in parameters.items():
            rule = "write name and value, 1 to 128 characters each, the name without =."
            check_string(faults, "query: name", key, r"[^=]{1,128}", rule)
            check_string(faults, f"query: {key}", value, r".{1,128}", rule)
        faults.raise_any()
        pairs = tuple(f"{key}={value}" for key, value in parameters.items())
        return cls._make("query_string", pairs, r".+", "")

    @classmethod
    def source_ip(cls, *blocks: str) -> ListenerCondition:
        """Requests from these CIDR blocks; behind a proxy it is the proxy's address.

        Args:
            blocks: `203.0.113.0/24`.
        """
        faults = Faults(None, "listener condition")
        for block in blocks:
            version = 6 if isinstance(block, str) and ":" in block else 4
            check_cidr(faults, "source_ip", block, version=version)
        faults.raise_any()
        return cls._make("source_ip", blocks, r".+", "")

    @classmethod
    def _make(
        cls, kind: str, values: tuple[str, ...], pattern: str, rule: str
    ) -> ListenerCondition:
        faults = Faults(None, "listener condition")
        if not values:
            faults.add(f"{kind} has no value: name at least one.")
        for value in values:
            check_string(faults, kind, value, pattern, rule)
        faults.raise_any()
        return cls(kind, values)

    @property
    def wildcards(self) -> int:
        """How many wildcards it holds: a rule may have six."""
        return sum(value.count("*") + value.count("?") for value in self.values)

    def to_struct(self) -> LbListenerRuleCondition:
        """The condition as the provider takes it."""
        from cdktf_cdktf_provider_aws.lb_listener_rule import (
            LbListenerRuleCondition,
            LbListenerRuleConditionHostHeader,
            LbListenerRuleConditionHttpHeader,
            LbListenerRuleConditionHttpRequestMethod,
            LbListenerRuleConditionPathPattern,
            LbListenerRuleConditionQueryString,
            LbListenerRuleConditionSourceIp,
        )

        values = list(self.values)
        if self.kind == "host_header":
            return LbListenerRuleCondition(
                host_header=LbListenerRuleConditionHostHeader(values=values)
            )
        if self.kind == "path_pattern":
            return LbListenerRuleCondition(
                path_pattern=LbListenerRuleConditionPathPattern(values=values)
            )
        if self.kind == "http_request_method":
            return LbListenerRuleCondition(
                http_request_method=LbListenerRuleConditionHttpRequestMethod(values=values)
            )
        if self.kind == "http_header":
            return LbListenerRuleCondition(
                http_header=LbListenerRuleConditionHttpHeader(
                    http_header_name=str(self.name), values=values
                )
            )
        if self.kind == "source_ip":
            return LbListenerRuleCondition(source_ip=LbListenerRuleConditionSourceIp(values=values))
        return LbListenerRuleCondition(
            query_string=[
                LbListenerRuleConditionQueryString(
                    key=value.partition("=")[0], value=value.partition("=")[2]
                )
                for value in values
            ]
        )
