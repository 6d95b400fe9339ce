"""Health checks: when a target gets requests and when it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_choice, check_int, check_string, show

__all__ = ["HealthCheck"]

_HTTP = ("HTTP", "HTTPS")
# Which protocols a check may use, by the kind of balancer that the target group is for
_PROTOCOLS = {"application": _HTTP, "network": ("TCP", *_HTTP), "gateway": ("TCP", *_HTTP)}
_CODES = {"application": (200, 499), "network": (200, 599), "gateway": (200, 399)}

_GRPC_CODES = (0, 99)


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How a target group finds out which targets are healthy.

    Args:
        path: What is asked for over HTTP: begins with `/`, up to 1024 characters. Default: `/`,
            for gRPC `/AWS.ALB/healthcheck`.
        protocol: `HTTP`, `HTTPS` or, for network and gateway balancers, `TCP`. Default: the
            target group's own where it is one of them, else TCP.
        port: 1 to 65535. Default: the port that the target gets requests on.
        interval: Seconds between checks, 5 to 300. Default: 30.
        timeout: Seconds without an answer that count as a failure, 2 to 120, less than the
            interval. Default: 5.
        healthy_threshold: Successes in a row that make a target healthy, 2 to 10. Default: 3.
        unhealthy_threshold: Failures in a row that make it unhealthy, 2 to 10. Default: 2.
        matcher: HTTP codes that count as success: `200`, `200,204`, `200-299`; for gRPC its own
            codes, 0 to 99. Default: 200, for gRPC 12, for gateway balancers 200-399.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """

    path: str | None = None
    protocol: str | None = None
    port: int | None = None
    interval: int = 30
    timeout: int = 5
    healthy_threshold: int = 3
    unhealthy_threshold: int = 2
    matcher: str | None = None

    def check(self, faults: Faults, kind: str, *, grpc: bool = False) -> None:
        """Notes what AWS would refuse for a balancer of `kind`, and for gRPC."""
        label = "health_check"
        if self.protocol is not None:
            remedy = f"A target group of {kind} load balancers is checked so."
            check_choice(faults, f"{label}: protocol", self.protocol, _PROTOCOLS[kind], remedy)
        rule = "write a path like /health, up to 1024 characters."
        if self.path is not None:
            check_string(faults, f"{label}: path", self.path, r"/[!-~]{0,1023}", rule)
        if self.port is not None:
            check_int(faults, f"{label}: port", self.port, 1, 65535, "(a TCP port)")
        interval = check_int(faults, f"{label}: interval", self.interval, 5, 300, "seconds (ELB)")
        timeout = check_int(faults, f"{label}: timeout", self.timeout, 2, 120, "seconds (ELB)")
        if interval and timeout and timeout >= interval:
            compared = "longer than" if timeout > interval else "as long as"
            faults.add(f"{label}: timeout is {timeout} s, {compared} the interval, {interval} s.")
        for name in ("healthy_threshold", "unhealthy_threshold"):
            check_int(faults, f"{label}: {name}", getattr(self, name), 2, 10, "checks (ELB)")
        if self.matcher is not None:
            self._check_matcher(faults, label, *(_GRPC_CODES if grpc else _CODES[kind]))

    def _check_matcher(self, faults: Faults, label: str, low: int, high: int) -> None:
        if is_token(self.matcher):
            return
        example = "200, 200,204 or 200-299" if low else "0, 0,12 or 0-99"
        rule = f"write codes from {low} to {high}, like {example}."
        code = r"\d{3}" if low else r"\d{1,2}"
        codes = rf"{code}(-{code})?"
        pattern = rf"{codes}(,{codes})*"
        known = check_string(faults, f"{label}: matcher", self.matcher, pattern, rule)
        for part in (known or "").split(",") if known else ():
            found = [int(number) for number in re.findall(code, part)]
            if found != sorted(found) or not all(low <= number <= high for number in found):
                faults.add(f"{label}: matcher {show(part)} is not valid: {rule}")
