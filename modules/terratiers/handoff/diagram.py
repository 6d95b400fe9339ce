"""Mermaid diagrams of a bundle's tiers and of one tier's resources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from terratiers.handoff.bundle_tier import BundleTier, producers
from terratiers.handoff.references import known_references, states_outside

__all__ = ["resources_diagram", "tiers_diagram"]

# Above this many resources, each construct is one node.
_MOST_RESOURCES = 25
# Characters that end a quoted label or start markup in it.
# https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
_SPECIAL = re.compile(r'["#<>&\\`\[\]{}()|;]')


def tiers_diagram(tiers: Sequence[BundleTier]) -> str:
    """A flowchart: each tier, and an arrow to every tier whose outputs it reads.

    A dotted arrow leads to a tier that only has to be applied before. Tiers that are not part of
    the bundle are drawn with round ends.
    """
    inside = {tier.name for tier in tiers}
    read = {
        tier.name: {
            *(other.name for other in producers(tier, tiers)),
            *states_outside(tier, tiers),
        }
        for tier in tiers
    }
    needed = {t.name: [*t.dependencies, *sorted(read[t.name] - {*t.dependencies})] for t in tiers}
    ids = _ids([*inside, *(name for names in needed.values() for name in names)])
    lines = ["flowchart RL"]
    for tier in tiers:
        count = sum(1 for _ in tier.blocks("resource"))
        lines.append(f"  {ids[tier.name]}{_box(tier.folder, _counted(count))}")
    for name in sorted(ids.keys() - inside):
        lines.append(f'  {ids[name]}(["{_label(name)}"])')
    for tier in tiers:
        for name in needed[tier.name]:
            arrow = "-->|reads|" if name in read[tier.name] else "-.->"
            lines.append(f"  {ids[tier.name]} {arrow} {ids[name]}")
    return "\n".join(lines) + "\n"


def resources_diagram(tier: BundleTier) -> str:
    """A flowchart of a tier's resources, grouped by construct.

    An arrow leads from a resource to one that it refers to. A tier of more than 25 resources
    shows one node for each construct, with what it consists of.
    """
    bodies = {f"{kind}.{name}": body for kind, name, body in tier.blocks("resource")}
    edges = [
        (address, target)
        for address, body in bodies.items()
        for target in known_references(body, bodies.keys())
        if target != address
    ]
    groups: dict[str, list[str]] = {}
    for address in bodies:
        groups.setdefault(_construct(tier, address), []).append(address)
    if len(bodies) > _MOST_RESOURCES:
        return _of_constructs(groups, edges)
    return _of_resources(groups, edges)


def _of_resources(groups: Mapping[str, Sequence[str]], edges: Iterable[tuple[str, str]]) -> str:
    ids = _ids(address for addresses in groups.values() for address in addresses)
    lines = ["flowchart RL"]
    for number, (construct, addresses) in enumerate(sorted(groups.items()), 1):
        grouped = len(addresses) > 1
        indent = "    " if grouped else "  "
        if grouped:
            lines.append(f'  subgraph construct_{number} ["{_label(construct)}"]')
        for address in addresses:
            kind, name = address.split(".", 1)
            lines.append(f"{indent}{ids[address]}{_box(name, kind)}")
        if grouped:
            lines.append("  end")
    lines += [f"  {ids[source]} --> {ids[target]}" for source, target in edges]
    return "\n".join(lines) + "\n"


def _of_constructs(groups: Mapping[str, Sequence[str]], edges: Iterable[tuple[str, str]]) -> str:
    ids = _ids(groups)
    construct_of = {a: construct for construct, addresses in groups.items() for a in addresses}
    lines = ["flowchart RL"]
    for construct, addresses in sorted(groups.items()):
        kinds = Counter(address.split(".", 1)[0] for address in addresses)
        parts = [f"{kind} x {n}" if n > 1 else kind for kind, n in sorted(kinds.items())]
        lines.append(f"  {ids[construct]}{_box(construct, *parts)}")
    between = {(construct_of[source], construct_of[target]) for source, target in edges}
    lines += [f"  {ids[a]} --> {ids[b]}" for a, b in sorted(between) if a != b]
    return "\n".join(lines) + "\n"


def _construct(tier: BundleTier, address: str) -> str:
    """The first construct below the tier that made a resource."""
    parts = tier.construct_paths.get(address, "").split("/")
    return parts[1] if len(parts) > 1 else address


def _counted(count: int) -> str:
    return "1 resource" if count == 1 else f"{count} resources"


def _box(*lines: str) -> str:
    return f'["{"<br/>".join(_label(line) for line in lines)}"]'


def _label(value: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", value)


def _ids(names: Iterable[str]) -> dict[str, str]:
    """An id for each name, none of them a word of Mermaid's; it stays when other names come."""
    ids: dict[str, str] = {}
    for name in sorted(set(names)):
        plain = "n_" + re.sub(r"[^A-Za-z0-9]", "_", name)
        taken = set(ids.values())
        while plain in taken:
            plain += "_"
        ids[name] = plain
    return ids
