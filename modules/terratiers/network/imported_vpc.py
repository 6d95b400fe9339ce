"""What every VPC offers, made here or imported, and the imported one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import check_scope
from terratiers.network.vpc_attributes import (
    NatGateways,
    SubnetType,
    VpcAttributes,
    subnet_ids_of,
)
from terratiers.network.vpc_input import check_attributes

from constructs import Construct

if TYPE_CHECKING:
    from terratiers.network.interface_endpoint import InterfaceVpcEndpoint

__all__ = ["ImportedVpc", "VpcBase"]


class VpcBase(SharedConstruct[VpcAttributes]):
    """What a VPC made here and an imported one have in common: they are known by attributes."""

    Attributes = VpcAttributes

    @property
    def endpoint_services(self) -> tuple[str, ...]:
        """The services that all subnets reach through endpoints: `s3`, `ssm`, ..."""
        return self.attributes.endpoint_services

    def add_endpoint_service(self, service: str) -> None:
        """Notes that all subnets reach a service through an endpoint; endpoints call it."""
        known = dict.fromkeys((*self.endpoint_services, service))
        self._attributes = dataclasses.replace(self._attributes, endpoint_services=tuple(known))

    @property
    def vpc_id(self) -> str:
        return self.attributes.vpc_id

    @property
    def cidr_block(self) -> str:
        """The primary IPv4 block."""
        return self.attributes.cidr_block

    @property
    def availability_zones(self) -> tuple[str, ...]:
        """The names of the zones that every subnet group spans."""
        return self.attributes.availability_zones

    @property
    def subnet_types(self) -> Mapping[str, str]:
        """Group name to `public`, `private` or `isolated`."""
        return self.attributes.subnet_types

    @property
    def route_table_ids(self) -> Mapping[str, str]:
        """The route tables of all subnets by name: `public`, `private-a`, ..."""
        return self.attributes.route_table_ids

    def subnet_ids(self, group: str) -> dict[str, str]:
        """The subnets of a group by AZ name.

        Args:
            group: The name of a `SubnetGroup`.

        Raises:
            ConfigurationError: for a group that the VPC does not have.
        """
        return subnet_ids_of(self, self.attributes, group)

    def has_route_out(self, group: str) -> bool:
        """Whether instances in a group can open connections to the internet over IPv4.

        Args:
            group: The name of a `SubnetGroup`.
        """
        self.subnet_ids(group)
        if group in self.attributes.groups_without_default_route:
            return False
        kind = self.subnet_types[group]
        return kind == SubnetType.PUBLIC or (
            kind == SubnetType.PRIVATE and self.attributes.nat_gateways != NatGateways.NONE
        )

    def add_ssm_access(
        self, *, subnet_group: str = SubnetType.PRIVATE
    ) -> dict[str, InterfaceVpcEndpoint]:
        """The three interface endpoints that Session Manager needs where there is no way out.

        Makes `ssm`, `ssmmessages` and `ec2messages`, one network interface per AZ each, and
        returns them by service.

        Args:
            subnet_group: The group whose subnets hold the interfaces. Default: `private`.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
        """
        from terratiers.network.interface_endpoint import SSM_SERVICES, InterfaceVpcEndpoint

        return {
            service: InterfaceVpcEndpoint(
                self, service, vpc=self, service=service, subnet_group=subnet_group
            )
            for service in SSM_SERVICES
        }


class ImportedVpc(VpcBase):
    """A VPC that is not made here. Use `Vpc.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: VpcAttributes) -> None:
        faults = check_scope(scope, id)
        check_attributes(faults, attributes)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes
