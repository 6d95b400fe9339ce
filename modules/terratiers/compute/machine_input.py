"""What instances and launch templates are both given, checked and with its defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from terratiers.compute.burst_model import CpuCredits, default_cpu_credits
from terratiers.compute.dedicated_host import DedicatedHost, Tenancy
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
from terratiers.security.role import RoleBase
from terratiers.security.security_group import SecurityGroupBase

from constructs import Construct

__all__ = [
    "BURSTABLE_IN_PRODUCTION",
    "MachineInput",
    "check_machine_arguments",
    "check_standard_credits",
]

BURSTABLE_IN_PRODUCTION = "burstable-in-production"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
_DEVICE = re.compile(r"/dev/sd[f-p]")


@dataclass(frozen=True, kw_only=True)
class MachineInput:
    """The checked arguments, as the docstrings of `Instance` and `LaunchTemplate` describe them."""

    instance_type: InstanceType
    image: MachineImage
    user_data: UserData | None
    root_volume: Volume
    data_volumes: dict[str, Volume]
    cpu_credits: str | None
    tenancy: str
    detailed_monitoring: bool
    tags: dict[str, str]


def check_machine_arguments(
    faults: Faults,
    scope: Construct,
    *,
    instance_type: object,
    machine_image: object,
    security_group: object,
    role: object,
    user_data: UserData | None,
    root_volume: Volume,
    data_volumes: Mapping[str, Volume] | None,
    cpu_credits: str | None,
    tenancy: str | None,
    host: object,
    key_name: str | None,
    detailed_monitoring: bool | None,
    metadata_hop_limit: int,
    tags: Mapping[str, str] | None,
    switches: Mapping[str, object],
) -> MachineInput | None:
    """What is to be built, or None when `faults` holds why it cannot be."""
    environment = environment_of(scope)
    production = bool(environment and environment.production)
    chosen = check_instance_type(faults, "instance_type", instance_type)
    image = check_image(faults, "machine_image", machine_image)
    _check_architecture(faults, chosen, image)
    for name, value in switches.items():
        check_bool(faults, name, value)
    if detailed_monitoring is not None:
        check_bool(faults, "detailed_monitoring", detailed_monitoring)
    for name, given, kind, example in (
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
    credit = _check_credits(faults, scope, chosen, cpu_credits, placed)
    volumes = _check_volumes(faults, root_volume, data_volumes, image)
    own_tags = check_tags(faults, "tags", tags)
    if faults or chosen is None or image is None:
        return None
    return MachineInput(
        instance_type=chosen,
        image=image,
        user_data=user_data,
        root_volume=root_volume,
        data_volumes=volumes,
        cpu_credits=credit,
        tenancy=placed,
        detailed_monitoring=production if detailed_monitoring is None else detailed_monitoring,
        tags=own_tags,
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
    check_standard_credits(faults, scope, chosen, credit)
    return credit


def check_standard_credits(
    faults: Faults, scope: Construct, chosen: InstanceType, credit: str
) -> None:
    """Notes a burstable type on standard credits in production, unless that was acknowledged."""
    environment = environment_of(scope)
    production = bool(environment and environment.production)
    accepted = is_acknowledged(scope, BURSTABLE_IN_PRODUCTION)
    if production and credit == CpuCredits.STANDARD and not accepted:
        model = chosen.burst_model
        falls = f"{model.baseline:.0%} of its CPU" if model else "its baseline"
        faults.add(
            f"[{BURSTABLE_IN_PRODUCTION}] {chosen} on standard credits falls back to {falls} once "
            "they are spent: write CpuCredits.UNLIMITED, take a type without credits, or "
            f'acknowledge(scope, "{BURSTABLE_IN_PRODUCTION}", reason="...").'
        )


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
