"""Closes the gaps of moto 5.2.5 around zones, records and certificates; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_dns_patches"]

_MAILBOXES = ("admin", "administrator", "hostmaster", "postmaster", "webmaster")


def apply_dns_patches() -> None:
    """Applies every patch to the moto of this process."""
    _make_zones_with_a_vpc_private()
    _find_log_groups_by_their_arn()
    _delete_one_of_several_records()
    _refuse_records_that_exist()
    _keep_how_certificates_were_asked_for()
    _keep_certificates_that_listeners_use()


def _make_zones_with_a_vpc_private() -> None:
    """A zone that is made with a VPC is private.

    moto looks at `PrivateZone` alone, which AWS takes as given by the VPC; the zone comes back
    public and without its VPC. Seen with `aws_route53_zone` and its `vpc` block.
    """
    from moto.route53.responses import Route53

    stock = Route53.create_hosted_zone

    def create_hosted_zone(self: Any) -> Any:
        if self._get_param("VPC.VPCId"):
            read = self._get_bool_param
            self._get_bool_param = lambda name, default=None: (
                name == "HostedZoneConfig.PrivateZone" or read(name, default)
            )
        return stock(self)

    Route53.create_hosted_zone = create_hosted_zone


def _find_log_groups_by_their_arn() -> None:
    """Query logs go to a log group by its ARN, with or without `:*` at the end.

    moto finds only those with it. Seen with `aws_route53_query_log`, as the ARN of an
    `aws_cloudwatch_log_group` has none.
    """
    from moto.route53.models import Route53Backend

    stock = Route53Backend.create_query_logging_config

    def create_query_logging_config(self: Any, hosted_zone_id: str, log_group_arn: str) -> Any:
        suffixed = log_group_arn if log_group_arn.endswith(":*") else f"{log_group_arn}:*"
        config = stock(self, hosted_zone_id, suffixed)
        config.cloud_watch_logs_log_group_arn = log_group_arn
        return config

    Route53Backend.create_query_logging_config = create_query_logging_config


def _delete_one_of_several_records() -> None:
    """A set identifier tells apart the records of one name and type, and no others.

    moto deletes every record of the zone that has the identifier. Seen with two
    `aws_route53_record` whose identifier is `blue`.
    """
    from moto.route53.models import FakeZone, Route53Backend

    stock = Route53Backend.change_resource_record_sets

    def delete_rrset_by_id(self: Any, set_identifier: str) -> None:
        deleted = self.deleted_keys
        self.rrsets = [record for record in self.rrsets if _key(record) not in deleted]

    def change_resource_record_sets(
        self: Any, zoneid: str, change_list: list[dict[str, Any]]
    ) -> None:
        self.get_hosted_zone(zoneid).deleted_keys = {
            (
                f"{record['Name'].strip('.')}.",
                record["Type"],
                record.get("SetIdentifier"),
            )
            for change in change_list
            if change["Action"] == "DELETE"
            for record in [change["ResourceRecordSet"]]
        }
        stock(self, zoneid, change_list)

    FakeZone.delete_rrset_by_id = delete_rrset_by_id
    Route53Backend.change_resource_record_sets = change_resource_record_sets


def _refuse_records_that_exist() -> None:
    """A record that exists is not created again, whatever its values.

    moto refuses only one with the very same values. Without this, nobody would see that a second
    `aws_route53_record` of a name needs `allow_overwrite`.
    """
    from moto.route53.exceptions import ResourceRecordAlreadyExists
    from moto.route53.models import Route53Backend

    stock = Route53Backend.change_resource_record_sets

    def change_resource_record_sets(
        self: Any, zoneid: str, change_list: list[dict[str, Any]]
    ) -> None:
        deleted = {
            (change["ResourceRecordSet"]["Name"].strip("."), change["ResourceRecordSet"]["Type"])
            for change in change_list
            if change["Action"] == "DELETE"
        }
        known = {_key(record) for record in self.get_hosted_zone(zoneid).rrsets}
        for change in change_list:
            record = change["ResourceRecordSet"]
            name, kind = record["Name"].strip("."), record["Type"]
            if (
                change["Action"] == "CREATE"
                and (name, kind) not in deleted
                and (f"{name}.", kind, record.get("SetIdentifier")) in known
            ):
                raise ResourceRecordAlreadyExists(name=f"{name}.", _type=kind)
        stock(self, zoneid, change_list)

    Route53Backend.change_resource_record_sets = change_resource_record_sets


def _key(record: Any) -> tuple[str, str, str | None]:
    return f"{record.name.strip('.')}.", record.type, record.set_identifier


def _keep_how_certificates_were_asked_for() -> None:
    """Certificates have the key that was asked for, and wait for the answer to a mail.

    moto makes them all RSA_2048, validated by DNS, and issues them after a moment. Each plan
    would replace them. Seen with `key_algorithm` and `validation_method` of
    `aws_acm_certificate`.
    """
    from moto.acm.models import CertBundle
    from moto.acm.responses import AWSCertificateManagerResponse

    stock_request = AWSCertificateManagerResponse.request_certificate
    stock_describe = CertBundle.describe
    stock_check = CertBundle.check

    def request_certificate(self: Any) -> Any:
        answer = stock_request(self)
        certificate = self.acm_backend._certificates[answer.result["CertificateArn"]]
        certificate.asked_key_algorithm = self._get_param("KeyAlgorithm")
        if self._get_param("ValidationMethod") == "EMAIL":
            options = self._get_param("DomainValidationOptions") or []
            certificate.mail_domains = {
                option["DomainName"]: option["ValidationDomain"] for option in options
            }
        return answer

    def check(self: Any) -> None:
        if not hasattr(self, "mail_domains"):
            stock_check(self)

    def describe(self: Any) -> dict[str, Any]:
        answer: dict[str, Any] = stock_describe(self)
        body = answer["Certificate"]
        body["KeyAlgorithm"] = getattr(self, "asked_key_algorithm", None) or body["KeyAlgorithm"]
        if hasattr(self, "mail_domains"):
            for option in body["DomainValidationOptions"]:
                name = option["DomainName"]
                domain = self.mail_domains.get(name, name.removeprefix("*."))
                del option["ResourceRecord"]
                option["ValidationDomain"] = domain
                option["ValidationMethod"] = "EMAIL"
                option["ValidationEmails"] = [f"{box}@{domain}" for box in _MAILBOXES]
        return answer

    AWSCertificateManagerResponse.request_certificate = request_certificate
    CertBundle.check = check
    CertBundle.describe = describe


def _keep_certificates_that_listeners_use() -> None:
    """A certificate of a listener cannot be deleted.

    moto deletes it. Without this, nobody would see that the new certificate has to be in use
    before the old one goes. Seen with `aws_acm_certificate` of an `aws_lb_listener`.
    """
    from moto.acm.models import AWSCertificateManagerBackend
    from moto.core.exceptions import AWSError
    from moto.elbv2.models import elbv2_backends

    stock = AWSCertificateManagerBackend.delete_certificate

    def delete_certificate(self: Any, arn: str) -> None:
        balancers = elbv2_backends[self.account_id][self.region_name].load_balancers
        for balancer in balancers.values():
            if any(arn in listener.certificates for listener in balancer.listeners.values()):
                raise AWSError(
                    f"Certificate {arn} is in use.", exception_type="ResourceInUseException"
                )
        stock(self, arn)

    AWSCertificateManagerBackend.delete_certificate = delete_certificate
