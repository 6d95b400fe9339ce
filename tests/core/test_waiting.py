"""Calls whose answers are read later: none is lost, and none is taken for another's."""

from __future__ import annotations

import fcntl
import io
import json
import os
import sys
import threading
from base64 import b64encode
from contextlib import suppress

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
    assert not started.due
    yield started
    while started.due:
        kernel_process._settle(started)
        started.due.clear()


@pytest.fixture
def element(stack, process):
    """A resource that Node has made."""
    made = Vpc(stack, "v")
    assert made.cidr_block_input is None
    assert not process.due
    return made


def test_what_returns_nothing_is_not_waited_for(stack, element, process):
    pin_address(element, stack, "it")
    assert len(process.due) == 1
    assert element.friendly_unique_id == "it"
    assert not process.due


def test_what_returns_something_is_waited_for(stack, element, process):
    with without_waiting():
        assert stack.node.try_find_child("w") is None
        assert stack.node.find_child("v") is element
        assert not process.due


def test_a_fault_is_raised_by_the_next_call_and_no_other(stack, element, process):
    assert element.fqn
    with without_waiting():
        element.override_logical_id("late")
    with pytest.raises(RuntimeError, match="may not be overridden"):
        stack.node.try_find_child("v")
    assert stack.node.try_find_child("v") is element


def test_a_python_fault_ends_the_block(element, process):
    with pytest.raises(ValueError, match="no"), without_waiting():
        raise ValueError("no")
    element.override_logical_id("it")
    assert not process.due


def test_node_has_room_for_all_that_is_due(element, process, monkeypatch):
    monkeypatch.setattr(process, "room", 2_000)
    most = 0
    with without_waiting():
        for number in range(50):
            element.add_override("tags.a", str(number))
            most = max(most, process.due_bytes)
    assert 1_000 < most <= 2_000
    assert element.friendly_unique_id == "v"


def test_faults_do_not_stop_node_and_python_both(stack, element, process, monkeypatch):
    """Node cannot write on, while Python says more than Node's pipe holds."""
    small = 8192
    for pipe in (process._process.stdout, process._process.stdin):
        before = fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
        monkeypatch.setattr(process, "room", fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, small))
    assert element.fqn
    try:
        with without_waiting():
            for _ in range(200):
                with suppress(RuntimeError):
                    element.override_logical_id("late")
        for _ in range(200):
            with suppress(RuntimeError):
                element.add_override("tags.a", "b")
            if not process.due:
                break
        assert element.friendly_unique_id == "v"
    finally:
        for pipe in (process._process.stdout, process._process.stdin):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, before)


def test_a_pipe_is_widened_as_far_as_it_may_be():
    assert kernel_process._widen(io.BytesIO()) == 16_384  # where nobody says
    ends = os.pipe()
    try:
        fcntl.fcntl(ends[0], fcntl.F_SETPIPE_SZ, 8192)
        assert kernel_process._widen(ends[0]) == fcntl.fcntl(ends[1], fcntl.F_GETPIPE_SZ) > 8192
    finally:
        for end in ends:
            os.close(end)


@pytest.mark.parametrize("missing", ["F_SETPIPE_SZ", "F_GETPIPE_SZ"])
def test_a_system_that_does_not_know_how_wide_a_pipe_is(missing, monkeypatch):
    monkeypatch.delattr(fcntl, missing)
    ends = os.pipe()
    try:
        assert kernel_process._widen(ends[0]) == 16_384
    finally:
        for end in ends:
            os.close(end)


def test_traces_of_the_program_s_own_are_waited_for(element, process, monkeypatch):
    monkeypatch.setenv("JSII_HOST_STACK_TRACES", "1")
    assert element.fqn
    with pytest.raises(RuntimeError, match="may not be overridden"), without_waiting():
        element.override_logical_id("late")


def test_types_are_asked_ahead_and_not_again(process):
    process.types.pop("@cdktf/provider-aws.vpc.Vpc", None)
    load_ahead(vpc)
    assert len(process.due) == 1
    assert Vpc.TF_RESOURCE_TYPE == "aws_vpc"
    assert process.types["@cdktf/provider-aws.vpc.Vpc"] == "aws_vpc"
    assert not process.due


def test_nothing_is_asked_ahead_where_there_is_no_room(process, monkeypatch):
    monkeypatch.setattr(process, "room", 0)
    load_ahead(vpc)
    assert not process.due


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
