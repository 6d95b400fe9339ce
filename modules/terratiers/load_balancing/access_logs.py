"""Access logs of load balancers, and the buckets that take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terratiers.core.account import account_id
from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.policy import log_delivery_statements
from terratiers.core.validation import check_instance, check_string
from terratiers.storage.bucket import Bucket, check_log_bucket
from terratiers.storage.imported_bucket import BucketBase

from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from constructs import Construct

__all__ = [
    "LoadBalancerAccessLogs",
    "admit_elb_delivery",
    "admit_log_delivery",
    "check_access_logs",
]

_ELB_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class LoadBalancerAccessLogs:
    """Where a load balancer writes down each request or connection.

    Args:
        bucket: A `Bucket` of the same region with SSE-S3. Its policy is extended when it is made
            in the same stack; another has to admit the delivery by itself.
        prefix: What the logs' keys begin with, without `AWSLogs`. Default: the balancer's id.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """

    bucket: BucketBase
    prefix: str | None = None

    def prefix_of(self, balancer: Construct) -> str:
        """The prefix that a balancer's logs get."""
        return balancer.node.id if self.prefix is None else self.prefix

    def place(self, balancer: Construct) -> str:
        """The ARN of all that a balancer writes: `<bucket>/<prefix>/AWSLogs/<account>/*`."""
        prefix = self.prefix_of(balancer)
        folder = f"{prefix}/AWSLogs" if prefix else "AWSLogs"
        return f"{self.bucket.bucket_arn}/{folder}/{account_id(balancer)}/*"


def check_access_logs(
    faults: Faults, scope: Construct, logs: object, *, name: str = "access_logs"
) -> None:
    """Notes what cannot be written to."""
    if logs is None:
        return
    example = "LoadBalancerAccessLogs(bucket=logs)"
    given = check_instance(faults, name, logs, LoadBalancerAccessLogs, example)
    if given:
        check_log_bucket(faults, scope, given.bucket)
    if given and given.prefix is not None:
        rule = "write up to 256 characters, no * or ?, no AWSLogs, and no slash at the ends."
        # a wildcard would let the delivery write in other places, too
        pattern = r"(?!.*AWSLogs)(?!/)[!-)+->@-~]{0,256}(?<!/)"
        check_string(faults, f"{name}: prefix", given.prefix, pattern, rule)


def admit_elb_delivery(balancer: Construct, logs: LoadBalancerAccessLogs) -> list[S3BucketPolicy]:
    """Lets application and classic load balancers write; returns what they have to wait for.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    return _admit(
        logs,
        {
            "Effect": "Allow",
            "Principal": {"Service": _ELB_DELIVERY},
            "Action": "s3:PutObject",
            "Resource": logs.place(balancer),
        },
    )


def admit_log_delivery(balancer: Construct, logs: LoadBalancerAccessLogs) -> list[S3BucketPolicy]:
    """Lets network load balancers write, whose logs another service delivers.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html
    """
    place = logs.place(balancer)
    return _admit(logs, *log_delivery_statements(balancer, logs.bucket.bucket_arn, place))


def _admit(logs: LoadBalancerAccessLogs, *statements: dict[str, Any]) -> list[S3BucketPolicy]:
    bucket = logs.bucket
    if not isinstance(bucket, Bucket):
        return []
    for statement in statements:
        bucket.add_to_resource_policy(statement)
    skip_check(
        bucket.resource, "CKV_AWS_145", "Load balancers write access logs to SSE-S3 buckets only."
    )
    skip_check(bucket.resource, "CKV_AWS_18", "It holds access logs, and nothing else.")
    return [bucket.policy]
