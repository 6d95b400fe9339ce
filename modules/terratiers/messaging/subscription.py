"""Who gets the messages of a topic."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.names import path_in_stack, pin_address
from terratiers.core.policy import json_text
from terratiers.core.same_stack import check_same_stack
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_bool, check_choice, check_instance, check_string
from terratiers.messaging.filter_policy import FilterPolicy
from terratiers.messaging.function import IFunction, check_function, permission_id
from terratiers.messaging.queue_base import QueueBase

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

if TYPE_CHECKING:
    from terratiers.messaging.topic_base import TopicBase

__all__ = ["Subscription", "add_subscription"]

_EMAIL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}"
_HOST = r"(?:[A-Za-z0-9._~%!$&'()*+,;=-]+(?::[^@/\s]*)?@)?[A-Za-z0-9.-]+(?::\d{1,5})?"
_RULES = {
    "email": (_EMAIL, "write an address like ops@example.com."),
    "email-json": (_EMAIL, "write an address like ops@example.com."),
    "https": (
        rf"https://{_HOST}(?:[/?][!-~]*)?",
        "write https://...; an endpoint without TLS is Subscription.http(...).",
    ),
    "http": (rf"http://{_HOST}(?:[/?][!-~]*)?", "write http://...."),
    "sms": (r"\+[1-9]\d{5,14}", "write the number in E.164 form, like +4915112345678."),
}
# Addresses that follow from their default id, where a hyphen stands for all but letters and digits;
# email-json-a-b-io is the id of a@b.io in JSON
_PLAIN = {
    "email": r"(?!json@)[a-z0-9]+@[a-z0-9]+([.][a-z0-9]+)+",
    "email-json": r"[a-z0-9]+@[a-z0-9]+([.][a-z0-9]+)+",
    "https": r"https://[a-z0-9]+([.][a-z0-9]+)*",
    "http": r"http://[a-z0-9]+([.][a-z0-9]+)*",
    "sms": r"\+[0-9]+",
}
_ID_LENGTH = 64
_PROTOCOLS = (*_RULES, "sqs", "lambda")
_MAKERS = "Subscription.email(...), .queue(...) and so on make one."


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """An endpoint for messages. Made by `email`, `queue`, `function`, ..., never by hand.

    Args:
        protocol: SNS's name of the kind: `email`, `sqs`, `lambda`, ...
        endpoint: The address, number or URL, or the queue or function.
        raw_message_delivery: Whether the endpoint gets the message alone, without SNS's envelope.
        auto_confirms: Whether an endpoint answers the confirmation by itself.
    """

    protocol: str
    endpoint: str | QueueBase | IFunction
    raw_message_delivery: bool = False
    auto_confirms: bool = False

    @classmethod
    def email(cls, address: str) -> Subscription:
        """A mail for each message. Stays pending until the link in the confirmation mail is
        followed; AWS deletes what is not confirmed within 48 hours.

        Args:
            address: `you@example.com`.
        """
        return cls(protocol="email", endpoint=address)

    @classmethod
    def email_json(cls, address: str) -> Subscription:
        """The same with SNS's JSON envelope in the mail.

        Args:
            address: `you@example.com`.
        """
        return cls(protocol="email-json", endpoint=address)

    @classmethod
    def queue(cls, queue: QueueBase, *, raw_message_delivery: bool = False) -> Subscription:
        """A queue; its policy admits this topic alone.

        Args:
            queue: A `Queue`, made here or imported.
            raw_message_delivery: Whether it gets the message alone, without SNS's envelope.
                Default: no.
        """
        return cls(protocol="sqs", endpoint=queue, raw_message_delivery=raw_message_delivery)

    @classmethod
    def function(cls, function: IFunction) -> Subscription:
        """A function; a permission bound to the topic lets SNS invoke it.

        Args:
            function: A `Function` or an `Alias`.
        """
        return cls(protocol="lambda", endpoint=function)

    @classmethod
    def https(
        cls, url: str, *, raw_message_delivery: bool = False, auto_confirms: bool = False
    ) -> Subscription:
        """A web server with TLS, which has to answer SNS's confirmation; with `auto_confirms`
        Terraform waits for it.

        Args:
            url: `https://...`.
            raw_message_delivery: Whether it gets the message alone. Default: no.
            auto_confirms: Whether it answers the confirmation by itself. Default: no.
        """
        raw = raw_message_delivery
        return cls(
            protocol="https", endpoint=url, raw_message_delivery=raw, auto_confirms=auto_confirms
        )

    @classmethod
    def http(
        cls, url: str, *, raw_message_delivery: bool = False, auto_confirms: bool = False
    ) -> Subscription:
        """A web server without TLS: whoever is on the way reads the messages. Warns
        (`plain-http-subscription`).

        Args:
            url: `http://...`.
            raw_message_delivery: Whether it gets the message alone. Default: no.
            auto_confirms: Whether it answers the confirmation by itself. Default: no.
        """
        raw = raw_message_delivery
        return cls(
            protocol="http", endpoint=url, raw_message_delivery=raw, auto_confirms=auto_confirms
        )

    @classmethod
    def sms(cls, number: str) -> Subscription:
        """Text messages to a telephone number in E.164 form.

        Args:
            number: `+4915112345678`.
        """
        return cls(protocol="sms", endpoint=number)

    @property
    def address(self) -> str:
        """What SNS calls the endpoint."""
        if isinstance(self.endpoint, QueueBase):
            return self.endpoint.queue_arn
        return self.endpoint if isinstance(self.endpoint, str) else self.endpoint.function_arn

    @property
    def default_id(self) -> str | None:
        """The path of a queue or function, else the address with hyphens in it; none of a token.

        Where other addresses have the same with hyphens, a digest follows: `a.b@ex.io` and
        `a-b@ex.io` are two, whichever comes first.
        """
        if isinstance(self.endpoint, str):
            if is_token(self.endpoint):
                return None
            words = re.sub(r"[^a-z0-9]+", "-", self.endpoint.lower()).strip("-")
            text = f"{self.protocol}-{words}"
            if re.fullmatch(_PLAIN[self.protocol], self.endpoint) and len(text) <= _ID_LENGTH:
                return text
            digest = hashlib.sha256(self.endpoint.encode()).hexdigest()[:8]
            return f"{text[: _ID_LENGTH - 9].rstrip('-')}-{digest}"
        assert isinstance(self.endpoint, Construct)
        return path_in_stack(self.endpoint).replace("/", "-")

    def check(self, faults: Faults, topic: Construct, fifo: bool) -> None:
        """Notes what SNS would refuse for a topic."""
        if check_choice(faults, "protocol", self.protocol, _PROTOCOLS, _MAKERS) is None:
            return
        check_bool(faults, f"{self.protocol}: raw_message_delivery", self.raw_message_delivery)
        check_bool(faults, f"{self.protocol}: auto_confirms", self.auto_confirms)
        if fifo and self.protocol != "sqs":
            faults.add(
                f"a FIFO topic delivers to queues only, not by {self.protocol}: subscribe a queue, "
                "and let its messages start a function."
            )
        if self.protocol == "sqs":
            queue = check_instance(faults, "queue", self.endpoint, QueueBase, "a Queue")
            if queue is None:
                return
            check_same_stack(faults, "queue", queue, topic)
            if queue.attributes.fifo and not fifo:
                faults.add(
                    f"queue: {queue.node.path} is a FIFO queue, which only a FIFO topic delivers "
                    "to: write Topic(..., fifo=True)."
                )
        elif self.protocol == "lambda":
            check_function(faults, self.endpoint, topic)
        else:
            pattern, rule = _RULES[self.protocol]
            check_string(faults, self.protocol, self.endpoint, pattern, rule)


def add_subscription(
    topic: TopicBase,
    id: str,
    subscription: Subscription,
    filter_policy: FilterPolicy | None,
    dead_letter_queue: QueueBase | None,
) -> SnsTopicSubscription:
    """Makes a checked subscription, once SNS is let in."""
    permissions: list[TerraformResource] = []
    endpoint = subscription.endpoint
    if isinstance(endpoint, QueueBase):
        endpoint.grant_send_service("sns", source_arn=topic.topic_arn)
        permissions += endpoint.policies
    elif isinstance(endpoint, IFunction):
        permissions.append(
            endpoint.add_permission(
                permission_id("sns", topic),
                principal="sns.amazonaws.com",
                source_arn=topic.topic_arn,
            )
        )
    if dead_letter_queue:
        dead_letter_queue.grant_send_service("sns", source_arn=topic.topic_arn)
        permissions += dead_letter_queue.policies
    if subscription.protocol == "http":
        warn(
            topic,
            "plain-http-subscription",
            f"{subscription.address} has no TLS: whoever is on the way reads the messages.",
        )
    made = SnsTopicSubscription(
        topic,
        f"subscription-{id}",
        topic_arn=topic.topic_arn,
        protocol=subscription.protocol,
        endpoint=subscription.address,
        raw_message_delivery=subscription.raw_message_delivery or None,
        endpoint_auto_confirms=subscription.auto_confirms or None,
        filter_policy=json_text(filter_policy.conditions) if filter_policy else None,
        filter_policy_scope=filter_policy.scope if filter_policy else None,
        redrive_policy=json_text({"deadLetterTargetArn": dead_letter_queue.queue_arn})
        if dead_letter_queue
        else None,
        depends_on=list(dict.fromkeys(permissions)) or None,
    )
    pin_address(made, topic, id)
    return made
