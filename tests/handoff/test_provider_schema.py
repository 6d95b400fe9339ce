"""The catalog says what is a block; what it does not know, Terraform is asked."""

from __future__ import annotations

import json
import stat
import sys
from importlib import resources

from terratiers.handoff.bundle_tier import BundleTier
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.provider_schema import (
    NO_BLOCKS,
    BlockSchema,
    Provider,
    compact_schema,
    load_schemas,
    required_providers,
)

import pytest

AWS = Provider("registry.terraform.io/hashicorp/aws", "5.100.0")


def make_tier(**config) -> BundleTier:
    return BundleTier(1, "shop", config, {}, (), (), {})


def requiring(version: str, source: str = "aws") -> BundleTier:
    required = {"aws": {"source": source, "version": version}}
    return make_tier(terraform={"required_providers": required}, resource={"aws_eip": {"x": {}}})


@pytest.mark.parametrize("source", ["aws", "hashicorp/aws", "registry.terraform.io/hashicorp/aws"])
@pytest.mark.parametrize("version", ["5.100.0", "= 5.100.0", "=5.100.0"])
def test_the_pinned_provider_needs_no_terraform(monkeypatch, source, version):
    monkeypatch.setenv("PATH", "")
    tier = requiring(version, source)
    [provider] = required_providers(tier.config).values()
    schemas = load_schemas([tier])
    instance = schemas.block(provider, "resource", "aws_instance")
    assert {"root_block_device", "timeouts"} <= instance.blocks.keys()
    assert "tags" not in instance.blocks
    assert "ingress" not in schemas.block(provider, "resource", "aws_security_group").blocks
    assert schemas.block(provider, "data", "aws_ami").blocks.keys() == {"filter", "timeouts"}
    assert schemas.block(provider, "ephemeral", "aws_lambda_invocation") == BlockSchema(
        frozenset({"function_name", "payload"}), {}
    )
    assert "default_tags" in schemas.settings(provider).blocks


def test_statements_nest_as_deep_as_the_provider_says():
    tier = requiring("5.100.0")
    [provider] = required_providers(tier.config).values()
    block = load_schemas([tier]).block(provider, "resource", "aws_wafv2_web_acl")
    for name in ("rule", "statement", "and_statement", "statement", "not_statement", "statement"):
        block = block.blocks[name]
    assert "geo_match_statement" in block.blocks


@pytest.mark.parametrize("version", ["", "~> 5.0", "5.99.0", ">= 5.100.0"])
def test_without_terraform_another_version_is_refused_with_the_remedy(monkeypatch, version):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HandoffError, match=r"hashicorp/aws.*no terraform is on PATH.*as JSON"):
        load_schemas([requiring(version)])


def fake_terraform(folder, script: str, monkeypatch) -> None:
    """A `terraform` on PATH that is a Python program."""
    program = folder / "terraform"
    program.write_text(f"#!{sys.executable}\nimport json, pathlib, sys\n{script}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


def test_terraform_is_asked_for_another_provider(monkeypatch, tmp_path):
    block = {"block": {"attributes": {}, "block_types": {"part": {"block": {}}}}}
    source = "example.com/acme/odd"
    answer = {
        "provider_schemas": {source: {"provider": block, "resource_schemas": {"odd_x": block}}}
    }
    fake_terraform(
        tmp_path,
        "required = json.loads(pathlib.Path('main.tf.json').read_text())\n"
        f"wanted = {{'source': {source!r}, 'version': '~> 1'}}\n"
        "assert required == {'terraform': {'required_providers': {'wanted': wanted}}}\n"
        f"print({json.dumps(answer)!r} if 'providers' in sys.argv else '')",
        monkeypatch,
    )
    required = {"odd": {"source": "example.com/ACME/odd", "version": "~> 1"}}
    tier = make_tier(terraform={"required_providers": required})
    schemas = load_schemas([tier])
    [provider] = required_providers(tier.config).values()
    assert schemas.block(provider, "resource", "odd_x").blocks == {"part": NO_BLOCKS}


def test_what_terraform_said_is_handed_on(monkeypatch, tmp_path):
    fake_terraform(tmp_path, "sys.exit('no such provider')", monkeypatch)
    with pytest.raises(HandoffError, match=r"(?s)`terraform init` failed.*no such provider"):
        load_schemas([requiring("5.98.0")])


def test_a_provider_is_named_or_implied():
    config = {
        "terraform": {
            "required_providers": {"aws": {"source": "aws", "version": "1"}, "old": "~> 2"}
        },
        "provider": {"tls": [{}]},
        "resource": {
            "aws_eip": {"a": {}, "b": {"provider": "west.alias"}},
            "random_id": {"c": {}},
            "terraform_data": {"d": {}},
        },
        "check": {"e": {"data": {"http": {"f": {"url": "x"}}}}},
    }
    registry = "registry.terraform.io/hashicorp"
    assert required_providers(config) == {
        "aws": Provider(f"{registry}/aws", "1"),
        "old": Provider(f"{registry}/old", "~> 2"),
        "tls": Provider(f"{registry}/tls", ""),
        "west": Provider(f"{registry}/west", ""),
        "random": Provider(f"{registry}/random", ""),
        "terraform": Provider("terraform.io/builtin/terraform", ""),
        "http": Provider(f"{registry}/http", ""),
    }


def test_terraforms_own_resources_have_no_blocks():
    tier = make_tier(resource={"terraform_data": {"x": {}}})
    [provider] = required_providers(tier.config).values()
    assert load_schemas([tier]).block(provider, "resource", "terraform_data") == NO_BLOCKS


def test_an_unknown_type_is_named():
    tier = requiring("5.100.0")
    [provider] = required_providers(tier.config).values()
    with pytest.raises(HandoffError, match="has no data 'aws_instances_2'"):
        load_schemas([tier]).block(provider, "data", "aws_instances_2")


def test_equal_blocks_are_stored_once():
    leaf = {"block": {"attributes": {"a": {"required": True}, "b": {"optional": True}}}}
    outer = {"block": {"block_types": {"x": leaf, "y": leaf}}}
    schema = {"provider": {"block": {}}, "resource_schemas": {"r": outer, "s": outer, "t": leaf}}
    assert compact_schema(schema) == {
        "blocks": [[[], {}], [["a"], {}], [[], {"x": 1, "y": 1}]],
        "provider": 0,
        "resource": {"r": 2, "s": 2, "t": 1},
        "data": {},
        "ephemeral": {},
    }


def test_the_catalog_names_its_source_and_is_small():
    file = resources.files("terratiers.handoff") / "data/provider_blocks.json"
    text = file.read_text("utf-8")
    catalog = json.loads(text)
    assert (catalog["provider"], catalog["version"]) == (AWS.source, AWS.version)
    assert catalog["source"] == "terraform providers schema -json"
    assert len(text) < 400_000
