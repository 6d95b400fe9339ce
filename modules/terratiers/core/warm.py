"""Does ahead what the first programs on a machine would otherwise do at their start."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from terratiers.core.generated_code import compile_ahead
from terratiers.core.kernel_process import HOOK_OPTION, added_variables
from terratiers.core.start_up import is_taken

__all__ = ["Warmed", "warm"]

_LIMIT = 600
_USE = re.compile(r"from cdktf_cdktf_provider_aws\.(\w+) import")


@dataclass(frozen=True)
class Warmed:
    """What was done: how many seconds it took, and whether all of it was finished.

    It is not where jsii's cache is turned off (`JSII_RUNTIME_PACKAGE_CACHE=disabled`).
    """

    seconds: float
    finished: bool


def warm() -> Warmed:
    """Unpacks the bindings into jsii's cache and builds the index of their types.

    The bindings that Terratiers uses are compiled, and what V8 compiles of jsii's kernel,
    constructs and cdktf on the way is kept (`late-types` and `code-cache` in
    docs/internals/start-up.md).

    Without the index a program reads a description of all resource types of AWS, 120 MB, at each
    start. jsii builds it in the background while a program runs, and gives up when the program ends
    first. Has to be the first use of jsii in its process, which is done with jsii afterwards.
    """
    started = time.monotonic()
    steps = "built-index,code-cache" if is_taken("code-cache") else "built-index"
    with added_variables(TERRATIERS_NODE=steps, NODE_OPTIONS=HOOK_OPTION):
        import cdktf_cdktf_provider_aws._jsii  # noqa: F401
        import jsii

        kernel: Any = jsii._runtime.kernel
        kernel.stats()  # waits until everything is loaded
    node = kernel.provider._process._process
    node.stdin.write(b'{"exit":0}\n')
    node.stdin.close()
    try:
        status = node.wait(timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        status = None
    if is_taken("late-types"):
        _compile_bindings()
    is_kept = os.environ.get("JSII_RUNTIME_PACKAGE_CACHE", "enabled") != "disabled"
    return Warmed(time.monotonic() - started, is_kept and status == 0)


def _compile_bindings() -> None:
    """Those that the constructs name; others are compiled when a program first imports them."""
    spec = find_spec("cdktf_cdktf_provider_aws")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    [folder] = spec.submodule_search_locations
    ours = Path(__file__).parents[1]
    names = {name for file in ours.rglob("*.py") for name in _USE.findall(file.read_text("utf-8"))}
    for name in sorted(names):
        compile_ahead(f"{folder}/{name}/__init__.py")
