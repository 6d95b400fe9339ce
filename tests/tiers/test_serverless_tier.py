from __future__ import annotations

from terratiers import ConfigurationError, acknowledge
from terratiers.serverless import Throttling
from terratiers.tiers import ServerlessTier
from terratiers.tiers.handlers import handler_folder

import pytest

PAGE = "https://www.example.com"


@pytest.fixture
def make(app, environment):
    return lambda **options: ServerlessTier(app, **{"environment": environment, **options})


def test_the_function_keeps_items_in_its_table(make, synth):
    """Rows F1, F3 and F5."""
    template = synth(make(allowed_origin=PAGE))
    function = template.resource("aws_lambda_function.items_api")
    assert function["environment"]["variables"] == {
        "TABLE_NAME": "${aws_dynamodb_table.items.name}",
        "ALLOWED_ORIGIN": PAGE,
    }
    assert function["handler"] == "handler.handler"
    policies = template.resources("aws_iam_role_policy")
    policy = policies["items_api_role_items_read_write_data"]["policy"]
    assert "${aws_dynamodb_table.items.arn}" in policy
    assert '"*"' not in policy
    template.resource_count("aws_dynamodb_table", 1)


def test_both_apis_call_it(make, synth):
    """Rows F2 and F4."""
    template = synth(make())
    uris = {i["uri"] for i in template.resources("aws_api_gateway_integration").values()}
    assert uris == {"${aws_lambda_function.items_api.invoke_arn}"}
    routes = {r["route_key"] for r in template.resources("aws_apigatewayv2_route").values()}
    assert routes == {
        "GET /items",
        "POST /items",
        "GET /items/{id}",
        "PUT /items/{id}",
        "DELETE /items/{id}",
    }
    for permission in template.resources("aws_lambda_permission").values():
        assert permission["principal"] == "apigateway.amazonaws.com"
        assert "execution_arn}/*/" in permission["source_arn"]


def test_bodies_are_validated_before_the_function_sees_them(make, synth):
    template = synth(make())
    methods = template.resources("aws_api_gateway_method")
    validated = {name for name, method in methods.items() if "request_validator_id" in method}
    assert validated == {"api_post_items", "api_put_items_id"}
    models = template.resources("aws_api_gateway_model")
    assert set(models) == {"api_NewItem", "api_ChangedItem"}


def test_the_rest_api_has_a_web_acl(make, synth):
    """Row B4."""
    association = synth(make()).resource("aws_wafv2_web_acl_association.api_acl_api")
    assert association["resource_arn"] == "${aws_api_gateway_stage.api.arn}"


def test_the_page_learns_where_the_api_is(make, synth):
    """Row F4."""
    template = synth(make(api_url_parameter="/shop/test/api-url", allowed_origin=PAGE))
    parameter = template.resource("aws_ssm_parameter.api_url")
    assert parameter["name"] == "/shop/test/api-url"
    assert parameter["value"] == "${aws_api_gateway_stage.api.invoke_url}"
    assert template.outputs["api_url"]["value"] == "${aws_api_gateway_stage.api.invoke_url}"
    cors = template.resource("aws_apigatewayv2_api.http_api")["cors_configuration"]
    assert cors["allow_origins"] == [PAGE]


def test_without_a_page_there_is_no_cors(make, synth):
    template = synth(make())
    assert "cors_configuration" not in template.resource("aws_apigatewayv2_api.http_api")
    template.has_no_resource("aws_api_gateway_gateway_response")
    template.has_no_resource("aws_ssm_parameter")


def test_the_accounts_role_for_logs_is_made_once(make, synth):
    template = synth(make(api_gateway_account=False))
    template.has_no_resource("aws_api_gateway_account")


def test_throttling(make, synth):
    template = synth(make(throttling=Throttling(rate_limit=5, burst_limit=6)))
    stage = template.resource("aws_apigatewayv2_stage.http_api")
    assert stage["default_route_settings"]["throttling_rate_limit"] == 5
    settings = template.resource("aws_api_gateway_method_settings.api")["settings"]
    assert settings["throttling_burst_limit"] == 6


def test_without_an_http_api_every_way_in_has_a_web_acl(make, synth):
    tier = make(http_api=False)
    assert tier.http_api is None
    assert tier.api_url_parameter is None
    synth(tier).has_no_resource("aws_apigatewayv2_api")


def test_in_production_open_apis_have_to_be_acknowledged(app, production):
    with pytest.raises(ConfigurationError, match="public-api"):
        ServerlessTier(app, environment=production)
    assert app.node.try_find_child("serverless") is None
    acknowledge(app, "public-api", reason="the page calls it without signing in")
    ServerlessTier(app, environment=production)


@pytest.mark.parametrize("name", ["items", "image_notifier"])
def test_the_handlers_lie_in_the_checkout(name):
    assert (handler_folder(name) / "handler.py").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allowed_origin": "www.example.com"}, "write https://"),
        ({"allowed_origin": "https://www.example.com/page"}, "without a path"),
        ({"allowed_origin": 7}, "origin 7"),
        ({"allowed_origin": "https://*.example.com"}, "answers one origin"),
        ({"http_api": "no"}, "http_api is no"),
        ({"api_url_parameter": "api-url"}, "full name"),
        ({"api_url_parameter": "/aws/x"}, "full name"),
        ({"api_url_parameter": "/a//b"}, "full name"),
        ({"api_gateway_account": None}, "api_gateway_account is None"),
        ({"throttling": None}, "write Throttling"),
        ({"throttling": Throttling(rate_limit=0)}, "rate_limit is 0"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_bad_options_leave_no_tier_behind(app, make, options, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**options)
    assert app.node.try_find_child("serverless") is None
