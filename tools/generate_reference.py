"""Writes docs/reference/*.md: every public name, from the signatures and docstrings of the code.

python tools/generate_reference.py
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache

from griffe import Class, DocstringSectionKind, Expr, ExprName, Function, Object
from public_names import (
    ROOT,
    Argument,
    arguments,
    attribute_type,
    constants,
    faults,
    has_constructor,
    is_protocol,
    members,
    methods,
    module,
    public,
    sections,
)

TARGET = ROOT / "docs" / "reference"
FOREIGN = {"terratiers.App": "cdktf's own `App`, so that a program of tiers needs no other import."}


@cache
def homes() -> dict[str, str]:
    """Where each public name stands, by its path in the sources: `network.md#vpc`."""
    return {
        found.path: f"{page_name(package)}#{anchor(name)}"
        for package, names in reversed(public().items())
        for name, found in names.items()
    }


@cache
def by_name() -> dict[str, str]:
    """The same by bare name. `VpcBase` and `ImportedVpc` are told of where `Vpc` is."""
    names = {path.rpartition(".")[2]: home for path, home in homes().items()}
    return {
        **{f"{name}Base": home for name, home in names.items()},
        **{f"Imported{name}": home for name, home in names.items()},
        **names,
    }


def _home(path: str) -> str | None:
    """The entry of a type of ours."""
    return by_name().get(path.rpartition(".")[2]) if path.startswith("terratiers.") else None


def page_name(package: str) -> str:
    return f"{package.rpartition('.')[2]}.md"


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w-]", "", heading.lower())


def pages() -> dict[str, str]:
    """File name to text, for all pages."""
    written = {page_name(package): _page(package) for package in public()}
    written["README.md"] = _index()
    return written


def _index() -> str:
    lines = [
        "# Reference",
        "",
        "Made from the code by `make reference`; do not edit. Each page is one package, each name "
        "is imported from it.",
        "",
        "A type like `aws_vpc` is the provider's own resource, as in "
        "`cdktf_cdktf_provider_aws.vpc.Vpc`: it has `add_override` and every attribute of the "
        "resource ([escape hatch](../recipes/escape-hatch.md)).",
        "",
        "| package | what is in it |",
        "|---|---|",
    ]
    for package, names in public().items():
        about = _cell(_summary(module(package)), "README.md")
        listed = ", ".join(f"[`{n}`]({page_name(package)}#{anchor(n)})" for n in names)
        lines.append(f"| [{package}]({page_name(package)}) | {about}<br>{listed} |")
    return "\n".join([*lines, ""])


def _page(package: str) -> str:
    page = page_name(package)
    parts = [f"# {package}", *_text(module(package), page)]
    if package == "terratiers.core":
        parts.append(
            "What constructs and tiers of your own are made with "
            "([recipe](../recipes/own-construct.md)). Import each name from its module."
        )
    parts.append("Made from the code by `make reference`; do not edit.")
    rows = ["| name | |", "|---|---|"]
    for name, found in public()[package].items():
        rows.append(f"| [`{name}`](#{anchor(name)}) | {_cell(_summary(found), page)} |")
    for name, text in FOREIGN.items():
        if name.rpartition(".")[0] == package:
            rows.append(f"| `{name.rpartition('.')[2]}` | {text} |")
    parts.append("\n".join(rows))
    for name, found in public()[package].items():
        parts += _entry(package, name, found)
    return "\n\n".join(parts) + "\n"


def _entry(package: str, name: str, found: Object) -> Iterator[str]:
    page = page_name(package)
    yield f"## {name}"
    if package == "terratiers.core":
        yield f"`from {found.path.rpartition('.')[0]} import {name}`"
    if isinstance(found, Function):
        yield from _callable(found, name, page)
    elif isinstance(found, Class):
        yield from _class(found, name, page)
    else:
        yield from _text(found, page)


def _class(found: Class, name: str, page: str) -> Iterator[str]:
    values = constants(found)
    if not values and not is_protocol(found) and has_constructor(found):
        yield f"```python\n{_signature(name, arguments(found), '')}\n```"
    yield from _text(found, page)
    if values:
        rows = [f"| `{name}.{key}` | `{value}` |" for key, value in values.items()]
        yield "\n".join(["| constant | value |", "|---|---|", *rows])
        return
    if has_constructor(found):
        yield from _table(arguments(found), page)
    yield from _raises(found, page)
    bases = [b for b in found.mro() if b.path in homes()]
    if bases:
        links = ", ".join(_link(base.name, homes()[base.path], page) for base in bases)
        yield f"Is a {links}, and has what that has."
    yield from _attributes(found, page)
    for key, method in methods(found):
        yield f"### {name}.{key}"
        yield from _callable(method, key, page)


def _callable(found: Function, name: str, page: str) -> Iterator[str]:
    returns = f" -> {found.returns}" if found.returns is not None else ""
    prefix = "@classmethod\n" if "classmethod" in found.labels else ""
    yield f"```python\n{prefix}{_signature(name, arguments(found), returns)}\n```"
    yield from _text(found, page)
    yield from _table(arguments(found), page)
    yield from _raises(found, page)


def _signature(name: str, arguments: list[Argument], returns: str) -> str:
    """As Python writes it, long ones with one argument a line."""
    parts = []
    for before, item in zip([None, *arguments], arguments, strict=False):
        if item.by_keyword and not (before and (before.by_keyword or before.name[0] == "*")):
            parts.append("*")
        annotation = "" if item.annotation is None else f": {item.annotation}"
        default = "" if item.default is None else f" = {item.default}"
        parts.append(f"{item.name}{annotation}{default}")
    line = f"{name}({', '.join(parts)}){returns}"
    if len(line) <= 80 or not parts:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){returns}"])


def _table(arguments: list[Argument], page: str) -> Iterator[str]:
    if not any(item.description for item in arguments):
        return
    rows = ["| argument | type | default | |", "|---|---|---|---|"]
    for item in arguments:
        default = "" if item.default is None else _code(item.default)
        rows.append(
            f"| `{item.name}` | {_type(item.annotation, page)} | {default} "
            f"| {_cell(item.description, page)} |"
        )
    yield "\n".join(rows)


def _attributes(found: Class, page: str) -> Iterator[str]:
    rows = []
    fields = {a.name for a in arguments(found)} if "dataclass" in found.labels else set()
    for key, member in members(found):
        if key in fields or key == "Attributes" or isinstance(member, Class):
            continue
        if member.is_attribute or "property" in member.labels:
            kind = _type(attribute_type(found, member), page)
            rows.append(f"| `{key}` | {kind} | {_cell(_summary(member), page)} |")
    if rows:
        yield "\n".join(["| attribute | type | |", "|---|---|---|", *rows])


def _type(annotation: str | Expr | None, page: str) -> str:
    """An annotation with links to what it names."""
    if annotation is None:
        return ""
    if isinstance(annotation, str):
        return _code(annotation)
    pieces: list[str] = []
    plain = ""
    for part in annotation.iterate(flat=True):
        home = _home(part.canonical_path) if isinstance(part, ExprName) else None
        if home:
            pieces += [_code(plain), _link(part.name, home, page)]
            plain = ""
        else:
            plain += _resource(part) if isinstance(part, ExprName) else str(part)
    return "".join([*pieces, _code(plain)])


def _resource(name: ExprName) -> str:
    """`aws_vpc` for the provider's class `vpc.Vpc`."""
    package, _, rest = name.canonical_path.partition(".")
    module, _, class_name = rest.partition(".")
    plain = class_name.removesuffix("A") if class_name.endswith("A") else class_name
    if package == "cdktf_cdktf_provider_aws" and plain.lower() == module.replace("_", ""):
        kind = module.removeprefix("data_aws_")
        return f"aws_{kind}" if kind == module else f"data.aws_{kind}"
    return name.name


def _code(text: str) -> str:
    """As code in a cell of a table, blanks left outside."""
    plain = text.strip()
    return text.replace(plain, f"`{plain}`".replace("|", "\\|")) if plain else text


def _link(name: str, home: str, page: str) -> str:
    return f"[`{name}`]({home.removeprefix(page)})"


def _cell(text: str, page: str) -> str:
    return _linked(_joined(text), page).replace("|", "\\|")


def _joined(text: str) -> str:
    return " ".join(text.split())


def _linked(text: str, page: str) -> str:
    """Names in backticks lead to their entries, addresses become links."""

    def replace(match: re.Match[str]) -> str:
        home = by_name().get(match[1].partition(".")[0].partition("(")[0])
        return f"[`{match[1]}`]({home.removeprefix(page)})" if home else match[0]

    text = re.sub(r"(?<!\[)`([A-Z]\w+(?:\.\w+)?(?:\([^`]*\))?)`", replace, text)
    return re.sub(r"(?<![<(\w`])(https?://[^\s>`)]*[\w/#])", r"<\1>", text)


def _text(found: Object, page: str) -> Iterator[str]:
    for section in found.docstring.parsed if found.docstring else ():
        if section.kind is DocstringSectionKind.text:
            yield _linked(section.value, page)
        elif section.kind is DocstringSectionKind.examples:
            for _, text in section.value:
                yield f"```pycon\n{text}\n```"


def _raises(found: Object, page: str) -> Iterator[str]:
    rows = [
        f"- `{item.annotation}`: {_linked(_joined(item.description), page)}"
        for section in sections(found, DocstringSectionKind.raises)
        for item in section.value
    ]
    if rows:
        yield "\n".join(["Raises:", "", *rows])


def _summary(found: Object) -> str:
    """The first sentence of a docstring."""
    text = found.docstring.value.partition("\n\n")[0] if found.docstring else ""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", _joined(text))[0]


def main() -> None:
    silent = faults()
    TARGET.mkdir(parents=True, exist_ok=True)
    written = pages()
    for name, text in written.items():
        (TARGET / name).write_text(text, encoding="utf-8", newline="\n")
    for old in TARGET.glob("*.md"):
        if old.name not in written:
            old.unlink()
    print(f"{len(written)} pages in {TARGET.relative_to(ROOT)}")
    if silent:
        sys.exit("\n".join(silent))


if __name__ == "__main__":
    main()
