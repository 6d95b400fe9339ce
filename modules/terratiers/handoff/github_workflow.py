"""A GitHub Actions workflow for a bundle."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.handoff.account_guard import ACCOUNT_ID
from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.runner import SCRIPT

__all__ = [
    "APPLY_ROLE",
    "PLAN_ROLE",
    "TERRAFORM_VERSION",
    "deployment_environment",
    "github_workflow",
]

TERRAFORM_VERSION = "1.11.4"
PLAN_ROLE = "AWS_PLAN_ROLE_ARN"
APPLY_ROLE = "AWS_APPLY_ROLE_ARN"
# Tags can be moved, commits cannot.
_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_CREDENTIALS = (
    "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3"
)
_TERRAFORM = "hashicorp/setup-terraform@dfe3c3f87815947d99a8997f908cb6525fc44e9e # v4.0.1"

_TEMPLATE = """\
# Plans on every pull request; applies what reaches main, tier by tier, and stops at the first
# failure. The bundle lies at the repository's root.
#
# Set up once:
#   - in AWS an OpenID Connect provider for token.actions.githubusercontent.com and two roles that
#     trust it: one to plan (iam/plan*.json) for this repository's pull requests and main, one to
#     apply (iam/apply*.json) for its environment @ENVIRONMENT@
#     only. README.md has the trust policies.
#   - in the repository the variables @VARIABLES@.
#   - in the repository the environment @ENVIRONMENT@, with the people who approve an apply.
@BOOTSTRAP@name: terraform

on:
  pull_request:
  push:
    branches: [main]

permissions:
  contents: read

env:
  CHECKPOINT_DISABLE: "1"
  TF_IN_AUTOMATION: "1"
  TF_INPUT: "0"@ACCOUNT@

jobs:
  plan:
    # a pull request from a fork gets no credentials
    if: >-
      github.event_name == 'push' ||
      github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
      id-token: write
    outputs:
      changes: ${{ steps.plan.outputs.changes }}
    steps:
@SETUP_PLAN@
      # without locks: a cancelled run leaves none behind
      - name: Plan every tier
        id: plan
        shell: bash
        run: |
          status=0
          sh ./@SCRIPT@ plan -detailed-exitcode -lock=false -no-color 2>&1 |
            tee plan.txt || status=$?
          {
            echo '```text'
            head -c 900000 plan.txt
            echo '```'
          } >> "$GITHUB_STEP_SUMMARY"
          case $status in
            0) echo "changes=no" >> "$GITHUB_OUTPUT" ;;
            2) echo "changes=yes" >> "$GITHUB_OUTPUT" ;;
            3)
              echo "::notice::Some tiers cannot be planned before others are applied; see the log."
              echo "changes=yes" >> "$GITHUB_OUTPUT"
              ;;
            *) exit "$status" ;;
          esac

  apply:
    needs: plan
    if: github.event_name == 'push' && needs.plan.outputs.changes == 'yes'
    runs-on: ubuntu-24.04
    timeout-minutes: 180
    environment: "@ENVIRONMENT@"
    # one apply at a time; the next one waits
    concurrency:
      group: "terraform-apply-@ENVIRONMENT@"
      cancel-in-progress: false
    permissions:
      contents: read
      id-token: write
    steps:
@SETUP_APPLY@
@GUARD@      - name: Apply every tier in order
        shell: bash
        run: sh ./@SCRIPT@ apply -auto-approve -lock-timeout=10m -no-color
"""
_SETUP = """\
      - uses: {checkout}
        with:
          persist-credentials: false
      - uses: {terraform}
        with:
          terraform_version: {version}
          terraform_wrapper: false
      - uses: {credentials}
        with:
          role-to-assume: ${{{{ vars.{role} }}}}
          role-session-name: {session}-${{{{ github.run_id }}}}
          role-duration-seconds: 3600
          aws-region: {region}
"""
_GUARD = """\
      # the first apply of @STATE_TIER@ keeps its state in a file that would be lost here
      - name: Check that the state bucket exists
        shell: bash
        run: |
          bucket='@BUCKET@'
          if [ -f backend.hcl ]; then
            setting='s/^[[:space:]]*bucket[[:space:]]*=[[:space:]]*"\\([^"]*\\)".*/\\1/p'
            given=$(sed -n "$setting" backend.hcl)
            bucket=${given:-$bucket}
          fi
          aws s3api head-bucket --bucket "$bucket" || {
            echo "::error::No bucket $bucket: apply @STATE_TIER@ by hand first, as README.md says."
            exit 1
          }

"""


def github_workflow(tiers: Sequence[BundleTier]) -> str:
    """The text of `.github/workflows/terraform.yml` for a bundle at a repository's root.

    A pull request gets a plan of every tier in the job's summary; what waits for another tier's
    first apply is skipped with a message. A push to `main` plans and, when there are changes,
    applies in order behind the approval of the repository's environment, which is called like
    the tag `Environment` (default: `production`). Credentials come from OpenID Connect only.
    """
    environment = deployment_environment(tiers)
    asks = any(ACCOUNT_ID in tier.config.get("variable", {}) for tier in tiers)
    region = next((str(tier.providers[0]["region"]) for tier in tiers if _has_region(tier)), "")
    state = [tier for tier in tiers if tier.makes_state_bucket]
    guard = bootstrap = ""
    if state:
        guard = _GUARD.replace("@STATE_TIER@", state[0].folder)
        guard = guard.replace("@BUCKET@", str(state[0].backend[1]["bucket"]))
        bootstrap = f"#   - apply {state[0].folder} once by hand: it makes the state bucket.\n"
    facts = {
        "SETUP_PLAN": _setup(PLAN_ROLE, "plan", region),
        "SETUP_APPLY": _setup(APPLY_ROLE, "apply", region),
        "GUARD": guard,
        "BOOTSTRAP": bootstrap,
        "VARIABLES": ", ".join([*(["AWS_ACCOUNT_ID"] if asks else []), PLAN_ROLE, APPLY_ROLE]),
        "ACCOUNT": "\n  AWS_ACCOUNT_ID: ${{ vars.AWS_ACCOUNT_ID }}" if asks else "",
        "ENVIRONMENT": environment,
        "SCRIPT": SCRIPT,
    }
    workflow = _TEMPLATE
    for name, value in facts.items():
        workflow = workflow.replace(f"@{name}@", value)
    return workflow


def _setup(role: str, session: str, region: str) -> str:
    return _SETUP.format(
        checkout=_CHECKOUT,
        terraform=_TERRAFORM,
        credentials=_CREDENTIALS,
        version=TERRAFORM_VERSION,
        role=role,
        session=session,
        region=region or "${{ vars.AWS_REGION }}",
    ).rstrip("\n")


def deployment_environment(tiers: Sequence[BundleTier]) -> str:
    """The name of the repository's environment that guards an apply."""
    named = (tier.default_tags.get("Environment") for tier in tiers)
    return next(filter(None, named), "production")


def _has_region(tier: BundleTier) -> bool:
    return bool(tier.providers) and "region" in tier.providers[0]
