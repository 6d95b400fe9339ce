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
    only behind a proxy that sets it, such as a CDN. AWS WAF skips the whole rule where the request
    has no such header, so that nothing but the proxy may reach the resource.

    Args:
        header: Default: `X-Forwarded-For`.
        without_address: Whether a request whose header has no valid address counts as a `MATCH`
            or `NO_MATCH`. Default: whichever does not let it pass: MATCH where the rule acts on
            what matches, NO_MATCH under `negate`, in `allow_only` and where the action is `allow`;
            MATCH again under `negate` in a rule that allows. Rules that let requests pass by a
            label of this one need NO_MATCH.
        position: Which address of several is looked up in an IP set: `FIRST`, `LAST` or `ANY` of
            the last ten. Other matches take the first. Default: FIRST.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-forwarded-ip-address.html
    """

    header: str = "X-Forwarded-For"
    without_address: str | None = None
    position: str = "FIRST"

    def check(self, faults: Faults) -> None:
        """Notes what AWS WAF would refuse."""
        rule = "write a header's name, 1 to 40 letters, digits, - and _."
        check_string(faults, "forwarded_ip: header", self.header, HEADER_NAME, rule)
        if self.without_address is not None:
            choices = ("MATCH", "NO_MATCH")
            check_choice(faults, "forwarded_ip: without_address", self.without_address, choices)
        positions = ("FIRST", "LAST", "ANY")
        check_choice(faults, "forwarded_ip: position", self.position, positions)

    def check_closed(self, faults: Faults, safe: str, *, allows: bool) -> None:
        """Notes what would let requests pass whose header has no valid address.

        A rule that blocks may be told to overlook them; none may allow them.
        """
        chosen = self.without_address
        if chosen in (None, safe) or not (allows or safe == "NO_MATCH"):
            return
        faults.add(
            f"forwarded_ip: without_address is {chosen} where it would let requests pass whose "
            f"{self.header} is no address: leave it out, for {safe}."
        )

    def to_block(self, safe: str) -> dict[str, Any]:
        """As the provider takes it in a geographic or rate-based match."""
        return {"header_name": self.header, "fallback_behavior": self.without_address or safe}

    def to_ip_set_block(self, safe: str) -> dict[str, Any]:
        """As the provider takes it beside an IP set."""
        return {**self.to_block(safe), "position": self.position}
