"""Closes the gaps of moto 5.2.5 around WAF and Shield; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_waf_patches"]


def apply_waf_patches() -> None:
    """Applies every patch to the moto of this process."""
    _take_the_last_rules_away()
    _respond_to_attacks()
    _attend_to_health_checks()
    _renew_subscriptions()


def _take_the_last_rules_away() -> None:
    """An ACL that is left without rules has none; moto keeps the old ones.

    Each plan would take them away again. Seen with `aws_wafv2_web_acl`.
    """
    from moto.wafv2.models import WAFV2Backend

    stock = WAFV2Backend.update_web_acl

    def update_web_acl(
        self: Any, name: str, _id: str, default_action: Any, rules: Any, *rest: Any
    ) -> Any:
        token = stock(self, name, _id, default_action, rules, *rest)
        if rules is not None and not rules:
            self.get_web_acl(None, name, _id).rules = []
        return token

    WAFV2Backend.update_web_acl = update_web_acl


def _respond_to_attacks() -> None:
    """Shield's automatic response is switched on, changed and off again; moto knows none of it.

    Seen with `aws_shield_application_layer_automatic_response`.
    """
    import json

    from moto.shield.responses import ShieldResponse

    def protection_of(self: Any) -> Any:
        arn = json.loads(self.body)["ResourceArn"]
        return self.shield_backend.describe_protection(None, arn)

    def enable(self: Any) -> str:
        action = json.loads(self.body)["Action"]
        protection_of(self).application_layer_automatic_response_configuration = {
            "Status": "ENABLED",
            "Action": action,
        }
        return "{}"

    def disable(self: Any) -> str:
        protection_of(self).application_layer_automatic_response_configuration = {}
        return "{}"

    ShieldResponse.enable_application_layer_automatic_response = enable
    ShieldResponse.update_application_layer_automatic_response = enable
    ShieldResponse.disable_application_layer_automatic_response = disable


def _attend_to_health_checks() -> None:
    """Protections have health checks; moto knows neither of the calls.

    Seen with `aws_shield_protection_health_check_association`.
    """
    import json

    from moto.shield.responses import ShieldResponse

    def given(self: Any) -> tuple[list[str], str]:
        body = json.loads(self.body)
        protection = self.shield_backend.describe_protection(body["ProtectionId"], None)
        return protection.health_check_ids, body["HealthCheckArn"].rpartition("/")[2]

    def associate_health_check(self: Any) -> str:
        ids, check = given(self)
        if check not in ids:
            ids.append(check)
        return "{}"

    def disassociate_health_check(self: Any) -> str:
        ids, check = given(self)
        if check in ids:
            ids.remove(check)
        return "{}"

    ShieldResponse.associate_health_check = associate_health_check
    ShieldResponse.disassociate_health_check = disassociate_health_check


def _renew_subscriptions() -> None:
    """A subscription's renewal is changed, and its times are numbers, as in every JSON of AWS.

    moto has no call for the one, and the provider cannot read the texts that it writes for the
    other. Seen with `aws_shield_subscription`.
    """
    import json

    from moto.shield.models import Subscription
    from moto.shield.responses import ShieldResponse

    stock = Subscription.to_dict

    def to_dict(self: Any) -> dict[str, Any]:
        times = {
            "StartTime": self.start_time.timestamp(),
            "EndTime": self.end_time.timestamp(),
        }
        return {**stock(self), **times}

    def update_subscription(self: Any) -> str:
        subscription = self.shield_backend.describe_subscription()
        subscription.auto_renew = json.loads(self.body).get("AutoRenew", subscription.auto_renew)
        return "{}"

    Subscription.to_dict = to_dict
    ShieldResponse.update_subscription = update_subscription
