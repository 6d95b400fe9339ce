"""Hosted zones, records and certificates."""

from terratiers.dns.alias_record import AliasRecord, AliasTarget, HasDnsName
from terratiers.dns.certificate import Certificate, KeyAlgorithm, ValidationMethod
from terratiers.dns.certificate_base import CertificateAttributes
from terratiers.dns.hosted_zone import HostedZone
from terratiers.dns.hosted_zone_base import HostedZoneAttributes
from terratiers.dns.record import Record
from terratiers.dns.routing import Routing

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
