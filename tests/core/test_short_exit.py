"""Python's last look for garbage is left out only where nothing would come of it."""

from __future__ import annotations

import atexit
import gc
import importlib.machinery
import io
import subprocess
import sys
import types
import weakref

from terratiers.core import short_exit

import pytest


class Thing:
    def work(self):
        pass


class Ends:
    def __del__(self):
        pass


class Unsure(io.RawIOBase):
    @property
    def closed(self):
        raise RuntimeError("unknown")


class Doubtful(type):
    def __getattr__(cls, name):
        raise RuntimeError("unknown")


@pytest.fixture
def is_short(monkeypatch):
    """Whether the end is short when there are these objects."""
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    monkeypatch.setattr(short_exit, "_is_known_code", lambda: True)

    def ask(*things):
        frozen.clear()
        monkeypatch.setattr(gc, "get_objects", lambda: list(things))
        short_exit._freeze()
        return bool(frozen)

    return ask


def test_plain_objects_are_left(is_short):
    assert is_short(Thing(), [], {}, weakref.ref(Thing), weakref.WeakKeyDictionary())


def test_what_does_something_is_freed(is_short, tmp_path):
    def generator():
        yield

    with (tmp_path / "log").open("w") as log:
        assert not is_short(log)
        assert not is_short(log.buffer)
        assert is_short(log.__class__)
    assert is_short(log)
    assert not is_short(Ends())
    assert not is_short(generator())


def test_a_stream_that_python_writes_out_is_no_reason(is_short, monkeypatch):
    assert is_short(sys.__stdout__)
    stream = io.TextIOWrapper(io.BytesIO())
    assert not is_short(stream)
    monkeypatch.setattr(sys, "stdout", stream)
    assert is_short(stream, stream.buffer)


def test_a_detached_stream_is_no_fault(is_short, monkeypatch):
    old = io.TextIOWrapper(io.BytesIO())
    new = io.TextIOWrapper(old.detach())
    assert not is_short(old)
    monkeypatch.setattr(sys, "__stdout__", old)
    monkeypatch.setattr(sys, "stdout", new)
    assert is_short(old, new, new.buffer)


def test_what_does_not_say_what_it_is_is_freed(is_short):
    class Odd(metaclass=Doubtful):
        pass

    assert not is_short(Unsure())
    assert not is_short(Odd())


def test_callbacks_of_weak_references_are_called(is_short):
    thing = Thing()
    assert not is_short(weakref.ref(thing, print))
    method = weakref.WeakMethod(thing.work, print)
    assert not is_short(method)
    table = weakref.WeakValueDictionary(a=thing)
    names = weakref.WeakSet([thing])
    own = gc.get_referents(table.data) + gc.get_referents(names.data)
    assert any(isinstance(one, weakref.ref) for one in own)
    assert is_short(*own)


def test_a_program_that_runs_is_waited_for(is_short):
    with subprocess.Popen(["true"]) as child:
        assert not is_short(child)
        child.wait()
        assert is_short(child)


@pytest.mark.parametrize("name", ["_sqlite3", "numpy.core"])
def test_other_compiled_code_may_do_anything(name, monkeypatch):
    plain = {"sys": sys, "gc": gc, "json": sys.modules["json"]}
    monkeypatch.setattr(sys, "modules", plain)
    assert short_exit._is_known_code()
    compiled = types.ModuleType(name)
    loader = importlib.machinery.ExtensionFileLoader(name, f"{name}.so")
    compiled.__spec__ = importlib.machinery.ModuleSpec(name, loader)
    monkeypatch.setattr(sys, "modules", {**plain, name: compiled})
    assert not short_exit._is_known_code()


@pytest.mark.parametrize(
    ("earlier", "modules", "is_registered"),
    [(0, {}, True), (1, {}, False), (1, {"logging": None}, True), (2, {"logging": None}, False)],
)
def test_what_runs_later_may_leave_something(earlier, modules, is_registered, monkeypatch):
    registered = []
    monkeypatch.setattr(atexit, "register", registered.append)
    monkeypatch.setattr(atexit, "_ncallbacks", lambda: earlier)
    monkeypatch.setattr(short_exit, "sys", types.SimpleNamespace(modules=modules))
    short_exit.end_short()
    assert bool(registered) is is_registered
