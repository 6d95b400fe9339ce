"""A function for the APIs."""

from __future__ import annotations

from terratiers.serverless import Code, Function

import pytest


@pytest.fixture
def function_in(tmp_path):
    """Makes the function `items` in a scope."""
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "handler.py").write_text("def handler(event, context): ...\n")

    def make(scope):
        return Function(scope, "items", code=Code.from_asset(tmp_path / "items"))

    return make


@pytest.fixture
def function(tier, function_in):
    return function_in(tier)
