"""The README of a bundle: how an ops team deploys, changes, undoes and removes it."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.handoff.bundle_tier import BundleTier, producers
from terratiers.handoff.deploying import (
    account_section,
    changes_section,
    export_account,
    first_time_section,
    state_section,
)
from terratiers.handoff.destroy_section import destroy_section
from terratiers.handoff.diagram import tiers_diagram
from terratiers.handoff.github_roles import github_roles
from terratiers.handoff.markdown import blocks, code, link, paragraph, table, text
from terratiers.handoff.notes import tier_notes
from terratiers.handoff.permissions_section import permissions_section
from terratiers.handoff.references import states_outside
from terratiers.handoff.trouble import failures_section, rollback_section

__all__ = ["bundle_readme"]

_PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_arm64", "windows_amd64")


def bundle_readme(
    tiers: Sequence[BundleTier],
    *,
    output_format: str,
    script: str,
    terragrunt: bool = False,
    github_workflow: str | None = None,
) -> str:
    """The text of the bundle's `README.md`.

    Args:
        tiers: The bundle's tiers, in the order of applying.
        output_format: `json` or `hcl`: how the configuration is written.
        script: Name of the bundle's script: `run.sh`.
        terragrunt: Whether the bundle has Terragrunt's files. Default: no.
        github_workflow: Path of its GitHub Actions workflow. Default: it has none.
    """
    return blocks(
        _head(tiers, output_format),
        _tiers(tiers),
        _needs(tiers),
        first_time_section(tiers, script),
        changes_section(tiers, script),
        account_section(tiers, script),
        state_section(tiers, script),
        permissions_section(tiers),
        rollback_section(tiers, script),
        destroy_section(tiers, script),
        failures_section(script),
        _notes(tiers),
        _checks(),
        _terragrunt(tiers, script) if terragrunt else "",
        _github(tiers, github_workflow) if github_workflow else "",
    )


def _head(tiers: Sequence[BundleTier], output_format: str) -> str:
    tags = [tier.default_tags for tier in tiers if "Project" in tier.default_tags]
    name = (
        " ".join(tags[0][key] for key in ("Project", "Environment") if key in tags[0])
        if tags
        else ""
    )
    count = sum(1 for tier in tiers for _ in tier.blocks("resource"))
    language = "HCL" if output_format == "hcl" else "Terraform JSON"
    what = paragraph(
        f"Terraform configuration ({language}) for AWS: {_counted(len(tiers), 'tier')} with "
        f"{_counted(count, 'resource')}. "
        "Each folder is one tier: a root module with a state of its own, applied in the order of "
        "the numbers. Terraform is all that is needed; the program that wrote these files is not. "
        "Change the program, not the files: the next bundle replaces them."
    )
    return f"# {text(name) if name else 'Terraform bundle'}\n\n{what}"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _tiers(tiers: Sequence[BundleTier]) -> str:
    here = {tier.name: tier.folder for tier in tiers}
    rows = [
        (
            str(tier.number),
            link(text(tier.folder), f"{tier.folder}/README.md"),
            ", ".join(
                [
                    *(code(other.folder) for other in producers(tier, tiers)),
                    *(code(f"{name} (elsewhere)") for name in states_outside(tier, tiers)),
                ]
            ),
            ", ".join(code(here.get(name, f"{name} (elsewhere)")) for name in tier.dependencies),
            ", ".join(code(name) for name in sorted(tier.config.get("output", {}))),
            code(tier.backend[1].get("key", tier.backend[0])),
            str(sum(1 for _ in tier.blocks("resource"))),
        )
        for tier in tiers
    ]
    header = ("#", "Tier", "Reads", "Applied after", "Writes (outputs)", "State key", "Resources")
    return f"""\
## Tiers

{table(header, rows)}
An arrow leads from a tier to the one whose outputs it reads, a dotted one to a tier that only has
to be there before.

```mermaid
{tiers_diagram(tiers)}```
"""


def _needs(tiers: Sequence[BundleTier]) -> str:
    versions = sorted(
        {
            tier.config["terraform"]["required_version"]
            for tier in tiers
            if "required_version" in tier.config.get("terraform", {})
        }
    )
    providers: dict[str, set[str]] = {}
    for tier in tiers:
        for name, required in (
            tier.config.get("terraform", {}).get("required_providers", {}).items()
        ):
            providers.setdefault(str(required.get("source", name)), set()).add(
                str(required.get("version", "any"))
            )
    rows = [
        (
            link("Terraform", "https://developer.hashicorp.com/terraform/install"),
            " and ".join(map(code, versions)) or "any",
        ),
        *(
            (f"Provider {code(source)}", ", ".join(map(code, sorted(wanted))))
            for source, wanted in sorted(providers.items())
        ),
        ("AWS credentials", "of a role with the permissions below"),
    ]
    platforms = " ".join(f"-platform={name}" for name in _PLATFORMS)
    return f"""\
## What is needed

{table(("", "Version"), rows)}
The bundle has no `.terraform.lock.hcl`, since that depends on the platforms that you run on. Make
one for each tier, and commit it; `terraform init` then takes exactly these provider packages:

```sh
for tier in */backend.tf*; do
  terraform -chdir="$(dirname "$tier")" providers lock {platforms}
done
```
"""


def _notes(tiers: Sequence[BundleTier]) -> str:
    rows = [
        (
            code(tier.folder),
            code(note.id) if note.id else "",
            "accepted" if note.acknowledged else note.level,
            text(note.text),
        )
        for tier in tiers
        for note in tier_notes(tier)
    ]
    if not rows:
        return ""
    return f"""\
## Accepted risks and warnings

What the author was warned of, and the reason for accepting it:

{table(("Tier", "Id", "", "Reason or warning"), rows)}"""


def _checks() -> str:
    return """\
## Check and compare

```sh
sha256sum -c SHA256SUMS        # macOS: shasum -a 256 -c SHA256SUMS
diff -r ../previous-bundle .   # every changed line
```

`manifest.json` says what the bundle holds, for programs. Those who have the program and Terratiers
get a summary by tier and resource from `terratiers handoff --diff ../previous-bundle`.
"""


def _terragrunt(tiers: Sequence[BundleTier], script: str) -> str:
    state = [tier.folder for tier in tiers if tier.makes_state_bucket]
    first = f" Apply `{state[0]}` with `{script}` first, since its state moves." if state else ""
    what = paragraph(
        "`root.hcl` and each tier's `terragrunt.hcl` have the order and the account's "
        f"guard.{first} Then:"
    )
    return f"""\
## Terragrunt

{what}
```sh
{export_account(tiers)}terragrunt run --all plan
terragrunt run --all apply
```

A first `run --all plan` fails for tiers that read others which were not applied yet; apply goes in
order.
"""


def _github(tiers: Sequence[BundleTier], path: str) -> str:
    what = paragraph(
        f"`{path}` plans on pull requests and applies what reaches `main`, in order. Its head says "
        "what to set up once."
    )
    return f"## GitHub Actions\n\n{what}\n{github_roles(tiers)}"
