"""Ready-made tiers, composed of the library's constructs."""

from terratiers.tiers.network import NetworkTier
from terratiers.tiers.state import StateTier

__all__ = ["NetworkTier", "StateTier"]
