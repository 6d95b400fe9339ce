"""Where messages go that nobody could handle."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import check_instance, check_int
from terratiers.messaging.queue_base import QueueBase

from constructs import Construct

__all__ = ["DeadLetterQueue"]

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_MOST_SOURCES = 10


@dataclass(frozen=True, kw_only=True)
class DeadLetterQueue:
    """Where messages go that nobody could handle.

    Args:
        queue: A `Queue` of the same kind (FIFO or not), account and region.
        max_receive_count: How often a message is handed out before that, 1 to 1000.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """

    queue: QueueBase
    max_receive_count: int

    def check(self, faults: Faults, scope: Construct, fifo: object) -> None:
        """Notes what SQS would refuse for a queue of `scope`."""
        count = self.max_receive_count
        check_int(faults, "dead_letter_queue: max_receive_count", count, 1, 1000, "times (SQS)")
        name = "dead_letter_queue: queue"
        queue = check_instance(faults, name, self.queue, QueueBase, "a Queue")
        if queue is None:
            return
        check_same_stack(faults, name, queue, scope)
        if isinstance(fifo, bool) and queue.attributes.fifo != fifo:
            faults.add(
                f"{name}: {queue.node.path} is {_kind(queue.attributes.fifo)}, this one is "
                f"{_kind(fifo)}: SQS wants both of one kind."
            )
        if len(queue.sources) >= _MOST_SOURCES:
            faults.add(
                f"{name}: {queue.node.path} serves {_MOST_SOURCES} queues already, as many as SQS "
                "lists: give this one another."
            )


def _kind(fifo: bool) -> str:
    return "FIFO" if fifo else "a standard queue"
