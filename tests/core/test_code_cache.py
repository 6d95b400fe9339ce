"""What V8 compiled is used again, and whatever is wrong with it changes nothing that is seen."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import terratiers
from terratiers.core.start_up import STEPS, SWITCH

import pytest

CORE = Path(terratiers.__file__).parent / "core"
ALL_BUT_IT = ",".join(step for step in STEPS if step != "code-cache")
KERNEL = "jsii-kernel-aaaaaa"

# Tells of each script that is made by hand: whether it had code, and whether V8 took it.
OBSERVE = """
const vm = require('vm');
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    const state = !options.cachedData ? 'compiled' : this.cachedDataRejected ? 'rejected' : 'used';
    process._rawDebug(`script ${state} ${options.filename}`);
  }
};
"""
MODULE = "exports.greet = (name) => `hello ${name}`; console.log(exports.greet('you'));\n"


class Machine:
    """Temporary folders of jsii, and Node processes that load what lies there."""

    def __init__(self, root):
        self.root = root
        self.home = root / "home"
        self.folder = self.home / "terratiers" / "code"
        self.temporary = root / "tmp"
        self.home.mkdir()
        self.temporary.mkdir()
        self.observer = root / "observe.js"
        self.observer.write_text(OBSERVE)

    def add(self, name="it", source=MODULE, kernel=KERNEL):
        file = self.temporary / kernel / "node_modules" / name / "index.js"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source))
        return file

    def command(self, *files, hook=CORE / "code_cache.js", options=(), after=""):
        hooks = ["--require", str(hook)] if hook else []
        code = "".join(f"require({json.dumps(str(file))});" for file in files) + after
        return ["node", *options, "--require", str(self.observer), *hooks, "--eval", code]

    def environ(self, **variables):
        places = {"XDG_CACHE_HOME": str(self.home), "TMPDIR": str(self.temporary)}
        return {**os.environ, **places, **variables}

    def run(self, *files, limit=None, variables=None, **how):
        """Status, output, what was said, and what became of each script."""
        ended = subprocess.run(
            self.command(*files, **how),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=self.environ(**(variables or {})),
            preexec_fn=limit,
        )
        said = ended.stderr.splitlines()
        states = [line.split()[1] for line in said if line.startswith("script ")]
        said = [line for line in said if not line.startswith("script ")]
        return ended.returncode, ended.stdout, said, states

    @property
    def pack(self):
        [file] = self.folder.iterdir()
        return file


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def parts(pack):
    """The index of a pack and the code in it."""
    head, _, rest = pack.read_bytes().partition(b"\n")
    length = int(head.split()[1])
    return json.loads(rest[:length]), rest[length:]


def write_parts(pack, index, code):
    text = json.dumps(index).encode()
    head = f"{hashlib.sha256(text).hexdigest()} {len(text)}\n".encode()
    pack.write_bytes(head + text + code)


def test_the_next_process_uses_it_and_writes_nothing(machine):
    file = machine.add()
    first = machine.run(file)
    written = machine.pack.stat()
    second = machine.run(file)
    assert first == (0, "hello you\n", [], ["compiled"])
    assert second == (0, "hello you\n", [], ["used"])
    assert machine.pack.stat().st_mtime_ns == written.st_mtime_ns
    assert machine.pack.stat().st_ino == written.st_ino
    assert written.st_mode & 0o777 == 0o600
    assert {
        folder.stat().st_mode & 0o777 for folder in (machine.folder, machine.folder.parent)
    } == {0o700}


def test_a_program_of_very_much_code_pushes_nothing_out(machine):
    file = machine.add()
    machine.run(file)
    written = machine.pack.stat().st_mtime_ns
    large = machine.add("large", f"exports.a = 1; /* {' ' * 49 * 1024 * 1024} */")
    assert machine.run(file, large)[3] == ["used", "compiled"]
    assert machine.pack.stat().st_mtime_ns == written
    assert machine.run(file, machine.add("small", "exports.a = 1;"))[3] == ["used", "compiled"]
    assert machine.pack.stat().st_mtime_ns != written


def test_a_changed_module_of_the_same_length_is_compiled(machine):
    file = machine.add()
    machine.run(file)
    machine.add(source=MODULE.replace("hello", "adieu"))
    assert machine.run(file) == (0, "adieu you\n", [], ["compiled"])


def test_functions_that_were_compiled_later_are_kept_with_the_next_module(machine):
    body = "".join(f"let a{i} = x + {i};" for i in range(500))
    lazy = machine.add(source=f"exports.work = function (x) {{ {body} return a0; }};")
    machine.run(lazy)
    small = machine.pack.stat().st_size
    call = f"require({json.dumps(str(lazy))}).work(1);"
    machine.run(lazy, machine.add("other", "exports.a = 1;"), after=call)
    assert machine.pack.stat().st_size > small + 2000


def flip(pack, place):
    data = bytearray(pack.read_bytes())
    data[place(len(data))] ^= 1
    pack.write_bytes(data)


def other_version(pack):
    index, code = parts(pack)
    index["madeBy"][1] = "v0.0.0"
    write_parts(pack, index, code)


def refused_by_v8(pack):
    index, code = parts(pack)
    [entry] = index["entries"]
    code = bytes([code[0] ^ 1]) + code[1:]
    entry[4] = hashlib.sha256(code).hexdigest()
    write_parts(pack, index, code)


def index_beyond_the_end(pack):
    pack.write_bytes(b"0" * 64 + b" 999999999999\n{}")


DAMAGES = {
    "the checksum": lambda pack: flip(pack, lambda _: 3),
    "the index": lambda pack: flip(pack, lambda _: 90),
    "the code": lambda pack: flip(pack, lambda size: size - 9),
    "the middle": lambda pack: flip(pack, lambda size: size // 2),
    "cut short": lambda pack: os.truncate(pack, pack.stat().st_size - 1),
    "cut shorter": lambda pack: os.truncate(pack, 100),
    "empty": lambda pack: os.truncate(pack, 0),
    "something else": lambda pack: pack.write_bytes(os.urandom(5000)),
    "no index": index_beyond_the_end,
    "another version": other_version,
    "code that V8 refuses": refused_by_v8,
    "others may read it": lambda pack: pack.chmod(0o644),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_damaged_is_ignored_and_replaced(machine, damage):
    file = machine.add()
    machine.run(file)
    damage(machine.pack)
    ended = machine.run(file)
    assert ended[:3] == (0, "hello you\n", [])
    assert ended[3] == (["rejected"] if damage is refused_by_v8 else ["compiled"])
    assert machine.run(file)[3] == ["used"]


def test_damage_to_what_another_program_uses_is_not_made_good(machine):
    file = machine.add()
    machine.run(file)
    flip(machine.pack, lambda size: size - 9)
    machine.run(machine.add("other", "exports.a = 1;"))
    assert machine.run(file) == (0, "hello you\n", [], ["compiled"])


def linked(name):
    name.rename(name.with_name("elsewhere"))
    name.symlink_to("elsewhere")


FOREIGN = {
    "all may write": lambda folder: folder.chmod(0o777),
    "a group may write": lambda folder: folder.chmod(0o720),
    "all may read": lambda folder: folder.chmod(0o755),
    "all may write to the parent": lambda folder: folder.parent.chmod(0o777),
    "a group may write to the parent": lambda folder: folder.parent.chmod(0o770),
    "a link": linked,
    "the parent is a link": lambda folder: linked(folder.parent),
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_a_folder_that_is_not_private_is_left_alone(machine, change):
    file = machine.add()
    machine.run(file)
    change(machine.folder)
    before = {name: name.stat().st_mtime_ns for name in machine.home.rglob("*")}
    assert machine.run(file) == (0, "hello you\n", [], ["compiled"])
    assert {name: name.stat().st_mtime_ns for name in machine.home.rglob("*")} == before


def test_others_may_look_into_the_folder_above(machine):
    file = machine.add()
    machine.run(file)
    machine.folder.parent.chmod(0o755)
    assert machine.run(file) == (0, "hello you\n", [], ["used"])


def test_nothing_is_made_behind_a_link(machine):
    elsewhere = machine.root / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    machine.folder.parent.symlink_to(elsewhere)
    assert machine.run(machine.add())[:3] == (0, "hello you\n", [])
    assert list(elsewhere.iterdir()) == []


def test_the_folder_of_another_user_is_left_alone(machine):
    file = machine.add()
    machine.run(file)
    before = machine.pack.stat().st_mtime_ns
    machine.observer.write_text(f"{OBSERVE}process.getuid = () => {os.getuid() + 1};")
    assert machine.run(file) == (0, "hello you\n", [], ["compiled"])
    assert machine.pack.stat().st_mtime_ns == before


def test_a_link_in_place_of_the_pack_is_replaced_and_not_followed(machine):
    file = machine.add()
    machine.run(file)
    name, target = machine.pack, machine.root / "target"
    name.rename(target)
    name.symlink_to(target)
    before = target.stat().st_mtime_ns
    assert machine.run(file)[3] == ["compiled"]
    assert not name.is_symlink()
    assert target.stat().st_mtime_ns == before
    assert machine.run(file)[3] == ["used"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_pipe_or_folder_in_place_of_the_pack_does_no_harm(machine, make):
    file = machine.add()
    machine.run(file)
    name = machine.pack
    name.unlink()
    make(name)
    assert machine.run(file) == (0, "hello you\n", [], ["compiled"])
    assert machine.pack == name  # and nothing beside it


@pytest.mark.parametrize("place", ["/proc/nowhere", "{home}/file/below"])
def test_a_place_that_cannot_be_written_is_no_fault(machine, place):
    (machine.home / "file").write_text("")
    variables = {"XDG_CACHE_HOME": place.format(home=machine.home)}
    assert machine.run(machine.add(), variables=variables) == (0, "hello you\n", [], ["compiled"])


def test_without_the_variable_it_lies_in_the_home_folder(machine):
    file = machine.add()
    variables = {"XDG_CACHE_HOME": "relative", "HOME": str(machine.root / "me")}
    (machine.root / "me").mkdir()
    for state in ("compiled", "used"):
        assert machine.run(file, variables=variables)[3] == [state]
    [pack] = (machine.root / "me").rglob("*.pack")
    cache = "Library/Caches" if sys.platform == "darwin" else ".cache"
    assert pack.parent == machine.root / "me" / cache / "terratiers" / "code"


@pytest.mark.parametrize("room", [0, 500])
def test_a_full_disk_is_no_fault_and_nothing_is_left(machine, room):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    file = machine.add()
    assert machine.run(file, limit=limit) == (0, "hello you\n", [], ["compiled"])
    assert list(machine.folder.iterdir()) == []
    assert machine.run(file)[3] == ["compiled"]
    before = machine.pack.read_bytes()
    other = machine.add("other", MODULE.replace("you", "all"))
    assert machine.run(file, other, limit=limit)[:3] == (0, "hello you\nhello all\n", [])
    assert machine.pack.read_bytes() == before


def test_programs_side_by_side_keep_each_others_code(machine):
    files = [machine.add(f"m{i}", f"console.log({i});") for i in range(4)]
    for _ in range(2):
        running = [
            subprocess.Popen(
                machine.command(file, *files[:i]),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=machine.environ(),
            )
            for i, file in enumerate(files)
        ]
        for i, process in enumerate(running):
            expected = "".join(f"{line}\n" for line in (i, *range(i)))
            assert process.communicate(timeout=60)[0] == expected
            assert process.returncode == 0
    assert len(list(machine.folder.iterdir())) == 1
    assert set(machine.run(files[3], *files[:3])[3]) == {"used"}


def test_it_does_not_grow_without_bound(machine):
    hook = machine.root / "small.js"
    text = (CORE / "code_cache.js").read_text()
    hook.write_text(re.sub(r"MOST_BYTES = [\d *]+;", "MOST_BYTES = 5000;", text))
    assert "5000" in hook.read_text()
    source = "exports.a = [" + ",".join(f"'{i:064}'" for i in range(20)) + "];"
    files = [machine.add(f"m{i}", source.replace("a", f"a{i}")) for i in range(4)]
    for file in files:
        machine.run(file, hook=hook)
        assert len(parts(machine.pack)[1]) <= 5000
    assert machine.run(files[3], hook=hook)[3] == ["used"]
    assert machine.run(files[0], hook=hook)[3] == ["compiled"]
    # one that is too large for it fills it once
    states = [machine.run(*files, hook=hook)[3] for _ in range(3)]
    written = machine.pack.stat().st_mtime_ns
    states.append(machine.run(*files, hook=hook)[3])
    assert machine.pack.stat().st_mtime_ns == written
    assert states[-1] == states[-2]
    assert "used" in states[-1]
    assert "compiled" in states[-1]


def test_packs_of_other_versions_are_dropped_in_time(machine):
    machine.folder.mkdir(parents=True)
    for folder in (machine.folder, machine.folder.parent):
        folder.chmod(0o700)
    for age in range(8):
        old = machine.folder / f"{age}.pack"
        old.write_text("")
        os.utime(old, (10**9 - age, 10**9 - age))
    machine.run(machine.add())
    left = {name.name for name in machine.folder.iterdir()}
    assert len(left) == 4
    assert {"0.pack", "1.pack", "2.pack"} < left


FAILS = """\
const first = () => { throw new Error('on the first line'); };
try { first(); } catch (fault) { console.log(fault.stack.split('\\n')[1]); }

function fail() {
    throw new Error('further down');
}
try { fail(); } catch (fault) { console.log(fault.stack.split('\\n')[1]); }
console.log(new Error().stack.split('\\n')[1]);
"""


@pytest.mark.parametrize("kernel", ["jsii-kernel-bbbbbb", "jsii-kernel-another-length"])
def test_an_error_names_the_file_of_this_process(machine, kernel):
    machine.run(machine.add(source=FAILS))
    machine.run(machine.add(source=FAILS, kernel="jsii-kernel-another-name00"))
    file = machine.add(source=FAILS, kernel=kernel)
    _, plain, _, _ = machine.run(file, hook=None)
    _, printed, _, states = machine.run(file)
    assert states == ["used"]
    assert printed == plain
    assert printed.count(str(file)) == 3
    assert f"{file}:1:29)" in printed
    assert f"{file}:5:11)" in printed


def test_folders_with_any_name_will_do(machine):
    for kernel in ("jsii-kernel-ä", "jsii-kernel-ö", "jsii-kernel-中"):
        file = machine.add(source=FAILS, kernel=kernel)
        assert machine.run(file)[:3] == machine.run(file, hook=None)[:3]


def without_node(said):
    """All but the frames of Node and of the hook, whose number differs."""
    return [line for line in said if not re.match(r"    at .*(node:internal|code_cache)", line)]


# Each is what a module can see of how it was loaded.
LOADED = {
    "its variables": """\
        'use strict';
        console.log(this === exports, exports === module.exports, arguments.length);
        console.log(__filename, __dirname, module.id, module.loaded, module.paths);
        console.log(module.parent?.id, module.children.length);
    """,
    "require": """\
        const other = require('../other');
        console.log(other === require('../other/index.js'), module.children.map((m) => m.id));
        console.log(require.main === process.mainModule, Object.keys(require), require.name);
        const Module = require('module');
        console.log(require.cache === Module._cache, require.cache[__filename] === module);
        console.log(require.extensions === Module._extensions, require.length);
        console.log(require.resolve('../other'), require.resolve('fs'), require.resolve.paths('x'));
        console.log(require.resolve('it', { paths: [__dirname + '/../..'] }));
        for (const wrong of ['./nowhere', 'nowhere', '', 7]) {
          try { require(wrong); } catch (fault) { console.log(fault.code, fault.message); }
        }
    """,
    "a first line for the shell": "#!/usr/bin/env node\nconsole.log('ran');",
    "no strict mode": "console.log((function () { return this; })() === globalThis);",
    "a return": "console.log(1); return; console.log(2);",
    "a syntax error": "const a = ;",
    "an exception": "module.exports = 7;\n\n  throw new TypeError('no');",
    "a module in the other form": "import fs from 'fs'; console.log(typeof fs);",
    "an import": "import('./it.mjs').then((m) => console.log(m.default, 'imported'));",
    "an import, with a comment": "import/* */('./it.mjs').then((m) => console.log(m.default));",
    "an exit": "process.exitCode = 3;",
}


@pytest.mark.parametrize("source", LOADED.values(), ids=LOADED)
def test_a_module_is_loaded_as_node_loads_it(machine, source):
    file = machine.add(source=source)
    (file.parent / "it.mjs").write_text("export default 'it';")
    machine.add("other", "exports.a = 1;")
    plain = machine.run(file, hook=None)
    for _ in range(2):
        ended = machine.run(file)
        assert ended[:2] == plain[:2]
        assert without_node(ended[2]) == without_node(plain[2])


def test_a_module_that_only_its_package_calls_one_is_loaded_as_node_loads_it(machine):
    file = machine.add(source="console.log(this === undefined);")
    (file.parent / "package.json").write_text('{"type": "module"}')
    plain = machine.run(file, hook=None)
    ended = machine.run(file)
    assert ended[:2] == plain[:2]
    assert without_node(ended[2]) == without_node(plain[2])
    assert ended[3] == []


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        ({"NODE_V8_COVERAGE": "{root}/coverage"}, []),
        ({"NODE_OPTIONS": "--enable-source-maps"}, []),
        ({}, ["--inspect=127.0.0.1:0"]),
    ],
    ids=str,
)
def test_node_keeps_its_own_ways(machine, variables, options):
    variables = {name: text.format(root=machine.root) for name, text in variables.items()}
    ended = machine.run(machine.add(), variables=variables, options=options)
    assert ended[:2] == (0, "hello you\n")
    assert ended[3] == []
    assert not machine.folder.exists()


def test_other_flags_of_v8_have_a_pack_of_their_own(machine):
    file = machine.add()
    for options in ([], ["--no-opt"], [], ["--no-opt"]):
        states = machine.run(file, options=options)[3]
    assert states == ["used"]
    assert len(list(machine.folder.iterdir())) == 2


@pytest.mark.parametrize("place", ["elsewhere/node_modules/it", "jsii-kernel-aaaaaa/it"])
def test_nothing_else_in_the_process_is_kept(machine, place):
    file = machine.temporary / place / "index.js"
    file.parent.mkdir(parents=True)
    file.write_text(MODULE)
    assert machine.run(file) == (0, "hello you\n", [], [])
    assert not machine.folder.exists()


ENDS = {
    "a failure": "process.exit(1);",
    "an exception": "throw new Error('no');",
    "a signal": "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 10_000);",
}


@pytest.mark.parametrize("after", ENDS.values(), ids=ENDS)
def test_nothing_is_written_at_another_end(machine, after):
    plain = machine.run(machine.add(), after=after, hook=None)
    ended = machine.run(machine.add(), after=after)
    assert ended[:3] == plain[:3]
    assert ended[0] in (1, -signal.SIGTERM)
    assert ended[3] == ["compiled"]
    assert not machine.folder.exists()


def test_a_worker_does_not_write(machine):
    file = machine.add()
    code = f"new (require('worker_threads').Worker)({json.dumps(str(file))});"
    assert machine.run(after=code) == (0, "hello you\n", [], [])
    assert not machine.folder.exists()


def test_traces_on_demand_work_with_it(machine):
    name = "cdktf/lib/tokens/private"
    file = machine.add(name, "exports.captureStackTrace = () => 'stock';")
    file = file.rename(file.with_name("stack-trace.js"))
    after = f"console.log(require('{file}').captureStackTrace().length > 0);"
    for state in ("compiled", "used"):
        ended = machine.run(
            file,
            after=after,
            hook=CORE / "provider_loader.js",
            variables={"TERRATIERS_NODE": "lazy-traces,code-cache"},
        )
        assert ended == (0, "true\n", [], [state])


PROGRAM = """\
import terratiers
from cdktf import *
app = App(outdir="out")
stack = TerraformStack(app, "s")
TerraformOutput(stack, "o", value=Fn.join("-", ["a", "b"]))
app.synth()
print(open("out/stacks/s/cdk.tf.json").read())
"""


def run_program(machine, steps, code=PROGRAM):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=machine.root,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={
            **os.environ,
            SWITCH: steps,
            "XDG_CACHE_HOME": str(machine.home),
            "NODE_OPTIONS": f"--require {machine.observer}",
        },
    )


def scripts(ended):
    """The files by what became of them."""
    found = re.findall(r"^script (\w+) (\S+)$", ended.stderr, re.MULTILINE)
    return {state: [name for kind, name in found if kind == state] for state, _ in found}


def test_a_program_is_the_same_with_it(machine):
    plain = run_program(machine, ALL_BUT_IT)
    assert list(machine.home.iterdir()) == []
    first, second = run_program(machine, "1"), run_program(machine, "1")
    assert plain.stdout == first.stdout == second.stdout
    assert '"o"' in plain.stdout
    assert set(scripts(first)) == {"compiled"}
    assert set(scripts(second)) == {"used"}
    names = scripts(second)["used"]
    for part in ("/lib/program.js", "/node_modules/cdktf/lib/app.js", "/node_modules/constructs/"):
        assert any(part in name for name in names), part


def test_turned_off_it_writes_nothing(machine):
    run_program(machine, "0", "import terratiers, cdktf; cdktf.App()")
    assert list(machine.home.iterdir()) == []


def test_warm_fills_it(machine):
    run_program(machine, "1", "from terratiers.core.warm import warm; assert warm().finished")
    ended = run_program(machine, "1", "import terratiers, cdktf; cdktf.App()")
    assert set(scripts(ended)) == {"used"}
    assert len(scripts(ended)["used"]) > 50
