from __future__ import annotations

from itertools import count

from terratiers import ConfigurationError, Environment, Tier, acknowledge
from terratiers.compute import (
    CpuCredits,
    DedicatedHost,
    ElasticIp,
    ElasticIpAttributes,
    Instance,
    InstanceType,
    MachineImage,
    Tenancy,
    UserData,
    Volume,
    VolumeType,
)
from terratiers.core.checkov import skipped_checks
from terratiers.network import SubnetGroup, Vpc, VpcAttributes
from terratiers.security import (
    Key,
    Peer,
    Port,
    Principal,
    Role,
    SecurityGroup,
    SecurityGroupAttributes,
)
from terratiers.storage import Bucket
from terratiers.testing import ABSENT

import pytest
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from hypothesis import given, settings
from hypothesis import strategies as st

LINUX = MachineImage.amazon_linux_2023()
ARM = MachineImage.amazon_linux_2023(architecture="arm64")
WINDOWS = MachineImage.windows_server()
ZONE, SECOND_ZONE = "eu-central-1a", "eu-central-1b"
SSM = ("ssm", "ssmmessages", "ec2messages")
SSM_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


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
    """Makes an instance; `like` gives what differs from a t3.micro with Amazon Linux."""

    def made(id="web", scope=tier, **like):
        known = {"vpc": vpc, "instance_type": "t3.micro", "machine_image": LINUX}
        return Instance(scope, id, **{**known, **like})

    return made


@pytest.fixture
def live(app, production):
    return Tier(app, "live", environment=production)


@pytest.fixture
def in_production(live):
    """Makes an instance in an environment that is marked production."""
    vpc = Vpc(live, "vpc", flow_logs=None)
    vpc.add_ssm_access()

    def made(id="web", **like):
        known = {"vpc": vpc, "instance_type": "t3.micro", "machine_image": LINUX}
        return Instance(live, id, **{**known, **like})

    return made


def body(template, name="web"):
    return template.resource(f"aws_instance.{name}")


def rules(template, direction="egress", group="web_group"):
    """The rules of one group, by the rest of their names."""
    found = template.resources(f"aws_vpc_security_group_{direction}_rule")
    return {
        name.removeprefix(f"{group}_"): rule
        for name, rule in found.items()
        if rule["security_group_id"] == f"${{aws_security_group.{group}.id}}"
    }


def warnings(construct):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]


# --- defaults


def test_an_instance_with_all_its_defaults(tier, make, synth):
    make()
    made = body(synth(tier))
    assert made.pop("user_data").startswith("#!/bin/sh\n")
    assert made == {
        "ami": "${data.aws_ssm_parameter.amazon_linux_2023_x86_64.insecure_value}",
        "instance_type": "t3.micro",
        "subnet_id": "${aws_subnet.vpc_private_a.id}",
        "vpc_security_group_ids": ["${aws_security_group.web_group.id}"],
        "iam_instance_profile": "${aws_iam_instance_profile.web_profile.name}",
        "associate_public_ip_address": False,
        "user_data_replace_on_change": False,
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
        },
        "root_block_device": {
            "encrypted": True,
            "volume_type": "gp3",
            "delete_on_termination": True,
            "tags": {"Name": "shop-test-web"},
        },
        "credit_specification": {"cpu_credits": "unlimited"},
        "source_dest_check": True,
        "monitoring": False,
        "disable_api_termination": False,
        "tags": {"Name": "shop-test-web"},
        "lifecycle": {"ignore_changes": ["ami"]},
    }


def test_nothing_is_made_beside_group_role_and_profile(tier, make, synth):
    make()
    made = [a for a in synth(tier).addresses() if ".web" in a]
    assert made == [
        "aws_iam_instance_profile.web_profile",
        "aws_iam_role.web_role",
        "aws_iam_role_policy_attachment.web_role_AmazonSSMManagedInstanceCore",
        "aws_instance.web",
        "aws_security_group.web_group",
        "aws_vpc_security_group_egress_rule.web_group_to_vpc_tcp_443",
    ]


def test_its_group_lets_it_out_to_session_manager_only(tier, make, synth):
    make()
    template = synth(tier)
    template.has_resource(
        "aws_security_group",
        {
            "name_prefix": "shop-test-web-group-",
            "description": "instance network/web",
            "vpc_id": "${aws_vpc.vpc.id}",
        },
    )
    assert rules(template, "ingress") == {}
    assert rules(template) == {
        "to_vpc_tcp_443": {
            "security_group_id": "${aws_security_group.web_group.id}",
            "description": "Session Manager",
            "ip_protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
            "cidr_ipv4": "${aws_vpc.vpc.cidr_block}",
        }
    }


def test_its_role_is_for_ec2_and_session_manager_only(tier, make, synth):
    make()
    template = synth(tier)
    role = template.resource("aws_iam_role.web_role")
    assert '"Principal" = {"Service" = ["ec2.amazonaws.com"]}' in role["assume_role_policy"]
    assert role["description"] == "instance network/web"
    assert template.resources("aws_iam_role_policy_attachment") == {
        "web_role_AmazonSSMManagedInstanceCore": {
            "role": "${aws_iam_role.web_role.name}",
            "policy_arn": SSM_POLICY,
        }
    }
    template.has_resource(
        "aws_iam_instance_profile",
        {"name_prefix": "shop-test-web-profile-", "role": "${aws_iam_role.web_role.name}"},
    )


def test_the_cli_on_it_finds_its_region(tier, make, synth):
    make()
    text = body(synth(tier))["user_data"]
    assert "\nregion=eu-central-1\n" in text
    assert "/etc/profile.d/aws-region.sh" in text


@pytest.mark.parametrize(
    ("type", "image", "credit"),
    [
        ("t2.micro", LINUX, "standard"),
        ("t3.micro", LINUX, "unlimited"),
        ("t3a.micro", LINUX, "unlimited"),
        ("t4g.micro", ARM, "unlimited"),
    ],
)
def test_credits_are_as_aws_has_them_for_the_family(tier, make, synth, type, image, credit):
    make(instance_type=type, machine_image=image)
    assert body(synth(tier))["credit_specification"] == {"cpu_credits": credit}


def test_a_type_without_credits_has_no_word_of_them(tier, make, synth):
    make(instance_type="m5.large")
    synth(tier).has_resource("aws_instance", {"credit_specification": ABSENT})


def test_what_it_tells_of_itself(tier, make, synth):
    web = make(instance_type="t4g.micro", machine_image=ARM)
    assert web.instance_type == InstanceType("t4g.micro")
    assert (web.operating_system, web.architecture) == ("linux", "arm64")
    assert web.availability_zone == ZONE
    assert web.volumes == {}
    tier.add_output("web_id", web.instance_id, description="id")
    tier.add_output("web_ip", web.private_ip, description="address")
    template = synth(tier)
    template.has_output("web_id", {"value": "${aws_instance.web.id}"})
    template.has_output("web_ip", {"value": "${aws_instance.web.private_ip}"})


# --- the image


def test_one_of_another_image_is_made_only_when_asked_for(tier, make, synth):
    make(update_image=True)
    synth(tier).has_resource("aws_instance", {"lifecycle": ABSENT})


def test_an_image_by_its_id(tier, make, synth):
    make(machine_image=MachineImage.from_id("ami-0123456789abcdef0", architecture="x86_64"))
    synth(tier).has_resource("aws_instance", {"ami": "ami-0123456789abcdef0"})


def test_two_instances_look_an_image_up_once(tier, make, synth):
    make("one")
    make("two")
    template = synth(tier)
    template.resource_count("aws_instance", 2)
    assert [a for a in template.addresses() if a.startswith("data.aws_ssm_parameter.")] == [
        "data.aws_ssm_parameter.amazon_linux_2023_x86_64"
    ]


def test_a_windows_image_gets_powershell(tier, make, synth):
    web = make(
        instance_type="t3.large", machine_image=WINDOWS, user_data=UserData.powershell("hostname")
    )
    assert web.operating_system == "windows"
    text = body(synth(tier))["user_data"]
    assert text.startswith("<powershell>\n[Environment]::SetEnvironmentVariable(")
    assert '("AWS_REGION", "eu-central-1", "Machine")' in text
    assert text.endswith("\nhostname\n</powershell>\n")


ARCHITECTURES = {
    "x86 on Graviton": ("t4g.micro", LINUX, "is for x86_64, but t4g.micro runs arm64"),
    "Windows on Graviton": ("m6g.large", WINDOWS, "is for x86_64, but m6g.large runs arm64"),
    "ARM on Intel": ("t3.micro", ARM, "is for arm64, but t3.micro runs x86_64"),
    "ARM on AMD": ("t3a.micro", ARM, 'write architecture="x86_64" or take another type'),
}


@pytest.mark.parametrize(
    ("type", "image", "message"), ARCHITECTURES.values(), ids=ARCHITECTURES.keys()
)
def test_an_image_for_another_processor_is_refused(tier, make, type, image, message):
    with pytest.raises(ConfigurationError, match=message):
        make(instance_type=type, machine_image=image)
    assert tier.node.try_find_child("web") is None


@pytest.mark.parametrize(
    ("instance_type", "skips"),
    [("t3.micro", ["CKV_AWS_135"]), ("t2.micro", []), (InstanceType.unchecked("t9.micro"), [])],
    ids=str,
)
def test_a_nitro_type_is_ebs_optimized_without_being_told(make, instance_type, skips):
    assert list(skipped_checks(make(instance_type=instance_type).resource)) == skips


def test_a_type_newer_than_the_catalog_takes_any_image(tier, make, synth):
    make(instance_type=InstanceType.unchecked("m99.large"), machine_image=ARM)
    synth(tier).has_resource("aws_instance", {"instance_type": "m99.large"})


# --- its place


def test_it_stands_in_the_zone_and_group_that_are_named(tier, make, synth):
    web = make(subnet_group="isolated", availability_zone=SECOND_ZONE)
    assert web.availability_zone == SECOND_ZONE
    synth(tier).has_resource("aws_instance", {"subnet_id": "${aws_subnet.vpc_isolated_b.id}"})


def test_a_vpc_of_another_tier(app, environment, make, vpc, synth):
    other = Tier(app, "web", environment=environment)
    make("web", other, vpc=other.use(vpc))
    template = synth(other)
    state = "data.terraform_remote_state.network.outputs"
    assert state in body(template)["subnet_id"]
    assert rules(template)["to_vpc_tcp_443"]["cidr_ipv4"] == f"${{{state}.vpc_cidr_block}}"


def test_an_imported_vpc_with_its_endpoints(tier, make, vpc_attributes, synth):
    known = {**vars(vpc_attributes), "endpoint_services": SSM}
    imported = Vpc.from_attributes(tier, "theirs", VpcAttributes(**known))
    make(vpc=imported)
    template = synth(tier)
    template.has_resource("aws_instance", {"subnet_id": "subnet-00000000"})
    assert rules(template)["to_vpc_tcp_443"]["cidr_ipv4"] == "10.1.0.0/16"


def test_an_imported_vpc_without_endpoints_is_refused(tier, make, vpc_attributes):
    imported = Vpc.from_attributes(tier, "theirs", vpc_attributes)
    with pytest.raises(ConfigurationError, match="no endpoint for ssm, ssmmessages, ec2messages"):
        make(vpc=imported)


def test_an_imported_vpc_with_nat_is_a_way_out(tier, make, vpc_attributes, synth):
    known = {**vars(vpc_attributes), "nat_gateways": "one"}
    make(vpc=Vpc.from_attributes(tier, "theirs", VpcAttributes(**known)))
    assert set(rules(synth(tier))) == {"to_any_ipv4_tcp_443"}


# --- public addresses


def test_a_public_address_in_a_public_subnet(tier, make, bare, synth):
    make(vpc=bare, subnet_group="public", public_ip=True)
    template = synth(tier)
    template.has_resource(
        "aws_instance",
        {"associate_public_ip_address": True, "subnet_id": "${aws_subnet.bare_public_a.id}"},
    )
    assert rules(template)["to_any_ipv4_tcp_443"]["cidr_ipv4"] == "0.0.0.0/0"


def test_an_elastic_ip(tier, make, bare, synth):
    make(vpc=bare, subnet_group="public", elastic_ip=ElasticIp(tier, "ip"))
    template = synth(tier)
    # AWS reports the Elastic IP as public: False would replace the instance at each apply
    template.has_resource("aws_instance", {"associate_public_ip_address": ABSENT})
    assert template.resource("aws_eip_association.web") == {
        "allocation_id": "${aws_eip.ip.allocation_id}",
        "instance_id": "${aws_instance.web.id}",
    }
    assert set(rules(template)) == {"to_any_ipv4_tcp_443"}


def test_an_elastic_ip_that_exists_already(tier, make, synth):
    known = ElasticIpAttributes(allocation_id="eipalloc-0123456789abcdef0", public_ip="203.0.113.7")
    make(subnet_group="public", elastic_ip=ElasticIp.from_attributes(tier, "ip", known))
    synth(tier).has_resource("aws_eip_association", {"allocation_id": "eipalloc-0123456789abcdef0"})


def test_an_elastic_ip_is_associated_later(tier, make, synth):
    web = make(subnet_group="public")
    web.associate(ElasticIp(tier, "ip"))
    template = synth(tier)
    template.has_resource("aws_eip_association", {"instance_id": "${aws_instance.web.id}"})
    template.has_resource("aws_instance", {"associate_public_ip_address": ABSENT})


def test_a_second_elastic_ip_is_refused(tier, make, synth):
    web = make(subnet_group="public", elastic_ip=ElasticIp(tier, "ip"))
    with pytest.raises(ConfigurationError, match="it has an Elastic IP already"):
        web.associate(ElasticIp(tier, "more"))
    synth(tier).resource_count("aws_eip_association", 1)


def test_no_elastic_ip_for_an_instance_in_a_private_subnet(tier, make):
    web = make()
    with pytest.raises(ConfigurationError, match="it is in private subnets: a public address"):
        web.associate(ElasticIp(tier, "ip"))
    assert web.node.try_find_child("elastic-ip") is None


def test_no_elastic_ip_beside_a_public_address(tier, make):
    web = make(subnet_group="public", public_ip=True)
    with pytest.raises(ConfigurationError, match="public_ip is True: leave it out, the Elastic IP"):
        web.associate(ElasticIp(tier, "ip"))
    assert web.node.try_find_child("elastic-ip") is None


@pytest.mark.parametrize("given", [None, "eipalloc-0123456789abcdef0", 7], ids=repr)
def test_only_an_elastic_ip_is_associated(make, given):
    web = make(subnet_group="public")
    with pytest.raises(ConfigurationError, match=r"elastic_ip is .*: write ElasticIp\(self"):
        web.associate(given)


# --- the way to Session Manager

REACHED = {
    "private with endpoints": ("vpc", "private", {}, "to_vpc_tcp_443"),
    "isolated with endpoints": ("vpc", "isolated", {}, "to_vpc_tcp_443"),
    "public with endpoints": ("vpc", "public", {}, "to_vpc_tcp_443"),
    "public with address": ("bare", "public", {"public_ip": True}, "to_any_ipv4_tcp_443"),
    "address and endpoints": ("vpc", "public", {"public_ip": True}, "to_vpc_tcp_443"),
    "private with NAT": ("nat", "private", {}, "to_any_ipv4_tcp_443"),
}


@pytest.mark.parametrize(("kind", "group", "like", "rule"), REACHED.values(), ids=REACHED.keys())
def test_session_manager_reaches_it(tier, make, request, synth, kind, group, like, rule):
    vpc = (
        Vpc(tier, "nat", nat_gateways="one-per-az", flow_logs=None)
        if kind == "nat"
        else request.getfixturevalue(kind)
    )
    make(vpc=vpc, subnet_group=group, **like)
    assert set(rules(synth(tier))) == {rule}


UNREACHED = {
    "private": ("private", "none"),
    "isolated": ("isolated", "none"),
    "isolated beside NAT": ("isolated", "one-per-az"),
    "public without address": ("public", "none"),
    "public without address beside NAT": ("public", "one-per-az"),
}


@pytest.mark.parametrize(("group", "nat"), UNREACHED.values(), ids=UNREACHED.keys())
def test_a_subnet_without_a_way_to_session_manager_is_refused(tier, make, group, nat):
    vpc = Vpc(tier, "alone", nat_gateways=nat, flow_logs=None)
    with pytest.raises(ConfigurationError, match=f"the {group} subnets have no way out"):
        make(vpc=vpc, subnet_group=group)
    assert tier.node.try_find_child("web") is None
    make(vpc=vpc, subnet_group=group, ssm_access=False)


def test_the_endpoint_that_is_missing_is_named(tier, make, vpc_attributes):
    known = {**vars(vpc_attributes), "endpoint_services": ("ssm", "ec2messages")}
    imported = Vpc.from_attributes(tier, "theirs", VpcAttributes(**known))
    with pytest.raises(ConfigurationError, match=r"has no endpoint for ssmmessages\. Call"):
        make(vpc=imported)


def test_without_session_manager_nothing_is_allowed(tier, make, bare, synth):
    make(vpc=bare, ssm_access=False)
    template = synth(tier)
    assert rules(template) == {}
    template.resource_count("aws_iam_role_policy_attachment", 0)
    template.resource_count("aws_iam_instance_profile", 1)


# --- security group, connections, role


def test_a_security_group_of_ones_own(tier, make, vpc, synth):
    group = SecurityGroup(tier, "shared", vpc=vpc, description="web servers")
    web = make(security_group=group)
    assert web.security_group is group
    template = synth(tier)
    template.has_resource(
        "aws_instance", {"vpc_security_group_ids": ["${aws_security_group.shared.id}"]}
    )
    assert "aws_security_group.web_group" not in template.addresses()
    assert rules(template, group="shared") == {}


def test_an_imported_security_group(tier, make, synth):
    known = SecurityGroupAttributes(security_group_id="sg-0123456789abcdef0")
    make(security_group=SecurityGroup.from_attributes(tier, "theirs", known))
    synth(tier).has_resource("aws_instance", {"vpc_security_group_ids": ["sg-0123456789abcdef0"]})


def test_its_connections_are_those_of_its_group(tier, make, synth):
    web, app = make("web"), make("app")
    app.connections.allow_from(web, Port.tcp(8080), "requests")
    web.connections.allow_from(Peer.ipv4("203.0.113.0/24"), Port.tcp(443), "office")
    template = synth(tier)
    (request,) = rules(template, "ingress", "app_group").values()
    assert request["referenced_security_group_id"] == "${aws_security_group.web_group.id}"
    assert request["from_port"] == 8080
    assert set(rules(template, "ingress")) == {"from_203_0_113_0_24_tcp_443"}
    sent = [r for r in rules(template).values() if r["from_port"] == 8080]
    assert [r["referenced_security_group_id"] for r in sent] == [
        "${aws_security_group.app_group.id}"
    ]


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
    profiles = template.resources("aws_iam_instance_profile")
    assert {p["role"] for p in profiles.values()} == {"${aws_iam_role.shared.name}"}
    assert sorted(profiles) == ["one_profile", "two_profile"]


def test_a_role_of_the_same_tier_gets_no_policy_without_session_manager(tier, make, synth):
    role = Role(tier, "shared", assumed_by=Principal.service("ec2"), description="web servers")
    make(role=role, ssm_access=False)
    synth(tier).resource_count("aws_iam_role_policy_attachment", 0)


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
    synth(security).resource_count("aws_iam_role_policy_attachment", 1)


def test_what_is_granted_to_it_is_granted_to_its_role(tier, make, synth):
    Bucket(tier, "files").grant_read(make())
    (policy,) = synth(tier).resources("aws_iam_role_policy").values()
    assert policy["role"] == "${aws_iam_role.web_role.name}"
    assert "s3:GetObject" in policy["policy"]
    assert "aws_s3_bucket.files.arn" in policy["policy"]


def test_a_key_is_granted_to_it(tier, make, synth):
    Key(tier, "key", description="files").grant_decrypt(make())
    (policy,) = synth(tier).resources("aws_iam_role_policy").values()
    assert policy["role"] == "${aws_iam_role.web_role.name}"
    assert "kms:Decrypt" in policy["policy"]


# --- user data


def test_user_data_follows_the_setting_of_the_region(tier, make, synth):
    make(user_data=UserData.commands("dnf install -y nginx", 'echo "${HOME}"'))
    text = body(synth(tier))["user_data"]
    assert text.startswith("Content-Type: multipart/mixed;")
    assert text.index("aws-region.sh") < text.index("#!/bin/bash\nset -euo pipefail\ndnf install")
    assert 'echo "$${HOME}"' in text, "Terraform would take it for an expression"


def test_user_data_alone_is_what_was_given(tier, make, synth):
    make(user_data=UserData.text("#!/bin/sh\nid\n"), set_default_region=False)
    assert body(synth(tier))["user_data"] == "#!/bin/sh\nid\n"


def test_there_may_be_no_user_data(tier, make, synth):
    make(set_default_region=False)
    synth(tier).has_resource("aws_instance", {"user_data": ABSENT})


def test_user_data_names_what_only_terraform_knows(tier, make, synth):
    bucket = Bucket(tier, "files")
    make(user_data=UserData.commands(f"aws s3 ls {bucket.bucket_name}"))
    assert "aws s3 ls ${aws_s3_bucket.files." in body(synth(tier))["user_data"]


def test_other_user_data_makes_another_instance_when_asked_for(tier, make, synth):
    make(replace_on_user_data_change=True)
    synth(tier).has_resource("aws_instance", {"user_data_replace_on_change": True})


def test_user_data_that_is_too_long_with_the_region_is_refused(make):
    with pytest.raises(ConfigurationError, match="EC2 allows 16384"):
        make(user_data=UserData.text("#!/bin/sh\n" + "#" * 16300))


# --- volumes


def test_a_root_volume_with_all_that_it_may_have(tier, make, synth):
    key = Key(tier, "key", description="volumes")
    make(root_volume=Volume(size=100, iops=4000, throughput=500, key=key))
    synth(tier).has_resource(
        "aws_instance",
        {
            "root_block_device": {
                "encrypted": True,
                "volume_type": "gp3",
                "volume_size": 100,
                "iops": 4000,
                "throughput": 500,
                "kms_key_id": "${aws_kms_key.key.arn}",
            }
        },
    )


def test_a_root_volume_of_another_type(tier, make, synth):
    make(root_volume=Volume(volume_type=VolumeType.IO2, size=50, iops=2000))
    synth(tier).has_resource(
        "aws_instance", {"root_block_device": {"volume_type": "io2", "iops": 2000}}
    )


def test_data_volumes_are_encrypted_and_attached(tier, make, synth):
    key = Key(tier, "key", description="volumes")
    web = make(
        availability_zone=SECOND_ZONE,
        data_volumes={
            "/dev/sdf": Volume(size=50, iops=3500, throughput=200, key=key),
            "/dev/sdp": Volume(size=500, volume_type=VolumeType.ST1),
        },
    )
    assert list(web.volumes) == ["/dev/sdf", "/dev/sdp"]
    template = synth(tier)
    assert template.resources("aws_ebs_volume") == {
        "web_sdf": {
            "availability_zone": SECOND_ZONE,
            "encrypted": True,
            "type": "gp3",
            "size": 50,
            "iops": 3500,
            "throughput": 200,
            "kms_key_id": "${aws_kms_key.key.arn}",
            "tags": {"Name": "shop-test-web-sdf"},
        },
        "web_sdp": {
            "availability_zone": SECOND_ZONE,
            "encrypted": True,
            "type": "st1",
            "size": 500,
            "tags": {"Name": "shop-test-web-sdp"},
        },
    }
    assert template.resources("aws_volume_attachment")["web_sdp"] == {
        "device_name": "/dev/sdp",
        "volume_id": "${aws_ebs_volume.web_sdp.id}",
        "instance_id": "${aws_instance.web.id}",
        "stop_instance_before_detaching": True,
    }


def test_data_volumes_are_not_destroyed_in_production(live, in_production, synth):
    in_production(data_volumes={"/dev/sdf": Volume(size=5)})
    synth(live).has_resource("aws_ebs_volume", {"lifecycle": {"prevent_destroy": True}})


# --- tags and switches


def test_tags_reach_the_instance_and_its_volumes(tier, make, synth):
    make(tags={"team": "web"}, data_volumes={"/dev/sdf": Volume(size=5)})
    template = synth(tier)
    tags = {"team": "web", "Name": "shop-test-web"}
    template.has_resource("aws_instance", {"tags": tags, "root_block_device": {"tags": tags}})
    template.has_resource("aws_ebs_volume", {"tags": {"team": "web", "Name": "shop-test-web-sdf"}})


SWITCHES = {
    "key pair": ({"key_name": "admin"}, {"key_name": "admin"}),
    "no key pair": ({}, {"key_name": ABSENT}),
    "router": ({"source_dest_check": False}, {"source_dest_check": False}),
    "monitoring": ({"detailed_monitoring": True}, {"monitoring": True}),
    "protection": ({"termination_protection": True}, {"disable_api_termination": True}),
    "hops": (
        {"metadata_hop_limit": 64},
        {"metadata_options": {"http_put_response_hop_limit": 64, "http_tokens": "required"}},
    ),
    "dedicated": ({"tenancy": Tenancy.DEDICATED}, {"tenancy": "dedicated", "host_id": ABSENT}),
    "shared": ({"tenancy": Tenancy.SHARED}, {"tenancy": ABSENT}),
    "standard credits": (
        {"cpu_credits": CpuCredits.STANDARD},
        {"credit_specification": {"cpu_credits": "standard"}},
    ),
    "unlimited t2": (
        {"cpu_credits": CpuCredits.UNLIMITED, "instance_type": "t2.micro"},
        {"credit_specification": {"cpu_credits": "unlimited"}},
    ),
    "type as object": ({"instance_type": InstanceType("t3.nano")}, {"instance_type": "t3.nano"}),
}


@pytest.mark.parametrize(("like", "made"), SWITCHES.values(), ids=SWITCHES.keys())
def test_switches(tier, make, synth, like, made):
    make(**like)
    synth(tier).has_resource("aws_instance", made)


def test_in_production_it_is_watched_and_kept(live, in_production, synth):
    in_production()
    synth(live).has_resource("aws_instance", {"monitoring": True, "disable_api_termination": True})


def test_production_can_do_without(live, in_production, synth):
    in_production(detailed_monitoring=False, termination_protection=False)
    synth(live).has_resource(
        "aws_instance", {"monitoring": False, "disable_api_termination": False}
    )


# --- hosts


def test_a_dedicated_host_brings_its_tenancy_and_zone(tier, make, synth):
    host = DedicatedHost(tier, "host", availability_zone=SECOND_ZONE, instance_family="m5")
    web = make(instance_type="m5.large", host=host)
    assert web.availability_zone == SECOND_ZONE
    synth(tier).has_resource(
        "aws_instance",
        {
            "tenancy": "host",
            "host_id": "${aws_ec2_host.host.id}",
            "subnet_id": "${aws_subnet.vpc_private_b.id}",
        },
    )


def test_credits_on_a_host_are_standard(tier, make, synth):
    host = DedicatedHost(tier, "host", availability_zone=ZONE, instance_type="t3.micro")
    make(host=host, tenancy=Tenancy.HOST)
    synth(tier).has_resource(
        "aws_instance", {"tenancy": "host", "credit_specification": {"cpu_credits": "standard"}}
    )


HOSTS = {
    "another family": (
        {"instance_family": "m5"},
        {"instance_type": "c5.large"},
        "the host network/host holds m5, not c5.large",
    ),
    "another size": (
        {"instance_type": "m5.xlarge"},
        {"instance_type": "m5.large"},
        r"holds m5\.xlarge, not m5\.large",
    ),
    "another zone": (
        {"instance_family": "m5", "availability_zone": SECOND_ZONE},
        {"instance_type": "m5.large", "availability_zone": ZONE},
        "the host network/host is in eu-central-1b, not in eu-central-1a",
    ),
    "zone of another VPC": (
        {"instance_family": "m5", "availability_zone": "eu-central-1c"},
        {"instance_type": "m5.large"},
        "is in eu-central-1c, not in eu-central-1a",
    ),
    "another tenancy": (
        {"instance_family": "m5"},
        {"instance_type": "m5.large", "tenancy": Tenancy.DEDICATED},
        "a host is given, but tenancy is dedicated: leave tenancy out",
    ),
    "unlimited": (
        {"instance_family": "t3"},
        {"cpu_credits": CpuCredits.UNLIMITED},
        "cpu_credits is unlimited, which dedicated hosts do not offer",
    ),
}


@pytest.mark.parametrize(("host", "like", "message"), HOSTS.values(), ids=HOSTS.keys())
def test_a_host_that_does_not_fit_is_refused(tier, make, host, like, message):
    made = DedicatedHost(tier, "host", **{"availability_zone": ZONE, **host})
    with pytest.raises(ConfigurationError, match=message):
        make(host=made, **like)
    assert tier.node.try_find_child("web") is None


# --- what is unwise


def test_standard_credits_are_an_error_in_production(live, in_production):
    with pytest.raises(
        ConfigurationError,
        match=r"\[burstable-in-production\] t2\.micro on standard credits falls back to 10%",
    ):
        in_production(instance_type="t2.micro")
    assert live.node.try_find_child("web") is None
    in_production(instance_type="t2.micro", cpu_credits=CpuCredits.UNLIMITED)


def test_standard_credits_in_production_can_be_accepted(live, in_production, synth):
    acknowledge(live, "burstable-in-production", reason="a bastion that idles all day")
    in_production(cpu_credits=CpuCredits.STANDARD)
    synth(live).has_resource("aws_instance", {"credit_specification": {"cpu_credits": "standard"}})


def test_standard_credits_elsewhere_are_fine(make):
    assert warnings(make(cpu_credits=CpuCredits.STANDARD)) == []


def test_a_previous_generation_is_warned_of(make):
    (warning,) = warnings(make(instance_type="m3.large"))
    assert warning.startswith("[previous-generation] m3.large is of a previous generation.")
    assert "is its successor" in warning


def test_a_previous_generation_can_be_accepted(tier, make):
    acknowledge(tier, "previous-generation", reason="its licence is bound to the type")
    assert warnings(make(instance_type="m3.large")) == []


def test_a_type_of_today_is_not_warned_of(make):
    assert warnings(make()) == []


# --- elsewhere


def test_a_plain_stack_without_environment_works(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    vpc = Vpc(stack, "vpc", availability_zones=[ZONE], flow_logs=None)
    Instance(
        stack,
        "web",
        vpc=vpc,
        instance_type="t2.micro",
        machine_image=LINUX,
        subnet_group="public",
        public_ip=True,
        data_volumes={"/dev/sdf": Volume(size=5)},
    )
    template = synth(stack)
    template.has_resource(
        "aws_instance",
        {"tags": {"Name": "plain-web"}, "monitoring": False, "disable_api_termination": False},
    )
    assert "\nregion=${data.aws_region.current.id}\n" in body(template)["user_data"]
    assert template.resource(
        "aws_iam_role_policy_attachment.web_role_AmazonSSMManagedInstanceCore"
    )["policy_arn"] == (
        "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
    )
    template.has_resource("aws_ebs_volume", {"lifecycle": ABSENT})


# --- bad input

BAD_INSTANCES = {
    "vpc is an id": ({"vpc": "vpc-1"}, r"vpc is vpc-1 \(str\): pass a Vpc"),
    "vpc none": ({"vpc": None}, r"vpc is None \(NoneType\): pass a Vpc"),
    "type none": ({"instance_type": None}, r"instance_type is None \(NoneType\): write Inst"),
    "type number": ({"instance_type": 3}, r"instance_type is 3 \(int\)"),
    "type of no size": ({"instance_type": "t3"}, "instance_type: t3 is no instance type"),
    "type unknown": ({"instance_type": "t3.huge"}, r"t3\.huge is not in the catalog: t3 has the"),
    "type misspelt": ({"instance_type": "tt3.micro"}, r"did you mean .*t3\.micro"),
    "image is an id": (
        {"machine_image": "ami-0123456789abcdef0"},
        r"machine_image is ami-0123456789abcdef0 \(str\): write MachineImage\.",
    ),
    "image none": ({"machine_image": None}, "machine_image is None"),
    "group unknown": ({"subnet_group": "privat"}, "subnet_group privat is not known; did you mean"),
    "group none": ({"subnet_group": None}, "subnet_group None is not known: write one of isolated"),
    "group list": ({"subnet_group": ["private"]}, r"subnet_group \['private'\] is not known"),
    "zone of another VPC": (
        {"availability_zone": "eu-central-1c"},
        "availability_zone eu-central-1c is not known; did you mean",
    ),
    "zone of another region": ({"availability_zone": "us-east-1a"}, "write one of eu-central-1a, "),
    "zone number": ({"availability_zone": 1}, "availability_zone 1 is not known"),
    "zone list": ({"availability_zone": [ZONE]}, r"availability_zone \[.*\] is not known"),
    "zone set": ({"availability_zone": {ZONE}}, r"availability_zone \{.*\} is not known"),
    "zone dict": ({"availability_zone": {"a": ZONE}}, r"availability_zone \{.*\} is not known"),
    "zone empty": ({"availability_zone": ""}, "availability_zone '' is not known"),
    "public in private": (
        {"public_ip": True},
        "it is in private subnets: a public address needs public ones",
    ),
    "public in isolated": (
        {"public_ip": True, "subnet_group": "isolated"},
        "it is in isolated subnets: a public address needs public ones",
    ),
    "public text": ({"public_ip": "yes"}, r"public_ip is yes \(str\): write True or False"),
    "public none": ({"public_ip": None}, r"public_ip is None \(NoneType\)"),
    "elastic ip is an id": (
        {"elastic_ip": "eipalloc-0123456789abcdef0", "subnet_group": "public"},
        r'\(str\): write ElasticIp\(self, "web"\)',
    ),
    "security group is an id": ({"security_group": "sg-1"}, r"write SecurityGroup\(self, "),
    "security groups": ({"security_group": []}, r"security_group is \[\] \(list\)"),
    "role is an ARN": ({"role": "arn:aws:iam::1:role/x"}, r'write Role\(self, "web"'),
    "user data text": ({"user_data": "#!/bin/sh"}, r"write UserData\.commands\("),
    "user data for Windows": (
        {"user_data": UserData.powershell("hostname")},
        "user_data is for windows, but the image is linux",
    ),
    "user data for Linux": (
        {"user_data": UserData.commands("id"), "machine_image": WINDOWS},
        "user_data is for linux, but the image is windows",
    ),
    "replace number": (
        {"replace_on_user_data_change": 1},
        r"replace_on_user_data_change is 1 \(int\): write True or False",
    ),
    "update none": ({"update_image": None}, "update_image is None"),
    "region text": ({"set_default_region": "eu-central-1"}, "set_default_region is eu-central-1"),
    "check text": ({"source_dest_check": "no"}, "source_dest_check is no"),
    "ssm none": ({"ssm_access": None}, "ssm_access is None"),
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
    "root type": ({"root_volume": Volume(volume_type="gp4")}, "root_volume: volume_type gp4 is"),
    "root iops": ({"root_volume": Volume(iops=16001)}, "root_volume: iops is 16001: it has to be"),
    "root throughput": (
        {"root_volume": Volume(size=100, throughput=1000)},
        "throughput is 1000 MiB/s: gp3 allows a quarter of its IOPS, 750",
    ),
    "root key": ({"root_volume": Volume(key="alias/x")}, "root_volume: key is alias/x: pass a Key"),
    "volumes list": ({"data_volumes": [Volume(size=5)]}, r"data_volumes is .*\(list\): write \{"),
    "volumes without device": ({"data_volumes": {None: Volume(size=5)}}, "data_volumes is "),
    "volume on the root": (
        {"data_volumes": {"/dev/xvda": Volume(size=5)}},
        "data_volumes: device /dev/xvda is not free: write /dev/sdf to /dev/sdp",
    ),
    "volume before f": ({"data_volumes": {"/dev/sde": Volume(size=5)}}, "/dev/sde is not free"),
    "volume after p": ({"data_volumes": {"/dev/sdq": Volume(size=5)}}, "/dev/sdq is not free"),
    "volume with a newline": ({"data_volumes": {"/dev/sdf\n": Volume(size=5)}}, "is not free"),
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
    "host tenancy without host": (
        {"tenancy": "host"},
        "tenancy is host, but no host is given: make a DedicatedHost for it",
    ),
    "host is an id": ({"host": "h-0123"}, r"host is h-0123 \(str\): write DedicatedHost\(self"),
    "key name none but empty": ({"key_name": ""}, "key_name '' is not valid: write the name of"),
    "key name long": ({"key_name": "k" * 256}, "1 to 255 characters"),
    "key name number": ({"key_name": 1}, "key_name 1 is not valid"),
    "key name umlaut": ({"key_name": "schlüssel"}, "key_name schlüssel is not valid"),
    "monitoring number": ({"detailed_monitoring": 0}, r"detailed_monitoring is 0 \(int\)"),
    "protection text": ({"termination_protection": "on"}, "termination_protection is on"),
    "no hops": ({"metadata_hop_limit": 0}, "metadata_hop_limit is 0: it has to be 1 to 64 hops"),
    "too many hops": ({"metadata_hop_limit": 65}, "metadata_hop_limit is 65"),
    "hops true": ({"metadata_hop_limit": True}, r"metadata_hop_limit is True \(bool\)"),
    "hops none": ({"metadata_hop_limit": None}, "metadata_hop_limit is None"),
    "half a hop": ({"metadata_hop_limit": 1.5}, r"metadata_hop_limit is 1\.5 \(float\)"),
    "tags list": ({"tags": ["web"]}, r"tags is \['web'\] \(list\)"),
    "tag Name": ({"tags": {"Name": "web"}}, "Name follows from the construct's id: take it out"),
    "tag of AWS": ({"tags": {"aws:team": "web"}}, "begins with aws:"),
    "tag none": ({"tags": {"team": None}}, "tags: value None of team is NoneType"),
    "several": (
        {"instance_type": "t3.huge", "public_ip": 1, "metadata_hop_limit": 0, "tags": 1},
        r"(?s)^network/web: 4 faults.*t3\.huge.*public_ip is 1.*metadata_hop.*tags is 1",
    ),
}


@pytest.mark.parametrize(("like", "message"), BAD_INSTANCES.values(), ids=BAD_INSTANCES.keys())
def test_bad_input_is_refused(tier, make, like, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**like)
    assert tier.node.try_find_child("web") is None


@pytest.mark.parametrize("id", ["", "1a", "a b", "w" * 65, None, 1, "${a.b}"], ids=repr)
def test_a_bad_id_is_refused(make, id):
    with pytest.raises(ConfigurationError, match="cannot be part of a Terraform address"):
        make(id)


@pytest.mark.parametrize("scope", [None, "network", 1], ids=repr)
def test_a_bad_scope_is_refused(make, scope):
    with pytest.raises(ConfigurationError, match="pass the stack or construct"):
        make(scope=scope)


def test_an_id_is_used_once(make):
    make("web")
    with pytest.raises(ConfigurationError, match="id web is used already in this scope"):
        make("web")


def test_one_public_address_is_enough(tier, make):
    with pytest.raises(ConfigurationError, match="public_ip and elastic_ip are both given"):
        make(subnet_group="public", public_ip=True, elastic_ip=ElasticIp(tier, "ip"))
    assert tier.node.try_find_child("web") is None


def test_an_elastic_ip_for_a_private_subnet_is_refused(tier, make):
    with pytest.raises(ConfigurationError, match="it is in private subnets"):
        make(elastic_ip=ElasticIp(tier, "ip"))
    assert tier.node.try_find_child("web") is None


def test_a_group_that_the_vpc_does_not_have_is_refused(tier, make):
    vpc = Vpc(tier, "small", subnet_groups=[SubnetGroup.public()], flow_logs=None)
    with pytest.raises(ConfigurationError, match="subnet_group private is not known"):
        make(vpc=vpc)


def test_two_addresses_that_only_differ_in_punctuation_are_refused(tier, make):
    make("web-one")
    with pytest.raises(ConfigurationError, match="its Terraform name web_one is taken"):
        make("web_one")
    assert tier.node.try_find_child("web-one") is not None


LATE = {
    "user data too long with the region": {"user_data": UserData.text("#!/bin/sh\n" + "#" * 16300)},
    "an address that is taken": {"id": "web_one"},
}


@pytest.mark.parametrize("like", LATE.values(), ids=LATE.keys())
def test_nothing_half_built_is_left(tier, make, like):
    make("web-one")
    known = {child.node.id for child in tier.node.children}
    with pytest.raises(ConfigurationError):
        make(**like)
    assert {child.node.id for child in tier.node.children} == known


# --- any input

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["t3.micro", "m5.large", "private", "public", ZONE, "standard", "host", "${a.b}"]
    ),
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
    "subnet_group",
    "availability_zone",
    "public_ip",
    "elastic_ip",
    "security_group",
    "role",
    "user_data",
    "replace_on_user_data_change",
    "update_image",
    "root_volume",
    "data_volumes",
    "cpu_credits",
    "tenancy",
    "host",
    "ssm_access",
    "set_default_region",
    "key_name",
    "source_dest_check",
    "detailed_monitoring",
    "termination_protection",
    "metadata_hop_limit",
    "tags",
]


@pytest.mark.parametrize("option", OPTIONS)
def test_nothing_but_configuration_errors(tmp_path, option):
    tier = Tier(
        App(outdir=str(tmp_path)),
        "network",
        environment=Environment(project="shop", name="test", region="eu-central-1"),
    )
    vpc = Vpc(tier, "vpc", flow_logs=None)
    vpc.add_ssm_access()
    numbers = count()
    good = {"vpc": vpc, "instance_type": "t3.micro", "machine_image": LINUX}
    outcomes = set()

    @given(anything)
    @settings(max_examples=40)
    def make(value):
        id = f"x{next(numbers)}"
        try:
            Instance(tier, id, **{**good, option: value})
        except ConfigurationError:
            outcomes.add("refused")
            assert tier.node.try_find_child(id) is None
        else:
            outcomes.add("made")

    make()
    assert "refused" in outcomes
