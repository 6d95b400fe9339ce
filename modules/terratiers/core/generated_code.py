"""Compiles generated modules so that they do not work out the types that nobody asks for.

A module of the bindings names the type of each parameter of each method, and working that out is a
third of the time that its import takes. Compiled with `from __future__ import annotations` it
leaves that to whoever reads a type. The result lies beside Python's own, as
`__init__.cpython-311.opt-terratiers.pyc`, and counts for the same source and Python alone.
"""

from __future__ import annotations
import __future__

import marshal
import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType

__all__ = ["GeneratedCode", "compile_ahead"]

_HEADER = 16
_FLAGS = __future__.annotations.compiler_flag


class GeneratedCode(SourceFileLoader):
    """Loads a module that is compiled so, and compiles it first where the result can be kept."""

    def get_code(self, fullname: str) -> CodeType | None:
        kept = _kept(self.path)
        if kept is None and not sys.dont_write_bytecode and compile_ahead(self.path):
            kept = _kept(self.path)
        return super().get_code(fullname) if kept is None else kept


def compile_ahead(path: str) -> bool:
    """Compiles the module at `path`; says whether the result could be kept."""
    try:
        place = _place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(place.parent, os.W_OK):
            return False
        code = compile(Path(path).read_bytes(), path, "exec", flags=_FLAGS, dont_inherit=True)
        beside = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            beside.write_bytes(_header(path) + marshal.dumps(code))
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
    except (OSError, NotImplementedError):
        return False
    return True


def _kept(path: str) -> CodeType | None:
    try:
        kept = _place(path).read_bytes()
        if kept[:_HEADER] == _header(path):
            code = marshal.loads(memoryview(kept)[_HEADER:])
            return code if isinstance(code, CodeType) else None
    except (OSError, ValueError, EOFError, TypeError, NotImplementedError):
        pass  # there is none, or a damaged one
    return None


def _place(path: str) -> Path:
    """Beside Python's own, and one for each level of `-O`."""
    return Path(cache_from_source(path, optimization=f"terratiers{sys.flags.optimize or ''}"))


def _header(path: str) -> bytes:
    """As Python's own: https://peps.python.org/pep-0552/."""
    stats = Path(path).stat()
    numbers = (0, int(stats.st_mtime), stats.st_size)
    return MAGIC_NUMBER + b"".join((n & 0xFFFFFFFF).to_bytes(4, "little") for n in numbers)
