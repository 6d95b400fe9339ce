"""Closes the gaps of moto 5.2.5 around serverless; see emulator_patches.py."""

from __future__ import annotations

__all__ = ["apply_serverless_patches"]


def apply_serverless_patches() -> None:
    """Applies every patch to the moto of this process."""
