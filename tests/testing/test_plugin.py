"""The pytest plugin, as a project of its own sees it: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from terratiers import Environment
from terratiers.testing import Template

import pytest
from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.vpc import Vpc


@pytest.fixture
def run(tmp_path: Path):
    """Runs pytest on a file in an empty project; returns its outcome and what it printed."""

    def run_pytest(test: str, **files: str) -> tuple[int, str]:
        for name, text in {"test_it": test, **files}.items():
            (tmp_path / f"{name}.py").write_text(dedent(text), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run_pytest


def test_loading_the_plugin_imports_no_cdktf(run):
    code, output = run(
        """
        import sys

        def test_it():
            assert "terratiers.testing.plugin" in sys.modules
            heavy = {"cdktf", "jsii", "constructs", "terratiers.testing.template"}
            assert not heavy & set(sys.modules)
        """
    )
    assert code == 0, output


def test_the_loader_is_active_before_a_test_imports_cdktf(run):
    code, output = run(
        """
        import sys
        from cdktf_cdktf_provider_aws.vpc import Vpc

        def test_it():
            loaded = [name for name in sys.modules if name.startswith("cdktf_cdktf_provider_aws.")]
            assert len(loaded) < 20
        """
    )
    assert code == 0, output


def test_a_project_may_override_a_fixture(run):
    code, output = run(
        """
        def test_it(environment):
            assert environment == "mine"
        """,
        conftest="""
        import pytest

        @pytest.fixture
        def environment():
            return "mine"
        """,
    )
    assert code == 0, output


def test_a_failure_shows_the_line_of_the_test_and_no_line_of_the_library(run):
    code, output = run(
        """
        from cdktf import TerraformStack

        def test_it(app, synth):
            template = synth(TerraformStack(app, "empty"))
            template.has_resource("aws_vpc", {"cidr_block": "10.0.0.0/16"})
        """
    )
    assert code == 1, output
    assert '>       template.has_resource("aws_vpc"' in output
    assert "no aws_vpc; the stack has none at all" in output
    assert "template.py" not in output


def test_app_is_fresh_in_each_test(run):
    code, output = run(
        """
        import pytest
        from cdktf import TerraformStack

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(app, tmp_path, n):
            assert not app.node.children
            TerraformStack(app, "network")
            app.synth()
            assert (tmp_path / "cdktf.out/stacks/network/cdk.tf.json").is_file()
        """
    )
    assert code == 0, output


def test_synth_reads_a_stack(app, synth):
    stack = TerraformStack(app, "network")
    AwsProvider(stack, "aws", region="eu-central-1")
    Vpc(stack, "main", cidr_block="10.0.0.0/16")
    template = synth(stack)
    assert isinstance(template, Template)
    template.has_resource("aws_vpc", {"cidr_block": "10.0.0.0/16"})


def test_environment(environment):
    assert environment == Environment(project="shop", name="test", region="eu-central-1")
    assert not environment.production
