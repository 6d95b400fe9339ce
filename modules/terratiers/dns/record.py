"""Records with values: addresses, names, texts."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.core.acknowledgements import warn
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.validation import check_choice, check_instance, check_int, check_scope
from terratiers.dns.domain_name import check_record_name
from terratiers.dns.hosted_zone_base import HostedZoneBase, check_zone
from terratiers.dns.record_values import RECORD_TYPES, check_values
from terratiers.dns.routing import Routing

from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

__all__ = ["Record", "check_routing", "warn_of_failover"]

_MAX_TTL = 2_147_483_647
_NOT_AT_APEX = {
    "CNAME": "write AliasRecord(...) for a load balancer, or an A record with addresses.",
    "NS": "the zone has its own there; in the zone above, write them below this name.",
    "DS": "it belongs into the zone above.",
}


class Record(Construct):
    """A record of a hosted zone.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_route53_record.<id>`.
        zone: A `HostedZone` of this stack, made here, used, looked up or imported.
        name: Relative to the zone (`www`, `*.dev`, `_dmarc`) or in full (`www.example.com`);
            `""` or the zone's name is its apex.
        type: `A`, `AAAA`, `CAA`, `CNAME`, `DS`, `HTTPS`, `MX`, `NS`, `PTR`, `SRV`, `SSHFP`,
            `TLSA` or `TXT`.
        values: 1 to 400 values in the type's syntax. Texts are plain: they are quoted, escaped
            and split at 255 bytes here, tokens aside.
        ttl: Seconds that resolvers keep the answer, 0 to 2147483647. Default: 300.
        routing: Which of several records of the name and type is answered with. Default: this
            one is the only one.

    Raises:
        ConfigurationError: for a value outside of these limits, and a record that another one of
            the zone contradicts.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: HostedZoneBase,
        name: str,
        type: str,
        values: Sequence[str],
        ttl: int = 300,
        routing: Routing | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        known_zone = check_zone(faults, scope, "zone", zone)
        remedy = "Texts of SPF are TXT records, and Route 53 keeps SOA by itself."
        known_type = check_choice(faults, "type", type, RECORD_TYPES, remedy)
        records = check_values(faults, known_type, values) if known_type else []
        check_int(faults, "ttl", ttl, 0, _MAX_TTL, "seconds (Route 53)")
        check_routing(faults, routing, known_type or "A")
        full = check_record_name(faults, name, known_zone.zone_name) if known_zone else None
        if known_zone and known_type and full:
            if full == known_zone.zone_name and type in _NOT_AT_APEX:
                faults.add(f"a {type} record cannot stand at the apex: {_NOT_AT_APEX[type]}")
            if routing is None or isinstance(routing, Routing):
                known_zone.records.check(faults, full, type, routing)
        faults.raise_any()
        super().__init__(scope, id)
        self.zone = zone
        self.resource = Route53Record(
            self,
            "resource",
            zone_id=zone.zone_id,
            name=str(full),
            type=type,
            ttl=ttl,
            records=records,
            **(routing.options() if routing else {}),
        )
        pin_address(self.resource, self)
        zone.records.add(str(full), type, routing, self)
        warn_of_failover(self, routing)

    @property
    def fqdn(self) -> str:
        """The full name."""
        return self.resource.fqdn


def check_routing(faults: Faults, routing: object, type: str, *, alias: bool = False) -> None:
    """Notes a routing policy that Route 53 would refuse."""
    if routing is None:
        return
    example = 'Routing.weighted("blue", weight=90)'
    known = check_instance(faults, "routing", routing, Routing, example)
    if known:
        known.check(faults, type, alias=alias)


def warn_of_failover(
    record: Construct, routing: Routing | None, *, target_health: bool = False
) -> None:
    """Warns of a primary record that neither a check nor its target's health takes out."""
    if routing is None or routing.role != "PRIMARY":
        return
    if routing.health_check_id is None and not target_health:
        warn(
            record,
            "failover-without-health-check",
            "A primary record without a health check never fails over.",
        )
