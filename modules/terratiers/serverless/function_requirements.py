"""Installs what a function's `requirements.txt` names, for the function's own machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from email.parser import BytesHeaderParser
from pathlib import Path

from terratiers.serverless.runtime import Runtime
from terratiers.serverless.zip_builder import CodeError, read_tree

__all__ = ["REQUIREMENTS", "check_pins", "vendored_files"]

REQUIREMENTS = "requirements.txt"
# Amazon Linux 2 has glibc 2.26, Amazon Linux 2023 has 2.34.
_PLATFORMS = {"al2": ("manylinux2014",), "al2023": ("manylinux_2_28", "manylinux2014")}
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_PIN = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*==\s*[A-Za-z0-9.!+_-]+\s*(;.*)?"
)
# What names the machine that installed it: paths, dates, this Python.
_NOISE = ("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED",
          "*.dist-info/direct_url.json", "bin/*", "bin")  # fmt: skip
_TIMEOUT = 600
# Part of what the cache is kept by: another word where the files come about in another way
_HOW = "no-deps"


def check_pins(text: str) -> dict[str, set[str]]:
    """The distributions that a `requirements.txt` names, each with one version, and their extras.

    Raises `CodeError` for a line that could mean another file tomorrow, or on another machine.
    """
    pins: dict[str, set[str]] = {}
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
        if pin[3]:
            raise CodeError(
                f"{REQUIREMENTS}: {wanted} has a condition, which pip would try on this machine's "
                "Python, and not on the function's: write the line without it, or take it out."
            )
        extras = (_canonical(extra.strip()) for extra in (pin[2] or "").split(","))
        pins.setdefault(_canonical(pin[1]), set()).update(filter(None, extras))
    return pins


def vendored_files(text: str, runtime: Runtime, architecture: str) -> dict[str, bytes]:
    """The files of the distributions that `text` names, by their names in the zip.

    Only wheels are taken, and nothing of them is run. They are kept in the user's cache, by what
    was asked for.

    Raises `CodeError` when pip fails, or one of them needs a distribution that `text` does not
    name, or in another version.
    """
    pinned = check_pins(text)
    if not pinned:
        return {}
    platforms = [f"{name}_{_MACHINES[architecture]}" for name in _PLATFORMS[runtime.os]]
    python = runtime.name.removeprefix("python")
    asked = "\n".join([_HOW, text, python, *platforms])
    kept = _cache() / hashlib.sha256(asked.encode()).hexdigest()
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            target = Path(folder) / "files"
            _install(text, Path(folder), target, python, platforms)
            _check_complete(target, pinned, _markers(python, _MACHINES[architecture]))
            if not kept.is_dir():
                shutil.move(str(target), kept)
    return read_tree(kept, _NOISE)


def _install(text: str, folder: Path, target: Path, python: str, platforms: list[str]) -> None:
    file = folder / REQUIREMENTS
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--requirement", str(file)]
    command += ["--target", str(target), "--no-compile", "--only-binary=:all:", "--no-deps"]
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


def _check_complete(
    target: Path, pinned: Mapping[str, set[str]], markers: Mapping[str, str]
) -> None:
    """That what the distributions need is there too, for the function's machine and Python.

    pip itself would ask the Python that it runs in.
    """
    # What is installed here may be another packaging, or none; pip always has its own
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

    found: dict[str, str] = {}
    needs: dict[str, list[Requirement]] = {}
    for info in target.glob("*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        header = BytesHeaderParser().parsebytes((info / "METADATA").read_bytes())
        found[_canonical(name)] = version
        lines = map(str, header.get_all("Requires-Dist", []))
        try:
            needs[_canonical(name)] = [Requirement(line) for line in lines]
        except InvalidRequirement as error:
            raise CodeError(f"{REQUIREMENTS}: {info.name} cannot be read: {error}") from None
    missing = set()
    extras = {name: set(pinned.get(name, ())) for name in found}
    waiting = sorted(found)
    while waiting:
        name = waiting.pop()
        for need in needs[name]:
            if need.marker and not any(
                need.marker.evaluate({**markers, "extra": extra})
                for extra in ("", *sorted(extras[name]))
            ):
                continue
            needed = _canonical(need.name)
            there = found.get(needed)
            if there is None or not need.specifier.contains(there, prereleases=True):
                instead = f" in place of {there}" if there else ""
                missing.add(f"{needed}{need.specifier} (for {name}){instead}")
                continue
            more = {_canonical(extra) for extra in need.extras} - extras[needed]
            if more:
                extras[needed] |= more
                waiting.append(needed)
    if missing:
        raise CodeError(
            f"{REQUIREMENTS} lacks {', '.join(sorted(missing))}: add one version of each, so that "
            "the same files are taken tomorrow."
        )


def _markers(python: str, machine: str) -> dict[str, str]:
    """What conditions of distributions ask for, as Lambda would answer; its patches are late."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.99",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.99",
        "python_version": python,
        "sys_platform": "linux",
    }


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "terratiers" / "requirements"
