"""Each patch answers as AWS does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import json

from terratiers.local.emulator_patches import condition_holds

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

OPENVPN_PRODUCT = "f2ew2wrz425a1jagnifd02u5t"


def locked_bucket(emulator, name):
    """A bucket whose policy refuses plain HTTP and encryption other than KMS."""
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=name)
    deny = {"Effect": "Deny", "Principal": "*", "Resource": f"arn:aws:s3:::{name}/*"}
    header = "s3:x-amz-server-side-encryption"
    statements = [
        {**deny, "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {
            **deny,
            "Action": "s3:PutObject",
            "Condition": {"Null": {header: "false"}, "StringNotEquals": {header: "aws:kms"}},
        },
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return s3


def test_a_policy_denies_only_where_its_condition_holds(patched):
    s3 = locked_bucket(patched, "locked")
    s3.put_object(Bucket="locked", Key="plain", Body=b"x")
    s3.put_object(Bucket="locked", Key="kms", Body=b"x", ServerSideEncryption="aws:kms")
    assert s3.get_object(Bucket="locked", Key="kms")["Body"].read() == b"x"
    with pytest.raises(s3.exceptions.ClientError, match="Forbidden|AccessDenied"):  # noqa: RUF043
        s3.put_object(Bucket="locked", Key="aes", Body=b"x", ServerSideEncryption="AES256")


def test_stock_moto_still_denies_all(stock):
    s3 = locked_bucket(stock, "locked")
    with pytest.raises(s3.exceptions.ClientError, match="Forbidden|AccessDenied"):  # noqa: RUF043
        s3.put_object(Bucket="locked", Key="plain", Body=b"x")


def suspended_bucket(emulator, name):
    """A bucket with two versions of a key and a delete marker, and versioning no more."""
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    old, new = (s3.put_object(Bucket=name, Key="lock", Body=b)["VersionId"] for b in (b"1", b"2"))
    marker = s3.delete_object(Bucket=name, Key="lock")["VersionId"]
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    return s3, old, new, marker


def test_versions_are_deleted_one_by_one_after_versioning(patched):
    s3, old, new, marker = suspended_bucket(patched, "suspended")
    s3.delete_objects(Bucket="suspended", Delete={"Objects": [{"Key": "lock", "VersionId": new}]})
    left = s3.list_object_versions(Bucket="suspended")
    assert [version["VersionId"] for version in left["Versions"]] == [old]
    assert [found["VersionId"] for found in left["DeleteMarkers"]] == [marker]
    rest = [{"Key": "lock", "VersionId": version} for version in (marker, old)]
    s3.delete_objects(Bucket="suspended", Delete={"Objects": rest})
    assert s3.get_bucket_versioning(Bucket="suspended")["Status"] == "Suspended"
    s3.delete_bucket(Bucket="suspended")


def test_stock_moto_still_fails_at_a_delete_marker(stock):
    s3, _, new, _ = suspended_bucket(stock, "suspended")
    with pytest.raises(ClientError, match="500"):
        s3.delete_object(Bucket="suspended", Key="lock", VersionId=new)


def rotation_period(emulator):
    kms = emulator.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    return kms.get_key_rotation_status(KeyId=key).get("RotationPeriodInDays")


def test_the_rotation_period_of_a_key_is_kept(patched):
    assert rotation_period(patched) == 180


def test_stock_moto_still_forgets_the_rotation_period(stock):
    assert rotation_period(stock) is None


def rule_description(emulator):
    """The description of a rule that names a group."""
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    pair = {"GroupId": group, "Description": "from itself"}
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [pair]}
        ],
    )
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    [rule] = [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    return rule.get("Description")


def test_a_rule_that_names_a_group_keeps_its_description(patched):
    assert rule_description(patched) == "from itself"


def test_stock_moto_still_drops_it(stock):
    assert rule_description(stock) is None


def run_instance(emulator, **options):
    """An instance in a default subnet, as it is run."""
    ec2 = emulator.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    interface = {
        "DeviceIndex": 0,
        "SubnetId": subnet,
        "Groups": [group],
        "AssociatePublicIpAddress": False,
    }
    run = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        NetworkInterfaces=[interface],
        **options,
    )
    [instance] = run["Instances"]
    return ec2, instance["InstanceId"]


def described(ec2, id):
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]


def disk(**settings):
    return [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeType": "gp3", **settings}}]


def test_a_root_volume_has_the_images_size(patched):
    ec2, id = run_instance(patched, BlockDeviceMappings=disk())
    [volume] = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [id]}])[
        "Volumes"
    ]
    assert volume["Size"] == 8


def test_stock_moto_still_wants_a_size(stock):
    with pytest.raises(ClientError, match="MissingParameter"):
        run_instance(stock, BlockDeviceMappings=disk())


def run_settings(emulator):
    ec2, id = run_instance(
        emulator,
        BlockDeviceMappings=disk(VolumeSize=20, Throughput=250, Iops=4000),
        Placement={"Tenancy": "dedicated"},
        CreditSpecification={"CpuCredits": "unlimited"},
    )
    [volume] = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [id]}])[
        "Volumes"
    ]
    [credit] = ec2.describe_instance_credit_specifications(InstanceIds=[id])[
        "InstanceCreditSpecifications"
    ]
    tenancy = described(ec2, id)["Placement"]["Tenancy"]
    return tenancy, credit["CpuCredits"], volume.get("Throughput"), volume["Iops"]


def test_instances_keep_what_they_are_run_with(patched):
    assert run_settings(patched) == ("dedicated", "unlimited", 250, 4000)


def test_stock_moto_still_forgets_it(stock):
    tenancy, credit, throughput, _ = run_settings(stock)
    assert (tenancy, credit) == ("default", "standard")
    assert throughput != 250


def test_an_interface_without_a_public_address_has_no_association(patched):
    ec2, id = run_instance(patched)
    instance = described(ec2, id)
    assert "Association" not in instance["NetworkInterfaces"][0]
    assert len(instance["SecurityGroups"]) == 1


def test_stock_moto_still_answers_with_an_empty_one(stock):
    ec2, id = run_instance(stock)
    instance = described(ec2, id)
    assert instance["NetworkInterfaces"][0]["Association"] == {}
    assert instance["SecurityGroups"] == []


def test_monitoring_is_switched(patched):
    ec2, id = run_instance(patched)
    ec2.monitor_instances(InstanceIds=[id])
    assert described(ec2, id)["Monitoring"]["State"] == "enabled"
    ec2.unmonitor_instances(InstanceIds=[id])
    assert described(ec2, id)["Monitoring"]["State"] == "disabled"


def test_stock_moto_still_lacks_monitoring(stock):
    ec2, id = run_instance(stock)
    with pytest.raises((ClientError, ResponseParserError)):
        ec2.monitor_instances(InstanceIds=[id])


def openvpn_images(emulator):
    product = [{"Name": "product-code", "Values": [OPENVPN_PRODUCT]}]
    images = emulator.client("ec2").describe_images(Owners=["aws-marketplace"], Filters=product)
    return len(images["Images"])


def test_the_marketplace_offers_openvpn(patched):
    assert openvpn_images(patched) == 1


def test_stock_moto_still_has_no_marketplace(stock):
    assert openvpn_images(stock) == 0


def log_to(emulator, *names):
    """Access logs of the first bucket to the second, whose policy speaks of everybody too."""
    s3 = emulator.client("s3")
    for name in names:
        s3.create_bucket(Bucket=name)
    arn = f"arn:aws:s3:::{names[1]}"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": f"{arn}/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": ["logging.s3.amazonaws.com"]},
                "Action": "s3:PutObject",
                "Resource": f"{arn}/*",
            },
        ],
    }
    s3.put_bucket_policy(Bucket=names[1], Policy=json.dumps(policy))
    target = {"TargetBucket": names[1], "TargetPrefix": "x/"}
    s3.put_bucket_logging(Bucket=names[0], BucketLoggingStatus={"LoggingEnabled": target})
    return s3.get_bucket_logging(Bucket=names[0])["LoggingEnabled"]["TargetBucket"]


def test_a_bucket_with_a_tls_only_policy_takes_access_logs(patched):
    assert log_to(patched, "logged", "the-logs") == "the-logs"


def test_stock_moto_still_fails_on_its_policy(stock):
    with pytest.raises(ClientError):
        log_to(stock, "logged", "the-logs")


def subnets_by_ipv6_association(emulator):
    """How many subnets are found by their IPv6 block's association, and its state."""
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.1.0.0/24", Ipv6CidrBlock=block)
    [association] = subnet["Subnet"]["Ipv6CidrBlockAssociationSet"]
    name = "ipv6-cidr-block-association.association-id"
    found = ec2.describe_subnets(
        Filters=[{"Name": name, "Values": [association["AssociationId"]]}]
    )["Subnets"]
    [association] = found[0]["Ipv6CidrBlockAssociationSet"]
    return len(found), association["Ipv6CidrBlockState"]["State"]


def test_subnets_are_found_by_their_ipv6_association(patched):
    assert subnets_by_ipv6_association(patched) == (1, "associated")


def test_stock_moto_still_fails_on_the_filter(stock):
    with pytest.raises((ClientError, ResponseParserError)):
        subnets_by_ipv6_association(stock)


def flow_log_options(emulator, bucket):
    emulator.client("s3").create_bucket(Bucket=bucket)
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    ids = ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[vpc],
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{bucket}",
        DestinationOptions={
            "FileFormat": "parquet",
            "HiveCompatiblePartitions": True,
            "PerHourPartition": False,
        },
    )["FlowLogIds"]
    return ec2.describe_flow_logs(FlowLogIds=ids)["FlowLogs"][0].get("DestinationOptions")


def test_flow_logs_keep_how_their_files_are_written(patched):
    assert flow_log_options(patched, "flows") == {
        "FileFormat": "parquet",
        "HiveCompatiblePartitions": True,
        "PerHourPartition": False,
    }


def test_stock_moto_still_forgets_how(stock):
    assert flow_log_options(stock, "flows") is None


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"Null": {"s3:x-amz-acl": "true"}}, True),
        ({"Null": {"s3:x-amz-acl": "false"}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": "1"}}, False),
        ({"StringNotEquals": {"s3:x-amz-acl": "private"}}, True),
        ({"StringEqualsIfExists": {"s3:x-amz-acl": "private"}}, True),
        ({"StringLike": {"aws:SecureTransport": "t*"}}, True),
        ({"StringEquals": {"aws:SecureTransport": ["false", "true"]}}, True),
        ({"StringNotEquals": {"aws:SecureTransport": ["false", "true"]}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        (
            {"Bool": {"aws:SecureTransport": "true"}, "Null": {"s3:x-amz-acl": "false"}},
            False,
        ),
    ],
)
def test_conditions_are_evaluated_as_iam_does(condition, holds):
    assert condition_holds(condition, {"aws:securetransport": "true"}) is holds
