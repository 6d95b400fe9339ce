"""Row D6: launch templates apply, plan clean, and start instances as they say; a change is a new
version of the same template, and nothing is replaced."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from terratiers.compute import (
    CpuCredits,
    ElasticIp,
    Image,
    Instance,
    LaunchTemplate,
    MachineImage,
    Tenancy,
    UserData,
    Volume,
    VolumeType,
)
from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Key, SecurityGroup

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

REGION = "eu-central-1"
LINUX = MachineImage.amazon_linux_2023()
# what a shell, Terraform and JSON each read in their own way
ODD = "echo \"${HOME:-x}\" $${x} %{y} %%{z} \\n 'q' }} \t| äöü €"


def synthesize(outdir, *, instance_type="t3.micro", command="true", grown=False):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "templates")
    default = AwsProviderDefaultTags(tags={"Project": "shop", "Environment": "e2e"})
    AwsProvider(stack, "aws", region=REGION, default_tags=[default])
    LocalBackend(stack, path="terraform.tfstate")
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=[f"{REGION}a"],
        subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
        flow_logs=None,
    )
    key = Key(stack, "key", description="volumes")
    address = ElasticIp(stack, "address")
    common = {"vpc": vpc, "machine_image": LINUX}
    LaunchTemplate(
        stack,
        "web",
        instance_type=instance_type,
        description=f"web servers, {command}",
        user_data=UserData.commands(ODD, f"echo {address.public_ip} ${{X}}", command),
        root_volume=Volume(size=12, iops=4000, throughput=250, key=key),
        data_volumes={"/dev/sdf": Volume(size=20, volume_type=VolumeType.IO2, iops=500)},
        cpu_credits=CpuCredits.STANDARD,
        detailed_monitoring=True,
        metadata_hop_limit=2,
        instance_metadata_tags=True,
        tags={"team": "web"},
        **common,
    )
    LaunchTemplate(
        stack,
        "edge",
        instance_type="m7i.large",
        public_ip=True,
        security_group=SecurityGroup(stack, "shared", vpc=vpc, description="edge"),
        tenancy=Tenancy.DEDICATED,
        set_default_region=False,
        key_name="admin",
        update_image=False,
        **common,
    )
    LaunchTemplate(
        stack,
        "windows",
        vpc=vpc,
        instance_type="t3.large",
        machine_image=MachineImage.lookup(
            name="windows",
            name_pattern="Windows_Server-*",
            owners=["amazon"],
            operating_system="windows",
        ),
        user_data=UserData.powershell("hostname"),
    )
    base = Instance(stack, "base", instance_type="t3.micro", ssm_access=False, **common)
    golden = Image.from_instance(stack, "golden", instance=base)
    LaunchTemplate(stack, "copy", vpc=vpc, instance_type="t3.micro", machine_image=golden)
    if grown:
        LaunchTemplate(stack, "more", instance_type="c7i.large", **common)
    app.synth()
    return read_synthesis(outdir)


@dataclass
class Started:
    """An instance that was started from a template, and what hangs on it."""

    instance: dict[str, Any]
    user_data: str
    volumes: dict[str, dict[str, Any]]
    interfaces: list[dict[str, Any]]

    @property
    def groups(self):
        return [group["GroupId"] for group in self.instance["SecurityGroups"]]


def started(emulator, template, subnet):
    """Starts an instance from a template's default version, looks at it, and terminates it."""
    ec2 = emulator.client("ec2", REGION)
    answer = ec2.run_instances(
        LaunchTemplate={"LaunchTemplateId": template["id"], "Version": "$Default"},
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
    )
    id = answer["Instances"][0]["InstanceId"]
    [reservation] = ec2.describe_instances(InstanceIds=[id])["Reservations"]
    [instance] = reservation["Instances"]
    text = ec2.describe_instance_attribute(InstanceId=id, Attribute="userData")["UserData"]
    disks = {disk["DeviceName"]: disk["Ebs"] for disk in instance["BlockDeviceMappings"]}
    found = Started(
        instance,
        base64.b64decode(text.get("Value", "")).decode(),
        {
            device: ec2.describe_volumes(VolumeIds=[disk["VolumeId"]])["Volumes"][0]
            for device, disk in disks.items()
        },
        ec2.describe_network_interfaces(
            NetworkInterfaceIds=[i["NetworkInterfaceId"] for i in instance["NetworkInterfaces"]]
        )["NetworkInterfaces"],
    )
    ec2.terminate_instances(InstanceIds=[id])
    return found


def tags(thing):
    own = {tag["Key"]: tag["Value"] for tag in thing.get("Tags", thing.get("TagSet", []))}
    return {key: value for key, value in own.items() if not key.startswith("aws:")}


def check_web(emulator, state):
    """A private instance with everything that a template may say."""
    web = started(
        emulator, state["aws_launch_template.web"], state["aws_subnet.vpc_private_a"]["id"]
    )
    wanted = {"Project": "shop", "Environment": "e2e", "team": "web", "Name": "templates-web"}
    for thing in (web.instance, *web.volumes.values(), *web.interfaces):
        assert tags(thing) == wanted
    assert web.groups == [state["aws_security_group.web_group"]["id"]]
    assert web.instance["MetadataOptions"]["HttpTokens"] == "required"
    assert web.instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    assert web.instance["MetadataOptions"]["InstanceMetadataTags"] == "enabled"
    assert web.instance["Monitoring"]["State"] == "enabled"
    assert "PublicIpAddress" not in web.instance
    profile = state["aws_iam_instance_profile.web_profile"]["arn"]
    assert web.instance["IamInstanceProfile"]["Arn"] == profile
    address = state["aws_eip.address"]["public_ip"]
    assert f"\n{ODD}\necho {address} ${{X}}\n" in web.user_data
    assert web.instance["RootDeviceName"] == "/dev/xvda"
    assert set(web.volumes) == {"/dev/xvda", "/dev/sdf"}, "a wrong root device is a second disk"
    root, data = web.volumes["/dev/xvda"], web.volumes["/dev/sdf"]
    assert (root["Size"], root["Iops"], root["Throughput"]) == (12, 4000, 250)
    assert root["KmsKeyId"] == state["aws_kms_key.key"]["arn"]
    assert (data["Size"], data["VolumeType"], data["Iops"]) == (20, "io2", 500)
    assert root["Encrypted"] is data["Encrypted"] is True
    return web


def check_others(emulator, state):
    """A public instance, one of a baked image, and one with Windows."""
    private, public = (state[f"aws_subnet.vpc_{kind}_a"]["id"] for kind in ("private", "public"))
    edge = started(emulator, state["aws_launch_template.edge"], public)
    assert edge.instance["PublicIpAddress"]
    assert edge.instance["Placement"]["Tenancy"] == "dedicated"
    assert edge.instance["KeyName"] == "admin"
    assert edge.groups == [state["aws_security_group.shared"]["id"]]
    assert edge.user_data == ""
    copy = started(emulator, state["aws_launch_template.copy"], private)
    assert copy.instance["ImageId"] == state["aws_ami_from_instance.golden"]["id"]
    windows = started(emulator, state["aws_launch_template.windows"], private)
    assert windows.user_data.endswith("\nhostname\n</powershell>\n")
    for one in (edge, copy, windows):
        [(device, volume)] = one.volumes.items()
        assert device == one.instance["RootDeviceName"]
        assert volume["Encrypted"] is True


def versions(emulator):
    """Default and newest version of each template, by its name without the random end."""
    templates = emulator.client("ec2", REGION).describe_launch_templates()["LaunchTemplates"]
    return {
        entry["LaunchTemplateName"].rpartition("-")[0]: (
            entry["DefaultVersionNumber"],
            entry["LatestVersionNumber"],
        )
        for entry in templates
        if entry["LaunchTemplateName"].startswith("templates-")
    }


def test_templates_start_instances_change_in_place_and_grow(emulator, tmp_path):
    before = synthesize(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(before[0])
    assert terraform.plan() == []
    state = terraform.state()
    assert check_web(emulator, state).instance["InstanceType"] == "t3.micro"
    check_others(emulator, state)

    grown = synthesize(tmp_path / "grown", grown=True)
    changes = deployment.prepare(grown[0]).plan()
    assert {change.actions for change in changes} == {("create",)}
    assert "aws_launch_template.more" in {change.address for change in changes}

    after = synthesize(tmp_path / "after", instance_type="t3.small", command="false")
    terraform = deployment.prepare(after[0])
    assert [(change.address, change.actions) for change in terraform.plan()] == [
        ("aws_launch_template.web", ("update",))
    ]
    deployment = Deployment(after, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(after[0])
    assert terraform.plan() == []
    state = terraform.state()
    assert versions(emulator) == {
        "templates-web": (2, 2),
        "templates-edge": (1, 1),
        "templates-windows": (1, 1),
        "templates-copy": (1, 1),
    }
    web = check_web(emulator, state)
    assert web.instance["InstanceType"] == "t3.small"
    assert "\nfalse\n" in web.user_data
    list(deployment.down())
    assert versions(emulator) == {}
