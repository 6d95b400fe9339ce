"""What HTTP APIs and REST APIs have in common: routes, CORS, throttling, access logs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.log_group import (
    DEFAULT_RETENTION,
    add_log_group,
    check_retention,
)
from terratiers.core.names import construct_name, path_in_stack
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_options,
    check_sequence,
    check_string,
    show,
)
from terratiers.security.key import Key, KeyBase
from terratiers.serverless.function_base import FunctionBase

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

__all__ = [
    "HTTP_SEGMENT",
    "METHODS",
    "REST_SEGMENT",
    "ApiAccessLogs",
    "Cors",
    "Throttling",
    "add_access_log_group",
    "add_execution_log_group",
    "check_access_logs",
    "check_api_function",
    "check_methods",
    "check_path",
    "execution_path",
    "permission_id",
    "route_id",
    "warn_of_public_api",
]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HTTP_SEGMENT = re.compile(r"[A-Za-z0-9_.~:@!$&'()*,;=-]+|\{[A-Za-z0-9_.-]+\}")
REST_SEGMENT = re.compile(r"[A-Za-z0-9_.:-]+|\{[A-Za-z0-9_.-]+\}")
_ROUTE_LENGTH = 48  # leaves room for what stands around it in an id of 64
_GREEDY = re.compile(r"\{[A-Za-z0-9_.-]+\+\}")


def check_api_function(faults: Faults, value: object, api: Construct) -> None:
    """Notes what is no Lambda function, or one of another stack."""
    example = 'a Function, such as Function(self, "items", code=...)'
    given = check_instance(faults, "function", value, FunctionBase, example)
    if given:
        check_same_stack(faults, "function", given, api)


def permission_id(api: Construct, route: str) -> str:
    """The id of the permission that lets a route call its function: `api-get-items`."""
    id = f"{path_in_stack(api).replace('/', '-')}-{route}"
    return id if len(id) <= _ROUTE_LENGTH else _cut(id, id)


def check_path(faults: Faults, path: object, segment: re.Pattern[str] = HTTP_SEGMENT) -> str | None:
    """Notes what is no path of an API: `/`, `/items/{id}`, `/files/{proxy+}`.

    `segment` says which characters a part may have: a REST API takes fewer than an HTTP API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
    """
    remedy = "write a path like /items/{id} or /files/{proxy+}"
    if not isinstance(path, str) or not path.startswith("/"):
        faults.add(f"path {show(path)} is not valid: {remedy}.")
        return None
    segments = path.split("/")[1:]
    if path == "/":
        return path
    names = re.findall(r"\{([^}+]*)\+?\}", path)
    for position, part in enumerate(segments):
        last = position == len(segments) - 1
        if not segment.fullmatch(part) and not (last and _GREEDY.fullmatch(part)):
            why = "a {name+} comes last" if _GREEDY.fullmatch(part) else f"see {show(part)}"
            faults.add(f"path {show(path)} is not valid ({why}): {remedy}.")
            return None
    if len(set(names)) < len(names):
        faults.add(f"path {path} has a parameter twice: give each its own name.")
        return None
    return path


def check_methods(faults: Faults, methods: object) -> tuple[str, ...]:
    """HTTP methods, each once; `ANY` stands alone."""
    items = check_sequence(faults, "methods", methods, '["GET"]') or ()
    if methods in ([], ()):
        faults.add('methods is empty: write ["GET"], or ["ANY"] for all.')
    for method in items:
        check_choice(faults, "method", method, (*METHODS, "ANY"))
    if len(set(map(str, items))) < len(items):
        faults.add("methods names a method twice: name each once.")
    if "ANY" in items and len(items) > 1:
        faults.add("methods: ANY stands for all of them: leave the others out.")
    return tuple(str(item) for item in items)


def route_id(method: str, path: str) -> str:
    """A route in an address: `get-items-id` for `GET /items/{id}`.

    A hyphen is written twice (`get-order--items`); what cannot be told from the readable form is
    told by a digest.
    """
    inner = path.strip("/").replace("-", "--").replace("/", "-")
    text = re.sub(r"[^a-z0-9-]+", "", f"{method}-{inner}".lower()).strip("-")
    exact = re.fullmatch(r"(/([a-z0-9-]+|\{[a-z0-9]+\+?\}))+|/", path)
    return text if exact and len(text) <= _ROUTE_LENGTH else _cut(text, f"{method} {path}")


def _cut(text: str, whole: str) -> str:
    """`text`, cut where it is long, with a digest of `whole`."""
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{text[: _ROUTE_LENGTH - 9].rstrip('-')}-{digest}"


def execution_path(method: str, path: str) -> str:
    """A route as a permission names it: parameters are wildcards, and so is the stage."""
    verb = "*" if method == "ANY" else method
    return f"*/{verb}{re.sub(r'{[^}]*}', '*', path)}"


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """How many requests an API takes in all; more are answered with code 429.

    Args:
        rate_limit: Requests a second, 1 to 10000 (the account's quota unless it was raised).
            Default: 100.
        burst_limit: Requests at once, 1 to 5000. Default: 200.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    """

    rate_limit: int = 100
    burst_limit: int = 200

    def check(self, faults: Faults, label: str = "throttling") -> None:
        """Notes what API Gateway would refuse."""
        unit = "requests a second (API Gateway)"
        check_int(faults, f"{label}: rate_limit", self.rate_limit, 1, 10_000, unit)
        check_int(faults, f"{label}: burst_limit", self.burst_limit, 1, 5_000, "requests")


@dataclass(frozen=True, kw_only=True)
class Cors:
    """Which pages may call an API from a browser.

    Args:
        allow_origins: `https://www.example.com`, ..., or `*` alone for every page.
        allow_methods: Default: every method.
        allow_headers: Header names. Default: `content-type`, `authorization`, `x-api-key`.
        expose_headers: Headers of answers that scripts may read. Default: none.
        allow_credentials: Whether cookies are sent along; not with `*`. Default: no.
        max_age: Seconds for which a browser remembers this, 0 to 86400. Default: 3600.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """

    allow_origins: Sequence[str]
    allow_methods: Sequence[str] = METHODS
    allow_headers: Sequence[str] = ("content-type", "authorization", "x-api-key")
    expose_headers: Sequence[str] = ()
    allow_credentials: bool = False
    max_age: int = 3600

    def check(self, faults: Faults) -> None:
        """Notes what a browser or API Gateway would refuse."""
        origins = check_sequence(
            faults, "cors: allow_origins", self.allow_origins, '["https://.."]'
        )
        if origins == ():
            faults.add("cors: allow_origins is empty: no page could call: leave cors out.")
        rule = "write https:// and a host, without a path, or * for every page."
        host = r"[a-z0-9.-]+(:[0-9]{1,5})?"
        for origin in origins or ():
            check_string(faults, "cors: origin", origin, rf"\*|https?://(\*\.)?{host}", rule)
        everybody = "*" in (origins or ())
        if everybody and len(origins or ()) > 1:
            faults.add("cors: allow_origins: * stands for every page: leave the others out.")
        credentials = check_bool(faults, "cors: allow_credentials", self.allow_credentials)
        if everybody and credentials:
            faults.add("cors: allow_credentials does not go with *: name the origins.")
        methods = check_sequence(faults, "cors: allow_methods", self.allow_methods, '["GET"]')
        for method in methods or ():
            check_choice(faults, "cors: method", method, METHODS)
        if methods == ():
            faults.add("cors: allow_methods is empty: name at least one.")
        for name in ("allow_headers", "expose_headers"):
            values = check_sequence(faults, f"cors: {name}", getattr(self, name), '["etag"]')
            for value in values or ():
                pattern = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}"
                check_string(faults, f"cors: {name}", value, pattern, "write a header's name.")
        check_int(faults, "cors: max_age", self.max_age, 0, 86_400, "seconds")


@dataclass(frozen=True, kw_only=True)
class ApiAccessLogs:
    """A log group with one line of JSON for each request.

    Args:
        retention_days: One of the periods that CloudWatch Logs knows, 1 to 3653. Default: 365.
        key: A `Key` that encrypts it; one of the same stack is told to admit CloudWatch Logs,
            another has to do so already. Default: AWS's own.
    """

    retention_days: int = DEFAULT_RETENTION
    key: KeyBase | None = None

    def check(self, faults: Faults) -> None:
        """Notes what CloudWatch Logs would refuse."""
        check_retention(faults, "access_logs: retention_days", self.retention_days)
        if self.key is not None:
            example = 'Key(self, "logs", description="...")'
            check_instance(faults, "access_logs: key", self.key, KeyBase, example)


def check_access_logs(faults: Faults, scope: Construct, logs: object) -> None:
    """Notes what is no `ApiAccessLogs`, and a key of another stack."""
    check_options(faults, "access_logs", logs, ApiAccessLogs, "ApiAccessLogs()")
    if isinstance(logs, ApiAccessLogs) and isinstance(logs.key, KeyBase):
        check_same_stack(faults, "access_logs: key", logs.key, scope)


def warn_of_public_api(api: Construct) -> None:
    """Warns that whoever knows the URL may call."""
    warn(
        api,
        "public-api",
        "Whoever knows the URL may call it: no authorizer, signature or API key is asked for.",
        error_in_production=True,
    )


def access_log_format(extra: dict[str, str]) -> str:
    """A line of the log. No header and no query is in it: they may hold secrets."""
    fields = {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "requestTime": "$context.requestTime",
        "httpMethod": "$context.httpMethod",
        "status": "$context.status",
        "protocol": "$context.protocol",
        "responseLength": "$context.responseLength",
        "error": "$context.error.message",
        "integrationError": "$context.integrationErrorMessage",
        "integrationLatency": "$context.integrationLatency",
        "responseLatency": "$context.responseLatency",
    }
    return json.dumps({**fields, **extra})


def add_access_log_group(api: Construct, logs: ApiAccessLogs) -> CloudwatchLogGroup:
    """The log group of an API.

    Below `/aws/vendedlogs` it needs no place in CloudWatch Logs' resource policy, which is small.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    """
    return _add_log_group(api, logs, "access", f"/aws/vendedlogs/apis/{construct_name(api)}")


def add_execution_log_group(
    api: Construct, logs: ApiAccessLogs, api_id: str, stage_name: str
) -> CloudwatchLogGroup:
    """The log group that API Gateway would make by itself, and keep for ever.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    name = f"API-Gateway-Execution-Logs_{api_id}/{stage_name}"
    return _add_log_group(api, logs, "execution", name)


def _add_log_group(api: Construct, logs: ApiAccessLogs, kind: str, name: str) -> CloudwatchLogGroup:
    if isinstance(logs.key, Key):
        logs.key.grant_log_group(name)
    return add_log_group(
        api,
        f"{kind}-logs",
        owner=api,
        address=f"{kind}_logs",
        name=name,
        retention_days=logs.retention_days,
        kms_key_arn=logs.key.key_arn if logs.key else None,
    )
