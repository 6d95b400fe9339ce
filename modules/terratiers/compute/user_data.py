"""User data: what an instance runs at its first start."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terratiers.compute.machine_image import OperatingSystem
from terratiers.core.errors import Faults
from terratiers.core.tokens import STRING_TOKEN, end_of_expression
from terratiers.core.validation import check_instance, check_mapping, show

__all__ = ["UserData"]

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
_MAX_BYTES = 16 * 1024
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")
_EXPRESSION = re.compile(r"\$\{(?=TfToken\[|data\.terraform_remote_state\.)")
_SHELL = "text/x-shellscript"
_CLOUD_CONFIG = "text/cloud-config"


@dataclass(frozen=True)
class UserData:
    """What an instance runs at its first start. Made by `commands`, `text`, `file`, ...

    Whoever may describe the instance can read it, and it stands in Terraform's state: keep
    secrets out of it. Access keys in it are refused.

    Text is taken literally: a shell's `${NAME}` needs no escaping. Values that only Terraform
    knows are put in as attributes of constructs (`f"... {bucket.bucket_name}"`).

    Args:
        parts: Content type and text of each part.
        operating_system: `linux` or `windows`.
    """

    parts: tuple[tuple[str, str], ...]
    operating_system: str = OperatingSystem.LINUX

    def __post_init__(self) -> None:
        faults = Faults(None, "user data")
        text = "\n".join(part for _, part in self.parts)
        found = _ACCESS_KEY.search(text)
        if found:
            faults.add(
                f"it holds the access key {found[0][:8]}...: give the instance a role instead; "
                "whatever is in user data can be read by many."
            )
        size = len(STRING_TOKEN.sub("", self._joined()).encode(errors="replace"))
        if size > _MAX_BYTES:
            faults.add(
                f"it has {size} bytes: EC2 allows {_MAX_BYTES}; let it fetch the rest from a "
                "bucket."
            )
        faults.raise_any()

    @classmethod
    def commands(cls, *lines: str) -> UserData:
        """A bash script that stops at the first command that fails.

        Args:
            lines: One command each.

        Raises:
            ConfigurationError: for no or empty lines, more than 16 KB, or an access key in them;
                so do the other makers.
        """
        return cls(((_SHELL, "\n".join(["#!/bin/bash", "set -euo pipefail", *_lines(lines)])),))

    @classmethod
    def powershell(cls, *lines: str) -> UserData:
        """PowerShell commands for Windows.

        Args:
            lines: One command each.
        """
        script = "\n".join(_lines(lines))
        return cls((("text/x-powershell", script),), OperatingSystem.WINDOWS)

    @classmethod
    def text(cls, text: str) -> UserData:
        """A script (its first line begins with `#!`) or cloud-config (`#cloud-config`).

        Args:
            text: The whole of it.
        """
        faults = Faults(None, "user data")
        kind = _kind(text)
        if kind is None:
            faults.add(
                f"{show(text)} would not be run: begin with #! and an interpreter, or with "
                "#cloud-config."
            )
        faults.raise_any()
        assert kind is not None
        return cls(((kind, text),))

    @classmethod
    def file(cls, path: str | Path) -> UserData:
        """The contents of a UTF-8 file, as `text` takes them.

        Args:
            path: The file, relative to where the program runs.
        """
        faults = Faults(None, "user data")
        content = ""
        try:
            content = Path(path).read_text(encoding="utf-8")
        except (OSError, TypeError, ValueError) as error:
            faults.add(f"file {show(str(path))} cannot be read: {error}.")
        faults.raise_any()
        return cls.text(content)

    @classmethod
    def cloud_config(cls, config: Mapping[str, Any]) -> UserData:
        """Settings for cloud-init, as a mapping: `{"packages": ["nginx"]}`.

        Args:
            config: What JSON can hold.

        https://cloudinit.readthedocs.io/en/latest/reference/modules.html
        """
        faults = Faults(None, "user data")
        check_mapping(faults, "config", config, '{"packages": ["nginx"]}')
        if not config:
            faults.add("config is empty: leave the user data out.")
        faults.raise_any()
        try:
            body = json.dumps(config, indent=1, ensure_ascii=False)
        except (TypeError, ValueError) as error:
            faults.add(f"config holds what cloud-config cannot say: {error}.")
            faults.raise_any()
        return cls(((_CLOUD_CONFIG, f"#cloud-config\n{body}"),))

    def followed_by(self, other: UserData) -> UserData:
        """Both, one after the other.

        Args:
            other: User data for the same operating system.

        Raises:
            ConfigurationError: for user data of another operating system.
        """
        faults = Faults(None, "user data")
        given = check_instance(faults, "other", other, UserData, 'UserData.commands("...")')
        if given and given.operating_system != self.operating_system:
            faults.add(f"{given.operating_system} user data cannot follow {self.operating_system}.")
        faults.raise_any()
        return UserData((*self.parts, *other.parts), self.operating_system)

    def render(self) -> str:
        """The text for Terraform: one part as it is, several as a MIME message."""
        return "".join(_escape(text) + expression for text, expression in _parts(self._joined()))

    def encoded(self) -> str:
        """`render` in Base64, as launch templates take it: Terraform encodes, so that it stays
        legible in what is synthesized."""
        quoted = (_quoted(text, expression) for text, expression in _parts(self._joined()))
        return f'${{base64encode("{"".join(quoted)}")}}'

    def _joined(self) -> str:
        if self.operating_system == OperatingSystem.WINDOWS:
            script = "\n".join(text for _, text in self.parts)
            return f"<powershell>\n{script}\n</powershell>\n"
        if len(self.parts) == 1:
            return self.parts[0][1]
        # https://cloudinit.readthedocs.io/en/latest/explanation/format.html
        boundary = "part"
        while any(f"--{boundary}" in text for _, text in self.parts):
            boundary += "-"
        lines = [f'Content-Type: multipart/mixed; boundary="{boundary}"', "MIME-Version: 1.0", ""]
        for kind, text in self.parts:
            lines += [f"--{boundary}", f'Content-Type: {kind}; charset="utf-8"', "", text, ""]
        return "\n".join([*lines, f"--{boundary}--", ""])


def _lines(lines: tuple[object, ...]) -> list[str]:
    faults = Faults(None, "user data")
    if not lines:
        faults.add("there are no commands: leave the user data out.")
    for line in lines:
        if not isinstance(line, str) or not line.strip():
            faults.add(f"command {show(line)} is no command: write text.")
    faults.raise_any()
    return [str(line) for line in lines]


def _kind(text: object) -> str | None:
    if not isinstance(text, str):
        return None
    if text.startswith("#!"):
        return _SHELL
    return _CLOUD_CONFIG if text.startswith("#cloud-config") else None


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Literals with the expression that follows each: cdktf's tokens, and what tiers share.

    Any other `${NAME}` is the script's own.
    """
    rest = text
    while rest:
        found = _EXPRESSION.search(rest)
        if found is None:
            yield rest, ""
            return
        end = found.end() + end_of_expression(rest[found.end() :])
        yield rest[: found.start()], rest[found.start() : end]
        rest = rest[end:]


def _escape(text: str) -> str:
    """Terraform would take a shell's `${NAME}` for an expression."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _quoted(text: str, expression: str) -> str:
    """A literal and an expression as they stand between the quotes of a string in an expression.

    A token of cdktf gets braces right around it: inside of a longer expression cdktf takes its
    own off.
    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    escaped = _escape(text).replace("\\", r"\\").replace('"', r"\"")
    for character, escape in (("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t")):
        escaped = escaped.replace(character, escape)
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\u{ord(match[0]):04x}", escaped)
    return escaped + (f"${{{expression}}}" if STRING_TOKEN.fullmatch(expression) else expression)
