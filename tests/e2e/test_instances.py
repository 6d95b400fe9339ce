"""Rows A1, A5, C1 to C7 beyond main.py: every option of instances, images, roles and buckets
applies, plans clean, and what is added later only adds.

Not here: lifecycle rules with a prefix and tags. moto forgets the sizes that the provider sends
along with them, so that the provider waits for its own rule in vain.
"""

from __future__ import annotations

from terratiers.compute import (
    CpuCredits,
    DedicatedHost,
    ElasticIp,
    Image,
    Instance,
    MachineImage,
    Tenancy,
    UserData,
    Volume,
    VolumeType,
)
from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import (
    Key,
    ManagedPolicy,
    PolicyStatement,
    Principal,
    Role,
)
from terratiers.storage import (
    AccessLogs,
    Bucket,
    BucketEncryption,
    CorsRule,
    LifecycleRule,
    StorageClass,
    Transition,
)

import pytest
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"
ZONE = f"{REGION}a"
LINUX = MachineImage.amazon_linux_2023()


def new_stack(outdir, name):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, name)
    AwsProvider(stack, "aws", region=REGION, default_tags=[{"tags": {"Project": "shop"}}])
    LocalBackend(stack, path="terraform.tfstate")
    return app, stack


def instances(outdir, *, grown=False):
    app, stack = new_stack(outdir, "instances")
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=[ZONE],
        subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
        flow_logs=None,
    )
    key = Key(stack, "key", description="volumes", rotation_period=90)
    common = {"vpc": vpc, "machine_image": LINUX, "ssm_access": False}
    web = Instance(
        stack,
        "web",
        vpc=vpc,
        instance_type="t3.micro",
        machine_image=LINUX,
        subnet_group="public",
        public_ip=True,
        cpu_credits=CpuCredits.STANDARD,
        user_data=UserData.cloud_config({"packages": ["nginx"], "runcmd": ["echo ${HOME} %{x}"]}),
        root_volume=Volume(size=12, iops=4000, throughput=250, key=key),
        data_volumes={"/dev/sdf": Volume(size=20, volume_type=VolumeType.IO2, iops=500, key=key)}
        | ({"/dev/sdg": Volume(size=5)} if grown else {}),
        detailed_monitoring=True,
        metadata_hop_limit=2,
    )
    golden = Image.from_instance(stack, "golden", instance=web, version="2026-11")
    Instance(stack, "copy", vpc=vpc, instance_type="m7i.large", machine_image=golden,
             ssm_access=False, tenancy=Tenancy.DEDICATED)  # fmt: skip
    host = DedicatedHost(stack, "licensed", availability_zone=ZONE, instance_type="c6i.large")
    DedicatedHost(stack, "family", availability_zone=ZONE, instance_family="m6i")
    Instance(stack, "on-host", instance_type="c6i.large", host=host, **common)
    address = ElasticIp(stack, "address")
    Instance(
        stack,
        "arm",
        vpc=vpc,
        instance_type="t4g.nano",
        machine_image=MachineImage.amazon_linux_2023(architecture="arm64"),
        subnet_group="public",
        elastic_ip=address,
        source_dest_check=False,
        set_default_region=False,
    )
    if grown:
        Instance(stack, "another", instance_type="t3.nano", **common)
    app.synth()
    return read_synthesis(outdir)


def data(outdir, *, grown=False):
    app, stack = new_stack(outdir, "data")
    key = Key(stack, "key", description="data")
    key.grant_service("sns")
    bounds = ManagedPolicy(
        stack,
        "bounds",
        description="what teams may be granted",
        statements=[
            PolicyStatement(
                actions=["s3:GetObject"],
                resources=["arn:aws:s3:::shop-*/${aws:username}/*"],
                conditions={"Bool": {"aws:SecureTransport": True}},
            )
        ],
    )
    role = Role(
        stack,
        "team",
        assumed_by=[Principal.service("ec2"), Principal.account("111122223333")],
        description="a team",
        managed_policies=["AmazonSSMManagedInstanceCore"],
        permissions_boundary=bounds.arn,
        max_session_duration=7200,
        path="/teams/",
    )
    role.add_managed_policy(bounds.arn, name="bounds")
    logs = Bucket(stack, "logs", force_destroy=True)
    files = Bucket(
        stack,
        "files",
        encryption=BucketEncryption.kms(key),
        access_logs=AccessLogs(bucket=logs, prefix="files/"),
        cors=[CorsRule(allowed_origins=["https://www.example.com"], allowed_methods=["GET"])],
        lifecycle_rules=[
            LifecycleRule(
                id="cool",
                prefix="in/",
                transitions=[
                    Transition(storage_class=StorageClass.STANDARD_IA, days=30),
                    Transition(storage_class=StorageClass.GLACIER, days=90),
                ],
                expiration_days=365,
            ),
            LifecycleRule(id="one-tag", tags={"keep": "no"}, expiration_days=7),
            LifecycleRule(id="versions", noncurrent_version_expiration_days=30),
        ],
    )
    files.grant_read(role, prefix="in/")
    files.grant_write(role, prefix='odd "quoted" $%{x}/')
    key.grant_encrypt(role)
    if grown:
        files.grant_delete(role)
        Bucket(stack, "more", versioned=False)
    app.synth()
    return read_synthesis(outdir)


@pytest.mark.parametrize(
    ("make", "added"),
    [
        (
            instances,
            {
                "aws_ebs_volume.web_sdg",
                "aws_volume_attachment.web_sdg",
                "aws_iam_instance_profile.another_profile",
                "aws_iam_role.another_role",
                "aws_instance.another",
                "aws_security_group.another_group",
            },
        ),
        (
            data,
            {
                "aws_iam_role_policy.team_files_delete",
                *(
                    f"aws_s3_bucket{kind}.more"
                    for kind in (
                        "",
                        "_lifecycle_configuration",
                        "_ownership_controls",
                        "_policy",
                        "_public_access_block",
                        "_server_side_encryption_configuration",
                        "_versioning",
                    )
                ),
            },
        ),
    ],
)
def test_everything_applies_and_grows(emulator, tmp_path, make, added):
    before = make(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    assert deployment.prepare(before[0]).plan() == []

    after = make(tmp_path / "after", grown=True)
    changes = deployment.prepare(after[0]).plan()
    assert {change.actions for change in changes} == {("create",)}
    assert {change.address for change in changes} == added
    list(Deployment(after, emulator, tmp_path / "work").down())


def test_the_policy_of_a_grant_says_what_was_meant(emulator, tmp_path):
    """Quotes, percent signs and dollars in a prefix; IAM's own variable in a managed policy."""
    synthesis = data(tmp_path / "out")
    deployment = Deployment(synthesis, emulator, tmp_path / "work")
    list(deployment.up())
    iam = emulator.client("iam", REGION)
    [role] = iam.list_roles(PathPrefix="/teams/")["Roles"]
    documents = [
        iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    ]
    resources = [r for d in documents for s in d["Statement"] for r in s["Resource"]]
    assert 'arn:aws:s3:::data-files-123456789012/odd "quoted" $%{x}/*' in resources
    [policy] = iam.list_policies(Scope="Local")["Policies"]
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
    [statement] = version["PolicyVersion"]["Document"]["Statement"]
    assert statement["Resource"] == ["arn:aws:s3:::shop-*/${aws:username}/*"]
    list(deployment.down())
