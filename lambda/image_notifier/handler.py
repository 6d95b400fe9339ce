"""Tells by SNS that objects of a bucket have changed.

S3 calls it with one or more records. Each becomes one message; what cannot be read or published
goes to the dead-letter queue with the reason, and the other records are told all the same. An
error that leaves even that queue out of reach makes Lambda try again, and in the end put the
whole event into the queue.

S3 may report a change twice: within one event the second record is dropped; a second event is
told again.

Environment: `TOPIC_ARN`, `DEAD_LETTER_QUEUE_URL`.
"""

from __future__ import annotations

import functools
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote_plus

import boto3
from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger()
logger.setLevel(logging.INFO)

BATCH = 10  # what SNS takes in one call
SUBJECT_LENGTH = 99
_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_VERBS = {"ObjectCreated": "was written", "ObjectRemoved": "was removed"}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """What Lambda calls; says how many records were told, dropped and failed."""
    if event.get("Event") == "s3:TestEvent":
        logger.info("a test event of the bucket %s", event.get("Bucket"))
        return {"told": 0, "dropped": 0, "failed": 0}
    records = event.get("Records")
    if not isinstance(records, list):
        raise ValueError("this is no event of S3: it has no Records")
    messages: list[tuple[Any, dict[str, str]]] = []
    failures: list[tuple[Any, str]] = []
    seen: set[tuple[str, ...]] = set()
    dropped = 0
    for record in records:
        try:
            identity, message = _read(record)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            failures.append((record, f"it cannot be read: {error!r}"))
            continue
        if identity in seen:
            dropped += 1
            continue
        seen.add(identity)
        messages.append((record, message))
    failures += _publish(messages)
    _put_aside(failures)
    told = len(records) - dropped - len(failures)
    result = {"told": told, "dropped": dropped, "failed": len(failures)}
    logger.info("%s", result)
    return result


def _read(record: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, str]]:
    """What makes a change unique, and the message that tells it."""
    change = record["s3"]
    bucket = change["bucket"]["name"]
    stored = change["object"]
    key = unquote_plus(stored["key"])
    event = record["eventName"]
    version = stored.get("versionId")
    region = record["awsRegion"]
    if not all(isinstance(text, str) and text for text in (bucket, key, event, region)):
        raise ValueError("bucket, key, event or region is empty")
    lines = [
        f"s3://{bucket}/{key} {_VERBS.get(event.partition(':')[0], 'has changed')}.",
        "",
        f"Event:   {event}",
        f"Time:    {record['eventTime']}",
    ]
    if "size" in stored:
        lines.append(f"Size:    {_size(int(stored['size']))}")
    if version:
        lines.append(f"Version: {version}")
    who = record.get("userIdentity", {}).get("principalId")
    if who:
        lines.append(f"By:      {who}")
    lines += ["", _console_link(region, bucket, key, version)]
    identity = (bucket, key, event, str(version), str(stored.get("sequencer")))
    return identity, {"Subject": _subject(bucket, key), "Message": "\n".join(lines)}


def _subject(bucket: str, key: str) -> str:
    """SNS takes less than 100 printable ASCII characters, a letter, digit or mark first."""
    name = key.rstrip("/").rpartition("/")[2]
    text = f"Changed in {bucket}: {name}".encode("ascii", "replace").decode()
    text = "".join(c if " " <= c <= "~" else "?" for c in text)
    return text if len(text) <= SUBJECT_LENGTH else text[: SUBJECT_LENGTH - 3] + "..."


def _size(count: int) -> str:
    size = float(count)
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit} ({count} bytes)"
        size /= 1024
    raise AssertionError("the last unit takes every size")


def _console_link(region: str, bucket: str, key: str, version: str | None) -> str:
    chinese = region.startswith("cn-")
    host = "console.amazonaws.cn" if chinese else f"{region}.console.aws.amazon.com"
    query = f"region={region}&prefix={quote(key, safe='')}"
    if version:
        query += f"&versionId={quote(version, safe='')}"
    return f"https://{host}/s3/object/{bucket}?{query}"


def _publish(messages: Sequence[tuple[Any, dict[str, str]]]) -> list[tuple[Any, str]]:
    """Publishes all; gives the records that SNS did not take, with its reason."""
    failures = []
    for batch in _batches(messages):
        entries = [{"Id": str(i), **message} for i, (_, message) in enumerate(batch)]
        try:
            answer = _client("sns").publish_batch(
                TopicArn=os.environ["TOPIC_ARN"], PublishBatchRequestEntries=entries
            )
        except (BotoCoreError, ClientError) as error:
            failures += [(record, f"it cannot be published: {error}") for record, _ in batch]
            continue
        for failed in answer.get("Failed", []):
            record = batch[int(failed["Id"])][0]
            reason = f"{failed['Code']} {failed.get('Message', '')}".strip()
            failures.append((record, f"it cannot be published: {reason}"))
    return failures


def _put_aside(failures: Sequence[tuple[Any, str]]) -> None:
    """Into the dead-letter queue, in the form in which the handler can be called again."""
    for record, reason in failures:
        logger.error("%s: %s", reason, json.dumps(record, default=str)[:2000])
        _client("sqs").send_message(
            QueueUrl=os.environ["DEAD_LETTER_QUEUE_URL"],
            MessageBody=json.dumps({"Records": [record]}, default=str),
            MessageAttributes={
                "ErrorMessage": {"DataType": "String", "StringValue": reason[:1000]}
            },
        )


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


@functools.cache
def _client(service: str) -> Any:
    return boto3.client(service)
