"""What `terratiers local up` says and leaves behind when something is in the way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc

COMMAND = [sys.executable, "-c", "from terratiers.cli import main; main()"]


@pytest.fixture
def outdir(tmp_path) -> Path:
    """A program whose subnet lies outside of its VPC: AWS, and the emulator, refuse it."""
    app = App(outdir=str(tmp_path / "cdktf.out"))
    stack = TerraformStack(app, "broken")
    AwsProvider(stack, "aws", region="eu-central-1")
    LocalBackend(stack, path="terraform.tfstate")
    vpc = Vpc(stack, "vpc", cidr_block="10.0.0.0/16")
    Subnet(stack, "subnet", vpc_id=vpc.id, cidr_block="192.168.0.0/24")
    app.synth()
    return Path(app.outdir)


def up(outdir: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    work = outdir.parent / "work"
    return subprocess.run(
        [*COMMAND, "local", "up", "--out", str(outdir), "--work-dir", str(work), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, **variables},
    )


def left_behind(outdir: Path) -> list[str]:
    """Processes of ours that still name the test's folder or run in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        text = " ".join(process.info["cmdline"] or []) + str(process.info["cwd"])
        if str(outdir.parent) in text:
            found.append(text)
    return found


def test_a_failed_tier_ends_with_the_tail_of_terraforms_words(outdir):
    ended = up(outdir, "--port", "0")
    assert ended.returncode == 1
    assert "terraform apply failed" in ended.stderr
    assert "aws_subnet.subnet" in ended.stderr
    assert "InvalidSubnet" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert left_behind(outdir) == []
    assert not (outdir.parent / "work" / "emulator.json").exists()


def test_a_busy_port_is_named(outdir):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = up(outdir, "--port", str(port))
    assert ended.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in ended.stderr
    assert "--port" in ended.stderr


def test_a_missing_terraform_is_named(outdir):
    ended = up(outdir, "--port", "0", PATH="/nowhere")
    assert ended.returncode == 1
    assert "no terraform on PATH" in ended.stderr
    assert left_behind(outdir) == []


def test_a_missing_synthesis_tells_what_to_run(tmp_path):
    ended = up(tmp_path / "nothing", "--port", "0")
    assert ended.returncode == 1
    assert "run `python main.py` (or `make synth`) first" in ended.stderr


def test_variables_of_the_user_do_not_reach_terraform(outdir):
    """With a profile that does not exist, any use of it would fail otherwise."""
    ended = up(outdir, "--port", "0", AWS_PROFILE="company", AWS_ENDPOINT_URL_EC2="http://10.9.9.9")
    assert "InvalidSubnet" in ended.stderr


def test_ctrl_c_stops_terraform_and_the_emulator(outdir):
    work = outdir.parent / "work"
    process = subprocess.Popen(
        [*COMMAND, "local", "up", "--out", str(outdir), "--work-dir", str(work), "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (work / "broken" / "terraform.pid").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130  # what shells expect after Ctrl-C
    assert "Traceback" not in stderr
    assert left_behind(outdir) == []
