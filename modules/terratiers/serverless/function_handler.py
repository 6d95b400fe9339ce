"""Whether a function's handler is in its code, as far as that can be seen without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping

from terratiers.core.errors import Faults
from terratiers.core.validation import check_string, nearest, show
from terratiers.serverless.runtime import Runtime

__all__ = ["check_handler"]

_SUFFIXES = {"nodejs": ("js", "mjs", "cjs"), "ruby": ("rb",)}
_HANDLER_ARGUMENTS = 2


def check_handler(
    faults: Faults,
    handler: object,
    runtime: Runtime | None,
    files: Mapping[str, bytes] | None,
    *,
    layered: bool,
) -> None:
    """Notes a handler that Lambda would not find.

    Args:
        faults: Where to note it.
        handler: `module.function`.
        runtime: The function's runtime, where it is known.
        files: The code, where it is known.
        layered: Whether layers add files, so that a missing one may be there.
    """
    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    rule = "write file.function, like handler.handler, up to 128 characters without blanks."
    name = check_string(faults, "handler", handler, r"(?!.*\$\{)[!-~]{1,128}", rule, tokens=False)
    if name is None or runtime is None or files is None:
        return
    if runtime.language == "provided":
        if "bootstrap" not in files and not layered:
            faults.add(f"code has no file bootstrap, which {runtime.name} starts: add it.")
        return
    if runtime.language not in ("python", *_SUFFIXES):
        return
    module, _, function = name.rpartition(".")
    if not module or not function:
        faults.add(f"handler {show(name)} names no function: write file.function.")
        return
    if runtime.language == "python":
        _check_python(faults, name, runtime, files, layered)
        return
    file = name.partition(".")[0] if runtime.language == "ruby" else module
    names = [f"{file}.{suffix}" for suffix in _SUFFIXES[runtime.language]]
    if not layered and not any(file in files for file in names):
        faults.add(f"handler {name}: the code has no {' or '.join(names)}{_hint(names[0], files)}.")


def _check_python(
    faults: Faults, handler: str, runtime: Runtime, files: Mapping[str, bytes], layered: bool
) -> None:
    module, _, function = handler.rpartition(".")
    path = module.replace(".", "/")
    candidates = [f"{path}.py", f"{path}/__init__.py"]
    file = next((name for name in candidates if name in files), None)
    if file is None:
        compiled = any(name.startswith(f"{path}.") and name.endswith(".so") for name in files)
        if not layered and not compiled:
            faults.add(
                f"handler {handler}: the code has no {candidates[0]}{_hint(candidates[0], files)}."
            )
        return
    try:
        tree = ast.parse(files[file], file)
    except (SyntaxError, ValueError) as error:
        if _reads(runtime):
            faults.add(f"handler {handler}: {file} is no Python: {error}.")
        return
    bound = dict(_bindings(tree.body))
    if function not in bound and "*" not in bound:
        hint = nearest(function, bound) or f": it has {', '.join(sorted(bound)) or 'nothing'}"
        faults.add(f"handler {handler}: {file} has no {function}{hint}.")
        return
    _check_arguments(faults, handler, bound.get(function))


def _check_arguments(faults: Faults, handler: str, node: ast.stmt | None) -> None:
    if isinstance(node, ast.AsyncFunctionDef):
        faults.add(f"handler {handler} is async, which Lambda does not await: write def.")
    elif isinstance(node, ast.FunctionDef) and not node.decorator_list:
        arguments = node.args
        most = len(arguments.posonlyargs) + len(arguments.args)
        least = most - len(arguments.defaults)
        keywords = any(default is None for default in arguments.kw_defaults)
        enough = most >= _HANDLER_ARGUMENTS or arguments.vararg is not None
        if not enough or least > _HANDLER_ARGUMENTS or keywords:
            faults.add(
                f"handler {handler} has to take two arguments: "
                f"write def {node.name}(event, context)."
            )


def _bindings(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """The names that statements of a module bind, `*` for what is imported unseen."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], node
        else:
            for name in ast.walk(node):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id, node
            for block in ("body", "orelse", "finalbody"):
                yield from _bindings(getattr(node, block, ()))
            for inner in getattr(node, "handlers", ()):
                yield from _bindings(inner.body)


def _reads(runtime: Runtime) -> bool:
    """Whether this Python knows the syntax of the runtime's."""
    major, minor = runtime.name.removeprefix("python").split(".")
    return sys.version_info >= (int(major), int(minor))


def _hint(wanted: str, files: Collection[str]) -> str:
    hint = nearest(wanted, [name for name in files if "/" not in name or "/" in wanted])
    return hint.removesuffix("?") if hint else f"; it has {', '.join(sorted(files)[:5])}"
