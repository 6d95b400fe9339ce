from __future__ import annotations

from dataclasses import FrozenInstanceError
from types import SimpleNamespace

from terratiers import ConfigurationError, Tier
from terratiers.compute import Architecture, MachineImage, OperatingSystem
from terratiers.compute.machine_image import check_image
from terratiers.core.errors import Faults
from terratiers.testing import ABSENT

import pytest
from constructs import Construct

CODE = "a1b2c3d4e5f6g7h8i9j0"
LOOKUP = {"name": "web", "owners": ["self"], "name_pattern": "web-*"}


def image_id(tier, image, output="image"):
    """What stands in the Terraform JSON for the image's id."""
    tier.add_output(output, image.id_in(tier), description="Id of the image")


def data_sources(template):
    kinds = ("data.aws_ami.", "data.aws_ssm_parameter.")
    return [address for address in template.addresses() if address.startswith(kinds)]


# --- images of AWS and Canonical, by public SSM parameters

PARAMETERS = {
    "amazon linux": (
        MachineImage.amazon_linux_2023(),
        "amazon_linux_2023_x86_64",
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    ),
    "amazon linux arm": (
        MachineImage.amazon_linux_2023(architecture=Architecture.ARM64),
        "amazon_linux_2023_arm64",
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    ),
    "ubuntu": (
        MachineImage.ubuntu(),
        "ubuntu_24_04_x86_64",
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    ),
    "ubuntu 22.04 arm": (
        MachineImage.ubuntu("22.04", architecture="arm64"),
        "ubuntu_22_04_arm64",
        "/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
    ),
    "windows": (
        MachineImage.windows_server(),
        "windows_server_2025_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base",
    ),
    "windows 2019": (
        MachineImage.windows_server("2019"),
        "windows_server_2019_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2019-English-Full-Base",
    ),
    "of one's own": (
        MachineImage.from_ssm_parameter("/golden/web", name="golden-web", architecture="arm64"),
        "golden_web_arm64",
        "/golden/web",
    ),
    "without a slash": (
        MachineImage.from_ssm_parameter("golden.web_1", name="g"),
        "g_x86_64",
        "golden.web_1",
    ),
}


@pytest.mark.parametrize(("image", "name", "parameter"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_the_newest_image_is_read_from_a_parameter(tier, synth, image, name, parameter):
    image_id(tier, image)
    template = synth(tier)
    assert data_sources(template) == [f"data.aws_ssm_parameter.{name}"]
    template.has_data_source("aws_ssm_parameter", {"name": parameter})
    template.has_output(
        "image",
        {
            "value": f"${{data.aws_ssm_parameter.{name}.insecure_value}}",
            "sensitive": ABSENT,
        },
    )


@pytest.mark.parametrize(
    ("image", "gib"),
    [
        (MachineImage.amazon_linux_2023(), 8),
        (MachineImage.ubuntu(), 8),
        (MachineImage.windows_server(), 30),
        (MachineImage.from_id("ami-0123456789abcdef0"), None),
        (MachineImage.from_ssm_parameter("/golden/web", name="web"), None),
        (MachineImage.lookup(**LOOKUP), None),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_least_size_of_a_root_volume_is_known_for_public_images(image, gib):
    assert image.min_root_gib == gib


def test_windows_is_windows_and_the_rest_is_linux():
    assert MachineImage.windows_server().operating_system == OperatingSystem.WINDOWS
    for image in (MachineImage.amazon_linux_2023(), MachineImage.ubuntu()):
        assert image.operating_system == OperatingSystem.LINUX
    image = MachineImage.from_id("ami-01234567", operating_system="windows", architecture="arm64")
    assert (image.operating_system, image.architecture) == ("windows", "arm64")


# --- by id and by filter


@pytest.mark.parametrize("id", ["ami-0123456789abcdef0", "ami-01234567", "${var.image}"])
def test_an_image_by_its_id_needs_no_data_source(tier, synth, id):
    image_id(tier, MachineImage.from_id(id))
    template = synth(tier)
    assert data_sources(template) == []
    template.has_output("image", {"value": id})


def test_a_lookup_takes_the_newest_available_image(tier, synth):
    image = MachineImage.lookup(
        name="golden-web",
        name_pattern="web-*",
        owners=["self", "111122223333"],
        filters={"tag:stage": ("prod",), "root-device-type": ["ebs"]},
        architecture="arm64",
    )
    image_id(tier, image)
    template = synth(tier)
    assert data_sources(template) == ["data.aws_ami.golden_web_arm64"]
    assert template.resource("data.aws_ami.golden_web_arm64") == {
        "most_recent": True,
        "owners": ["self", "111122223333"],
        "filter": [
            {"name": "architecture", "values": ["arm64"]},
            {"name": "name", "values": ["web-*"]},
            {"name": "root-device-type", "values": ["ebs"]},
            {"name": "state", "values": ["available"]},
            {"name": "tag:stage", "values": ["prod"]},
        ],
    }
    template.has_output("image", {"value": "${data.aws_ami.golden_web_arm64.id}"})


@pytest.mark.parametrize("owner", ["amazon", "self", "aws-marketplace", "111122223333"])
def test_owners_are_accounts_or_aliases(owner):
    assert MachineImage.lookup(**{**LOOKUP, "owners": (owner,)}).owners == (owner,)


def test_a_lookup_needs_no_pattern_when_it_has_filters():
    image = MachineImage.lookup(name="web", owners=["self"], filters={"tag:role": ["web"]})
    assert "name" not in image.filters


def test_a_marketplace_product_is_found_by_its_code(tier, synth):
    image_id(tier, MachineImage.marketplace(CODE, name="vpn"))
    template = synth(tier)
    assert data_sources(template) == ["data.aws_ami.vpn_x86_64"]
    template.has_data_source(
        "aws_ami",
        {
            "most_recent": True,
            "owners": ["aws-marketplace"],
            "filter": [
                {"name": "architecture", "values": ["x86_64"]},
                {"name": "product-code", "values": [CODE]},
                {"name": "state", "values": ["available"]},
            ],
        },
    )


# --- one data source per stack

SHARED = {
    "parameter": MachineImage.amazon_linux_2023,
    "lookup": lambda: MachineImage.lookup(**LOOKUP),
}


@pytest.mark.parametrize("make", SHARED.values(), ids=SHARED.keys())
def test_there_is_one_data_source_however_often_it_is_used(tier, synth, make):
    image_id(tier, make(), "one")
    tier.add_output("two", make().id_in(Construct(Construct(tier, "a"), "b")), description="x")
    template = synth(tier)
    assert len(data_sources(template)) == 1
    assert template.outputs["one"]["value"] == template.outputs["two"]["value"]


@pytest.mark.parametrize("make", SHARED.values(), ids=SHARED.keys())
def test_every_stack_has_its_own(app, environment, synth, make):
    image = make()
    for name in ("one", "two"):
        image_id(Tier(app, name, environment=environment), image)
    for name in ("one", "two"):
        assert len(data_sources(synth(app.node.find_child(name)))) == 1


def test_each_architecture_has_its_own(tier, synth):
    for architecture in Architecture.ALL:
        image = MachineImage.amazon_linux_2023(architecture=architecture)
        image_id(tier, image, architecture)
    assert data_sources(synth(tier)) == [
        "data.aws_ssm_parameter.amazon_linux_2023_arm64",
        "data.aws_ssm_parameter.amazon_linux_2023_x86_64",
    ]


SAME_NAME = {
    "parameters": (
        MachineImage.from_ssm_parameter("/golden/web", name="golden"),
        MachineImage.from_ssm_parameter("/golden/database", name="golden"),
    ),
    "patterns": (
        MachineImage.lookup(**LOOKUP),
        MachineImage.lookup(**{**LOOKUP, "name_pattern": "database-*"}),
    ),
    "owners": (
        MachineImage.lookup(**LOOKUP),
        MachineImage.lookup(**{**LOOKUP, "owners": ["amazon"]}),
    ),
    "parameter and lookup": (
        MachineImage.from_ssm_parameter("/golden/web", name="web"),
        MachineImage.lookup(**LOOKUP),
    ),
}


@pytest.mark.parametrize("images", SAME_NAME.values(), ids=SAME_NAME.keys())
def test_two_images_of_one_name_in_a_stack_are_refused(tier, synth, images):
    first, second = images
    image_id(tier, first, "first")
    message = f"two machine images of this stack are called {first.name}: rename one"
    with pytest.raises(ConfigurationError, match=message):
        second.id_in(tier)
    assert len(data_sources(synth(tier))) == 1


@pytest.mark.parametrize("images", SAME_NAME.values(), ids=SAME_NAME.keys())
def test_two_stacks_may_call_two_images_the_same(app, environment, synth, images):
    for name, image in zip(("one", "two"), images, strict=True):
        image_id(Tier(app, name, environment=environment), image)
    for name in ("one", "two"):
        assert len(data_sources(synth(app.node.find_child(name)))) == 1


def test_one_name_for_two_architectures_is_two_images(tier, synth):
    for architecture in Architecture.ALL:
        image = MachineImage.lookup(**LOOKUP, architecture=architecture)
        image_id(tier, image, architecture)
    assert len(data_sources(synth(tier))) == 2


# --- as an argument


def test_an_image_or_what_has_one_is_taken_as_an_argument():
    faults = Faults(None, "instance")
    image = MachineImage.ubuntu()
    assert check_image(faults, "image", image) is image
    assert check_image(faults, "image", SimpleNamespace(machine_image=image)) is image
    assert not faults


@pytest.mark.parametrize("value", [None, "ami-0123456789abcdef0", 3, ["ubuntu"]], ids=repr)
def test_an_argument_of_another_kind_is_refused(value):
    faults = Faults(None, "instance")
    assert check_image(faults, "image", value) is None
    with pytest.raises(ConfigurationError, match=r"write MachineImage\.amazon_linux_2023\(\)"):
        faults.raise_any()


def test_an_image_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        MachineImage.ubuntu().name = "debian"


# --- bad input


def lookup(**change):
    return lambda: MachineImage.lookup(**{**LOOKUP, **change})


BAD_IMAGES = {
    "amazon linux i386": (
        lambda: MachineImage.amazon_linux_2023(architecture="i386"),
        "architecture i386 is not known: write one of x86_64, arm64",
    ),
    "architecture misspelt": (
        lambda: MachineImage.amazon_linux_2023(architecture="x86-64"),
        r"did you mean x86_64\?",
    ),
    "architecture none": (
        lambda: MachineImage.ubuntu(architecture=None),
        "architecture None is not known",
    ),
    "ubuntu old": (lambda: MachineImage.ubuntu("18.04"), r"release 18\.04 is not known"),
    "ubuntu number": (lambda: MachineImage.ubuntu(24.04), r"release 24\.04 is not known"),
    "ubuntu both": (
        lambda: MachineImage.ubuntu("noble", architecture="amd64"),
        r"(?s)2 faults.*release noble.*architecture amd64",
    ),
    "windows old": (lambda: MachineImage.windows_server("2016"), "write one of 2019, 2022, 2025"),
    "windows number": (lambda: MachineImage.windows_server(2022), "release 2022 is not known"),
    "id short": (lambda: MachineImage.from_id("ami-0123"), "image_id ami-0123 is not valid"),
    "id upper case": (
        lambda: MachineImage.from_id("ami-0123456789ABCDEF0"),
        "write an id like ami-0123456789abcdef0",
    ),
    "id of an instance": (lambda: MachineImage.from_id("i-0123456789abcdef0"), "image_id i-0123"),
    "id newline": (lambda: MachineImage.from_id("ami-01234567\n"), "image_id .* is not valid"),
    "id none": (lambda: MachineImage.from_id(None), "image_id None is not valid"),
    "id of another system": (
        lambda: MachineImage.from_id("ami-01234567", operating_system="macos"),
        "operating_system macos is not known: write one of linux, windows",
    ),
    "parameter with space": (
        lambda: MachineImage.from_ssm_parameter("/golden web", name="web"),
        "parameter /golden web is not valid: write a parameter's name like /golden/web",
    ),
    "parameter ends in slash": (
        lambda: MachineImage.from_ssm_parameter("/golden/", name="web"),
        "parameter /golden/ is not valid",
    ),
    "parameter empty": (
        lambda: MachineImage.from_ssm_parameter("", name="web"),
        "parameter '' is not valid",
    ),
    "name upper case": (
        lambda: MachineImage.from_ssm_parameter("/golden/web", name="Web"),
        "name Web is not valid: write 1 to 64 lower-case letters",
    ),
    "name underscore": (lookup(name="web_server"), "name web_server is not valid"),
    "name two hyphens": (lookup(name="web--server"), "digits and single hyphens"),
    "name digit first": (lookup(name="1web"), "a letter first"),
    "name too long": (lookup(name="w" * 65), "write 1 to 64 lower-case"),
    "name token": (lookup(name="${var.name}"), r"name \$\{var\.name\} is not valid"),
    "name empty": (lookup(name=""), "name '' is not valid"),
    "owners text": (lookup(owners="self"), r'owners is self \(str\): write a list, \["self"\]'),
    "owners none": (lookup(owners=None), "owners is None"),
    "owners empty": (lookup(owners=[]), "anybody can publish an image under any name"),
    "owner unknown": (lookup(owners=["canonical"]), "owners: canonical is not valid"),
    "owner number": (lookup(owners=[111122223333]), "owners: 111122223333 is not valid"),
    "owner short": (lookup(owners=["self", "1234"]), "write an account's twelve digits"),
    "nothing to look for": (
        lookup(name_pattern=None),
        "name_pattern and filters are both missing: any image would fit",
    ),
    "pattern empty": (lookup(name_pattern=""), "name_pattern '' is not valid"),
    "pattern too long": (lookup(name_pattern="w" * 129), "write 1 to 128 characters"),
    "pattern number": (lookup(name_pattern=3), "name_pattern 3 is not valid"),
    "filters list": (lookup(filters=["ebs"]), r"filters is \['ebs'\] \(list\)"),
    "filters number as key": (lookup(filters={1: ["ebs"]}), r"filters is \{1: \['ebs'\]\}"),
    "filter with text": (
        lookup(filters={"root-device-type": "ebs"}),
        r"filters: root-device-type is ebs \(str\): write a list",
    ),
    "filter with number": (
        lookup(filters={"root-device-type": [1]}),
        "filters: root-device-type: 1 is not valid: write 1 to 200 characters",
    ),
    "filter with none": (
        lookup(filters={"root-device-type": [None]}),
        "filters: root-device-type: None is not valid",
    ),
    "filter without values": (
        lookup(filters={"root-device-type": []}),
        "filters: root-device-type has no value: name at least one",
    ),
    "filter with empty value": (
        lookup(filters={"root-device-type": [""]}),
        "filters: root-device-type: '' is not valid",
    ),
    "filter with long value": (
        lookup(filters={"root-device-type": ["e" * 201]}),
        "write 1 to 200 characters",
    ),
    **{
        f"filter by {key}": (
            lookup(filters={key: ["pending"]}),
            f"filters: {key} is set by name_pattern, architecture or the library",
        )
        for key in ("name", "architecture", "state")
    },
    "filter upper case": (
        lookup(filters={"Architecture": ["arm64"]}),
        "filters: name Architecture is not valid: write it as EC2 does",
    ),
    "lookup architecture": (lookup(architecture="x64"), "architecture x64 is not known"),
    "lookup system": (lookup(operating_system="Linux"), r"did you mean linux\?"),
    "code short": (
        lambda: MachineImage.marketplace("abc", name="vpn"),
        "write a product code: 20 to 25 lower-case letters and digits",
    ),
    "code is an id": (
        lambda: MachineImage.marketplace("prod-a1b2c3d4e5f6g", name="vpn"),
        "product_code prod-a1b2c3d4e5f6g is not valid",
    ),
    "code upper case": (
        lambda: MachineImage.marketplace(CODE.upper(), name="vpn"),
        "product_code A1B2",
    ),
    "code none": (
        lambda: MachineImage.marketplace(None, name="vpn"),
        "product_code None is not valid",
    ),
    "product's name": (lambda: MachineImage.marketplace(CODE, name="VPN"), "name VPN is not valid"),
}


@pytest.mark.parametrize(("make", "message"), BAD_IMAGES.values(), ids=BAD_IMAGES.keys())
def test_bad_input_is_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()
