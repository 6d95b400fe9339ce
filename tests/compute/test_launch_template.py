from __future__ import annotations

import re
from itertools import count

from terratiers import ConfigurationError, Environment, Tier, acknowledge
from terratiers.compute import (
    CpuCredits,
    DedicatedHost,
    ElasticIp,
    Image,
    ImageAttributes,
    Instance,
    InstanceType,
    LaunchTemplate,
    LaunchTemplateAttributes,
    MachineImage,
    Tenancy,
    UserData,
    Volume,
    VolumeType,
)
from terratiers.core.errors import Faults
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import (
    Key,
    Port,
    Principal,
    Role,
    SecurityGroup,
    SecurityGroupAttributes,
)
from terratiers.storage import Bucket
from terratiers.testing import ABSENT

import pytest
from cdktf import App, TerraformStack, Token
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from hypothesis import given, settings
from hypothesis import strategies as st

LINUX = MachineImage.amazon_linux_2023()
ARM = MachineImage.amazon_linux_2023(architecture="arm64")
WINDOWS = MachineImage.windows_server()
AMI = "ami-0123456789abcdef0"
TEMPLATE = "lt-0123456789abcdef0"
ZONE = "eu-central-1a"
SSM_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
DEFAULT_TAGS = {
    "Project": "shop",
    "Environment": "test",
    "Tier": "network",
    "ManagedBy": "terraform",
}


@pytest.fixture
def vpc(tier):
    """A VPC in whose every subnet Session Manager is reached."""
    vpc = Vpc(tier, "vpc", flow_logs=None)
    vpc.add_ssm_access()
    return vpc


@pytest.fixture
def bare(tier):
    """A VPC without endpoints and NAT."""
    return Vpc(tier, "bare", flow_logs=None)


@pytest.fixture
def make(tier, vpc):
    """Makes a template; `like` gives what differs from a t3.micro with Amazon Linux."""

    def made(id="web", scope=tier, **like):
        known = {"vpc": vpc, "instance_type": "t3.micro", "machine_image": LINUX}
        return LaunchTemplate(scope, id, **{**known, **like})

    return made


@pytest.fixture
def live(app, production):
    return Tier(app, "live", environment=production)


@pytest.fixture
def in_production(live):
    """Makes a template in an environment that is marked production."""
    vpc = Vpc(live, "vpc", flow_logs=None)

    def made(id="web", **like):
        known = {"vpc": vpc, "instance_type": "t3.micro", "machine_image": LINUX}
        return LaunchTemplate(live, id, **{**known, **like})

    return made


def body(template, name="web"):
    return template.resource(f"aws_launch_template.{name}")


def egress(template, group="web_group"):
    """The outgoing rules of one group, by the rest of their names."""
    return {
        name.removeprefix(f"{group}_"): rule
        for name, rule in template.resources("aws_vpc_security_group_egress_rule").items()
        if rule["security_group_id"] == f"${{aws_security_group.{group}.id}}"
    }


def warnings(construct):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]


def refusals(template, subnet_group):
    """What a group would be told that is to start instances of `template` there."""
    faults = Faults(template.node.scope, "group")
    template.check_subnets(faults, subnet_group)
    return faults._messages


# --- defaults


def test_a_template_with_all_its_defaults(tier, make, synth):
    make()
    made = body(synth(tier))
    assert made.pop("user_data").startswith('${base64encode("#!/bin/sh\\nset -eu\\nregion=eu-cent')
    tags = {**DEFAULT_TAGS, "Name": "shop-test-web"}
    assert made == {
        "name_prefix": "shop-test-web-",
        "update_default_version": True,
        "image_id": "${data.aws_ssm_parameter.amazon_linux_2023_x86_64.insecure_value}",
        "instance_type": "t3.micro",
        "iam_instance_profile": {"name": "${aws_iam_instance_profile.web_profile.name}"},
        "network_interfaces": [
            {
                "device_index": 0,
                "associate_public_ip_address": "false",
                "delete_on_termination": "true",
                "security_groups": ["${aws_security_group.web_group.id}"],
            }
        ],
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "disabled",
        },
        "block_device_mappings": [
            {
                "device_name": "/dev/xvda",
                "ebs": {
                    "encrypted": "true",
                    "delete_on_termination": "true",
                    "volume_type": "gp3",
                },
            }
        ],
        "credit_specification": {"cpu_credits": "unlimited"},
        "monitoring": {"enabled": False},
        "tag_specifications": [
            {"resource_type": "instance", "tags": tags},
            {"resource_type": "volume", "tags": tags},
            {"resource_type": "network-interface", "tags": tags},
        ],
        "tags": {"Name": "shop-test-web"},
        "lifecycle": {"create_before_destroy": True},
    }


def test_nothing_is_made_beside_group_role_and_profile(tier, make, synth):
    make()
    assert [a for a in synth(tier).addresses() if ".web" in a] == [
        "aws_iam_instance_profile.web_profile",
        "aws_iam_role.web_role",
        "aws_iam_role_policy_attachment.web_role_AmazonSSMManagedInstanceCore",
        "aws_launch_template.web",
        "aws_security_group.web_group",
        "aws_vpc_security_group_egress_rule.web_group_to_vpc_tcp_443",
    ]


def test_its_group_and_role_say_whose_they_are(tier, make, synth):
    make()
    template = synth(tier)
    template.has_resource("aws_security_group", {"description": "launch template network/web"})
    role = template.resource("aws_iam_role.web_role")
    assert role["description"] == "launch template network/web"
    assert '"Principal" = {"Service" = ["ec2.amazonaws.com"]}' in role["assume_role_policy"]


def test_what_it_tells_of_itself(tier, make, vpc, synth):
    web = make(instance_type="t4g.micro", machine_image=ARM, tags={"team": "web"})
    assert web.vpc is vpc
    assert web.ssm_access is True
    assert web.instance_metadata_tags is False
    assert web.instance_type == InstanceType("t4g.micro")
    assert (web.operating_system, web.architecture) == ("linux", "arm64")
    assert web.instance_tags == {**DEFAULT_TAGS, "team": "web", "Name": "shop-test-web"}
    for name, value in (
        ("id", web.launch_template_id),
        ("latest", web.latest_version),
        ("default", web.default_version),
    ):
        assert isinstance(value, str)
        tier.add_output(name, value, description=name)
    template = synth(tier)
    template.has_output("id", {"value": "${aws_launch_template.web.id}"})
    template.has_output("latest", {"value": "${aws_launch_template.web.latest_version}"})
    template.has_output("default", {"value": "${aws_launch_template.web.default_version}"})


def test_a_long_id_leaves_room_for_the_end_of_the_name(app, synth):
    stack = TerraformStack(app, "s" * 60)
    AwsProvider(stack, "aws", region="eu-central-1")
    vpc = Vpc(stack, "vpc", availability_zones=[ZONE], flow_logs=None)
    LaunchTemplate(
        stack, "w" * 64, vpc=vpc, instance_type="m7i.large", machine_image=LINUX, role=None
    )
    # Terraform appends 26 characters, and the provider takes 102 here
    assert len(body(synth(stack), "w" * 64)["name_prefix"]) <= 102


# --- the image and what it starts from

ROOTS = {
    "Amazon Linux": ("t3.micro", LINUX, "/dev/xvda"),
    "Amazon Linux for ARM": ("t4g.micro", ARM, "/dev/xvda"),
    "Ubuntu": ("t3.micro", MachineImage.ubuntu("22.04"), "/dev/sda1"),
    "Windows": ("t3.large", WINDOWS, "/dev/sda1"),
    "Windows by id": (
        "t3.large",
        MachineImage.from_id(AMI, operating_system="windows"),
        "/dev/sda1",
    ),
    "Amazon Linux by its parameter": (
        "t3.micro",
        MachineImage.from_ssm_parameter(
            "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64",
            name="minimal",
        ),
        "/dev/xvda",
    ),
}


@pytest.mark.parametrize(("type", "image", "device"), ROOTS.values(), ids=ROOTS.keys())
def test_the_root_volume_is_the_images(tier, make, synth, type, image, device):
    make(instance_type=type, machine_image=image)
    template = synth(tier)
    assert [m["device_name"] for m in body(template)["block_device_mappings"]] == [device]
    assert "data.aws_ami.web_image" not in template.addresses()


LOOKED_UP = {
    "by id": (MachineImage.from_id(AMI), AMI),
    "by parameter": (
        MachineImage.from_ssm_parameter("/golden/web", name="golden"),
        "${data.aws_ssm_parameter.golden_x86_64.insecure_value}",
    ),
    "by look-up": (
        MachineImage.lookup(name="own", name_pattern="web-*", owners=["self"]),
        "${data.aws_ami.own_x86_64.id}",
    ),
}


@pytest.mark.parametrize(("image", "id"), LOOKED_UP.values(), ids=LOOKED_UP.keys())
def test_a_root_device_that_is_not_known_is_looked_up(tier, make, synth, image, id):
    make(machine_image=image)
    template = synth(tier)
    [root] = body(template)["block_device_mappings"]
    assert root["device_name"] == "${data.aws_ami.web_image.root_device_name}"
    assert root["ebs"]["encrypted"] == "true"
    assert template.resource("data.aws_ami.web_image") == {
        "include_deprecated": True,
        "filter": [{"name": "image-id", "values": [id]}],
    }


def test_a_root_device_may_be_given(tier, make, synth):
    make(machine_image=MachineImage.from_id(AMI), root_device="/dev/sda1")
    template = synth(tier)
    assert body(template)["block_device_mappings"][0]["device_name"] == "/dev/sda1"
    assert "data.aws_ami.web_image" not in template.addresses()


def test_the_device_of_a_known_image_may_be_said(tier, make, synth):
    make(root_device="/dev/xvda")
    assert body(synth(tier))["block_device_mappings"][0]["device_name"] == "/dev/xvda"


def test_a_baked_image(tier, make, vpc, synth):
    base = Instance(tier, "base", vpc=vpc, instance_type="t3.micro", machine_image=LINUX)
    make(machine_image=Image.from_instance(tier, "golden", instance=base))
    template = synth(tier)
    assert body(template)["image_id"] == "${aws_ami_from_instance.golden.id}"
    assert template.resource("data.aws_ami.web_image")["filter"][0]["values"] == [
        "${aws_ami_from_instance.golden.id}"
    ]


def test_an_image_of_another_tier(app, environment, tier, make, vpc, synth):
    base = Instance(tier, "base", vpc=vpc, instance_type="t3.micro", machine_image=LINUX)
    golden = Image.from_instance(tier, "golden", instance=base)
    web = Tier(app, "web", environment=environment)
    make("web", web, vpc=web.use(vpc), machine_image=web.use(golden))
    template = synth(web)
    image = "${data.terraform_remote_state.network.outputs.golden_image_id}"
    assert body(template)["image_id"] == image
    assert template.resource("data.aws_ami.web_image")["filter"][0]["values"] == [image]


def test_an_imported_image(tier, make, synth):
    known = ImageAttributes(image_id=AMI, architecture="arm64")
    golden = Image.from_attributes(tier, "golden", known)
    web = make(instance_type="t4g.micro", machine_image=golden, root_device="/dev/xvda")
    assert web.architecture == "arm64"
    assert body(synth(tier))["image_id"] == AMI


def test_a_newer_image_is_a_new_version_unless_it_is_not_wanted(tier, make, synth):
    make("newest")
    make("kept", update_image=False)
    template = synth(tier)
    assert body(template, "newest")["lifecycle"] == {"create_before_destroy": True}
    assert body(template, "kept")["lifecycle"] == {
        "create_before_destroy": True,
        "ignore_changes": ["image_id"],
    }


# --- network and the way to Session Manager


def test_public_addresses(tier, make, synth):
    make(public_ip=True)
    [interface] = body(synth(tier))["network_interfaces"]
    assert interface["associate_public_ip_address"] == "true"
    assert interface["security_groups"] == ["${aws_security_group.web_group.id}"]


def test_groups_stand_in_the_interface_only(tier, make, synth):
    # AWS refuses groups beside an interface's own
    make()
    assert "vpc_security_group_ids" not in body(synth(tier))


def test_its_group_lets_it_out_to_the_endpoints(tier, make, synth):
    make()
    assert egress(synth(tier)) == {
        "to_vpc_tcp_443": {
            "security_group_id": "${aws_security_group.web_group.id}",
            "description": "Session Manager",
            "ip_protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
            "cidr_ipv4": "${aws_vpc.vpc.cidr_block}",
        }
    }


def test_its_group_lets_it_out_to_the_internet_without_endpoints(tier, make, bare, synth):
    make(vpc=bare)
    assert set(egress(synth(tier))) == {"to_any_ipv4_tcp_443"}


def test_without_session_manager_nothing_is_allowed(tier, make, bare, synth):
    make(vpc=bare, ssm_access=False)
    template = synth(tier)
    assert egress(template) == {}
    template.resource_count("aws_iam_role_policy_attachment", 0)
    template.resource_count("aws_iam_instance_profile", 1)


REACHED = {
    "private with endpoints": ("vpc", "private", {}),
    "isolated with endpoints": ("vpc", "isolated", {}),
    "public with endpoints": ("vpc", "public", {}),
    "public with address": ("bare", "public", {"public_ip": True}),
    "private with NAT": ("nat", "private", {}),
    "nowhere without Session Manager": ("bare", "isolated", {"ssm_access": False}),
}


@pytest.mark.parametrize(("kind", "group", "like"), REACHED.values(), ids=REACHED.keys())
def test_subnets_that_a_group_may_use(tier, make, request, kind, group, like):
    vpc = (
        Vpc(tier, "nat", nat_gateways="one", flow_logs=None)
        if kind == "nat"
        else request.getfixturevalue(kind)
    )
    assert refusals(make(vpc=vpc, **like), group) == []


UNREACHED = {
    "private": ("private", "none", {}, "the private subnets have no way out"),
    "isolated": ("isolated", "none", {}, "the isolated subnets have no way out"),
    "isolated beside NAT": ("isolated", "one", {}, "the isolated subnets have no way out"),
    "public without address": ("public", "one", {}, "the public subnets have no way out"),
    "address in private": (
        "private",
        "one",
        {"public_ip": True},
        "it is in private subnets: a public address needs public ones",
    ),
    "unknown": ("privat", "one", {}, "subnet_group privat is not known; did you mean private"),
    "none": (None, "one", {}, "subnet_group None is not known"),
}


@pytest.mark.parametrize(
    ("group", "nat", "like", "message"), UNREACHED.values(), ids=UNREACHED.keys()
)
def test_subnets_that_a_group_may_not_use(tier, make, group, nat, like, message):
    vpc = Vpc(tier, "alone", nat_gateways=nat, flow_logs=None)
    [refusal] = refusals(make(vpc=vpc, **like), group)
    assert re.search(message, refusal)


def test_endpoints_that_are_added_later_count(make, bare):
    web = make(vpc=bare)
    assert refusals(web, "private") != []
    bare.add_ssm_access()
    assert refusals(web, "private") == []


def test_both_faults_of_a_subnet_are_told(make, bare):
    assert len(refusals(make(vpc=bare, public_ip=True), "isolated")) == 2


def test_a_vpc_of_another_tier(app, environment, make, vpc, synth):
    other = Tier(app, "web", environment=environment)
    web = make("web", other, vpc=other.use(vpc))
    assert refusals(web, "private") == []
    state = "data.terraform_remote_state.network.outputs"
    rules = egress(synth(other))
    assert rules["to_vpc_tcp_443"]["cidr_ipv4"] == f"${{{state}.vpc_cidr_block}}"


# --- security group, role


def test_a_security_group_of_ones_own(tier, make, vpc, synth):
    group = SecurityGroup(tier, "shared", vpc=vpc, description="web servers")
    web = make(security_group=group)
    assert web.security_group is group
    template = synth(tier)
    [interface] = body(template)["network_interfaces"]
    assert interface["security_groups"] == ["${aws_security_group.shared.id}"]
    assert "aws_security_group.web_group" not in template.addresses()
    assert egress(template, "shared") == {}


def test_an_imported_security_group(tier, make, synth):
    known = SecurityGroupAttributes(security_group_id="sg-0123456789abcdef0")
    make(security_group=SecurityGroup.from_attributes(tier, "theirs", known))
    [interface] = body(synth(tier))["network_interfaces"]
    assert interface["security_groups"] == ["sg-0123456789abcdef0"]


def test_its_connections_are_those_of_its_group(tier, make, synth):
    web, app = make("web"), make("app")
    app.connections.allow_from(web, Port.tcp(8080), "requests")
    template = synth(tier)
    template.has_resource(
        "aws_vpc_security_group_ingress_rule",
        {
            "security_group_id": "${aws_security_group.app_group.id}",
            "referenced_security_group_id": "${aws_security_group.web_group.id}",
            "from_port": 8080,
        },
    )


def test_a_role_of_the_same_tier_gets_the_policy_once(tier, make, synth):
    role = Role(tier, "shared", assumed_by=Principal.service("ec2"), description="web servers")
    one, two = make("one", role=role), make("two", role=role)
    assert one.role is two.role is role
    template = synth(tier)
    assert list(template.resources("aws_iam_role")) == ["shared"]
    assert template.resources("aws_iam_role_policy_attachment") == {
        "shared_AmazonSSMManagedInstanceCore": {
            "role": "${aws_iam_role.shared.name}",
            "policy_arn": SSM_POLICY,
        }
    }


def test_a_role_of_another_tier_is_left_as_it_is(app, environment, tier, make, synth):
    security = Tier(app, "security", environment=environment)
    role = Role(
        security,
        "web",
        assumed_by=Principal.service("ec2"),
        description="web servers",
        managed_policies=["AmazonSSMManagedInstanceCore"],
    )
    make(role=tier.use(role))
    template = synth(tier)
    template.resource_count("aws_iam_role", 0)
    template.resource_count("aws_iam_role_policy_attachment", 0)
    template.has_resource(
        "aws_iam_instance_profile",
        {"role": "${data.terraform_remote_state.security.outputs.web_role_name}"},
    )


def test_what_is_granted_to_it_is_granted_to_its_role(tier, make, synth):
    Bucket(tier, "files").grant_read(make())
    (policy,) = synth(tier).resources("aws_iam_role_policy").values()
    assert policy["role"] == "${aws_iam_role.web_role.name}"


# --- user data


def text_of(template, name="web"):
    """What stands between the quotes of the expression that encodes the user data."""
    expression = body(template, name)["user_data"]
    assert expression.startswith('${base64encode("')
    assert expression.endswith('")}')
    return expression.removeprefix('${base64encode("').removesuffix('")}')


def test_user_data_follows_the_setting_of_the_region(tier, make, synth):
    make(user_data=UserData.commands("dnf install -y nginx"))
    text = text_of(synth(tier))
    assert text.startswith("Content-Type: multipart/mixed;")
    assert text.index("aws-region.sh") < text.index(r"#!/bin/bash\nset -euo pipefail\ndnf install")


def test_there_may_be_no_user_data(tier, make, synth):
    make(set_default_region=False)
    synth(tier).has_resource("aws_launch_template", {"user_data": ABSENT})


LITERAL = {
    "variable": ("echo ${HOME}", "echo $${HOME}"),
    "default in quotes": ('echo "${1:-"x"}"', r"echo \"$${1:-\"x\"}\""),
    "percent": ("date +%{x}", "date +%%{x}"),
    "two dollars": ("echo $${HOME}", "echo $$${HOME}"),
    "braces": ("f() { :; } }}", "f() { :; } }}"),
    "backslash": (r"printf '\n'", r"printf '\\n'"),
    "escaped quote": (r"echo \"", r"echo \\\""),
    "newline": ("a\nb\r\n\tc", r"a\nb\r\n\tc"),
    "control characters": ("\x00\x07\x0c\x1b\x7f", r"\u0000\u0007\u000c\u001b\u007f"),
    "other letters": ("äöü €", "äöü €"),
    "expression": ("echo ${aws_vpc.main.id}", "echo $${aws_vpc.main.id}"),
}


@pytest.mark.parametrize(("text", "written"), LITERAL.values(), ids=LITERAL.keys())
def test_text_is_literal_to_terraform(tier, make, synth, text, written):
    make(user_data=UserData.text(f"#!/bin/sh\n{text}"), set_default_region=False)
    assert text_of(synth(tier)) == rf"#!/bin/sh\n{written}"


def test_user_data_names_what_only_terraform_knows(tier, make, synth):
    ip, bucket = ElasticIp(tier, "ip"), Bucket(tier, "files")
    lines = f"echo {ip.public_ip} ${{x}} }}}}", f'aws s3 ls "s3://{bucket.bucket_name}/"'
    make(user_data=UserData.commands(*lines), set_default_region=False)
    end = text_of(synth(tier)).split(r"\n")[2:]
    assert end[0] == "echo ${aws_eip.ip.public_ip} $${x} }}"
    assert re.fullmatch(r'aws s3 ls \\"s3://\$\{aws_s3_bucket\.files\.\w+\}/\\"', end[1])


def test_a_windows_image_gets_powershell(tier, make, synth):
    make(instance_type="t3.large", machine_image=WINDOWS, user_data=UserData.powershell("hostname"))
    text = text_of(synth(tier))
    assert text.startswith(r"<powershell>\n[Environment]::SetEnvironmentVariable(\"AWS_REGION\"")
    assert text.endswith(r"\nhostname\n</powershell>\n")


def test_user_data_that_is_too_long_with_the_region_is_refused(tier, make):
    with pytest.raises(ConfigurationError, match="EC2 allows 16384"):
        make(user_data=UserData.text("#!/bin/sh\n" + "#" * 16300))
    assert tier.node.try_find_child("web") is None


# --- volumes


def test_volumes_with_all_that_they_may_have(tier, make, synth):
    key = Key(tier, "key", description="volumes")
    make(
        root_volume=Volume(size=100, iops=4000, throughput=500, key=key),
        data_volumes={
            "/dev/sdp": Volume(size=500, volume_type=VolumeType.ST1),
            "/dev/sdf": Volume(size=50, volume_type=VolumeType.IO2, iops=500, key=key),
        },
    )
    own = {"encrypted": "true", "delete_on_termination": "true"}
    assert body(synth(tier))["block_device_mappings"] == [
        {
            "device_name": "/dev/xvda",
            "ebs": {
                **own,
                "volume_type": "gp3",
                "volume_size": 100,
                "iops": 4000,
                "throughput": 500,
                "kms_key_id": "${aws_kms_key.key.arn}",
            },
        },
        {"device_name": "/dev/sdp", "ebs": {**own, "volume_type": "st1", "volume_size": 500}},
        {
            "device_name": "/dev/sdf",
            "ebs": {
                **own,
                "volume_type": "io2",
                "volume_size": 50,
                "iops": 500,
                "kms_key_id": "${aws_kms_key.key.arn}",
            },
        },
    ]


def test_a_root_device_that_is_looked_up_does_not_hide_data_volumes(tier, make, synth):
    make(machine_image=MachineImage.from_id(AMI), data_volumes={"/dev/sdf": Volume(size=5)})
    assert [m["device_name"] for m in body(synth(tier))["block_device_mappings"]] == [
        "${data.aws_ami.web_image.root_device_name}",
        "/dev/sdf",
    ]


# --- tags


def test_tags_reach_instances_volumes_and_interfaces(tier, make, synth):
    make(tags={"team": "web", "Project": "other"})
    made = body(synth(tier))
    own = {"team": "web", "Project": "other", "Name": "shop-test-web"}
    assert made["tags"] == own
    for entry in made["tag_specifications"]:
        assert entry["tags"] == {**DEFAULT_TAGS, **own}


def test_the_environments_tags_are_among_them(app, synth):
    environment = Environment(
        project="shop", name="test", region="eu-central-1", tags={"cost-center": "42"}
    )
    tier = Tier(app, "web", environment=environment)
    web = LaunchTemplate(
        tier,
        "web",
        vpc=Vpc(tier, "vpc", flow_logs=None),
        instance_type="m7i.large",
        machine_image=LINUX,
    )
    assert web.instance_tags["cost-center"] == "42"
    assert body(synth(tier))["tag_specifications"][0]["tags"]["cost-center"] == "42"


def plain(app, provider=None, **like):
    """A template in a stack that is no tier, whose provider `provider` makes beforehand."""
    stack = TerraformStack(app, "plain")
    if provider:
        provider(stack)
    vpc = Vpc(stack, "vpc", availability_zones=[ZONE], flow_logs=None)
    known = {"vpc": vpc, "instance_type": "m7i.large", "machine_image": LINUX}
    return stack, LaunchTemplate(stack, "web", **{**known, **like})


def with_tags(*tags, **more):
    blocks = [AwsProviderDefaultTags(tags=each) for each in tags] or None
    return lambda stack: AwsProvider(
        stack, more.get("alias", "aws"), region="eu-central-1", default_tags=blocks, **more
    )


def test_a_plain_stacks_default_tags_are_those_of_its_provider(app, synth):
    stack, web = plain(app, with_tags({"Project": "shop"}), tags={"team": "web"})
    assert web.instance_tags == {"Project": "shop", "team": "web", "Name": "plain-web"}
    assert warnings(web) == []
    made = body(synth(stack))
    assert made["name_prefix"] == "plain-web-"
    assert made["tag_specifications"][1]["tags"] == web.instance_tags
    assert r"\nregion=${data.aws_region.current.id}\n" in made["user_data"]


def test_a_provider_without_default_tags(app):
    _, web = plain(app, with_tags())
    assert web.instance_tags == {"Name": "plain-web"}
    assert warnings(web) == []


def test_a_provider_that_comes_later_is_warned_of(app):
    stack, web = plain(app)
    (warning,) = warnings(web)
    assert warning.startswith("[default-tags-unknown] the default tags of the stack's provider")
    assert web.instance_tags == {"Name": "plain-web"}
    acknowledge(stack, "default-tags-unknown", reason="instances are tagged elsewhere")
    again = LaunchTemplate(
        stack, "again", vpc=web.vpc, instance_type="m7i.large", machine_image=LINUX
    )
    assert warnings(again) == []


def test_default_tags_that_are_not_known_are_warned_of(app):
    tags = Token.as_string_map("${var.tags}")
    _, web = plain(app, with_tags(tags))
    assert [text.split("]")[0] for text in warnings(web)] == ["[default-tags-unknown"]
    assert web.instance_tags == {"Name": "plain-web"}


def test_a_provider_for_another_account_has_no_say(app):
    def both(stack):
        with_tags({"Project": "other"}, alias="other")(stack)
        with_tags({"Project": "shop"})(stack)

    _, web = plain(app, both)
    assert web.instance_tags["Project"] == "shop"


def test_instances_may_read_their_tags(tier, make, synth):
    web = make(instance_metadata_tags=True, tags={"a+b-c=d.e_f:g@h": "x"})
    assert web.instance_metadata_tags is True
    synth(tier).has_resource(
        "aws_launch_template", {"metadata_options": {"instance_metadata_tags": "enabled"}}
    )


# --- switches

SWITCHES = {
    "description": ({"description": "blue, 2026-11"}, {"description": "blue, 2026-11"}),
    "no description": ({}, {"description": ABSENT}),
    "key pair": ({"key_name": "admin"}, {"key_name": "admin"}),
    "no key pair": ({}, {"key_name": ABSENT}),
    "monitoring": ({"detailed_monitoring": True}, {"monitoring": {"enabled": True}}),
    "hops": (
        {"metadata_hop_limit": 64},
        {"metadata_options": {"http_put_response_hop_limit": 64, "http_tokens": "required"}},
    ),
    "dedicated": ({"tenancy": Tenancy.DEDICATED}, {"placement": {"tenancy": "dedicated"}}),
    "shared": ({"tenancy": Tenancy.SHARED}, {"placement": ABSENT}),
    "standard credits": (
        {"cpu_credits": CpuCredits.STANDARD},
        {"credit_specification": {"cpu_credits": "standard"}},
    ),
    "t2": (
        {"instance_type": "t2.micro"},
        {"credit_specification": {"cpu_credits": "standard"}},
    ),
    "unlimited t2": (
        {"cpu_credits": CpuCredits.UNLIMITED, "instance_type": "t2.micro"},
        {"credit_specification": {"cpu_credits": "unlimited"}},
    ),
    "no credits": ({"instance_type": "m7i.large"}, {"credit_specification": ABSENT}),
    "type as object": ({"instance_type": InstanceType("t3.nano")}, {"instance_type": "t3.nano"}),
    "type newer than the catalog": (
        {"instance_type": InstanceType.unchecked("m99.large")},
        {"instance_type": "m99.large"},
    ),
}


@pytest.mark.parametrize(("like", "made"), SWITCHES.values(), ids=SWITCHES.keys())
def test_switches(tier, make, synth, like, made):
    make(**like)
    synth(tier).has_resource("aws_launch_template", made)


def test_in_production_instances_are_watched(live, in_production, synth):
    in_production()
    in_production("quiet", detailed_monitoring=False)
    template = synth(live)
    assert body(template)["monitoring"] == {"enabled": True}
    assert body(template, "quiet")["monitoring"] == {"enabled": False}


# --- what is unwise


def test_standard_credits_are_an_error_in_production(live, in_production):
    with pytest.raises(ConfigurationError, match=r"\[burstable-in-production\] t2\.micro on stand"):
        in_production(instance_type="t2.micro")
    assert live.node.try_find_child("web") is None
    in_production(instance_type="t2.micro", cpu_credits=CpuCredits.UNLIMITED)


def test_standard_credits_in_production_can_be_accepted(live, in_production, synth):
    acknowledge(live, "burstable-in-production", reason="a bastion that idles all day")
    in_production(cpu_credits=CpuCredits.STANDARD)
    assert body(synth(live))["credit_specification"] == {"cpu_credits": "standard"}


def test_a_previous_generation_is_warned_of(make):
    (warning,) = warnings(make(instance_type="m3.large"))
    assert warning.startswith("[previous-generation] m3.large is of a previous generation.")


def test_a_family_that_the_region_does_not_offer_is_warned_of(app, synth):
    environment = Environment(project="shop", name="test", region="eu-central-2")
    tier = Tier(app, "web", environment=environment)
    web = LaunchTemplate(
        tier,
        "web",
        vpc=Vpc(tier, "vpc", flow_logs=None),
        instance_type="t2.micro",
        machine_image=LINUX,
    )
    (warning,) = warnings(web)
    assert warning.startswith("[instance-type-not-offered] eu-central-2 did not offer t2")


def test_a_type_of_today_is_not_warned_of(make):
    assert warnings(make()) == []


# --- between tiers


def test_another_tier_uses_it(app, environment, make, synth):
    web = make()
    other = Tier(app, "fleet", environment=environment)
    used = other.use(web)
    other.add_output("id", used.launch_template_id, description="id")
    other.add_output("version", used.latest_version, description="version")
    state = "data.terraform_remote_state.network.outputs"
    template = synth(other)
    template.has_output("id", {"value": f"${{{state}.web_launch_template_id}}"})
    template.has_output("version", {"value": f"${{{state}.web_latest_version}}"})


def test_what_it_shares(tier, make, synth):
    tier.share(make())
    template = synth(tier)
    template.has_output("web_launch_template_id", {"value": "${aws_launch_template.web.id}"})
    template.has_output(
        "web_latest_version", {"value": "${aws_launch_template.web.latest_version}"}
    )


@pytest.mark.parametrize("version", ["1", "999", "$Latest", "$Default", "${var.version}"])
def test_a_template_that_exists_already(tier, version):
    known = LaunchTemplateAttributes(launch_template_id=TEMPLATE, latest_version=version)
    imported = LaunchTemplate.from_attributes(tier, "theirs", known)
    assert imported.launch_template_id == TEMPLATE
    assert imported.latest_version == version


BAD_ATTRIBUTES = {
    "none": (None, r"^network/theirs: attributes is None \(NoneType\): write LaunchTemplateAttr"),
    "id only": (TEMPLATE, r"attributes is lt-0123456789abcdef0 \(str\)"),
    "mapping": ({"launch_template_id": TEMPLATE, "latest_version": "1"}, r"\(dict\): write"),
    "id none": ((None, "1"), "launch_template_id None is not valid: write an id like lt-"),
    "id short": (("lt-0123", "1"), "launch_template_id lt-0123 is not valid"),
    "id upper case": ((TEMPLATE.upper(), "1"), "launch_template_id LT-0123456789ABCDEF0 is not"),
    "id of an image": ((AMI, "1"), "launch_template_id ami-0123456789abcdef0 is not valid"),
    "id newline": ((f"{TEMPLATE}\n", "1"), "is not valid: write an id like lt-"),
    "version none": ((TEMPLATE, None), "latest_version None is not valid: write a number as text"),
    "version number": ((TEMPLATE, 3), "latest_version 3 is not valid"),
    "version zero": ((TEMPLATE, "0"), "latest_version 0 is not valid"),
    "version true": ((TEMPLATE, True), "latest_version True is not valid"),
    "version word": ((TEMPLATE, "latest"), r'write a number as text, like "3", or \$Latest'),
    "version case": ((TEMPLATE, "$latest"), "latest_version \\$latest is not valid"),
    "several": (("x", "y"), r"(?s)2 faults.*launch_template_id x.*latest_version y"),
}


@pytest.mark.parametrize(("given", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_attributes_of_another_form_are_refused(tier, given, message):
    if isinstance(given, tuple):
        given = LaunchTemplateAttributes(launch_template_id=given[0], latest_version=given[1])
    with pytest.raises(ConfigurationError, match=message):
        LaunchTemplate.from_attributes(tier, "theirs", given)
    assert tier.node.try_find_child("theirs") is None


# --- bad input

BAD_TEMPLATES = {
    "vpc is an id": ({"vpc": "vpc-1"}, r"vpc is vpc-1 \(str\): pass a Vpc"),
    "vpc none": ({"vpc": None}, r"vpc is None \(NoneType\): pass a Vpc"),
    "type none": ({"instance_type": None}, r"instance_type is None \(NoneType\): write Inst"),
    "type number": ({"instance_type": 3}, r"instance_type is 3 \(int\)"),
    "type of no size": ({"instance_type": "t3"}, "instance_type: t3 is no instance type"),
    "type unknown": ({"instance_type": "t3.huge"}, r"t3\.huge is not in the catalog: t3 has the"),
    "type misspelt": ({"instance_type": "tt3.micro"}, r"did you mean .*t3\.micro"),
    "types": ({"instance_type": ["t3.micro"]}, r"instance_type is \['t3.micro'\] \(list\)"),
    "image is an id": ({"machine_image": AMI}, r"machine_image is ami-.* \(str\): write Mach"),
    "image none": ({"machine_image": None}, "machine_image is None"),
    "x86 on Graviton": (
        {"instance_type": "t4g.micro"},
        r'is for x86_64, but t4g\.micro runs arm64: write architecture="arm64"',
    ),
    "ARM on Intel": ({"machine_image": ARM}, r"is for arm64, but t3\.micro runs x86_64"),
    "description empty": ({"description": ""}, "description '' is not valid: write 1 to 255 char"),
    "description long": ({"description": "d" * 256}, "1 to 255 characters"),
    "description number": ({"description": 1}, "description 1 is not valid"),
    "description of two lines": ({"description": "a\nb"}, "description .* is not valid"),
    "public text": ({"public_ip": "yes"}, r"public_ip is yes \(str\): write True or False"),
    "public none": ({"public_ip": None}, r"public_ip is None \(NoneType\)"),
    "security group is an id": ({"security_group": "sg-1"}, r"write SecurityGroup\(self, "),
    "security groups": ({"security_group": []}, r"security_group is \[\] \(list\)"),
    "role is an ARN": ({"role": "arn:aws:iam::1:role/x"}, r'write Role\(self, "web"'),
    "role none but false": ({"role": False}, r"role is False \(bool\)"),
    "user data text": ({"user_data": "#!/bin/sh"}, r"write UserData\.commands\("),
    "user data for Windows": (
        {"user_data": UserData.powershell("hostname")},
        "user_data is for windows, but the image is linux",
    ),
    "user data for Linux": (
        {"user_data": UserData.commands("id"), "machine_image": WINDOWS},
        "user_data is for linux, but the image is windows",
    ),
    "update none": ({"update_image": None}, "update_image is None"),
    "update number": ({"update_image": 1}, r"update_image is 1 \(int\)"),
    "region text": ({"set_default_region": "eu-central-1"}, "set_default_region is eu-central-1"),
    "ssm none": ({"ssm_access": None}, "ssm_access is None"),
    "metadata tags text": ({"instance_metadata_tags": "on"}, "instance_metadata_tags is on"),
    "root none": ({"root_volume": None}, r"root_volume is None \(NoneType\): write Volume\(size"),
    "root number": ({"root_volume": 20}, r"root_volume is 20 \(int\)"),
    "root smaller than its image": (
        {"root_volume": Volume(size=7)},
        "root_volume: size is 7 GiB: the image needs at least 8",
    ),
    "root too small for Windows": (
        {"machine_image": WINDOWS, "root_volume": Volume(size=20)},
        "root_volume: size is 20 GiB: the image needs at least 30",
    ),
    "root too large": (
        {"root_volume": Volume(size=16385)},
        "root_volume: size is 16385: it has to be 1 to 16384",
    ),
    "root of disks": (
        {"root_volume": Volume(volume_type="st1", size=500)},
        "root_volume: st1 cannot be started from: write gp3",
    ),
    "root throughput": (
        {"root_volume": Volume(size=100, throughput=1000)},
        "throughput is 1000 MiB/s: gp3 allows a quarter of its IOPS, 750",
    ),
    "root key": ({"root_volume": Volume(key="alias/x")}, "root_volume: key is alias/x: pass a Key"),
    "device of another image": (
        {"root_device": "/dev/sda1"},
        "root_device is /dev/sda1, but the image starts from /dev/xvda: leave it out",
    ),
    "device of Linux for Windows": (
        {"machine_image": WINDOWS, "root_device": "/dev/xvda"},
        "root_device is /dev/xvda, but the image starts from /dev/sda1",
    ),
    "device of data": ({"root_device": "/dev/sdf"}, "root_device /dev/sdf is not valid: write /d"),
    "device without path": ({"root_device": "xvda"}, "root_device xvda is not valid"),
    "device empty": ({"root_device": ""}, "root_device '' is not valid"),
    "device number": ({"root_device": 1}, "root_device 1 is not valid"),
    "device newline": ({"root_device": "/dev/xvda\n"}, "root_device .* is not valid"),
    "volumes list": ({"data_volumes": [Volume(size=5)]}, r"data_volumes is .*\(list\): write \{"),
    "volumes without device": ({"data_volumes": {None: Volume(size=5)}}, "data_volumes is "),
    "volume on the root": (
        {"data_volumes": {"/dev/xvda": Volume(size=5)}},
        "data_volumes: device /dev/xvda is not free: write /dev/sdf to /dev/sdp",
    ),
    "volume of no size": (
        {"data_volumes": {"/dev/sdf": Volume()}},
        "data_volumes: /dev/sdf: size is missing: write GiB from 1 to 16384",
    ),
    "volume number": ({"data_volumes": {"/dev/sdf": 5}}, r"data_volumes: /dev/sdf is 5 \(int\)"),
    "volume without iops": (
        {"data_volumes": {"/dev/sdf": Volume(size=5, volume_type="io1")}},
        "data_volumes: /dev/sdf: iops is missing: io1 has no default",
    ),
    "credits unknown": ({"cpu_credits": "infinite"}, "cpu_credits infinite is not known"),
    "credits true": ({"cpu_credits": True}, "cpu_credits True is not known: write one of standard"),
    "credits without need": (
        {"cpu_credits": "unlimited", "instance_type": "m5.large"},
        r"cpu_credits is unlimited, but m5\.large has no CPU credits: leave it out",
    ),
    "tenancy default": ({"tenancy": "default"}, "tenancy default is not known: write one of shar"),
    "tenancy number": ({"tenancy": 1}, "tenancy 1 is not known"),
    "tenancy host": (
        {"tenancy": "host"},
        "tenancy is host, and a group does not place its instances on a DedicatedHost: make an",
    ),
    "key name empty": ({"key_name": ""}, "key_name '' is not valid: write the name of"),
    "key name long": ({"key_name": "k" * 256}, "1 to 255 characters"),
    "key name number": ({"key_name": 1}, "key_name 1 is not valid"),
    "monitoring number": ({"detailed_monitoring": 0}, r"detailed_monitoring is 0 \(int\)"),
    "no hops": ({"metadata_hop_limit": 0}, "metadata_hop_limit is 0: it has to be 1 to 64 hops"),
    "too many hops": ({"metadata_hop_limit": 65}, "metadata_hop_limit is 65"),
    "hops true": ({"metadata_hop_limit": True}, r"metadata_hop_limit is True \(bool\)"),
    "half a hop": ({"metadata_hop_limit": 1.5}, r"metadata_hop_limit is 1\.5 \(float\)"),
    "tags list": ({"tags": ["web"]}, r"tags is \['web'\] \(list\)"),
    "tag Name": ({"tags": {"Name": "web"}}, "Name follows from the construct's id: take it out"),
    "tag of AWS": ({"tags": {"aws:team": "web"}}, "begins with aws:"),
    "tag none": ({"tags": {"team": None}}, "tags: value None of team is NoneType"),
    "too many tags with the tier's": (
        {"tags": {f"tag-{number}": "x" for number in range(46)}},
        "tags: with the default tags and Name there are 51: AWS allows 50",
    ),
    "metadata with a space": (
        {"tags": {"cost center": "1"}, "instance_metadata_tags": True},
        "the metadata cannot show the tag cost center: EC2 takes letters, digits and",
    ),
    "metadata with a slash": (
        {"tags": {"team/web": "1"}, "instance_metadata_tags": True},
        "the metadata cannot show the tag team/web",
    ),
    "metadata with an umlaut": (
        {"tags": {"größe": "1"}, "instance_metadata_tags": True},
        "the metadata cannot show the tag größe",
    ),
    "metadata index": (
        {"tags": {"_index": "1", "..": "2"}, "instance_metadata_tags": True},
        r"the metadata cannot show the tag _index, \.\.:",
    ),
    "several": (
        {"instance_type": "t3.huge", "public_ip": 1, "metadata_hop_limit": 0, "root_device": 1},
        r"(?s)^network/web: 4 faults.*t3\.huge.*public_ip is 1.*metadata_hop.*root_device 1",
    ),
}


@pytest.mark.parametrize(("like", "message"), BAD_TEMPLATES.values(), ids=BAD_TEMPLATES.keys())
def test_bad_input_is_refused(tier, make, like, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**like)
    assert tier.node.try_find_child("web") is None


def test_a_dedicated_host_is_no_option(tier, make):
    host = DedicatedHost(tier, "host", availability_zone=ZONE, instance_family="m5")
    with pytest.raises(TypeError, match="host"):
        make(host=host)


@pytest.mark.parametrize("id", ["", "1a", "a b", "w" * 65, None, 1, "${a.b}"], ids=repr)
def test_a_bad_id_is_refused(make, id):
    with pytest.raises(ConfigurationError, match="cannot be part of a Terraform address"):
        make(id)


@pytest.mark.parametrize("scope", [None, "network", 1], ids=repr)
def test_a_bad_scope_is_refused(make, scope):
    with pytest.raises(ConfigurationError, match="pass the stack or construct"):
        make("web", scope)


def test_an_id_is_used_once(make):
    make()
    with pytest.raises(ConfigurationError, match="id web is used already in this scope"):
        make()


def test_two_images_of_one_name_leave_nothing_behind(tier, make):
    def golden(parameter):
        return MachineImage.from_ssm_parameter(parameter, name="golden")

    make("one", machine_image=golden("/golden/one"))
    known = {child.node.id for child in tier.node.children}
    with pytest.raises(ConfigurationError, match="two machine images of this stack are called"):
        make("two", machine_image=golden("/golden/two"))
    assert {child.node.id for child in tier.node.children} == known


def test_a_vpc_without_private_subnets_is_no_matter(tier, make):
    small = Vpc(tier, "small", subnet_groups=[SubnetGroup.public()], flow_logs=None)
    assert refusals(make(vpc=small, public_ip=True), "public") == []


# --- any input

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["t3.micro", "m5.large", "/dev/xvda", "standard", "dedicated", "${a.b}"]),
)
simple = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 70000), st.floats(), texts, st.binary(max_size=3)
)
volumes = st.builds(
    Volume,
    size=st.one_of(simple, st.just(20)),
    volume_type=st.one_of(simple, st.sampled_from(VolumeType.ALL)),
    iops=st.one_of(simple, st.just(3000)),
    throughput=st.one_of(simple, st.just(125)),
    key=simple,
)
anything = st.one_of(
    simple,
    volumes,
    st.lists(simple, max_size=2),
    st.dictionaries(
        st.one_of(texts, st.integers(), st.just("/dev/sdf")), st.one_of(simple, volumes), max_size=2
    ),
    st.sampled_from([LINUX, ARM, WINDOWS, UserData.commands("id"), InstanceType("t4g.micro")]),
)
OPTIONS = [
    "vpc",
    "instance_type",
    "machine_image",
    "description",
    "public_ip",
    "security_group",
    "role",
    "user_data",
    "update_image",
    "root_volume",
    "root_device",
    "data_volumes",
    "cpu_credits",
    "tenancy",
    "ssm_access",
    "set_default_region",
    "key_name",
    "detailed_monitoring",
    "metadata_hop_limit",
    "instance_metadata_tags",
    "tags",
]


@pytest.mark.parametrize("option", OPTIONS)
def test_nothing_but_configuration_errors(tmp_path, option):
    environment = Environment(project="shop", name="test", region="eu-central-1")
    tier = Tier(App(outdir=str(tmp_path)), "network", environment=environment)
    good = {
        "vpc": Vpc(tier, "vpc", flow_logs=None),
        "instance_type": "t3.micro",
        "machine_image": LINUX,
    }
    numbers = count()
    outcomes = set()

    @given(anything)
    @settings(max_examples=40)
    def make(value):
        id = f"x{next(numbers)}"
        try:
            LaunchTemplate(tier, id, **{**good, option: value})
        except ConfigurationError:
            outcomes.add("refused")
            assert tier.node.try_find_child(id) is None
        else:
            outcomes.add("made")

    make()
    assert "refused" in outcomes
