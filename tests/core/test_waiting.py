"""Calls whose answers are read later: none is lost, and none is taken for another's."""

from __future__ import annotations

import fcntl
import io
import json
import os
import sys
import threading
from base64 import b64encode

from terratiers.core import kernel_process
from terratiers.core.kernel_process import load_ahead, without_waiting
from terratiers.core.names import pin_address
from terratiers.core.start_up import is_taken

import pytest
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws import vpc
from cdktf_cdktf_provider_aws.vpc import Vpc

pytestmark = pytest.mark.skipif(
    not (is_taken("early-start") and is_taken("no-waiting")),
    reason="this process does not take the steps",
)


@pytest.fixture
def stack():
    return TerraformStack(App(), "s")


@pytest.fixture
def process(stack):
    """jsii's Node process, with nothing due."""
    started = kernel_process._Early.process
    assert started.due == []
    yield started
    while started.due:
        kernel_process._settle(started)
        started.due.clear()


def test_what_returns_nothing_is_not_waited_for(stack, process):
    element = Vpc(stack, "v")
    pin_address(element, stack, "it")
    assert len(process.due) == 1
    assert element.friendly_unique_id == "it"
    assert process.due == []


def test_what_returns_something_is_waited_for(stack, process):
    with without_waiting():
        assert stack.node.try_find_child("v") is None
        element = Vpc(stack, "v")
        assert stack.node.find_child("v") is element
        assert process.due == []


def test_a_fault_is_raised_by_the_next_call_and_no_other(stack, process):
    element = Vpc(stack, "v")
    assert element.fqn
    with without_waiting():
        element.override_logical_id("late")
    with pytest.raises(RuntimeError, match="may not be overridden"):
        stack.node.try_find_child("v")
    assert stack.node.try_find_child("v") is element


def test_a_python_fault_ends_the_block(stack, process):
    with pytest.raises(ValueError, match="no"), without_waiting():
        raise ValueError("no")
    element = Vpc(stack, "v")
    element.override_logical_id("it")
    assert process.due == []


def test_many_calls_leave_room_for_their_answers(stack, process):
    element = Vpc(stack, "v")
    most = 0
    with without_waiting():
        for number in range(3 * process.most_due):
            element.add_override("tags.a", str(number))
            most = max(most, len(process.due))
    assert most <= process.most_due
    assert element.friendly_unique_id == "v"


def test_a_small_pipe_holds_fewer_answers():
    assert kernel_process._room(io.BytesIO()) == 16_384  # where nobody says
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        return
    ends = os.pipe()
    try:
        fcntl.fcntl(ends[0], fcntl.F_SETPIPE_SZ, 8192)
        assert kernel_process._room(ends[0]) == 8192
    finally:
        for end in ends:
            os.close(end)


def test_traces_of_the_program_s_own_are_waited_for(stack, process, monkeypatch):
    monkeypatch.setenv("JSII_HOST_STACK_TRACES", "1")
    element = Vpc(stack, "v")
    assert element.fqn
    with pytest.raises(RuntimeError, match="may not be overridden"), without_waiting():
        element.override_logical_id("late")


def test_types_are_asked_ahead_and_not_again(process):
    process.types.pop("@cdktf/provider-aws.vpc.Vpc", None)
    load_ahead(vpc)
    assert len(process.due) == 1
    assert Vpc.TF_RESOURCE_TYPE == "aws_vpc"
    assert process.types["@cdktf/provider-aws.vpc.Vpc"] == "aws_vpc"
    assert process.due == []


def test_nothing_is_asked_ahead_where_there_is_no_room(process, monkeypatch):
    monkeypatch.setattr(process, "most_due", 0)
    load_ahead(vpc)
    assert process.due == []


def test_a_class_that_node_does_not_know_is_told_when_it_is_used(process, stack):
    process.ask_type("@cdktf/provider-aws.vpc.Nothing")
    assert stack.node.try_find_child("v") is None
    assert process.types.pop("@cdktf/provider-aws.vpc.Nothing") is None


@pytest.mark.parametrize("fault", [BrokenPipeError(), ValueError("write to closed file")])
def test_bindings_can_be_imported_when_node_has_ended(fault, process, monkeypatch):
    def fail(*_):
        raise fault

    monkeypatch.setattr(process, "send_only", fail)
    load_ahead(vpc)


def test_another_thread_does_not_take_an_answer(process, stack):
    asked = threading.Thread(target=load_ahead, args=(vpc,))
    with process.lock:
        asked.start()
        asked.join(0.1)
        assert asked.is_alive()
    asked.join(10)
    assert not asked.is_alive()
    assert stack.node.try_find_child("v") is None


def said(**parts):
    return json.dumps({name: b64encode(text).decode() for name, text in parts.items()}).encode()


def test_what_node_prints_reaches_the_program_s_streams(monkeypatch):
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    lines = [said(stdout=b"out\n"), b"of Node\n", said(stderr=b"err\n")]
    kernel_process._print_all(io.BytesIO(b"\n".join(lines).replace(b"\n\n", b"\n") + b"\n"))
    assert out.buffer.getvalue() == b"out\n"
    assert err.buffer.getvalue() == b"of Node\nerr\n"


def test_streams_that_take_no_bytes_do_not_stop_the_reader(monkeypatch):
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    line = said(stderr=b"err\n") + b"\n"
    kernel_process._print_all(io.BytesIO(2 * line))
    assert err.getvalue() == 2 * f"{line!r}\n"
    err.close()
    rest = io.BytesIO(2 * line)
    kernel_process._print_all(rest)
    assert rest.read() == b""
