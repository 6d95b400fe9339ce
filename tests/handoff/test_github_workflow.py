"""The workflow: read by a YAML parser, and its scripts run."""

from __future__ import annotations

import os
import re
import subprocess

from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.github_roles import github_roles
from terratiers.handoff.github_workflow import github_workflow

import pytest
import yaml


@pytest.fixture
def workflow(shop):
    return yaml.safe_load(github_workflow(bundle_tiers(shop)))


def steps(workflow, job):
    return {
        step.get("id") or step.get("name") or step["uses"].split("@")[0]: step
        for step in workflow["jobs"][job]["steps"]
    }


def test_it_plans_pull_requests_and_applies_main(workflow):
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main"]}}
    apply = workflow["jobs"]["apply"]
    assert apply["needs"] == "plan"
    assert apply["if"] == "github.event_name == 'push' && needs.plan.outputs.changes == 'yes'"
    assert "run.sh apply -auto-approve" in apply["steps"][-1]["run"]


def test_an_apply_is_approved_and_alone(workflow):
    apply = workflow["jobs"]["apply"]
    assert apply["environment"] == "dev"
    assert apply["concurrency"] == {"group": "terraform-apply-dev", "cancel-in-progress": False}


def test_credentials_come_from_openid_connect_only(workflow, shop):
    assert workflow["permissions"] == {"contents": "read"}
    roles = []
    for name, job in workflow["jobs"].items():
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
        given = steps(workflow, name)["aws-actions/configure-aws-credentials"]["with"]
        assert given["aws-region"] == "eu-central-1"
        roles.append(given["role-to-assume"])
    assert roles == ["${{ vars.AWS_PLAN_ROLE_ARN }}", "${{ vars.AWS_APPLY_ROLE_ARN }}"]
    text = github_workflow(bundle_tiers(shop))
    assert "secrets." not in text
    assert "access-key" not in text.lower()


def test_forks_get_no_credentials(workflow):
    guard = "github.event.pull_request.head.repo.full_name == github.repository"
    assert guard in workflow["jobs"]["plan"]["if"]


def test_actions_and_terraform_are_pinned(workflow):
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
        terraform = steps(workflow, name)["hashicorp/setup-terraform"]["with"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", str(terraform["terraform_version"]))
        assert terraform["terraform_wrapper"] is False


@pytest.mark.parametrize(
    ("status", "code", "output"),
    [
        (0, 0, "changes=no\n"),
        (2, 0, "changes=yes\n"),
        (3, 0, "changes=yes\n"),
        (1, 1, ""),
    ],
    ids=["nothing", "changes", "a consumer waits for its producer", "failure"],
)
def test_the_plan_step(workflow, tmp_path, status, code, output):
    (tmp_path / "run.sh").write_text(f'echo "said $*"\nexit {status}\n')
    run = subprocess.run(
        [
            "bash",
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            steps(workflow, "plan")["plan"]["run"],
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code
    said = "said plan -detailed-exitcode -lock=false -no-color\n"
    assert run.stdout.startswith(said)
    assert ("::notice::" in run.stdout) == (status == 3)
    assert (tmp_path / "summary").read_text() == f"```text\n{said}```\n"
    found = tmp_path / "output"
    assert (found.read_text() if found.exists() else "") == output


def test_the_state_tier_is_not_bootstrapped_on_a_runner(workflow, shop):
    check = steps(workflow, "apply")["Check that the state bucket exists"]["run"]
    assert 'head-bucket --bucket "$bucket"' in check
    without = yaml.safe_load(github_workflow(bundle_tiers(shop, ["network", "web"])))
    assert "Check that the state bucket exists" not in steps(without, "apply")


def test_the_account_is_a_variable_unless_the_program_named_it(workflow, synthesize, tier_config):
    assert workflow["env"]["AWS_ACCOUNT_ID"] == "${{ vars.AWS_ACCOUNT_ID }}"
    config = tier_config("web")
    config["provider"]["aws"][0]["allowed_account_ids"] = ["111122223333"]
    text = github_workflow(bundle_tiers(synthesize({"web": config})))
    assert "AWS_ACCOUNT_ID" not in text


def test_a_program_without_tags_and_region(synthesize, tier_config):
    config = tier_config("web")
    config["provider"]["aws"] = [{}]
    found = yaml.safe_load(github_workflow(bundle_tiers(synthesize({"web": config}))))
    assert found["jobs"]["apply"]["environment"] == "production"
    given = steps(found, "plan")["aws-actions/configure-aws-credentials"]["with"]
    assert given["aws-region"] == "${{ vars.AWS_REGION }}"


def test_the_role_that_applies_trusts_the_environment_alone(shop):
    text = github_roles(bundle_tiers(shop))
    assert re.findall(r'"(repo:[^"]+)"', text) == [
        "repo:OWNER/REPOSITORY:pull_request",
        "repo:OWNER/REPOSITORY:ref:refs/heads/main",
        "repo:OWNER/REPOSITORY:environment:dev",
    ]


@pytest.mark.parametrize(
    ("settings", "bucket"),
    [
        (None, "shop-dev-tfstate"),
        ('region = "x"\n', "shop-dev-tfstate"),
        ('# mine\n  bucket="ops-states" # there\n', "ops-states"),
    ],
)
def test_the_guard_asks_for_the_bucket_that_the_script_uses(workflow, tmp_path, settings, bucket):
    if settings is not None:
        (tmp_path / "backend.hcl").write_text(settings)
    (tmp_path / "aws").write_text('#!/bin/sh\necho "asked $*"\nexit 1\n')
    (tmp_path / "aws").chmod(0o755)
    script = steps(workflow, "apply")["Check that the state bucket exists"]["run"]
    run = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert f"asked s3api head-bucket --bucket {bucket}\n" in run.stdout
    assert f"::error::No bucket {bucket}: apply 01-state" in run.stdout
