"""Loads the bindings of a Terraform provider on demand, instead of all 2,000 modules at once.

Stock `cdktf_cdktf_provider_aws` imports every resource of AWS in Python when one is needed, and
jsii's Node process requires every one of them in JavaScript. `install()` removes both:

* A finder gives the provider's package everything but the run of its eager `__init__`:
  submodules are imported when first named (PEP 562). jsii learns from `_SUBMODULE_FQN_MAP`, the
  table that newer code generators write themselves, where each type lives, so that a type that
  comes back from JavaScript is imported when it is met.
* The Node process starts with `provider_loader.js`, which swaps the package's index for the lazy
  index that the package ships beside it.

The packages on disk stay as they are. `TERRATIERS_FAST_START=0` turns all of it off. See
docs/internals/start-up.md.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from terratiers.core.constant_properties import remember_nodes, remember_stacks
from terratiers.core.generated_code import GeneratedCode
from terratiers.core.kernel_messages import change_kernel
from terratiers.core.kernel_process import change_kernel_process, load_ahead
from terratiers.core.quiet_import import quiet
from terratiers.core.short_exit import end_short
from terratiers.core.start_up import STEPS, SWITCH, is_taken, unknown_steps
from terratiers.core.type_hints import remember_fits, remember_type_hints

__all__ = ["install"]

_Run = Callable[[SourceFileLoader, ModuleType], None]
# Modules that are changed after they have run, and the step that it belongs to.
_CHANGES: dict[str, tuple[str | None, Callable[[ModuleType], None]]] = {
    "cdktf": ("constant-properties", remember_stacks),
    "constructs": ("constant-properties", remember_nodes),
    "jsii._kernel": ("plain-messages", change_kernel),
    "jsii._kernel.providers.process": (None, change_kernel_process),
    "typeguard": ("type-hints", remember_fits),
}
_PROVIDER = re.compile(r"(?:cdktf_cdktf|cdktn)_provider_\w+")


def install() -> bool:
    """Arranges lazy loading for this process; says whether it is on.

    Has to run before the first import of `cdktf` to reach Node, and before the first import of a
    provider package to reach Python. Later, or twice, it does no harm.
    """
    if unknown := unknown_steps():
        warnings.warn(
            f"{SWITCH} names no step of a fast start: {', '.join(unknown)}. "
            f"There are {', '.join(STEPS)}; 0 turns all off, 1 takes all.",
            stacklevel=2,
        )
    if not any(is_taken(step) for step in STEPS):
        return False
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
        if is_taken("type-hints"):
            remember_type_hints()
        if is_taken("short-exit"):
            end_short()
    return True


class _Finder(MetaPathFinder):
    """Finds what the usual finder would, and changes how three modules are run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        run = _way_to_run(fullname)
        if run is None:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            stock = spec.loader
            generated = run is _run_bindings or fullname in ("cdktf", "constructs")
            if generated and is_taken("late-types"):
                stock = GeneratedCode(stock.name, stock.path)
            spec.loader = _Loader(stock, run)
        return spec


def _way_to_run(name: str) -> _Run | None:
    if name in _CHANGES:
        step, change = _CHANGES[name]
        return _run_and(change) if step is None or is_taken(step) else None
    if not is_taken("lazy-provider"):
        return None
    if _PROVIDER.fullmatch(name):
        return _run_provider
    provider, _, submodule = name.partition(".")
    if not submodule or not _PROVIDER.fullmatch(provider):
        return None
    if submodule == "_jsii":
        return _run_assembly
    return _run_bindings


def _run_and(change: Callable[[ModuleType], None]) -> _Run:
    def run(stock: SourceFileLoader, module: ModuleType) -> None:
        stock.exec_module(module)
        change(module)

    return run


def _run_bindings(stock: SourceFileLoader, module: ModuleType) -> None:
    """Runs one of the thousands of modules that the provider's bindings are made of."""
    with quiet() if is_taken("quiet-import") else nullcontext():
        stock.exec_module(module)
    if is_taken("load-ahead"):
        load_ahead(module)


class _Loader(SourceFileLoader):
    """A source loader with another way of running the module; resources work as ever."""

    def __init__(self, stock: SourceFileLoader, run: _Run) -> None:
        super().__init__(stock.name, stock.path)
        self._stock = stock
        self._run = run

    def exec_module(self, module: ModuleType) -> None:
        self._run(self._stock, module)


def _run_provider(stock: SourceFileLoader, module: ModuleType) -> None:
    """Gives the package its submodules by name, unless this jsii could not find types later."""
    from jsii import _reference_map  # type: ignore[attr-defined, unused-ignore]

    if not hasattr(_reference_map, "_try_import_type_module"):
        stock.exec_module(module)
        return
    name = module.__name__
    submodules = frozenset(_submodules(module.__path__))

    def import_submodule(attribute: str) -> Any:
        if attribute not in submodules and attribute != "_jsii":
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        return importlib.import_module(f"{name}.{attribute}")

    namespace = vars(module)
    namespace["__all__"] = sorted(submodules)
    namespace["__getattr__"] = import_submodule
    namespace["__dir__"] = lambda: sorted({*namespace, *submodules})


def _run_assembly(stock: SourceFileLoader, module: ModuleType) -> None:
    """Puts the table of types where `JSIIAssembly.load` looks for it, then runs the module.

    It maps jsii's name of a submodule, `@cdktf/provider-aws.kmsKey`, to its Python module.
    """
    package = sys.modules[module.__name__.rpartition(".")[0]]
    assembly = re.search(
        r"JSIIAssembly\.load\(\s*[\"']([^\"']+)", Path(stock.path).read_text(encoding="utf-8")
    )
    if assembly is not None:
        vars(module)["_SUBMODULE_FQN_MAP"] = {
            f"{assembly[1]}.{_camel(name)}": f"{package.__name__}.{name}"
            for name in _submodules(package.__path__)
        }
    stock.exec_module(module)


def _submodules(path: Sequence[str]) -> Iterator[str]:
    for folder in path:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir() and not entry.name.startswith("_"):
                    yield entry.name


def _camel(name: str) -> str:
    """`kms_key` to `kmsKey`: how the generator named the Python package, backwards."""
    first, *others = name.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)
