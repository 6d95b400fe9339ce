"""Checks the arguments of a `VpcEndpointService` before its first resource exists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from terratiers.core.acknowledgements import is_acknowledged
from terratiers.core.environment import regions
from terratiers.core.errors import Faults
from terratiers.core.same_stack import check_same_stack
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_choice,
    check_mapping,
    check_sequence,
    check_string,
    nearest,
    show,
)

from cdktf_cdktf_provider_aws.lb import Lb
from constructs import Construct

__all__ = [
    "BALANCER_KINDS",
    "OPEN_TO_EVERYBODY",
    "PRIVATE_DNS_NAME",
    "SERVICE_ID",
    "SERVICE_NAME",
    "EndpointServiceLoadBalancer",
    "check_ipv6",
    "check_load_balancers",
    "check_principals",
    "check_supported",
]

BALANCER_KINDS = ("network", "gateway")
OPEN_TO_EVERYBODY = "endpoint-service-open-to-everybody"
SERVICE_ID = r"vpce-svc-(?:[0-9a-f]{8}|[0-9a-f]{17})"
SERVICE_NAME = rf"(?:cn\.)?com\.amazonaws\.vpce\.[a-z0-9-]+\.{SERVICE_ID}"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
PRIVATE_DNS_NAME = rf"(?=.{{1,255}}\Z)(?:\*\.)?(?:{_LABEL}\.)+[a-z][a-z0-9-]{{1,62}}"
_BALANCER_ARN = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/(app|net|gwy)/\S+"
)
_KIND_IN_ARN = {"app": "application", "net": "network", "gwy": "gateway"}
# https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#add-remove-permissions
_PRINCIPAL = r"\*|[0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|(?:role|user)/[\w+=,.@/-]{1,512})"


@runtime_checkable
class EndpointServiceLoadBalancer(Protocol):
    """A load balancer that an endpoint service can stand in front of."""

    @property
    def load_balancer_arn(self) -> str: ...

    @property
    def balancer_kind(self) -> str:
        """`network` or `gateway`."""
        ...


def check_load_balancers(
    faults: Faults, scope: Construct, value: object
) -> tuple[str | None, list[str]]:
    """The load balancers' kind and ARNs."""
    items = check_sequence(faults, "load_balancers", value, "[balancer]")
    if items is not None and not items:
        faults.add("load_balancers is empty: name at least one network or gateway load balancer.")
    kinds: dict[str, str] = {}
    for item in items or ():
        if isinstance(item, Construct):
            check_same_stack(faults, "load_balancers", item, scope)
        kind, arn = _kind_of(faults, item), item
        if isinstance(item, EndpointServiceLoadBalancer):
            arn = item.load_balancer_arn
        if kind and arn in kinds:
            faults.add(f"load_balancers names {show(arn)} twice: name each once.")
        elif kind in BALANCER_KINDS:
            kinds[arn] = kind
        elif kind:
            faults.add(
                f"load_balancers: {_label(item)} is of kind {kind}: PrivateLink takes network and "
                "gateway ones; put a network load balancer in front of an application one."
            )
    if len(set(kinds.values())) > 1:
        faults.add(
            "load_balancers are network and gateway ones: make one endpoint service for each kind."
        )
    return next(iter(kinds.values()), None), list(kinds)


def check_ipv6(faults: Faults, load_balancers: object, ip_address_types: object) -> None:
    """Notes load balancers made here that have IPv4 only, where IPv6 is offered.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html#considerations-endpoint-services
    """
    for value in (load_balancers, ip_address_types):
        if not isinstance(value, (list, tuple)):
            return
    if "ipv6" not in ip_address_types:  # type: ignore[operator]
        return
    for item in load_balancers:  # type: ignore[attr-defined]
        made = getattr(item, "resource", None)
        if isinstance(made, Lb) and made.ip_address_type_input in (None, "ipv4"):
            faults.add(
                f"supported_ip_address_types has ipv6, but {_label(item)} has IPv4 addresses "
                "only: leave ipv6 out, or pass the ARN of a balancer with both."
            )


def _kind_of(faults: Faults, item: object) -> str | None:
    if isinstance(item, EndpointServiceLoadBalancer):
        return str(item.balancer_kind)
    match = _BALANCER_ARN.fullmatch(item) if isinstance(item, str) else None
    if match:
        return _KIND_IN_ARN[match[1]]
    what = "is a token, which does not tell its kind" if is_token(item) else "is none"
    faults.add(
        f"load_balancers: {_label(item)} {what}: pass a network or gateway load balancer, or "
        "its ARN, arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/net/..."
    )
    return None


def _label(item: object) -> str:
    return item.node.path if isinstance(item, Construct) else show(item)


def check_principals(faults: Faults, scope: Construct, value: object) -> dict[str, str]:
    """The principals by the names that their resources get."""
    label = "allowed_principals"
    named: dict[str, str] = {}
    if isinstance(value, Mapping):
        given = check_mapping(faults, label, value, '{"billing": "arn:aws:iam::..."}') or {}
        for name, principal in given.items():
            rule = "write lower-case letters, digits and single hyphens, a letter first."
            pattern = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
            check_string(faults, f"{label}: name", name, pattern, rule, tokens=False)
            if _check_principal(faults, scope, principal):
                named[name] = principal
    else:
        for principal in check_sequence(faults, label, value, '["111122223333"]') or ():
            if is_token(principal):
                faults.add(
                    f"{label}: {show(principal)} is a token and has no name for its address: "
                    'write {"name": arn}.'
                )
            elif _check_principal(faults, scope, principal):
                name = _name_of(principal)
                if name in named:
                    faults.add(
                        f"{label}: {show(principal)} and {named[name]} have the same name {name}: "
                        'name each principal once, or write {"name": arn}.'
                    )
                named[name] = principal
    values = [principal for principal in named.values() if not is_token(principal)]
    for twice in sorted({principal for principal in values if values.count(principal) > 1}):
        faults.add(f"{label} names {twice} twice: name each principal once.")
    return named


def _check_principal(faults: Faults, scope: Construct, principal: object) -> bool:
    rule = (
        'write an account\'s twelve digits as a string ("111122223333"), or the ARN of an '
        "account (...:root), a role or a user."
    )
    if is_token(principal) and isinstance(principal, str):
        return True
    if check_string(faults, "allowed_principals:", principal, _PRINCIPAL, rule) is None:
        return False
    if principal == "*" and not is_acknowledged(scope, OPEN_TO_EVERYBODY):
        faults.add(
            f"[{OPEN_TO_EVERYBODY}] allowed_principals: * lets every AWS account ask for a "
            "connection, and without acceptance_required the load balancer is public: name the "
            f'accounts, or acknowledge(scope, "{OPEN_TO_EVERYBODY}", reason="...").'
        )
    return True


def _name_of(principal: str) -> str:
    """`111122223333`, `111122223333-role-reader` or `everybody`: what a Terraform name can hold."""
    if principal == "*":
        return "everybody"
    parts = re.split(r"[^A-Za-z0-9]+", principal.partition("::")[2] or principal)
    return "-".join(part for part in parts if part and part != "root")


def check_supported(faults: Faults, ip_address_types: object, supported_regions: object) -> None:
    """Notes what is wrong with the types of addresses and the regions of a service."""
    for label, value, example in (
        ("supported_ip_address_types", ip_address_types, '["ipv4"]'),
        ("supported_regions", supported_regions, '["eu-central-1", "eu-west-1"]'),
    ):
        items = None if value is None else check_sequence(faults, label, value, example)
        if items is not None and not items:
            faults.add(f"{label} is empty: leave it out for the default.")
        for item in items or ():
            if label == "supported_ip_address_types":
                check_choice(faults, label, item, ("ipv4", "ipv6"))
            elif not is_token(item) and item not in list(regions()):
                close = nearest(item, regions()) if isinstance(item, str) else ""
                faults.add(f"{label}: {show(item)} is no region{close or ': write eu-west-1.'}")
            if (items or ()).count(item) > 1:
                faults.add(f"{label} names {show(item)} twice: name each once.")
