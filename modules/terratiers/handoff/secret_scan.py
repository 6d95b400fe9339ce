"""Finds secrets in what goes into a bundle, and never shows them."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.secret_patterns import ASSIGNMENTS, PATTERNS, SECRET_FILES, SECRET_KEY
from terratiers.handoff.walk import strings

__all__ = ["check_secrets", "holds_secret", "is_secret_argument"]

_LARGEST = 20_000_000
_DEEPEST = 3
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_REFERENCE = re.compile(r"[A-Za-z_][\w-]*\.[A-Za-z_]")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}\s*")
# What is no secret, whatever its key: the name or ARN of one, a path, a yes or no.
_NAME = re.compile(
    r"arn:.*|/[\w./-]+|alias/.*|[a-z0-9-]+(?:/[a-z0-9-]+)+|true|false|required|optional|none", re.I
)


def check_secrets(tiers: Collection[BundleTier], not_secret: Collection[str] = ()) -> None:
    """Checks every text of the tiers' configuration, notes and files, inside of zip files too.

    A secret is what looks like a well-known key or token, a literal in an argument that the AWS
    provider marks as sensitive, and a literal under a name like `DB_PASSWORD`.

    Args:
        tiers: The tiers.
        not_secret: Places that were looked at and hold none, as the error's message shows them.

    Raises:
        HandoffError: with the place of every secret, but not the secret; or when a place of
            `not_secret` holds nothing that looks like one.
    """
    found = {
        f"{tier.name}:{place}": kind
        for tier in tiers
        for place, kind in (*_in_config(tier), *_in_notes(tier), *_in_files(tier))
    }
    unused = sorted(set(not_secret) - found.keys())
    if unused:
        raise HandoffError(f"--not-secret {unused[0]}: nothing there looks like a secret.")
    faults = [f"  {place}: {kind}" for place, kind in found.items() if place not in not_secret]
    if faults:
        raise HandoffError(
            "these would hand over secrets:\n"
            + "\n".join(faults)
            + "\nPut the secret into Secrets Manager or an SSM parameter and refer to it. What was "
            "looked at and is none: --not-secret PLACE."
        )


def holds_secret(text: str) -> str | None:
    """What kind of secret a text seems to hold; None for none."""
    for kind, keyword, pattern in PATTERNS:
        if keyword in text and pattern.search(text):
            return kind
    if any(pattern.search(text) for pattern in ASSIGNMENTS):
        return "a password or token that is written out"
    plain = _decoded(text)
    return holds_secret(plain) if plain else None


def is_secret_argument(path: tuple[str, ...]) -> bool:
    """Whether the AWS provider marks an argument as sensitive, or its name tells that it is."""
    keys = tuple(key for key in path if not key.startswith("["))
    if path[0] == "resource" and ".".join(keys[3:]) in _sensitive().get(path[1], ()):
        return True
    if path[0] in ("variable", "output"):
        return path[-1] in ("default", "value") and bool(SECRET_KEY.search(_snake(keys[1])))
    return bool(SECRET_KEY.search(_snake(keys[-1])))


def _in_config(tier: BundleTier) -> Iterator[tuple[str, str]]:
    for place, path, text in strings(tier.config):
        secure = _is_secure_string(tier.config, path)
        if (secure or is_secret_argument(path)) and _is_literal(text):
            yield place, "a secret that is written out"
        elif kind := holds_secret(text):
            yield place, kind


def _in_notes(tier: BundleTier) -> Iterator[tuple[str, str]]:
    for number, note in enumerate(tier.notes, 1):
        if kind := holds_secret(note):
            yield f"note {number}", kind


def _in_files(tier: BundleTier) -> Iterator[tuple[str, str]]:
    for path, source in sorted(tier.files.items()):
        yield from _in_file(path, Path(source).read_bytes(), _DEEPEST)


def _in_file(path: str, content: bytes, depth: int) -> Iterator[tuple[str, str]]:
    if depth and content[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in sorted(archive.infolist(), key=lambda member: member.filename):
                if not member.is_dir() and member.file_size <= _LARGEST:
                    inside = f"{path}/{member.filename}"
                    yield from _in_file(inside, archive.read(member), depth - 1)
        return
    if SECRET_FILES.search(path):
        yield path, "a file that is made to hold secrets"
    if b"\0" in content[:8192] or len(content) > _LARGEST:
        return
    text = content.decode("utf-8", "replace")
    for kind, keyword, pattern in PATTERNS:
        match = pattern.search(text) if keyword in text else None
        if match:
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}", kind


def _is_literal(text: str) -> bool:
    """Whether a text is written out, not made of references to something else."""
    if not text or _NAME.fullmatch(text):
        return False
    expressions = text.replace("$${", "").partition("${")[2]
    return not expressions or not _REFERENCE.search(_STRING.sub("", expressions))


def _is_secure_string(config: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    if path[:2] != ("resource", "aws_ssm_parameter") or path[3:] != ("value",):
        return False
    return bool(config["resource"]["aws_ssm_parameter"][path[2]].get("type") == "SecureString")


def _decoded(text: str) -> str | None:
    """The text behind Base64, such as a `user_data_base64`."""
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.b64decode(text).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").lower()


@cache
def _sensitive() -> Mapping[str, Collection[str]]:
    text = Path(__file__).with_name("data").joinpath("secret_attributes.json").read_text("utf-8")
    attributes: Mapping[str, Collection[str]] = json.loads(text)["attributes"]
    return attributes
