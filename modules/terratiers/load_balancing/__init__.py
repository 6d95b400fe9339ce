"""Load balancers, their listeners and the groups of targets behind them."""

from terratiers.load_balancing.access_logs import LoadBalancerAccessLogs
from terratiers.load_balancing.application_load_balancer import ApplicationLoadBalancer
from terratiers.load_balancing.classic_listener import ClassicHealthCheck, ClassicListener
from terratiers.load_balancing.classic_load_balancer import ClassicLoadBalancer
from terratiers.load_balancing.gateway_load_balancer import GatewayLoadBalancer, TargetFailover
from terratiers.load_balancing.health_check import HealthCheck
from terratiers.load_balancing.listener import ApplicationListener
from terratiers.load_balancing.listener_action import ListenerAction
from terratiers.load_balancing.listener_condition import ListenerCondition
from terratiers.load_balancing.load_balancer_base import LoadBalancerAttributes
from terratiers.load_balancing.network_listener import NetworkListener
from terratiers.load_balancing.network_load_balancer import (
    ClientRoutingPolicy,
    NetworkLoadBalancer,
)
from terratiers.load_balancing.target_group import (
    Stickiness,
    TargetGroup,
    TargetGroupAttributes,
    TargetType,
)

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
