"""Checks the arguments of a `Vpc`, all at once, before its first resource exists."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terratiers.core.environment import Environment, regions
from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_cidr,
    check_instance,
    check_int,
    check_mapping,
    check_sequence,
    check_string,
    check_tags,
    nearest,
    show,
)
from terratiers.network.address_plan import AddressPlan, check_plan, check_secondary_blocks
from terratiers.network.endpoint_services import check_service
from terratiers.network.flow_logs import FlowLogs
from terratiers.network.subnet_group import SubnetGroup
from terratiers.network.vpc_attributes import NatGateways, SubnetType, VpcAttributes

__all__ = ["VpcInput", "check_attributes", "check_vpc"]

MAX_ZONES = 6
_ZONE = r"([a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2})[a-h]"
Block = ipaddress.IPv4Network


@dataclass(frozen=True, kw_only=True)
class VpcInput:
    """The checked arguments of a `Vpc`."""

    plan: AddressPlan
    zones: tuple[str, ...]
    groups: tuple[SubnetGroup, ...]
    nat_gateways: str
    secondary_blocks: tuple[Block, ...]
    ipv6: bool
    tags: dict[str, str]

    def subnet_block(self, group: SubnetGroup, letter: str) -> Block:
        """The CIDR block of a group's subnet in the zone `letter`."""
        if group.cidr_block is not None:
            return AddressPlan.of_group(group.cidr_block).subnet(0, letter)
        slot = group.resolved_slot
        assert slot is not None  # a checked group has one or the other
        return self.plan.subnet(slot, letter)

    def secondary_block_of(self, group: SubnetGroup) -> Block | None:
        """The secondary block that the group's own block lies in, if any."""
        if group.cidr_block is None:
            return None
        own = Block(group.cidr_block)
        return next((block for block in self.secondary_blocks if own.subnet_of(block)), None)


def check_vpc(
    faults: Faults,
    *,
    environment: Environment | None,
    cidr_block: object,
    availability_zones: object,
    subnet_groups: object,
    nat_gateways: object,
    secondary_cidr_blocks: object,
    ipv6: object,
    flow_logs: object,
    tags: object,
) -> VpcInput:
    """The arguments in checked form; raises `ConfigurationError` with all that is wrong."""
    zones = _check_zones(faults, availability_zones, environment)
    groups = _check_groups(faults, subnet_groups)
    nat = check_choice(faults, "nat_gateways", nat_gateways, NatGateways.ALL)
    wants_ipv6 = check_bool(faults, "ipv6", ipv6)
    own_tags = check_tags(faults, "tags", tags)
    if flow_logs is not None:
        logs = check_instance(
            faults, "flow_logs", flow_logs, FlowLogs, "FlowLogs.to_cloud_watch_logs() or None"
        )
        if logs:
            logs.check(faults)
    if is_token(cidr_block):
        faults.add(
            "cidr_block is a token: the subnets are computed now, so write the block itself."
        )
        faults.raise_any()
    primary = check_cidr(faults, "cidr_block", cidr_block)
    secondary = _check_secondary(faults, primary, secondary_cidr_blocks)
    faults.raise_any()
    assert isinstance(primary, Block)
    slots = {g.name: g.resolved_slot for g in groups if g.resolved_slot is not None}
    check_plan(faults, str(primary), slots, [zone[-1] for zone in zones])
    if nat not in (None, NatGateways.NONE):
        kinds = {group.kind for group in groups if group.default_route}
        for kind, why in (
            (SubnetType.PUBLIC, "it stands in a public subnet"),
            (SubnetType.PRIVATE, "it serves private subnets"),
        ):
            if kind not in kinds:
                faults.add(
                    f"nat_gateways is {nat}, but no subnet group is {kind} and {why}: "
                    f"add SubnetGroup.{kind}() or write NatGateways.NONE."
                )
    if wants_ipv6 and any(group.cidr_block for group in groups):
        named = ", ".join(group.name for group in groups if group.cidr_block)
        faults.add(
            f"ipv6 is True, but {named} has a cidr_block of its own: IPv6 blocks follow from "
            "slots, so give the group a slot."
        )
    faults.raise_any()
    checked = VpcInput(
        plan=AddressPlan.of(str(primary)),
        zones=zones,
        groups=groups,
        nat_gateways=str(nat),
        secondary_blocks=secondary,
        ipv6=bool(wants_ipv6),
        tags=own_tags,
    )
    _check_own_blocks(faults, checked, primary)
    faults.raise_any()
    return checked


def check_attributes(faults: Faults, attributes: object) -> None:
    """What an imported VPC has to be: ids or tokens, and keys that agree with each other."""
    given = check_instance(
        faults, "attributes", attributes, VpcAttributes, "VpcAttributes(vpc_id=..., ...)"
    )
    if given is None:
        return
    check_string(
        faults, "vpc_id", given.vpc_id, r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})",
        "write an id like vpc-0123456789abcdef0.",
    )  # fmt: skip
    check_cidr(faults, "cidr_block", given.cidr_block, largest=16, smallest=28)
    check_choice(faults, "nat_gateways", given.nat_gateways, NatGateways.ALL)
    check_bool(faults, "ipv6", given.ipv6)
    services = check_sequence(faults, "endpoint_services", given.endpoint_services, '["s3", "ssm"]')
    for service in services or ():
        check_service(faults, "endpoint_services:", service)
    zones = check_sequence(
        faults, "availability_zones", given.availability_zones, '["eu-central-1a"]'
    )
    for zone in zones or ():
        check_string(
            faults, "availability zone", zone, _ZONE, "write a name like eu-central-1a.",
            tokens=False,
        )  # fmt: skip
    types = check_mapping(faults, "subnet_types", given.subnet_types, '{"private": "private"}')
    for group, kind in (types or {}).items():
        check_choice(faults, f"subnet_types: type of {group}", kind, SubnetType.ALL)
    routeless = check_sequence(
        faults, "groups_without_default_route", given.groups_without_default_route, '["web"]'
    )
    for group in routeless or ():
        known = sorted(types or {})
        check_choice(faults, "groups_without_default_route:", group, known)
    tables = check_mapping(
        faults, "route_table_ids", given.route_table_ids, '{"private": "rtb-..."}'
    )
    for table in (tables or {}).values():
        check_string(
            faults, "route_table_ids", table, r"rtb-[0-9a-f]{8,17}", "write ids like rtb-0a1b2c3d."
        )
    names = check_sequence(faults, "route_tables", given.route_tables, '["private"]')
    if tables is not None and names is not None and set(tables) != set(names):
        faults.add(
            f"route_table_ids has {sorted(tables)}, route_tables has {sorted(map(str, names))}: "
            "name the same tables in both."
        )
    subnets = check_mapping(
        faults, "subnet_ids", given.subnet_ids, '{"private": {"eu-central-1a": "subnet-..."}}'
    )
    if subnets is None or types is None or zones is None:
        return
    if set(subnets) != set(types):
        faults.add(
            f"subnet_ids has the groups {sorted(subnets)}, subnet_types has {sorted(types)}: "
            "name the same groups in both."
        )
    for group, by_zone in subnets.items():
        ids = check_mapping(
            faults, f"subnet_ids: {group}", by_zone, '{"eu-central-1a": "subnet-..."}'
        )
        if ids is not None and set(ids) != set(zones):
            faults.add(
                f"subnet_ids: {group} has the zones {sorted(ids)}, availability_zones has "
                f"{sorted(zones)}: name the same zones in both."
            )
        for subnet_id in (ids or {}).values():
            check_string(
                faults, f"subnet_ids: {group}", subnet_id, r"subnet-[0-9a-f]{8,17}",
                "write ids like subnet-0a1b2c3d.",
            )  # fmt: skip


def _check_zones(faults: Faults, value: object, environment: Environment | None) -> tuple[str, ...]:
    if isinstance(value, int) and not isinstance(value, bool):
        return _zones_by_count(faults, value, environment)
    zones = check_sequence(
        faults, "availability_zones", value, '["eu-central-1a", "eu-central-1b"], or how many'
    )
    if zones is None:
        return ()
    if not 1 <= len(zones) <= MAX_ZONES:
        faults.add(f"availability_zones names {len(zones)} zones: name 1 to {MAX_ZONES}.")
    named = [_check_zone(faults, zone, environment) for zone in zones]
    known = [zone for zone in named if zone]
    for zone in sorted({zone for zone in known if known.count(zone) > 1}):
        faults.add(f"availability_zones names {zone} twice: name each zone once.")
    if len({zone[:-1] for zone in known}) > 1:
        faults.add(f"availability_zones {', '.join(known)} are of several regions: a VPC has one.")
    return tuple(known)


def _zones_by_count(faults: Faults, count: int, environment: Environment | None) -> tuple[str, ...]:
    if environment is None:
        faults.add(
            f"availability_zones is {count}, but a plain stack knows no region: "
            'name the zones, ["eu-central-1a", "eu-central-1b"], or use a Tier.'
        )
        return ()
    region = regions().get(environment.region)
    if region is None:
        faults.add(
            f"availability_zones is {count}, but the zones of {environment.region} are not in the "
            "catalog: name them."
        )
        return ()
    letters: Sequence[str] = region["zones"]
    limit = min(MAX_ZONES, len(letters))
    if check_int(faults, "availability_zones", count, 1, limit, f"in {environment.region}") is None:
        return ()
    return tuple(f"{environment.region}{letter}" for letter in letters[:count])


def _check_zone(faults: Faults, zone: object, environment: Environment | None) -> str | None:
    checked = check_string(
        faults,
        "availability zone",
        zone,
        _ZONE,
        "write a zone's name like eu-central-1a (zone ids, local zones and tokens are not taken).",
        tokens=False,
    )
    if checked is None:
        return None
    region = checked[:-1]
    if environment is not None and region != environment.region:
        faults.add(
            f"availability zone {checked} is not in the environment's region "
            f"{environment.region}: name zones of that region."
        )
        return None
    entry: Mapping[str, Any] | None = regions().get(region)
    if entry is not None and checked[-1] not in entry["zones"]:
        listed = ", ".join(f"{region}{letter}" for letter in entry["zones"])
        faults.add(f"availability zone {checked} is not known: {region} has {listed}.")
        return None
    if entry is None and (environment is None or not environment.allow_unknown_region):
        hint = nearest(region, regions()) or ": name zones of an AWS region."
        faults.add(f"availability zone {checked}: region {region} is not in the catalog{hint}")
        return None
    return checked


def _check_groups(faults: Faults, value: object) -> tuple[SubnetGroup, ...]:
    items = check_sequence(faults, "subnet_groups", value, "[SubnetGroup.private()]")
    if items is None:
        return ()
    if not items:
        faults.add("subnet_groups is empty: a VPC here has at least one, [SubnetGroup.private()].")
    groups = []
    for item in items:
        group = check_instance(
            faults, "subnet_groups", item, SubnetGroup, 'SubnetGroup(name="...", ...)'
        )
        if group is not None:
            group.check(faults)
            groups.append(group)
    names = [show(group.name) for group in groups]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.add(f"subnet_groups names {name} twice: give each group its own name.")
    return tuple(groups)


def _check_secondary(faults: Faults, primary: object, value: object) -> tuple[Block, ...]:
    items = check_sequence(faults, "secondary_cidr_blocks", value, '["100.64.0.0/16"]')
    if not items or primary is None:
        return ()
    check_secondary_blocks(faults, str(primary), items)
    return () if faults else tuple(Block(item) for item in items)


def _check_own_blocks(faults: Faults, given: VpcInput, primary: Block) -> None:
    """Blocks that groups bring along: inside the VPC, apart from each other and from slots."""
    taken = {
        group.name: given.plan.group_block(group.resolved_slot)
        for group in given.groups
        if group.resolved_slot is not None
    }
    for group in given.groups:
        if group.cidr_block is None:
            continue
        own = Block(group.cidr_block)
        label = f"subnet group {group.name}: cidr_block {own}"
        if not any(own.subnet_of(block) for block in (primary, *given.secondary_blocks)):
            faults.add(
                f"{label} lies outside of the VPC's blocks "
                f"({', '.join(map(str, (primary, *given.secondary_blocks)))}): add it to "
                "secondary_cidr_blocks or choose one inside."
            )
        for other, block in taken.items():
            if own.overlaps(block):
                faults.add(f"{label} overlaps {other}, which has {block}: choose another block.")
        taken[group.name] = own
        letters = AddressPlan.of_group(group.cidr_block)
        for zone in given.zones:
            if ord(zone[-1]) - ord("a") >= letters.az_slots:
                faults.add(
                    f"{label} has {letters.az_slots} slots for zones, and {zone} needs number "
                    f"{ord(zone[-1]) - ord('a') + 1}: choose a larger block."
                )
