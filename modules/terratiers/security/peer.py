"""Who is at the other end of a rule: a block of addresses, a prefix list or a security group."""

from __future__ import annotations

import re
from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_cidr, check_string

__all__ = ["Peer"]

_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"


@dataclass(frozen=True)
class Peer:
    """The other end of a rule. Made by `ipv4`, `ipv6`, `prefix_list`, ..., never by hand.

    Args:
        kind: The rule's argument: `cidr_ipv4`, `cidr_ipv6`, `prefix_list_id` or
            `referenced_security_group_id`.
        value: Its value.
        key: The part of a rule's Terraform name that tells it from others.
    """

    kind: str
    value: str
    key: str

    @classmethod
    def ipv4(cls, cidr_block: str, *, name: str | None = None) -> Peer:
        """The addresses of an IPv4 block.

        Args:
            cidr_block: Like `10.0.0.0/16`; `/32` for one address.
            name: What to call it in addresses. Default: the block; needed for a token.

        Raises:
            ConfigurationError: for what is no such block; so do the other makers.
        """
        return cls._block("cidr_ipv4", cidr_block, 4, name)

    @classmethod
    def ipv6(cls, cidr_block: str, *, name: str | None = None) -> Peer:
        """The addresses of an IPv6 block, like `2001:db8::/56`.

        Args:
            cidr_block: The block, without bits behind its prefix.
            name: What the rule is named after. Default: the block.
        """
        return cls._block("cidr_ipv6", cidr_block, 6, name)

    @classmethod
    def any_ipv4(cls) -> Peer:
        """Everybody with an IPv4 address."""
        return cls("cidr_ipv4", "0.0.0.0/0", "any_ipv4")

    @classmethod
    def any_ipv6(cls) -> Peer:
        """Everybody with an IPv6 address."""
        return cls("cidr_ipv6", "::/0", "any_ipv6")

    @classmethod
    def prefix_list(cls, prefix_list_id: str, *, name: str) -> Peer:
        """The blocks of a prefix list, such as `endpoint.prefix_list_id`, under a name.

        Args:
            prefix_list_id: `pl-...`.
            name: What the rule is named after: `s3`.
        """
        return cls._named("prefix_list_id", prefix_list_id, r"pl-[0-9a-f]{8,17}", name)

    @classmethod
    def security_group_id(cls, security_group_id: str, *, name: str) -> Peer:
        """The members of a security group that is known by its id only, under a name.

        Args:
            security_group_id: `sg-...`.
            name: What the rule is named after: `legacy`.
        """
        kind = "referenced_security_group_id"
        return cls._named(kind, security_group_id, r"sg-[0-9a-f]{8,17}", name)

    @property
    def is_everybody(self) -> bool:
        return self.value in ("0.0.0.0/0", "::/0")

    @classmethod
    def _block(cls, kind: str, cidr_block: str, version: int, name: str | None) -> Peer:
        faults = Faults(None, "peer")
        check_cidr(faults, "cidr_block", cidr_block, version=version)
        if name is not None:
            _check_name(faults, name)
        elif is_token(cidr_block):
            faults.add("name is missing: a block that is a token needs a name for its address.")
        faults.raise_any()
        if cidr_block in ("0.0.0.0/0", "::/0"):
            return cls.any_ipv4() if version == 4 else cls.any_ipv6()
        key = re.sub(r"[.:/-]", "_", name or cidr_block)
        return cls(kind, cidr_block, key)

    @classmethod
    def _named(cls, kind: str, value: str, pattern: str, name: str) -> Peer:
        faults = Faults(None, "peer")
        example = "pl-0a1b2c3d" if kind == "prefix_list_id" else "sg-0a1b2c3d"
        check_string(faults, kind, value, pattern, f"write an id like {example}.")
        _check_name(faults, name)
        faults.raise_any()
        return cls(kind, value, name.replace("-", "_"))


def _check_name(faults: Faults, name: object) -> None:
    rule = "write lower-case letters, digits and single hyphens, a letter first."
    check_string(faults, "name", name, _NAME, rule, tokens=False)
