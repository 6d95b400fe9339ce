"""What changed from one bundle to the next: ten lines for a reviewer, not ten thousand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from terratiers.handoff.value_diff import changes
from terratiers.handoff.written_bundle import WrittenTier

__all__ = ["bundle_changes"]

_LONGEST_LIST = 6
_Path = tuple[str, ...]
# What is told by a line of its own, or by the lines of the resources that it is about.
_TOLD = ("moved", "removed")


def bundle_changes(
    old: Mapping[str, WrittenTier], new: Mapping[str, WrittenTier]
) -> tuple[str, ...]:
    """What changed from `old` to `new`, tier by tier, as lines; none when nothing did.

    Tiers are compared by name, so a tier that is renumbered has not changed.
    """
    lines: list[str] = []
    for name in (*new, *sorted(old.keys() - new.keys())):
        if name not in old:
            lines.append(f"{name}: new tier, {_resources(new[name])}")
        elif name not in new:
            lines.append(
                f"{name}: no longer there, {_resources(old[name])} "
                "(stays in AWS: destroy it from the older bundle first)"
            )
        else:
            found = list(_tier_changes(old[name], new[name]))
            lines += [f"{name}:", *(f"  {line}" for line in found)] if found else []
    return tuple(lines)


def _resources(tier: WrittenTier) -> str:
    count = sum(len(bodies) for bodies in tier.config.get("resource", {}).values())
    return f"{count} resource{'' if count == 1 else 's'}"


def _tier_changes(old: WrittenTier, new: WrittenTier) -> Iterator[str]:
    before, after = dict(_blocks(old.config)), dict(_blocks(new.config))
    moved = _moves(new.config, before, after)
    for source, target in moved.items():
        yield f"> {_name(source)} is now {_name(target)}"
        before[target] = before.pop(source)
    kept = {entry.get("from") for entry in _entries(new.config, "removed") if _keeps(entry)}
    yield from _listed("+", sorted(after.keys() - before.keys()))
    gone = sorted(before.keys() - after.keys())
    yield from _listed("-", [path for path in gone if _name(path) not in kept])
    yield from (f"- {_name(path)} (stays in AWS)" for path in gone if _name(path) in kept)
    yield from _changed(before, after)
    yield from _file_changes(old.files, new.files)
    if set(old.dependencies) != set(new.dependencies):
        yield f"~ applied after: {_names(old.dependencies)} -> {_names(new.dependencies)}"


def _blocks(config: Mapping[str, Any]) -> Iterator[tuple[_Path, Any]]:
    """Every block of a configuration by its path: type and name of resources, name of others."""
    for kind, body in sorted(config.items()):
        if kind in _TOLD:
            continue
        if kind in ("resource", "data", "ephemeral"):
            for block_type, bodies in body.items():
                yield from (((kind, block_type, name), item) for name, item in bodies.items())
        elif isinstance(body, Mapping):
            yield from (((kind, name), item) for name, item in body.items())
        else:
            for entry in body if isinstance(body, list) else [body]:
                yield (kind, str(entry.get("to", "")) if isinstance(entry, Mapping) else ""), entry


def _moves(
    config: Mapping[str, Any], before: Mapping[_Path, Any], after: Mapping[_Path, Any]
) -> dict[_Path, _Path]:
    gone = {_name(path): path for path in before.keys() - after.keys()}
    come = {_name(path): path for path in after.keys() - before.keys()}
    return {
        gone[entry["from"]]: come[entry["to"]]
        for entry in _entries(config, "moved")
        if entry.get("from") in gone and entry.get("to") in come
    }


def _entries(config: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    found = config.get(kind, [])
    return list(found) if isinstance(found, list) else [found]


def _keeps(entry: Mapping[str, Any]) -> bool:
    """Whether a `removed` block leaves the real resource alone."""
    lifecycle = entry.get("lifecycle", {})
    first = lifecycle[0] if isinstance(lifecycle, list) and lifecycle else lifecycle
    return isinstance(first, Mapping) and first.get("destroy") is False


def _listed(sign: str, paths: Sequence[_Path]) -> Iterator[str]:
    """One line for each type, with the names."""
    by_type: dict[_Path, list[str]] = {}
    for path in paths:
        by_type.setdefault(path[:-1], []).append(path[-1])
    for prefix, names in by_type.items():
        if len(names) == 1:
            yield f"{sign} {_name((*prefix, names[0]))}"
        else:
            yield f"{sign} {len(names)} {_name(prefix)}: {_names(names)}"


def _changed(before: Mapping[_Path, Any], after: Mapping[_Path, Any]) -> Iterator[str]:
    """Blocks with the same changes share their lines."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for path in sorted(before.keys() & after.keys()):
        found = changes(before[path], after[path], path, len(path))
        if found:
            groups.setdefault(found, []).append(_name(path))
    for found, names in groups.items():
        yield f"~ {_names(names)}"
        yield from (f"    {line}" for line in found[:_LONGEST_LIST])
        if len(found) > _LONGEST_LIST:
            yield f"    and {len(found) - _LONGEST_LIST} more"


def _file_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for path in sorted({*old, *new}):
        if path not in old:
            yield f"+ {path}"
        elif path not in new:
            yield f"- {path}"
        elif old[path] != new[path]:
            yield f"~ {path}: another content"


def _name(path: _Path) -> str:
    return ".".join(path[1:] if path[0] == "resource" and len(path) > 1 else path)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:_LONGEST_LIST]) or "none"
    more = len(names) - _LONGEST_LIST
    return f"{shown} and {more} more" if more > 0 else shown
