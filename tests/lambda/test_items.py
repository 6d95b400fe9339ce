"""Row F5: the items API: normal, malformed, partial, duplicate and large requests."""

from __future__ import annotations

import base64
import json
import sys
import threading

import boto3
import pytest
from botocore.exceptions import ClientError

ID = "item-1"


class Api:
    """Sends requests as API Gateway does, in either payload format."""

    def __init__(self, module, version):
        self.module, self.version = module, version

    def __call__(self, method, path, body=None, query=None, **event):
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        if self.version == "2.0":
            request = {
                "version": "2.0",
                "rawPath": f"/live{path}",
                "requestContext": {"stage": "live", "http": {"method": method, "path": path}},
            }
        else:
            request = {
                "httpMethod": method,
                "path": path,
                "requestContext": {"stage": "live", "httpMethod": method},
            }
        request |= {"queryStringParameters": query, "body": text, "isBase64Encoded": False}
        answer = self.module.handler({**request, **event}, None)
        self.headers = answer["headers"]
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


@pytest.fixture
def table(aws):
    dynamodb = boto3.resource("dynamodb")
    return dynamodb.create_table(
        TableName="items",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture(params=["1.0", "2.0"])
def api(load, table, monkeypatch, request):
    monkeypatch.setenv("TABLE_NAME", table.name)
    return Api(load("items"), request.param)


def test_an_item_is_created_read_changed_listed_and_deleted(api):
    status, made = api("POST", "/items", {"name": "Shiba", "description": "a dog"})
    assert status == 201
    assert api.headers["Location"] == f"/items/{made['id']}"
    assert api.headers["ETag"] == '"1"'
    assert {k: made[k] for k in ("name", "description", "version")} == {
        "name": "Shiba",
        "description": "a dog",
        "version": 1,
    }
    assert made["created_at"] == made["updated_at"]
    assert made["created_at"].endswith("Z")
    path = f"/items/{made['id']}"
    assert api("GET", path) == (200, made)
    status, changed = api("PUT", path, {"name": "Inu", "version": 1})
    assert status == 200
    assert (changed["name"], changed["description"], changed["version"]) == ("Inu", "", 2)
    assert changed["created_at"] == made["created_at"]
    assert api("GET", "/items") == (200, {"items": [changed], "next": None})
    assert api("DELETE", path, query={"version": "2"}) == (204, None)
    assert api("GET", path)[0] == 404
    assert api("DELETE", path)[0] == 404


def test_an_id_is_taken_once(api):
    assert api("POST", "/items", {"id": ID, "name": "first"})[0] == 201
    status, answer = api("POST", "/items", {"id": ID, "name": "second"})
    assert (status, answer) == (409, {"message": "item item-1 exists already"})
    assert api("GET", f"/items/{ID}")[1]["name"] == "first"


def test_nobody_overwrites_what_he_has_not_seen(api):
    api("POST", "/items", {"id": ID, "name": "0"})
    assert api("PUT", f"/items/{ID}", {"name": "mine", "version": 1})[0] == 200
    status, answer = api("PUT", f"/items/{ID}", {"name": "yours", "version": 1})
    assert status == 409
    assert "has version 2 by now" in answer["message"]
    assert api("DELETE", f"/items/{ID}", query={"version": "1"})[0] == 409
    assert api("GET", f"/items/{ID}")[1]["name"] == "mine"


@pytest.fixture
def eager_threads():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_of_concurrent_updates_one_wins(api):
    api("POST", "/items", {"id": ID, "name": "0"})
    answers = []

    def change(number):
        event = {
            "httpMethod": "PUT",
            "path": f"/items/{ID}",
            "body": json.dumps({"name": str(number), "version": 1}),
        }
        answers.append(api.module.handler(event, None)["statusCode"])

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7
    assert api("GET", f"/items/{ID}")[1]["version"] == 2


def test_lists_come_in_pages_and_lose_nothing(api):
    for number in range(7):
        api("POST", "/items", {"id": f"i{number}", "name": "x"})
    found, query = [], {"limit": "3"}
    for _ in range(4):
        status, page = api("GET", "/items", query=query)
        assert status == 200
        assert len(page["items"]) <= 3
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"limit": "3", "next": page["next"]}
    assert sorted(found) == [f"i{number}" for number in range(7)]


def test_text_is_kept_to_the_letter(api):
    name = "시바견 <b>&\"' \\ ${x} 🐕"
    status, made = api("POST", "/items", {"name": name, "description": "\n\t" * 400})
    assert status == 201
    assert api("GET", f"/items/{made['id']}")[1] == made
    assert made["name"] == name


def test_a_body_in_base64(api):
    body = base64.b64encode(b'{"name": "coded"}').decode()
    status, made = api("POST", "/items", body, isBase64Encoded=True)
    assert (status, made["name"]) == (201, "coded")


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (None, 400, "no JSON"),
        ("", 400, "no JSON"),
        ("{", 400, "no JSON"),
        ("[]", 400, "no object"),
        ('"name"', 400, "no object"),
        ("null", 400, "no object"),
        ("[" * 60_000, 400, "no JSON"),
        ({}, 400, "name: write 1 to 100"),
        ({"name": ""}, 400, "name: write 1 to 100"),
        ({"name": "  "}, 400, "name: write 1 to 100"),
        ({"name": None}, 400, "name: write 1 to 100"),
        ({"name": 7}, 400, "name: write 1 to 100"),
        ({"name": ["a"]}, 400, "name: write 1 to 100"),
        ({"name": "x" * 101}, 400, "name: write 1 to 100"),
        ({"name": "x", "description": "x" * 1001}, 400, "description: write up to 1000"),
        ({"name": "x", "description": None}, 400, "description: write up to 1000"),
        ({"name": "x", "id": ""}, 400, "id: write 1 to 64"),
        ({"name": "x", "id": "a/b"}, 400, "id: write 1 to 64"),
        ({"name": "x", "id": 7}, 400, "id: write 1 to 64"),
        ({"name": "x", "id": "x" * 65}, 400, "id: write 1 to 64"),
        ({"name": "x", "colour": "red"}, 400, "colour: is not known"),
        ({"name": "x", "version": 3}, 400, "version: is not known"),
        ({"name": "x" * 66_000}, 413, "at most 65536"),
        ('{"name": "\\ud800"}', 400, "half of a character"),
        ('{"\\udfff": 1, "name": "x"}', 400, "half of a character"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_items_are_not_created(api, table, body, status, message):
    found, answer = api("POST", "/items", body)
    assert found == status
    assert message in json.dumps(answer)
    assert table.scan()["Count"] == 0


def test_all_faults_are_told_at_once(api):
    status, answer = api("POST", "/items", {"name": 1, "description": 2, "id": 3, "x": 4})
    assert (status, len(answer["faults"])) == (400, 4)


@pytest.mark.parametrize(
    "version", [None, 0, -1, 1.5, "1", True, [1], 10**30], ids=lambda value: repr(value)[:12]
)
def test_an_update_names_the_version_that_it_changes(api, version):
    api("POST", "/items", {"id": ID, "name": "0"})
    body = {"name": "x"} if version is None else {"name": "x", "version": version}
    status, answer = api("PUT", f"/items/{ID}", body)
    assert status == 400
    assert "version: write the version that you read" in answer["faults"][0]
    assert api("GET", f"/items/{ID}")[1]["version"] == 1


def test_what_is_not_there_cannot_be_changed(api):
    assert api("PUT", "/items/none", {"name": "x", "version": 1})[0] == 404
    assert api("DELETE", "/items/none", query={"version": "1"})[0] == 404
    assert api("GET", "/items") == (200, {"items": [], "next": None})


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "1000", "٣"])
def test_bad_limits(api, limit):
    assert api("GET", "/items", query={"limit": limit})[0] == 400


@pytest.mark.parametrize("start", ["?", "a" * 5, "eHh4" * 22, "Li4v", "é"])
def test_a_page_that_nobody_named(api, start):
    status, answer = api("GET", "/items", query={"next": start})
    assert (status, answer["message"]) == (400, "next: write what the page before said")


@pytest.mark.parametrize("version", ["0", "x", "1.0", "-1", ""])
def test_a_deletion_with_a_bad_version(api, version):
    api("POST", "/items", {"id": ID, "name": "0"})
    assert api("DELETE", f"/items/{ID}", query={"version": version})[0] == 400
    assert api("GET", f"/items/{ID}")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("PATCH", "/items", 405, "GET, POST"),
        ("DELETE", "/items", 405, "GET, POST"),
        ("POST", "/items/x", 405, "GET, PUT, DELETE"),
        ("GET", "/", 404, None),
        ("GET", "/orders", 404, None),
        ("GET", "/items/a/b", 404, None),
        ("GET", "/items/a.b", 404, None),
        ("GET", f"/items/{'x' * 65}", 404, None),
    ],
)
def test_what_there_is_not(api, method, path, status, allow):
    assert api(method, path)[0] == status
    assert api.headers.get("Allow") == allow


@pytest.mark.parametrize(
    "event",
    [{}, {"httpMethod": "GET"}, {"path": "/items"}, {"httpMethod": 7, "path": "/items"},
     {"httpMethod": "POST", "path": "/items", "body": "%%%", "isBase64Encoded": True},
     {"httpMethod": "POST", "path": "/items", "body": {"name": "x"}}],
    ids=["empty", "no path", "no method", "method 7", "bad base64", "body is no text"],
)  # fmt: skip
def test_what_is_no_request(api, event):
    assert api.module.handler(event, None)["statusCode"] == 400


def test_a_page_of_another_origin_may_read_answers_and_errors(api, monkeypatch):
    api("GET", "/items/none")
    assert "Access-Control-Allow-Origin" not in api.headers
    monkeypatch.setenv("ALLOWED_ORIGIN", "https://www.example.com")
    for path in ("/items", "/items/none"):
        api("GET", path)
        assert api.headers["Access-Control-Allow-Origin"] == "https://www.example.com"


def refuse(code):
    def call(**_):
        raise ClientError({"Error": {"Code": code, "Message": "secret detail"}}, "Scan")

    return call


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 503),
        ("ThrottlingException", 503),
        ("AccessDeniedException", 500),
        ("ResourceNotFoundException", 500),
    ],
)
def test_what_dynamodb_refuses_tells_nothing_of_the_inside(api, monkeypatch, code, status):
    monkeypatch.setattr(api.module._table(), "scan", refuse(code), raising=False)
    found, answer = api("GET", "/items")
    assert found == status
    assert "secret" not in json.dumps(answer)
    assert (api.headers.get("Retry-After") == "1") == (status == 503)


def test_a_failure_of_our_own_is_500(api, monkeypatch):
    monkeypatch.setattr(api.module._table(), "scan", lambda **_: {}, raising=False)
    assert api("GET", "/items") == (500, {"message": "this failed on our side"})
