"""Gateway endpoints: S3 and DynamoDB through the route tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terratiers.core.account import partition, region
from terratiers.core.contract import output
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address, resource_name
from terratiers.core.policy import policy_document
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_choice,
    check_instance,
    check_mapping,
    check_scope,
    check_string,
    check_tags,
)
from terratiers.network.endpoint_policy import check_policy, own_principals
from terratiers.network.endpoint_services import gateway_services, service_name
from terratiers.network.vpc_attributes import IVpc, check_vpc_argument

from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_endpoint_route_table_association import (
    VpcEndpointRouteTableAssociation,
)
from constructs import Construct

__all__ = ["GatewayVpcEndpoint", "GatewayVpcEndpointAttributes", "ImportedGatewayVpcEndpoint"]

# Buckets of AWS from which instances read packages and agents, without credentials of the account:
# https://docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html
# https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-minimum-s3-permissions.html
_AWS_READ_BUCKETS = (
    "al2023-repos-{region}-de612dc2",
    "amazonlinux-2-repos-{region}",
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "aws-ssm-{region}",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
    "{region}-birdwatcher-prod",
)


@dataclass(frozen=True, kw_only=True)
class GatewayVpcEndpointAttributes:
    """The contract of a `GatewayVpcEndpoint`: its id and the prefix list of its service."""

    vpc_endpoint_id: str = output("Id of the gateway endpoint")
    prefix_list_id: str = output("Prefix list of the service, for security group rules")


class GatewayVpcEndpointBase(SharedConstruct[GatewayVpcEndpointAttributes]):
    """What an endpoint made here and an imported one have in common."""

    Attributes = GatewayVpcEndpointAttributes

    @property
    def prefix_list_id(self) -> str:
        """The prefix list of the service's addresses, for security group rules."""
        return self.attributes.prefix_list_id

    @property
    def vpc_endpoint_id(self) -> str:
        """The endpoint's id, for policies that admit it alone (`aws:SourceVpce`)."""
        return self.attributes.vpc_endpoint_id


class ImportedGatewayVpcEndpoint(GatewayVpcEndpointBase):
    """An endpoint that is not made here. Use `GatewayVpcEndpoint.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: GatewayVpcEndpointAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'GatewayVpcEndpointAttributes(vpc_endpoint_id="vpce-...", ...)'
        given = check_instance(
            faults, "attributes", attributes, GatewayVpcEndpointAttributes, example
        )
        for name, value, prefix in (
            ("vpc_endpoint_id", given and given.vpc_endpoint_id, "vpce"),
            ("prefix_list_id", given and given.prefix_list_id, "pl"),
        ):
            if given:
                rule = f"write an id like {prefix}-0a1b2c3d."
                check_string(faults, name, value, rf"{prefix}-[0-9a-f]{{8,17}}", rule)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class GatewayVpcEndpoint(GatewayVpcEndpointBase):
    """A gateway endpoint: S3 or DynamoDB through the route tables, free of charge.

    Makes one `aws_vpc_endpoint` of type Gateway and its association with each route table, into
    which AWS puts a route to the service's prefix list. A route table that comes later is added
    without a change to the endpoint.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_vpc_endpoint.<id>`.
        vpc: The `Vpc`, made here or imported.
        service: `s3` or `dynamodb`.
        route_table_ids: Which route tables get the route, by a name that becomes part of the
            association's address. Default: those of all subnets.
        policy: Statements of the endpoint policy. Default: everything for principals of this
            account, and for S3 also reading the buckets from which AWS hands out packages and
            agents; principals of other accounts get nothing through the endpoint.
        tags: Further tags.

    Raises:
        ConfigurationError: for an unknown service, no VPC, or a malformed policy.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        service: str,
        route_table_ids: Mapping[str, str] | None = None,
        policy: Sequence[Mapping[str, Any]] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        known_vpc = check_vpc_argument(faults, vpc)
        check_choice(
            faults, "service", service, gateway_services(), "Others: InterfaceVpcEndpoint."
        )
        tables = _check_route_tables(
            faults,
            vpc.route_table_ids if known_vpc and route_table_ids is None else route_table_ids,
        )
        check_policy(faults, policy)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.resource = VpcEndpoint(
            self,
            "resource",
            vpc_id=vpc.vpc_id,
            service_name=service_name(region(self), service),
            vpc_endpoint_type="Gateway",
            policy=policy_document(*(policy or self._default_policy(service))),
            tags={**own_tags, "Name": resource_name(self, id)},
        )
        pin_address(self.resource, self)
        for name, table_id in tables.items():
            association = VpcEndpointRouteTableAssociation(
                self,
                f"route-table-{name}",
                vpc_endpoint_id=self.resource.id,
                route_table_id=table_id,
            )
            pin_address(association, self, name)
        if route_table_ids is None:
            vpc.add_endpoint_service(service)
        self._attributes = GatewayVpcEndpointAttributes(
            vpc_endpoint_id=self.resource.id, prefix_list_id=self.resource.prefix_list_id
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: GatewayVpcEndpointAttributes
    ) -> ImportedGatewayVpcEndpoint:
        """An endpoint that exists already.

        Raises:
            ConfigurationError: for ids of another form.
        """
        return ImportedGatewayVpcEndpoint(scope, id, attributes)

    def _default_policy(self, service: str) -> list[dict[str, Any]]:
        statements = [own_principals(self, f"{service}:*")]
        if service == "s3":
            buckets = [bucket.format(region=region(self)) for bucket in _AWS_READ_BUCKETS]
            statements.append(
                {
                    "Sid": "PackagesAndAgentsOfAws",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": [f"arn:{partition(self)}:s3:::{name}/*" for name in buckets],
                }
            )
        return statements


def _check_route_tables(faults: Faults, value: object) -> dict[str, str]:
    tables = check_mapping(faults, "route_table_ids", value, '{"private": "rtb-..."}')
    if tables is not None and not tables:
        faults.add('route_table_ids is empty: name at least one, {"private": "rtb-..."}.')
    for name, table_id in (tables or {}).items():
        rule = "write lower-case letters, digits and hyphens."
        check_string(faults, "route_table_ids: name", name, r"[a-z0-9-]{1,64}", rule, tokens=False)
        check_string(
            faults, "route_table_ids:", table_id, r"rtb-[0-9a-f]{8,17}", "write rtb-0a1b2c3d."
        )
    return dict(tables or {})
