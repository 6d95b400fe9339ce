"""The client's address as a proxy's header tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_string

__all__ = ["HEADER_NAME", "ForwardedIp"]

# What provider and AWS WAF take as the name of a header, in lower case
HEADER_NAME = r"[A-Za-z0-9_-]{1,40}"


@dataclass(frozen=True, kw_only=True)
class ForwardedIp:
    """The address in a header in the place of the connection's: a client can forge it, so use it
    only behind a proxy that sets it, such as a CDN.

    Args:
        header: Default: `X-Forwarded-For`.
        without_address: Whether a request whose header has no valid address counts as a `MATCH`
            or `NO_MATCH`. Default: MATCH.
        position: Which address of several is looked up in an IP set: `FIRST`, `LAST` or `ANY` of
            the last ten. Other matches take the first. Default: FIRST.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-forwarded-ip-address.html
    """

    header: str = "X-Forwarded-For"
    without_address: str = "MATCH"
    position: str = "FIRST"

    def check(self, faults: Faults) -> None:
        """Notes what AWS WAF would refuse."""
        rule = "write a header's name, 1 to 40 letters, digits, - and _."
        check_string(faults, "forwarded_ip: header", self.header, HEADER_NAME, rule)
        choices = ("MATCH", "NO_MATCH")
        check_choice(faults, "forwarded_ip: without_address", self.without_address, choices)
        positions = ("FIRST", "LAST", "ANY")
        check_choice(faults, "forwarded_ip: position", self.position, positions)

    def to_block(self) -> dict[str, Any]:
        """As the provider takes it in a geographic or rate-based match."""
        return {"header_name": self.header, "fallback_behavior": self.without_address}

    def to_ip_set_block(self) -> dict[str, Any]:
        """As the provider takes it beside an IP set."""
        return {**self.to_block(), "position": self.position}
