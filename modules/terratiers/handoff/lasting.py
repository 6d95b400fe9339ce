"""What Terraform cannot undo or refuses to destroy in a tier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier

__all__ = ["lasting_effects", "protections"]

_PAGES = {
    "acm": "https://docs.aws.amazon.com/acm/latest/userguide/gs-acm-validate.html",
    "kms": "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    "pitr": "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "PointInTimeRecovery.Tutorial.html",
    "secret": "https://docs.aws.amazon.com/secretsmanager/latest/userguide/"
    "manage_delete-secret.html",
}
# What a type loses for good when it is destroyed or replaced.
_LOST = {
    "aws_acm_certificate": "A new certificate has a new ARN and is validated again "
    f"([AWS]({_PAGES['acm']})).",
    "aws_ami_from_instance": "A new image has a new id and is a copy of the instance as it is "
    "then.",
    "aws_api_gateway_rest_api": "A new API has a new id, and with it a new URL.",
    "aws_apigatewayv2_api": "A new API has a new id, and with it a new URL.",
    "aws_cloudwatch_log_group": "The logs in it are gone.",
    "aws_db_instance": "The data is gone but for snapshots and backups.",
    "aws_dynamodb_table": "The items are gone. Point-in-time recovery restores them into a new "
    f"table, outside of Terraform ([AWS]({_PAGES['pitr']})).",
    "aws_ebs_volume": "The data on it is gone but for snapshots.",
    "aws_eip": "The address goes back to AWS; another one comes.",
    "aws_instance": "What was written on its own volumes is gone.",
    "aws_route53_zone": "A new zone has new name servers: the registrar has to be told, and caches "
    "keep the old ones for up to two days.",
    "aws_s3_bucket": "The objects are gone. Terraform does not destroy a bucket with objects "
    "unless `force_destroy` is set.",
    "aws_sqs_queue": "Messages in it are gone; a queue of the same name can be made after 60 "
    "seconds.",
}
_SWITCHES = {
    "deletion_protection": "deletion protection",
    "deletion_protection_enabled": "deletion protection",
    "disable_api_termination": "termination protection",
    "disable_api_stop": "stop protection",
    "enable_deletion_protection": "deletion protection",
    "protect_from_scale_in": "protection from scale-in",
}


def lasting_effects(tier: BundleTier) -> dict[str, str]:
    """By resource type, what a rollback or a destroy does not bring back; in Markdown."""
    effects = {}
    for kind, _, body in tier.blocks("resource"):
        if kind == "aws_kms_key":
            effects[kind] = (
                f"Deleted after a waiting time of {body.get('deletion_window_in_days', 30)} days; "
                "until then `aws kms cancel-key-deletion` and `aws kms enable-key` save it. What "
                f"it encrypted is unreadable afterwards ([AWS]({_PAGES['kms']}))."
            )
        elif kind == "aws_secretsmanager_secret":
            effects[kind] = (
                f"Kept for {body.get('recovery_window_in_days', 30)} days; until then its name is "
                f"taken ([AWS]({_PAGES['secret']}))."
            )
        elif kind in _LOST:
            effects[kind] = _LOST[kind]
    return effects


def protections(tier: BundleTier) -> dict[str, str]:
    """By address, what keeps a resource from being destroyed."""
    found = {}
    for kind, name, body in tier.blocks("resource"):
        kept = ["`prevent_destroy`"] if _lifecycle(body).get("prevent_destroy") is True else []
        kept += [f"{word} (`{key}`)" for key, word in _SWITCHES.items() if body.get(key) is True]
        if kept:
            found[f"{kind}.{name}"] = ", ".join(kept)
    return found


def _lifecycle(body: Mapping[str, Any]) -> Mapping[str, Any]:
    block = body.get("lifecycle", {})
    found: Mapping[str, Any] = block[0] if isinstance(block, list) and block else block
    return found or {}
