"""Synthesized programs written by hand: no jsii, milliseconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from terratiers.core.synthesis import SynthesizedTier, read_synthesis
from terratiers.handoff.bundle_tier import BundleTier, bundle_tiers

import pytest

BUCKET = "shop-dev-tfstate"


def make_config(name: str, *, environment: str = "dev", **blocks: Any) -> dict[str, Any]:
    """A tier as cdktf writes it: comments, provider, S3 backend; `blocks` beside and over them."""
    tags = {"Project": "shop", "Environment": environment, "Tier": name}
    backend = {
        "bucket": BUCKET,
        "encrypt": True,
        "key": f"shop/{environment}/{name}.tfstate",
        "region": "eu-central-1",
        "use_lockfile": True,
    }
    return {
        "//": {"metadata": {"backend": "s3", "stackName": name, "version": "0.21.0"}},
        "terraform": {
            "backend": {"s3": backend},
            "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
            "required_version": ">= 1.10.0",
        },
        "provider": {"aws": [{"region": "eu-central-1", "default_tags": [{"tags": tags}]}]},
        **blocks,
    }


def make_remote_state(name: str) -> dict[str, Any]:
    config = {"bucket": BUCKET, "key": f"shop/dev/{name}.tfstate", "region": "eu-central-1"}
    return {"backend": "s3", "config": config, "workspace": "${terraform.workspace}"}


Synthesize = Callable[..., tuple[SynthesizedTier, ...]]


@pytest.fixture
def tier_config() -> Callable[..., dict[str, Any]]:
    return make_config


@pytest.fixture
def remote_state() -> Callable[[str], dict[str, Any]]:
    return make_remote_state


@pytest.fixture
def synthesize(tmp_path: Path) -> Synthesize:
    """Writes a synthesis and reads it back: configurations by tier, what each depends on, its
    annotations, and files by tier and path."""

    def write(
        configs: Mapping[str, Mapping[str, Any]],
        *,
        needs: Mapping[str, list[str]] | None = None,
        notes: Mapping[str, list[dict[str, str]]] | None = None,
        files: Mapping[str, Mapping[str, bytes]] | None = None,
        out: Path | None = None,
    ) -> tuple[SynthesizedTier, ...]:
        out = out or tmp_path / "cdktf.out"
        for name, config in configs.items():
            folder = out / "stacks" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "cdk.tf.json").write_text(json.dumps(config), encoding="utf-8")
            for path, content in (files or {}).get(name, {}).items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
        stacks = {
            name: {
                "workingDirectory": f"stacks/{name}",
                "dependencies": (needs or {}).get(name, []),
                "annotations": (notes or {}).get(name, []),
            }
            for name in configs
        }
        (out / "manifest.json").write_text(json.dumps({"stacks": stacks}), encoding="utf-8")
        return read_synthesis(out)

    return write


@pytest.fixture
def bundle_tier(synthesize: Synthesize) -> Callable[..., BundleTier]:
    """One tier with these blocks, ready for a bundle."""

    def make(files: Mapping[str, bytes] | None = None, **blocks: Any) -> BundleTier:
        [tier] = bundle_tiers(
            synthesize({"web": make_config("web", **blocks)}, files={"web": files or {}})
        )
        return tier

    return make


@pytest.fixture
def shop(synthesize: Synthesize) -> tuple[SynthesizedTier, ...]:
    """A state tier, a network, and a web tier that reads it and has a function's zip."""
    asset = "assets/items-api_code_97842256/983bd28fa0f5eb9c8c3f6c9470526098/code.zip"
    state = make_config(
        "state",
        resource={
            "aws_s3_bucket": {"bucket": {"bucket": BUCKET, "tags": {"Name": BUCKET}}},
        },
    )
    state["terraform"]["backend"] = {"local": {"path": "../../../terraform.state.tfstate"}}
    del state["terraform"]["required_version"]
    network = make_config(
        "network",
        resource={
            "aws_vpc": {
                "vpc": {
                    "//": {"metadata": {"path": "network/vpc/resource", "uniqueId": "vpc"}},
                    "cidr_block": "10.0.0.0/16",
                    "tags": {"Name": "shop-dev-vpc"},
                }
            }
        },
        output={"vpc_id": {"description": "The VPC", "value": "${aws_vpc.vpc.id}"}},
    )
    web = make_config(
        "web",
        data={"terraform_remote_state": {"network": make_remote_state("network")}},
        resource={
            "aws_lambda_function": {
                "items_api": {
                    "filename": asset,
                    "source_code_hash": f'${{filebase64sha256("{asset}")}}',
                    "tags": {"Vpc": "${data.terraform_remote_state.network.outputs.vpc_id}"},
                }
            }
        },
    )
    return synthesize(
        {"web": web, "network": network, "state": state},
        needs={"network": ["state"], "web": ["state", "network"]},
        notes={
            "web": [
                {"level": "@cdktf/info", "message": "[public-api] acknowledged: no sign-in"},
                {"level": "@cdktf/warn", "message": "[single-nat-gateway] One zone. To accept"},
            ]
        },
        files={"web": {asset: b"zip"}},
    )
