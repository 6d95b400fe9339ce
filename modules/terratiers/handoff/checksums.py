"""SHA256SUMS: writes it, and tells what was edited since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from terratiers.handoff.errors import HandoffError

__all__ = ["SUMS", "checksums", "digest", "edited_files", "listed_files"]

SUMS = "SHA256SUMS"


def digest(content: bytes) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def checksums(files: Mapping[str, bytes]) -> str:
    """The text of SHA256SUMS for files by path, as `sha256sum -c` reads it.

    Raises:
        HandoffError: for a path that it could not read back.
    """
    for path in files:
        if not path.isprintable() or "\\" in path:
            raise HandoffError(f"{path!r}: a bundle's files need printable names without \\.")
    return "".join(f"{digest(content)}  {path}\n" for path, content in sorted(files.items()))


def listed_files(folder: Path) -> dict[str, str]:
    """The digest of each file that SHA256SUMS of a bundle's folder names, by path."""
    lines = (folder / SUMS).read_text("utf-8").splitlines()
    return {path: known for known, _, path in (line.partition("  ") for line in lines)}


def edited_files(folder: Path) -> tuple[str, ...]:
    """Those of a bundle's own files that are not as they were written; not those that are gone."""
    return tuple(
        path for path, known in listed_files(folder).items() if _is_edited(folder / path, known)
    )


def _is_edited(file: Path, known: str) -> bool:
    if file.is_symlink() or not file.exists():
        return file.is_symlink()
    return not file.is_file() or digest(file.read_bytes()) != known
