"""Security groups and the rules between them."""

from terratiers.security.connections import Connections
from terratiers.security.peer import Peer
from terratiers.security.port import Port
from terratiers.security.security_group import SecurityGroup, SecurityGroupAttributes

__all__ = ["Connections", "Peer", "Port", "SecurityGroup", "SecurityGroupAttributes"]
