"""Hosted zones, records and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.dns.alias_record import AliasRecord as AliasRecord
    from terratiers.dns.alias_record import AliasTarget as AliasTarget
    from terratiers.dns.alias_record import HasDnsName as HasDnsName
    from terratiers.dns.certificate import Certificate as Certificate
    from terratiers.dns.certificate import KeyAlgorithm as KeyAlgorithm
    from terratiers.dns.certificate import ValidationMethod as ValidationMethod
    from terratiers.dns.certificate_base import CertificateAttributes as CertificateAttributes
    from terratiers.dns.hosted_zone import HostedZone as HostedZone
    from terratiers.dns.hosted_zone_base import HostedZoneAttributes as HostedZoneAttributes
    from terratiers.dns.record import Record as Record
    from terratiers.dns.routing import Routing as Routing

__all__ = [
    "AliasRecord",
    "AliasTarget",
    "Certificate",
    "CertificateAttributes",
    "HasDnsName",
    "HostedZone",
    "HostedZoneAttributes",
    "KeyAlgorithm",
    "Record",
    "Routing",
    "ValidationMethod",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "AliasRecord": ".alias_record",
        "AliasTarget": ".alias_record",
        "Certificate": ".certificate",
        "CertificateAttributes": ".certificate_base",
        "HasDnsName": ".alias_record",
        "HostedZone": ".hosted_zone",
        "HostedZoneAttributes": ".hosted_zone_base",
        "KeyAlgorithm": ".certificate",
        "Record": ".record",
        "Routing": ".routing",
        "ValidationMethod": ".certificate",
    },
)
