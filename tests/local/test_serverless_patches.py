"""Each patch answers as Lambda does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from pathlib import Path

from terratiers.local.emulator import emulator_for_tests, stop_emulator

import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

HANDLER = """
import json
import logging
import os
import subprocess
import sys
import time
import urllib.request

import boto3

logging.getLogger().setLevel("INFO")


def handler(event, context):
    print("saw", json.dumps(event))
    kind = event.get("do")
    if kind == "raise":
        raise ValueError("told to")
    if kind == "sleep":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
        with open(event["pid"], "w") as file:
            file.write(str(os.getpid()))
        time.sleep(300)
    if kind == "exit":
        sys.exit(3)
    if kind == "crash":
        os._exit(4)
    if kind == "marshal":
        return object()
    if kind == "large":
        return "x" * 7_000_000
    if kind == "reach":
        urllib.request.urlopen(event["url"])
    if kind == "send":
        boto3.client("sqs").send_message(QueueUrl=event["url"], MessageBody="from the handler")
    if kind == "environment":
        return dict(os.environ)
    if kind == "log":
        logging.getLogger("mine").warning("mind %s", "this")
        logging.debug("not this")
    if kind == "context":
        return {
            "arn": context.invoked_function_arn,
            "name": context.function_name,
            "version": context.function_version,
            "memory": context.memory_limit_in_mb,
            "left": context.get_remaining_time_in_millis(),
            "client": context.client_context,
            "stdin": sys.stdin.read(),
        }
    if "Records" in event and "SEEN_URL" in os.environ:
        boto3.client("sqs").send_message(
            QueueUrl=os.environ["SEEN_URL"], MessageBody=json.dumps(event)
        )
        failed = [r["messageId"] for r in event["Records"] if r.get("body") == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}
    return {"saw": event}
"""


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return content.getvalue()


def role_arn(emulator):
    iam = emulator.client("iam")
    try:
        return iam.get_role(RoleName="lambda")["Role"]["Arn"]
    except ClientError:
        return iam.create_role(RoleName="lambda", AssumeRolePolicyDocument="{}")["Role"]["Arn"]


def lambda_client(emulator):
    import boto3

    return boto3.client(
        "lambda",
        endpoint_url=emulator.endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"max_attempts": 0}, read_timeout=60),
    )


def make(emulator, name, *, handler="main.handler", code=HANDLER, **options):
    given = {
        "FunctionName": name,
        "Role": role_arn(emulator),
        "Runtime": "python3.13",
        "Handler": handler,
        "Code": {"ZipFile": zipped(main=code)},
        "Timeout": 20,
        **options,
    }
    return lambda_client(emulator).create_function(**given)


def invoke(emulator, name, event=None, **options):
    client = lambda_client(emulator)
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event or {}), **options)
    return answer, json.loads(answer["Payload"].read() or "null")


def new_queue(emulator, name, **attributes):
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, arn["QueueArn"]


def received(emulator, url, seconds=20):
    """The first message of a queue, deleted."""
    sqs = emulator.client("sqs")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"])
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return message
    raise AssertionError(f"nothing came into {url}")


@pytest.fixture(scope="module")
def function(patched):
    make(patched, "one", Environment={"Variables": {"COLOR": "red", "AWS_ENDPOINT_URL_S3": "x"}})
    return "one"


# --- handlers run ---


def test_a_handler_runs(patched, function):
    answer, result = invoke(patched, function, {"a": 1}, LogType="Tail")
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert answer["ExecutedVersion"] == "$LATEST"
    assert result == {"saw": {"a": 1}}
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert 'saw {"a": 1}' in tail
    assert tail.startswith("START RequestId: ")
    assert "REPORT RequestId: " in tail


def test_stock_moto_runs_no_handler(stock):
    make(stock, "one")
    try:
        _, result = invoke(stock, "one", {"a": 1})
    except (ClientError, HTTPClientError, ValueError):
        return
    assert result != {"saw": {"a": 1}}


ERRORS = {
    "raise": ("ValueError", "told to"),
    "exit": ("Runtime.ExitError", "exit status 3"),
    "crash": ("Runtime.ExitError", "exit status 4"),
    "marshal": ("Runtime.MarshalError", "not JSON serializable"),
    "large": ("Function.ResponseSizeTooLarge", "6291556"),
}


@pytest.mark.parametrize(("kind", "expected"), ERRORS.items(), ids=ERRORS.keys())
def test_errors_are_told_as_lambda_tells_them(patched, function, kind, expected):
    answer, result = invoke(patched, function, {"do": kind})
    assert answer["FunctionError"] == "Unhandled"
    assert result["errorType"] == expected[0]
    assert expected[1] in result["errorMessage"]


def test_a_stack_trace_names_lambdas_own_folder(patched, function):
    _, result = invoke(patched, function, {"do": "raise"})
    assert len(result["stackTrace"]) == 1
    assert 'File "/var/task/main.py"' in result["stackTrace"][0]


@pytest.mark.parametrize(
    ("handler", "code", "kind"),
    [
        ("other.handler", "", "Runtime.ImportModuleError"),
        ("main.other", "", "Runtime.HandlerNotFound"),
        ("main.handler", "import nothing_like_it", "Runtime.ImportModuleError"),
        ("main.handler", "def handler(:", "Runtime.UserCodeSyntaxError"),
    ],
)
def test_a_handler_that_cannot_be_loaded(patched, handler, code, kind):
    name = f"broken-{kind.rpartition('.')[2]}-{len(code)}"
    make(patched, name, handler=handler, code=code)
    _, result = invoke(patched, name)
    assert result["errorType"] == kind


def test_other_runtimes_say_that_they_are_not_run(patched):
    make(patched, "node", Runtime="nodejs22.x")
    answer, result = invoke(patched, "node")
    assert answer["FunctionError"] == "Unhandled"
    assert "runs Python handlers, and not nodejs22.x" in result["errorMessage"]


def test_the_environment_leads_to_the_emulator_and_nowhere_else(patched, function, monkeypatch):
    _, found = invoke(patched, function, {"do": "environment"})
    assert found["COLOR"] == "red"
    assert found["AWS_ENDPOINT_URL"] == patched.endpoint
    assert "AWS_ENDPOINT_URL_S3" not in found
    assert found["AWS_ACCESS_KEY_ID"] == "testing"
    assert found["AWS_REGION"] == "us-east-1"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "one"
    assert found["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/one"
    assert found["_HANDLER"] == "main.handler"
    assert not [name for name in found if name.startswith(("MOTO_", "PYTEST"))]


@pytest.mark.parametrize("url", ["http://example.com/", "http://192.0.2.1/"])
def test_a_handler_reaches_this_machine_alone(patched, function, url):
    _, result = invoke(patched, function, {"do": "reach", "url": url})
    assert "only this machine" in result["errorMessage"]


def test_a_handler_calls_the_emulator(patched, function):
    url, _ = new_queue(patched, "called")
    invoke(patched, function, {"do": "send", "url": url})
    assert received(patched, url)["Body"] == "from the handler"


def test_the_context(patched, function):
    lambda_client(patched).publish_version(FunctionName=function)
    lambda_client(patched).create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    context = base64.b64encode(b'{"custom": {"a": 1}}').decode()
    answer, found = invoke(
        patched, function, {"do": "context"}, Qualifier="live", ClientContext=context
    )
    assert found["arn"].endswith(":function:one:live")
    assert found["version"] == answer["ExecutedVersion"] == "1"
    assert found["memory"] == "128"
    assert found["client"] == {"custom": {"a": 1}}
    assert found["stdin"] == ""
    assert 0 < found["left"] <= 20_000


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_handler_that_takes_too_long_ends_with_all_that_it_started(patched, tmp_path):
    make(patched, "slow", Timeout=2)
    answer, result = invoke(patched, "slow", {"do": "sleep", "pid": str(tmp_path / "pid")})
    assert answer["FunctionError"] == "Unhandled"
    assert result["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 2.00 seconds" in result["errorMessage"]
    pid = int((tmp_path / "pid").read_text())
    assert gone(pid)
    assert not [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if "time.sleep(300)" in " ".join(process.info["cmdline"] or [])
    ]


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_no_handler_outlives_the_emulator(tmp_path, how):
    file = tmp_path / "pid"
    with emulator_for_tests(tmp_path / "work") as emulator:
        make(emulator, "slow", Timeout=300)
        lambda_client(emulator).invoke(
            FunctionName="slow",
            InvocationType="Event",
            Payload=json.dumps({"do": "sleep", "pid": str(file)}),
        )
        deadline = time.monotonic() + 30
        while not (file.is_file() and file.read_text()) and time.monotonic() < deadline:
            time.sleep(0.1)
        pid = int(file.read_text())
        assert not gone(pid)
        folder = Path(psutil.Process(pid).cwd()).parent
        assert folder.is_dir()
        if how == "kill":
            psutil.Process(emulator.pid).kill()
        else:
            stop_emulator(tmp_path / "work")
    deadline = time.monotonic() + 10
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert gone(pid)
    assert not folder.exists()


# --- logs ---


def messages(emulator, group):
    events = emulator.client("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"] for event in events]


def test_logs_land_in_the_named_group(patched):
    patched.client("logs").create_log_group(logGroupName="/mine")
    make(patched, "logged", LoggingConfig={"LogGroup": "/mine"})
    invoke(patched, "logged", {"do": "log"})
    found = messages(patched, "/mine")
    assert any(line.startswith("[WARNING]\t") and line.endswith("\tmind this") for line in found)
    assert not any("not this" in line for line in found)
    assert found[0].startswith("START RequestId: ")


def test_logs_as_json(patched):
    config = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/as-json"}
    patched.client("logs").create_log_group(logGroupName="/as-json")
    make(patched, "as-json", code=HANDLER.replace('setLevel("INFO")', ""), LoggingConfig=config)
    make(patched, "plain-json", code="import logging\ndef handler(e, c): logging.debug('this')",
         LoggingConfig=config)  # fmt: skip
    invoke(patched, "plain-json")
    lines = [json.loads(line) for line in messages(patched, "/as-json") if line.startswith("{")]
    assert [(line["level"], line["message"]) for line in lines] == [("DEBUG", "this")]


def test_a_deleted_group_stays_deleted(patched):
    make(patched, "quiet", LoggingConfig={"LogGroup": "/gone"})
    _, result = invoke(patched, "quiet", {"a": 1})
    assert result == {"saw": {"a": 1}}
    assert patched.client("logs").describe_log_groups(logGroupNamePrefix="/gone")["logGroups"] == []


# --- invocations that are refused, later, or not at all ---


def test_a_dry_run_runs_nothing(patched, function):
    before = len(messages(patched, "/aws/lambda/one"))
    client = lambda_client(patched)
    assert client.invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"] == 204
    assert len(messages(patched, "/aws/lambda/one")) == before


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"Payload": "{"}, "InvalidRequestContentException"),
        ({"Payload": json.dumps("x" * 6_300_000)}, "RequestTooLargeException"),
        (
            {"Payload": json.dumps("x" * 1_100_000), "InvocationType": "Event"},
            "RequestTooLargeException",
        ),
        ({"FunctionName": "nobody"}, "ResourceNotFoundException"),
        ({"Qualifier": "nowhere"}, "ResourceNotFoundException"),
    ],
)
def test_what_lambda_refuses(patched, function, options, code):
    with pytest.raises(ClientError) as caught:
        lambda_client(patched).invoke(**{"FunctionName": function, **options})
    assert caught.value.response["Error"]["Code"] == code


def test_no_more_run_than_are_reserved(patched):
    make(patched, "stopped")
    client = lambda_client(patched)
    client.put_function_concurrency(FunctionName="stopped", ReservedConcurrentExecutions=0)
    assert client.get_function(FunctionName="stopped")["Concurrency"] == {
        "ReservedConcurrentExecutions": 0
    }
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        client.invoke(FunctionName="stopped")


def test_stock_moto_forgets_that_a_function_is_stopped(stock):
    make(stock, "stopped")
    client = lambda_client(stock)
    client.put_function_concurrency(FunctionName="stopped", ReservedConcurrentExecutions=0)
    assert "Concurrency" not in client.get_function(FunctionName="stopped")


def test_an_event_that_fails_is_tried_again_and_becomes_a_dead_letter(patched):
    url, arn = new_queue(patched, "letters")
    make(patched, "failing", DeadLetterConfig={"TargetArn": arn})
    client = lambda_client(patched)
    client.put_function_event_invoke_config(FunctionName="failing", MaximumRetryAttempts=1)
    begun = time.monotonic()
    event = {"do": "raise"}
    assert invoke(patched, "failing", event, InvocationType="Event")[0]["StatusCode"] == 202
    assert time.monotonic() - begun < 5
    letter = received(patched, url)
    assert json.loads(letter["Body"]) == event
    attributes = {name: a["StringValue"] for name, a in letter["MessageAttributes"].items()}
    assert attributes["ErrorMessage"] == "told to"
    assert attributes["ErrorCode"] == "200"
    starts = [line for line in messages(patched, "/aws/lambda/failing") if "START" in line]
    assert len(starts) == 2
    assert all(attributes["RequestID"] in line for line in starts)


def test_dead_letters_go_to_a_topic_too(patched):
    url, queue = new_queue(patched, "behind-the-topic")
    sns = patched.client("sns")
    topic = sns.create_topic(Name="letters")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    make(patched, "failing-too", DeadLetterConfig={"TargetArn": topic})
    lambda_client(patched).put_function_event_invoke_config(
        FunctionName="failing-too", MaximumRetryAttempts=0
    )
    invoke(patched, "failing-too", {"do": "raise"}, InvocationType="Event")
    envelope = json.loads(received(patched, url)["Body"])
    assert json.loads(envelope["Message"]) == {"do": "raise"}


def test_destinations_are_told_how_an_event_ended(patched):
    good, good_arn = new_queue(patched, "good")
    bad, bad_arn = new_queue(patched, "bad")
    make(patched, "told")
    lambda_client(patched).put_function_event_invoke_config(
        FunctionName="told",
        MaximumRetryAttempts=0,
        DestinationConfig={
            "OnSuccess": {"Destination": good_arn},
            "OnFailure": {"Destination": bad_arn},
        },
    )
    invoke(patched, "told", {"a": 1}, InvocationType="Event")
    record = json.loads(received(patched, good)["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"] == {"saw": {"a": 1}}
    invoke(patched, "told", {"do": "raise"}, InvocationType="Event")
    record = json.loads(received(patched, bad)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "ValueError"


def second_event_config(emulator):
    make(emulator, "configured")
    client = lambda_client(emulator)
    for attempts in (1, 0):
        client.put_function_event_invoke_config(
            FunctionName="configured", MaximumRetryAttempts=attempts
        )
    return client.get_function_event_invoke_config(FunctionName="configured")[
        "MaximumRetryAttempts"
    ]


def test_another_event_configuration_takes_the_firsts_place(patched):
    assert second_event_config(patched) == 0


def test_stock_moto_keeps_the_first_event_configuration(stock):
    assert second_event_config(stock) == 1


# --- what invokes functions ---


def seen_function(emulator, name, **options):
    """A function that passes on what it sees to the queue whose URL is returned."""
    url, _ = new_queue(emulator, f"{name}-seen")
    arn = make(emulator, name, Environment={"Variables": {"SEEN_URL": url}}, **options)
    return url, arn["FunctionArn"]


def test_a_bucket_invokes_a_function_while_the_upload_goes_on(patched):
    url, arn = seen_function(patched, "by-bucket")
    s3 = patched.client("s3")
    s3.create_bucket(Bucket="with-function")
    config = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="with-function", NotificationConfiguration={"LambdaFunctionConfigurations": [config]}
    )
    s3.put_object(Bucket="with-function", Key="a b.jpg", Body=b"x")
    [record] = json.loads(received(patched, url)["Body"])["Records"]
    assert record["eventSource"] == "aws:s3"
    assert record["s3"]["object"]["key"] == "a+b.jpg"


def test_a_topic_invokes_a_function_with_its_own_name_and_attributes(patched):
    url, arn = seen_function(patched, "by-topic")
    sns = patched.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=arn,
        Attributes={"FilterPolicy": '{"kind": ["news"]}'},
    )
    for kind in ("other", "news"):
        sns.publish(
            TopicArn=topic,
            Subject="hello",
            Message=f"some {kind}",
            MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}},
        )
    [record] = json.loads(received(patched, url)["Body"])["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["Sns"]["TopicArn"] == topic
    assert record["Sns"]["Message"] == "some news"
    assert record["Sns"]["Subject"] == "hello"
    assert record["Sns"]["MessageAttributes"] == {"kind": {"Type": "String", "Value": "news"}}


def test_a_queue_is_read_in_batches_and_what_failed_comes_again(patched):
    seen, arn = seen_function(patched, "by-queue")
    dead, dead_arn = new_queue(patched, "by-queue-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "2"})
    work, work_arn = new_queue(
        patched, "by-queue-work", VisibilityTimeout="1", RedrivePolicy=redrive
    )
    sqs, client = patched.client("sqs"), lambda_client(patched)
    entries = [
        {"Id": str(n), "MessageBody": body} for n, body in enumerate(["good", "bad", "better"])
    ]
    sqs.send_message_batch(QueueUrl=work, Entries=entries)
    mapping = client.create_event_source_mapping(
        FunctionName=arn,
        EventSourceArn=work_arn,
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    records = json.loads(received(patched, seen)["Body"])["Records"]
    assert [record["body"] for record in records] == ["good", "bad", "better"]
    assert records[0]["eventSourceARN"] == work_arn
    assert records[0]["attributes"]["ApproximateReceiveCount"] == "1"
    again = json.loads(received(patched, seen)["Body"])["Records"]
    assert [record["body"] for record in again] == ["bad"]
    assert received(patched, dead)["Body"] == "bad"

    client.delete_event_source_mapping(UUID=mapping["UUID"])
    time.sleep(1)
    sqs.send_message(QueueUrl=work, MessageBody="late")
    assert received(patched, work)["Body"] == "late"


def test_sending_does_not_wait_for_the_function(patched):
    _, arn = seen_function(
        patched, "slow-reader", code="import time\ndef handler(e, c): time.sleep(5)"
    )
    work, work_arn = new_queue(patched, "slow-work", VisibilityTimeout="30")
    lambda_client(patched).create_event_source_mapping(FunctionName=arn, EventSourceArn=work_arn)
    begun = time.monotonic()
    patched.client("sqs").send_message(QueueUrl=work, MessageBody="x")
    assert time.monotonic() - begun < 3


def table_with_stream(emulator, name):
    dynamodb = emulator.client("dynamodb")
    made = dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return dynamodb, made["TableDescription"]["LatestStreamArn"]


def test_a_stream_is_read_from_where_it_was_asked_for_and_filtered(patched):
    seen, arn = seen_function(patched, "by-stream")
    dynamodb, stream = table_with_stream(patched, "streamed")
    dynamodb.put_item(TableName="streamed", Item={"id": {"S": "before"}})
    client = lambda_client(patched)
    client.create_event_source_mapping(
        FunctionName=arn,
        EventSourceArn=stream,
        StartingPosition="LATEST",
        FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
    )
    dynamodb.put_item(TableName="streamed", Item={"id": {"S": "one"}})
    dynamodb.delete_item(TableName="streamed", Key={"id": {"S": "one"}})
    [record] = json.loads(received(patched, seen)["Body"])["Records"]
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "one"}}
    assert record["eventSourceARN"] == stream
    streams = patched.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert len(streams.get_records(ShardIterator=iterator)["Records"]) == 3


def test_a_bad_record_is_found_by_halving_and_given_up(patched):
    seen, _ = new_queue(patched, "halved-seen")
    code = """
import json, os, boto3
def handler(event, context):
    ids = [r["dynamodb"]["Keys"]["id"]["S"] for r in event["Records"]]
    if "bad" in ids:
        raise ValueError("bad is among them")
    boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN_URL"], MessageBody=json.dumps(ids))
"""
    arn = make(patched, "halved", code=code, Environment={"Variables": {"SEEN_URL": seen}})
    failed, failed_arn = new_queue(patched, "halved-failed")
    dynamodb, stream = table_with_stream(patched, "halved")
    for id in ("one", "bad", "two"):
        dynamodb.put_item(TableName="halved", Item={"id": {"S": id}})
    lambda_client(patched).create_event_source_mapping(
        FunctionName=arn["FunctionArn"],
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=3,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": failed_arn}},
    )
    record = json.loads(received(patched, failed)["Body"])
    assert record["DDBStreamBatchInfo"]["batchSize"] == 1
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    handled = [json.loads(received(patched, seen)["Body"]) for _ in range(2)]
    assert sorted(id for batch in handled for id in batch) == ["one", "two"]


def changed_settings(emulator, name):
    """What a function answers after its settings were made and changed."""
    make(
        emulator,
        name,
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:one"},
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/one"},
        SnapStart={"ApplyOn": "PublishedVersions"},
        TracingConfig={"Mode": "Active"},
        EphemeralStorage={"Size": 512},
    )
    client = lambda_client(emulator)
    client.update_function_configuration(
        FunctionName=name,
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:two"},
        TracingConfig={"Mode": "PassThrough"},
        EphemeralStorage={"Size": 1024},
        KMSKeyArn="arn:aws:kms:us-east-1:123456789012:key/two",
    )
    found = client.get_function_configuration(FunctionName=name)
    return {
        "letters": found.get("DeadLetterConfig", {}).get("TargetArn", "")[-3:],
        "logs": found.get("LoggingConfig", {}).get("LogGroup"),
        "snapshots": found["SnapStart"]["ApplyOn"],
        "tracing": found["TracingConfig"]["Mode"],
        "storage": found["EphemeralStorage"]["Size"],
        "key": found.get("KMSKeyArn", "")[-3:],
    }


def test_functions_keep_all_of_their_settings(patched):
    assert changed_settings(patched, "kept") == {
        "letters": "two",
        "logs": "/one",
        "snapshots": "PublishedVersions",
        "tracing": "PassThrough",
        "storage": 1024,
        "key": "two",
    }


def test_stock_moto_forgets_settings(stock):
    assert changed_settings(stock, "kept") == {
        "letters": "",
        "logs": None,
        "snapshots": "None",
        "tracing": "Active",
        "storage": 512,
        "key": "",
    }


def test_a_version_keeps_its_settings_when_the_function_changes(patched):
    make(patched, "versioned", LoggingConfig={"LogFormat": "JSON"})
    client = lambda_client(patched)
    client.publish_version(FunctionName="versioned")
    client.update_function_configuration(
        FunctionName="versioned", LoggingConfig={"LogFormat": "Text"}
    )
    formats = [
        client.get_function_configuration(FunctionName="versioned", **qualifier)["LoggingConfig"]
        for qualifier in ({"Qualifier": "1"}, {})
    ]
    assert [one["LogFormat"] for one in formats] == ["JSON", "Text"]


FOREIGN = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3:7"


def test_layers_of_others_are_taken_and_own_ones_are_there_to_import(patched):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("python/mine.py", "answer = 42")
    client = lambda_client(patched)
    own = client.publish_layer_version(LayerName="own", Content={"ZipFile": content.getvalue()})
    code = "import mine\ndef handler(e, c): return mine.answer"
    made = make(patched, "layered", code=code, Layers=[own["LayerVersionArn"], FOREIGN])
    assert [layer["Arn"] for layer in made["Layers"]] == [own["LayerVersionArn"], FOREIGN]
    assert invoke(patched, "layered")[1] == 42


def test_stock_moto_refuses_layers_of_others(stock):
    with pytest.raises(ClientError):
        make(stock, "layered", Layers=[FOREIGN])


def recursion_and_concurrency(emulator, name):
    make(emulator, name)
    client = lambda_client(emulator)
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=3
    )
    ready = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    loop = client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"]
    return loop, ready["AllocatedProvisionedConcurrentExecutions"], ready["Status"]


def test_recursion_and_provisioned_concurrency(patched):
    assert recursion_and_concurrency(patched, "concurrent") == ("Allow", 3, "READY")
    client = lambda_client(patched)
    client.delete_provisioned_concurrency_config(FunctionName="concurrent", Qualifier="live")
    with pytest.raises(ClientError, match="NotFound"):
        client.get_provisioned_concurrency_config(FunctionName="concurrent", Qualifier="live")


def test_stock_moto_has_neither(stock):
    with pytest.raises((ClientError, ResponseParserError)):
        recursion_and_concurrency(stock, "concurrent")
