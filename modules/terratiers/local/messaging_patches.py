"""Closes the gaps of moto 5.2.5 around messaging; see emulator_patches.py."""

from __future__ import annotations

__all__ = ["apply_messaging_patches"]


def apply_messaging_patches() -> None:
    """Applies every patch to the moto of this process."""
