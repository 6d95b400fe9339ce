"""Keys of queues and topics, and the services that have to use them."""

from __future__ import annotations

from terratiers.core.account import account_id, partition, region
from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import show
from terratiers.security.key import Key, KeyBase

from constructs import Construct

__all__ = ["POLICY_ELSEWHERE", "check_key", "let_service_use_key"]

POLICY_ELSEWHERE = "policy-made-elsewhere"


def check_key(faults: Faults, key: object, scope: Construct, name: str = "key") -> None:
    """Notes what is no key, or one of another stack; `name` is that of the argument."""
    if isinstance(key, KeyBase):
        check_same_stack(faults, name, key, scope)
    elif key is not None:
        faults.add(f"{name} is {show(key)} ({type(key).__name__}): pass a Key.")


def let_service_use_key(owner: Construct, key: KeyBase, service: str) -> None:
    """Extends the key's policy, or warns where that is made elsewhere."""
    if not isinstance(key, Key):
        warn(
            owner,
            POLICY_ELSEWHERE,
            f"{service} needs the key of {owner.node.path}, which is not made here: the key's own "
            "policy has to admit it already.",
        )
        return
    key.grant_service(service, _conditions(owner, service.partition(".")[0]))


def _conditions(owner: Construct, service: str) -> dict[str, dict[str, str]]:
    """That the service acts for this account, said in the way that it tells KMS.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    account = account_id(owner)
    if service == "events":
        # EventBridge tells KMS of no source: with a condition on one, its events would be lost
        return {"Bool": {"aws:PrincipalIsAWSService": "true"}}
    if service == "sns":
        # not the topic's own ARN: a topic that has the same key would refer to itself
        topics = f"arn:{partition(owner)}:sns:{region(owner)}:{account}:*"
        return {"ArnLike": {"aws:SourceArn": topics}}
    return {"StringEquals": {"aws:SourceAccount": account}}
