"""Application load balancers: HTTP and HTTPS, routed by host, path, headers and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_int,
    check_scope,
    check_tags,
)
from terratiers.load_balancing.access_logs import (
    LoadBalancerAccessLogs,
    admit_elb_delivery,
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
from terratiers.load_balancing.listener import NOT_FOUND, ApplicationListener, check_listener
from terratiers.load_balancing.listener_action import ListenerAction
from terratiers.load_balancing.load_balancer_base import (
    ImportedLoadBalancer,
    LoadBalancerAttributes,
    LoadBalancerBase,
)
from terratiers.load_balancing.target_group import name_prefix
from terratiers.load_balancing.tls import TLS_POLICY
from terratiers.network.vpc_attributes import IVpc, check_vpc_argument
from terratiers.security.peer import Peer
from terratiers.security.port import Port

from cdktf import TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs, LbConnectionLogs
from constructs import Construct

__all__ = ["ApplicationLoadBalancer", "LoadBalancerAccessLogs"]

_DESYNC = ("defensive", "strictest", "monitor")
_FORWARDED_FOR = ("append", "preserve", "remove")


class ApplicationLoadBalancer(LoadBalancerBase):
    """An application load balancer with a security group of its own.

    The group admits only what listeners listen on, and reaches only their targets. Headers that
    HTTP does not allow are dropped. Its name is a prefix with a random end, so that a change that
    replaces it makes the new one first.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_lb.<id>`, `aws_security_group.<id>_group`.
        vpc: The `Vpc`, made here or imported; two zones at least.
        internal: Whether it has private addresses only. Default: no.
        subnet_group: Default: `public`, or `private` for an internal one.
        ipv6: Whether it has IPv6 addresses beside those of IPv4; its subnets need IPv6 blocks.
            Default: where the VPC has one.
        idle_timeout: Seconds without data until a connection is closed, 1 to 4000. Default: 60.
        client_keep_alive: Seconds until a client's connection is closed in any case, 60 to
            604800. Default: 3600.
        http2: Whether clients may speak HTTP/2. Default: yes.
        desync_mitigation: `defensive`, `strictest` or `monitor`: how ambiguous requests are
            treated. Default: defensive.
        preserve_host_header: Whether targets see the `Host` header as it was sent; else the port
            is added where it is not the usual one. Default: no.
        xff_header_processing: What becomes of the header `X-Forwarded-For`: `append` the
            client's address, `preserve` it as it is, or `remove` it. Default: append.
        xff_client_port: Whether that header holds the client's port, too. Default: no.
        tls_headers: Whether targets are told TLS version and cipher suite in headers
            (`x-amzn-tls-version`, `x-amzn-tls-cipher-suite`). Default: no.
        waf_fail_open: Whether requests pass unchecked where AWS WAF does not answer. Default: no.
        zonal_shift: Whether a zone may be taken out for a while with Application Recovery
            Controller. Default: no.
        access_logs: Default: none.
        connection_logs: Default: none. Where each connection is written down, with its TLS
            handshake.
        deletion_protection: Default: in an environment marked production.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
    """

    balancer_kind = "application"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        internal: bool = False,
        subnet_group: str | None = None,
        ipv6: bool | None = None,
        idle_timeout: int = 60,
        client_keep_alive: int = 3600,
        http2: bool = True,
        desync_mitigation: str = "defensive",
        preserve_host_header: bool = False,
        xff_header_processing: str = "append",
        xff_client_port: bool = False,
        tls_headers: bool = False,
        waf_fail_open: bool = False,
        zonal_shift: bool = False,
        access_logs: LoadBalancerAccessLogs | None = None,
        connection_logs: LoadBalancerAccessLogs | None = None,
        deletion_protection: bool | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        what = "an application load balancer"
        check_place(faults, scope, vpc, internal, subnet_group, zones=2, what=what)
        dual = _check_ipv6(faults, vpc, ipv6)
        check_int(faults, "idle_timeout", idle_timeout, 1, 4000, "seconds (ELB)")
        check_int(faults, "client_keep_alive", client_keep_alive, 60, 604_800, "seconds (ELB)")
        check_choice(faults, "desync_mitigation", desync_mitigation, _DESYNC)
        check_choice(faults, "xff_header_processing", xff_header_processing, _FORWARDED_FOR)
        switches = {
            "http2": http2,
            "preserve_host_header": preserve_host_header,
            "xff_client_port": xff_client_port,
            "tls_headers": tls_headers,
            "waf_fail_open": waf_fail_open,
            "zonal_shift": zonal_shift,
        }
        for name, value in switches.items():
            check_bool(faults, name, value)
        check_access_logs(faults, scope, access_logs)
        check_access_logs(faults, scope, connection_logs, name="connection_logs")
        check_protection(faults, deletion_protection)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.vpc = vpc
        self.internal = internal
        self.ipv6 = dual
        self.listeners: dict[int, ApplicationListener] = {}
        with all_or_nothing(scope, id):
            self.security_group = add_security_group(self, vpc)
            self.resource = self._add_balancer(
                subnet_group=subnet_group,
                access_logs=access_logs,
                connection_logs=connection_logs,
                protected=deletion_protection,
                tags=own_tags,
                idle_timeout=idle_timeout,
                client_keep_alive=client_keep_alive,
                enable_http2=http2,
                desync_mitigation_mode=desync_mitigation,
                preserve_host_header=preserve_host_header,
                xff_header_processing_mode=xff_header_processing,
                enable_xff_client_port=xff_client_port,
                enable_tls_version_and_cipher_suite_headers=tls_headers,
                enable_waf_fail_open=waf_fail_open,
                enable_zonal_shift=zonal_shift,
            )
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
        """A balancer that exists already.

        Raises:
            ConfigurationError: for ids or ARNs of another form.
        """
        return ImportedLoadBalancer(scope, id, attributes, kind="application")

    def add_listener(
        self,
        id: str,
        *,
        port: int | None = None,
        certificate_arn: str | None = None,
        default_action: ListenerAction = NOT_FOUND,
        allow_from: Sequence[Peer] | None = None,
        redirect_http: bool = True,
        tls_policy: str = TLS_POLICY,
    ) -> ApplicationListener:
        """Opens a port: HTTPS with a certificate, HTTP without.

        Args:
            id: Part of the Terraform name: `aws_lb_listener.<balancer>_<id>`.
            port: 1 to 65535. Default: 443 with a certificate, 80 without.
            certificate_arn: A certificate of ACM or IAM; `add_certificate` adds further ones.
                Default: none, and HTTP.
            default_action: What happens with requests that no rule is for. Default: code 404,
                until `add_targets` names a target group.
            allow_from: Who may connect. Default: everybody, or the VPC for an internal balancer.
            redirect_http: With a certificate on port 443: whether port 80 redirects there.
                Default: yes.
            tls_policy: Default: TLS 1.3 and 1.2 with forward secrecy, with post-quantum key
                exchange for clients that know it.

        Raises:
            ConfigurationError: for a port that is taken, and values outside of these limits.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html
        """
        faults = check_scope(self, id)
        chosen = (443 if certificate_arn else 80) if port is None else port
        number = check_listener(
            faults,
            self,
            port=chosen,
            certificate_arn=certificate_arn,
            default_action=default_action,
            tls_policy=tls_policy,
        )
        check_bool(faults, "redirect_http", redirect_http)
        if number in self.listeners:
            faults.add(f"port {number} has the listener {self.listeners[number].node.id} already.")
        given = check_peers(faults, allow_from)
        faults.raise_any()
        peers = given
        if peers is None:
            peers = default_peers(self.vpc, internal=self.internal, ipv6=self.ipv6)
        redirects = bool(certificate_arn) and chosen == 443 and redirect_http
        redirects = redirects and 80 not in self.listeners
        if redirects:
            check_scope(self, f"{id}-redirect")
        for peer in peers:
            self.connections.check_from(peer, Port.tcp(chosen), f"listener {id}")
            if redirects:
                self.connections.check_from(peer, Port.tcp(80), f"listener {id}-redirect")
        opened = {chosen: (id, certificate_arn, default_action)}
        if redirects:
            to_https = ListenerAction.redirect(protocol="HTTPS", port=443)
            opened[80] = (f"{id}-redirect", None, to_https)
        with ExitStack() as undo:
            for name, _, _ in opened.values():
                undo.enter_context(all_or_nothing(self, name))
            made = {
                number: self._open(name, number, certificate, action, tls_policy, peers)
                for number, (name, certificate, action) in opened.items()
            }
        self.listeners.update(made)
        if redirects:
            self._explain_redirect(peers)
        default_action.note_forwarding(self.load_balancer_arn_suffix, made[chosen].resource)
        return made[chosen]

    def _add_balancer(
        self,
        *,
        subnet_group: str | None,
        access_logs: LoadBalancerAccessLogs | None,
        connection_logs: LoadBalancerAccessLogs | None,
        protected: bool | None,
        tags: Mapping[str, str],
        **settings: Any,
    ) -> Lb:
        after: list[TerraformResource] = way_in(self.vpc, self.internal)
        logs: dict[str, Any] = {}
        for name, given, kind in (
            ("access_logs", access_logs, LbAccessLogs),
            ("connection_logs", connection_logs, LbConnectionLogs),
        ):
            if given is None:
                # without the block the provider would leave on what was on
                logs[name] = kind(bucket="", enabled=False)
                continue
            admitted = admit_elb_delivery(self, given)
            after += [policy for policy in admitted if policy not in after]
            prefix = given.prefix_of(self) or None
            logs[name] = kind(bucket=given.bucket.bucket_name, prefix=prefix, enabled=True)
        group = subnet_group_of(self.internal, subnet_group)
        resource = Lb(
            self,
            "resource",
            name_prefix=name_prefix(self.node.id),
            load_balancer_type="application",
            internal=self.internal,
            ip_address_type="dualstack" if self.ipv6 else "ipv4",
            subnets=list(self.vpc.subnet_ids(group).values()),
            security_groups=[self.security_group.security_group_id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=deletion_protection(self, protected),
            depends_on=after or None,
            tags={**tags, "Name": construct_name(self)},
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            **logs,
            **settings,
        )
        pin_address(resource, self)
        return resource

    def _explain_redirect(self, peers: Sequence[Peer]) -> None:
        group = self.security_group.node
        for peer in (peer for peer in peers if peer.is_everybody):
            rule = group.find_child(f"from-{peer.key}-{Port.tcp(80).key}")
            assert isinstance(rule, TerraformResource)
            skip_check(rule, "CKV_AWS_260", "Port 80 only redirects to HTTPS.")

    def _open(
        self,
        id: str,
        port: int,
        certificate_arn: str | None,
        default_action: ListenerAction,
        tls_policy: str,
        peers: Sequence[Peer],
    ) -> ApplicationListener:
        listener = ApplicationListener(
            self,
            id,
            port=port,
            certificate_arn=certificate_arn,
            default_action=default_action,
            tls_policy=tls_policy,
        )
        for peer in peers:
            self.connections.allow_from(peer, Port.tcp(port), f"listener {id}")
        return listener


def _check_ipv6(faults: Faults, vpc: IVpc, given: bool | None) -> bool:
    """Whether the balancer has IPv6 addresses."""
    if not check_vpc_argument(faults, vpc):
        return False
    if given is None:
        return vpc.attributes.ipv6
    if check_bool(faults, "ipv6", given) and not vpc.attributes.ipv6:
        faults.add("ipv6 is True, but the VPC has no IPv6 block: give the Vpc ipv6=True first.")
    return given is True
