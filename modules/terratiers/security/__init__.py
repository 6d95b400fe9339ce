"""Security groups and the rules between them; roles, grants and keys."""

from terratiers.security.connections import Connections
from terratiers.security.instance_profile import InstanceProfile
from terratiers.security.key import Key, KeyAttributes
from terratiers.security.managed_policy import ManagedPolicy
from terratiers.security.peer import Peer
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.port import Port
from terratiers.security.principal import Principal
from terratiers.security.role import Role, RoleAttributes
from terratiers.security.secret_reference import SecretReference
from terratiers.security.security_group import SecurityGroup, SecurityGroupAttributes

__all__ = [
    "Connections",
    "InstanceProfile",
    "Key",
    "KeyAttributes",
    "ManagedPolicy",
    "Peer",
    "PolicyStatement",
    "Port",
    "Principal",
    "Role",
    "RoleAttributes",
    "SecretReference",
    "SecurityGroup",
    "SecurityGroupAttributes",
]
