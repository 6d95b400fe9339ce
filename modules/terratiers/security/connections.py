"""Rules between things that have security groups: `web.connections.allow_from(alb, ...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from terratiers.core.acknowledgements import is_acknowledged
from terratiers.core.errors import Faults
from terratiers.core.names import child_of, pin_address
from terratiers.core.validation import check_instance, check_string, show
from terratiers.security.peer import Peer
from terratiers.security.port import Port

from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import (
    VpcSecurityGroupIngressRule,
)

if TYPE_CHECKING:
    from terratiers.security.security_group import SecurityGroupBase

__all__ = ["Connectable", "Connections", "check_description"]

# Ports that nobody opens to the world by intent: remote logins and databases.
_SENSITIVE = {
    22: "SSH",
    3389: "RDP",
    1433: "SQL Server",
    1521: "Oracle",
    3306: "MySQL",
    5432: "PostgreSQL",
    6379: "Redis",
    9200: "OpenSearch",
    11211: "Memcached",
    27017: "MongoDB",
}
OPEN_TO_WORLD = "open-to-the-world"
_OPPOSITE = {"ingress": "egress", "egress": "ingress"}
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
_DESCRIPTION = r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}"


def check_description(faults: Faults, description: object) -> None:
    """Notes a description of a group or a rule that AWS would refuse."""
    rule = "write 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*."
    check_string(faults, "description", description, _DESCRIPTION, rule, tokens=False)


class Connectable(Protocol):
    """Anything with `connections`: a security group, an instance, a load balancer."""

    @property
    def connections(self) -> Connections: ...


class Connections:
    """The rules of one security group. Each rule is a resource, named after its content.

    A rule between two security groups has two halves: it lets the one send and the other receive.
    Both stand in the stack of the group on which the method is called, so that between two tiers
    they stand in the tier that uses the other. A rule that exists already is not added again.

    Made by `SecurityGroup` and everything that has one: `group.connections`.
    """

    def __init__(self, group: SecurityGroupBase) -> None:
        self._group = group

    def allow_from(self, other: Connectable | Peer, port: Port, description: str) -> None:
        """Lets `other` connect to this group.

        Args:
            other: A peer, or anything with `connections`.
            port: What is let through.
            description: Why, 1 to 255 characters that AWS takes.

        Raises:
            ConfigurationError: for an argument of another kind, for a description that AWS would
                refuse, and for a remote login or database port that is opened to everybody,
                unless `open-to-the-world` was acknowledged.
        """
        self._connect("ingress", other, port, description)

    def check_from(self, other: Connectable | Peer, port: Port, description: str) -> None:
        """Raises what `allow_from` would raise, and adds nothing."""
        self._check("ingress", other, port, description)

    def allow_to(self, other: Connectable | Peer, port: Port, description: str) -> None:
        """Lets this group connect to `other`; arguments and errors as in `allow_from`."""
        self._connect("egress", other, port, description)

    def allow_from_any_ipv4(self, port: Port, description: str) -> None:
        """Lets everybody connect over IPv4.

        Args:
            port: What is let through.
            description: Why, 1 to 255 characters that AWS takes.
        """
        self.allow_from(Peer.any_ipv4(), port, description)

    def allow_to_any_ipv4(self, port: Port, description: str) -> None:
        """Lets this group connect to everybody over IPv4.

        Args:
            port: What is let through.
            description: Why, 1 to 255 characters that AWS takes.
        """
        self.allow_to(Peer.any_ipv4(), port, description)

    def allow_internally(self, port: Port, description: str) -> None:
        """Lets members of this group connect to each other.

        Args:
            port: What is let through.
            description: Why, 1 to 255 characters that AWS takes.
        """
        self.allow_from(self._group, port, description)

    def _connect(
        self, direction: str, other: Connectable | Peer, port: Port, description: str
    ) -> None:
        peer, group = self._check(direction, other, port, description)
        self._add(self._group, direction, peer, port, description)
        if group is not None:
            own = self._group.as_peer()
            self._add(group, _OPPOSITE[direction], own, port, description)

    def _check(
        self, direction: str, other: object, port: object, description: object
    ) -> tuple[Peer, SecurityGroupBase | None]:
        node = self._group.node
        faults = Faults(node.scope, node.id)
        group: SecurityGroupBase | None = None
        peer = other if isinstance(other, Peer) else None
        connections = getattr(other, "connections", None)
        if isinstance(connections, Connections):
            group = connections._group
            peer = group.as_peer()
        elif peer is None:
            faults.add(
                f"{show(other)} ({type(other).__name__}) cannot be connected: pass a Peer or "
                "something with connections, such as a SecurityGroup."
            )
        checked = check_instance(faults, "port", port, Port, "Port.tcp(443)")
        check_description(faults, description)
        if peer and checked and direction == "ingress" and peer.is_everybody:
            self._check_world(faults, checked)
        if peer and checked:
            self._check_name(faults, self._group, direction, peer, checked)
            if group is not None:
                own = self._group.as_peer()
                self._check_name(faults, group, _OPPOSITE[direction], own, checked)
        faults.raise_any()
        assert peer is not None
        return peer, group

    def _check_name(
        self, faults: Faults, group: SecurityGroupBase, direction: str, peer: Peer, port: Port
    ) -> None:
        """Notes a rule of the same name for another peer."""
        id = "-".join(self._parts(group, direction, peer, port))
        if self._group.rules.get(id, (peer, port)) != (peer, port):
            faults.add(f"two rules are called {id}: give one of the peers another name.")

    def _parts(self, group: SecurityGroupBase, direction: str, peer: Peer, port: Port) -> list[str]:
        """What a rule is named by; one of another group also by that group."""
        parts = ["from" if direction == "ingress" else "to", peer.key, port.key]
        return parts if group is self._group else [group.as_peer().key, *parts]

    def _check_world(self, faults: Faults, port: Port) -> None:
        opened = [
            f"{name} ({number})" for number, name in _SENSITIVE.items() if port.includes(number)
        ]
        if opened and not is_acknowledged(self._group, OPEN_TO_WORLD):
            faults.add(
                f"[{OPEN_TO_WORLD}] {', '.join(opened[:3])} would be open to everybody: name the "
                f'networks that need it, or acknowledge(scope, "{OPEN_TO_WORLD}", reason="...").'
            )

    def _add(
        self, group: SecurityGroupBase, direction: str, peer: Peer, port: Port, description: str
    ) -> None:
        """Adds one rule of `group`, once, in the stack of this connection's group."""
        parts = self._parts(group, direction, peer, port)
        id = "-".join(parts)
        if child_of(self._group, id) is not None:
            return
        kind = VpcSecurityGroupIngressRule if direction == "ingress" else VpcSecurityGroupEgressRule
        rule = kind(
            self._group,
            id,
            security_group_id=group.security_group_id,
            description=description,
            ip_protocol=port.protocol,
            from_port=port.first,
            to_port=port.last,
            cidr_ipv4=peer.value if peer.kind == "cidr_ipv4" else None,
            cidr_ipv6=peer.value if peer.kind == "cidr_ipv6" else None,
            prefix_list_id=peer.value if peer.kind == "prefix_list_id" else None,
            referenced_security_group_id=(
                peer.value if peer.kind == "referenced_security_group_id" else None
            ),
        )
        pin_address(rule, self._group, *parts)
        self._group.rules[id] = (peer, port)
