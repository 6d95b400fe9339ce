"""Loads the bindings of a Terraform provider on demand, instead of all 2,000 modules at once.

Stock `cdktf_cdktf_provider_aws` imports every resource of AWS in Python when one is needed, and
jsii's Node process requires every one of them in JavaScript. `install()` removes both:

* A finder gives the provider's package everything but the run of its eager `__init__`:
  submodules are imported when first named (PEP 562). jsii learns from `_SUBMODULE_FQN_MAP`, the
  table that newer code generators write themselves, where each type lives, so that a type that
  comes back from JavaScript is imported when it is met.
* The Node process starts with `provider_loader.js`, which swaps the package's index for the lazy
  index that the package ships beside it.

The packages on disk stay as they are. `TERRATIERS_LAZY_PROVIDER=0` turns all of it off. See
docs/internals/start-up.md.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["SWITCH", "install"]

SWITCH = "TERRATIERS_LAZY_PROVIDER"
_OFF = {"0", "false", "no", "off"}

_PROVIDER = re.compile(r"(?:cdktf_cdktf|cdktn)_provider_\w+")
_KERNEL_PROCESS = "jsii._kernel.providers.process"
_NODE_HOOK = Path(__file__).with_suffix(".js")
_environ_lock = threading.Lock()


def install() -> bool:
    """Arranges lazy loading for this process; says whether it is on.

    Has to run before the first import of `cdktf` to reach Node, and before the first import of a
    provider package to reach Python. Later, or twice, it does no harm.
    """
    if os.environ.get(SWITCH, "1").strip().lower() in _OFF:
        return False
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    return True


class _Finder(MetaPathFinder):
    """Finds what the usual finder would, and changes how three modules are run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == _KERNEL_PROCESS:
            run: Callable[[SourceFileLoader, ModuleType], None] = _run_kernel_process
        elif _PROVIDER.fullmatch(fullname):
            run = _run_provider
        elif fullname.endswith("._jsii") and _PROVIDER.fullmatch(fullname.partition(".")[0]):
            run = _run_assembly
        else:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader, run)
        return spec


class _Loader(SourceFileLoader):
    """A source loader with another way of running the module; resources work as ever."""

    def __init__(
        self, stock: SourceFileLoader, run: Callable[[SourceFileLoader, ModuleType], None]
    ) -> None:
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
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _run_kernel_process(stock: SourceFileLoader, module: ModuleType) -> None:
    """Starts jsii's Node process with the hook."""
    stock.exec_module(module)
    process = getattr(module, "_NodeProcess", None)
    start = getattr(process, "start", None)
    if process is None or start is None:
        return

    def start_with_hook(self: Any) -> Any:
        with _node_option(f'--require "{_escape(str(_NODE_HOOK))}"'):
            return start(self)

    process.start = start_with_hook


@contextmanager
def _node_option(option: str) -> Iterator[None]:
    """Adds `option` to `NODE_OPTIONS` while jsii copies the environment."""
    with _environ_lock:
        before = os.environ.get("NODE_OPTIONS")
        os.environ["NODE_OPTIONS"] = f"{before} {option}" if before else option
        try:
            yield
        finally:
            if before is None:
                del os.environ["NODE_OPTIONS"]
            else:
                os.environ["NODE_OPTIONS"] = before


def _escape(path: str) -> str:
    """Quotes as Node reads them: https://nodejs.org/api/cli.html#node_optionsoptions."""
    return path.replace("\\", "\\\\").replace('"', '\\"')
