"""Row F1: functions with every option apply, plan clean, run for real, and change in place; and
G5's loop: an upload starts a function, whose message reaches a queue."""

from __future__ import annotations

import json
import os
import time

from terratiers.core.acknowledgements import acknowledge
from terratiers.core.synthesis import read_synthesis
from terratiers.database import Attribute, StreamViewType, Table
from terratiers.local.deployment import Deployment
from terratiers.messaging import LambdaDestination, Queue, Subscription, Topic
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Key, Port, Principal, Role
from terratiers.serverless import (
    Code,
    Function,
    FunctionLogs,
    FunctionUrlCors,
    QueueEvents,
    StreamEvents,
)
from terratiers.storage import Bucket, EventType
from terratiers.tiers.handlers import handler_folder

import pytest
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"
HANDLER = """
import json
import logging
import os

import boto3

logging.getLogger().setLevel("INFO")


def handler(event, context):
    logging.info("%s sees %s", os.environ["COLOR"], json.dumps(event))
    if event.get("fail"):
        raise ValueError("told to fail")
    for record in event.get("Records", []):
        body = record.get("body") or json.dumps(record["dynamodb"]["Keys"])
        boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN_URL"], MessageBody=body)
    return {"version": VERSION, "arn": context.invoked_function_arn}
"""
LAYER = f"arn:aws:lambda:{REGION}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-arm64:7"


def new_stack(outdir, name):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, name)
    AwsProvider(stack, "aws", region=REGION)
    LocalBackend(stack, path="terraform.tfstate")
    return app, stack


def every_option(outdir, folder):
    app, stack = new_stack(outdir, "functions")
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        subnet_groups=[SubnetGroup.private()],
        flow_logs=None,
    )
    key = Key(stack, "key", description="functions")
    dead, work, seen = (Queue(stack, id) for id in ("dead", "work", "seen"))
    done = Topic(stack, "done")
    done.add_subscription(Subscription.queue(seen, raw_message_delivery=True))
    table = Table(
        stack,
        "items",
        partition_key=Attribute.string("id"),
        stream=StreamViewType.NEW_IMAGE,
    )
    code = Code.from_asset(folder, exclude=["notes.md"])
    inside = Function(
        stack,
        "inside",
        code=code,
        architecture="x86_64",
        memory_size=512,
        timeout=20,
        environment={"COLOR": "red"},
        environment_key=key,
        ephemeral_storage=1024,
        reserved_concurrent_executions=5,
        description="all of it",
        logs=FunctionLogs(retention_days=30, key=key, format="JSON", application_level="DEBUG"),
        tracing=False,
        vpc=vpc,
        dead_letter_queue=dead,
        on_success=done,
        on_failure=dead,
        retry_attempts=1,
        max_event_age=3600,
        layers=[LAYER],
        publish=True,
        recursive_loop="Allow",
        tags={"Team": "web"},
    )
    inside.connections.allow_to_any_ipv4(Port.tcp(443), "interfaces of AWS")
    inside.add_environment("SEEN_URL", seen.queue_url)
    seen.grant_send_messages(inside)
    live = inside.add_alias("live", description="what users get", provisioned_concurrency=2)
    live.add_permission("events", principal="events.amazonaws.com", source_account="123456789012")
    inside.add_event_source(
        work,
        QueueEvents(batch_size=5, filters=[{"body": {"kind": ["order"]}}], max_concurrency=2),
    )
    inside.add_event_source(
        table,
        StreamEvents(
            starting_position="TRIM_HORIZON",
            filters=[{"eventName": ["INSERT"]}],
            retry_attempts=0,
            max_record_age=3600,
            parallelization_factor=2,
            on_failure=dead,
        ),
    )
    url = inside.add_function_url(
        cors=FunctionUrlCors(allow_origins=["https://www.example.com"], max_age=60)
    )
    acknowledge(stack, "public-function-url", reason="a page that everybody reads")
    snapped = Function(
        stack,
        "snapped",
        code=code,
        environment={"COLOR": "blue"},
        publish=True,
        snap_start=True,
        on_failure=inside,
        max_event_age=60,
    )
    snapped.add_function_url(auth_type="NONE", invoke_mode="RESPONSE_STREAM")
    plain = Function(stack, "plain", code=Code.from_asset(folder / "handler.py"))
    plain.grant_invoke(Principal.service("sns"), source_arn=done.topic_arn)
    caller = Role(stack, "caller", assumed_by=Principal.service("ec2"), description="calls")
    for granting in (inside, live, url):
        granting.grant_invoke(caller)
    app.synth()
    return read_synthesis(outdir)


def write_code(folder, version):
    folder.mkdir(exist_ok=True)
    (folder / "handler.py").write_text(HANDLER.replace("VERSION", str(version)))
    (folder / "notes.md").write_text(f"notes of version {version}")


def received(client, url, count=1, seconds=30):
    """The bodies of the messages in a queue, once there are `count`."""
    bodies = []
    deadline = time.monotonic() + seconds
    while len(bodies) < count and time.monotonic() < deadline:
        answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            bodies.append(message["Body"])
    return bodies


@pytest.fixture(scope="module")
def deployed(emulator, tmp_path_factory):
    """The stack with every option, as applied, and where its code is."""
    base = tmp_path_factory.mktemp("functions")
    write_code(base / "code", 1)
    deployment = Deployment(every_option(base / "out", base / "code"), emulator, base / "work")
    list(deployment.up())
    yield deployment, base
    list(Deployment(every_option(base / "out", base / "code"), emulator, base / "work").down())
    assert emulator.client("lambda", REGION).list_functions()["Functions"] == []


@pytest.fixture(scope="module")
def state(deployed):
    deployment, _ = deployed
    return deployment.prepare(deployment.tiers[0]).state()


def test_a_plan_finds_nothing_to_do(deployed):
    deployment, _ = deployed
    assert deployment.prepare(deployment.tiers[0]).plan() == []


def test_touched_files_and_other_places_plan_nothing(deployed, emulator):
    _, base = deployed
    os.utime(base / "code" / "handler.py", (1, 1))
    (base / "code" / "handler.py").chmod(0o755)
    (base / "code" / "notes.md").write_text("excluded")
    (base / "code").rename(base / "elsewhere")
    after = Deployment(every_option(base / "again", base / "elsewhere"), emulator, base / "work")
    assert after.prepare(after.tiers[0]).plan() == []
    (base / "elsewhere").rename(base / "code")


def test_it_runs_and_its_log_lands_in_cloud_watch(emulator, state):
    function = state["aws_lambda_function.inside"]
    answer = emulator.client("lambda", REGION).invoke(
        FunctionName=function["function_name"], Qualifier="live", Payload=b'{"a": 1}'
    )
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {
        "version": 1,
        "arn": f"{function['arn']}:live",
    }
    events = emulator.client("logs", REGION).filter_log_events(
        logGroupName=state["aws_cloudwatch_log_group.inside"]["name"]
    )["events"]
    [line] = [json.loads(e["message"]) for e in events if "red sees" in e["message"]]
    assert line["message"] == 'red sees {"a": 1}'
    assert line["level"] == "INFO"


def test_an_event_that_fails_reaches_dead_letters_and_the_failure_destination(emulator, state):
    function = state["aws_lambda_function.inside"]["function_name"]
    emulator.client("lambda", REGION).invoke(
        FunctionName=function, InvocationType="Event", Payload=b'{"fail": true}'
    )
    bodies = received(emulator.client("sqs", REGION), state["aws_sqs_queue.dead"]["url"], 2)
    [letter] = [json.loads(body) for body in bodies if "requestContext" not in body]
    assert letter == {"fail": True}
    [record] = [json.loads(body) for body in bodies if "requestContext" in body]
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responsePayload"]["errorMessage"] == "told to fail"


def test_an_event_that_is_handled_is_told_to_the_topic(emulator, state):
    function = state["aws_lambda_function.inside"]["function_name"]
    emulator.client("lambda", REGION).invoke(
        FunctionName=function, InvocationType="Event", Payload=b'{"b": 2}'
    )
    [body] = received(emulator.client("sqs", REGION), state["aws_sqs_queue.seen"]["url"])
    assert json.loads(body)["requestPayload"] == {"b": 2}


def test_a_queue_and_a_stream_are_read(emulator, state):
    sqs = emulator.client("sqs", REGION)
    work, seen = state["aws_sqs_queue.work"]["url"], state["aws_sqs_queue.seen"]["url"]
    sqs.send_message(QueueUrl=work, MessageBody='{"kind": "other"}')
    sqs.send_message(QueueUrl=work, MessageBody='{"kind": "order"}')
    assert received(sqs, seen) == ['{"kind": "order"}']
    emulator.client("dynamodb", REGION).put_item(
        TableName=state["aws_dynamodb_table.items"]["name"], Item={"id": {"S": "one"}}
    )
    assert received(sqs, seen) == ['{"id": {"S": "one"}}']
    counts = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "0"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_new_code_changes_functions_in_place_and_the_alias_follows(deployed, emulator, state):
    _, base = deployed
    write_code(base / "code", 2)
    after = Deployment(every_option(base / "new", base / "code"), emulator, base / "work")
    terraform = after.prepare(after.tiers[0])
    changed = {change.address: change.actions for change in terraform.plan()}
    assert changed == {
        "aws_lambda_function.inside": ("update",),
        "aws_lambda_function.snapped": ("update",),
        "aws_lambda_function.plain": ("update",),
        "aws_lambda_alias.inside_live": ("update",),
    }
    terraform.apply()
    assert terraform.plan() == []
    answer = emulator.client("lambda", REGION).invoke(
        FunctionName=state["aws_lambda_function.inside"]["function_name"], Qualifier="live"
    )
    assert json.loads(answer["Payload"].read())["version"] == 2
    assert answer["ExecutedVersion"] == "2"


def test_an_upload_starts_the_notifier_whose_message_reaches_a_queue(emulator, tmp_path):
    app, stack = new_stack(tmp_path / "out", "events")
    topic, dead, mail = Topic(stack, "changes"), Queue(stack, "dead"), Queue(stack, "mail")
    topic.add_subscription(Subscription.queue(mail))
    bucket = Bucket(stack, "images")
    notifier = Function(
        stack,
        "notifier",
        code=Code.from_asset(handler_folder("image_notifier")),
        timeout=30,
        dead_letter_queue=dead,
        environment={
            "TOPIC_ARN": topic.topic_arn,
            "DEAD_LETTER_QUEUE_URL": dead.queue_url,
        },
    )
    topic.grant_publish(notifier)
    bucket.add_event_notification(
        EventType.OBJECT_CREATED, LambdaDestination(notifier), suffix=".jpg"
    )
    app.synth()
    deployment = Deployment(read_synthesis(tmp_path / "out"), emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(deployment.tiers[0])
    assert terraform.plan() == []

    made = terraform.state()
    emulator.client("s3", REGION).put_object(
        Bucket=made["aws_s3_bucket.images"]["bucket"], Key="shiba inu.jpg", Body=b"wow"
    )
    [body] = received(emulator.client("sqs", REGION), made["aws_sqs_queue.mail"]["url"])
    message = json.loads(body)
    assert message["Subject"].endswith("shiba inu.jpg")
    assert "was written" in message["Message"]
    list(deployment.down())
