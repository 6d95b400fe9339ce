"""Topics, queues, subscriptions and the notifications of buckets."""

from terratiers.messaging.dead_letter_queue import DeadLetterQueue
from terratiers.messaging.delivery import DeliveryLog, HttpRetries
from terratiers.messaging.destinations import (
    LambdaDestination,
    QueueDestination,
    TopicDestination,
)
from terratiers.messaging.filter_policy import FilterPolicy
from terratiers.messaging.function import IFunction
from terratiers.messaging.queue import Queue
from terratiers.messaging.queue_base import QueueAttributes
from terratiers.messaging.subscription import Subscription
from terratiers.messaging.topic import Topic
from terratiers.messaging.topic_base import TopicAttributes

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
