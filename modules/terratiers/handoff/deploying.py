"""The parts of the bundle's README about applying: first, later, where, and in which account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.handoff.account_guard import ACCOUNT_ID
from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.manual_steps import manual_steps
from terratiers.handoff.markdown import code, paragraph

__all__ = [
    "account_section",
    "changes_section",
    "export_account",
    "first_time_section",
    "state_section",
]


def first_time_section(tiers: Sequence[BundleTier], script: str) -> str:
    """How to deploy for the first time, and what people have to do before or meanwhile."""
    steps = manual_steps(tiers, tiers)
    people = "\nWhat people have to do before or meanwhile:\n\n" if steps else ""
    people += "".join(f"- {step}\n" for step in steps)
    return f"""\
## The first deployment

```sh
{export_account(tiers)}./{script} apply
```

This applies every tier in order, asks before each, and stops at the first failure; run again, it
goes on. A plan of everything before that is not possible: a tier that reads another one cannot be
planned before that one was applied. `./{script} plan` says which ones wait, and ends with status 3.

{_first_state(tiers, script)}{people}"""


def _first_state(tiers: Sequence[BundleTier], script: str) -> str:
    for tier in tiers:
        if tier.makes_state_bucket:
            return _bootstrap(tier, script)
    buckets = sorted({str(t.backend[1]["bucket"]) for t in tiers if t.backend[0] == "s3"})
    if not buckets:
        return "The states are local files in the tiers' folders: keep them.\n"
    return paragraph(
        f"The states go into the bucket {', '.join(map(code, buckets))}. It has to exist: "
        "versioned, encrypted, closed to the public."
    )


def _bootstrap(tier: BundleTier, script: str) -> str:
    how = paragraph(
        f"{code(tier.folder)} makes the bucket {code(tier.backend[1]['bucket'])} for all states. "
        f"Its own state begins in a local file; `{script}` moves it into the bucket right after "
        "the apply. Should that be interrupted, run the same command again in the same folder: "
        "until it has moved, the local file is the only record of the bucket. By hand:"
    )
    return f"""\
{how}
```sh
cd {tier.folder}
printf 'terraform {{\\n  backend "local" {{}}\\n}}\\n' > bootstrap_override.tf
terraform init
terraform apply
rm bootstrap_override.tf
terraform init -migrate-state        # answer yes
terraform plan                       # No changes.
rm -f terraform.tfstate terraform.tfstate.backup
```
"""


def export_account(tiers: Sequence[BundleTier]) -> str:
    """The line of shell that names the account; empty when the program named it."""
    asks = any(ACCOUNT_ID in tier.config.get("variable", {}) for tier in tiers)
    return "export AWS_ACCOUNT_ID=111122223333    # yours\n" if asks else ""


def changes_section(tiers: Sequence[BundleTier], script: str) -> str:
    """The commands of every day, with the script and by hand."""
    variable = f"export TF_VAR_{ACCOUNT_ID}=111122223333\n" if export_account(tiers) else ""
    return f"""\
## Plan and apply

| Command | Does |
| --- | --- |
| `./{script} plan` | plans every tier; nothing is changed |
| `./{script} apply` | applies every tier in order; asks before each |
| `./{script} apply {tiers[-1].name}` | applies one tier |
| `./{script} apply -auto-approve` | asks nothing, for pipelines |
| `./{script} validate` | checks the configuration; needs no account |

What begins with `-` goes to Terraform. Status: 0 all is well, 1 a failure, 2 changes (with
`plan -detailed-exitcode`), 3 tiers wait for others.

By hand, tier by tier in the order above:

```sh
{variable}cd {tiers[-1].folder}
terraform init
terraform plan -out=tier.tfplan
terraform apply tier.tfplan
```

A change of a tier's outputs reaches its readers with their next apply: apply those that "Reads"
names it in, too. A tier that a newer bundle no longer has stays in AWS: destroy it from the older
bundle first.
"""


def account_section(tiers: Sequence[BundleTier], script: str) -> str:
    """What keeps Terraform from another account; empty when nothing does."""
    if export_account(tiers):
        return "## The account\n\n" + paragraph(
            f"The program did not name the account. `{script}` therefore wants `AWS_ACCOUNT_ID` "
            "and hands it to Terraform, which refuses to work with credentials of any other "
            f"account. By hand, set `TF_VAR_{ACCOUNT_ID}`; without it, nothing is checked."
        )
    allowed = [p["allowed_account_ids"] for t in tiers for p in t.providers if _is_bound(p)]
    accounts = sorted({str(account) for accounts in allowed for account in accounts})
    if not accounts:
        return ""
    return "## The account\n\n" + paragraph(
        "Terraform refuses to work with credentials of any account but "
        f"{', '.join(map(code, accounts))} (`allowed_account_ids`)."
    )


def _is_bound(provider: Mapping[str, Any]) -> bool:
    return isinstance(provider.get("allowed_account_ids"), list)


def state_section(tiers: Sequence[BundleTier], script: str) -> str:
    """How to keep the states elsewhere; empty when none is in S3."""
    if not any(tier.backend[0] == "s3" for tier in tiers):
        return ""
    return f"""\
## Where the states are

Copy `backend.hcl.example` to `backend.hcl` and change it to keep the states in another bucket or
region: `{script}` uses it in every tier. By hand:

```sh
terraform init -backend-config=../backend.hcl
export TF_VAR_state_bucket=my-states TF_VAR_state_region=eu-central-1
```

The variables are for the tiers that read other tiers' states. The IAM policies name the bucket,
too: change it there.

{_choice_of_bucket(tiers, script)}"""


def _choice_of_bucket(tiers: Sequence[BundleTier], script: str) -> str:
    maker = next((tier.folder for tier in tiers if tier.makes_state_bucket), None)
    moving = " ".join(t.folder for t in tiers if t.backend[0] == "s3" and t.folder != maker)
    when = "Choose the bucket before the first apply" + (
        f", since {code(maker)} makes it." if maker else "."
    )
    if not moving:
        return paragraph(when)
    but = f" but {code(maker)}, whose state and bucket stay where they are" if maker else ""
    how = paragraph(
        f"{when} To move states later, make the new bucket by hand (versioned, encrypted, closed "
        f"to the public) and change `backend.hcl`; then, for every tier{but}:"
    )
    left_out = (
        f"rm -rf {maker}/.terraform    # {script} leaves it out from now on\n" if maker else ""
    )
    return f"""\
{how}
```sh
for tier in {moving}; do    # answer yes
  terraform -chdir="$tier" init -backend-config=../backend.hcl -migrate-state
done
{left_out}```
"""
