"""The parts of the bundle's README about undoing a change and about failures."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.lasting import lasting_effects
from terratiers.handoff.markdown import blocks, code, table

__all__ = ["failures_section", "rollback_section"]


def rollback_section(tiers: Sequence[BundleTier], script: str) -> str:
    """How to go back to the previous bundle, and what that does not bring back."""
    lost: dict[str, str] = {}
    for tier in tiers:
        lost.update(lasting_effects(tier))
    rows = [(code(kind), effect) for kind, effect in sorted(lost.items())]
    return blocks(
        f"""\
## Roll back

Apply the previous bundle: keep the last ones, in a repository of their own or as archives.

```sh
cd ../previous-bundle
./{script} plan       # read what is destroyed or replaced before going on
./{script} apply
```

Tiers that only the newer bundle has stay: destroy them from the newer bundle before. A rollback
brings the configuration back, not data.
""",
        "What it does not bring back, once destroyed or replaced:\n" if rows else "",
        table(("Type", "What is lost"), rows) if rows else "",
        _state_versions(tiers),
    )


def _state_versions(tiers: Sequence[BundleTier]) -> str:
    for tier in reversed(tiers):
        kind, settings = tier.backend
        if kind == "s3":
            return _one_state_version(tier.folder, settings["bucket"], settings["key"])
    return ""


def _one_state_version(folder: str, bucket: str, key: str) -> str:
    return f"""\
A damaged state (not a bad change) is restored from the bucket's older versions. Nobody may apply
meanwhile:

```sh
aws s3api list-object-versions --bucket {bucket} --prefix {key}
aws s3api get-object --bucket {bucket} --key {key} --version-id ID older.tfstate
terraform -chdir={folder} state push -force "$PWD/older.tfstate"
terraform -chdir={folder} plan
```
"""


def failures_section(script: str) -> str:
    """Messages that people meet, and what to do."""
    rows = [
        (
            "`Error acquiring the state lock`",
            "Somebody applies, or a run was killed. Ask first; then `terraform force-unlock ID` in "
            "the tier's folder, with the id of the message.",
        ),
        (
            "`Unable to find remote state`, `This object does not have an attribute named`",
            "A tier that this one reads was not applied, or not since its output was added: apply "
            "that one.",
        ),
        (
            "`AccessDenied`, `UnauthorizedOperation`",
            "The role lacks the action that the message names: compare with its `iam/*.json`. An "
            "encoded message: `aws sts decode-authorization-message`.",
        ),
        (
            "`AWS account ID not allowed`",
            "Credentials of another account, or a mistyped account id.",
        ),
        (
            "`Inconsistent dependency lock file`",
            "The lock file is of an older bundle or another platform: `terraform providers lock` "
            "again.",
        ),
        (
            "`Backend configuration changed`",
            "The states are to be elsewhere than before: `terraform init -migrate-state` takes "
            "this tier's state along, `-reconfigure` leaves it.",
        ),
        ("`BucketNotEmpty`", "See the section on destroying."),
        (
            "An apply broke off in the middle",
            f"`./{script} apply` again: Terraform has recorded what it made.",
        ),
    ]
    return f"## When something fails\n\n{table(('Message', 'What to do'), rows)}"
