"""The files of a tier, under short names, and the configuration that names them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["AssetFile", "asset_files", "move_assets"]

_HASH = re.compile(r"_[0-9A-F]{8}$")
_ROLE = re.compile(r"_(?:code|asset|module_asset)$")


@dataclass(frozen=True)
class AssetFile:
    """One file beside the configuration.

    Args:
        path: Where it lies in the bundle's folder of the tier: `files/items-api/code.zip`.
        source: Where it is now.
        asset: Where cdktf put the file or folder that it belongs to: `assets/<name>/<hash>`.
        home: Where that lies in the bundle: `files/items-api`.
    """

    path: str
    source: Path
    asset: str
    home: str


def asset_files(folder: Path) -> tuple[AssetFile, ...]:
    """The files below `assets` in a synthesized tier's folder, each under its short path.

    cdktf's `assets/items-api_code_97842256/<hash>/code.zip` becomes `files/items-api/code.zip`.
    Where two assets would share a name, both keep the digits that tell them apart.
    """
    roots = sorted(root for root in folder.glob("assets/*/*") if root.is_dir())
    taken = Counter(_short_name(root.parent.name) for root in roots)
    found = []
    for root in roots:
        name = _short_name(root.parent.name)
        if taken[name] > 1:
            name = _clean(root.parent.name)
        asset, home = root.relative_to(folder).as_posix(), f"files/{name}"
        for source in sorted(root.rglob("*")):
            if source.is_file():
                path = f"{home}/{source.relative_to(root).as_posix()}"
                found.append(AssetFile(path, source, asset, home))
    return tuple(found)


def move_assets(config: dict[str, Any], files: Sequence[AssetFile]) -> dict[str, Any]:
    """The configuration with each path of an asset replaced by its path in the bundle.

    Replaced are strings that are such a path, and such paths in quotes inside of an expression
    (`${filebase64sha256("assets/...")}`).
    """
    homes = {file.asset: file.home for file in files}
    if not homes:
        return config
    assets = "|".join(re.escape(asset) for asset in sorted(homes, reverse=True))
    lead = r"(?P<lead>(?:\./|\$\{path\.module\}/)?)"
    whole = re.compile(rf"\A{lead}(?P<asset>{assets})(?=/|\Z)")
    quoted = re.compile(rf'(?<="){lead}(?P<asset>{assets})(?=/|")')

    def new_path(match: re.Match[str]) -> str:
        return match["lead"] + homes[match["asset"]]

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [moved(item) for item in value]
        if isinstance(value, str):
            value = whole.sub(new_path, value)
            return quoted.sub(new_path, value) if "${" in value else value
        return value

    result: dict[str, Any] = moved(config)
    return result


def _short_name(name: str) -> str:
    return _clean(_ROLE.sub("", _HASH.sub("", name))) or "asset"


def _clean(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")
