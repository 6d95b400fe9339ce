"""A program imports the bindings that it uses, and hardly any others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Runs main.py, and writes which modules of bindings it imported and which of them have a class of
# which something was made.
PROGRAM = """
import json, runpy, sys
from pathlib import Path

import terratiers
import jsii

made, create = set(), jsii.create


def remember(kind, *args):
    made.add(kind.__jsii_type__)
    return create(kind, *args)


jsii.create = remember
runpy.run_path("main.py", run_name="__main__")
imported, used = set(), set()
for name, module in list(sys.modules.items()):
    package, _, resource = name.partition(".")
    if package != "cdktf_cdktf_provider_aws" or not resource or resource.startswith("_"):
        continue
    resource = resource.partition(".")[0]
    imported.add(resource)
    kinds = (getattr(value, "__jsii_type__", None) for value in list(vars(module).values()))
    if any(kind in made for kind in kinds if isinstance(kind, str)):
        used.add(resource)
Path(sys.argv[1]).write_text(json.dumps([sorted(imported), sorted(used)]))
"""


@pytest.mark.e2e
def test_main_imports_no_bindings_that_it_does_not_use(tmp_path):
    report = tmp_path / "report.json"
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(report)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=120,
        env={**os.environ, "CDKTF_OUTDIR": str(tmp_path / "out")},
    )
    imported, used = map(set, json.loads(report.read_text("utf-8")))
    assert {"vpc", "lambda_function", "autoscaling_group"} <= used
    unused = imported - used
    assert not unused, f"import {', '.join(sorted(unused))} where it is used, not at the top"
