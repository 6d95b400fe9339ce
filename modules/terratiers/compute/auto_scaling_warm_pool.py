"""Warm pools: instances that have started once and wait until the group needs them."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.validation import check_bool, check_choice, check_int

from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroupWarmPool,
    AutoscalingGroupWarmPoolInstanceReusePolicy,
)

__all__ = ["WarmPool"]


@dataclass(frozen=True, kw_only=True)
class WarmPool:
    """A pool beside a group, for software that takes long to start. Its instances cost.

    Args:
        state: `Stopped` (volumes and addresses cost) or `Running` (all costs). `Hibernated` needs
            a launch template with hibernation, which `LaunchTemplate` does not make. Default:
            Stopped.
        min_size: How many wait at least, 0 to 100000. Default: 0.
        max_prepared_capacity: How many there are in pool and group together, not less than
            `min_size`. Default: the group's `max_capacity`.
        reuse_on_scale_in: Whether an instance that the group no longer needs returns to the pool.
            Default: no: it is terminated.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
    """

    state: str = "Stopped"
    min_size: int = 0
    max_prepared_capacity: int | None = None
    reuse_on_scale_in: bool = False

    def check(self, faults: Faults) -> None:
        """Notes what AWS would refuse."""
        remedy = "Hibernated needs a launch template with hibernation."
        check_choice(faults, "warm_pool: state", self.state, ("Stopped", "Running"), remedy)
        least = check_int(faults, "warm_pool: min_size", self.min_size, 0, 100_000, "instances")
        if self.max_prepared_capacity is not None:
            most = check_int(
                faults,
                "warm_pool: max_prepared_capacity",
                self.max_prepared_capacity,
                0,
                100_000,
                "instances",
            )
            if least is not None and most is not None and most < least:
                faults.add(
                    f"warm_pool: max_prepared_capacity {most} is less than min_size {least}."
                )
        check_bool(faults, "warm_pool: reuse_on_scale_in", self.reuse_on_scale_in)

    def block(self) -> AutoscalingGroupWarmPool:
        """The provider's block."""
        return AutoscalingGroupWarmPool(
            pool_state=self.state,
            min_size=self.min_size,
            max_group_prepared_capacity=self.max_prepared_capacity,
            instance_reuse_policy=AutoscalingGroupWarmPoolInstanceReusePolicy(
                reuse_on_scale_in=self.reuse_on_scale_in
            ),
        )
