"""Terragrunt's files: the order, the account, and formatting."""

from __future__ import annotations

import shutil
import subprocess

from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.terragrunt import terragrunt_files

import pytest


def test_each_tier_has_a_file_with_what_it_needs(shop):
    files = terragrunt_files(bundle_tiers(shop))
    assert list(files) == ["root.hcl", *(f"{n}/terragrunt.hcl" for n in FOLDERS)]
    include = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'
    assert files["01-state/terragrunt.hcl"] == include
    assert files["03-web/terragrunt.hcl"] == (
        include
        + '\ndependencies {\n  paths = [\n    "../01-state",\n    "../02-network",\n  ]\n}\n'
    )


FOLDERS = ("01-state", "02-network", "03-web")


def test_tiers_outside_of_the_bundle_are_no_dependencies(shop):
    files = terragrunt_files(bundle_tiers(shop, ["web"]))
    assert "dependencies" not in files["01-web/terragrunt.hcl"]


def test_the_account_is_asked_for_unless_the_program_named_it(synthesize, tier_config):
    config = tier_config("web")
    assert 'get_env("AWS_ACCOUNT_ID")' in root(synthesize({"web": config}))
    config["provider"]["aws"][0]["allowed_account_ids"] = ["111122223333"]
    assert "inputs" not in root(synthesize({"web": config}))


def test_no_backend_settings_where_no_state_is_in_s3(synthesize, tier_config):
    config = tier_config("web")
    assert "backend.hcl" in root(synthesize({"web": config}))
    config["terraform"]["backend"] = {"local": {"path": "x"}}
    assert "backend.hcl" not in root(synthesize({"web": config}))


def root(tiers):
    return terragrunt_files(bundle_tiers(tiers))["root.hcl"]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on PATH")
def test_the_files_are_formatted(shop):
    for path, text in terragrunt_files(bundle_tiers(shop)).items():
        run = subprocess.run(
            ["terraform", "fmt", "-no-color", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout == text, path
