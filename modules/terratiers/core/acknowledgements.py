"""Warnings with a stable id, and acknowledging them with a reason."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from terratiers.core.errors import ConfigurationError, Faults
from terratiers.core.names import environment_of
from terratiers.core.validation import check_instance, check_string

from cdktf import Annotations, TerraformStack
from constructs import Construct, IConstruct

__all__ = ["acknowledge", "is_acknowledged", "warn"]

_noted: WeakKeyDictionary[TerraformStack, set[str]] = WeakKeyDictionary()
# Kept on the construct's node: another Python object may stand for the same construct, as for the
# app of `Testing.app()`.
_KIND = "terratiers:acknowledged"


def acknowledge(scope: Construct, warning: str, *, reason: str) -> None:
    """Accepts a warning for `scope` and all that it contains.

    Call it before the construct that would warn is made. The reason is kept in the synthesized
    manifest, beside each stack in which it counts, for whoever reviews the architecture.

    Args:
        scope: The tier, stack or construct that the decision covers.
        warning: The warning's id, as the warning's text shows it: `burstable-in-production`.
        reason: Why it is right here: at least 10 characters.

    Raises:
        ConfigurationError: when id or reason is no such text.
    """
    if not isinstance(scope, Construct):
        faults = Faults(None, "acknowledge")
        check_instance(faults, "scope", scope, Construct, "the app, a stack or a construct")
        faults.raise_any()
    faults = Faults(scope.node.scope, scope.node.id or "app")
    check_string(
        faults,
        "warning",
        warning,
        r"[a-z0-9]+(-[a-z0-9]+)*",
        "write the id that the warning's text shows, like single-nat-gateway.",
        tokens=False,
    )
    check_string(
        faults,
        "reason",
        reason,
        r"(?s)\s*\S.{8,}",
        "write in at least 10 characters why this is right here.",
        tokens=False,
    )
    faults.raise_any()
    scope.node.add_metadata(_KIND, {"warning": warning, "reason": reason})


def is_acknowledged(scope: Construct, warning: str) -> bool:
    """Whether a warning was acknowledged at `scope` or above it."""
    for above in scope.node.scopes:
        for entry in above.node.metadata:
            if entry.type == _KIND and entry.data["warning"] == warning:
                _note(scope, warning, entry.data["reason"])
                return True
    return False


def _note(scope: IConstruct, warning: str, reason: str) -> None:
    """Keeps the reason in the manifest, once for each stack in which it counts."""
    stack = TerraformStack.of(scope)
    noted = _noted.setdefault(stack, set())
    if warning not in noted:
        noted.add(warning)
        Annotations.of(stack).add_info(f"[{warning}] acknowledged: {reason}")


def warn(
    scope: Construct, warning: str, message: str, *, error_in_production: bool = False
) -> None:
    """Tells of something legal but unwise, unless it was acknowledged at `scope` or above it.

    The text reaches `manifest.json` and the output of `cdktf synth`. With `error_in_production`
    it is a `ConfigurationError` in an environment that is marked production.
    """
    if is_acknowledged(scope, warning):
        return
    hint = f'acknowledge(scope, "{warning}", reason="...")'
    environment = environment_of(scope)
    if error_in_production and environment is not None and environment.production:
        raise ConfigurationError(
            scope.node.path, f"[{warning}] {message} To keep it in production, say so: {hint}."
        )
    Annotations.of(scope).add_warning(f"[{warning}] {message} To accept it: {hint}.")
