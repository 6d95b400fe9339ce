from __future__ import annotations

import json

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.core.checkov import skipped_checks
from terratiers.core.synthesis import read_synthesis
from terratiers.security import Key
from terratiers.serverless.api_domain import ApiDomain
from terratiers.serverless.api_gateway_account import ApiGatewayAccount
from terratiers.serverless.api_settings import ApiAccessLogs, Cors, Throttling
from terratiers.serverless.request_model import JsonSchema
from terratiers.serverless.rest_api import RestApi, RestApiAttributes
from terratiers.serverless.usage_plan import Quota, UsagePlan
from terratiers.testing import ABSENT

import pytest
from cdktf import App
from constructs import Construct

CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)
ITEM = JsonSchema("NewItem", {"type": "object", "required": ["name"]})
PAGE = Cors(allow_origins=["https://www.example.com"], allow_methods=["GET", "POST"])


def test_by_default_it_is_regional_traced_logged_and_throttled(tier, function, synth):
    account = ApiGatewayAccount(tier, "account")
    RestApi(tier, "api", account=account).add_method("/items", function)
    template = synth(tier)
    template.has_resource(
        "aws_api_gateway_rest_api",
        {
            "name": "shop-test-api",
            "endpoint_configuration": {"types": ["REGIONAL"]},
            "disable_execute_api_endpoint": False,
            "binary_media_types": ABSENT,
            "minimum_compression_size": ABSENT,
        },
    )
    stage = template.resource("aws_api_gateway_stage.api")
    assert stage["stage_name"] == "live"
    assert stage["xray_tracing_enabled"] is True
    assert stage["depends_on"] == ["aws_api_gateway_account.account"]
    assert stage["deployment_id"] == "${aws_api_gateway_deployment.api.id}"
    assert json.loads(stage["access_log_settings"]["format"])["status"] == "$context.status"
    template.has_resource(
        "aws_api_gateway_method_settings",
        {
            "method_path": "*/*",
            "settings": {
                "metrics_enabled": True,
                "logging_level": "ERROR",
                "data_trace_enabled": False,
                "throttling_rate_limit": 100,
                "throttling_burst_limit": 200,
            },
        },
    )
    group = template.resource("aws_cloudwatch_log_group.api_access_logs")
    assert group["retention_in_days"] == 365
    group = template.resource("aws_cloudwatch_log_group.api_execution_logs")
    assert group["name"] == "API-Gateway-Execution-Logs_${aws_api_gateway_rest_api.api.id}/live"
    assert group["retention_in_days"] == 365
    settings = template.resource("aws_api_gateway_method_settings.api")
    assert settings["depends_on"] == ["aws_cloudwatch_log_group.api_execution_logs"]


def test_execution_logs_go_with_access_logs(tier, function, synth):
    key = Key(tier, "key", description="Encrypts logs")
    apis = {
        "kept": RestApi(tier, "kept", access_logs=ApiAccessLogs(retention_days=30, key=key)),
        "alone": RestApi(tier, "alone", access_logs=None, execution_log_level="INFO"),
        "none": RestApi(tier, "none", access_logs=None),
        "off": RestApi(tier, "off", execution_log_level="OFF"),
    }
    for api in apis.values():
        api.add_method("/items", function)
    template = synth(tier)
    levels = {
        name: body["settings"]["logging_level"]
        for name, body in template.resources("aws_api_gateway_method_settings").items()
    }
    assert levels == {"kept": "ERROR", "alone": "INFO", "none": "OFF", "off": "OFF"}
    groups = template.resources("aws_cloudwatch_log_group")
    assert {name for name in groups if "execution" in name} == {
        "kept_execution_logs",
        "alone_execution_logs",
    }
    kept, alone = groups["kept_execution_logs"], groups["alone_execution_logs"]
    assert (kept["retention_in_days"], kept["kms_key_id"]) == (30, "${aws_kms_key.key.arn}")
    assert (alone["retention_in_days"], "kms_key_id" in alone) == (365, False)
    assert "API-Gateway-Execution-Logs_" in template.resource("aws_kms_key.key")["policy"]


def test_only_a_method_without_a_validator_says_why(tier, function):
    api = RestApi(tier, "api")
    [plain] = api.add_method("/items", function, methods=["GET"])
    [validated] = api.add_method("/items", function, methods=["POST"], model=ITEM)
    assert list(skipped_checks(plain)) == ["CKV2_AWS_53"]
    assert not skipped_checks(validated)


def test_the_account_writes_logs_through_a_role_of_its_own(tier, synth):
    ApiGatewayAccount(tier, "account")
    template = synth(tier)
    account = template.resource("aws_api_gateway_account.account")
    assert account["cloudwatch_role_arn"] == "${aws_iam_role.account_role.arn}"
    [attachment] = template.resources("aws_iam_role_policy_attachment").values()
    assert attachment["policy_arn"].endswith(
        "policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    )
    assert len(account["depends_on"]) == 1


def test_a_path_makes_its_parents_once(tier, function, synth):
    api = RestApi(tier, "api")
    api.add_method("/items/{id}/parts", function, methods=["GET"])
    api.add_method("/items", function, methods=["GET", "POST"])
    api.add_method("/", function, methods=["GET"])
    template = synth(tier)
    resources = template.resources("aws_api_gateway_resource")
    assert {name: body["path_part"] for name, body in resources.items()} == {
        "api_items": "items",
        "api_items_id": "{id}",
        "api_items_id_parts": "parts",
    }
    assert resources["api_items"]["parent_id"] == "${aws_api_gateway_rest_api.api.root_resource_id}"
    assert resources["api_items_id"]["parent_id"] == "${aws_api_gateway_resource.api_items.id}"
    methods = template.resources("aws_api_gateway_method")
    assert set(methods) == {
        "api_get",
        "api_get_items",
        "api_get_items_id_parts",
        "api_post_items",
    }
    assert methods["api_get"]["resource_id"].endswith("root_resource_id}")


def test_a_method_hands_the_request_to_its_function(tier, function, synth):
    RestApi(tier, "api").add_method("/items/{id}", function, methods=["PUT"], timeout=5000)
    template = synth(tier)
    assert template.resource("aws_api_gateway_integration.api_put_items_id") == {
        "rest_api_id": "${aws_api_gateway_rest_api.api.id}",
        "resource_id": "${aws_api_gateway_resource.api_items_id.id}",
        "http_method": "${aws_api_gateway_method.api_put_items_id.http_method}",
        "type": "AWS_PROXY",
        "integration_http_method": "POST",
        "uri": "${aws_lambda_function.items.invoke_arn}",
        "timeout_milliseconds": 5000,
    }
    [permission] = template.resources("aws_lambda_permission").values()
    assert permission["source_arn"] == (
        "${aws_api_gateway_rest_api.api.execution_arn}/*/PUT/items/*"
    )


def test_requests_are_validated(tier, function, synth):
    api = RestApi(tier, "api")
    api.add_method("/items", function, methods=["POST"], model=ITEM)
    api.add_method("/more", function, methods=["POST"], model=ITEM, headers={"X-Team": True})
    api.add_method(
        "/items", function, methods=["GET"], query_parameters={"limit": False, "day": True}
    )
    api.add_method("/any", function, methods=["GET"], query_parameters={"limit": False})
    template = synth(tier)
    [model] = template.resources("aws_api_gateway_model").values()
    assert json.loads(model["schema"]) == {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "NewItem",
        "type": "object",
        "required": ["name"],
    }
    validators = template.resources("aws_api_gateway_request_validator")
    assert set(validators) == {"api_body", "api_parameters", "api_body_and_parameters"}
    methods = template.resources("aws_api_gateway_method")
    assert methods["api_post_items"]["request_models"] == {
        "application/json": "${aws_api_gateway_model.api_NewItem.name}"
    }
    assert methods["api_get_items"]["request_parameters"] == {
        "method.request.querystring.limit": False,
        "method.request.querystring.day": True,
    }
    assert methods["api_get_items"]["request_validator_id"] == (
        "${aws_api_gateway_request_validator.api_parameters.id}"
    )
    assert "request_validator_id" not in methods["api_get_any"]


def test_cors_answers_options_for_every_path_and_lets_pages_read_errors(tier, function, synth):
    api = RestApi(tier, "api", cors=PAGE)
    api.add_method("/items", function, methods=["GET", "POST"])
    api.add_method("/items/{id}", function, methods=["GET"])
    template = synth(tier)
    options = {
        name
        for name, body in template.resources("aws_api_gateway_method").items()
        if body["http_method"] == "OPTIONS"
    }
    assert options == {"api_options_items", "api_options_items_id"}
    answer = template.resource("aws_api_gateway_integration_response.api_options_items")
    assert answer["response_parameters"] == {
        "method.response.header.Access-Control-Allow-Origin": "'https://www.example.com'",
        "method.response.header.Access-Control-Allow-Methods": "'GET,POST'",
        "method.response.header.Access-Control-Allow-Headers": (
            "'authorization,content-type,x-api-key'"
        ),
        "method.response.header.Access-Control-Max-Age": "'3600'",
    }
    responses = template.resources("aws_api_gateway_gateway_response")
    assert {body["response_type"] for body in responses.values()} == {"DEFAULT_4XX", "DEFAULT_5XX"}
    mock = template.resource("aws_api_gateway_integration.api_options_items")
    assert mock["type"] == "MOCK"


def trigger(environment, function_in, synth, change=lambda api, function: None, **options):
    """The deployment's triggers of an API that is made in a program of its own."""
    tier = Tier(App(), "api", environment=environment)
    api = RestApi(tier, "api", **options)
    function = function_in(tier)
    api.add_method("/items", function, methods=["GET"])
    change(api, function)
    return synth(tier).resource("aws_api_gateway_deployment.api")["triggers"]


@pytest.mark.parametrize(
    "change",
    [
        lambda api, function: api.add_method("/items", function, methods=["POST"]),
        lambda api, function: api.add_method("/more", function, methods=["GET"]),
        lambda api, function: api.add_method(
            "/items", function, methods=["PUT"], authorization="AWS_IAM"
        ),
    ],
    ids=["method", "path", "authorization"],
)
def test_a_change_deploys_again_and_nothing_else_does(environment, function_in, synth, change):
    before = trigger(environment, function_in, synth)
    assert trigger(environment, function_in, synth) == before
    assert trigger(environment, function_in, synth, change) != before
    # what is no part of the deployment
    assert trigger(environment, function_in, synth, tracing=False, tags={"a": "b"}) == before


@pytest.mark.parametrize(
    "options",
    [
        {"binary_media_types": ["image/png"]},
        {"minimum_compression_size": 0},
        {"endpoint_type": "EDGE"},
        {"cors": PAGE},
        {"domain": ApiDomain(domain_name="api.example.com", certificate_arn=CERTIFICATE)},
    ],
    ids=lambda options: next(iter(options)),
)
def test_what_is_set_for_the_whole_api_deploys_again(environment, function_in, synth, options):
    before = trigger(environment, function_in, synth)
    assert trigger(environment, function_in, synth, **options) != before


OPTIONS = [
    {},
    {"authorization": "AWS_IAM"},
    {"api_key_required": True},
    {"timeout": 1000},
    {"model": ITEM},
    {"model": JsonSchema("NewItem", {"type": "object"})},
    {"query_parameters": {"limit": False}},
    {"query_parameters": {"limit": True}},
    {"headers": {"limit": True}},
]


def test_every_option_of_a_method_is_part_of_the_trigger(environment, function_in, synth):
    triggers = set()
    for options in [*OPTIONS, {}]:
        tier = Tier(App(), "api", environment=environment)
        RestApi(tier, "api").add_method("/items", function_in(tier), methods=["POST"], **options)
        body = synth(tier).resource("aws_api_gateway_deployment.api")
        triggers.add(json.dumps(body["triggers"], sort_keys=True))
    assert len(triggers) == len(OPTIONS)


def test_it_deploys_after_all_it_is_made_of(tier, function, synth):
    api = RestApi(tier, "api", cors=PAGE)
    api.add_method("/items", function, methods=["POST"], model=ITEM)
    template = synth(tier)
    deployment = template.resource("aws_api_gateway_deployment.api")
    assert deployment["lifecycle"] == {"create_before_destroy": True}
    assert set(deployment["depends_on"]) == {
        "aws_api_gateway_gateway_response.api_default_4xx",
        "aws_api_gateway_gateway_response.api_default_5xx",
        "aws_api_gateway_integration.api_post_items",
        "aws_api_gateway_integration_response.api_options_items",
        "aws_api_gateway_method.api_post_items",
        "aws_api_gateway_model.api_NewItem",
    }


def test_callers_with_keys_are_counted(tier, function, synth):
    api = RestApi(tier, "api")
    api.add_method("/items", function, methods=["GET"], api_key_required=True)
    api.add_usage_plan(
        "partners",
        UsagePlan(
            api_keys=["one", "two"],
            throttling=Throttling(rate_limit=5, burst_limit=7),
            quota=Quota(limit=1000, period="DAY"),
        ),
    )
    template = synth(tier)
    assert template.resource("aws_api_gateway_method.api_get_items")["api_key_required"] is True
    plan = template.resource("aws_api_gateway_usage_plan.api_partners")
    assert plan["api_stages"] == [
        {
            "api_id": "${aws_api_gateway_rest_api.api.id}",
            "stage": "${aws_api_gateway_stage.api.stage_name}",
        }
    ]
    assert plan["throttle_settings"] == {"rate_limit": 5, "burst_limit": 7}
    assert plan["quota_settings"] == {"limit": 1000, "period": "DAY"}
    keys = template.resources("aws_api_gateway_api_key")
    assert set(keys) == {"api_partners_one", "api_partners_two"}
    assert "value" not in keys["api_partners_one"]
    assert set(template.resources("aws_api_gateway_usage_plan_key")) == set(keys)
    assert set(api.api_keys) == {"partners/one", "partners/two"}


def test_further_options(tier, function, synth):
    api = RestApi(
        tier,
        "api",
        description="items",
        stage_name="v1",
        endpoint_type="EDGE",
        access_logs=None,
        tracing=False,
        binary_media_types=["image/png", "*/*"],
        minimum_compression_size=0,
        tags={"Team": "web"},
    )
    api.add_method("/", function)
    template = synth(tier)
    made = template.resource("aws_api_gateway_rest_api.api")
    assert made["endpoint_configuration"] == {"types": ["EDGE"]}
    assert made["binary_media_types"] == ["*/*", "image/png"]
    assert made["minimum_compression_size"] == "0"
    assert made["tags"]["Team"] == "web"
    stage = template.resource("aws_api_gateway_stage.api")
    assert (stage["stage_name"], stage["xray_tracing_enabled"]) == ("v1", False)
    assert "access_log_settings" not in stage


def test_an_api_without_methods_cannot_be_deployed(tier, synth):
    RestApi(tier, "api")
    with pytest.raises(RuntimeError, match="network/api has no method"):
        synth(tier)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/order-items", "api_get_order__items"),
        ("/order/items", "api_get_order_items"),
        ("/{id}", "api_get_id"),
        ("/Items", "api_get_items_"),
        ("/items_1", "api_get_items1_"),
        ("/" + "x" * 60, f"api_get_{'x' * 35}_"),
    ],
)
def test_addresses_follow_from_paths(tier, function, synth, path, address):
    RestApi(tier, "api").add_method(path, function, methods=["GET"])
    [made] = synth(tier).resources("aws_api_gateway_method")
    assert made == address or (address.endswith("_") and len(made) == len(address) + 8)
    assert made.startswith(address)


def test_paths_that_look_alike_stand_side_by_side(tier, function, synth):
    api = RestApi(tier, "api")
    for path in ("/a-b", "/a/b", "/A/b", "/a_b", "/ab"):
        api.add_method(path, function, methods=["GET"])
    template = synth(tier)
    assert len(template.resources("aws_api_gateway_method")) == 5
    assert len(template.resources("aws_api_gateway_resource")) == 7


def test_an_api_that_everybody_may_call_warns(app, environment, tier, function):
    RestApi(tier, "api").add_method("/", function)
    RestApi(tier, "signed").add_method("/", function, authorization="AWS_IAM")
    RestApi(tier, "keyed").add_method("/", function, api_key_required=True)
    app.synth()
    [made] = read_synthesis(app.outdir)
    assert len([note for note in made.annotations if "[public-api]" in note]) == 1


def test_in_production_a_public_api_has_to_be_acknowledged(app, production, function_in):
    tier = Tier(app, "api", environment=production)
    api, function = RestApi(tier, "api"), function_in(tier)
    with pytest.raises(ConfigurationError, match="public-api"):
        api.add_method("/items", function)
    assert api.methods == {}
    acknowledge(app, "public-api", reason="everybody may read this")
    api.add_method("/items", function)


def test_a_domain_of_its_own(tier, function, synth):
    domain = ApiDomain(domain_name="api.example.com", certificate_arn=CERTIFICATE)
    api = RestApi(tier, "api", domain=domain)
    api.add_method("/", function)
    assert api.url == "https://api.example.com"
    template = synth(tier)
    assert template.resource("aws_api_gateway_rest_api.api")["disable_execute_api_endpoint"] is True
    template.has_resource(
        "aws_api_gateway_domain_name",
        {
            "domain_name": "api.example.com",
            "regional_certificate_arn": CERTIFICATE,
            "security_policy": "TLS_1_2",
        },
    )
    template.resource_count("aws_api_gateway_base_path_mapping", 1)


def test_another_tier_uses_it(app, environment, tier, function, synth):
    api = RestApi(tier, "api")
    api.add_method("/", function)
    web = Tier(app, "web", environment=environment)
    used = web.use(api)
    web.add_output("url_seen", used.url, description="the API that web sees")
    web.add_output("stage_seen", used.stage_arn, description="its stage")
    outputs = synth(web).outputs
    remote = "${data.terraform_remote_state.network.outputs"
    assert outputs["url_seen"]["value"] == f"{remote}.api_url}}"
    assert outputs["stage_seen"]["value"] == f"{remote}.api_stage_arn}}"


def domain(name="api.example.com", certificate=CERTIFICATE):
    return ApiDomain(domain_name=name, certificate_arn=certificate)


BAD = {
    "account": ({"account": "arn:aws:iam::1:role/x"}, "write ApiGatewayAccount"),
    "description": ({"description": 7}, "description 7"),
    "stage with a slash": ({"stage_name": "v1/x"}, "stage_name v1/x"),
    "empty stage": ({"stage_name": ""}, "stage_name"),
    "default stage": ({"stage_name": "$default"}, "stage_name"),
    "stage is None": ({"stage_name": None}, "stage_name None"),
    "endpoint type": ({"endpoint_type": "GLOBAL"}, "endpoint_type GLOBAL"),
    "private": ({"endpoint_type": "PRIVATE"}, "endpoint_type PRIVATE"),
    "cors as list": ({"cors": ["*"]}, "write Cors"),
    "cors for two": (
        {"cors": Cors(allow_origins=["https://a.b", "https://c.d"])},
        "answers one origin",
    ),
    "cors for a wildcard host": (
        {"cors": Cors(allow_origins=["https://*.b.c"])},
        "answers one origin",
    ),
    "cors malformed": ({"cors": Cors(allow_origins=["a"])}, "write https://"),
    "throttling none": ({"throttling": None}, "write Throttling"),
    "rate 0": ({"throttling": Throttling(rate_limit=0)}, "rate_limit is 0"),
    "logs true": ({"access_logs": True}, "write ApiAccessLogs"),
    "level": ({"execution_log_level": "DEBUG"}, "execution_log_level DEBUG"),
    "retention": ({"access_logs": ApiAccessLogs(retention_days=2)}, "retention_days 2"),
    "tracing": ({"tracing": "on"}, "write True or False"),
    "media types as text": ({"binary_media_types": "image/png"}, "write a list"),
    "media type": ({"binary_media_types": ["png"]}, "binary_media_types png"),
    "compression -1": ({"minimum_compression_size": -1}, "0 to 10485760"),
    "compression huge": ({"minimum_compression_size": 10_485_761}, "0 to 10485760"),
    "compression true": ({"minimum_compression_size": True}, "whole number"),
    "domain by name": ({"domain": "api.example.com"}, "write ApiDomain"),
    "domain malformed": ({"domain": domain("api")}, "write a name like"),
    "domain of an edge API": (
        {"domain": domain(), "endpoint_type": "EDGE"},
        "distribution of CloudFront",
    ),
    "certificate": ({"domain": domain(certificate="x")}, "ARN of acm"),
    "tags": ({"tags": {"": "x"}}, "tags"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_options_leave_nothing_behind(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        RestApi(tier, "api", **options)
    assert tier.node.try_find_child("api") is None


def model(schema, name="Item"):
    return {"model": JsonSchema(name, schema)}


BAD_METHODS = {
    "path": ({"path": "items"}, "path items is not valid"),
    "greedy in the middle": ({"path": "/{proxy+}/x"}, "comes last"),
    "character of an HTTP API": ({"path": "/me@home"}, "see me@home"),
    "function": ({"function": "x"}, "write a Function"),
    "method": ({"methods": ["get"]}, "method get"),
    "authorization": ({"authorization": "JWT"}, "authorization JWT"),
    "key required": ({"api_key_required": 1}, "write True or False"),
    "model by name": ({"model": "Item"}, "write JsonSchema"),
    "model name": (model({"type": "object"}, "new-item"), "letters and digits"),
    "model name empty": (model({"type": "object"}, ""), "letters and digits"),
    "schema is None": (model(None), "schema is None"),
    "schema is empty": (model({}), "schema is"),
    "schema as text": (model('{"type": "object"}'), "schema is"),
    "schema with a set": (model({"enum": {1}}), "cannot be written as JSON"),
    "schema with a token": (model({"title": "${aws_x.y.z}"}), "holds a token"),
    "unknown type": (model({"type": "text"}), "type text is none of"),
    "unknown type inside": (
        model({"type": "object", "properties": {"a": {"type": "int"}}}),
        "schema.a: type int",
    ),
    "unknown type of items": (
        model({"type": "array", "items": {"type": "str"}}),
        r"schema\[\]: type str",
    ),
    "required true": (model({"type": "object", "required": True}), "list of at least one"),
    "required of nothing": (model({"type": "object", "required": []}), "list of at least one"),
    "properties as list": (model({"properties": ["a"]}), "map names to schemas"),
    "property as text": (model({"properties": {"a": "string"}}), "write a schema"),
    "query as list": ({"query_parameters": ["limit"]}, "map names to"),
    "query name": ({"query_parameters": {"a b": True}}, "query_parameters a b"),
    "query required": ({"query_parameters": {"a": "yes"}}, "write True or False"),
    "header name": ({"headers": {"": True}}, "headers"),
    "timeout": ({"timeout": 30_000}, "50 to 29000"),
}


@pytest.mark.parametrize(("options", "message"), BAD_METHODS.values(), ids=BAD_METHODS)
def test_bad_methods_leave_nothing_behind(tier, function, synth, options, message):
    api = RestApi(tier, "api")
    api.add_method("/", function, methods=["GET"])
    given = {"path": "/items", "function": function, **options}
    with pytest.raises(ConfigurationError, match=message):
        api.add_method(given.pop("path"), given.pop("function"), **given)
    template = synth(tier)
    for kind in ("resource", "model", "request_validator"):
        template.has_no_resource(f"aws_api_gateway_{kind}")
    for kind in ("aws_api_gateway_method", "aws_api_gateway_integration", "aws_lambda_permission"):
        template.resource_count(kind, 1)


def test_what_is_there_already(tier, function):
    api = RestApi(tier, "api", cors=PAGE)
    api.add_method("/items/{id}", function, methods=["GET", "POST"], model=ITEM)
    for path, options, message in (
        ("/items/{id}", {"methods": ["GET"]}, "method GET /items/{id} is there already"),
        ("/items/{name}", {"methods": ["PUT"]}, "has the parameter {id}"),
        ("/items/{name}/x", {"methods": ["PUT"]}, "has the parameter {id}"),
        ("/items", {"methods": ["OPTIONS"]}, "answered for CORS already"),
        ("/items/id", {"methods": ["GET"]}, "would have the Terraform name of GET /items/{id}"),
        ("/items/id/x", {"methods": ["GET"]}, "would have the Terraform name of /items/{id}"),
        (
            "/more",
            {"methods": ["GET"], "model": JsonSchema("NewItem", {"type": "array"})},
            "NewItem has another schema already",
        ),
    ):
        with pytest.raises(ConfigurationError, match=message):
            api.add_method(path, function, **options)
    assert set(api.methods) == {"GET /items/{id}", "POST /items/{id}"}


def test_a_function_of_another_tier_has_to_be_used(app, environment, tier, function):
    other = Tier(app, "other", environment=environment)
    api = RestApi(other, "api")
    with pytest.raises(ConfigurationError, match=r"use\("):
        api.add_method("/items", function)
    assert len(api.add_method("/items", other.use(function))) == 1


def test_two_apis_of_one_id_call_one_function(tier, function, synth):
    for parent in ("a", "b"):
        RestApi(Construct(tier, parent), "api").add_method("/", function, methods=["GET"])
    permissions = synth(tier).resources("aws_lambda_permission")
    assert set(permissions) == {"items_a_api_get", "items_b_api_get"}


BAD_PLANS = {
    "none": (None, "write UsagePlan"),
    "no keys": (UsagePlan(api_keys=[]), "api_keys is empty"),
    "keys as text": (UsagePlan(api_keys="one"), "write a list"),
    "key in capitals": (UsagePlan(api_keys=["One"]), "api key One"),
    "key twice": (UsagePlan(api_keys=["a", "a"]), "a key twice"),
    "throttling": (UsagePlan(api_keys=["a"], throttling=5), "write Throttling"),
    "rate": (UsagePlan(api_keys=["a"], throttling=Throttling(rate_limit=0)), "rate_limit is 0"),
    "quota": (UsagePlan(api_keys=["a"], quota=1000), "write Quota"),
    "quota 0": (UsagePlan(api_keys=["a"], quota=Quota(limit=0)), "limit is 0"),
    "period": (UsagePlan(api_keys=["a"], quota=Quota(limit=1, period="YEAR")), "period YEAR"),
}


@pytest.mark.parametrize(("plan", "message"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_bad_plans_leave_nothing_behind(tier, plan, message):
    api = RestApi(tier, "api")
    with pytest.raises(ConfigurationError, match=message):
        api.add_usage_plan("plan", plan)
    assert api.node.try_find_child("plan") is None


FINE = {
    "api_id": "a1b2c3d4e5",
    "url": "https://a.b/live",
    "stage_arn": "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/live",
    "execution_arn": "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5",
}


def test_an_api_of_another_team(tier):
    api = RestApi.from_attributes(tier, "theirs", RestApiAttributes(**FINE))
    assert api.stage_arn == FINE["stage_arn"]
    assert api.execution_arn == FINE["execution_arn"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"api_id": "x"}, "api_id x"),
        ({"url": "http://a.b"}, "url http"),
        ({"stage_arn": "arn:aws:apigateway:eu-central-1::/restapis/x"}, "stage_arn"),
        ({"execution_arn": None}, "execution_arn None"),
    ],
    ids=["id", "url", "stage", "arn"],
)
def test_bad_attributes(tier, change, message):
    with pytest.raises(ConfigurationError, match=message):
        RestApi.from_attributes(tier, "theirs", RestApiAttributes(**{**FINE, **change}))
