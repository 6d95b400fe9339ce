"""The network tier: a VPC, its endpoints and its network ACLs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.tier import Tier
from terratiers.core.validation import check_bool, check_mapping, check_sequence
from terratiers.network.endpoint_services import check_service
from terratiers.network.flow_logs import DEFAULT_FLOW_LOGS, FlowLogs
from terratiers.network.gateway_endpoint import GatewayVpcEndpoint
from terratiers.network.interface_endpoint import SSM_SERVICES, InterfaceVpcEndpoint
from terratiers.network.network_acl import NetworkAcl
from terratiers.network.subnet_group import DEFAULT_SUBNET_GROUPS, SubnetGroup
from terratiers.network.vpc import Vpc
from terratiers.network.vpc_attributes import NatGateways

from constructs import Construct

__all__ = ["NetworkTier"]

_GATEWAYS = ("s3", "dynamodb")


class NetworkTier(Tier):
    """A VPC with gateway endpoints for S3 and DynamoDB, and whatever else is switched on.

    What it makes is in `vpc`, `gateway_endpoints`, `interface_endpoints` and `network_acls`.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `network`.
        environment: Names, region, account and state location.
        cidr_block: The VPC's IPv4 block, /16 to /28. Default: `10.0.0.0/16`.
        availability_zones: 1 to 6 zone names, or how many. Default: 2.
        subnet_groups: Default: public, private and isolated.
        nat_gateways: `NatGateways.NONE`, `ONE` or `ONE_PER_AZ`. Default: none.
        flow_logs: Default: all traffic to CloudWatch Logs for 365 days; None for none.
        ssm_access: Whether private instances reach Session Manager through endpoints. Default:
            yes where there is a private group and no NAT gateway.
        interface_endpoints: Further services to reach privately: `("secretsmanager", "sns")`.
        network_acls: Preset by subnet group: `{"isolated": "isolated"}`. Default: none.

    Raises:
        ConfigurationError: as `Vpc`, `InterfaceVpcEndpoint` and `NetworkAcl` do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "network",
        *,
        environment: Environment,
        cidr_block: str = "10.0.0.0/16",
        availability_zones: int | Sequence[str] = 2,
        subnet_groups: Sequence[SubnetGroup] = DEFAULT_SUBNET_GROUPS,
        nat_gateways: str = NatGateways.NONE,
        flow_logs: FlowLogs | None = DEFAULT_FLOW_LOGS,
        ssm_access: bool | None = None,
        interface_endpoints: Sequence[str] = (),
        network_acls: Mapping[str, str] | None = None,
    ) -> None:
        faults = Faults(scope, id)
        if ssm_access is not None:
            check_bool(faults, "ssm_access", ssm_access)
        services = check_sequence(faults, "interface_endpoints", interface_endpoints, '["sns"]')
        for service in services or ():
            check_service(faults, "interface_endpoints:", service)
        if network_acls is not None:
            check_mapping(faults, "network_acls", network_acls, '{"isolated": "isolated"}')
        faults.raise_any()
        super().__init__(scope, id, environment=environment)
        with all_or_nothing(scope, id):
            self.vpc = Vpc(
                self,
                "vpc",
                cidr_block=cidr_block,
                availability_zones=availability_zones,
                subnet_groups=subnet_groups,
                nat_gateways=nat_gateways,
                flow_logs=flow_logs,
            )
            if ssm_access is None:
                ssm_access = nat_gateways == NatGateways.NONE and "private" in self.vpc.subnets
            self.gateway_endpoints = {
                service: GatewayVpcEndpoint(self, service, vpc=self.vpc, service=service)
                for service in _GATEWAYS
            }
            self.interface_endpoints = {
                service: self._add_interface_endpoint(service)
                for service in dict.fromkeys(
                    [*(SSM_SERVICES if ssm_access else ()), *(services or ())]
                )
            }
            self.network_acls = {
                group: NetworkAcl(
                    self, f"{group}-acl", vpc=self.vpc, subnet_group=group, preset=preset
                )
                for group, preset in (network_acls or {}).items()
            }
        self.share(self.vpc)

    def _add_interface_endpoint(self, service: str) -> InterfaceVpcEndpoint:
        """`s3` and `dynamodb` have endpoints of both kinds; the gateway has the plain name."""
        id = f"{service}-interface" if service in _GATEWAYS else service.replace(".", "-")
        return InterfaceVpcEndpoint(self, id, vpc=self.vpc, service=service)
