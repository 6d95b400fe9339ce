"""Checks of a function's plain settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.names import construct_name
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_sequence,
    check_string,
)
from terratiers.security.role import RoleBase
from terratiers.serverless.function_base import FUNCTION_NAME
from terratiers.serverless.function_destination import check_destination
from terratiers.serverless.runtime import Runtime

from constructs import Construct

__all__ = [
    "check_async",
    "check_layers",
    "check_name",
    "check_numbers",
    "check_role",
    "check_switches",
]

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST_LAYERS = 5
_LAYER = r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:(\d{12}|aws):layer:[A-Za-z0-9_-]{1,140}:[1-9][0-9]*"
_RECURSIVE_LOOPS = ("Terminate", "Allow")
_SNAP_START_STORAGE = 512


def check_name(faults: Faults, name: object, scope: Construct, id: str) -> str:
    """The function's name: the given one, or the default, if it is not too long."""
    given = construct_name(scope, id) if name is None else name
    rule = "Lambda takes 1 to 64 letters, digits, - and _; give a shorter id, or function_name."
    check_string(faults, "function_name", given, FUNCTION_NAME, rule, tokens=False)
    return str(given)


def check_numbers(
    faults: Faults,
    *,
    memory_size: object,
    timeout: object,
    ephemeral_storage: object,
    reserved_concurrent_executions: object,
) -> None:
    """Memory, time, disk and concurrency within Lambda's limits."""
    check_int(faults, "memory_size", memory_size, 128, 10_240, "MB (Lambda)")
    check_int(faults, "timeout", timeout, 1, 900, "seconds (Lambda)")
    check_int(faults, "ephemeral_storage", ephemeral_storage, 512, 10_240, "MB of /tmp (Lambda)")
    if reserved_concurrent_executions is not None:
        name = "reserved_concurrent_executions"
        what = "(0 stops it; more than the account's quota less 100 is refused)"
        check_int(faults, name, reserved_concurrent_executions, 0, 100_000, what)


def check_switches(
    faults: Faults,
    runtime: Runtime | None,
    *,
    description: object,
    tracing: object,
    publish: object,
    snap_start: object,
    recursive_loop: object,
    ephemeral_storage: object,
) -> None:
    """Texts and switches, and what they exclude."""
    if description is not None:
        rule = "Lambda takes up to 256 characters."
        check_string(faults, "description", description, r"(?s).{0,256}", rule)
    check_bool(faults, "tracing", tracing)
    check_bool(faults, "publish", publish)
    remedy = "Allow is for functions that call themselves on purpose."
    check_choice(faults, "recursive_loop", recursive_loop, _RECURSIVE_LOOPS, remedy)
    # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
    if check_bool(faults, "snap_start", snap_start):
        if runtime is not None and not runtime.snap_start:
            faults.add(f"snap_start is not there for {runtime.name}: leave it out.")
        if publish is False:
            faults.add("snap_start is for published versions: write publish=True.")
        if isinstance(ephemeral_storage, int) and ephemeral_storage > _SNAP_START_STORAGE:
            faults.add("snap_start does not go with more than 512 MB of ephemeral_storage.")


def check_layers(faults: Faults, value: object) -> tuple[str, ...]:
    """ARNs of layer versions, each once."""
    items = check_sequence(faults, "layers", value, '["arn:aws:lambda:...:layer:name:1"]') or ()
    if len(items) > _MOST_LAYERS:
        faults.add(f"layers holds {len(items)}: Lambda takes {_MOST_LAYERS}.")
    rule = "write the ARN of a layer's version, arn:aws:lambda:<region>:<account>:layer:<name>:<n>."
    for item in items:
        check_string(faults, "layers:", item, _LAYER, rule)
    known = [item for item in items if isinstance(item, str)]
    if len(set(known)) < len(known):
        faults.add("layers names a layer twice: name each once.")
    return tuple(items)


def check_async(faults: Faults, scope: Construct, options: Mapping[str, Any]) -> None:
    """What becomes of events that nobody waits for."""
    queue = options["dead_letter_queue"]
    if queue is not None:
        check_destination(faults, "dead_letter_queue", queue, scope, ("sqs", "sns"))
    for name in ("on_success", "on_failure"):
        if options[name] is not None:
            check_destination(faults, name, options[name], scope)
    attempts, age = options["retry_attempts"], options["max_event_age"]
    if attempts is not None:
        check_int(faults, "retry_attempts", attempts, 0, 2, "times after the first (Lambda)")
    if age is not None:
        check_int(faults, "max_event_age", age, 60, 21_600, "seconds (Lambda)")


def check_role(faults: Faults, role: object, scope: Construct) -> None:
    """A role of this stack, or imported into it, if one is given."""
    if role is None:
        return
    example = 'Role(self, "role", assumed_by=Principal.service("lambda"), description="...")'
    checked = check_instance(faults, "role", role, RoleBase, example)
    if checked is not None:
        check_same_stack(faults, "role", checked, scope)
