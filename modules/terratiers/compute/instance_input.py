"""What an `Instance` is given, checked and with its defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terratiers.compute.burst_model import CpuCredits, default_cpu_credits
from terratiers.compute.dedicated_host import DedicatedHost, Tenancy
from terratiers.compute.elastic_ip import ElasticIpBase
from terratiers.compute.instance_type import InstanceType, check_instance_type
from terratiers.compute.machine_image import MachineImage, check_image
from terratiers.compute.user_data import UserData
from terratiers.compute.volume import Volume
from terratiers.core.acknowledgements import is_acknowledged
from terratiers.core.errors import Faults
from terratiers.core.names import environment_of
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_mapping,
    check_string,
    check_tags,
)
from terratiers.network.interface_endpoint import SSM_SERVICES
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument
from terratiers.security.role import RoleBase
from terratiers.security.security_group import SecurityGroupBase

from constructs import Construct

__all__ = ["BURSTABLE_IN_PRODUCTION", "InstanceInput", "check_instance_arguments"]

BURSTABLE_IN_PRODUCTION = "burstable-in-production"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
_DEVICE = re.compile(r"/dev/sd[f-p]")


@dataclass(frozen=True, kw_only=True)
class InstanceInput:
    """The checked arguments of an `Instance`, as its docstring describes them."""

    instance_type: InstanceType
    image: MachineImage
    subnet_type: str
    subnet_id: str
    zone: str
    public_ip: bool
    ssm_by_endpoints: bool
    user_data: UserData | None
    root_volume: Volume
    data_volumes: dict[str, Volume]
    cpu_credits: str | None
    tenancy: str
    host: DedicatedHost | None
    detailed_monitoring: bool
    termination_protection: bool
    tags: dict[str, str]


def check_instance_arguments(
    faults: Faults,
    scope: Construct,
    *,
    vpc: IVpc,
    instance_type: object,
    machine_image: object,
    subnet_group: str,
    availability_zone: str | None,
    public_ip: bool,
    elastic_ip: object,
    security_group: object,
    role: object,
    user_data: UserData | None,
    root_volume: Volume,
    data_volumes: Mapping[str, Volume] | None,
    cpu_credits: str | None,
    tenancy: str | None,
    host: DedicatedHost | None,
    ssm_access: bool,
    key_name: str | None,
    detailed_monitoring: bool | None,
    termination_protection: bool | None,
    metadata_hop_limit: int,
    tags: Mapping[str, str] | None,
    **switches: object,
) -> InstanceInput:
    """Raises one `ConfigurationError` with all faults, or returns what is to be built."""
    environment = environment_of(scope)
    production = bool(environment and environment.production)
    chosen = check_instance_type(faults, "instance_type", instance_type)
    image = check_image(faults, "machine_image", machine_image)
    _check_architecture(faults, chosen, image)
    for name, value in {"ssm_access": ssm_access, "public_ip": public_ip, **switches}.items():
        check_bool(faults, name, value)
    for name, value in (
        ("detailed_monitoring", detailed_monitoring),
        ("termination_protection", termination_protection),
    ):
        if value is not None:
            check_bool(faults, name, value)
    for name, given, kind, example in (
        ("elastic_ip", elastic_ip, ElasticIpBase, 'ElasticIp(self, "web")'),
        ("security_group", security_group, SecurityGroupBase, 'SecurityGroup(self, "web", ...)'),
        ("role", role, RoleBase, 'Role(self, "web", ...)'),
        ("user_data", user_data, UserData, 'UserData.commands("...")'),
        ("host", host, DedicatedHost, 'DedicatedHost(self, "licensed", ...)'),
    ):
        if given is not None:
            check_instance(faults, name, given, kind, example)
    check_int(faults, "metadata_hop_limit", metadata_hop_limit, 1, 64, "hops")
    if key_name is not None:
        rule = "write the name of a key pair, 1 to 255 characters."
        check_string(faults, "key_name", key_name, r"[ -~]{1,255}", rule)
    if isinstance(user_data, UserData) and image:
        own = image.operating_system
        if user_data.operating_system != own:
            faults.add(f"user_data is for {user_data.operating_system}, but the image is {own}.")
    placed = _check_tenancy(faults, chosen, tenancy, host)
    credit = _check_credits(faults, scope, chosen, cpu_credits, placed, production)
    volumes = _check_volumes(faults, root_volume, data_volumes, image)
    place = _check_place(
        faults, vpc, subnet_group, availability_zone, host, public_ip, elastic_ip, ssm_access
    )
    own_tags = check_tags(faults, "tags", tags)
    faults.raise_any()
    assert chosen is not None
    assert image is not None
    assert place is not None
    return InstanceInput(
        instance_type=chosen,
        image=image,
        user_data=user_data,
        public_ip=public_ip,
        root_volume=root_volume,
        data_volumes=volumes,
        cpu_credits=credit,
        tenancy=placed,
        host=host,
        detailed_monitoring=production if detailed_monitoring is None else detailed_monitoring,
        termination_protection=production
        if termination_protection is None
        else termination_protection,
        tags=own_tags,
        **place,
    )


def _check_architecture(
    faults: Faults, chosen: InstanceType | None, image: MachineImage | None
) -> None:
    if not chosen or not image or not chosen.architectures:
        return
    if image.architecture not in chosen.architectures:
        theirs = " and ".join(chosen.architectures)
        faults.add(
            f"machine_image is for {image.architecture}, but {chosen} runs {theirs}: write "
            f'architecture="{chosen.architectures[0]}" or take another type.'
        )


def _check_tenancy(
    faults: Faults, chosen: InstanceType | None, tenancy: object, host: object
) -> str:
    if tenancy is not None:
        check_choice(faults, "tenancy", tenancy, Tenancy.ALL)
    if not isinstance(host, DedicatedHost):
        if tenancy == Tenancy.HOST:
            faults.add("tenancy is host, but no host is given: make a DedicatedHost for it.")
        return str(tenancy or Tenancy.SHARED)
    if tenancy not in (None, Tenancy.HOST):
        faults.add(f"a host is given, but tenancy is {tenancy}: leave tenancy out.")
    fits = chosen and (
        chosen.name == host.instance_type.name
        if host.instance_type
        else chosen.family == host.instance_family
    )
    if chosen and not fits:
        theirs = host.instance_type or host.instance_family
        faults.add(f"the host {host.node.path} holds {theirs}, not {chosen}.")
    return Tenancy.HOST


def _check_credits(
    faults: Faults,
    scope: Construct,
    chosen: InstanceType | None,
    cpu_credits: object,
    tenancy: str,
    production: bool,
) -> str | None:
    if cpu_credits is not None:
        check_choice(faults, "cpu_credits", cpu_credits, CpuCredits.ALL)
    if chosen is None:
        return None
    if not chosen.burstable:
        if cpu_credits is not None:
            faults.add(f"cpu_credits is {cpu_credits}, but {chosen} has no CPU credits: leave it "
                       "out, or take a type of a t family.")  # fmt: skip
        return None
    on_host = tenancy == Tenancy.HOST
    if on_host and cpu_credits == CpuCredits.UNLIMITED:
        faults.add("cpu_credits is unlimited, which dedicated hosts do not offer: write standard.")
    default = CpuCredits.STANDARD if on_host else default_cpu_credits(chosen.family)
    credit = str(cpu_credits or default)
    accepted = is_acknowledged(scope, BURSTABLE_IN_PRODUCTION)
    if production and credit == CpuCredits.STANDARD and not accepted:
        model = chosen.burst_model
        falls = f"{model.baseline:.0%} of its CPU" if model else "its baseline"
        faults.add(
            f"[{BURSTABLE_IN_PRODUCTION}] {chosen} on standard credits falls back to {falls} once "
            "they are spent: write CpuCredits.UNLIMITED, take a type without credits, or "
            f'acknowledge(scope, "{BURSTABLE_IN_PRODUCTION}", reason="...").'
        )
    return credit


def _check_volumes(
    faults: Faults, root: object, data: object, image: MachineImage | None
) -> dict[str, Volume]:
    example = "Volume(size=20)"
    checked = check_instance(faults, "root_volume", root, Volume, example)
    if checked:
        checked.check(faults, "root_volume", root=True, least=image.min_root_gib if image else None)
    if data is None:
        return {}
    found = {}
    named = f'{{"/dev/sdf": {example}}}'
    for device, volume in (check_mapping(faults, "data_volumes", data, named) or {}).items():
        if not _DEVICE.fullmatch(device):
            faults.add(f"data_volumes: device {device} is not free: write /dev/sdf to /dev/sdp.")
        given = check_instance(faults, f"data_volumes: {device}", volume, Volume, example)
        if given:
            given.check(faults, f"data_volumes: {device}", root=False)
            found[device] = given
    return found


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
    """The subnet, and how Session Manager is reached from there."""
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
    way_out = addressed if kind == SubnetType.PUBLIC else vpc.has_route_out(group)
    missing = [name for name in SSM_SERVICES if name not in vpc.endpoint_services]
    if ssm_access and missing and not way_out:
        faults.add(
            f"Session Manager cannot reach it: the {group} subnets have no way out, and the VPC "
            f"{vpc.node.path} has no endpoint for {', '.join(missing)}. Call vpc.add_ssm_access() "
            "(name the endpoints of an imported VPC in endpoint_services), add a NAT gateway or "
            "a public address, or write ssm_access=False."
        )
    if faults or group not in vpc.attributes.subnet_ids or zone not in vpc.subnet_ids(group):
        return None
    return {
        "subnet_type": kind,
        "subnet_id": vpc.subnet_ids(group)[zone],
        "zone": zone,
        "ssm_by_endpoints": not missing,
    }
