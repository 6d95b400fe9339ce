"""The serverless tier: a table, the function that keeps items in it, and two APIs in front."""

from __future__ import annotations

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.tier import Tier
from terratiers.core.validation import check_bool, check_string
from terratiers.database.attribute import Attribute
from terratiers.database.table import Table
from terratiers.security.web_acl import WebAcl
from terratiers.serverless.api_gateway_account import ApiGatewayAccount
from terratiers.serverless.api_settings import Cors, Throttling
from terratiers.serverless.code import Code
from terratiers.serverless.function import Function
from terratiers.serverless.http_api import HttpApi
from terratiers.serverless.request_model import JsonSchema
from terratiers.serverless.rest_api import RestApi
from terratiers.serverless.rest_paths import check_one_origin
from terratiers.tiers.handlers import handler_folder
from terratiers.tiers.web_server import API_URL_PARAMETER, API_URL_PARAMETER_RULE

from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

__all__ = ["ServerlessTier"]

_THROTTLING = Throttling()
_NAME = {"type": "string", "minLength": 1, "maxLength": 100}
_DESCRIPTION = {"type": "string", "maxLength": 1000}
_NEW_ITEM = JsonSchema(
    "NewItem",
    {
        "type": "object",
        "required": ["name"],
        "properties": {
            "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            "name": _NAME,
            "description": _DESCRIPTION,
        },
        "additionalProperties": False,
    },
)
_CHANGED_ITEM = JsonSchema(
    "ChangedItem",
    {
        "type": "object",
        "required": ["name", "version"],
        "properties": {
            "name": _NAME,
            "description": _DESCRIPTION,
            "version": {"type": "integer", "minimum": 1},
        },
        "additionalProperties": False,
    },
)


class ServerlessTier(Tier):
    """An API of items: create, read, list, update and delete, kept in a DynamoDB table.

    The function is `lambda/items`. A REST API, with request validation and a web ACL, and an HTTP
    API call it; the HTTP API has no web ACL, since AWS WAF takes none. They are in `table`,
    `function`, `rest_api`, `http_api` and `web_acl`. Whoever knows their URLs may read and write:
    that warns (`public-api`), and is an error in production unless it was acknowledged.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `serverless`.
        environment: Names, region, account and state location.
        allowed_origin: The page that may call the APIs from a browser:
            `https://www.example.com`, or `*`. Default: none.
        api_url_parameter: The name of a Systems Manager parameter in which the REST API's URL is
            written down, `/shop/dev/api-url`, for those who read it while they run, as the web
            tier's page does. Default: none.
        throttling: Of each API. Default: 100 requests a second, 200 at once.
        http_api: Whether there is an HTTP API. Default: yes.
        api_gateway_account: Whether the role through which API Gateway writes logs is made here.
            There is one for an account and region: False where somebody has made it. Default:
            yes.

    Raises:
        ConfigurationError: as the constructs it is made of do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "serverless",
        *,
        environment: Environment,
        allowed_origin: str | None = None,
        api_url_parameter: str | None = None,
        throttling: Throttling = _THROTTLING,
        http_api: bool = True,
        api_gateway_account: bool = True,
    ) -> None:
        faults = Faults(scope, id)
        cors = None if allowed_origin is None else Cors(allow_origins=[allowed_origin])
        if cors is not None:
            cors.check(faults)
            check_one_origin(faults, cors)
        if api_url_parameter is not None:
            rule, name = API_URL_PARAMETER_RULE, "api_url_parameter"
            check_string(faults, name, api_url_parameter, API_URL_PARAMETER, rule, tokens=False)
        check_bool(faults, "http_api", http_api)
        check_bool(faults, "api_gateway_account", api_gateway_account)
        faults.raise_any()
        super().__init__(scope, id, environment=environment)
        with all_or_nothing(scope, id):
            self.table = Table(self, "items", partition_key=Attribute.string("id"))
            self.function = Function(
                self,
                "items-api",
                code=Code.from_asset(handler_folder("items")),
                description="Keeps items in a table",
                environment={
                    "TABLE_NAME": self.table.table_name,
                    **({"ALLOWED_ORIGIN": allowed_origin} if allowed_origin else {}),
                },
            )
            self.table.grant_read_write_data(self.function)
            account = ApiGatewayAccount(self, "api-gateway") if api_gateway_account else None
            self.rest_api = self._add_rest_api(account, cors, throttling)
            self.web_acl = WebAcl(self, "api-acl")
            self.web_acl.associate("api", self.rest_api)
            self._explain()
            self.http_api = self._add_http_api(cors, throttling) if http_api else None
            self.api_url_parameter = (
                self._write_down(api_url_parameter) if api_url_parameter else None
            )
            self.share(self.rest_api)
            if self.http_api:
                self.share(self.http_api)
            self.share(self.table)

    def _add_rest_api(
        self, account: ApiGatewayAccount | None, cors: Cors | None, throttling: Throttling
    ) -> RestApi:
        api = RestApi(self, "api", account=account, cors=cors, throttling=throttling)
        page = {"limit": False, "next": False}
        api.add_method("/items", self.function, methods=["GET"], query_parameters=page)
        api.add_method("/items", self.function, methods=["POST"], model=_NEW_ITEM)
        api.add_method("/items/{id}", self.function, methods=["GET"])
        api.add_method("/items/{id}", self.function, methods=["PUT"], model=_CHANGED_ITEM)
        version = {"version": False}
        api.add_method("/items/{id}", self.function, methods=["DELETE"], query_parameters=version)
        return api

    def _add_http_api(self, cors: Cors | None, throttling: Throttling) -> HttpApi:
        api = HttpApi(self, "http-api", cors=cors, throttling=throttling)
        api.add_route("/items", self.function, methods=["GET", "POST"])
        api.add_route("/items/{id}", self.function, methods=["GET", "PUT", "DELETE"])
        return api

    def _explain(self) -> None:
        """Why checks of checkov's are wrong for what this tier makes."""
        function, stage = self.function.resource, self.rest_api.stage
        skip_check(
            function, "CKV_AWS_116", "APIs call it and wait: a dead-letter queue gets nothing."
        )
        skip_check(function, "CKV_AWS_117", "It calls DynamoDB alone, and nothing in a VPC.")
        skip_check(function, "CKV_AWS_173", "Its environment has names, and no secret.")
        skip_check(
            stage,
            "CKV2_AWS_77",
            "The web ACL has AWSManagedRulesKnownBadInputsRuleSet, which stops Log4j attacks; "
            "the list of anonymous addresses would shut out people behind a VPN.",
        )
        caching = "Items change: a cache would answer with old ones, and costs by the hour."
        skip_check(stage, "CKV_AWS_120", caching)
        skip_check(self.rest_api.settings, "CKV_AWS_225", caching)

    def _write_down(self, name: str) -> SsmParameter:
        parameter = SsmParameter(
            self,
            "api-url-parameter",
            name=name,
            type="String",
            value=self.rest_api.url,
            description="URL of the REST API, for the page",
        )
        pin_address(parameter, self, "api_url")
        skip_check(parameter, "CKV2_AWS_34", "A public URL is no secret.")
        return parameter
