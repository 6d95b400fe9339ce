"""Topics, queues, subscriptions and the notifications of buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.messaging.dead_letter_queue import DeadLetterQueue as DeadLetterQueue
    from terratiers.messaging.delivery import DeliveryLog as DeliveryLog
    from terratiers.messaging.delivery import HttpRetries as HttpRetries
    from terratiers.messaging.destinations import LambdaDestination as LambdaDestination
    from terratiers.messaging.destinations import QueueDestination as QueueDestination
    from terratiers.messaging.destinations import TopicDestination as TopicDestination
    from terratiers.messaging.filter_policy import FilterPolicy as FilterPolicy
    from terratiers.messaging.function import IFunction as IFunction
    from terratiers.messaging.queue import Queue as Queue
    from terratiers.messaging.queue_base import QueueAttributes as QueueAttributes
    from terratiers.messaging.subscription import Subscription as Subscription
    from terratiers.messaging.topic import Topic as Topic
    from terratiers.messaging.topic_base import TopicAttributes as TopicAttributes

__all__ = [
    "DeadLetterQueue",
    "DeliveryLog",
    "FilterPolicy",
    "HttpRetries",
    "IFunction",
    "LambdaDestination",
    "Queue",
    "QueueAttributes",
    "QueueDestination",
    "Subscription",
    "Topic",
    "TopicAttributes",
    "TopicDestination",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "DeadLetterQueue": ".dead_letter_queue",
        "DeliveryLog": ".delivery",
        "FilterPolicy": ".filter_policy",
        "HttpRetries": ".delivery",
        "IFunction": ".function",
        "LambdaDestination": ".destinations",
        "Queue": ".queue",
        "QueueAttributes": ".queue_base",
        "QueueDestination": ".destinations",
        "Subscription": ".subscription",
        "Topic": ".topic",
        "TopicAttributes": ".topic_base",
        "TopicDestination": ".destinations",
    },
)
