"""The bundle's script: Terraform in every tier, in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from terratiers.handoff.account_guard import ACCOUNT_ID
from terratiers.handoff.bundle_tier import BundleTier, producers

__all__ = ["SCRIPT", "backend_example", "runner_script"]

SCRIPT = "run.sh"


def runner_script(tiers: Sequence[BundleTier]) -> str:
    """The text of `run.sh`: POSIX shell, needs Terraform alone."""
    template = Path(__file__).with_name("data").joinpath(SCRIPT).read_text(encoding="utf-8")
    read = {tier.folder: [other.folder for other in producers(tier, tiers)] for tier in tiers}
    facts = {
        "TIERS": " ".join(tier.folder for tier in tiers),
        "S3_TIERS": " ".join(tier.folder for tier in tiers if tier.backend[0] == "s3"),
        "STATE_TIER": " ".join(tier.folder for tier in tiers if tier.makes_state_bucket),
        "STATE_BUCKET": " ".join(
            str(t.backend[1]["bucket"]) for t in tiers if t.makes_state_bucket
        ),
        "ACCOUNT": _account(tiers),
        "PRODUCERS": "".join(
            f"    {folder}) echo '{' '.join(others)}' ;;\n"
            for folder, others in read.items()
            if others
        ),
    }
    for name, value in facts.items():
        template = template.replace(f"@{name}@", value)
    return template


def backend_example(tiers: Sequence[BundleTier]) -> str:
    """The text of `backend.hcl.example`; empty when no tier keeps its state in S3."""
    found = [settings for kind, settings in (tier.backend for tier in tiers) if kind == "s3"]
    if not found:
        return ""
    names = [name for name in ("bucket", "region", "kms_key_id") if name in found[0]]
    width = max(map(len, names))
    return (
        "# Other settings of the S3 backend. Copied to backend.hcl and changed, run.sh uses them\n"
        "# in every tier. By hand: terraform init -backend-config=../backend.hcl, and for a tier\n"
        "# that reads others TF_VAR_state_bucket and TF_VAR_state_region, which run.sh sets too.\n"
        "# No key here: each tier has its own.\n"
    ) + "".join(f'{name.ljust(width)} = "{found[0][name]}"\n' for name in names)


def _account(tiers: Sequence[BundleTier]) -> str:
    """The accounts that the tiers are bound to; `ask` when one has to be named at each run."""
    if any(ACCOUNT_ID in tier.config.get("variable", {}) for tier in tiers):
        return "ask"
    return " ".join(
        sorted(
            {
                account
                for tier in tiers
                for provider in tier.providers
                for account in provider.get("allowed_account_ids", [])
            }
        )
    )
