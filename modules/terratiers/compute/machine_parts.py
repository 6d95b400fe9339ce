"""What instances and launch templates have made for them: security group, role, first start."""

from __future__ import annotations

from terratiers.compute.default_region import set_default_region
from terratiers.compute.session_manager import allow_session_manager
from terratiers.compute.user_data import UserData
from terratiers.core.account import region
from terratiers.network.vpc_attributes import IVpc
from terratiers.security.principal import Principal
from terratiers.security.role import SSM_POLICY, ImportedRole, Role, RoleBase
from terratiers.security.security_group import SecurityGroup, SecurityGroupBase

from constructs import Construct

__all__ = ["add_role", "add_security_group", "first_start"]


def add_security_group(
    machine: Construct, kind: str, vpc: IVpc, given: SecurityGroupBase | None, *, ssm_access: bool
) -> SecurityGroupBase:
    """The group that was given, or one that lets nobody in, and out to Session Manager only."""
    if given is not None:
        return given
    group = SecurityGroup(
        machine, "group", vpc=vpc, description=f"{kind} {machine.node.path}"[:255]
    )
    if ssm_access:
        allow_session_manager(group, vpc)
    return group


def add_role(
    machine: Construct, kind: str, given: RoleBase | None, *, ssm_access: bool
) -> RoleBase:
    """The role that was given, or one for EC2; with the policy for Session Manager, where asked."""
    role = given or Role(
        machine,
        "role",
        assumed_by=Principal.service("ec2"),
        description=f"{kind} {machine.node.path}",
    )
    if ssm_access and not isinstance(role, ImportedRole):
        role.add_managed_policy(SSM_POLICY)
    return role


def first_start(
    machine: Construct, own: UserData | None, operating_system: str, *, with_region: bool
) -> UserData | None:
    """What runs at the first start: the default region's setting first, where asked."""
    if not with_region:
        return own
    setting = set_default_region(region(machine), operating_system)
    return setting.followed_by(own) if own else setting
