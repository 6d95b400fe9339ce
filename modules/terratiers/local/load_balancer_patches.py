"""Closes the gaps of moto 5.2.5 around load balancers; see emulator_patches.py."""

from __future__ import annotations

__all__ = ["apply_load_balancer_patches"]


def apply_load_balancer_patches() -> None:
    """Applies every patch to the moto of this process."""
