"""The runtimes of Lambda: what each runs on, and until when."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, nearest, show

from constructs import Construct

__all__ = [
    "ARCHITECTURES",
    "DEPRECATED_RUNTIME",
    "Runtime",
    "check_runtime",
    "runtimes",
    "warn_of_deprecation",
]

ARCHITECTURES = ("arm64", "x86_64")
DEPRECATED_RUNTIME = "lambda-runtime-deprecated"
# The major version of cdktf-cdktf-provider-aws that binds one of the AWS provider
_BINDINGS_OF = {5: 20, 6: 21}


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """One entry of the catalog in `data/runtimes.json`.

    Args:
        name: `python3.13`.
        os: `al2023`, `al2` or `al1`: the version of Amazon Linux below.
        deprecated: The day from which it gets no security updates.
        blocked: The day from which Lambda refuses to make functions with it, where known.
        architectures: `arm64` and `x86_64`, or the latter alone.
        snap_start: Whether it can start from a snapshot.
        provider: The first major version of the AWS provider that takes it.
    """

    name: str
    os: str
    deprecated: date
    blocked: date | None
    architectures: tuple[str, ...]
    snap_start: bool
    provider: int

    @property
    def language(self) -> str:
        """`python`, `nodejs`, `java`, `dotnet`, `ruby`, `go` or `provided`."""
        word = re.match(r"[a-z]+", self.name)
        assert word is not None
        return word[0].removesuffix("core")


@cache
def runtimes() -> Mapping[str, Runtime]:
    """Every runtime by name; of each language the newest first."""
    text = Path(__file__).with_name("data").joinpath("runtimes.json").read_text(encoding="utf-8")
    return {
        name: Runtime(
            name=name,
            os=entry["os"],
            deprecated=date.fromisoformat(entry["deprecated"]),
            blocked=date.fromisoformat(entry["blocked"]) if "blocked" in entry else None,
            architectures=("x86_64",) if entry.get("x86_only") else ARCHITECTURES,
            snap_start=entry.get("snap_start", False),
            provider=entry.get("provider", 5),
        )
        for name, entry in json.loads(text)["runtimes"].items()
    }


def check_runtime(faults: Faults, name: object, architecture: object) -> Runtime | None:
    """A runtime that Lambda and the AWS provider take today, on this architecture."""
    check_choice(faults, "architecture", architecture, ARCHITECTURES)
    known = runtimes()
    if not isinstance(name, str) or name not in known:
        hint = nearest(name, known) if isinstance(name, str) else ""
        faults.add(f"runtime {show(name)} is not known{hint or ':'} write one like python3.13.")
        return None
    runtime = known[name]
    if runtime.blocked and runtime.blocked <= _today():
        faults.add(
            f"runtime {name} has been refused by Lambda since {runtime.blocked}: "
            f"write {_successor(runtime)}."
        )
    if _BINDINGS_OF[runtime.provider] > _bindings():
        faults.add(
            f"runtime {name} needs version {runtime.provider} of the AWS provider, which "
            f"cdktf-cdktf-provider-aws {_bindings()} does not bind: write {_successor(runtime)}."
        )
    if architecture in ARCHITECTURES and architecture not in runtime.architectures:
        faults.add(f"architecture {architecture} is not there for {name}: write x86_64.")
    return runtime


def warn_of_deprecation(scope: Construct, runtime: Runtime) -> None:
    """Warns (`lambda-runtime-deprecated`) of a runtime without security updates."""
    if runtime.deprecated <= _today():
        until = f", and new functions are refused from {runtime.blocked}" if runtime.blocked else ""
        warn(
            scope,
            DEPRECATED_RUNTIME,
            f"{runtime.name} has had no security updates since {runtime.deprecated}{until}: "
            f"take {_successor(runtime)}.",
        )


def _successor(runtime: Runtime) -> str:
    """The newest of the same language that can be taken."""
    language = "provided" if runtime.language == "go" else runtime.language
    return next(
        other.name
        for other in runtimes().values()
        if other.language == language and _BINDINGS_OF[other.provider] <= _bindings()
    )


def _today() -> date:
    return date.today()


@cache
def _bindings() -> int:
    """The major version of the bindings that are installed."""
    return int(version("cdktf-cdktf-provider-aws").partition(".")[0])
