"""Where the tiers of a bundle keep their states, and how that is changed without a new bundle."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from terratiers.handoff.errors import HandoffError
from terratiers.handoff.variables import declare

__all__ = ["STATE_BUCKET", "STATE_REGION", "place_states"]

STATE_BUCKET = "state_bucket"
STATE_REGION = "state_region"


def place_states(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The configurations, by tier, with states that another machine can reach.

    - The tier that makes the state bucket keeps its own state there, too. Synthesized with a
      local state, it gets the S3 backend of the tiers around it.
    - Any other local state lies in the tier's folder, not where the program ran.
    - Backend settings are overridden with `terraform init -backend-config`. What a tier reads of
      other tiers' states follows through the variables `state_bucket` and `state_region`; so does
      the name of the bucket that the state tier makes.

    Raises:
        HandoffError: when a tier reads a state file of this machine, or has a variable of one of
            those names already.
    """
    placed = {}
    for name, config in configs.items():
        kind, _ = _backend(config)
        _reject_local_readers(name, config)
        reachable = (
            (_in_its_bucket(name, config, configs) or _in_its_folder(config))
            if kind == "local"
            else config
        )
        placed[name] = _with_variables(name, reachable)
    return placed


def _backend(config: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    terraform = config.get("terraform", {})
    if "cloud" in terraform:
        return "cloud", {}
    backends: Mapping[str, Any] = terraform.get("backend", {})
    return next(iter(backends.items()), ("local", {}))


def _in_its_bucket(
    name: str, config: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """With the backend of the tiers whose bucket this one makes; None when it makes none."""
    made = {body.get("bucket") for body in _buckets(config).values()}
    for other in configs.values():
        kind, settings = _backend(other)
        if kind == "s3" and settings.get("bucket") in made - {None}:
            key = posixpath.join(posixpath.dirname(settings["key"]), f"{_tier_tag(config, name)}")
            terraform = {
                **config["terraform"],
                "backend": {"s3": {**settings, "key": f"{key}.tfstate"}},
            }
            version = other["terraform"].get("required_version")
            if version:
                terraform.setdefault("required_version", version)
            return {**config, "terraform": terraform}
    return None


def _in_its_folder(config: Mapping[str, Any]) -> dict[str, Any]:
    return {**config, "terraform": {**config.get("terraform", {}), "backend": {"local": {}}}}


def _reject_local_readers(name: str, config: Mapping[str, Any]) -> None:
    for label, body in _remote_states(config):
        if body.get("backend") == "local":
            raise HandoffError(
                f"{name}: data.terraform_remote_state.{label} reads a state file of the machine "
                "that synthesized it. Give the stack it reads an S3 backend (a Tier has one)."
            )


def _with_variables(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Variables for the state's bucket and region, where the configuration itself names them."""
    kind, settings = _backend(config)
    if kind != "s3" or "bucket" not in settings:
        return dict(config)
    bucket, region = str(settings["bucket"]), str(settings.get("region", ""))
    variables: dict[str, Any] = {}
    config = dict(config)
    for label, body in _remote_states(config):
        read = body.get("config", {})
        if body.get("backend") == "s3" and read.get("bucket") == bucket:
            variables[STATE_BUCKET] = _variable(bucket, "Bucket that holds the tiers' state files")
            read = {**read, "bucket": f"${{var.{STATE_BUCKET}}}"}
            if region and read.get("region") == region:
                variables[STATE_REGION] = _variable(region, "Region of the state bucket")
                read["region"] = f"${{var.{STATE_REGION}}}"
            config = _replace(config, "data", "terraform_remote_state", label, {"config": read})
    for label, body in _buckets(config).items():
        if body.get("bucket") == bucket:
            variables[STATE_BUCKET] = _variable(bucket, "Bucket that holds the tiers' state files")
            reference = f"${{var.{STATE_BUCKET}}}"
            tags = {k: reference if v == bucket else v for k, v in body.get("tags", {}).items()}
            changed = {"bucket": reference, **({"tags": tags} if tags else {})}
            config = _replace(config, "resource", "aws_s3_bucket", label, changed)
    return declare(name, config, variables) if variables else config


def _variable(default: str, description: str) -> dict[str, Any]:
    return {"type": "string", "default": default, "description": description}


def _replace(
    config: Mapping[str, Any], kind: str, block_type: str, label: str, changed: Mapping[str, Any]
) -> dict[str, Any]:
    blocks = config[kind]
    bodies = blocks[block_type]
    body = {**bodies[label], **changed}
    return {**config, kind: {**blocks, block_type: {**bodies, label: body}}}


def _buckets(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = config.get("resource", {}).get("aws_s3_bucket", {})
    return found


def _remote_states(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from sorted(config.get("data", {}).get("terraform_remote_state", {}).items())


def _tier_tag(config: Mapping[str, Any], default: str) -> str:
    """The tier's name in state keys: its tag `Tier`, else the stack's name."""
    providers = config.get("provider", {}).get("aws", [])
    for provider in providers if isinstance(providers, list) else [providers]:
        for block in provider.get("default_tags", []):
            return str(block.get("tags", {}).get("Tier", default))
    return default
