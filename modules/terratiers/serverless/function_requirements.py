"""Installs what a function's `requirements.txt` names, for the function's own machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from terratiers.serverless.runtime import Runtime
from terratiers.serverless.zip_builder import CodeError, read_tree

__all__ = ["REQUIREMENTS", "check_pins", "vendored_files"]

REQUIREMENTS = "requirements.txt"
# Amazon Linux 2 has glibc 2.26, Amazon Linux 2023 has 2.34.
_PLATFORMS = {"al2": ("manylinux2014",), "al2023": ("manylinux_2_28", "manylinux2014")}
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*==\s*[A-Za-z0-9.!+_-]+\s*(;.*)?")
# What names the machine that installed it: paths, dates, this Python.
_NOISE = ("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED",
          "*.dist-info/direct_url.json", "bin/*", "bin")  # fmt: skip
_TIMEOUT = 600


def check_pins(text: str) -> set[str]:
    """The distributions that a `requirements.txt` names, each with one version.

    Raises `CodeError` for a line that could mean another file tomorrow.
    """
    names = set()
    for line in text.replace("\\\n", " ").splitlines():
        wanted = re.sub(r"(^|\s)#.*", "", line).strip()
        wanted = re.sub(r"\s--hash=\S+", "", wanted).strip()
        if not wanted:
            continue
        pin = _PIN.fullmatch(wanted)
        if pin is None:
            raise CodeError(
                f"{REQUIREMENTS}: {wanted} names no single version: write name==version, so that "
                "the same files are taken tomorrow."
            )
        names.add(_canonical(pin[1]))
    return names


def vendored_files(text: str, runtime: Runtime, architecture: str) -> dict[str, bytes]:
    """The files of the distributions that `text` names, by their names in the zip.

    Only wheels are taken, and nothing of them is run. They are kept in the user's cache, by what
    was asked for.

    Raises `CodeError` when pip fails, or takes a distribution that `text` does not name.
    """
    pinned = check_pins(text)
    if not pinned:
        return {}
    platforms = [f"{name}_{_MACHINES[architecture]}" for name in _PLATFORMS[runtime.os]]
    python = runtime.name.removeprefix("python")
    asked = "\n".join([text, python, *platforms])
    kept = _cache() / hashlib.sha256(asked.encode()).hexdigest()
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            target = Path(folder) / "files"
            _install(text, Path(folder), target, python, platforms)
            _check_complete(target, pinned)
            if not kept.is_dir():
                shutil.move(str(target), kept)
    return read_tree(kept, _NOISE)


def _install(text: str, folder: Path, target: Path, python: str, platforms: list[str]) -> None:
    file = folder / REQUIREMENTS
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--requirement", str(file)]
    command += ["--target", str(target), "--no-compile", "--only-binary=:all:"]
    command += [f"--platform={platform}" for platform in platforms]
    command += [f"--python-version={python}", "--implementation=cp"]
    command += ["--disable-pip-version-check", "--no-input", "--quiet"]
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CodeError(f"{REQUIREMENTS}: pip took more than {_TIMEOUT} seconds.") from None
    if ended.returncode:
        words = ended.stderr.strip().splitlines()[-5:]
        raise CodeError(
            f"{REQUIREMENTS}: pip could not install it for {', '.join(platforms)}, Python {python} "
            f"(only wheels are taken): {' '.join(words)}"
        )


def _check_complete(target: Path, pinned: set[str]) -> None:
    """pip brings along what a distribution needs; without a pin that may change at any time."""
    found = {}
    for info in target.glob("*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        found[_canonical(name)] = version
    missing = sorted(f"{name}=={found[name]}" for name in found.keys() - pinned)
    if missing:
        raise CodeError(
            f"{REQUIREMENTS}: pip took {', '.join(missing)} besides: add it, so that the same "
            "files are taken tomorrow."
        )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "terratiers" / "requirements"
