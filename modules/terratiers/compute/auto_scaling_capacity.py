"""How many instances a group has: minimum, desired, maximum."""

from __future__ import annotations

from terratiers.core.errors import Faults
from terratiers.core.validation import check_int

__all__ = ["MAX_CAPACITY", "check_capacities"]

# AWS names no limit for a group. A number above this one is a slip.
MAX_CAPACITY = 100_000


def check_capacities(
    faults: Faults,
    *,
    min_capacity: object,
    max_capacity: object,
    desired_capacity: object,
    remedy: str,
) -> None:
    """Notes what is no capacity, and what does not lie in order; None is not known.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-capacity-limits.html
    """
    given = {
        "min_capacity": min_capacity,
        "desired_capacity": desired_capacity,
        "max_capacity": max_capacity,
    }
    found = {
        name: number
        for name, value in given.items()
        if value is not None
        and (number := check_int(faults, name, value, 0, MAX_CAPACITY, "instances")) is not None
    }
    for low, high in (
        ("min_capacity", "max_capacity"),
        ("min_capacity", "desired_capacity"),
        ("desired_capacity", "max_capacity"),
    ):
        if low in found and high in found and found[low] > found[high]:
            faults.add(f"{low} is {found[low]} and {high} {found[high]}: {remedy}")
