"""Endpoint services: what is offered to other networks and accounts through PrivateLink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terratiers.core.account import partition
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import child_of, construct_name, pin_address
from terratiers.core.validation import (
    check_bool,
    check_instance,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
)
from terratiers.network.endpoint_service_base import (
    ImportedVpcEndpointService,
    VpcEndpointServiceAttributes,
    VpcEndpointServiceBase,
)
from terratiers.network.endpoint_service_input import (
    PRIVATE_DNS_NAME,
    EndpointServiceLoadBalancer,
    check_ipv6,
    check_load_balancers,
    check_principals,
    check_supported,
)

from cdktf import ITerraformDependable, TerraformResource
from cdktf_cdktf_provider_aws.vpc_endpoint_service import VpcEndpointService as ServiceResource
from cdktf_cdktf_provider_aws.vpc_endpoint_service_allowed_principal import (
    VpcEndpointServiceAllowedPrincipal,
)
from cdktf_cdktf_provider_aws.vpc_endpoint_service_private_dns_verification import (
    VpcEndpointServicePrivateDnsVerification,
)
from constructs import Construct

__all__ = ["VpcEndpointService"]


class VpcEndpointService(VpcEndpointServiceBase):
    """An endpoint service: a load balancer that other networks reach through PrivateLink.

    Makes one `aws_vpc_endpoint_service` and one `aws_vpc_endpoint_service_allowed_principal` for
    each principal. Consumers make an `InterfaceVpcEndpoint` for network load balancers and a
    `GatewayLoadBalancerEndpoint` for gateway ones. Nobody finds the service unless allowed, and
    each connection waits until it is accepted.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_vpc_endpoint_service.<id>`.
        load_balancers: Network load balancers or gateway load balancers, at least one and all of
            one kind: constructs or ARNs.
        acceptance_required: Whether each connection waits until it is accepted, by `accept` or by
            hand. Default: yes.
        allowed_principals: Who may ask for a connection: ARNs of accounts, roles and users, or
            twelve-digit account ids; a mapping of names to them where an ARN is a token. `*`,
            everybody, has to be acknowledged (`endpoint-service-open-to-everybody`). Name the own
            account too where it consumes the service. Default: nobody.
        private_dns_name: A name of a domain of yours, such as `orders.example.com` or
            `*.example.com`, that leads consumers' networks to their endpoint. Its domain has to
            be verified by a TXT record. Network load balancers only. Default: none.
        supported_ip_address_types: `ipv4`, `ipv6` or both. ipv6 needs balancers with IPv6, which
            those made here do not have: pass ARNs. Default: AWS's own, ipv4.
        supported_regions: Regions from which consumers may connect. Network load balancers only.
            Default: the service's own region.
        tags: Further tags.

    Raises:
        ConfigurationError: for load balancers of several kinds or of another one, a principal that
            AWS would refuse, and everybody without an acknowledgement.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        load_balancers: Sequence[EndpointServiceLoadBalancer | str],
        acceptance_required: bool = True,
        allowed_principals: Sequence[str] | Mapping[str, str] = (),
        private_dns_name: str | None = None,
        supported_ip_address_types: Sequence[str] | None = None,
        supported_regions: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        kind, arns = check_load_balancers(faults, scope, load_balancers)
        check_bool(faults, "acceptance_required", acceptance_required)
        principals = check_principals(faults, scope, allowed_principals)
        if private_dns_name is not None:
            rule = "write a domain name in lower case, like orders.example.com or *.example.com."
            check_string(faults, "private_dns_name", private_dns_name, PRIVATE_DNS_NAME, rule)
        check_supported(faults, supported_ip_address_types, supported_regions)
        check_ipv6(faults, load_balancers, supported_ip_address_types)
        for name, value in (
            ("private_dns_name", private_dns_name),
            ("supported_regions", supported_regions),
        ):
            if value is not None and kind == "gateway":
                faults.add(f"{name} is for network load balancers: leave it out for gateway ones.")
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        with all_or_nothing(scope, id):
            self.resource = ServiceResource(
                self,
                "resource",
                acceptance_required=acceptance_required,
                network_load_balancer_arns=arns if kind == "network" else None,
                gateway_load_balancer_arns=arns if kind == "gateway" else None,
                private_dns_name=private_dns_name,
                supported_ip_address_types=_listed(supported_ip_address_types),
                supported_regions=_listed(supported_regions),
                tags={**own_tags, "Name": construct_name(self)},
            )
            pin_address(self.resource, self)
            self.allowed_principals = {
                name: self._allow(name, principal) for name, principal in principals.items()
            }
        record = self.resource.private_dns_name_configuration.get(0) if private_dns_name else None
        self._attributes = VpcEndpointServiceAttributes(
            balancer_kind=str(kind),
            acceptance_required=acceptance_required,
            private_dns=record is not None,
            service_id=self.resource.id,
            service_name=self.resource.service_name,
            verification_record_name=record.name if record else None,
            verification_record_value=record.value if record else None,
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: VpcEndpointServiceAttributes
    ) -> ImportedVpcEndpointService:
        """A service that exists already.

        Raises:
            ConfigurationError: for an id or a name of another form.
        """
        return ImportedVpcEndpointService(scope, id, attributes)

    @property
    def permissions(self) -> tuple[ITerraformDependable, ...]:
        return tuple(self.allowed_principals.values())

    def verify_private_dns_name(
        self, *, depends_on: Sequence[TerraformResource] = ()
    ) -> VpcEndpointServicePrivateDnsVerification:
        """Has AWS look for the TXT record, and waits until the private name is verified.

        The record's name and value are `attributes.verification_record_name`, which is relative to
        the domain, and `attributes.verification_record_value`.

        Args:
            depends_on: The record's resource, so that it stands before AWS looks. Default: none.

        Raises:
            ConfigurationError: without a `private_dns_name`, for what is no resource, and the
                second time.

        https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
        """
        faults = Faults(self.node.scope, self.node.id)
        if not self.attributes.private_dns:
            faults.add("there is no private_dns_name to verify: give the service one.")
        if child_of(self, "verification") is not None:
            faults.add("its name is verified already: call verify_private_dns_name once.")
        after = check_sequence(faults, "depends_on", depends_on, "[record.resource]") or ()
        for resource in after:
            example = "a resource, like record.resource"
            check_instance(faults, "depends_on", resource, TerraformResource, example)
        faults.raise_any()
        verification = VpcEndpointServicePrivateDnsVerification(
            self,
            "verification",
            service_id=self.service_id,
            wait_for_verification=True,
            depends_on=list(after) or None,
        )
        pin_address(verification, self)
        return verification

    def _allow(self, name: str, principal: str) -> VpcEndpointServiceAllowedPrincipal:
        arn = principal
        if principal.isdigit():
            arn = f"arn:{partition(self)}:iam::{principal}:root"
        allowed = VpcEndpointServiceAllowedPrincipal(
            self, f"allow-{name}", vpc_endpoint_service_id=self.resource.id, principal_arn=arn
        )
        pin_address(allowed, self, name)
        return allowed


def _listed(value: Sequence[str] | None) -> list[str] | None:
    return None if value is None else list(value)
