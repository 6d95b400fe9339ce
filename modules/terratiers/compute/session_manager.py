"""How Session Manager reaches an instance: a way to the service, a rule, and a policy."""

from __future__ import annotations

from terratiers.core.errors import Faults
from terratiers.network.interface_endpoint import SSM_SERVICES
from terratiers.network.vpc_attributes import IVpc, SubnetType
from terratiers.security.peer import Peer
from terratiers.security.port import Port
from terratiers.security.security_group import SecurityGroup

__all__ = ["allow_session_manager", "check_session_manager"]


def check_session_manager(faults: Faults, vpc: IVpc, group: str, *, addressed: bool) -> None:
    """Notes when Session Manager has no way to instances in the subnets of `group`.

    `addressed` tells whether they have public addresses.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-prerequisites.html
    """
    public = vpc.subnet_types[group] == SubnetType.PUBLIC
    way_out = addressed if public else vpc.has_route_out(group)
    missing = _missing_endpoints(vpc)
    if missing and not way_out:
        faults.add(
            f"Session Manager cannot reach it: the {group} subnets have no way out, and the VPC "
            f"{vpc.node.path} has no endpoint for {', '.join(missing)}. Call vpc.add_ssm_access() "
            "(name the endpoints of an imported VPC in endpoint_services), add a NAT gateway or "
            "a public address, or write ssm_access=False."
        )


def allow_session_manager(group: SecurityGroup, vpc: IVpc) -> None:
    """Lets the members of `group` out to the service: to its endpoints where the VPC has them."""
    inside = not _missing_endpoints(vpc)
    peer = Peer.ipv4(vpc.cidr_block, name="vpc") if inside else Peer.any_ipv4()
    group.connections.allow_to(peer, Port.tcp(443), "Session Manager")


def _missing_endpoints(vpc: IVpc) -> list[str]:
    return [name for name in SSM_SERVICES if name not in vpc.endpoint_services]
