"""The names of queues and topics."""

from __future__ import annotations

from terratiers.core.errors import Faults
from terratiers.core.names import construct_name
from terratiers.core.validation import check_string

from constructs import Construct

__all__ = ["check_name", "default_name"]

_FIFO = ".fifo"


def default_name(construct: Construct, fifo: bool) -> str:
    """`<project>-<environment>-<path>`, with the `.fifo` that AWS wants of FIFO ones."""
    return f"{construct_name(construct)}{_FIFO if fifo else ''}"


def check_name(
    faults: Faults,
    label: str,
    name: object,
    scope: Construct,
    id: str,
    fifo: object,
    longest: int,
) -> None:
    """Notes a name that SQS or SNS would refuse: of letters, digits, - and _, and `.fifo`."""
    end = _FIFO if fifo is True else ""
    if name is None:
        default = f"{construct_name(scope, id)}{end}"
        if len(default) > longest:
            faults.add(
                f"it would be called {default}, which has {len(default)} characters: AWS allows "
                f"{longest}; give a shorter id, or {label}."
            )
        return
    rule = f"write up to {longest} letters, digits, - and _" + (
        ", with .fifo at the end." if end else " (.fifo is for fifo=True)."
    )
    pattern = rf"(?=.{{1,{longest}}}\Z)[A-Za-z0-9_-]+{end.replace('.', '[.]')}"
    check_string(faults, label, name, pattern, rule)
