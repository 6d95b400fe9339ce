"""How a topic delivers: retries to web servers, and a log of what was delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from terratiers.core.account import account_id, region
from terratiers.core.errors import Faults
from terratiers.core.log_group import add_log_group, check_retention, log_group_arn
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_choice, check_int, check_sequence, show
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.principal import Principal
from terratiers.security.role import Role

from constructs import Construct

__all__ = ["DeliveryLog", "HttpRetries"]

_BACKOFFS = ("linear", "arithmetic", "geometric", "exponential")
_PROTOCOLS = ("http", "sqs", "lambda")


@dataclass(frozen=True, kw_only=True)
class HttpRetries:
    """How often SNS tries a web server again that does not take a message.

    Args:
        retries: 0 to 100. Default: 3.
        min_delay: Seconds before the first of them, 1 to `max_delay`. Default: 20.
        max_delay: Seconds before the last of them, up to 3600. Default: 20.
        backoff: How the delay grows between the two: `linear`, `arithmetic`, `geometric` or
            `exponential`. Default: linear.
        max_receives_per_second: How many deliveries a second, at least 1. Default: no limit.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
    """

    retries: int = 3
    min_delay: int = 20
    max_delay: int = 20
    backoff: str = "linear"
    max_receives_per_second: int | None = None

    def check(self, faults: Faults) -> None:
        """Notes what SNS would refuse."""
        check_int(faults, "http_retries: retries", self.retries, 0, 100, "retries (SNS)")
        low = check_int(faults, "http_retries: min_delay", self.min_delay, 1, 3600, "seconds (SNS)")
        high = check_int(
            faults, "http_retries: max_delay", self.max_delay, 1, 3600, "seconds (SNS)"
        )
        if low is not None and high is not None and low > high:
            faults.add(f"http_retries: min_delay {low} is more than max_delay {high}: swap them.")
        check_choice(faults, "http_retries: backoff", self.backoff, _BACKOFFS)
        most = self.max_receives_per_second
        if most is not None:
            name = "http_retries: max_receives_per_second"
            check_int(faults, name, most, 1, 100_000, "deliveries (SNS)")

    def to_dict(self) -> dict[str, Any]:
        """The delivery policy of a topic, every member named as SNS answers it."""
        policy: dict[str, Any] = {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": self.min_delay,
                "maxDelayTarget": self.max_delay,
                "numRetries": self.retries,
                "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0,
                "numMinDelayRetries": 0,
                "backoffFunction": self.backoff,
            },
            "disableSubscriptionOverrides": False,
        }
        if self.max_receives_per_second is not None:
            policy["defaultThrottlePolicy"] = {"maxReceivesPerSecond": self.max_receives_per_second}
        return {"http": policy}


@dataclass(frozen=True, kw_only=True)
class DeliveryLog:
    """Writes down in CloudWatch Logs what could not be delivered, and a share of what could.

    Args:
        protocols: Of `http` (with HTTPS), `sqs`, `lambda`. Default: all three.
        success_sample_rate: Percent of the deliveries that succeed, 0 to 100. Default: 0.
        retention_days: How long CloudWatch keeps them. Default: 90.

    https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html
    """

    protocols: Sequence[str] = _PROTOCOLS
    success_sample_rate: int = 0
    retention_days: int = 90

    def check(self, faults: Faults) -> None:
        """Notes what SNS or CloudWatch Logs would refuse."""
        items = check_sequence(faults, "delivery_log: protocols", self.protocols, '["sqs"]')
        if items is not None and not items:
            faults.add("delivery_log: protocols is empty: leave delivery_log out.")
        for item in items or ():
            check_choice(faults, "delivery_log: protocol", item, _PROTOCOLS)
            if not is_token(item) and items and items.count(item) > 1:
                faults.add(f"delivery_log: protocol {show(item)} is there twice: once will do.")
        rate = self.success_sample_rate
        check_int(faults, "delivery_log: success_sample_rate", rate, 0, 100, "percent (SNS)")
        check_retention(faults, "delivery_log: retention_days", self.retention_days)

    def arguments(self, topic: Construct, name: str) -> dict[str, Any]:
        """Makes role and log groups for the topic called `name`; the arguments that it then has."""
        group = f"sns/{region(topic)}/{account_id(topic)}/{name}"
        for part, group_name in (("deliveries", group), ("failures", f"{group}/Failure")):
            add_log_group(
                topic,
                part,
                owner=topic,
                address=part,
                name=group_name,
                retention_days=self.retention_days,
            )
        role = Role(
            topic,
            "log-role",
            assumed_by=Principal.service("sns"),
            description="SNS writes down what it delivers",
        )
        actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        groups = f"{log_group_arn(topic, group)}*"
        role.add_policy("write-logs", PolicyStatement(actions=actions, resources=[groups]))
        return {
            key: value
            for protocol in self.protocols
            for key, value in (
                (f"{protocol}_failure_feedback_role_arn", role.role_arn),
                (f"{protocol}_success_feedback_role_arn", role.role_arn),
                (f"{protocol}_success_feedback_sample_rate", self.success_sample_rate),
            )
        }
