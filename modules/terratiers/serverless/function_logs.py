"""Where a function logs: its own log group, made before it."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.log_group import DEFAULT_RETENTION, add_log_group, check_retention
from terratiers.core.validation import check_choice
from terratiers.messaging.key_access import check_key
from terratiers.security.key import Key, KeyBase

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunctionLoggingConfig
from constructs import Construct

__all__ = ["FunctionLogs"]

_FORMATS = ("Text", "JSON")
_APPLICATION_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_SYSTEM_LEVELS = ("DEBUG", "INFO", "WARN")


@dataclass(frozen=True, kw_only=True)
class FunctionLogs:
    """How a function logs.

    Args:
        retention_days: One of the periods that CloudWatch Logs knows, 1 to 3653. Default: 365.
        key: A `Key` that encrypts the log; one of the same stack is told to admit CloudWatch
            Logs, another has to do so already. Default: AWS's own.
        format: `Text` or `JSON`. Default: Text.
        application_level: The least level of the handler's own lines, `TRACE` to `FATAL`; JSON
            only. Default: INFO.
        system_level: The least level of Lambda's lines, `DEBUG`, `INFO` or `WARN`; JSON only.
            Default: INFO.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    """

    retention_days: int = DEFAULT_RETENTION
    key: KeyBase | None = None
    format: str = "Text"
    application_level: str | None = None
    system_level: str | None = None

    def check(self, faults: Faults, scope: Construct) -> None:
        """Notes what CloudWatch Logs or Lambda would refuse."""
        check_retention(faults, "logs: retention_days", self.retention_days)
        check_key(faults, self.key, scope, "logs: key")
        check_choice(faults, "logs: format", self.format, _FORMATS)
        for name, level, levels in (
            ("application_level", self.application_level, _APPLICATION_LEVELS),
            ("system_level", self.system_level, _SYSTEM_LEVELS),
        ):
            if level is None:
                continue
            check_choice(faults, f"logs: {name}", level, levels)
            if self.format == "Text":
                faults.add(f'logs: {name} is for format="JSON": write that, or leave it out.')

    def add_group(self, function: Construct, name: str) -> CloudwatchLogGroup:
        """Makes the log group of the function called `name`."""
        group = f"/aws/lambda/{name}"
        if isinstance(self.key, Key):
            self.key.grant_log_group(group)
        return add_log_group(
            function,
            "log-group",
            owner=function,
            name=group,
            retention_days=self.retention_days,
            kms_key_arn=self.key.key_arn if self.key else None,
        )

    def settings(self, group: CloudwatchLogGroup) -> LambdaFunctionLoggingConfig:
        """What the function says of its log."""
        json = self.format == "JSON"
        return LambdaFunctionLoggingConfig(
            log_format=self.format,
            log_group=group.name,
            application_log_level=(self.application_level or "INFO") if json else None,
            system_log_level=(self.system_level or "INFO") if json else None,
        )
