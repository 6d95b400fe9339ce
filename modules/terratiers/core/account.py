"""The account, region and partition that a stack is deployed to, as values for policies.

What the tier's environment knows is written out; the rest is read by one data source per stack.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from terratiers.core.names import environment_of

from cdktf import TerraformDataSource, TerraformStack
from constructs import Construct

__all__ = ["account_id", "partition", "region"]

# Each reading of an attribute makes another token; with one for each stack, statements compare.
_read: WeakKeyDictionary[TerraformStack, dict[str, str]] = WeakKeyDictionary()


def account_id(scope: Construct) -> str:
    """The account's twelve digits, from the environment or `data.aws_caller_identity.current`."""
    environment = environment_of(scope)
    if environment and environment.account_id:
        return environment.account_id
    from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity

    return _once(scope, DataAwsCallerIdentity, "current_account", "account_id")


def region(scope: Construct) -> str:
    """The region's name, from the environment or `data.aws_region.current`."""
    environment = environment_of(scope)
    if environment:
        return environment.region
    from cdktf_cdktf_provider_aws.data_aws_region import DataAwsRegion

    return _once(scope, DataAwsRegion, "current_region", "id")


def partition(scope: Construct) -> str:
    """`aws`, `aws-cn`, ..., from the environment or `data.aws_partition.current`."""
    environment = environment_of(scope)
    if environment:
        return environment.partition
    from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition

    return _once(scope, DataAwsPartition, "current_partition", "partition")


def _once(
    scope: Construct, kind: Callable[[Construct, str], TerraformDataSource], id: str, attribute: str
) -> str:
    stack = TerraformStack.of(scope)
    known = _read.setdefault(stack, {})
    if id not in known:
        data = kind(stack, id)
        data.override_logical_id("current")
        known[id] = str(getattr(data, attribute))
    return known[id]
