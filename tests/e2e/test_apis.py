"""Rows F2 and F4: HTTP and REST APIs apply, plan clean, deploy again only when they change, and
answer requests with the real handler."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.security import Key, WebAcl
from terratiers.serverless import (
    ApiAccessLogs,
    ApiDomain,
    ApiGatewayAccount,
    Code,
    Cors,
    Function,
    HttpApi,
    JsonSchema,
    JwtAuthorizer,
    Quota,
    RestApi,
    UsagePlan,
)

import pytest
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"
PAGE = "https://www.example.com"
CERTIFICATE = f"arn:aws:acm:{REGION}:111122223333:certificate/12345678-1234-1234-1234-123456789012"
ECHO = """
import base64, json

def handler(event, context):
    if "boom" in (event.get("body") or ""):
        raise RuntimeError("boom")
    if event.get("path", event.get("rawPath", "")).endswith("/picture"):
        picture = base64.b64encode(bytes(range(256))).decode()
        return {"statusCode": 200, "headers": {"Content-Type": "image/png"}, "body": picture,
                "isBase64Encoded": True}
    return {"statusCode": 201, "headers": {"X-Seen": "yes"}, "body": json.dumps(event)}
"""


def apis(outdir, folder, *, grown=False, model="string"):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "apis")
    AwsProvider(stack, "aws", region=REGION)
    LocalBackend(stack, path="terraform.tfstate")
    echo = Function(stack, "echo", code=Code.from_asset(folder))
    cors = Cors(allow_origins=[PAGE], allow_credentials=True, expose_headers=["etag"])
    http = HttpApi(
        stack,
        "http",
        description="items",
        cors=cors,
        access_logs=ApiAccessLogs(retention_days=7, key=Key(stack, "key", description="logs")),
        authorizer=JwtAuthorizer(issuer="https://issuer.example.com", audience=["page"]),
    )
    http.add_route("/items", echo, methods=["GET"], scopes=["items/read"])
    http.add_route("/items/{id}", echo, authorization="NONE")
    http.add_route("/files/{proxy+}", echo, methods=["GET"], authorization="AWS_IAM")
    named = ApiDomain(domain_name="api.example.com", certificate_arn=CERTIFICATE)
    HttpApi(stack, "named", domain=named, access_logs=None).add_route("/", echo)
    rest = RestApi(
        stack,
        "rest",
        account=ApiGatewayAccount(stack, "account"),
        description="items",
        cors=cors,
        binary_media_types=["image/png"],
        minimum_compression_size=1000,
    )
    rest.add_method(
        "/items", echo, methods=["GET"], query_parameters={"limit": False}, headers={"x-a": True}
    )
    item = JsonSchema("Item", {"type": "object", "properties": {"name": {"type": model}}})
    rest.add_method("/items", echo, methods=["POST"], model=item)
    rest.add_method("/items/{id}", echo, methods=["GET", "PUT"], api_key_required=True)
    rest.add_usage_plan("partners", UsagePlan(api_keys=["one"], quota=Quota(limit=100)))
    WebAcl(stack, "acl").associate("rest", rest)
    old = ApiDomain(domain_name="rest.example.com", certificate_arn=CERTIFICATE)
    RestApi(stack, "old", domain=old, access_logs=None, tracing=False).add_method(
        "/{proxy+}", echo, authorization="AWS_IAM"
    )
    if grown:
        rest.add_method("/items/{id}", echo, methods=["DELETE"])
        http.add_route("/items", echo, methods=["POST"])
    app.synth()
    return read_synthesis(outdir)


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    folder = tmp_path_factory.mktemp("echo")
    (folder / "handler.py").write_text(ECHO)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("apis")


@pytest.fixture(scope="module")
def standing(emulator, work, code):
    synthesis = apis(work / "before", code)
    deployment = Deployment(synthesis, emulator, work / "work")
    list(deployment.up())
    state = deployment.prepare(synthesis[0]).state()
    yield deployment, state
    list(deployment.down())


def ask(emulator, host, path, *, method="GET", body=None, headers=None):
    request = urllib.request.Request(
        f"{emulator.endpoint}{path}",
        data=body,
        method=method,
        headers={"Host": host, **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def host(id):
    return f"{id}.execute-api.{REGION}.amazonaws.com"


def test_they_plan_clean(standing):
    deployment, _ = standing
    assert deployment.prepare(deployment.tiers[0]).plan() == []


def test_a_rest_api_answers_with_its_function(emulator, standing):
    name = host(standing[1]["aws_api_gateway_rest_api.rest"]["id"])
    status, headers, text = ask(
        emulator, name, "/live/items/a%20b?x=1&x=2", method="PUT", body=b'{"name": "n"}',
        headers={"X-Team": "web"},
    )  # fmt: skip
    assert (status, headers["X-Seen"]) == (201, "yes")
    event = json.loads(text)
    assert event["resource"] == "/items/{id}"
    assert event["path"] == "/items/a b"
    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"x": "2"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["headers"]["X-Team"] == "web"
    assert event["body"] == '{"name": "n"}'
    assert event["requestContext"]["stage"] == "live"


def test_an_http_api_answers_with_its_function(emulator, standing):
    name = host(standing[1]["aws_apigatewayv2_api.http"]["id"])
    status, headers, text = ask(
        emulator, name, "/items/7?x=1&x=2", method="PATCH", body=bytes(range(256)),
        headers={"Origin": PAGE},
    )  # fmt: skip
    assert status == 201
    assert headers["Access-Control-Allow-Origin"] == PAGE
    event = json.loads(text)
    assert event["routeKey"] == "ANY /items/{id}"
    assert event["rawPath"] == "/items/7"
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == bytes(range(256))
    assert event["requestContext"]["http"]["method"] == "PATCH"


def test_bytes_come_back_as_bytes(emulator, standing):
    name = host(standing[1]["aws_apigatewayv2_api.http"]["id"])
    status, headers, picture = ask(emulator, name, "/files/a/picture")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert picture == bytes(range(256))


def test_an_api_is_reached_below_a_path_too(emulator, standing):
    id = standing[1]["aws_api_gateway_rest_api.rest"]["id"]
    status, _, text = ask(emulator, "127.0.0.1", f"/_aws/execute-api/{id}/live/items")
    assert (status, json.loads(text)["path"]) == (201, "/items")


@pytest.mark.parametrize("path", ["/", "/live", "/live/nothing", "/v2/items", "/live/items/1/2"])
def test_a_rest_api_knows_no_other_paths(emulator, standing, path):
    name = host(standing[1]["aws_api_gateway_rest_api.rest"]["id"])
    assert ask(emulator, name, path)[0] == 403


def test_an_http_api_knows_no_other_routes(emulator, standing):
    name = host(standing[1]["aws_apigatewayv2_api.http"]["id"])
    assert ask(emulator, name, "/nothing")[0] == 404
    assert ask(emulator, name, "/items", method="DELETE")[0] == 404
    assert ask(emulator, host("nothing"), "/")[0] == 403


def test_a_handler_that_fails_tells_the_caller_nothing(emulator, standing):
    rest, http = (
        host(standing[1][address]["id"])
        for address in ("aws_api_gateway_rest_api.rest", "aws_apigatewayv2_api.http")
    )
    for name, path, expected in ((rest, "/live/items", 502), (http, "/items/1", 500)):
        status, _, text = ask(emulator, name, path, method="POST", body=b"boom")
        assert status == expected
        assert b"boom" not in text


def test_a_browser_is_told_what_it_may(emulator, standing):
    rest = host(standing[1]["aws_api_gateway_rest_api.rest"]["id"])
    status, headers, _ = ask(emulator, rest, "/live/items", method="OPTIONS")
    assert (status, headers["Access-Control-Allow-Origin"]) == (204, PAGE)
    assert "POST" in headers["Access-Control-Allow-Methods"]
    http = host(standing[1]["aws_apigatewayv2_api.http"]["id"])
    for origin, allowed in ((PAGE, PAGE), ("https://other.example.com", None)):
        _, headers, _ = ask(
            emulator, http, "/items/1", method="OPTIONS", headers={"Origin": origin}
        )
        assert headers["Access-Control-Allow-Origin"] == allowed


def planned(deployment, synthesis, emulator, work):
    return {
        (change.address, change.actions)
        for change in Deployment(synthesis, emulator, work / "work").prepare(synthesis[0]).plan()
    }


def test_a_method_more_deploys_again(emulator, standing, work, code):
    after = apis(work / "grown", code, grown=True)
    assert planned(standing[0], after, emulator, work) == {
        ("aws_api_gateway_deployment.rest", ("create", "delete")),
        ("aws_api_gateway_integration.rest_delete_items_id", ("create",)),
        ("aws_api_gateway_method.rest_delete_items_id", ("create",)),
        ("aws_api_gateway_stage.rest", ("update",)),
        ("aws_apigatewayv2_route.http_post_items", ("create",)),
        ("aws_lambda_permission.echo_http_post_items", ("create",)),
        ("aws_lambda_permission.echo_rest_delete_items_id", ("create",)),
    }


def test_a_changed_model_deploys_again(emulator, standing, work, code):
    after = apis(work / "model", code, model="number")
    assert planned(standing[0], after, emulator, work) == {
        ("aws_api_gateway_deployment.rest", ("create", "delete")),
        ("aws_api_gateway_model.rest_Item", ("update",)),
        ("aws_api_gateway_stage.rest", ("update",)),
    }


def test_the_same_again_changes_nothing(emulator, standing, work, code):
    assert planned(standing[0], apis(work / "same", code), emulator, work) == set()
