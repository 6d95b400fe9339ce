"""How much of a program's time is spent in Terratiers' own code: `own_share.py PROGRAM`.

Runs the program and asks every millisecond which package's code is at work: the innermost frame
counts that is not of the standard library. While Python waits for Node, that is jsii's; so is what
takes the place of jsii's own code to start fast. Prints the share as its last line.
"""

from __future__ import annotations

import runpy
import signal
import sys
import time
from collections import defaultdict
from types import FrameType

INTERVAL = 0.001
# What these do, jsii or Python would do without them.
_STAND_INS = {
    f"terratiers.core.{name}"
    for name in (
        "constant_properties", "foretold_answers", "generated_code", "kernel_messages",
        "kernel_process", "provider_loader", "quiet_import", "type_hints",
    )
}  # fmt: skip
_PACKAGES = "/site-packages/"
_seconds: dict[str, float] = defaultdict(float)
_last = 0.0


def owner(frame: FrameType | None) -> str:
    """`terratiers`, the name of another package, or `program`."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_find_and_load" and code.co_filename.startswith("<frozen importlib"):
            return str(frame.f_locals["name"]).partition(".")[0]
        module = str(frame.f_globals.get("__name__", ""))
        if module in _STAND_INS:
            return "jsii"
        name = module.partition(".")[0]
        if name == "terratiers" or _PACKAGES in code.co_filename:
            return name
        frame = frame.f_back
    return "program"


def sample(_: int, frame: FrameType | None) -> None:
    # signals that arrive while C code runs come late, as one: what counts is the time that passed
    global _last  # noqa: PLW0603
    now = time.perf_counter()
    _seconds[owner(frame)] += now - _last
    _last = now


def main() -> None:
    global _last  # noqa: PLW0603
    program = sys.argv[1]
    signal.signal(signal.SIGALRM, sample)
    _last = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
    sys.argv = [program]
    runpy.run_path(program, run_name="__main__")
    signal.setitimer(signal.ITIMER_REAL, 0)
    for package, spent in sorted(_seconds.items(), key=lambda item: -item[1])[:12]:
        print(f"{package:40} {spent:8.3f} s")
    print(_seconds["terratiers"] / sum(_seconds.values()))


if __name__ == "__main__":
    main()
