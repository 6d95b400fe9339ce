"""Network load balancers: TCP, UDP and TLS connections, at addresses that stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terratiers.compute.elastic_ip import ElasticIp, ElasticIpBase
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_address,
    check_bool,
    check_choice,
    check_instance,
    check_mapping,
    check_scope,
    check_tags,
)
from terratiers.load_balancing.access_logs import (
    LoadBalancerAccessLogs,
    admit_log_delivery,
    check_access_logs,
)
from terratiers.load_balancing.balancer_parts import (
    add_security_group,
    check_peers,
    check_place,
    check_protection,
    default_peers,
    deletion_protection,
    subnet_group_of,
    way_in,
)
from terratiers.load_balancing.load_balancer_base import (
    ImportedLoadBalancer,
    LoadBalancerAttributes,
    LoadBalancerBase,
)
from terratiers.load_balancing.network_listener import (
    NetworkListener,
    check_network_listener,
    ports_of,
)
from terratiers.load_balancing.target_group import TargetGroupBase, name_prefix
from terratiers.load_balancing.tls import TLS_POLICY
from terratiers.network.routing import zone_letter
from terratiers.network.vpc_attributes import IVpc
from terratiers.security.peer import Peer

import jsii
from cdktf import TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs, LbSubnetMapping
from constructs import Construct, IValidation

__all__ = ["ClientRoutingPolicy", "NetworkLoadBalancer"]


class ClientRoutingPolicy:
    """Which zone's address a client in the VPC is told when it asks for the balancer's name.

    `ANY_AVAILABILITY_ZONE`: any. `AVAILABILITY_ZONE_AFFINITY`: its own zone's.
    `PARTIAL_AVAILABILITY_ZONE_AFFINITY`: its own zone's in 85 % of cases.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html
    """

    ANY_AVAILABILITY_ZONE = "any_availability_zone"
    AVAILABILITY_ZONE_AFFINITY = "availability_zone_affinity"
    PARTIAL_AVAILABILITY_ZONE_AFFINITY = "partial_availability_zone_affinity"
    ALL = (
        ANY_AVAILABILITY_ZONE,
        AVAILABILITY_ZONE_AFFINITY,
        PARTIAL_AVAILABILITY_ZONE_AFFINITY,
    )


class NetworkLoadBalancer(LoadBalancerBase):
    """A network load balancer with a security group and, in public, an Elastic IP in each zone.

    The group admits only what listeners listen on, and reaches only their targets. It is there
    from the start: AWS never gives one to a balancer that was made without.

    One with fixed addresses, Elastic IPs or `private_addresses`, is destroyed before its successor
    is made, since both cannot hold them at once; clients find the same addresses afterwards. One
    without gets its successor first, as application load balancers do. Zones, listeners, targets
    and all settings but `internal` and the kind of addresses change in place; the loss of a zone
    does not.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_lb.<id>`, `aws_security_group.<id>_group`,
            `aws_eip.<id>_ip_a`, ...
        vpc: The `Vpc`, made here or imported.
        internal: Whether it has private addresses only. Default: no.
        subnet_group: Default: `public`, or `private` for an internal one.
        assign_elastic_ips: Whether a public one gets an Elastic IP in each zone; else AWS picks
            addresses that go with the balancer. Default: yes.
        elastic_ips: Zone name to `ElasticIp`, one for each zone of the VPC, in place of new ones.
        private_addresses: Zone name to an IPv4 address of the zone's subnet, for an internal one.
            Default: AWS picks them.
        cross_zone_enabled: Whether each zone's address reaches the targets of all zones; traffic
            between zones is paid by the gigabyte. Default: yes.
        client_routing_policy: One of `ClientRoutingPolicy`. Default: any_availability_zone.
        enforce_security_group_inbound_rules_on_private_link_traffic: Whether the security group
            is asked about connections through PrivateLink, too. Default: yes.
        zonal_shift: Whether a zone may be taken out for a while with Application Recovery
            Controller. Default: no.
        access_logs: Default: none. AWS writes them for TLS listeners only: without one it is an
            error. The bucket takes SSE-S3 here.
        deletion_protection: Default: in an environment marked production.
        tags: Further tags, also for the Elastic IPs that it makes.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html
    """

    balancer_kind = "network"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        internal: bool = False,
        subnet_group: str | None = None,
        assign_elastic_ips: bool = True,
        elastic_ips: Mapping[str, ElasticIpBase] | None = None,
        private_addresses: Mapping[str, str] | None = None,
        cross_zone_enabled: bool = True,
        client_routing_policy: str = ClientRoutingPolicy.ANY_AVAILABILITY_ZONE,
        enforce_security_group_inbound_rules_on_private_link_traffic: bool = True,
        zonal_shift: bool = False,
        access_logs: LoadBalancerAccessLogs | None = None,
        deletion_protection: bool | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        enforced = enforce_security_group_inbound_rules_on_private_link_traffic
        faults = check_scope(scope, id)
        check_place(faults, scope, vpc, internal, subnet_group, zones=1, what="it")
        assigns = check_bool(faults, "assign_elastic_ips", assign_elastic_ips)
        zones = getattr(vpc, "availability_zones", ())
        if elastic_ips is not None:
            _check_elastic_ips(faults, scope, elastic_ips, zones, internal, assigns)
        if private_addresses is not None:
            _check_private_addresses(faults, private_addresses, zones, internal)
        for name, value in (
            ("cross_zone_enabled", cross_zone_enabled),
            ("enforce_security_group_inbound_rules_on_private_link_traffic", enforced),
            ("zonal_shift", zonal_shift),
        ):
            check_bool(faults, name, value)
        check_choice(
            faults, "client_routing_policy", client_routing_policy, ClientRoutingPolicy.ALL
        )
        check_access_logs(faults, scope, access_logs)
        check_protection(faults, deletion_protection)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.vpc = vpc
        self.internal = internal
        self.logs_connections = access_logs is not None
        self.listeners: dict[int, NetworkListener] = {}
        self.elastic_ips: dict[str, ElasticIpBase] = dict(elastic_ips or {})
        with all_or_nothing(scope, id):
            self.security_group = add_security_group(self, vpc)
            if not internal and assign_elastic_ips and not elastic_ips:
                for zone in vpc.availability_zones:
                    address = ElasticIp(self, f"ip-{zone_letter(zone)}", tags=own_tags)
                    skip_check(
                        address.resource, "CKV2_AWS_19", "It is the balancer's, in subnet_mapping."
                    )
                    self.elastic_ips[zone] = address
            self.resource = self._add_balancer(
                subnet_group=subnet_group,
                private_addresses=private_addresses or {},
                access_logs=access_logs,
                protected=deletion_protection,
                tags=own_tags,
                enable_cross_zone_load_balancing=cross_zone_enabled,
                dns_record_client_routing_policy=client_routing_policy,
                enforce_security_group_inbound_rules_on_private_link_traffic=(
                    "on" if enforced else "off"
                ),
                enable_zonal_shift=zonal_shift,
            )
        self.node.add_validation(_LogsTls(self))
        self._attributes = LoadBalancerAttributes(
            load_balancer_arn=self.resource.arn,
            load_balancer_arn_suffix=self.resource.arn_suffix,
            dns_name=self.resource.dns_name,
            zone_id=self.resource.zone_id,
            security_group_id=self.security_group.security_group_id,
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: LoadBalancerAttributes
    ) -> ImportedLoadBalancer:
        """A balancer that exists already, with a security group.

        Raises:
            ConfigurationError: for ids or ARNs of another form.
        """
        return ImportedLoadBalancer(scope, id, attributes, kind="network")

    def add_listener(
        self,
        id: str,
        *,
        port: int,
        protocol: str = "TCP",
        certificate_arn: str | None = None,
        tls_policy: str = TLS_POLICY,
        alpn_policy: str | None = None,
        tcp_idle_timeout_seconds: int | None = None,
        allow_from: Sequence[Peer] | None = None,
        default_target_group: TargetGroupBase | None = None,
    ) -> NetworkListener:
        """Opens a port. The listener's `add_targets` says where connections go.

        Args:
            id: Part of the Terraform name: `aws_lb_listener.<balancer>_<id>`.
            port: 1 to 65535, each once.
            protocol: `TCP`, `UDP`, `TCP_UDP` for both on one port, or `TLS`, which the balancer
                takes off. Default: TCP.
            certificate_arn: For TLS, a certificate of ACM or IAM; `add_certificate` adds further
                ones.
            tls_policy: For TLS. Default: TLS 1.3 and 1.2 with forward secrecy, with post-quantum
                key exchange for clients that know it.
            alpn_policy: For TLS: `HTTP1Only`, `HTTP2Only`, `HTTP2Optional`, `HTTP2Preferred` or
                `None`, the protocol that is agreed on. Default: none is.
            tcp_idle_timeout_seconds: For TCP: after how long without data a connection is
                forgotten, 60 to 6000. Default: AWS's own, 350.
            allow_from: Who may connect. Default: everybody, or the VPC for an internal balancer.
            default_target_group: A `TargetGroup` that is there already; its targets have to admit
                `connections` by themselves. Default: what `add_targets` makes.

        Raises:
            ConfigurationError: for a port that is taken, and values outside of these limits.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
        """
        faults = check_scope(self, id)
        number = check_network_listener(
            faults,
            self,
            port=port,
            protocol=protocol,
            certificate_arn=certificate_arn,
            tls_policy=tls_policy,
            alpn_policy=alpn_policy,
            tcp_idle_timeout_seconds=tcp_idle_timeout_seconds,
            default_target_group=default_target_group,
        )
        if number in self.listeners:
            faults.add(
                f"port {number} has the listener {self.listeners[number].node.id} already: AWS "
                "allows one on a port; TCP_UDP takes both protocols."
            )
        given = check_peers(faults, allow_from)
        faults.raise_any()
        peers = default_peers(self.vpc, internal=self.internal) if given is None else given
        admitted = [(peer, open_port) for peer in peers for open_port in ports_of(protocol, port)]
        for peer, open_port in admitted:
            self.connections.check_from(peer, open_port, f"listener {id}")
        with all_or_nothing(self, id):
            listener = NetworkListener(
                self,
                id,
                port=port,
                protocol=protocol,
                certificate_arn=certificate_arn,
                tls_policy=tls_policy,
                alpn_policy=alpn_policy,
                tcp_idle_timeout_seconds=tcp_idle_timeout_seconds,
                default_target_group=default_target_group,
            )
            for peer, open_port in admitted:
                self.connections.allow_from(peer, open_port, f"listener {id}")
        self.listeners[port] = listener
        return listener

    def _add_balancer(
        self,
        *,
        subnet_group: str | None,
        private_addresses: Mapping[str, str],
        access_logs: LoadBalancerAccessLogs | None,
        protected: bool | None,
        tags: Mapping[str, str],
        **settings: Any,
    ) -> Lb:
        subnets = self.vpc.subnet_ids(subnet_group_of(self.internal, subnet_group))
        fixed = bool(self.elastic_ips or private_addresses)
        mappings = [
            LbSubnetMapping(
                subnet_id=subnet,
                allocation_id=self.elastic_ips[zone].allocation_id if self.elastic_ips else None,
                private_ipv4_address=private_addresses.get(zone),
            )
            for zone, subnet in subnets.items()
        ]
        after: list[TerraformResource] = way_in(self.vpc, self.internal)
        # without the block the provider would leave on what was on
        logs = LbAccessLogs(bucket="", enabled=False)
        if access_logs is not None:
            after += admit_log_delivery(self, access_logs)
            bucket, prefix = access_logs.bucket, access_logs.prefix_of(self)
            logs = LbAccessLogs(bucket=bucket.bucket_name, prefix=prefix or None, enabled=True)
        resource = Lb(
            self,
            "resource",
            name_prefix=name_prefix(self.node.id),
            load_balancer_type="network",
            internal=self.internal,
            ip_address_type="ipv4",
            subnets=None if fixed else list(subnets.values()),
            subnet_mapping=mappings if fixed else None,
            security_groups=[self.security_group.security_group_id],
            enable_deletion_protection=deletion_protection(self, protected),
            access_logs=logs,
            depends_on=after or None,
            tags={**tags, "Name": construct_name(self)},
            # a successor cannot have the addresses before its predecessor is gone
            lifecycle=None if fixed else TerraformResourceLifecycle(create_before_destroy=True),
            **settings,
        )
        pin_address(resource, self)
        return resource


@jsii.implements(IValidation)
class _LogsTls:
    def __init__(self, balancer: NetworkLoadBalancer) -> None:
        self._balancer = balancer

    def validate(self) -> list[str]:
        """Access logs that would stay empty."""
        protocols = {listener.protocol for listener in self._balancer.listeners.values()}
        if not self._balancer.logs_connections or "TLS" in protocols:
            return []
        return [
            "access_logs would stay empty: AWS writes them for TLS listeners only, and it has none."
        ]


def _check_elastic_ips(
    faults: Faults,
    scope: Construct,
    given: object,
    zones: Sequence[str],
    internal: bool,
    assigns: bool | None,
) -> None:
    example = '{"eu-central-1a": ElasticIp(self, "a"), ...}'
    found = check_mapping(faults, "elastic_ips", given, example)
    if found is None:
        return
    if internal is True:
        faults.add("elastic_ips are for balancers with public addresses, and this one is internal.")
    if assigns is False:
        faults.add("elastic_ips are given, but assign_elastic_ips is False: leave one of them out.")
    _check_zones(faults, "elastic_ips", found, zones)
    for zone, address in found.items():
        what = f"elastic_ips: {zone}"
        if check_instance(faults, what, address, ElasticIpBase, 'ElasticIp(self, "web")'):
            check_same_stack(faults, what, address, scope)
    if len({id(address) for address in found.values()}) < len(found):
        faults.add("elastic_ips names an address twice: each zone has one of its own.")


def _check_private_addresses(
    faults: Faults, given: object, zones: Sequence[str], internal: bool
) -> None:
    example = '{"eu-central-1a": "10.0.16.10", ...}'
    found = check_mapping(faults, "private_addresses", given, example)
    if found is None:
        return
    if internal is False:
        faults.add("private_addresses are for internal balancers: write internal=True.")
    _check_zones(faults, "private_addresses", found, zones)
    for zone, address in found.items():
        check_address(faults, f"private_addresses: {zone}", address)
    if len(set(map(str, found.values()))) < len(found):
        faults.add("private_addresses names an address twice: each zone has one of its own.")


def _check_zones(faults: Faults, name: str, found: Mapping[str, Any], zones: Sequence[str]) -> None:
    for zone in found:
        check_choice(faults, f"{name}: zone", zone, zones)
    missing = [zone for zone in zones if zone not in found]
    if missing:
        faults.add(f"{name}: {', '.join(missing)} is missing: give one for each zone of the VPC.")
