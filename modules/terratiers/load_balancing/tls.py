"""Certificates and TLS policies of listeners."""

from __future__ import annotations

from terratiers.core.errors import Faults
from terratiers.core.validation import check_arn, check_choice

__all__ = ["TLS_POLICY", "check_certificate", "check_tls_policy"]

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
_TLS_POLICIES = (
    TLS_POLICY,
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
)


def check_certificate(faults: Faults, arn: object) -> None:
    """Notes what is no ARN of a certificate in ACM or IAM."""
    if isinstance(arn, str) and ":iam:" in arn:
        check_arn(faults, "certificate", arn, "iam", r"server-certificate/\S+")
    else:
        check_arn(faults, "certificate", arn, "acm", r"certificate/[0-9a-f-]{36}")


def check_tls_policy(faults: Faults, policy: object) -> None:
    """Notes what is no TLS policy of application and network load balancers."""
    check_choice(faults, "tls_policy", policy, _TLS_POLICIES, "All of them know TLS 1.3.")
