"""Results as JSON, and as the Markdown of docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.budgets import judge
from benchmarks.measure import Run
from benchmarks.part import Part, spread
from benchmarks.scale import SIZES, sized

__all__ = ["BEGIN", "END", "machine", "markdown", "renew", "write_json"]

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
_PACKAGES = ("jsii", "cdktf", "constructs", "cdktf-cdktf-provider-aws")
_TITLES = {
    "reference": "The reference architecture",
    "small": "A small architecture, here and elsewhere",
    "scale": "Size",
    "cold": "The first start on a machine",
    "share": "Terratiers' own share",
}


def machine() -> dict[str, str]:
    """Where and with what it was measured."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "CPUs": str(os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "Node": _output(["node", "--version"]).removeprefix("v"),
        **{name: version(name) for name in _PACKAGES},
    }


def write_json(path: Path, where: Mapping[str, str], runs: int, parts: Mapping[str, Part]) -> None:
    """Everything that was measured, and the verdicts."""
    document: dict[str, Any] = {
        "machine": dict(where),
        "runs": runs,
        "budgets": [
            {"meaning": v.budget.meaning, "limit": v.budget.limit, "figure": v.figure}
            for v in judge(parts)
        ],
        "parts": {name: asdict(part) for name, part in parts.items()},
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def renew(page: Path, text: str) -> None:
    """Puts the results between the marks of a page.

    Raises:
        ValueError: when the page does not have each mark once.
    """
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in after or END in after:
        raise ValueError(f"{page} does not have {BEGIN} and {END} once each.")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def markdown(where: Mapping[str, str], runs: int, parts: Mapping[str, Part]) -> str:
    """Tables and plots of the parts that were measured."""
    lines = [
        f"{', '.join(f'{name} {value}' for name, value in where.items())}.",
        f"{runs} runs of each; medians, with the smallest and the largest.",
        "",
        *_budget_table(parts),
    ]
    for name, part in parts.items():
        lines += ["", f"## {_TITLES[name]}", "", *_run_table(part)]
        lines += [f"\nNot measured: {who} ({why})." for who, why in part.left_out.items()]
        if name == "small":
            lines += ["", *_small_plot(part)]
        if name == "scale":
            lines += ["", *_scale_plot(part)]
        if name == "share":
            lines += ["", *_share_tables(part)]
    return "\n".join(lines) + "\n"


def _budget_table(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _row("What has to hold", "Measured", "At most", "")
    for verdict in judge(parts):
        measured = "not measured" if verdict.figure is None else f"{verdict.figure:.3f}"
        holds = "holds" if verdict.holds else "**missed**"
        yield from _row(
            verdict.budget.meaning, measured, f"{verdict.budget.limit:.3f}", holds, head=False
        )


def _run_table(part: Part) -> Iterator[str]:
    yield from _row("", "Resources", "Wall, s", "CPU, s", "Memory, MiB", "Python's or main's, MiB")
    for name, runs in part.runs.items():
        yield from _row(
            name,
            f"{runs[0].resources:,}",
            _range(runs, "wall", 2),
            _range(runs, "cpu", 2),
            _range(runs, "memory", 0),
            _range(runs, "main_memory", 0),
            head=False,
        )


def _share_tables(part: Part) -> Iterator[str]:
    shares = [share * 100 for share in part.own_share]
    yield (
        f"Of the reference architecture's time, {_spread(shares, 1)} % is spent in Terratiers' "
        "own code. What the constructs cost in a process that runs already:"
    )
    yield ""
    yield from _row("Construct", "Bindings", "By itself, ms", "Raw bindings, ms", "More, ms each")
    for name, cost in part.constructs.items():
        more = statistics.median(cost.construct) - statistics.median(cost.raw)
        yield from _row(
            name,
            str(cost.resources),
            _spread(cost.construct, 1),
            _spread(cost.raw, 1),
            f"{more / cost.resources:.2f}",
            head=False,
        )


def _small_plot(part: Part) -> Iterator[str]:
    """Bars: seconds of the small architecture, once."""
    end = f" x{1}"
    seconds = {
        name.removesuffix(end): part.median(name, "wall")
        for name in part.runs
        if name.endswith(end)
    }
    names = sorted(seconds, key=lambda name: seconds[name])
    yield from _plot(
        "Small architecture, once: seconds",
        names,
        "seconds",
        [("bar", [seconds[name] for name in names])],
    )


def _scale_plot(part: Part) -> Iterator[str]:
    """A line: seconds by size."""
    yield from _plot(
        "Terratiers: seconds by number of resources",
        [f"{size:,}" for size in SIZES],
        "seconds",
        [("line", [part.median(sized(size, fast=True), "wall") for size in SIZES])],
    )


def _plot(
    title: str, names: Iterable[str], unit: str, series: Iterable[tuple[str, list[float]]]
) -> Iterator[str]:
    quoted = ", ".join(f'"{name}"' for name in names)
    yield "```mermaid"
    yield "xychart-beta horizontal" if any(kind == "bar" for kind, _ in series) else "xychart-beta"
    yield f'    title "{title}"'
    yield f"    x-axis [{quoted}]"
    yield f'    y-axis "{unit}"'
    for kind, values in series:
        yield f"    {kind} [{', '.join(f'{value:.2f}' for value in values)}]"
    yield "```"


def _row(*cells: str, head: bool = True) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"
    if head:
        yield f"|---|{'---:|' * (len(cells) - 1)}"


def _range(runs: list[Run], figure: str, digits: int) -> str:
    return _spread(spread(runs, figure), digits)


def _spread(values: list[float], digits: int) -> str:
    low, middle, high = (
        f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} ({low} to {high})"


def _processor() -> str:
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        for line in cpus.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
