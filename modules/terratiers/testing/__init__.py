"""Assertions on synthesized Terraform, and pytest fixtures. See docs/testing.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.testing.differences import ABSENT as ABSENT
    from terratiers.testing.template import Template as Template

__all__ = ["ABSENT", "Template"]

# `Template` brings cdktf with it, and pytest imports this package in every session
__getattr__, __dir__ = exports(__name__, {"ABSENT": ".differences", "Template": ".template"})
