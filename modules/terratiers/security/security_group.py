"""Security groups: the stateful firewall of what they are attached to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terratiers.core.contract import output
from terratiers.core.names import construct_name, path_in_stack, pin_address
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_bool,
    check_instance,
    check_scope,
    check_string,
    check_tags,
)
from terratiers.network.vpc_attributes import IVpc, check_vpc_argument
from terratiers.security.connections import Connections, check_description
from terratiers.security.peer import Peer
from terratiers.security.port import Port

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.security_group import SecurityGroup as SecurityGroupResource
from constructs import Construct

__all__ = ["ImportedSecurityGroup", "SecurityGroup", "SecurityGroupAttributes"]


@dataclass(frozen=True, kw_only=True)
class SecurityGroupAttributes:
    """The contract of a `SecurityGroup`: its id, `sg-...`."""

    security_group_id: str = output("Id of the security group")


class SecurityGroupBase(SharedConstruct[SecurityGroupAttributes]):
    """What a group made here and an imported one have in common."""

    Attributes = SecurityGroupAttributes

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.rules: dict[str, tuple[Peer, Port]] = {}

    @property
    def security_group_id(self) -> str:
        return self.attributes.security_group_id

    @property
    def connections(self) -> Connections:
        """The group's rules."""
        return Connections(self)

    def as_peer(self) -> Peer:
        """The group as the other end of a rule."""
        name = path_in_stack(self).replace("/", "_").replace("-", "_")
        return Peer("referenced_security_group_id", self.security_group_id, name)


class ImportedSecurityGroup(SecurityGroupBase):
    """A group that is not made here. Use `SecurityGroup.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: SecurityGroupAttributes) -> None:
        faults = check_scope(scope, id)
        given = check_instance(
            faults,
            "attributes",
            attributes,
            SecurityGroupAttributes,
            'SecurityGroupAttributes(security_group_id="sg-...")',
        )
        if given:
            check_string(
                faults,
                "security_group_id",
                given.security_group_id,
                r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})",
                "write an id like sg-0123456789abcdef0.",
            )
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class SecurityGroup(SecurityGroupBase):
    """A security group without any rule: `connections` adds them, one resource each.

    Replaced only after its successor stands (`create_before_destroy` with a name prefix), since
    AWS does not delete a group in use.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_security_group.<id>`.
        vpc: The `Vpc`, made here or imported.
        description: What the group is for, 1 to 255 characters. AWS never changes it in place.
        allow_all_outbound: Whether members may connect to everybody. Default: no; AWS's own
            default rule that allows it is removed.
        tags: Further tags.

    Raises:
        ConfigurationError: for arguments of the wrong kind.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        description: str,
        allow_all_outbound: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        check_vpc_argument(faults, vpc)
        check_description(faults, description)
        outbound = check_bool(faults, "allow_all_outbound", allow_all_outbound)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        name = construct_name(self)
        self.resource = SecurityGroupResource(
            self,
            "resource",
            name_prefix=f"{name}-",
            description=description,
            vpc_id=vpc.vpc_id,
            tags={**own_tags, "Name": name},
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(self.resource, self)
        self._attributes = SecurityGroupAttributes(security_group_id=self.resource.id)
        if outbound:
            self.connections.allow_to_any_ipv4(Port.all_traffic(), "everybody")

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: SecurityGroupAttributes
    ) -> ImportedSecurityGroup:
        """A group that exists already.

        Raises:
            ConfigurationError: for an id of another form.
        """
        return ImportedSecurityGroup(scope, id, attributes)
