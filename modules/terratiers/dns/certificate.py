"""Certificates of ACM: free, renewed by AWS, validated by records in our zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terratiers.core.acknowledgements import warn
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import (
    check_choice,
    check_instance,
    check_int,
    check_mapping,
    check_scope,
    check_sequence,
    check_tags,
)
from terratiers.dns.certificate_base import (
    CertificateAttributes,
    CertificateBase,
    ImportedCertificate,
)
from terratiers.dns.certificate_validation import (
    bare_name,
    check_zones,
    validation_record,
    zone_for,
)
from terratiers.dns.domain_name import check_domain_name, lies_in
from terratiers.dns.hosted_zone_base import HostedZoneBase

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.acm_certificate import (
    AcmCertificate,
    AcmCertificateOptions,
    AcmCertificateValidationOption,
)
from cdktf_cdktf_provider_aws.acm_certificate_validation import (
    AcmCertificateValidation,
    AcmCertificateValidationTimeouts,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

__all__ = ["Certificate", "KeyAlgorithm", "ValidationMethod"]

# https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
_MAX_COMMON_NAME = 64
# https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
_QUOTA, _MAX_NAMES = 10, 100
_MAX_MINUTES = 72 * 60


class ValidationMethod:
    """How ACM finds out whether a name is ours."""

    DNS = "DNS"
    EMAIL = "EMAIL"
    ALL = (DNS, EMAIL)


class KeyAlgorithm:
    """The certificate's key: RSA for every client, elliptic curves for less work per connection."""

    RSA_2048 = "RSA_2048"
    EC_PRIME256V1 = "EC_prime256v1"
    EC_SECP384R1 = "EC_secp384r1"
    ALL = (RSA_2048, EC_PRIME256V1, EC_SECP384R1)


class Certificate(CertificateBase):
    """A certificate of ACM, with the records that validate it, waited for until it is issued.

    Makes `aws_acm_certificate.<id>`, `aws_acm_certificate_validation.<id>` and, in the zones,
    `aws_route53_record.<zone>_validation_<name>`: one for a name and its wildcard, and for all
    certificates of the stack. A change of names makes a new certificate before the old one goes.
    Certificate transparency logging is on: browsers refuse certificates without it.

    The apply waits until the certificate is issued, which needs name servers of the zones that
    the registrar knows.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names.
        domain_name: The first name, up to 64 characters: `example.com`, `*.example.com`.
        zone: The public `HostedZone` of this stack that holds all names.
        zones: Several, by domain: `{"example.com": zone, "example.org": other}`. A name's records
            go to that of the longest domain it lies in.
        subject_alternative_names: Further names. 10 names in all by AWS's default quota, 100 at
            most. Default: none.
        validation: `DNS` or `EMAIL`. With EMAIL there are no records and zones, the apply does
            not wait, and each renewal takes a mail again. Default: DNS.
        email_domains: With EMAIL: the domain above a name whose addresses (admin@, ...) get the
            mail. Default: each name itself.
        key_algorithm: `RSA_2048`, `EC_prime256v1` or `EC_secp384r1`. Default: RSA_2048.
        issue_timeout: Minutes that the apply waits, 1 to 4320. Default: 75.
        provider: An `AwsProvider` of another region, with its alias: CloudFront takes
            certificates of us-east-1. Default: the stack's.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits, and a name that no zone holds.

    https://docs.aws.amazon.com/acm/latest/userguide/acm-public-certificates.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_name: str,
        zone: HostedZoneBase | None = None,
        zones: Mapping[str, HostedZoneBase] | None = None,
        subject_alternative_names: Sequence[str] = (),
        validation: str = ValidationMethod.DNS,
        email_domains: Mapping[str, str] | None = None,
        key_algorithm: str = KeyAlgorithm.RSA_2048,
        issue_timeout: int = 75,
        provider: AwsProvider | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        names = _check_names(faults, domain_name, subject_alternative_names)
        check_choice(faults, "validation", validation, ValidationMethod.ALL)
        by_email = validation == ValidationMethod.EMAIL
        known: dict[str, HostedZoneBase] = {}
        if by_email:
            if zone is not None or zones is not None:
                faults.add("validation by EMAIL has no records: leave zone and zones out.")
        else:
            known = check_zones(faults, scope, zone, zones)
            _check_zone_of_each(faults, names, known)
        mails = _check_email_domains(faults, email_domains, names, by_email)
        check_choice(faults, "key_algorithm", key_algorithm, KeyAlgorithm.ALL)
        check_int(faults, "issue_timeout", issue_timeout, 1, _MAX_MINUTES, "minutes (ACM)")
        _check_provider(faults, scope, provider)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.validation_records: dict[str, Route53Record] = {}
        self.validation: AcmCertificateValidation | None = None
        with all_or_nothing(scope, id):
            self.resource = AcmCertificate(
                self,
                "resource",
                domain_name=names[0],
                # an empty list too: without one the provider keeps the names of before
                subject_alternative_names=names[1:],
                validation_method=validation,
                validation_option=[
                    AcmCertificateValidationOption(domain_name=name, validation_domain=domain)
                    for name, domain in mails.items()
                ]
                or None,
                key_algorithm=key_algorithm,
                options=AcmCertificateOptions(
                    certificate_transparency_logging_preference="ENABLED"
                ),
                provider=provider,
                tags={**own_tags, "Name": construct_name(self)},
                lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            )
            pin_address(self.resource, self)
            if not by_email:
                self.validation = self._validate(names, known, issue_timeout, provider)
            if len(names) > _QUOTA:
                warn(
                    self,
                    "certificate-names-over-quota",
                    f"{len(names)} names: AWS allows {_QUOTA} until the quota is raised.",
                )
            if by_email:
                warn(
                    self,
                    "certificate-validated-by-email",
                    "Somebody has to answer a mail before it is issued, and at each renewal; the "
                    "apply does not wait for that, and listeners refuse it until then.",
                )
        self._attributes = CertificateAttributes(
            domain_names=tuple(names),
            certificate_arn=self.validation.certificate_arn
            if self.validation
            else self.resource.arn,
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: CertificateAttributes
    ) -> ImportedCertificate:
        """A certificate that exists already.

        Raises:
            ConfigurationError: for names or ARNs of another form.
        """
        return ImportedCertificate(scope, id, attributes)

    @classmethod
    def from_arn(cls, scope: Construct, id: str, certificate_arn: str) -> ImportedCertificate:
        """A certificate that exists already, known by its ARN alone.

        Args:
            certificate_arn: `arn:aws:acm:...:certificate/...`.

        Raises:
            ConfigurationError: for what is no ARN of a certificate in ACM.
        """
        attributes = CertificateAttributes(certificate_arn=certificate_arn)
        return ImportedCertificate(scope, id, attributes)

    def _validate(
        self,
        names: Sequence[str],
        zones: dict[str, HostedZoneBase],
        minutes: int,
        provider: AwsProvider | None,
    ) -> AcmCertificateValidation:
        """Adds the records that are not there yet, and waits for the certificate."""
        for name in names:
            bare = bare_name(name)
            zone = zone_for(name, zones)
            if bare not in self.validation_records and zone:
                asked = bare if bare in names else name
                self.validation_records[bare] = validation_record(zone, asked, self.resource)
        validation = AcmCertificateValidation(
            self,
            "validation",
            certificate_arn=self.resource.arn,
            validation_record_fqdns=[record.fqdn for record in self.validation_records.values()],
            timeouts=AcmCertificateValidationTimeouts(create=f"{minutes}m"),
            provider=provider,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(validation, self)
        return validation


def _check_names(faults: Faults, first: object, others: object) -> list[str]:
    example = '["www.example.com", "*.example.com"]'
    items = check_sequence(faults, "subject_alternative_names", others, example) or ()
    checked = [check_domain_name(faults, "domain_name", first, wildcard=True)]
    checked += [
        check_domain_name(faults, "subject_alternative_names", item, wildcard=True)
        for item in items
    ]
    names = [name for name in checked if name]
    if checked[0] and len(checked[0]) > _MAX_COMMON_NAME:
        faults.add(
            f"domain_name {checked[0]} has {len(checked[0])} characters: the first name may have "
            f"{_MAX_COMMON_NAME} (ACM); begin with a shorter one."
        )
    for twice in sorted({name for name in names if names.count(name) > 1}):
        faults.add(f"{twice} is there twice: name it once.")
    if len(names) > _MAX_NAMES:
        faults.add(f"{len(names)} names: ACM allows {_MAX_NAMES} in a certificate.")
    return names


def _check_zone_of_each(
    faults: Faults, names: Sequence[str], zones: dict[str, HostedZoneBase]
) -> None:
    for name in names if zones else ():
        if zone_for(name, zones) is None:
            faults.add(
                f"{name} lies in no zone that was given ({', '.join(sorted(zones))}): give its "
                'zone, zones={"<domain>": zone}, or leave the name out.'
            )


def _check_email_domains(
    faults: Faults, value: object, names: Sequence[str], by_email: bool
) -> Mapping[str, str]:
    if value is None:
        return {}
    if not by_email:
        faults.add("email_domains is for validation by EMAIL: leave it out.")
    example = '{"www.example.com": "example.com"}'
    given = check_mapping(faults, "email_domains", value, example) or {}
    for name, domain in given.items():
        known = check_domain_name(faults, "email_domains", domain)
        if name not in names:
            faults.add(f"email_domains: {name} is no name of this certificate.")
        elif known and not lies_in(bare_name(name), known):
            faults.add(f"email_domains: {name} does not lie in {domain}: write a domain above it.")
    return given


def _check_provider(faults: Faults, scope: Construct, value: object) -> None:
    if value is None:
        return
    example = 'AwsProvider(stack, "virginia", region="us-east-1", alias="virginia")'
    provider = check_instance(faults, "provider", value, AwsProvider, example)
    if provider and TerraformStack.of(provider) is not TerraformStack.of(scope):
        faults.add(f"provider: {provider.node.path} belongs to another stack: make one in this.")
