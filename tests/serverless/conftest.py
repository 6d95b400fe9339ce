"""A Lambda function as APIs, topics and buckets see one."""

from __future__ import annotations

import pytest
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct


class PlainFunction(Construct):
    """The least that answers requests."""

    def __init__(self, scope, id):
        super().__init__(scope, id)
        self.resource = LambdaFunction(
            self,
            "resource",
            function_name=id,
            role="arn:aws:iam::111122223333:role/x",
            handler="handler.handler",
            runtime="python3.13",
            filename="x.zip",
        )
        self.resource.override_logical_id(id)
        self.invoke_arn_text = f"${{aws_lambda_function.{id}.invoke_arn}}"

    @property
    def function_arn(self):
        return self.resource.arn

    @property
    def function_name(self):
        return self.resource.function_name

    @property
    def invoke_arn(self):
        return self.resource.invoke_arn

    def add_permission(self, id, *, principal, source_arn=None, source_account=None):
        return LambdaPermission(
            self,
            id,
            action="lambda:InvokeFunction",
            function_name=self.function_name,
            principal=principal,
            source_arn=source_arn,
            source_account=source_account,
        )


@pytest.fixture
def function_in():
    return lambda scope, id="items": PlainFunction(scope, id)


@pytest.fixture
def function(tier, function_in):
    return function_in(tier)
