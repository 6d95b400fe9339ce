"""Several instance types in one group, on demand and as spot instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terratiers.compute.instance_type import InstanceType, check_instance_type
from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_int, check_string, show

from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroupMixedInstancesPolicy,
    AutoscalingGroupMixedInstancesPolicyInstancesDistribution,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplate,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride,
)

__all__ = ["MixedInstances"]

_MAX_TYPES = 40
_ON_DEMAND = ("prioritized", "lowest-price")
_SPOT = (
    "price-capacity-optimized",
    "capacity-optimized",
    "capacity-optimized-prioritized",
    "lowest-price",
)


@dataclass(frozen=True, kw_only=True)
class MixedInstances:
    """Which types a group may start in place of the launch template's, and how many of them spot.

    Args:
        instance_types: 1 to 40 types, the preferred one first; with weights, type to capacity
            that one instance counts for, 1 to 999: `{"m7i.large": 2, "m7i.xlarge": 4}`. All have
            to have the processor of the template's image, and with a burstable type in the
            template, which sets CPU credits, all have to be burstable.
        on_demand_base_capacity: Capacity that is always on demand, 0 to 100000. Default: 0.
        on_demand_percentage: Of what comes above it, how much is on demand, 0 to 100. Default:
            100: no spot instances.
        on_demand_allocation_strategy: `prioritized` or `lowest-price`. Default: prioritized, as
            listed.
        spot_allocation_strategy: `price-capacity-optimized`, `capacity-optimized`,
            `capacity-optimized-prioritized` or `lowest-price`. Default: price-capacity-optimized.
        spot_pools: Only for `lowest-price`: over how many of the cheapest pools of a zone they
            spread, 1 to 20. Default: AWS's, 2.
        spot_max_price: Dollars an hour as text, like `"0.05"`. Default: the price on demand;
            with less than that, instances are taken away more often.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html
    """

    instance_types: Sequence[InstanceType | str] | Mapping[str, int]
    on_demand_base_capacity: int = 0
    on_demand_percentage: int = 100
    on_demand_allocation_strategy: str = "prioritized"
    spot_allocation_strategy: str = "price-capacity-optimized"
    spot_pools: int | None = None
    spot_max_price: str | None = None

    def check(self, faults: Faults, architecture: str | None) -> dict[str, int | None]:
        """Type to weight; notes what AWS would refuse, and types of another processor."""
        label = "mixed_instances"
        base = self.on_demand_base_capacity
        check_int(faults, f"{label}: on_demand_base_capacity", base, 0, 100_000, "of capacity")
        check_int(faults, f"{label}: on_demand_percentage", self.on_demand_percentage, 0, 100, "%")
        on_demand, spot = self.on_demand_allocation_strategy, self.spot_allocation_strategy
        check_choice(faults, f"{label}: on_demand_allocation_strategy", on_demand, _ON_DEMAND)
        check_choice(faults, f"{label}: spot_allocation_strategy", spot, _SPOT)
        if self.spot_pools is not None:
            check_int(faults, f"{label}: spot_pools", self.spot_pools, 1, 20, "(Auto Scaling)")
            if spot != "lowest-price":
                faults.add(f"{label}: spot_pools is for lowest-price only, not for {show(spot)}.")
        if self.spot_max_price is not None:
            rule = 'write dollars an hour as text, like "0.05".'
            pattern = r"(?=.*[1-9])\d{1,6}(\.\d{1,6})?"
            check_string(faults, f"{label}: spot_max_price", self.spot_max_price, pattern, rule)
        return self._check_types(faults, label, architecture)

    def _check_types(
        self, faults: Faults, label: str, architecture: str | None
    ) -> dict[str, int | None]:
        given = self.instance_types
        if not isinstance(given, (Mapping, list, tuple)):
            faults.add(f'{label}: instance_types is {show(given)}: write ["m7i.large"] or '
                       '{"m7i.large": 2}.')  # fmt: skip
            return {}
        if not 1 <= len(given) <= _MAX_TYPES:
            faults.add(f"{label}: instance_types holds {len(given)}: AWS takes 1 to {_MAX_TYPES}.")
        found: dict[str, int | None] = {}
        for item in given:
            chosen = check_instance_type(faults, f"{label}: instance_type", item)
            if chosen is None:
                continue
            if chosen.name in found:
                faults.add(f"{label}: {chosen} is there twice.")
            if architecture and chosen.architectures and architecture not in chosen.architectures:
                theirs = " and ".join(chosen.architectures)
                faults.add(f"{label}: {chosen} runs {theirs}, but the launch template's image is "
                           f"for {architecture}.")  # fmt: skip
            found[chosen.name] = None
            if isinstance(given, Mapping):
                name = f"{label}: weight of {chosen}"
                found[chosen.name] = check_int(faults, name, given[item], 1, 999, "of capacity")
        return found

    def block(
        self, types: Mapping[str, int | None], template_id: str, version: str
    ) -> AutoscalingGroupMixedInstancesPolicy:
        """The provider's block."""
        specification = (
            AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification
        )
        override = AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride
        return AutoscalingGroupMixedInstancesPolicy(
            instances_distribution=AutoscalingGroupMixedInstancesPolicyInstancesDistribution(
                on_demand_allocation_strategy=self.on_demand_allocation_strategy,
                on_demand_base_capacity=self.on_demand_base_capacity,
                on_demand_percentage_above_base_capacity=self.on_demand_percentage,
                spot_allocation_strategy=self.spot_allocation_strategy,
                spot_instance_pools=self.spot_pools,
                spot_max_price=self.spot_max_price,
            ),
            launch_template=AutoscalingGroupMixedInstancesPolicyLaunchTemplate(
                launch_template_specification=specification(
                    launch_template_id=template_id, version=version
                ),
                override=[
                    override(
                        instance_type=name,
                        weighted_capacity=None if weight is None else str(weight),
                    )
                    for name, weight in types.items()
                ],
            ),
        )
