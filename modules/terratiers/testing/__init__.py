"""Assertions on synthesized Terraform, and pytest fixtures. See docs/testing.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from terratiers.testing.differences import ABSENT as ABSENT
    from terratiers.testing.template import Template as Template

__all__ = ["ABSENT", "Template"]


def __getattr__(name: str) -> Any:
    """`Template` brings cdktf with it, and pytest imports this package in every session."""
    if name == "ABSENT":
        from terratiers.testing.differences import ABSENT

        return ABSENT
    if name == "Template":
        from terratiers.testing.template import Template

        return Template
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
