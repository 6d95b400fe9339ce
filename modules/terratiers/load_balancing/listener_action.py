"""Actions of listeners and their rules: what happens with a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from terratiers.core.errors import Faults
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_string,
)
from terratiers.load_balancing.target_group import TargetGroupBase

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListenerDefaultAction,
    LbListenerDefaultActionFixedResponse,
    LbListenerDefaultActionForward,
    LbListenerDefaultActionForwardStickiness,
    LbListenerDefaultActionForwardTargetGroup,
    LbListenerDefaultActionRedirect,
)
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.lb_listener_rule import LbListenerRuleAction

__all__ = ["ListenerAction"]

_TYPES = (
    "text/plain",
    "text/css",
    "text/html",
    "application/javascript",
    "application/json",
)
_USUAL_PORTS = {"HTTP": "80", "HTTPS": "443"}
_EXAMPLE = 'TargetGroup(self, "web", ...)'


@dataclass(frozen=True, kw_only=True)
class ListenerAction:
    """What happens with a request. Made by `forward`, `redirect`, ..., never by hand.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
    """

    kind: str
    groups: tuple[tuple[TargetGroupBase, int], ...] = ()
    sticky_seconds: int | None = None
    status_code: str = ""
    body: str = ""
    content_type: str = ""
    protocol: str = ""
    port: str = ""
    host: str = ""
    path: str = ""
    query: str = ""

    @classmethod
    def forward(cls, target_group: TargetGroupBase) -> ListenerAction:
        """To a healthy target of one group.

        Args:
            target_group: The `TargetGroup`.

        Raises:
            ConfigurationError: for what is no target group; so do the other makers.
        """
        faults = Faults(None, "listener action")
        check_instance(faults, "target_group", target_group, TargetGroupBase, _EXAMPLE)
        faults.raise_any()
        return cls(kind="forward", groups=((target_group, 1),))

    @classmethod
    def weighted_forward(
        cls, weights: Mapping[TargetGroupBase, int], *, sticky_seconds: int | None = None
    ) -> ListenerAction:
        """To one of several groups, by their weights.

        Args:
            weights: 2 to 5 target groups, each with a weight of 0 to 999, not all 0.
            sticky_seconds: How long a visitor stays with a group, 1 to 604800. Default: not.
        """
        faults = Faults(None, "listener action")
        if not isinstance(weights, Mapping) or not 2 <= len(weights) <= 5:
            faults.add("weights has to map 2 to 5 target groups to numbers from 0 to 999.")
            faults.raise_any()
        for group, weight in weights.items():
            check_instance(faults, "weights: group", group, TargetGroupBase, _EXAMPLE)
            check_int(faults, "weights: weight", weight, 0, 999, "(ELB)")
        if not faults and not any(weights.values()):
            faults.add("weights are all 0: no group would get a request.")
        if sticky_seconds is not None:
            check_int(faults, "sticky_seconds", sticky_seconds, 1, 604_800, "seconds (ELB)")
        faults.raise_any()
        return cls(kind="forward", groups=tuple(weights.items()), sticky_seconds=sticky_seconds)

    @classmethod
    def redirect(
        cls,
        *,
        protocol: str = "#{protocol}",
        port: int | None = None,
        host: str = "#{host}",
        path: str = "/#{path}",
        query: str = "#{query}",
        permanent: bool = True,
    ) -> ListenerAction:
        """To another address; what is not given stays as it was asked for.

        Args:
            protocol: `HTTP` or `HTTPS`.
            port: 1 to 65535. Default: where a protocol is given, its usual one, 80 or 443.
            host: A host, up to 128 characters; `#{host}` is the one that was asked for.
            path: Begins with `/`; `#{host}`, `#{path}` and `#{port}` are allowed.
            query: Without the `?`.
            permanent: Code 301, which browsers remember, or 302. Default: 301.
        """
        faults = Faults(None, "listener action")
        check_choice(faults, "protocol", protocol, ("HTTP", "HTTPS", "#{protocol}"))
        if port is not None:
            check_int(faults, "port", port, 1, 65535, "(a TCP port)")
        check_string(faults, "host", host, r"[A-Za-z0-9.#{}-]{1,128}", "write a host.")
        check_string(faults, "path", path, r"/[!-~]{0,127}", "write a path that begins with /.")
        check_string(faults, "query", query, r"[!-~]{0,128}", "write up to 128 characters.")
        code = check_bool(faults, "permanent", permanent)
        kept = "#{protocol}", None, "#{host}", "/#{path}", "#{query}"
        if not faults and (protocol, port, host, path, query) == kept:
            faults.add("redirect changes nothing: visitors would go round in circles.")
        faults.raise_any()
        return cls(
            kind="redirect",
            protocol=protocol,
            port=str(port) if port else _USUAL_PORTS.get(protocol, "#{port}"),
            host=host,
            path=path,
            query=query,
            status_code="HTTP_301" if code else "HTTP_302",
        )

    @classmethod
    def fixed_response(
        cls, status_code: int, *, body: str = "", content_type: str = "text/plain"
    ) -> ListenerAction:
        """An answer of the balancer's own.

        Args:
            status_code: 200 to 299 or 400 to 599.
            body: Up to 1024 characters. Default: none.
            content_type: `text/plain`, `text/html`, `text/css`, `application/javascript` or
                `application/json`. Default: text/plain.
        """
        faults = Faults(None, "listener action")
        code = check_int(faults, "status_code", status_code, 200, 599, "(HTTP)")
        if code and 300 <= code < 400:
            faults.add(f"status_code is {code}: redirect() answers so.")
        check_string(faults, "body", body, r"(?s).{0,1024}", "write up to 1024 characters.")
        check_choice(faults, "content_type", content_type, _TYPES)
        faults.raise_any()
        return cls(
            kind="fixed-response",
            status_code=str(status_code),
            body=body,
            content_type=content_type,
        )

    def check_application(self, faults: Faults, balancer: Construct) -> None:
        """Notes target groups that an application load balancer cannot forward to."""
        for group, _ in self.groups:
            check_same_stack(faults, "target group", group, balancer)
            if group.balancer_kind != "application":
                faults.add(
                    f"{group.node.path} is of a {group.balancer_kind} load balancer: an "
                    "application load balancer needs HTTP or HTTPS."
                )

    def note_forwarding(self, load_balancer_arn_suffix: str, resource: TerraformResource) -> None:
        """Tells the target groups which balancer's listener or rule forwards to them."""
        for group, _ in self.groups:
            group.note_forwarding(load_balancer_arn_suffix, resource)

    def default_action(self) -> LbListenerDefaultAction:
        """The action as a listener takes it."""
        action: LbListenerDefaultAction = self._struct(_DEFAULT)
        return action

    def rule_action(self) -> LbListenerRuleAction:
        """The action as a rule takes it."""
        from cdktf_cdktf_provider_aws.lb_listener_rule import (
            LbListenerRuleAction,
            LbListenerRuleActionFixedResponse,
            LbListenerRuleActionForward,
            LbListenerRuleActionForwardStickiness,
            LbListenerRuleActionForwardTargetGroup,
            LbListenerRuleActionRedirect,
        )

        structs = _Structs(
            LbListenerRuleAction,
            LbListenerRuleActionRedirect,
            LbListenerRuleActionFixedResponse,
            LbListenerRuleActionForward,
            LbListenerRuleActionForwardTargetGroup,
            LbListenerRuleActionForwardStickiness,
        )
        action: LbListenerRuleAction = self._struct(structs)
        return action

    def _struct(self, of: _Structs) -> Any:
        if self.kind == "redirect":
            redirect = of.redirect(
                protocol=self.protocol,
                port=self.port,
                host=self.host,
                path=self.path,
                query=self.query,
                status_code=self.status_code,
            )
            return of.action(type=self.kind, redirect=redirect)
        if self.kind == "fixed-response":
            response = of.fixed_response(
                content_type=self.content_type,
                message_body=self.body or None,
                status_code=self.status_code,
            )
            return of.action(type=self.kind, fixed_response=response)
        if len(self.groups) == 1:
            return of.action(type=self.kind, target_group_arn=self.groups[0][0].target_group_arn)
        forward = of.forward(
            target_group=[
                of.target_group(arn=group.target_group_arn, weight=weight)
                for group, weight in self.groups
            ],
            stickiness=of.stickiness(enabled=True, duration=self.sticky_seconds)
            if self.sticky_seconds
            else None,
        )
        return of.action(type=self.kind, forward=forward)


class _Structs(NamedTuple):
    """The provider has two sets of classes for the same thing."""

    action: type[Any]
    redirect: type[Any]
    fixed_response: type[Any]
    forward: type[Any]
    target_group: type[Any]
    stickiness: type[Any]


_DEFAULT = _Structs(
    LbListenerDefaultAction,
    LbListenerDefaultActionRedirect,
    LbListenerDefaultActionFixedResponse,
    LbListenerDefaultActionForward,
    LbListenerDefaultActionForwardTargetGroup,
    LbListenerDefaultActionForwardStickiness,
)
