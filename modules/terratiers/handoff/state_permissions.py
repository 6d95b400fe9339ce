"""What a role needs for the states of tiers: buckets, keys and locks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from terratiers.handoff.bundle_tier import BundleTier

__all__ = ["state_statements"]

_VARIABLE = re.compile(r"\$\{var\.(\w+)\}")
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


def state_statements(tiers: Sequence[BundleTier], *, writable: bool) -> list[dict[str, Any]]:
    """Statements for the tiers' own states and for those that they read.

    Args:
        tiers: The tiers.
        writable: Whether the states are written, or only locked while a plan reads them.

    https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
    """
    own = [settings for tier in tiers for kind, settings in [tier.backend] if kind == "s3"]
    foreign = [settings for tier in tiers for settings in _read_states(tier)]
    states = [*own, *foreign]
    if not states:
        return []
    statements = [
        _allow("ListStateBucket", ["s3:ListBucket"], {_bucket_arn(s) for s in states}),
        _allow("ReadState", ["s3:GetObject"], {_object_arn(s) for s in states}),
    ]
    if writable and own:
        statements.append(_allow("WriteState", ["s3:PutObject"], {_object_arn(s) for s in own}))
    locked = {f"{_object_arn(s)}.tflock" for s in own if s.get("use_lockfile")}
    if locked:
        lock = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        statements.append(_allow("LockState", lock, locked))
    tables = {_table_arn(s) for s in own if s.get("dynamodb_table")}
    if tables:
        lock = ["dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem"]
        statements.append(_allow("LockStateInTable", [*lock, "dynamodb:PutItem"], tables))
    statements += _key_statements(own)
    return statements


def _read_states(tier: BundleTier) -> Iterator[Mapping[str, Any]]:
    """The settings of the S3 states that a tier reads, variables replaced by their defaults."""
    for kind, _, body in tier.blocks("data"):
        if kind == "terraform_remote_state" and body.get("backend") == "s3":
            yield {key: _default(tier, value) for key, value in body.get("config", {}).items()}


def _default(tier: BundleTier, value: Any) -> Any:
    found = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    variable = tier.config.get("variable", {}).get(found.group(1), {}) if found else {}
    return variable.get("default", value)


def _key_statements(states: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The keys of the states: an alias is a condition, since policies name no aliases."""
    keys = {(str(s["kms_key_id"]), str(s.get("region", "*"))) for s in states if "kms_key_id" in s}
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    aliases = sorted(name[name.index("alias/") :] for name, _ in keys if "alias/" in name)
    if aliases:
        condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": aliases}}
        yield {**_allow("StateKey", actions, {"*"}), "Condition": condition}
    plain = {
        name if name.startswith("arn:") else f"arn:{_partition(region)}:kms:{region}:*:key/{name}"
        for name, region in keys
        if "alias/" not in name
    }
    if plain:
        yield _allow("StateKeyById", actions, plain)


def _allow(sid: str, actions: Sequence[str], resources: set[str]) -> dict[str, Any]:
    named = sorted(resources)
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": named[0] if len(named) == 1 else named,
    }


def _bucket_arn(state: Mapping[str, Any]) -> str:
    return f"arn:{_partition(state.get('region', ''))}:s3:::{state['bucket']}"


def _object_arn(state: Mapping[str, Any]) -> str:
    return f"{_bucket_arn(state)}/{state['key']}"


def _table_arn(state: Mapping[str, Any]) -> str:
    region = state.get("region", "*")
    return f"arn:{_partition(region)}:dynamodb:{region}:*:table/{state['dynamodb_table']}"


def _partition(region: str) -> str:
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")
