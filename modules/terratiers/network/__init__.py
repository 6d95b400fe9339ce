"""VPC, subnets, NAT, flow logs, endpoints and network ACLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.network.endpoint_service import VpcEndpointService as VpcEndpointService
    from terratiers.network.endpoint_service_base import (
        VpcEndpointServiceAttributes as VpcEndpointServiceAttributes,
    )
    from terratiers.network.flow_logs import FlowLogs as FlowLogs
    from terratiers.network.gateway_endpoint import GatewayVpcEndpoint as GatewayVpcEndpoint
    from terratiers.network.gateway_endpoint import (
        GatewayVpcEndpointAttributes as GatewayVpcEndpointAttributes,
    )
    from terratiers.network.gateway_load_balancer_endpoint import (
        GatewayLoadBalancerEndpoint as GatewayLoadBalancerEndpoint,
    )
    from terratiers.network.interface_endpoint import InterfaceVpcEndpoint as InterfaceVpcEndpoint
    from terratiers.network.network_acl import AclRule as AclRule
    from terratiers.network.network_acl import NetworkAcl as NetworkAcl
    from terratiers.network.subnet_group import SubnetGroup as SubnetGroup
    from terratiers.network.vpc import Subnet as Subnet
    from terratiers.network.vpc import Vpc as Vpc
    from terratiers.network.vpc_attributes import IVpc as IVpc
    from terratiers.network.vpc_attributes import NatGateways as NatGateways
    from terratiers.network.vpc_attributes import SubnetType as SubnetType
    from terratiers.network.vpc_attributes import VpcAttributes as VpcAttributes

__all__ = [
    "AclRule",
    "FlowLogs",
    "GatewayLoadBalancerEndpoint",
    "GatewayVpcEndpoint",
    "GatewayVpcEndpointAttributes",
    "IVpc",
    "InterfaceVpcEndpoint",
    "NatGateways",
    "NetworkAcl",
    "Subnet",
    "SubnetGroup",
    "SubnetType",
    "Vpc",
    "VpcAttributes",
    "VpcEndpointService",
    "VpcEndpointServiceAttributes",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "AclRule": ".network_acl",
        "FlowLogs": ".flow_logs",
        "GatewayLoadBalancerEndpoint": ".gateway_load_balancer_endpoint",
        "GatewayVpcEndpoint": ".gateway_endpoint",
        "GatewayVpcEndpointAttributes": ".gateway_endpoint",
        "IVpc": ".vpc_attributes",
        "InterfaceVpcEndpoint": ".interface_endpoint",
        "NatGateways": ".vpc_attributes",
        "NetworkAcl": ".network_acl",
        "Subnet": ".vpc",
        "SubnetGroup": ".subnet_group",
        "SubnetType": ".vpc_attributes",
        "Vpc": ".vpc",
        "VpcAttributes": ".vpc_attributes",
        "VpcEndpointService": ".endpoint_service",
        "VpcEndpointServiceAttributes": ".endpoint_service_base",
    },
)
