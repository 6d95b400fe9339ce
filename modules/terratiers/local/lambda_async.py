"""Events that nobody waits for: tried again, and in the end told to a queue, topic or function."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from terratiers.local.lambda_execution import (
    Invocation,
    Throttled,
    endpoint,
    find_function,
    kept,
    run_function,
)

__all__ = ["emulator_client", "invoke_later", "send_record"]

# Lambda waits one minute, then two; nobody wants to wait so long at a laptop.
RETRY_SECONDS = 1.0
_THROTTLED_SECONDS = 0.2
_DEFAULT_RETRIES = 2
_DEFAULT_AGE = 21_600
logger = logging.getLogger(__name__)


def invoke_later(arn: str, event: Any) -> str:
    """Accepts an event for a function, and gives the request's id; a thread does the rest.

    Raises moto's `UnknownFunctionException` when there is no such function.
    """
    find_function(arn)
    request_id = str(uuid.uuid4())
    threading.Thread(target=_deliver, args=(arn, event, request_id), daemon=True).start()
    return request_id


def emulator_client(service: str, region: str) -> Any:
    """A client for the emulator of this very process."""
    import boto3

    return boto3.client(
        service,
        endpoint_url=endpoint(),
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def send_record(target: str, record: Mapping[str, Any]) -> None:
    """Tells a queue, topic or function of an event's end."""
    service, region = target.split(":")[2:4]
    body = json.dumps(record)
    if service == "lambda":
        invoke_later(target, record)
    elif service == "sqs":
        _send_to_queue(target, region, body, {})
    elif service == "sns":
        emulator_client("sns", region).publish(TopicArn=target, Message=body)
    else:
        logger.error("the emulator sends no records to %s", target)


def _deliver(arn: str, event: Any, request_id: str) -> None:
    try:
        _try_all(arn, event, request_id)
    except Exception:
        logger.exception("an event of %s was lost", arn)


def _try_all(arn: str, event: Any, request_id: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    accepted = time.monotonic()
    attempts = 0
    while True:
        function = find_function(arn)
        config = _event_config(function)
        age = int(config.get("MaximumEventAgeInSeconds", _DEFAULT_AGE))
        retries = int(config.get("MaximumRetryAttempts", _DEFAULT_RETRIES))
        try:
            invocation = run_function(function, event, arn=arn, request_id=request_id)
        except Throttled:
            if time.monotonic() - accepted > age:
                _give_up(function, arn, event, request_id, "EventAgeExceeded", attempts, None)
                return
            time.sleep(_THROTTLED_SECONDS)
            continue
        attempts += 1
        if not invocation.failed:
            target = _target(config, "OnSuccess")
            if target:
                send_record(target, _record(arn, event, invocation, "Success", attempts))
            return
        if attempts > retries:
            _give_up(function, arn, event, request_id, "RetriesExhausted", attempts, invocation)
            return
        time.sleep(RETRY_SECONDS)


def _give_up(
    function: Any,
    arn: str,
    event: Any,
    request_id: str,
    condition: str,
    attempts: int,
    invocation: Invocation | None,
) -> None:
    config = _event_config(function)
    failure = _target(config, "OnFailure")
    if failure:
        record = _record(arn, event, invocation, condition, attempts)
        record["requestContext"]["requestId"] = request_id
        send_record(failure, record)
    dead_letters = kept(function).get("DeadLetterConfig", {}).get("TargetArn")
    if dead_letters:
        message = invocation.result.get("errorMessage", "") if invocation else condition
        _send_dead_letter(dead_letters, event, request_id, str(message))


def _send_dead_letter(target: str, event: Any, request_id: str, message: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    region = target.split(":")[3]
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": message[:1024] or "none"},
    }
    if ":sqs:" in target:
        _send_to_queue(target, region, json.dumps(event), attributes)
    else:
        emulator_client("sns", region).publish(
            TopicArn=target, Message=json.dumps(event), MessageAttributes=attributes
        )


def _send_to_queue(arn: str, region: str, body: str, attributes: Mapping[str, Any]) -> None:
    client = emulator_client("sqs", region)
    url = client.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)


def _record(
    arn: str, event: Any, invocation: Invocation | None, condition: str, attempts: int
) -> dict[str, Any]:
    """What a destination is told."""
    context: dict[str, Any] = {
        "functionArn": arn,
        "condition": condition,
        "approximateInvokeCount": attempts,
    }
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "requestContext": context,
        "requestPayload": event,
    }
    if invocation:
        context["requestId"] = invocation.request_id
        record["responseContext"] = {"statusCode": 200, "executedVersion": invocation.version}
        if invocation.failed:
            record["responseContext"]["functionError"] = "Unhandled"
        record["responsePayload"] = invocation.result
    return record


def _event_config(function: Any) -> Mapping[str, Any]:
    from moto.awslambda.utils import get_backend

    backend = get_backend(function.account_id, function.region)
    configs = backend.get_function(function.function_name).event_invoke_config
    config: Mapping[str, Any] = configs[0].config if configs else {}
    return config


def _target(config: Mapping[str, Any], when: str) -> str | None:
    destination: str | None = (
        (config.get("DestinationConfig") or {}).get(when, {}).get("Destination")
    )
    return destination or None
