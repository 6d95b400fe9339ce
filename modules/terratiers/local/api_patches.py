"""Closes the gaps of moto 5.2.5 around HTTP APIs and REST APIs; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

from terratiers.local.api_execution import answer_api_requests

__all__ = ["apply_api_patches"]


def apply_api_patches() -> None:
    """Applies every patch to the moto of this process."""
    _keep_binary_media_types()
    _make_domain_names_available()
    _answer_api_requests()


def _keep_binary_media_types() -> None:
    """A REST API keeps the media types that it is created with.

    moto takes them by later changes only, so that each plan would add them. Seen with
    `aws_api_gateway_rest_api` and `binary_media_types`.
    """
    from moto.apigateway.models import APIGatewayBackend

    stock = APIGatewayBackend.create_rest_api

    def create_rest_api(self: Any, *arguments: Any, **options: Any) -> Any:
        import json

        from flask import request

        api = stock(self, *arguments, **options)
        api.binaryMediaTypes = json.loads(request.get_data() or "{}").get("binaryMediaTypes") or []
        return api

    APIGatewayBackend.create_rest_api = create_rest_api


def _make_domain_names_available() -> None:
    """The domain name of an HTTP API is available, and says what an alias points to.

    moto says neither, so that the provider waits in vain. Seen with `aws_apigatewayv2_domain_name`.
    """
    from moto.apigatewayv2.models import DomainName

    stock = DomainName.to_json

    def to_json(self: Any) -> dict[str, Any]:
        answer: dict[str, Any] = stock(self)
        region = self.domain_name_arn.split(":")[3]
        given = {
            "apiGatewayDomainName": f"d-emulated.execute-api.{region}.amazonaws.com",
            "hostedZoneId": "Z2EMULATED",
            "domainNameStatus": "AVAILABLE",
        }
        answer["domainNameConfigurations"] = [
            {**configuration, **given} for configuration in self.domain_name_configurations
        ]
        if not self.mutual_tls_authentication:
            del answer["mutualTlsAuthentication"]
        return answer

    DomainName.to_json = to_json


def _answer_api_requests() -> None:
    """Requests to APIs run their functions; moto does not route them."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    stock = DomainDispatcherApplication.__call__

    def call(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        application = answer_api_requests(lambda *request: stock(self, *request))
        return application(environ, start_response)

    DomainDispatcherApplication.__call__ = call
