"""A VPN into the VPC: OpenVPN Access Server on an instance with an Elastic IP."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence

from terratiers.compute.elastic_ip import ElasticIp
from terratiers.compute.instance import Instance
from terratiers.compute.instance_type import InstanceType
from terratiers.compute.machine_image import HasMachineImage, MachineImage
from terratiers.compute.user_data import UserData
from terratiers.compute.volume import Volume
from terratiers.core.account import region
from terratiers.core.acknowledgements import is_acknowledged
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import path_in_stack, pin_address
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_cidr,
    check_instance,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
    show,
)
from terratiers.network.vpc import Vpc
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument
from terratiers.security.connections import Connectable, Connections
from terratiers.security.peer import Peer
from terratiers.security.port import Port
from terratiers.security.secret_reference import SecretReference

from cdktf_cdktf_provider_aws.route import Route
from constructs import Construct

__all__ = ["OPENVPN_ACCESS_SERVER", "VpnServer"]

OPEN_VPN = "vpn-open-to-the-world"
# OpenVPN Access Server (bring your own licence; two connections are free)
# https://aws.amazon.com/marketplace/pp/prodview-y3m73u6jd5srk
OPENVPN_ACCESS_SERVER = MachineImage.marketplace(
    "f2ew2wrz425a1jagnifd02u5t", name="openvpn-access-server"
)
# https://openvpn.net/as-docs/aws-ec2.html: what clients use, and what only administrators use
_CLIENT_PORTS = (
    (Port.tcp(443), "VPN over TCP and the clients download page"),
    (Port.udp(1194), "VPN over UDP"),
)
_ADMIN_PORTS = ((Port.tcp(943), "admin page"), (Port.tcp(945), "cluster control channel"))
_ADMIN_USER = r"[a-z_][a-z0-9_-]{0,30}"

# Runs once as root. The password goes from AWS to Access Server and is written nowhere.
# https://openvpn.net/as-docs/command-line.html
_SETUP = """#!/bin/bash
set -euo pipefail
cd /usr/local/openvpn_as
[ -e etc/db/userprop.db ] || bin/ovpn-init --ec2 --batch --force
for attempt in $(seq 60); do scripts/sacli Status > /dev/null 2>&1 && break; sleep 5; done
command -v aws > /dev/null || snap install aws-cli --classic || apt-get install -y awscli
password=$({read_password})
scripts/sacli --user {admin_user} --key prop_superuser --value true UserPropPut
scripts/sacli --user {admin_user} --key user_auth_type --value local UserPropPut
scripts/sacli --user {admin_user} --new_pass "$password" SetLocalPassword
unset password
set_key() {{ scripts/sacli --key "$1" --value "$2" ConfigPut; }}
set_key host.name {public_ip}
set_key vpn.daemon.0.client.network {client_network}
set_key vpn.daemon.0.client.netmask_bits {client_bits}
set_key vpn.client.routing.reroute_gw false
set_key vpn.server.routing.private_access route
set_key vpn.server.port_share.service client
{routed}
scripts/sacli start
"""


class VpnServer(Construct):
    """OpenVPN Access Server: people reach private instances by their private addresses.

    Makes an instance in a public subnet with an Elastic IP, its security group with the four
    ports of Access Server, its role, and in each of the VPC's route tables a route that leads
    the answers back to the VPN's clients. Clients keep their own addresses inside of the VPC
    (nothing is translated), so that rules and logs see who connected.

    The account has to have subscribed to the Marketplace product once, by hand; and the
    administrator's password has to be there before the first start:
    `aws ssm put-parameter --type SecureString --name /shop/prod/vpn-admin --value ...`.

    Args:
        scope: The tier, stack or construct.
        id: Part of all Terraform names: `aws_instance.<id>_server`, `aws_eip.<id>_address`, ...
        vpc: The `Vpc`, made here or imported.
        admin_password: Where the administrator's password is; it is read at the first start and
            stands neither in Terraform's state nor in user data.
        clients: CIDR blocks from which people connect (443/tcp, 1194/udp). `0.0.0.0/0` has to be
            acknowledged (`vpn-open-to-the-world`).
        administrators: CIDR blocks from which the admin page (943/tcp) and the cluster channel
            (945/tcp) are reached; never everybody.
        machine_image: Default: the newest OpenVPN Access Server of AWS Marketplace.
        instance_type: Default: `t3.small`.
        subnet_group: A public group. Default: `public`.
        client_cidr_block: Which addresses clients get, /16 to /28, apart from the VPC's.
            Default: `172.27.224.0/20`.
        routed_cidr_blocks: What clients reach through the VPN. Default: the VPC's primary block.
        admin_user: The administrator's name. Default: `openvpn`.
        tags: Further tags.

    Raises:
        ConfigurationError: for malformed or overlapping blocks, an admin page that everybody
            could reach, and a VPN open to the world that nobody acknowledged.

    https://openvpn.net/as-docs/aws-ec2.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        admin_password: SecretReference,
        clients: Sequence[str],
        administrators: Sequence[str],
        machine_image: MachineImage | HasMachineImage = OPENVPN_ACCESS_SERVER,
        instance_type: InstanceType | str = "t3.small",
        subnet_group: str = SubnetType.PUBLIC,
        client_cidr_block: str = "172.27.224.0/20",
        routed_cidr_blocks: Sequence[str] | None = None,
        admin_user: str = "openvpn",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        known_vpc = check_vpc_argument(faults, vpc)
        public = (
            [g for g, kind in vpc.subnet_types.items() if kind == SubnetType.PUBLIC]
            if (known_vpc)
            else []
        )
        if known_vpc and subnet_group not in public:
            faults.add(
                f"subnet_group {show(subnet_group)} is not public: clients could not reach it."
            )
        example = 'SecretReference.ssm_parameter("/shop/prod/vpn-admin")'
        check_instance(faults, "admin_password", admin_password, SecretReference, example)
        from_clients = _check_blocks(faults, "clients", clients)
        from_admins = _check_blocks(faults, "administrators", administrators)
        _check_open(faults, scope, from_clients, from_admins)
        pool = _check_pool(faults, client_cidr_block, vpc if known_vpc else None)
        if routed_cidr_blocks is not None:
            _check_blocks(faults, "routed_cidr_blocks", routed_cidr_blocks)
        rule = "write a user's name: lower-case letters, digits, _ and -."
        check_string(faults, "admin_user", admin_user, _ADMIN_USER, rule, tokens=False)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        assert pool is not None
        super().__init__(scope, id)
        self.client_cidr_block = client_cidr_block
        self._vpc = vpc
        routed = list(routed_cidr_blocks or [vpc.cidr_block])
        with all_or_nothing(scope, id):
            self.elastic_ip = ElasticIp(self, "address", tags=own_tags)
            self.instance = Instance(
                self,
                "server",
                vpc=vpc,
                instance_type=instance_type,
                machine_image=machine_image,
                subnet_group=subnet_group,
                elastic_ip=self.elastic_ip,
                user_data=self._user_data(admin_user, admin_password, pool, routed),
                source_dest_check=False,
                root_volume=Volume(size=20),
                tags=own_tags,
            )
            admin_password.grant_read(self, self.instance, "read-admin-password")
            self._add_rules(from_clients, from_admins, routed)
            self.routes = self._add_routes()

    @property
    def connections(self) -> Connections:
        """The rules of the server itself."""
        return self.instance.connections

    @property
    def admin_url(self) -> str:
        """Where the admin page is; the certificate is the server's own until one is installed."""
        return f"https://{self.elastic_ip.public_ip}:943/admin"

    def allow_clients_to(self, other: Connectable, port: Port, description: str) -> None:
        """Lets the VPN's clients connect to `other`.

        Args:
            port: What is let through.
            description: Why, 1 to 255 characters that AWS takes.

        Raises:
            ConfigurationError: as `Connections.allow_from`.
        """
        if not isinstance(getattr(other, "connections", None), Connections):
            faults = Faults(self.node.scope, self.node.id)
            faults.add(
                f"{show(other)} ({type(other).__name__}) cannot be connected: pass something with "
                "connections, such as an Instance or a SecurityGroup."
            )
            faults.raise_any()
        name = re.sub(r"[^a-z0-9]+", "-", f"{path_in_stack(self)}-clients".lower())
        clients = Peer.ipv4(self.client_cidr_block, name=name)
        other.connections.allow_from(clients, port, description)

    def _user_data(
        self,
        admin_user: str,
        password: SecretReference,
        pool: ipaddress.IPv4Network,
        routed: Sequence[str],
    ) -> UserData:
        lines = [
            f"set_key vpn.server.routing.private_network.{index} {block}"
            for index, block in enumerate(routed)
        ]
        return UserData.text(
            _SETUP.format(
                read_password=password.shell_command(region(self)),
                admin_user=admin_user,
                public_ip=self.elastic_ip.public_ip,
                client_network=pool.network_address,
                client_bits=pool.prefixlen,
                routed="\n".join(lines),
            )
        )

    def _add_rules(
        self, clients: Sequence[str], administrators: Sequence[str], routed: Sequence[str]
    ) -> None:
        for blocks, ports in ((clients, _CLIENT_PORTS), (administrators, _ADMIN_PORTS)):
            for block in blocks:
                for port, description in ports:
                    self.connections.allow_from(Peer.ipv4(block), port, description)
        for block in routed:
            inside = block == self._vpc.cidr_block
            peer = Peer.ipv4(block, name="vpc" if inside else None)
            self.connections.allow_to(peer, Port.all_traffic(), "what clients reach")
        for port, description in (
            (Port.tcp(443), "Session Manager, packages and licences"),
            (Port.tcp(80), "packages"),
        ):
            self.connections.allow_to_any_ipv4(port, description)

    def _add_routes(self) -> dict[str, Route]:
        """From every route table back to the clients, through the server's interface."""
        routes = {}
        for name, table_id in self._vpc.route_table_ids.items():
            route = Route(
                self,
                f"route-{name}",
                route_table_id=table_id,
                destination_cidr_block=self.client_cidr_block,
                network_interface_id=self.instance.resource.primary_network_interface_id,
            )
            pin_address(route, self, name)
            routes[name] = route
        return routes


def _check_blocks(faults: Faults, name: str, value: object) -> list[str]:
    items = check_sequence(faults, name, value, '["203.0.113.0/24"]')
    if items is not None and not items:
        faults.add(f"{name} is empty: name at least one block.")
    for item in items or ():
        if is_token(item):
            faults.add(f"{name}: a token cannot be checked: write the block.")
        else:
            check_cidr(faults, name, item)
    return list(items or ())


def _check_open(
    faults: Faults, scope: Construct, clients: Sequence[str], administrators: Sequence[str]
) -> None:
    if _is_everybody(administrators):
        faults.add("administrators is everybody: name the networks that administer the VPN.")
    if _is_everybody(clients) and not is_acknowledged(scope, OPEN_VPN):
        faults.add(
            f"[{OPEN_VPN}] ports 443 and 1194 would be open to everybody: name the networks that "
            f'people connect from, or acknowledge(scope, "{OPEN_VPN}", reason="...").'
        )


def _is_everybody(blocks: Sequence[str]) -> bool:
    """Whether the blocks together are the whole internet."""
    try:
        networks = [ipaddress.IPv4Network(block) for block in blocks if isinstance(block, str)]
    except ValueError:
        return False
    return ipaddress.IPv4Network("0.0.0.0/0") in ipaddress.collapse_addresses(networks)


def _check_pool(faults: Faults, block: object, vpc: IVpc | None) -> ipaddress.IPv4Network | None:
    pool = check_cidr(faults, "client_cidr_block", block, largest=16, smallest=28)
    if is_token(block):
        faults.add("client_cidr_block is a token: the server's set-up needs the block.")
    if not isinstance(pool, ipaddress.IPv4Network) or vpc is None:
        return None
    for own in vpc.cidr_blocks if isinstance(vpc, Vpc) else [vpc.cidr_block]:
        if not is_token(own) and pool.overlaps(ipaddress.IPv4Network(own)):
            faults.add(f"client_cidr_block {pool} overlaps the VPC's {own}: take another.")
    return pool
