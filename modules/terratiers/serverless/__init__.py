"""Lambda functions, HTTP APIs and REST APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.serverless.alias import Alias as Alias
    from terratiers.serverless.api_domain import ApiDomain as ApiDomain
    from terratiers.serverless.api_gateway_account import ApiGatewayAccount as ApiGatewayAccount
    from terratiers.serverless.api_settings import ApiAccessLogs as ApiAccessLogs
    from terratiers.serverless.api_settings import Cors as Cors
    from terratiers.serverless.api_settings import Throttling as Throttling
    from terratiers.serverless.code import Code as Code
    from terratiers.serverless.function import Function as Function
    from terratiers.serverless.function_base import FunctionAttributes as FunctionAttributes
    from terratiers.serverless.function_event_source import QueueEvents as QueueEvents
    from terratiers.serverless.function_event_source import StreamEvents as StreamEvents
    from terratiers.serverless.function_logs import FunctionLogs as FunctionLogs
    from terratiers.serverless.function_url import FunctionUrl as FunctionUrl
    from terratiers.serverless.function_url import FunctionUrlCors as FunctionUrlCors
    from terratiers.serverless.http_api import HttpApi as HttpApi
    from terratiers.serverless.http_api import HttpApiAttributes as HttpApiAttributes
    from terratiers.serverless.http_api import JwtAuthorizer as JwtAuthorizer
    from terratiers.serverless.request_model import JsonSchema as JsonSchema
    from terratiers.serverless.rest_api import RestApi as RestApi
    from terratiers.serverless.rest_api import RestApiAttributes as RestApiAttributes
    from terratiers.serverless.usage_plan import Quota as Quota
    from terratiers.serverless.usage_plan import UsagePlan as UsagePlan

__all__ = [
    "Alias",
    "ApiAccessLogs",
    "ApiDomain",
    "ApiGatewayAccount",
    "Code",
    "Cors",
    "Function",
    "FunctionAttributes",
    "FunctionLogs",
    "FunctionUrl",
    "FunctionUrlCors",
    "HttpApi",
    "HttpApiAttributes",
    "JsonSchema",
    "JwtAuthorizer",
    "QueueEvents",
    "Quota",
    "RestApi",
    "RestApiAttributes",
    "StreamEvents",
    "Throttling",
    "UsagePlan",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "Alias": ".alias",
        "ApiAccessLogs": ".api_settings",
        "ApiDomain": ".api_domain",
        "ApiGatewayAccount": ".api_gateway_account",
        "Code": ".code",
        "Cors": ".api_settings",
        "Function": ".function",
        "FunctionAttributes": ".function_base",
        "FunctionLogs": ".function_logs",
        "FunctionUrl": ".function_url",
        "FunctionUrlCors": ".function_url",
        "HttpApi": ".http_api",
        "HttpApiAttributes": ".http_api",
        "JsonSchema": ".request_model",
        "JwtAuthorizer": ".http_api",
        "QueueEvents": ".function_event_source",
        "Quota": ".usage_plan",
        "RestApi": ".rest_api",
        "RestApiAttributes": ".rest_api",
        "StreamEvents": ".function_event_source",
        "Throttling": ".api_settings",
        "UsagePlan": ".usage_plan",
    },
)
