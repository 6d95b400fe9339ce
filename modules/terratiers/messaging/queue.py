"""Queues: encrypted, TLS only, long polling; with a dead-letter queue where one is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.policy import json_text
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_tags,
    show,
)
from terratiers.messaging.dead_letter_queue import DeadLetterQueue
from terratiers.messaging.key_access import check_key, let_service_use_key
from terratiers.messaging.naming import check_name, default_name
from terratiers.messaging.queue_base import ImportedQueue, QueueAttributes, QueueBase
from terratiers.messaging.resource_policy import ResourcePolicy
from terratiers.security.key import KeyBase

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.sqs_queue_redrive_allow_policy import SqsQueueRedriveAllowPolicy
    from cdktf_cdktf_provider_aws.sqs_queue_redrive_policy import SqsQueueRedrivePolicy

__all__ = ["Queue"]

_NAME_LENGTH = 80
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
_MOST_STATEMENTS = 20


class Queue(QueueBase):
    """A queue: encrypted, TLS only, asked by long polling.

    Makes `aws_sqs_queue.<id>` and `aws_sqs_queue_policy.<id>`, and with a `dead_letter_queue`
    `aws_sqs_queue_redrive_policy.<id>`. Its name is fixed, and SQS lets it
    be used again only 60 seconds after a deletion.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names.
        queue_name: 1 to 80 letters, digits, - and _, `.fifo` at the end of a FIFO queue's
            included. Default: `<project>-<environment>-<path>`.
        key: The `Key` that encrypts. Default: SSE-SQS, keys of SQS's own, free of charge.
        data_key_reuse: Seconds for which SQS uses one data key of `key`, 60 to 86400. Default: 300.
        fifo: Whether messages of a group keep their order and come once. Default: no.
        content_based_deduplication: Whether messages without a deduplication id are told apart by
            their content; FIFO only. Default: no.
        deduplication_scope: `queue` or `messageGroup`; FIFO only. Default: queue.
        fifo_throughput_limit: `perQueue`, or `perMessageGroupId` for high throughput, which needs
            the scope `messageGroup`; FIFO only. Default: perQueue.
        visibility_timeout: Seconds for which a received message is hidden, 0 to 43200; six times
            the timeout of a function that reads the queue. Default: 30.
        retention_period: Seconds for which messages are kept, 60 to 1209600. Default: 345600
            (4 days).
        delivery_delay: Seconds before a message can be received, 0 to 900. Default: 0.
        receive_message_wait_time: Seconds for which a receiver waits for messages, 0 to 20.
            Default: 20, which costs the least requests.
        max_message_size: Bytes, 1024 to 262144 (SQS takes 1048576; the AWS provider 5 does not).
            Default: 262144.
        dead_letter_queue: Where messages go that nobody could handle. Default: nowhere.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        queue_name: str | None = None,
        key: KeyBase | None = None,
        data_key_reuse: int | None = None,
        fifo: bool = False,
        content_based_deduplication: bool = False,
        deduplication_scope: str | None = None,
        fifo_throughput_limit: str | None = None,
        visibility_timeout: int = 30,
        retention_period: int = 345_600,
        delivery_delay: int = 0,
        receive_message_wait_time: int = 20,
        max_message_size: int = 262_144,
        dead_letter_queue: DeadLetterQueue | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        check_bool(faults, "fifo", fifo)
        check_name(faults, "queue_name", queue_name, scope, id, fifo, _NAME_LENGTH)
        check_key(faults, key, scope)
        if data_key_reuse is not None:
            check_int(faults, "data_key_reuse", data_key_reuse, 60, 86_400, "seconds (SQS)")
            if key is None:
                faults.add("data_key_reuse is for a key: give key, or leave it out.")
        _check_fifo_options(
            faults, fifo, content_based_deduplication, deduplication_scope, fifo_throughput_limit
        )
        for name, value, low, high, what in (
            ("visibility_timeout", visibility_timeout, 0, 43_200, "seconds (SQS)"),
            ("retention_period", retention_period, 60, 1_209_600, "seconds (SQS)"),
            ("delivery_delay", delivery_delay, 0, 900, "seconds (SQS)"),
            ("receive_message_wait_time", receive_message_wait_time, 0, 20, "seconds (SQS)"),
            ("max_message_size", max_message_size, 1024, 262_144, "bytes (AWS provider 5)"),
        ):
            check_int(faults, name, value, low, high, what)
        if dead_letter_queue is not None:
            example = "DeadLetterQueue(queue=..., max_receive_count=3)"
            name = "dead_letter_queue"
            if check_instance(faults, name, dead_letter_queue, DeadLetterQueue, example):
                dead_letter_queue.check(faults, scope, fifo)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.key = key
        self.retention_period = retention_period
        self._sources: dict[str, str] = {}
        self.redrive_allow_policy: SqsQueueRedriveAllowPolicy | None = None
        self.resource = SqsQueue(
            self,
            "resource",
            name=queue_name or default_name(self, fifo),
            kms_master_key_id=key.key_arn if key else None,
            kms_data_key_reuse_period_seconds=(data_key_reuse or 300) if key else None,
            sqs_managed_sse_enabled=None if key else True,
            fifo_queue=fifo or None,
            content_based_deduplication=content_based_deduplication or None,
            deduplication_scope=(deduplication_scope or "queue") if fifo else None,
            fifo_throughput_limit=(fifo_throughput_limit or "perQueue") if fifo else None,
            visibility_timeout_seconds=visibility_timeout,
            message_retention_seconds=retention_period,
            delay_seconds=delivery_delay,
            receive_wait_time_seconds=receive_message_wait_time,
            max_message_size=max_message_size,
            tags={**own_tags, "Name": construct_name(self)},
        )
        pin_address(self.resource, self)
        self._attributes = QueueAttributes(
            fifo=fifo,
            kms_encrypted=key is not None,
            queue_arn=self.resource.arn,
            queue_url=self.resource.url,
            queue_name=self.resource.name,
            queue_kms_key_arn=key.key_arn if key else None,
        )
        self._policy = ResourcePolicy(
            self.queue_arn, denied=["sqs:*"], allowed="sqs:SendMessage", most=_MOST_STATEMENTS
        )
        self.policy = SqsQueuePolicy(
            self, "policy", queue_url=self.queue_url, policy=self._policy.document
        )
        pin_address(self.policy, self)
        self.redrive_policy: SqsQueueRedrivePolicy | None = None
        if dead_letter_queue:
            self._send_dead_letters_to(dead_letter_queue)

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: QueueAttributes
    ) -> ImportedQueue:
        """A queue that exists already.

        Raises:
            ConfigurationError: for an ARN, URL or name of another form.
        """
        return ImportedQueue(scope, id, attributes)

    @property
    def policies(self) -> Sequence[TerraformResource]:
        return (self.policy,)

    @property
    def sources(self) -> Mapping[str, str]:
        return self._sources

    def grant_send_service(
        self, service: str, *, source_arn: str | None = None, source_account: str | None = None
    ) -> None:
        """Lets an AWS service send messages, by the queue's policy and that of its key.

        Args:
            service: `s3`, `sns`, `events`, or in full `s3.amazonaws.com`.
            source_arn: The bucket, topic or rule that it acts for; `*` may stand in its last
                part. Default: any of the account.
            source_account: The account whose resources may send. Default: the one that
                `source_arn` names, else this one.

        A key that is not made here has to admit the service by itself; then there is a warning
        (`policy-made-elsewhere`).

        Raises:
            ConfigurationError: for what is no service, ARN or account.
        """
        faults = Faults(self.node.scope, self.node.id)
        self._policy.check_service(faults, self, service, source_arn, source_account)
        faults.raise_any()
        self._policy.admit(self, service, source_arn, source_account)
        self.policy.policy = self._policy.document
        if self.key:
            let_service_use_key(self, self.key, service)

    def add_to_resource_policy(self, statement: Mapping[str, Any]) -> None:
        """Adds a statement, as IAM reads it, to the queue's policy, unless it is there already.

        Args:
            statement: A statement of a policy, in AWS's own terms: `Effect`, `Principal`, ...

        Raises:
            ConfigurationError: for a statement without `Effect`, `Principal`, `Action` or
                `Resource`, one that allows everybody without any condition, and the 21st.
        """
        faults = Faults(self.node.scope, self.node.id)
        self._policy.check(faults, statement)
        faults.raise_any()
        self._policy.add(statement)
        self.policy.policy = self._policy.document

    def _send_dead_letters_to(self, letters: DeadLetterQueue) -> None:
        """By a resource of its own: SQS takes a redrive policy only once the other queue admits
        this one, and that names this one's ARN."""
        from cdktf_cdktf_provider_aws.sqs_queue_redrive_policy import SqsQueueRedrivePolicy

        target = letters.queue
        admitted = [target._admit_source(self)] if isinstance(target, Queue) else None
        self.redrive_policy = SqsQueueRedrivePolicy(
            self,
            "redrive-policy",
            queue_url=self.queue_url,
            redrive_policy=json_text(
                {
                    "deadLetterTargetArn": target.queue_arn,
                    "maxReceiveCount": letters.max_receive_count,
                }
            ),
            depends_on=admitted,
        )
        pin_address(self.redrive_policy, self)
        if not isinstance(target, Queue):
            return
        known = not is_token([self.retention_period, target.retention_period])
        if known and target.retention_period <= self.retention_period and not self.attributes.fifo:
            warn(
                self,
                "dead-letters-expire-early",
                f"{target.node.path} keeps messages for {target.retention_period} seconds, counted "
                "from when they were first sent, and here they may stay for "
                f"{self.retention_period}: give it a longer retention_period.",
            )

    def _admit_source(self, source: QueueBase) -> SqsQueueRedriveAllowPolicy:
        """Takes the dead letters of `source`, and of no queue that has not been named so."""
        from cdktf_cdktf_provider_aws.sqs_queue_redrive_allow_policy import (
            SqsQueueRedriveAllowPolicy,
        )

        self._sources[source.node.path] = source.queue_arn
        arns = [arn for _, arn in sorted(self._sources.items())]
        text = json_text({"redrivePermission": "byQueue", "sourceQueueArns": arns})
        if self.redrive_allow_policy is None:
            self.redrive_allow_policy = SqsQueueRedriveAllowPolicy(
                self,
                "redrive-allow-policy",
                queue_url=self.queue_url,
                redrive_allow_policy=text,
            )
            pin_address(self.redrive_allow_policy, self)
        self.redrive_allow_policy.redrive_allow_policy = text
        return self.redrive_allow_policy


def _check_fifo_options(
    faults: Faults, fifo: object, by_content: object, scope: object, limit: object
) -> None:
    check_bool(faults, "content_based_deduplication", by_content)
    if scope is not None:
        check_choice(faults, "deduplication_scope", scope, ("queue", "messageGroup"))
    if limit is not None:
        check_choice(faults, "fifo_throughput_limit", limit, ("perQueue", "perMessageGroupId"))
    if limit == "perMessageGroupId" and scope != "messageGroup":
        faults.add(
            "fifo_throughput_limit perMessageGroupId needs deduplication_scope messageGroup, and "
            f"not {show(scope)}."
        )
    if fifo is False:
        for name, value in (
            ("content_based_deduplication", by_content or None),
            ("deduplication_scope", scope),
            ("fifo_throughput_limit", limit),
        ):
            if value is not None:
                faults.add(f"{name} is for FIFO queues: write fifo=True, or leave it out.")
