"""Measures Terratiers: `python -m benchmarks [--only PARTS] [--runs N] [--check]`.

Results are printed and written to benchmarks/results/. A run of all parts, at least five times,
also renews docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.budgets import judge
from benchmarks.cold import measure_cold
from benchmarks.measure import ROOT, ProgramError
from benchmarks.part import Measure, Part
from benchmarks.reference import measure_reference
from benchmarks.report import machine, markdown, renew, write_json
from benchmarks.scale import measure_scale
from benchmarks.share import measure_share
from benchmarks.small import measure_small

PARTS: dict[str, Measure] = {
    "reference": measure_reference,
    "small": measure_small,
    "scale": measure_scale,
    "cold": measure_cold,
    "share": measure_share,
}
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
FULL_RUNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    parser.add_argument("--runs", type=int, default=FULL_RUNS, help="of each program")
    parser.add_argument("--check", action="store_true", help="fail when a budget is missed")
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := set(chosen) - PARTS.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    if options.runs < 1:
        parser.error("--runs has to be 1 or more")

    where = machine()
    parts: dict[str, Part] = {}
    for name, measure in PARTS.items():
        if name in chosen:
            started = time.perf_counter()
            print(f"{name} ...", flush=True)
            try:
                parts[name] = measure(options.runs)
            except ProgramError as error:
                sys.exit(str(error))
            print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
            # a part that fails later loses nothing
            write_json(RESULTS / "results.json", where, options.runs, parts)
    text = markdown(where, options.runs, parts)
    (RESULTS / "results.md").write_text(text, encoding="utf-8")
    print(text)
    if len(parts) == len(PARTS) and options.runs >= FULL_RUNS:
        renew(PAGE, text)
    for name, part in parts.items():
        for differing in part.differing:
            print(f"{name}: output differs: {differing}", file=sys.stderr)
    missed = [verdict for verdict in judge(parts) if not verdict.holds]
    if options.check and missed:
        sys.exit(f"over budget: {'; '.join(v.budget.meaning for v in missed)}")


if __name__ == "__main__":
    main()
