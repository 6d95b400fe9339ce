"""Does ahead what the first programs on a machine would otherwise do at their start."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from terratiers.core.kernel_process import HOOK_OPTION, added_variables

__all__ = ["Warmed", "warm"]

_LIMIT = 600


@dataclass(frozen=True)
class Warmed:
    """What was done: how many seconds it took, and whether all of it was finished.

    It is not where jsii's cache is turned off (`JSII_RUNTIME_PACKAGE_CACHE=disabled`).
    """

    seconds: float
    finished: bool


def warm() -> Warmed:
    """Unpacks the bindings into jsii's cache and builds the index of their types.

    Without the index a program reads a description of all resource types of AWS, 120 MB, at each
    start. jsii builds it in the background while a program runs, and gives up when the program ends
    first. Has to be the first use of jsii in its process, which is done with jsii afterwards.
    """
    started = time.monotonic()
    with added_variables(TERRATIERS_NODE="built-index", NODE_OPTIONS=HOOK_OPTION):
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
    is_kept = os.environ.get("JSII_RUNTIME_PACKAGE_CACHE", "enabled") != "disabled"
    return Warmed(time.monotonic() - started, is_kept and status == 0)
