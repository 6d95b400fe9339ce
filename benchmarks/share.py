"""(e) Terratiers' own share: in the reference architecture as a whole, and in each construct."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from dataclasses import replace

from benchmarks.measure import ROOT, Run, measure, measure_all
from benchmarks.part import ConstructCost, Part, program
from benchmarks.reference import ALL

__all__ = ["RAW", "measure_share"]

RAW = "the same in raw bindings"


def measure_share(runs: int) -> Part:
    """The same resources in raw bindings are made from what `main.py` wrote."""
    measured = _measure_whole(runs)
    same = {run.resource_digest for of_one in measured.values() for run in of_one}
    sampled = program("own share", "own_share.py", ROOT / "main.py")
    shares = measure_all([sampled], runs, warm_up=[sampled])[sampled.name]
    costs = measure_all([program("constructs", "each_construct.py")], runs, warm_up=())
    resources: dict[str, int] = {}
    construct, raw = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for run in costs["constructs"]:
        for name, cost in json.loads(run.printed).items():
            resources[name] = cost["resources"]
            construct[name].append(cost["construct"])
            raw[name].append(cost["raw"])
    return Part(
        measured,
        differing=[RAW] if len(same) > 1 else [],
        constructs={
            name: ConstructCost(count, construct[name], raw[name])
            for name, count in resources.items()
        },
        own_share=[json.loads(run.printed.splitlines()[-1]) for run in shares],
    )


def _measure_whole(runs: int) -> dict[str, list[Run]]:
    main = program(ALL, ROOT / "main.py")
    with tempfile.TemporaryDirectory() as written:
        measure(replace(main, environment={**main.environment, "CDKTF_OUTDIR": written}))
        both = [main, program(RAW, "from_json.py", written)]
        return measure_all(both, runs, warm_up=both)
