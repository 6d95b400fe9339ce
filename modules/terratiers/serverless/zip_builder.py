"""Zips that are byte-identical on every machine, Python version and operating system.

Each file has the date 1980-01-01 and the mode 0755, and is stored, not compressed: what DEFLATE
makes of the same bytes differs between zlib, zlib-ng and their versions, and Python comes with
either. The mode is fixed because a checkout on Windows has none, and 0755 because `bootstrap` and
vendored programs have to be executable.
"""

from __future__ import annotations

import fnmatch
import io
import os
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

__all__ = [
    "ALWAYS_EXCLUDED",
    "UNZIPPED_LIMIT",
    "ZIPPED_LIMIT",
    "CodeError",
    "build_zip",
    "read_tree",
]

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
# A request has at most 69,905,067 bytes, which are 50 MB in base64; the settings need some too.
ZIPPED_LIMIT = 50 * 1024 * 1024 - 64 * 1024
UNZIPPED_LIMIT = 250 * 1024 * 1024
ALWAYS_EXCLUDED = (
    "__pycache__",
    "*.py[co]",
    ".git",
    ".DS_Store",
    "Thumbs.db",
    ".venv",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
)
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_REGULAR_0755 = 0o100755 << 16


class CodeError(ValueError):
    """Files that cannot become a function's code."""


def build_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files` by name (`package/module.py`), in the order of the names' bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files, key=str.encode):
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_0755
            archive.writestr(entry, files[name], zipfile.ZIP_STORED)
    return buffer.getvalue()


def read_tree(root: Path, exclude: Sequence[str] = ()) -> dict[str, bytes]:
    """The files below `root` by their names in the zip, without what is excluded.

    A pattern without `/` is compared with each name on the way (`tests`, `*.md`), one with `/`
    with the path below `root` (`docs/*`); `*` stands for any characters.

    Raises `CodeError` for a link that leaves `root`, leads nowhere or in a circle, for what is
    no file, for names that differ between systems, and beyond 250 MB.
    """
    patterns = (*ALWAYS_EXCLUDED, *exclude)
    home = root.resolve()
    files: dict[str, bytes] = {}
    size = 0
    for name, path in _walk(root, home, "", patterns, (home,)):
        written = unicodedata.normalize("NFC", name)
        if written in files:
            raise CodeError(f"{name} is there twice, written in two ways: rename one.")
        size += path.stat().st_size
        if size > UNZIPPED_LIMIT:
            raise CodeError("it has more than 250 MB, Lambda's limit: exclude what is not needed.")
        files[written] = path.read_bytes()
    return files


def _walk(
    folder: Path, home: Path, prefix: str, patterns: Sequence[str], above: tuple[Path, ...]
) -> Iterator[tuple[str, Path]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if _is_excluded(entry.name, name, patterns):
            continue
        _check_name(name)
        path = Path(entry.path)
        if entry.is_symlink():
            _check_link(name, path, home)
        if path.is_dir():
            real = path.resolve()
            if real in above:
                raise CodeError(f"{name} is a link to a folder above it: take it out.")
            yield from _walk(path, home, f"{name}/", patterns, (*above, real))
        elif path.is_file():
            yield name, path
        else:
            raise CodeError(f"{name} is neither a file nor a folder: take it out.")


def _is_excluded(name: str, path: str, patterns: Sequence[str]) -> bool:
    return any(
        fnmatch.fnmatchcase(path if "/" in pattern else name, pattern) for pattern in patterns
    )


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise CodeError(f"{name!r} is not written in UTF-8: rename it.") from None
    if "\\" in name or not name.isprintable():
        raise CodeError(
            f"{name!r} holds a character that other systems read differently: rename it."
        )


def _check_link(name: str, path: Path, home: Path) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise CodeError(f"{name} is a link that leads nowhere: take it out.") from None
    if not target.is_relative_to(home):
        raise CodeError(f"{name} is a link that leaves the folder: copy the file, or exclude it.")
