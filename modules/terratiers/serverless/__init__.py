"""Lambda functions, HTTP APIs and REST APIs."""

from terratiers.serverless.alias import Alias
from terratiers.serverless.api_domain import ApiDomain
from terratiers.serverless.api_gateway_account import ApiGatewayAccount
from terratiers.serverless.api_settings import ApiAccessLogs, Cors, Throttling
from terratiers.serverless.code import Code
from terratiers.serverless.function import Function
from terratiers.serverless.function_base import FunctionAttributes
from terratiers.serverless.function_event_source import QueueEvents, StreamEvents
from terratiers.serverless.function_logs import FunctionLogs
from terratiers.serverless.function_url import FunctionUrl, FunctionUrlCors
from terratiers.serverless.http_api import HttpApi, HttpApiAttributes, JwtAuthorizer
from terratiers.serverless.request_model import JsonSchema
from terratiers.serverless.rest_api import RestApi, RestApiAttributes
from terratiers.serverless.usage_plan import Quota, UsagePlan

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
