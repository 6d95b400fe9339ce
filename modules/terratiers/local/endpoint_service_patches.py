"""Closes the gaps of moto 5.2.5 around endpoint services; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_endpoint_service_patches"]


def apply_endpoint_service_patches() -> None:
    """Applies every patch to the moto of this process."""
    _give_permissions_ids()
    _keep_address_types()
    _wait_for_acceptance()
    _verify_private_names()


def _give_permissions_ids() -> None:
    """Each principal that is allowed gets a permission with an id.

    moto answers without it, and the provider takes the permission for gone. Seen with
    `aws_vpc_endpoint_service_allowed_principal`.
    """
    from moto.core.responses import ActionResult
    from moto.ec2.responses.vpc_service_configuration import VPCEndpointServiceConfiguration
    from moto.moto_api._internal import mock_random

    stock_modify = VPCEndpointServiceConfiguration.modify_vpc_endpoint_service_permissions

    def permission(self: Any, service_id: str, principal: str) -> dict[str, str]:
        [service] = self.ec2_backend.describe_vpc_endpoint_service_configurations([service_id])
        ids: dict[str, str] = service.__dict__.setdefault("permission_ids", {})
        new = f"vpce-svc-perm-{mock_random.get_random_hex(17)}"
        name = principal.rpartition(":")[2].partition("/")[0]
        kind = {"*": "All", "root": "Account", "role": "Role", "user": "User"}[name]
        return {
            "Principal": principal,
            "PrincipalType": kind,
            "ServiceId": service_id,
            "ServicePermissionId": ids.setdefault(principal, new),
        }

    def modify_vpc_endpoint_service_permissions(self: Any) -> Any:
        stock_modify(self)
        service_id = self._get_param("ServiceId")
        added = self._get_param("AddAllowedPrincipals", [])
        return ActionResult(
            {
                "AddedPrincipals": [permission(self, service_id, item) for item in added],
                "ReturnValue": True,
            }
        )

    def describe_vpc_endpoint_service_permissions(self: Any) -> Any:
        service_id = self._get_param("ServiceId")
        found = self.ec2_backend.describe_vpc_endpoint_service_permissions(service_id)
        return ActionResult(
            {"AllowedPrincipals": [permission(self, service_id, item) for item in found]}
        )

    VPCEndpointServiceConfiguration.modify_vpc_endpoint_service_permissions = (
        modify_vpc_endpoint_service_permissions
    )
    VPCEndpointServiceConfiguration.describe_vpc_endpoint_service_permissions = (
        describe_vpc_endpoint_service_permissions
    )


def _keep_address_types() -> None:
    """A service answers with the types of addresses that it was made or changed with.

    moto forgets them, so that each plan would set them again. Seen with
    `aws_vpc_endpoint_service` and `supported_ip_address_types`.
    """
    from moto.ec2.models.vpc_service_configuration import VPCServiceConfiguration
    from moto.ec2.responses.vpc_service_configuration import VPCEndpointServiceConfiguration

    stock_create = VPCEndpointServiceConfiguration.create_vpc_endpoint_service_configuration
    stock_modify = VPCEndpointServiceConfiguration.modify_vpc_endpoint_service_configuration

    def create(self: Any) -> Any:
        answer = stock_create(self)
        service = answer.result["ServiceConfiguration"]
        service.supported_ip_address_types = self._get_param("SupportedIpAddressTypes", ["ipv4"])
        return answer

    def modify(self: Any) -> Any:
        answer = stock_modify(self)
        [service] = self.ec2_backend.describe_vpc_endpoint_service_configurations(
            [self._get_param("ServiceId")]
        )
        added = self._get_param("AddSupportedIpAddressTypes", [])
        removed = self._get_param("RemoveSupportedIpAddressTypes", [])
        kept = [item for item in service.supported_ip_address_types if item not in removed]
        service.supported_ip_address_types = [*dict.fromkeys([*kept, *added])]
        return answer

    VPCServiceConfiguration.supported_ip_address_types = ["ipv4"]
    VPCEndpointServiceConfiguration.create_vpc_endpoint_service_configuration = create
    VPCEndpointServiceConfiguration.modify_vpc_endpoint_service_configuration = modify


def _wait_for_acceptance() -> None:
    """An endpoint of a service that accepts connections one by one waits until it is accepted.

    To moto every endpoint is available at once, and it cannot list, accept or refuse connections.
    Seen with `aws_vpc_endpoint_connection_accepter`.
    """
    from moto.core.responses import ActionResult
    from moto.ec2.models.vpcs import VPCBackend
    from moto.ec2.responses.vpc_service_configuration import VPCEndpointServiceConfiguration

    stock = VPCBackend.create_vpc_endpoint

    def create_vpc_endpoint(self: Any, *args: Any, **options: Any) -> Any:
        endpoint = stock(self, *args, **options)
        for service in self.configurations.values():
            if service.service_name == endpoint.service_name and _is_true(
                service.acceptance_required
            ):
                endpoint.state = "pendingAcceptance"
        return endpoint

    def connections(self: Any, service_id: str) -> list[Any]:
        [service] = self.ec2_backend.describe_vpc_endpoint_service_configurations([service_id])
        endpoints = self.ec2_backend.vpc_end_points.values()
        return [item for item in endpoints if item.service_name == service.service_name]

    def change_state(state: str) -> Any:
        def change(self: Any) -> Any:
            ids = self._get_param("VpcEndpointIds", [])
            for endpoint in connections(self, self._get_param("ServiceId")):
                if endpoint.id in ids:
                    endpoint.state = state
            return ActionResult({"Unsuccessful": []})

        return change

    def describe_vpc_endpoint_connections(self: Any) -> Any:
        filters = self._filters_from_querystring()
        found = [
            {
                "ServiceId": service_id,
                "VpcEndpointId": endpoint.id,
                "VpcEndpointOwner": self.ec2_backend.account_id,
                "VpcEndpointState": endpoint.state,
                "CreationTimestamp": endpoint.creation_timestamp,
            }
            for service_id in self.ec2_backend.configurations
            if service_id in filters.get("service-id", [service_id])
            for endpoint in connections(self, service_id)
        ]
        return ActionResult({"VpcEndpointConnections": found})

    VPCBackend.create_vpc_endpoint = create_vpc_endpoint
    for name, method in {
        "accept_vpc_endpoint_connections": change_state("available"),
        "reject_vpc_endpoint_connections": change_state("rejected"),
        "describe_vpc_endpoint_connections": describe_vpc_endpoint_connections,
    }.items():
        setattr(VPCEndpointServiceConfiguration, name, method)


def _verify_private_names() -> None:
    """A private name waits for its verification, and is verified when that is started.

    To moto it is verified at once by a record that is called `n`, and it cannot start a
    verification. Seen with `aws_vpc_endpoint_service_private_dns_verification`.
    """
    from moto.core.responses import ActionResult
    from moto.ec2.models.vpc_service_configuration import VPCServiceConfiguration
    from moto.ec2.responses.vpc_service_configuration import VPCEndpointServiceConfiguration

    def private_dns_name_configuration(self: Any) -> dict[str, str]:
        if not self.private_dns_name:
            return {}
        verified = getattr(self, "verified_name", None) == self.private_dns_name
        suffix = self.id.removeprefix("vpce-svc-")
        return {
            "State": "verified" if verified else "pendingVerification",
            "Type": "TXT",
            "Name": f"_{suffix}",
            "Value": f"vpce:{suffix}",
        }

    def start(self: Any) -> Any:
        service_id = self._get_param("ServiceId")
        [service] = self.ec2_backend.describe_vpc_endpoint_service_configurations([service_id])
        service.verified_name = service.private_dns_name
        return ActionResult({"ReturnValue": True})

    VPCServiceConfiguration.private_dns_name_configuration = property(
        private_dns_name_configuration
    )
    VPCEndpointServiceConfiguration.start_vpc_endpoint_service_private_dns_verification = start


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
