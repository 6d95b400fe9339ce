"""Log groups of CloudWatch Logs: with a name, a retention and, if wanted, a key."""

from __future__ import annotations

from terratiers.core.account import account_id, partition, region
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.validation import check_choice

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

__all__ = [
    "DEFAULT_RETENTION",
    "RETENTION_DAYS",
    "add_log_group",
    "check_retention",
    "log_group_arn",
]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip
DEFAULT_RETENTION = 365


def check_retention(faults: Faults, name: str, value: object) -> int | None:
    """One of the periods that CloudWatch Logs knows, in days."""
    known = ", ".join(map(str, RETENTION_DAYS))
    return check_choice(faults, name, value, RETENTION_DAYS, f"CloudWatch Logs keeps {known} days.")


def log_group_arn(scope: Construct, name: str) -> str:
    """The ARN of a log group of this account and region, before there is one."""
    place = f"{region(scope)}:{account_id(scope)}"
    return f"arn:{partition(scope)}:logs:{place}:log-group:{name}"


def add_log_group(
    scope: Construct,
    id: str,
    *,
    owner: Construct,
    address: str = "",
    name: str,
    retention_days: int,
    kms_key_arn: str | None = None,
) -> CloudwatchLogGroup:
    """`aws_cloudwatch_log_group.<owner>_<address>`; a key's policy has to admit CloudWatch Logs."""
    group = CloudwatchLogGroup(
        scope, id, name=name, retention_in_days=retention_days, kms_key_id=kms_key_arn
    )
    pin_address(group, owner, *filter(None, [address]))
    return group
