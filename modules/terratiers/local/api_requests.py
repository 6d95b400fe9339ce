"""The events in which API Gateway hands requests to functions, and the answers it takes."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from werkzeug.wrappers import Request, Response

__all__ = ["answer_of", "event_1_0", "event_2_0", "json_response", "match_path"]

T = TypeVar("T")


def match_path(templates: Iterable[tuple[str, T]], path: str) -> tuple[T, dict[str, str]] | None:
    """The template that fits best, and its parameters: literals before `{id}` before `{any+}`."""
    found: list[tuple[list[int], T, dict[str, str]]] = []
    for template, value in templates:
        fit = _fit(template, path)
        if fit is not None:
            found.append((fit[0], value, fit[1]))
    if not found:
        return None
    _, best, parameters = max(found, key=lambda entry: entry[0])
    return best, parameters


def _fit(template: str, path: str) -> tuple[list[int], dict[str, str]] | None:
    parts, given = template.strip("/").split("/"), path.strip("/").split("/")
    ranks: list[int] = []
    parameters: dict[str, str] = {}
    for position, part in enumerate(parts):
        if part.endswith("+}"):
            rest = given[position:]
            parameters[part[1:-2]] = "/".join(rest)
            return ([*ranks, 0], parameters) if rest and rest[0] else None
        if position >= len(given):
            return None
        if part.startswith("{"):
            if not given[position]:
                return None
            parameters[part[1:-1]] = given[position]
            ranks.append(1)
        elif part != given[position]:
            return None
        else:
            ranks.append(2)
    return (ranks, parameters) if len(parts) == len(given) else None


def event_1_0(
    request: Request,
    *,
    api_id: str,
    stage: str,
    path: str,
    resource: str,
    parameters: Mapping[str, str],
) -> dict[str, Any]:
    """Payload format 1.0, which REST APIs use.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    body, encoded = _body(request)
    query = request.args.to_dict(flat=False)
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name, []).append(value)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "apiId": api_id,
            "stage": stage,
            "resourcePath": resource,
            "httpMethod": request.method,
            "path": f"/{stage}{path}",
            "protocol": "HTTP/1.1",
            "requestId": str(uuid.uuid4()),
            "requestTimeEpoch": int(time.time() * 1000),
            "identity": {
                "sourceIp": request.remote_addr,
                "userAgent": request.headers.get("User-Agent"),
            },
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def event_2_0(
    request: Request,
    *,
    api_id: str,
    path: str,
    route_key: str,
    parameters: Mapping[str, str],
) -> dict[str, Any]:
    """Payload format 2.0, which HTTP APIs use.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    body, encoded = _body(request)
    query = request.args.to_dict(flat=False)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query_string.decode(),
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "requestContext": {
            "apiId": api_id,
            "stage": "$default",
            "routeKey": route_key,
            "domainName": request.host,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.remote_addr,
                "userAgent": request.headers.get("User-Agent"),
            },
            "requestId": str(uuid.uuid4()),
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": encoded,
    }
    if query:
        event["queryStringParameters"] = {name: ",".join(v) for name, v in query.items()}
    if parameters:
        event["pathParameters"] = dict(parameters)
    if body is not None:
        event["body"] = body
    return event


def answer_of(result: Any, *, format: str) -> Response:
    """The function's answer as a response; 502 for what API Gateway does not take."""
    if format == "2.0" and not (isinstance(result, dict) and "statusCode" in result):
        return json_response(200, result)
    if not isinstance(result, dict) or not str(result.get("statusCode", "")).isdigit():
        return json_response(502, {"message": "Internal server error"})
    text = result.get("body") or ""
    if not isinstance(text, str):
        return json_response(502, {"message": "Internal server error"})
    body = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
    response = Response(body, status=int(result["statusCode"]))
    response.headers["Content-Type"] = "application/json" if format == "1.0" else "text/plain"
    for name, value in (result.get("headers") or {}).items():
        response.headers[name] = str(value)
    for name, values in (result.get("multiValueHeaders") or {}).items():
        response.headers.setlist(name, [str(value) for value in values])
    for cookie in result.get("cookies") or []:
        response.headers.add("Set-Cookie", cookie)
    return response


def json_response(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")


def _body(request: Request) -> tuple[str | None, bool]:
    content = request.get_data()
    if not content:
        return None, False
    try:
        return content.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(content).decode(), True
