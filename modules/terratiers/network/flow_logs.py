"""Flow logs: what a VPC's network interfaces sent and received, to CloudWatch Logs or S3."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.account import account_id, region
from terratiers.core.errors import Faults
from terratiers.core.log_group import (
    DEFAULT_RETENTION,
    add_log_group,
    check_retention,
    log_group_arn,
)
from terratiers.core.names import pin_address, resource_name
from terratiers.core.policy import account_administers_key, policy_document
from terratiers.core.validation import check_choice, check_string

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.flow_log import FlowLog, FlowLogDestinationOptions
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

__all__ = ["DEFAULT_FLOW_LOGS", "FlowLogs", "add_flow_logs"]

_TRAFFIC = ("ALL", "ACCEPT", "REJECT")
_INTERVALS = (60, 600)


@dataclass(frozen=True, kw_only=True)
class FlowLogs:
    """Where a VPC's flow logs go. Made by `to_cloud_watch_logs` or `to_s3`.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
    """

    destination: str
    traffic_type: str = "ALL"
    max_aggregation_interval: int = 600
    retention_days: int = DEFAULT_RETENTION
    kms_key_arn: str | None = None
    bucket_arn: str | None = None
    file_format: str = "parquet"

    @classmethod
    def to_cloud_watch_logs(
        cls,
        *,
        retention_days: int = DEFAULT_RETENTION,
        kms_key_arn: str | None = None,
        traffic_type: str = "ALL",
        max_aggregation_interval: int = 600,
    ) -> FlowLogs:
        """Flow logs in an encrypted log group, written through a role that can do only that.

        Args:
            retention_days: One of the periods CloudWatch Logs knows, 1 to 3653 days.
            kms_key_arn: A key whose policy admits CloudWatch Logs. Default: a key of its own.
            traffic_type: `ALL`, `ACCEPT` or `REJECT`.
            max_aggregation_interval: 60 or 600 seconds.
        """
        return cls(
            destination="cloud-watch-logs",
            retention_days=retention_days,
            kms_key_arn=kms_key_arn,
            traffic_type=traffic_type,
            max_aggregation_interval=max_aggregation_interval,
        )

    @classmethod
    def to_s3(
        cls,
        bucket_arn: str,
        *,
        file_format: str = "parquet",
        traffic_type: str = "ALL",
        max_aggregation_interval: int = 600,
    ) -> FlowLogs:
        """Flow logs as hourly, Hive-partitioned files in a bucket.

        Args:
            bucket_arn: `arn:aws:s3:::name[/prefix/]`; AWS adds what the delivery needs to the
                bucket's policy when the bucket is in the same account.
            file_format: `parquet` or `plain-text`.
            traffic_type: `ALL`, `ACCEPT` or `REJECT`.
            max_aggregation_interval: 60 or 600 seconds.
        """
        return cls(
            destination="s3",
            bucket_arn=bucket_arn,
            file_format=file_format,
            traffic_type=traffic_type,
            max_aggregation_interval=max_aggregation_interval,
        )

    def check(self, faults: Faults) -> None:
        """Notes what AWS would refuse."""
        where = "flow_logs:"
        check_choice(faults, f"{where} destination", self.destination, ("cloud-watch-logs", "s3"))
        check_choice(faults, f"{where} traffic_type", self.traffic_type, _TRAFFIC)
        check_choice(
            faults,
            f"{where} max_aggregation_interval",
            self.max_aggregation_interval,
            _INTERVALS,
            "It is in seconds.",
        )
        if self.destination == "s3":
            check_string(
                faults,
                f"{where} bucket_arn",
                self.bucket_arn,
                r"arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?",
                "write arn:aws:s3:::<bucket> with an optional /<prefix>/.",
            )
            check_choice(
                faults, f"{where} file_format", self.file_format, ("parquet", "plain-text")
            )
            return
        check_retention(faults, f"{where} retention_days", self.retention_days)
        if self.kms_key_arn is not None:
            check_string(
                faults,
                f"{where} kms_key_arn",
                self.kms_key_arn,
                r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
                "write a key's ARN like arn:aws:kms:eu-central-1:111122223333:key/<id>.",
            )


DEFAULT_FLOW_LOGS = FlowLogs.to_cloud_watch_logs()


def add_flow_logs(owner: Construct, vpc_id: str, logs: FlowLogs) -> FlowLog:
    """The flow log of a VPC and, for CloudWatch Logs, its log group, key and role."""
    scope = Construct(owner, "flow-logs")
    options = None
    role: IamRole | None = None
    if logs.destination == "s3":
        destination = str(logs.bucket_arn)
        options = FlowLogDestinationOptions(
            file_format=logs.file_format,
            hive_compatible_partitions=True,
            per_hour_partition=True,
        )
    else:
        group = _log_group(scope, owner, logs)
        role = _delivery_role(scope, owner, group)
        destination = group.arn
    flow_log = FlowLog(
        scope,
        "resource",
        vpc_id=vpc_id,
        traffic_type=logs.traffic_type,
        log_destination_type=logs.destination,
        log_destination=destination,
        iam_role_arn=role.arn if role else None,
        max_aggregation_interval=logs.max_aggregation_interval,
        destination_options=options,
        tags={"Name": resource_name(owner, f"{owner.node.id}-flow-logs")},
    )
    pin_address(flow_log, owner)
    return flow_log


def _log_group(scope: Construct, owner: Construct, logs: FlowLogs) -> CloudwatchLogGroup:
    name = f"/vpc-flow-logs/{resource_name(owner, owner.node.id)}"
    key_arn = logs.kms_key_arn or _log_key(scope, owner, name).arn
    return add_log_group(
        scope,
        "log-group",
        owner=owner,
        address="flow_logs",
        name=name,
        retention_days=logs.retention_days,
        kms_key_arn=key_arn,
    )


def _log_key(scope: Construct, owner: Construct, log_group_name: str) -> KmsKey:
    """A key that the account administers and that CloudWatch Logs may use for this one group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    group_arn = log_group_arn(owner, log_group_name)
    key = KmsKey(
        scope,
        "key",
        description=f"Encrypts the log group {log_group_name}",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        policy=policy_document(
            account_administers_key(owner),
            {
                "Sid": "CloudWatchLogsEncryptsThisGroup",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region(owner)}.amazonaws.com"},
                "Action": [
                    "kms:Decrypt*",
                    "kms:Describe*",
                    "kms:Encrypt*",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ],
                "Resource": "*",
                "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group_arn}},
            },
        ),
    )
    pin_address(key, owner, "flow_logs")
    alias = KmsAlias(
        scope,
        "key-alias",
        name=f"alias/{resource_name(owner, owner.node.id)}-flow-logs",
        target_key_id=key.key_id,
    )
    pin_address(alias, owner, "flow_logs")
    return key


def _delivery_role(scope: Construct, owner: Construct, group: CloudwatchLogGroup) -> IamRole:
    """The role through which VPC Flow Logs writes: assumed for this account only.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    role = IamRole(
        scope,
        "role",
        # AWS allows 38 characters before the random suffix, which keeps it unique
        name_prefix=f"{resource_name(owner, owner.node.id)}-flow-logs-"[:38],
        description="Lets VPC Flow Logs write to its log group",
        assume_role_policy=policy_document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id(owner)}},
            }
        ),
    )
    pin_address(role, owner, "flow_logs")
    policy = IamRolePolicy(
        scope,
        "role-policy",
        name="write-flow-logs",
        role=role.id,
        policy=policy_document(
            {
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ],
                "Resource": f"{group.arn}:*",
            }
        ),
    )
    pin_address(policy, owner, "flow_logs")
    return role
