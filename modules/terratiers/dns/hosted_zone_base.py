"""What every hosted zone offers, and those that are not made here: imported and looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.names import child_of, path_in_stack, pin_address
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_bool,
    check_instance,
    check_scope,
    check_sequence,
    check_string,
    show,
)
from terratiers.dns.domain_name import check_domain_name
from terratiers.dns.zone_records import ZoneRecords
from terratiers.network.vpc_attributes import IVpc, check_vpc_argument

from cdktf import TerraformStack, Token
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.route53_zone_association import Route53ZoneAssociation

__all__ = [
    "HostedZoneAttributes",
    "HostedZoneBase",
    "ImportedHostedZone",
    "LookedUpHostedZone",
    "check_zone",
    "check_zone_name",
]

_ZONE_ID = r"Z[A-Z0-9]{1,31}"


@dataclass(frozen=True, kw_only=True)
class HostedZoneAttributes:
    """The contract of a `HostedZone`.

    Args:
        zone_name: Its domain name, which is known at synth time: records are checked against it.
        public: Whether the internet asks it. Default: yes; a private zone answers to VPCs.
        zone_id: `Z...`.
        name_servers: What the registrar or the zone above has to be told, for a public zone.
            Default: not known.
    """

    zone_name: str = fact()
    public: bool = fact(default=True)
    zone_id: str = output("Id of the hosted zone")
    name_servers: Sequence[str] | str | None = output(
        "Name servers of the hosted zone: the registrar has to know them", only_if="public"
    )


class HostedZoneBase(SharedConstruct[HostedZoneAttributes]):
    """What a zone made here and one that exists have in common."""

    Attributes = HostedZoneAttributes

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.records = ZoneRecords()

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: HostedZoneAttributes
    ) -> ImportedHostedZone:
        """A zone that exists already, known by its id.

        Raises:
            ConfigurationError: for names or ids of another form.
        """
        return ImportedHostedZone(scope, id, attributes)

    @property
    def zone_id(self) -> str:
        return self.attributes.zone_id

    @property
    def zone_name(self) -> str:
        """The domain name, without a dot at the end."""
        return self.attributes.zone_name

    @property
    def name_servers(self) -> list[str]:
        """What the registrar, or an NS record in the zone above, has to name.

        Raises:
            ConfigurationError: for a private zone, and when they are not known.
        """
        found = self.attributes.name_servers
        if found is None:
            known = "give them in HostedZoneAttributes(name_servers=[...])."
            reason = known if self.attributes.public else "nobody delegates to a private zone."
            faults = Faults(self.node.scope, self.node.id)
            faults.add(f"its name servers are not known: {reason}")
            faults.raise_any()
        return Token.as_list(found) if isinstance(found, str) else list(found or ())

    def add_vpc(self, vpc: IVpc) -> Route53ZoneAssociation:
        """Lets another VPC of this account ask a private zone.

        Makes `aws_route53_zone_association.<zone>_<vpc>`.

        Args:
            vpc: A `Vpc`, made here or imported. Its stack may be another than the zone's: use the
                zone there.

        Raises:
            ConfigurationError: for a public zone, and a VPC that was added already.

        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-associate-vpcs.html
        """
        from cdktf_cdktf_provider_aws.route53_zone_association import Route53ZoneAssociation

        faults = Faults(self.node.scope, self.node.id)
        self._check_vpc(faults, vpc)
        faults.raise_any()
        part = path_in_stack(vpc).replace("/", "_")  # type: ignore[arg-type]
        association = Route53ZoneAssociation(
            self, f"vpc-{part}", zone_id=self.zone_id, vpc_id=vpc.vpc_id
        )
        pin_address(association, self, part)
        return association

    def _check_vpc(self, faults: Faults, vpc: object) -> None:
        if self.attributes.public:
            faults.add("this zone is public: only private zones have VPCs.")
        if check_vpc_argument(faults, vpc):
            part = path_in_stack(vpc).replace("/", "_")  # type: ignore[arg-type]
            if child_of(self, f"vpc-{part}") is not None:
                faults.add(f"the VPC {vpc.node.path} was added already: add it once.")  # type: ignore[attr-defined]


class ImportedHostedZone(HostedZoneBase):
    """A zone that is not made here. Use `HostedZone.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: HostedZoneAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'HostedZoneAttributes(zone_name="example.com", zone_id="Z...")'
        given = check_instance(faults, "attributes", attributes, HostedZoneAttributes, example)
        name = None
        if given:
            public = check_bool(faults, "public", given.public)
            name = check_zone_name(faults, given.zone_name, public is not False)
            rule = "write an id like Z0123456789ABCDEFGHIJ, without /hostedzone/."
            check_string(faults, "zone_id", given.zone_id, _ZONE_ID, rule)
            _check_name_servers(faults, given)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = replace(attributes, zone_name=str(name))


class LookedUpHostedZone(HostedZoneBase):
    """A zone that Terraform finds by its name. Use `HostedZone.from_lookup`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone_name: str,
        private: bool,
        vpc_id: str | None,
    ) -> None:
        from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone

        faults = check_scope(scope, id)
        inside = check_bool(faults, "private", private)
        name = check_zone_name(faults, zone_name, not inside)
        if vpc_id is not None:
            rule = "write an id like vpc-0123456789abcdef0."
            pattern = r"vpc-([0-9a-f]{8}|[0-9a-f]{17})"
            check_string(faults, "vpc_id", vpc_id, pattern, rule)
            if inside is False:
                faults.add("vpc_id is for private zones: write private=True, or leave it out.")
        faults.raise_any()
        super().__init__(scope, id)
        self.resource = DataAwsRoute53Zone(
            self, "resource", name=name, private_zone=private, vpc_id=vpc_id
        )
        pin_address(self.resource, self)
        self._attributes = HostedZoneAttributes(
            zone_name=str(name),
            public=not private,
            zone_id=self.resource.zone_id,
            name_servers=None if private else self.resource.name_servers,
        )


def check_zone_name(faults: Faults, value: object, public: bool) -> str | None:
    """The name of a zone: of two labels at least when it is public."""
    least = 2 if public else 1
    return check_domain_name(faults, "zone_name", value, least_labels=least, underscores=True)


def check_zone(faults: Faults, scope: Construct, name: str, value: object) -> HostedZoneBase | None:
    """A zone that belongs to the stack of `scope`."""
    example = 'HostedZone(self, "zone", zone_name="example.com")'
    zone = check_instance(faults, name, value, HostedZoneBase, example)
    if zone and TerraformStack.of(zone) is not TerraformStack.of(scope):
        faults.add(
            f"{name}: {zone.node.path} belongs to another stack: write {name}=self.use(...) in a "
            "tier, or HostedZone.from_attributes(...)."
        )
        return None
    return zone


def _check_name_servers(faults: Faults, given: HostedZoneAttributes) -> None:
    if given.name_servers is None or is_token(given.name_servers):
        return
    if given.public is False:
        faults.add("name_servers are for public zones: leave them out.")
    found = given.name_servers
    for item in check_sequence(faults, "name_servers", found, '["ns-1.awsdns-01.com"]') or ():
        check_domain_name(faults, "name_servers", item)
    if isinstance(found, (list, tuple)) and not found:
        faults.add(f"name_servers is {show(found)}: leave it out when they are not known.")
