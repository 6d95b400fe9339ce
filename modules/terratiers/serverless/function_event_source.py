"""Queues and streams of tables that a function reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from terratiers.core.errors import Faults
from terratiers.core.names import child_of, construct_name, path_in_stack, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_sequence,
    show,
)
from terratiers.messaging.queue import Queue
from terratiers.messaging.queue_base import QueueBase
from terratiers.messaging.topic_base import TopicBase
from terratiers.security.role import Grantee, grant_name
from terratiers.serverless.function_destination import (
    check_destination,
    destination_arn,
    grant_destination,
    role_policies,
)
from terratiers.serverless.function_permission import check_id

from cdktf_cdktf_provider_aws.lambda_event_source_mapping import (
    LambdaEventSourceMapping,
    LambdaEventSourceMappingDestinationConfig,
    LambdaEventSourceMappingDestinationConfigOnFailure,
    LambdaEventSourceMappingFilterCriteria,
    LambdaEventSourceMappingFilterCriteriaFilter,
    LambdaEventSourceMappingScalingConfig,
)
from constructs import Construct, Node

if TYPE_CHECKING:
    from terratiers.serverless.function import Function

__all__ = ["QueueEvents", "StreamEvents", "StreamSource", "add_event_source"]

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
_MOST_FILTERS = 5
_FILTER_LENGTH = 4096
_MOST_WITHOUT_WINDOW = 10
_MOST_OF_FIFO = 10


@runtime_checkable
class StreamSource(Protocol):
    """A table with a stream of its changes."""

    @property
    def stream_arn(self) -> str | None: ...

    @property
    def node(self) -> Node: ...

    def grant_stream_read(self, grantee: Grantee) -> None: ...


@dataclass(frozen=True, kw_only=True)
class QueueEvents:
    """How a function reads a queue.

    Args:
        batch_size: The most messages at once, 1 to 10000; FIFO queues and no window: to 10.
            Default: 10.
        max_batching_window: Seconds to wait for a full batch, 0 to 300; 0 for FIFO queues.
            Default: 0.
        filters: Patterns of which a message has to match one, like `{"body": {"kind": ["a"]}}`;
            the others are deleted. Up to 5. Default: all messages.
        report_batch_item_failures: Whether the function says which messages failed
            (`{"batchItemFailures": [{"itemIdentifier": ...}]}`), so that only those come again.
            Default: yes; a function that answers otherwise has handled all.
        max_concurrency: How many batches may be in work at once, 2 to 1000. Default: no bound.
        enabled: Whether it reads. Default: yes.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """

    batch_size: int = 10
    max_batching_window: int = 0
    filters: Sequence[Mapping[str, Any]] = ()
    report_batch_item_failures: bool = True
    max_concurrency: int | None = None
    enabled: bool = True

    def check(self, faults: Faults, fifo: bool) -> None:
        """Notes what Lambda would refuse."""
        size = check_int(faults, "events: batch_size", self.batch_size, 1, 10_000, "messages")
        window = self.max_batching_window
        check_int(faults, "events: max_batching_window", window, 0, 300, "seconds (Lambda)")
        if size and fifo and size > _MOST_OF_FIFO:
            faults.add(f"events: batch_size is {size}: FIFO queues give 10 at once.")
        elif size and size > _MOST_WITHOUT_WINDOW and window == 0:
            faults.add(f"events: batch_size {size} needs a max_batching_window of 1 or more.")
        if fifo and window != 0:
            faults.add("events: max_batching_window has to be 0 for a FIFO queue.")
        _check_filters(faults, self.filters)
        check_bool(faults, "events: report_batch_item_failures", self.report_batch_item_failures)
        check_bool(faults, "events: enabled", self.enabled)
        if self.max_concurrency is not None:
            what = "batches at once (Lambda)"
            check_int(faults, "events: max_concurrency", self.max_concurrency, 2, 1000, what)


@dataclass(frozen=True, kw_only=True)
class StreamEvents:
    """How a function reads the stream of a table.

    Args:
        starting_position: `LATEST`, or `TRIM_HORIZON` for what the stream still has. Default:
            LATEST.
        batch_size: The most records at once, 1 to 10000. Default: 100.
        max_batching_window: Seconds to wait for a full batch, 0 to 300. Default: 0.
        filters: Patterns of which a record has to match one, like `{"eventName": ["INSERT"]}`.
            Up to 5. Default: all records.
        report_batch_item_failures: Whether the function says where a batch failed. Default: yes.
        bisect_on_error: Whether a failed batch is halved, which leads to the bad record.
            Default: yes.
        retry_attempts: How often a failed batch is tried again, 0 to 10000. Default: 10; without
            a bound one bad record stops the stream for a day.
        max_record_age: Seconds after which a record is given up, 60 to 604800. Default: none.
        parallelization_factor: Batches of one shard at once, 1 to 10. Default: 1.
        on_failure: A `Queue` or `Topic`, or the ARN of one, that is told of what was given up.
            Default: none.
        enabled: Whether it reads. Default: yes.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
    """

    starting_position: str = "LATEST"
    batch_size: int = 100
    max_batching_window: int = 0
    filters: Sequence[Mapping[str, Any]] = ()
    report_batch_item_failures: bool = True
    bisect_on_error: bool = True
    retry_attempts: int = 10
    max_record_age: int | None = None
    parallelization_factor: int = 1
    on_failure: QueueBase | TopicBase | str | None = None
    enabled: bool = True

    def check(self, faults: Faults, function: Any) -> None:
        """Notes what Lambda would refuse."""
        positions = ("LATEST", "TRIM_HORIZON")
        check_choice(faults, "events: starting_position", self.starting_position, positions)
        for name, value, low, high, what in (
            ("batch_size", self.batch_size, 1, 10_000, "records (Lambda)"),
            ("max_batching_window", self.max_batching_window, 0, 300, "seconds (Lambda)"),
            ("retry_attempts", self.retry_attempts, 0, 10_000, "times (Lambda)"),
            ("parallelization_factor", self.parallelization_factor, 1, 10, "batches (Lambda)"),
        ):
            check_int(faults, f"events: {name}", value, low, high, what)
        if self.max_record_age is not None:
            age = self.max_record_age
            check_int(faults, "events: max_record_age", age, 60, 604_800, "seconds (Lambda)")
        for name in ("report_batch_item_failures", "bisect_on_error", "enabled"):
            check_bool(faults, f"events: {name}", getattr(self, name))
        _check_filters(faults, self.filters)
        if self.on_failure is not None:
            name = "events: on_failure"
            check_destination(faults, name, self.on_failure, function, ("sqs", "sns"))


def add_event_source(
    function: Function,
    source: QueueBase | StreamSource,
    events: QueueEvents | StreamEvents | None,
    id: str | None,
) -> LambdaEventSourceMapping:
    """Checks all, lets the function's role read, and makes the mapping."""
    faults = Faults(function.node.scope, function.node.id)
    if not isinstance(source, Construct) or not isinstance(source, (QueueBase, StreamSource)):
        kind = type(source).__name__
        faults.add(f"source is {show(source)} ({kind}): pass a Queue or a Table.")
        faults.raise_any()
    assert isinstance(source, Construct)
    check_same_stack(faults, "source", source, function)
    if id is not None:
        check_id(faults, id)
    name = id or path_in_stack(source).replace("/", "-")
    if child_of(function, f"source-{name}") is not None:
        faults.add(f"event source {name} is there already: give this one another id.")
    if isinstance(source, QueueBase):
        made = _read_queue(
            faults, function, source, QueueEvents() if events is None else events, name
        )
    else:
        made = _read_stream(
            faults, function, source, StreamEvents() if events is None else events, name
        )
    pin_address(made, function, name)
    return made


def _read_queue(
    faults: Faults, function: Function, queue: QueueBase, events: object, name: str
) -> LambdaEventSourceMapping:
    given = check_instance(faults, "events", events, QueueEvents, "QueueEvents()")
    if given:
        given.check(faults, queue.attributes.fifo)
    _check_queue(faults, queue, function.timeout)
    faults.raise_any()
    assert given is not None
    queue.grant_consume_messages(function)
    return LambdaEventSourceMapping(
        function,
        f"source-{name}",
        function_name=function.function_name,
        event_source_arn=queue.queue_arn,
        enabled=given.enabled,
        batch_size=given.batch_size,
        maximum_batching_window_in_seconds=given.max_batching_window,
        filter_criteria=_filters(given),
        function_response_types=_responses(given),
        scaling_config=LambdaEventSourceMappingScalingConfig(
            maximum_concurrency=given.max_concurrency
        )
        if given.max_concurrency is not None
        else None,
        tags={**function.own_tags, "Name": construct_name(function, name)},
        depends_on=role_policies(function.role),
    )


def _read_stream(
    faults: Faults, function: Function, source: StreamSource, events: object, name: str
) -> LambdaEventSourceMapping:
    given = check_instance(faults, "events", events, StreamEvents, "StreamEvents()")
    if given:
        given.check(faults, function)
    if source.stream_arn is None:
        faults.add(f"{source.node.path} has no stream: make it with stream=StreamViewType....")
    faults.raise_any()
    assert given is not None
    source.grant_stream_read(function)
    failure = given.on_failure
    if failure is not None:
        grant_destination(failure, function.role, grant_name(function, f"{name}-on-failure"))
    return LambdaEventSourceMapping(
        function,
        f"source-{name}",
        function_name=function.function_name,
        event_source_arn=source.stream_arn,
        enabled=given.enabled,
        starting_position=given.starting_position,
        batch_size=given.batch_size,
        maximum_batching_window_in_seconds=given.max_batching_window,
        filter_criteria=_filters(given),
        function_response_types=_responses(given),
        bisect_batch_on_function_error=given.bisect_on_error,
        maximum_retry_attempts=given.retry_attempts,
        maximum_record_age_in_seconds=given.max_record_age,
        parallelization_factor=given.parallelization_factor,
        destination_config=LambdaEventSourceMappingDestinationConfig(
            on_failure=LambdaEventSourceMappingDestinationConfigOnFailure(
                destination_arn=destination_arn(failure)
            )
        )
        if failure is not None
        else None,
        tags={**function.own_tags, "Name": construct_name(function, name)},
        depends_on=role_policies(function.role),
    )


def _check_queue(faults: Faults, queue: QueueBase, timeout: int) -> None:
    """Notes a queue whose messages come back while the function is still at work.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    if not isinstance(queue, Queue):
        return
    hidden = queue.resource.visibility_timeout_seconds_input
    if hidden is not None and not is_token([hidden, timeout]) and hidden < timeout:
        faults.add(
            f"queue {queue.node.path} hides messages for {hidden:.0f} seconds, and the function "
            f"may take {timeout}: Lambda wants as long at least, and {6 * timeout} is better."
        )


def _filters(events: QueueEvents | StreamEvents) -> LambdaEventSourceMappingFilterCriteria | None:
    if not events.filters:
        return None
    filters = [
        LambdaEventSourceMappingFilterCriteriaFilter(pattern=_pattern_text(pattern))
        for pattern in events.filters
    ]
    return LambdaEventSourceMappingFilterCriteria(filter=filters)


def _responses(events: QueueEvents | StreamEvents) -> list[str] | None:
    return ["ReportBatchItemFailures"] if events.report_batch_item_failures else None


def _pattern_text(pattern: Mapping[str, Any]) -> str:
    """A filter as Lambda reads it."""
    return json.dumps(pattern, sort_keys=True, separators=(",", ":"))


def _check_filters(faults: Faults, value: object) -> None:
    example = '[{"body": {"kind": ["order"]}}]'
    items = check_sequence(faults, "events: filters", value, example) or ()
    if len(items) > _MOST_FILTERS:
        faults.add(f"events: there are {len(items)} filters: Lambda takes {_MOST_FILTERS}.")
    for item in items:
        if not isinstance(item, Mapping) or not item:
            faults.add(f"events: filter {show(item)} is no pattern: write {example[1:-1]}.")
            continue
        try:
            text = _pattern_text(item)
        except (TypeError, ValueError) as error:
            faults.add(f"events: filter {show(item)} cannot be written as JSON: {error}.")
            continue
        if is_token(item) or "TfToken[" in text:
            faults.add("events: a filter holds a token: it has to be known now.")
        if len(text) > _FILTER_LENGTH:
            faults.add(f"events: a filter has {len(text)} characters: Lambda takes 4096.")
        _check_leaves(faults, item, item)


def _check_leaves(faults: Faults, pattern: Mapping[str, Any], whole: object) -> None:
    for key, value in pattern.items():
        if isinstance(value, Mapping):
            _check_leaves(faults, value, whole)
        elif not isinstance(value, list) or not value:
            faults.add(
                f"events: filter {show(whole)}: {show(key)} is {show(value)}: write a list of the "
                "values that match."
            )
