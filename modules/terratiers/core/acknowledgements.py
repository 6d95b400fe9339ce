"""Warnings with a stable id, and acknowledging them, or checkov's findings, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from terratiers.core.checkov import (
    CHECK_ID,
    catalog_source,
    is_check_id,
    reference,
    resource_types,
    resources_of,
    skip_check,
)
from terratiers.core.errors import ConfigurationError, Faults
from terratiers.core.kernel_process import without_waiting
from terratiers.core.names import environment_of
from terratiers.core.validation import check_instance, check_string

from cdktf import Annotations, TerraformResource, TerraformStack
from constructs import Construct, IConstruct

__all__ = ["acknowledge", "is_acknowledged", "warn"]

_noted: WeakKeyDictionary[TerraformStack, set[str]] = WeakKeyDictionary()
# Reasons by warning, for each construct by jsii's reference: another Python object may stand for
# the same construct, as for the app of `Testing.app()`.
_acknowledged: dict[str, dict[str, str]] = {}


def acknowledge(scope: Construct, warning: str, *, reason: str) -> None:
    """Accepts a warning, or a check of checkov's, for `scope` and all that it contains.

    A warning is accepted before the construct that would warn is made. The reason is kept in the
    synthesized manifest, beside each stack in which it counts, for whoever reviews the
    architecture.

    A check is accepted after the resources are made: it covers those that `scope` contains then
    and that the check looks at. Beside each, the synthesized output has
    `"//": {"checkov": {"skip": [{"id": "CKV_AWS_18", "comment": "..."}]}}`. See docs/policy.md.

    Args:
        scope: The app, tier, stack, construct or resource that the decision covers.
        warning: The warning's id, as the warning's text shows it: `burstable-in-production`; or
            the check's: `CKV_AWS_18`.
        reason: Why it is right here: at least 10 characters.

    Raises:
        ConfigurationError: when id or reason is no such text, when `scope` has no resource that
            the check looks at, and for a check that the catalog does not know unless `scope` is
            the resource itself.
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
        rf"[a-z0-9]+(-[a-z0-9]+)*|{CHECK_ID}",
        "write the id that the warning's text shows, like single-nat-gateway, or checkov's, like "
        "CKV_AWS_18.",
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
    if is_check_id(warning):
        _acknowledge_check(faults, scope, warning, reason)
    else:
        _acknowledged.setdefault(reference(scope), {}).setdefault(warning, reason)


def _acknowledge_check(faults: Faults, scope: Construct, check: str, reason: str) -> None:
    types = resource_types(check)
    covered: Sequence[TerraformResource] = ()
    if types is not None:
        covered = resources_of(scope, types)
        if not covered:
            faults.add(
                f"{check} looks at {', '.join(sorted(types))}, and there is none here: "
                "acknowledge it after the resources are made."
            )
    elif isinstance(scope, TerraformResource):
        covered = [scope]
    else:
        faults.add(
            f"{check} is not in the catalog ({catalog_source()}), so that nobody knows which "
            "resources it looks at: acknowledge it at the resource itself."
        )
    faults.raise_any()
    for resource in covered:
        skip_check(resource, check, reason)
        _note(resource, check, reason)


def is_acknowledged(scope: Construct, warning: str) -> bool:
    """Whether a warning was acknowledged at `scope` or above it."""
    for above in scope.node.scopes:
        reason = _acknowledged.get(reference(above), {}).get(warning)
        if reason is not None:
            _note(scope, warning, reason)
            return True
    return False


def _note(scope: IConstruct, warning: str, reason: str) -> None:
    """Keeps the reason in the manifest, once for each stack in which it counts."""
    stack = TerraformStack.of(scope)
    noted = _noted.setdefault(stack, set())
    note = f"[{warning}] acknowledged: {reason}"
    if note not in noted:
        noted.add(note)
        annotations = Annotations.of(stack)
        with without_waiting():
            annotations.add_info(note)


def warn(
    scope: Construct, warning: str, message: str, *, error_in_production: bool = False
) -> None:
    """Tells of something legal but unwise, unless it was acknowledged at `scope` or above it.

    The text reaches `manifest.json` and the output of `cdktf synth`. With `error_in_production`
    it is a `ConfigurationError` in an environment that is marked production.

    Args:
        warning: Its id: lower-case words with hyphens.
        message: What is unwise, and what to do instead.
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
