"""Each patch around launch templates answers as AWS does; stock moto does not."""

from __future__ import annotations

import base64
import uuid

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

REGION = "eu-central-1"
# Amazon Linux in moto; it starts from /dev/xvda
PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
TAGS = [{"Key": "team", "Value": "web"}]


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def parts(patched, stock):
    """What an instance needs, in the emulator that is asked for."""

    def made(emulator):
        ec2, iam = emulator.client("ec2", REGION), emulator.client("iam", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        name = f"web-{uuid.uuid4().hex}"
        group = ec2.create_security_group(GroupName=name, Description="web", VpcId=vpc)
        iam.create_instance_profile(InstanceProfileName=name)
        image = emulator.client("ssm", REGION).get_parameter(Name=PARAMETER)["Parameter"]["Value"]
        return ec2, subnet, group["GroupId"], name, image

    return made


def new_template(ec2, name, **data):
    made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return made["LaunchTemplate"]["LaunchTemplateId"]


def run(ec2, template, subnet, version="$Latest"):
    named = {"LaunchTemplateId": template, "Version": version}
    made = ec2.run_instances(LaunchTemplate=named, MinCount=1, MaxCount=1, SubnetId=subnet)
    id = made["Instances"][0]["InstanceId"]
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]


def tags_of_first_version(emulator):
    """The tag specifications of a version whose template has tags of its own."""
    ec2 = emulator.client("ec2", REGION)
    made = ec2.create_launch_template(
        LaunchTemplateName=f"tagged-{uuid.uuid4().hex}",
        LaunchTemplateData={"TagSpecifications": [{"ResourceType": "volume", "Tags": TAGS}]},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": TAGS}],
    )["LaunchTemplate"]
    assert made["Tags"] == TAGS
    [version] = ec2.describe_launch_template_versions(LaunchTemplateId=made["LaunchTemplateId"])[
        "LaunchTemplateVersions"
    ]
    return [entry["ResourceType"] for entry in version["LaunchTemplateData"]["TagSpecifications"]]


def test_a_templates_own_tags_are_not_its_instances(patched):
    assert tags_of_first_version(patched) == ["volume"]


def test_stock_moto_still_mixes_them(stock):
    assert tags_of_first_version(stock) == ["volume", "launch-template"]


def test_a_template_without_tags_of_instances_has_none(patched):
    ec2 = patched.client("ec2", REGION)
    template = ec2.create_launch_template(
        LaunchTemplateName=f"tagged-{uuid.uuid4().hex}",
        LaunchTemplateData={"ImageId": "ami-1"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": TAGS}],
    )["LaunchTemplate"]["LaunchTemplateId"]
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=template)
    assert "TagSpecifications" not in versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def group_of_second_version(emulator, parts):
    """User data and credits of a member that a group starts from a template's second version."""
    ec2, subnet, _, name, image = parts(emulator)
    credit = {"CpuCredits": "unlimited"}
    data = {"ImageId": image, "InstanceType": "t3.micro", "CreditSpecification": credit}
    template = new_template(ec2, name, UserData=encoded("one"), **data)
    ec2.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={**data, "UserData": encoded("two")}
    )
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    scaling = emulator.client("autoscaling", REGION)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "2"},
    )
    groups = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    [member] = groups["AutoScalingGroups"][0]["Instances"]
    answer = ec2.describe_instance_attribute(InstanceId=member["InstanceId"], Attribute="userData")
    credits = ec2.describe_instance_credit_specifications(InstanceIds=[member["InstanceId"]])
    [entry] = credits["InstanceCreditSpecifications"]
    return base64.b64decode(answer["UserData"]["Value"]).decode(), entry["CpuCredits"]


def test_user_data_of_a_second_version_reaches_instances(patched, parts):
    assert group_of_second_version(patched, parts) == ("two", "unlimited")


def test_stock_moto_still_stops_at_it(stock, parts):
    with pytest.raises(ResponseParserError, match="Internal Server Error"):
        group_of_second_version(stock, parts)


def described(emulator, parts):
    """An instance started from a template that says everything, and what belongs to it."""
    ec2, subnet, group, name, image = parts(emulator)
    template = new_template(
        ec2,
        name,
        ImageId=image,
        InstanceType="t3.micro",
        IamInstanceProfile={"Name": name},
        NetworkInterfaces=[{"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [group]}],
        MetadataOptions={"HttpTokens": "required", "InstanceMetadataTags": "enabled"},
        Monitoring={"Enabled": True},
        Placement={"Tenancy": "dedicated"},
        BlockDeviceMappings=[
            {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "Iops": 4000}},
            {
                "DeviceName": "/dev/sdf",
                "Ebs": {"Encrypted": True, "VolumeSize": 20, "VolumeType": "io2", "Iops": 500},
            },
        ],
        TagSpecifications=[
            {"ResourceType": kind, "Tags": TAGS}
            for kind in ("instance", "volume", "network-interface")
        ],
    )
    instance = run(ec2, template, subnet)
    ids = {m["DeviceName"]: m["Ebs"]["VolumeId"] for m in instance["BlockDeviceMappings"]}
    volumes = {
        device: ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]
        for device, volume in ids.items()
    }
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
    return {
        "groups": [entry["GroupId"] == group for entry in instance["SecurityGroups"]],
        "profile": instance.get("IamInstanceProfile", {}).get("Arn", "").endswith(name),
        "public": "PublicIpAddress" in instance,
        "tokens": instance["MetadataOptions"]["HttpTokens"],
        "monitoring": instance["Monitoring"]["State"],
        "tenancy": instance["Placement"]["Tenancy"],
        "disks": {
            device: (volume["VolumeType"], volume["Size"], volume.get("Iops"), volume["Encrypted"])
            for device, volume in volumes.items()
        },
        "tags": [volume.get("Tags") for volume in volumes.values()]
        + [interfaces["NetworkInterfaces"][0].get("TagSet")],
    }


def test_an_instance_has_what_its_template_says(patched, parts):
    assert described(patched, parts) == {
        "groups": [True],
        "profile": True,
        "public": True,
        "tokens": "required",
        "monitoring": "enabled",
        "tenancy": "dedicated",
        "disks": {"/dev/xvda": ("gp3", 8, 4000, True), "/dev/sdf": ("io2", 20, 500, True)},
        "tags": [TAGS, TAGS, TAGS],
    }


def test_stock_moto_still_refuses_such_disks(stock, parts):
    with pytest.raises(ClientError, match="must contain the parameter size"):
        described(stock, parts)


def started(emulator, parts, **more):
    ec2, subnet, group, name, image = parts(emulator)
    public = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [group]}
    data = {"ImageId": image, "NetworkInterfaces": [public], "Monitoring": {"Enabled": True}}
    instance = run(ec2, new_template(ec2, name, **{**data, **more}), subnet)
    groups = [entry["GroupId"] for entry in instance["SecurityGroups"]]
    disks = [mapping["DeviceName"] for mapping in instance["BlockDeviceMappings"]]
    return groups == [group], instance["Monitoring"]["State"], disks, instance


def test_an_image_brings_its_root_disk(patched, parts):
    grouped, monitoring, disks, instance = started(patched, parts)
    assert (grouped, monitoring, disks) == (True, "enabled", ["/dev/xvda"])
    assert "PublicIpAddress" not in instance


def test_another_root_device_is_a_second_disk(patched, parts):
    wrong = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20}}]
    assert started(patched, parts, BlockDeviceMappings=wrong)[2] == ["/dev/xvda", "/dev/sda1"]


def test_stock_moto_still_forgets_interface_and_monitoring(stock, parts):
    assert started(stock, parts)[:3] == (False, "disabled", ["/dev/sda1"])


def test_who_starts_an_instance_has_the_last_word(patched, parts):
    ec2, subnet, group, name, image = parts(patched)
    other = ec2.create_security_group(
        GroupName=f"other-{name}",
        Description="other",
        VpcId=ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"],
    )["GroupId"]
    template = new_template(
        ec2,
        name,
        ImageId=image,
        NetworkInterfaces=[{"DeviceIndex": 0, "Groups": [group]}],
        MetadataOptions={"HttpTokens": "required"},
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20}}],
    )
    made = ec2.run_instances(
        LaunchTemplate={"LaunchTemplateId": template},
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        SecurityGroupIds=[other],
        MetadataOptions={"HttpTokens": "optional"},
    )["Instances"][0]
    assert [entry["GroupId"] for entry in made["SecurityGroups"]] == [other]
    assert made["MetadataOptions"]["HttpTokens"] == "optional"


def test_an_instance_without_a_template_is_as_before(patched, parts):
    ec2, subnet, group, _, image = parts(patched)
    made = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, SecurityGroupIds=[group]
    )["Instances"][0]
    assert [entry["GroupId"] for entry in made["SecurityGroups"]] == [group]
