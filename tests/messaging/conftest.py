from __future__ import annotations

from terratiers import Tier
from terratiers.security import Key, Principal, Role
from terratiers.storage import Bucket

import pytest
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

FUNCTION_ARN = "arn:aws:lambda:eu-central-1:111122223333:function:notifier"


class FakeFunction(Construct):
    """What topics and buckets know of a function."""

    function_arn = FUNCTION_ARN
    function_name = "notifier"

    def __init__(self, scope, id):
        super().__init__(scope, id)
        self.role = Role(
            self, "role", assumed_by=Principal.service("lambda"), description="notifier"
        )

    def add_permission(self, id, *, principal, source_arn=None, source_account=None):
        if known := self.node.try_find_child(id):
            return known
        permission = LambdaPermission(
            self,
            id,
            action="lambda:InvokeFunction",
            function_name=self.function_name,
            principal=principal,
            source_arn=source_arn,
            source_account=source_account,
        )
        permission.override_logical_id(f"{self.node.id}_{id}".replace("-", "_"))
        return permission


@pytest.fixture
def tier(app, environment):
    return Tier(app, "events", environment=environment)


@pytest.fixture
def other(app, environment):
    return Tier(app, "other", environment=environment)


@pytest.fixture
def key(tier):
    return Key(tier, "key", description="messages")


@pytest.fixture
def role(tier):
    return Role(tier, "worker", assumed_by=Principal.service("ec2"), description="worker")


@pytest.fixture
def make_function():
    return FakeFunction


@pytest.fixture
def function(tier):
    return FakeFunction(tier, "notifier")


@pytest.fixture
def bucket(tier):
    return Bucket(tier, "files")


@pytest.fixture
def warnings():
    def found(construct):
        return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]

    return found
