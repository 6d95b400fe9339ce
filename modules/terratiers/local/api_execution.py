"""Requests to APIs: the emulator runs the function that their route names.

An API is reached by its own host name, sent to the emulator's port, or below a path:

    curl -H 'Host: <id>.execute-api.<region>.amazonaws.com' http://127.0.0.1:4599/live/items
    curl http://127.0.0.1:4599/_aws/execute-api/<id>/live/items

Of what API Gateway does on the way there is only the routing and CORS: no authorizers, API keys,
throttling or request validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from terratiers.local.api_requests import (
    answer_of,
    event_1_0,
    event_2_0,
    json_response,
    match_path,
)
from terratiers.local.lambda_execution import FunctionFailed, Throttled, invoke

from werkzeug.wrappers import Request, Response

__all__ = ["answer_api_requests"]

_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(:\d+)?")
_PATH = re.compile(r"/_aws/execute-api/([a-z0-9]+)(/.*)?")
_FUNCTION = re.compile(r"functions/(arn:[^/]+)/invocations")

Application = Callable[[dict[str, Any], Any], Any]


def answer_api_requests(application: Application) -> Application:
    """`application`, with requests to APIs answered before it sees them."""

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        host = _HOST.fullmatch(environ.get("HTTP_HOST", ""))
        below = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if host is None and below is None:
            return application(environ, start_response)
        api_id = host[1] if host else str(below and below[1])
        path = environ.get("PATH_INFO", "/") if host else str((below and below[2]) or "/")
        return _answer(Request(environ), api_id, path)(environ, start_response)

    return call


def _answer(request: Request, api_id: str, path: str) -> Response:
    rest = _find(_rest_backends(), api_id)
    if rest is not None:
        return _answer_rest(request, rest, path)
    http = _find(_http_backends(), api_id)
    if http is not None:
        return _answer_http(request, http, path)
    return json_response(403, {"message": "Forbidden"})


def _rest_backends() -> Iterator[Any]:
    from moto.apigateway.models import apigateway_backends

    for account in list(apigateway_backends.values()):
        yield from list(account.values())


def _http_backends() -> Iterator[Any]:
    from moto.apigatewayv2.models import apigatewayv2_backends

    for account in list(apigatewayv2_backends.values()):
        yield from list(account.values())


def _find(backends: Iterator[Any], api_id: str) -> Any:
    return next((backend.apis[api_id] for backend in backends if api_id in backend.apis), None)


def _answer_rest(request: Request, api: Any, path: str) -> Response:
    """A REST API: the stage is the first part of the path."""
    _, stage, *parts = f"{path}/".split("/")
    inner = "/" + "/".join(parts).rstrip("/")
    found = match_path(((r.get_path(), r) for r in api.resources.values()), inner)
    if stage not in api.stages or found is None:
        return json_response(403, {"message": "Missing Authentication Token"})
    resource, parameters = found
    methods = resource.resource_methods
    method = methods.get(request.method) or methods.get("ANY")
    integration = method.method_integration if method else None
    if integration is None:
        return json_response(403, {"message": "Missing Authentication Token"})
    if integration.integration_type == "MOCK":
        return _mock(integration)
    event = event_1_0(
        request,
        api_id=api.id,
        stage=stage,
        path=inner,
        resource=resource.get_path(),
        parameters=parameters,
    )
    return _call(integration.uri, event, format="1.0")


def _mock(integration: Any) -> Response:
    status, answer = next(iter((integration.integration_responses or {}).items()))
    response = Response(status=int(status))
    for name, value in (answer.response_parameters or {}).items():
        response.headers[name.removeprefix("method.response.header.")] = value.strip("'")
    return response


def _answer_http(request: Request, api: Any, path: str) -> Response:
    """An HTTP API: its stage is `$default`, which is no part of the path."""
    cors = api.cors_configuration or {}
    origin = request.headers.get("Origin")
    allowed = origin if origin in cors.get("allowOrigins", ()) else None
    if "*" in cors.get("allowOrigins", ()):
        allowed = "*"
    if allowed and request.method == "OPTIONS":
        response = Response(status=204)
        for header, name in (("Methods", "allowMethods"), ("Headers", "allowHeaders")):
            response.headers[f"Access-Control-Allow-{header}"] = ",".join(cors.get(name) or ())
    else:
        response = _call_route(request, api, path)
    if allowed:
        response.headers["Access-Control-Allow-Origin"] = allowed
    return response


def _call_route(request: Request, api: Any, path: str) -> Response:
    routes = [(*route.route_key.split(" ", 1), route) for route in api.routes.values()]
    for verb in (request.method, "ANY"):
        found = match_path(((p, route) for method, p, route in routes if method == verb), path)
        if found:
            route, parameters = found
            integration = api.integrations[route.target.removeprefix("integrations/")]
            event = event_2_0(
                request,
                api_id=api.api_id,
                path=path,
                route_key=route.route_key,
                parameters=parameters,
            )
            return _call(integration.integration_uri, event, format="2.0")
    return json_response(404, {"message": "Not Found"})


def _call(uri: str, event: dict[str, Any], *, format: str) -> Response:
    named = _FUNCTION.search(uri)
    try:
        result = invoke(named[1] if named else uri, event)
    except Throttled:
        return json_response(429, {"message": "Too Many Requests"})
    except FunctionFailed:
        status = 502 if format == "1.0" else 500
        return json_response(status, {"message": "Internal Server Error"})
    return answer_of(result, format=format)
