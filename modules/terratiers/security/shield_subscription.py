"""The subscription to Shield Advanced, and the switch without which nothing of it is made."""

from __future__ import annotations

from terratiers.core.acknowledgements import is_acknowledged
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.validation import check_bool, check_scope

from constructs import Construct

__all__ = ["ShieldSubscription", "check_acknowledged"]

_WARNING = "shield-advanced-subscription"
# https://aws.amazon.com/shield/pricing/
_PRICE = (
    f"[{_WARNING}] Shield Advanced costs 3,000 US dollars a month for the account's organization, "
    "with a commitment of one year, and data transfer besides "
    "(https://aws.amazon.com/shield/pricing/). To go ahead, say so before it is made: "
    f'acknowledge(scope, "{_WARNING}", reason="...").'
)


class ShieldSubscription(Construct):
    """Subscribes the account to Shield Advanced: 3,000 US dollars a month, for a year at least.

    Make one in an account, or subscribe in the console. A destroy ends the renewal, and not the
    year that is running.

    Args:
        scope: The tier, stack or construct, for which `shield-advanced-subscription` was
            acknowledged.
        id: Part of the Terraform name: `aws_shield_subscription.<id>`.
        auto_renew: Whether another year follows. Provider 5.100 makes every subscription with
            renewal on: without it, a second apply turns it off. Default: yes, as AWS has it.

    Raises:
        ConfigurationError: without the acknowledgement; it tells the price.

    https://aws.amazon.com/shield/pricing/
    """

    def __init__(self, scope: Construct, id: str, *, auto_renew: bool = True) -> None:
        from cdktf_cdktf_provider_aws.shield_subscription import (
            ShieldSubscription as ProviderSubscription,
        )

        faults = check_scope(scope, id)
        check_bool(faults, "auto_renew", auto_renew)
        check_acknowledged(faults, scope)
        faults.raise_any()
        super().__init__(scope, id)
        self.resource = ProviderSubscription(
            self, "resource", auto_renew="ENABLED" if auto_renew else "DISABLED"
        )
        pin_address(self.resource, self)


def check_acknowledged(faults: Faults, scope: Construct) -> None:
    """Notes the price, unless somebody has said that it is wanted."""
    if not is_acknowledged(scope, _WARNING):
        faults.add(_PRICE)
