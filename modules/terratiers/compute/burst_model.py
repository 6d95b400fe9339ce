"""Burstable instances: what CPU credits allow, in plain arithmetic.

One credit is one vCPU at 100 % for one minute. Credits are earned all the time at a constant
rate and spent with the load; at the baseline the two are equal.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from terratiers.compute.catalog import read_data
from terratiers.core.errors import Faults
from terratiers.core.validation import show

__all__ = ["BurstModel", "CpuCredits", "burst_model_of", "default_cpu_credits"]


class CpuCredits:
    """What happens when the credits are spent.

    `STANDARD`: the CPU falls back to the baseline. `UNLIMITED`: it goes on, and what exceeds a
    day's credits is charged for.
    """

    STANDARD = "standard"
    UNLIMITED = "unlimited"
    ALL = (STANDARD, UNLIMITED)


@dataclass(frozen=True, kw_only=True)
class BurstModel:
    """The credits of one instance type.

    Args:
        vcpus: Number of vCPUs.
        credits_per_hour: Credits earned in an hour, whatever the load.
    """

    vcpus: int
    credits_per_hour: float

    @property
    def baseline(self) -> float:
        """The load of each vCPU, 0 to 1, that spends what is earned."""
        return self.credits_per_hour / (60 * self.vcpus)

    @property
    def max_balance(self) -> float:
        """The most credits that accumulate: what is earned in 24 hours."""
        return 24 * self.credits_per_hour

    def minutes_at(self, load: float, start_balance: float | None = None) -> float:
        """How many minutes `load` can be held until the credits are spent.

        Args:
            load: Mean load of all vCPUs, 0 to 1.
            start_balance: Credits at the beginning, 0 to `max_balance`. Default: the maximum.

        Returns:
            Minutes; `math.inf` at or below the baseline.

        Raises:
            ConfigurationError: for values outside of these limits.
        """
        faults = Faults(None, "burst model")
        balance = self.max_balance if start_balance is None else start_balance
        for name, value, high in (
            ("load", load, 1),
            ("start_balance", balance, self.max_balance),
        ):
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not 0 <= value <= high:
                faults.add(f"{name} is {show(value)}: it has to be 0 to {high:g}.")
        faults.raise_any()
        spent_per_minute = load * self.vcpus - self.credits_per_hour / 60
        return balance / spent_per_minute if spent_per_minute > 1e-12 else math.inf


@cache
def _table() -> dict[str, Any]:
    return read_data("burstable_types.json")


def burst_model_of(name: str, vcpus: int | None) -> BurstModel | None:
    """The model of a type by its name; None for types without credits."""
    credits_per_hour = _table()["credits_per_hour"].get(name)
    if credits_per_hour is None or vcpus is None:
        return None
    return BurstModel(vcpus=vcpus, credits_per_hour=credits_per_hour)


def default_cpu_credits(family: str) -> str:
    """What AWS starts instances of a burstable family with."""
    return str(_table()["default_credits"].get(family, CpuCredits.UNLIMITED))
