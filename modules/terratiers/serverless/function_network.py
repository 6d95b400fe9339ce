"""A function inside of a VPC: its subnets, its security group, its network interfaces."""

from __future__ import annotations

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import check_choice, check_instance
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument
from terratiers.security.security_group import SecurityGroup, SecurityGroupBase

from cdktf_cdktf_provider_aws.lambda_function import LambdaFunctionVpcConfig
from constructs import Construct

__all__ = ["VPC_POLICY", "check_network", "function_group", "network_settings"]

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
VPC_POLICY = "service-role/AWSLambdaVPCAccessExecutionRole"
PUBLIC_SUBNETS = "lambda-in-public-subnets"


def check_network(
    faults: Faults, scope: Construct, vpc: object, subnet_group: object, security_group: object
) -> None:
    """Notes subnets and groups that do not go together."""
    if vpc is None:
        for name, value in (("subnet_group", subnet_group), ("security_group", security_group)):
            if value is not None:
                faults.add(f"{name} is for a function in a VPC: give vpc, or leave it out.")
        return
    if check_vpc_argument(faults, vpc):
        if isinstance(vpc, Construct):
            check_same_stack(faults, "vpc", vpc, scope)
        groups = sorted(vpc.subnet_types)  # type: ignore[attr-defined]
        check_choice(faults, "subnet_group", _named(subnet_group), groups)
    if security_group is not None:
        example = 'SecurityGroup(self, "group", vpc=vpc, description="...")'
        name = "security_group"
        group = check_instance(faults, name, security_group, SecurityGroupBase, example)
        if group is not None:
            check_same_stack(faults, name, group, scope)


def function_group(
    function: Construct, vpc: IVpc | None, given: SecurityGroupBase | None
) -> SecurityGroupBase | None:
    """The security group that was given, or one without any rule."""
    if vpc is None or given is not None:
        return given
    return SecurityGroup(
        function, "group", vpc=vpc, description=f"Lambda function {function.node.id}"
    )


def network_settings(
    function: Construct, vpc: IVpc, subnet_group: str | None, group: SecurityGroupBase
) -> LambdaFunctionVpcConfig:
    """Where the function's interfaces are."""
    name = _named(subnet_group)
    if vpc.subnet_types[name] == SubnetType.PUBLIC:
        warn(
            function,
            PUBLIC_SUBNETS,
            f"{name} is public, but a function has no public address: it reaches nothing outside "
            "of the VPC from there. Take private subnets behind a NAT gateway, or endpoints.",
        )
    zones = vpc.subnet_ids(name)
    return LambdaFunctionVpcConfig(
        subnet_ids=[zones[zone] for zone in sorted(zones)],
        security_group_ids=[group.security_group_id],
    )


def _named(subnet_group: object) -> str:
    return SubnetType.PRIVATE if subnet_group is None else subnet_group  # type: ignore[return-value]
