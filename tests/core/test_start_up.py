"""The steps of a fast start change no output and lose no error: each case runs with and without."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time

from terratiers.core import provider_loader, start_up
from terratiers.core.start_up import STEPS, SWITCH, is_taken

import psutil
import pytest

# The first step alone is what everything else is compared with: without it a start takes 15 s.
PLAIN = "lazy-provider"


def run(folder, code, steps, **variables):
    """A program in a process of its own: its status, what it printed, and its error messages."""
    program = folder / "main.py"
    program.write_text(
        "import terratiers\nfrom cdktf import *\n"
        "from cdktf_cdktf_provider_aws.provider import AwsProvider\n"
        "from cdktf_cdktf_provider_aws.vpc import Vpc\n" + textwrap.dedent(code),
        encoding="utf-8",
    )
    ended = subprocess.run(
        [sys.executable, str(program)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, SWITCH: steps, **variables},
    )
    words = [line for line in ended.stderr.splitlines() if re.match(r"[\w.]+: ", line)]
    # places in temporary folders have names of their own each time
    printed, *words = (re.sub(r"/tmp/[\w-]+", "TMP", text) for text in (ended.stdout, *words))
    return ended.returncode, printed, words


def start(folder, **variables):
    """The folder's program in a session of its own, to be interrupted."""
    return subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell that runs things in the background has them ignore interrupts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        env={**os.environ, **variables},
    )


CASES = {
    "a program that works": """
        app = App(outdir="out")
        stack = TerraformStack(app, "s")
        AwsProvider(stack, "aws")
        vpc = Vpc(stack, "v", cidr_block="10.0.0.0/16")
        print(stack.node.path, vpc.node.id, TerraformStack.of(vpc) is stack)
        app.synth()
        print(open("out/stacks/s/cdk.tf.json").read())
    """,
    "an argument of the wrong type": """
        Vpc(TerraformStack(App(), "s"), "v", cidr_block=7)
    """,
    "an argument of the wrong type, when the type is known": """
        stack = TerraformStack(App(), "s")
        Vpc(stack, "v", cidr_block="10.0.0.0/16", lifecycle={"prevent_destroy": True})
        Vpc(stack, "w", cidr_block=7)
    """,
    "a struct of the wrong type": """
        Vpc(TerraformStack(App(), "s"), "v", lifecycle=7)
    """,
    "no construct": "TerraformStack.of(7)",
    "an exception in JavaScript": """
        stack = TerraformStack(App(), "s")
        Vpc(stack, "v")
        Vpc(stack, "v")
    """,
    "a function for a token": """
        Lazy.string_value(7)
    """,
    "an exception in Python": "raise SystemExit(7)",
    "Node is killed": """
        import os, psutil, signal
        stack = TerraformStack(App(), "s")
        children = psutil.Process().children(recursive=True)
        for child in children:
            child.kill()
        psutil.wait_procs(children)
        Vpc(stack, "v")
    """,
    "a disk that is full": """
        import resource, signal
        app = App(outdir="out")
        Vpc(TerraformStack(app, "s"), "v", cidr_block="10.0.0.0/16")
        import psutil
        for child in psutil.Process().children(recursive=True):
            child.rlimit(psutil.RLIMIT_FSIZE, (0, 0))
        app.synth()
    """,
    "an asset that is zipped": """
        import pathlib, zipfile
        pathlib.Path("asset").mkdir(exist_ok=True)
        pathlib.Path("asset/text").write_text("words")
        app = App(outdir="out")
        stack = TerraformStack(app, "s")
        folder = str(pathlib.Path("asset").resolve())
        TerraformAsset(stack, "a", path=folder, type=AssetType.ARCHIVE)
        app.synth()
        [file] = pathlib.Path("out").rglob("*.zip")
        print(file, zipfile.ZipFile(file).read("text"))
    """,
    "an override in Python": """
        import jsii
        @jsii.implements(IAspect)
        class Aspect:
            def visit(self, node):
                print(node.node.path)
        app = App(outdir="out")
        Vpc(TerraformStack(app, "s"), "v")
        Aspects.of(app).add(Aspect())
        app.synth()
    """,
    "a validation that fails": """
        import jsii
        @jsii.implements(IAspect)
        class Aspect:
            def visit(self, node):
                raise ValueError("not this one")
        app = App(outdir="out")
        Vpc(TerraformStack(app, "s"), "v")
        Aspects.of(app).add(Aspect())
        app.synth()
    """,
    "a required value that is none": """
        TerraformOutput(TerraformStack(App(), "s"), "o", value=None)
    """,
    "a text of an enum, and a data class": """
        import dataclasses, enum, jsii
        class Range(str, enum.Enum):
            SMALL = "10.0.0.0/16"
        @jsii.implements(IAspect)
        @dataclasses.dataclass
        class Aspect:
            n: int = 1
            def visit(self, node):
                pass
        app = App(outdir="out")
        Vpc(TerraformStack(app, "s"), "v", cidr_block=Range.SMALL, tags={"a": Range.SMALL})
        app.synth()
        print(open("out/stacks/s/cdk.tf.json").read())
        Aspects.of(app).add(Aspect())
    """,
    "constructs made while Node writes": """
        import jsii
        from terratiers.core.checkov import skip_check
        from terratiers.core.names import pin_address
        @jsii.implements(IAspect)
        class Aspect:
            def visit(self, node):
                print(node.node.path, [above.node.id for above in node.node.scopes])
                if isinstance(node, Vpc):
                    skip_check(node, "CKV_AWS_18", "because")
                elif node is stack and not node.node.try_find_child("late"):
                    pin_address(Vpc(node, "late"), node, "later")
        app = App(outdir="out")
        stack = TerraformStack(app, "s")
        Vpc(stack, "v")
        Aspects.of(app).add(Aspect())
        app.synth()
        print(open("out/stacks/s/cdk.tf.json").read())
    """,
    "bindings imported in a thread": """
        import importlib, pkgutil, threading
        import cdktf_cdktf_provider_aws as provider
        names = [module.name for module in pkgutil.iter_modules(provider.__path__)]
        def load():
            for name in [name for name in names if not name.startswith("_")][:100]:
                importlib.import_module(f"{provider.__name__}.{name}")
        loading = threading.Thread(target=load)
        loading.start()
        stack, count = TerraformStack(App(), "s"), 0
        while loading.is_alive() or count < 9:
            vpc = Vpc(stack, f"v{count}")
            assert vpc.friendly_unique_id == f"v{count}"
            assert stack.node.find_child(vpc.node.id) is vpc
            count += 1
    """,
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES)
def test_a_program_ends_as_it_would(code, tmp_path):
    ends = [run(tmp_path, code, steps) for steps in (PLAIN, "1")]
    assert ends[0] == ends[1]
    assert bool(ends[0][2]) == (ends[0][0] not in (0, 7))


# What the steps do together, and what one of them may rest on in another.
TOGETHER = """
    from constructs import Construct
    from terratiers.core.acknowledgements import acknowledge, is_acknowledged
    from terratiers.core.checkov import skip_check
    from terratiers.core.names import child_of, pin_address
    app = App(outdir="out")
    stack = TerraformStack(app, "s")
    AwsProvider(stack, "aws")
    inner = Construct(stack, "inner")
    lifecycle = {"prevent_destroy": True}
    vpc = Vpc(inner, "v", cidr_block="10.0.0.0/16", tags={"a": "b"}, lifecycle=lifecycle)
    pin_address(vpc, inner, "main")
    acknowledge(stack, "single-nat-gateway", reason="because it is so")
    skip_check(vpc, "CKV_AWS_18", "because")
    print(is_acknowledged(inner, "single-nat-gateway"), child_of(inner, "v") is vpc)
    print(child_of(inner, "w"), vpc.node.path, Vpc.TF_RESOURCE_TYPE)
    print(TerraformStack.of(vpc) is stack)
    for bad in (lambda: Vpc(inner, "v"), lambda: Vpc(inner, "w", cidr_block=7)):
        try:
            bad()
        except Exception as fault:
            print(type(fault).__name__, str(fault)[:80])
    app.synth()
    print(open("out/stacks/s/cdk.tf.json").read(), open("out/manifest.json").read())
    raise ValueError("the end")
"""
NEW = ["load-ahead", "no-waiting", "plain-messages", "quiet-import", "short-exit"]
OTHERS = ["early-start", "type-hints", "constant-properties"]


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """How the program ends with these steps, beside how it ends with the first one alone."""
    folder = tmp_path_factory.mktemp("together")  # the same for all: the output names it
    plain = run(folder, TOGETHER, PLAIN)
    assert (plain[0], plain[2]) == (1, ["ValueError: the end"])
    assert "because it is so" in plain[1]
    return lambda *steps: (plain, run(folder, TOGETHER, ",".join(steps)))


@pytest.mark.parametrize("step", [*NEW, *OTHERS])
def test_each_step_can_be_left_out(step, ends):
    plain, end = ends(*(other for other in STEPS if other != step))
    assert end == plain


@pytest.mark.parametrize("step", [*NEW, *OTHERS])
def test_each_step_can_be_taken_alone(step, ends):
    plain, end = ends(PLAIN, step)
    assert end == plain


def test_no_node_is_told_alike(tmp_path):
    ends = [run(tmp_path, "", steps, JSII_NODE="/nowhere/node") for steps in (PLAIN, "1")]
    assert ends[0] == ends[1]
    assert ends[0][0] == 1
    assert "/nowhere/node" in ends[0][2][0]


def test_no_room_for_node_is_told_alike(tmp_path):
    ends = [run(tmp_path, "App()", steps, TMPDIR="/proc/nowhere") for steps in (PLAIN, "1")]
    assert ends[0] == ends[1]
    assert ends[0][0] == 1


def test_forked_children_have_the_kernel_too(tmp_path):
    code = """
        import multiprocessing
        def work(name):
            print(TerraformStack(App(), name).node.path, flush=True)
        for name in ("one", "two"):
            child = multiprocessing.get_context("fork").Process(target=work, args=(name,))
            child.start()
            child.join(30)
            print(child.exitcode, flush=True)
    """
    ends = [run(tmp_path, code, steps) for steps in (PLAIN, "1")]
    assert ends[0] == ends[1]
    assert ends[1][1].splitlines()[1::2] == ["0", "0"]


def test_bindings_that_do_not_load_are_told_at_the_latest_at_the_end(tmp_path):
    status, _, words = run(tmp_path, "", "1", TMPDIR=str(tmp_path / "nowhere"))
    assert status == 1
    assert words


def test_a_file_left_open_is_written(tmp_path):
    code = """
        class Log:
            out = open("log.txt", "w")
        Log.out.write("the last line")
    """
    run(tmp_path, code, "1")
    assert (tmp_path / "log.txt").read_text() == "the last line"


def test_an_interrupt_ends_a_kernel_that_is_busy(tmp_path):
    hook = tmp_path / "busy.js"
    hook.write_text(
        """
        const Module = require('module');
        const load = Module._load;
        Module._load = function (request, ...rest) {
          if (/stack-trace$/.test(request)) {
            console.log('busy');
            while (true);
          }
          return load.call(this, request, ...rest);
        };
        """,
        encoding="utf-8",
    )
    (tmp_path / "main.py").write_text("import terratiers\nfrom cdktf import App\nApp()\n")
    running = start(tmp_path, **{SWITCH: "1"}, NODE_OPTIONS=f"--require {hook}")
    assert running.stdout.readline() == "busy\n"
    [child] = psutil.Process(running.pid).children(recursive=True)
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=30)
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("steps", [PLAIN, "1"])
def test_an_interrupt_ends_python_and_node(tmp_path, steps):
    code = """
        import psutil
        stack = TerraformStack(App(), "s")
        children = psutil.Process().children(recursive=True)
        print(*[child.pid for child in children], flush=True)
        while True:
            stack.node.try_find_child("v")
    """
    program = "import terratiers\nfrom cdktf import *\n" + textwrap.dedent(code)
    (tmp_path / "main.py").write_text(program)
    running = start(tmp_path, **{SWITCH: steps})
    children = [int(pid) for pid in running.stdout.readline().split()]
    assert len(children) == (1 if steps == "1" else 2)
    os.killpg(running.pid, signal.SIGINT)
    _, words = running.communicate(timeout=60)
    assert running.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in words
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{pid}") for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_javascript_prints_comes_through(tmp_path):
    hook = tmp_path / "print.js"
    hook.write_text(
        """
        const Module = require('module');
        const load = Module._load;
        Module._load = function (request, ...rest) {
          const loaded = load.call(this, request, ...rest);
          if (request === 'constructs' && !globalThis.told) {
            globalThis.told = true;
            console.log('out\\u00fc');
            console.error('err');
            process.stdout.write('no newline');
            console.log('x'.repeat(300_000));
          }
          return loaded;
        };
        """,
        encoding="utf-8",
    )
    program = tmp_path / "main.py"
    program.write_text("import terratiers\nfrom cdktf import App\nApp()\n", encoding="utf-8")
    ends = []
    for steps in (PLAIN, "1"):
        ended = subprocess.run(
            [sys.executable, str(program)],
            cwd=tmp_path,
            capture_output=True,
            check=True,
            env={**os.environ, SWITCH: steps, "NODE_OPTIONS": f"--require {hook}"},
        )
        ends.append((ended.stdout.decode(), ended.stderr.decode()))
    assert ends[0] == ends[1] == ("outü\nno newline" + "x" * 300_000 + "\n", "err\n")


def test_where_a_token_was_made_is_told_when_it_is_asked_for(tmp_path):
    code = """
        vpc = Vpc(TerraformStack(App(), "s"), "v")
        trace = Tokenization.reverse_string(vpc.cidr_block).first_token.creation_stack
        print("\\n".join(trace))
    """
    traces = [run(tmp_path, code, steps)[1].splitlines() for steps in (PLAIN, "1")]
    # the frames of cdktf; below them Node names its own
    own = [
        [re.sub(r"/\S*/node_modules/", "", line) for line in trace if "node_modules" in line]
        for trace in traces
    ]
    assert own[0] == own[1]
    assert len(own[0]) > 3
    assert len(traces[0]) == len(traces[1])


@pytest.mark.parametrize("off", ["0", "false", " OFF "])
def test_one_variable_turns_all_of_it_off(off, monkeypatch):
    monkeypatch.setenv(SWITCH, off)
    assert not any(is_taken(step) for step in STEPS)
    assert provider_loader.install() is False


def test_steps_are_chosen_by_name(monkeypatch):
    monkeypatch.setenv(SWITCH, "lazy-provider, type-hints")
    assert [step for step in STEPS if is_taken(step)] == ["lazy-provider", "type-hints"]


def test_a_name_that_is_no_step_is_told(monkeypatch):
    monkeypatch.setenv(SWITCH, "lazy-provider,type-hint")
    with pytest.warns(UserWarning, match=r"names no step of a fast start: type-hint\. There are"):
        provider_loader.install()


@pytest.mark.parametrize("package", ["jsii", "cdktf", "constructs"])
def test_other_versions_are_left_as_they_are(package, monkeypatch):
    monkeypatch.delenv(SWITCH, raising=False)
    known = start_up._version
    monkeypatch.setattr(
        start_up, "_version", lambda name: "99.0" if name == package else known(name)
    )
    taken = {step for step in STEPS if is_taken(step)}
    assert taken == {step for step, packages in STEPS.items() if package not in packages}
    assert taken != set(STEPS)
