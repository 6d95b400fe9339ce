"""Generated modules run without collections, and whatever else was set is set again."""

from __future__ import annotations

import gc
import importlib.metadata

from terratiers.core import quiet_import
from terratiers.core.quiet_import import quiet

import pytest


@pytest.fixture(autouse=True)
def _enabled():
    assert gc.isenabled()
    yield
    gc.enable()


def test_nothing_is_collected_meanwhile():
    with quiet():
        assert not gc.isenabled()
        with quiet():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_collects_by_hand_goes_on_so():
    gc.disable()
    with quiet():
        pass
    assert not gc.isenabled()


def test_a_module_that_fails_leaves_all_as_it_was():
    before = importlib.metadata.version
    with pytest.raises(ImportError), quiet():
        raise ImportError
    assert gc.isenabled()
    assert importlib.metadata.version is before


def test_one_version_is_looked_up_once(monkeypatch):
    asked = []
    monkeypatch.setattr(quiet_import, "_stock", lambda name: asked.append(name) or "1")
    monkeypatch.setattr(quiet_import, "_remembered", lambda name: f"remembered {name}")
    with quiet():
        assert importlib.metadata.version("typeguard") == "remembered typeguard"
        assert importlib.metadata.version("jsii") == "1"
    assert asked == ["jsii"]


def test_a_package_that_is_missing_is_missing():
    with quiet(), pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("no-such-package")


def test_threads_that_enter_and_leave_across_one_another_leave_nothing_behind():
    before = importlib.metadata.version
    first, second = quiet(), quiet()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert importlib.metadata.version is before
    assert gc.isenabled()
