"""main.py as its users run it: synthesized, validated, applied through a crash, migrated, gone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import terratiers
from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.local.emulator import running_emulator
from terratiers.local.terraform import Terraform, emulator_environment
from terratiers.tiers import StateTier

import psutil
import pytest
from cdktf import App

ROOT = Path(__file__).parents[2]
TIERS = ["state", "network", "security", "compute"]
COMMAND = [sys.executable, "-c", "from terratiers.cli import main; main()"]


def environment_for(outdir: Path) -> dict[str, str]:
    return {**os.environ, "CDKTF_OUTDIR": str(outdir)}


def terratiers_command(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=600, **options
    )


@pytest.fixture(scope="module")
def outdir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reference") / "cdktf.out"
    subprocess.run(
        [sys.executable, "main.py"], cwd=ROOT, env=environment_for(folder), check=True, timeout=120
    )
    return folder


@pytest.fixture(scope="module")
def options(outdir) -> list[str]:
    return ["--out", str(outdir), "--work-dir", str(outdir.parent / "work")]


@pytest.fixture(scope="module")
def standing(outdir, options):
    """The architecture in an emulator: `up` was killed in the middle and run again."""
    work = outdir.parent / "work"
    first = subprocess.Popen(
        [*COMMAND, "local", "up", *options, "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    state_file = work / "state" / "terraform.tfstate"
    deadline = time.monotonic() + 120
    while not (state_file.is_file() and "aws_s3_bucket" in state_file.read_text()):
        assert time.monotonic() < deadline
        assert first.poll() is None
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = terratiers_command("local", "up", *options, "--port", "0")
    try:
        yield second
    finally:
        emulator = running_emulator(work)
        if emulator:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(emulator.pid).kill()


def test_the_table_shows_every_tier_in_order(outdir):
    found = terratiers_command("list", "--out", str(outdir))
    assert found.returncode == 0
    assert re.findall(r"^(\w+) +\d+ ", found.stdout, re.MULTILINE) == TIERS
    assert "s3://lab-edu-dev-tfstate/lab-edu/dev/network.tfstate" in found.stdout


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_validates(outdir, tmp_path, tier):
    config = json.loads((outdir / "stacks" / tier / "cdk.tf.json").read_text())
    (tmp_path / "main.tf.json").write_text(json.dumps(config))
    terraform = Terraform(tmp_path, emulator_environment("http://127.0.0.1:1"))
    terraform.init("-backend=false")
    terraform.validate()


def test_a_killed_up_can_be_run_again_and_finishes(standing):
    assert standing.returncode == 0, standing.stderr
    assert "emulator found" in standing.stdout
    assert re.search(r"state: applied \d+ resources", standing.stdout)
    for tier in TIERS[1:]:
        assert re.search(rf"{tier}: applied \d+ resources", standing.stdout)


def deployment(outdir, tiers=None) -> Deployment:
    emulator = running_emulator(outdir.parent / "work")
    assert emulator is not None
    return Deployment(tiers or read_synthesis(outdir), emulator, outdir.parent / "work")


def client(outdir, service):
    return deployment(outdir).emulator.client(service, "ap-northeast-2")


@pytest.mark.usefixtures("standing")
def test_every_tier_plans_clean(outdir):
    running = deployment(outdir)
    for tier in running.tiers:
        assert running.prepare(tier).plan() == [], tier.name


@pytest.mark.usefixtures("standing")
def test_the_network_is_what_the_labs_ask_for(outdir):
    """Rows A2 to A4: no way out, and S3 through the endpoint's route."""
    ec2 = client(outdir, "ec2")
    tables = ec2.describe_route_tables(
        Filters=[{"Name": "tag:Name", "Values": ["lab-edu-dev-vpc-private-a"]}]
    )["RouteTables"]
    assert len(tables) == 1
    destinations = {route.get("DestinationCidrBlock") for route in tables[0]["Routes"]}
    assert "0.0.0.0/0" not in destinations
    endpoints = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    gateways = {e["ServiceName"]: e for e in endpoints if e["VpcEndpointType"] == "Gateway"}
    assert set(gateways) == {f"com.amazonaws.ap-northeast-2.{s}" for s in ("s3", "dynamodb")}
    for gateway in gateways.values():
        assert tables[0]["RouteTableId"] in gateway["RouteTableIds"]
    interfaces = [e for e in endpoints if e["VpcEndpointType"] == "Interface"]
    assert {e["ServiceName"].rpartition(".")[2] for e in interfaces} >= {
        "ssm",
        "ssmmessages",
        "ec2messages",
        "secretsmanager",
    }
    assert all(len(e["SubnetIds"]) == 2 and e["PrivateDnsEnabled"] for e in interfaces)


def instances(outdir):
    """The instances by their names."""
    ec2 = client(outdir, "ec2")
    return {
        tag["Value"].removeprefix("lab-edu-dev-"): instance
        for reservation in ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
        for tag in instance["Tags"]
        if tag["Key"] == "Name"
    }


@pytest.mark.usefixtures("standing")
def test_the_servers_are_what_the_labs_ask_for(outdir):
    """Rows A5 and C4 to C7: roles, an image, an Elastic IP, a way back to the VPN's clients."""
    found = instances(outdir)
    assert set(found) == {"web", "private", "vpn-server"}
    assert "PublicIpAddress" not in found["private"]
    assert "KeyName" not in found["private"]
    assert found["vpn-server"]["SourceDestCheck"] is False
    for instance in found.values():
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert "IamInstanceProfile" in instance

    ec2 = client(outdir, "ec2")
    volumes = ec2.describe_volumes()["Volumes"]
    assert len(volumes) == 3
    assert all(volume["Encrypted"] and volume["VolumeType"] == "gp3" for volume in volumes)
    [image] = ec2.describe_images(Owners=["self"])["Images"]
    assert image["Name"] == f"lab-edu-dev-web-image-1-{found['web']['InstanceId']}"
    [address] = ec2.describe_addresses()["Addresses"]
    assert address["InstanceId"] == found["vpn-server"]["InstanceId"]
    tables = ec2.describe_route_tables(
        Filters=[{"Name": "tag:Name", "Values": ["lab-edu-dev-vpc-private-a"]}]
    )["RouteTables"]
    back = [r for r in tables[0]["Routes"] if r.get("DestinationCidrBlock") == "172.27.224.0/20"]
    [interface] = found["vpn-server"]["NetworkInterfaces"]
    assert [r["NetworkInterfaceId"] for r in back] == [interface["NetworkInterfaceId"]]


@pytest.mark.usefixtures("standing")
def test_the_uploads_are_encrypted_versioned_and_private(outdir):
    """Row A1, and A5: the instances' role may read and write this bucket and nothing else."""
    s3 = client(outdir, "s3")
    name = "lab-edu-dev-uploads-123456789012"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    logging = s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]
    assert logging["TargetBucket"] == "lab-edu-dev-access-logs-123456789012"

    iam = client(outdir, "iam")
    [role] = [r for r in iam.list_roles()["Roles"] if "instance-role" in r["RoleName"]]
    [policy_name] = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy_name)
    resources = {
        resource
        for statement in document["PolicyDocument"]["Statement"]
        for resource in statement["Resource"]
    }
    key = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert resources == {f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*", key}


@pytest.mark.usefixtures("standing")
def test_the_state_bucket_is_locked_down(outdir):
    running = deployment(outdir)
    s3 = running.emulator.client("s3", "ap-northeast-2")
    bucket = "lab-edu-dev-tfstate"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    with pytest.raises(s3.exceptions.ClientError, match=r"Forbidden|AccessDenied"):
        s3.put_object(Bucket=bucket, Key="x", Body=b"x", ServerSideEncryption="AES256")
    head = s3.head_object(Bucket=bucket, Key="lab-edu/dev/network.tfstate")
    assert head["ServerSideEncryption"] == "aws:kms"


@pytest.mark.usefixtures("standing")
def test_status_lists_what_stands(options):
    found = terratiers_command("local", "status", *options)
    assert re.search(r"network: \d\d resources", found.stdout)
    assert "vpc_id = vpc-" in found.stdout


@pytest.mark.usefixtures("standing")
def test_the_state_tier_moves_into_its_own_bucket_and_all_goes_down(outdir, tmp_path):
    """docs/state.md, step by step."""
    environment = terratiers.Environment(project="lab-edu", name="dev", region="ap-northeast-2")
    app = App(outdir=str(tmp_path / "cdktf.out"))
    StateTier(app, environment=environment, backend="s3")
    app.synth()
    [state] = read_synthesis(tmp_path / "cdktf.out")
    others = read_synthesis(outdir)[1:]

    running = deployment(outdir, (state, *others))
    assert running.prepare(state).plan() == []
    s3 = running.emulator.client("s3", "ap-northeast-2")
    moved = s3.get_object(Bucket="lab-edu-dev-tfstate", Key="lab-edu/dev/state.tfstate")
    assert len(json.loads(moved["Body"].read())["resources"]) >= 9

    assert [gone.name for gone in running.down()] == TIERS[::-1]
    assert s3.list_buckets()["Buckets"] == []


def test_after_down_nothing_runs(outdir, options):
    down = terratiers_command("local", "down", *options)
    assert down.returncode == 0, down.stderr
    assert running_emulator(outdir.parent / "work") is None
    assert "no emulator is running" in terratiers_command("local", "status", *options).stdout
