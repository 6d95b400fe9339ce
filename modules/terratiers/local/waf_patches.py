"""Closes the gaps of moto 5.2.5 around wafs; see emulator_patches.py."""

from __future__ import annotations

__all__ = ["apply_waf_patches"]


def apply_waf_patches() -> None:
    """Applies every patch to the moto of this process."""
