"""What can be added to a function: permissions, aliases, a URL, event sources, variables."""

from __future__ import annotations

import json

from terratiers import ConfigurationError, Tier
from terratiers.core.acknowledgements import acknowledge
from terratiers.core.synthesis import read_synthesis
from terratiers.database import Attribute, StreamViewType, Table
from terratiers.messaging import IFunction, Queue, Subscription, Topic
from terratiers.security import PolicyStatement, Principal, Role
from terratiers.serverless import (
    Code,
    Function,
    FunctionUrlCors,
    QueueEvents,
    StreamEvents,
)

import pytest

BUCKET_ARN = "arn:aws:s3:::images"


@pytest.fixture
def make(tier, tmp_path):
    (tmp_path / "handler.py").write_text("def handler(event, context): pass\n")
    code = Code.from_asset(tmp_path / "handler.py")
    return lambda id="items", **options: Function(tier, id, code=code, **options)


@pytest.fixture
def caller(tier):
    return Role(tier, "caller", assumed_by=Principal.service("ec2"), description="calls")


@pytest.fixture
def table(tier):
    key = Attribute.string("id")
    return Table(tier, "table", partition_key=key, stream=StreamViewType.NEW_IMAGE)


# --- permissions and grants ---


def test_a_permission(make, tier, synth):
    function = make()
    given = {
        "principal": "s3.amazonaws.com",
        "source_arn": BUCKET_ARN,
        "source_account": "111122223333",
    }
    first = function.add_permission("s3-images", **given)
    assert function.add_permission("s3-images", **given) is first
    [made] = synth(tier).resources("aws_lambda_permission").items()
    assert made[0] == "items_s3_images"
    assert {key: made[1][key] for key in given} == given
    assert made[1]["action"] == "lambda:InvokeFunction"
    assert made[1]["function_name"] == "${aws_lambda_function.items.function_name}"
    assert made[1]["statement_id"] == "s3-images"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"id": "1"}, "id 1 is not valid"),
        ({"id": None}, "id None is not valid"),
        ({"id": "x" * 65}, "is not valid"),
        ({"principal": "s3"}, "principal s3 is not valid"),
        ({"principal": "*"}, r"principal \* is not valid"),
        ({"principal": None}, "principal None"),
        ({"principal": 111122223333}, "principal 111122223333"),
        ({"source_arn": "images"}, "source_arn images is not valid"),
        ({"source_account": 111122223333}, "source_account 111122223333"),
        ({"source_account": "1111"}, "twelve digits"),
    ],
)
def test_bad_permissions(make, tier, synth, options, message):
    function = make()
    given = {"id": "one", "principal": "s3.amazonaws.com", "source_arn": BUCKET_ARN, **options}
    with pytest.raises(ConfigurationError, match=message):
        function.add_permission(given.pop("id"), **given)
    synth(tier).has_no_resource("aws_lambda_permission")


def test_an_id_that_is_taken(make):
    function = make()
    function.add_permission("one", principal="s3.amazonaws.com", source_arn=BUCKET_ARN)
    with pytest.raises(ConfigurationError, match="permission one is there for s3"):
        function.add_permission("one", principal="sns.amazonaws.com", source_arn=BUCKET_ARN)


def notes(app):
    app.synth()
    return [note for tier in read_synthesis(app.outdir) for note in tier.annotations]


def test_a_service_without_a_source_warns(app, make):
    function = make()
    function.add_permission("events", principal="events.amazonaws.com")
    function.add_permission("other", principal="sns.amazonaws.com", source_account="1" * 12)
    function.add_permission("account", principal="111122223333")
    [note] = [note for note in notes(app) if "lambda-permission-without-source" in note]
    assert "events.amazonaws.com" in note


def test_grants(make, tier, caller, synth):
    function = make()
    function.grant_invoke(caller)
    function.grant_invoke(caller)
    function.grant_invoke(
        Principal.service("events"), source_arn="arn:aws:events:eu-central-1:111122223333:rule/r"
    )
    function.grant_invoke(Principal.account("111122223333"))
    function.grant_invoke(Principal.arn("arn:aws:iam::111122223333:role/path/caller"))
    function.add_to_role_policy(
        "read", PolicyStatement(actions=["s3:GetObject"], resources=[f"{BUCKET_ARN}/*"])
    )
    template = synth(tier)
    policy = template.resource("aws_iam_role_policy.caller_items_invoke")["policy"]
    assert "${aws_lambda_function.items.arn}:*" in policy
    assert "aws_iam_role_policy.items_role_read" in template.addresses()
    assert set(template.resources("aws_lambda_permission")) == {
        "items_events",
        "items_account_111122223333",
        "items_caller",
    }


def test_a_service_is_granted_for_several_sources(make, tier, synth):
    function = make(publish=True)
    rules = "arn:aws:events:eu-central-1:111122223333:rule"
    for alike in (function, function.add_alias("live")):
        alike.grant_invoke(Principal.service("events"), source_arn=f"{rules}/one")
        alike.grant_invoke(Principal.service("events"), source_arn=f"{rules}/one")
        alike.grant_invoke(Principal.service("events"), source_arn=f"{rules}/two", id="two")
        with pytest.raises(ConfigurationError, match=r"permission events is there.*another id"):
            alike.grant_invoke(Principal.service("events"), source_arn=f"{rules}/three")
        with pytest.raises(ConfigurationError, match="id 2 is not valid"):
            alike.grant_invoke(Principal.service("events"), source_arn=f"{rules}/two", id="2")
    made = synth(tier).resources("aws_lambda_permission")
    assert {name: one["source_arn"] for name, one in made.items()} == {
        "items_events": f"{rules}/one",
        "items_two": f"{rules}/two",
        "items_live_events": f"{rules}/one",
        "items_live_two": f"{rules}/two",
    }


@pytest.mark.parametrize("options", [{"source_arn": BUCKET_ARN}, {"id": "one"}])
def test_an_alias_takes_sources_for_services_alone(make, caller, options):
    with pytest.raises(ConfigurationError, match="are for services"):
        make(publish=True).add_alias("live").grant_invoke(caller, **options)


@pytest.mark.parametrize("grantee", [None, "role", object()])
def test_who_can_be_granted_nothing(make, grantee):
    with pytest.raises(ConfigurationError, match="cannot be granted anything"):
        make().grant_invoke(grantee)


def test_sources_are_for_services(make, caller):
    with pytest.raises(ConfigurationError, match="are for services"):
        make().grant_invoke(caller, source_arn=BUCKET_ARN)


def test_topics_take_a_function_and_its_alias(make, tier, synth):
    function = make(publish=True)
    alias = function.add_alias("live")
    assert isinstance(function, IFunction)
    assert isinstance(alias, IFunction)
    topic = Topic(tier, "topic")
    topic.add_subscription(Subscription.function(function))
    topic.add_subscription(Subscription.function(alias))
    template = synth(tier)
    endpoints = {
        one["endpoint"] for one in template.resources("aws_sns_topic_subscription").values()
    }
    assert endpoints == {"${aws_lambda_function.items.arn}", "${aws_lambda_alias.items_live.arn}"}
    qualified = template.resource("aws_lambda_permission.items_live_sns_topic")
    assert qualified["qualifier"] == "${aws_lambda_alias.items_live.name}"


# --- variables and connections ---


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("AWS_REGION", "x", "set by Lambda itself"),
        ("COLOR", "blue", "COLOR is red already"),
        ("x", "y", "two characters at least"),
        (None, "y", "name None"),
        ("NUMBER", 7, "NUMBER is 7"),
        ("LIST", ["${foo}"], r"LIST is \['\$\{foo\}'\] \(list\): write a string"),
        ("TOKEN_NUMBER", -1.8881545897087505e289, r"\(float\): write a string"),
        ("LARGE", "x" * 4096, "Lambda takes 4096"),
    ],
)
def test_bad_variables(make, tier, synth, name, value, message):
    function = make(environment={"COLOR": "red"})
    with pytest.raises(ConfigurationError, match=message):
        function.add_environment(name, value)
    made = synth(tier).resource("aws_lambda_function.items")
    assert made["environment"] == {"variables": {"COLOR": "red"}}


def test_there_are_no_connections_outside_of_a_vpc(make):
    with pytest.raises(ConfigurationError, match="in no VPC and has no security group"):
        _ = make().connections


# --- aliases ---


def test_an_alias_follows_what_is_published(make, tier, caller, synth):
    function = make(publish=True, reserved_concurrent_executions=5)
    alias = function.add_alias("live", description="users", provisioned_concurrency=5)
    alias.grant_invoke(caller)
    assert alias.role is function.role
    template = synth(tier)
    made = template.resource("aws_lambda_alias.items_live")
    assert made["function_version"] == "${aws_lambda_function.items.version}"
    assert made["description"] == "users"
    config = template.resource("aws_lambda_provisioned_concurrency_config.items_live")
    assert config["provisioned_concurrent_executions"] == 5
    assert config["qualifier"] == "${aws_lambda_alias.items_live.name}"
    policy = template.resource("aws_iam_role_policy.caller_items_live_invoke")["policy"]
    assert "${aws_lambda_alias.items_live.arn}" in policy


def test_events_are_treated_alike_by_way_of_an_alias(make, tier, synth):
    dead = Queue(tier, "dead")
    function = make(publish=True, on_failure=dead, retry_attempts=0, max_event_age=60)
    alias = function.add_alias("live")
    assert alias.event_invoke_config is not None
    template = synth(tier)
    own = template.resource("aws_lambda_function_event_invoke_config.items")
    made = template.resource("aws_lambda_function_event_invoke_config.items_live")
    assert made == {**own, "qualifier": "${aws_lambda_alias.items_live.name}"}
    assert "qualifier" not in own


def test_an_alias_of_a_function_that_says_nothing_of_events(make, tier, synth):
    assert make(publish=True).add_alias("live").event_invoke_config is None
    synth(tier).has_no_resource("aws_lambda_function_event_invoke_config")


def test_an_alias_for_one_version(make, tier, synth):
    function = make()
    function.add_alias("old", version="7")
    function.add_alias("newest", version="$LATEST")
    template = synth(tier)
    assert template.resource("aws_lambda_alias.items_old")["function_version"] == "7"
    assert template.resource("aws_lambda_alias.items_newest")["function_version"] == "$LATEST"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("7", {}, "Terraform address"),
        ("li ve", {}, "Terraform address"),
        (None, {}, "Terraform address"),
        ("resource", {}, "is used already"),
        ("live", {"version": 7}, "version 7 is not valid"),
        ("live", {"version": "new"}, "version new is not valid"),
        ("live", {"description": "d" * 257}, "256 characters"),
        ("live", {"description": 7}, "description 7"),
        ("live", {"provisioned_concurrency": 0}, "1 to 10000"),
        ("live", {"provisioned_concurrency": True}, "provisioned_concurrency is True"),
        ("live", {"provisioned_concurrency": 6}, "more than the 5"),
        ("live", {"provisioned_concurrency": 1, "version": "$LATEST"}, "not for \\$LATEST"),
    ],
)
def test_bad_aliases(make, tier, synth, name, options, message):
    function = make(publish=True, reserved_concurrent_executions=5)
    with pytest.raises(ConfigurationError, match=message):
        function.add_alias(name, **options)
    synth(tier).has_no_resource("aws_lambda_alias")


def test_an_alias_twice(make):
    function = make(publish=True)
    function.add_alias("live")
    with pytest.raises(ConfigurationError, match="is used already"):
        function.add_alias("live")


def test_an_alias_without_versions(make):
    with pytest.raises(ConfigurationError, match="write publish=True there"):
        make().add_alias("live")


def test_snapshots_and_provisioned_concurrency(make):
    function = make(publish=True, snap_start=True)
    with pytest.raises(ConfigurationError, match="does not go with snap_start"):
        function.add_alias("live", provisioned_concurrency=1)


# --- URLs ---


def test_a_url_is_for_whom_it_is_granted_to(make, tier, caller, synth):
    url = make().add_function_url(
        cors=FunctionUrlCors(
            allow_origins=["https://b.example.com", "https://a.example.com:8443"],
            allow_methods=["POST", "GET"],
            allow_headers=["x-team"],
            expose_headers=["etag"],
            allow_credentials=True,
            max_age=60,
        ),
        invoke_mode="RESPONSE_STREAM",
    )
    url.grant_invoke(caller)
    assert url.url
    template = synth(tier)
    made = template.resource("aws_lambda_function_url.items")
    assert made["authorization_type"] == "AWS_IAM"
    assert made["invoke_mode"] == "RESPONSE_STREAM"
    assert made["cors"] == {
        "allow_credentials": True,
        "allow_headers": ["x-team"],
        "allow_methods": ["GET", "POST"],
        "allow_origins": ["https://a.example.com:8443", "https://b.example.com"],
        "expose_headers": ["etag"],
        "max_age": 60,
    }
    template.has_no_resource("aws_lambda_permission")
    policy = template.resource("aws_iam_role_policy.caller_items_url_invoke")["policy"]
    assert '"Action" = ["lambda:InvokeFunctionUrl"]' in policy
    assert '{"Bool" = {"lambda:InvokedViaFunctionUrl" = "true"}}' in policy


def test_a_public_url_has_to_be_acknowledged(app, make, tier, synth):
    function = make()
    with pytest.raises(ConfigurationError, match=r"\[public-function-url\]"):
        function.add_function_url(auth_type="NONE")
    acknowledge(tier, "public-function-url", reason="everybody reads it")
    function.add_function_url(auth_type="NONE")
    template = synth(tier)
    assert template.resource("aws_lambda_function_url.items")["authorization_type"] == "NONE"
    [(name, permission)] = template.resources("aws_lambda_permission").items()
    assert name == "items_url_everybody"
    # lambda:InvokeFunction for * would open the function to every AWS account
    assert permission["action"] == "lambda:InvokeFunctionUrl"
    assert permission["function_url_auth_type"] == "NONE"
    assert permission["principal"] == "*"
    assert any("[public-function-url-permission] AWS answers 403" in note for note in notes(app))
    assert any("[public-function-url] acknowledged" in note for note in notes(app))


ORIGIN = ["https://www.example.com"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"auth_type": "iam"}, "auth_type iam is not known"),
        ({"auth_type": None}, "auth_type None"),
        ({"invoke_mode": "STREAM"}, "invoke_mode STREAM"),
        ({"cors": ORIGIN}, "write FunctionUrlCors"),
        ({"cors": FunctionUrlCors(allow_origins=[])}, "allow_origins is empty"),
        ({"cors": FunctionUrlCors(allow_origins="*")}, "allow_origins is"),
        ({"cors": FunctionUrlCors(allow_origins=["https://x.com/path"])}, "without a path"),
        ({"cors": FunctionUrlCors(allow_origins=["www.example.com"])}, "without a path"),
        (
            {"cors": FunctionUrlCors(allow_origins=ORIGIN, allow_methods=["get"])},
            "get is not known",
        ),
        ({"cors": FunctionUrlCors(allow_origins=ORIGIN, allow_headers=["a b"])}, "header's name"),
        (
            {"cors": FunctionUrlCors(allow_origins=ORIGIN, expose_headers="etag")},
            "expose_headers is",
        ),
        ({"cors": FunctionUrlCors(allow_origins=ORIGIN, max_age=86_401)}, "0 to 86400"),
        (
            {"cors": FunctionUrlCors(allow_origins=["*"], allow_credentials=True)},
            "name the origins",
        ),
    ],
)
def test_bad_urls(make, tier, synth, options, message):
    function = make()
    with pytest.raises(ConfigurationError, match=message):
        function.add_function_url(**options)
    synth(tier).has_no_resource("aws_lambda_function_url")


def test_a_second_url(make):
    function = make()
    function.add_function_url()
    with pytest.raises(ConfigurationError, match="url is used already"):
        function.add_function_url()


# --- event sources ---


def test_a_queue(make, tier, synth):
    function, queue = make(tags={"Team": "web"}), Queue(tier, "work")
    function.add_event_source(queue)
    template = synth(tier)
    made = template.resource("aws_lambda_event_source_mapping.items_work")
    assert made["event_source_arn"] == "${aws_sqs_queue.work.arn}"
    assert made["batch_size"] == 10
    assert made["function_response_types"] == ["ReportBatchItemFailures"]
    assert made["enabled"] is True
    assert "starting_position" not in made
    assert made["tags"] == {"Team": "web", "Name": "shop-test-items-work"}
    assert "aws_iam_role_policy.items_role_work_consume" in made["depends_on"]


def test_a_queue_with_every_option(make, tier, synth):
    events = QueueEvents(
        batch_size=100,
        max_batching_window=300,
        filters=[{"body": {"price": [{"numeric": [">", 5]}]}}, {"body": {"name": ["a$${b}"]}}],
        report_batch_item_failures=False,
        max_concurrency=2,
        enabled=False,
    )
    make().add_event_source(Queue(tier, "work"), events, id="orders")
    made = synth(tier).resource("aws_lambda_event_source_mapping.items_orders")
    assert made["maximum_batching_window_in_seconds"] == 300
    assert made["scaling_config"] == {"maximum_concurrency": 2}
    assert "function_response_types" not in made
    first, second = (one["pattern"] for one in made["filter_criteria"]["filter"])
    assert json.loads(first) == {"body": {"price": [{"numeric": [">", 5]}]}}
    assert "a$${b}" in second


def test_a_stream(make, tier, table, synth):
    dead = Queue(tier, "dead")
    make().add_event_source(
        table,
        StreamEvents(
            starting_position="TRIM_HORIZON",
            batch_size=50,
            max_batching_window=5,
            retry_attempts=3,
            max_record_age=60,
            parallelization_factor=10,
            bisect_on_error=False,
            on_failure=dead,
        ),
    )
    template = synth(tier)
    made = template.resource("aws_lambda_event_source_mapping.items_table")
    assert made["event_source_arn"] == "${aws_dynamodb_table.table.stream_arn}"
    assert made["starting_position"] == "TRIM_HORIZON"
    assert made["maximum_retry_attempts"] == 3
    assert made["maximum_record_age_in_seconds"] == 60
    assert made["parallelization_factor"] == 10
    assert made["bisect_batch_on_function_error"] is False
    assert made["destination_config"] == {
        "on_failure": {"destination_arn": "${aws_sqs_queue.dead.arn}"}
    }
    assert "aws_iam_role_policy.items_role_table_stream_read" in made["depends_on"]
    assert "aws_iam_role_policy.items_role_dead_send" in made["depends_on"]


QUEUE_FAULTS = {
    "zero": (QueueEvents(batch_size=0), "1 to 10000"),
    "many": (QueueEvents(batch_size=10_001), "1 to 10000"),
    "no-window": (QueueEvents(batch_size=11), "needs a max_batching_window"),
    "window": (QueueEvents(max_batching_window=301), "0 to 300"),
    "concurrency": (QueueEvents(max_concurrency=1), "2 to 1000"),
    "enabled": (QueueEvents(enabled="yes"), "enabled is yes"),
    "report": (QueueEvents(report_batch_item_failures=None), "is None"),
    "filters-text": (QueueEvents(filters='{"a": [1]}'), "filters is"),
    "filter-text": (QueueEvents(filters=['{"a": [1]}']), "is no pattern"),
    "filter-empty": (QueueEvents(filters=[{}]), "is no pattern"),
    "filter-value": (QueueEvents(filters=[{"body": {"kind": "order"}}]), "write a list"),
    "filter-no-values": (QueueEvents(filters=[{"body": []}]), "write a list"),
    "filter-object": (QueueEvents(filters=[{"body": [object()]}]), "cannot be written as JSON"),
    "filter-token": (QueueEvents(filters=[{"body": ["${aws_x.y.z}"]}]), "holds a token"),
    "filter-long": (QueueEvents(filters=[{"body": ["x" * 4096]}]), "Lambda takes 4096"),
    "filters-many": (QueueEvents(filters=[{"a": [n]} for n in range(6)]), "Lambda takes 5"),
    "other-kind": (StreamEvents(), "events is StreamEvents"),
    "mapping": ({"batch_size": 5}, "write QueueEvents"),
}


@pytest.mark.parametrize(("events", "message"), QUEUE_FAULTS.values(), ids=QUEUE_FAULTS.keys())
def test_bad_queue_events(make, tier, synth, events, message):
    function = make()
    with pytest.raises(ConfigurationError, match=message):
        function.add_event_source(Queue(tier, "work"), events)
    template = synth(tier)
    template.has_no_resource("aws_lambda_event_source_mapping")
    assert set(template.resources("aws_iam_role_policy")) == {"items_role_items_logs"}


STREAM_FAULTS = {
    "position": (StreamEvents(starting_position="AT_TIMESTAMP"), "AT_TIMESTAMP is not known"),
    "batch": (StreamEvents(batch_size=0), "1 to 10000"),
    "window": (StreamEvents(max_batching_window=-1), "0 to 300"),
    "retries": (StreamEvents(retry_attempts=-1), "0 to 10000"),
    "age": (StreamEvents(max_record_age=59), "60 to 604800"),
    "factor": (StreamEvents(parallelization_factor=11), "1 to 10"),
    "bisect": (StreamEvents(bisect_on_error=1), "bisect_on_error is 1"),
    "failure": (StreamEvents(on_failure="nowhere"), "on_failure nowhere is not valid"),
    "failure-function": (
        StreamEvents(on_failure="arn:aws:lambda:eu-central-1:111122223333:function:x"),
        "pass a Queue, a Topic",
    ),
    "filter": (StreamEvents(filters=[{"eventName": "INSERT"}]), "write a list"),
    "other-kind": (QueueEvents(), "events is QueueEvents"),
}


@pytest.mark.parametrize(("events", "message"), STREAM_FAULTS.values(), ids=STREAM_FAULTS.keys())
def test_bad_stream_events(make, tier, table, synth, events, message):
    function = make()
    with pytest.raises(ConfigurationError, match=message):
        function.add_event_source(table, events)
    synth(tier).has_no_resource("aws_lambda_event_source_mapping")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 11, "max_batching_window": 0}, "FIFO queues give 10"),
        ({"max_batching_window": 1}, "has to be 0 for a FIFO queue"),
    ],
)
def test_fifo_queues(make, tier, options, message):
    queue = Queue(tier, "work", fifo=True)
    with pytest.raises(ConfigurationError, match=message):
        make().add_event_source(queue, QueueEvents(**options))


@pytest.mark.parametrize("source", [None, "arn:aws:sqs:x", object()])
def test_what_cannot_be_read(make, source):
    with pytest.raises(ConfigurationError, match="pass a Queue or a Table"):
        make().add_event_source(source)


def test_a_queue_that_shows_messages_too_early(make, tier):
    queue = Queue(tier, "work", visibility_timeout=30)
    make(timeout=30).add_event_source(queue)
    with pytest.raises(ConfigurationError, match=r"hides messages for 30 seconds.*take 31"):
        make("slow", timeout=31).add_event_source(queue)


def test_a_table_without_a_stream(make, tier):
    table = Table(tier, "still", partition_key=Attribute.string("id"))
    with pytest.raises(ConfigurationError, match="still has no stream"):
        make().add_event_source(table)


def test_a_source_twice(make, tier):
    function, queue = make(), Queue(tier, "work")
    function.add_event_source(queue)
    with pytest.raises(ConfigurationError, match="event source work is there already"):
        function.add_event_source(queue)
    with pytest.raises(ConfigurationError, match="id 1 is not valid"):
        function.add_event_source(queue, id="1")


def test_a_source_of_another_stack(app, environment, make):
    queue = Queue(Tier(app, "other", environment=environment), "work")
    with pytest.raises(ConfigurationError, match="belongs to another stack"):
        make().add_event_source(queue)
