"""Terragrunt's files for a bundle."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.handoff.account_guard import ACCOUNT_ID
from terratiers.handoff.bundle_tier import BundleTier

__all__ = ["terragrunt_files"]

_ROOT = """\
# Settings for every tier. Each tier brings its own backend and providers, so nothing is generated
# here.
#
#   terragrunt run --all plan      every tier, each after those it needs
#   terragrunt run --all apply
#
# Terragrunt 0.78 or newer has this command; see README.md for the first deployment.

terraform {
  extra_arguments "wait_for_lock" {
    commands  = get_terraform_commands_that_need_locking()
    arguments = ["-lock-timeout=5m"]
  }
"""
_BACKEND = """
  # Other settings of the S3 backend: backend.hcl beside this file, made from backend.hcl.example.
  # What reads other tiers' states follows through TF_VAR_state_bucket and TF_VAR_state_region.
  extra_arguments "backend" {
    commands = ["init"]
    arguments = fileexists("${get_parent_terragrunt_dir()}/backend.hcl") ? [
      "-backend-config=${get_parent_terragrunt_dir()}/backend.hcl",
    ] : []
  }
"""
_ACCOUNT = f"""
# The account that Terraform may touch; without the variable nothing runs.
inputs = {{
  {ACCOUNT_ID} = get_env("AWS_ACCOUNT_ID")
}}
"""
_INCLUDE = """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}
"""


def terragrunt_files(tiers: Sequence[BundleTier]) -> dict[str, str]:
    """Text by path in the bundle: `root.hcl` and a `terragrunt.hcl` in each tier's folder.

    Each tier stays a root module of its own; Terragrunt adds the order, and the account's guard
    where the program did not name the account.

    https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/
    """
    in_s3 = any(tier.backend[0] == "s3" for tier in tiers)
    asks = any(ACCOUNT_ID in tier.config.get("variable", {}) for tier in tiers)
    root = _ROOT + (_BACKEND if in_s3 else "") + "}\n" + (_ACCOUNT if asks else "")
    return {
        "root.hcl": root,
        **{f"{tier.folder}/terragrunt.hcl": _unit(tier, tiers) for tier in tiers},
    }


def _unit(tier: BundleTier, tiers: Sequence[BundleTier]) -> str:
    needed = [other.folder for other in tiers if other.name in tier.dependencies]
    if not needed:
        return _INCLUDE
    paths = "".join(f'    "../{folder}",\n' for folder in needed)
    return f"{_INCLUDE}\ndependencies {{\n  paths = [\n{paths}  ]\n}}\n"
