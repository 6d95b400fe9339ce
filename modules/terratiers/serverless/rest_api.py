"""REST APIs of API Gateway: request validation, API keys, usage plans, WAF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from terratiers.core.checkov import skip_check
from terratiers.core.contract import output
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_options,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
)
from terratiers.serverless.api_domain import ApiDomain
from terratiers.serverless.api_gateway_account import ApiGatewayAccount
from terratiers.serverless.api_settings import (
    REST_SEGMENT,
    ApiAccessLogs,
    Cors,
    Throttling,
    access_log_format,
    add_access_log_group,
    add_execution_log_group,
    check_access_logs,
    check_api_function,
    check_methods,
    check_path,
    execution_path,
    permission_id,
    route_id,
    warn_of_public_api,
)
from terratiers.serverless.function_base import FunctionBase
from terratiers.serverless.request_model import JsonSchema
from terratiers.serverless.rest_deployment import RestDeployment
from terratiers.serverless.rest_paths import RestPaths, check_one_origin

import jsii
from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.api_gateway_integration import ApiGatewayIntegration
from cdktf_cdktf_provider_aws.api_gateway_method import ApiGatewayMethod
from cdktf_cdktf_provider_aws.api_gateway_method_settings import (
    ApiGatewayMethodSettings,
    ApiGatewayMethodSettingsSettings,
)
from cdktf_cdktf_provider_aws.api_gateway_model import ApiGatewayModel
from cdktf_cdktf_provider_aws.api_gateway_request_validator import ApiGatewayRequestValidator
from cdktf_cdktf_provider_aws.api_gateway_rest_api import (
    ApiGatewayRestApi,
    ApiGatewayRestApiEndpointConfiguration,
)
from cdktf_cdktf_provider_aws.api_gateway_stage import (
    ApiGatewayStage,
    ApiGatewayStageAccessLogSettings,
)
from constructs import Construct, IValidation

if TYPE_CHECKING:
    from terratiers.serverless.usage_plan import UsagePlan

    from cdktf_cdktf_provider_aws.api_gateway_api_key import ApiGatewayApiKey

__all__ = ["ImportedRestApi", "RestApi", "RestApiAttributes"]

_DEFAULT_LOGS = ApiAccessLogs()
_LOG_LEVELS = ("OFF", "ERROR", "INFO")
_DEFAULT_THROTTLING = Throttling()
_ID = r"[a-z0-9]{6,12}"
_DOMAIN = 'ApiDomain(domain_name="api.example.com", certificate_arn=...)'


@dataclass(frozen=True, kw_only=True)
class RestApiAttributes:
    """The contract of a `RestApi`.

    Args:
        api_id: Its id.
        url: Where its stage answers, or its own domain.
        stage_arn: What a web ACL is associated with.
        execution_arn: What permissions to call it begin with.
    """

    api_id: str = output("Id of the REST API")
    url: str = output("URL of the REST API")
    stage_arn: str = output("ARN of the REST API's stage")
    execution_arn: str = output("ARN prefix of the REST API's methods")


class RestApiBase(SharedConstruct[RestApiAttributes]):
    """What an API made here and an imported one have in common."""

    Attributes = RestApiAttributes

    @property
    def api_id(self) -> str:
        return self.attributes.api_id

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self.attributes.url

    @property
    def stage_arn(self) -> str:
        return self.attributes.stage_arn

    @property
    def execution_arn(self) -> str:
        return self.attributes.execution_arn


class ImportedRestApi(RestApiBase):
    """An API that is not made here. Use `RestApi.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: RestApiAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'RestApiAttributes(api_id="...", url="https://...", ...)'
        given = check_instance(faults, "attributes", attributes, RestApiAttributes, example)
        if given:
            check_string(faults, "api_id", given.api_id, _ID, "write an id like a1b2c3d4e5.")
            check_string(faults, "url", given.url, r"https://[!-~]+[^/]", "write https://....")
            stage = rf"/restapis/{_ID}/stages/[A-Za-z0-9_-]+"
            pattern = rf"arn:aws[a-z-]*:apigateway:[a-z0-9-]+::{stage}"
            rule = "write arn:aws:apigateway:<region>::/restapis/<id>/stages/<name>."
            check_string(faults, "stage_arn", given.stage_arn, pattern, rule)
            check_arn(faults, "execution_arn", given.execution_arn, "execute-api", _ID)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class RestApi(RestApiBase):
    """A REST API: paths and methods to functions, one stage that follows every change.

    One change takes a second step: a method that is taken out stays deployed, and answers with an
    error, until the next deployment, since Terraform deploys before it deletes. See
    docs/serverless.md.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_api_gateway_rest_api.<id>`, `..._stage.<id>`.
        account: The `ApiGatewayAccount`: API Gateway writes access logs through its role. Without
            one, the account has to have such a role already. Default: none.
        description: Up to 1024 characters. Default: none.
        stage_name: Letters, digits, `_` and `-`; part of the URL. Default: `live`.
        endpoint_type: `REGIONAL` or `EDGE`. Default: regional.
        cors: Which pages may call it. The functions' own answers have to say so too. Default:
            none of another origin.
        throttling: Default: 100 requests a second, 200 at once.
        access_logs: Default: a log group kept for 365 days; None for none.
        execution_log_level: What of API Gateway's own steps is logged, never bodies: `OFF`,
            `ERROR` or `INFO`. The log group is kept and encrypted as the one of `access_logs`, or
            for 365 days. Default: ERROR; OFF without access logs.
        tracing: Whether X-Ray traces requests. Default: yes.
        binary_media_types: Media types that are handed over as bytes: `image/png`. Default: none.
        minimum_compression_size: Bytes from which answers are compressed, 0 to 10485760.
            Default: never.
        domain: An `ApiDomain`: a name of its own in place of API Gateway's. Default: none.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-rest-api.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        account: ApiGatewayAccount | None = None,
        description: str | None = None,
        stage_name: str = "live",
        endpoint_type: str = "REGIONAL",
        cors: Cors | None = None,
        throttling: Throttling = _DEFAULT_THROTTLING,
        access_logs: ApiAccessLogs | None = _DEFAULT_LOGS,
        execution_log_level: str | None = None,
        tracing: bool = True,
        binary_media_types: Sequence[str] = (),
        minimum_compression_size: int | None = None,
        domain: ApiDomain | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        if account is not None:
            example = 'ApiGatewayAccount(self, "account")'
            if check_instance(faults, "account", account, ApiGatewayAccount, example):
                check_same_stack(faults, "account", account, scope)
        if description is not None:
            rule = "write up to 1024 characters."
            check_string(faults, "description", description, r"(?s).{0,1024}", rule)
        rule = "write 1 to 128 letters, digits, _ and -."
        check_string(faults, "stage_name", stage_name, r"[A-Za-z0-9_-]{1,128}", rule, tokens=False)
        check_choice(faults, "endpoint_type", endpoint_type, ("REGIONAL", "EDGE"))
        check_options(faults, "cors", cors, Cors, 'Cors(allow_origins=["https://..."])')
        level = _check_logs(faults, scope, access_logs, execution_log_level)
        if isinstance(cors, Cors):
            check_one_origin(faults, cors)
        if check_instance(faults, "throttling", throttling, Throttling, "Throttling()"):
            throttling.check(faults)
        check_bool(faults, "tracing", tracing)
        types = check_sequence(faults, "binary_media_types", binary_media_types, '["image/png"]')
        for media in types or ():
            pattern = r"[A-Za-z0-9*.+-]+/[A-Za-z0-9*.+-]+"
            check_string(faults, "binary_media_types", media, pattern, "write image/png or */*.")
        if minimum_compression_size is not None:
            size = minimum_compression_size
            check_int(faults, "minimum_compression_size", size, 0, 10_485_760, "bytes")
        check_options(faults, "domain", domain, ApiDomain, _DOMAIN)
        if domain is not None and endpoint_type == "EDGE":
            faults.add("domain is for REGIONAL APIs: put a distribution of CloudFront in front.")
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.stage_name = stage_name
        self.cors = cors
        self._validators: dict[tuple[bool, bool], ApiGatewayRequestValidator] = {}
        self._models: dict[str, tuple[JsonSchema, ApiGatewayModel]] = {}
        self.methods: dict[str, ApiGatewayMethod] = {}
        self.api_keys: dict[str, ApiGatewayApiKey] = {}
        self._ids: dict[str, str] = {}
        name = construct_name(self)
        self.resource = ApiGatewayRestApi(
            self,
            "resource",
            name=name,
            description=description,
            endpoint_configuration=ApiGatewayRestApiEndpointConfiguration(types=[endpoint_type]),
            binary_media_types=sorted(types or ()) or None,
            minimum_compression_size=None
            if minimum_compression_size is None
            else str(minimum_compression_size),
            disable_execute_api_endpoint=domain is not None,
            tags={**own_tags, "Name": name},
            # Terraform does so anyway, since the deployment does
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(self.resource, self)
        self.deployment = RestDeployment(self, self.resource.id)
        whole = [sorted(types or ()), minimum_compression_size, endpoint_type, domain is not None]
        self.deployment.add("the whole API", whole, [])
        self._paths = RestPaths(self, self.resource, self.deployment, cors)
        self.log_group = add_access_log_group(self, access_logs) if access_logs else None
        self.stage = self._add_stage(account, tracing, {**own_tags, "Name": name})
        self.settings = self._add_settings(throttling, level, access_logs or _DEFAULT_LOGS)
        self.domain = (
            domain.map_rest_api(self, self.resource.id, self.stage.stage_name) if domain else None
        )
        self.node.add_validation(_HasMethods(self))
        self._attributes = RestApiAttributes(
            api_id=self.resource.id,
            url=f"https://{domain.domain_name}" if domain else self.stage.invoke_url,
            stage_arn=self.stage.arn,
            execution_arn=self.resource.execution_arn,
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: RestApiAttributes
    ) -> ImportedRestApi:
        """An API that exists already.

        Raises:
            ConfigurationError: for ids or ARNs of another form.
        """
        return ImportedRestApi(scope, id, attributes)

    def add_method(
        self,
        path: str,
        function: FunctionBase,
        *,
        methods: Sequence[str] = ("ANY",),
        authorization: str = "NONE",
        api_key_required: bool = False,
        model: JsonSchema | None = None,
        query_parameters: Mapping[str, bool] | None = None,
        headers: Mapping[str, bool] | None = None,
        timeout: int = 29_000,
    ) -> list[ApiGatewayMethod]:
        """Lets a function answer a path.

        Makes `aws_api_gateway_method.<api>_<method>_<path>` with its integration, the resources
        of the path that are not there yet, and the permission to call the function.

        Args:
            path: `/items/{id}`, `/files/{proxy+}`, ...; `/` alone is the root.
            function: A `Function`. It gets the request as it came (proxy integration).
            methods: `GET`, `POST`, ...; or `ANY` alone. Default: any.
            authorization: `NONE` or `AWS_IAM`. Default: none.
            api_key_required: Whether the caller needs an API key of a usage plan. Default: no.
            model: The JSON schema that bodies have to fit. Default: none.
            query_parameters: Name to whether it is required. Default: none named.
            headers: Name to whether it is required. Default: none named.
            timeout: Milliseconds until the request fails, 50 to 29000. Default: 29000.

        Raises:
            ConfigurationError: for a method that is there already, or values outside of these
                limits.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
        """
        faults = Faults(self.node.scope, self.node.id)
        route = check_path(faults, path, REST_SEGMENT)
        verbs = check_methods(faults, methods)
        check_api_function(faults, function, self)
        check_choice(faults, "authorization", authorization, ("NONE", "AWS_IAM"))
        check_bool(faults, "api_key_required", api_key_required)
        example = 'JsonSchema("Item", {"type": "object"})'
        check_options(faults, "model", model, JsonSchema, example)
        if isinstance(model, JsonSchema):
            known = self._models.get(model.name)
            if known and known[0] != model:
                faults.add(f"model {model.name} has another schema already: give it another name.")
        parameters = {
            **_parameters(faults, "query_parameters", query_parameters, "querystring"),
            **_parameters(faults, "headers", headers, "header"),
        }
        check_int(faults, "timeout", timeout, 50, 29_000, "milliseconds (API Gateway)")
        if route is not None:
            self._paths.check(faults, route)
            for verb in verbs:
                other = self._ids.get(route_id(verb, route))
                if other == f"{verb} {route}":
                    faults.add(f"method {other} is there already: each once.")
                elif other:
                    faults.add(f"method {verb} {route} would have the Terraform name of {other}.")
                if verb == "OPTIONS" and self.cors:
                    faults.add(f"OPTIONS {route} is answered for CORS already: leave it out.")
        faults.raise_any()
        if authorization == "NONE" and not api_key_required:
            warn_of_public_api(self)
        return [
            self._add_method(
                verb,
                path,
                function,
                timeout,
                model,
                authorization=authorization,
                api_key_required=api_key_required,
                request_parameters=parameters or None,
            )
            for verb in verbs
        ]

    def add_usage_plan(self, id: str, plan: UsagePlan) -> None:
        """Lets callers with API keys in, each within the plan's bounds.

        The keys are in `api_keys`, as `<id>/<name of the key>`.

        Args:
            id: Part of the Terraform names: `aws_api_gateway_usage_plan.<api>_<id>`,
                `aws_api_gateway_api_key.<api>_<id>_<key>`.
            plan: A `UsagePlan`.

        Raises:
            ConfigurationError: for values that API Gateway would refuse.
        """
        from terratiers.serverless.usage_plan import UsagePlan

        faults = check_scope(self, id)
        example = 'UsagePlan(api_keys=["partner"])'
        given = check_instance(faults, "plan", plan, UsagePlan, example)
        if given:
            given.check(faults)
        faults.raise_any()
        keys = plan.add_to(self, id, self.resource.id, self.stage.stage_name)
        self.api_keys.update({f"{id}/{name}": key for name, key in keys.items()})

    def _add_method(
        self,
        verb: str,
        path: str,
        function: FunctionBase,
        timeout: int,
        model: JsonSchema | None,
        **options: Any,
    ) -> ApiGatewayMethod:
        id = route_id(verb, path)
        resource_id = self._paths.resource_id(path)
        in_model = self._model(model) if model else None
        validates = (model is not None, any((options["request_parameters"] or {}).values()))
        validator = self._validator(*validates) if any(validates) else None
        method = ApiGatewayMethod(
            self,
            id,
            rest_api_id=self.resource.id,
            resource_id=resource_id,
            http_method=verb,
            request_models={"application/json": in_model.name} if in_model else None,
            request_validator_id=validator.id if validator else None,
            **options,
        )
        pin_address(method, self, id)
        if validator is None:
            skip_check(
                method, "CKV2_AWS_53", "It has no model, and no parameter that it has to have."
            )
        integration = ApiGatewayIntegration(
            self,
            f"{id}-integration",
            rest_api_id=self.resource.id,
            resource_id=resource_id,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=function.invoke_arn,
            timeout_milliseconds=timeout,
        )
        pin_address(integration, self, id)
        self.methods[f"{verb} {path}"] = method
        self._ids[id] = f"{verb} {path}"
        schema = model.text() if model else None
        self.deployment.add(
            f"{verb} {path}",
            [function.node.path, timeout, schema, validates, sorted(options.items())],
            [method, integration, *([in_model] if in_model else [])],
            {function.node.path: function.invoke_arn},
        )
        function.add_permission(
            permission_id(self, id),
            principal="apigateway.amazonaws.com",
            source_arn=f"{self.resource.execution_arn}/{execution_path(verb, path)}",
        )
        return method

    def _model(self, model: JsonSchema) -> ApiGatewayModel:
        """One for each name."""
        if model.name not in self._models:
            made = ApiGatewayModel(
                self,
                f"model-{model.name}",
                rest_api_id=self.resource.id,
                name=model.name,
                content_type="application/json",
                schema=model.text(),
            )
            pin_address(made, self, model.name)
            self._models[model.name] = (model, made)
        return self._models[model.name][1]

    def _validator(self, body: bool, parameters: bool) -> ApiGatewayRequestValidator:
        """One for each combination."""
        if (body, parameters) not in self._validators:
            name = "-and-".join(
                part for part, on in (("body", body), ("parameters", parameters)) if on
            )
            validator = ApiGatewayRequestValidator(
                self,
                f"validator-{name}",
                rest_api_id=self.resource.id,
                name=name,
                validate_request_body=body,
                validate_request_parameters=parameters,
            )
            pin_address(validator, self, name)
            self._validators[body, parameters] = validator
        return self._validators[body, parameters]

    def _add_stage(
        self, account: ApiGatewayAccount | None, tracing: bool, tags: Mapping[str, str]
    ) -> ApiGatewayStage:
        stage = ApiGatewayStage(
            self,
            "stage",
            rest_api_id=self.resource.id,
            deployment_id=self.deployment.resource.id,
            stage_name=self.stage_name,
            xray_tracing_enabled=tracing,
            access_log_settings=ApiGatewayStageAccessLogSettings(
                destination_arn=self.log_group.arn,
                format=access_log_format({"resourcePath": "$context.resourcePath"}),
            )
            if self.log_group
            else None,
            depends_on=[account.resource] if account else None,
            tags=tags,
        )
        pin_address(stage, self)
        skip_check(
            stage,
            "CKV2_AWS_51",
            "Client certificates are for back-ends of HTTP; its methods call functions.",
        )
        return stage

    def _add_settings(
        self, throttling: Throttling, log_level: str, logs: ApiAccessLogs
    ) -> ApiGatewayMethodSettings:
        self.execution_log_group = (
            None
            if log_level == "OFF"
            else add_execution_log_group(self, logs, self.resource.id, self.stage_name)
        )
        settings = ApiGatewayMethodSettings(
            self,
            "settings",
            rest_api_id=self.resource.id,
            stage_name=self.stage.stage_name,
            method_path="*/*",
            settings=ApiGatewayMethodSettingsSettings(
                metrics_enabled=True,
                logging_level=log_level,
                data_trace_enabled=False,
                throttling_rate_limit=throttling.rate_limit,
                throttling_burst_limit=throttling.burst_limit,
            ),
            depends_on=[self.execution_log_group] if self.execution_log_group else None,
        )
        pin_address(settings, self)
        return settings


@jsii.implements(IValidation)
class _HasMethods:
    """API Gateway deploys no API without methods."""

    def __init__(self, api: RestApi) -> None:
        self._api = api

    def validate(self) -> list[str]:
        if self._api.methods:
            return []
        return [f"{self._api.node.path} has no method, and cannot be deployed: use add_method."]


def _check_logs(faults: Faults, scope: Construct, logs: object, level: str | None) -> str:
    """The level of the execution logs; they need the role that access logs need."""
    check_access_logs(faults, scope, logs)
    if level is not None:
        check_choice(faults, "execution_log_level", level, _LOG_LEVELS)
    return level or ("ERROR" if logs else "OFF")


def _parameters(faults: Faults, label: str, given: object, place: str) -> dict[str, bool]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        faults.add(f'{label} has to map names to whether they are required: {{"limit": False}}.')
        return {}
    for name, required in given.items():
        check_string(faults, label, name, r"[A-Za-z0-9_.-]{1,128}", "write a name.", tokens=False)
        check_bool(faults, f"{label}: {name}", required)
    return {f"method.request.{place}.{name}": bool(needed) for name, needed in given.items()}
