from __future__ import annotations

import json

from terratiers import Tier, acknowledge
from terratiers.core.synthesis import SynthesisError, read_synthesis
from terratiers.network import Vpc
from terratiers.tiers import StateTier

import pytest


@pytest.fixture
def synthesized(app, production):
    StateTier(app, environment=production)
    alpha = Tier(app, "alpha", environment=production)
    network = Tier(app, "network", environment=production)
    alpha.use(Vpc(network, "vpc", flow_logs=None))
    app.synth()
    return read_synthesis(app.outdir)


def test_tiers_come_after_what_they_depend_on(synthesized):
    assert [tier.name for tier in synthesized] == ["state", "network", "alpha"]


def test_a_tier_tells_what_it_holds(synthesized):
    state, network, alpha = synthesized
    assert state.backend[0] == "local"
    assert state.state_key == "../../../terraform.state.tfstate"
    assert network.state_key == "shop/prod/network.tfstate"
    assert network.resource_count > 20
    assert "vpc_id" in network.outputs
    assert alpha.reads_from == ("network",)
    assert set(alpha.dependencies) == {"network", "state"}
    assert alpha.allowed_account_ids == ("111122223333",)
    assert "warn: [no-flow-logs]" in network.annotations[0]


def test_a_tier_tells_which_checks_are_skipped_at_its_resources(app, environment):
    network = Tier(app, "network", environment=environment)
    Vpc(network, "vpc", flow_logs=None)
    acknowledge(network, "CKV2_AWS_11", reason="nobody would read them")
    app.synth()
    [tier] = read_synthesis(app.outdir)
    assert tier.skipped_checks == {"aws_vpc.vpc": {"CKV2_AWS_11": "nobody would read them"}}


def test_a_folder_without_synthesis_says_what_to_run(tmp_path):
    with pytest.raises(SynthesisError, match=r"make synth"):
        read_synthesis(tmp_path / "nothing")


DAMAGE = {
    "no JSON": "{",
    "no stacks": "{}",
    "no folder": json.dumps({"stacks": {"a": {}}}),
    "a circle": json.dumps(
        {
            "stacks": {
                name: {"workingDirectory": f"stacks/{name}", "dependencies": [other]}
                for name, other in (("a", "b"), ("b", "a"))
            }
        }
    ),
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_manifest_is_one_clear_error(tmp_path, text):
    for name in "ab":
        (tmp_path / "stacks" / name).mkdir(parents=True)
        (tmp_path / "stacks" / name / "cdk.tf.json").write_text("{}")
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(SynthesisError, match="damaged"):
        read_synthesis(tmp_path)


def test_a_missing_stack_is_named(tmp_path):
    manifest = {"stacks": {"a": {"workingDirectory": "stacks/a"}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SynthesisError, match=r"stacks/a has no cdk\.tf\.json"):
        read_synthesis(tmp_path)
