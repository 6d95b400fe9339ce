"""Scans what main.py and the examples make with checkov: `make policy`.

    python tools/policy.py --checkov .venv-policy/bin/checkov [PROGRAM ...]

Each program is run, and each tier is scanned as the hand-over's HCL: checkov reads no JSON that
cdktf writes (it stops at `required_version`), and sees no policy in it. Nothing is asked of the
network. It ends with 1

- for a failed check that is not acknowledged at its resource,
- for an acknowledged check that fails nowhere any more in its program,
- when checkov saw another number of resources than there are, or could not finish a check.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terratiers.core.synthesis import SynthesizedTier, read_synthesis
from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.hcl_writer import write_hcl
from terratiers.handoff.provider_schema import load_schemas

ROOT = Path(__file__).parents[1]
GUIDELINES = "https://www.checkov.io/5.Policy%20Index/terraform.html"
# An acknowledged check is evaluated all the same: else nobody would see that it holds again.
_SKIP_COMMENT = re.compile(r"(?m)^[ \t]*#[ \t]*checkov:skip=.*\n")
_TROUBLE = re.compile(r"\[ERROR|Failed to run check|Traceback")


@dataclass(frozen=True, order=True)
class Place:
    """A resource of a tier of a program."""

    program: str
    tier: str
    address: str

    def __str__(self) -> str:
        return f"{self.program}/{self.tier} {self.address}"


@dataclass(frozen=True, order=True)
class Finding:
    """A check that failed."""

    place: Place
    check: str
    title: str
    guideline: str

    def __str__(self) -> str:
        return f"{self.place}: {self.check} {self.title} ({self.guideline})"


@dataclass(frozen=True)
class Verdict:
    """What a scan found.

    Args:
        failed: Findings that are not acknowledged.
        acknowledged: Findings that are.
        stale: Acknowledgements without a finding, in words.
        trouble: Why the scan does not count, in words.
    """

    failed: tuple[Finding, ...]
    acknowledged: tuple[Finding, ...]
    stale: tuple[str, ...]
    trouble: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not (self.failed or self.stale or self.trouble)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--checkov", default="checkov", help="the program (default: of PATH)")
    parser.add_argument(
        "programs",
        nargs="*",
        type=Path,
        help="programs, or folders that they synthesized (default: main.py and examples/*.py)",
    )
    options = parser.parse_args(arguments)
    programs = options.programs or [ROOT / "main.py", *sorted((ROOT / "examples").glob("*.py"))]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        skips: dict[Place, Mapping[str, str]] = {}
        for program in programs:
            outdir = program if program.is_dir() else synthesize(program, folder)
            tiers = read_synthesis(outdir)
            write_tiers(tiers, folder / "scan" / program.stem)
            skips |= acknowledgements(program.stem, tiers)
        report, log = run_checkov(options.checkov, folder / "scan")
    verdict = judge(report, log, skips)
    print("\n".join(describe(verdict, len(skips))))
    return 0 if verdict.passed else 1


def synthesize(program: Path, scratch: Path) -> Path:
    """Runs a program, and returns the folder that it wrote."""
    outdir = scratch / f"{program.stem}.out"
    environment = {**os.environ, "CDKTF_OUTDIR": str(outdir)}
    run = subprocess.run(
        [sys.executable, str(program.resolve())], env=environment, check=False, cwd=ROOT
    )
    if run.returncode:
        raise SystemExit(f"{program} failed: see above.")
    return outdir


def write_tiers(tiers: Sequence[SynthesizedTier], folder: Path) -> None:
    """Writes each tier's HCL, without the comments by which checkov would skip."""
    bundled = bundle_tiers(tiers)
    schemas = load_schemas(bundled)
    for tier in bundled:
        (folder / tier.name).mkdir(parents=True)
        for name, text in write_hcl(tier, schemas).items():
            (folder / tier.name / name).write_text(_SKIP_COMMENT.sub("", text), "utf-8")


def acknowledgements(
    program: str, tiers: Sequence[SynthesizedTier]
) -> dict[Place, Mapping[str, str]]:
    """Every resource with the checks that are acknowledged at it, and why."""
    return {
        Place(program, tier.name, address): tier.skipped_checks.get(address, {})
        for tier in tiers
        for kind, bodies in tier.config.get("resource", {}).items()
        for address in (f"{kind}.{name}" for name in bodies)
    }


def run_checkov(checkov: str, folder: Path) -> tuple[Mapping[str, Any], str]:
    """checkov's report on all HCL below `folder`, and its log.

    Its settings are ours alone: no configuration of the user's, no proxy that would answer.
    """
    nowhere = "http://127.0.0.1:9"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BC_")},
        "HOME": str(folder.parent),
        "LOG_LEVEL": "WARNING",
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere),
    }
    found = shutil.which(checkov)
    if found is None:
        raise SystemExit(f"{checkov} is not there: run `make policy`.")
    # it runs in another folder
    command = [str(Path(found).absolute()), "--directory", str(folder), "--output", "json"]
    command += ["--framework", "terraform"]
    command += ["--quiet", "--soft-fail", "--skip-download", "--download-external-modules", "false"]
    try:
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        report = json.loads(run.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"{checkov} ended with {run.returncode}: {run.stderr}") from None
    return report, run.stderr


def judge(report: Mapping[str, Any], log: str, skips: Mapping[Place, Mapping[str, str]]) -> Verdict:
    """Compares checkov's report with the resources that there are, and their acknowledgements."""
    findings = sorted(read_findings(report))
    found = {(finding.place, finding.check) for finding in findings}
    used = {
        (place.program, check, skips[place][check])
        for place, check in found
        if check in skips.get(place, {})
    }
    stale: dict[tuple[str, str, str], list[str]] = {}
    for place, checks in sorted(skips.items()):
        for check, reason in checks.items():
            if (place.program, check, reason) not in used:
                stale.setdefault((place.program, check, reason), []).append(str(place))
    return Verdict(
        failed=tuple(f for f in findings if f.check not in skips.get(f.place, {})),
        acknowledged=tuple(f for f in findings if f.check in skips.get(f.place, {})),
        stale=tuple(
            f"{', '.join(places)}: {check} does not fail any more: take the acknowledgement away "
            f"({reason})"
            for (_, check, reason), places in stale.items()
        ),
        trouble=tuple(troubles(report, log, len(skips))),
    )


def read_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    for record in report.get("results", {}).get("failed_checks", []):
        _, program, tier, *_ = record["file_path"].split("/")
        yield Finding(
            Place(program, tier, record["resource"]),
            record["check_id"],
            record["check_name"],
            record["guideline"] or GUIDELINES,
        )


def troubles(report: Mapping[str, Any], log: str, resources: int) -> Iterator[str]:
    """Why a scan says nothing of what was to be scanned."""
    summary = report.get("summary", report)
    seen = summary.get("resource_count", 0)
    if not resources:
        yield "there is no resource to scan."
    if seen != resources:
        yield f"checkov saw {seen} of {resources} resources."
    for file in report.get("results", {}).get("parsing_errors", []):
        yield f"checkov could not read {file}."
    for line in log.splitlines():
        if _TROUBLE.search(line):
            yield f"checkov: {line}"


def describe(verdict: Verdict, resources: int) -> Iterator[str]:
    yield from map(str, verdict.failed)
    yield from verdict.stale
    yield from verdict.trouble
    yield (
        f"{resources} resources: {len(verdict.failed)} failed checks, "
        f"{len(verdict.acknowledged)} acknowledged, {len(verdict.stale)} stale acknowledgements"
    )


if __name__ == "__main__":
    sys.exit(main())
