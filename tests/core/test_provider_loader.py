"""The loader changes when the provider's code is loaded, and nothing else."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from terratiers.core import provider_loader
from terratiers.core.kernel_process import _escape, added_variables
from terratiers.core.provider_loader import _camel
from terratiers.core.start_up import SWITCH

import pytest

PROGRAM = Path(__file__).with_name("many_types.py")
MODES = {
    "on": ("terratiers", {SWITCH: "1"}),
    "stock": ("nothing", {}),
}


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What the program of 60 and more types reports and writes, in each mode."""

    def run(mode):
        imported, variables = MODES[mode]
        folder = tmp_path_factory.getbasetemp() / f"loader-{mode}"
        ended = subprocess.run(
            [sys.executable, str(PROGRAM), str(folder), imported],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={**os.environ, **variables},
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1]), files(folder)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(MODES, pool.map(run, MODES), strict=True))


def test_every_byte_is_the_same(outcomes):
    on, stock = outcomes["on"][1], outcomes["stock"][1]
    assert len(on) == 4  # three stacks and the manifest
    assert on == stock


def test_the_program_uses_many_types_and_loads_little_else(outcomes):
    on, stock = outcomes["on"][0], outcomes["stock"][0]
    assert on["types"] >= 60
    assert on["modules"] < 250
    assert stock["modules"] > 2000


def test_node_does_not_load_the_whole_provider(outcomes):
    assert outcomes["on"][0]["node_bytes"] < 0.6 * outcomes["stock"][0]["node_bytes"]


def test_types_and_environment_are_as_ever(outcomes):
    for mode in ("types", "returned", "children", "node_options_kept"):
        assert outcomes["on"][0][mode] == outcomes["stock"][0][mode]
    assert outcomes["on"][0]["node_options_kept"] is True
    assert outcomes["on"][0]["returned"] == "AcmCertificateDomainValidationOptionsList"


def python(code: str, **variables: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **variables},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_import_terratiers_imports_neither_jsii_nor_cdktf():
    code = "import sys, terratiers; print([m for m in ('jsii', 'cdktf') if m in sys.modules])"
    assert python(code) == "[]"


def provider_folder() -> Path:
    spec = importlib.util.find_spec("cdktf_cdktf_provider_aws")
    assert spec is not None
    return Path(next(iter(spec.submodule_search_locations or [])))


def test_every_name_of_a_submodule_is_the_one_that_jsii_uses():
    """The table is made from folder names; the truth stands in each generated source."""
    wrong = {}
    folders = [f for f in provider_folder().iterdir() if (f / "__init__.py").is_file()]
    for folder in folders:
        if folder.name.startswith("_"):
            continue
        with (folder / "__init__.py").open(encoding="utf-8") as file:
            found = re.search(r'jsii_type="@cdktf/provider-aws\.(\w+)\.', file.read(60_000))
        if found is None or found[1] != _camel(folder.name):
            wrong[folder.name] = found and found[1]
    assert len(folders) > 2000
    assert wrong == {}


def test_the_package_shows_its_submodules():
    code = """
        import terratiers, cdktf_cdktf_provider_aws as aws
        print(len([n for n in dir(aws) if not n.startswith("_")]), len(aws.__all__))
        print(aws.vpc.Vpc.__name__, aws.__name__, aws.__spec__.name)
    """
    expected = len([f for f in provider_folder().iterdir() if (f / "__init__.py").is_file()]) - 1
    count, names = python(code).splitlines()
    assert count == f"{expected} {expected}"
    assert names == "Vpc cdktf_cdktf_provider_aws cdktf_cdktf_provider_aws"


def test_all_ways_to_import_work():
    code = """
        import terratiers
        from cdktf_cdktf_provider_aws import vpc, subnet as s
        from cdktf_cdktf_provider_aws.vpc import Vpc
        import cdktf_cdktf_provider_aws.kms_key
        import importlib.resources
        files = importlib.resources.files("cdktf_cdktf_provider_aws")
        print(vpc.Vpc is Vpc, s.Subnet.__name__, (files / "py.typed").is_file())
    """
    assert python(code) == "True Subnet True"


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("import cdktf_cdktf_provider_aws.vpcx", "ModuleNotFoundError"),
        ("from cdktf_cdktf_provider_aws import vpcx", "ImportError"),
        ("import cdktf_cdktf_provider_aws as a; a.vpcx", "AttributeError"),
    ],
)
def test_a_wrong_name_gives_the_usual_error(statement, error):
    code = f"""
        import terratiers
        try:
            {statement}
        except Exception as caught:
            print(type(caught).__name__, "vpcx" in str(caught))
    """
    assert python(code) == f"{error} True"


def test_cdktf_may_be_imported_first():
    code = """
        import cdktf, terratiers
        from cdktf_cdktf_provider_aws.vpc import Vpc
        stack = cdktf.TerraformStack(cdktf.Testing.app(), "s")
        print(Vpc(stack, "v", cidr_block="10.0.0.0/16").cidr_block_input)
    """
    assert python(code) == "10.0.0.0/16"


def test_options_of_the_user_reach_node_and_stay():
    code = """
        import terratiers, os, jsii
        print(os.environ["NODE_OPTIONS"])
    """
    assert python(code, NODE_OPTIONS="--no-warnings") == "--no-warnings"


def test_a_path_with_spaces_and_quotes_reaches_node(tmp_path):
    folder = tmp_path / 'a "b" c'
    folder.mkdir()
    hook = folder / "hook.js"
    hook.write_text("console.log('hooked')")
    node = os.environ.get("JSII_NODE") or shutil.which("node")
    with added_variables(NODE_OPTIONS=f'--require "{_escape(str(hook))}"'):
        ended = subprocess.run([node, "-e", "0"], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "hooked"
    assert os.environ.get("NODE_OPTIONS") is None or "hook.js" not in os.environ["NODE_OPTIONS"]


def test_installing_twice_installs_once(monkeypatch):
    before = list(sys.meta_path)
    assert provider_loader.install() is True
    assert sys.meta_path == before
    for off in ("0", "false", " OFF "):
        monkeypatch.setenv(SWITCH, off)
        assert provider_loader.install() is False
