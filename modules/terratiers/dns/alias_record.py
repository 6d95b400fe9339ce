"""Alias records: names of AWS resources that have a name themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_bool, check_scope, check_string, show
from terratiers.dns.domain_name import check_domain_name, check_record_name
from terratiers.dns.hosted_zone_base import HostedZoneBase, check_zone
from terratiers.dns.record import check_routing, warn_of_failover
from terratiers.dns.routing import Routing

from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

__all__ = ["AliasRecord", "AliasTarget", "HasDnsName"]

# https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"


@runtime_checkable
class HasDnsName(Protocol):
    """What an alias can name: an `ApplicationLoadBalancer`, an `AliasTarget`, ..."""

    @property
    def dns_name(self) -> str: ...

    @property
    def zone_id(self) -> str:
        """The zone of `dns_name`, which is AWS's."""
        ...


@dataclass(frozen=True, kw_only=True)
class AliasTarget:
    """A target that is no construct of this library.

    Args:
        dns_name: Its name: `d111111abcdef8.cloudfront.net`.
        zone_id: The zone that name is in: `hosted_zone_id` of a distribution.
    """

    dns_name: str
    zone_id: str


class AliasRecord(Construct):
    """A name for an AWS resource: free, with the target's addresses, at the apex too.

    Makes an A record, and with `ipv6` an AAAA record.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_route53_record.<id>` and `<id>_ipv6`.
        zone: A `HostedZone` of this stack, made here, used, looked up or imported.
        name: Relative to the zone or in full, as in `Record`; `""` is its apex.
        target: An `ApplicationLoadBalancer`, or anything that has `dns_name` and `zone_id`.
        ipv6: Whether it has an AAAA record, for a target with IPv6 addresses. Default: no.
        evaluate_target_health: Whether an unhealthy target is left out of the answers where
            there is another. Default: yes; a CloudFront distribution takes no only. Without it, a
            primary record needs a health check (`failover-without-health-check`).
        routing: Which of several records of the name is answered with. Default: this one is the
            only one.

    Raises:
        ConfigurationError: for a value outside of these limits, and a record that another one of
            the zone contradicts.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: HostedZoneBase,
        name: str,
        target: HasDnsName,
        ipv6: bool = False,
        evaluate_target_health: bool = True,
        routing: Routing | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        known_zone = check_zone(faults, scope, "zone", zone)
        both = check_bool(faults, "ipv6", ipv6)
        health = check_bool(faults, "evaluate_target_health", evaluate_target_health)
        _check_target(faults, target, bool(health))
        check_routing(faults, routing, "A", alias=True)
        types = ("A", "AAAA") if both else ("A",)
        full = check_record_name(faults, name, known_zone.zone_name) if known_zone else None
        if known_zone and full and (routing is None or isinstance(routing, Routing)):
            for type in types:
                known_zone.records.check(faults, full, type, routing)
        faults.raise_any()
        super().__init__(scope, id)
        self.zone = zone
        alias = Route53RecordAlias(
            name=target.dns_name,
            zone_id=target.zone_id,
            evaluate_target_health=evaluate_target_health,
        )
        options = routing.options() if routing else {}
        self.resources: dict[str, Route53Record] = {}
        with all_or_nothing(scope, id):
            for type in types:
                parts = [] if type == "A" else ["ipv6"]
                self.resources[type] = Route53Record(
                    self,
                    *(parts or ["resource"]),
                    zone_id=zone.zone_id,
                    name=str(full),
                    type=type,
                    alias=alias,
                    **options,
                )
                pin_address(self.resources[type], self, *parts)
        for type in types:
            zone.records.add(str(full), type, routing, self)
        warn_of_failover(self, routing, target_health=evaluate_target_health)

    @property
    def fqdn(self) -> str:
        """The full name."""
        return self.resources["A"].fqdn


def _check_target(faults: Faults, target: object, evaluates_health: bool) -> None:
    if not isinstance(target, HasDnsName):
        faults.add(
            f"target is {show(target)} ({type(target).__name__}): pass a load balancer, or "
            'AliasTarget(dns_name="...", zone_id="Z..."). Another name takes a CNAME record.'
        )
        return
    if not is_token(target.dns_name):
        check_domain_name(faults, "target: dns_name", target.dns_name, underscores=True)
    rule = "write the id of the zone that dns_name is in, like Z2FDTNDATAQYW2."
    check_string(faults, "target: zone_id", target.zone_id, r"Z[A-Z0-9]{1,31}", rule)
    if target.zone_id == _CLOUDFRONT_ZONE and evaluates_health:
        faults.add(
            "target is a CloudFront distribution, whose health Route 53 does not evaluate: write "
            "evaluate_target_health=False."
        )
