"""VPC, subnets, NAT, flow logs, endpoints and network ACLs."""

from terratiers.network.endpoint_service import VpcEndpointService
from terratiers.network.endpoint_service_base import VpcEndpointServiceAttributes
from terratiers.network.flow_logs import FlowLogs
from terratiers.network.gateway_endpoint import GatewayVpcEndpoint, GatewayVpcEndpointAttributes
from terratiers.network.gateway_load_balancer_endpoint import GatewayLoadBalancerEndpoint
from terratiers.network.interface_endpoint import InterfaceVpcEndpoint
from terratiers.network.network_acl import AclRule, NetworkAcl
from terratiers.network.subnet_group import SubnetGroup
from terratiers.network.vpc import Subnet, Vpc
from terratiers.network.vpc_attributes import IVpc, NatGateways, SubnetType, VpcAttributes

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
