"""Finds what a tier needs of the machine that synthesized it: files outside of its folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from terratiers.core.synthesis import SynthesizedTier
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.walk import strings

__all__ = ["check_local_paths"]

# Attributes of the AWS provider that name a file which Terraform reads.
_FILE_ATTRIBUTES = frozenset(
    {
        ("aws_gamelift_script", "zip_file"),
        ("aws_lambda_function", "filename"),
        ("aws_lambda_layer_version", "filename"),
        ("aws_s3_bucket_object", "source"),
        ("aws_s3_object", "source"),
        ("aws_synthetics_canary", "zip_file"),
    }
)
# Terraform's functions that read a file or folder: their first argument in quotes.
# https://developer.hashicorp.com/terraform/language/functions#filesystem-functions
_FILE_FUNCTION = re.compile(
    r"\b(?:file(?:base64(?:sha256|sha512)?|exists|md5|set|sha1|sha256|sha512)?|templatefile)"
    r'\(\s*"((?:[^"\\]|\\.)*)"'
)
_HOME = re.compile(r"\bpathexpand\(|\bpath\.cwd\b")
_LEAD = re.compile(r"^(?:\./|\$\{path\.(?:module|root)\}/)+")
_ESCAPE = re.compile(r"\$\{path\.(?:module|root)\}/(?:[^\"]*/)?\.\.(?:/|$)")


def check_local_paths(
    tier: SynthesizedTier, config: Mapping[str, Any], files: Collection[str]
) -> None:
    """Checks that every file which the configuration names is one of `files`.

    Args:
        tier: The synthesized tier.
        config: Its configuration, assets moved.
        files: The paths of its files in the bundle.

    Raises:
        HandoffError: with the place of each path that leads out of the tier's folder, or to a
            file that is not there.
    """
    here = tier.folder.resolve().parents[1].as_posix()
    folders = {parent for path in files for parent in _parents(path)}
    known = {*files, *folders}
    faults = [
        f"  {place}: {fault}"
        for place, path, text in strings(config)
        for fault in _faults(path, text, known, here)
    ]
    if faults:
        raise HandoffError(
            f"{tier.name} needs files that are not part of it:\n"
            + "\n".join(faults)
            + "\nHand each file over as a TerraformAsset (type=AssetType.FILE); "
            "Code.from_folder(...) does so for functions."
        )


def _faults(path: tuple[str, ...], text: str, known: Collection[str], here: str) -> Iterator[str]:
    is_file = path[0] == "resource" and (path[1], path[-1]) in _FILE_ATTRIBUTES and len(path) == 4
    is_module = path[0] == "module" and path[2:] == ("source",) and text.startswith((".", "/"))
    is_template = "${" in text
    functions = _FILE_FUNCTION.findall(text) if is_template else []
    named = [text] if is_file or is_module else functions
    for name in named:
        yield from _fault(name, known)
    if not named and is_template and (_ESCAPE.search(text) or _HOME.search(text)):
        yield f"{_short(text)} leads out of the tier's folder."
    elif not named and re.search(re.escape(here) + r"(?![\w.-])", text):
        yield f"{_short(text)} names a folder of this machine."


def _fault(name: str, known: Collection[str]) -> Iterator[str]:
    below = _LEAD.sub("", name)
    if below.startswith(("/", "~")) or re.match(r"[A-Za-z]:[\\/]", below):
        yield f"{_short(name)} is an absolute path."
    elif posixpath.normpath(below).startswith(".."):
        yield f"{_short(name)} leads out of the tier's folder."
    elif "${" not in below and posixpath.normpath(below) not in known:
        yield f"{_short(name)} does not exist in the tier's folder."


def _parents(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}..."
