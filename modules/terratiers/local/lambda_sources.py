"""Reads queues and the streams of tables for the emulator's functions, as Lambda's pollers do."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from terratiers.local.lambda_async import emulator_client, send_record
from terratiers.local.lambda_execution import Throttled, find_function, run_function

__all__ = ["serve_event_source"]

_PAUSE = 0.2
_MOST_OF_A_REQUEST = 10
_REPORTS = "ReportBatchItemFailures"
logger = logging.getLogger(__name__)


def serve_event_source(backend: Any, mapping: Any) -> None:
    """Reads for one mapping, in a thread of its own, until the mapping is deleted."""
    reader = _Queue(backend, mapping) if ":sqs:" in mapping.event_source_arn else None
    poll = reader.poll if reader else _Stream(backend, mapping).poll

    def serve() -> None:
        while backend.get_event_source_mapping(mapping.uuid) is mapping:
            busy = False
            try:
                busy = mapping.enabled and poll()
            except Throttled:
                pass
            except Exception:
                logger.exception("%s could not be read", mapping.event_source_arn)
            if not busy:
                time.sleep(_PAUSE)

    threading.Thread(target=serve, daemon=True).start()


class _Queue:
    """A queue: what a batch leaves behind comes again when it is visible again.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """

    def __init__(self, backend: Any, mapping: Any) -> None:
        self._backend = backend
        self._mapping = mapping
        self._name = mapping.event_source_arn.rpartition(":")[2]

    def poll(self) -> bool:
        """Whether there was something to do."""
        from moto.sqs.models import sqs_backends

        backend = sqs_backends[self._backend.account_id][self._backend.region_name]
        queue = backend.queues.get(self._name)
        if queue is None or not queue.messages:
            return False
        client = emulator_client("sqs", self._backend.region_name)
        url = client.get_queue_url(QueueName=self._name)["QueueUrl"]
        messages = self._receive(client, url)
        wanted = [message for message in messages if self._matches(message)]
        handled = [message for message in messages if message not in wanted]
        if wanted:
            handled += self._handle(wanted)
        for message in handled:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bool(messages)

    def _receive(self, client: Any, url: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while len(messages) < self._mapping.batch_size:
            most = min(self._mapping.batch_size - len(messages), _MOST_OF_A_REQUEST)
            found = client.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=most,
                WaitTimeSeconds=0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            messages += found
            if not found:
                break
        return messages

    def _matches(self, message: Mapping[str, Any]) -> bool:
        body: Any = message["Body"]
        with contextlib.suppress(ValueError):
            body = json.loads(body)
        return _matches_any(self._mapping, {**message, "body": body})

    def _handle(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Invokes the function, and gives the messages that are done with."""
        records = [self._record(message) for message in messages]
        answer = _invoke(self._mapping, {"Records": records})
        if answer is None:
            return []
        failed = _failed_items(
            self._mapping, answer, [message["MessageId"] for message in messages]
        )
        return [message for message in messages if message["MessageId"] not in failed]

    def _record(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {
                    "dataType": value["DataType"],
                    "stringValue": value.get("StringValue"),
                    "stringListValues": [],
                    "binaryListValues": [],
                }
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.event_source_arn,
            "awsRegion": self._backend.region_name,
        }


class _Stream:
    """A table's stream: in order, a failed batch first again, and in the end given up.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    """

    def __init__(self, backend: Any, mapping: Any) -> None:
        self._backend = backend
        self._mapping = mapping
        shard = self._shard()
        latest = mapping.starting_position == "LATEST"
        self._position = len(shard.items) if shard is not None and latest else 0

    def poll(self) -> bool:
        """Whether there was something to do."""
        shard = self._shard()
        if shard is None or len(shard.items) <= self._position:
            return False
        items = shard.items[self._position : self._position + self._mapping.batch_size]
        self._position += len(items)
        records = [self._record(item) for item in items]
        wanted = [record for record in records if _matches_any(self._mapping, record)]
        if wanted:
            self._handle(shard, wanted, 0)
        return True

    def _shard(self) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        table = self._mapping.event_source_arn.split("/")[1]
        backend = dynamodb_backends[self._backend.account_id][self._backend.region_name]
        found = backend.tables.get(table)
        return None if found is None else found.stream_shard

    def _handle(self, shard: Any, records: Sequence[dict[str, Any]], attempts: int) -> None:
        mapping = self._mapping
        retries = -1 if mapping.max_retry_attempts is None else int(mapping.max_retry_attempts)
        while mapping.enabled and self._stands():
            answer = _invoke(mapping, {"Records": list(records)})
            numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
            failed = set(numbers) if answer is None else _failed_items(mapping, answer, numbers)
            if not failed:
                return
            if answer is not None:
                records = records[min(map(numbers.index, failed)) :]
            attempts += 1
            if retries >= 0 and attempts > retries:
                self._give_up(shard, records, attempts)
                return
            if mapping.bisect_on_error and len(records) > 1:
                middle = len(records) // 2
                self._handle(shard, records[:middle], attempts)
                self._handle(shard, records[middle:], attempts)
                return
            time.sleep(_PAUSE)

    def _stands(self) -> bool:
        return self._backend.get_event_source_mapping(self._mapping.uuid) is self._mapping

    def _give_up(self, shard: Any, records: Sequence[dict[str, Any]], attempts: int) -> None:
        destinations = self._mapping.destination_config or {}
        target = destinations.get("OnFailure", {}).get("Destination")
        if not target:
            return
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        send_record(
            target,
            {
                "version": "1.0",
                "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "requestContext": {
                    "functionArn": self._mapping.function_arn,
                    "condition": "RetryAttemptsExhausted",
                    "approximateInvokeCount": attempts,
                },
                "responseContext": {
                    "statusCode": 200,
                    "executedVersion": "$LATEST",
                    "functionError": "Unhandled",
                },
                "DDBStreamBatchInfo": {
                    "shardId": shard.id,
                    "startSequenceNumber": numbers[0],
                    "endSequenceNumber": numbers[-1],
                    "batchSize": len(records),
                    "streamArn": self._mapping.event_source_arn,
                },
            },
        )

    def _record(self, item: Any) -> dict[str, Any]:
        record = dict(item.to_json())
        change = dict(record["dynamodb"])
        created = change.get("ApproximateCreationDateTime")
        if isinstance(created, datetime):
            change["ApproximateCreationDateTime"] = created.timestamp()
        record["dynamodb"] = change
        record["awsRegion"] = self._backend.region_name
        record["eventSourceARN"] = self._mapping.event_source_arn
        return record


def _invoke(mapping: Any, event: Mapping[str, Any]) -> Any:
    """What the function answered, or None when it failed; `{}` for an empty answer."""
    arn = mapping.function_arn
    invocation = run_function(find_function(arn), event, arn=arn)
    return None if invocation.failed else invocation.result or {}


def _failed_items(mapping: Any, answer: Any, items: Sequence[str]) -> set[str]:
    """The items that the function says have failed; all, if it names one that was not there."""
    if _REPORTS not in (mapping.function_response_types or ()) or not isinstance(answer, dict):
        return set()
    failures = answer.get("batchItemFailures") or []
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (KeyError, TypeError):
        return set(items)
    return failed if failed <= set(items) else set(items)


def _matches_any(mapping: Any, event: Mapping[str, Any]) -> bool:
    from moto.events.models import EventPattern

    filters = (mapping.filter_criteria or {}).get("Filters") or []
    patterns = [json.loads(item["Pattern"]) for item in filters]
    return not patterns or any(
        EventPattern(None, pattern).matches_event(dict(event)) for pattern in patterns
    )
