"""Assertions on synthesized Terraform, and pytest fixtures."""

from terratiers.testing.template import ABSENT, Template

__all__ = ["ABSENT", "Template"]
