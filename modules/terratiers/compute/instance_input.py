"""What an `Instance` is given, checked and with its defaults filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terratiers.compute.dedicated_host import DedicatedHost
from terratiers.compute.elastic_ip import ElasticIpBase
from terratiers.compute.machine_input import MachineInput, check_machine_arguments
from terratiers.compute.session_manager import check_session_manager
from terratiers.core.errors import Faults
from terratiers.core.names import environment_of
from terratiers.core.validation import check_bool, check_choice, check_instance
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument

from constructs import Construct

__all__ = ["InstanceInput", "check_instance_arguments"]


@dataclass(frozen=True, kw_only=True)
class InstanceInput:
    """The checked arguments of an `Instance`, as its docstring describes them."""

    machine: MachineInput
    subnet_type: str
    subnet_id: str
    zone: str
    public_ip: bool
    host: DedicatedHost | None
    termination_protection: bool


def check_instance_arguments(
    faults: Faults,
    scope: Construct,
    *,
    vpc: IVpc,
    subnet_group: str,
    availability_zone: str | None,
    public_ip: bool,
    elastic_ip: object,
    host: DedicatedHost | None,
    ssm_access: bool,
    termination_protection: bool | None,
    **machine: Any,
) -> InstanceInput:
    """Raises one `ConfigurationError` with all faults, or returns what is to be built."""
    environment = environment_of(scope)
    production = bool(environment and environment.production)
    given = check_machine_arguments(faults, scope, host=host, **machine)
    if termination_protection is not None:
        check_bool(faults, "termination_protection", termination_protection)
    if elastic_ip is not None:
        check_instance(faults, "elastic_ip", elastic_ip, ElasticIpBase, 'ElasticIp(self, "web")')
    place = _check_place(
        faults, vpc, subnet_group, availability_zone, host, public_ip, elastic_ip, ssm_access
    )
    faults.raise_any()
    assert given is not None
    assert place is not None
    return InstanceInput(
        machine=given,
        public_ip=public_ip,
        host=host,
        termination_protection=production
        if termination_protection is None
        else termination_protection,
        **place,
    )


def _check_place(
    faults: Faults,
    vpc: IVpc,
    subnet_group: str,
    availability_zone: str | None,
    host: DedicatedHost | None,
    public_ip: bool,
    elastic_ip: object,
    ssm_access: bool,
) -> dict[str, Any] | None:
    """The subnet, from which Session Manager has to be reached."""
    if not check_vpc_argument(faults, vpc):
        return None
    group = check_choice(faults, "subnet_group", subnet_group, sorted(vpc.subnet_types))
    zones = vpc.availability_zones
    if availability_zone is not None:
        check_choice(faults, "availability_zone", availability_zone, zones)
    zone = availability_zone or (
        host.availability_zone
        if isinstance(host, DedicatedHost) and host.availability_zone in zones
        else zones[0]
    )
    if isinstance(host, DedicatedHost) and host.availability_zone != zone:
        faults.add(f"the host {host.node.path} is in {host.availability_zone}, not in {zone}.")
    if group is None:
        return None
    kind = vpc.subnet_types[group]
    addressed = public_ip is True or elastic_ip is not None
    if addressed and kind != SubnetType.PUBLIC:
        faults.add(f"it is in {kind} subnets: a public address needs public ones.")
    if public_ip is True and elastic_ip is not None:
        faults.add("public_ip and elastic_ip are both given: the Elastic IP is its public address.")
    if ssm_access:
        check_session_manager(faults, vpc, group, addressed=addressed)
    if faults or group not in vpc.attributes.subnet_ids or zone not in vpc.subnet_ids(group):
        return None
    return {
        "subnet_type": kind,
        "subnet_id": vpc.subnet_ids(group)[zone],
        "zone": zone,
    }
