"""What every topic offers, made here or imported, and the imported one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.core.acknowledgements import warn
from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.same_stack import check_same_stack
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.tokens import same_value
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_instance,
    check_scope,
    check_string,
    show,
)
from terratiers.messaging.filter_policy import FilterPolicy
from terratiers.messaging.key_access import POLICY_ELSEWHERE
from terratiers.messaging.queue_base import QueueBase
from terratiers.messaging.subscription import Subscription, add_subscription
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.role import Grantee, check_grantee, grant_name

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

__all__ = ["ImportedTopic", "TopicAttributes", "TopicBase"]

_NAME = r"(?=.{1,256}\Z)[A-Za-z0-9_-]+(\.fifo)?"


@dataclass(frozen=True, kw_only=True)
class TopicAttributes:
    """The contract of a `Topic`.

    Args:
        fifo: Whether it keeps the order of its messages. Default: no.
        kms_encrypted: Whether a `Key` encrypts it, and not `alias/aws/sns`. Default: no.
        topic_arn: Its ARN.
        topic_name: Its name, which ends in `.fifo` for a FIFO topic.
        topic_kms_key_arn: The key, if any.
    """

    fifo: bool = fact(default=False)
    kms_encrypted: bool = fact(default=False)
    topic_arn: str = output("ARN of the topic")
    topic_name: str = output("Name of the topic")
    topic_kms_key_arn: str | None = output("KMS key of the topic", only_if="kms_encrypted")


class TopicBase(SharedConstruct[TopicAttributes]):
    """What a topic made here and an imported one have in common."""

    Attributes = TopicAttributes

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.subscriptions: dict[str, SnsTopicSubscription] = {}
        self._endpoints: list[tuple[str, str]] = []

    @property
    def topic_arn(self) -> str:
        return self.attributes.topic_arn

    @property
    def topic_name(self) -> str:
        return self.attributes.topic_name

    @property
    def policies(self) -> Sequence[TerraformResource]:
        """What has to stand before a service may publish: the topic's policy, where it is ours."""
        return ()

    def add_subscription(
        self,
        subscription: Subscription,
        *,
        id: str | None = None,
        filter_policy: FilterPolicy | None = None,
        dead_letter_queue: QueueBase | None = None,
    ) -> SnsTopicSubscription:
        """Delivers the topic's messages to one more endpoint.

        Makes `aws_sns_topic_subscription.<topic>_<id>`, after what lets SNS in: the policy of a
        queue, the permission of a function. A queue or function of another tier has to be
        imported (`self.use`); the policy of such a queue is extended where it is made.

        Args:
            subscription: `Subscription.email(...)`, `.queue(queue)`, `.function(fn)`, ...
            id: Part of the Terraform name. Default: from the endpoint.
            filter_policy: Which messages. Default: all.
            dead_letter_queue: Where messages go that cannot be delivered; a standard queue for a
                standard topic. Default: they are lost after SNS's retries.

        Raises:
            ConfigurationError: for an endpoint that SNS would refuse, or that is subscribed
                already, and an id that is taken.

        https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html
        """
        faults = Faults(self.node.scope, self.node.id)
        example = "Subscription.queue(queue)"
        if check_instance(faults, "subscription", subscription, Subscription, example):
            subscription.check(faults, self, self.attributes.fifo)
        if filter_policy is not None:
            example = 'FilterPolicy.on_attributes({"kind": ["order"]})'
            if check_instance(faults, "filter_policy", filter_policy, FilterPolicy, example):
                filter_policy.check(faults)
        if dead_letter_queue is not None:
            _check_dead_letters(faults, self, dead_letter_queue)
        if id is not None:
            rule = "write a letter, then up to 63 letters, digits, - or _."
            check_string(faults, "id", id, r"[A-Za-z][A-Za-z0-9_-]{0,63}", rule, tokens=False)
        faults.raise_any()
        id = id or subscription.default_id
        if id is None:
            faults.add("id is missing: an address that is a token needs one.")
        if id in self.subscriptions:
            faults.add(f"subscription {id} is there already: give this one another id.")
        endpoint = (subscription.protocol, subscription.address)
        for protocol, address in self._endpoints:
            if protocol == endpoint[0] and same_value(self, address, endpoint[1]):
                faults.add(f"{protocol} {show(address)} is subscribed already: SNS keeps one.")
        faults.raise_any()
        assert id is not None
        made = add_subscription(self, id, subscription, filter_policy, dead_letter_queue)
        self.subscriptions[id] = made
        self._endpoints.append(endpoint)
        return made

    def grant_publish(self, grantee: Grantee) -> None:
        """Lets `grantee` publish, with the key that it needs.

        Raises:
            ConfigurationError: when `grantee` has no role.
        """
        check_grantee(self, grantee)
        statements = [PolicyStatement(actions=["sns:Publish"], resources=[self.topic_arn])]
        key = self.attributes.topic_kms_key_arn
        if key:
            actions = ["kms:GenerateDataKey", "kms:Decrypt"]
            statements.append(PolicyStatement(actions=actions, resources=[key]))
        grantee.role.add_policy(grant_name(self, "publish"), *statements)

    def check_publisher(self, faults: Faults) -> None:
        """Notes why no AWS service could publish here."""

    def grant_publish_service(
        self, service: str, *, source_arn: str | None = None, source_account: str | None = None
    ) -> None:
        """Lets an AWS service publish; see `Topic.grant_publish_service`.

        The policy of a topic that is not made here is extended where it is made: this one warns
        (`policy-made-elsewhere`) and changes nothing.
        """
        warn(
            self,
            POLICY_ELSEWHERE,
            f"{service} publishes to this topic, whose policy and key are not made here: they have "
            "to admit it already (grant_publish_service where the topic is made).",
        )


class ImportedTopic(TopicBase):
    """A topic that is not made here. Use `Topic.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: TopicAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'TopicAttributes(topic_arn="arn:aws:sns:...", topic_name="...")'
        given = check_instance(faults, "attributes", attributes, TopicAttributes, example)
        if given:
            check_arn(faults, "topic_arn", given.topic_arn, "sns", _NAME)
            rule = "SNS takes 1 to 256 letters, digits, - and _, and .fifo at the end of FIFO ones."
            name = check_string(faults, "topic_name", given.topic_name, _NAME, rule)
            fifo = check_bool(faults, "fifo", given.fifo)
            if name and fifo is not None and fifo != name.endswith(".fifo"):
                faults.add(f"fifo is {fifo}, but the topic is called {name}: they contradict.")
            encrypted = check_bool(faults, "kms_encrypted", given.kms_encrypted)
            if given.topic_kms_key_arn is not None:
                key = given.topic_kms_key_arn
                check_arn(faults, "topic_kms_key_arn", key, "kms", r"key/[A-Za-z0-9-]+")
            if encrypted is not None and encrypted != (given.topic_kms_key_arn is not None):
                faults.add("kms_encrypted and topic_kms_key_arn contradict: give both.")
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


def _check_dead_letters(faults: Faults, topic: TopicBase, value: object) -> None:
    name = "dead_letter_queue"
    queue = check_instance(faults, name, value, QueueBase, "a Queue")
    if queue is None:
        return
    check_same_stack(faults, name, queue, topic)
    if queue.attributes.fifo != topic.attributes.fifo:
        # https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
        own = "FIFO" if topic.attributes.fifo else "standard"
        other = "FIFO" if queue.attributes.fifo else "standard"
        faults.add(
            f"{name}: {queue.node.path} is a {other} queue: a {own} topic sends its dead letters "
            f"to a {own} one."
        )
