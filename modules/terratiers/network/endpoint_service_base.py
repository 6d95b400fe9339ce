"""What consumers know of an endpoint service, made here or imported, and the imported one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.names import child_of, path_in_stack, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.tokens import is_token, same_value
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_scope,
    check_string,
    show,
)
from terratiers.network.endpoint_service_input import BALANCER_KINDS, SERVICE_ID, SERVICE_NAME

from cdktf import ITerraformDependable, TerraformResource
from constructs import Construct, Node

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.vpc_endpoint_connection_accepter import (
        VpcEndpointConnectionAccepter,
    )

__all__ = [
    "AcceptableEndpoint",
    "ImportedVpcEndpointService",
    "VpcEndpointServiceAttributes",
    "VpcEndpointServiceBase",
    "check_consumed_service",
    "consumed_name",
    "permissions_of",
]


@dataclass(frozen=True, kw_only=True)
class VpcEndpointServiceAttributes:
    """The contract of a `VpcEndpointService`.

    Args:
        balancer_kind: `network` for interface endpoints, `gateway` for gateway load balancer
            endpoints. Default: network.
        acceptance_required: Whether each connection waits until it is accepted. Default: yes.
        private_dns: Whether the service has a name of its own. Default: no.
        service_id: `vpce-svc-...`.
        service_name: `com.amazonaws.vpce.<region>.vpce-svc-...`: what consumers ask for.
        verification_record_name: The name of the TXT record that proves the private name.
        verification_record_value: Its value.
    """

    balancer_kind: str = fact(default="network")
    acceptance_required: bool = fact(default=True)
    private_dns: bool = fact(default=False)
    service_id: str = output("Id of the endpoint service")
    service_name: str = output("Name under which endpoints ask for the service")
    verification_record_name: str | None = output(
        "Name of the TXT record that verifies the private DNS name", only_if="private_dns"
    )
    verification_record_value: str | None = output(
        "Value of the TXT record that verifies the private DNS name", only_if="private_dns"
    )


@runtime_checkable
class AcceptableEndpoint(Protocol):
    """An endpoint whose connection a service can accept."""

    @property
    def node(self) -> Node: ...

    @property
    def service(self) -> VpcEndpointServiceBase | str:
        """What it leads to."""
        ...

    @property
    def vpc_endpoint_ids(self) -> Mapping[str, str]:
        """The endpoints' ids by zone; an endpoint for all zones has the key ``""``."""
        ...

    def accepted_by(self, accepters: Mapping[str, TerraformResource]) -> None:
        """Lets what needs accepted connections come after the accepters, by zone."""
        ...


class VpcEndpointServiceBase(SharedConstruct[VpcEndpointServiceAttributes]):
    """What a service made here and an imported one have in common."""

    Attributes = VpcEndpointServiceAttributes

    @property
    def service_id(self) -> str:
        return self.attributes.service_id

    @property
    def service_name(self) -> str:
        """What consumers give their endpoints: `com.amazonaws.vpce.<region>.vpce-svc-...`."""
        return self.attributes.service_name

    @property
    def permissions(self) -> tuple[ITerraformDependable, ...]:
        """What has to stand before an endpoint finds the service."""
        return ()

    def accept(
        self, endpoint: AcceptableEndpoint | str, *, name: str | None = None
    ) -> dict[str, VpcEndpointConnectionAccepter]:
        """Accepts the connections of an endpoint, when both ends are in this account.

        Args:
            endpoint: An `InterfaceVpcEndpoint` or a `GatewayLoadBalancerEndpoint`, or an id,
                `vpce-...`. For a gateway load balancer endpoint call it before its
                `route_through`: AWS refuses routes to endpoints that were not accepted.
            name: Part of the Terraform name, `aws_vpc_endpoint_connection_accepter.<id>_<name>`.
                Default: the endpoint's path or id; needed for an id that is a token.

        Returns:
            The accepters by zone, under ``""`` for an endpoint that is one for all zones.

        Raises:
            ConfigurationError: for what is no endpoint, one of another service or stack, one that
                was accepted already, and when the service accepts everything by itself.

        https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#accept-reject-connection-requests
        """
        from cdktf_cdktf_provider_aws.vpc_endpoint_connection_accepter import (
            VpcEndpointConnectionAccepter,
        )

        faults = Faults(self.node.scope, self.node.id)
        if not self.attributes.acceptance_required:
            faults.add("acceptance_required is False: connections are accepted by themselves.")
        ids: Mapping[str, str] = {}
        default_name: str | None = None
        if isinstance(endpoint, str):
            rule = "write an id like vpce-0123456789abcdef0, or pass the endpoint itself."
            pattern = r"vpce-([0-9a-f]{8}|[0-9a-f]{17})"
            default_name = check_string(faults, "endpoint", endpoint, pattern, rule)
            if is_token(endpoint) and name is None:
                faults.add("name is missing: an id that is a token needs a name for its address.")
            ids = {"": endpoint}
        elif isinstance(endpoint, AcceptableEndpoint):
            default_name = path_in_stack(endpoint)  # type: ignore[arg-type]
            check_same_stack(faults, "endpoint", endpoint, self)  # type: ignore[arg-type]
            self._check_leads_here(faults, endpoint)
            ids = endpoint.vpc_endpoint_ids
        else:
            faults.add(
                f"endpoint is {show(endpoint)} ({type(endpoint).__name__}): pass an endpoint or "
                "its id, vpce-..."
            )
        if name is not None:
            rule = "write lower-case letters, digits and single hyphens, a letter first."
            pattern = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
            check_string(faults, "name", name, pattern, rule, tokens=False)
        faults.raise_any()
        chosen = (name or default_name or "").replace("/", "-")
        children = {zone: "-".join(filter(None, ["accept", chosen, zone])) for zone in ids}
        known = [
            child.vpc_endpoint_id_input
            for child in self.node.children
            if isinstance(child, VpcEndpointConnectionAccepter)
        ]
        again = any(same_value(self, one, other) for one in known for other in ids.values())
        if again or any(child_of(self, child) for child in children.values()):
            faults.add(f"{chosen} was accepted already: call accept once for an endpoint.")
        faults.raise_any()
        accepters = {zone: self._accept(children[zone], chosen, zone, ids[zone]) for zone in ids}
        if not isinstance(endpoint, str):
            endpoint.accepted_by(accepters)
        return accepters

    def _check_leads_here(self, faults: Faults, endpoint: AcceptableEndpoint) -> None:
        """Notes an endpoint of another service; two names can be one as long as one is a token."""
        service = endpoint.service
        name, own = consumed_name(service), self.service_name
        if same_value(self, name, own):
            return
        unknown = isinstance(service, str) and (is_token(name) or is_token(own))
        if unknown and (is_token(name) or re.fullmatch(SERVICE_NAME, name)):
            return
        other = service if isinstance(service, str) else service.node.path
        faults.add(
            f"endpoint {endpoint.node.path} leads to {other}: only that service can accept it."
        )

    def _accept(
        self, id: str, name: str, zone: str, endpoint_id: str
    ) -> VpcEndpointConnectionAccepter:
        from cdktf_cdktf_provider_aws.vpc_endpoint_connection_accepter import (
            VpcEndpointConnectionAccepter,
        )

        accepter = VpcEndpointConnectionAccepter(
            self, id, vpc_endpoint_service_id=self.service_id, vpc_endpoint_id=endpoint_id
        )
        pin_address(accepter, self, name, *([zone[-1]] if zone else []))
        return accepter


class ImportedVpcEndpointService(VpcEndpointServiceBase):
    """A service that is not made here. Use `VpcEndpointService.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: VpcEndpointServiceAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'VpcEndpointServiceAttributes(service_id="vpce-svc-...", service_name="...")'
        given = check_instance(
            faults, "attributes", attributes, VpcEndpointServiceAttributes, example
        )
        if given:
            check_choice(faults, "balancer_kind", given.balancer_kind, BALANCER_KINDS)
            check_bool(faults, "acceptance_required", given.acceptance_required)
            check_bool(faults, "private_dns", given.private_dns)
            rule = "write an id like vpce-svc-0123456789abcdef0."
            check_string(faults, "service_id", given.service_id, SERVICE_ID, rule)
            rule = "write com.amazonaws.vpce.<region>.vpce-svc-<id>."
            check_string(faults, "service_name", given.service_name, SERVICE_NAME, rule)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


def check_consumed_service(faults: Faults, scope: Construct, service: object, kind: str) -> None:
    """Notes what an endpoint of this kind cannot lead to: a service of balancers of another, and
    one of another stack."""
    if isinstance(service, VpcEndpointServiceBase):
        check_same_stack(faults, "service", service, scope)
        found = service.attributes.balancer_kind
        if found != kind:
            right = (
                "an InterfaceVpcEndpoint" if found == "network" else "a GatewayLoadBalancerEndpoint"
            )
            path = service.node.path
            faults.add(f"service {path} is one of {found} load balancers: {right} leads to it.")
    else:
        rule = (
            "pass a VpcEndpointService or the full name of one, "
            "com.amazonaws.vpce.<region>.vpce-svc-<id>."
        )
        check_string(faults, "service", service, SERVICE_NAME, rule)


def consumed_name(service: VpcEndpointServiceBase | str) -> str:
    """What an endpoint asks for."""
    return service if isinstance(service, str) else service.service_name


def permissions_of(service: VpcEndpointServiceBase | str) -> list[ITerraformDependable] | None:
    """What an endpoint has to wait for: a service that is not allowed is not found."""
    return None if isinstance(service, str) else list(service.permissions) or None
