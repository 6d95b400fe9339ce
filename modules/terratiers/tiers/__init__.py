"""Ready-made tiers, composed of the constructs."""

from terratiers.tiers.compute import ComputeTier, VpnAccess
from terratiers.tiers.dns import DnsTier
from terratiers.tiers.events import EventsTier
from terratiers.tiers.network import NetworkTier
from terratiers.tiers.security import SecurityTier
from terratiers.tiers.serverless import ServerlessTier
from terratiers.tiers.state import StateTier
from terratiers.tiers.web import WebTier
from terratiers.tiers.web_server import WebPage

__all__ = [
    "ComputeTier",
    "DnsTier",
    "EventsTier",
    "NetworkTier",
    "SecurityTier",
    "ServerlessTier",
    "StateTier",
    "VpnAccess",
    "WebPage",
    "WebTier",
]
