"""Templates of stacks, folders and text: the same stack reads the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

from terratiers.testing import Template

import cdktf
import jsii
import pytest
from cdktf import Annotations, App, Aspects, IAspect, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct, IValidation


@pytest.fixture
def network(app):
    stack = TerraformStack(app, "network")
    AwsProvider(stack, "aws", region="eu-central-1")
    stack.vpc = Vpc(stack, "main", cidr_block="10.0.0.0/16", tags={"Name": "main"})
    TerraformOutput(stack, "vpc_id", value=stack.vpc.id)
    return stack


@pytest.fixture
def web(app, network):
    """A stack that refers to another one as cdktf allows it, without terratiers."""
    stack = TerraformStack(app, "web")
    AwsProvider(stack, "aws", region="eu-central-1")
    Subnet(stack, "a", vpc_id=network.vpc.id, cidr_block="10.0.0.0/24")
    return stack


def test_stack_folder_and_text_are_equal(app, network):
    from_stack = Template.from_stack(network)
    from_text = Template.from_json(cdktf.Testing.synth(network))
    app.synth()
    from_outdir = Template.from_folder(app.outdir, "network")
    from_folder = Template.from_folder(Path(app.outdir) / "stacks" / "network")

    assert from_stack.addresses() == ["aws_vpc.main"]
    assert from_stack.config == from_text.config == from_outdir.config == from_folder.config
    assert "//" not in str(from_stack.config)


def test_references_between_stacks_show_on_either_side(app, network, web):
    producer, consumer = Template.from_stack(network), Template.from_stack(web)
    app.synth()

    assert "cross-stack-output-aws_vpcmainid" in producer.outputs
    assert "terraform_remote_state" in consumer.config["data"]
    assert producer.config == Template.from_folder(app.outdir, "network").config
    assert consumer.config == Template.from_folder(app.outdir, "web").config


def test_a_stack_may_grow_between_two_readings(network):
    before = Template.from_stack(network)
    assert Template.from_stack(network).config == before.config
    Subnet(network, "a", vpc_id=network.vpc.id)
    assert Template.from_stack(network).addresses() == ["aws_subnet.a", "aws_vpc.main"]


def test_a_stack_inside_of_a_construct(app, network):
    group = Construct(app, "group")
    stack = TerraformStack(group, "inner")
    AwsProvider(stack, "aws", region="eu-central-1")
    Subnet(stack, "a", vpc_id=network.vpc.id)
    assert "cross-stack-output-aws_vpcmainid" in Template.from_stack(network).outputs
    assert Template.from_stack(stack).addresses()[0] == "aws_subnet.a"


def test_failed_validations_raise(network):
    @jsii.implements(IValidation)
    class Never:
        def validate(self):
            return ["never valid"]

    network.vpc.node.add_validation(Never())
    with pytest.raises(RuntimeError, match="never valid"):
        Template.from_stack(network)


def test_error_annotations_raise_as_in_synth(network):
    Annotations.of(network.vpc).add_error("too large")
    with pytest.raises(RuntimeError, match=r"\[network/main\] too large"):
        Template.from_stack(network)


def test_warnings_do_not_raise(network):
    Annotations.of(network.vpc).add_warning("rather large")
    Template.from_stack(network).has_resource("aws_vpc")


def test_aspects_are_applied(network):
    @jsii.implements(IAspect)
    class NoDns:
        def visit(self, node):
            if isinstance(node, Vpc):
                node.enable_dns_support = False

    Aspects.of(network).add(NoDns())
    Template.from_stack(network).has_resource("aws_vpc", {"enable_dns_support": False})


def test_nothing_stays_in_the_temporary_folder(network, monkeypatch):
    made = []
    full_synth = cdktf.Testing.full_synth
    monkeypatch.setattr(
        cdktf.Testing, "full_synth", lambda stack: made.append(full_synth(stack)) or made[0]
    )
    Template.from_stack(network)
    assert made
    assert Path(made[0]).parent == Path(tempfile.gettempdir())
    assert not Path(made[0]).exists()


def test_only_stacks_are_synthesized(app):
    with pytest.raises(TypeError, match="pass a TerraformStack"):
        Template.from_stack(app)


def test_a_folder_without_stacks(tmp_path):
    with pytest.raises(FileNotFoundError) as failure:
        Template.from_folder(tmp_path, "network")
    where = tmp_path / "stacks" / "network"
    assert str(failure.value) == f"{where} has no cdk.tf.json: synthesize first."


@pytest.mark.parametrize("stack", ["netwrok", None])
def test_a_wrong_name_lists_the_stacks(app, web, stack):
    app.synth()
    with pytest.raises(FileNotFoundError, match="it has the stacks network, web"):
        Template.from_folder(app.outdir, stack)


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_text_that_is_no_terraform_json(text):
    with pytest.raises(ValueError, match=r"Expecting|is a map"):
        Template.from_json(text)


def test_app_writes_to_the_folder_of_the_test(app, tmp_path):
    assert isinstance(app, App)
    assert Path(app.outdir) == tmp_path / "cdktf.out"
