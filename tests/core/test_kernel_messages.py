"""What Python says to Node is what jsii itself would say, for odd values too."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import importlib.util
import json

import terratiers  # noqa: F401
from terratiers.core import kernel_messages

import attr
import jsii._kernel
import pytest
from cdktf import AssetType, IAspect, TerraformAssetConfig, TerraformOutputConfig
from hypothesis import given
from hypothesis import strategies as st
from jsii._kernel.providers import process
from jsii._reference_map import InterfaceDynamicProxy, Opaque, new_combined_struct

REF = process.ObjRef("cdktf.App@1")


def copy_of_kernel():
    """The module as jsii ships it, whatever was done to the one in use."""
    spec = importlib.util.spec_from_file_location("jsii._kernel", jsii._kernel.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STOCK, PLAIN = copy_of_kernel(), copy_of_kernel()
kernel_messages.change_kernel(PLAIN)
NODE = jsii.kernel.provider._process


class Kernel:
    """Makes objects without asking Node."""

    def __init__(self):
        self.made = 0
        self.provider = self._process = self
        self._serializer = NODE._serializer

    def create(self, klass, made, args=None):
        name = klass.__jsii_type__ or "Object"
        self.made += 1
        made.__jsii_ref__ = process.ObjRef(f"{name}@{self.made}")


class Plain:
    _serializer = NODE._serializer

    def send(self, request, response_type):
        raise AssertionError


kernel_messages.change_messages(process, Plain)


def requests(args):
    yield process.CreateRequest("cdktf.App", args, [process.Override(method="m", cookie="c")], [])
    yield process.InvokeRequest(REF, "m", args)
    yield process.StaticInvokeRequest("cdktf.Fn", "m", args)
    yield process.SetRequest(process.ObjRef("cdktf.App@1", ["cdktf.IA"]), "p", args[0])


def stock_lines(value):
    for request in requests(STOCK._make_reference_for_native(Kernel(), [value])):
        said = NODE._serializer.unstructure(request)
        yield json.dumps(said, default=process.jdefault).encode() + b"\n"


def plain_lines(value):
    for request in requests(PLAIN._make_reference_for_native(Kernel(), [value])):
        yield Plain().request_line(request)


def outcome(lines, value):
    try:
        return list(lines(value))
    except Exception as fault:
        return type(fault), str(fault)


class Text(str, enum.Enum):
    A = "a"


class Number(enum.IntEnum):
    A = 1


class Bare(enum.Enum):
    A = "a"


class OwnText(str):
    def __str__(self):
        return "other"


@dataclasses.dataclass
class Data:
    a: int = 1


@jsii.implements(IAspect)
@dataclasses.dataclass
class DataAspect:
    a: int = 1

    def visit(self, node):
        pass


@jsii.implements(IAspect)
@attr.s(auto_attribs=True)
class AttrsAspect:
    a: int = 1

    def visit(self, node):
        pass


@jsii.implements(IAspect)
class Aspect:
    def visit(self, node):
        pass


@jsii.implements(IAspect)
class EnumAspect(enum.Enum):
    A = 1

    def visit(self, node):
        pass


class Described(TerraformOutputConfig):
    @property
    def description(self):
        return "overridden"


UTC = datetime.timezone.utc
ODD = {
    "none": None,
    "text": "ü\u2028\0😀\ud800",
    "own text": OwnText("a"),
    "not a number": float("nan"),
    "infinity": float("-inf"),
    "large": 10**400,
    "minus zero": -0.0,
    "true": True,
    "text of an enum": Text.A,
    "number of an enum": Number.A,
    "enum": Bare.A,
    "enum of jsii": AssetType.FILE,
    "enum with an interface": EnumAspect.A,
    "enums deep down": [[Text.A], {"a": [Text.A, {"b": Text.A}]}],
    "bare enum deep down": {"a": [Bare.A]},
    "moment": datetime.datetime(2020, 1, 1, tzinfo=UTC),
    "moment of no zone": datetime.datetime(2020, 1, 1),
    "day": datetime.date(2020, 1, 1),
    "decimal": decimal.Decimal(1),
    "bytes": b"a",
    "tuple": (1, 2),
    "named tuple": collections.namedtuple("Pair", "a b")(1, 2),
    "set": {1},
    "ordered": collections.OrderedDict(a=Text.A),
    "defaults": collections.defaultdict(list, a=[None]),
    "keys": {1: "a", None: "b", False: "c", 1.5: "d"},
    "keys of an enum": {Text.A: 1},
    "numbers of an enum as keys": {Number.A: 1},
    "bare enum as a key": {Bare.A: 1},
    "tuple as a key": {(1,): 1},
    "bytes as a key": {b"a": 1},
    "looks like a reference": {"$jsii.byref": "cdktf.App@1"},
    "data": Data(),
    "data with an interface": DataAspect(),
    "attrs with an interface": [AttrsAspect(), {"a": DataAspect()}],
    "interface": Aspect(),
    "from Node": InterfaceDynamicProxy([Opaque(process.ObjRef("Object@9", ["cdktf.IA"]))]),
    "reference": REF,
    "function": len,
    "class": Data,
    "class of jsii": TerraformOutputConfig,
    "object": object(),
    "struct": TerraformOutputConfig(value=[Text.A, {"a": None}], description="d"),
    "struct with an enum": TerraformAssetConfig(path="p", type=AssetType.FILE),
    "struct without what it needs": TerraformOutputConfig(value=None),
    "struct of the program's own": Described(value=1),
    "structs combined": new_combined_struct([TerraformOutputConfig, TerraformAssetConfig])(value=1),
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_odd_values_are_said_as_jsii_says_them(value):
    assert outcome(plain_lines, value) == outcome(stock_lines, value)


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(Text)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.sampled_from(Text), inner)
        | st.builds(TerraformOutputConfig, value=inner, description=st.none() | st.text())
    ),
)


@given(VALUES)
def test_any_value_is_said_as_jsii_says_it(value):
    assert outcome(plain_lines, value) == outcome(stock_lines, value)


def test_generated_structs_read_what_they_were_given():
    """`_values` is the code generator's: whether it holds what the properties say."""
    structs = [kind for name, kind in jsii._reference_map._data_types.items() if "cdktf." in name]
    assert len(structs) > 50
    for kind in structs:
        struct = kind.__new__(kind)
        struct._values = {name: object() for name in kind.__jsii_name_mapping__}
        for name, given_value in struct._values.items():
            assert getattr(struct, name) is given_value


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"ok": {"value": {"$jsii.byref": "cdktf.App@1"}}}, "GetResponse"),
        ({"ok": {"value": {"a": {"$jsii.date": "2020-01-01T00:00:00Z"}}}}, "GetResponse"),
        ({"ok": {"value": {"$jsii.enum": "cdktf.AssetType/FILE"}}}, "GetResponse"),
        ({"ok": {"value": {"$jsii.map": {"a": [None]}}}}, "GetResponse"),
        ({"ok": {}}, "GetResponse"),
        ({"ok": {"result": ["a", {"b": 1}]}}, "InvokeResponse"),
        ({"ok": {}}, "InvokeResponse"),
        ({"ok": {}}, "SetResponse"),
        ({"ok": {"$jsii.byref": "cdktf.App@1", "$jsii.interfaces": ["a"]}}, "CreateResponse"),
        ({"error": "e", "stack": "s", "name": "@jsii/kernel.Fault"}, "GetResponse"),
        ({"error": "e", "stack": "s", "name": "@jsii/kernel.RuntimeError"}, "InvokeResponse"),
        (
            {
                "callback": {
                    "cbid": "1",
                    "cookie": "visit",
                    "invoke": {"objref": {"$jsii.byref": "Object@1"}, "method": "m", "args": []},
                }
            },
            "InvokeResponse",
        ),
    ],
)
def test_answers_are_understood_as_jsii_does(message, kind):
    class Pipe:
        def write(self, line):
            pass

        def flush(self):
            pass

        def readline(self):
            return json.dumps(message).encode() + b"\n"

    asked = process.GetRequest(REF, "p")
    kind = getattr(process, kind)

    def stock(_):
        answer = NODE._serializer.structure(
            json.loads(Pipe().readline(), object_hook=process.ohook), process._ProcessResponse
        )
        if isinstance(answer, process._OkayResponse):
            return NODE._serializer.structure(answer.ok, kind)
        if isinstance(answer, process._CallbackResponse):
            return answer.callback
        is_fault = answer.name == process.ErrorType.JSII_FAULT.value
        raise (process.JSIIError if is_fault else RuntimeError)(answer.error)

    def plain(_):
        talk = Plain()
        talk._process = Pipe()
        talk._process.stdin = talk._process.stdout = talk._process
        return talk.send(asked, kind)

    assert outcome(lambda v: [plain(v)], None) == outcome(lambda v: [stock(v)], None)
