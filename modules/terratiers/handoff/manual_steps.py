"""What people have to do themselves while a tier is applied for the first time."""

from __future__ import annotations

from collections.abc import Sequence

from terratiers.handoff.bundle_tier import BundleTier

__all__ = ["manual_steps"]

_BY_MAIL = ("email", "email-json")


def manual_steps(tiers: Sequence[BundleTier]) -> tuple[str, ...]:
    """Sentences in Markdown, in the order of the tiers."""
    return tuple(step for tier in tiers for step in _steps(tier))


def _steps(tier: BundleTier) -> list[str]:
    kinds = {kind for kind, _, _ in tier.blocks("resource")}
    steps = []
    if "aws_route53_zone" in kinds:
        waits = (
            " The apply waits for the certificate until that is done, at most 75 minutes; it can "
            "be repeated."
            if "aws_acm_certificate_validation" in kinds
            else ""
        )
        steps.append(
            f"`{tier.folder}` makes a hosted zone: enter its name servers at the domain's "
            "registrar (`aws route53 list-hosted-zones`, then `aws route53 get-hosted-zone --id "
            f"ID`).{waits}"
        )
    elif "aws_acm_certificate_validation" in kinds:
        steps.append(
            f"`{tier.folder}` waits until its certificate is validated: the records have to be "
            "visible in DNS."
        )
    if any(
        body.get("protocol") in _BY_MAIL
        for kind, _, body in tier.blocks("resource")
        if kind == "aws_sns_topic_subscription"
    ):
        steps.append(
            f"`{tier.folder}` subscribes mail addresses: AWS writes to each, and nothing arrives "
            "before the link in that mail was followed."
        )
    return steps
