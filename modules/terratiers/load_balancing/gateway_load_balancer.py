"""Gateway load balancers: all traffic of other networks through a fleet of appliances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_tags,
)
from terratiers.load_balancing.balancer_parts import check_protection
from terratiers.load_balancing.balancer_parts import deletion_protection as protection_of
from terratiers.load_balancing.health_check import HealthCheck
from terratiers.load_balancing.listener import LoadBalancerTarget, check_targets
from terratiers.load_balancing.target_group import Stickiness, TargetGroup, name_prefix
from terratiers.network.gateway_load_balancer_endpoint import subnet_cidr_blocks
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument
from terratiers.security.peer import Peer
from terratiers.security.port import Port

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroupTargetFailover
from constructs import Construct

__all__ = ["GatewayLoadBalancer", "TargetFailover"]

_GENEVE = Port.udp(6081)


class TargetFailover:
    """What becomes of flows whose appliance fails or is taken out.

    `NO_REBALANCE`: they stay with it and are dropped; only new ones go elsewhere. `REBALANCE`:
    they go to another one, for appliances that share their state or need none.
    """

    NO_REBALANCE = "no_rebalance"
    REBALANCE = "rebalance"
    ALL = (NO_REBALANCE, REBALANCE)


class GatewayLoadBalancer(Construct):
    """A gateway load balancer: it hands whole packets to appliances, wrapped in GENEVE.

    Other networks reach it through a `VpcEndpointService` and a `GatewayLoadBalancerEndpoint`. It
    has no security group: the appliances' own groups admit it. Its name is a prefix with a random
    end, so that a change that replaces it makes the new one first.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_lb.<id>`.
        vpc: The appliances' `Vpc`, made here or imported. Endpoints can only stand in zones that
            it has.
        subnet_group: The group in whose subnets it stands. Default: `private`.
        cross_zone_enabled: Whether a zone without healthy appliances uses those of other zones;
            traffic between zones is paid by the gigabyte. Default: no, as AWS.
        deletion_protection: Default: in an environment marked production.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/gateway-load-balancers.html
    """

    balancer_kind = "gateway"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        subnet_group: str = SubnetType.PRIVATE,
        cross_zone_enabled: bool = False,
        deletion_protection: bool | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        if check_vpc_argument(faults, vpc):
            check_same_stack(faults, "vpc", vpc, scope)  # type: ignore[arg-type]
            check_choice(faults, "subnet_group", subnet_group, sorted(vpc.subnet_types))
        check_bool(faults, "cross_zone_enabled", cross_zone_enabled)
        check_protection(faults, deletion_protection)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.vpc = vpc
        self.subnet_group = subnet_group
        self.listener: LbListener | None = None
        self._sources: dict[str, Peer] | None = None
        self.resource = Lb(
            self,
            "resource",
            name_prefix=name_prefix(id),
            load_balancer_type="gateway",
            subnets=list(vpc.subnet_ids(subnet_group).values()),
            enable_cross_zone_load_balancing=cross_zone_enabled,
            enable_deletion_protection=protection_of(self, deletion_protection),
            tags={**own_tags, "Name": construct_name(self)},
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(self.resource, self)

    @property
    def load_balancer_arn(self) -> str:
        return self.resource.arn

    @property
    def load_balancer_arn_suffix(self) -> str:
        """What metrics call it: `gwy/<name>/<id>`."""
        return self.resource.arn_suffix

    def add_targets(
        self,
        id: str,
        *,
        targets: Sequence[LoadBalancerTarget] = (),
        health_check: HealthCheck = HealthCheck(protocol="TCP", port=80),  # noqa: B008 - frozen
        stickiness: Stickiness | None = None,
        failover: str = TargetFailover.NO_REBALANCE,
        deregistration_delay: int = 300,
        tcp_idle_timeout_seconds: int = 350,
    ) -> TargetGroup:
        """Sends everything to a new target group, and lets the balancer reach the appliances.

        Makes the balancer's one listener and a target group of GENEVE, port 6081. The appliances'
        groups admit and answer GENEVE, and admit the health check, from the balancer's subnets.

        Args:
            id: Part of the Terraform names: `aws_lb_target_group.<balancer>_<id>`,
                `aws_lb_listener.<balancer>_<id>`.
            targets: Instances or Auto Scaling groups; `allow_to` admits further ones.
            health_check: With a port of its own: GENEVE's takes UDP only. Default: TCP port 80.
            stickiness: What makes a flow: `Stickiness(kind="source_ip_dest_ip")` or
                `source_ip_dest_ip_proto`. Default: the 5-tuple.
            failover: One of `TargetFailover`, when an appliance is unhealthy or deregistered.
                Default: no_rebalance, as AWS.
            deregistration_delay: Seconds that an appliance has for its last flows, 0 to 3600.
                Default: 300.
            tcp_idle_timeout_seconds: Seconds without a packet after which a TCP flow is
                forgotten, 60 to 6000. Default: 350.

        Raises:
            ConfigurationError: as `TargetGroup` does, for a target that is given twice, and the
                second time: a gateway load balancer has one target group.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/target-groups.html
        """
        faults = check_scope(self, id)
        if self.listener is not None:
            faults.add("it has its targets already: a gateway load balancer has one target group.")
        items = check_targets(faults, targets, self)
        check = check_instance(
            faults, "health_check", health_check, HealthCheck, "HealthCheck(port=80)"
        )
        check_port = check.port if check else None
        if check and check_port is None:
            faults.add(
                "health_check: port is missing: GENEVE's own, 6081, takes UDP only; write the "
                "port on which the appliances answer."
            )
        check_choice(faults, "failover", failover, TargetFailover.ALL)
        check_int(
            faults, "tcp_idle_timeout_seconds", tcp_idle_timeout_seconds, 60, 6000, "seconds (ELB)"
        )
        faults.raise_any()
        assert check_port is not None
        with all_or_nothing(self, id), all_or_nothing(self, f"{id}-listener"):
            group = TargetGroup(
                self,
                id,
                vpc=self.vpc,
                port=6081,
                protocol="GENEVE",
                health_check=health_check,
                stickiness=stickiness,
                deregistration_delay=deregistration_delay,
            )
            group.resource.put_target_failover(
                [LbTargetGroupTargetFailover(on_deregistration=failover, on_unhealthy=failover)]
            )
            listener = LbListener(
                self,
                f"{id}-listener",
                load_balancer_arn=self.resource.arn,
                default_action=[
                    LbListenerDefaultAction(type="forward", target_group_arn=group.target_group_arn)
                ],
                tcp_idle_timeout_seconds=tcp_idle_timeout_seconds,
                tags={"Name": construct_name(self, id)},
            )
            pin_address(listener, self, id)
            skip_check(
                listener, "CKV_AWS_2", "A gateway load balancer takes packets as they are (GENEVE)."
            )
            for target in items:
                self.allow_to(target, health_check_port=check_port)
                target.attach_to_target_group(group)
        self.listener = listener
        return group

    def allow_to(self, target: LoadBalancerTarget, *, health_check_port: int) -> None:
        """Lets an appliance take GENEVE from the balancer's subnets, answer it, and be checked.

        Args:
            target: Something with a security group that can be a target.
            health_check_port: The TCP port of the health check, 1 to 65535.

        Raises:
            ConfigurationError: for what is no target and no port.
        """
        faults = Faults(self.node.scope, self.node.id)
        check_targets(faults, [target], self)
        check_int(faults, "health_check_port", health_check_port, 1, 65535, "(a TCP port)")
        faults.raise_any()
        for peer in self._peers():
            target.connections.allow_from(peer, _GENEVE, "GENEVE")
            # an answer keeps the destination port, so that it is no answer to the group's state
            target.connections.allow_to(peer, _GENEVE, "GENEVE")
            target.connections.allow_from(peer, Port.tcp(health_check_port), "health checks")

    def _peers(self) -> list[Peer]:
        if self._sources is None:
            blocks = subnet_cidr_blocks(self, self.vpc, self.subnet_group)
            self._sources = {
                zone: Peer.ipv4(block, name=f"{self.subnet_group}-{zone[-1]}")
                for zone, block in blocks.items()
            }
        return list(self._sources.values())
