"""Gateway load balancer endpoints: the way through firewalls that stand in another network."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from terratiers.core.acknowledgements import is_acknowledged
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_mapping,
    check_scope,
    check_string,
    check_tags,
    show,
)
from terratiers.network.endpoint_service_base import (
    VpcEndpointServiceBase,
    check_consumed_service,
    consumed_name,
    permissions_of,
)
from terratiers.network.routing import ANYWHERE, zone_letter
from terratiers.network.vpc import Vpc
from terratiers.network.vpc_attributes import IVpc, NatGateways, SubnetType, check_vpc_argument

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.data_aws_internet_gateway import (
    DataAwsInternetGateway,
    DataAwsInternetGatewayFilter,
)
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct, IConstruct

__all__ = ["IPV6_NOT_INSPECTED", "GatewayLoadBalancerEndpoint", "subnet_cidr_blocks"]

IPV6_NOT_INSPECTED = "ipv6-not-inspected"
# An internet gateway has one route table: the endpoint by whose path it was made, by VPC.
_ingress: WeakKeyDictionary[IConstruct, str] = WeakKeyDictionary()


class GatewayLoadBalancerEndpoint(Construct):
    """The endpoints of one VPC through which its traffic goes to a gateway load balancer.

    Makes one `aws_vpc_endpoint` of type GatewayLoadBalancer in each AZ; `route_through` leads
    subnets through them. The endpoints need a subnet group of their own, whose way out is that of
    the inspected traffic: a public group for an internet gateway, a private one for NAT gateways,
    or a group without a way out when the appliances send the traffic on by themselves. Each
    endpoint costs by the hour and by the gigabyte.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_vpc_endpoint.<id>_a`.
        vpc: The consumers' `Vpc`, made here or imported.
        service: A `VpcEndpointService` of a gateway load balancer, which has to be in every AZ of
            the VPC, or the full name of one: `com.amazonaws.vpce.<region>.vpce-svc-<id>`.
        subnet_group: The group in whose subnets the endpoints stand.
        tags: Further tags.

    Raises:
        ConfigurationError: for an unknown group and a service of another kind.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-load-balancer-endpoints.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        service: VpcEndpointServiceBase | str,
        subnet_group: str,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        if check_vpc_argument(faults, vpc):
            check_choice(faults, "subnet_group", subnet_group, sorted(vpc.subnet_types))
        check_consumed_service(faults, scope, service, "gateway")
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.vpc = vpc
        self.subnet_group = subnet_group
        self.routes: dict[str, Route] = {}
        self.ingress_route_table: RouteTable | None = None
        self.service = service
        self._accepters: Mapping[str, TerraformResource] = {}
        self.endpoints: dict[str, VpcEndpoint] = {}
        with all_or_nothing(scope, id):
            for zone, subnet_id in vpc.subnet_ids(subnet_group).items():
                endpoint = VpcEndpoint(
                    self,
                    f"endpoint-{zone}",
                    vpc_id=vpc.vpc_id,
                    service_name=consumed_name(service),
                    vpc_endpoint_type="GatewayLoadBalancer",
                    subnet_ids=[subnet_id],
                    depends_on=permissions_of(service),
                    tags={**own_tags, "Name": construct_name(self, zone_letter(zone))},
                )
                pin_address(endpoint, self, zone_letter(zone))
                self.endpoints[zone] = endpoint

    @property
    def vpc_endpoint_ids(self) -> dict[str, str]:
        """The endpoints' ids by zone."""
        return {zone: endpoint.id for zone, endpoint in self.endpoints.items()}

    def accepted_by(self, accepters: Mapping[str, TerraformResource]) -> None:
        """Lets routes come after the accepters; the service's `accept` calls it."""
        self._accepters = accepters

    def route_through(
        self,
        subnet_group: str,
        *,
        route_table_ids: Mapping[str, str] | None = None,
        return_routes: bool = True,
    ) -> None:
        """Leads all IPv4 traffic between a subnet group and the world through the endpoints.

        Each subnet goes out through the endpoint of its own zone and, since firewalls have to see
        both directions, what comes back takes the same one. Where the endpoints' own group is
        public, the internet gateway gets a route table that leads to the group's subnets through
        the endpoints, which also inspects what comes in. Where it is private with NAT gateways,
        the NAT gateways' subnets get such routes. Otherwise the appliances send the traffic on.

        Args:
            subnet_group: A group with a route table in each zone that does not lead out: one with
                `SubnetGroup(..., default_route=False)`, or a private one without NAT gateways.
            route_table_ids: Route table by zone, for a VPC whose tables have other names than
                `<group>-<zone letter>`. They must have no default route. Default: the group's own.
            return_routes: Whether the way back leads through the endpoints; no only where routes
                made elsewhere do it. Default: yes.

        Raises:
            ConfigurationError: for a group with another way out, without a way out by its kind, or
                with one route table for several zones; for the endpoints' own group; for an IPv6
                VPC, whose IPv6 traffic is not inspected, unless that was acknowledged
                (`ipv6-not-inspected`); for a service that has not accepted the endpoints yet.

        https://docs.aws.amazon.com/vpc/latest/userguide/gwlb-route.html
        """
        faults = Faults(self.node.scope, self.node.id)
        back = check_bool(faults, "return_routes", return_routes)
        tables: dict[str, str] = {}
        known = check_choice(faults, "subnet_group", subnet_group, sorted(self.vpc.subnet_types))
        if known is not None:
            tables = self._check_route(faults, known, route_table_ids)
        nat_tables = self._nat_tables() if back else {}
        to_internet = self._kind == SubnetType.PUBLIC
        if back and to_internet and _ingress.get(self.vpc, self.node.path) != self.node.path:  # type: ignore[call-overload]
            faults.add(
                f"the internet gateway has the route table of {_ingress[self.vpc]}: call its "  # type: ignore[index]
                "route_through, or write return_routes=False and add the routes there."
            )
        if back and self._behind_nat and not nat_tables:
            faults.add(
                "the route table of the NAT gateways' subnets is not known: write "
                "return_routes=False and add the way back where it is made."
            )
        faults.raise_any()

        for zone, table_id in tables.items():
            self._add_route(("egress", subnet_group), zone, table_id, ANYWHERE)
        if not back or not (to_internet or nat_tables):
            return
        for zone, block in subnet_cidr_blocks(self, self.vpc, subnet_group).items():
            if to_internet:
                self._add_route(("ingress", subnet_group), zone, self._ingress_table(), block)
            for name, table_id in nat_tables.items():
                self._add_route(("return", name, subnet_group), zone, table_id, block)

    @property
    def _kind(self) -> str:
        return self.vpc.subnet_types[self.subnet_group]

    @property
    def _behind_nat(self) -> bool:
        return self._kind == SubnetType.PRIVATE and self.vpc.has_route_out(self.subnet_group)

    def _check_route(self, faults: Faults, group: str, given: object) -> dict[str, str]:
        """The group's route tables by zone; notes why they cannot lead through the endpoints."""
        kind = self.vpc.subnet_types[group]
        if group == self.subnet_group:
            faults.add(f"{group} holds the endpoints: their traffic would come back to them.")
        if any(key.startswith(f"egress_{group.replace('-', '_')}_") for key in self.routes):
            faults.add(f"{group} goes through these endpoints already: call route_through once.")
        if kind == SubnetType.ISOLATED:
            faults.add(f"{group} is isolated, without a way out: take another group.")
        elif given is None and self.vpc.has_route_out(group):
            way = "the internet gateway" if kind == SubnetType.PUBLIC else "NAT gateways"
            faults.add(
                f"{group} has a route 0.0.0.0/0 to {way} already, and a route table has one: write "
                "SubnetGroup(..., default_route=False), or take a private group of a VPC with "
                "NatGateways.NONE."
            )
        if self.vpc.attributes.ipv6 and not is_acknowledged(self, IPV6_NOT_INSPECTED):
            faults.add(
                f"[{IPV6_NOT_INSPECTED}] the VPC has IPv6, which would go past the endpoints: make "
                f'it without, or acknowledge(scope, "{IPV6_NOT_INSPECTED}", reason="...").'
            )
        service = self.service
        pending = isinstance(service, VpcEndpointServiceBase) and (
            service.attributes.acceptance_required
        )
        if pending and not self._accepters:
            faults.add(
                "the service accepts connections one by one, and AWS has no routes to endpoints "
                "that wait: call service.accept(endpoint) first."
            )
        if given is not None:
            return self._check_tables(faults, given)
        tables = self._tables_of(group)
        if len(self.endpoints) > 1 and len(tables) == 1 and kind != SubnetType.ISOLATED:
            faults.add(
                f"{group} has one route table for {len(self.endpoints)} zones, and each zone needs "
                "its own: take a private group, or give route_table_ids by zone."
            )
        elif len(tables) not in (1, len(self.endpoints)):
            faults.add(
                f"the route tables of {group} are not known: give route_table_ids, "
                f'{{"{next(iter(self.endpoints))}": "rtb-..."}}.'
            )
        zones = {zone_letter(zone): zone for zone in self.endpoints}
        return {zones.get(name[-1], next(iter(self.endpoints))): i for name, i in tables.items()}

    def _check_tables(self, faults: Faults, given: object) -> dict[str, str]:
        example = f'{{"{next(iter(self.endpoints))}": "rtb-..."}}'
        tables = dict(check_mapping(faults, "route_table_ids", given, example) or {})
        for table_id in tables.values():
            rule = "write an id like rtb-0a1b2c3d."
            check_string(faults, "route_table_ids:", table_id, r"rtb-[0-9a-f]{8,17}", rule)
        if isinstance(given, Mapping) and set(tables) != set(self.endpoints):
            faults.add(
                f"route_table_ids has the zones {show(sorted(tables))}, the endpoints are in "
                f"{', '.join(sorted(self.endpoints))}: name the same ones."
            )
        if len({str(table_id) for table_id in tables.values()}) < len(tables):
            faults.add("route_table_ids has a table for several zones: each zone needs its own.")
        return tables

    def _tables_of(self, group: str) -> dict[str, str]:
        """The route tables of a group by name: one for each zone, or one for all."""
        names = {group, *(f"{group}-{zone_letter(zone)}" for zone in self.endpoints)}
        return {name: i for name, i in self.vpc.route_table_ids.items() if name in names}

    def _nat_tables(self) -> dict[str, str]:
        """The route tables of the subnets in which the VPC's NAT gateways stand, if any."""
        if not self._behind_nat or self.vpc.attributes.nat_gateways == NatGateways.NONE:
            return {}
        types = self.vpc.subnet_types.items()
        public = [n for n, kind in types if kind == SubnetType.PUBLIC and self.vpc.has_route_out(n)]
        return self._tables_of(public[0]) if public else {}

    def _ingress_table(self) -> str:
        """The internet gateway's own route table, made when first needed."""
        if self.ingress_route_table is None:
            _ingress[self.vpc] = self.node.path  # type: ignore[index]
            table = RouteTable(
                self,
                "ingress-route-table",
                vpc_id=self.vpc.vpc_id,
                tags={"Name": construct_name(self, "ingress")},
            )
            pin_address(table, self, "ingress")
            association = RouteTableAssociation(
                self,
                "ingress-route-table-association",
                gateway_id=self._internet_gateway_id(),
                route_table_id=table.id,
            )
            pin_address(association, self, "ingress")
            self.ingress_route_table = table
        return self.ingress_route_table.id

    def _internet_gateway_id(self) -> str:
        if isinstance(self.vpc, Vpc) and self.vpc.internet_gateway:
            return self.vpc.internet_gateway.id
        attached = DataAwsInternetGatewayFilter(name="attachment.vpc-id", values=[self.vpc.vpc_id])
        gateway = DataAwsInternetGateway(self, "internet-gateway", filter=[attached])
        pin_address(gateway, self)
        return gateway.id

    def _add_route(self, parts: tuple[str, ...], zone: str, table_id: str, block: str) -> None:
        accepter = self._accepters.get(zone)
        route = Route(
            self,
            "-".join([*parts, zone]),
            route_table_id=table_id,
            destination_cidr_block=block,
            vpc_endpoint_id=self.endpoints[zone].id,
            depends_on=[accepter] if accepter else None,
        )
        pin_address(route, self, *parts, zone_letter(zone))
        self.routes["_".join([*parts, zone_letter(zone)]).replace("-", "_")] = route


def subnet_cidr_blocks(scope: Construct, vpc: IVpc, group: str) -> dict[str, str]:
    """The IPv4 blocks of a group's subnets by zone; those of an imported VPC are looked up."""
    if isinstance(vpc, Vpc):
        return {zone: subnet.resource.cidr_block for zone, subnet in vpc.subnets[group].items()}
    blocks = {}
    for zone, subnet_id in vpc.subnet_ids(group).items():
        subnet = DataAwsSubnet(scope, f"subnet-{group}-{zone}", id=subnet_id)
        pin_address(subnet, scope, group, zone_letter(zone))
        blocks[zone] = subnet.cidr_block
    return blocks
