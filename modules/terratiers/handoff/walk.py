"""Walks through Terraform JSON and names each place as people do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["place_of", "strings", "walk"]


def strings(config: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every string of a configuration: its place, its path of keys, its text.

    The place is `aws_instance.web.tags.Name`, `data.aws_ami.image.owners[0]`, `output.url.value`.
    """
    for path, value in walk(config):
        if isinstance(value, str):
            yield place_of(path), path, value


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every leaf below `value` with its path; a list's items are `[0]`, `[1]`, ..."""
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from walk(value[key], (*path, str(key)))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from walk(item, (*path, f"[{index}]"))
    else:
        yield path, value


def place_of(path: tuple[str, ...]) -> str:
    """A path as text: resources by their address, everything else with its kind in front."""
    shown = path[1:] if path[0] == "resource" else path
    return ".".join(shown).replace(".[", "[")
