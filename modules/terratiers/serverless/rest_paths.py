"""The tree of resources that a REST API's paths make, and their answers for CORS."""

from __future__ import annotations

from typing import Any

from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.serverless.api_settings import Cors, route_id
from terratiers.serverless.rest_deployment import RestDeployment

from cdktf_cdktf_provider_aws.api_gateway_gateway_response import ApiGatewayGatewayResponse
from cdktf_cdktf_provider_aws.api_gateway_integration import ApiGatewayIntegration
from cdktf_cdktf_provider_aws.api_gateway_integration_response import ApiGatewayIntegrationResponse
from cdktf_cdktf_provider_aws.api_gateway_method import ApiGatewayMethod
from cdktf_cdktf_provider_aws.api_gateway_method_response import ApiGatewayMethodResponse
from cdktf_cdktf_provider_aws.api_gateway_resource import ApiGatewayResource
from cdktf_cdktf_provider_aws.api_gateway_rest_api import ApiGatewayRestApi
from constructs import Construct

__all__ = ["RestPaths", "check_one_origin"]

_ALLOW = "method.response.header.Access-Control-Allow"


class RestPaths:
    """Makes the resources of a path once, parents first; with CORS, each answers `OPTIONS`."""

    def __init__(
        self,
        api: Construct,
        resource: ApiGatewayRestApi,
        deployment: RestDeployment,
        cors: Cors | None,
    ) -> None:
        self._api, self._rest_api, self._deployment = api, resource, deployment
        self._cors = cors
        self._ids: dict[str, str] = {}
        self._answered: set[str] = set()
        if cors:
            self._add_gateway_responses(cors)

    def check(self, faults: Faults, path: str) -> None:
        """Notes a second parameter beside the first: API Gateway knows one at each place."""
        parent, _, part = path.rpartition("/")
        while part:
            for known in self._ids:
                other_parent, _, other = known.rpartition("/")
                if other_parent == parent and other != part and {other[:1], part[:1]} == {"{"}:
                    faults.add(f"path {path}: {parent}/ has the parameter {other}: use that name.")
            parent, _, part = parent.rpartition("/")
        for known in self._ids:
            for mine in _with_parents(path):
                if known != mine and route_id("resource", known) == route_id("resource", mine):
                    faults.add(f"path {mine} would have the Terraform name of {known}.")

    def resource_id(self, path: str) -> str:
        """The resource of a path."""
        id = self._resource(path)
        if self._cors and path not in self._answered:
            self._answered.add(path)
            self._answer_options(path, id, self._cors)
        return id

    def _resource(self, path: str) -> str:
        if path in ("/", ""):
            return self._rest_api.root_resource_id
        if path not in self._ids:
            parent, _, part = path.rpartition("/")
            id = route_id("resource", path)
            resource = ApiGatewayResource(
                self._api,
                id,
                rest_api_id=self._rest_api.id,
                parent_id=self._resource(parent),
                path_part=part,
            )
            pin_address(resource, self._api, id.removeprefix("resource-"))
            self._ids[path] = resource.id
        return self._ids[path]

    def _answer_options(self, path: str, resource_id: str, cors: Cors) -> None:
        """What a browser asks before it calls from another origin; no function is called."""
        api, id = self._api, route_id("options", path)
        of: dict[str, Any] = {"rest_api_id": self._rest_api.id, "resource_id": resource_id}
        method = ApiGatewayMethod(api, id, **of, http_method="OPTIONS", authorization="NONE")
        pin_address(method, api, id)
        skip_check(method, "CKV2_AWS_53", "API Gateway itself answers, from a fixed text.")
        integration = ApiGatewayIntegration(
            api,
            f"{id}-integration",
            **of,
            http_method=method.http_method,
            type="MOCK",
            request_templates={"application/json": '{"statusCode": 204}'},
            # an API with binary media types would hand bytes to the template
            content_handling="CONVERT_TO_TEXT",
        )
        pin_address(integration, api, id)
        headers = {
            f"{_ALLOW}-Origin": next(iter(cors.allow_origins)),
            f"{_ALLOW}-Methods": ",".join(sorted(cors.allow_methods)),
            f"{_ALLOW}-Headers": ",".join(sorted(h.lower() for h in cors.allow_headers)),
            "method.response.header.Access-Control-Max-Age": str(cors.max_age),
        }
        if cors.allow_credentials:
            headers[f"{_ALLOW}-Credentials"] = "true"
        response = ApiGatewayMethodResponse(
            api,
            f"{id}-response",
            **of,
            http_method=method.http_method,
            status_code="204",
            response_parameters=dict.fromkeys(headers, True),
        )
        pin_address(response, api, id)
        answer = ApiGatewayIntegrationResponse(
            api,
            f"{id}-answer",
            **of,
            http_method=method.http_method,
            status_code=response.status_code,
            response_parameters={name: f"'{value}'" for name, value in headers.items()},
            depends_on=[integration],
        )
        pin_address(answer, api, id)
        self._deployment.add(f"OPTIONS {path}", sorted(headers.items()), [answer])

    def _add_gateway_responses(self, cors: Cors) -> None:
        """Errors of API Gateway itself: without these headers a page could not read them."""
        origin = next(iter(cors.allow_origins))
        for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
            id = kind.lower().replace("_", "-")
            name = "gatewayresponse.header.Access-Control-Allow-Origin"
            response = ApiGatewayGatewayResponse(
                self._api,
                id,
                rest_api_id=self._rest_api.id,
                response_type=kind,
                response_parameters={name: f"'{origin}'"},
            )
            pin_address(response, self._api, id)
            self._deployment.add(kind, [origin], [response])


def check_one_origin(faults: Faults, cors: Cors) -> None:
    """Notes origins that one fixed header cannot say."""
    if len(cors.allow_origins) > 1 or any("*." in str(origin) for origin in cors.allow_origins):
        faults.add("cors: a REST API answers one origin in full: name one, or take an HttpApi.")


def _with_parents(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: length + 1]) for length in range(len(parts))]
