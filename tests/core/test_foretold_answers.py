"""What Python answers ahead of Node is what Node answers, and it answers nothing else."""

from __future__ import annotations

import datetime
import json
import os
import random
import re
import tarfile
from importlib import resources

from terratiers.core import constant_properties, kernel_process
from terratiers.core.certain_values import are_certain
from terratiers.core.foretold_answers import Counters
from terratiers.core.start_up import is_taken

import cdktf_cdktf_provider_aws
import jsii
import pytest
from cdktf import (
    App,
    Aspects,
    AssetType,
    Fn,
    IAspect,
    IStringProducer,
    Lazy,
    TerraformAsset,
    TerraformOutput,
    TerraformOutputConfig,
    TerraformStack,
    Testing,
    Token,
)
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.instance import (
    Instance,
    InstanceEbsBlockDevice,
    InstanceRootBlockDevice,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct, IValidation

pytestmark = pytest.mark.skipif(
    not all(map(is_taken, ("early-start", "create-ahead", "known-tokens", "constant-properties"))),
    reason="this process does not take the steps",
)


@pytest.fixture
def process(monkeypatch):
    """jsii's Node process, whose counters other tests have not put out of step."""
    started = kernel_process._Early.process
    monkeypatch.setattr(constant_properties._Sure, "of_children", True)
    monkeypatch.setattr(started, "counters", Counters(started.counters._module))
    kernel_process._settle(started)
    started.due.clear()
    yield started
    kernel_process._settle(started)
    started.due.clear()
    started.refusal = ""


@pytest.fixture
def stack(process):
    return TerraformStack(App(), "s")


def due_after(process, make):
    """How many answers are due after `make()`, and what it made."""
    jsii.kernel.sget(Token, "ANY_MAP_TOKEN_VALUE")  # anything that is waited for
    assert not process.due
    made = make()
    return len(process.due), made


def is_foretold(process, make):
    """Whether `make()` made something, and Node was not waited for."""
    before = process.counters._object
    due, made = due_after(process, make)
    assert before is None or made.__jsii_ref__.ref.rpartition("@")[2] >= str(before)
    assert jsii.kernel.invoke(made, "toString", [])  # Node knows it by its reference
    return due == 1


# ---------------------------------------------------------------------------- what is foretold


@pytest.mark.parametrize(
    "kind",
    [Construct, Vpc, S3Bucket, DataAwsCallerIdentity, AwsProvider],
    ids=lambda it: it.__name__,
)
def test_a_construct_of_the_bindings_is_not_waited_for(kind, stack, process):
    assert is_foretold(process, lambda: kind(stack, "it"))


def test_an_output_is_not_waited_for(stack, process):
    assert is_foretold(process, lambda: TerraformOutput(stack, "it", value="v", static_id=True))


def test_what_python_makes_of_its_own_is_not_waited_for(stack, process):
    class Network(Construct):
        def __init__(self, scope, id):
            super().__init__(scope, id)
            self.vpc = Vpc(self, "vpc")

    due, made = due_after(process, lambda: Network(stack, "n"))
    assert due == 2
    assert made.vpc.node.path == "s/n/vpc"
    assert jsii.kernel.get(jsii.kernel.get(made.vpc, "node"), "path") == "s/n/vpc"


def test_a_token_is_not_waited_for(stack, process):
    vpc = Vpc(stack, "v")
    assert Token.is_unresolved(vpc.id)  # after this Node's counter is known
    due, token = due_after(process, lambda: vpc.id)
    assert due == 0  # whatever was waited for may have made tokens
    again = vpc.arn, Vpc(stack, "w").arn, vpc.id
    assert len(process.due) == 4
    numbers = [int(re.search(r"\d+", text)[0]) for text in (token, *again)]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert resolve(stack, token, *again) == [
        "${aws_vpc.v.id}",
        "${aws_vpc.v.arn}",
        "${aws_vpc.w.arn}",
        "${aws_vpc.v.id}",
    ]
    assert not process.due


def test_dependencies_make_tokens(stack, process):
    vpc, other = Vpc(stack, "v"), Vpc(stack, "w")
    assert vpc.id
    Vpc(stack, "x", depends_on=[vpc, other])
    TerraformOutput(stack, "y", value="v", depends_on=[vpc])
    assert vpc.id
    assert len(process.due) == 3
    assert resolve(stack, vpc.id) == ["${aws_vpc.v.id}"]


@pytest.mark.parametrize("seed", range(12))
def test_any_program_is_the_same_with_and_without(seed, process, monkeypatch):
    def program():
        chance = random.Random(seed)
        stack = TerraformStack(App(), "s")
        made = [Vpc(stack, "first")]
        scopes = [stack, Construct(stack, "part")]
        words = ["word"]
        for number in range(chance.randint(30, 60)):
            what, scope, some = chance.randint(0, 13), chance.choice(scopes), chance.choice(made)
            id = f"{chance.choice('abc')}{number // chance.choice((1, 1, 4))}"
            try:
                if what < 4:
                    made.append(Vpc(scope, id, cidr_block=chance.choice(words)))
                elif what == 4:
                    made.append(Vpc(scope, id, depends_on=[some]))
                elif what == 5:
                    scopes.append(Construct(scope, id))
                elif what == 6:
                    TerraformOutput(scope, id, value=chance.choice(words))
                elif what == 7:
                    some.add_override("tags.Name", chance.choice(words))
                elif what == 8:
                    some.override_logical_id(f"name_{number}")
                elif what == 9:
                    words.append(Fn.join("-", [some.arn, id]))
                elif what == 10:
                    words.append(Lazy.string_value(Late(some)))
                elif what == 11:
                    words.append(some.fqn)
                elif what == 12:
                    some.tags = {"a": chance.choice(words)}
                else:
                    words += [some.id, some.arn, some.cidr_block_input or "none"]
            except (RuntimeError, jsii.errors.JSIIError) as fault:
                words.append(str(fault).split("\n")[0][:40])
        return Testing.synth(stack), [w for w in words if "Tf" not in w], len(made)

    @jsii.implements(IStringProducer)
    class Late:
        def __init__(self, of):
            self.of = of

        def produce(self, _context):
            return self.of.id

    foretold = []
    stock = Counters.foretell

    def foretell(self, request):
        answer = stock(self, request)
        foretold.append(answer is not None)
        return answer

    monkeypatch.setattr(Counters, "foretell", foretell)
    with_steps = program()
    assert sum(foretold) > 10
    monkeypatch.setattr(Counters, "_is_open", lambda *_: False)
    foretold.clear()
    assert with_steps == program()
    assert not any(foretold)


# ------------------------------------------------------------------------ where a program fails


def test_an_id_that_is_taken_is_refused_where_it_is_given(stack, process):
    Vpc(stack, "v")
    with pytest.raises(RuntimeError, match="already a Construct with name 'v'"):
        Vpc(stack, "v")
    assert is_foretold(process, lambda: Vpc(stack, "w")) is False  # nobody knows how far Node came
    assert is_foretold(process, lambda: Vpc(stack, "x"))


@pytest.mark.parametrize("id", ["", "a b", "${TfToken[TOKEN.1]}", "Default", "backend", "7/8", "ü"])
def test_ids_that_may_be_refused_or_changed_are_waited_for(id, stack, process):
    due, fault = due_after(process, lambda: attempt(lambda: Vpc(stack, id)))
    assert due == 0
    assert (fault is None) == (id not in {"", "${TfToken[TOKEN.1]}"})


def resolve(stack, *values):
    """What the tokens stand for."""
    id = f"resolved{random.random()}"
    TerraformOutput(stack, id, value=list(values), static_id=True)
    return json.loads(Testing.synth(stack))["output"][id]["value"]


REFUSED = {
    "a number among tags": lambda it: Vpc(it, "v", tags={"a": 5}),
    "nothing among tags": lambda it: Vpc(it, "v", tags={"a": None}),
    "text for a list": lambda it: Instance(it, "v", vpc_security_group_ids="sg-1"),
    "a truth value for a number": lambda it: Instance(it, "v", cpu_core_count=True),
    "a truth value in a block": lambda it: Instance(
        it, "v", root_block_device=InstanceRootBlockDevice(volume_size=True)
    ),
    "a number for a truth value": lambda it: Instance(it, "v", monitoring=1),
    "a dictionary for a list": lambda it: Instance(it, "v", ebs_block_device={"a": "b"}),
    "nothing to depend on": lambda it: Vpc(it, "v", depends_on=[None]),
    "text to depend on": lambda it: Vpc(it, "v", depends_on=["x"]),
    "an output that depends on text": lambda it: TerraformOutput(
        it, "v", value=1, depends_on=["x"]
    ),
    "an iterator that is a list": lambda it: Vpc(it, "v", for_each=[1]),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_values_that_node_refuses_are_refused_where_they_are_given(make, stack, process):
    assert Vpc(stack, "first").id
    with pytest.raises((RuntimeError, TypeError, jsii.errors.JSIIError)):
        make(stack)
    assert not process.due
    assert resolve(stack, Vpc(stack, "later").id) == ["${aws_vpc.later.id}"]


def test_values_that_are_certain_are_not_waited_for(stack, process):
    def make():
        return Instance(
            stack,
            "it",
            monitoring=True,
            cpu_core_count=2,
            vpc_security_group_ids=["sg-1"],
            tags={"a": "b"},
            root_block_device=InstanceRootBlockDevice(volume_size=8.5, encrypted=True),
            ebs_block_device=[InstanceEbsBlockDevice(device_name="/dev/sdb")],
            lifecycle={"create_before_destroy": True},
        )

    assert is_foretold(process, make)
    assert is_foretold(process, lambda: TerraformOutput(stack, "o", value=[1, {"a": "b"}, True]))


@pytest.mark.parametrize(
    "value", [float("nan"), {"$jsii.byref": "x@1"}, [datetime.date(2026, 1, 1)]]
)
def test_other_values_are_not_certain(value):
    assert not are_certain(TerraformOutputConfig(value=value))


def test_classes_that_read_files_are_waited_for(stack, process):
    with pytest.raises(RuntimeError, match="/nope"):
        TerraformAsset(stack, "a", path="/nope", type=AssetType.DIRECTORY)


def test_what_is_called_default_has_no_address(stack, process):
    part = Construct(stack, "Default")
    first, inner = Vpc(part, "Default"), Vpc(part, "v")
    assert Vpc(stack, "v").id
    with pytest.raises(RuntimeError, match="unique id"):
        assert first.id
    assert due_after(process, lambda: inner.id)[0] == 0


def test_after_a_fork_everything_is_waited_for(stack, process):
    vpc = Vpc(stack, "v")
    assert vpc.id
    child = os.fork()
    if child == 0:
        os._exit(0 if vpc.id else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert resolve(stack, vpc.id) == ["${aws_vpc.v.id}"]
    assert not is_foretold(process, lambda: Vpc(stack, "w"))


def test_tokens_that_were_made_with_traces_count(stack, process, monkeypatch):
    vpc = Vpc(stack, "v")
    assert vpc.id
    with monkeypatch.context() as patch:
        patch.setenv("JSII_HOST_STACK_TRACES", "1")
        assert vpc.fqn
    assert resolve(stack, vpc.id) == ["${aws_vpc.v.id}"]


def test_a_node_may_be_a_value(stack, process):
    vpc = Vpc(stack, "v")
    assert vpc.id
    TerraformOutput(stack, "o", value=[vpc.node])
    assert Vpc(stack, "w").arn
    assert vpc.to_string()


def attempt(make):
    try:
        make()
    except Exception as fault:
        return fault


def test_what_is_in_no_stack_is_waited_for(process):
    app = App()
    assert is_foretold(process, lambda: Construct(app, "c"))
    due, fault = due_after(process, lambda: attempt(lambda: Vpc(app, "v").id))
    assert due == 0
    assert "No stack could be identified" in str(fault)


def test_a_locked_construct_is_waited_for(stack, process):
    assert process.counters._is_certain
    part = Construct(stack, "part")
    part.node.lock()
    with pytest.raises(RuntimeError, match="Cannot add children"):
        Vpc(part, "v")
    assert not is_foretold(process, lambda: Vpc(stack, "v"))


def test_whoever_overrides_is_asked(process):
    class Named(TerraformStack):
        def _allocate_logical_id(self, element):
            raise ValueError(f"no name for {element.node.id}")

    stack = Named(App(), "s")
    vpc = Vpc(stack, "v")
    with pytest.raises(RuntimeError, match="no name for v"):
        assert vpc.id
    assert not is_foretold(process, lambda: Vpc(stack, "w", depends_on=[vpc]))


def test_nothing_is_foretold_while_node_waits_for_python(stack, process):
    made = []

    @jsii.implements(IAspect)
    class Adding:
        def visit(self, node):
            if not made:
                made.append(Vpc(stack, "late"))
                assert not process.due
                made.append(attempt(lambda: Vpc(stack, "late")))
                made.append(made[0].id)

    Aspects.of(stack).add(Adding())
    Vpc(stack, "v")
    assert json.loads(Testing.synth(stack))["resource"]["aws_vpc"].keys() == {"v", "late"}
    assert "already a Construct" in str(made[1])
    assert resolve(stack, made[2]) == ["${aws_vpc.late.id}"]
    assert not process.counters._callbacks


def test_a_program_s_own_traces_are_waited_for(stack, process, monkeypatch):
    monkeypatch.setenv("JSII_HOST_STACK_TRACES", "1")
    assert not is_foretold(process, lambda: Vpc(stack, "v"))


def test_what_could_not_be_written_was_not_sent(stack, process):
    """Python finds out when it writes: no reference is given away for that."""
    with pytest.raises(TypeError, match="Naive"):
        TerraformOutput(stack, "when", value=datetime.datetime(2026, 1, 1))
    assert not is_foretold(process, lambda: Vpc(stack, "v"))
    assert is_foretold(process, lambda: Vpc(stack, "w"))


def test_validations_that_python_makes_may_be_next_to_it(stack, process):
    @jsii.implements(IValidation)
    class Never:
        def validate(self):
            return []

    stack.node.add_validation(Never())
    assert is_foretold(process, lambda: Vpc(stack, "v"))


def test_attributes_that_are_no_text_are_asked_for(stack, process):
    vpc = Vpc(stack, "v", cidr_block="10.0.0.0/16")
    assert vpc.id
    subnet = Subnet(stack, "a", vpc_id=vpc.id)
    for name in ("cidr_block_input", "ipv6_netmask_length", "tags_all", "enable_dns_support"):
        assert vpc.id
        getattr(vpc, name)
        assert not process.due, name
    assert subnet.friendly_unique_id == "a"
    assert resolve(stack, subnet.vpc_id) == ["${aws_subnet.a.vpc_id}"]


def test_an_answer_that_is_another_is_told(stack, process):
    process.counters._object += 5
    vpc = Vpc(stack, "v")
    with pytest.raises(
        RuntimeError, match=r"create-ahead and known-tokens \(TERRATIERS_FAST_START\)"
    ):
        vpc.to_string()
    with pytest.raises(RuntimeError, match="a mistake of Terratiers"):
        stack.to_string()  # the program may have changed what it did not mean


def test_a_fault_that_nobody_foresaw_is_not_lost(stack, process):
    vpc = Vpc(stack, "v")
    assert vpc.id
    process.send_only(  # as if Node had refused what was certain
        process.counters._module.GetRequest(objref=jsii._kernel.types.ObjRef("x@1"), property="id"),
        lambda it: it.read_foretold(b"something else"),
    )
    with pytest.raises(jsii.errors.JSIIError, match="x@1 not found"):
        stack.node.try_find_child("w")
    with pytest.raises(RuntimeError, match="a mistake of Terratiers"):
        Vpc(stack, "w")


def test_a_thousand_constructs_take_no_more_room_than_there_is(stack, process, monkeypatch):
    monkeypatch.setattr(process, "room", 20_000)
    made = [Vpc(stack, f"v{number}", cidr_block="10.0.0.0/16") for number in range(300)]
    assert 0 < process.due_bytes <= 20_000
    assert made[-1].cidr_block_input == "10.0.0.0/16"
    assert len(json.loads(Testing.synth(stack))["resource"]["aws_vpc"]) == 300


# -------------------------------------------------------------- what the bindings are known to do


CLASS = re.compile(
    r"^class (\w+) extends cdktf\.Terraform(?:Resource|DataSource|Provider) {\n(.*?)^}", re.M | re.S
)
CONSTRUCTOR = re.compile(r"^    constructor\(.*?\) {\n(.*?)^    }", re.M | re.S)
KEEPS = re.compile(
    r"this\._\w+(?:\.internalValue)? = config\.\w+;"
    r"|this\._\w+ = new (?:cdktf\.|index_structs_\d+\.)?\w+\(this, [\"']\w+[\"'](?:, \w+)?\);"
    r"|super\(scope, id, {|}\);|},?|//.*"
    r"|terraform\w+: (?:'[\w/-]*'|{),?|provider\w+: '[^']*',?"
    r"|(?:provider|dependsOn|count|lifecycle|provisioners|connection|forEach): config\.\w+,?"
)
PROPERTY = re.compile(
    r"^    @builtins\.property\n    @jsii\.member\(jsii_name=\"(\w+)\"\)\n"
    r"    def \w+\(self\) -> (.*):",
    re.M,
)


@pytest.fixture(scope="module")
def sources():
    """The JavaScript of all resources: their classes by folder and name."""
    folder = resources.files(cdktf_cdktf_provider_aws) / "_jsii"
    [archive] = (it for it in folder.iterdir() if it.name.endswith(".tgz"))
    found = {}
    with archive.open("rb") as file, tarfile.open(fileobj=file) as tar:
        for member in tar:
            if re.fullmatch(r"package/lib/[\w-]+/index\.js", member.name):
                text = tar.extractfile(member).read().decode()
                for name, body in CLASS.findall(text):
                    found[member.name.split("/")[2], name] = body
    assert len(found) > 1_400
    return found


def test_constructors_of_the_bindings_only_keep_what_they_get(sources):
    """So that making one cannot fail, makes no token, and calls nobody."""
    for name, body in sources.items():
        for line in CONSTRUCTOR.search(body)[1].splitlines():
            assert KEEPS.fullmatch(line.strip()), (name, line)


def test_text_of_the_bindings_is_a_token_each_time(sources):
    """Python's half says which properties are text, JavaScript's what they do."""
    packages = resources.files(cdktf_cdktf_provider_aws).iterdir()
    python = {it.name.replace("_", ""): it / "__init__.py" for it in packages}
    checked = 0
    for (folder, name), body in sources.items():
        text = python[folder.replace("-", "")].read_text(encoding="utf-8")
        [found] = re.findall(rf"^class {name}\(\n.*?(?=^class |^@jsii\.|\Z)", text, re.M | re.S)
        for property, kind in PROPERTY.findall(found):
            getter = re.search(rf"^    get {property}\(\) {{\n\s*(.*)\n    }}", body, re.M)[1]
            is_token = re.fullmatch(r"return this\.getStringAttribute\('\w+'\);", getter)
            assert (kind == "builtins.str") == bool(is_token), (folder, property)
            checked += bool(is_token)
    assert checked > 9_000
