from __future__ import annotations

import sys

from terratiers.core.errors import Faults
from terratiers.serverless.function_handler import check_handler
from terratiers.serverless.runtime import runtimes

import pytest

GOOD = {
    "function": "def handler(event, context): pass",
    "more-arguments": "def handler(event, context, more=None): pass",
    "any-arguments": "def handler(*args): pass",
    "decorated": "import x\n@x.wrap\ndef handler(): pass",
    "imported": "from package import handler",
    "renamed": "from package import main as handler",
    "starred": "from package import *",
    "assigned": "def f(e, c): pass\nhandler = f",
    "annotated": "from typing import Any\nhandler: Any = print",
    "unpacked": "handler, other = print, print",
    "class": "class handler:\n    def __init__(self, event, context): pass",
    "conditional": "try:\n    import x\nexcept ImportError:\n    def handler(e, c): pass",
    "branch": "if True:\n    def handler(e, c): pass\nelse:\n    handler = None",
    "with": "import x\nwith x.patch() as handler:\n    pass",
}
BAD = {
    "other-name": ("def handle(event, context): pass", "has no handler; did you mean handle"),
    "nothing": ("", "has no handler: it has nothing"),
    "inner": ("def f(e, c):\n    def handler(e, c): pass", "has no handler"),
    "method": ("class A:\n    def handler(self, e): pass", "has no handler"),
    "async": ("async def handler(event, context): pass", "is async"),
    "no-arguments": ("def handler(): pass", "has to take two arguments"),
    "one-argument": ("def handler(event): pass", "has to take two arguments"),
    "three-arguments": ("def handler(a, b, c): pass", "has to take two arguments"),
    "keyword-needed": ("def handler(a, b, *, c): pass", "has to take two arguments"),
    "no-python": ("def handler(:", "is no Python"),
    "nul": ("\0", "is no Python"),
}


def check(handler, files, runtime="python3.10", layered=False):
    faults = Faults(None, "fn")
    contents = {name: text.encode() for name, text in files.items()}
    check_handler(faults, handler, runtimes()[runtime], contents, layered=layered)
    return faults._messages


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_handlers_that_are_there(text):
    assert check("handler.handler", {"handler.py": text}) == []


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_handlers_that_are_not(text, message):
    [fault] = check("handler.handler", {"handler.py": text})
    assert message in fault


@pytest.mark.parametrize(
    ("handler", "file"),
    [
        ("app.main.run", "app/main.py"),
        ("app/main.run", "app/main.py"),
        ("app.run", "app/__init__.py"),
    ],
)
def test_modules_in_packages(handler, file):
    assert check(handler, {file: "def run(event, context): pass"}) == []


def test_a_file_that_is_not_there():
    [fault] = check("handlr.handler", {"handler.py": "", "x/y.py": ""})
    assert "the code has no handlr.py; did you mean handler.py" in fault
    [fault] = check("main.handler", {"README": ""})
    assert "the code has no main.py; it has README" in fault


def test_another_case_is_another_file():
    [fault] = check("Handler.handler", {"handler.py": "def handler(e, c): pass"})
    assert "no Handler.py" in fault


def test_a_layer_may_have_it():
    assert check("wrapper.handler", {"mine.py": ""}, layered=True) == []


def test_a_compiled_module_is_not_read():
    assert check("fast.handler", {"fast.cpython-310-aarch64-linux-gnu.so": ""}) == []


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="this Python knows the newest syntax")
def test_syntax_newer_than_this_python_is_left_to_lambda():
    text = "type X[T: int = int] = list[T]\ndef handler(e, c): pass"
    assert check("handler.handler", {"handler.py": text}, runtime="python3.13") == []


@pytest.mark.parametrize("suffix", ["js", "mjs", "cjs"])
def test_node(suffix):
    assert check("index.handler", {f"index.{suffix}": ""}, runtime="nodejs22.x") == []


def test_node_without_its_file():
    [fault] = check("index.handler", {"handler.js": ""}, runtime="nodejs22.x")
    assert "no index.js or index.mjs or index.cjs" in fault


def test_ruby():
    assert check("app.App::Handler.call", {"app.rb": ""}, runtime="ruby3.4") == []
    [fault] = check("main.call", {"app.rb": ""}, runtime="ruby3.4")
    assert "no main.rb" in fault


def test_a_runtime_of_ones_own_starts_bootstrap():
    assert check("any", {"bootstrap": ""}, runtime="provided.al2023") == []
    [fault] = check("any", {"main": ""}, runtime="provided.al2023")
    assert "no file bootstrap" in fault


@pytest.mark.parametrize("runtime", ["java21", "dotnet8"])
def test_compiled_languages_are_left_to_lambda(runtime):
    assert check("example.Handler::handle", {"x.class": ""}, runtime=runtime) == []
