"""The guard: Terraform never runs where it could reach the real AWS."""

from __future__ import annotations

import os
import time

from terratiers.local.errors import LocalError
from terratiers.local.terraform import (
    Terraform,
    TerraformError,
    emulator_environment,
    require_emulator,
)

import psutil
import pytest

ENDPOINT = "http://127.0.0.1:4599"


def test_nothing_of_the_users_aws_settings_gets_in(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_ROLE_ARN"):
        monkeypatch.setenv(name, "mine")
    environment = emulator_environment(ENDPOINT, "eu-central-1")
    assert "mine" not in environment.values()
    assert environment["AWS_REGION"] == "eu-central-1"
    require_emulator(environment)


def test_a_terraform_configuration_that_does_not_exist_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing"))
    assert "TF_CLI_CONFIG_FILE" not in emulator_environment(ENDPOINT)
    (tmp_path / "there").touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "there"))
    assert emulator_environment(ENDPOINT)["TF_CLI_CONFIG_FILE"] == str(tmp_path / "there")


UNSAFE = {
    "no endpoint": {"AWS_ENDPOINT_URL": ""},
    "endpoint of AWS": {"AWS_ENDPOINT_URL": "https://s3.eu-central-1.amazonaws.com"},
    "endpoint of another host": {"AWS_ENDPOINT_URL": "http://127.0.0.1.example.com"},
    "real key": {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"},
    "real secret": {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"},
    "profile": {"AWS_PROFILE": "company"},
    "token": {"AWS_SESSION_TOKEN": "x"},
    "endpoint of one service": {"AWS_ENDPOINT_URL_EC2": "https://ec2.amazonaws.com"},
    "config file": {"AWS_CONFIG_FILE": "/home/me/.aws/config"},
    "credentials file": {"AWS_SHARED_CREDENTIALS_FILE": "/home/me/.aws/credentials"},
    "instance role": {"AWS_EC2_METADATA_DISABLED": "false"},
}


@pytest.mark.parametrize("change", UNSAFE.values(), ids=UNSAFE.keys())
def test_an_unsafe_environment_is_refused_before_terraform_starts(tmp_path, change):
    fake = tmp_path / "bin" / "terraform"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\ntouch started\n")
    fake.chmod(0o755)
    safe = {**emulator_environment(ENDPOINT), "PATH": f"{fake.parent}{os.pathsep}/bin"}
    terraform = Terraform(tmp_path, {**safe, **change})
    with pytest.raises(LocalError, match="could reach the real AWS"):
        terraform.apply()
    assert not (tmp_path / "started").exists()


def script(tmp_path, body):
    """Something that Terraform's place is taken by, to see how its end is told."""
    fake = tmp_path / "bin" / "terraform"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{body}\n")
    fake.chmod(0o755)
    path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
    return {**emulator_environment(ENDPOINT), "PATH": path}


def test_a_failure_shows_the_last_lines(tmp_path):
    environment = script(tmp_path, "seq 1 100; echo 'Error: no'; exit 1")
    with pytest.raises(TerraformError) as caught:
        Terraform(tmp_path, environment).init()
    lines = str(caught.value).splitlines()
    assert lines[-1] == "Error: no"
    assert "100" in lines
    assert "1" not in lines


def is_over(pid):
    """Whether a process ends within seconds; who inherits it may not have read its end yet."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_what_takes_too_long_is_stopped_with_its_children(tmp_path):
    environment = script(tmp_path, "sleep 300 & echo $! > child; trap '' INT; wait")
    with pytest.raises(TerraformError, match="longer than 1 seconds"):
        Terraform(tmp_path, environment, timeout=1).validate()
    child = int((tmp_path / "child").read_text())
    assert is_over(child)
    assert not (tmp_path / "terraform.pid").exists()
