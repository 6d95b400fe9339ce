"""Ready-made tiers, composed of the constructs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.tiers.compute import ComputeTier as ComputeTier
    from terratiers.tiers.compute import VpnAccess as VpnAccess
    from terratiers.tiers.dns import DnsTier as DnsTier
    from terratiers.tiers.events import EventsTier as EventsTier
    from terratiers.tiers.network import NetworkTier as NetworkTier
    from terratiers.tiers.security import SecurityTier as SecurityTier
    from terratiers.tiers.serverless import ServerlessTier as ServerlessTier
    from terratiers.tiers.state import StateTier as StateTier
    from terratiers.tiers.web import WebTier as WebTier
    from terratiers.tiers.web_server import WebPage as WebPage

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

__getattr__, __dir__ = exports(
    __name__,
    {
        "ComputeTier": ".compute",
        "DnsTier": ".dns",
        "EventsTier": ".events",
        "NetworkTier": ".network",
        "SecurityTier": ".security",
        "ServerlessTier": ".serverless",
        "StateTier": ".state",
        "VpnAccess": ".compute",
        "WebPage": ".web_server",
        "WebTier": ".web",
    },
)
