from __future__ import annotations

from dataclasses import replace

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.messaging import DeadLetterQueue, Queue, QueueAttributes
from terratiers.security import Key, KeyAttributes
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct
from hypothesis import given
from hypothesis import strategies as st

ARN = "arn:aws:sqs:eu-central-1:111122223333:old"
URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/old"
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
TWO_WEEKS = 1_209_600


def attributes(**change):
    return QueueAttributes(**{"queue_arn": ARN, "queue_url": URL, "queue_name": "old", **change})


def policy(template, name="jobs"):
    return template.resource(f"aws_sqs_queue_policy.{name}")["policy"]


def test_a_queue_with_all_its_defaults(tier, synth):
    Queue(tier, "jobs")
    template = synth(tier)
    assert template.resource("aws_sqs_queue.jobs") == {
        "name": "shop-test-jobs",
        "sqs_managed_sse_enabled": True,
        "visibility_timeout_seconds": 30,
        "message_retention_seconds": 345_600,
        "delay_seconds": 0,
        "receive_wait_time_seconds": 20,
        "max_message_size": 262_144,
        "tags": {"Name": "shop-test-jobs"},
    }
    assert sorted(a for a in template.addresses() if a.startswith("aws_")) == [
        "aws_sqs_queue.jobs",
        "aws_sqs_queue_policy.jobs",
    ]


def test_plain_http_is_denied(tier, synth):
    Queue(tier, "jobs")
    template = synth(tier)
    assert template.resource("aws_sqs_queue_policy.jobs")["queue_url"] == (
        "${aws_sqs_queue.jobs.url}"
    )
    assert policy(template).count('"Effect"') == 1
    assert (
        '"Effect" = "Deny", "Principal" = "*", "Action" = ["sqs:*"], '
        '"Resource" = "${aws_sqs_queue.jobs.arn}", '
        '"Condition" = {"Bool" = {"aws:SecureTransport" = "false"}}'
    ) in policy(template)


def test_a_key_takes_the_place_of_sqs_own(tier, key, synth):
    queue = Queue(tier, "jobs", key=key, data_key_reuse=600)
    synth(tier).has_resource(
        "aws_sqs_queue",
        {
            "kms_master_key_id": "${aws_kms_key.key.arn}",
            "kms_data_key_reuse_period_seconds": 600,
            "sqs_managed_sse_enabled": ABSENT,
        },
    )
    assert queue.attributes.kms_encrypted
    assert queue.attributes.queue_kms_key_arn == key.key_arn


def test_a_fifo_queue(tier, synth):
    queue = Queue(
        tier,
        "jobs",
        fifo=True,
        content_based_deduplication=True,
        deduplication_scope="messageGroup",
        fifo_throughput_limit="perMessageGroupId",
    )
    synth(tier).has_resource(
        "aws_sqs_queue",
        {
            "name": "shop-test-jobs.fifo",
            "fifo_queue": True,
            "content_based_deduplication": True,
            "deduplication_scope": "messageGroup",
            "fifo_throughput_limit": "perMessageGroupId",
            "tags": {"Name": "shop-test-jobs"},
        },
    )
    assert queue.attributes.fifo


def test_a_fifo_queue_says_its_defaults(tier, synth):
    Queue(tier, "jobs", fifo=True)
    synth(tier).has_resource(
        "aws_sqs_queue",
        {
            "content_based_deduplication": ABSENT,
            "deduplication_scope": "queue",
            "fifo_throughput_limit": "perQueue",
        },
    )


@pytest.mark.parametrize(
    ("option", "argument", "values"),
    [
        ("visibility_timeout", "visibility_timeout_seconds", (0, 43_200)),
        ("retention_period", "message_retention_seconds", (60, TWO_WEEKS)),
        ("delivery_delay", "delay_seconds", (0, 900)),
        ("receive_message_wait_time", "receive_wait_time_seconds", (0, 20)),
        ("max_message_size", "max_message_size", (1024, 262_144)),
    ],
)
def test_numbers_at_their_limits(tier, synth, option, argument, values):
    for index, value in enumerate(values):
        Queue(tier, f"q{index}", **{option: value})
    template = synth(tier)
    for index, value in enumerate(values):
        assert template.resource(f"aws_sqs_queue.q{index}")[argument] == value


def test_a_number_may_be_known_to_terraform_only(tier, synth):
    seconds = TerraformVariable(tier, "seconds", type="number").number_value
    Queue(tier, "jobs", visibility_timeout=seconds)
    synth(tier).has_resource("aws_sqs_queue", {"visibility_timeout_seconds": "${var.seconds}"})


def test_names_of_ones_own(tier, synth):
    Queue(tier, "jobs", queue_name="a" * 80, tags={"team": "web"})
    Queue(tier, "ordered", queue_name=f"{'a' * 75}.fifo", fifo=True)
    template = synth(tier)
    assert template.resource("aws_sqs_queue.jobs")["name"] == "a" * 80
    assert template.resource("aws_sqs_queue.jobs")["tags"] == {
        "team": "web",
        "Name": "shop-test-jobs",
    }
    assert template.resource("aws_sqs_queue.ordered")["name"].endswith("a.fifo")


def test_a_queue_in_a_construct_and_in_a_plain_stack(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    Queue(Construct(stack, "shop"), "jobs")
    synth(stack).has_resource("aws_sqs_queue", {"name": "plain-shop-jobs"})


# --- dead letters


def test_dead_letters_go_to_a_queue_that_admits_them(tier, synth, warnings):
    dead = Queue(tier, "dead", retention_period=TWO_WEEKS)
    for id in ("jobs", "a-jobs"):
        queue = Queue(tier, id, dead_letter_queue=DeadLetterQueue(queue=dead, max_receive_count=3))
        assert warnings(queue) == []
    template = synth(tier)
    assert "redrive_policy" not in template.resource("aws_sqs_queue.jobs")
    assert template.resource("aws_sqs_queue_redrive_policy.jobs") == {
        "queue_url": "${aws_sqs_queue.jobs.url}",
        "redrive_policy": (
            '${jsonencode({"deadLetterTargetArn" = "${aws_sqs_queue.dead.arn}", '
            '"maxReceiveCount" = 3})}'
        ),
        # SQS refuses it before
        "depends_on": ["aws_sqs_queue_redrive_allow_policy.dead"],
    }
    assert template.resource("aws_sqs_queue_redrive_allow_policy.dead") == {
        "queue_url": "${aws_sqs_queue.dead.url}",
        "redrive_allow_policy": (
            '${jsonencode({"redrivePermission" = "byQueue", "sourceQueueArns" = '
            '["${aws_sqs_queue.a_jobs.arn}", "${aws_sqs_queue.jobs.arn}"]})}'
        ),
    }


def test_dead_letters_that_expire_first_are_warned_of(tier, warnings):
    letters = DeadLetterQueue(queue=Queue(tier, "dead"), max_receive_count=3)
    (warning,) = warnings(Queue(tier, "jobs", dead_letter_queue=letters))
    assert warning.startswith("[dead-letters-expire-early] ")
    acknowledge(tier, "dead-letters-expire-early", reason="they are read within the hour")
    assert warnings(Queue(tier, "more", dead_letter_queue=letters)) == []


def test_an_imported_queue_takes_dead_letters_without_being_told(tier, synth):
    old = Queue.from_attributes(tier, "old", attributes())
    Queue(tier, "jobs", dead_letter_queue=DeadLetterQueue(queue=old, max_receive_count=1))
    template = synth(tier)
    made = template.resource("aws_sqs_queue_redrive_policy.jobs")
    assert ARN in made["redrive_policy"]
    assert "depends_on" not in made
    template.resource_count("aws_sqs_queue_redrive_allow_policy", 0)


def test_ten_queues_share_one_for_dead_letters(tier):
    letters = DeadLetterQueue(
        queue=Queue(tier, "dead", retention_period=TWO_WEEKS), max_receive_count=1
    )
    for index in range(10):
        Queue(tier, f"q{index}", dead_letter_queue=letters)
    with pytest.raises(ConfigurationError, match="serves 10 queues already"):
        Queue(tier, "q10", dead_letter_queue=letters)
    assert tier.node.try_find_child("q10") is None


# --- services and statements


def test_what_a_service_may_do_is_one_statement(tier, synth):
    queue = Queue(tier, "jobs")
    queue.grant_send_service("s3", source_arn="arn:aws:s3:::one")
    queue.grant_send_service("s3.amazonaws.com", source_arn="arn:aws:s3:::two")
    queue.grant_send_service("s3", source_arn="arn:aws:s3:::two")
    text = policy(synth(tier))
    assert text.count('"Effect"') == 2
    assert (
        '{"Effect" = "Allow", "Principal" = {"Service" = "s3.amazonaws.com"}, '
        '"Action" = "sqs:SendMessage", "Resource" = "${aws_sqs_queue.jobs.arn}", "Condition" = '
        '{"StringEquals" = {"aws:SourceAccount" = '
        '"${data.aws_caller_identity.current.account_id}"}, '
        '"ArnLike" = {"aws:SourceArn" = ["arn:aws:s3:::one", "arn:aws:s3:::two"]}}}'
    ) in text


def test_an_arn_with_an_account_says_it_all(tier, synth):
    topic = "arn:aws:sns:eu-central-1:111122223333:changes"
    Queue(tier, "jobs").grant_send_service("sns", source_arn=topic)
    text = policy(synth(tier))
    assert f'"Condition" = {{"ArnLike" = {{"aws:SourceArn" = ["{topic}"]}}}}' in text
    assert "SourceAccount" not in text


def test_a_service_without_a_source_acts_for_the_account(tier, synth):
    queue = Queue(tier, "jobs")
    queue.grant_send_service("events")
    queue.grant_send_service("events", source_account="111122223333")
    text = policy(synth(tier))
    assert text.count("events.amazonaws.com") == 2
    assert '"aws:SourceAccount" = "111122223333"' in text
    assert "SourceArn" not in text


KEY_CONDITIONS = {
    "s3": '"StringEquals" = {"aws:SourceAccount" = "111122223333"}',
    "sns": '"ArnLike" = {"aws:SourceArn" = "arn:aws:sns:eu-central-1:111122223333:*"}',
    "events": '"Bool" = {"aws:PrincipalIsAWSService" = "true"}',
}


@pytest.mark.parametrize(("service", "condition"), KEY_CONDITIONS.items(), ids=KEY_CONDITIONS)
def test_the_key_admits_the_service_too(app, production, synth, service, condition):
    tier = Tier(app, "events", environment=production)
    key = Key(tier, "key", description="messages")
    Queue(tier, "jobs", key=key).grant_send_service(service)
    text = synth(tier).resource("aws_kms_key.key")["policy"]
    assert f'"Service" = "{service}.amazonaws.com"' in text
    assert condition in text


def test_an_imported_key_is_warned_of(tier, warnings):
    key = Key.from_attributes(tier, "old", KeyAttributes(key_arn=KEY_ARN))
    queue = Queue(tier, "jobs", key=key)
    queue.grant_send_service("s3")
    (warning,) = warnings(queue)
    assert warning.startswith("[policy-made-elsewhere] s3 needs the key of events/jobs")


def test_an_imported_queue_is_warned_of(tier, synth, warnings):
    old = Queue.from_attributes(tier, "old", attributes())
    old.grant_send_service("s3")
    (warning,) = warnings(old)
    assert warning.startswith("[policy-made-elsewhere] s3 sends to this queue")
    synth(tier).resource_count("aws_sqs_queue_policy", 0)


STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
    "Action": "sqs:SendMessage",
    "Resource": ARN,
}


def test_a_statement_is_added_once(tier, synth):
    queue = Queue(tier, "jobs")
    for _ in range(2):
        queue.add_to_resource_policy(STATEMENT)
    queue.grant_send_service("s3")
    assert policy(synth(tier)).count("444455556666") == 1


BAD_STATEMENTS = {
    "none": (None, "statement is None"),
    "no effect": ({**STATEMENT, "Effect": None}, "Effect None"),
    "no principal": ({k: v for k, v in STATEMENT.items() if k != "Principal"}, "no Principal"),
    "everybody": ({**STATEMENT, "Principal": "*"}, "so that anybody could use it"),
    "every account": ({**STATEMENT, "Principal": {"AWS": ["*"]}}, "allows everybody"),
    "taken sid": ({**STATEMENT, "Sid": "DenyPlainHttp"}, "Sid DenyPlainHttp"),
    "no text": ({**STATEMENT, "Action": None}, "None .*cannot be written"),
}


@pytest.mark.parametrize(("statement", "message"), BAD_STATEMENTS.values(), ids=BAD_STATEMENTS)
def test_bad_statements_are_refused(tier, synth, statement, message):
    queue = Queue(tier, "jobs")
    with pytest.raises(ConfigurationError, match=message):
        queue.add_to_resource_policy(statement)
    assert policy(synth(tier)).count('"Effect"') == 1


def test_a_policy_has_twenty_statements(tier):
    queue = Queue(tier, "jobs")
    for index in range(19):
        queue.add_to_resource_policy({**STATEMENT, "Sid": f"s{index}"})
    with pytest.raises(ConfigurationError, match="20 statements already"):
        queue.add_to_resource_policy({**STATEMENT, "Sid": "last"})
    with pytest.raises(ConfigurationError, match="20 statements already"):
        queue.grant_send_service("s3")


def test_a_full_policy_takes_what_adds_no_statement(tier, synth):
    queue = Queue(tier, "jobs")
    queue.grant_send_service("s3", source_arn="arn:aws:s3:::one")
    for index in range(18):
        queue.add_to_resource_policy({**STATEMENT, "Sid": f"s{index}"})
    queue.grant_send_service("s3.amazonaws.com", source_arn="arn:aws:s3:::two")
    queue.add_to_resource_policy({**STATEMENT, "Sid": "s0"})
    with pytest.raises(ConfigurationError, match="20 statements already"):
        queue.grant_send_service("s3")
    with pytest.raises(ConfigurationError, match="20 statements already"):
        queue.grant_send_service("sns", source_arn="arn:aws:sns:eu-central-1:111122223333:a")
    text = policy(synth(tier))
    assert text.count('"Effect"') == 20
    assert '["arn:aws:s3:::one", "arn:aws:s3:::two"]' in text


def test_the_own_account_is_one_source_however_it_is_written(app, environment, synth):
    known = Tier(app, "known", environment=replace(environment, account_id="111122223333"))
    queue = Queue(known, "jobs")
    queue.grant_send_service("s3", source_arn="arn:aws:s3:::one")
    queue.grant_send_service("s3", source_arn="arn:aws:s3:::two", source_account="111122223333")
    assert policy(synth(known)).count('"Effect"') == 2


BAD_SERVICES = {
    "none": ((None, None, None), "service None"),
    "capitals": (("S3", None, None), "service S3"),
    "name as arn": (("s3", "files", None), "source_arn files"),
    "number": (("s3", 5, None), "source_arn 5"),
    "short account": (("s3", None, "123"), "source_account 123"),
    "account number": (("s3", None, 111122223333), "source_account 111122223333"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_SERVICES.values(), ids=BAD_SERVICES)
def test_bad_services_are_refused(tier, synth, arguments, message):
    queue = Queue(tier, "jobs")
    service, arn, account = arguments
    with pytest.raises(ConfigurationError, match=message):
        queue.grant_send_service(service, source_arn=arn, source_account=account)
    assert policy(synth(tier)).count('"Effect"') == 1


# --- grants

GRANTS = {
    "send": (
        Queue.grant_send_messages,
        '"sqs:SendMessage"',
        '"kms:GenerateDataKey", "kms:Decrypt"',
    ),
    "consume": (
        Queue.grant_consume_messages,
        '"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"',
        '"Action" = ["kms:Decrypt"]',
    ),
    "purge": (Queue.grant_purge, '"sqs:PurgeQueue"', None),
}


@pytest.mark.parametrize(("grant", "actions", "keys"), GRANTS.values(), ids=GRANTS)
def test_a_grant_includes_the_key(tier, key, role, synth, grant, actions, keys):
    grant(Queue(tier, "jobs", key=key), role)
    (made,) = synth(tier).resources("aws_iam_role_policy").values()
    assert f'{actions}, "sqs:GetQueueUrl", "sqs:GetQueueAttributes"' in made["policy"]
    assert "${aws_sqs_queue.jobs.arn}" in made["policy"]
    assert ("kms:" in made["policy"]) is (keys is not None)
    if keys:
        assert keys in made["policy"]
        assert "${aws_kms_key.key.arn}" in made["policy"]


def test_a_grant_on_an_imported_queue(tier, role, synth):
    Queue.from_attributes(tier, "old", attributes()).grant_send_messages(role)
    (made,) = synth(tier).resources("aws_iam_role_policy").values()
    assert ARN in made["policy"]
    assert "kms" not in made["policy"]


@pytest.mark.parametrize("grantee", [None, "role", object()], ids=["none", "text", "object"])
def test_only_roles_are_granted_to(tier, grantee):
    with pytest.raises(ConfigurationError, match="cannot be granted anything"):
        Queue(tier, "jobs").grant_send_messages(grantee)


# --- between tiers


def test_another_tier_uses_the_queue(tier, other, key, role, synth):
    queue = Queue(tier, "jobs", key=key, fifo=True)
    used = other.use(queue)
    assert used.attributes.fifo
    assert used.queue_url == "${data.terraform_remote_state.events.outputs.jobs_queue_url}"
    template = synth(tier)
    template.has_output("jobs_queue_arn", {"value": "${aws_sqs_queue.jobs.arn}"})
    template.has_output("jobs_queue_kms_key_arn", {"value": "${aws_kms_key.key.arn}"})
    Queue(
        other,
        "more",
        fifo=True,
        dead_letter_queue=DeadLetterQueue(queue=used, max_receive_count=1),
    )
    redrive = synth(other).resource("aws_sqs_queue_redrive_policy.more")["redrive_policy"]
    assert "${data.terraform_remote_state.events.outputs.jobs_queue_arn}" in redrive


BAD_ATTRIBUTES = {
    "arn": ({"queue_arn": "old"}, "queue_arn old"),
    "arn of a topic": ({"queue_arn": ARN.replace("sqs", "sns")}, "write an ARN of sqs"),
    "url": ({"queue_url": "old"}, "queue_url old"),
    "name": ({"queue_name": "a b"}, "queue_name a b"),
    "fifo": ({"fifo": True}, "but the queue is called old"),
    "fifo text": ({"fifo": "yes"}, "fifo is yes"),
    "key without": ({"kms_encrypted": True}, "contradict: give both"),
    "key": ({"queue_kms_key_arn": "key"}, "queue_kms_key_arn key"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES)
def test_bad_attributes_are_refused(tier, change, message):
    with pytest.raises(ConfigurationError, match=message):
        Queue.from_attributes(tier, "old", attributes(**change))
    assert tier.node.try_find_child("old") is None


def test_no_attributes_are_refused(tier):
    with pytest.raises(ConfigurationError, match="attributes is None"):
        Queue.from_attributes(tier, "old", None)


# --- bad input

BAD = {
    "name blank": ({"queue_name": "a b"}, "queue_name a b"),
    "name long": ({"queue_name": "a" * 81}, "up to 80"),
    "name empty": ({"queue_name": ""}, "queue_name ''"),
    "name number": ({"queue_name": 5}, "queue_name 5"),
    "fifo name": ({"queue_name": "a.fifo"}, r"\.fifo is for fifo=True"),
    "fifo without suffix": ({"queue_name": "a", "fifo": True}, r"with \.fifo at the end"),
    "fifo long": ({"queue_name": f"{'a' * 76}.fifo", "fifo": True}, "up to 80"),
    "fifo text": ({"fifo": "yes"}, "fifo is yes"),
    "fifo none": ({"fifo": None}, "fifo is None"),
    "key text": ({"key": KEY_ARN}, "pass a Key"),
    "reuse without key": ({"data_key_reuse": 60}, "data_key_reuse is for a key"),
    "reuse short": ({"data_key_reuse": 59}, "data_key_reuse is 59"),
    "reuse long": ({"data_key_reuse": 86_401}, "data_key_reuse is 86401"),
    "visibility negative": ({"visibility_timeout": -1}, "visibility_timeout is -1"),
    "visibility long": ({"visibility_timeout": 43_201}, "0 to 43200"),
    "visibility bool": ({"visibility_timeout": True}, "visibility_timeout is True"),
    "visibility none": ({"visibility_timeout": None}, "visibility_timeout is None"),
    "retention short": ({"retention_period": 59}, "60 to 1209600"),
    "retention long": ({"retention_period": 1_209_601}, "retention_period is 1209601"),
    "retention text": ({"retention_period": "60"}, "retention_period is 60"),
    "delay long": ({"delivery_delay": 901}, "0 to 900"),
    "delay float": ({"delivery_delay": 1.5}, "delivery_delay is 1.5"),
    "wait long": ({"receive_message_wait_time": 21}, "0 to 20"),
    "size small": ({"max_message_size": 1023}, "1024 to 262144"),
    "size large": ({"max_message_size": 1_048_576}, "AWS provider 5"),
    "deduplication of standard": (
        {"content_based_deduplication": True},
        "content_based_deduplication is for FIFO queues",
    ),
    "deduplication text": ({"content_based_deduplication": "x"}, "write True or False"),
    "scope of standard": ({"deduplication_scope": "queue"}, "deduplication_scope is for FIFO"),
    "limit of standard": (
        {"fifo_throughput_limit": "perQueue"},
        "fifo_throughput_limit is for FIFO",
    ),
    "scope unknown": ({"fifo": True, "deduplication_scope": "group"}, "scope group is not known"),
    "limit unknown": ({"fifo": True, "fifo_throughput_limit": "high"}, "limit high is not known"),
    "limit without scope": (
        {"fifo": True, "fifo_throughput_limit": "perMessageGroupId"},
        "needs deduplication_scope messageGroup",
    ),
    "letters none": ({"dead_letter_queue": "dead"}, r"write DeadLetterQueue\(queue="),
    "tags": ({"tags": {"Name": "x"}}, "Name follows from"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        Queue(tier, "jobs", **options)
    assert tier.node.try_find_child("jobs") is None


BAD_LETTERS = {
    "no queue": ({"queue": None}, "queue is None"),
    "arn": ({"queue": ARN}, "write a Queue"),
    "never": ({"max_receive_count": 0}, "1 to 1000 times"),
    "too often": ({"max_receive_count": 1001}, "max_receive_count is 1001"),
    "bool": ({"max_receive_count": True}, "max_receive_count is True"),
}


@pytest.mark.parametrize(("change", "message"), BAD_LETTERS.values(), ids=BAD_LETTERS)
def test_bad_dead_letter_queues_are_refused(tier, change, message):
    dead = Queue(tier, "dead")
    letters = DeadLetterQueue(**{"queue": dead, "max_receive_count": 3, **change})
    with pytest.raises(ConfigurationError, match=message):
        Queue(tier, "jobs", dead_letter_queue=letters)
    assert tier.node.try_find_child("jobs") is None
    assert dead.sources == {}


@pytest.mark.parametrize("fifo", [True, False])
def test_dead_letters_keep_to_their_kind(tier, fifo):
    letters = DeadLetterQueue(queue=Queue(tier, "dead", fifo=fifo), max_receive_count=1)
    with pytest.raises(ConfigurationError, match="SQS wants both of one kind"):
        Queue(tier, "jobs", fifo=not fifo, dead_letter_queue=letters)


def test_things_of_another_stack_are_refused(tier, other):
    key = Key(other, "key", description="of another tier")
    with pytest.raises(ConfigurationError, match=r"key: other/key belongs to another stack"):
        Queue(tier, "jobs", key=key)
    letters = DeadLetterQueue(queue=Queue(other, "dead"), max_receive_count=1)
    with pytest.raises(ConfigurationError, match=r"other/dead belongs to another stack"):
        Queue(tier, "jobs", dead_letter_queue=letters)


def test_a_default_name_that_is_too_long_is_refused(tier):
    Queue(tier, "q" * 64)
    with pytest.raises(ConfigurationError, match="give a shorter id, or queue_name"):
        Queue(Construct(tier, "inside-of-another"), "q" * 64)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
anything = st.one_of(
    scalars,
    st.integers(0, 1000),
    st.sampled_from(["messageGroup", "perQueue", "a.fifo", "${a.b}"]),
    st.builds(DeadLetterQueue, queue=scalars, max_receive_count=scalars),
    st.lists(scalars, max_size=2),
)
OPTIONS = [
    *(
        "queue_name",
        "key",
        "data_key_reuse",
        "fifo",
        "content_based_deduplication",
        "retention_period",
    ),
    *(
        "deduplication_scope",
        "fifo_throughput_limit",
        "visibility_timeout",
        "delivery_delay",
        "tags",
    ),
    *("receive_message_wait_time", "max_message_size", "dead_letter_queue"),
]


@given(st.dictionaries(st.sampled_from(OPTIONS), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors(tier, change):
    tier.node.try_remove_child("any")
    try:
        Queue(tier, "any", **change)
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None
