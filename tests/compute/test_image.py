from __future__ import annotations

import json
from itertools import count
from pathlib import Path

from terratiers import ConfigurationError, Environment, RemoteTier, Tier
from terratiers.compute import (
    Image,
    ImageAttributes,
    Instance,
    MachineImage,
    UserData,
)
from terratiers.network import Vpc

import pytest
from cdktf import App, TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct
from hypothesis import given, settings
from hypothesis import strategies as st

AMI = "ami-0123456789abcdef0"
STATE = "data.terraform_remote_state.network.outputs"
ID = "${aws_ami_from_instance.golden.id}"


@pytest.fixture
def vpc(tier):
    return Vpc(tier, "vpc", flow_logs=None)


@pytest.fixture
def make(tier, vpc):
    """Makes an instance; `like` gives what differs from a t3.micro with Amazon Linux."""

    def made(id="web", scope=tier, **like):
        known = {
            "vpc": vpc,
            "instance_type": "t3.micro",
            "machine_image": MachineImage.amazon_linux_2023(),
            "ssm_access": False,
        }
        return Instance(scope, id, **{**known, **like})

    return made


@pytest.fixture
def web(make):
    return make()


@pytest.fixture
def fleet(app, environment):
    return Tier(app, "fleet", environment=environment)


# --- baking


def test_an_image_is_baked_from_an_instance(tier, web, synth):
    Image.from_instance(tier, "golden", instance=web)
    assert synth(tier).resource("aws_ami_from_instance.golden") == {
        "name": "shop-test-golden-1-${aws_instance.web.id}",
        "description": "network/web, version 1",
        "source_instance_id": "${aws_instance.web.id}",
        "snapshot_without_reboot": False,
        "tags": {"Name": "shop-test-golden-1"},
        "lifecycle": {
            "create_before_destroy": True,
            "ignore_changes": ["snapshot_without_reboot"],
        },
    }


def test_another_version_has_another_name(tier, web, synth):
    Image.from_instance(tier, "golden", instance=web, version="2026-01_b.2")
    synth(tier).has_resource(
        "aws_ami_from_instance",
        {
            "name": "shop-test-golden-2026-01_b.2-${aws_instance.web.id}",
            "description": "network/web, version 2026-01_b.2",
            "tags": {"Name": "shop-test-golden-2026-01_b.2"},
        },
    )


def test_the_instance_may_go_on_running(tier, web, synth):
    Image.from_instance(tier, "golden", instance=web, reboot=False)
    synth(tier).has_resource("aws_ami_from_instance", {"snapshot_without_reboot": True})


def test_tags_are_added(tier, web, synth):
    Image.from_instance(tier, "golden", instance=web, tags={"team": "web"})
    synth(tier).has_resource(
        "aws_ami_from_instance", {"tags": {"team": "web", "Name": "shop-test-golden-1"}}
    )


def test_the_constructor_does_the_same(tier, web, synth):
    Image(tier, "golden", instance=web)
    synth(tier).has_resource(
        "aws_ami_from_instance", {"name": "shop-test-golden-1-${aws_instance.web.id}"}
    )


def test_several_images_of_one_instance(tier, web, synth):
    for id in ("one", "two"):
        Image.from_instance(tier, id, instance=web)
    names = {i["name"] for i in synth(tier).resources("aws_ami_from_instance").values()}
    assert names == {f"shop-test-{id}-1-${{aws_instance.web.id}}" for id in ("one", "two")}


def test_images_in_two_constructs_have_two_names(tier, web, synth):
    for name in ("one", "two"):
        Image.from_instance(Construct(tier, name), "golden", instance=web)
    images = synth(tier).resources("aws_ami_from_instance")
    assert {address: image["name"] for address, image in images.items()} == {
        f"{name}_golden": f"shop-test-{name}-golden-1-${{aws_instance.web.id}}"
        for name in ("one", "two")
    }


def test_the_image_of_another_instance_has_another_name(tier, web, make, synth):
    Image.from_instance(tier, "golden", instance=make("next"))
    synth(tier).has_resource(
        "aws_ami_from_instance", {"name": "shop-test-golden-1-${aws_instance.next.id}"}
    )


def test_an_image_in_a_plain_stack(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    web = Instance(
        stack,
        "web",
        vpc=Vpc(stack, "vpc", availability_zones=["eu-central-1a"], flow_logs=None),
        instance_type="t3.micro",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )
    Image.from_instance(stack, "golden", instance=web)
    synth(stack).has_resource(
        "aws_ami_from_instance", {"name": "plain-golden-1-${aws_instance.web.id}"}
    )


def test_an_image_knows_what_it_runs_on(tier, make):
    arm = MachineImage.amazon_linux_2023(architecture="arm64")
    web = make(instance_type="t4g.micro", machine_image=arm)
    golden = Image.from_instance(tier, "golden", instance=web)
    assert golden.attributes.architecture == "arm64"
    assert golden.machine_image.architecture == "arm64"
    assert golden.machine_image.operating_system == "linux"
    assert golden.machine_image.image_id == golden.image_id


def test_an_image_of_a_windows_instance_is_one_of_windows(tier, make):
    web = make(instance_type="t3.large", machine_image=MachineImage.windows_server())
    golden = Image.from_instance(tier, "golden", instance=web)
    assert golden.machine_image.operating_system == "windows"


# --- starting from it


def test_an_instance_of_the_same_tier_starts_from_it(tier, web, make, synth):
    make("copy", machine_image=Image.from_instance(tier, "golden", instance=web))
    copy = synth(tier).resource("aws_instance.copy")
    assert copy["ami"] == ID
    assert copy["lifecycle"] == {"ignore_changes": ["ami"]}


def test_its_machine_image_does_the_same(tier, web, make, synth):
    golden = Image.from_instance(tier, "golden", instance=web)
    make("copy", machine_image=golden.machine_image, update_image=True)
    copy = synth(tier).resource("aws_instance.copy")
    assert copy["ami"] == ID
    assert "lifecycle" not in copy


def test_its_processor_has_to_fit(tier, web, make):
    golden = Image.from_instance(tier, "golden", instance=web)
    with pytest.raises(ConfigurationError, match=r"is for x86_64, but t4g\.micro runs arm64"):
        make("copy", instance_type="t4g.micro", machine_image=golden)
    assert tier.node.try_find_child("copy") is None


def test_an_instance_of_another_tier_starts_from_it(tier, vpc, web, make, fleet, synth):
    golden = Image.from_instance(tier, "golden", instance=web)
    used = fleet.use(golden)
    assert fleet.use(golden) is used
    make("copy", fleet, vpc=fleet.use(vpc), machine_image=used)
    template = synth(fleet)
    template.has_resource("aws_instance", {"ami": f"${{{STATE}.golden_image_id}}"})
    template.resource_count("aws_ami_from_instance", 0)


def test_the_tier_that_bakes_it_puts_it_out(tier, web, fleet, synth):
    fleet.use(Image.from_instance(tier, "golden", instance=web))
    template = synth(tier)
    assert set(template.outputs) == {"golden_image_id"}
    template.has_output("golden_image_id", {"value": ID, "description": "Id of the machine image"})


def test_the_other_tier_knows_what_it_runs_on(tier, make, fleet):
    web = make(instance_type="t3.large", machine_image=MachineImage.windows_server())
    used = fleet.use(Image.from_instance(tier, "golden", instance=web))
    assert used.attributes.operating_system == "windows"
    assert used.attributes.architecture == "x86_64"
    with pytest.raises(ConfigurationError, match="user_data is for linux, but the image is win"):
        make("copy", fleet, machine_image=used, user_data=UserData.commands("id"))


def test_the_other_tier_is_deployed_later(app, tier, web, fleet):
    fleet.use(Image.from_instance(tier, "golden", instance=web))
    app.synth()
    manifest = json.loads((Path(app.outdir) / "manifest.json").read_text())
    assert manifest["stacks"]["fleet"]["dependencies"] == ["network"]


def test_an_image_of_another_program(environment, vpc, make, fleet, synth):
    remote = RemoteTier.of(environment, "network")
    golden = fleet.use_remote(Image, "golden", tier=remote, architecture="arm64")
    make("copy", fleet, vpc=fleet.use(vpc), instance_type="t4g.micro", machine_image=golden)
    synth(fleet).has_resource("aws_instance", {"ami": f"${{{STATE}.golden_image_id}}"})


# --- imported


@pytest.mark.parametrize("id", [AMI, "ami-01234567", "${var.image}"])
def test_an_image_that_exists_is_used_by_its_id(tier, make, synth, id):
    golden = Image.from_attributes(tier, "golden", ImageAttributes(image_id=id))
    assert golden.image_id == id
    make("copy", machine_image=golden)
    template = synth(tier)
    template.has_resource("aws_instance", {"ami": id})
    template.resource_count("aws_ami_from_instance", 0)


def test_an_image_that_exists_is_of_linux_on_x86_unless_said(tier):
    golden = Image.from_attributes(tier, "golden", ImageAttributes(image_id=AMI)).machine_image
    assert (golden.architecture, golden.operating_system) == ("x86_64", "linux")


def test_an_image_that_exists_for_another_processor(tier, make):
    known = ImageAttributes(image_id=AMI, architecture="arm64")
    golden = Image.from_attributes(tier, "golden", known)
    make("copy", instance_type="t4g.micro", machine_image=golden)
    with pytest.raises(ConfigurationError, match=r"is for arm64, but t3\.micro runs x86_64"):
        make("other", machine_image=golden)


def test_an_id_that_only_terraform_knows(tier, make, synth):
    variable = TerraformVariable(tier, "image", type="string")
    known = ImageAttributes(image_id=variable.string_value)
    make("copy", machine_image=Image.from_attributes(tier, "golden", known))
    synth(tier).has_resource("aws_instance", {"ami": "${var.image}"})


# --- bad input

BAD_IMAGES = {
    "instance none": ({"instance": None}, r"instance is None \(NoneType\): write Instance\(self"),
    "instance id": ({"instance": "i-0123456789abcdef0"}, r"\(str\): write Instance\(self, "),
    "version none": ({"version": None}, "version None is not valid: write 1 to 32 letters"),
    "version number": ({"version": 2}, "version 2 is not valid"),
    "version empty": ({"version": ""}, "version '' is not valid"),
    "version long": ({"version": "v" * 33}, "1 to 32 letters, digits, dots, underscores"),
    "version with a space": ({"version": "1 b"}, "version 1 b is not valid"),
    "version with a slash": ({"version": "1/2"}, "version 1/2 is not valid"),
    "version with a newline": ({"version": "1\n"}, "is not valid: write 1 to 32 letters"),
    "version umlaut": ({"version": "ä"}, "version ä is not valid"),
    "version token": ({"version": "${var.version}"}, "is not valid: write 1 to 32 letters"),
    "reboot none": ({"reboot": None}, r"reboot is None \(NoneType\): write True or False"),
    "reboot number": ({"reboot": 0}, r"reboot is 0 \(int\): write True or False"),
    "reboot text": ({"reboot": "no"}, "reboot is no"),
    "tags list": ({"tags": ["web"]}, r"tags is \['web'\] \(list\)"),
    "tag Name": ({"tags": {"Name": "web"}}, "Name follows from the construct's id: take it out"),
    "tag of AWS": ({"tags": {"aws:team": "web"}}, "begins with aws:"),
    "tag none": ({"tags": {"team": None}}, "tags: value None of team is NoneType"),
    "several": (
        {"instance": 1, "version": "", "reboot": 1, "tags": 1},
        r"(?s)^network/golden: 4 faults.*instance is 1.*version.*reboot is 1.*tags is 1",
    ),
}


@pytest.mark.parametrize(("like", "message"), BAD_IMAGES.values(), ids=BAD_IMAGES.keys())
def test_bad_input_is_refused(tier, web, like, message):
    with pytest.raises(ConfigurationError, match=message):
        Image.from_instance(tier, "golden", **{"instance": web, **like})
    assert tier.node.try_find_child("golden") is None


@pytest.mark.parametrize("id", ["", "1a", "a b", None, "${a.b}", "g" * 65], ids=repr)
def test_a_bad_id_is_refused(tier, web, id):
    with pytest.raises(ConfigurationError, match="cannot be part of a Terraform address"):
        Image.from_instance(tier, id, instance=web)


@pytest.mark.parametrize("scope", [None, "network"], ids=repr)
def test_a_bad_scope_is_refused(web, scope):
    with pytest.raises(ConfigurationError, match="pass the stack or construct"):
        Image.from_instance(scope, "golden", instance=web)


def test_an_id_is_used_once(tier, web):
    Image.from_instance(tier, "golden", instance=web)
    with pytest.raises(ConfigurationError, match="id golden is used already in this scope"):
        Image.from_instance(tier, "golden", instance=web)


def test_a_name_that_ec2_refuses_is_refused(app, web):
    stack = TerraformStack(app, "s" * 60)
    with pytest.raises(ConfigurationError, match=r"1\.2\.3-<instance id>: EC2 takes 128 charact"):
        Image.from_instance(stack, "g" * 64, instance=web, version="1.2.3")
    assert stack.node.try_find_child("g" * 64) is None


BAD_ATTRIBUTES = {
    "none": (None, r"^network/golden: attributes is None \(NoneType\): write ImageAttributes\("),
    "id only": (AMI, r"attributes is ami-0123456789abcdef0 \(str\): write ImageAttributes\("),
    "mapping": ({"image_id": AMI}, r"\(dict\): write ImageAttributes\("),
    "id none": (ImageAttributes(image_id=None), "image_id None is not valid: write an id like ami"),
    "id of an instance": (ImageAttributes(image_id="i-0123456789abcdef0"), "image_id i-0123"),
    "id short": (ImageAttributes(image_id="ami-0123"), "image_id ami-0123 is not valid"),
    "id upper case": (ImageAttributes(image_id=AMI.upper()), "image_id AMI-0123456789ABCDEF0"),
    "id newline": (ImageAttributes(image_id=f"{AMI}\n"), "is not valid: write an id like ami-"),
    "processor": (
        ImageAttributes(image_id=AMI, architecture="arm"),
        "architecture arm is not known; did you mean arm64",
    ),
    "processor none": (ImageAttributes(image_id=AMI, architecture=None), "architecture None is"),
    "system": (
        ImageAttributes(image_id=AMI, operating_system="Linux"),
        "operating_system Linux is not known; did you mean linux",
    ),
    "several": (
        ImageAttributes(image_id="x", architecture="y", operating_system="z"),
        r"(?s)3 faults.*image_id x.*architecture y.*operating_system z",
    ),
}


@pytest.mark.parametrize(("given", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_attributes_of_another_form_are_refused(tier, given, message):
    with pytest.raises(ConfigurationError, match=message):
        Image.from_attributes(tier, "golden", given)
    assert tier.node.try_find_child("golden") is None


def test_an_image_of_this_tier_is_not_used_through_the_state(tier, web):
    with pytest.raises(ConfigurationError, match="belongs to this tier"):
        tier.use(Image.from_instance(tier, "golden", instance=web))


def test_an_instance_of_another_tier_is_no_source(web, fleet, synth):
    Image.from_instance(fleet, "golden", instance=web)
    with pytest.raises(RuntimeError, match=r"network.*use"):
        synth(fleet)


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.binary(max_size=3),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.one_of(st.none(), st.text(max_size=3)), max_size=2),
)


@given(
    st.dictionaries(
        st.sampled_from(["instance", "version", "reboot", "tags"]), anything, min_size=1
    )
)
@settings(max_examples=60)
def test_nothing_but_configuration_errors(image_parts, change):
    tier, web, numbers = image_parts
    id = f"x{next(numbers)}"
    try:
        Image.from_instance(tier, id, **{"instance": web, **change})
    except ConfigurationError:
        assert tier.node.try_find_child(id) is None


@pytest.fixture(scope="module")
def image_parts(tmp_path_factory):
    environment = Environment(project="shop", name="test", region="eu-central-1")
    app = App(outdir=str(tmp_path_factory.mktemp("out")))
    tier = Tier(app, "network", environment=environment)
    web = Instance(
        tier,
        "web",
        vpc=Vpc(tier, "vpc", flow_logs=None),
        instance_type="t3.micro",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )
    return tier, web, count()
