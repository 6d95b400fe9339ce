"""Topics: encrypted, TLS only, published to by whom they are granted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.policy import json_text
from terratiers.core.validation import (
    check_bool,
    check_scope,
    check_string,
    check_tags,
    show,
)
from terratiers.messaging.delivery import DeliveryLog, HttpRetries
from terratiers.messaging.key_access import check_key, let_service_use_key
from terratiers.messaging.naming import check_name, default_name
from terratiers.messaging.resource_policy import ResourcePolicy
from terratiers.messaging.topic_base import ImportedTopic, TopicAttributes, TopicBase
from terratiers.security.key import KeyBase

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from constructs import Construct

__all__ = ["Topic"]

_NAME_LENGTH = 256
_AWS_MANAGED = "alias/aws/sns"
# https://docs.aws.amazon.com/general/latest/gr/sns.html
_MOST_STATEMENTS = 100
# SNS knows no sns:* in a topic's policy
_DENIED = (
    "sns:Publish",
    "sns:Subscribe",
    "sns:GetTopicAttributes",
    "sns:SetTopicAttributes",
    "sns:AddPermission",
    "sns:RemovePermission",
    "sns:DeleteTopic",
    "sns:ListSubscriptionsByTopic",
)


class Topic(TopicBase):
    """A topic: encrypted, TLS only, messages signed with SHA-256.

    Makes `aws_sns_topic.<id>` and `aws_sns_topic_policy.<id>`. Roles of the account publish by
    `grant_publish`, AWS services (S3, CloudWatch, ...) by `grant_publish_service`.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names.
        topic_name: 1 to 256 letters, digits, - and _, `.fifo` at the end of a FIFO topic's
            included. Default: `<project>-<environment>-<path>`.
        key: The `Key` that encrypts. Default: `alias/aws/sns`, which costs nothing and serves
            roles of the account; AWS services and other accounts cannot publish with it, so that
            a notification of a bucket or an alarm needs a `Key` of one's own ($1 a month).
        display_name: The sender in mails and text messages, up to 100 characters. Default: none.
        fifo: Whether messages of a group keep their order and come once; delivers to queues
            only. Default: no.
        content_based_deduplication: Whether messages without a deduplication id are told apart by
            their content; FIFO only. Default: no.
        http_retries: How often a web server is tried again. Default: SNS's own.
        delivery_log: Writes down in CloudWatch Logs what was not delivered. Default: no.
        tracing: Whether SNS sends segments of its own to X-Ray; the account's X-Ray resource
            policy has to admit `sns.amazonaws.com` once. Default: no, traces pass through.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        topic_name: str | None = None,
        key: KeyBase | None = None,
        display_name: str | None = None,
        fifo: bool = False,
        content_based_deduplication: bool = False,
        http_retries: HttpRetries | None = None,
        delivery_log: DeliveryLog | None = None,
        tracing: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        check_bool(faults, "fifo", fifo)
        check_name(faults, "topic_name", topic_name, scope, id, fifo, _NAME_LENGTH)
        check_key(faults, key, scope)
        if display_name is not None:
            rule = "write 1 to 100 characters, without line breaks (SNS)."
            check_string(faults, "display_name", display_name, r"[^\x00-\x1f\x7f]{1,100}", rule)
        by_content = check_bool(faults, "content_based_deduplication", content_based_deduplication)
        if by_content and fifo is False:
            faults.add("content_based_deduplication is for FIFO topics: write fifo=True.")
        if isinstance(http_retries, HttpRetries):
            http_retries.check(faults)
            if fifo is True:
                faults.add("http_retries: a FIFO topic delivers to queues only: leave it out.")
        elif http_retries is not None:
            faults.add(f"http_retries is {show(http_retries)}: write HttpRetries().")
        if isinstance(delivery_log, DeliveryLog):
            delivery_log.check(faults)
        elif delivery_log is not None:
            faults.add(f"delivery_log is {show(delivery_log)}: write DeliveryLog().")
        check_bool(faults, "tracing", tracing)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.key = key
        name = topic_name or default_name(self, fifo)
        self.resource = SnsTopic(
            self,
            "resource",
            name=name,
            display_name=display_name,
            kms_master_key_id=key.key_arn if key else _AWS_MANAGED,
            fifo_topic=fifo or None,
            content_based_deduplication=content_based_deduplication or None,
            delivery_policy=json_text(http_retries.to_dict()) if http_retries else None,
            signature_version=2,
            tracing_config="Active" if tracing else "PassThrough",
            tags={**own_tags, "Name": construct_name(self)},
            **(delivery_log.arguments(self, name) if delivery_log else {}),
        )
        pin_address(self.resource, self)
        self._attributes = TopicAttributes(
            fifo=fifo,
            kms_encrypted=key is not None,
            topic_arn=self.resource.arn,
            topic_name=self.resource.name,
            topic_kms_key_arn=key.key_arn if key else None,
        )
        self._policy = ResourcePolicy(
            self.topic_arn, denied=_DENIED, allowed="sns:Publish", most=_MOST_STATEMENTS
        )
        self.policy = SnsTopicPolicy(
            self, "policy", arn=self.topic_arn, policy=self._policy.document
        )
        pin_address(self.policy, self)

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: TopicAttributes
    ) -> ImportedTopic:
        """A topic that exists already.

        Raises:
            ConfigurationError: for an ARN or name of another form.
        """
        return ImportedTopic(scope, id, attributes)

    @property
    def policies(self) -> Sequence[TerraformResource]:
        return (self.policy,)

    def check_publisher(self, faults: Faults) -> None:
        if self.key is None:
            faults.add(
                f"{self.node.path} is encrypted with {_AWS_MANAGED}, with which no AWS service can "
                'publish: write Topic(..., key=Key(scope, "topics", description="...")).'
            )

    def grant_publish_service(
        self, service: str, *, source_arn: str | None = None, source_account: str | None = None
    ) -> None:
        """Lets an AWS service publish, by the topic's policy and that of its key.

        Args:
            service: `s3`, `cloudwatch`, `events`, or in full `s3.amazonaws.com`.
            source_arn: The bucket, alarm or rule that it acts for; `*` may stand in its last
                part. Default: any of the account.
            source_account: The account whose resources may publish. Default: the one that
                `source_arn` names, else this one.

        A key that is not made here has to admit the service by itself; then there is a warning
        (`policy-made-elsewhere`).

        Raises:
            ConfigurationError: for what is no service, ARN or account, and for a topic without a
                `Key` of its own.
        """
        faults = Faults(self.node.scope, self.node.id)
        self._policy.check_service(faults, self, service, source_arn, source_account)
        self.check_publisher(faults)
        faults.raise_any()
        assert self.key is not None
        self._policy.admit(self, service, source_arn, source_account)
        self.policy.policy = self._policy.document
        let_service_use_key(self, self.key, service)

    def add_to_resource_policy(self, statement: Mapping[str, Any]) -> None:
        """Adds a statement, as IAM reads it, to the topic's policy, unless it is there already.

        Args:
            statement: A statement of a policy, in AWS's own terms: `Effect`, `Principal`, ...

        Raises:
            ConfigurationError: for a statement without `Effect`, `Principal`, `Action` or
                `Resource`, and one that allows everybody without any condition.
        """
        faults = Faults(self.node.scope, self.node.id)
        self._policy.check(faults, statement)
        faults.raise_any()
        self._policy.add(statement)
        self.policy.policy = self._policy.document
