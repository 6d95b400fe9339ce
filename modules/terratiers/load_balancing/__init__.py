"""Load balancers, their listeners and the groups of targets behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.load_balancing.access_logs import (
        LoadBalancerAccessLogs as LoadBalancerAccessLogs,
    )
    from terratiers.load_balancing.application_load_balancer import (
        ApplicationLoadBalancer as ApplicationLoadBalancer,
    )
    from terratiers.load_balancing.classic_listener import ClassicHealthCheck as ClassicHealthCheck
    from terratiers.load_balancing.classic_listener import ClassicListener as ClassicListener
    from terratiers.load_balancing.classic_load_balancer import (
        ClassicLoadBalancer as ClassicLoadBalancer,
    )
    from terratiers.load_balancing.gateway_load_balancer import (
        GatewayLoadBalancer as GatewayLoadBalancer,
    )
    from terratiers.load_balancing.gateway_load_balancer import TargetFailover as TargetFailover
    from terratiers.load_balancing.health_check import HealthCheck as HealthCheck
    from terratiers.load_balancing.listener import ApplicationListener as ApplicationListener
    from terratiers.load_balancing.listener_action import ListenerAction as ListenerAction
    from terratiers.load_balancing.listener_condition import ListenerCondition as ListenerCondition
    from terratiers.load_balancing.load_balancer_base import (
        LoadBalancerAttributes as LoadBalancerAttributes,
    )
    from terratiers.load_balancing.network_listener import NetworkListener as NetworkListener
    from terratiers.load_balancing.network_load_balancer import (
        ClientRoutingPolicy as ClientRoutingPolicy,
    )
    from terratiers.load_balancing.network_load_balancer import (
        NetworkLoadBalancer as NetworkLoadBalancer,
    )
    from terratiers.load_balancing.target_group import Stickiness as Stickiness
    from terratiers.load_balancing.target_group import TargetGroup as TargetGroup
    from terratiers.load_balancing.target_group import (
        TargetGroupAttributes as TargetGroupAttributes,
    )
    from terratiers.load_balancing.target_group import TargetType as TargetType

__all__ = [
    "ApplicationListener",
    "ApplicationLoadBalancer",
    "ClassicHealthCheck",
    "ClassicListener",
    "ClassicLoadBalancer",
    "ClientRoutingPolicy",
    "GatewayLoadBalancer",
    "HealthCheck",
    "ListenerAction",
    "ListenerCondition",
    "LoadBalancerAccessLogs",
    "LoadBalancerAttributes",
    "NetworkListener",
    "NetworkLoadBalancer",
    "Stickiness",
    "TargetFailover",
    "TargetGroup",
    "TargetGroupAttributes",
    "TargetType",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "ApplicationListener": ".listener",
        "ApplicationLoadBalancer": ".application_load_balancer",
        "ClassicHealthCheck": ".classic_listener",
        "ClassicListener": ".classic_listener",
        "ClassicLoadBalancer": ".classic_load_balancer",
        "ClientRoutingPolicy": ".network_load_balancer",
        "GatewayLoadBalancer": ".gateway_load_balancer",
        "HealthCheck": ".health_check",
        "ListenerAction": ".listener_action",
        "ListenerCondition": ".listener_condition",
        "LoadBalancerAccessLogs": ".access_logs",
        "LoadBalancerAttributes": ".load_balancer_base",
        "NetworkListener": ".network_listener",
        "NetworkLoadBalancer": ".network_load_balancer",
        "Stickiness": ".target_group",
        "TargetFailover": ".gateway_load_balancer",
        "TargetGroup": ".target_group",
        "TargetGroupAttributes": ".target_group",
        "TargetType": ".target_group",
    },
)
