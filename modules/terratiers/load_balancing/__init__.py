"""Load balancers, their listeners and the groups of targets behind them."""

from terratiers.load_balancing.application_load_balancer import (
    ApplicationLoadBalancer,
    LoadBalancerAccessLogs,
)
from terratiers.load_balancing.health_check import HealthCheck
from terratiers.load_balancing.listener import ApplicationListener
from terratiers.load_balancing.listener_action import ListenerAction
from terratiers.load_balancing.listener_condition import ListenerCondition
from terratiers.load_balancing.target_group import (
    Stickiness,
    TargetGroup,
    TargetGroupAttributes,
    TargetType,
)

__all__ = [
    "ApplicationListener",
    "ApplicationLoadBalancer",
    "HealthCheck",
    "ListenerAction",
    "ListenerCondition",
    "LoadBalancerAccessLogs",
    "Stickiness",
    "TargetGroup",
    "TargetGroupAttributes",
    "TargetType",
]
