"""The pytest plugin: `app`, `environment` and `synth` in every project that has terratiers.

pytest loads it in every session, so that loading it imports no cdktf: that happens when a fixture
is first used. It imports `terratiers` before any test imports cdktf, so that the provider's
bindings load on demand. All tests of a session share jsii's one kernel. A project's conftest.py
may define fixtures of these names; they take precedence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import terratiers

import pytest

if TYPE_CHECKING:
    from terratiers import Environment
    from terratiers.testing.template import Template

    from cdktf import App, TerraformStack


@pytest.fixture
def app(tmp_path: Path) -> App:
    """A fresh `cdktf.Testing.app()` that writes to the test's own folder."""
    from cdktf import Testing

    return Testing.app(outdir=str(tmp_path / "cdktf.out"))


@pytest.fixture
def environment() -> Environment:
    """The environment `shop-test` in eu-central-1, not in production, of no known account."""
    return terratiers.Environment(project="shop", name="test", region="eu-central-1")


@pytest.fixture
def synth() -> Callable[[TerraformStack], Template]:
    """`Template.from_stack`: synthesizes a stack, validations included."""
    from terratiers.testing.template import Template

    return Template.from_stack
