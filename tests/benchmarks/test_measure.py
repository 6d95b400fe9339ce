"""What is measured of a program; the programs here take a fraction of a second."""

from __future__ import annotations

import sys

import pytest
from benchmarks.measure import ProgramError, Subject, measure, measure_all

WRITES = """
import json, os, pathlib, sys
folder = pathlib.Path(os.environ["CDKTF_OUTDIR"], "stacks", "shop")
folder.mkdir(parents=True)
vpc = {"cidr_block": sys.argv[1]}
(folder / "cdk.tf.json").write_text(json.dumps({"resource": {"aws_vpc": {"vpc": vpc}}}))
print("done")
"""


def subject(code, *arguments, **options):
    return Subject("program", (sys.executable, "-c", code, *arguments), **options)


def test_a_run_has_what_the_program_wrote():
    run = measure(subject(WRITES, "10.0.0.0/16"))
    assert (run.resources, run.printed) == (1, "done\n")


def test_equal_output_has_an_equal_digest_and_other_output_another():
    one, same, other = (measure(subject(WRITES, f"10.{number}.0.0/16")) for number in (0, 0, 1))
    assert one.digest == same.digest != other.digest
    assert one.resource_digest == same.resource_digest != other.resource_digest


def test_memory_and_cpu_are_those_of_the_whole_tree():
    child = "block = bytearray(120 * 2**20); import time; time.sleep(0.5)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    run = measure(subject(code))
    assert run.memory > 120 > run.main_memory
    assert run.wall > 0.5


def test_cpu_is_counted_when_nobody_waits_for_the_child():
    busy = "import time; end = time.process_time() + 0.4\nwhile time.process_time() < end: pass"
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {busy!r}])\n"
        "time.sleep(0.5)\nwhile child.poll() is None: time.sleep(0.05)\n"
        "import os; os._exit(0)"
    )
    assert measure(subject(code)).cpu > 0.3


def test_a_program_that_fails_is_an_error_with_what_it_said():
    with pytest.raises(ProgramError, match=r"program ended with 3:\nno such VPC"):
        measure(subject("import sys; print('no such VPC', file=sys.stderr); sys.exit(3)"))


def test_fresh_variables_name_another_empty_folder_each_time():
    code = "import os; print(os.environ['CACHE'], os.listdir(os.environ['CACHE']))"
    one, other = (measure(subject(code, fresh=("CACHE",))).printed for _ in range(2))
    assert one != other
    assert one.endswith(" []\n")


def test_programs_may_fill_python_s_caches(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert measure(subject("import sys; print(sys.dont_write_bytecode)")).printed == "False\n"


def test_runs_take_turns_after_the_warm_up(tmp_path):
    log = tmp_path / "log"
    code = f"open({str(log)!r}, 'a').write(__import__('sys').argv[1])"
    a, b = (Subject(name, (sys.executable, "-c", code, name)) for name in "ab")
    measured = measure_all([a, b], 3, warm_up=[b])
    assert log.read_text() == "bababab"
    assert {name: len(runs) for name, runs in measured.items()} == {"a": 3, "b": 3}
