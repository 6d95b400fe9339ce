from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.messaging import (
    FilterPolicy,
    Queue,
    QueueAttributes,
    Subscription,
    Topic,
    TopicAttributes,
)
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformVariable
from hypothesis import given
from hypothesis import strategies as st

TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:old"
QUEUE_ARN = "arn:aws:sqs:eu-central-1:111122223333:old"
URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/old"


@pytest.fixture
def topic(tier):
    return Topic(tier, "changes")


def made(template, name):
    return template.resource(f"aws_sns_topic_subscription.changes_{name}")


PLAIN = {
    "email": (Subscription.email("ops@example.com"), "email_ops_example_com", "email"),
    "json": (Subscription.email_json("a+b@ex.io"), "email_json_a_b_ex_io_76777276", "email-json"),
    "https": (
        Subscription.https("https://ex.io/hook?a=1"),
        "https_https_ex_io_hook_a_1_16be51f6",
        "https",
    ),
    "sms": (Subscription.sms("+4915112345678"), "sms_4915112345678", "sms"),
}


@pytest.mark.parametrize(("subscription", "name", "protocol"), PLAIN.values(), ids=PLAIN)
def test_an_address_is_subscribed_under_its_own_name(
    topic, tier, synth, subscription, name, protocol
):
    topic.add_subscription(subscription)
    assert made(synth(tier), name) == {
        "topic_arn": "${aws_sns_topic.changes.arn}",
        "protocol": protocol,
        "endpoint": subscription.endpoint,
    }


ALIKE = {
    "dot and hyphen": (Subscription.email("a.b@ex.io"), Subscription.email("a-b@ex.io")),
    "local part": (Subscription.email("a@b.ex.io"), Subscription.email("a.b@ex.io")),
    "case": (Subscription.email("ops@ex.io"), Subscription.email("Ops@ex.io")),
    "domain": (Subscription.email("a@b-c.io"), Subscription.email("a@b.c.io")),
    "slash": (Subscription.https("https://ex.io/a"), Subscription.https("https://ex.io/a/")),
    "path": (Subscription.https("https://ex.io/a"), Subscription.https("https://ex.io.a")),
    "json": (Subscription.email("json@a.b.io"), Subscription.email_json("a@b.io")),
    "long": (Subscription.email(f"a@{'b' * 60}.io"), Subscription.email(f"a@{'b' * 60}.ioo")),
}


@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE)
def test_addresses_that_look_alike_have_ids_of_their_own(tier, pair):
    ids = [one.default_id for one in pair]
    assert ids[0] != ids[1]
    for name, order in (("first", pair), ("second", pair[::-1])):
        topic = Topic(tier, name)
        for one in order:
            topic.add_subscription(one)
        assert sorted(topic.subscriptions) == sorted(ids)


def test_an_id_of_ones_own_and_options_of_a_web_server(topic, tier, synth):
    subscription = Subscription.https(
        "https://user:secret@hooks.example.com:8443/a",
        raw_message_delivery=True,
        auto_confirms=True,
    )
    resource = topic.add_subscription(subscription, id="hook")
    assert topic.subscriptions == {"hook": resource}
    template = synth(tier)
    assert made(template, "hook")["raw_message_delivery"] is True
    assert made(template, "hook")["endpoint_auto_confirms"] is True


def test_plain_http_is_said_and_warned_of(topic, tier, synth, warnings):
    topic.add_subscription(Subscription.http("http://10.0.0.7/hook"), id="hook")
    (warning,) = warnings(topic)
    assert warning.startswith("[plain-http-subscription] http://10.0.0.7/hook has no TLS")
    assert made(synth(tier), "hook")["protocol"] == "http"


def test_a_queue_admits_the_topic_first(topic, tier, synth):
    queue = Queue(tier, "jobs")
    topic.add_subscription(Subscription.queue(queue, raw_message_delivery=True))
    template = synth(tier)
    assert made(template, "jobs") == {
        "topic_arn": "${aws_sns_topic.changes.arn}",
        "protocol": "sqs",
        "endpoint": "${aws_sqs_queue.jobs.arn}",
        "raw_message_delivery": True,
        "depends_on": ["aws_sqs_queue_policy.jobs"],
    }
    policy = template.resource("aws_sqs_queue_policy.jobs")["policy"]
    assert '"Service" = "sns.amazonaws.com"' in policy
    assert '{"ArnLike" = {"aws:SourceArn" = ["${aws_sns_topic.changes.arn}"]}}' in policy


def test_topic_and_queue_may_share_a_key(tier, key, synth):
    topic = Topic(tier, "changes", key=key)
    topic.add_subscription(Subscription.queue(Queue(tier, "jobs", key=key)))
    policy = synth(tier).resource("aws_kms_key.key")["policy"]
    assert '"Service" = "sns.amazonaws.com"' in policy
    assert "aws_sns_topic" not in policy


def test_a_function_is_invoked_by_this_topic_alone(topic, tier, function, synth):
    topic.add_subscription(Subscription.function(function))
    template = synth(tier)
    assert made(template, "notifier") == {
        "topic_arn": "${aws_sns_topic.changes.arn}",
        "protocol": "lambda",
        "endpoint": function.function_arn,
        "depends_on": ["aws_lambda_permission.notifier_sns_changes"],
    }
    assert template.resource("aws_lambda_permission.notifier_sns_changes") == {
        "action": "lambda:InvokeFunction",
        "function_name": "notifier",
        "principal": "sns.amazonaws.com",
        "source_arn": "${aws_sns_topic.changes.arn}",
    }


def test_dead_letters_go_to_a_queue_that_admits_the_topic(topic, tier, synth):
    dead = Queue(tier, "dead")
    topic.add_subscription(Subscription.email("a@b.io"), id="mail", dead_letter_queue=dead)
    template = synth(tier)
    assert made(template, "mail")["redrive_policy"] == (
        '${jsonencode({"deadLetterTargetArn" = "${aws_sqs_queue.dead.arn}"})}'
    )
    assert made(template, "mail")["depends_on"] == ["aws_sqs_queue_policy.dead"]
    assert "sns.amazonaws.com" in template.resource("aws_sqs_queue_policy.dead")["policy"]


def test_a_filter_is_literal_json(topic, tier, synth):
    topic.add_subscription(
        Subscription.email("a@b.io"),
        id="mail",
        filter_policy=FilterPolicy.on_attributes(
            {"kind": ["order", {"prefix": "%{re"}, None, True, 1.5], "big": [{"exists": False}]}
        ),
    )
    assert made(synth(tier), "mail")["filter_policy"] == (
        '${jsonencode({"kind" = ["order", {"prefix" = "%%{re"}, null, true, 1.5], '
        '"big" = [{"exists" = false}]})}'
    )
    assert made(synth(tier), "mail")["filter_policy_scope"] == "MessageAttributes"


def test_no_filter_no_scope(topic, tier, synth):
    topic.add_subscription(Subscription.email("a@b.io"), id="mail")
    synth(tier).has_resource(
        "aws_sns_topic_subscription",
        {"filter_policy": ABSENT, "filter_policy_scope": ABSENT, "redrive_policy": ABSENT},
    )


@pytest.mark.parametrize("fifo", [True, False])
def test_a_fifo_topic_delivers_to_both_kinds_of_queues(tier, synth, fifo):
    topic = Topic(tier, "changes", fifo=True)
    dead = Queue(tier, "dead", fifo=True)
    topic.add_subscription(
        Subscription.queue(Queue(tier, "jobs", fifo=fifo)), dead_letter_queue=dead
    )
    assert made(synth(tier), "jobs")["protocol"] == "sqs"


def test_an_imported_topic_and_queue(tier, synth, warnings):
    topic = Topic.from_attributes(
        tier, "changes", TopicAttributes(topic_arn=TOPIC_ARN, topic_name="old")
    )
    queue = Queue.from_attributes(
        tier, "jobs", QueueAttributes(queue_arn=QUEUE_ARN, queue_url=URL, queue_name="old")
    )
    topic.add_subscription(Subscription.queue(queue))
    assert made(synth(tier), "jobs") == {
        "topic_arn": TOPIC_ARN,
        "protocol": "sqs",
        "endpoint": QUEUE_ARN,
    }
    (warning,) = warnings(queue)
    assert warning.startswith("[policy-made-elsewhere] sns sends to this queue")


def test_a_queue_of_another_tier(tier, other, synth):
    queue = Queue(other, "jobs")
    Topic(tier, "changes").add_subscription(Subscription.queue(tier.use(queue)), id="jobs")
    assert made(synth(tier), "jobs")["endpoint"] == (
        "${data.terraform_remote_state.other.outputs.jobs_queue_arn}"
    )


def test_an_address_known_to_terraform_only_needs_an_id(topic, tier, synth):
    address = TerraformVariable(tier, "address", type="string").string_value
    with pytest.raises(ConfigurationError, match="id is missing"):
        topic.add_subscription(Subscription.email(address))
    topic.add_subscription(Subscription.email(address), id="mail")
    assert made(synth(tier), "mail")["endpoint"] == "${var.address}"


def test_a_neighbour_moves_nothing(topic, tier, synth):
    queue = Queue(tier, "jobs")
    topic.add_subscription(Subscription.email("z@b.io"))
    topic.add_subscription(Subscription.queue(queue))
    assert sorted(synth(tier).resources("aws_sns_topic_subscription")) == [
        "changes_email_z_b_io",
        "changes_jobs",
    ]


BAD_ADDRESSES = {
    "mail none": (Subscription.email(None), "email None"),
    "mail without host": (Subscription.email("ops"), "ops@example.com"),
    "mail with name": (Subscription.email("Ops <ops@example.com>"), "email Ops"),
    "two mails": (Subscription.email("a@b.io,c@d.io"), "email a@b"),
    "mail of a host": (Subscription.email_json("a@localhost"), "email-json a@localhost"),
    "http as https": (Subscription.https("http://ex.io"), r"Subscription\.http\("),
    "https as http": (Subscription.http("https://ex.io"), "write http://"),
    "url blank": (Subscription.https("https://ex.io/a b"), "https https://ex.io/a b"),
    "url none": (Subscription.https(None), "https None"),
    "no host": (Subscription.https("https:///a"), "https https:///a"),
    "sms local": (Subscription.sms("015112345678"), r"like \+49"),
    "sms blanks": (Subscription.sms("+49 151 1234567"), "E.164"),
    "sms number": (Subscription.sms(4915112345678), "sms 4915112345678"),
    "queue arn": (Subscription.queue(QUEUE_ARN), "write a Queue"),
    "queue none": (Subscription.queue(None), "queue is None"),
    "function arn": (Subscription.function("arn:aws:lambda:..."), "pass a Function"),
    "function none": (Subscription.function(None), "function is None"),
    "raw text": (Subscription.https("https://ex.io", raw_message_delivery="x"), "True or False"),
    "confirm none": (Subscription.https("https://ex.io", auto_confirms=None), "auto_confirms"),
    "protocol": (Subscription(protocol="ftp", endpoint="ftp://ex.io"), "protocol ftp"),
    "address": ("ops@example.com", r"write Subscription\.queue"),
    "none": (None, "subscription is None"),
}


@pytest.mark.parametrize(("subscription", "message"), BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_bad_addresses_are_refused(topic, tier, synth, subscription, message):
    with pytest.raises(ConfigurationError, match=message):
        topic.add_subscription(subscription)
    synth(tier).resource_count("aws_sns_topic_subscription", 0)


FIFO_ONLY = {
    "email": Subscription.email("a@b.io"),
    "https": Subscription.https("https://ex.io"),
    "sms": Subscription.sms("+4915112345678"),
}


@pytest.mark.parametrize("subscription", FIFO_ONLY.values(), ids=FIFO_ONLY)
def test_a_fifo_topic_delivers_to_queues_only(tier, subscription):
    with pytest.raises(ConfigurationError, match="delivers to queues only"):
        Topic(tier, "changes", fifo=True).add_subscription(subscription)


def test_kinds_have_to_match(topic, tier, function):
    ordered = Queue(tier, "ordered", fifo=True)
    with pytest.raises(ConfigurationError, match="which only a FIFO topic delivers to"):
        topic.add_subscription(Subscription.queue(ordered))
    with pytest.raises(ConfigurationError, match="sends its dead letters to a standard one"):
        topic.add_subscription(Subscription.email("a@b.io"), dead_letter_queue=ordered)
    orders = Topic(tier, "in-order", fifo=True)
    with pytest.raises(ConfigurationError, match="is a standard queue: a FIFO topic sends its"):
        orders.add_subscription(Subscription.queue(ordered), dead_letter_queue=Queue(tier, "plain"))
    assert not orders.subscriptions
    with pytest.raises(ConfigurationError, match="not by lambda"):
        Topic(tier, "orders", fifo=True).add_subscription(Subscription.function(function))


def test_an_endpoint_is_subscribed_once(topic, tier):
    queue = Queue(tier, "jobs")
    topic.add_subscription(Subscription.queue(queue))
    with pytest.raises(ConfigurationError, match="is subscribed already"):
        topic.add_subscription(Subscription.queue(queue), id="again")
    with pytest.raises(ConfigurationError, match="subscription jobs is there already"):
        topic.add_subscription(Subscription.email("a@b.io"), id="jobs")


def test_things_of_another_stack_are_refused(topic, other):
    queue = Queue(other, "jobs")
    with pytest.raises(ConfigurationError, match=r"queue: other/jobs belongs to another stack"):
        topic.add_subscription(Subscription.queue(queue))
    with pytest.raises(ConfigurationError, match="dead_letter_queue: other/jobs belongs"):
        topic.add_subscription(Subscription.email("a@b.io"), dead_letter_queue=queue)


BAD_OPTIONS = {
    "id blank": ({"id": "a b"}, "id a b"),
    "id empty": ({"id": ""}, "id ''"),
    "id number": ({"id": 5}, "id 5"),
    "filter mapping": ({"filter_policy": {"kind": ["a"]}}, r"FilterPolicy\.on_attributes"),
    "letters arn": ({"dead_letter_queue": QUEUE_ARN}, "write a Queue"),
}


@pytest.mark.parametrize(("options", "message"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_bad_options_are_refused(topic, options, message):
    with pytest.raises(ConfigurationError, match=message):
        topic.add_subscription(Subscription.email("a@b.io"), **options)
    assert topic.subscriptions == {}


# --- filters

on_attributes, on_body = FilterPolicy.on_attributes, FilterPolicy.on_body

GOOD_FILTERS = {
    "150 combinations": on_attributes({"a": list(range(30)), "b": [1, 2, 3, 4, 5]}),
    "five names": on_attributes({name: ["x"] for name in "abcde"}),
    "numeric": on_attributes({"a": [{"numeric": [">", 0, "<=", 100]}, {"numeric": ["=", 5]}]}),
    "anything but": on_attributes({"a": [{"anything-but": ["x", 1]}, {"anything-but": "y"}]}),
    "anything but prefix": on_attributes({"a": [{"anything-but": {"prefix": "x"}}]}),
    "suffix": on_body({"a": [{"suffix": "x"}, {"equals-ignore-case": "y"}]}),
    "nested": on_body({"a": {"b": {"c": ["1", "2", "3", "4"]}}, "d": {"e": ["1", "2", "3"]}}),
    "or": on_body({"$or": [{"a": ["x"]}, {"b": ["y"]}]}),
    "bounds": on_attributes({"a": [10**9, -(10**9)]}),
}


@pytest.mark.parametrize("policy", GOOD_FILTERS.values(), ids=GOOD_FILTERS)
def test_good_filters(topic, policy):
    topic.add_subscription(Subscription.email("a@b.io"), filter_policy=policy)


BAD_FILTERS = {
    "none": (on_attributes(None), "filter_policy is None"),
    "list": (on_attributes([1]), "filter_policy is"),
    "empty": (on_attributes({}), "leave it out for all messages"),
    "six names": (on_attributes({name: ["x"] for name in "abcdef"}), "has 6 names"),
    "151 combinations": (on_attributes({"a": list(range(151))}), "makes 151 combinations"),
    "156 of two": (on_attributes({"a": list(range(12)), "b": list(range(13))}), "makes 156"),
    "depth counts": (on_body({"a": {"b": {"c": list(range(51))}}}), "makes 153 combinations"),
    "no list": (on_attributes({"a": "x"}), "write a list of values"),
    "no value": (on_attributes({"a": []}), "at least one"),
    "nested attribute": (on_attributes({"a": {"b": ["x"]}}), "which only a body can be"),
    "empty nested": (on_body({"a": {}}), "is empty"),
    "matcher": (on_attributes({"a": [{"prefx": "x"}]}), "did you mean prefix"),
    "two matchers": (on_attributes({"a": [{"prefix": "x", "suffix": "y"}]}), "one matcher"),
    "prefix number": (on_attributes({"a": [{"prefix": 1}]}), "prefix is 1: write a text"),
    "exists text": (on_attributes({"a": [{"exists": "yes"}]}), "exists is yes"),
    "numeric text": (on_attributes({"a": [{"numeric": ["=", "1"]}]}), "numeric is"),
    "numeric sign": (on_attributes({"a": [{"numeric": ["!", 1]}]}), "numeric is"),
    "numeric swapped": (on_attributes({"a": [{"numeric": [">", 5, "<", 1]}]}), "numeric is"),
    "anything but none": (on_attributes({"a": [{"anything-but": None}]}), "anything-but is None"),
    "large": (on_attributes({"a": [10**9 + 1]}), "-1000000000 to 1000000000"),
    "nan": (on_attributes({"a": [float("nan")]}), "holds nan"),
    "object": (on_attributes({"a": [object()]}), "write a text, a number"),
    "token": (on_attributes({"a": ["${var.a}"]}), "has to be known now"),
    "empty name": (on_attributes({"": ["x"]}), "is no name"),
    "or of texts": (on_body({"$or": ["a"]}), "write mappings"),
    "scope": (FilterPolicy({"a": ["x"]}, "Message"), "scope Message is not known"),
}


@pytest.mark.parametrize(("policy", "message"), BAD_FILTERS.values(), ids=BAD_FILTERS)
def test_bad_filters_are_refused(topic, policy, message):
    with pytest.raises(ConfigurationError, match=message):
        topic.add_subscription(Subscription.email("a@b.io"), filter_policy=policy)
    assert topic.subscriptions == {}


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=3), st.sampled_from(["numeric", "prefix", "$or"]), scalars),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@given(values, st.one_of(scalars, st.sampled_from(["MessageBody", "MessageAttributes"])))
def test_filters_raise_nothing_but_configuration_errors(tier, conditions, scope):
    tier.node.try_remove_child("any")
    topic = Topic(tier, "any")
    try:
        topic.add_subscription(
            Subscription.email("a@b.io"), filter_policy=FilterPolicy(conditions, scope)
        )
    except ConfigurationError:
        assert topic.subscriptions == {}


@given(
    st.one_of(scalars, st.sampled_from(["email", "sqs", "lambda", "https", "sms"])),
    scalars,
    scalars,
)
def test_subscriptions_raise_nothing_but_configuration_errors(tier, protocol, endpoint, raw):
    tier.node.try_remove_child("any")
    topic = Topic(tier, "any")
    try:
        topic.add_subscription(
            Subscription(protocol=protocol, endpoint=endpoint, raw_message_delivery=raw)
        )
    except ConfigurationError:
        assert topic.subscriptions == {}
