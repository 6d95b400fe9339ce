"""Listeners and health checks of classic load balancers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_choice, check_int, check_string
from terratiers.load_balancing.tls import check_certificate

__all__ = ["CLASSIC_TLS_POLICY", "ClassicHealthCheck", "ClassicListener"]

# The newest that classic load balancers know
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html
CLASSIC_TLS_POLICY = "ELBSecurityPolicy-TLS-1-2-2017-01"
_TLS_POLICIES = (
    CLASSIC_TLS_POLICY,
    "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-2016-08",
)
# What the balancer and an instance speak has to be of one layer
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-listener-config.html
_LAYERS = {"HTTP": "HTTP", "HTTPS": "HTTP", "TCP": "TCP", "SSL": "TCP"}
_SECURE = ("HTTPS", "SSL")
_TARGET = r"(?:HTTPS?:\d{1,5}/[!-~]{0,1000}|(?:TCP|SSL):\d{1,5})"


@dataclass(frozen=True, kw_only=True)
class ClassicListener:
    """One port of a `ClassicLoadBalancer`.

    Args:
        port: Where clients connect, 1 to 65535.
        protocol: `HTTP`, `HTTPS`, `TCP` or `SSL`. Default: HTTP, or HTTPS with a certificate.
        instance_port: Where instances listen, 1 to 65535. Default: `port`.
        instance_protocol: What instances speak: `HTTP` or `HTTPS` behind one of these, `TCP` or
            `SSL` behind one of those. Default: HTTP or TCP, without encryption.
        certificate_arn: For HTTPS and SSL: a certificate of ACM or IAM.
        tls_policy: For HTTPS and SSL. Default: `ELBSecurityPolicy-TLS-1-2-2017-01`: TLS 1.2, the
            newest that there is. The others, for old clients, are
            `ELBSecurityPolicy-TLS-1-1-2017-01` and `ELBSecurityPolicy-2016-08`, which takes
            TLS 1.0.
    """

    port: int
    protocol: str | None = None
    instance_port: int | None = None
    instance_protocol: str | None = None
    certificate_arn: str | None = None
    tls_policy: str = CLASSIC_TLS_POLICY

    @property
    def resolved_protocol(self) -> str:
        default = "HTTP" if self.certificate_arn is None else "HTTPS"
        return default if self.protocol is None else self.protocol

    @property
    def resolved_instance_port(self) -> int:
        return self.port if self.instance_port is None else self.instance_port

    @property
    def resolved_instance_protocol(self) -> str:
        return self.instance_protocol or _LAYERS[self.resolved_protocol]

    @property
    def is_secure(self) -> bool:
        """Whether clients speak TLS."""
        return self.resolved_protocol in _SECURE

    def check(self, faults: Faults) -> None:
        """Notes what AWS would refuse."""
        label = f"listener {self.port}"
        check_int(faults, "listener: port", self.port, 1, 65535, "(a TCP port)")
        if self.instance_port is not None:
            name = f"{label}: instance_port"
            check_int(faults, name, self.instance_port, 1, 65535, "(a TCP port)")
        known = tuple(_LAYERS)
        front = check_choice(faults, f"{label}: protocol", self.resolved_protocol, known)
        back: str | None = None
        if self.instance_protocol is not None:
            name = f"{label}: instance_protocol"
            back = check_choice(faults, name, self.instance_protocol, known)
        if front and back and _LAYERS[front] != _LAYERS[back]:
            same = " or ".join(name for name in known if _LAYERS[name] == _LAYERS[front])
            faults.add(f"{label}: {front} goes with {same} behind it, not with {back}.")
        check_choice(faults, f"{label}: tls_policy", self.tls_policy, _TLS_POLICIES)
        if self.certificate_arn is not None:
            check_certificate(faults, self.certificate_arn)
        if front and (front in _SECURE) != (self.certificate_arn is not None):
            faults.add(f"{label}: certificate_arn belongs to HTTPS and SSL: give both or none.")


@dataclass(frozen=True, kw_only=True)
class ClassicHealthCheck:
    """How a `ClassicLoadBalancer` finds out which instances are healthy.

    Args:
        target: `HTTP:8080/health` or `HTTPS:...`, where code 200 alone counts, or `TCP:22` or
            `SSL:443`, where a connection does. Default: the first listener's instance port, over
            HTTP for `/` where it speaks that, else TCP.
        interval: Seconds between checks, 5 to 300. Default: 30.
        timeout: Seconds without an answer that count as a failure, 2 to 60, less than the
            interval. Default: 5.
        healthy_threshold: Successes in a row that make an instance healthy, 2 to 10. Default: 3.
        unhealthy_threshold: Failures in a row that make it unhealthy, 2 to 10. Default: 2.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-healthchecks.html
    """

    target: str | None = None
    interval: int = 30
    timeout: int = 5
    healthy_threshold: int = 3
    unhealthy_threshold: int = 2

    def check(self, faults: Faults) -> None:
        """Notes what AWS would refuse."""
        if self.target is not None:
            rule = "write HTTP:8080/health, HTTPS:443/, TCP:22 or SSL:443, ports from 1 to 65535."
            found = check_string(faults, "health_check: target", self.target, _TARGET, rule)
            if found and not 1 <= int(_port(found)) <= 65535:
                faults.add(f"health_check: target {found} is not valid: {rule}")
        what = "seconds (ELB)"
        interval = check_int(faults, "health_check: interval", self.interval, 5, 300, what)
        timeout = check_int(faults, "health_check: timeout", self.timeout, 2, 60, what)
        if interval and timeout and timeout >= interval:
            faults.add(
                f"health_check: timeout is {timeout} s: it has to be less than the interval, "
                f"{interval} s."
            )
        for name in ("healthy_threshold", "unhealthy_threshold"):
            value = getattr(self, name)
            check_int(faults, f"health_check: {name}", value, 2, 10, "checks (ELB)")

    def resolved_target(self, listeners: Sequence[ClassicListener]) -> str:
        """The target, or the default for these listeners."""
        if self.target is not None:
            return self.target
        first = listeners[0]
        protocol, port = first.resolved_instance_protocol, first.resolved_instance_port
        return f"{protocol}:{port}/" if _LAYERS[protocol] == "HTTP" else f"TCP:{port}"

    def port(self, listeners: Sequence[ClassicListener]) -> int | None:
        """Where instances are asked; None for a token."""
        target = self.resolved_target(listeners)
        return None if is_token(target) else int(_port(target))


def _port(target: str) -> str:
    match = re.match(r"[A-Z]+:(\d+)", target)
    return match[1] if match else "0"
