"""EBS volumes: encrypted, gp3 unless something else is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from terratiers.compute.catalog import read_data
from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_choice, check_int, show
from terratiers.security.key import KeyBase

__all__ = ["Volume", "VolumeType"]


class VolumeType:
    """The kinds of EBS volumes, by what they are good at."""

    GP3 = "gp3"
    GP2 = "gp2"
    IO1 = "io1"
    IO2 = "io2"
    ST1 = "st1"
    SC1 = "sc1"
    ALL = (GP3, GP2, IO1, IO2, ST1, SC1)


@dataclass(frozen=True, kw_only=True)
class Volume:
    """An EBS volume, always encrypted.

    Args:
        size: GiB; the range depends on the type (gp3: 1 to 16384). Default: the image's for a
            root volume; needed for others.
        volume_type: One of `VolumeType`. Default: gp3.
        iops: Operations per second, for gp3 (3000 to 16000), io1 (100 to 64000) and io2 (100 to
            256000; needed for io1 and io2). Default for gp3: 3000.
        throughput: MiB/s, for gp3: 125 to 1000 and up to a quarter of the IOPS. Default: 125.
        key: The `Key` that encrypts it. Default: the account's default key for EBS.

    The values are checked by the construct that the volume is given to.
    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
    """

    size: int | None = None
    volume_type: str = VolumeType.GP3
    iops: int | None = None
    throughput: int | None = None
    key: KeyBase | None = None

    def check(self, faults: Faults, label: str, *, root: bool, least: int | None = None) -> None:
        """Notes what EBS would refuse."""
        known = check_choice(faults, f"{label}: volume_type", self.volume_type, VolumeType.ALL)
        if self.key is not None and not isinstance(self.key, KeyBase):
            faults.add(f"{label}: key is {show(self.key)}: pass a Key.")
        if known is None:
            return
        limits = _limits()[known]
        if root and not limits["root"]:
            faults.add(f"{label}: {known} cannot be started from: write gp3.")
        self._check_size(faults, label, limits, root, least)
        self._check_performance(faults, label, limits)

    def block_device(self) -> dict[str, Any]:
        """What the block devices of instances and launch templates are told."""
        return {
            "volume_type": self.volume_type,
            "volume_size": self.size,
            "iops": self.iops,
            "throughput": self.throughput,
            "kms_key_id": self.key.key_arn if self.key else None,
        }

    def _check_size(
        self, faults: Faults, label: str, limits: dict[str, Any], root: bool, least: int | None
    ) -> None:
        low, high = limits["size"]
        if self.size is None:
            if not root:
                faults.add(f"{label}: size is missing: write GiB from {low} to {high}.")
            return
        size = check_int(
            faults, f"{label}: size", self.size, low, high, f"GiB for {self.volume_type} (EBS)"
        )
        if size is not None and least is not None and size < least:
            faults.add(f"{label}: size is {size} GiB: the image needs at least {least}.")

    def _check_performance(self, faults: Faults, label: str, limits: dict[str, Any]) -> None:
        for name, value, unit in (
            ("iops", self.iops, "operations per second"),
            ("throughput", self.throughput, "MiB/s"),
        ):
            if value is None:
                continue
            if name not in limits:
                faults.add(f"{label}: {self.volume_type} has a fixed {name}: take it out.")
                continue
            low, high = limits[name]
            check_int(
                faults, f"{label}: {name}", value, low, high, f"{unit} for {self.volume_type} (EBS)"
            )
        if self.volume_type in (VolumeType.IO1, VolumeType.IO2) and self.iops is None:
            faults.add(f"{label}: iops is missing: {self.volume_type} has no default.")
        if faults or is_token([self.iops, self.size, self.throughput]):
            return
        ratio = limits.get("iops_per_gib")
        if (
            ratio
            and self.iops
            and self.size
            and self.iops > max(ratio * self.size, limits["iops"][0])
        ):
            most = max(ratio * self.size, limits["iops"][0])
            faults.add(
                f"{label}: iops is {self.iops}: {self.volume_type} allows {ratio} for each GiB, "
                f"here {most}."
            )
        if self.throughput and self.throughput > (self.iops or 3000) / 4:
            faults.add(
                f"{label}: throughput is {self.throughput} MiB/s: gp3 allows a quarter of its "
                f"IOPS, {(self.iops or 3000) // 4} for {self.iops or 3000}."
            )


@cache
def _limits() -> dict[str, dict[str, Any]]:
    types: dict[str, dict[str, Any]] = read_data("volume_types.json")["types"]
    return types
