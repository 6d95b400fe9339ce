"""Listeners of network load balancers, and the targets behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import check_choice, check_instance, check_int, check_scope
from terratiers.load_balancing.health_check import HealthCheck
from terratiers.load_balancing.listener import LoadBalancerTarget, check_targets
from terratiers.load_balancing.listener_action import ListenerAction
from terratiers.load_balancing.load_balancer_base import LoadBalancerBase
from terratiers.load_balancing.target_group import (
    Stickiness,
    TargetGroup,
    TargetGroupBase,
    TargetType,
)
from terratiers.load_balancing.tls import check_certificate, check_tls_policy
from terratiers.security.port import Port

import jsii
from cdktf_cdktf_provider_aws.lb_listener import LbListener
from constructs import Construct, IValidation

if TYPE_CHECKING:
    from terratiers.load_balancing.network_load_balancer import NetworkLoadBalancer

__all__ = ["NetworkListener", "check_network_listener", "ports_of"]

# Which target groups a listener may forward to, its own protocol first
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
_FORWARDS = {
    "TCP": ("TCP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
}
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-tls-listener.html
_ALPN = ("HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None")


class NetworkListener(Construct):
    """One port of a network load balancer. Made by `add_listener`."""

    def __init__(
        self,
        balancer: NetworkLoadBalancer,
        id: str,
        *,
        port: int,
        protocol: str,
        certificate_arn: str | None,
        tls_policy: str,
        alpn_policy: str | None,
        tcp_idle_timeout_seconds: int | None,
        default_target_group: TargetGroupBase | None,
    ) -> None:
        super().__init__(balancer, id)
        self.balancer = balancer
        self.port = port
        self.protocol = protocol
        self.target_group: TargetGroupBase | None = None
        secure = protocol == "TLS"
        self.resource = LbListener(
            self,
            "resource",
            load_balancer_arn=balancer.resource.arn,
            port=port,
            protocol=protocol,
            certificate_arn=certificate_arn,
            ssl_policy=tls_policy if secure else None,
            alpn_policy=alpn_policy,
            tcp_idle_timeout_seconds=tcp_idle_timeout_seconds,
            default_action=[],
            tags={"Name": construct_name(self)},
        )
        pin_address(self.resource, self)
        if default_target_group is not None:
            self._forward_to(default_target_group)
        self.node.add_validation(_ForwardsToSomebody(self))

    @property
    def listener_arn(self) -> str:
        return self.resource.arn

    def add_certificate(self, id: str, certificate_arn: str) -> None:
        """Lets a TLS listener answer for further names.

        Args:
            certificate_arn: The certificate's ARN, of ACM in this region or of IAM.

        Raises:
            ConfigurationError: for what is no certificate's ARN, and for another protocol.
        """
        from cdktf_cdktf_provider_aws.lb_listener_certificate import LbListenerCertificate

        faults = check_scope(self, id)
        if self.protocol != "TLS":
            faults.add(f"this listener speaks {self.protocol}: certificates are for TLS.")
        check_certificate(faults, certificate_arn)
        faults.raise_any()
        certificate = LbListenerCertificate(
            self, id, listener_arn=self.resource.arn, certificate_arn=certificate_arn
        )
        pin_address(certificate, self, id)

    def add_targets(
        self,
        id: str,
        *,
        port: int,
        targets: Sequence[LoadBalancerTarget | LoadBalancerBase] = (),
        protocol: str | None = None,
        health_check: HealthCheck = HealthCheck(),  # noqa: B008 - frozen
        deregistration_delay: int | None = None,
        stickiness: Stickiness | None = None,
        preserve_client_ip: bool | None = None,
        proxy_protocol: bool | None = None,
        connection_termination: bool | None = None,
    ) -> TargetGroup:
        """Forwards to a new target group and lets the balancer reach its targets.

        The balancer's security group lets out what the targets get, and health checks over TCP
        also where the targets get UDP; the targets' groups admit both.

        Args:
            id: Part of the Terraform name: `aws_lb_target_group.<balancer>_<listener>_<id>`.
            port: Where the targets listen, 1 to 65535.
            targets: Instances, Auto Scaling groups, or one `ApplicationLoadBalancer` that has a
                listener on `port`, for a TCP listener; more instances can be added to the target
                group.
            protocol: `TCP` or `TCP_UDP` for a TCP listener, `TCP` or `TLS` for a TLS listener,
                `UDP` or `TCP_UDP` for a UDP listener, `TCP_UDP` for a TCP_UDP listener. Default:
                the listener's own, TCP for TLS.
            health_check: Default: whether a TCP connection can be made; of an application
                balancer, code 200 for `/`, over HTTPS where its listener has a certificate.
            deregistration_delay: As in `TargetGroup`; likewise the options that follow.
            stickiness: `Stickiness(kind="source_ip")`; not for a TLS listener. Default: none.
            preserve_client_ip: Default: AWS's own.
            proxy_protocol: Default: no.
            connection_termination: Default: AWS's own.

        Raises:
            ConfigurationError: as `TargetGroup` does, for targets that cannot be reached so, and
                when the listener forwards to somebody already.
        """
        faults = check_scope(self, id)
        check_int(faults, "port", port, 1, 65535, "(a port)")
        check_instance(faults, "health_check", health_check, HealthCheck, "HealthCheck()")
        faults.raise_any()
        if self.target_group is not None:
            faults.add(
                f"it forwards to {self.target_group.node.path} already: a listener of a network "
                "load balancer has one target group; add the targets to it."
            )
        allowed = _FORWARDS[self.protocol]
        if protocol is not None:
            remedy = f"That is what a {self.protocol} listener forwards."
            check_choice(faults, "protocol", protocol, allowed, remedy)
        if self.protocol == "TLS" and stickiness is not None:
            faults.add("stickiness does not go with a TLS listener: leave it out, or take TCP.")
        balancer = self._check_balancer(faults, targets, port, protocol)
        instances = [] if balancer else check_targets(faults, targets, self)
        if balancer:
            health_check = _check_of_balancer(faults, balancer, health_check, port)
        faults.raise_any()
        with all_or_nothing(self, id):
            group = TargetGroup(
                self,
                id,
                vpc=self.balancer.vpc,
                port=port,
                protocol=protocol or allowed[0],
                target_type=TargetType.ALB if balancer else TargetType.INSTANCE,
                health_check=health_check,
                deregistration_delay=deregistration_delay,
                stickiness=stickiness,
                preserve_client_ip=preserve_client_ip,
                proxy_protocol=proxy_protocol,
                connection_termination=connection_termination,
            )
            if balancer is not None:
                heard = getattr(balancer, "listeners", {}).get(port)
                after = [heard.resource] if heard else []
                arn = balancer.load_balancer_arn
                group.add_target(balancer.node.id, arn, depends_on=after)
            for target in instances:
                target.attach_to_target_group(group)
        for reached in [balancer] if balancer is not None else instances:
            for allowed_port in ports_of(self.protocol, port):
                self.balancer.connections.allow_to(reached, allowed_port, "requests")
            checked = Port.tcp(health_check.port or port)
            self.balancer.connections.allow_to(reached, checked, "health checks")
        self._forward_to(group)
        return group

    def _forward_to(self, group: TargetGroupBase) -> None:
        self.target_group = group
        self.resource.put_default_action([ListenerAction.forward(group).default_action()])

    def _check_balancer(
        self, faults: Faults, targets: object, port: object, protocol: str | None
    ) -> LoadBalancerBase | None:
        """The application load balancer among the targets, which has to be the only one."""
        items = list(targets) if isinstance(targets, (list, tuple)) else []
        found = [item for item in items if isinstance(item, LoadBalancerBase)]
        if not found:
            return None
        balancer = found[0]
        path = balancer.node.path
        check_same_stack(faults, "target", balancer, self)
        if balancer.balancer_kind != "application":
            kind = balancer.balancer_kind
            faults.add(f"{path} is a {kind} load balancer: take an application one.")
            return balancer
        if len(items) > 1:
            faults.add(f"{path} has to be the only target: AWS registers one balancer in a group.")
        if self.protocol != "TCP" or protocol not in (None, "TCP"):
            faults.add(f"{path} is reached over TCP only: take a TCP listener and no protocol.")
        listeners = getattr(balancer, "listeners", None)
        if listeners is not None and port not in listeners:
            known = ", ".join(map(str, sorted(listeners))) or "none"
            faults.add(f"{path} has no listener on port {port}; it has: {known}. Add it first.")
        return balancer


def _check_of_balancer(
    faults: Faults, balancer: LoadBalancerBase, given: HealthCheck, port: int
) -> HealthCheck:
    """The health check of an application load balancer: over HTTPS where it listens so."""
    number = given.port or port
    asked = getattr(balancer, "listeners", {}).get(number)
    if asked is None or not asked.is_secure:
        return given
    if given.protocol == "HTTP":
        faults.add(
            f"health_check: protocol is HTTP, but {balancer.node.path} speaks HTTPS on port "
            f"{number}: leave the protocol out, or write HTTPS."
        )
    return given if given.protocol else replace(given, protocol="HTTPS")


@jsii.implements(IValidation)
class _ForwardsToSomebody:
    def __init__(self, listener: NetworkListener) -> None:
        self._listener = listener

    def validate(self) -> list[str]:
        """A listener without targets, which AWS would refuse."""
        if self._listener.target_group is not None:
            return []
        return ["it forwards to nobody: call add_targets, or give it a default_target_group."]


def ports_of(protocol: str, port: int) -> list[Port]:
    """What a listener of `protocol` takes on `port`, as rules of security groups say it."""
    udp = [Port.udp(port)] if "UDP" in protocol else []
    return udp if protocol == "UDP" else [Port.tcp(port), *udp]


def check_network_listener(
    faults: Faults,
    balancer: Construct,
    *,
    port: object,
    protocol: str,
    certificate_arn: object,
    tls_policy: object,
    alpn_policy: object,
    tcp_idle_timeout_seconds: object,
    default_target_group: object,
) -> int | None:
    """The port of a listener; notes what is wrong with the arguments of `add_listener`."""
    number = check_int(faults, "port", port, 1, 65535, "(a port)")
    known = check_choice(faults, "protocol", protocol, tuple(_FORWARDS))
    check_tls_policy(faults, tls_policy)
    if certificate_arn is not None:
        check_certificate(faults, certificate_arn)
    if known == "TLS" and certificate_arn is None:
        faults.add("certificate_arn is missing: a TLS listener answers with a certificate.")
    if alpn_policy is not None:
        check_choice(faults, "alpn_policy", alpn_policy, _ALPN)
    for name, value in (("certificate_arn", certificate_arn), ("alpn_policy", alpn_policy)):
        if value is not None and known not in (None, "TLS"):
            faults.add(f"{name} is for TLS listeners, and this one speaks {known}.")
    if tcp_idle_timeout_seconds is not None:
        what = "seconds (ELB)"
        check_int(faults, "tcp_idle_timeout_seconds", tcp_idle_timeout_seconds, 60, 6000, what)
        if known not in (None, "TCP"):
            faults.add(
                f"tcp_idle_timeout_seconds is for TCP listeners, and this one speaks {known}."
            )
    if default_target_group is not None:
        example = 'TargetGroup(self, "web", protocol="TCP", ...)'
        group = check_instance(
            faults, "default_target_group", default_target_group, TargetGroupBase, example
        )
        if group:
            check_same_stack(faults, "default_target_group", group, balancer)
        if known == "TLS" and getattr(group, "stickiness", None) is not None:
            faults.add(
                "default_target_group has stickiness, which does not go with a TLS listener."
            )
        if group and known and group.attributes.protocol not in _FORWARDS[known]:
            faults.add(
                f"{group.node.path} takes {group.attributes.protocol}: a {known} listener forwards "
                f"to {' or '.join(_FORWARDS[known])}."
            )
    return number
