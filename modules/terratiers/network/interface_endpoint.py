"""Interface endpoints: network interfaces in the VPC that stand for one service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.core.account import region
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import dependency, pin_address, resource_name
from terratiers.core.policy import policy_document
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_cidr,
    check_scope,
    check_sequence,
    check_tags,
    show,
)
from terratiers.network.endpoint_policy import check_policy, own_principals
from terratiers.network.endpoint_service_base import (
    VpcEndpointServiceBase,
    check_consumed_service,
    permissions_of,
)
from terratiers.network.endpoint_services import (
    check_service,
    is_full_name,
    service_name,
    short_name,
)
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_endpoint_subnet_association import (
    VpcEndpointSubnetAssociation,
)
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import (
    VpcSecurityGroupIngressRule,
)
from constructs import Construct

__all__ = ["SSM_SERVICES", "InterfaceVpcEndpoint"]

# https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
SSM_SERVICES = ("ssm", "ssmmessages", "ec2messages")


class InterfaceVpcEndpoint(Construct):
    """An interface endpoint: network interfaces in the VPC that stand for one service.

    Makes one `aws_vpc_endpoint` of type Interface, its association with one subnet per AZ, and
    its security group, which admits HTTPS from the VPC and nothing else. It costs by the hour.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_vpc_endpoint.<id>`, `aws_security_group.<id>`.
        vpc: The `Vpc`, made here or imported.
        service: Short name (`ssm`, `secretsmanager`, `ecr.api`), checked against the catalog in
            `network/data/endpoint_services.json`; or a full name: `com.amazonaws.<region>.<name>`
            for a service newer than the catalog, `com.amazonaws.vpce.<region>.vpce-svc-<id>` for
            one that another party offers through PrivateLink; or a `VpcEndpointService`. Where
            that accepts connections one by one, `service.accept(endpoint)` follows.
        subnet_group: The group whose subnets hold the interfaces. Default: `private`.
        private_dns: Whether the service's usual name leads to the endpoint. Default: yes for AWS
            services, no for a `VpcEndpointService` and those of other parties: their name has to
            be verified, and the endpoint accepted, first.
        allow_from: CIDR blocks whose hosts may connect. Default: the VPC's primary block.
        port: TCP port of the service, 1 to 65535. Default: 443.
        policy: Statements of the endpoint policy. Default: principals of this account may do
            all; for services of other parties none (they take no policy).
        tags: Further tags.

    Raises:
        ConfigurationError: for an unknown service (with the nearest names), group or block.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        service: VpcEndpointServiceBase | str,
        subnet_group: str = SubnetType.PRIVATE,
        private_dns: bool | None = None,
        allow_from: Sequence[str] | None = None,
        port: int = 443,
        policy: Sequence[Mapping[str, Any]] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        checked_vpc = check_vpc_argument(faults, vpc)
        own_service = isinstance(service, VpcEndpointServiceBase)
        if isinstance(service, VpcEndpointServiceBase):
            check_consumed_service(faults, scope, service, "network")
            if private_dns is True:
                _check_private_name(faults, service)
        else:
            check_service(faults, "service", service)
        if checked_vpc:
            check_choice(faults, "subnet_group", subnet_group, sorted(vpc.subnet_types))
        if private_dns is not None:
            check_bool(faults, "private_dns", private_dns)
        blocks = _check_blocks(faults, allow_from)
        _check_port(faults, port)
        check_policy(faults, policy)
        own_tags = check_tags(faults, "tags", tags)
        third_party = own_service or (
            isinstance(service, str)
            and (service.startswith("com.amazonaws.vpce.") or is_token(service))
        )
        if third_party and policy is not None:
            faults.add(f"policy is given, but {show(service)} is no AWS service and takes none.")
        faults.raise_any()
        super().__init__(scope, id)
        self.service = service
        self._vpc = vpc
        own_name = not third_party if private_dns is None else private_dns
        with all_or_nothing(scope, id):
            self.security_group = self._add_security_group(blocks, port)
            self.resource = VpcEndpoint(
                self,
                "resource",
                vpc_id=vpc.vpc_id,
                service_name=self._service_name(service),
                vpc_endpoint_type="Interface",
                depends_on=permissions_of(service),
                private_dns_enabled=own_name,
                security_group_ids=[self.security_group.id],
                policy=None
                if third_party
                else policy_document(*(policy or [own_principals(self, "*")])),
                tags={**own_tags, "Name": resource_name(self, id)},
            )
            pin_address(self.resource, self)

            self._associations = [
                self._associate(zone, subnet_id)
                for zone, subnet_id in vpc.subnet_ids(subnet_group).items()
            ]
        if isinstance(service, str) and own_name and allow_from is None and port == 443:
            vpc.add_endpoint_service(short_name(service))

    @property
    def vpc_endpoint_id(self) -> str:
        return self.resource.id

    @property
    def vpc_endpoint_ids(self) -> dict[str, str]:
        """Its id, under ``""``: it is one for all zones."""
        return {"": self.resource.id}

    def accepted_by(self, accepters: Mapping[str, TerraformResource]) -> None:
        """Lets the subnets come after the accepter; the service's `accept` calls it."""
        addresses = [dependency(accepter) for accepter in accepters.values()]
        for association in self._associations:
            association.depends_on = addresses

    def _associate(self, zone: str, subnet_id: str) -> VpcEndpointSubnetAssociation:
        association = VpcEndpointSubnetAssociation(
            self,
            f"subnet-{zone}",
            vpc_endpoint_id=self.resource.id,
            subnet_id=subnet_id,
        )
        pin_address(association, self, zone[-1])
        return association

    def _service_name(self, service: VpcEndpointServiceBase | str) -> str:
        if isinstance(service, VpcEndpointServiceBase):
            return service.service_name
        if is_full_name(service):
            return service
        return service_name(region(self), service)

    def _add_security_group(self, blocks: Sequence[str] | None, port: int) -> SecurityGroup:
        """The endpoint's own group: one ingress rule for each block, no egress."""
        name = resource_name(self, f"{self.node.id}-endpoint")
        group = SecurityGroup(
            self,
            "security-group",
            name_prefix=f"{name}-",
            description=f"VPC endpoint {self.node.path}",
            vpc_id=self._vpc.vpc_id,
            tags={"Name": name},
            lifecycle={"create_before_destroy": True},
        )
        pin_address(group, self)
        named = {"vpc": self._vpc.cidr_block} if blocks is None else {b: b for b in blocks}
        for source, block in named.items():
            part = source.replace(".", "-").replace("/", "-").replace(":", "-")
            rule = VpcSecurityGroupIngressRule(
                self,
                f"ingress-{part}",
                security_group_id=group.id,
                description=f"TCP {port} from {'the VPC' if source == 'vpc' else source}",
                cidr_ipv4=block if ":" not in source else None,
                cidr_ipv6=block if ":" in source else None,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                tags={"Name": f"{name}-{part}"},
            )
            pin_address(rule, self, part)
        return group


def _check_private_name(faults: Faults, service: VpcEndpointServiceBase) -> None:
    """AWS takes a private name only for a service that has one, at an accepted endpoint."""
    if not service.attributes.private_dns:
        faults.add(
            f"private_dns is True, but {service.node.path} has no private_dns_name: give it one."
        )
    elif service.attributes.acceptance_required:
        faults.add(
            f"private_dns is True, but {service.node.path} accepts endpoints one by one and AWS "
            "takes the name at accepted ones only: leave it out, or write "
            "acceptance_required=False there."
        )


def _check_blocks(faults: Faults, value: object) -> list[str] | None:
    if value is None:
        return None
    items = check_sequence(faults, "allow_from", value, '["10.0.0.0/16"]')
    if items is not None and not items:
        faults.add("allow_from is empty: nobody could connect; leave it out for the whole VPC.")
    for item in items or ():
        if is_token(item):
            faults.add(f"allow_from {show(item)} is a token: the rule's name needs the block.")
            continue
        version = 6 if isinstance(item, str) and ":" in item else 4
        block = check_cidr(faults, "allow_from", item, version=version)
        if block is not None and block.prefixlen == 0:
            faults.add(
                f"allow_from {item} is the whole internet: name the networks that need the "
                "endpoint."
            )
    return None if items is None else [str(item) for item in items]


def _check_port(faults: Faults, port: object) -> None:
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        faults.add(f"port is {show(port)}: it has to be a whole number from 1 to 65535 (TCP).")
