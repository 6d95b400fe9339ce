"""Things that refer to each other have to be of one stack, or imported into it."""

from __future__ import annotations

from terratiers.core.errors import Faults

from cdktf import TerraformStack
from constructs import Construct

__all__ = ["check_same_stack"]


def check_same_stack(faults: Faults, name: str, value: Construct, scope: Construct) -> None:
    """Notes a construct that was handed over from another stack as it is."""
    if TerraformStack.of(value) is not TerraformStack.of(scope):
        faults.add(
            f"{name}: {value.node.path} belongs to another stack: write self.use(...) in a tier, "
            "or from_attributes(...)."
        )
