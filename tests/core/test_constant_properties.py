"""What is answered in Python is what Node would answer."""

from __future__ import annotations

import copy
import pickle

from terratiers.core import constant_properties
from terratiers.core.constant_properties import is_unused_id, known_children
from terratiers.core.start_up import is_taken

import jsii
import pytest
from cdktf import App, S3Backend, TerraformOutput, TerraformStack, Testing, Token
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct, Node
from jsii.errors import JSIIError

pytestmark = pytest.mark.skipif(
    not is_taken("constant-properties"), reason="this process does not take the step"
)


@pytest.fixture(autouse=True)
def tree_that_is_known(monkeypatch):
    """Whatever other tests in this process took away or made."""
    monkeypatch.setattr(constant_properties._Sure, "of_children", True)


@pytest.fixture
def stack():
    return TerraformStack(App(), "s")


@pytest.fixture
def requests(monkeypatch):
    """What Node is asked meanwhile."""
    asked = []
    process = type(jsii.kernel.provider._process)
    stock = process.send

    def send(self, request, response_type):
        asked.append(request)
        return stock(self, request, response_type)

    monkeypatch.setattr(process, "send", send)
    return asked


def asked_of_node(construct):
    """Node's own answers, past all that Python keeps."""
    node = jsii.kernel.get(construct, "node")
    answers = {name: jsii.kernel.get(node, name) for name in ("id", "path", "scope", "scopes")}
    return answers, jsii.kernel.sinvoke(TerraformStack, "of", [construct])


def answers_of(construct):
    node = construct.node
    answers = {name: getattr(node, name) for name in ("id", "path", "scope", "scopes")}
    return answers, TerraformStack.of(construct)


IDS = ["k", "A.b_c-d", "a/b", "sp ace", "new\nline", "ünï", "\ud800", "..", "$", "x" * 300, "a--b/"]


@pytest.mark.parametrize("id", IDS, ids=range(len(IDS)))
def test_places_are_what_node_says(stack, id):
    construct = Construct(stack, id)
    below = Construct(construct, "below")
    assert answers_of(construct) == asked_of_node(construct)
    assert answers_of(below) == asked_of_node(below)


def test_a_program_s_own_class_may_hand_on_others(stack):
    class Odd(Construct):
        def __init__(self, scope, id):
            super().__init__(scope.node.scope, f"odd-{id}")
            self.below = Construct(self, "below")

    odd = Odd(Construct(stack, "scope"), "it")
    assert odd.node.path == "s/odd-it"
    assert answers_of(odd) == asked_of_node(odd)
    assert answers_of(odd.below) == asked_of_node(odd.below)


def test_stacks_within_stacks(stack):
    inner = TerraformStack(stack, "inner")
    construct = Construct(inner, "k")
    assert answers_of(construct) == asked_of_node(construct)
    assert answers_of(inner) == asked_of_node(inner)


def test_an_app_of_javascript_s_is_asked(requests):
    app = Testing.app()
    stack = TerraformStack(app, "s")
    construct = Construct(stack, "k")
    assert construct.node.path == "s/k"
    assert [scope.node.id for scope in construct.node.scopes] == ["", "s", "k"]
    assert stack.node.scope is not app
    assert stack.node.scope.__jsii_ref__.ref == app.__jsii_ref__.ref


def test_node_is_not_asked_where_python_knows(stack, requests):
    construct = Construct(stack, "k")
    assert stack.node.path == "s"
    requests.clear()
    assert construct.node.path == "s/k"
    assert construct.node.id == "k"
    assert construct.node.scope is stack
    assert TerraformStack.of(construct) is stack
    assert is_unused_id(construct, "below")
    assert known_children(construct) == []
    assert requests == []


def test_a_node_is_a_node(stack):
    construct = Construct(stack, "k")
    node = construct.node
    assert type(node) is Node
    assert node.addr == Node.of(construct).addr
    with pytest.raises(AttributeError, match="'Node' object has no attribute 'nothing'"):
        node.nothing  # noqa: B018
    other = Construct(stack, "other")
    other.node.add_dependency(construct)
    assert other.node.dependencies == [construct]
    stack.node.default_child = construct
    assert stack.node.default_child is construct


def test_who_changes_a_list_changes_his_own(stack):
    for construct in (stack.node.scope, Construct(stack, "k")):
        construct.node.scopes.clear()
        assert construct.node.scopes[-1] is construct


def test_nothing_is_kept_with_a_program_s_objects(stack):
    construct = Construct(stack, "k")
    answers_of(construct)
    assert list(vars(construct)) == ["__jsii_ref__"]
    for again in (copy.copy(construct), copy.deepcopy(construct)):
        assert answers_of(again) == answers_of(construct)
    assert copy.deepcopy(construct.node).scope is stack
    assert pickle.loads(pickle.dumps(construct.node)).path == "s/k"


def test_a_stack_that_is_not_made_yet_is_none():
    class Hasty(TerraformStack):
        def __init__(self, scope, id):
            TerraformStack.of(self)

    with pytest.raises(TypeError, match="Don't know how to convert"):
        Hasty(App(), "s")


def test_a_construct_that_is_not_made_yet_has_no_node():
    class Hasty(Construct):
        def __init__(self, scope, id):
            self.node  # noqa: B018

    with pytest.raises(AttributeError, match="__jsii_ref__"):
        Hasty(App(), "k")


def test_an_id_is_unused_until_it_is_used(stack):
    assert is_unused_id(stack, "k")
    Construct(stack, "k")
    assert not is_unused_id(stack, "k")
    Construct(stack, "a/b")
    assert not is_unused_id(stack, "a--b")
    assert not is_unused_id(stack, "a/b")


def test_an_id_that_failed_is_not_unused(stack):
    token = Token.as_string({"a": 1})
    with pytest.raises(RuntimeError):
        TerraformOutput(stack, token, value=1)
    assert not is_unused_id(stack, token)
    assert known_children(stack) is None


def test_ids_that_javascript_gives_are_asked_for(stack):
    for id in ("backend", "cross-stack-output-x", "constructor", "toString", "__proto__"):
        assert not is_unused_id(stack, id)
    S3Backend(stack, bucket="b", key="k", region="r")
    assert stack.node.try_find_child("backend") is not None
    Vpc.generate_config_for_import(stack, "imported", "vpc-1")
    assert not is_unused_id(stack, "imported")
    assert known_children(stack) is None


def test_children_come_in_node_s_order(stack):
    first = Construct(stack, "b")
    second = Construct(stack, "a/b")
    assert known_children(stack) == stack.node.children == [first, second]
    assert not stack.node.try_remove_child("a/b")
    assert known_children(stack) == stack.node.children == [first, second]
    assert stack.node.try_remove_child("a--b")
    assert known_children(stack) == stack.node.children == [first]
    again = Construct(stack, "a/b")
    assert known_children(stack) == stack.node.children == [first, again]
    Construct(stack, "1")
    assert known_children(stack) is None  # JavaScript puts numbers first


def test_a_child_taken_away_behind_python_s_back_is_noticed(stack, monkeypatch):
    monkeypatch.setattr(constant_properties._Sure, "of_children", True)
    Construct(stack, "k")
    assert Node.of(stack).try_remove_child("k")
    assert known_children(stack) is None


def test_a_child_that_was_taken_away_knows_where_it_was(stack):
    taken, other = Vpc(stack, "v"), Vpc(stack, "w")
    assert stack.node.try_remove_child("v")
    again = Vpc(stack, "v")
    assert [answers_of(it) for it in (taken, again, other)] == [
        asked_of_node(it) for it in (taken, again, other)
    ]


def test_javascript_that_nobody_knows_may_make_constructs(stack, monkeypatch):
    monkeypatch.setattr(constant_properties._Sure, "of_children", True)

    class Foreign:
        __jsii_type__ = "@other/package.Thing"

    with pytest.raises(JSIIError):
        jsii.create(Foreign, Foreign(), [stack])
    assert not is_unused_id(stack, "k")
    assert known_children(stack) is None
