"""What application, network and classic load balancers have in common: place, peers, protection."""

from __future__ import annotations

from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.names import environment_of
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_sequence,
)
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument
from terratiers.security.peer import Peer
from terratiers.security.security_group import SecurityGroup

from cdktf import TerraformResource
from constructs import Construct

__all__ = [
    "add_security_group",
    "check_peers",
    "check_place",
    "check_protection",
    "default_peers",
    "deletion_protection",
    "subnet_group_of",
    "way_in",
]


def subnet_group_of(internal: bool, given: str | None) -> str:
    """The subnet group that a balancer stands in: `public`, or `private` for an internal one."""
    if given is not None:
        return given
    return SubnetType.PRIVATE if internal else SubnetType.PUBLIC


def check_place(
    faults: Faults,
    scope: Construct,
    vpc: object,
    internal: object,
    subnet_group: object,
    *,
    zones: int,
    what: str,
) -> None:
    """Notes a place that AWS would refuse: `what` needs at least `zones` availability zones."""
    inside = check_bool(faults, "internal", internal)
    if not check_vpc_argument(faults, vpc):
        return
    known: Any = vpc
    check_same_stack(faults, "vpc", known, scope)
    group = subnet_group_of(bool(inside), subnet_group)  # type: ignore[arg-type]
    found = check_choice(faults, "subnet_group", group, sorted(known.subnet_types))
    if found and inside is False and known.subnet_types[found] != SubnetType.PUBLIC:
        faults.add(f"subnet_group {found} is not public: write internal=True or a public group.")
    if len(known.availability_zones) < zones:
        faults.add(f"the VPC has one availability zone: {what} needs two.")


def way_in(vpc: IVpc, internal: bool) -> list[TerraformResource]:
    """What a balancer with public addresses waits for: AWS refuses it before that stands."""
    gateway = None if internal else getattr(vpc, "internet_gateway", None)
    return [gateway] if gateway is not None else []


def add_security_group(balancer: Construct, vpc: IVpc) -> SecurityGroup:
    """A balancer's own security group, without any rule."""
    description = f"load balancer {balancer.node.path}"[:255]
    return SecurityGroup(balancer, "group", vpc=vpc, description=description)


def check_peers(faults: Faults, given: object) -> list[Peer] | None:
    """The peers of `allow_from`; None where the default applies."""
    if given is None:
        return None
    items = check_sequence(faults, "allow_from", given, '[Peer.ipv4("...")]') or ()
    for item in items:
        check_instance(faults, "allow_from", item, Peer, 'Peer.ipv4("203.0.113.0/24")')
    named: dict[str, Peer] = {}
    for peer in (item for item in items if isinstance(item, Peer)):
        if named.setdefault(peer.key, peer) != peer:
            faults.add(f"allow_from: two peers are called {peer.key}: give each its own name.")
    return list(items)


def default_peers(vpc: IVpc, *, internal: bool, ipv6: bool = False) -> list[Peer]:
    """Everybody, or the VPC for an internal balancer."""
    if not internal:
        return [Peer.any_ipv4(), *([Peer.any_ipv6()] if ipv6 else [])]
    peers = [Peer.ipv4(vpc.cidr_block, name="vpc")]
    block = vpc.attributes.ipv6_cidr_block
    return [*peers, Peer.ipv6(block, name="vpc-ipv6")] if ipv6 and block else peers


def check_protection(faults: Faults, given: object) -> None:
    if given is not None:
        check_bool(faults, "deletion_protection", given)


def deletion_protection(balancer: Construct, given: bool | None) -> bool:
    """As given, else on in an environment marked production."""
    environment = environment_of(balancer)
    return bool(environment and environment.production) if given is None else given
