"""Classic load balancers, for what still runs on one. AWS's previous generation: deprecated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from terratiers.core.acknowledgements import warn
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_sequence,
    check_tags,
    show,
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
    default_peers,
    subnet_group_of,
    way_in,
)
from terratiers.load_balancing.classic_listener import ClassicHealthCheck, ClassicListener
from terratiers.load_balancing.target_group import name_prefix
from terratiers.network.vpc_attributes import IVpc
from terratiers.security.connections import Connections
from terratiers.security.peer import Peer
from terratiers.security.port import Port

from cdktf import TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.elb import Elb, ElbAccessLogs, ElbHealthCheck, ElbListener
from cdktf_cdktf_provider_aws.elb_attachment import ElbAttachment
from cdktf_cdktf_provider_aws.load_balancer_listener_policy import LoadBalancerListenerPolicy
from cdktf_cdktf_provider_aws.load_balancer_policy import (
    LoadBalancerPolicy,
    LoadBalancerPolicyPolicyAttribute,
)
from constructs import Construct, Node

__all__ = ["ClassicLoadBalancer"]

DEPRECATED = "classic-load-balancer"
_DESYNC = ("defensive", "strictest", "monitor")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-limits.html
_MAX_LISTENERS = 100


class _HasConnections(Protocol):
    @property
    def connections(self) -> Connections: ...

    @property
    def node(self) -> Node: ...


@runtime_checkable
class ClassicTarget(_HasConnections, Protocol):
    """An instance."""

    @property
    def instance_id(self) -> str: ...


@runtime_checkable
class ClassicTargetGroup(_HasConnections, Protocol):
    """An Auto Scaling group."""

    def attach_to_load_balancer_name(self, id: str, load_balancer_name: str) -> None: ...


class ClassicLoadBalancer(Construct):
    """A classic load balancer, with a security group of its own. Deprecated.

    Take an `ApplicationLoadBalancer` for HTTP and HTTPS and a `NetworkLoadBalancer` for TCP; this
    one is for what cannot move yet, and always warns (`classic-load-balancer`). It knows neither
    TLS 1.3 nor redirects, rules, target groups, AWS WAF or deletion protection.

    The group admits only what listeners listen on, and reaches only the instances that were added.
    Its name is a prefix with a random end, so that a change that replaces it makes the new one
    first.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_elb.<id>`, `aws_security_group.<id>_group`,
            `aws_load_balancer_policy.<id>_tls_443`, ...
        vpc: The `Vpc`, made here or imported.
        listeners: 1 to 100 `ClassicListener`, each on a port of its own.
        internal: Whether it has private addresses only. Default: no.
        subnet_group: Default: `public`, or `private` for an internal one.
        health_check: Default: `ClassicHealthCheck()`.
        allow_from: Who may connect. Default: everybody, or the VPC for an internal balancer.
        cross_zone_enabled: Whether each zone's address reaches the instances of all zones.
            Default: yes.
        connection_draining_timeout: Seconds that an instance has for its last requests, 1 to
            3600, or 0 for none. Default: 300.
        idle_timeout: Seconds without data until a connection is closed, 1 to 4000. Default: 60.
        desync_mitigation: `defensive`, `strictest` or `monitor`: how ambiguous requests are
            treated. Default: defensive.
        access_logs: Default: none.
        access_log_interval: Minutes between log files, 5 or 60. Default: 60.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/introduction.html
    """

    balancer_kind = "classic"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        listeners: Sequence[ClassicListener],
        internal: bool = False,
        subnet_group: str | None = None,
        health_check: ClassicHealthCheck = ClassicHealthCheck(),  # noqa: B008 - frozen
        allow_from: Sequence[Peer] | None = None,
        cross_zone_enabled: bool = True,
        connection_draining_timeout: int = 300,
        idle_timeout: int = 60,
        desync_mitigation: str = "defensive",
        access_logs: LoadBalancerAccessLogs | None = None,
        access_log_interval: int = 60,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        check_place(faults, scope, vpc, internal, subnet_group, zones=1, what="it")
        found = _check_listeners(faults, listeners)
        example = 'ClassicHealthCheck(target="HTTP:8080/health")'
        if check_instance(faults, "health_check", health_check, ClassicHealthCheck, example):
            health_check.check(faults)
        given_peers = check_peers(faults, allow_from)
        check_bool(faults, "cross_zone_enabled", cross_zone_enabled)
        seconds = "seconds (ELB)"
        draining = connection_draining_timeout
        check_int(faults, "connection_draining_timeout", draining, 0, 3600, seconds)
        check_int(faults, "idle_timeout", idle_timeout, 1, 4000, seconds)
        check_choice(faults, "desync_mitigation", desync_mitigation, _DESYNC)
        check_access_logs(faults, scope, access_logs)
        check_choice(faults, "access_log_interval", access_log_interval, (5, 60))
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.vpc = vpc
        self.internal = internal
        self.listeners = {listener.port: listener for listener in found}
        self.health_check = health_check
        peers = default_peers(vpc, internal=internal) if given_peers is None else given_peers
        with all_or_nothing(scope, id):
            self.security_group = add_security_group(self, vpc)
            for listener in found:
                for peer in peers:
                    port = Port.tcp(listener.port)
                    self.connections.allow_from(peer, port, f"listener {listener.port}")
            after: list[TerraformResource] = way_in(vpc, internal)
            logs = None
            if access_logs is not None:
                after += admit_elb_delivery(self, access_logs)
                logs = ElbAccessLogs(
                    bucket=access_logs.bucket.bucket_name,
                    bucket_prefix=access_logs.prefix_of(self) or None,
                    interval=access_log_interval,
                    enabled=True,
                )
            self.resource = Elb(
                self,
                "resource",
                name_prefix=name_prefix(id),
                internal=internal,
                subnets=list(vpc.subnet_ids(subnet_group_of(internal, subnet_group)).values()),
                security_groups=[self.security_group.security_group_id],
                listener=[
                    ElbListener(
                        lb_port=listener.port,
                        lb_protocol=listener.resolved_protocol.lower(),
                        instance_port=listener.resolved_instance_port,
                        instance_protocol=listener.resolved_instance_protocol.lower(),
                        ssl_certificate_id=listener.certificate_arn,
                    )
                    for listener in found
                ],
                health_check=ElbHealthCheck(
                    target=health_check.resolved_target(found),
                    interval=health_check.interval,
                    timeout=health_check.timeout,
                    healthy_threshold=health_check.healthy_threshold,
                    unhealthy_threshold=health_check.unhealthy_threshold,
                ),
                cross_zone_load_balancing=cross_zone_enabled,
                connection_draining=draining > 0,
                connection_draining_timeout=draining or None,
                idle_timeout=idle_timeout,
                desync_mitigation_mode=desync_mitigation,
                access_logs=logs,
                depends_on=after or None,
                tags={**own_tags, "Name": construct_name(self)},
                lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            )
            pin_address(self.resource, self)
            for listener in found:
                if listener.is_secure:
                    self._add_tls_policy(listener)
            warn(
                self,
                DEPRECATED,
                "Classic Load Balancers are AWS's previous generation: take an "
                "ApplicationLoadBalancer for HTTP and HTTPS, a NetworkLoadBalancer for TCP.",
            )

    @property
    def connections(self) -> Connections:
        """The rules of its security group."""
        return self.security_group.connections

    @property
    def load_balancer_name(self) -> str:
        """What Auto Scaling groups and metrics call it."""
        return self.resource.name

    @property
    def load_balancer_arn(self) -> str:
        return self.resource.arn

    @property
    def dns_name(self) -> str:
        return self.resource.dns_name

    @property
    def zone_id(self) -> str:
        """The hosted zone of its name, for alias records."""
        return self.resource.zone_id

    def add_target(self, target: ClassicTarget | ClassicTargetGroup) -> None:
        """Registers an instance, or each one of an Auto Scaling group, and lets it be reached.

        Makes `aws_elb_attachment.<balancer>_<instance>`, or what the group makes. The security
        groups admit the instance ports of all listeners and the health check's port.

        Args:
            target: An `Instance` or an `AutoScalingGroup`.

        Raises:
            ConfigurationError: for anything else, and for one that was added already.
        """
        faults = Faults(self.node.scope, self.node.id)
        if not isinstance(target, (ClassicTarget, ClassicTargetGroup)):
            faults.add(f"{show(target)} cannot be a target: pass an Instance or a group of them.")
        elif isinstance(target, Construct):
            check_same_stack(faults, "target", target, self)
        faults.raise_any()
        check_scope(self, target.node.id)
        if isinstance(target, ClassicTarget):
            attachment = ElbAttachment(
                self, target.node.id, elb=self.load_balancer_name, instance=target.instance_id
            )
            pin_address(attachment, self, target.node.id)
        else:
            # the attachment is the group's child: its id has to tell it from others there
            id = f"classic-{self.node.id}"
            target.attach_to_load_balancer_name(id, self.load_balancer_name)
        checked = self.health_check.port(list(self.listeners.values()))
        ports = {listener.resolved_instance_port for listener in self.listeners.values()}
        for port in sorted(ports):
            self.connections.allow_to(target, Port.tcp(port), "requests")
        if checked is not None:
            self.connections.allow_to(target, Port.tcp(checked), "health checks")

    def _add_tls_policy(self, listener: ClassicListener) -> None:
        """The TLS policy of one listener.

        A policy in use is never deleted, so that another one is made first under another name.
        """
        part = f"tls-{listener.port}"
        policy = LoadBalancerPolicy(
            self,
            part,
            load_balancer_name=self.resource.name,
            policy_name=f"{listener.tls_policy.removeprefix('ELBSecurityPolicy-')}-{listener.port}",
            policy_type_name="SSLNegotiationPolicyType",
            policy_attribute=[
                LoadBalancerPolicyPolicyAttribute(
                    name="Reference-Security-Policy", value=listener.tls_policy
                )
            ],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(policy, self, part)
        attached = LoadBalancerListenerPolicy(
            self,
            f"{part}-listener",
            load_balancer_name=self.resource.name,
            load_balancer_port=listener.port,
            policy_names=[policy.policy_name],
            # another certificate makes the listener anew, without its policies
            triggers={
                "listener": f"{listener.certificate_arn}-{listener.resolved_protocol}-"
                f"{listener.resolved_instance_protocol}-{listener.resolved_instance_port}"
            },
        )
        pin_address(attached, self, part)


def _check_listeners(faults: Faults, given: object) -> list[ClassicListener]:
    example = "ClassicListener(port=80, instance_port=8080)"
    items = check_sequence(faults, "listeners", given, f"[{example}]")
    if items is not None and not 1 <= len(items) <= _MAX_LISTENERS:
        faults.add(f"listeners has {len(items)}: ELB allows 1 to {_MAX_LISTENERS}.")
    for item in items or ():
        if check_instance(faults, "listener", item, ClassicListener, example):
            item.check(faults)
    found = [item for item in items or () if isinstance(item, ClassicListener)]
    ports = [listener.port for listener in found if isinstance(listener.port, int)]
    for port in sorted({port for port in ports if ports.count(port) > 1}):
        faults.add(f"port {port} has two listeners: give each a port of its own.")
    return found
