"""Which of the steps that make a start fast are taken in this process.

A step that changes how another package works is taken with the versions that it was tested with,
and with no others. `TERRATIERS_FAST_START=0` turns all of them off, and a list of names turns the
others off. See docs/internals/start-up.md.
"""

from __future__ import annotations

import functools
import os
from importlib.metadata import PackageNotFoundError, version

__all__ = ["STEPS", "SWITCH", "is_taken", "unknown_steps"]

SWITCH = "TERRATIERS_FAST_START"
_ALL, _NONE = {"", "1", "true", "yes", "on"}, {"0", "false", "no", "off"}

# Name of the step: the packages it changes, with the versions it was tested with.
STEPS: dict[str, dict[str, tuple[str, ...]]] = {
    "lazy-provider": {"jsii": ("1.",)},
    "lazy-traces": {"cdktf": ("0.21.",)},
    "late-archiver": {"cdktf": ("0.21.",)},
    "one-process": {"jsii": ("1.142.",)},
    "early-start": {"jsii": ("1.142.",)},
    "code-cache": {"jsii": ("1.142.",)},
    "late-types": {"jsii": ("1.142.",)},
    "load-ahead": {"jsii": ("1.142.",)},
    "no-waiting": {"jsii": ("1.142.",)},
    "create-ahead": {"jsii": ("1.142.",), "constructs": ("10.",), "cdktf": ("0.21.",)},
    "known-tokens": {"jsii": ("1.142.",), "constructs": ("10.",), "cdktf": ("0.21.",)},
    "plain-messages": {"jsii": ("1.142.",)},
    "quiet-import": {"jsii": ("1.142.",)},
    "short-exit": {},
    "type-hints": {"jsii": ("1.142.",)},
    "constant-properties": {"jsii": ("1.142.",), "constructs": ("10.",), "cdktf": ("0.21.",)},
}


def is_taken(step: str) -> bool:
    """Whether this process takes the step named `step`."""
    chosen = os.environ.get(SWITCH, "").strip().lower()
    if chosen in _NONE or (chosen not in _ALL and step not in _names(chosen)):
        return False
    return all(_version(package).startswith(tested) for package, tested in STEPS[step].items())


def unknown_steps() -> list[str]:
    """What the variable names that is no step, and so turns all of them off."""
    chosen = os.environ.get(SWITCH, "").strip().lower()
    return [] if chosen in _NONE | _ALL else [name for name in _names(chosen) if name not in STEPS]


def _names(chosen: str) -> list[str]:
    return chosen.replace(" ", "").split(",")


@functools.cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
