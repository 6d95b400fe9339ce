from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.messaging import DeliveryLog, HttpRetries, Topic, TopicAttributes
from terratiers.security import Key, KeyAttributes
from terratiers.testing import ABSENT

import pytest
from constructs import Construct
from hypothesis import given
from hypothesis import strategies as st

ARN = "arn:aws:sns:eu-central-1:111122223333:old"
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"


def attributes(**change):
    return TopicAttributes(**{"topic_arn": ARN, "topic_name": "old", **change})


def policy(template, name="changes"):
    return template.resource(f"aws_sns_topic_policy.{name}")["policy"]


def test_a_topic_with_all_its_defaults(tier, synth):
    Topic(tier, "changes")
    template = synth(tier)
    assert template.resource("aws_sns_topic.changes") == {
        "name": "shop-test-changes",
        "kms_master_key_id": "alias/aws/sns",
        "signature_version": 2,
        "tracing_config": "PassThrough",
        "tags": {"Name": "shop-test-changes"},
    }
    assert sorted(a for a in template.addresses() if a.startswith("aws_")) == [
        "aws_sns_topic.changes",
        "aws_sns_topic_policy.changes",
    ]


def test_plain_http_is_denied_without_a_wildcard_that_sns_refuses(tier, synth):
    Topic(tier, "changes")
    template = synth(tier)
    assert template.resource("aws_sns_topic_policy.changes")["arn"] == (
        "${aws_sns_topic.changes.arn}"
    )
    text = policy(template)
    assert '"Effect" = "Deny", "Principal" = "*", "Action" = ["sns:Publish", ' in text
    assert '"Condition" = {"Bool" = {"aws:SecureTransport" = "false"}}' in text
    assert "sns:*" not in text
    assert text.count('"Effect"') == 1


def test_a_key_of_ones_own(tier, key, synth):
    topic = Topic(tier, "changes", key=key)
    synth(tier).has_resource("aws_sns_topic", {"kms_master_key_id": "${aws_kms_key.key.arn}"})
    assert topic.attributes.kms_encrypted
    assert topic.attributes.topic_kms_key_arn == key.key_arn


def test_a_fifo_topic(tier, synth):
    topic = Topic(tier, "orders", fifo=True, content_based_deduplication=True)
    synth(tier).has_resource(
        "aws_sns_topic",
        {
            "name": "shop-test-orders.fifo",
            "fifo_topic": True,
            "content_based_deduplication": True,
            "tags": {"Name": "shop-test-orders"},
        },
    )
    assert topic.attributes.fifo


def test_further_options(tier, synth):
    Topic(
        tier,
        "changes",
        topic_name="a" * 256,
        display_name="Shop of the world",
        tracing=True,
        tags={"team": "web"},
    )
    synth(tier).has_resource(
        "aws_sns_topic",
        {
            "name": "a" * 256,
            "display_name": "Shop of the world",
            "tracing_config": "Active",
            "tags": {"team": "web", "Name": "shop-test-changes"},
        },
    )


def test_retries_are_written_in_full(tier, synth):
    retries = HttpRetries(
        retries=100, min_delay=1, max_delay=3600, backoff="exponential", max_receives_per_second=9
    )
    Topic(tier, "changes", http_retries=retries)
    assert synth(tier).resource("aws_sns_topic.changes")["delivery_policy"] == (
        '${jsonencode({"http" = {"defaultHealthyRetryPolicy" = {"minDelayTarget" = 1, '
        '"maxDelayTarget" = 3600, "numRetries" = 100, "numMaxDelayRetries" = 0, '
        '"numNoDelayRetries" = 0, "numMinDelayRetries" = 0, "backoffFunction" = "exponential"}, '
        '"disableSubscriptionOverrides" = false, '
        '"defaultThrottlePolicy" = {"maxReceivesPerSecond" = 9}}})}'
    )


def test_deliveries_are_logged_by_a_role_of_the_topic(app, production, synth):
    tier = Tier(app, "events", environment=production)
    log = DeliveryLog(protocols=["sqs", "http"], success_sample_rate=5, retention_days=30)
    Topic(tier, "changes", delivery_log=log)
    template = synth(tier)
    template.has_resource(
        "aws_sns_topic",
        {
            "sqs_failure_feedback_role_arn": "${aws_iam_role.changes_log_role.arn}",
            "sqs_success_feedback_role_arn": "${aws_iam_role.changes_log_role.arn}",
            "sqs_success_feedback_sample_rate": 5,
            "http_failure_feedback_role_arn": "${aws_iam_role.changes_log_role.arn}",
            "lambda_failure_feedback_role_arn": ABSENT,
        },
    )
    group = "sns/eu-central-1/111122223333/shop-prod-changes"
    assert {
        name: (made["name"], made["retention_in_days"])
        for name, made in template.resources("aws_cloudwatch_log_group").items()
    } == {"changes_deliveries": (group, 30), "changes_failures": (f"{group}/Failure", 30)}
    (role_policy,) = template.resources("aws_iam_role_policy").values()
    assert f":log-group:{group}*" in role_policy["policy"]


# --- publishing


def test_a_grant_includes_the_key(tier, key, role, synth):
    Topic(tier, "changes", key=key).grant_publish(role)
    (made,) = synth(tier).resources("aws_iam_role_policy").values()
    assert made["name"] == "changes-publish"
    assert (
        '"Action" = ["sns:Publish"], "Resource" = ["${aws_sns_topic.changes.arn}"]'
        in made["policy"]
    )
    assert (
        '"Action" = ["kms:GenerateDataKey", "kms:Decrypt"], "Resource" = ["${aws_kms_key.key.arn}"]'
    ) in made["policy"]


def test_sns_own_key_needs_no_grant(tier, role, synth):
    Topic(tier, "changes").grant_publish(role)
    (made,) = synth(tier).resources("aws_iam_role_policy").values()
    assert "kms" not in made["policy"]


@pytest.mark.parametrize("grantee", [None, "role", object()], ids=["none", "text", "object"])
def test_only_roles_are_granted_to(tier, grantee):
    with pytest.raises(ConfigurationError, match="cannot be granted anything"):
        Topic(tier, "changes").grant_publish(grantee)


def test_services_publish_by_the_policies_of_topic_and_key(app, production, synth):
    tier = Tier(app, "events", environment=production)
    key = Key(tier, "key", description="messages")
    topic = Topic(tier, "changes", key=key)
    alarms = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:*"
    topic.grant_publish_service("cloudwatch", source_arn=alarms)
    topic.grant_publish_service("s3", source_arn="arn:aws:s3:::files")
    topic.grant_publish_service("backup", source_account="444455556666")
    template = synth(tier)
    text = policy(template)
    assert text.count('"Action" = "sns:Publish"') == 3
    assert f'"Condition" = {{"ArnLike" = {{"aws:SourceArn" = ["{alarms}"]}}}}' in text
    assert (
        '{"StringEquals" = {"aws:SourceAccount" = "111122223333"}, '
        '"ArnLike" = {"aws:SourceArn" = ["arn:aws:s3:::files"]}}'
    ) in text
    assert '{"StringEquals" = {"aws:SourceAccount" = "444455556666"}}' in text
    key_policy = template.resource("aws_kms_key.key")["policy"]
    for service in ("cloudwatch", "s3", "backup"):
        assert f'"{service}.amazonaws.com"' in key_policy
    template.resource_count("aws_sns_topic_policy", 1)


def test_no_service_publishes_with_sns_own_key(tier, synth):
    topic = Topic(tier, "changes")
    with pytest.raises(ConfigurationError, match=r"alias/aws/sns.*write Topic\(\.\.\., key=Key"):
        topic.grant_publish_service("s3")
    assert policy(synth(tier)).count('"Effect"') == 1


def test_an_imported_key_is_warned_of(tier, warnings):
    key = Key.from_attributes(tier, "old", KeyAttributes(key_arn=KEY_ARN))
    topic = Topic(tier, "changes", key=key)
    topic.grant_publish_service("s3")
    (warning,) = warnings(topic)
    assert warning.startswith("[policy-made-elsewhere] s3 needs the key of events/changes")


def test_an_imported_topic_is_warned_of(tier, synth, warnings):
    old = Topic.from_attributes(tier, "old", attributes())
    old.grant_publish_service("s3")
    (warning,) = warnings(old)
    assert warning.startswith("[policy-made-elsewhere] s3 publishes to this topic")
    synth(tier).resource_count("aws_sns_topic_policy", 0)


BAD_SERVICES = {
    "none": ((None, None, None), "service None"),
    "blank": (("s 3", None, None), "service s 3"),
    "token": (("${a.b}", None, None), "service"),
    "name as arn": (("s3", "files", None), "source_arn files"),
    "short account": (("s3", None, "123"), "source_account 123"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_SERVICES.values(), ids=BAD_SERVICES)
def test_bad_services_are_refused(tier, key, synth, arguments, message):
    topic = Topic(tier, "changes", key=key)
    service, arn, account = arguments
    with pytest.raises(ConfigurationError, match=message):
        topic.grant_publish_service(service, source_arn=arn, source_account=account)
    assert policy(synth(tier)).count('"Effect"') == 1


def test_other_accounts_are_named_in_statements(tier, synth):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "sns:Subscribe",
        "Resource": ARN,
    }
    topic = Topic(tier, "changes")
    for _ in range(2):
        topic.add_to_resource_policy(statement)
    with pytest.raises(ConfigurationError, match="so that anybody could use it"):
        topic.add_to_resource_policy({**statement, "Principal": {"AWS": "*"}})
    assert policy(synth(tier)).count("444455556666") == 1


# --- between tiers


def test_another_tier_publishes_to_the_topic(tier, other, key, synth):
    from terratiers.security import Principal, Role

    topic = Topic(tier, "changes", key=key)
    used = other.use(topic)
    role = Role(other, "web", assumed_by=Principal.service("ec2"), description="web servers")
    used.grant_publish(role)
    template = synth(tier)
    template.has_output("changes_topic_arn", {"value": "${aws_sns_topic.changes.arn}"})
    (made,) = synth(other).resources("aws_iam_role_policy").values()
    assert "${data.terraform_remote_state.events.outputs.changes_topic_arn}" in made["policy"]
    key_output = "${data.terraform_remote_state.events.outputs.changes_topic_kms_key_arn}"
    assert key_output in made["policy"]


BAD_ATTRIBUTES = {
    "arn": ({"topic_arn": "old"}, "topic_arn old"),
    "arn of a queue": ({"topic_arn": ARN.replace("sns", "sqs")}, "write an ARN of sns"),
    "name": ({"topic_name": "a b"}, "topic_name a b"),
    "fifo": ({"fifo": True}, "but the topic is called old"),
    "fifo none": ({"fifo": None}, "fifo is None"),
    "key without": ({"kms_encrypted": True}, "contradict: give both"),
    "key": ({"topic_kms_key_arn": "key", "kms_encrypted": True}, "topic_kms_key_arn key"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES)
def test_bad_attributes_are_refused(tier, change, message):
    with pytest.raises(ConfigurationError, match=message):
        Topic.from_attributes(tier, "old", attributes(**change))
    assert tier.node.try_find_child("old") is None


# --- bad input

BAD = {
    "name blank": ({"topic_name": "a b"}, "topic_name a b"),
    "name long": ({"topic_name": "a" * 257}, "up to 256"),
    "name none text": ({"topic_name": 7}, "topic_name 7"),
    "fifo name": ({"topic_name": "a.fifo"}, r"\.fifo is for fifo=True"),
    "fifo without suffix": ({"topic_name": "a", "fifo": True}, r"with \.fifo at the end"),
    "fifo number": ({"fifo": 1}, "fifo is 1"),
    "key text": ({"key": KEY_ARN}, "pass a Key"),
    "display empty": ({"display_name": ""}, "display_name ''"),
    "display long": ({"display_name": "a" * 101}, "1 to 100 characters"),
    "display lines": ({"display_name": "a\nb"}, "without line breaks"),
    "deduplication of standard": ({"content_based_deduplication": True}, "for FIFO topics"),
    "deduplication none": ({"content_based_deduplication": None}, "deduplication is None"),
    "tracing text": ({"tracing": "Active"}, "tracing is Active"),
    "retries number": ({"http_retries": 3}, r"write HttpRetries\(\)"),
    "retries of fifo": (
        {"http_retries": HttpRetries(), "fifo": True},
        "a FIFO topic delivers to queues only",
    ),
    "retries many": ({"http_retries": HttpRetries(retries=101)}, "0 to 100 retries"),
    "delay short": ({"http_retries": HttpRetries(min_delay=0)}, "min_delay is 0"),
    "delay long": ({"http_retries": HttpRetries(max_delay=3601)}, "max_delay is 3601"),
    "delays swapped": (
        {"http_retries": HttpRetries(min_delay=60, max_delay=30)},
        "min_delay 60 is more than max_delay 30",
    ),
    "backoff": ({"http_retries": HttpRetries(backoff="lineal")}, "did you mean linear"),
    "throttle": ({"http_retries": HttpRetries(max_receives_per_second=0)}, "second is 0"),
    "log true": ({"delivery_log": True}, r"write DeliveryLog\(\)"),
    "log of nothing": ({"delivery_log": DeliveryLog(protocols=[])}, "leave delivery_log out"),
    "log protocol": ({"delivery_log": DeliveryLog(protocols=["email"])}, "email is not known"),
    "log text": ({"delivery_log": DeliveryLog(protocols="sqs")}, "write a list"),
    "log twice": ({"delivery_log": DeliveryLog(protocols=["sqs", "sqs"])}, "is there twice"),
    "log rate": ({"delivery_log": DeliveryLog(success_sample_rate=101)}, "0 to 100 percent"),
    "log retention": ({"delivery_log": DeliveryLog(retention_days=2)}, "retention_days 2"),
    "tags": ({"tags": ["a"]}, "tags is"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        Topic(tier, "changes", **options)
    assert tier.node.try_find_child("changes") is None


def test_a_key_of_another_stack_is_refused(tier, other):
    key = Key(other, "key", description="of another tier")
    with pytest.raises(ConfigurationError, match=r"key: other/key belongs to another stack"):
        Topic(tier, "changes", key=key)
    Topic(tier, "changes", key=tier.use(key))


def test_a_default_name_that_is_too_long_is_refused(tier):
    scope = tier
    for _ in range(4):
        scope = Construct(scope, "s" * 60)
    with pytest.raises(ConfigurationError, match="give a shorter id, or topic_name"):
        Topic(scope, "t" * 30)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
anything = st.one_of(
    scalars,
    st.sampled_from(["a.fifo", "${a.b}", "name"]),
    st.builds(HttpRetries, retries=scalars, min_delay=scalars, backoff=scalars),
    st.builds(DeliveryLog, protocols=st.one_of(scalars, st.lists(scalars, max_size=2))),
    st.lists(scalars, max_size=2),
)
OPTIONS = [
    *("topic_name", "key", "display_name", "fifo", "content_based_deduplication"),
    *("http_retries", "delivery_log", "tracing", "tags"),
]


@given(st.dictionaries(st.sampled_from(OPTIONS), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors(tier, change):
    tier.node.try_remove_child("any")
    try:
        Topic(tier, "any", **change)
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None
