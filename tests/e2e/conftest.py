"""Real Terraform, the real AWS provider, and an emulator on a free port of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from terratiers.core.synthesis import SynthesizedTier, read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.local.emulator import Emulator, emulator_for_tests
from terratiers.local.errors import LocalError
from terratiers.local.terraform import Terraform, emulator_environment

import pytest

ROOT = Path(__file__).parents[2]
OFFLINE = ROOT.parent / "shared" / "tools" / "terraform-cli-config"
PROVIDER = '{"terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}}}}'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("e2e")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI, where Terraform is found, a test that skips has failed."""
    outcome = yield
    report = outcome.get_result()
    must_run = os.environ.get("CI") and shutil.which("terraform")
    if report.skipped and must_run and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI although Terraform is there: {report.longrepr}"


@pytest.fixture(scope="session", autouse=True)
def terraform(tmp_path_factory) -> str:
    """The path of Terraform, able to install the AWS provider; else the tests are skipped."""
    binary = shutil.which("terraform")
    if binary is None:
        pytest.skip("no terraform on PATH")
    if not Path(os.environ.get("TF_CLI_CONFIG_FILE", "/nowhere")).is_file() and OFFLINE.is_file():
        found = subprocess.run([OFFLINE], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            os.environ["TF_CLI_CONFIG_FILE"] = found.stdout.strip()
    folder = tmp_path_factory.mktemp("provider")
    (folder / "main.tf.json").write_text(PROVIDER)
    try:
        Terraform(folder, emulator_environment("http://127.0.0.1:1")).init()
    except LocalError as error:
        pytest.skip(f"the AWS provider cannot be installed: {str(error)[-400:]}")
    return binary


@pytest.fixture(scope="session")
def emulator(tmp_path_factory) -> Iterator[Emulator]:
    with emulator_for_tests(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def deploy(emulator, tmp_path):
    """Synthesizes an app and gives its deployment in the session's emulator."""

    def make(app) -> Deployment:
        app.synth()
        tiers: tuple[SynthesizedTier, ...] = read_synthesis(app.outdir)
        return Deployment(tiers, emulator, tmp_path / "work")

    return make
