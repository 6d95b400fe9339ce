"""Runs generated modules without what they would do, or have done, again and again.

Each of them looks up which version of typeguard is installed, and each makes enough objects that
live for ever to have Python's garbage collector look for garbage among them several times.
"""

from __future__ import annotations

import functools
import gc
import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet"]

_stock = importlib.metadata.version
_remembered = functools.cache(_stock)


def _version(distribution_name: str) -> str:
    of_typeguard = distribution_name == "typeguard"
    return (_remembered if of_typeguard else _stock)(distribution_name)


@contextmanager
def quiet() -> Iterator[None]:
    """What runs in here sees no collection, and asks for typeguard's version once."""
    was_enabled, before = gc.isenabled(), importlib.metadata.version
    gc.disable()
    importlib.metadata.version = _version
    try:
        yield
    finally:
        # another thread may have entered, and left, in between
        importlib.metadata.version = _stock if before is _version else before
        if was_enabled:
            gc.enable()
