"""HCL of a tier with as many resources as a large state has."""

from __future__ import annotations

import json
from pathlib import Path

from terratiers.core.synthesis import read_synthesis
from terratiers.handoff.bundle_tier import BundleTier, bundle_tiers
from terratiers.handoff.hcl_writer import write_hcl
from terratiers.handoff.provider_schema import load_schemas

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

COPIES = 200


@pytest.fixture
def tier(tmp_path: Path) -> BundleTier:
    names = range(COPIES)
    config = {
        "//": {"metadata": {"backend": "local", "stackName": "shop", "version": "0.21.0"}},
        "terraform": {
            "backend": {"local": {"path": "terraform.tfstate"}},
            "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
        },
        "provider": {"aws": [{"region": "eu-central-1"}]},
        "resource": {
            "aws_security_group": {
                f"group_{n}": {"description": "of the function", "vpc_id": "${aws_vpc.main.id}"}
                for n in names
            },
            "aws_lambda_function": {
                f"function_{n}": {
                    "function_name": f"shop-{n}",
                    "role": "arn:aws:iam::111122223333:role/shop",
                    "environment": {"variables": {"BUCKET": f"${{aws_s3_bucket.bucket_{n}.id}}"}},
                    "tags": {"Name": f"shop-{n}"},
                }
                for n in names
            },
            "aws_s3_bucket": {f"bucket_{n}": {"bucket": f"shop-{n}"} for n in names},
            "aws_vpc": {"main": {"cidr_block": "10.0.0.0/16"}},
        },
    }
    folder = tmp_path / "stacks" / "shop"
    folder.mkdir(parents=True)
    (folder / "cdk.tf.json").write_text(json.dumps(config), encoding="utf-8")
    manifest = {
        "version": "0.21.0",
        "stacks": {
            "shop": {
                "name": "shop",
                "constructPath": "shop",
                "synthesizedStackPath": "stacks/shop/cdk.tf.json",
                "workingDirectory": "stacks/shop",
                "annotations": [],
                "dependencies": [],
            }
        },
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (found,) = bundle_tiers(read_synthesis(tmp_path))
    return found


def test_write_hcl(benchmark: BenchmarkFixture, tier: BundleTier) -> None:
    schemas = load_schemas([tier])
    files = benchmark(write_hcl, tier, schemas)
    assert files["main.tf"].count("resource ") == 3 * COPIES + 1
