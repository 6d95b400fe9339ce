"""Scheduled scaling: other limits at other hours."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from terratiers.compute.auto_scaling_capacity import check_capacities
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, dependency, pin_address
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_choice, check_scope, check_string, show

from cdktf import DataResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_schedule import AutoscalingSchedule
from constructs import Construct

__all__ = ["add_schedule", "check_recurrence"]

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_ITEM = re.compile(r"(?:\*|(?P<from>\w+)(?:-(?P<to>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
# What the provider takes for "leave it as it is"; without it, it would write 0
_UNCHANGED = -1


def check_recurrence(faults: Faults, recurrence: object) -> None:
    """Notes what is no cron expression of five fields, as EC2 Auto Scaling takes them.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
    """
    if is_token(recurrence):
        return
    fields = recurrence.split() if isinstance(recurrence, str) else []
    if len(fields) != len(_FIELDS):
        faults.add(
            f"recurrence {show(recurrence)} is no cron expression: write minute, hour, day of "
            "month, month and day of week, like 0 8 * * MON-FRI."
        )
        return
    for text, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        first = 1 if names is _MONTHS else 0
        values = {word: place for place, word in enumerate(names, start=first)}
        if not all(_is_item(item, low, high, values) for item in text.split(",")):
            words = f" or {names[0]} to {names[-1]}" if names else ""
            faults.add(
                f"recurrence {show(recurrence)}: {name} {show(text)} is not valid: write {low} to "
                f"{high}{words}, *, a range a-b, a list a,b or a step */n."
            )


def _is_item(item: str, low: int, high: int, names: dict[str, int]) -> bool:
    match = _ITEM.fullmatch(item)
    if match is None:
        return False
    ends = []
    for part in (match["from"], match["to"]):
        if part is None:
            continue
        number = names.get(part.upper(), int(part) if part.isdigit() else -1)
        if not low <= number <= high:
            return False
        ends.append(number)
    step = match["step"]
    if step is not None and not 1 <= int(step) <= high:
        return False
    return ends == sorted(ends)


def add_schedule(
    group: Construct,
    id: str,
    *,
    group_name: str,
    own_min: int | None,
    own_max: int | None,
    recurrence: str | None,
    time_zone: str,
    start_time: str | None,
    end_time: str | None,
    min_capacity: int | None,
    max_capacity: int | None,
    desired_capacity: int | None,
) -> AutoscalingSchedule:
    """The scheduled action of `AutoScalingGroup.scale_on_schedule`."""
    faults = check_scope(group, id)
    if recurrence is None and start_time is None:
        faults.add("recurrence and start_time are missing: say when.")
    if recurrence is not None:
        check_recurrence(faults, recurrence)
    from zoneinfo import available_timezones  # slow to import, and rarely asked

    zones = available_timezones()
    if zones and not is_token(time_zone):
        check_choice(faults, "time_zone", time_zone, sorted(zones), "Like Asia/Seoul or Etc/UTC.")
    _check_times(faults, start_time, end_time)
    if min_capacity is max_capacity is desired_capacity is None:
        faults.add("min_capacity, max_capacity and desired_capacity are missing: say what changes.")
    check_capacities(
        faults,
        min_capacity=own_min if min_capacity is None else min_capacity,
        max_capacity=own_max if max_capacity is None else max_capacity,
        desired_capacity=desired_capacity,
        remedy="give the schedule the other limit too.",
    )
    faults.raise_any()
    times: dict[str, Any] = {
        "recurrence": recurrence,
        "time_zone": time_zone,
        "start_time": start_time,
        "end_time": end_time,
    }
    with all_or_nothing(group, id):
        action = AutoscalingSchedule(
            group,
            id,
            autoscaling_group_name=group_name,
            scheduled_action_name=construct_name(group, id),
            min_size=_UNCHANGED if min_capacity is None else min_capacity,
            max_size=_UNCHANGED if max_capacity is None else max_capacity,
            desired_capacity=_UNCHANGED if desired_capacity is None else desired_capacity,
            **times,
        )
        pin_address(action, group, id)
        # An update would send what the state holds for a time that was taken out, and the start
        # of a former recurrence: https://github.com/hashicorp/terraform-provider-aws/issues/38983
        known = {name: value for name, value in times.items() if value is not None}
        memory = DataResource(action, "times", input=known)
        pin_address(memory, action)
        action.lifecycle = TerraformResourceLifecycle(replace_triggered_by=[dependency(memory)])
    return action


def _check_times(faults: Faults, start_time: object, end_time: object) -> None:
    times = {}
    for name, value in (("start_time", start_time), ("end_time", end_time)):
        if value is None:
            continue
        rule = "write UTC like 2030-01-31T08:00:00Z."
        text = check_string(faults, name, value, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rule)
        if text is None:
            continue
        try:
            times[name] = datetime.strptime(text, _TIME)
        except ValueError:
            faults.add(f"{name} {text} is not in the calendar: {rule}")
    if len(times) == 2 and times["end_time"] <= times["start_time"]:
        faults.add(f"end_time {show(end_time)} is not after start_time {show(start_time)}.")
