"""Writes a bundle's folder whole or not at all, and never over something else."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from terratiers.handoff.checksums import SUMS, edited_files, listed_files
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.manifest import KIND, MANIFEST

__all__ = ["check_target", "write_folder"]

_SHOWN = 5
# `terraform init` makes them again.
_REMADE = (".terraform", ".terraform.lock.hcl")


def check_target(out: Path) -> None:
    """Checks that a bundle may be written to `out`.

    That is where nothing is yet, where an empty folder is, or where a bundle is whose own files
    are as they were written.

    Raises:
        HandoffError: otherwise.
    """
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise HandoffError(f"{out} is no folder: choose another --out.")
    if not any(out.iterdir()):
        return
    if _old_manifest(out) is None or not (out / SUMS).is_file():
        raise HandoffError(f"{out} exists and is no bundle: choose another --out.")
    edited = edited_files(out)
    if edited:
        raise HandoffError(
            f"{out} was edited since it was written: {_some(edited)}. Bring the change into the "
            f"program and undo it there, or write to another folder with --diff {out}."
        )


def write_folder(out: Path, files: Mapping[str, bytes], executable: Collection[str]) -> None:
    """Writes `files` by path to `out`, in place of the bundle that is there.

    They are written beside it and renamed. Modes are 755 for folders and `executable`, else 644,
    whatever the umask. What others added to the bundle that was there (`.git`, state and lock
    files, settings, `.terraform`) is moved over untouched, and follows its tier into a folder of
    another number. Of a tier that is gone, `.terraform` and `.terraform.lock.hcl` go, too.

    Raises:
        HandoffError: when something else is there, a file of others would be lost, or the disk
            refuses.
    """
    check_target(out)
    kept = _kept_entries(out, files)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        fresh, aside = temporary / "new", temporary / "old"
        try:
            _write(fresh, files, executable)
            for old, new in kept.items():
                (fresh / new).parent.mkdir(parents=True, exist_ok=True)
                (out / old).rename(fresh / new)
            if out.exists():
                out.rename(aside)
            fresh.rename(out)
        except BaseException:
            _put_back(out, fresh, aside, kept)
            shutil.rmtree(temporary)
            raise
        shutil.rmtree(temporary)
    except OSError as error:
        raise HandoffError(f"{out} cannot be written: {error}.") from error


def _put_back(out: Path, fresh: Path, aside: Path, kept: Mapping[str, str]) -> None:
    """Undoes the renames; where that fails, nothing has been deleted."""
    if not fresh.exists():
        return
    if aside.exists():
        aside.rename(out)
    for old, new in kept.items():
        if os.path.lexists(fresh / new):
            (fresh / new).rename(out / old)


def _kept_entries(out: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Where each file and whole folder that others added comes to lie in the new bundle."""
    manifest = _old_manifest(out)
    if manifest is None:
        return {}
    new_folders = {tier["name"]: tier["folder"] for tier in json.loads(files[MANIFEST])["tiers"]}
    folders = {tier["folder"]: new_folders.get(tier["name"]) for tier in manifest["tiers"]}
    old_files = {SUMS, *listed_files(out)}
    old_parents, new_parents = _parents(old_files), _parents(files)
    kept: dict[str, str] = {}
    lost = []
    pending = _entries(out, "")
    while pending:
        path = pending.pop()
        first, slash, rest = path.partition("/")
        folder = folders.get(first, first) if slash else first
        target = f"{folder}{slash}{rest}"
        real_folder = (out / path).is_dir() and not (out / path).is_symlink()
        if path in old_files or (folder is None and rest in _REMADE):
            continue
        if real_folder and (path in old_parents or target in new_parents):
            pending += _entries(out, path)
        elif folder is None or _is_taken(target, files, {*new_parents, *kept.values()}):
            lost.append(path)
        else:
            kept[path] = target
    if lost:
        raise HandoffError(
            f"{out} holds files of yours that have no place in the new bundle: "
            f"{_some(sorted(lost))}. "
            "Move them away first; a state file of a tier that is gone is all that knows of it."
        )
    return kept


def _entries(out: Path, folder: str) -> list[str]:
    return [entry.relative_to(out).as_posix() for entry in (out / folder).iterdir()]


def _parents(files: Collection[str]) -> set[str]:
    found = {parent.as_posix() for path in files for parent in PurePosixPath(path).parents}
    return found - {"."}


def _is_taken(target: str, files: Collection[str], folders: Collection[str]) -> bool:
    above = _parents([target])
    return target in files or target in folders or any(path in files for path in above)


def _old_manifest(out: Path) -> dict[str, Any] | None:
    """The manifest of the bundle at `out`; None when there is no bundle."""
    try:
        manifest: dict[str, Any] = json.loads((out / MANIFEST).read_text("utf-8"))
        return manifest if manifest["kind"] == KIND else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _some(paths: Collection[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(list(paths)[:_SHOWN]) + more


def _write(folder: Path, files: Mapping[str, bytes], executable: Collection[str]) -> None:
    folder.mkdir()
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o755 if path in executable else 0o644)
    for directory in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        directory.chmod(0o755)
