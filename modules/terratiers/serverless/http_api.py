"""HTTP APIs of API Gateway: routes to Lambda functions, at a third of a REST API's price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terratiers.core.contract import output
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, path_in_stack, pin_address
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
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
from terratiers.serverless.api_settings import (
    ApiAccessLogs,
    Cors,
    Throttling,
    access_log_format,
    add_access_log_group,
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

from cdktf_cdktf_provider_aws.apigatewayv2_api import (
    Apigatewayv2Api,
    Apigatewayv2ApiCorsConfiguration,
)
from cdktf_cdktf_provider_aws.apigatewayv2_integration import Apigatewayv2Integration
from cdktf_cdktf_provider_aws.apigatewayv2_route import Apigatewayv2Route
from cdktf_cdktf_provider_aws.apigatewayv2_stage import (
    Apigatewayv2Stage,
    Apigatewayv2StageAccessLogSettings,
    Apigatewayv2StageDefaultRouteSettings,
)
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.apigatewayv2_authorizer import Apigatewayv2Authorizer

__all__ = ["HttpApi", "HttpApiAttributes", "ImportedHttpApi", "JwtAuthorizer"]

_DEFAULT_LOGS = ApiAccessLogs()
_DEFAULT_THROTTLING = Throttling()
_ID = r"[a-z0-9]{6,12}"
_DOMAIN = 'ApiDomain(domain_name="api.example.com", certificate_arn=...)'


@dataclass(frozen=True, kw_only=True)
class HttpApiAttributes:
    """The contract of an `HttpApi`.

    Args:
        api_id: Its id.
        url: Where it answers: `https://<id>.execute-api.<region>.amazonaws.com`, or its own
            domain.
        execution_arn: What permissions to call it begin with.
    """

    api_id: str = output("Id of the HTTP API")
    url: str = output("URL of the HTTP API")
    execution_arn: str = output("ARN prefix of the HTTP API's routes")


class HttpApiBase(SharedConstruct[HttpApiAttributes]):
    """What an API made here and an imported one have in common."""

    Attributes = HttpApiAttributes

    @property
    def api_id(self) -> str:
        return self.attributes.api_id

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self.attributes.url

    @property
    def execution_arn(self) -> str:
        return self.attributes.execution_arn


class ImportedHttpApi(HttpApiBase):
    """An API that is not made here. Use `HttpApi.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: HttpApiAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'HttpApiAttributes(api_id="...", url="https://...", execution_arn="arn:...")'
        given = check_instance(faults, "attributes", attributes, HttpApiAttributes, example)
        if given:
            check_string(faults, "api_id", given.api_id, _ID, "write an id like a1b2c3d4e5.")
            check_string(faults, "url", given.url, r"https://[!-~]+[^/]", "write https://....")
            check_arn(faults, "execution_arn", given.execution_arn, "execute-api", _ID)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


@dataclass(frozen=True, kw_only=True)
class JwtAuthorizer:
    """Lets in who brings a token of an issuer, such as a Cognito user pool.

    Args:
        issuer: `https://cognito-idp.<region>.amazonaws.com/<pool>`, without a slash at the end.
        audience: The client ids that the token has to be for; at least one.
        identity_source: Where the token is. Default: the header `Authorization`.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """

    issuer: str
    audience: Sequence[str]
    identity_source: str = "$request.header.Authorization"

    def check(self, faults: Faults) -> None:
        """Notes what API Gateway would refuse."""
        rule = "write https:// and the issuer's address, without a slash at the end."
        check_string(faults, "authorizer: issuer", self.issuer, r"https://[!-~]+[^/]", rule)
        ids = check_sequence(faults, "authorizer: audience", self.audience, '["client-id"]')
        if ids == ():
            faults.add("authorizer: audience is empty: tokens for anybody would be let in.")
        for client in ids or ():
            check_string(faults, "authorizer: audience", client, r"[!-~]{1,256}", "write an id.")
        rule = "write $request.header.<name> or $request.querystring.<name>."
        pattern = r"\$request\.(header|querystring)\.[A-Za-z0-9_-]+"
        check_string(faults, "authorizer: identity_source", self.identity_source, pattern, rule)


class HttpApi(HttpApiBase):
    """An HTTP API: routes to functions, an access log, throttled.

    Its one stage is `$default` and follows every change by itself.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_apigatewayv2_api.<id>`, `..._stage.<id>`.
        description: Up to 1024 characters. Default: none.
        cors: Which pages may call it. Default: none of another origin.
        throttling: Default: 100 requests a second, 200 at once.
        access_logs: Default: a log group kept for 365 days; None for none.
        authorizer: A `JwtAuthorizer` for all routes that do not say otherwise. Default: none.
        domain: An `ApiDomain`: a name of its own in place of API Gateway's. Default: none.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str | None = None,
        cors: Cors | None = None,
        throttling: Throttling = _DEFAULT_THROTTLING,
        access_logs: ApiAccessLogs | None = _DEFAULT_LOGS,
        authorizer: JwtAuthorizer | None = None,
        domain: ApiDomain | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        if description is not None:
            rule = "write up to 1024 characters."
            check_string(faults, "description", description, r"(?s).{0,1024}", rule)
        check_options(faults, "cors", cors, Cors, 'Cors(allow_origins=["https://..."])')
        check_access_logs(faults, scope, access_logs)
        check_options(
            faults,
            "authorizer",
            authorizer,
            JwtAuthorizer,
            "JwtAuthorizer(issuer=..., audience=[...])",
        )
        if check_instance(faults, "throttling", throttling, Throttling, "Throttling()"):
            throttling.check(faults)
        check_options(faults, "domain", domain, ApiDomain, _DOMAIN)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self._integrations: dict[str, Apigatewayv2Integration] = {}
        self.routes: dict[str, Apigatewayv2Route] = {}
        self._ids: dict[str, str] = {}
        self._timeouts: dict[str, int] = {}
        name = construct_name(self)
        self.resource = Apigatewayv2Api(
            self,
            "resource",
            name=name,
            protocol_type="HTTP",
            description=description,
            disable_execute_api_endpoint=domain is not None,
            cors_configuration=_cors(cors) if cors else None,
            tags={**own_tags, "Name": name},
        )
        pin_address(self.resource, self)
        self.log_group = add_access_log_group(self, access_logs) if access_logs else None
        self.stage = Apigatewayv2Stage(
            self,
            "stage",
            api_id=self.resource.id,
            name="$default",
            auto_deploy=True,
            default_route_settings=Apigatewayv2StageDefaultRouteSettings(
                detailed_metrics_enabled=True,
                throttling_rate_limit=throttling.rate_limit,
                throttling_burst_limit=throttling.burst_limit,
            ),
            access_log_settings=Apigatewayv2StageAccessLogSettings(
                destination_arn=self.log_group.arn,
                format=access_log_format({"routeKey": "$context.routeKey"}),
            )
            if self.log_group
            else None,
            tags={**own_tags, "Name": name},
        )
        pin_address(self.stage, self)
        self.authorizer = self._add_authorizer(authorizer) if authorizer else None
        self.domain = (
            domain.map_http_api(self, self.resource.id, self.stage.name) if domain else None
        )
        self._attributes = HttpApiAttributes(
            api_id=self.resource.id,
            url=f"https://{domain.domain_name}" if domain else self.resource.api_endpoint,
            execution_arn=self.resource.execution_arn,
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: HttpApiAttributes
    ) -> ImportedHttpApi:
        """An API that exists already.

        Raises:
            ConfigurationError: for ids or ARNs of another form.
        """
        return ImportedHttpApi(scope, id, attributes)

    def add_route(
        self,
        path: str,
        function: FunctionBase,
        *,
        methods: Sequence[str] = ("ANY",),
        authorization: str | None = None,
        scopes: Sequence[str] = (),
        timeout: int = 30_000,
    ) -> list[Apigatewayv2Route]:
        """Lets a function answer a path.

        Makes `aws_apigatewayv2_route.<api>_<method>_<path>`, one integration for each function,
        and for each route the permission to call the function.

        Args:
            path: `/items/{id}`, `/files/{proxy+}`, ...; `/` alone is the root.
            function: A `Function`. It gets payload format 2.0.
            methods: `GET`, `POST`, ...; or `ANY` alone. Default: any.
            authorization: `JWT`, `AWS_IAM` or `NONE`. Default: JWT where the API has an
                authorizer, else none.
            scopes: With JWT: scopes of which the token has to have one. Default: none.
            timeout: Milliseconds until the request fails, 50 to 30000; the same for all routes of a
                function. Default: 30000.

        Raises:
            ConfigurationError: for a route that is there already, or values outside of these
                limits.
        """
        faults = Faults(self.node.scope, self.node.id)
        route = check_path(faults, path)
        verbs = check_methods(faults, methods)
        check_api_function(faults, function, self)
        kind = ("JWT" if self.authorizer else "NONE") if authorization is None else authorization
        check_choice(faults, "authorization", kind, ("JWT", "AWS_IAM", "NONE"))
        if kind == "JWT" and self.authorizer is None:
            faults.add("authorization is JWT: give the API a JwtAuthorizer.")
        given = check_sequence(faults, "scopes", scopes, '["items/read"]') or ()
        for scope in given:
            check_string(faults, "scope", scope, r"[!-~]{1,64}", "write 1 to 64 characters.")
        if given and kind != "JWT":
            faults.add("scopes go with JWT authorization only: leave them out.")
        check_int(faults, "timeout", timeout, 50, 30_000, "milliseconds (API Gateway)")
        if isinstance(function, FunctionBase):
            known = self._timeouts.get(function.node.path, timeout)
            if known != timeout:
                faults.add(f"timeout is {timeout}: the function's other routes have {known}.")
        for verb in verbs if route is not None else ():
            other = self._ids.get(route_id(verb, path))
            if other == f"{verb} {route}":
                faults.add(f"route {other} is there already: each once.")
            elif other:
                faults.add(f"route {verb} {route} would have the Terraform name of {other}.")
        faults.raise_any()
        if kind == "NONE":
            warn_of_public_api(self)
        integration = self._integration(function, timeout)
        return [self._add_route(v, path, function, integration, kind, given) for v in verbs]

    def _add_route(
        self,
        method: str,
        path: str,
        function: FunctionBase,
        integration: Apigatewayv2Integration,
        kind: str,
        scopes: Sequence[str],
    ) -> Apigatewayv2Route:
        id = route_id(method, path)
        jwt = self.authorizer if kind == "JWT" else None
        route = Apigatewayv2Route(
            self,
            id,
            api_id=self.resource.id,
            route_key=f"{method} {path}",
            target=f"integrations/{integration.id}",
            authorization_type=kind,
            authorizer_id=jwt.id if jwt else None,
            authorization_scopes=sorted(scopes) or None,
        )
        pin_address(route, self, id)
        self.routes[f"{method} {path}"] = route
        self._ids[id] = f"{method} {path}"
        function.add_permission(
            permission_id(self, id),
            principal="apigateway.amazonaws.com",
            source_arn=f"{self.resource.execution_arn}/{execution_path(method, path)}",
        )
        return route

    def _integration(self, function: FunctionBase, timeout: int) -> Apigatewayv2Integration:
        """One for each function."""
        path = function.node.path
        if path not in self._integrations:
            name = path_in_stack(function).replace("/", "-")
            integration = Apigatewayv2Integration(
                self,
                f"integration-{name}",
                api_id=self.resource.id,
                integration_type="AWS_PROXY",
                integration_uri=function.invoke_arn,
                integration_method="POST",
                payload_format_version="2.0",
                timeout_milliseconds=timeout,
            )
            pin_address(integration, self, name)
            self._integrations[path] = integration
            self._timeouts[path] = timeout
        return self._integrations[path]

    def _add_authorizer(self, authorizer: JwtAuthorizer) -> Apigatewayv2Authorizer:
        from cdktf_cdktf_provider_aws.apigatewayv2_authorizer import (
            Apigatewayv2Authorizer,
            Apigatewayv2AuthorizerJwtConfiguration,
        )

        made = Apigatewayv2Authorizer(
            self,
            "authorizer",
            api_id=self.resource.id,
            authorizer_type="JWT",
            name=construct_name(self),
            identity_sources=[authorizer.identity_source],
            jwt_configuration=Apigatewayv2AuthorizerJwtConfiguration(
                issuer=authorizer.issuer, audience=sorted(authorizer.audience)
            ),
        )
        pin_address(made, self)
        return made


def _cors(cors: Cors) -> Apigatewayv2ApiCorsConfiguration:
    return Apigatewayv2ApiCorsConfiguration(
        allow_origins=sorted(cors.allow_origins),
        allow_methods=sorted(cors.allow_methods),
        allow_headers=sorted(header.lower() for header in cors.allow_headers),
        expose_headers=sorted(header.lower() for header in cors.expose_headers) or None,
        allow_credentials=cors.allow_credentials,
        max_age=cors.max_age,
    )
