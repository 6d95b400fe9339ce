"""Metrics of CloudWatch that an Auto Scaling group follows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_choice,
    check_mapping,
    check_string,
    show,
)

__all__ = ["Metric", "check_number"]

STATISTICS = ("Average", "Minimum", "Maximum", "SampleCount", "Sum")
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,2})?|100)")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
_SCALES = ("", "Kilo", "Mega", "Giga", "Tera")
_SIZES = tuple(f"{scale}{unit}".capitalize() for unit in ("bits", "bytes") for scale in _SCALES)
_UNITS = (
    *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"),
    *_SIZES,
    *(f"{size}/Second" for size in _SIZES),
)
_MAX_DIMENSIONS = 30


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of CloudWatch: `Metric(namespace="Shop", name="Orders")`.

    Args:
        namespace: 1 to 255 letters, digits and `. - _ / # :`; `AWS/EC2`, or one of your own.
        name: 1 to 255 printable characters: `CPUUtilization`.
        dimensions: Up to 30, name to value, each 1 to 255 characters; all that the metric was
            published with, and no other. Default: none.
        statistic: `Average`, `Minimum`, `Maximum`, `SampleCount` or `Sum`; for steps also a
            percentile, `p90`. Default: Average.
        unit: Of the values, one of CloudWatch's. Default: whatever was published.
        period: Seconds of one data point: 10, 30, 60; for steps also a multiple of 60 up to
            86400. Default: 60.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str = "Average"
    unit: str | None = None
    period: int = 60

    def check(self, faults: Faults, *, alarm: bool) -> None:
        """Notes what CloudWatch would refuse: for an alarm, or for target tracking."""
        rule = "write 1 to 255 letters, digits and . - _ / # :, a letter or digit first."
        pattern = r"[A-Za-z0-9._/#-][A-Za-z0-9._/#:-]{0,254}"
        check_string(faults, "metric: namespace", self.namespace, pattern, rule)
        rule = "write 1 to 255 printable characters."
        check_string(faults, "metric: name", self.name, r"[!-~]([ -~]{0,254})", rule)
        self._check_dimensions(faults)
        percentile = alarm and isinstance(self.statistic, str)
        if not (percentile and _PERCENTILE.fullmatch(self.statistic)):
            remedy = "A percentile, p0 to p100, is for steps only."
            check_choice(faults, "metric: statistic", self.statistic, STATISTICS, remedy)
        if self.unit is not None:
            check_choice(faults, "metric: unit", self.unit, _UNITS)
        periods: tuple[int, ...] = (10, 30, 60)
        if alarm:
            periods += tuple(range(120, 86_401, 60))
        remedy = "Seconds: 10, 30, 60; for steps a multiple of 60 up to 86400."
        check_choice(faults, "metric: period", self.period, periods, remedy)

    def _check_dimensions(self, faults: Faults) -> None:
        example = '{"AutoScalingGroupName": group.auto_scaling_group_name}'
        given = check_mapping(faults, "metric: dimensions", self.dimensions, example) or {}
        if len(given) > _MAX_DIMENSIONS:
            faults.add(
                f"metric: dimensions holds {len(given)}: CloudWatch takes {_MAX_DIMENSIONS}."
            )
        rule = "CloudWatch takes 1 to 255 printable characters, no blank or : at the beginning."
        for name, value in given.items():
            for text in (name, value):
                check_string(
                    faults, f"metric: dimension {show(name)}", text, r"[!-9;-~][ -~]{0,254}", rule
                )


def check_number(
    faults: Faults, name: str, value: object, what: str, *, high: float | None = None
) -> None:
    """Notes what is no number above 0 (and up to `high`); `what` names its unit."""
    if is_token(value) and not isinstance(value, str):
        return
    limits = f"above 0{f' and up to {high:g}' if high is not None else ''} {what}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        faults.add(f"{name} is {show(value)} ({type(value).__name__}): write a number {limits}.")
    elif not math.isfinite(value) or value <= 0 or (high is not None and value > high):
        faults.add(f"{name} is {value}: it has to be {limits}.")
