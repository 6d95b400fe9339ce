from __future__ import annotations

import json
from pathlib import Path

from terratiers import ConfigurationError, Environment, RemoteTier, StateLocation, Tier
from terratiers.network import Vpc
from terratiers.testing import ABSENT, Template

import pytest
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc as RawVpc


def backend(template: Template, kind: str = "s3"):
    return template.config["terraform"]["backend"][kind]


def test_a_tier_has_a_provider_and_an_encrypted_locked_backend(app, environment, synth):
    template = synth(Tier(app, "network", environment=environment))

    assert backend(template) == {
        "bucket": "shop-test-tfstate",
        "key": "shop/test/network.tfstate",
        "region": "eu-central-1",
        "encrypt": True,
        "kms_key_id": "alias/shop-test-state",
        "use_lockfile": True,
    }
    [provider] = template.config["provider"]["aws"]
    assert provider == {
        "region": "eu-central-1",
        "default_tags": [{"tags": environment.default_tags("network")}],
    }
    assert template.config["terraform"]["required_version"] == ">= 1.10.0"


def test_a_known_account_is_the_only_one_allowed(app, production, synth):
    [provider] = synth(Tier(app, "network", environment=production)).config["provider"]["aws"]
    assert provider["allowed_account_ids"] == ["111122223333"]


def test_a_lock_table_takes_the_place_of_the_lock_file(app, synth):
    environment = Environment(
        project="shop",
        name="test",
        region="eu-central-1",
        state=StateLocation(bucket="ours", lock_table="locks"),
    )
    template = synth(Tier(app, "network", environment=environment))
    assert backend(template)["dynamodb_table"] == "locks"
    assert "use_lockfile" not in backend(template)
    assert template.config["terraform"]["required_version"] == ">= 1.5.0"


def test_two_environments_in_one_app_keep_their_states_apart(app, environment, production, synth):
    test = Tier(app, "network", environment=environment)
    prod = Tier(app, "network-prod", environment=production, name="network")
    assert backend(synth(test))["key"] == "shop/test/network.tfstate"
    assert backend(synth(prod))["key"] == "shop/prod/network.tfstate"


class TestUse:
    @pytest.fixture
    def network(self, app, environment):
        tier = Tier(app, "network", environment=environment)
        tier.vpc = Vpc(tier, "vpc")
        return tier

    @pytest.fixture
    def web(self, app, environment):
        return Tier(app, "web", environment=environment)

    def test_the_producer_gets_one_described_output_per_value(self, network, web, synth):
        web.use(network.vpc)
        template = synth(network)

        assert set(template.outputs) == {
            "vpc_id",
            "vpc_cidr_block",
            "vpc_public_subnet_ids",
            "vpc_private_subnet_ids",
            "vpc_isolated_subnet_ids",
            "vpc_route_table_ids",
        }
        template.has_output(
            "vpc_id",
            {"value": "${aws_vpc.vpc.id}", "description": "Id of the VPC", "sensitive": ABSENT},
        )
        template.has_output(
            "vpc_private_subnet_ids",
            {
                "value": {
                    "eu-central-1a": "${aws_subnet.vpc_private_a.id}",
                    "eu-central-1b": "${aws_subnet.vpc_private_b.id}",
                }
            },
        )

    def test_the_consumer_reads_one_remote_state(self, network, web, synth):
        vpc = web.use(network.vpc)
        assert web.use(network.vpc) is vpc
        Subnet(web, "s", vpc_id=vpc.vpc_id, cidr_block="10.0.200.0/24")
        web.add_output("table", vpc.route_table_ids["public"], description="route table")
        web.add_output("subnet", vpc.subnet_ids("private")["eu-central-1b"], description="subnet")

        template = synth(web)
        template.has_data_source(
            "terraform_remote_state",
            {
                "backend": "s3",
                "workspace": "${terraform.workspace}",
                "config": {
                    "bucket": "shop-test-tfstate",
                    "key": "shop/test/network.tfstate",
                    "region": "eu-central-1",
                },
            },
        )
        assert [a for a in template.addresses() if "remote_state" in a] == [
            "data.terraform_remote_state.network"
        ]
        state = "data.terraform_remote_state.network.outputs"
        template.has_resource("aws_subnet", {"vpc_id": f"${{{state}.vpc_id}}"})
        template.has_output("table", {"value": f'${{{state}.vpc_route_table_ids["public"]}}'})
        template.has_output(
            "subnet", {"value": f'${{{state}.vpc_private_subnet_ids["eu-central-1b"]}}'}
        )

    def test_the_consumer_is_deployed_after_the_producer(self, app, network, web):
        web.use(network.vpc)
        app.synth()
        manifest = json.loads((Path(app.outdir) / "manifest.json").read_text())
        assert manifest["stacks"]["web"]["dependencies"] == ["network"]

    def test_the_imported_vpc_knows_what_the_original_knows(self, network, web):
        vpc = web.use(network.vpc)
        assert vpc.availability_zones == network.vpc.availability_zones
        assert vpc.subnet_types == network.vpc.subnet_types
        assert vpc.has_route_out("public")
        assert not vpc.has_route_out("private")

    def test_using_what_is_here_already_is_refused(self, network):
        with pytest.raises(ConfigurationError, match="belongs to this tier"):
            network.use(network.vpc)

    def test_circles_are_refused(self, network, web):
        web.use(network.vpc)
        web.vpc = Vpc(web, "other")
        with pytest.raises(ConfigurationError, match="depends on this tier already"):
            network.use(web.vpc)

    @pytest.mark.parametrize("thing", [None, "vpc", 3, object()])
    def test_what_cannot_be_shared_is_refused(self, web, thing):
        with pytest.raises(ConfigurationError, match="cannot be shared"):
            web.use(thing)

    def test_a_plain_stack_has_no_known_state(self, app, web):
        plain = TerraformStack(app, "plain")
        AwsProvider(plain, "aws", region="eu-central-1")
        vpc = Vpc(plain, "vpc", availability_zones=["eu-central-1a"])
        with pytest.raises(ConfigurationError, match="no Tier"):
            web.use(vpc)


class TestUseRemote:
    def test_a_tier_of_another_program_is_read_alike(self, app, environment, synth):
        web = Tier(app, "web", environment=environment)
        vpc = web.use_remote(
            Vpc,
            "vpc",
            tier=RemoteTier.of(environment, "network"),
            availability_zones=("eu-central-1a",),
            subnet_types={"private": "private"},
        )
        web.add_output("subnet", vpc.subnet_ids("private")["eu-central-1a"], description="s")

        synth(web).has_output(
            "subnet",
            {
                "value": "${data.terraform_remote_state.network.outputs."
                'vpc_private_subnet_ids["eu-central-1a"]}'
            },
        )

    def test_missing_and_unknown_facts_are_named(self, app, environment):
        web = Tier(app, "web", environment=environment)
        with pytest.raises(ConfigurationError) as caught:
            web.use_remote(
                Vpc, "vpc", tier=RemoteTier.of(environment, "network"), availability_zone="x"
            )
        text = str(caught.value)
        assert "availability_zone is no fact of Vpc; did you mean availability_zones" in text
        assert "availability_zones is missing" in text
        assert "subnet_types is missing" in text

    def test_two_states_of_one_name_are_refused(self, app, environment, production):
        web = Tier(app, "web", environment=environment)
        facts = {"availability_zones": ("eu-central-1a",), "subnet_types": {}}
        web.use_remote(Vpc, "vpc", tier=RemoteTier.of(environment, "network"), **facts)
        with pytest.raises(ConfigurationError, match="both called network"):
            web.use_remote(Vpc, "vpc", tier=RemoteTier.of(production, "network"), **facts)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"name": "Net"}, "lower-case"),
            ({"name": None}, "name None"),
            ({"key": ""}, "S3 key"),
            ({"state": "bucket"}, "StateLocation"),
            ({"state": StateLocation(bucket="ours")}, "no region"),
            ({"workspace": "a b"}, "workspace"),
            ({"workspace": None}, "workspace None"),
        ],
    )
    def test_bad_remote_tiers_are_refused(self, change, message):
        good = {
            "name": "network",
            "state": StateLocation(bucket="ours", region="eu-central-1"),
            "key": "a.tfstate",
        }
        with pytest.raises(ConfigurationError) as caught:
            RemoteTier(**{**good, **change})
        assert message in str(caught.value)

    @pytest.mark.parametrize(
        ("kind", "prefix", "tier"),
        [(str, "vpc", None), (None, "vpc", None), (Vpc, "", None), (Vpc, 3, "network")],
    )
    def test_bad_arguments_are_refused(self, app, environment, kind, prefix, tier):
        web = Tier(app, "web", environment=environment)
        with pytest.raises(ConfigurationError, match="RemoteTier"):
            web.use_remote(kind, prefix, tier=tier)


def test_a_token_that_crosses_tiers_without_use_is_an_error_that_names_both_ends(app, environment):
    network = Tier(app, "network", environment=environment)
    vpc = RawVpc(network, "main", cidr_block="10.0.0.0/16")
    web = Tier(app, "web", environment=environment)
    Subnet(web, "front", vpc_id=vpc.id, cidr_block="10.0.0.0/24")

    with pytest.raises(RuntimeError) as caught:
        app.synth()
    text = str(caught.value)
    assert "aws_subnet.front.vpc_id in web refers to aws_vpc.main.id of network" in text
    assert "self.use(...)" in text


def test_the_same_holds_when_one_end_is_a_plain_stack(app, environment):
    plain = TerraformStack(app, "plain")
    AwsProvider(plain, "aws", region="eu-central-1")
    vpc = RawVpc(plain, "main", cidr_block="10.0.0.0/16")
    web = Tier(app, "web", environment=environment)
    Subnet(web, "front", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
    with pytest.raises(RuntimeError, match=r"aws_subnet\.front\.vpc_id in web refers to"):
        app.synth()


BAD_TIERS = {
    "id upper case": (("Network", {}), "lower-case"),
    "id None": ((None, {}), "id None"),
    "id with slash": (("a/b", {}), "cannot be part of a Terraform address"),
    "id empty": (("", {}), "cannot be part"),
    "id token": (("${TfToken[TOKEN.1]}", {}), "tokens are not known"),
    "name": (("network", {"name": "a_b"}), "name a_b"),
    "environment missing": (("network", {"environment": None}), "environment is None"),
    "environment dict": (("network", {"environment": {}}), "Environment("),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_TIERS.values(), ids=BAD_TIERS.keys())
def test_bad_tiers_are_refused(app, environment, arguments, message):
    id, options = arguments
    with pytest.raises(ConfigurationError) as caught:
        Tier(app, id, **{"environment": environment, **options})
    assert message in str(caught.value)
    assert not [child for child in app.node.children if isinstance(child, Tier)]


@pytest.mark.parametrize("scope", [None, "app", 3])
def test_a_tier_needs_an_app(environment, scope):
    with pytest.raises(ConfigurationError, match="scope is"):
        Tier(scope, "network", environment=environment)


def test_an_id_is_used_once(app, environment):
    Tier(app, "network", environment=environment)
    with pytest.raises(ConfigurationError, match="used already"):
        Tier(app, "network", environment=environment)


@pytest.mark.parametrize("name", ["Vpc", "a-b", "", None, 1])
def test_output_names_are_checked(tier, name):
    with pytest.raises(ConfigurationError, match="output name"):
        tier.add_output(name, "x", description="x")


def test_an_output_name_is_used_once(tier):
    tier.add_output("x", "1", description="x")
    with pytest.raises(ConfigurationError, match="output x is taken"):
        tier.add_output("x", "2", description="x")


def test_two_constructs_cannot_share_the_same_outputs(tier):
    tier.share(Vpc(tier, "a-b"))
    with pytest.raises(ConfigurationError, match=r"share outputs|Terraform name"):
        tier.share(Vpc(tier, "a_b"))


def test_plain_programs_need_no_tier(tmp_path):
    app = App(outdir=str(tmp_path))
    stack = TerraformStack(app, "mine")
    AwsProvider(stack, "aws", region="eu-central-1")
    Vpc(stack, "vpc", availability_zones=["eu-central-1a", "eu-central-1b"])
    template = Template.from_stack(stack)
    template.has_resource("aws_vpc", {"tags": {"Name": "mine-vpc"}})
    template.has_data_source("aws_caller_identity")
