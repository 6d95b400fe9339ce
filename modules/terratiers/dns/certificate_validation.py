"""The records by which ACM sees that names are ours."""

from __future__ import annotations

from terratiers.core.errors import Faults
from terratiers.core.names import child_of, pin_address
from terratiers.core.tokens import terraform_expression
from terratiers.core.validation import check_mapping
from terratiers.dns.domain_name import lies_in
from terratiers.dns.hosted_zone_base import HostedZoneBase, check_zone

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

__all__ = ["bare_name", "check_zones", "validation_record", "zone_for"]

_TTL = 300


def bare_name(name: str) -> str:
    """A name without `*.`: ACM asks for one record for `example.com` and `*.example.com`."""
    return name.removeprefix("*.")


def check_zones(
    faults: Faults, scope: Construct, zone: object, zones: object
) -> dict[str, HostedZoneBase]:
    """The zones that validation records go to, by the domain that each is for."""
    if (zone is None) == (zones is None):
        faults.add("the certificate's records need a zone: give zone or zones, and one of them.")
        return {}
    if zone is not None:
        known = check_zone(faults, scope, "zone", zone)
        found = {known.zone_name: known} if known else {}
    else:
        given = check_mapping(faults, "zones", zones, '{"example.com": zone}') or {}
        if not given and zones == {}:
            faults.add('zones is empty: write {"example.com": zone}.')
        checked = {
            domain: check_zone(faults, scope, f'zones["{domain}"]', item)
            for domain, item in given.items()
        }
        found = {domain: item for domain, item in checked.items() if item}
    for domain, item in found.items():
        if not lies_in(domain, item.zone_name):
            faults.add(f"zones: {domain} does not lie in the zone {item.zone_name}.")
        if not item.attributes.public:
            faults.add(f"{item.node.path} is private: ACM looks for records in public zones.")
    return found


def zone_for(name: str, zones: dict[str, HostedZoneBase]) -> HostedZoneBase | None:
    """The zone of the longest domain that a name lies in."""
    domains = [domain for domain in zones if lies_in(bare_name(name), domain)]
    return zones[max(domains, key=len)] if domains else None


def validation_record(
    zone: HostedZoneBase, asked: str, certificate: AcmCertificate
) -> Route53Record:
    """The record for a name in its zone: `aws_route53_record.<zone>_validation_<name>`.

    There is one for each name in a zone, for all certificates of the stack: ACM asks the same of
    each certificate of an account. So a further name of a certificate, which replaces it, leaves
    the records alone (`ignore_changes`), and one that exists already is adopted
    (`allow_overwrite`).

    https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html

    Args:
        zone: Where the record goes.
        asked: The name as the certificate has it.
        certificate: The certificate that the record's name and value are read from.
    """
    # Dots and hyphens stay apart in Terraform's names, where neither is: `a-b.com`, `a.b.com`.
    part = bare_name(asked).replace("-", "__").replace(".", "_")
    id = f"validation-{part}"
    existing = child_of(zone, id)
    if isinstance(existing, Route53Record):
        return existing

    def option(attribute: str) -> str:
        options = f"{certificate.fqn}.domain_validation_options"
        condition = f'option.domain_name == "{asked}"'
        return terraform_expression(
            f"one([for option in {options} : option.{attribute} if {condition}])"
        )

    record = Route53Record(
        zone,
        id,
        zone_id=zone.zone_id,
        name=option("resource_record_name"),
        type="CNAME",
        ttl=_TTL,
        records=[option("resource_record_value")],
        allow_overwrite=True,
        lifecycle=TerraformResourceLifecycle(ignore_changes=["name", "records"]),
    )
    pin_address(record, zone, "validation", part)
    return record
