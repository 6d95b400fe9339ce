"""What tiers and programs share of a VPC, and the interface of every VPC, made or imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, show

from constructs import Construct, Node

__all__ = [
    "IVpc",
    "NatGateways",
    "SubnetType",
    "VpcAttributes",
    "check_vpc_argument",
    "subnet_ids_of",
]


class SubnetType:
    """How the subnets of a group reach the world.

    `PUBLIC`: routed to the internet gateway. `PRIVATE`: outwards through NAT gateways, where the
    VPC has them. `ISOLATED`: no route out of the VPC, ever.
    """

    PUBLIC = "public"
    PRIVATE = "private"
    ISOLATED = "isolated"
    ALL = (PUBLIC, PRIVATE, ISOLATED)


class NatGateways:
    """How many NAT gateways a VPC has: they cost by the hour, and an AZ without one depends on
    another AZ."""

    NONE = "none"
    ONE = "one"
    ONE_PER_AZ = "one-per-az"
    ALL = (NONE, ONE, ONE_PER_AZ)


@dataclass(frozen=True, kw_only=True)
class VpcAttributes:
    """The contract of a `Vpc`.

    Args:
        availability_zones: Names of the zones that every subnet group spans.
        subnet_types: Group name to `public`, `private` or `isolated`.
        nat_gateways: `none`, `one` or `one-per-az`. Default: `none`.
        groups_without_default_route: Names of the groups whose route tables do not lead out by
            themselves. Default: none.
        ipv6: Whether the VPC has an IPv6 block. Default: no.
        route_tables: Names of its route tables: `public`, `private-a`, ... Default: none known.
        endpoint_services: Short names of the services that all its subnets reach through
            endpoints: `s3`, `ssm`, ... Default: none known.
        vpc_id: `vpc-...`.
        cidr_block: Its primary IPv4 block.
        subnet_ids: Group name to (AZ name to subnet id).
        route_table_ids: Route table name to id.
        ipv6_cidr_block: Its IPv6 block, if any.
    """

    availability_zones: tuple[str, ...] = fact()
    subnet_types: Mapping[str, str] = fact()
    nat_gateways: str = fact(default=NatGateways.NONE)
    groups_without_default_route: tuple[str, ...] = fact(default=())
    ipv6: bool = fact(default=False)
    route_tables: tuple[str, ...] = fact(default=())
    endpoint_services: tuple[str, ...] = fact(default=())
    vpc_id: str = output("Id of the VPC")
    cidr_block: str = output("Primary IPv4 CIDR block of the VPC")
    subnet_ids: Mapping[str, Mapping[str, str]] = output(
        "Subnet id by availability zone", keys=("subnet_types", "availability_zones")
    )
    route_table_ids: Mapping[str, str] = output("Route table id by name", keys=("route_tables",))
    ipv6_cidr_block: str | None = output("IPv6 CIDR block of the VPC", only_if="ipv6")


class IVpc(Protocol):
    """A VPC of this program, of another tier or of another team: all are used alike."""

    @property
    def attributes(self) -> VpcAttributes: ...

    @property
    def node(self) -> Node: ...

    @property
    def vpc_id(self) -> str: ...

    @property
    def cidr_block(self) -> str: ...

    @property
    def availability_zones(self) -> tuple[str, ...]: ...

    @property
    def subnet_types(self) -> Mapping[str, str]: ...

    @property
    def route_table_ids(self) -> Mapping[str, str]: ...

    @property
    def endpoint_services(self) -> tuple[str, ...]: ...

    def add_endpoint_service(self, service: str) -> None:
        """Notes that all subnets reach a `service` through an endpoint; endpoints call it."""
        ...

    def subnet_ids(self, group: str) -> dict[str, str]:
        """The subnets of a `group` by zone."""
        ...

    def has_route_out(self, group: str) -> bool:
        """Whether instances in a `group` can open connections to the internet over IPv4."""
        ...


def subnet_ids_of(vpc: Construct, attributes: VpcAttributes, group: str) -> dict[str, str]:
    """The subnets of `group` by AZ name.

    Raises `ConfigurationError` for a group that the VPC does not have, naming those it has.
    """
    faults = Faults(vpc.node.scope, vpc.node.id)
    check_choice(faults, "subnet group", group, sorted(attributes.subnet_ids))
    faults.raise_any()
    return dict(attributes.subnet_ids[group])


def check_vpc_argument(faults: Faults, vpc: object) -> bool:
    """Whether the argument `vpc` of a construct is a VPC; notes it when it is not."""
    if isinstance(getattr(vpc, "attributes", None), VpcAttributes):
        return True
    faults.add(
        f"vpc is {show(vpc)} ({type(vpc).__name__}): pass a Vpc, or make one of an existing VPC "
        "with Vpc.from_attributes(...)."
    )
    return False
