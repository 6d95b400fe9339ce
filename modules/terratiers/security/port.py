"""What a rule lets through: a protocol and, where it has them, ports."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import ConfigurationError
from terratiers.core.validation import show

__all__ = ["Port"]

# https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
_LAST = 65535


@dataclass(frozen=True)
class Port:
    """A protocol with its ports. Made by `tcp`, `tcp_range`, `udp`, ..., never by hand.

    Args:
        protocol: As Terraform writes it: `tcp`, `udp`, `icmp`, `icmpv6` or `-1` for all.
        first: First port, or the ICMP type; None for all protocols.
        last: Last port, or the ICMP code; None for all protocols.
    """

    protocol: str
    first: int | None
    last: int | None

    @classmethod
    def tcp(cls, port: int) -> Port:
        """One TCP port.

        Args:
            port: 0 to 65535.

        Raises:
            ConfigurationError: for anything else; so do the other makers.
        """
        return cls._range("tcp", port, port)

    @classmethod
    def tcp_range(cls, first: int, last: int) -> Port:
        """TCP ports `first` to `last`, 0 to 65535."""
        return cls._range("tcp", first, last)

    @classmethod
    def all_tcp(cls) -> Port:
        """Every TCP port."""
        return cls("tcp", 0, _LAST)

    @classmethod
    def udp(cls, port: int) -> Port:
        """One UDP port.

        Args:
            port: 0 to 65535.
        """
        return cls._range("udp", port, port)

    @classmethod
    def udp_range(cls, first: int, last: int) -> Port:
        """UDP ports `first` to `last`, 0 to 65535."""
        return cls._range("udp", first, last)

    @classmethod
    def all_udp(cls) -> Port:
        """Every UDP port."""
        return cls("udp", 0, _LAST)

    @classmethod
    def icmp(cls, type: int, code: int = -1) -> Port:
        """An ICMP type, 0 to 255, with one code or every code (-1).

        Args:
            type: 0 to 255.
            code: 0 to 255, or -1 for every code. Default: -1.
        """
        if not _is_number(type, 0, 255) or not _is_number(code, -1, 255):
            raise ConfigurationError(
                "port",
                f"ICMP type {show(type)} code {show(code)}: write a type from 0 to 255 and a code "
                "from -1 (every code) to 255.",
            )
        return cls("icmp", type, code)

    @classmethod
    def ping(cls) -> Port:
        """ICMP echo requests."""
        return cls.icmp(8, 0)

    @classmethod
    def all_icmp(cls) -> Port:
        """Every ICMP type and code."""
        return cls("icmp", -1, -1)

    @classmethod
    def all_traffic(cls) -> Port:
        """Every protocol and port."""
        return cls("-1", None, None)

    @classmethod
    def _range(cls, protocol: str, first: int, last: int) -> Port:
        for port in (first, last):
            if not _is_number(port, 0, _LAST):
                raise ConfigurationError(
                    "port",
                    f"{protocol} port {show(port)}: write a whole number from 0 to {_LAST}.",
                )
        if first > last:
            raise ConfigurationError(
                "port", f"{protocol} ports {first} to {last} run backwards: write the lower first."
            )
        return cls(protocol, first, last)

    @property
    def key(self) -> str:
        """The part of a rule's Terraform name: `tcp_443`, `udp_1000_2000`, `all`."""
        if self.protocol == "-1":
            return "all"
        if self.protocol == "icmp":
            parts = ["all" if n == -1 else n for n in dict.fromkeys((self.first, self.last))]
        else:
            parts = list(dict.fromkeys((self.first, self.last)))
        return "_".join(map(str, [self.protocol, *parts]))

    def includes(self, port: int) -> bool:
        """Whether a TCP or UDP port is let through."""
        if self.protocol == "-1":
            return True
        if self.protocol not in ("tcp", "udp") or self.first is None or self.last is None:
            return False
        return self.first <= port <= self.last


def _is_number(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
