"""A VPC with its subnets, routes, NAT, flow logs and endpoints; or one that exists already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terratiers.core.acknowledgements import warn
from terratiers.core.names import environment_of, pin_address, resource_name
from terratiers.core.validation import check_scope
from terratiers.network.address_plan import ipv6_subnet_index
from terratiers.network.flow_logs import DEFAULT_FLOW_LOGS, FlowLogs, add_flow_logs
from terratiers.network.imported_vpc import ImportedVpc, VpcBase
from terratiers.network.routing import (
    ANYWHERE_IPV6,
    add_nat_gateway,
    add_route,
    zone_letter,
)
from terratiers.network.subnet_group import DEFAULT_SUBNET_GROUPS, SubnetGroup
from terratiers.network.vpc_attributes import (
    NatGateways,
    SubnetType,
    VpcAttributes,
)
from terratiers.network.vpc_input import check_vpc

from cdktf import Fn
from cdktf_cdktf_provider_aws.default_route_table import DefaultRouteTable
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet as SubnetResource
from cdktf_cdktf_provider_aws.vpc import Vpc as VpcResource
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.egress_only_internet_gateway import EgressOnlyInternetGateway
    from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
    from cdktf_cdktf_provider_aws.vpc_ipv4_cidr_block_association import VpcIpv4CidrBlockAssociation

__all__ = ["Subnet", "Vpc"]


@dataclass(frozen=True)
class Subnet:
    """One subnet of a `Vpc`: its group, zone and the resources made for it.

    Args:
        group: The name of its `SubnetGroup`.
        availability_zone: Its zone's name.
        resource: The subnet itself.
        route_table: The route table that it is associated with.
    """

    group: str
    availability_zone: str
    resource: SubnetResource
    route_table: RouteTable


class Vpc(VpcBase):
    """A VPC that spans several AZs, with one subnet per AZ in each of its subnet groups.

    Makes the VPC with DNS on, an internet gateway if a group is public, subnets, one route table
    per public and isolated group and one per AZ for private groups and those without a default
    route, NAT gateways as asked for, and flow logs. The default security group is emptied, the
    default route table loses its routes, the default network ACL is left as AWS made it (allow
    all): subnets without a `NetworkAcl` of their own use it.

    Every address comes from a reserved slot, so an AZ, a group, a gateway or an endpoint that is
    added later changes nothing that stands.

    Args:
        scope: The tier or stack.
        id: Part of all Terraform names: `aws_subnet.<id>_private_a`.
        cidr_block: IPv4 block, /16 to /28. Default: `10.0.0.0/16`. A /22 or larger has room for
            8 groups and zones `a` to `h`; smaller ones have fewer slots.
        availability_zones: 1 to 6 zone names, or how many: the first zones of the region (in a
            plain stack without an `Environment`, names are needed). Default: 2. With one NAT
            gateway, it stands in the zone named first.
        subnet_groups: Default: public, private and isolated.
        nat_gateways: `NatGateways.NONE`, `ONE` or `ONE_PER_AZ`. Default: none.
        secondary_cidr_blocks: Up to 4 further IPv4 blocks, /16 to /28, for groups with a
            `cidr_block` of their own.
        ipv6: Whether the VPC gets an Amazon-provided /56 and its subnets a /64 each; private
            subnets then reach out through an egress-only internet gateway. Default: no.
        flow_logs: A `FlowLogs`, or None for no flow logs, which warns (`no-flow-logs`). Default:
            all traffic to CloudWatch Logs, encrypted, kept for 365 days.
        tags: Tags for the VPC itself; `Name` is set from the id.

    Raises:
        ConfigurationError: when AWS would refuse a value, or no slot is left for a group or AZ.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cidr_block: str = "10.0.0.0/16",
        availability_zones: int | Sequence[str] = 2,
        subnet_groups: Sequence[SubnetGroup] = DEFAULT_SUBNET_GROUPS,
        nat_gateways: str = NatGateways.NONE,
        secondary_cidr_blocks: Sequence[str] = (),
        ipv6: bool = False,
        flow_logs: FlowLogs | None = DEFAULT_FLOW_LOGS,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        self._input = check_vpc(
            faults,
            environment=environment_of(scope),
            cidr_block=cidr_block,
            availability_zones=availability_zones,
            subnet_groups=subnet_groups,
            nat_gateways=nat_gateways,
            secondary_cidr_blocks=secondary_cidr_blocks,
            ipv6=ipv6,
            flow_logs=flow_logs,
            tags=tags,
        )
        super().__init__(scope, id)
        self.resource = VpcResource(
            self,
            "resource",
            cidr_block=cidr_block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            assign_generated_ipv6_cidr_block=True if ipv6 else None,
            tags={**self._input.tags, "Name": resource_name(self, id)},
        )
        pin_address(self.resource, self)
        self._secondary = {
            str(block): self._add_secondary_block(str(block))
            for block in self._input.secondary_blocks
        }
        self.internet_gateway = self._add_internet_gateway()
        self.egress_only_internet_gateway = self._add_egress_only_internet_gateway()
        self._lock_defaults()
        self._group_scopes: dict[str, Construct] = {}
        self.subnets: dict[str, dict[str, Subnet]] = {
            group.name: self._add_subnets(group) for group in self._input.groups
        }
        self.nat_gateways = self._add_nat_gateways()
        self._add_private_routes()
        self.flow_log = add_flow_logs(self, self.resource.id, flow_logs) if flow_logs else None
        self._attributes = self._shared_attributes()
        self._warn()

    @classmethod
    def from_attributes(cls, scope: Construct, id: str, attributes: VpcAttributes) -> ImportedVpc:
        """A VPC that exists already, made by another tier, team or tool.

        Raises:
            ConfigurationError: when the attributes contradict each other.
        """
        return ImportedVpc(scope, id, attributes)

    @property
    def cidr_blocks(self) -> tuple[str, ...]:
        """Its IPv4 blocks as they were given, the primary one first."""
        return (str(self.resource.cidr_block_input), *self._secondary)

    @property
    def route_tables(self) -> dict[str, RouteTable]:
        """The subnets' route tables by name: `public`, `private-a`, ..."""
        return {
            self._route_table_name(group, zone_letter(zone)): subnet.route_table
            for group in self._input.groups
            for zone, subnet in self.subnets[group.name].items()
        }

    def _shared_attributes(self) -> VpcAttributes:
        given = self._input
        return VpcAttributes(
            vpc_id=self.resource.id,
            cidr_block=self.resource.cidr_block,
            availability_zones=given.zones,
            subnet_types={group.name: group.kind for group in given.groups},
            nat_gateways=given.nat_gateways,
            groups_without_default_route=tuple(
                group.name for group in given.groups if not group.default_route
            ),
            subnet_ids={
                group: {zone: subnet.resource.id for zone, subnet in subnets.items()}
                for group, subnets in self.subnets.items()
            },
            route_tables=tuple(self.route_tables),
            route_table_ids={name: table.id for name, table in self.route_tables.items()},
            ipv6=given.ipv6,
            ipv6_cidr_block=self.resource.ipv6_cidr_block if given.ipv6 else None,
        )

    def _add_secondary_block(self, block: str) -> VpcIpv4CidrBlockAssociation:
        from cdktf_cdktf_provider_aws.vpc_ipv4_cidr_block_association import (
            VpcIpv4CidrBlockAssociation,
        )

        name = block.replace(".", "-").replace("/", "-")
        association = VpcIpv4CidrBlockAssociation(
            self, f"secondary-{name}", vpc_id=self.resource.id, cidr_block=block
        )
        pin_address(association, self, name)
        return association

    def _add_internet_gateway(self) -> InternetGateway | None:
        if not any(group.kind == SubnetType.PUBLIC for group in self._input.groups):
            return None
        gateway = InternetGateway(
            self, "internet-gateway", vpc_id=self.resource.id, tags=self._name_tag()
        )
        pin_address(gateway, self)
        return gateway

    def _add_egress_only_internet_gateway(self) -> EgressOnlyInternetGateway | None:
        if not self._input.ipv6 or not any(
            group.kind == SubnetType.PRIVATE for group in self._input.groups
        ):
            return None
        from cdktf_cdktf_provider_aws.egress_only_internet_gateway import EgressOnlyInternetGateway

        gateway = EgressOnlyInternetGateway(
            self, "egress-only-internet-gateway", vpc_id=self.resource.id, tags=self._name_tag()
        )
        pin_address(gateway, self)
        return gateway

    def _lock_defaults(self) -> None:
        """Takes the default group and route table into Terraform without rules or routes."""
        group = DefaultSecurityGroup(
            self,
            "default-security-group",
            vpc_id=self.resource.id,
            ingress=[],
            egress=[],
            tags=self._name_tag("default"),
        )
        table = DefaultRouteTable(
            self,
            "default-route-table",
            default_route_table_id=self.resource.default_route_table_id,
            route=[],
            tags=self._name_tag("default"),
        )
        for element in (group, table):
            pin_address(element, self)

    def _add_subnets(self, group: SubnetGroup) -> dict[str, Subnet]:
        scope = self._group_scopes[group.name] = Construct(self, group.name)
        subnets: dict[str, Subnet] = {}
        tables: dict[str, RouteTable] = {}
        for zone in self._input.zones:
            letter = zone_letter(zone)
            table_name = self._route_table_name(group, letter)
            if table_name not in tables:
                tables[table_name] = self._add_route_table(scope, group, table_name)
            subnet = self._add_subnet(scope, group, zone)
            association = RouteTableAssociation(
                scope,
                f"{letter}-route-table-association",
                subnet_id=subnet.id,
                route_table_id=tables[table_name].id,
            )
            pin_address(association, self, group.name, letter)
            subnets[zone] = Subnet(group.name, zone, subnet, tables[table_name])
        return subnets

    def _add_subnet(self, scope: Construct, group: SubnetGroup, zone: str) -> SubnetResource:
        letter = zone_letter(zone)
        ipv6_block = None
        slot = group.resolved_slot
        if self._input.ipv6 and slot is not None:
            index = ipv6_subnet_index(slot, letter)
            ipv6_block = Fn.cidrsubnet(self.resource.ipv6_cidr_block, 8, index)
        association = self._secondary_block_of(group)
        subnet = SubnetResource(
            scope,
            f"{letter}-subnet",
            vpc_id=self.resource.id,
            availability_zone=zone,
            cidr_block=str(self._input.subnet_block(group, letter)),
            ipv6_cidr_block=ipv6_block,
            assign_ipv6_address_on_creation=True if ipv6_block else None,
            map_public_ip_on_launch=group.map_public_ip,
            depends_on=[association] if association else None,
            tags={**group.tags, **self._name_tag(group.name, letter)},
        )
        pin_address(subnet, self, group.name, letter)
        return subnet

    def _secondary_block_of(self, group: SubnetGroup) -> VpcIpv4CidrBlockAssociation | None:
        """The association without which AWS would refuse the group's subnets."""
        block = self._input.secondary_block_of(group)
        return self._secondary[str(block)] if block else None

    def _add_route_table(self, scope: Construct, group: SubnetGroup, name: str) -> RouteTable:
        table = RouteTable(
            scope, f"{name}-route-table", vpc_id=self.resource.id, tags=self._name_tag(name)
        )
        pin_address(table, self, name)
        if group.kind == SubnetType.PUBLIC and group.default_route and self.internet_gateway:
            add_route(self, scope, name, "internet", table, gateway_id=self.internet_gateway.id)
            if self._input.ipv6:
                add_route(
                    self,
                    scope,
                    name,
                    "internet-ipv6",
                    table,
                    destination=ANYWHERE_IPV6,
                    gateway_id=self.internet_gateway.id,
                )
        return table

    def _add_nat_gateways(self) -> dict[str, NatGateway]:
        """The NAT gateways by AZ name, in the first public group."""
        given = self._input
        zones = {
            NatGateways.NONE: (),
            NatGateways.ONE: given.zones[:1],
            NatGateways.ONE_PER_AZ: given.zones,
        }[given.nat_gateways]
        if not zones:
            return {}
        public = next(
            group
            for group in given.groups
            if group.kind == SubnetType.PUBLIC and group.default_route
        )
        return {
            zone: add_nat_gateway(
                self, self.subnets[public.name][zone].resource, zone, self.internet_gateway
            )
            for zone in zones
        }

    def _add_private_routes(self) -> None:
        """Sends private subnets out through NAT, in their own AZ where there is one, and IPv6
        through the egress-only gateway."""
        for group in self._input.groups:
            if group.kind != SubnetType.PRIVATE or not group.default_route:
                continue
            for zone, subnet in self.subnets[group.name].items():
                name = self._route_table_name(group, zone_letter(zone))
                scope = self._group_scopes[group.name]
                if self.nat_gateways:
                    gateway = self.nat_gateways.get(zone) or self.nat_gateways[self._input.zones[0]]
                    add_route(
                        self, scope, name, "nat", subnet.route_table, nat_gateway_id=gateway.id
                    )
                if self.egress_only_internet_gateway:
                    add_route(
                        self,
                        scope,
                        name,
                        "egress-only-ipv6",
                        subnet.route_table,
                        destination=ANYWHERE_IPV6,
                        egress_only_gateway_id=self.egress_only_internet_gateway.id,
                    )

    def _route_table_name(self, group: SubnetGroup, letter: str) -> str:
        """Private groups have a table per AZ, so that each can have its own NAT gateway; so have
        groups without a default route, for each AZ's own endpoint."""
        per_zone = group.kind == SubnetType.PRIVATE or not group.default_route
        return f"{group.name}-{letter}" if per_zone else group.name

    def _name_tag(self, *parts: str) -> dict[str, str]:
        return {"Name": resource_name(self, "-".join([self.node.id, *parts]))}

    def _warn(self) -> None:
        if self.flow_log is None:
            warn(
                self,
                "no-flow-logs",
                "this VPC keeps no flow logs: nobody can tell later who talked to whom.",
            )
        if self._input.nat_gateways == NatGateways.ONE and len(self._input.zones) > 1:
            warn(
                self,
                "single-nat-gateway",
                f"all private subnets go out through {self._input.zones[0]}: when that zone "
                "fails, none reaches the internet (NatGateways.ONE_PER_AZ avoids it).",
            )
