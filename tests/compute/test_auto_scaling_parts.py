"""Schedules, lifecycle hooks and notifications of Auto Scaling groups."""

from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.compute import (
    AutoScalingGroup,
    LaunchTemplate,
    LifecycleTransition,
    MachineImage,
    NotificationEvent,
)
from terratiers.compute.auto_scaling_schedule import check_recurrence
from terratiers.core.errors import Faults
from terratiers.security import Principal, Role
from terratiers.testing import ABSENT

import pytest
from cdktf import Fn
from hypothesis import given
from hypothesis import strategies as st

TOPIC = "arn:aws:sns:eu-central-1:111122223333:scaling"
QUEUE = "arn:aws:sqs:eu-central-1:111122223333:drain"


@pytest.fixture
def group(tier, vpc):
    template = LaunchTemplate(
        tier,
        "web",
        vpc=vpc,
        instance_type="m7i.large",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )
    return AutoScalingGroup(
        tier, "servers", launch_template=template, min_capacity=1, max_capacity=4
    )


def test_a_schedule_changes_what_it_says_and_no_more(tier, group, synth):
    group.scale_on_schedule("morning", recurrence="0 8 * * MON-FRI", desired_capacity=3)
    made = synth(tier)
    assert made.resource("aws_autoscaling_schedule.servers_morning") == {
        "scheduled_action_name": "shop-test-servers-morning",
        "autoscaling_group_name": "${aws_autoscaling_group.servers.name}",
        "recurrence": "0 8 * * MON-FRI",
        "time_zone": "Etc/UTC",
        "min_size": -1,
        "max_size": -1,
        "desired_capacity": 3,
        "lifecycle": {"replace_triggered_by": ["terraform_data.servers_morning"]},
    }
    lifecycle = made.resource("aws_autoscaling_group.servers")["lifecycle"]
    assert lifecycle["ignore_changes"] == ["desired_capacity"]


def test_limits_that_a_schedule_changes_are_left_alone(tier, group, synth):
    group.scale_on_schedule(
        "sale",
        start_time="2099-11-27T00:00:00Z",
        end_time="2099-11-28T00:00:00Z",
        recurrence="*/30 * * * *",
        time_zone="Asia/Seoul",
        min_capacity=2,
        max_capacity=20,
    )
    made = synth(tier)
    made.has_resource(
        "aws_autoscaling_schedule",
        {
            "start_time": "2099-11-27T00:00:00Z",
            "end_time": "2099-11-28T00:00:00Z",
            "time_zone": "Asia/Seoul",
            "min_size": 2,
            "max_size": 20,
        },
    )
    lifecycle = made.resource("aws_autoscaling_group.servers")["lifecycle"]
    assert lifecycle["ignore_changes"] == ["desired_capacity", "max_size", "min_size"]
    assert lifecycle["create_before_destroy"] is True


def test_other_times_make_a_schedule_anew(tier, group, synth):
    """The provider would send what the state holds for those that were taken out."""
    group.scale_on_schedule(
        "sale",
        start_time="2099-11-27T00:00:00Z",
        end_time="2099-11-28T00:00:00Z",
        recurrence="*/30 * * * *",
        time_zone="Asia/Seoul",
        max_capacity=20,
    )
    group.scale_on_schedule("night", recurrence="0 20 * * *", desired_capacity=1)
    made = synth(tier)
    assert made.resource("terraform_data.servers_sale")["input"] == {
        "start_time": "2099-11-27T00:00:00Z",
        "end_time": "2099-11-28T00:00:00Z",
        "recurrence": "*/30 * * * *",
        "time_zone": "Asia/Seoul",
    }
    assert made.resource("terraform_data.servers_night")["input"] == {
        "recurrence": "0 20 * * *",
        "time_zone": "Etc/UTC",
    }
    for id in ("sale", "night"):
        lifecycle = made.resource(f"aws_autoscaling_schedule.servers_{id}")["lifecycle"]
        assert lifecycle == {"replace_triggered_by": [f"terraform_data.servers_{id}"]}


def test_a_schedules_times_take_no_id_of_the_group(group):
    before = len(group.node.children)
    group.scale_on_schedule("night", recurrence="0 20 * * *", desired_capacity=1)
    assert len(group.node.children) == before + 1


def test_a_schedule_for_once(tier, group, synth):
    group.scale_on_schedule("once", start_time="2099-01-31T08:00:00Z", min_capacity=0)
    synth(tier).has_resource("aws_autoscaling_schedule", {"recurrence": ABSENT, "min_size": 0})


GOOD_CRON = [
    "* * * * *",
    "*/5 0-6 1,15 JAN,jul SUN",
    "59 23 31 12 6",
    "0 8 * * MON-FRI",
    "0/10 * * * *",
]


@pytest.mark.parametrize("recurrence", GOOD_CRON)
def test_cron_that_is_taken(recurrence):
    faults = Faults(None, "x")
    check_recurrence(faults, recurrence)
    assert not faults


@given(st.text("0123456789*/-,ABCJNMO ", max_size=20))
def test_cron_is_taken_or_refused_and_never_fails_otherwise(text):
    check_recurrence(Faults(None, "x"), text)


@pytest.mark.parametrize(
    ("recurrence", "message"),
    [
        ("", "is no cron expression: write minute, hour"),
        (None, "recurrence and start_time are missing"),
        (8, "recurrence 8 is no cron expression"),
        ("0 8 * *", "is no cron expression"),
        ("0 8 * * * *", "is no cron expression"),
        ("cron(0 8 * * ? *)", "is no cron expression"),
        ("60 * * * *", "minute 60 is not valid: write 0 to 59"),
        ("0 24 * * *", "hour 24 is not valid"),
        ("0 0 0 * *", "day of month 0 is not valid: write 1 to 31"),
        ("0 0 * 13 *", "month 13 is not valid: write 1 to 12 or JAN to DEC"),
        ("0 0 * * 7", "day of week 7 is not valid: write 0 to 6 or SUN to SAT"),
        ("0 0 * * Monday", "day of week Monday is not valid"),
        ("0 0 ? * *", "day of month '?' is not valid|day of month \\? is not valid"),
        ("5-1 * * * *", "minute 5-1 is not valid"),
        ("*/0 * * * *", r"minute \*/0 is not valid"),
        ("1, * * * *", "minute 1, is not valid"),
        ("- * * * *", "minute - is not valid"),
        ("٣ * * * *", "minute ٣ is not valid"),
    ],
    ids=str,
)
def test_cron_that_is_refused(group, recurrence, message):
    with pytest.raises(ConfigurationError, match=message):
        group.scale_on_schedule("s", recurrence=recurrence, min_capacity=1)
    assert group.node.try_find_child("s") is None


BAD_SCHEDULES = {
    "nothing changes": ({"min_capacity": None}, "say what changes"),
    "below 0": ({"min_capacity": -1}, "min_capacity is -1: it has to be 0 to 100000"),
    "true": ({"min_capacity": True}, r"min_capacity is True \(bool\)"),
    "above the group's maximum": ({"min_capacity": 5}, "give the schedule the other limit too"),
    "below the group's minimum": ({"min_capacity": None, "max_capacity": 0}, "min_capacity is 1"),
    "out of order": ({"min_capacity": 3, "desired_capacity": 2}, "and desired_capacity 2"),
    "time zone": ({"time_zone": "Asia/Soul"}, "time_zone Asia/Soul is not known; did you mean"),
    "no time zone": ({"time_zone": None}, "time_zone None is not known"),
    "start": ({"start_time": "2099-01-31"}, "start_time 2099-01-31 is not valid: write UTC"),
    "start of another zone": ({"start_time": "2099-01-31T08:00:00+09:00"}, "is not valid"),
    "no such day": ({"start_time": "2099-02-30T08:00:00Z"}, "is not in the calendar"),
    "end": ({"end_time": 5}, "end_time 5 is not valid"),
    "end first": (
        {"start_time": "2099-01-31T08:00:00Z", "end_time": "2099-01-31T08:00:00Z"},
        "is not after start_time",
    ),
}


@pytest.mark.parametrize(("options", "message"), BAD_SCHEDULES.values(), ids=BAD_SCHEDULES)
def test_bad_schedules_are_refused_and_leave_nothing(tier, group, synth, options, message):
    with pytest.raises(ConfigurationError, match=message):
        group.scale_on_schedule("s", **{"recurrence": "0 8 * * *", "min_capacity": 2, **options})
    assert group.node.try_find_child("s") is None
    lifecycle = synth(tier).resource("aws_autoscaling_group.servers")["lifecycle"]
    assert lifecycle["ignore_changes"] == ["desired_capacity"]


def test_a_hook_by_default(tier, group, synth):
    hook = group.add_lifecycle_hook("drain", transition=LifecycleTransition.TERMINATE)
    assert hook.role is None
    assert synth(tier).resource("aws_autoscaling_lifecycle_hook.servers_drain") == {
        "name": "shop-test-servers-drain",
        "autoscaling_group_name": "${aws_autoscaling_group.servers.name}",
        "lifecycle_transition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "heartbeat_timeout": 3600,
        "default_result": "ABANDON",
    }


@pytest.mark.parametrize(
    ("target", "actions"),
    [(TOPIC, ["sns:Publish"]), (QUEUE, ["sqs:GetQueueUrl", "sqs:SendMessage"])],
    ids=["topic", "queue"],
)
def test_a_hook_may_write_to_its_target_and_nothing_else(tier, group, synth, target, actions):
    group.add_lifecycle_hook(
        "prepare",
        transition=LifecycleTransition.LAUNCH,
        heartbeat_timeout=30,
        default_result="CONTINUE",
        notification_target_arn=target,
        metadata="who: web",
    )
    made = synth(tier)
    hook = made.resource("aws_autoscaling_lifecycle_hook.servers_prepare")
    assert hook["notification_target_arn"] == target
    assert hook["role_arn"] == "${aws_iam_role.servers_prepare_role.arn}"
    assert hook["depends_on"] == ["aws_iam_role_policy.servers_prepare_role_notify"]
    assert hook["notification_metadata"] == "who: web"
    policy = made.resource("aws_iam_role_policy.servers_prepare_role_notify")["policy"]
    assert target in policy
    assert all(action in policy for action in actions)
    trust = made.resource("aws_iam_role.servers_prepare_role")["assume_role_policy"]
    assert "autoscaling.amazonaws.com" in trust


def test_a_hook_with_a_role_of_ones_own_takes_a_token(tier, group, synth):
    role = Role(tier, "hooks", assumed_by=Principal.service("autoscaling"), description="hooks")
    topic = "${aws_sns_topic.scaling.arn}"
    group.add_lifecycle_hook(
        "drain",
        transition=LifecycleTransition.TERMINATE,
        notification_target_arn=topic,
        role=role,
    )
    hook = synth(tier).resource("aws_autoscaling_lifecycle_hook.servers_drain")
    assert hook["notification_target_arn"] == topic
    assert hook["role_arn"] == "${aws_iam_role.hooks.arn}"
    assert "depends_on" not in hook


BAD_HOOKS = {
    "transition": ({"transition": "launching"}, "transition launching is not known"),
    "timeout too short": (
        {"heartbeat_timeout": 29},
        "heartbeat_timeout is 29: it has to be 30 to 7200",
    ),
    "timeout too long": ({"heartbeat_timeout": 7201}, "heartbeat_timeout is 7201"),
    "timeout is true": ({"heartbeat_timeout": True}, r"is True \(bool\)"),
    "result": ({"default_result": "abandon"}, "default_result abandon is not known"),
    "metadata": ({"metadata": ""}, "metadata '' is not valid"),
    "target": ({"notification_target_arn": "scaling"}, "notification_target_arn scaling"),
    "target is a function": (
        {"notification_target_arn": "arn:aws:lambda:eu-central-1:111122223333:function:x"},
        "notification_target_arn arn:aws:lambda",
    ),
    "token without role": (
        {"notification_target_arn": "${aws_sns_topic.x.arn}"},
        "is a token: give a role",
    ),
    "role is text": ({"notification_target_arn": TOPIC, "role": "hooks"}, "role is hooks"),
}


@pytest.mark.parametrize(("options", "message"), BAD_HOOKS.values(), ids=BAD_HOOKS)
def test_bad_hooks_are_refused_and_leave_nothing(group, options, message):
    with pytest.raises(ConfigurationError, match=message):
        group.add_lifecycle_hook("hook", **{"transition": "launch", **options})
    assert group.node.try_find_child("hook") is None


def test_a_role_without_a_target_is_of_no_use(tier, group):
    role = Role(tier, "hooks", assumed_by=Principal.service("autoscaling"), description="hooks")
    with pytest.raises(ConfigurationError, match="but no notification_target_arn"):
        group.add_lifecycle_hook("hook", transition="launch", role=role)


def test_a_topic_hears_of_launches_and_terminations(tier, group, synth):
    group.notify("ops", TOPIC)
    group.notify("launches", TOPIC, events=[NotificationEvent.LAUNCH])
    made = synth(tier)
    assert made.resource("aws_autoscaling_notification.servers_ops") == {
        "group_names": ["${aws_autoscaling_group.servers.name}"],
        "topic_arn": TOPIC,
        "notifications": [
            "autoscaling:EC2_INSTANCE_LAUNCH",
            "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
            "autoscaling:EC2_INSTANCE_TERMINATE",
            "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
        ],
    }
    launches = made.resource("aws_autoscaling_notification.servers_launches")
    assert launches["notifications"] == ["autoscaling:EC2_INSTANCE_LAUNCH"]


@pytest.mark.parametrize(
    ("topic", "events", "message"),
    [
        ("scaling", NotificationEvent.ALL, "topic_arn scaling is not valid"),
        (None, NotificationEvent.ALL, "topic_arn None is not valid"),
        (QUEUE, NotificationEvent.ALL, "topic_arn arn:aws:sqs"),
        (f"{TOPIC}.fifo", NotificationEvent.ALL, "Auto Scaling takes standard topics only"),
        (TOPIC, [], "events is empty"),
        (TOPIC, ["LAUNCH"], "events LAUNCH is not known"),
        (TOPIC, NotificationEvent.LAUNCH, r"events is autoscaling:EC2_INSTANCE_LAUNCH \(str\)"),
        (TOPIC, [NotificationEvent.LAUNCH] * 2, "is there twice"),
    ],
    ids=["name", "none", "queue", "fifo", "no events", "event", "text", "twice"],
)
def test_bad_notifications_are_refused_and_leave_nothing(group, topic, events, message):
    with pytest.raises(ConfigurationError, match=message):
        group.notify("ops", topic, events=events)
    assert group.node.try_find_child("ops") is None


def test_ten_topics_are_what_aws_allows(group):
    for number in range(10):
        group.notify(f"t{number}", TOPIC)
    with pytest.raises(ConfigurationError, match="has 10 topics already"):
        group.notify("t", TOPIC)


def test_a_topic_may_be_a_token(tier, group, synth):
    group.notify("ops", Fn.join(":", ["arn", "aws"]))
    synth(tier).has_resource(
        "aws_autoscaling_notification", {"topic_arn": '${join(":", ["arn", "aws"])}'}
    )
