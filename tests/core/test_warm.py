"""What `terratiers warm` builds, later programs use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WARM = "import sys; sys.argv = ['terratiers', 'warm']; from terratiers.cli import main; main()"
QUICK = "import terratiers; from cdktf import App; from cdktf_cdktf_provider_aws import vpc; App()"


def run(code, cache):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env={**os.environ, "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache)},
    )


def indexed(cache):
    return {file.parent.parent.parent.name for file in cache.rglob(".jsii.runtime.v*.json")}


@pytest.mark.parametrize("steps", ["1", "0"])
def test_the_index_of_every_assembly_is_there_afterwards(tmp_path, steps, monkeypatch):
    monkeypatch.setenv("TERRATIERS_FAST_START", steps)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    if steps == "1":  # Python itself would compile all 2,000 modules here
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "compiled"))
    ended = run(WARM, tmp_path)
    assert "unpacked and indexed" in ended.stdout
    assert indexed(tmp_path) == {"cdktf", "constructs", "provider-aws"}
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob(".jsii.runtime*")}
    assert len(list((tmp_path / "home").rglob("*.pack"))) == int(steps)
    compiled = {file.parent.name for file in tmp_path.rglob("*opt-terratiers*")}
    assert ({"vpc", "wafv2_web_acl", "ec2_host"} <= compiled) == bool(int(steps))
    run(QUICK, tmp_path)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob(".jsii.runtime*")} == before
