"""run.sh: which Terraform commands it runs, in which order, and when it stops."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from terratiers.handoff.bundle import write_bundle
from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.runner import backend_example, runner_script

import pytest

# Notes what it is asked; has states where a file `applied` lies, fails where `broken` does. After
# `init -backend=false`, states cannot be listed; there is no bucket where `no-bucket` lies.
TERRAFORM = """#!/bin/sh
folder=${1#-chdir=}
shift
echo "${folder##*/} $*" >>"$LOG"
[ "$1" != plan ] || echo "bucket=$TF_VAR_state_bucket account=$TF_VAR_aws_account_id" >>"$LOG.env"
[ ! -f "$folder/broken-$1" ] || exit 1
case $1 in
  init)
    mkdir -p "$folder/.terraform"
    if [ -f "$folder/no-bucket" ] && [ ! -f "$folder/bootstrap_override.tf" ]; then
      echo "Error: S3 bucket does not exist" >&2
      exit 1
    fi
    case $* in *-backend=false*) ;; *) : >"$folder/.terraform/backend" ;; esac
    ;;
  state)
    if [ ! -f "$folder/.terraform/backend" ]; then
      echo "Error: Backend initialization required" >&2
      exit 1
    elif [ -f "$folder/expired" ]; then
      echo "Error: ExpiredToken" >&2
      exit 1
    elif [ ! -f "$folder/applied" ]; then
      echo "No state file was found!" >&2
      exit 1
    elif [ ! -f "$folder/empty" ]; then
      echo aws_vpc.vpc
    fi
    [ -z "${TF_LOG:-}" ] || echo "[DEBUG] a log" >&2
    ;;
  plan) [ ! -f "$folder/changed" ] || exit 2 ;;
  apply) : >"$folder/applied" ;;
esac
"""
ACCOUNT = "111122223333"


@pytest.fixture
def bundle(shop, tmp_path) -> Path:
    write_bundle(shop, tmp_path / "my bundle")
    terraform = tmp_path / "bin" / "terraform"
    terraform.parent.mkdir()
    terraform.write_text(TERRAFORM)
    terraform.chmod(0o755)
    return tmp_path / "my bundle"


def run(bundle: Path, *arguments: str, status: int = 0, **variables: str):
    """The commands that Terraform was given, and what the script said."""
    log = bundle.parent / "log"
    log.write_text("")
    environment = {
        "PATH": f"{bundle.parent / 'bin'}:{os.environ['PATH']}",
        "LOG": str(log),
        "AWS_ACCOUNT_ID": ACCOUNT,
        **variables,
    }
    ended = subprocess.run(
        [shutil.which("dash") or "sh", bundle / "run.sh", *arguments],
        env=environment,
        cwd=bundle.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == status, said
    return log.read_text().splitlines(), said


def applied(bundle: Path, *folders: str) -> None:
    for folder in folders:
        (bundle / folder / "applied").touch()


def test_apply_goes_in_order_and_passes_options_on(bundle):
    commands, _ = run(bundle, "apply", "-auto-approve", "-var", "web", "state")
    assert [line for line in commands if " apply" in line] == [
        "01-state apply -auto-approve -var",
        "03-web apply -auto-approve -var",
    ]


def test_it_stops_at_the_first_failure(bundle):
    applied(bundle, "01-state")
    (bundle / "02-network" / "broken-apply").touch()
    commands, said = run(bundle, "apply", status=1)
    assert [line for line in commands if " apply" in line] == [
        "01-state apply",
        "02-network apply",
    ]
    assert "02-network: terraform apply failed" in said


def test_a_failed_init_names_what_makes_the_bucket(bundle):
    (bundle / "02-network" / "broken-init").touch()
    _, said = run(bundle, "plan", "network", status=1)
    assert "02-network: terraform init failed. Its state bucket is made by 01-state" in said


def test_destroy_goes_backwards_and_leaves_the_states_bucket(bundle):
    commands, said = run(bundle, "destroy")
    assert [line for line in commands if " destroy" in line] == [
        "03-web destroy",
        "02-network destroy",
    ]
    assert "01-state stays" in said
    commands, _ = run(bundle, "destroy", "state")
    assert commands[-1] == "01-state destroy"


def test_what_reads_an_unapplied_tier_is_not_planned(bundle):
    commands, said = run(bundle, "plan", status=3)
    assert "02-network plan" in commands
    assert "03-web plan" not in commands
    assert "03-web cannot be planned yet: it needs 02-network" in said


def test_a_tier_that_was_only_validated_can_be_planned_after(bundle):
    applied(bundle, "01-state", "02-network")
    run(bundle, "validate")
    commands, _ = run(bundle, "plan", "web")
    assert commands[:2] == ["02-network init -input=false", "02-network state list -no-color"]
    assert "03-web plan" in commands


def test_a_state_that_cannot_be_read_is_a_failure(bundle):
    applied(bundle, "01-state", "02-network")
    (bundle / "02-network" / "expired").touch()
    for tiers in ([], ["web"]):
        commands, said = run(bundle, "plan", *tiers, status=1)
        assert "03-web plan" not in commands
        assert "Error: ExpiredToken" in said
        assert "02-network: terraform state list failed" in said
        assert "has not been applied" not in said
    (bundle / "01-state" / "expired").touch()
    commands, said = run(bundle, "apply", status=1)
    assert "01-state: terraform state list failed" in said
    assert not [line for line in commands if " apply" in line]


def test_logs_are_no_resources(bundle):
    applied(bundle, "02-network")
    (bundle / "02-network" / "empty").touch()
    _, said = run(bundle, "plan", "web", status=3, TF_LOG="debug")
    assert "03-web cannot be planned yet: it needs 02-network" in said


def test_a_mistyped_bucket_begins_no_second_deployment(bundle):
    (bundle / "01-state" / "no-bucket").touch()
    for command in (["plan", "state"], ["apply", "-auto-approve"]):
        _, said = run(bundle, *command)
        assert "The state bucket shop-dev-tfstate does not exist yet" in said
    (bundle / "01-state" / "bootstrap_override.tf").unlink()
    (bundle / "01-state" / "applied").unlink()
    (bundle / "backend.hcl").write_text('bucket = "ops-sattes"\n')
    commands, said = run(bundle, "apply", "-auto-approve", status=1)
    assert not [line for line in commands if " apply" in line]
    assert f"the state bucket ops-sattes does not exist. Is its name right in {bundle}" in said
    assert not (bundle / "01-state" / "bootstrap_override.tf").exists()
    commands, said = run(bundle, "apply", "-auto-approve", "state")
    assert "The state bucket ops-sattes does not exist yet" in said
    assert "01-state apply -auto-approve" in commands


def test_changes_are_told_by_the_exit_code_on_request(bundle):
    applied(bundle, "01-state", "02-network", "03-web")
    run(bundle, "plan", "-detailed-exitcode")
    (bundle / "02-network" / "changed").touch()
    commands, _ = run(bundle, "plan", "-detailed-exitcode", status=2)
    assert commands[-2:] == ["03-web plan -detailed-exitcode", "03-web state list -no-color"]


def test_a_bucket_that_others_made_is_left_alone(bundle):
    commands, said = run(bundle, "apply")
    assert "01-state apply" not in commands
    assert "01-state is left out" in said
    assert run(bundle, "apply", "state")[0][-1] == "01-state apply"


def test_the_account_has_to_be_named(bundle):
    for wrong in ("", "12", "11112222333x"):
        commands, said = run(bundle, "plan", status=1, AWS_ACCOUNT_ID=wrong)
        assert commands == []
        assert "twelve digits" in said
    run(bundle, "validate", AWS_ACCOUNT_ID="")


def test_a_bundle_for_one_account_is_for_no_other(synthesize, tier_config, bundle):
    provider = {"aws": [{"region": "eu-central-1", "allowed_account_ids": [ACCOUNT]}]}
    tiers = synthesize({"web": tier_config("web", provider=provider)})
    write_bundle(tiers, bundle.parent / "bound")
    run(bundle.parent / "bound", "plan", AWS_ACCOUNT_ID="")
    _, said = run(bundle.parent / "bound", "plan", status=1, AWS_ACCOUNT_ID="999999999999")
    assert f"is for account {ACCOUNT}, but AWS_ACCOUNT_ID is 999999999999" in said


def test_other_backend_settings_reach_init_and_the_readers(bundle):
    example = (bundle / "backend.hcl.example").read_text()
    (bundle / "backend.hcl").write_text(example.replace("shop-dev-tfstate", "ops states"))
    commands, _ = run(bundle, "plan", "network")
    assert commands[0] == f"02-network init -backend-config={bundle}/backend.hcl"
    assert f"bucket=ops states account={ACCOUNT}" in (bundle.parent / "log.env").read_text()
    other = bundle.parent / "other.hcl"
    other.write_text('bucket="b"\n')
    commands, _ = run(bundle, "init", "network", BACKEND_CONFIG="other.hcl")
    assert commands == [f"02-network init -backend-config={other}"]
    _, said = run(bundle, "init", status=1, BACKEND_CONFIG="nowhere.hcl")
    assert "there is no file nowhere.hcl" in said


def test_one_key_for_all_tiers_is_refused(bundle):
    (bundle / "backend.hcl").write_text('  key = "one.tfstate"\n')
    commands, said = run(bundle, "plan", status=1)
    assert commands == []
    assert "all tiers would share one state" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "unknown. Use plan, apply"),
        (["plan", "frontend"], "no tier of this bundle. Its tiers: 01-state 02-network 03-web."),
        (["validate", "-json"], "validate takes no option"),
    ],
)
def test_what_it_does_not_know_is_told(bundle, arguments, said):
    assert said in run(bundle, *arguments, status=1)[1]


def test_help_is_its_head(bundle):
    _, said = run(bundle)
    assert "./run.sh destroy" in said
    assert "set -eu" not in said


def test_no_terraform_is_told(bundle):
    _, said = run(bundle, "plan", status=1, TERRAFORM="no-such-terraform")
    assert "there is no no-such-terraform on PATH" in said


def test_a_tier_with_a_local_state_takes_no_backend_settings(synthesize, tier_config):
    config = tier_config("plain")
    config["terraform"]["backend"] = {"local": {}}
    tiers = bundle_tiers(synthesize({"plain": config}))
    assert "s3_tiers=''" in runner_script(tiers)
    assert backend_example(tiers) == ""
