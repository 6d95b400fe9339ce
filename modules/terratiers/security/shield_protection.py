"""Shield Advanced: AWS's paid protection against denial of service, for one resource."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from weakref import WeakKeyDictionary

from terratiers.core.account import account_id, partition, region
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.tokens import is_token, same_value
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_scope,
    check_string,
    check_tags,
    show,
)
from terratiers.security.shield_subscription import check_acknowledged
from terratiers.security.web_acl_association import (
    HasLoadBalancerArn,
    association_of,
    balancer_kind,
)

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.shield_protection import ShieldProtection as ProviderProtection
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.shield_application_layer_automatic_response import (
        ShieldApplicationLayerAutomaticResponse,
    )
    from cdktf_cdktf_provider_aws.shield_protection_health_check_association import (
        ShieldProtectionHealthCheckAssociation,
    )

__all__ = ["ShieldProtection", "Shielded"]

# https://docs.aws.amazon.com/waf/latest/developerguide/ddos-protections-by-resource-type.html
_ARN = "arn:aws[a-z-]*:"
_BALANCER = (
    rf"{_ARN}elasticloadbalancing:[a-z0-9-]+:\d{{12}}:loadbalancer/(app/[A-Za-z0-9-]+/[0-9a-f]+"
    r"|(?!net/|gwy/)[A-Za-z0-9-]{1,32})"
)
_DISTRIBUTION = rf"{_ARN}cloudfront::\d{{12}}:distribution/[A-Z0-9]+"
_TAKEN = (
    _BALANCER,
    _DISTRIBUTION,
    rf"{_ARN}ec2:[a-z0-9-]+:\d{{12}}:eip-allocation/eipalloc-[0-9a-f]+",
    rf"{_ARN}route53:::hostedzone/[A-Z0-9]+",
    rf"{_ARN}globalaccelerator::\d{{12}}:accelerator/[0-9a-f-]+",
)
_BEHIND_ADDRESSES = (
    "Shield Advanced protects the Elastic IPs of a network load balancer, and no gateway load "
    "balancer: pass an ElasticIp"
)


class HasAllocationId(Protocol):
    """An `ElasticIp`."""

    @property
    def allocation_id(self) -> str: ...


class HasZoneId(Protocol):
    """A public `HostedZone`."""

    @property
    def zone_id(self) -> str: ...

    @property
    def zone_name(self) -> str: ...


Shielded: TypeAlias = HasLoadBalancerArn | HasAllocationId | HasZoneId | str
_protected: WeakKeyDictionary[TerraformStack, list[tuple[str, str]]] = WeakKeyDictionary()


class ShieldProtection(Construct):
    """Protects one resource with Shield Advanced, to which the account has to be subscribed.

    Args:
        scope: The tier, stack or construct, for which `shield-advanced-subscription` was
            acknowledged.
        id: Part of the Terraform name: `aws_shield_protection.<id>`.
        resource: An `ApplicationLoadBalancer`, a `ClassicLoadBalancer`, an `ElasticIp`, a public
            `HostedZone`, or the ARN of one of them, a CloudFront distribution or a Global
            Accelerator. A network load balancer is protected by its Elastic IPs.
        automatic_response: What Shield does with the requests of an attack: `count` or `block`. For
            an application load balancer or distribution with a web ACL only, and Shield adds a rule
            of 150 WCU to it. Default: nothing.
        web_acl_elsewhere: The web ACL that `automatic_response` needs is associated outside of this
            stack. Default: no.
        tags: Further tags.

    Raises:
        ConfigurationError: without the acknowledgement (it tells the price), for a resource that
            Shield Advanced does not take or that is protected already, and for an automatic
            response without a web ACL.

    https://docs.aws.amazon.com/waf/latest/developerguide/ddos-advanced-summary.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        resource: Shielded,
        automatic_response: str | None = None,
        web_acl_elsewhere: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        arn = _check_resource(faults, scope, resource)
        if arn is not None:
            _check_unprotected(faults, scope, arn)
        elsewhere = check_bool(faults, "web_acl_elsewhere", web_acl_elsewhere)
        needed: list[Any] = []
        if automatic_response is not None:
            check_choice(faults, "automatic_response", automatic_response, ("count", "block"))
            needed = _check_web_acl(faults, scope, resource, arn, bool(elsewhere))
        elif elsewhere:
            faults.add("web_acl_elsewhere belongs to automatic_response: leave it out.")
        own_tags = check_tags(faults, "tags", tags)
        name = construct_name(scope, id)
        rule = "its name follows from stack and path: Shield takes 128 letters, digits, _ . and -."
        check_string(faults, "name", name, r"[A-Za-z0-9_.-]{1,128}", rule, tokens=False)
        check_acknowledged(faults, scope)
        faults.raise_any()
        assert arn is not None
        super().__init__(scope, id)
        self.resource_arn = arn
        self.automatic_response: ShieldApplicationLayerAutomaticResponse | None = None
        with all_or_nothing(scope, id):
            self.resource = ProviderProtection(
                self, "resource", name=name, resource_arn=arn, tags={**own_tags, "Name": name}
            )
            pin_address(self.resource, self)
            if automatic_response is not None:
                self.automatic_response = self._respond(automatic_response, needed)
        _protected.setdefault(TerraformStack.of(self), []).append((arn, self.node.path))

    @property
    def protection_arn(self) -> str:
        return self.resource.arn

    def add_health_check(
        self, id: str, health_check_arn: str
    ) -> ShieldProtectionHealthCheckAssociation:
        """Tells Shield of a Route 53 health check: a sick resource is defended sooner.

        Args:
            id: Part of the Terraform name:
                `aws_shield_protection_health_check_association.<protection>_<id>`.
            health_check_arn: `arn:aws:route53:::healthcheck/<id>`.

        Raises:
            ConfigurationError: for no such ARN.

        https://docs.aws.amazon.com/waf/latest/developerguide/ddos-advanced-health-checks.html
        """
        from cdktf_cdktf_provider_aws.shield_protection_health_check_association import (
            ShieldProtectionHealthCheckAssociation,
        )

        faults = check_scope(self, id)
        rule = "write the ARN of a Route 53 health check, arn:aws:route53:::healthcheck/<id>."
        pattern = rf"{_ARN}route53:::healthcheck/[0-9a-f-]{{36}}"
        check_string(faults, "health_check_arn", health_check_arn, pattern, rule)
        faults.raise_any()
        association = ShieldProtectionHealthCheckAssociation(
            self, id, health_check_arn=health_check_arn, shield_protection_id=self.resource.id
        )
        pin_address(association, self, id)
        return association

    def _respond(
        self, action: str, needed: Sequence[Any]
    ) -> ShieldApplicationLayerAutomaticResponse:
        from cdktf_cdktf_provider_aws.shield_application_layer_automatic_response import (
            ShieldApplicationLayerAutomaticResponse,
        )

        response = ShieldApplicationLayerAutomaticResponse(
            self,
            "automatic-response",
            resource_arn=self.resource_arn,
            action=action.upper(),
            depends_on=[self.resource, *needed],
        )
        pin_address(response, self)
        return response


def _check_resource(faults: Faults, scope: Construct, resource: object) -> str | None:
    """The ARN of what Shield Advanced can protect."""
    if isinstance(resource, str):
        return _check_arn(faults, resource)
    if isinstance(resource, Construct):
        check_same_stack(faults, "resource", resource, scope)
    if balancer_kind(resource) in ("network", "gateway"):
        faults.add(f"resource {_name(resource)}: {_BEHIND_ADDRESSES}.")
        return None
    # a load balancer has a zone_id too, that of its alias records
    arn = getattr(resource, "load_balancer_arn", None)
    if isinstance(arn, str):
        return _check_arn(faults, arn)
    allocation = getattr(resource, "allocation_id", None)
    if isinstance(allocation, str):
        place = f"{region(scope)}:{account_id(scope)}"
        return f"arn:{partition(scope)}:ec2:{place}:eip-allocation/{allocation}"
    zone = getattr(resource, "zone_id", None)
    if isinstance(zone, str) and hasattr(resource, "zone_name"):
        if getattr(getattr(resource, "attributes", None), "public", True) is False:
            faults.add(f"resource {_name(resource)} is a private zone: the internet cannot ask it.")
            return None
        return f"arn:{partition(scope)}:route53:::hostedzone/{zone}"
    faults.add(
        f"resource is {show(resource)} ({type(resource).__name__}): pass an "
        "ApplicationLoadBalancer, an ElasticIp, a HostedZone or an ARN."
    )
    return None


def _check_arn(faults: Faults, arn: str) -> str | None:
    if is_token(arn) or any(re.fullmatch(pattern, arn, re.ASCII) for pattern in _TAKEN):
        return arn
    if ":loadbalancer/net/" in arn or ":loadbalancer/gwy/" in arn:
        faults.add(f"resource {show(arn)}: {_BEHIND_ADDRESSES}.")
    else:
        faults.add(
            f"resource {show(arn)} is no ARN of what Shield Advanced takes: an application or "
            "classic load balancer, an Elastic IP (arn:aws:ec2:<region>:<account>:eip-allocation/"
            "<id>), a hosted zone, a CloudFront distribution or a Global Accelerator."
        )
    return None


def _check_unprotected(faults: Faults, scope: Construct, arn: str) -> None:
    stack = TerraformStack.of(scope)
    for known, path in _protected.get(stack, ()):
        if same_value(stack, known, arn):
            faults.add(f"resource is protected by {path} already: AWS takes one protection each.")


def _check_web_acl(
    faults: Faults, scope: Construct, resource: object, arn: str | None, elsewhere: bool
) -> list[Any]:
    """The association with the web ACL that an automatic response needs.

    https://docs.aws.amazon.com/waf/latest/developerguide/ddos-advanced-automatic-app-layer-response.html
    """
    if arn is None:
        return []
    web = balancer_kind(resource) == "application" or ":loadbalancer/app/" in arn
    if not web and not re.fullmatch(_DISTRIBUTION, arn, re.ASCII):
        faults.add(
            f"automatic_response of {_name(resource)}: it is for application load balancers and "
            "CloudFront distributions."
        )
        return []
    association = association_of(scope, arn)
    if association is None and not elsewhere:
        faults.add(
            f"automatic_response needs a web ACL on {_name(resource)}: associate one first, "
            'web_acl.associate("...", resource), or say web_acl_elsewhere=True.'
        )
    return [association] if association is not None else []


def _name(resource: object) -> str:
    return resource.node.path if isinstance(resource, Construct) else show(resource)
