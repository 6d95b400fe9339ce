"""Generated modules work the same when their types are worked out late."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

from terratiers.core.generated_code import GeneratedCode, compile_ahead
from terratiers.core.start_up import STEPS, SWITCH

import pytest

SOURCE = "def f(a: absent.Type = 1) -> None: ...\nnote = f.__annotations__\n"


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    path = tmp_path / "generated.py"
    path.write_text(SOURCE, "utf-8")
    return path


def load(path):
    loader = GeneratedCode("generated", str(path))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_file_location("generated", path, loader=loader)
    )
    loader.exec_module(module)
    return module


def kept(path):
    return sorted(file.name for file in (path.parent / "__pycache__").glob("*terratiers*"))


def test_types_are_not_worked_out_and_the_result_is_kept(source):
    assert load(source).note == {"a": "absent.Type", "return": "None"}
    assert kept(source) == [f"generated.{sys.implementation.cache_tag}.opt-terratiers.pyc"]


def test_what_is_kept_is_used(source):
    load(source)
    [file] = (source.parent / "__pycache__").iterdir()
    written = file.read_bytes()
    file.write_bytes(written.replace(b"absent", b"absurd"))
    assert load(source).note["a"] == "absurd.Type"


@pytest.mark.parametrize(
    "damage",
    [
        lambda written: b"",
        lambda written: written[:40],
        lambda written: b"\0\0\0\0" + written[4:],
        lambda written: written[:16] + b"\xff" * 40,
        lambda written: written[:16] + b"i\7\0\0\0",
    ],
    ids=["empty", "cut", "another Python", "no code", "a number"],
)
def test_what_is_damaged_is_replaced(source, damage):
    load(source)
    [file] = (source.parent / "__pycache__").iterdir()
    written = file.read_bytes()
    file.write_bytes(damage(written))
    assert load(source).note["a"] == "absent.Type"
    assert file.read_bytes() == written


def test_another_source_is_compiled_again(source):
    load(source)
    source.write_text(SOURCE.replace("absent", "missing"), "utf-8")
    assert load(source).note["a"] == "missing.Type"


def test_where_it_cannot_be_kept_python_goes_its_way(source, monkeypatch):
    source.write_text("def f(a: int) -> None: ...\nnote = f.__annotations__\n", "utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert load(source).note == {"a": int, "return": None}
    assert compile_ahead(str(source)) is False
    assert kept(source) == []


def test_who_writes_no_bytecode_gets_none(source, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    source.write_text("def f(a: int) -> None: ...\nnote = f.__annotations__\n", "utf-8")
    assert load(source).note == {"a": int, "return": None}
    assert not (source.parent / "__pycache__").exists()
    assert compile_ahead(str(source))  # who asks for it does
    assert load(source).note == {"a": "int", "return": "None"}


def test_a_full_disk_leaves_nothing_half_written(source):
    code = (
        "import resource, signal, sys\n"
        "from terratiers.core.generated_code import compile_ahead\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        "compile_ahead(sys.argv[1])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(source)], check=True, timeout=60)
    assert kept(source) == []


def test_the_types_are_the_same_ones():
    code = """
import terratiers, typing
from cdktf_cdktf_provider_aws import kms_alias, lb_listener_rule, s3_bucket, wafv2_ip_set
for module in (kms_alias, lb_listener_rule, s3_bucket, wafv2_ip_set):
    one = next(kind for kind in vars(module).values() if hasattr(kind, "TF_RESOURCE_TYPE"))
    for name, stub in one.__init__.__globals__.items():
        if name.startswith("_typecheckingstub__"):
            hints = typing.get_type_hints(stub)
            print(name, [(argument, hints[argument]) for argument in stub.__annotations__])
"""
    said = []
    for left_out in ("late-types", "type-hints", "", "late-types,type-hints"):
        steps = ",".join(step for step in STEPS if step not in left_out.split(","))
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, SWITCH: steps},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        said.append(run.stdout)
    assert "lb_listener_rule.LbListenerRuleAction" in said[0]
    assert said.count(said[0]) == len(said)
