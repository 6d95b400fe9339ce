"""How the bundle's README says to take everything down."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.lasting import protections
from terratiers.handoff.markdown import blocks, code, table

__all__ = ["destroy_section"]


def destroy_section(tiers: Sequence[BundleTier], script: str) -> str:
    """The section on destroying, in Markdown.

    Args:
        tiers: The bundle's tiers.
        script: Name of the bundle's script.
    """
    state = [tier for tier in tiers if tier.makes_state_bucket]
    kept = [
        (code(tier.folder), code(address), what)
        for tier in tiers
        if tier not in state
        for address, what in protections(tier).items()
    ]
    return blocks(
        f"""\
## Destroy

```sh
./{script} plan -destroy     # what would go
./{script} destroy           # the last tier first; asks before each
```
""",
        "Lift these first: change the argument and apply.\n" if kept else "",
        table(("Tier", "Resource", "Protection"), kept) if kept else "",
        _buckets(tiers),
        *map(_state_tier, state),
    )


def _buckets(tiers: Sequence[BundleTier]) -> str:
    full = [
        (code(tier.folder), code(f"{kind}.{name}"))
        for tier in tiers
        if not tier.makes_state_bucket
        for kind, name, body in tier.blocks("resource")
        if kind == "aws_s3_bucket" and body.get("force_destroy") is not True
    ]
    if not full:
        return ""
    return f"""\
Terraform destroys only empty buckets. Look at what is in them, keep what is needed, and empty them,
old versions included (S3 console: Empty; or a lifecycle rule that expires everything):

{table(("Tier", "Bucket"), full)}"""


def _state_tier(tier: BundleTier) -> str:
    kept = ", ".join(code(address) for address in protections(tier))
    return blocks(
        f"""\
`{tier.folder}` stays: its bucket holds the states of all tiers, and their history. When every other
tier is gone and nobody needs that history, bring its own state home, empty the bucket with all
versions, and destroy it.
""",
        f"Set `prevent_destroy = false` for {kept} in `{tier.folder}`. Then:\n" if kept else "",
        f"""\
```sh
cd {tier.folder}
printf 'terraform {{\\n  backend "local" {{}}\\n}}\\n' > bootstrap_override.tf
terraform init -migrate-state        # answer yes
# now empty the bucket {tier.backend[1].get("bucket", "")}, old versions included
terraform destroy
```
""",
    )
