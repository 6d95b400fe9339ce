"""IP sets: addresses that rules of web ACLs name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, environment_of, pin_address
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
    check_choice,
    check_cidr,
    check_instance,
    check_scope,
    check_sequence,
    check_tags,
)

from cdktf import TerraformResourceLifecycle
from constructs import Construct

__all__ = ["ACL_SCOPES", "ImportedIpSet", "IpSet", "IpSetAttributes", "IpSetBase"]

ACL_SCOPES = ("REGIONAL", "CLOUDFRONT")
# https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
_ADDRESSES = 10_000
# of the 128 characters of a name, the provider adds 26
_PREFIX = 102


@dataclass(frozen=True, kw_only=True)
class IpSetAttributes:
    """The contract of an `IpSet`.

    Args:
        acl_scope: `REGIONAL`, or `CLOUDFRONT` for the ACLs of distributions.
        ip_set_arn: Its ARN.
    """

    acl_scope: str = fact(default="REGIONAL")
    ip_set_arn: str = output("ARN of the IP set")


class IpSetBase(SharedConstruct[IpSetAttributes]):
    """What a set made here and an imported one have in common."""

    Attributes = IpSetAttributes

    @property
    def ip_set_arn(self) -> str:
        return self.attributes.ip_set_arn


class ImportedIpSet(IpSetBase):
    """A set that is not made here. Use `IpSet.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: IpSetAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'IpSetAttributes(ip_set_arn="arn:aws:wafv2:...:regional/ipset/...")'
        given = check_instance(faults, "attributes", attributes, IpSetAttributes, example)
        if given:
            check_acl_scope(faults, given.acl_scope)
            place = "global" if given.acl_scope == "CLOUDFRONT" else "regional"
            check_arn(faults, "ip_set_arn", given.ip_set_arn, "wafv2", rf"{place}/ipset/[\w/-]+")
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class IpSet(IpSetBase):
    """A list of addresses, all IPv4 or all IPv6; a change of the list is made in place.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_wafv2_ip_set.<id>`.
        addresses: Up to 10,000 CIDR blocks, `203.0.113.7/32`, `2001:db8::/32`; WAF takes every
            size but /0. May be empty: nothing matches then.
        ip_version: 4 or 6. Default: 4.
        acl_scope: `REGIONAL` or `CLOUDFRONT`, as the ACLs that use it. Default: REGIONAL.
        tags: Further tags.

    Raises:
        ConfigurationError: for a malformed, repeated or wrong kind of block, and for `CLOUDFRONT`
            outside of us-east-1.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-managing.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        addresses: Sequence[str],
        ip_version: int = 4,
        acl_scope: str = "REGIONAL",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        from cdktf_cdktf_provider_aws.wafv2_ip_set import Wafv2IpSet

        faults = check_scope(scope, id)
        version = check_choice(faults, "ip_version", ip_version, (4, 6))
        blocks = check_sequence(faults, "addresses", addresses, '["203.0.113.0/24"]') or ()
        if len(blocks) > _ADDRESSES:
            faults.add(f"addresses holds {len(blocks)} blocks: an IP set takes {_ADDRESSES:,}.")
        seen: set[object] = set()
        for block in blocks if version else ():
            known = check_cidr(
                faults, "addresses:", block, version=version or 4, largest=1, source="AWS WAF"
            )
            if known is not None and known in seen:
                faults.add(f"addresses: {block} is there twice: take one out.")
            seen.add(known)
        check_acl_scope(faults, acl_scope, scope)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        name = construct_name(self)
        self.resource = Wafv2IpSet(
            self,
            "resource",
            name_prefix=f"{name[: _PREFIX - 1]}-",
            scope=acl_scope,
            ip_address_version=f"IPV{ip_version}",
            addresses=list(blocks),
            tags={**own_tags, "Name": name},
            # another IP version makes another set, while rules still name this one
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(self.resource, self)
        self._attributes = IpSetAttributes(acl_scope=acl_scope, ip_set_arn=self.resource.arn)

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: IpSetAttributes
    ) -> ImportedIpSet:
        """A set that exists already.

        Raises:
            ConfigurationError: for an ARN of another form or scope.
        """
        return ImportedIpSet(scope, id, attributes)


def check_acl_scope(faults: Faults, value: object, scope: Construct | None = None) -> None:
    """`REGIONAL` or `CLOUDFRONT`; AWS keeps the latter in us-east-1 only.

    https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
    """
    known = check_choice(faults, "acl_scope", value, ACL_SCOPES)
    environment = environment_of(scope) if scope is not None else None
    if known == "CLOUDFRONT" and environment and environment.region != "us-east-1":
        faults.add(
            f"acl_scope is CLOUDFRONT in {environment.region}: AWS keeps what protects CloudFront "
            "in us-east-1: make it in a tier of that region."
        )
