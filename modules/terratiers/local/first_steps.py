"""What to try in the emulator: a request to each API, an upload that somebody hears of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from terratiers.core.synthesis import SynthesizedTier
from terratiers.local.deployment import Deployment

__all__ = ["first_steps"]

_API = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(/\S*)?")
_QUEUE = re.compile(r"\$\{aws_sqs_queue\.(\w+)\.arn\}")


def first_steps(deployment: Deployment) -> list[str]:
    """Shell commands, for tiers that have APIs or buckets with notifications."""
    commands: list[str] = []
    for tier, status in zip(deployment.tiers, deployment.status(), strict=True):
        if status.resources:
            endpoint = deployment.emulator.endpoint
            commands += _requests(tier, status.outputs, endpoint)
            commands += _uploads(tier, status.outputs, endpoint)
    return commands


def _requests(tier: SynthesizedTier, outputs: Mapping[str, Any], endpoint: str) -> Iterator[str]:
    path = next(_readable_paths(tier), "/")
    for value in outputs.values():
        found = _API.fullmatch(value) if isinstance(value, str) else None
        if found:
            stage = (found[2] or "").rstrip("/")
            yield f"curl {endpoint}/_aws/execute-api/{found[1]}{stage}{path}"


def _readable_paths(tier: SynthesizedTier) -> Iterator[str]:
    """Paths without parameters that answer GET; an HTTP API's routes tell them."""
    resources = tier.config.get("resource", {})
    for route in resources.get("aws_apigatewayv2_route", {}).values():
        method, _, path = str(route["route_key"]).partition(" ")
        if method in ("GET", "ANY") and "{" not in path:
            yield path
    for resource in resources.get("aws_api_gateway_resource", {}).values():
        if "root_resource_id" in resource["parent_id"] and "{" not in resource["path_part"]:
            yield f"/{resource['path_part']}"


def _uploads(tier: SynthesizedTier, outputs: Mapping[str, Any], endpoint: str) -> Iterator[str]:
    notifications = tier.config.get("resource", {}).get("aws_s3_bucket_notification", {})
    for name, notification in notifications.items():
        bucket = outputs.get(f"{name}_bucket_name")
        rules = [
            rule
            for kind in ("lambda_function", "queue", "topic")
            for rule in notification.get(kind, [])
        ]
        if bucket and rules:
            prefix, suffix = (rules[0].get(f"filter_{end}", "") for end in ("prefix", "suffix"))
            key = f"{prefix}shiba-inu{suffix}"
            file = f"shiba-inu{suffix}"
            yield f"aws --endpoint-url {endpoint} s3 cp {file} s3://{bucket}/{key}"
    subscriptions = tier.config.get("resource", {}).get("aws_sns_topic_subscription", {})
    for subscription in subscriptions.values() if notifications else ():
        queue = _QUEUE.fullmatch(str(subscription["endpoint"]))
        url = outputs.get(f"{queue[1]}_queue_url") if queue else None
        if url:
            yield f"aws --endpoint-url {endpoint} sqs receive-message --queue-url {url}"
