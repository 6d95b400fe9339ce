from __future__ import annotations

import base64
import hashlib
import inspect
import json
import re
from datetime import date

from terratiers import ConfigurationError, Tier
from terratiers.core.synthesis import read_synthesis
from terratiers.messaging import Queue, Topic
from terratiers.network import Vpc
from terratiers.security import Key, KeyAttributes, Principal, Role, RoleAttributes, SecurityGroup
from terratiers.serverless import Code, Function, FunctionAttributes, FunctionLogs, runtime
from terratiers.serverless.function_environment import RESERVED_NAMES
from terratiers.testing import ABSENT

import pytest

ARN = "arn:aws:lambda:eu-central-1:111122223333:function:items"
QUEUE_ARN = "arn:aws:sqs:eu-central-1:111122223333:letters"
LAYER = "arn:aws:lambda:eu-central-1:111122223333:layer:tools:3"


@pytest.fixture
def folder(tmp_path):
    """A function's code."""
    place = tmp_path / "items"
    place.mkdir()
    (place / "handler.py").write_text("def handler(event, context):\n    return event\n")
    return place


@pytest.fixture
def make(tier, folder):
    """Makes a function called items, with the options that are given."""
    return lambda **options: Function(
        options.pop("scope", tier),
        options.pop("id", "items"),
        **{"code": Code.from_asset(folder), **options},
    )


def body(template, name="items"):
    return template.resource(f"aws_lambda_function.{name}")


def statements(template, name):
    text = template.resource(f"aws_iam_role_policy.{name}")["policy"]
    inner = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", text, re.DOTALL)[1]
    return json.loads(inner.replace('" = ', '": '))["Statement"]


def test_defaults(make, tier, synth):
    make()
    made = body(synth(tier))
    assert made["function_name"] == "shop-test-items"
    assert made["runtime"] == "python3.13"
    assert made["architectures"] == ["arm64"]
    assert made["handler"] == "handler.handler"
    assert made["memory_size"] == 256
    assert made["timeout"] == 10
    assert made["ephemeral_storage"] == {"size": 512}
    assert made["tracing_config"] == {"mode": "Active"}
    assert made["tags"] == {"Name": "shop-test-items"}
    assert made["logging_config"] == {
        "log_format": "Text",
        "log_group": "${aws_cloudwatch_log_group.items.name}",
    }
    absent = {"environment", "vpc_config", "layers", "publish", "dead_letter_config", "kms_key_arn"}
    absent |= {"reserved_concurrent_executions", "s3_bucket", "snap_start"}
    assert not absent & set(made)


def test_its_log_group_stands_first_and_is_all_that_it_may_write_to(make, tier, synth):
    make()
    template = synth(tier)
    group = template.resource("aws_cloudwatch_log_group.items")
    assert group["name"] == "/aws/lambda/shop-test-items"
    assert group["retention_in_days"] == 365
    assert body(template)["depends_on"] == [
        "aws_cloudwatch_log_group.items",
        "aws_iam_role_policy.items_role_items_logs",
        "aws_iam_role_policy_attachment.items_role_AWSXRayDaemonWriteAccess",
    ]
    assert set(template.resources("aws_iam_role_policy")) == {"items_role_items_logs"}
    assert statements(template, "items_role_items_logs") == [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": ["${aws_cloudwatch_log_group.items.arn}:*"],
        }
    ]
    trust = template.resource("aws_iam_role.items_role")["assume_role_policy"]
    assert "lambda.amazonaws.com" in trust


def test_its_code_lies_beside_the_json_and_its_hash_is_the_zips(app, make, tier):
    make()
    app.synth()
    [found] = read_synthesis(app.outdir)
    made = found.config["resource"]["aws_lambda_function"]["items"]
    assert re.fullmatch(r"assets/items_code_[0-9A-F]{8}/[0-9a-f]{32}/code\.zip", made["filename"])
    content = (found.folder / made["filename"]).read_bytes()
    digest = hashlib.sha256(content).digest()
    assert made["source_code_hash"] == base64.b64encode(digest).decode()


def test_where_the_code_comes_from_is_not_written_down(app, make, folder):
    first = Tier(app, "first", environment=make().node.scope.environment)
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    Function(first, "items", code=Code.from_asset(elsewhere))
    app.synth()
    tiers = {tier.name: tier for tier in read_synthesis(app.outdir)}
    one, other = (
        tiers[name].config["resource"]["aws_lambda_function"]["items"]
        for name in ("first", "network")
    )
    assert one["filename"] == other["filename"]
    assert one["source_code_hash"] == other["source_code_hash"]
    for tier in tiers.values():
        assert str(folder.parent) not in (tier.folder / "cdk.tf.json").read_text()


def test_settings(make, tier, synth):
    make(
        runtime="python3.12",
        architecture="x86_64",
        function_name="made_by-hand",
        memory_size=10_240,
        timeout=900,
        ephemeral_storage=10_240,
        reserved_concurrent_executions=0,
        description="takes orders",
        tracing=False,
        layers=[LAYER],
        publish=True,
        recursive_loop="Allow",
        tags={"Team": "web"},
    )
    template = synth(tier)
    made = body(template)
    assert made["architectures"] == ["x86_64"]
    assert made["function_name"] == "made_by-hand"
    assert made["memory_size"] == 10_240
    assert made["timeout"] == 900
    assert made["ephemeral_storage"] == {"size": 10_240}
    assert made["reserved_concurrent_executions"] == 0
    assert made["description"] == "takes orders"
    assert made["tracing_config"] == {"mode": "PassThrough"}
    assert made["layers"] == [LAYER]
    assert made["publish"] is True
    assert made["tags"] == {"Team": "web", "Name": "shop-test-items"}
    template.has_resource(
        "aws_lambda_function_recursion_config",
        {"function_name": "${aws_lambda_function.items.function_name}", "recursive_loop": "Allow"},
    )
    template.has_no_resource("aws_iam_role_policy_attachment")
    assert template.resource("aws_cloudwatch_log_group.items")["name"] == "/aws/lambda/made_by-hand"


def test_snap_start(make, tier, synth):
    make(publish=True, snap_start=True)
    assert body(synth(tier))["snap_start"] == {"apply_on": "PublishedVersions"}


def test_environment_and_its_key(make, tier, synth):
    key, queue = Key(tier, "key", description="secrets"), Queue(tier, "queue")
    function = make(environment={"COLOR": "red", "EMPTY": ""}, environment_key=key)
    function.add_environment("QUEUE_URL", queue.queue_url)
    function.add_environment("QUEUE_URL", queue.queue_url)
    template = synth(tier)
    assert body(template)["environment"] == {
        "variables": {"COLOR": "red", "EMPTY": "", "QUEUE_URL": "${aws_sqs_queue.queue.url}"}
    }
    assert body(template)["kms_key_arn"] == "${aws_kms_key.key.arn}"
    assert "aws_iam_role_policy.items_role_key_decrypt" in body(template)["depends_on"]


def test_logs(make, tier, synth):
    key = Key(tier, "key", description="logs")
    logs = FunctionLogs(
        retention_days=7, key=key, format="JSON", application_level="ERROR", system_level="WARN"
    )
    make(logs=logs)
    template = synth(tier)
    group = template.resource("aws_cloudwatch_log_group.items")
    assert group["retention_in_days"] == 7
    assert group["kms_key_id"] == "${aws_kms_key.key.arn}"
    assert body(template)["logging_config"] == {
        "application_log_level": "ERROR",
        "log_format": "JSON",
        "log_group": "${aws_cloudwatch_log_group.items.name}",
        "system_log_level": "WARN",
    }
    assert "/aws/lambda/shop-test-items" in template.resource("aws_kms_key.key")["policy"]


def test_a_given_role_gets_what_the_function_needs(make, tier, synth):
    role = Role(tier, "shared", assumed_by=Principal.service("lambda"), description="shared")
    assert make(role=role).role is role
    template = synth(tier)
    assert body(template)["role"] == "${aws_iam_role.shared.arn}"
    assert set(template.resources("aws_iam_role")) == {"shared"}
    assert "aws_iam_role_policy.shared_items_logs" in body(template)["depends_on"]


def test_in_a_vpc(make, tier, synth):
    vpc = Vpc(tier, "vpc", availability_zones=["eu-central-1a", "eu-central-1b"])
    function = make(vpc=vpc)
    assert function.connections is not None
    template = synth(tier)
    assert body(template)["vpc_config"] == {
        "security_group_ids": ["${aws_security_group.items_group.id}"],
        "subnet_ids": ["${aws_subnet.vpc_private_a.id}", "${aws_subnet.vpc_private_b.id}"],
    }
    attached = template.resources("aws_iam_role_policy_attachment").values()
    assert any("AWSLambdaVPCAccessExecutionRole" in one["policy_arn"] for one in attached)
    assert "aws_vpc_security_group_egress_rule" not in template.config["resource"]


def test_a_given_security_group_in_another_subnet_group(make, tier, synth):
    vpc = Vpc(tier, "vpc", availability_zones=["eu-central-1a"])
    group = SecurityGroup(tier, "group", vpc=vpc, description="given")
    make(vpc=vpc, subnet_group="public", security_group=group)
    template = synth(tier)
    assert body(template)["vpc_config"] == {
        "security_group_ids": ["${aws_security_group.group.id}"],
        "subnet_ids": ["${aws_subnet.vpc_public_a.id}"],
    }


def notes(app):
    app.synth()
    return [note for tier in read_synthesis(app.outdir) for note in tier.annotations]


def test_public_subnets_warn(app, make, tier):
    make(vpc=Vpc(tier, "vpc", availability_zones=["eu-central-1a"]), subnet_group="public")
    assert any("[lambda-in-public-subnets]" in note for note in notes(app))


def test_what_becomes_of_events(make, tier, synth):
    dead, done, other = Queue(tier, "dead"), Topic(tier, "done"), make(id="other")
    make(
        dead_letter_queue=dead,
        on_success=done,
        on_failure=other,
        retry_attempts=0,
        max_event_age=60,
    )
    template = synth(tier)
    assert body(template)["dead_letter_config"] == {"target_arn": "${aws_sqs_queue.dead.arn}"}
    config = template.resource("aws_lambda_function_event_invoke_config.items")
    assert config["destination_config"] == {
        "on_failure": {"destination": "${aws_lambda_function.other.arn}"},
        "on_success": {"destination": "${aws_sns_topic.done.arn}"},
    }
    assert config["maximum_retry_attempts"] == 0
    assert config["maximum_event_age_in_seconds"] == 60
    allowed = {
        action
        for name in template.resources("aws_iam_role_policy")
        if name.startswith("items_role")
        for statement in statements(template, name)
        for action in statement["Action"]
    }
    assert {"sqs:SendMessage", "sns:Publish", "lambda:InvokeFunction"} <= allowed
    for needed in ("items_role_dead_send", "items_role_done_publish", "items_role_other_invoke"):
        assert f"aws_iam_role_policy.{needed}" in body(template)["depends_on"]
        assert f"aws_iam_role_policy.{needed}" in config["depends_on"]


def test_destinations_by_their_arns(make, tier, synth):
    make(dead_letter_queue=QUEUE_ARN, on_failure=ARN, on_success=QUEUE_ARN)
    template = synth(tier)
    assert statements(template, "items_role_items_dead_letters") == [
        {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [QUEUE_ARN]}
    ]
    assert statements(template, "items_role_items_on_failure")[0]["Action"] == [
        "lambda:InvokeFunction"
    ]


def test_one_option_alone_keeps_lambdas_own_defaults(make, tier, synth):
    make(retry_attempts=1)
    synth(tier).has_resource(
        "aws_lambda_function_event_invoke_config",
        {
            "maximum_retry_attempts": 1,
            "maximum_event_age_in_seconds": 21_600,
            "destination_config": ABSENT,
        },
    )


def test_another_tier_uses_it(app, environment, tier, make, synth):
    function = make()
    other = Tier(app, "other", environment=environment)
    used = other.use(function)
    caller = Role(other, "caller", assumed_by=Principal.service("ec2"), description="calls")
    used.grant_invoke(caller)
    used.add_permission(
        "bucket", principal="s3.amazonaws.com", source_arn="arn:aws:s3:::b", source_account="1" * 12
    )
    template, producer = synth(other), synth(tier)
    [permission] = template.resources("aws_lambda_permission").values()
    reference = "${data.terraform_remote_state.network.outputs.items_function_name}"
    assert permission["function_name"] == reference
    assert permission["statement_id"] == "other-bucket"
    for name in ("arn", "name"):
        assert f"items_function_{name}" in producer.outputs
    assert {"items_invoke_arn", "items_role_arn", "items_role_name"} <= set(producer.outputs)


def test_one_that_exists(tier, synth):
    attributes = FunctionAttributes(
        function_arn=ARN,
        function_name="items",
        invoke_arn=f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{ARN}/invocations",
        role_arn="arn:aws:iam::111122223333:role/service-role/items",
        role_name="items",
    )
    function = Function.from_attributes(tier, "items", attributes)
    Queue(tier, "queue").grant_send_messages(function)
    assert function.function_arn == ARN
    assert function.invoke_arn.endswith("/invocations")
    template = synth(tier)
    [policy] = template.resources("aws_iam_role_policy").values()
    assert policy["role"] == "items"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"function_arn": "arn:aws:lambda:x:1:function:items"}, "function_arn"),
        ({"function_arn": f"{ARN}:live"}, "function_arn"),
        ({"function_name": "it ems"}, "function_name"),
        ({"invoke_arn": ARN}, "invoke_arn"),
        ({"role_arn": "arn:aws:iam::111122223333:user/x"}, "role_arn"),
        ({"role_name": "path/items"}, "role_name"),
        ({"role_name": None}, "role_name"),
    ],
)
def test_bad_attributes(tier, changed, message):
    good = {
        "function_arn": ARN,
        "function_name": "items",
        "invoke_arn": "arn:aws:apigateway:x:lambda:path/y/invocations",
        "role_arn": "arn:aws:iam::111122223333:role/items",
        "role_name": "items",
    }
    with pytest.raises(ConfigurationError, match=message):
        Function.from_attributes(tier, "items", FunctionAttributes(**{**good, **changed}))


def test_no_attributes(tier):
    with pytest.raises(ConfigurationError, match="attributes is"):
        Function.from_attributes(tier, "items", {"function_arn": ARN})


BAD = {
    "id": ({"id": "1items"}, "Terraform address"),
    "code-missing": ({"code": None}, "code is None"),
    "code-a-path": ({"code": "lambda/items"}, "code is lambda/items"),
    "code-by-hand": ({"code": Code()}, "path is None"),
    "handler-empty": ({"handler": ""}, "handler '' is not valid"),
    "handler-none": ({"handler": None}, "handler None is not valid"),
    "handler-blank": ({"handler": "handler. handler"}, "is not valid"),
    "handler-long": ({"handler": f"handler.{'h' * 121}"}, "up to 128"),
    "handler-token": ({"handler": "${aws_x.y.z}"}, "is not valid"),
    "handler-no-function": ({"handler": "handler"}, "names no function"),
    "handler-dot": ({"handler": "handler."}, "names no function"),
    "runtime-unknown": ({"runtime": "python3.99"}, "did you mean python3.9"),
    "runtime-list": ({"runtime": ["python3.13"]}, "is not known"),
    "runtime-none": ({"runtime": None}, "runtime None is not known"),
    "runtime-blocked": ({"runtime": "python3.7"}, "refused by Lambda since 2024-01-09"),
    "runtime-node-blocked": ({"runtime": "nodejs14.x"}, "since 2024-01-09: write nodejs2"),
    "runtime-go": ({"runtime": "go1.x"}, "write provided.al2023"),
    "architecture": ({"architecture": "arm"}, "architecture arm is not known"),
    "architecture-none": ({"architecture": None}, "architecture None"),
    "architecture-of-old": (
        {"runtime": "python3.7", "architecture": "arm64"},
        "arm64 is not there for python3.7",
    ),
    "name-blank": ({"function_name": "my items"}, "1 to 64 letters"),
    "name-long": ({"function_name": "x" * 65}, "1 to 64 letters"),
    "name-arn": ({"function_name": ARN}, "1 to 64 letters"),
    "name-token": ({"function_name": "${aws_x.y.z}"}, "1 to 64 letters"),
    "name-too-long-by-default": ({"id": "i" * 60}, "give a shorter id"),
    "memory-low": ({"memory_size": 127}, "128 to 10240"),
    "memory-high": ({"memory_size": 10_241}, "128 to 10240"),
    "memory-text": ({"memory_size": "256"}, "memory_size is 256"),
    "memory-bool": ({"memory_size": True}, "memory_size is True"),
    "timeout-zero": ({"timeout": 0}, "1 to 900"),
    "timeout-high": ({"timeout": 901}, "1 to 900"),
    "timeout-float": ({"timeout": 1.5}, "timeout is 1.5"),
    "timeout-none": ({"timeout": None}, "timeout is None"),
    "storage-low": ({"ephemeral_storage": 511}, "512 to 10240"),
    "storage-high": ({"ephemeral_storage": 10_241}, "512 to 10240"),
    "concurrency-negative": ({"reserved_concurrent_executions": -1}, "0 to 100000"),
    "concurrency-bool": ({"reserved_concurrent_executions": False}, "is False"),
    "description-long": ({"description": "d" * 257}, "up to 256 characters"),
    "description-number": ({"description": 7}, "description 7"),
    "role-text": ({"role": "arn:aws:iam::111122223333:role/x"}, "role is arn"),
    "tracing-text": ({"tracing": "Active"}, "tracing is Active"),
    "publish-none": ({"publish": None}, "publish is None"),
    "snap-start-runtime": (
        {"runtime": "python3.11", "snap_start": True, "publish": True},
        "snap_start is not there for python3.11",
    ),
    "snap-start-unpublished": ({"snap_start": True}, "write publish=True"),
    "snap-start-storage": (
        {"snap_start": True, "publish": True, "ephemeral_storage": 513},
        "more than 512 MB",
    ),
    "recursive": ({"recursive_loop": "allow"}, "recursive_loop allow is not known"),
    "layers-text": ({"layers": LAYER}, "layers is"),
    "layers-no-version": ({"layers": [LAYER.rpartition(":")[0]]}, "ARN of a layer's version"),
    "layers-many": (
        {"layers": [f"{LAYER[:-1]}{n}" for n in range(1, 7)]},
        "layers holds 6: Lambda takes 5",
    ),
    "layers-twice": ({"layers": [LAYER, LAYER]}, "names a layer twice"),
    "logs-none": ({"logs": None}, "logs is None"),
    "logs-retention": ({"logs": FunctionLogs(retention_days=6)}, "retention_days 6"),
    "logs-format": ({"logs": FunctionLogs(format="json")}, "format json is not known"),
    "logs-level": (
        {"logs": FunctionLogs(format="JSON", application_level="WARNING")},
        "application_level WARNING is not known",
    ),
    "logs-level-of-text": ({"logs": FunctionLogs(system_level="WARN")}, 'format="JSON"'),
    "logs-key": ({"logs": FunctionLogs(key="alias/logs")}, "logs: key is alias/logs"),
    "vpc-text": ({"vpc": "vpc-0123456789abcdef0"}, "vpc is vpc-"),
    "subnets-without-vpc": ({"subnet_group": "private"}, "subnet_group is for a function in a VPC"),
    "group-without-vpc": (
        {"security_group": object()},
        "security_group is for a function in a VPC",
    ),
    "dead-letters-none": ({"dead_letter_queue": 7}, "pass a Queue, a Topic, or an ARN"),
    "dead-letters-function": ({"dead_letter_queue": ARN}, "pass a Queue, a Topic"),
    "dead-letters-fifo-arn": ({"dead_letter_queue": f"{QUEUE_ARN}.fifo"}, "dead_letter_queue"),
    "on-success-bucket": ({"on_success": "arn:aws:s3:::b"}, "on_success"),
    "on-failure-token": ({"on_failure": "${aws_sqs_queue.x.arn}"}, "on_failure is"),
    "retries-high": ({"retry_attempts": 3}, "0 to 2"),
    "retries-negative": ({"retry_attempts": -1}, "0 to 2"),
    "age-low": ({"max_event_age": 59}, "60 to 21600"),
    "age-high": ({"max_event_age": 21_601}, "60 to 21600"),
    "environment-list": ({"environment": ["A=b"]}, "environment is"),
    "environment-reserved": ({"environment": {"AWS_REGION": "x"}}, "AWS_REGION is set by Lambda"),
    "environment-handler": ({"environment": {"_HANDLER": "x"}}, "_HANDLER is set by Lambda"),
    "environment-underscore": ({"environment": {"_x": "x"}}, "name _x is not valid"),
    "environment-one-letter": ({"environment": {"A": "x"}}, "two characters at least"),
    "environment-hyphen": ({"environment": {"MY-NAME": "x"}}, "name MY-NAME is not valid"),
    "environment-number": ({"environment": {"COUNT": 7}}, "COUNT is 7"),
    "environment-none": ({"environment": {"NOTHING": None}}, "NOTHING is None"),
    "environment-nul": ({"environment": {"BAD": "a\0b"}}, "NUL character"),
    "environment-name-number": ({"environment": {7: "x"}}, "name 7 is not valid"),
    "environment-large": ({"environment": {"LARGE": "x" * 4090}}, "Lambda takes 4096"),
    "environment-key-alone": ({"environment_key": object()}, "environment_key encrypts nothing"),
    "environment-key-text": (
        {"environment": {"A_B": "c"}, "environment_key": "alias/x"},
        "environment_key is alias/x",
    ),
    "tags": ({"tags": {"Name": "x"}}, "Name follows from"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_leaves_nothing_behind(make, tier, options, message):
    before = [child.node.id for child in tier.node.children]
    with pytest.raises(ConfigurationError, match=message):
        make(**options)
    assert [child.node.id for child in tier.node.children] == before


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_lambdas_own_variables_are_refused(make, name):
    with pytest.raises(ConfigurationError, match=f"{name} is set by Lambda itself"):
        make(environment={name: "x"})


@pytest.mark.parametrize("name", ["AWS_LAMBDA_EXEC_WRAPPER", "PYTHONPATH", "TZ", "AWS_CA_BUNDLE"])
def test_variables_that_lambda_leaves_to_us(make, tier, synth, name):
    make(environment={name: "x"})
    assert body(synth(tier))["environment"]["variables"] == {name: "x"}


def test_several_faults_come_together(make):
    with pytest.raises(ConfigurationError) as caught:
        make(memory_size=1, timeout=0, runtime="cobol", environment={"AWS_REGION": "x"})
    assert len(caught.value.faults) == 4


def test_things_of_another_stack_are_refused(app, environment, tier, make):
    other = Tier(app, "other", environment=environment)
    queue = Queue(other, "queue")
    key = Key.from_attributes(
        other, "key", KeyAttributes(key_arn="arn:aws:kms:eu-central-1:111122223333:key/x")
    )
    role = Role.from_attributes(
        other, "role", RoleAttributes(role_arn="arn:aws:iam::111122223333:role/x", role_name="x")
    )
    vpc = Vpc(other, "vpc", availability_zones=["eu-central-1a"])
    for options in (
        {"dead_letter_queue": queue},
        {"on_failure": queue},
        {"environment": {"A_B": "c"}, "environment_key": key},
        {"logs": FunctionLogs(key=key)},
        {"role": role},
        {"vpc": vpc},
    ):
        with pytest.raises(ConfigurationError, match="belongs to another stack"):
            make(**options)


def test_fifo_queues_are_no_destinations(tier, make):
    queue = Queue(tier, "queue", fifo=True)
    for name in ("dead_letter_queue", "on_success", "on_failure"):
        with pytest.raises(ConfigurationError, match=f"{name}: network/queue is FIFO"):
            make(**{name: queue})


def test_a_subnet_group_that_is_not_there(tier, make):
    vpc = Vpc(tier, "vpc", availability_zones=["eu-central-1a"])
    with pytest.raises(ConfigurationError, match="subnet_group privat is not known"):
        make(vpc=vpc, subnet_group="privat")
    with pytest.raises(ConfigurationError, match="security_group is sg-1"):
        make(vpc=vpc, security_group="sg-1")


def test_an_old_runtime_warns_and_one_day_is_refused(app, make, monkeypatch):
    monkeypatch.setattr(runtime, "_bindings", lambda: 20)
    monkeypatch.setattr(runtime, "_today", lambda: date(2026, 1, 1))
    make(runtime="python3.9")
    monkeypatch.setattr(runtime, "_today", lambda: date(2027, 2, 1))
    with pytest.raises(ConfigurationError, match="refused by Lambda since 2027-02-01"):
        make(id="later", runtime="python3.9")
    [note] = [note for note in notes(app) if "[lambda-runtime-deprecated]" in note]
    assert "no security updates since 2025-12-15" in note
    assert "take python3.13" in note


def test_a_current_runtime_does_not_warn(app, make, monkeypatch):
    monkeypatch.setattr(runtime, "_today", lambda: date(2026, 11, 24))
    make()
    assert not [note for note in notes(app) if "lambda" in note]


def test_runtimes_of_the_next_provider(make, tier, synth, monkeypatch):
    monkeypatch.setattr(runtime, "_bindings", lambda: 20)
    with pytest.raises(ConfigurationError, match="needs version 6 of the AWS provider"):
        make(runtime="python3.14")
    monkeypatch.setattr(runtime, "_bindings", lambda: 21)
    make(runtime="python3.14")
    assert body(synth(tier))["runtime"] == "python3.14"


def test_the_catalog():
    known = runtime.runtimes()
    assert len(known) > 30
    for one in known.values():
        assert one.language in {"python", "nodejs", "java", "dotnet", "ruby", "go", "provided"}
        assert one.blocked is None or one.deprecated <= one.blocked
        assert one.os in {"al1", "al2", "al2023"}
        if one.os == "al2023":
            assert one.architectures == ("arm64", "x86_64")
    assert known["python3.12"].snap_start
    assert not known["python3.11"].snap_start


JUNK = (None, True, 7, -1, 1.5, float("nan"), "", "x", "${a.b.c}", [], [None], {}, {"a": None},
        {1: 2}, object(), b"x", (), ["x"], "x" * 5000, "\0", "\ud800")  # fmt: skip
OPTIONS = sorted(set(inspect.signature(Function.__init__).parameters) - {"self", "scope", "id"})


@pytest.mark.parametrize("option", OPTIONS)
def test_junk_is_refused_or_made_but_never_breaks(tier, make, option):
    for number, value in enumerate(JUNK):
        id = f"fn{number}"
        try:
            make(id=id, **{option: value})
        except ConfigurationError:
            assert tier.node.try_find_child(id) is None
