"""Where each subnet of a VPC lies: reserved slots, so that growth renumbers nothing.

A VPC's block is a grid of equal subnets: one row for each slot of subnet groups, one column for
each letter of availability zones. A subnet's place follows from its group's slot and its zone's
letter alone, whatever else exists. The rows are whole CIDR blocks of their own, so a group can be
written as one block in a firewall.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from terratiers.core.errors import Faults
from terratiers.core.validation import check_cidr

__all__ = [
    "AddressPlan",
    "check_plan",
    "check_secondary_blocks",
    "ipv6_subnet_index",
    "zone_slot",
]

# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
LARGEST, SMALLEST = 16, 28
MAX_SECONDARY_BLOCKS = 4
_LIMITS = "AWS allows /16 to /28 for a VPC"

# Bits for group slots and for zone slots, by how many bits the block leaves above a /28.
_GRID = {0: (0, 0), 1: (1, 0), 2: (1, 1), 3: (2, 1), 4: (2, 2), 5: (3, 2), 6: (3, 3)}

# What may not be added to a VPC whose primary block lies in the range on the left:
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions
_RESTRICTED = {
    IPv4Network("10.0.0.0/8"): ("172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16"),
    IPv4Network("172.16.0.0/12"): ("10.0.0.0/8", "192.168.0.0/16", "198.19.0.0/16"),
    IPv4Network("192.168.0.0/16"): ("10.0.0.0/8", "172.16.0.0/12", "198.19.0.0/16"),
    IPv4Network("198.19.0.0/16"): ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
}


def zone_slot(letter: str) -> int:
    """The column of a zone: 0 for `a`, 1 for `b`, ..."""
    return ord(letter) - ord("a")


def ipv6_subnet_index(group_slot: int, letter: str) -> int:
    """Which of the 256 /64 blocks of a VPC's /56 a subnet gets."""
    return group_slot * 8 + zone_slot(letter)


@dataclass(frozen=True)
class AddressPlan:
    """The grid of a block: `2 ** group_bits` rows of `2 ** zone_bits` subnets."""

    block: IPv4Network
    group_bits: int
    zone_bits: int

    @classmethod
    def of(cls, cidr_block: str) -> AddressPlan:
        """The plan of a VPC: 8 groups and 8 zones in a /22 or larger, fewer in smaller blocks."""
        block = IPv4Network(cidr_block)
        return cls(block, *_GRID[min(6, SMALLEST - block.prefixlen)])

    @classmethod
    def of_group(cls, cidr_block: str) -> AddressPlan:
        """The plan of a block that one group fills alone: slots for up to 8 zones."""
        block = IPv4Network(cidr_block)
        return cls(block, 0, min(3, SMALLEST - block.prefixlen))

    @property
    def group_slots(self) -> int:
        return int(2**self.group_bits)

    @property
    def az_slots(self) -> int:
        return int(2**self.zone_bits)

    @property
    def subnet_prefix(self) -> int:
        return self.block.prefixlen + self.group_bits + self.zone_bits

    def group_block(self, group_slot: int) -> IPv4Network:
        """The block that holds all subnets of a group and no others."""
        return _part(self.block, self.group_bits, group_slot)

    def subnet(self, group_slot: int, letter: str) -> IPv4Network:
        """The block of a group's subnet in the zone with that letter."""
        return _part(self.group_block(group_slot), self.zone_bits, zone_slot(letter))


def check_plan(
    faults: Faults, cidr_block: str, groups: Mapping[str, int], letters: Collection[str]
) -> None:
    """Notes why a VPC's block cannot hold `groups` (name to slot) in the zones `letters`."""
    block = IPv4Network(cidr_block)
    for slot in sorted(set(groups.values())):
        names = [name for name, own in groups.items() if own == slot]
        if len(names) > 1:
            faults.add(f"subnet groups {', '.join(names)} share slot {slot}: give each its own.")
    rows = max(groups.values(), default=0) + 1
    columns = max(map(zone_slot, letters), default=0) + 1
    fits = [
        prefix
        for prefix in range(LARGEST, SMALLEST + 1)
        if _fits(AddressPlan.of(f"0.0.0.0/{prefix}"), rows, columns)
    ]
    if not LARGEST <= block.prefixlen <= SMALLEST or block.prefixlen not in fits:
        size = "large" if block.prefixlen < LARGEST else "small"
        need = "" if size == "large" else _need(groups, letters, max(fits))
        faults.add(f"cidr_block {block} is too {size}{need} ({_LIMITS}).")


def check_secondary_blocks(faults: Faults, primary: str, blocks: Sequence[object]) -> None:
    """Notes why `blocks` cannot be added to a VPC with the block `primary`."""
    if len(blocks) > MAX_SECONDARY_BLOCKS:
        faults.add(
            f"secondary_cidr_blocks has {len(blocks)} blocks: AWS allows {MAX_SECONDARY_BLOCKS} "
            "beside the primary one."
        )
    first = IPv4Network(primary)
    taken = [first]
    for value in blocks:
        block = check_cidr(
            faults,
            "secondary_cidr_blocks:",
            value,
            largest=LARGEST,
            smallest=SMALLEST,
            source=_LIMITS,
        )
        if not isinstance(block, IPv4Network):
            if isinstance(value, str) and "${" in value:
                faults.add(f"secondary_cidr_blocks: {value} is a token: write the block itself.")
            continue
        for other in taken:
            if block.overlaps(other):
                faults.add(f"secondary_cidr_blocks: {block} overlaps {other}: choose another.")
        for home, forbidden in _RESTRICTED.items():
            for area in forbidden if first.subnet_of(home) else ():
                if block.overlaps(IPv4Network(area)):
                    faults.add(
                        f"secondary_cidr_blocks: {block} lies in {area}, which AWS does not add to "
                        f"a VPC in {home}: use 100.64.0.0/10 or a block of {home}."
                    )
        taken.append(block)


def _fits(plan: AddressPlan, rows: int, columns: int) -> bool:
    return plan.group_slots >= rows and plan.az_slots >= columns


def _need(groups: Mapping[str, int], letters: Collection[str], prefix: int) -> str:
    """`: 2 AZs x 3 subnet groups need at least a /24`, and which slot or letter asks for it."""
    text = f": {len(letters)} AZs x {len(groups)} subnet groups need at least a /{prefix}"
    row, column = max(groups.values(), default=0), max(letters, default="a")
    notes = []
    if row >= len(groups):
        notes.append(f"slot {row} is in use")
    if zone_slot(column) >= len(letters):
        notes.append(f"zone {column} has column {zone_slot(column) + 1}")
    return f"{text}, since {' and '.join(notes)}" if notes else text


def _part(block: IPv4Network, bits: int, index: int) -> IPv4Network:
    """Part `index` of a block cut into `2 ** bits` equal parts."""
    prefix = block.prefixlen + bits
    return IPv4Network((int(block.network_address) + (index << (32 - prefix)), prefix))
