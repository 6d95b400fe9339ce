"""CDKTF constructs for tiered AWS architectures, one Terraform state for each tier.

Import this package before `cdktf`: it arranges that the AWS provider's bindings are loaded on
demand, without which every program spends about ten seconds on starting up. `App` is cdktf's own,
so that a program of tiers needs no other import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from terratiers.core import provider_loader

if TYPE_CHECKING:
    from terratiers.core.acknowledgements import acknowledge as acknowledge
    from terratiers.core.environment import Environment as Environment
    from terratiers.core.environment import StateLocation as StateLocation
    from terratiers.core.errors import ConfigurationError as ConfigurationError
    from terratiers.core.remote_tier import RemoteTier as RemoteTier
    from terratiers.core.tier import Tier as Tier

    from cdktf import App as App

provider_loader.install()

_HOMES = {
    "App": "cdktf",
    "ConfigurationError": "terratiers.core.errors",
    "Environment": "terratiers.core.environment",
    "RemoteTier": "terratiers.core.remote_tier",
    "StateLocation": "terratiers.core.environment",
    "Tier": "terratiers.core.tier",
    "acknowledge": "terratiers.core.acknowledgements",
}
__all__ = [  # noqa: PLE0604, RUF100
    "App",
    "ConfigurationError",
    "Environment",
    "RemoteTier",
    "StateLocation",
    "Tier",
    "acknowledge",
]


def __getattr__(name: str) -> Any:
    """The public names, imported when first asked for: they bring cdktf with them."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
