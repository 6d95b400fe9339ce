"""Routes and NAT gateways: the ways out of a VPC's subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.names import pin_address, resource_name

from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.nat_gateway import NatGateway

__all__ = ["ANYWHERE", "ANYWHERE_IPV6", "add_nat_gateway", "add_route", "zone_letter"]

ANYWHERE, ANYWHERE_IPV6 = "0.0.0.0/0", "::/0"


def zone_letter(zone: str) -> str:
    """The letter that tells a zone from others of its region: `b` of `eu-central-1b`."""
    return zone[-1]


def add_nat_gateway(
    vpc: Construct, subnet: Subnet, zone: str, internet_gateway: InternetGateway | None
) -> NatGateway:
    """A NAT gateway with an Elastic IP in a public subnet.

    Both come after the internet gateway, without which AWS refuses them.
    """
    from cdktf_cdktf_provider_aws.nat_gateway import NatGateway

    letter = zone_letter(zone)
    tags = {"Name": resource_name(vpc, f"{vpc.node.id}-nat-{letter}")}
    after = [internet_gateway] if internet_gateway else None
    address = Eip(vpc, f"nat-{letter}-address", domain="vpc", depends_on=after, tags=tags)
    pin_address(address, vpc, "nat", letter)
    gateway = NatGateway(
        vpc,
        f"nat-{letter}",
        allocation_id=address.id,
        subnet_id=subnet.id,
        connectivity_type="public",
        depends_on=after,
        tags=tags,
    )
    pin_address(gateway, vpc, "nat", letter)
    return gateway


def add_route(
    vpc: Construct,
    scope: Construct,
    table_name: str,
    target: str,
    table: RouteTable,
    *,
    destination: str = ANYWHERE,
    gateway_id: str | None = None,
    nat_gateway_id: str | None = None,
    egress_only_gateway_id: str | None = None,
) -> None:
    """A route of `table` to `destination`, named after the table and the kind of its target."""
    route = Route(
        scope,
        f"{table_name}-{target}-route",
        route_table_id=table.id,
        destination_cidr_block=destination if destination == ANYWHERE else None,
        destination_ipv6_cidr_block=destination if destination == ANYWHERE_IPV6 else None,
        gateway_id=gateway_id,
        nat_gateway_id=nat_gateway_id,
        egress_only_gateway_id=egress_only_gateway_id,
    )
    pin_address(route, vpc, table_name, target)
