"""Ends Python without a last look for garbage, when nothing would come of it.

At its end Python looks through all objects twice and frees them one by one, though the memory goes
back to the system anyway: a quarter of a second for the bindings of a large program. It matters
where an object does something when it is freed, such as a file that was not closed and is written
out then. Where there may be any such object, all goes on as ever.
"""

from __future__ import annotations

import atexit
import gc
import io
import sys
import weakref
from contextlib import suppress
from importlib.machinery import BuiltinImporter, ExtensionFileLoader
from typing import Any

__all__ = ["end_short"]

# Compiled modules of the standard library with objects that write or remove files when freed, and
# do not show it by a `__del__`.
_WRITERS = frozenset({"_sqlite3", "_dbm", "_gdbm"})
# Module and name of what tables of weak references, `abc`, `threading.local` and `logging` call.
_TIDIES = frozenset(
    {
        ("weakref", "remove"),
        ("_weakrefset", "_remove"),
        ("logging", "_removeHandlerRef"),
        (None, "_destroy"),
        (None, "_localdummy_destroyed"),
    }
)


def end_short() -> None:
    """Arranges it for this process: after all that is registered with `atexit` later than this."""
    # what is registered earlier runs after it, and may leave something open; logging does not
    earlier = getattr(atexit, "_ncallbacks", lambda: 0)()
    if earlier <= int("logging" in sys.modules):
        atexit.register(_freeze)


def _freeze() -> None:
    with suppress(Exception):  # raised by an object that does not say what it is
        if _is_known_code() and not _is_awaited():
            gc.freeze()


def _is_known_code() -> bool:
    """Whether all that is compiled comes with Python: other objects may do anything when freed."""
    for name, module in list(sys.modules.items()):
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        is_compiled = loader is BuiltinImporter or isinstance(loader, ExtensionFileLoader)
        comes_with_python = name.partition(".")[0] in sys.stdlib_module_names
        if is_compiled and (name in _WRITERS or not comes_with_python):
            return False
    return True


def _is_awaited() -> bool:
    """Whether something may happen when one of all objects is freed."""
    by_kind: dict[type, bool] = {}
    for thing in gc.get_objects():
        kind = type(thing)
        if kind not in by_kind:
            by_kind[kind] = issubclass(kind, weakref.ref) or hasattr(kind, "__del__")
        if by_kind[kind] and _does_something(thing, kind):
            return True
    return False


def _does_something(thing: Any, kind: type) -> bool:
    import subprocess  # by now jsii has; a program without it is not to wait for it

    if issubclass(kind, weakref.ref):
        return not _only_tidies(thing.__callback__)
    if issubclass(kind, io.IOBase):
        return not (_is_standard(thing) or thing.closed)
    if issubclass(kind, subprocess.Popen):
        return thing.returncode is None
    if kind.__module__ == "jsii._kernel.providers.process":
        node = getattr(thing, "_process", None)
        return node is None or node.poll() is None
    return True


def _only_tidies(callback: object) -> bool:
    """Whether a weak reference's callback is none, or one of Python's own for its tables."""
    if callback is None:
        return True
    name = getattr(callback, "__name__", None)
    return (getattr(callback, "__module__", None), name) in _TIDIES


def _is_standard(stream: object) -> bool:
    """Whether `stream` is, or was when Python started, one that Python writes out by itself."""
    standard = [getattr(sys, name) for name in ("stdin", "stdout", "stderr")]
    standard += [sys.__stdin__, sys.__stdout__, sys.__stderr__]
    buffers = [getattr(layer, "buffer", None) for layer in standard]
    raws = [getattr(layer, "raw", None) for layer in buffers]
    return any(stream is layer for layer in (*standard, *buffers, *raws))
