"""Which resource a web ACL protects: a load balancer, a stage of an API, ..."""

from __future__ import annotations

import re
from typing import Any, Protocol, TypeAlias
from weakref import WeakKeyDictionary

from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.tokens import is_token, same_value
from terratiers.core.validation import show

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import Wafv2WebAclAssociation
from constructs import Construct

__all__ = [
    "HasLoadBalancerArn",
    "HasStageArn",
    "Protected",
    "add_association",
    "association_of",
    "balancer_kind",
    "check_protected",
]

# https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
_ARN = "arn:aws[a-z-]*:"
_TAKEN = (
    rf"{_ARN}elasticloadbalancing:[a-z0-9-]+:\d{{12}}:loadbalancer/app/[A-Za-z0-9-]+/[0-9a-f]+",
    rf"{_ARN}apigateway:[a-z0-9-]+::/restapis/[a-z0-9]+/stages/[A-Za-z0-9_-]+",
    rf"{_ARN}appsync:[a-z0-9-]+:\d{{12}}:apis/[a-z0-9]+",
    rf"{_ARN}cognito-idp:[a-z0-9-]+:\d{{12}}:userpool/[A-Za-z0-9_-]+",
    rf"{_ARN}apprunner:[a-z0-9-]+:\d{{12}}:service/[A-Za-z0-9_-]+/[0-9a-f]+",
    rf"{_ARN}ec2:[a-z0-9-]+:\d{{12}}:verified-access-instance/vai-[0-9a-f]+",
)
_REFUSED = {
    ":loadbalancer/net/": "a network load balancer",
    ":loadbalancer/gwy/": "a gateway load balancer",
    ":cloudfront:": "a distribution: give web_acl_arn of an ACL for CLOUDFRONT to its web_acl_id",
    ":/apis/": "an HTTP API; a REST API has WAF",
}


class HasLoadBalancerArn(Protocol):
    """An `ApplicationLoadBalancer`, or anything else with the ARN of one."""

    @property
    def load_balancer_arn(self) -> str: ...


class HasStageArn(Protocol):
    """A REST API, or anything else with the ARN of a stage."""

    @property
    def stage_arn(self) -> str: ...


Protected: TypeAlias = HasLoadBalancerArn | HasStageArn | str
_made: WeakKeyDictionary[TerraformStack, list[tuple[str, Wafv2WebAclAssociation]]] = (
    WeakKeyDictionary()
)


def check_protected(faults: Faults, scope: Construct, resource: object) -> str | None:
    """The ARN of what an ACL can protect and no ACL protects yet."""
    if isinstance(resource, Construct):
        check_same_stack(faults, "resource", resource, scope)
    arn = _arn(faults, resource)
    if arn is None:
        return None
    taken = association_of(scope, arn)
    if taken is not None:
        owner = taken.node.scope
        faults.add(
            f"resource {_name(resource)} has the web ACL {owner.node.path if owner else ''} "
            "already: AWS takes one for each resource."
        )
        return None
    return arn


def add_association(
    owner: Construct, id: str, acl_arn: str, resource_arn: str
) -> Wafv2WebAclAssociation:
    """`aws_wafv2_web_acl_association.<owner>_<id>`."""
    association = Wafv2WebAclAssociation(owner, id, web_acl_arn=acl_arn, resource_arn=resource_arn)
    pin_address(association, owner, id)
    _made.setdefault(TerraformStack.of(owner), []).append((resource_arn, association))
    return association


def association_of(scope: Construct, resource_arn: str) -> Wafv2WebAclAssociation | None:
    """The association of a resource with an ACL that was made in the stack of `scope`."""
    stack = TerraformStack.of(scope)
    for arn, association in _made.get(stack, ()):
        if same_value(stack, arn, resource_arn):
            return association
    return None


def balancer_kind(balancer: object) -> str | None:
    """`application`, `network`, `gateway` or `classic`, for a load balancer, made or imported."""
    kind = getattr(balancer, "balancer_kind", None)
    return kind if isinstance(kind, str) else None


def _arn(faults: Faults, resource: object) -> str | None:
    if isinstance(resource, str):
        return _check_arn(faults, resource)
    kind = balancer_kind(resource)
    if kind not in (None, "application"):
        faults.add(
            f"resource {_name(resource)} is a {kind} load balancer, which AWS WAF does not take."
        )
        return None
    for attribute in ("load_balancer_arn", "stage_arn"):
        value: Any = getattr(resource, attribute, None)
        if not isinstance(value, str):
            continue
        if is_token(value) and attribute == "load_balancer_arn" and kind is None:
            faults.add(
                f"resource {_name(resource)} does not tell its kind of load balancer: AWS WAF "
                "takes application ones only: pass an ApplicationLoadBalancer."
            )
            return None
        return _check_arn(faults, value)
    faults.add(
        f"resource is {show(resource)} ({type(resource).__name__}): pass an "
        "ApplicationLoadBalancer, a RestApi or an ARN."
    )
    return None


def _check_arn(faults: Faults, arn: str) -> str | None:
    if is_token(arn) or any(re.fullmatch(pattern, arn, re.ASCII) for pattern in _TAKEN):
        return arn
    for part, what in _REFUSED.items():
        if part in arn:
            faults.add(f"resource {show(arn)} is {what}: AWS WAF does not take it here.")
            return None
    faults.add(
        f"resource {show(arn)} is no ARN of what AWS WAF takes: an application load balancer, a "
        "stage of a REST API, an AppSync API, a Cognito user pool, an App Runner service or a "
        "Verified Access instance."
    )
    return None


def _name(resource: object) -> str:
    return resource.node.path if isinstance(resource, Construct) else show(resource)
