"""Puts a bundle together: every tier's configuration, its guides, and what holds them together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from terratiers.core.synthesis import SynthesizedTier
from terratiers.handoff.bundle_folder import check_target, write_folder
from terratiers.handoff.bundle_readme import bundle_readme
from terratiers.handoff.bundle_tier import BundleTier, bundle_tiers
from terratiers.handoff.checksums import SUMS, checksums, digest
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.github_workflow import github_workflow
from terratiers.handoff.hcl_writer import write_hcl
from terratiers.handoff.manifest import MANIFEST, manifest
from terratiers.handoff.permissions import policy_files
from terratiers.handoff.provider_schema import load_schemas
from terratiers.handoff.runner import SCRIPT, backend_example, runner_script
from terratiers.handoff.secret_scan import check_secrets
from terratiers.handoff.selection import choose_tiers
from terratiers.handoff.terragrunt import terragrunt_files
from terratiers.handoff.tier_files import json_text, tier_json_files
from terratiers.handoff.tier_readme import tier_readme
from terratiers.handoff.written_bundle import CONFIGS

__all__ = ["write_bundle"]

_FORMATS = ("hcl", "json")
_WORKFLOW = ".github/workflows/terraform.yml"


def write_bundle(
    synthesized: Sequence[SynthesizedTier],
    out: Path,
    *,
    output_format: str = "hcl",
    environment: str | None = None,
    names: Collection[str] = (),
    terragrunt: bool = False,
    workflow: bool = False,
    not_secret: Collection[str] = (),
) -> tuple[BundleTier, ...]:
    """Writes a bundle: a folder that an ops team deploys with Terraform alone.

    The same input gives the same bytes and modes. The folder appears whole or not at all. One that
    is there is replaced only when it is a bundle that nobody edited; what was added to it stays.

    Args:
        synthesized: What `read_synthesis` returned: every tier of the program.
        out: The bundle's folder.
        output_format: `hcl` or `json`: how the tiers' configuration is written.
        environment: The environment. Default: the only one that the program has.
        names: Tiers to pick. Default: all.
        terragrunt: Add Terragrunt's files.
        workflow: Add a GitHub Actions workflow.
        not_secret: Places that look like secrets and hold none.

    Returns:
        The bundle's tiers, in the order of applying.

    Raises:
        HandoffError: when a tier cannot be handed over, a secret is found, or `out` is taken.
    """
    if output_format not in _FORMATS:
        raise HandoffError(f"--format {output_format}: write one of {', '.join(_FORMATS)}.")
    check_target(out)
    chosen = choose_tiers(synthesized, environment=environment, names=names)
    tiers = bundle_tiers(synthesized, chosen)
    check_secrets(tiers, not_secret)
    texts = {
        **_tier_texts(tiers, output_format),
        **policy_files(tiers),
        **(terragrunt_files(tiers) if terragrunt else {}),
        **({_WORKFLOW: github_workflow(tiers)} if workflow else {}),
        "README.md": bundle_readme(
            tiers,
            output_format=output_format,
            script=SCRIPT,
            terragrunt=terragrunt,
            github_workflow=_WORKFLOW if workflow else None,
        ),
        SCRIPT: runner_script(tiers),
    }
    example = backend_example(tiers)
    if example:
        texts["backend.hcl.example"] = example
    files = {path: text.encode("utf-8") for path, text in texts.items()}
    sources = {
        f"{tier.folder}/{path}": source for tier in tiers for path, source in tier.files.items()
    }
    files.update({path: source.read_bytes() for path, source in sources.items()})
    digests = {path: digest(content) for path, content in files.items()}
    described = manifest(tiers, digests, output_format=output_format, not_secret=not_secret)
    files[MANIFEST] = json_text(described).encode("utf-8")
    files[SUMS] = checksums(files).encode("utf-8")
    write_folder(out, files, {SCRIPT, *_programs(sources)})
    return tiers


def _tier_texts(tiers: Sequence[BundleTier], output_format: str) -> dict[str, str]:
    """Each tier's own files, and its configuration as one JSON file for `--diff`."""
    schemas = load_schemas(tiers) if output_format == "hcl" else None
    texts = {}
    for tier in tiers:
        own = {
            **(tier_json_files(tier) if schemas is None else write_hcl(tier, schemas)),
            **policy_files([tier]),
            "README.md": tier_readme(tier, tiers, output_format=output_format),
        }
        texts.update({f"{tier.folder}/{name}": text for name, text in own.items()})
        texts[f"{CONFIGS}/{tier.name}.json"] = json_text(tier.config)
    return texts


def _programs(sources: Mapping[str, Path]) -> set[str]:
    """The files that their owner may run."""
    return {path for path, source in sources.items() if source.stat().st_mode & 0o100}
