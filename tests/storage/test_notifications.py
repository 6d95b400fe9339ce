from __future__ import annotations

from itertools import pairwise

from terratiers import ConfigurationError, Tier
from terratiers.storage import (
    Bucket,
    BucketAttributes,
    EventType,
    NotificationTarget,
)
from terratiers.storage.event_type import covers

import pytest
from hypothesis import given
from hypothesis import strategies as st

ARN = "arn:aws:sqs:eu-central-1:111122223333:"
CREATED = EventType.OBJECT_CREATED


class Destination:
    """A queue that admits everybody."""

    def __init__(self, name="jobs", kind="queue"):
        self.called = name
        self.kind = kind
        self.bound = 0

    def name(self):
        return self.called

    def check(self, faults, bucket):
        if self.called == "broken":
            faults.add("queue: it is broken.")

    def bind(self, bucket):
        self.bound += 1
        return NotificationTarget(kind=self.kind, arn=f"{ARN}{self.called}")


@pytest.fixture
def tier(app, environment):
    return Tier(app, "data", environment=environment)


@pytest.fixture
def bucket(tier):
    return Bucket(tier, "files")


def notification(template, name="files"):
    return template.resource(f"aws_s3_bucket_notification.{name}")


def imported(tier, id="old", **change):
    known = {
        "bucket_name": "old-files",
        "bucket_arn": "arn:aws:s3:::old-files",
        "bucket_regional_domain_name": "old-files.s3.eu-central-1.amazonaws.com",
    }
    return Bucket.from_attributes(tier, id, BucketAttributes(**{**known, **change}))


def test_a_bucket_tells_nobody_by_default(bucket, tier, synth):
    assert bucket.notification is None
    synth(tier).resource_count("aws_s3_bucket_notification", 0)


def test_all_notifications_are_one_resource_in_the_order_of_their_ids(bucket, tier, synth):
    bucket.add_event_notification(CREATED, Destination(), prefix="z/", id="last")
    bucket.add_event_notification(CREATED, Destination(), prefix="images/", suffix=".jpg")
    bucket.add_event_notification(
        [EventType.OBJECT_REMOVED_DELETE, EventType.OBJECT_ACL_PUT], Destination("tidy")
    )
    bucket.add_event_notification(CREATED, Destination("news", "topic"), prefix="news/")
    bucket.add_event_notification(CREATED, Destination("run", "lambda_function"), prefix="run/")
    assert bucket.notification is not None
    assert notification(synth(tier)) == {
        "bucket": "${aws_s3_bucket.files.id}",
        "queue": [
            {
                "id": "jobs-created-images-jpg",
                "queue_arn": f"{ARN}jobs",
                "events": ["s3:ObjectCreated:*"],
                "filter_prefix": "images/",
                "filter_suffix": ".jpg",
            },
            {
                "id": "last",
                "queue_arn": f"{ARN}jobs",
                "events": ["s3:ObjectCreated:*"],
                "filter_prefix": "z/",
            },
            {
                "id": "tidy-removed-delete-acl-put",
                "queue_arn": f"{ARN}tidy",
                "events": ["s3:ObjectRemoved:Delete", "s3:ObjectAcl:Put"],
            },
        ],
        "topic": [
            {
                "id": "news-created-news",
                "topic_arn": f"{ARN}news",
                "events": ["s3:ObjectCreated:*"],
                "filter_prefix": "news/",
            }
        ],
        "lambda_function": [
            {
                "id": "run-created-run",
                "lambda_function_arn": f"{ARN}run",
                "events": ["s3:ObjectCreated:*"],
                "filter_prefix": "run/",
            }
        ],
    }


def test_the_order_in_the_program_moves_nothing(app, environment, synth):
    made = []
    for name, order in (("one", 1), ("two", -1)):
        tier = Tier(app, name, environment=environment)
        bucket = Bucket(tier, "files")
        for prefix in ("a/", "b/", "c/")[::order]:
            bucket.add_event_notification(CREATED, Destination(), prefix=prefix)
        made.append(notification(synth(tier)))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [("a b", ""), ("A/", ""), ("a/b/", ""), ("", "jpg"), ("", ".JPG"), ("a" * 300 + "/", "")],
    ids=["blank", "capital", "nested", "no dot", "capitals", "long"],
)
def test_an_id_that_would_not_tell_all_ends_in_a_digest(bucket, tier, synth, prefix, suffix):
    bucket.add_event_notification(
        CREATED, Destination(), prefix=prefix.replace(" ", "+"), suffix=suffix
    )
    [entry] = notification(synth(tier))["queue"]
    assert entry["id"].startswith("jobs-created")
    assert len(entry["id"]) <= 255
    assert len(entry["id"].rpartition("-")[2]) == 8


def test_ids_differ_where_the_words_are_alike(bucket, tier, synth):
    for prefix in ("a-b/", "a/b/", "a+b/", "a_b/"):
        bucket.add_event_notification(CREATED, Destination(), prefix=prefix)
    ids = [entry["id"] for entry in notification(synth(tier))["queue"]]
    assert len(set(ids)) == 4


def test_event_bridge_by_option_and_by_method(bucket, tier, synth):
    Bucket(tier, "more", event_bridge=True)
    bucket.add_event_notification(CREATED, Destination())
    bucket.enable_event_bridge_notification()
    template = synth(tier)
    assert notification(template, "more") == {
        "bucket": "${aws_s3_bucket.more.id}",
        "eventbridge": True,
    }
    assert notification(template)["eventbridge"] is True
    assert len(notification(template)["queue"]) == 1


def test_a_bucket_that_is_not_made_here(tier, synth):
    imported(tier).add_event_notification(CREATED, Destination())
    assert notification(synth(tier), "old")["bucket"] == "old-files"


def test_one_bucket_has_one_set_of_notifications_in_a_stack(tier):
    imported(tier).add_event_notification(CREATED, Destination(), prefix="a/")
    again = imported(tier, "again")
    destination = Destination()
    with pytest.raises(ConfigurationError, match="data/old is the same bucket"):
        again.add_event_notification(CREATED, destination, prefix="b/")
    with pytest.raises(ConfigurationError, match="data/old is the same bucket"):
        again.enable_event_bridge_notification()
    assert destination.bound == 0
    assert again.notification is None
    imported(tier, "other", bucket_name="others").add_event_notification(CREATED, Destination())


def test_a_bucket_of_another_tier(app, environment, bucket, synth):
    events = Tier(app, "events", environment=environment)
    events.use(bucket).add_event_notification(CREATED, Destination())
    [made] = synth(events).resources("aws_s3_bucket_notification").values()
    assert made["bucket"] == "${data.terraform_remote_state.data.outputs.files_bucket_name}"


# --- overlaps

OVERLAPS = {
    "all": ("", "", "", ""),
    "same": ("images/", ".jpg", "images/", ".jpg"),
    "longer prefix": ("images/", "", "images/dogs/", ""),
    "longer suffix": ("", ".jpg", "", "dog.jpg"),
    "prefix and suffix": ("images/", "", "", ".jpg"),
    "one without": ("images/", ".jpg", "images/", ""),
    "token and all": ("${var.prefix}", "", "", ""),
    "same token": ("${var.prefix}", "", "${var.prefix}", ""),
}


@pytest.mark.parametrize(("prefix", "suffix", "other", "end"), OVERLAPS.values(), ids=OVERLAPS)
def test_overlapping_filters_are_refused(bucket, tier, synth, prefix, suffix, other, end):
    bucket.add_event_notification(CREATED, Destination(), prefix=prefix, suffix=suffix, id="one")
    destination = Destination("other", "topic")
    with pytest.raises(ConfigurationError, match="overlaps with notification one"):
        bucket.add_event_notification(CREATED, destination, prefix=other, suffix=end)
    assert destination.bound == 0
    assert "topic" not in notification(synth(tier))


APART = {
    "prefixes": ("images/", "", "docs/", ""),
    "suffixes": ("", ".jpg", "", ".png"),
    "same prefix": ("images/", ".jpg", "images/", ".png"),
    "same suffix": ("images/", ".jpg", "docs/", ".jpg"),
    "inside of the other": ("images/", ".jpg", "images/dogs/", ".png"),
    "tokens": ("${var.one}", "", "${var.two}", ""),
}


@pytest.mark.parametrize(("prefix", "suffix", "other", "end"), APART.values(), ids=APART)
def test_filters_apart_are_taken(bucket, tier, synth, prefix, suffix, other, end):
    bucket.add_event_notification(CREATED, Destination(), prefix=prefix, suffix=suffix, id="one")
    bucket.add_event_notification(CREATED, Destination(), prefix=other, suffix=end, id="two")
    assert len(notification(synth(tier))["queue"]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CREATED, EventType.OBJECT_CREATED_PUT),
        (EventType.OBJECT_CREATED_PUT, CREATED),
        (EventType.OBJECT_TAGGING_PUT, [EventType.OBJECT_REMOVED, EventType.OBJECT_TAGGING]),
        (EventType.OBJECT_ACL_PUT, EventType.OBJECT_ACL_PUT),
    ],
    ids=["covers", "is covered", "one of two", "same"],
)
def test_a_wildcard_overlaps_with_what_it_covers(bucket, one, other):
    bucket.add_event_notification(one, Destination(), id="one")
    with pytest.raises(ConfigurationError, match=r"s3:Object\w+:Put of \* overlaps"):
        bucket.add_event_notification(other, Destination(), id="two")


def test_other_events_may_overlap(bucket):
    bucket.add_event_notification(EventType.OBJECT_CREATED_PUT, Destination())
    bucket.add_event_notification(EventType.OBJECT_CREATED_POST, Destination())
    bucket.add_event_notification(EventType.OBJECT_REMOVED, Destination())


def test_wildcards_cover_their_own_kind_only():
    assert covers("s3:ObjectCreated:*", "s3:ObjectCreated:Put")
    assert not covers("s3:ObjectCreated:Put", "s3:ObjectCreated:*")
    assert not covers("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete")
    assert not covers("s3:ObjectCreated:Put", "s3:ObjectCreated:Post")
    assert len(EventType.ALL) == 27
    assert all(event.startswith("s3:") for event in EventType.ALL)


keys = st.text("ab/", max_size=6)


@given(keys, st.lists(st.tuples(keys, keys), min_size=2, max_size=2))
def test_whatever_is_taken_is_told_once(tier, key, filters):
    """No key matches two notifications that were both taken."""
    tier.node.try_remove_child("any")
    bucket = Bucket(tier, "any")
    taken = []
    for index, (prefix, suffix) in enumerate(filters):
        try:
            bucket.add_event_notification(
                CREATED, Destination(), prefix=prefix, suffix=suffix, id=f"n{index}"
            )
        except ConfigurationError:
            continue
        taken.append((prefix, suffix))
    assert sum(key.startswith(p) and key.endswith(s) for p, s in taken) <= 1
    for (p, s), (q, t) in pairwise(taken):
        longest = max(p, q, key=len) + max(s, t, key=len)
        both = [longest.startswith(x) and longest.endswith(y) for x, y in ((p, s), (q, t))]
        assert not all(both)


# --- bad input

BAD = {
    "event none": ({"event": None}, "event is None"),
    "event unknown": ({"event": "s3:ObjectCreated:Putt"}, "did you mean s3:ObjectCreated:Put"),
    "event of the class": ({"event": "OBJECT_CREATED"}, "event OBJECT_CREATED is not known"),
    "no event": ({"event": []}, "event is empty"),
    "event twice": ({"event": [CREATED, CREATED]}, "is covered twice"),
    "event covered": ({"event": [EventType.OBJECT_CREATED_PUT, CREATED]}, "Put is covered twice"),
    "event number": ({"event": [5]}, "event 5 is not known"),
    "events as set": ({"event": {CREATED}}, "write a list"),
    "test event": ({"event": "s3:TestEvent"}, "s3:TestEvent is not known"),
    "destination none": ({"destination": None}, r"write LambdaDestination\(fn\)"),
    "destination arn": ({"destination": f"{ARN}jobs"}, r"QueueDestination\(queue\)"),
    "destination broken": ({"destination": Destination("broken")}, "it is broken"),
    "prefix wildcard": ({"prefix": "images/*"}, "S3 takes no wildcards"),
    "prefix blank": ({"prefix": "my images/"}, r"a blank as \+"),
    "prefix umlaut": ({"prefix": "ü/"}, "not ASCII"),
    "prefix none": ({"prefix": None}, "prefix None"),
    "prefix long": ({"prefix": "a" * 1025}, "up to 1024"),
    "suffix wildcard": ({"suffix": "*.jpg"}, "write the end of a key"),
    "suffix number": ({"suffix": 5}, "suffix 5"),
    "id blank": ({"id": "a b"}, "id a b"),
    "id empty": ({"id": ""}, "id ''"),
    "id long": ({"id": "a" * 256}, "1 to 255"),
    "id number": ({"id": 5}, "id 5"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(bucket, change, message):
    given = {"event": CREATED, "destination": Destination(), **change}
    event, destination = given.pop("event"), given.pop("destination")
    with pytest.raises(ConfigurationError, match=message):
        bucket.add_event_notification(event, destination, **given)
    assert bucket.notification is None
    assert getattr(destination, "bound", 0) == 0


def test_an_id_is_there_once(bucket):
    bucket.add_event_notification(CREATED, Destination(), prefix="a/", id="one")
    with pytest.raises(ConfigurationError, match="notification one is there already"):
        bucket.add_event_notification(CREATED, Destination(), prefix="b/", id="one")


def test_a_bucket_has_a_hundred_notifications(bucket):
    for index in range(100):
        bucket.add_event_notification(CREATED, Destination(), prefix=f"{index:03}/")
    with pytest.raises(ConfigurationError, match="100 notifications already"):
        bucket.add_event_notification(CREATED, Destination(), prefix="100/")


@pytest.mark.parametrize("value", [None, "yes", 1], ids=["none", "text", "number"])
def test_event_bridge_is_on_or_off(tier, value):
    with pytest.raises(ConfigurationError, match="event_bridge is"):
        Bucket(tier, "files", event_bridge=value)
    assert tier.node.try_find_child("files") is None
