"""Instance types: parsed, and known to the catalog or an error with the nearest names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from terratiers.compute.burst_model import BurstModel, burst_model_of
from terratiers.compute.catalog import Family, catalog_regions, families, type_names
from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.names import environment_of
from terratiers.core.validation import nearest, show

from constructs import Construct

__all__ = ["InstanceType", "check_instance_type", "warn_of_instance_type"]

PREVIOUS_GENERATION = "previous-generation"
NOT_OFFERED = "instance-type-not-offered"
# `u-3tb1`, `mac2-m2pro` and `p6-b200` do not follow the scheme of the others
_NAME = re.compile(
    r"(?P<series>[a-z]+?)(?P<generation>\d+)(?P<attributes>[a-z]*(?:-[a-z0-9]+)?)\.(?P<size>[a-z0-9-]+)"
    r"|(?:u-\d+tb\d|mac-[a-z0-9]+)\.[a-z0-9-]+"
)


@dataclass(frozen=True)
class InstanceType:
    """A type of EC2 instances, such as `m5.large`: series m, generation 5, size large.

    Args:
        name: Family and size. It has to be in the catalog; see `unchecked` for newer ones.

    Raises:
        ConfigurationError: for a name of another form, or one that the catalog does not know,
            with the nearest names.

    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """

    name: str

    def __post_init__(self) -> None:
        faults = Faults(None, "instance type")
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            faults.add(f"{show(self.name)} is no instance type: write one like t3.micro.")
        elif not isinstance(self, _Unchecked):
            self._check_known(faults)
        faults.raise_any()

    def _check_known(self, faults: Faults) -> None:
        family = families().get(self.family)
        if family is not None and self.size in family.sizes:
            return
        if family is not None:
            faults.add(
                f"{self.name} is not in the catalog: {self.family} has the sizes "
                f"{', '.join(family.sizes)}."
            )
        else:
            hint = nearest(self.name, type_names()) or ":"
            faults.add(
                f"{self.name} is not in the catalog{hint} for a type newer than the catalog write "
                f'InstanceType.unchecked("{self.name}").'
            )

    @classmethod
    def of(cls, family: str, size: str) -> InstanceType:
        """`InstanceType.of(InstanceClass.T3, InstanceSize.MICRO)` is `t3.micro`.

        Args:
            family: One of `InstanceClass`.
            size: One of `InstanceSize`.
        """
        return cls(f"{family}.{size}")

    @classmethod
    def unchecked(cls, name: str) -> InstanceType:
        """A type that the catalog may not know yet: only the form of its name is checked.

        Args:
            name: `<family>.<size>`.
        """
        return _Unchecked(name)

    def __str__(self) -> str:
        return self.name

    @property
    def family(self) -> str:
        """`m5d` of `m5d.large`."""
        return self.name.partition(".")[0]

    @property
    def size(self) -> str:
        """`large` of `m5d.large`."""
        return self.name.partition(".")[2]

    @property
    def series(self) -> str:
        """`m` of `m5d.large`."""
        return _part(self.name, "series") or self.family.partition("-")[0]

    @property
    def generation(self) -> int | None:
        """5 of `m5d.large`; None for types such as `u-3tb1.56xlarge`, which count otherwise."""
        found = _part(self.name, "generation")
        return int(found) if found else None

    @property
    def attributes(self) -> str:
        """`d` of `m5d.large`: further abilities, such as `g` for Graviton, `n` for network."""
        return _part(self.name, "attributes")

    @property
    def details(self) -> Family | None:
        """What the catalog knows of the family; None for one that is newer."""
        return families().get(self.family)

    @property
    def vcpus(self) -> int | None:
        """Number of virtual CPUs; None for a type newer than the catalog."""
        return self._size_detail("vcpus")

    @property
    def memory_mib(self) -> int | None:
        """Memory in MiB; None for a type newer than the catalog."""
        return self._size_detail("memory_mib")

    @property
    def architectures(self) -> tuple[str, ...]:
        """`x86_64` or `arm64` (or those of Macs); empty for a type newer than the catalog."""
        return self.details.architectures if self.details else ()

    @property
    def burstable(self) -> bool:
        """Whether it lives on CPU credits."""
        return self.details.burstable if self.details else self.series == "t"

    @property
    def current_generation(self) -> bool:
        """Whether AWS counts it among the current generation; a newer type than the catalog is."""
        return self.details.current if self.details else True

    @property
    def burst_model(self) -> BurstModel | None:
        """What its CPU credits allow; None for types without credits."""
        return burst_model_of(self.name, self.vcpus)

    @property
    def successor(self) -> InstanceType | None:
        """The type of the next current generation with the same purpose and size, if any."""
        return _successor(self)

    def _size_detail(self, name: str) -> int | None:
        sizes = self.details.sizes if self.details else {}
        return sizes[self.size][name] if self.size in sizes else None


class _Unchecked(InstanceType):
    """A type of which only the name's form was checked."""


def _part(name: str, part: str) -> str:
    match = _NAME.fullmatch(name)
    return (match[part] or "") if match else ""


def _successor(given: InstanceType) -> InstanceType | None:
    """Of the same series, processor and further attributes; the nearest generation first."""
    own = given.details
    if own is None or own.current or given.generation is None:
        return None
    candidates = []
    for family in families().values():
        if not (family.current and family.nitro and given.size in family.sizes):
            continue
        other = InstanceType(f"{family.name}.{given.size}")
        if other.series != given.series or (other.generation or 0) <= given.generation:
            continue
        if not set(own.architectures) & set(family.architectures):
            continue
        # the letters for the processor's maker say nothing about the purpose
        lost = set(given.attributes) - set(other.attributes) - set("aig")
        gained = set(other.attributes) - set(given.attributes) - set("aig")
        distance = (
            len(lost),
            len(gained),
            family.manufacturer != own.manufacturer,
            other.generation or 0,
            family.name,
        )
        candidates.append((distance, other))
    return min(candidates, key=lambda pair: pair[0])[1] if candidates else None


def check_instance_type(faults: Faults, name: str, value: object) -> InstanceType | None:
    """An `InstanceType`, or a name that makes one."""
    if isinstance(value, InstanceType):
        return value
    if isinstance(value, str):
        try:
            return InstanceType(value)
        except ValueError as error:
            faults.add(f"{name}: {str(error).partition(': ')[2]}")
            return None
    faults.add(f'{name} is {show(value)} ({type(value).__name__}): write InstanceType("t3.micro").')
    return None


def warn_of_instance_type(scope: Construct, chosen: InstanceType) -> None:
    """Warns of a previous generation, and of a family that the region does not offer."""
    if not chosen.current_generation:
        successor = chosen.successor
        hint = f" {successor} is its successor." if successor else ""
        warn(scope, PREVIOUS_GENERATION, f"{chosen} is of a previous generation.{hint}")
    environment = environment_of(scope)
    region = environment.region if environment else None
    if chosen.details and region in catalog_regions() & chosen.details.not_offered_in:
        warn(scope, NOT_OFFERED, f"{region} did not offer {chosen.family} as of the catalog.")
