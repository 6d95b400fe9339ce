from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.security import Key
from terratiers.serverless.api_domain import ApiDomain
from terratiers.serverless.api_settings import ApiAccessLogs, Cors, Throttling
from terratiers.serverless.http_api import HttpApi, HttpApiAttributes, JwtAuthorizer
from terratiers.testing import ABSENT

import pytest

CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)
POOL = JwtAuthorizer(issuer="https://cognito-idp.eu-central-1.amazonaws.com/p", audience=["b", "a"])


def test_by_default_it_logs_and_is_throttled(tier, synth):
    HttpApi(tier, "api")
    template = synth(tier)
    template.has_resource(
        "aws_apigatewayv2_api",
        {
            "name": "shop-test-api",
            "protocol_type": "HTTP",
            "cors_configuration": ABSENT,
            "disable_execute_api_endpoint": False,
            "tags": {"Name": "shop-test-api"},
        },
    )
    stage = template.resource("aws_apigatewayv2_stage.api")
    assert (stage["name"], stage["auto_deploy"]) == ("$default", True)
    assert stage["default_route_settings"] == {
        "detailed_metrics_enabled": True,
        "throttling_rate_limit": 100,
        "throttling_burst_limit": 200,
    }
    group = template.resource("aws_cloudwatch_log_group.api_access_logs")
    assert group == {"name": "/aws/vendedlogs/apis/shop-test-api", "retention_in_days": 365}
    settings = stage["access_log_settings"]
    assert settings["destination_arn"] == "${aws_cloudwatch_log_group.api_access_logs.arn}"
    for secret in ("header", "authorization", "querystring"):
        assert secret not in settings["format"].lower()
    template.has_no_resource("aws_apigatewayv2_authorizer")


def test_a_route_calls_a_function_that_nobody_else_may_call_so(tier, function, synth):
    api = HttpApi(tier, "api")
    api.add_route("/items/{id}", function, methods=["GET", "PUT"])
    template = synth(tier)
    routes = template.resources("aws_apigatewayv2_route")
    assert set(routes) == {"api_get_items_id", "api_put_items_id"}
    assert routes["api_get_items_id"] == {
        "api_id": "${aws_apigatewayv2_api.api.id}",
        "route_key": "GET /items/{id}",
        "target": "integrations/${aws_apigatewayv2_integration.api_items.id}",
        "authorization_type": "NONE",
    }
    template.has_resource(
        "aws_apigatewayv2_integration",
        {
            "integration_type": "AWS_PROXY",
            "payload_format_version": "2.0",
            "integration_uri": "${aws_lambda_function.items.invoke_arn}",
            "timeout_milliseconds": 30000,
        },
    )
    permissions = template.resources("aws_lambda_permission").values()
    assert {p["source_arn"] for p in permissions} == {
        "${aws_apigatewayv2_api.api.execution_arn}/*/GET/items/*",
        "${aws_apigatewayv2_api.api.execution_arn}/*/PUT/items/*",
    }
    assert {p["principal"] for p in permissions} == {"apigateway.amazonaws.com"}


@pytest.mark.parametrize(
    ("path", "methods", "key", "address", "source"),
    [
        ("/", ["ANY"], "ANY /", "api_any", "*/*/"),
        ("/files/{proxy+}", ["GET"], "GET /files/{proxy+}", "api_get_files_proxy", "*/GET/files/*"),
        ("/a-b/c", ["DELETE"], "DELETE /a-b/c", "api_delete_a__b_c", "*/DELETE/a-b/c"),
    ],
)
def test_paths(tier, function, synth, path, methods, key, address, source):
    HttpApi(tier, "api").add_route(path, function, methods=methods)
    template = synth(tier)
    assert template.resource(f"aws_apigatewayv2_route.{address}")["route_key"] == key
    [permission] = template.resources("aws_lambda_permission").values()
    assert permission["source_arn"].endswith(f"execution_arn}}/{source}")


def test_a_function_has_one_integration_however_many_routes(tier, function, synth):
    api = HttpApi(tier, "api")
    api.add_route("/a", function, methods=["GET"], timeout=5000)
    with pytest.raises(ConfigurationError, match=r"timeout is 30000: .* other routes have 5000"):
        api.add_route("/b", function, methods=["GET"])
    api.add_route("/b", function, methods=["GET"], timeout=5000)
    template = synth(tier)
    [integration] = template.resources("aws_apigatewayv2_integration").values()
    assert integration["timeout_milliseconds"] == 5000
    template.resource_count("aws_apigatewayv2_route", 2)


def test_another_route_moves_no_address(app, environment, function_in, synth):
    def addresses(*paths):
        tier = Tier(app, f"t{len(paths)}", environment=environment)
        api = HttpApi(tier, "api")
        function = function_in(tier)
        for path in paths:
            api.add_route(path, function)
        return set(synth(tier).addresses())

    assert addresses("/b") < addresses("/a", "/b") < addresses("/c", "/a", "/b")


def test_cors(tier, synth):
    cors = Cors(
        allow_origins=["https://www.example.com", "http://localhost:3000"],
        allow_methods=["POST", "GET"],
        allow_headers=["X-Team"],
        expose_headers=["ETag"],
        allow_credentials=True,
        max_age=60,
    )
    HttpApi(tier, "api", cors=cors)
    assert synth(tier).resource("aws_apigatewayv2_api.api")["cors_configuration"] == {
        "allow_origins": ["http://localhost:3000", "https://www.example.com"],
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["x-team"],
        "expose_headers": ["etag"],
        "allow_credentials": True,
        "max_age": 60,
    }


def test_an_authorizer_is_for_every_route_that_does_not_say_otherwise(tier, function, synth):
    api = HttpApi(tier, "api", authorizer=POOL)
    api.add_route("/items", function, methods=["GET"], scopes=["write", "read"])
    api.add_route("/health", function, methods=["GET"], authorization="NONE")
    api.add_route("/admin", function, methods=["GET"], authorization="AWS_IAM")
    template = synth(tier)
    authorizer = template.resource("aws_apigatewayv2_authorizer.api")
    assert authorizer["identity_sources"] == ["$request.header.Authorization"]
    assert authorizer["jwt_configuration"] == {"audience": ["a", "b"], "issuer": POOL.issuer}
    routes = template.resources("aws_apigatewayv2_route")
    assert routes["api_get_items"]["authorization_type"] == "JWT"
    assert routes["api_get_items"]["authorization_scopes"] == ["read", "write"]
    assert routes["api_get_items"]["authorizer_id"] == "${aws_apigatewayv2_authorizer.api.id}"
    assert routes["api_get_health"]["authorization_type"] == "NONE"
    assert "authorizer_id" not in routes["api_get_health"]
    assert routes["api_get_admin"]["authorization_type"] == "AWS_IAM"


def test_a_domain_of_its_own_turns_the_other_name_off(tier, function, synth):
    domain = ApiDomain(domain_name="api.example.com", certificate_arn=CERTIFICATE)
    api = HttpApi(tier, "api", domain=domain)
    assert api.url == "https://api.example.com"
    assert api.domain is not None
    tier.add_output("alias", api.domain.dns_name, description="what an alias points to")
    template = synth(tier)
    assert template.resource("aws_apigatewayv2_api.api")["disable_execute_api_endpoint"] is True
    template.has_resource(
        "aws_apigatewayv2_domain_name",
        {
            "domain_name": "api.example.com",
            "domain_name_configuration": {
                "certificate_arn": CERTIFICATE,
                "endpoint_type": "REGIONAL",
                "security_policy": "TLS_1_2",
            },
        },
    )
    template.has_resource(
        "aws_apigatewayv2_api_mapping", {"stage": "${aws_apigatewayv2_stage.api.name}"}
    )


def test_logs_with_a_key_and_without_logs(tier, synth):
    key = Key(tier, "key", description="logs")
    HttpApi(tier, "api", access_logs=ApiAccessLogs(retention_days=30, key=key))
    HttpApi(tier, "quiet", access_logs=None, throttling=Throttling(rate_limit=1, burst_limit=2))
    template = synth(tier)
    group = template.resource("aws_cloudwatch_log_group.api_access_logs")
    assert group["retention_in_days"] == 30
    assert group["kms_key_id"] == "${aws_kms_key.key.arn}"
    policy = template.resource("aws_kms_key.key")["policy"]
    assert "logs.eu-central-1.amazonaws.com" in policy
    assert "log-group:/aws/vendedlogs/apis/shop-test-api" in policy
    quiet = template.resource("aws_apigatewayv2_stage.quiet")
    assert "access_log_settings" not in quiet
    assert quiet["default_route_settings"]["throttling_rate_limit"] == 1


def test_another_tier_uses_it(app, environment, tier, synth):
    api = HttpApi(tier, "api")
    web = Tier(app, "web", environment=environment)
    web.add_output("seen", web.use(api).url, description="the API that web sees")
    template = synth(web)
    assert template.outputs["seen"]["value"] == (
        "${data.terraform_remote_state.network.outputs.api_url}"
    )


def test_an_api_of_another_team(tier):
    attributes = HttpApiAttributes(
        api_id="a1b2c3d4e5",
        url="https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
        execution_arn="arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5",
    )
    assert HttpApi.from_attributes(tier, "theirs", attributes).api_id == "a1b2c3d4e5"


def cors(**options):
    return {"cors": Cors(**{"allow_origins": ["https://a.b"], **options})}


def jwt(**options):
    given = {"issuer": "https://a.b", "audience": ["c"]}
    return {"authorizer": JwtAuthorizer(**{**given, **options})}


def domain(name="api.example.com", certificate=CERTIFICATE):
    return {"domain": ApiDomain(domain_name=name, certificate_arn=certificate)}


BAD = {
    "description": ({"description": 7}, "description 7"),
    "long description": ({"description": "x" * 1025}, "1024 characters"),
    "cors as dict": ({"cors": {"allow_origins": ["*"]}}, "write Cors"),
    "cors for nobody": (cors(allow_origins=[]), "allow_origins is empty"),
    "cors origin as text": (cors(allow_origins="https://a.b"), "write a list"),
    "cors origin with a path": (cors(allow_origins=["https://a.b/c"]), "without a path"),
    "cors origin without scheme": (cors(allow_origins=["a.b"]), "write https://"),
    "cors origin is None": (cors(allow_origins=[None]), "origin None"),
    "cors everybody and more": (cors(allow_origins=["*", "https://a.b"]), "every page"),
    "cors credentials for all": (
        cors(allow_origins=["*"], allow_credentials=True),
        "does not go with",
    ),
    "cors credentials as text": (cors(allow_credentials="no"), "write True or False"),
    "cors method": (cors(allow_methods=["FETCH"]), "method FETCH"),
    "cors lower-case method": (cors(allow_methods=["get"]), "method get"),
    "cors no method": (cors(allow_methods=[]), "allow_methods is empty"),
    "cors header": (cors(allow_headers=["a b"]), "a header's name"),
    "cors exposed header": (cors(expose_headers=["a:b"]), "a header's name"),
    "cors headers as text": (cors(allow_headers="x-team"), "write a list"),
    "cors age": (cors(max_age=86_401), "0 to 86400"),
    "cors age true": (cors(max_age=True), "whole number"),
    "throttling none": ({"throttling": None}, "write Throttling"),
    "rate 0": ({"throttling": Throttling(rate_limit=0)}, "rate_limit is 0"),
    "rate too high": ({"throttling": Throttling(rate_limit=10_001)}, "1 to 10000"),
    "rate as float": ({"throttling": Throttling(rate_limit=1.5)}, "whole number"),
    "burst 0": ({"throttling": Throttling(burst_limit=0)}, "burst_limit is 0"),
    "burst too high": ({"throttling": Throttling(burst_limit=5_001)}, "1 to 5000"),
    "logs true": ({"access_logs": True}, "write ApiAccessLogs"),
    "retention": ({"access_logs": ApiAccessLogs(retention_days=100)}, "retention_days 100"),
    "retention forever": ({"access_logs": ApiAccessLogs(retention_days=None)}, "retention_days"),
    "log key by arn": ({"access_logs": ApiAccessLogs(key="arn:aws:kms:::key/1")}, "write Key"),
    "authorizer by name": ({"authorizer": "pool"}, "write JwtAuthorizer"),
    "issuer over http": (jwt(issuer="http://a.b"), "write https://"),
    "issuer with a slash": (jwt(issuer="https://a.b/"), "without a slash"),
    "no issuer": (jwt(issuer=None), "issuer None"),
    "audience as text": (jwt(audience="c"), "write a list"),
    "no audience": (jwt(audience=[]), "tokens for anybody"),
    "audience blank": (jwt(audience=["a b"]), "audience a b"),
    "identity source": (jwt(identity_source="Authorization"), "request.header"),
    "domain by name": ({"domain": "api.example.com"}, "write ApiDomain"),
    "domain in capitals": (domain("API.example.com"), "in lower case"),
    "domain of one label": (domain("localhost"), "write a name like"),
    "domain with a star": (domain("*.example.com"), "write a name like"),
    "long domain": (domain(f"{'a' * 63}." * 4 + "com"), "write a name like"),
    "certificate": (domain(certificate="arn:aws:iam::1:x"), "ARN of acm"),
    "tags": ({"tags": {"aws:x": "y"}}, "begins with aws:"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_options_leave_nothing_behind(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        HttpApi(tier, "api", **options)
    assert tier.node.try_find_child("api") is None


BAD_ROUTES = {
    "path without slash": ({"path": "items"}, "path items is not valid"),
    "path is None": ({"path": None}, "path None is not valid"),
    "empty path": ({"path": ""}, "is not valid"),
    "slash at the end": ({"path": "/items/"}, "is not valid"),
    "two slashes": ({"path": "/items//x"}, "is not valid"),
    "blank": ({"path": "/my items"}, "is not valid"),
    "question mark": ({"path": "/items?x=1"}, "is not valid"),
    "half a parameter": ({"path": "/items/{id"}, "is not valid"),
    "text beside a parameter": ({"path": "/items/x{id}"}, "is not valid"),
    "empty parameter": ({"path": "/items/{}"}, "is not valid"),
    "greedy in the middle": ({"path": "/{proxy+}/x"}, "comes last"),
    "parameter twice": ({"path": "/{id}/{id}"}, "parameter twice"),
    "no function": ({"function": None}, "write a Function"),
    "function by arn": ({"function": "arn:aws:lambda:x"}, "write a Function"),
    "methods as text": ({"methods": "GET"}, "write a list"),
    "no method": ({"methods": []}, "methods is empty"),
    "unknown method": ({"methods": ["FETCH"]}, "method FETCH"),
    "method twice": ({"methods": ["GET", "GET"]}, "a method twice"),
    "any and another": ({"methods": ["ANY", "GET"]}, "ANY stands for all"),
    "authorization": ({"authorization": "COGNITO"}, "authorization COGNITO"),
    "jwt without authorizer": ({"authorization": "JWT"}, "give the API a JwtAuthorizer"),
    "scopes without jwt": ({"scopes": ["read"]}, "scopes go with JWT"),
    "scopes as text": ({"scopes": "read"}, "write a list"),
    "scope blank": ({"scopes": ["a b"]}, "scope a b"),
    "timeout 49": ({"timeout": 49}, "50 to 30000"),
    "timeout 30001": ({"timeout": 30_001}, "50 to 30000"),
    "timeout true": ({"timeout": True}, "whole number"),
}


@pytest.mark.parametrize(("options", "message"), BAD_ROUTES.values(), ids=BAD_ROUTES)
def test_bad_routes_leave_nothing_behind(tier, function, synth, options, message):
    api = HttpApi(tier, "api")
    given = {"path": "/items", "function": function, **options}
    with pytest.raises(ConfigurationError, match=message):
        api.add_route(given.pop("path"), given.pop("function"), **given)
    template = synth(tier)
    template.has_no_resource("aws_apigatewayv2_route")
    template.has_no_resource("aws_apigatewayv2_integration")
    template.has_no_resource("aws_lambda_permission")


def test_a_route_is_there_once(tier, function, synth):
    api = HttpApi(tier, "api")
    api.add_route("/items", function, methods=["GET"])
    with pytest.raises(ConfigurationError, match="route GET /items is there already"):
        api.add_route("/items", function, methods=["POST", "GET"])
    api.add_route("/items/{id}", function, methods=["GET"])
    taken = r"would have the Terraform name of GET /items/\{id\}"
    with pytest.raises(ConfigurationError, match=taken):
        api.add_route("/items/id", function, methods=["GET"])
    assert set(synth(tier).resources("aws_apigatewayv2_route")) == {
        "api_get_items",
        "api_get_items_id",
    }


FINE = {
    "api_id": "a1b2c3d4e5",
    "url": "https://a.b",
    "execution_arn": "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5",
}


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (None, "write HttpApiAttributes"),
        (HttpApiAttributes(**{**FINE, "api_id": "x"}), "api_id x"),
        (HttpApiAttributes(**{**FINE, "url": "a.b"}), "url a.b"),
        (HttpApiAttributes(**{**FINE, "url": "https://a.b/"}), "url https"),
        (HttpApiAttributes(**{**FINE, "execution_arn": "x"}), "execution_arn x"),
    ],
    ids=["none", "id", "url", "slash", "arn"],
)
def test_bad_attributes(tier, attributes, message):
    with pytest.raises(ConfigurationError, match=message):
        HttpApi.from_attributes(tier, "theirs", attributes)
