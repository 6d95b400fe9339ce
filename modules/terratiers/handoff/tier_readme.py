"""The README of one tier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier, producers
from terratiers.handoff.diagram import resources_diagram
from terratiers.handoff.lasting import lasting_effects, protections
from terratiers.handoff.manual_steps import manual_steps
from terratiers.handoff.markdown import blocks, code, link, provider_page, table, text
from terratiers.handoff.notes import tier_notes
from terratiers.handoff.permissions import policy_files, required_permissions
from terratiers.handoff.references import remote_outputs

__all__ = ["tier_readme"]

# What each file holds, and the parts of the configuration that go into it.
_FILES = {
    "providers": ("versions, provider settings, default tags", ("terraform", "provider")),
    "backend": ("where the state is", ("backend",)),
    "variables": ("variables", ("variable",)),
    "locals": ("local values", ("locals",)),
    "data": ("data sources: other tiers' outputs, images, the account", ("data", "ephemeral")),
    "main": ("resources", ("resource", "module")),
    "outputs": ("what other tiers and people read", ("output",)),
    "checks": ("checks after each apply", ("check",)),
    "moved": ("resources that have moved or left", ("moved", "removed")),
    "imports": ("resources that were there before", ("import",)),
}
# Terraform JSON keeps these in main.tf.json.
_IN_MAIN = ("locals", "checks", "moved", "imports")


def tier_readme(tier: BundleTier, tiers: Sequence[BundleTier], *, output_format: str) -> str:
    """The text of a tier's `README.md`.

    Args:
        tier: The tier.
        tiers: All tiers of the bundle.
        output_format: `json` or `hcl`: how the configuration is written.
    """
    return blocks(
        _head(tier, tiers),
        _inputs(tier, tiers),
        _outputs(tier, tiers),
        _resources(tier),
        _data_sources(tier),
        _diagram(tier),
        _permissions(tier),
        _care(tier, tiers),
        _notes(tier),
        _files(tier, output_format),
    )


def _head(tier: BundleTier, tiers: Sequence[BundleTier]) -> str:
    count = sum(1 for _ in tier.blocks("resource"))
    kind, settings = tier.backend
    state = code(f"s3://{settings['bucket']}/{settings['key']}") if kind == "s3" else code(kind)
    reading = [other.folder for other in tiers if tier in producers(other, tiers)]
    here = {other.name: other.folder for other in tiers}
    needs = [here.get(name, f"{name} (not in this bundle)") for name in tier.dependencies]
    rows = [
        ("Resources", str(count)),
        ("State", state),
        ("Applied after", ", ".join(map(code, needs)) or "nothing"),
        ("Read by", ", ".join(map(code, reading)) or "no tier of this bundle"),
        (
            "Tags",
            ", ".join(code(f"{k}={v}") for k, v in sorted(tier.default_tags.items())) or "none",
        ),
    ]
    return (
        f"# {text(tier.folder)}\n\n"
        f"{_purpose(tier, count)} How to plan, apply and destroy it, and how to undo a change, is "
        f"in {link('../README.md', '../README.md')}.\n\n{table(('', ''), rows)}"
    )


def _purpose(tier: BundleTier, count: int) -> str:
    made = sorted({path.split("/")[1] for path in _paths(tier) if "/" in path})
    parts = f", made by the constructs {', '.join(map(code, made))}" if made else ""
    return f"Tier {code(tier.name)}: {'1 resource' if count == 1 else f'{count} resources'}{parts}."


def _paths(tier: BundleTier) -> Iterator[str]:
    for kind, name, _ in tier.blocks("resource"):
        yield tier.construct_paths.get(f"{kind}.{name}", "")


def _inputs(tier: BundleTier, tiers: Sequence[BundleTier]) -> str:
    variables = [
        (
            code(name),
            _shown(body.get("default"), "default" in body),
            text(body.get("description", "")),
        )
        for name, body in sorted(tier.config.get("variable", {}).items())
    ]
    folders = {other.name: other.folder for other in producers(tier, tiers)}
    read = [
        (code(folders.get(label, label)), code(output))
        for label, outputs in remote_outputs(tier.config).items()
        for output in outputs or ("-",)
    ]
    if not variables and not read:
        return ""
    parts = ["## Inputs\n"]
    if read:
        parts.append("Outputs of other tiers, read from their states:\n")
        parts.append(table(("Tier", "Output"), read))
    if variables:
        parts.append("Variables:\n")
        parts.append(table(("Name", "Default", "Description"), variables))
    return "\n".join(parts)


def _shown(value: Any, given: bool) -> str:
    if not given:
        return "none: has to be set"
    return code("null" if value is None else value)


def _outputs(tier: BundleTier, tiers: Sequence[BundleTier]) -> str:
    outputs = sorted(tier.config.get("output", {}).items())
    if not outputs:
        return ""
    used: dict[str, list[str]] = {}
    for other in tiers:
        if tier in producers(other, tiers):
            for output in remote_outputs(other.config).get(tier.name, ()):
                used.setdefault(output, []).append(code(other.folder))
    rows = [
        (
            code(name),
            text(body.get("description", "")),
            "yes" if body.get("sensitive") else "no",
            ", ".join(used.get(name, [])),
        )
        for name, body in outputs
    ]
    return f"## Outputs\n\n{table(('Name', 'Description', 'Sensitive', 'Read by'), rows)}"


def _resources(tier: BundleTier) -> str:
    rows = [
        (
            code(f"{kind}.{name}"),
            _documented(tier, "resources", kind),
            code(tier.construct_paths[f"{kind}.{name}"])
            if f"{kind}.{name}" in tier.construct_paths
            else "",
        )
        for kind, name, _ in tier.blocks("resource")
    ]
    if not rows:
        return ""
    return f"## Resources\n\n{table(('Address', 'Type', 'Made by the construct'), rows)}"


def _data_sources(tier: BundleTier) -> str:
    rows = [
        (code(f"data.{kind}.{name}"), _documented(tier, "data-sources", kind))
        for kind, name, _ in tier.blocks("data")
    ]
    return f"## Data sources\n\n{table(('Address', 'Type'), rows)}" if rows else ""


def _documented(tier: BundleTier, page: str, kind: str) -> str:
    providers = tier.config.get("terraform", {}).get("required_providers", {})
    name = kind.split("_", 1)[0]
    required = providers.get(name, {})
    url = provider_page(page, kind, required.get("source", name), required.get("version", ""))
    return link(code(kind), url)


def _diagram(tier: BundleTier) -> str:
    if not any(True for _ in tier.blocks("resource")):
        return ""
    return (
        "## Diagram\n\nAn arrow leads from a resource to what it refers to.\n\n"
        f"```mermaid\n{resources_diagram(tier)}```\n"
    )


def _permissions(tier: BundleTier) -> str:
    files = policy_files([tier])
    if not files:
        return ""
    permissions = required_permissions([tier])
    listed = ", ".join(link(code(path), path) for path in files)
    lines = [f"## Permissions\n\nIAM policies of the deploying roles: {listed}.\n"]
    for title, kinds in (
        ("All of their service is granted, since no source names the actions", permissions.guessed),
        ("Nothing is granted, since no source names the actions", permissions.unknown),
    ):
        if kinds:
            lines.append(f"{title}: {', '.join(map(code, kinds))}. Add what is missing by hand.\n")
    return "\n".join(lines)


def _care(tier: BundleTier, tiers: Sequence[BundleTier]) -> str:
    kept = protections(tier)
    effects = lasting_effects(tier)
    steps = manual_steps([tier], tiers)
    if not kept and not effects and not steps:
        return ""
    parts = ["## Handle with care\n"]
    if steps:
        parts.append("".join(f"- {step}\n" for step in steps))
    if kept:
        rows = [(code(address), what) for address, what in kept.items()]
        parts.append("Not destroyed before this is lifted:\n")
        parts.append(table(("Resource", "Protection"), rows))
    if effects:
        rows = [(code(kind), effect) for kind, effect in sorted(effects.items())]
        parts.append("Not brought back by Terraform once destroyed or replaced:\n")
        parts.append(table(("Type", "What is lost"), rows))
    return "\n".join(parts)


def _notes(tier: BundleTier) -> str:
    rows = [
        (
            code(note.id) if note.id else "",
            "acknowledged" if note.acknowledged else note.level,
            text(note.text),
        )
        for note in tier_notes(tier)
    ]
    return f"## Notes of the author\n\n{table(('Id', 'Kind', 'Text'), rows)}" if rows else ""


def _files(tier: BundleTier, output_format: str) -> str:
    suffix = "tf.json" if output_format == "json" else "tf"
    present = {part for part, body in tier.config.items() if body}
    present |= {"backend"} & set(tier.config.get("terraform", {}))
    rows = [
        (code(f"{name}.{suffix}"), holds)
        for name, (holds, parts) in _FILES.items()
        if present.intersection(parts) and not (output_format == "json" and name in _IN_MAIN)
    ]
    rows += [(code(path), "made by the program; the resources use it") for path in tier.files]
    rows += [(code(path), "IAM policy of a deploying role") for path in policy_files([tier])]
    return f"## Files\n\n{table(('File', 'Holds'), rows)}"
