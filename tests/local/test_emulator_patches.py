"""Each patch answers as AWS does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from urllib.request import urlopen

from terratiers.local.emulator import _free_port, emulator_for_tests
from terratiers.local.emulator_patches import condition_holds

import boto3
import pytest


@pytest.fixture(scope="module")
def patched(tmp_path_factory):
    with emulator_for_tests(tmp_path_factory.mktemp("patched")) as emulator:
        yield emulator.endpoint


@pytest.fixture(scope="module")
def stock():
    port = _free_port(0)
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urlopen(f"{endpoint}/moto-api/", timeout=5).close()
            break
        except OSError:
            time.sleep(0.1)
    yield endpoint
    server.kill()
    server.wait()


def client(service, endpoint):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def locked_bucket(endpoint, name):
    """A bucket whose policy refuses plain HTTP and encryption other than KMS."""
    s3 = client("s3", endpoint)
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


def rotation_period(endpoint):
    kms = client("kms", endpoint)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    return kms.get_key_rotation_status(KeyId=key).get("RotationPeriodInDays")


def test_the_rotation_period_of_a_key_is_kept(patched):
    assert rotation_period(patched) == 180


def test_stock_moto_still_forgets_the_rotation_period(stock):
    assert rotation_period(stock) is None


def rule_description(endpoint):
    """The description of a rule that names a group."""
    ec2 = client("ec2", endpoint)
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
