"""CDKTF constructs for tiered AWS architectures, one Terraform state for each tier.

Import this package before `cdktf`: it arranges that the AWS provider's bindings are loaded on
demand, without which every program spends about ten seconds on starting up. `App` is cdktf's own,
so that a program of tiers needs no other import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core import provider_loader
from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.core.acknowledgements import acknowledge as acknowledge
    from terratiers.core.environment import Environment as Environment
    from terratiers.core.environment import StateLocation as StateLocation
    from terratiers.core.errors import ConfigurationError as ConfigurationError
    from terratiers.core.remote_tier import RemoteTier as RemoteTier
    from terratiers.core.tier import Tier as Tier

    from cdktf import App as App

provider_loader.install()

__all__ = [  # noqa: PLE0604, RUF100
    "App",
    "ConfigurationError",
    "Environment",
    "RemoteTier",
    "StateLocation",
    "Tier",
    "acknowledge",
]

# imported when they are first asked for: they bring cdktf with them
__getattr__, __dir__ = exports(
    __name__,
    {
        "App": "cdktf",
        "ConfigurationError": ".core.errors",
        "Environment": ".core.environment",
        "RemoteTier": ".core.remote_tier",
        "StateLocation": ".core.environment",
        "Tier": ".core.tier",
        "acknowledge": ".core.acknowledgements",
    },
)
