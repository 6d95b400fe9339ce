"""The DNS tier: the zone of a domain, and the certificate for the names in it."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.tier import Tier
from terratiers.core.validation import check_bool
from terratiers.dns.certificate import Certificate
from terratiers.dns.domain_name import check_domain_name, lies_in
from terratiers.dns.hosted_zone import HostedZone
from terratiers.dns.hosted_zone_base import HostedZoneBase, check_zone_name

from constructs import Construct

__all__ = ["DnsTier"]


class DnsTier(Tier):
    """A public zone and a certificate for a domain and the names below it.

    What it makes is in `zone` and `certificate`; other tiers use them. Its outputs tell the
    zone's name servers (`zone_name_servers`), which the registrar has to know before a
    certificate is issued, and the certificate's ARN (`certificate_arn`).

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `dns`.
        environment: Names, region, account and state location.
        domain_name: `example.com`: the certificate's first name.
        zone_name: The zone that holds it. Default: `domain_name`.
        create_zone: Whether the zone is made here. False looks up the account's public zone of
            that name. Default: yes.
        certificate: Whether there is a certificate. False for the first apply of a zone that the
            registrar does not know yet: with a certificate the apply would wait. Default: yes.
        certificate_names: The certificate's further names, in full. Default:
            `*.<domain_name>`.

    Raises:
        ConfigurationError: as `HostedZone` and `Certificate` do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "dns",
        *,
        environment: Environment,
        domain_name: str,
        zone_name: str | None = None,
        create_zone: bool = True,
        certificate: bool = True,
        certificate_names: Sequence[str] | None = None,
    ) -> None:
        faults = Faults(scope, id)
        domain = check_domain_name(faults, "domain_name", domain_name)
        zone = domain if zone_name is None else check_zone_name(faults, zone_name, True)
        if domain and zone and not lies_in(domain, zone):
            faults.add(f"domain_name {domain} does not lie in the zone {zone}.")
        check_bool(faults, "create_zone", create_zone)
        wanted = check_bool(faults, "certificate", certificate)
        if wanted is False and certificate_names is not None:
            faults.add("certificate_names are for certificate=True: leave them out.")
        faults.raise_any()
        super().__init__(scope, id, environment=environment)
        with all_or_nothing(scope, id):
            self.zone: HostedZoneBase = (
                HostedZone(self, "zone", zone_name=str(zone))
                if create_zone
                else HostedZone.from_lookup(self, "zone", zone_name=str(zone))
            )
            self.share(self.zone)
            self.certificate: Certificate | None = None
            if certificate:
                names = [f"*.{domain}"] if certificate_names is None else certificate_names
                self.certificate = Certificate(
                    self,
                    "certificate",
                    domain_name=str(domain),
                    subject_alternative_names=names,
                    zone=self.zone,
                )
                self.share(self.certificate)
