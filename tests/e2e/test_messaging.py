"""Rows G1 to G4 and G6: topics, queues, subscriptions and a bucket's notifications apply, plan
clean and deliver; a further notification is an update in place; a single object is made public."""

from __future__ import annotations

import io
import json
import time
import zipfile

from terratiers import acknowledge
from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.messaging import (
    DeadLetterQueue,
    DeliveryLog,
    FilterPolicy,
    HttpRetries,
    LambdaDestination,
    Queue,
    QueueDestination,
    Subscription,
    Topic,
    TopicDestination,
)
from terratiers.security import Key, Principal, Role
from terratiers.storage import Bucket, EventType, ObjectOwnership

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

REGION = "eu-central-1"


class Notifier(Construct):
    """A function with what a topic and a bucket need of it."""

    def __init__(self, scope, id, archive):
        super().__init__(scope, id)
        self.role = Role(
            self, "role", assumed_by=Principal.service("lambda"), description="notifier"
        )
        self.resource = LambdaFunction(
            self,
            "resource",
            function_name="notifier",
            role=self.role.role_arn,
            runtime="python3.12",
            handler="handler.handler",
            filename=str(archive),
        )
        self.resource.override_logical_id(id)

    @property
    def function_arn(self):
        return self.resource.arn

    @property
    def function_name(self):
        return self.resource.function_name

    def add_permission(self, id, *, principal, source_arn=None, source_account=None):
        if known := self.node.try_find_child(id):
            return known
        permission = LambdaPermission(
            self,
            id,
            action="lambda:InvokeFunction",
            function_name=self.function_name,
            principal=principal,
            source_arn=source_arn,
            source_account=source_account,
            statement_id=id,
        )
        permission.override_logical_id(f"{self.node.id}_{id}".replace("-", "_"))
        return permission


def archive_of(folder):
    file = folder / "handler.zip"
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context):\n    return event\n")
    file.write_bytes(body.getvalue())
    return file


def synthesize(outdir, archive, *, grown=False):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "events")
    AwsProvider(stack, "aws", region=REGION)
    LocalBackend(stack, path="terraform.tfstate")
    key = Key(stack, "key", description="what topics and queues keep", deletion_window=7)
    dead = Queue(stack, "dead", retention_period=1_209_600)
    jobs = Queue(
        stack,
        "jobs",
        key=key,
        visibility_timeout=60,
        receive_message_wait_time=0,
        dead_letter_queue=DeadLetterQueue(queue=dead, max_receive_count=2),
    )
    watch = Queue(stack, "watch", receive_message_wait_time=0)
    topic = Topic(
        stack,
        "changes",
        key=key,
        display_name="Changes",
        http_retries=HttpRetries(retries=5, max_delay=60, max_receives_per_second=10),
        delivery_log=DeliveryLog(protocols=["sqs"], success_sample_rate=10),
    )
    topic.add_subscription(Subscription.email("ops@example.com"))
    topic.add_subscription(
        Subscription.queue(watch, raw_message_delivery=True),
        filter_policy=FilterPolicy.on_body({"Records": {"eventName": [{"prefix": "Object"}]}}),
        dead_letter_queue=dead,
    )
    plain = Topic(stack, "plain")
    orders = Topic(stack, "orders", fifo=True, content_based_deduplication=True)
    ordered = Queue(
        stack,
        "ordered",
        fifo=True,
        content_based_deduplication=True,
        deduplication_scope="messageGroup",
        fifo_throughput_limit="perMessageGroupId",
        receive_message_wait_time=0,
    )
    orders.add_subscription(Subscription.queue(ordered))
    function = Notifier(stack, "notifier", archive)
    plain.add_subscription(
        Subscription.function(function), filter_policy=FilterPolicy.on_attributes({"kind": ["a"]})
    )
    plain.grant_publish(function)
    jobs.grant_consume_messages(function)
    acknowledge(stack, "public-objects", reason="the lab shows single objects to everybody")
    bucket = Bucket(
        stack,
        "files",
        force_destroy=True,
        event_bridge=True,
        object_ownership=ObjectOwnership.BUCKET_OWNER_PREFERRED,
        public_object_acls=True,
    )
    created = EventType.OBJECT_CREATED
    bucket.add_event_notification(created, QueueDestination(jobs), prefix="docs/")
    bucket.add_event_notification(created, TopicDestination(topic), prefix="images/")
    bucket.add_event_notification(
        [EventType.OBJECT_REMOVED, EventType.OBJECT_TAGGING_PUT], LambdaDestination(function)
    )
    if grown:
        bucket.add_event_notification(created, QueueDestination(jobs), prefix="audio/")
    app.synth()
    return read_synthesis(outdir)


def received(sqs, url, seconds=10):
    """The bodies of all messages that a queue has, or comes to have soon."""
    deadline = time.monotonic() + seconds
    bodies = []
    while time.monotonic() < deadline:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            bodies.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if bodies and not messages:
            break
    return bodies


def keys_of(bodies):
    return [
        (record["eventName"], record["s3"]["object"]["key"])
        for body in bodies
        for record in body.get("Records", [])
    ]


def test_events_are_delivered_and_a_further_notification_is_an_update(emulator, tmp_path):
    archive = archive_of(tmp_path)
    before = synthesize(tmp_path / "before", archive)
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(before[0])
    assert terraform.plan() == []

    state = terraform.state()
    url = {name: state[f"aws_sqs_queue.{name}"]["url"] for name in ("jobs", "watch", "ordered")}
    name = state["aws_s3_bucket.files"]["bucket"]
    s3, sqs, sns = (emulator.client(service, REGION) for service in ("s3", "sqs", "sns"))

    # S3 tells queues, and topics whose subscribers have no filter, that it may send
    assert [body["Event"] for body in received(sqs, url["jobs"])] == ["s3:TestEvent"]
    for key in ("docs/a b.txt", "images/shiba-inu.jpg", "other.txt"):
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    assert keys_of(received(sqs, url["jobs"])) == [("ObjectCreated:Put", "docs/a+b.txt")]
    assert keys_of(received(sqs, url["watch"])) == [("ObjectCreated:Put", "images/shiba-inu.jpg")]

    sns.publish(
        TopicArn=state["aws_sns_topic.orders"]["arn"], Message='"one"', MessageGroupId="customer"
    )
    assert [body["Message"] for body in received(sqs, url["ordered"])] == ['"one"']

    s3.put_object_acl(Bucket=name, Key="images/shiba-inu.jpg", ACL="public-read")
    grants = s3.get_object_acl(Bucket=name, Key="images/shiba-inu.jpg")["Grants"]
    everybody = "http://acs.amazonaws.com/groups/global/AllUsers"
    assert [g["Permission"] for g in grants if g["Grantee"].get("URI") == everybody] == ["READ"]
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert block == {
        "BlockPublicAcls": False,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }

    after = synthesize(tmp_path / "after", archive, grown=True)
    grown = Deployment(after, emulator, tmp_path / "work")
    changes = grown.prepare(after[0]).plan()
    assert [(change.address, change.actions) for change in changes] == [
        ("aws_s3_bucket_notification.files", ("update",))
    ]
    list(grown.up())
    assert grown.prepare(after[0]).plan() == []
    s3.put_object(Bucket=name, Key="audio/bark.mp3", Body=b"x")
    assert ("ObjectCreated:Put", "audio/bark.mp3") in keys_of(received(sqs, url["jobs"]))

    # a message that nobody handles goes to the dead-letter queue
    sqs.send_message(QueueUrl=url["jobs"], MessageBody='"poison"')
    for _ in range(3):
        answer = sqs.receive_message(QueueUrl=url["jobs"], VisibilityTimeout=0)
    assert "Messages" not in answer
    assert '"poison"' in [
        json.dumps(body) for body in received(sqs, state["aws_sqs_queue.dead"]["url"])
    ]
    list(grown.down())
    assert name not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
