"""Elastic IPs: public addresses that stay when instances go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terratiers.core.contract import output
from terratiers.core.names import construct_name, pin_address
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_address,
    check_instance,
    check_scope,
    check_string,
    check_tags,
)

from cdktf_cdktf_provider_aws.eip import Eip
from constructs import Construct

__all__ = ["ElasticIp", "ElasticIpAttributes", "ElasticIpBase", "ImportedElasticIp"]


@dataclass(frozen=True, kw_only=True)
class ElasticIpAttributes:
    """The contract of an `ElasticIp`: its allocation and its address."""

    allocation_id: str = output("Allocation id of the Elastic IP")
    public_ip: str = output("Public IPv4 address")


class ElasticIpBase(SharedConstruct[ElasticIpAttributes]):
    """What an address made here and an imported one have in common."""

    Attributes = ElasticIpAttributes

    @property
    def allocation_id(self) -> str:
        return self.attributes.allocation_id

    @property
    def public_ip(self) -> str:
        return self.attributes.public_ip


class ImportedElasticIp(ElasticIpBase):
    """An address that is not made here. Use `ElasticIp.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: ElasticIpAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'ElasticIpAttributes(allocation_id="eipalloc-...", public_ip="...")'
        given = check_instance(faults, "attributes", attributes, ElasticIpAttributes, example)
        if given:
            rule = "write an id like eipalloc-0123456789abcdef0."
            pattern = r"eipalloc-([0-9a-f]{8}|[0-9a-f]{17})"
            check_string(faults, "allocation_id", given.allocation_id, pattern, rule)
            check_address(faults, "public_ip", given.public_ip)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class ElasticIp(ElasticIpBase):
    """A public IPv4 address of one's own; it costs by the hour.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_eip.<id>`.
        tags: Further tags.

    Raises:
        ConfigurationError: for malformed tags.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html
    """

    def __init__(self, scope: Construct, id: str, *, tags: Mapping[str, str] | None = None) -> None:
        faults = check_scope(scope, id)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.resource = Eip(
            self, "resource", domain="vpc", tags={**own_tags, "Name": construct_name(self)}
        )
        pin_address(self.resource, self)
        self._attributes = ElasticIpAttributes(
            allocation_id=self.resource.allocation_id, public_ip=self.resource.public_ip
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: ElasticIpAttributes
    ) -> ImportedElasticIp:
        """An address that exists already.

        Raises:
            ConfigurationError: for ids or addresses of another form.
        """
        return ImportedElasticIp(scope, id, attributes)
