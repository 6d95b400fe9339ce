"""How a table is paid for: by the request, or by capacity that stands ready."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.validation import check_bool, check_instance, check_int

__all__ = ["Billing", "Capacity"]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
_MAX_UNITS = 40_000
_EXAMPLE = "Capacity.fixed(5)"


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Units that stand ready. Made by `fixed` and `autoscaled`.

    A unit reads 4 KB or writes 1 KB a second.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/provisioned-capacity-mode.html
    """

    minimum: int
    maximum: int
    is_autoscaled: bool = False
    target_utilization_percent: int = 70

    @classmethod
    def fixed(cls, units: int) -> Capacity:
        """Always as many: 1 to 40000 units.

        Args:
            units: How many.
        """
        return cls(minimum=units, maximum=units)

    @classmethod
    def autoscaled(
        cls, *, min_capacity: int = 1, max_capacity: int, target_utilization_percent: int = 70
    ) -> Capacity:
        """As many as are needed for the use to stay at a target.

        Args:
            min_capacity: 1 to 40000 units. Default: 1.
            max_capacity: `min_capacity` to 40000 units.
            target_utilization_percent: 20 to 90. Default: 70.
        """
        return cls(
            minimum=min_capacity,
            maximum=max_capacity,
            is_autoscaled=True,
            target_utilization_percent=target_utilization_percent,
        )

    def check(self, faults: Faults, label: str) -> None:
        """Notes what DynamoDB would refuse."""
        what = "units (DynamoDB)"
        if not self.is_autoscaled:
            check_int(faults, label, self.minimum, 1, _MAX_UNITS, what)
            return
        low = check_int(faults, f"{label}: min_capacity", self.minimum, 1, _MAX_UNITS, what)
        high = check_int(faults, f"{label}: max_capacity", self.maximum, 1, _MAX_UNITS, what)
        if low and high and low > high:
            faults.add(f"{label}: min_capacity is {low}, more than max_capacity, {high}.")
        target = self.target_utilization_percent
        name = f"{label}: target_utilization_percent"
        check_int(faults, name, target, 20, 90, "percent (DynamoDB auto scaling)")


@dataclass(frozen=True, kw_only=True)
class Billing:
    """How a table is paid for. Made by `on_demand` and `provisioned`."""

    read_capacity: Capacity | None = None
    write_capacity: Capacity | None = None
    max_read_request_units: int | None = None
    max_write_request_units: int | None = None
    is_provisioned: bool = False

    @classmethod
    def on_demand(
        cls,
        *,
        max_read_request_units: int | None = None,
        max_write_request_units: int | None = None,
    ) -> Billing:
        """By the request.

        Args:
            max_read_request_units: A bound on what it may cost: reads a second, 1 or more.
                Default: none but the account's quota.
            max_write_request_units: The same for writes.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
        """
        return cls(
            max_read_request_units=max_read_request_units,
            max_write_request_units=max_write_request_units,
        )

    @classmethod
    def provisioned(cls, *, read_capacity: Capacity, write_capacity: Capacity) -> Billing:
        """By the capacity that stands ready, for reads and for writes.

        Args:
            read_capacity: `Capacity.fixed(...)` or `Capacity.autoscaled(...)`.
            write_capacity: The same for writes.
        """
        return cls(read_capacity=read_capacity, write_capacity=write_capacity, is_provisioned=True)

    def check(self, faults: Faults) -> None:
        """Notes what DynamoDB would refuse."""
        if check_bool(faults, "billing", self.is_provisioned):
            for name, value in (
                ("read_capacity", self.read_capacity),
                ("write_capacity", self.write_capacity),
            ):
                given = check_instance(faults, f"billing: {name}", value, Capacity, _EXAMPLE)
                if given:
                    given.check(faults, f"billing: {name}")
        for name in ("max_read_request_units", "max_write_request_units"):
            value = getattr(self, name)
            if value is not None:
                check_int(faults, f"billing: {name}", value, 1, 2**31 - 1, "units (DynamoDB)")
