"""What every certificate offers, and those that are not made here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from terratiers.core.contract import fact, output
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import check_arn, check_instance, check_scope, check_sequence
from terratiers.dns.domain_name import check_domain_name

from constructs import Construct

__all__ = ["CertificateAttributes", "CertificateBase", "ImportedCertificate"]


@dataclass(frozen=True, kw_only=True)
class CertificateAttributes:
    """The contract of a `Certificate`.

    Args:
        domain_names: The names that it is for. Default: not known.
        certificate_arn: `arn:aws:acm:...:certificate/...`.
    """

    domain_names: tuple[str, ...] = fact(default=())
    certificate_arn: str = output("ARN of the certificate, once it is issued")


class CertificateBase(SharedConstruct[CertificateAttributes]):
    """What a certificate made here and an imported one have in common."""

    Attributes = CertificateAttributes

    @property
    def certificate_arn(self) -> str:
        """For listeners. That of a certificate made here waits until it is issued."""
        return self.attributes.certificate_arn

    @property
    def domain_names(self) -> tuple[str, ...]:
        return self.attributes.domain_names


class ImportedCertificate(CertificateBase):
    """A certificate that is not made here. Use `Certificate.from_arn` or `from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: CertificateAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'CertificateAttributes(certificate_arn="arn:aws:acm:...")'
        given = check_instance(faults, "attributes", attributes, CertificateAttributes, example)
        names: list[str | None] = []
        if given:
            pattern = r"certificate/[0-9a-f-]{36}"
            check_arn(faults, "certificate_arn", given.certificate_arn, "acm", pattern)
            items = check_sequence(faults, "domain_names", given.domain_names, '["example.com"]')
            names = [
                check_domain_name(faults, "domain_names", item, wildcard=True)
                for item in items or ()
            ]
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = replace(attributes, domain_names=tuple(filter(None, names)))
