"""An API of items, kept in a DynamoDB table: create, read, list, update, delete.

Answers REST APIs and HTTP APIs (payload formats 1.0 and 2.0) of API Gateway:

    POST   /items        {"name", "description", "id"}        201, 409 when the id is taken
    GET    /items        ?limit=25&next=...                   200 {"items": [...], "next": ...}
    GET    /items/{id}                                        200, 404
    PUT    /items/{id}   {"name", "description", "version"}   200, 404, 409
    DELETE /items/{id}   ?version=...                         204, 404, 409

Every write is conditional: an item is created once, and an update names the version that it
changes, so that nobody overwrites what he has not seen. Errors are `{"message", "faults"}`.

Environment: `TABLE_NAME`; `ALLOWED_ORIGIN`, the page that may call it from a browser, if any.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import logging
import os
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import boto3
from botocore.exceptions import ClientError

logger = logging.getLogger()
logger.setLevel(logging.INFO)

ITEM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAME_LENGTH, DESCRIPTION_LENGTH = 100, 1000
LARGEST_BODY = 64 * 1024
DEFAULT_LIMIT, LARGEST_LIMIT = 25, 100
_THROTTLED = (
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
)


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(
        self,
        status: int,
        message: str,
        faults: list[str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.faults = faults or []
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class Request:
    """A request, whichever payload format it came in."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Request:
        """Format 2.0 has `requestContext.http`, 1.0 has `httpMethod`."""
        context = event.get("requestContext") or {}
        http = context.get("http") or {}
        method = http.get("method") or event.get("httpMethod")
        path = event.get("rawPath") or event.get("path")
        if not isinstance(method, str) or not isinstance(path, str):
            raise ApiError(400, "this is no request of API Gateway")
        stage = context.get("stage")
        parts = tuple(part for part in path.split("/") if part)
        if event.get("rawPath") and parts[:1] == (stage,):
            parts = parts[1:]  # format 2.0 keeps the stage in the path
        body = event.get("body") or ""
        try:
            content = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
        except (binascii.Error, ValueError, AttributeError) as error:
            raise ApiError(400, "the body cannot be decoded") from error
        return cls(method.upper(), parts, event.get("queryStringParameters") or {}, content)

    def json(self) -> dict[str, Any]:
        """The body as an object."""
        if len(self.body) > LARGEST_BODY:
            raise ApiError(413, f"the body has {len(self.body)} bytes: send at most {LARGEST_BODY}")
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "the body is no JSON") from error
        if not isinstance(found, dict):
            raise ApiError(400, "the body is no object: send {...}")
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ApiError(400, "the body holds half of a character (a lone surrogate)") from error
        return found


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls."""
    try:
        status, body, headers = _route(Request.read(event))
    except ApiError as error:
        answer = {"message": str(error), **({"faults": error.faults} if error.faults else {})}
        status, body, headers = error.status, answer, error.headers
    except ClientError as error:
        status, body, headers = _failure(error)
    except Exception:
        logger.exception("the request failed")
        status, body, headers = 500, {"message": "this failed on our side"}, {}
    return _response(status, body, headers)


Answer = tuple[int, "dict[str, Any] | None", dict[str, str]]


def _route(request: Request) -> Answer:
    if request.path == ("items",):
        methods: dict[str, Callable[[], Answer]] = {
            "GET": lambda: _list(request),
            "POST": lambda: _create(request),
        }
    elif len(request.path) == 2 and request.path[0] == "items":
        item_id = request.path[1]
        if not ITEM_ID.fullmatch(item_id):
            raise ApiError(404, "there is no such item")
        methods = {
            "GET": lambda: _read(item_id),
            "PUT": lambda: _update(item_id, request),
            "DELETE": lambda: _delete(item_id, request),
        }
    else:
        raise ApiError(404, "there is no such path")
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise ApiError(405, f"use {allowed}", headers={"Allow": allowed})
    return methods[request.method]()


def _create(request: Request) -> Answer:
    body = request.json()
    faults = _check_item(body, allowed={"id", "name", "description"})
    item_id = body.get("id", uuid.uuid4().hex)
    if not isinstance(item_id, str) or not ITEM_ID.fullmatch(item_id):
        faults.append("id: write 1 to 64 letters, digits, _ and -, or leave it out")
    _raise(faults)
    now = _now()
    item = {
        "id": item_id,
        "name": body["name"],
        "description": body.get("description", ""),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    try:
        _table().put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
    except ClientError as error:
        if not _is_conflict(error):
            raise
        raise ApiError(409, f"item {item_id} exists already") from error
    return 201, item, {"Location": f"/items/{item_id}", "ETag": '"1"'}


def _list(request: Request) -> Answer:
    options: dict[str, Any] = {"Limit": _limit(request.query.get("limit"))}
    start = request.query.get("next")
    if start:
        options["ExclusiveStartKey"] = _decoded(start)
    page = _table().scan(**options)
    last = page.get("LastEvaluatedKey")
    items = [_plain(item) for item in page["Items"]]
    return 200, {"items": items, "next": _encoded(last) if last else None}, {}


def _read(item_id: str) -> Answer:
    found = _table().get_item(Key={"id": item_id}, ConsistentRead=True).get("Item")
    if found is None:
        raise ApiError(404, "there is no such item")
    item = _plain(found)
    return 200, item, {"ETag": f'"{item["version"]}"'}


def _update(item_id: str, request: Request) -> Answer:
    body = request.json()
    faults = _check_item(body, allowed={"name", "description", "version"})
    version: Any = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 10**15:
        faults.append("version: write the version that you read, a whole number")
    _raise(faults)
    try:
        changed = _table().update_item(
            Key={"id": item_id},
            UpdateExpression="SET #name = :name, description = :text, version = :new, "
            "updated_at = :now",
            ConditionExpression="version = :old",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={
                ":name": body["name"],
                ":text": body.get("description", ""),
                ":old": version,
                ":new": version + 1,
                ":now": _now(),
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        raise _conflict(error, item_id) from error
    item = _plain(changed["Attributes"])
    return 200, item, {"ETag": f'"{item["version"]}"'}


def _delete(item_id: str, request: Request) -> Answer:
    condition: dict[str, Any] = {"ConditionExpression": "attribute_exists(id)"}
    given = request.query.get("version")
    if given is not None:
        if not re.fullmatch(r"[1-9][0-9]{0,14}", given):
            raise ApiError(400, "version: write the version that you read, a whole number")
        condition = {
            "ConditionExpression": "version = :old",
            "ExpressionAttributeValues": {":old": int(given)},
        }
    try:
        _table().delete_item(
            Key={"id": item_id}, ReturnValuesOnConditionCheckFailure="ALL_OLD", **condition
        )
    except ClientError as error:
        raise _conflict(error, item_id) from error
    return 204, None, {}


def _check_item(body: Mapping[str, Any], *, allowed: set[str]) -> list[str]:
    faults = [f"{name}: is not known" for name in sorted(body.keys() - allowed)]
    name = body.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH:
        faults.append(f"name: write 1 to {NAME_LENGTH} characters")
    text = body.get("description", "")
    if not isinstance(text, str) or len(text) > DESCRIPTION_LENGTH:
        faults.append(f"description: write up to {DESCRIPTION_LENGTH} characters")
    return faults


def _raise(faults: list[str]) -> None:
    if faults:
        raise ApiError(400, "the item is not valid", faults)


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,3}", given) or not 1 <= int(given) <= LARGEST_LIMIT:
        raise ApiError(400, f"limit: write a whole number from 1 to {LARGEST_LIMIT}")
    return int(given)


def _encoded(key: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(str(key["id"]).encode()).decode()


def _decoded(start: str) -> dict[str, str]:
    try:
        item_id = base64.urlsafe_b64decode(start.encode()).decode()
    except ValueError as error:
        raise ApiError(400, "next: write what the page before said") from error
    if not ITEM_ID.fullmatch(item_id):
        raise ApiError(400, "next: write what the page before said")
    return {"id": item_id}


def _is_conflict(error: ClientError) -> bool:
    code: str = error.response["Error"]["Code"]
    return code == "ConditionalCheckFailedException"


def _conflict(error: Exception, item_id: str) -> Exception:
    """What a failed condition means: there is no such item, or another version of it."""
    if not isinstance(error, ClientError) or not _is_conflict(error):
        return error
    current = error.response.get("Item")
    if not current:
        return ApiError(404, "there is no such item")
    version = current["version"]
    number = version["N"] if isinstance(version, dict) else version
    return ApiError(409, f"item {item_id} has version {number} by now: read it again")


def _failure(error: ClientError) -> Answer:
    if error.response["Error"]["Code"] in _THROTTLED:
        return 503, {"message": "too many requests: try again"}, {"Retry-After": "1"}
    logger.exception("DynamoDB refused")
    return 500, {"message": "this failed on our side"}, {}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {k: int(v) if isinstance(v, Decimal) else v for k, v in item.items()}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _response(
    status: int, body: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> dict[str, Any]:
    all_headers = {"Cache-Control": "no-store", **headers}
    if body is not None:
        all_headers["Content-Type"] = "application/json"
    origin = os.environ.get("ALLOWED_ORIGIN")
    if origin:
        all_headers["Access-Control-Allow-Origin"] = origin
        all_headers["Access-Control-Expose-Headers"] = "ETag, Location"
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    return {"statusCode": status, "headers": all_headers, "body": text}


@functools.cache
def _table() -> Any:
    return boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
