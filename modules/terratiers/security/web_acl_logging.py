"""Logs of web ACLs: every request that an ACL saw, and what it did with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from terratiers.core.account import account_id
from terratiers.core.errors import Faults
from terratiers.core.log_group import DEFAULT_RETENTION, add_log_group, check_retention
from terratiers.core.names import pin_address
from terratiers.core.policy import log_delivery_statements
from terratiers.core.same_stack import check_same_stack
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_choice,
    check_instance,
    check_sequence,
    check_string,
    show,
)
from terratiers.security.key import Key, KeyBase
from terratiers.security.web_acl_forwarded_ip import HEADER_NAME

from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfiguration,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfigurationLoggingFilter as LoggingFilter,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfigurationLoggingFilterFilter as Filter,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfigurationLoggingFilterFilterCondition as Condition,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfigurationLoggingFilterFilterConditionActionCondition as ActionCondition,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfigurationRedactedFields as RedactedFields,
)
from constructs import Construct

__all__ = [
    "DEFAULT_LOGGING",
    "TakesLogs",
    "WebAclLogContent",
    "WebAclLogging",
    "add_web_acl_logging",
    "check_log_stack",
]

# https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html
_PREFIX = "aws-waf-logs-"
_ACTIONS = ("allow", "block", "count", "captcha", "challenge", "excluded_as_count")


@runtime_checkable
class TakesLogs(Protocol):
    """A bucket that logs are written to: a `Bucket`, made here or imported."""

    @property
    def bucket_name(self) -> str: ...

    @property
    def bucket_arn(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class WebAclLogContent:
    """Which requests are logged, and what of them.

    Args:
        redacted_headers: Headers whose values are not logged. Default: those with credentials,
            `authorization` and `cookie`.
        redact_method: Whether the HTTP method is left out. Default: no.
        redact_query_string: Whether the query string is left out. Default: no.
        redact_uri_path: Whether the path is left out. Default: no.
        keep_only: Log these requests only, by what was done with them: `allow`, `block`, `count`,
            `captcha`, `challenge`, `excluded_as_count`. Default: all requests.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-management-configure.html
    """

    redacted_headers: Sequence[str] = ("authorization", "cookie")
    redact_method: bool = False
    redact_query_string: bool = False
    redact_uri_path: bool = False
    keep_only: Sequence[str] | None = None

    def check(self, faults: Faults) -> None:
        """Notes what AWS WAF would refuse."""
        where = "logging: content:"
        headers = check_sequence(
            faults, f"{where} redacted_headers", self.redacted_headers, '["authorization"]'
        )
        for header in headers or ():
            rule = "write a header's name, 1 to 40 letters, digits, - and _."
            check_string(
                faults, f"{where} redacted_headers:", header, HEADER_NAME, rule, tokens=False
            )
        for name in ("redact_method", "redact_query_string", "redact_uri_path"):
            check_bool(faults, f"{where} {name}", getattr(self, name))
        if self.keep_only is not None:
            kept = check_sequence(faults, f"{where} keep_only", self.keep_only, '["block"]')
            for action in kept or ():
                check_choice(faults, f"{where} keep_only:", action, _ACTIONS)
            if kept == ():
                faults.add(f"{where} keep_only is empty: write None to log every request.")


_ALL = WebAclLogContent()


@dataclass(frozen=True, kw_only=True)
class WebAclLogging:
    """Where the logs go. Made by `to_cloud_watch_logs`, `to_bucket` or `to_firehose`.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging.html
    """

    destination: str
    content: WebAclLogContent
    retention_days: int = DEFAULT_RETENTION
    kms_key: KeyBase | None = None
    bucket: TakesLogs | None = None
    delivery_stream_arn: str | None = None

    @classmethod
    def to_cloud_watch_logs(
        cls,
        *,
        retention_days: int = DEFAULT_RETENTION,
        kms_key: KeyBase | None = None,
        content: WebAclLogContent = _ALL,
    ) -> WebAclLogging:
        """To the log group `aws-waf-logs-<name of the ACL>`, encrypted with a key.

        AWS WAF itself admits its log delivery to the group, in the account's resource policy
        `AWSWAF-LOGS`: a policy for each ACL would soon meet the limit of ten in a region.

        Args:
            retention_days: One of the periods CloudWatch Logs knows, 1 to 3653 days. Default: 365.
            kms_key: A `Key`; its policy is extended. One that exists already has to admit
                CloudWatch Logs by itself. Default: a key of its own.
            content: Default: every request, without credentials.
        """
        return cls(
            destination="cloud-watch-logs",
            retention_days=retention_days,
            kms_key=kms_key,
            content=content,
        )

    @classmethod
    def to_bucket(cls, bucket: TakesLogs, *, content: WebAclLogContent = _ALL) -> WebAclLogging:
        """To a bucket whose name begins with `aws-waf-logs-`, as a file every five minutes.

        Args:
            bucket: A `Bucket` with SSE-S3; its policy is extended when it is made in the same
                stack. Another has to admit `delivery.logs.amazonaws.com` by itself. One with a KMS
                key is refused: the key's policy would have to admit the delivery as well.
            content: Default: every request, without credentials.

        https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html
        """
        return cls(destination="s3", bucket=bucket, content=content)

    @classmethod
    def to_firehose(
        cls, delivery_stream_arn: str, *, content: WebAclLogContent = _ALL
    ) -> WebAclLogging:
        """To a Firehose delivery stream whose name begins with `aws-waf-logs-`.

        Args:
            delivery_stream_arn: Its ARN, of the ACL's region and account.
            content: Default: every request, without credentials.
        """
        return cls(destination="firehose", delivery_stream_arn=delivery_stream_arn, content=content)

    def check(self, faults: Faults) -> None:
        """Notes what AWS WAF would refuse."""
        where = "logging:"
        if self.destination == "s3":
            _check_bucket(faults, self.bucket)
        elif self.destination == "firehose":
            stream = rf"deliverystream/{_PREFIX}[A-Za-z0-9_.-]{{1,51}}"
            name = f"{where} delivery_stream_arn"
            check_arn(faults, name, self.delivery_stream_arn, "firehose", stream)
        else:
            choices = ("cloud-watch-logs", "s3", "firehose")
            check_choice(faults, f"{where} destination", self.destination, choices)
            check_retention(faults, f"{where} retention_days", self.retention_days)
            if self.kms_key is not None:
                example = 'Key(self, "logs-key", description="...")'
                check_instance(faults, f"{where} kms_key", self.kms_key, KeyBase, example)
        example = 'WebAclLogContent(keep_only=["block"])'
        given = check_instance(faults, f"{where} content", self.content, WebAclLogContent, example)
        if given:
            given.check(faults)


def check_log_stack(faults: Faults, scope: Construct, logging: WebAclLogging) -> None:
    """Notes a bucket or key of another stack: its policy cannot be extended from here."""
    for name, used in (("bucket", logging.bucket), ("kms_key", logging.kms_key)):
        if isinstance(used, Construct):
            check_same_stack(faults, f"logging: {name}", used, scope)


DEFAULT_LOGGING = WebAclLogging.to_cloud_watch_logs()


def add_web_acl_logging(
    owner: Construct, acl_arn: str, acl_name: str, logging: WebAclLogging
) -> Wafv2WebAclLoggingConfiguration:
    """The logging configuration of an ACL and, for CloudWatch Logs, its log group and key."""
    content = logging.content
    destination, admitted = _destination(owner, acl_name, logging)
    names = dict.fromkeys(name.lower() for name in content.redacted_headers)
    redacted = [RedactedFields(single_header={"name": name}) for name in names]
    redacted += [
        RedactedFields(**{part: {}})
        for part in ("method", "query_string", "uri_path")
        if getattr(content, f"redact_{part}")
    ]
    resource = Wafv2WebAclLoggingConfiguration(
        owner,
        "logging",
        resource_arn=acl_arn,
        log_destination_configs=[destination],
        redacted_fields=redacted or None,
        logging_filter=_filter(content.keep_only),
        depends_on=admitted or None,
    )
    pin_address(resource, owner)
    return resource


def _destination(owner: Construct, acl_name: str, logging: WebAclLogging) -> tuple[str, list[Any]]:
    """Its ARN, and what has to exist before the ACL may write to it."""
    if logging.destination == "firehose":
        return str(logging.delivery_stream_arn), []
    if logging.bucket is not None:
        return logging.bucket.bucket_arn, _admit(owner, logging.bucket)
    name = f"{_PREFIX}{acl_name}"
    key = logging.kms_key or Key(owner, "log-key", description=f"Encrypts the log group {name}")
    if isinstance(key, Key):
        key.grant_log_group(name)
    group = add_log_group(
        owner,
        "log-group",
        owner=owner,
        address="logs",
        name=name,
        retention_days=logging.retention_days,
        kms_key_arn=key.key_arn,
    )
    return group.arn, []


def _filter(keep_only: Sequence[str] | None) -> LoggingFilter | None:
    if keep_only is None:
        return None
    wanted = [
        Condition(action_condition=ActionCondition(action=kind.upper()))
        for kind in dict.fromkeys(keep_only)
    ]
    kept = Filter(behavior="KEEP", requirement="MEETS_ANY", condition=wanted)
    return LoggingFilter(default_behavior="DROP", filter=[kept])


def _admit(owner: Construct, bucket: Any) -> list[Any]:
    """Extends the bucket's policy with the statements that AWS WAF would add by itself: Terraform
    would take those out again.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html
    """
    add: Callable[[Mapping[str, Any]], None] | None = getattr(
        bucket, "add_to_resource_policy", None
    )
    if add is None:
        return []
    place = f"{bucket.bucket_arn}/AWSLogs/{account_id(owner)}/*"
    acl_check, write = log_delivery_statements(owner, bucket.bucket_arn, place)
    add({"Sid": "AWSLogDeliveryAclCheck", **acl_check})
    add({"Sid": "AWSLogDeliveryWrite", **write})
    return [bucket.policy]


def _check_bucket(faults: Faults, bucket: object) -> None:
    if not isinstance(bucket, Construct) or not isinstance(bucket, TakesLogs):
        faults.add(f"logging: bucket is {show(bucket)} ({type(bucket).__name__}): pass a Bucket.")
        return
    if getattr(getattr(bucket, "attributes", None), "kms_encrypted", False) is True:
        faults.add(
            f"logging: bucket {bucket.node.path} is encrypted with a KMS key whose policy does not "
            "admit delivery.logs.amazonaws.com: take one with BucketEncryption.s3_managed(), or "
            "log to CloudWatch Logs, with a key."
        )
    made = getattr(bucket, "resource", None)
    name = getattr(made, "bucket_input", None) or bucket.bucket_name
    known = str(name).partition("${")[0] if is_token(name) else str(name)
    if known and not known.startswith(_PREFIX):
        faults.add(
            f"logging: the bucket is called {show(known)}: AWS WAF writes only to buckets whose "
            f'name begins with {_PREFIX}: give bucket_name="{_PREFIX}...".'
        )
