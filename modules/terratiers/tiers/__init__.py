"""Ready-made tiers, composed of the library's constructs."""

from terratiers.tiers.compute import ComputeTier, VpnAccess
from terratiers.tiers.network import NetworkTier
from terratiers.tiers.security import SecurityTier
from terratiers.tiers.state import StateTier

__all__ = ["ComputeTier", "NetworkTier", "SecurityTier", "StateTier", "VpnAccess"]
