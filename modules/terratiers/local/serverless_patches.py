"""Closes the gaps of moto 5.2.5 around Lambda; see emulator_patches.py."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from terratiers.local.lambda_execution import Throttled, kept, run_function

__all__ = ["apply_serverless_patches"]

_KEPT = ("DeadLetterConfig", "LoggingConfig", "SnapStart")
_SETTINGS = {
    "KMSKeyArn": "kms_key_arn",
    "TracingConfig": "tracing_config",
}
_LARGEST_EVENT, _LARGEST_ASYNC_EVENT = 6_291_456, 1_048_576


def apply_serverless_patches() -> None:
    """Applies every patch to the moto of this process."""
    _run_handlers()
    _answer_invocations()
    _invoke_from_buckets()
    _invoke_from_topics()
    _read_event_sources()
    _keep_function_settings()
    _replace_event_invoke_configs()
    _keep_unknown_layers()
    _serve_recursion_and_provisioned_concurrency()


def _run_handlers() -> None:
    """A function's own code runs, in a child process, and its log reaches CloudWatch Logs.

    moto runs it in Docker, which is not there. What other services of moto invoke comes this
    way too.
    """
    from moto.awslambda.models import LambdaFunction

    def invoke(self: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        invocation = run_function(self, json.loads(body) if body else {})
        if invocation.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return invocation.payload

    LambdaFunction.invoke = invoke


def _answer_invocations() -> None:
    """`Invoke` answers as Lambda does: errors, the log's tail, events for later, limits.

    moto runs an `Event` while the caller waits, knows neither retries nor dead letters, takes
    any payload, and says `Handled` of what a handler raised.
    """
    import base64

    from terratiers.local.lambda_async import invoke_later

    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.responses import LambdaResponse

    def refused(code: int, kind: str, message: str) -> Exception:
        error: Exception = LambdaClientError(kind, message)
        error.code = code  # type: ignore[attr-defined]
        return error

    def read_event(response: Any, limit: int) -> Any:
        body = response.body or b""
        body = body.encode() if isinstance(body, str) else body
        if len(body) > limit:
            message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
            raise refused(413, "RequestTooLargeException", message)
        try:
            return json.loads(body) if body else {}
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise refused(400, "InvalidRequestContentException", message) from None

    def invoke(self: Any) -> Any:
        name = unquote(self.path.rsplit("/", 2)[-2])
        qualifier = (self.querystring.get("Qualifier") or [None])[0]
        function = self.backend.get_function(name, qualifier)
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        later = kind == "Event"
        event = read_event(self, _LARGEST_ASYNC_EVENT if later else _LARGEST_EVENT)
        if kind == "DryRun":
            return 204, {"status": 204}, b""
        arn = _asked_arn(function, name, qualifier)
        if later:
            return 202, {"status": 202, "x-amzn-RequestId": invoke_later(arn, event)}, b""
        context = self.headers.get("X-Amz-Client-Context")
        try:
            invocation = run_function(
                function,
                event,
                arn=arn,
                client_context=json.loads(base64.b64decode(context)) if context else None,
            )
        except Throttled as error:
            raise refused(429, "TooManyRequestsException", str(error)) from None
        headers = {
            "content-type": "application/json",
            "X-Amz-Executed-Version": invocation.version,
            "x-amzn-RequestId": invocation.request_id,
        }
        if invocation.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(invocation.log_tail).decode()
        return 200, headers, invocation.payload

    LambdaResponse.invoke = invoke


def _asked_arn(function: Any, name: str, qualifier: str | None) -> str:
    """The ARN that was asked for, with its version or alias."""
    from moto.awslambda.utils import make_function_arn

    plain = make_function_arn(function.region, function.account_id, function.function_name)
    own = name.rpartition(":function:")[2].partition(":")[2]
    asked = own or qualifier
    return f"{plain}:{asked}" if asked else str(plain)


def _invoke_from_buckets() -> None:
    """A bucket's event reaches its function in the background, with retries and dead letters.

    moto runs the function while the upload waits, and forgets what fails.
    """
    from terratiers.local.lambda_async import invoke_later

    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.s3 import notifications

    def invoke(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        try:
            invoke_later(fn_arn, event_body)
        except UnknownFunctionException:
            return

    notifications._invoke_awslambda = invoke


def _invoke_from_topics() -> None:
    """A topic's message reaches a function with the topic's name and its own attributes.

    moto makes up both, and runs the function while the publisher waits.
    """
    import uuid
    from datetime import datetime, timezone

    from terratiers.local.lambda_async import invoke_later

    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.sns.models import Subscription

    stock = Subscription.publish

    def publish(self: Any, message: str, message_id: str, *args: Any, **options: Any) -> None:
        if self.protocol != "lambda":
            stock(self, message, message_id, *args, **options)
            return
        names = (
            "subject",
            "message_attributes",
            "group_id",
            "deduplication_id",
            "message_structure",
        )
        options = {**dict(zip(names, args, strict=False)), **options}
        attributes = options.get("message_attributes") or {}
        matcher = self._filter_policy_matcher
        if matcher is not None and not matcher.matches(attributes, message):
            return
        if options.get("message_structure") == "json":
            message = self._parse_message_structure(message, self.protocol)
        notification = {
            "Type": "Notification",
            "MessageId": message_id or str(uuid.uuid4()),
            "TopicArn": self.topic.arn,
            "Subject": options.get("subject"),
            "Message": message,
            "Timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": "EXAMPLE",
            "UnsubscribeUrl": "EXAMPLE",
            "MessageAttributes": {
                name: {"Type": value["Type"], "Value": str(value["Value"])}
                for name, value in attributes.items()
            },
        }
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.arn,
            "Sns": notification,
        }
        try:
            invoke_later(self.endpoint, {"Records": [record]})
        except UnknownFunctionException:
            return

    Subscription.publish = publish


def _read_event_sources() -> None:
    """Queues and streams are read in the background, in batches, and failures come again.

    moto invokes the function for each message while the sender waits, deletes all or nothing,
    and goes on reading for a mapping that was deleted.
    """
    from terratiers.local.lambda_sources import serve_event_source

    from moto.awslambda.models import LambdaBackend
    from moto.dynamodb import dynamodb_backends
    from moto.sqs.models import sqs_backends

    stock = LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(self: Any, spec: dict[str, Any]) -> Any:
        mapping = stock(self, spec)
        sources = [
            *sqs_backends[self.account_id][self.region_name].queues.values(),
            *dynamodb_backends[self.account_id][self.region_name].tables.values(),
        ]
        for source in sources:
            source.lambda_event_source_mappings.pop(mapping.function_arn, None)
        if re.search(r":(sqs|dynamodb):", mapping.event_source_arn):
            serve_event_source(self, mapping)
        return mapping

    LambdaBackend.create_event_source_mapping = create_event_source_mapping


def _keep_function_settings() -> None:
    """Functions answer with all that they were given, and take changes of it.

    moto forgets dead letters, logging and snapshots, and changes of the key, tracing and `/tmp`;
    each plan would set them again. Seen with `aws_lambda_function`.
    """
    from moto.awslambda.models import LambdaBackend, LambdaFunction

    stock_init, stock_update = LambdaFunction.__init__, LambdaFunction.update_configuration
    stock_configuration = LambdaFunction.get_configuration
    stock_publish = LambdaBackend.publish_version
    stock_code = LambdaFunction.get_code

    def keep(function: Any, given: dict[str, Any]) -> None:
        for name in _KEPT:
            if name in given:
                kept(function)[name] = given[name]

    def init(self: Any, account_id: str, spec: dict[str, Any], *args: Any, **options: Any) -> None:
        stock_init(self, account_id, spec, *args, **options)
        keep(self, spec)

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> Any:
        keep(self, config_updates)
        for name, attribute in _SETTINGS.items():
            if name in config_updates:
                setattr(self, attribute, config_updates[name])
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        stock_update(self, {"Environment": {"Variables": {}}, **config_updates})
        return self.get_configuration()

    def get_configuration(self: Any, on_create: bool = False) -> Any:
        settings = kept(self)
        answer = {**stock_configuration(self, on_create), **settings}
        logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        answer["LoggingConfig"] = {**logging, **settings.get("LoggingConfig", {})}
        applied = settings.get("SnapStart", {}).get("ApplyOn", "None")
        optimized = applied == "PublishedVersions" and str(self.version) != "$LATEST"
        answer["SnapStart"] = {
            "ApplyOn": applied,
            "OptimizationStatus": "On" if optimized else "Off",
        }
        return answer

    def get_code(self: Any) -> Any:
        answer = stock_code(self)
        if self.reserved_concurrency is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": self.reserved_concurrency}
        return answer

    def publish_version(self: Any, name_or_arn: str, description: str = "") -> Any:
        version = stock_publish(self, name_or_arn, description)
        if version is not None:
            version.__dict__["kept_settings"] = dict(kept(version))
        return version

    LambdaFunction.__init__ = init
    LambdaFunction.update_configuration = update_configuration
    LambdaFunction.get_configuration = get_configuration
    LambdaFunction.get_code = get_code
    LambdaBackend.publish_version = publish_version


def _replace_event_invoke_configs() -> None:
    """A function has one configuration for its events: another one takes its place.

    moto keeps the first for ever. Seen with `aws_lambda_function_event_invoke_config`.
    """
    from moto.awslambda.models import LambdaBackend

    stock = LambdaBackend.put_function_event_invoke_config

    def put(self: Any, function_name: str, config: dict[str, Any]) -> Any:
        self.get_function(function_name).event_invoke_config.clear()
        return stock(self, function_name, config)

    LambdaBackend.put_function_event_invoke_config = put
    LambdaBackend.update_function_event_invoke_config = put


def _keep_unknown_layers() -> None:
    """Functions may name layers of other accounts, such as AWS's own.

    moto knows only what was uploaded to it, and refuses the function.
    """
    from moto.awslambda.models import LambdaFunction

    stock = LambdaFunction._get_layers_data

    def get_layers_data(self: Any, layers_versions_arns: list[str]) -> Any:
        own = [arn for arn in layers_versions_arns if arn.split(":")[4] == self.account_id]
        known = {layer["Arn"]: layer for layer in stock(self, own)}
        return [known.get(arn, {"Arn": arn, "CodeSize": 0}) for arn in layers_versions_arns]

    LambdaFunction._get_layers_data = get_layers_data


def _serve_recursion_and_provisioned_concurrency() -> None:
    """Functions have a recursion setting, aliases a provisioned concurrency.

    moto knows none of these calls. Seen with `aws_lambda_function_recursion_config` and
    `aws_lambda_provisioned_concurrency_config`.
    """
    from moto.awslambda.exceptions import GenericResourcNotFound
    from moto.awslambda.responses import LambdaResponse

    def function_of(response: Any) -> Any:
        return response.backend.get_function(unquote(response.path.rsplit("/", 2)[-2]))

    def concurrency_of(response: Any) -> tuple[dict[str, Any], str]:
        known = kept_aside(function_of(response)).setdefault("concurrency", {})
        return known, response.querystring["Qualifier"][0]

    def kept_aside(function: Any) -> dict[str, Any]:
        aside: dict[str, Any] = function.__dict__.setdefault("kept_aside", {})
        return aside

    def put_function_recursion_config(self: Any) -> Any:
        kept_aside(function_of(self))["recursion"] = json.loads(self.body)["RecursiveLoop"]
        return get_function_recursion_config(self)

    def get_function_recursion_config(self: Any) -> Any:
        found = kept_aside(function_of(self)).get("recursion", "Terminate")
        return 200, {}, json.dumps({"RecursiveLoop": found})

    def put_provisioned_concurrency_config(self: Any) -> Any:
        known, qualifier = concurrency_of(self)
        known[qualifier] = json.loads(self.body)["ProvisionedConcurrentExecutions"]
        return 202, {}, json.dumps(described(known[qualifier]))

    def get_provisioned_concurrency_config(self: Any) -> Any:
        known, qualifier = concurrency_of(self)
        if qualifier not in known:
            raise GenericResourcNotFound()
        return 200, {}, json.dumps(described(known[qualifier]))

    def delete_provisioned_concurrency_config(self: Any) -> Any:
        known, qualifier = concurrency_of(self)
        known.pop(qualifier, None)
        return 204, {}, ""

    def described(count: int) -> dict[str, Any]:
        return {
            "RequestedProvisionedConcurrentExecutions": count,
            "AvailableProvisionedConcurrentExecutions": count,
            "AllocatedProvisionedConcurrentExecutions": count,
            "Status": "READY",
            "LastModified": "2026-01-01T00:00:00.000+0000",
        }

    methods: tuple[Callable[[Any], Any], ...] = (
        put_function_recursion_config,
        get_function_recursion_config,
        put_provisioned_concurrency_config,
        get_provisioned_concurrency_config,
        delete_provisioned_concurrency_config,
    )
    for method in methods:
        setattr(LambdaResponse, method.__name__, method)
    from moto.awslambda import urls

    name = r"(?P<function_name>[\w_:%-]+)"
    for path in ("recursion-config", "provisioned-concurrency"):
        pattern = rf"{{0}}/(?P<api_version>[^/]+)/functions/{name}/{path}/?$"
        urls.url_paths[pattern] = LambdaResponse.dispatch
