"""Listeners of application load balancers, and their rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_sequence,
    show,
)
from terratiers.load_balancing.health_check import HealthCheck
from terratiers.load_balancing.listener_action import ListenerAction
from terratiers.load_balancing.listener_condition import ListenerCondition
from terratiers.load_balancing.target_group import Stickiness, TargetGroup, TargetGroupBase
from terratiers.load_balancing.tls import check_certificate, check_tls_policy
from terratiers.security.connections import Connections
from terratiers.security.port import Port

from cdktf_cdktf_provider_aws.lb_listener import LbListener
from constructs import Construct, Node

if TYPE_CHECKING:
    from terratiers.load_balancing.application_load_balancer import ApplicationLoadBalancer

    from cdktf_cdktf_provider_aws.lb_listener_rule import LbListenerRule

__all__ = ["NOT_FOUND", "ApplicationListener", "LoadBalancerTarget", "check_targets"]

NOT_FOUND = ListenerAction.fixed_response(404, body="not found")
"""What a listener does until it is told otherwise."""

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_MAX_VALUES, _MAX_WILDCARDS = 5, 6


@runtime_checkable
class LoadBalancerTarget(Protocol):
    """What a target group can take: an instance, an Auto Scaling group, ..."""

    @property
    def connections(self) -> Connections: ...

    @property
    def node(self) -> Node: ...

    def attach_to_target_group(self, target_group: TargetGroupBase) -> None:
        """Registers with a target group."""
        ...


class ApplicationListener(Construct):
    """One port of an application load balancer. Made by `add_listener`."""

    def __init__(
        self,
        balancer: ApplicationLoadBalancer,
        id: str,
        *,
        port: int,
        certificate_arn: str | None,
        default_action: ListenerAction,
        tls_policy: str,
    ) -> None:
        super().__init__(balancer, id)
        self.balancer = balancer
        self.port = port
        self.is_secure = certificate_arn is not None
        self._priorities: dict[int, str] = {}
        self._default_action = default_action
        self.resource = LbListener(
            self,
            "resource",
            load_balancer_arn=balancer.resource.arn,
            port=port,
            protocol="HTTPS" if self.is_secure else "HTTP",
            certificate_arn=certificate_arn,
            ssl_policy=tls_policy if self.is_secure else None,
            default_action=[default_action.default_action()],
            tags={"Name": construct_name(self)},
        )
        pin_address(self.resource, self)

    @property
    def listener_arn(self) -> str:
        return self.resource.arn

    def add_certificate(self, id: str, certificate_arn: str) -> None:
        """Lets an HTTPS listener answer for further names.

        Args:
            certificate_arn: The certificate's ARN, of ACM in this region or of IAM.

        Raises:
            ConfigurationError: for what is no certificate's ARN, and for an HTTP listener.
        """
        from cdktf_cdktf_provider_aws.lb_listener_certificate import LbListenerCertificate

        faults = check_scope(self, id)
        if not self.is_secure:
            faults.add("this listener speaks HTTP: give add_listener a certificate for HTTPS.")
        check_certificate(faults, certificate_arn)
        faults.raise_any()
        certificate = LbListenerCertificate(
            self, id, listener_arn=self.resource.arn, certificate_arn=certificate_arn
        )
        pin_address(certificate, self, id)

    def add_rule(
        self,
        id: str,
        *,
        priority: int,
        conditions: Sequence[ListenerCondition],
        action: ListenerAction,
    ) -> LbListenerRule:
        """Treats some requests otherwise.

        Args:
            id: Part of the Terraform name: `aws_lb_listener_rule.<balancer>_<listener>_<id>`.
            priority: 1 to 50000, each once in a listener; lower ones are asked first.
            conditions: All have to hold; up to 5 values and 6 wildcards in all.
            action: What happens then.

        Raises:
            ConfigurationError: for a value outside of these limits.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
        """
        from cdktf_cdktf_provider_aws.lb_listener_rule import LbListenerRule

        faults = check_scope(self, id)
        found = self._check_rule(faults, priority, conditions)
        _check_action(faults, "action", action, self)
        faults.raise_any()
        self._priorities[priority] = id
        rule = LbListenerRule(
            self,
            id,
            listener_arn=self.resource.arn,
            priority=priority,
            condition=[condition.to_struct() for condition in found],
            action=[action.rule_action()],
            tags={"Name": construct_name(self, id)},
        )
        pin_address(rule, self, id)
        action.note_forwarding(self.balancer.load_balancer_arn_suffix, rule)
        return rule

    def _check_rule(
        self, faults: Faults, priority: object, conditions: object
    ) -> list[ListenerCondition]:
        number = check_int(faults, "priority", priority, 1, 50_000, "(ELB)")
        if number in self._priorities:
            faults.add(f"priority {number} is taken by {self._priorities[number]}: take another.")
        example = 'ListenerCondition.path("/api/*")'
        items = check_sequence(faults, "conditions", conditions, f"[{example}]")
        if items is not None and not items:
            faults.add("conditions is empty: that is what the listener's default action is for.")
        for item in items or ():
            check_instance(faults, "condition", item, ListenerCondition, example)
        found = [item for item in items or () if isinstance(item, ListenerCondition)]
        values, wildcards = sum(len(c.values) for c in found), sum(c.wildcards for c in found)
        if values > _MAX_VALUES:
            faults.add(f"conditions have {values} values: ELB allows {_MAX_VALUES} in a rule.")
        if wildcards > _MAX_WILDCARDS:
            faults.add(f"conditions have {wildcards} wildcards: ELB allows {_MAX_WILDCARDS}.")
        for kind in ("host_header", "path_pattern", "http_request_method", "source_ip"):
            if sum(c.kind == kind for c in found) > 1:
                faults.add(f"{kind} is there twice: give one condition all of its values.")
        return found

    def add_targets(
        self,
        id: str,
        *,
        port: int,
        targets: Sequence[LoadBalancerTarget] = (),
        protocol: str = "HTTP",
        health_check: HealthCheck = HealthCheck(),  # noqa: B008 - frozen
        stickiness: Stickiness | None = None,
        priority: int | None = None,
        conditions: Sequence[ListenerCondition] = (),
    ) -> TargetGroup:
        """Forwards requests to a new target group and lets the balancer reach its targets.

        Args:
            id: Part of the Terraform name: `aws_lb_target_group.<balancer>_<listener>_<id>`.
            port: Where the targets listen, 1 to 65535.
            targets: Instances or Auto Scaling groups; more can be added to the target group.
            protocol: `HTTP` or `HTTPS`. Default: HTTP.
            health_check: Default: code 200 for `/`.
            stickiness: Default: none.
            priority: With `conditions`: a rule of that priority. Default: the listener's default
                action.
            conditions: Which requests. Default: all that no rule is for.

        Raises:
            ConfigurationError: as `TargetGroup` and `add_rule` do, for a target that is given
                twice, and for a second default, also beside the `default_action` that
                `add_listener` was given and on the port that redirects to HTTPS.
        """
        faults = check_scope(self, id)
        if (priority is None) != (not conditions):
            faults.add("priority and conditions make a rule together: give both or none.")
        elif priority is not None:
            self._check_rule(faults, priority, conditions)
            check_scope(self, f"{id}-rule")
        elif self._default_action is not NOT_FOUND:
            groups = [group.node.path for group, _ in self._default_action.groups]
            taken = (
                f"{groups[0]} are the listener's default targets"
                if groups
                else f"the listener has a default_action, {self._default_action.kind},"
            )
            faults.add(f"{taken} already: give these a priority and conditions.")
        check_choice(faults, "protocol", protocol, ("HTTP", "HTTPS"))
        items = check_targets(faults, targets, self)
        faults.raise_any()
        with all_or_nothing(self, id):
            group = TargetGroup(
                self,
                id,
                vpc=self.balancer.vpc,
                port=port,
                protocol=protocol,
                health_check=health_check,
                stickiness=stickiness,
            )
            for target in items:
                target.attach_to_target_group(group)
            for target in items:
                self.balancer.connections.allow_to(target, Port.tcp(port), "requests")
                if health_check.port is not None and health_check.port != port:
                    check_port = Port.tcp(health_check.port)
                    self.balancer.connections.allow_to(target, check_port, "health checks")
        forward = ListenerAction.forward(group)
        if priority is not None:
            self.add_rule(f"{id}-rule", priority=priority, conditions=conditions, action=forward)
        else:
            self.resource.put_default_action([forward.default_action()])
            forward.note_forwarding(self.balancer.load_balancer_arn_suffix, self.resource)
            self._default_action = forward
        return group


def check_targets(faults: Faults, targets: object, balancer: Construct) -> list[LoadBalancerTarget]:
    """The targets of `add_targets`; notes what cannot be one, and ids that are there twice."""
    items = check_sequence(faults, "targets", targets, "[instance]") or ()
    for target in items:
        if isinstance(target, Construct) and isinstance(target, LoadBalancerTarget):
            check_same_stack(faults, "target", target, balancer)
        elif not isinstance(target, LoadBalancerTarget):
            faults.add(f"{show(target)} cannot be a target: pass an Instance or a group of them.")
    found = [target for target in items if isinstance(target, LoadBalancerTarget)]
    ids = [target.node.id for target in found]
    for twice in sorted({id for id in ids if ids.count(id) > 1}):
        faults.add(f"the target id {twice} is used already: give each target once.")
    return found


def check_listener(
    faults: Faults,
    balancer: Construct,
    *,
    port: object,
    certificate_arn: object,
    default_action: object,
    tls_policy: object,
) -> int | None:
    """The port of a listener; notes what is wrong with the arguments of `add_listener`."""
    number = check_int(faults, "port", port, 1, 65535, "(a TCP port)")
    if certificate_arn is not None:
        check_certificate(faults, certificate_arn)
    check_tls_policy(faults, tls_policy)
    _check_action(faults, "default_action", default_action, balancer)
    return number


def _check_action(faults: Faults, name: str, action: object, balancer: Construct) -> None:
    example = "ListenerAction.forward(target_group)"
    given = check_instance(faults, name, action, ListenerAction, example)
    if given:
        given.check_application(faults, balancer)
