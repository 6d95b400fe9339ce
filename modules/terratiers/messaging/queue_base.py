"""What every queue offers, made here or imported, and the imported one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terratiers.core.acknowledgements import warn
from terratiers.core.contract import fact, output
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_instance,
    check_scope,
    check_string,
)
from terratiers.messaging.key_access import POLICY_ELSEWHERE
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.role import Grantee, check_grantee, grant_name

from cdktf import TerraformResource
from constructs import Construct

__all__ = ["ImportedQueue", "QueueAttributes", "QueueBase"]

_NAME = r"(?=.{1,80}\Z)[A-Za-z0-9_-]+(\.fifo)?"
_SEND = ("sqs:SendMessage",)
_CONSUME = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
_PURGE = ("sqs:PurgeQueue",)
_FIND = ("sqs:GetQueueUrl", "sqs:GetQueueAttributes")


@dataclass(frozen=True, kw_only=True)
class QueueAttributes:
    """The contract of a `Queue`.

    Args:
        fifo: Whether it keeps the order of its messages. Default: no.
        kms_encrypted: Whether it is encrypted with a KMS key. Default: no.
        queue_arn: Its ARN.
        queue_url: Where programs send to: `https://sqs.<region>.amazonaws.com/<account>/<name>`.
        queue_name: Its name, which ends in `.fifo` for a FIFO queue.
        queue_kms_key_arn: The key, if any.
    """

    fifo: bool = fact(default=False)
    kms_encrypted: bool = fact(default=False)
    queue_arn: str = output("ARN of the queue")
    queue_url: str = output("URL of the queue")
    queue_name: str = output("Name of the queue")
    queue_kms_key_arn: str | None = output("KMS key of the queue", only_if="kms_encrypted")


class QueueBase(SharedConstruct[QueueAttributes]):
    """What a queue made here and an imported one have in common."""

    Attributes = QueueAttributes

    @property
    def queue_arn(self) -> str:
        return self.attributes.queue_arn

    @property
    def queue_url(self) -> str:
        return self.attributes.queue_url

    @property
    def queue_name(self) -> str:
        return self.attributes.queue_name

    @property
    def policies(self) -> Sequence[TerraformResource]:
        """What has to stand before a service may send: the queue's policy, where it is ours."""
        return ()

    @property
    def sources(self) -> Mapping[str, str]:
        """The ARNs of the queues whose dead letters it takes, by their paths, where known."""
        return {}

    def grant_send_messages(self, grantee: Grantee) -> None:
        """Lets `grantee` send messages, with the key that it needs.

        Raises:
            ConfigurationError: when `grantee` has no role; so do the other grants.
        """
        self._grant(grantee, "send", _SEND, ("kms:GenerateDataKey", "kms:Decrypt"))

    def grant_consume_messages(self, grantee: Grantee) -> None:
        """Lets `grantee` receive and delete messages, and hide them for longer."""
        self._grant(grantee, "consume", _CONSUME, ("kms:Decrypt",))

    def grant_purge(self, grantee: Grantee) -> None:
        """Lets `grantee` delete all messages at once."""
        self._grant(grantee, "purge", _PURGE, ())

    def grant_send_service(
        self, service: str, *, source_arn: str | None = None, source_account: str | None = None
    ) -> None:
        """Lets an AWS service send messages; see `Queue.grant_send_service`.

        The policy of a queue that is not made here is extended where it is made: this one warns
        (`policy-made-elsewhere`) and changes nothing.
        """
        warn(
            self,
            POLICY_ELSEWHERE,
            f"{service} sends to this queue, whose policy and key are not made here: they have to "
            "admit it already (grant_send_service where the queue is made).",
        )

    def _grant(
        self, grantee: Grantee, what: str, actions: Sequence[str], key_actions: Sequence[str]
    ) -> None:
        check_grantee(self, grantee)
        statements = [PolicyStatement(actions=(*actions, *_FIND), resources=[self.queue_arn])]
        key = self.attributes.queue_kms_key_arn
        if key and key_actions:
            statements.append(PolicyStatement(actions=key_actions, resources=[key]))
        grantee.role.add_policy(grant_name(self, what), *statements)


class ImportedQueue(QueueBase):
    """A queue that is not made here. Use `Queue.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: QueueAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'QueueAttributes(queue_arn="arn:aws:sqs:...", queue_url="...", queue_name="...")'
        given = check_instance(faults, "attributes", attributes, QueueAttributes, example)
        if given:
            check_arn(faults, "queue_arn", given.queue_arn, "sqs", _NAME)
            rule = "write https://sqs.<region>.amazonaws.com/<account>/<name>."
            check_string(faults, "queue_url", given.queue_url, r"https?://[!-~]+", rule)
            rule = "SQS takes 1 to 80 letters, digits, - and _, with .fifo at the end of FIFO ones."
            name = check_string(faults, "queue_name", given.queue_name, _NAME, rule)
            fifo = check_bool(faults, "fifo", given.fifo)
            if name and fifo is not None and fifo != name.endswith(".fifo"):
                faults.add(f"fifo is {fifo}, but the queue is called {name}: they contradict.")
            encrypted = check_bool(faults, "kms_encrypted", given.kms_encrypted)
            if given.queue_kms_key_arn is not None:
                key = given.queue_kms_key_arn
                check_arn(faults, "queue_kms_key_arn", key, "kms", r"key/[A-Za-z0-9-]+")
            if encrypted is not None and encrypted != (given.queue_kms_key_arn is not None):
                faults.add("kms_encrypted and queue_kms_key_arn contradict: give both.")
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes
