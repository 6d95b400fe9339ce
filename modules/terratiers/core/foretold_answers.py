"""Answers that Python knows before Node gives them.

They are the reference of a new construct and the token of an attribute. Both are numbered, by two
counters in Node. As long as Python has seen all that counts, it knows the next number, sends the
request and goes on; the answer is read later, and compared. Whenever it is not certain, the request
is waited for as ever, and its answer says where the counter is.
"""

from __future__ import annotations

import functools
import re
from types import ModuleType
from typing import Any, NamedTuple

from terratiers.core.certain_values import BINDINGS, is_keeping
from terratiers.core.constant_properties import is_in_stack, surely_made
from terratiers.core.kernel_messages import (
    RESOURCE_TYPE,
    RETURN_NOTHING,
    parse_message,
    raise_fault,
)
from terratiers.core.start_up import SWITCH, is_taken

__all__ = ["Counters", "change_answers"]

_REFERENCE = re.compile(rb'"\$jsii\.byref":"[^"]*@(\d+)"')
_TOKEN = re.compile(r"\$\{TfToken\[TOKEN\.(\d+)\]\}")


class Answer(NamedTuple):
    """What Node will answer: for Python, and as it is written."""

    given: Any
    line: bytes


class Counters:
    """The numbers that one Node process gives next; None where that is not certain."""

    def __init__(self, module: ModuleType) -> None:
        self._module: Any = module
        self._object: int | None = None
        self._token: int | None = None
        self._callbacks = 0  # that Node waits for
        self._is_certain = True
        self._takes = {step: is_taken(step) for step in ("create-ahead", "known-tokens")}

    def note_line(self, line: bytes) -> None:
        """Notes an answer as Node wrote it."""
        if line.startswith(b'{"error"'):
            self.forget()  # nobody knows how far it came
        elif self._object is not None and b'"$jsii.byref"' in line:
            given = max(map(int, _REFERENCE.findall(line)), default=0)
            self._object = max(self._object, given + 1)

    def foretell(self, request: Any) -> Answer | None:
        """The answer to a request that is about to be sent; None if it has to be waited for."""
        kind = type(request)
        if kind is self._module.CreateRequest:
            return self._foretell_create(request)
        if kind is self._module.GetRequest and self._is_token(request):
            return self._foretell_token()
        if kind is self._module.InvokeRequest and request.method in RETURN_NOTHING:
            return None
        if kind is self._module.LoadRequest:
            return None
        if kind is self._module.StaticGetRequest and request.property == RESOURCE_TYPE:
            return None
        if kind is self._module._CompleteRequest:
            self._callbacks -= 1
        elif kind is self._module.InvokeRequest and request.method == "lock":
            self._is_certain = False  # a locked construct takes no more children
        self._token = None
        return None

    def note_answer(self, request: Any, answer: Any) -> None:
        """Notes the answer to a request that was waited for."""
        if type(answer) is self._module.Callback:
            self._callbacks += 1
        elif type(request) is self._module.CreateRequest:
            self._object = int(answer.ref.rpartition("@")[2]) + 1
        elif type(request) is self._module.GetRequest and self._is_token(request):
            token = _TOKEN.fullmatch(answer.value)
            self._token = None if token is None else int(token[1]) + 1

    def forget(self) -> None:
        """Something happened whose effect is not known."""
        self._object = self._token = None

    def give_up(self) -> None:
        """Others may ask the same process from now on."""
        self._is_certain = False

    def _foretell_create(self, request: Any) -> Answer | None:
        if request.overrides and request.fqn != "Object":
            self._is_certain = False  # it may have a say in what other constructs do
        if not is_keeping(request.fqn):
            self._token = None
        elif self._token is not None and request.fqn.startswith(BINDINGS):
            self._token += _dependencies(request.args)
        if (
            self._object is None
            or not self._is_open("create-ahead")
            or request.fqn != surely_made()
            or request.overrides
        ):
            return None
        ref = f"{request.fqn}@{self._object}"
        self._object += 1
        line = b'{"ok":{"$jsii.byref":"%b"}}\n' % ref.encode()
        return Answer(self._module.CreateResponse(ref=ref), line)

    def _foretell_token(self) -> Answer | None:
        if self._token is None or not self._is_open("known-tokens"):
            return None
        token = f"${{TfToken[TOKEN.{self._token}]}}"
        self._token += 1
        line = b'{"ok":{"value":"%b"}}\n' % token.encode()
        return Answer(self._module.GetResponse(value=token), line)

    def _is_open(self, step: str) -> bool:
        return self._takes[step] and self._is_certain and not self._callbacks

    def _is_token(self, request: Any) -> bool:
        """Whether it asks for an attribute whose value is text: each time that is a new token."""
        ref = request.objref.ref
        return (
            ref.startswith(BINDINGS)
            and request.property in _text_attributes(ref.rpartition("@")[0])
            and is_in_stack(ref)
        )


def _dependencies(args: list[Any]) -> int:
    """How many others a resource depends on: each gets a token for its address."""
    config = args[2] if len(args) > 2 else None
    struct = config.get("$jsii.struct") if isinstance(config, dict) else None
    return len(struct["data"].get("dependsOn") or ()) if struct else 0


@functools.cache
def _text_attributes(kind: str) -> frozenset[str]:
    """The properties of its own that are text of a class of the bindings, by JavaScript's names.

    What may be missing, such as `idInput`, is what the program passed, and no token.
    """
    from jsii import _reference_map  # type: ignore[attr-defined, unused-ignore]

    found = vars(_reference_map._types[kind]).values()
    getters = [it.fget for it in found if isinstance(it, property) and it.fget is not None]
    return frozenset(
        it.__jsii_name__  # type: ignore[attr-defined]
        for it in getters
        if it.__annotations__.get("return") in (str, "builtins.str")
    )


def change_answers(module: ModuleType, process: Any) -> None:
    """Gives `process` what reads the answer that was foretold, and notes all others."""

    def next_message(self: Any) -> Any:
        line = self._process.stdout.readline()
        self.counters.note_line(line)
        return parse_message(module, line)

    def read_foretold(self: Any, expected: bytes) -> None:
        line = self._process.stdout.readline()
        if line == expected:
            return
        # the program may have references to something else by now
        self.refusal = (
            f"Node answered {line!r} where {expected!r} was certain: a mistake of Terratiers. "
            f"It does not occur without its steps create-ahead and known-tokens ({SWITCH})."
        )
        answer = parse_message(module, line)
        if "error" in answer:
            raise_fault(module, answer)
        raise RuntimeError(self.refusal)

    process._next_message, process.read_foretold = next_message, read_foretold
