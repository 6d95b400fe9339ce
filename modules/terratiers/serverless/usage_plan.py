"""Usage plans of REST APIs: who calls with an API key, and how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import (
    check_choice,
    check_instance,
    check_int,
    check_options,
    check_sequence,
    check_string,
)
from terratiers.serverless.api_settings import Throttling

from cdktf_cdktf_provider_aws.api_gateway_api_key import ApiGatewayApiKey
from cdktf_cdktf_provider_aws.api_gateway_usage_plan import (
    ApiGatewayUsagePlan,
    ApiGatewayUsagePlanApiStages,
    ApiGatewayUsagePlanQuotaSettings,
    ApiGatewayUsagePlanThrottleSettings,
)
from cdktf_cdktf_provider_aws.api_gateway_usage_plan_key import ApiGatewayUsagePlanKey
from constructs import Construct

__all__ = ["Quota", "UsagePlan"]

_DEFAULT_THROTTLING = Throttling(rate_limit=10, burst_limit=20)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many requests a key has in a period.

    Args:
        limit: 1 to 2147483647 requests.
        period: `DAY`, `WEEK` or `MONTH`. Default: month.
    """

    limit: int
    period: str = "MONTH"

    def check(self, faults: Faults) -> None:
        """Notes what API Gateway would refuse."""
        check_int(faults, "quota: limit", self.limit, 1, 2**31 - 1, "requests")
        check_choice(faults, "quota: period", self.period, ("DAY", "WEEK", "MONTH"))


@dataclass(frozen=True, kw_only=True)
class UsagePlan:
    """Callers with API keys, and what each may do.

    A key tells callers apart; it is no proof of who they are. Its value is made by API Gateway
    and stands in Terraform's state.

    Args:
        api_keys: A name for each key: lower-case letters, digits and hyphens; at least one.
        throttling: For each key. Default: 10 requests a second, 20 at once.
        quota: Default: none.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    """

    api_keys: Sequence[str]
    throttling: Throttling = _DEFAULT_THROTTLING
    quota: Quota | None = None

    def check(self, faults: Faults) -> None:
        """Notes what API Gateway would refuse."""
        keys = check_sequence(faults, "plan: api_keys", self.api_keys, '["partner"]')
        if keys == ():
            faults.add("plan: api_keys is empty: nobody could call.")
        rule = "write lower-case letters, digits and hyphens, a letter first."
        for key in keys or ():
            check_string(faults, "plan: api key", key, r"[a-z][a-z0-9-]{0,31}", rule, tokens=False)
        if len(set(map(str, keys or ()))) < len(keys or ()):
            faults.add("plan: api_keys names a key twice: name each once.")
        if check_instance(faults, "plan: throttling", self.throttling, Throttling, "Throttling()"):
            self.throttling.check(faults, "plan: throttling")
        check_options(faults, "plan: quota", self.quota, Quota, "Quota(limit=10000)")

    def add_to(
        self, api: Construct, id: str, api_id: str, stage: str
    ) -> dict[str, ApiGatewayApiKey]:
        """Makes the plan and its keys; gives the keys by their names."""
        scope = Construct(api, id)
        name = construct_name(api, id)
        plan = ApiGatewayUsagePlan(
            scope,
            "plan",
            name=name,
            api_stages=[ApiGatewayUsagePlanApiStages(api_id=api_id, stage=stage)],
            throttle_settings=ApiGatewayUsagePlanThrottleSettings(
                rate_limit=self.throttling.rate_limit, burst_limit=self.throttling.burst_limit
            ),
            quota_settings=ApiGatewayUsagePlanQuotaSettings(
                limit=self.quota.limit, period=self.quota.period
            )
            if self.quota
            else None,
            tags={"Name": name},
        )
        pin_address(plan, scope)
        keys = {}
        for key_name in self.api_keys:
            full = f"{name}-{key_name}"
            key = ApiGatewayApiKey(scope, f"key-{key_name}", name=full, tags={"Name": full})
            pin_address(key, scope, key_name)
            member = ApiGatewayUsagePlanKey(
                scope,
                f"member-{key_name}",
                key_id=key.id,
                key_type="API_KEY",
                usage_plan_id=plan.id,
            )
            pin_address(member, scope, key_name)
            keys[key_name] = key
        return keys
