"""What people have to do themselves before or while a tier is applied for the first time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.markdown import code
from terratiers.handoff.outside_values import values_from_outside

__all__ = ["manual_steps"]

_BY_MAIL = ("email", "email-json")


def manual_steps(tiers: Sequence[BundleTier], bundle: Sequence[BundleTier]) -> tuple[str, ...]:
    """Sentences in Markdown, in the order of the tiers.

    Args:
        tiers: The tiers that the steps are for.
        bundle: All tiers of the bundle.
    """
    return tuple(step for tier in tiers for step in _steps(tier, bundle))


def _steps(tier: BundleTier, bundle: Sequence[BundleTier]) -> list[str]:
    kinds = {kind for kind, _, _ in tier.blocks("resource")}
    steps = [*_subscriptions(tier), *_values(tier, bundle)]
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


def _subscriptions(tier: BundleTier) -> Iterator[str]:
    for kind, name, body in tier.blocks("data"):
        if kind == "aws_ami" and "aws-marketplace" in body.get("owners", []):
            codes = ", ".join(map(code, _products(body)))
            product = f"the product with the code {codes}" if codes else "it"
            yield (
                f"`{tier.folder}` uses an image of AWS Marketplace (`data.aws_ami.{name}`): "
                f"subscribe the account to {product} before the apply."
            )


def _products(image: Mapping[str, Any]) -> list[str]:
    return [
        value
        for entry in image.get("filter", [])
        if entry.get("name") == "product-code"
        for value in entry.get("values", [])
    ]


def _values(tier: BundleTier, bundle: Sequence[BundleTier]) -> Iterator[str]:
    for what, names in values_from_outside(tier, bundle).items():
        if names:
            yield (
                f"`{tier.folder}` reads the {what} {', '.join(map(code, names))}, which no tier of "
                "this bundle makes: they have to exist before the apply."
            )
