"""Subnet groups: what they are called, how they are routed, which slots they occupy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terratiers.core.errors import Faults
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_cidr,
    check_int,
    check_string,
    check_tags,
)
from terratiers.network.vpc_attributes import SubnetType

__all__ = ["DEFAULT_SUBNET_GROUPS", "RESERVED_SLOTS", "SubnetGroup"]

RESERVED_SLOTS = {SubnetType.PUBLIC: 0, SubnetType.PRIVATE: 1, SubnetType.ISOLATED: 2}
GROUP_SLOTS = 8


@dataclass(frozen=True, kw_only=True)
class SubnetGroup:
    """One subnet in every AZ of a VPC, all routed alike.

    Args:
        name: `public`, `private`, `isolated` or any name of yours: 1 to 24 lower-case letters,
            digits and single hyphens.
        type: `SubnetType.PUBLIC`, `PRIVATE` or `ISOLATED`. Default: the name, if it is one.
        slot: Which part of the VPC's address range the group occupies, 0 to 7. Fixed for
            `public` (0), `private` (1) and `isolated` (2); every other group states its own, so
            that a group added or taken away later moves no other one.
        cidr_block: A block that the group fills alone, instead of a slot: inside the VPC's
            primary or a secondary block, /16 to /28.
        default_route: Whether the group's route tables lead out as its type says: to the internet
            gateway or the NAT gateways. Without, each zone has a table of its own that leads
            nowhere, for a `GatewayLoadBalancerEndpoint` to fill. Default: yes.
        map_public_ip: Public subnets only: give every instance a public address. Default: no.
        tags: Tags of the group's subnets (`kubernetes.io/role/elb`, ...).

    The values are checked by the `Vpc` that the group is given to.
    """

    name: str
    type: str | None = None
    slot: int | None = None
    cidr_block: str | None = None
    default_route: bool = True
    map_public_ip: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def public(cls) -> SubnetGroup:
        """Subnets with a route to the internet gateway: load balancers, NAT gateways."""
        return cls(name=SubnetType.PUBLIC)

    @classmethod
    def private(cls) -> SubnetGroup:
        """Subnets that reach out through NAT, where there is one: servers."""
        return cls(name=SubnetType.PRIVATE)

    @classmethod
    def isolated(cls) -> SubnetGroup:
        """Subnets without a route out of the VPC: databases."""
        return cls(name=SubnetType.ISOLATED)

    @property
    def kind(self) -> str:
        """`type` with its default filled in."""
        return self.type if self.type is not None else self.name

    @property
    def resolved_slot(self) -> int | None:
        """`slot` with its default filled in; None for a group with a block of its own."""
        if self.cidr_block is not None:
            return None
        return RESERVED_SLOTS.get(self.name) if self.slot is None else self.slot

    def check(self, faults: Faults) -> None:
        """Notes what is wrong with the group by itself."""
        name = check_string(
            faults,
            "subnet group name",
            self.name,
            r"(?=.{1,24}\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
            "write 1 to 24 lower-case letters, digits and single hyphens, a letter first.",
            tokens=False,
        )
        label = f"subnet group {name}:" if name else "subnet group:"
        if self.type is None and name and name not in SubnetType.ALL:
            faults.add(f"{label} type is missing: write one of {', '.join(SubnetType.ALL)}.")
        elif self.type is not None:
            check_choice(faults, f"{label} type", self.type, SubnetType.ALL)
            if name in SubnetType.ALL and self.type != name:
                faults.add(
                    f"{label} type {self.type} contradicts its name: call the group otherwise."
                )
        if self.slot is not None and self.cidr_block is not None:
            faults.add(f"{label} has both slot and cidr_block: give one of them.")
        elif self.cidr_block is not None:
            check_cidr(
                faults,
                f"{label} cidr_block",
                self.cidr_block,
                largest=16,
                smallest=28,
                source="AWS's limits for a subnet",
            )
            if isinstance(self.cidr_block, str) and "${" in self.cidr_block:
                faults.add(f"{label} cidr_block is a token: the subnets are computed now.")
        elif self.slot is not None:
            check_int(faults, f"{label} slot", self.slot, 0, GROUP_SLOTS - 1, "(the slots)")
        elif name and name not in RESERVED_SLOTS:
            faults.add(
                f"{label} slot is missing: state one of 3 to 7 (0, 1 and 2 are kept for public, "
                "private and isolated). It fixes the group's addresses for good."
            )
        default_route = check_bool(faults, f"{label} default_route", self.default_route)
        if default_route is False and self.kind == SubnetType.ISOLATED:
            faults.add(f"{label} default_route is False, but isolated subnets have none: leave it.")
        public_ip = check_bool(faults, f"{label} map_public_ip", self.map_public_ip)
        if public_ip and self.kind != SubnetType.PUBLIC:
            faults.add(f"{label} map_public_ip is True in {self.kind} subnets: take it out.")
        check_tags(faults, f"{label} tags", self.tags)


DEFAULT_SUBNET_GROUPS = (SubnetGroup.public(), SubnetGroup.private(), SubnetGroup.isolated())
