"""The handlers as Lambda runs them, against moto in this process."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from terratiers.local.database_patches import write_one_at_a_time

import pytest
from botocore.loaders import JSONFileLoader
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend

FUNCTIONS = Path(__file__).parents[2] / "lambda"


@pytest.fixture(scope="session", autouse=True)
def service_models():
    """botocore reads its descriptions of services once: each mock begins with a session of its own,
    and parsing them again was most of a test's time."""
    known = {}
    stock = JSONFileLoader.load_file

    def load_file(self, path):
        if path not in known:
            known[path] = stock(self, path)
        return known[path]

    JSONFileLoader.load_file = load_file
    yield
    JSONFileLoader.load_file = stock


@pytest.fixture
def aws(monkeypatch):
    """AWS in this process: nothing leaves the machine."""
    for name in ("put_item", "update_item", "delete_item", "transact_write_items"):
        monkeypatch.setattr(DynamoDBBackend, name, getattr(DynamoDBBackend, name))
    write_one_at_a_time()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def load(aws):
    """Imports a function's handler anew, as a new execution environment does."""

    def load(name):
        path = FUNCTIONS / name / "handler.py"
        spec = importlib.util.spec_from_file_location(f"handler_of_{name}", path)
        module = importlib.util.module_from_spec(spec)
        import sys

        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load
