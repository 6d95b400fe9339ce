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
import urllib.error
import urllib.request
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
TIERS = ["state", "dns", "events", "network", "serverless", "security", "compute", "web"]
COMMAND = [sys.executable, "-c", "from terratiers.cli import main; main()"]


def environment_for(outdir: Path) -> dict[str, str]:
    return {**os.environ, "CDKTF_OUTDIR": str(outdir)}


def terratiers_command(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=2400, **options
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
    """The running instances by their names; those of the web tier's group are `group`."""
    ec2 = client(outdir, "ec2")
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    found = {}
    for reservation in ec2.describe_instances(Filters=running)["Reservations"]:
        for instance in reservation["Instances"]:
            [name] = [tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"]
            found.setdefault(name.removeprefix("lab-edu-dev-"), []).append(instance)
    return found


@pytest.mark.usefixtures("standing")
def test_the_servers_are_what_the_labs_ask_for(outdir):
    """Rows A5 and C4 to C7: roles, an image, an Elastic IP, a way back to the VPN's clients."""
    found = instances(outdir)
    assert set(found) == {"web", "private", "vpn-server", "group"}
    [private], [web], [vpn] = found["private"], found["web"], found["vpn-server"]
    assert "PublicIpAddress" not in private
    assert "KeyName" not in private
    assert vpn["SourceDestCheck"] is False
    for instance in (private, web, vpn, *found["group"]):
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert "IamInstanceProfile" in instance

    ec2 = client(outdir, "ec2")
    volumes = ec2.describe_volumes()["Volumes"]
    assert len(volumes) >= 5
    assert all(volume["Encrypted"] and volume["VolumeType"] == "gp3" for volume in volumes)
    [image] = ec2.describe_images(Owners=["self"])["Images"]
    assert image["Name"] == f"lab-edu-dev-web-image-1-{web['InstanceId']}"
    assert {instance["ImageId"] for instance in found["group"]} == {image["ImageId"]}
    [address] = ec2.describe_addresses()["Addresses"]
    assert address["InstanceId"] == vpn["InstanceId"]
    tables = ec2.describe_route_tables(
        Filters=[{"Name": "tag:Name", "Values": ["lab-edu-dev-vpc-private-a"]}]
    )["RouteTables"]
    back = [r for r in tables[0]["Routes"] if r.get("DestinationCidrBlock") == "172.27.224.0/20"]
    [interface] = vpn["NetworkInterfaces"]
    assert [r["NetworkInterfaceId"] for r in back] == [interface["NetworkInterfaceId"]]


def targets(outdir):
    """Who is behind the page's load balancer."""
    elb = client(outdir, "elbv2")
    [group] = elb.describe_target_groups()["TargetGroups"]
    health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    return {target["Target"]["Id"] for target in health["TargetHealthDescriptions"]}


@pytest.mark.usefixtures("standing")
def test_the_page_is_served_by_a_group_that_heals(outdir):
    """Rows D1, D7 and D8, E2 and E3, B4."""
    members = {instance["InstanceId"] for instance in instances(outdir)["group"]}
    assert len(members) == 2
    assert targets(outdir) == members
    zones = {i["Placement"]["AvailabilityZone"] for i in instances(outdir)["group"]}
    assert zones == {"ap-northeast-2a", "ap-northeast-2b"}

    gone = min(members)
    client(outdir, "ec2").terminate_instances(InstanceIds=[gone])
    deadline = time.monotonic() + 60
    while len(healed := targets(outdir) - {gone}) < 2 or gone in targets(outdir):
        client(outdir, "autoscaling").describe_auto_scaling_groups()
        assert time.monotonic() < deadline
        time.sleep(1)
    assert healed == {instance["InstanceId"] for instance in instances(outdir)["group"]}
    assert len(healed - members) == 1

    elb = client(outdir, "elbv2")
    [balancer] = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    by_port = {listener["Port"]: listener for listener in listeners}
    assert by_port[80]["DefaultActions"][0]["Type"] == "redirect"
    acm = client(outdir, "acm")
    [certificate] = by_port[443]["Certificates"]
    issued = acm.describe_certificate(CertificateArn=certificate["CertificateArn"])
    assert issued["Certificate"]["Status"] == "ISSUED"
    route53 = client(outdir, "route53")
    [zone] = route53.list_hosted_zones()["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    [alias] = [r for r in records if r["Name"] == "www.lab-edu.example.com."]
    assert alias["AliasTarget"]["DNSName"].rstrip(".") == balancer["DNSName"]
    waf = client(outdir, "wafv2")
    protected = waf.get_web_acl_for_resource(ResourceArn=balancer["LoadBalancerArn"])
    assert protected["WebACL"]["Name"].startswith("lab-edu-dev-")


def output(outdir, tier, name):
    running = deployment(outdir)
    [status] = [status for status in running.status() if status.name == tier]
    return status.outputs[name]


def ask(url, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or "null")


@pytest.mark.parametrize("api", ["api_url", "http_api_url"])
def test_items_are_kept_through_the_api(outdir, standing, api):
    """Rows F1 to F5: the URL that `local up` printed runs the real handler against the table."""
    id = output(outdir, "serverless", api).split("//")[1].split(".")[0]
    [command] = [line.strip() for line in standing.stdout.splitlines() if f"/{id}/" in line]
    program, url = command.split()
    assert program == "curl"
    assert url.endswith("/items")
    status, made = ask(url, "POST", {"name": f"through {api}"})
    assert status == 201
    assert ask(f"{url}/{made['id']}") == (200, made)
    status, changed = ask(f"{url}/{made['id']}", "PUT", {"name": "new", "version": 1})
    assert (status, changed["version"]) == (200, 2)
    assert ask(f"{url}/{made['id']}", "PUT", {"name": "old", "version": 1})[0] == 409
    status, page = ask(f"{url}?limit=100")
    assert status == 200
    assert changed in page["items"]
    assert client(outdir, "dynamodb").scan(TableName="lab-edu-dev-items")["Count"] >= 1
    assert ask(f"{url}/{made['id']}", "DELETE")[0] == 204
    assert ask(f"{url}/{made['id']}")[0] == 404


@pytest.mark.usefixtures("standing")
def test_the_page_is_told_where_the_api_is(outdir):
    """Row F4."""
    ssm = client(outdir, "ssm")
    told = ssm.get_parameter(Name="/lab-edu/dev/api-url")["Parameter"]["Value"]
    assert told == output(outdir, "serverless", "api_url")


def received(sqs, url):
    """One message, as soon as it is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return json.loads(message["Body"])
    raise AssertionError("nothing arrived")


def test_a_changed_picture_is_told(outdir, standing):
    """Rows G1 to G5: upload, notification, handler, topic, queue."""
    bucket = output(outdir, "events", "images_bucket_name")
    inbox = output(outdir, "events", "inbox_queue_url")
    assert f"s3 cp shiba-inu.jpg s3://{bucket}/shiba-inu.jpg" in standing.stdout
    assert f"sqs receive-message --queue-url {inbox}" in standing.stdout
    s3, sqs = client(outdir, "s3"), client(outdir, "sqs")
    for picture in (b"one dog", b"another dog"):
        s3.put_object(Bucket=bucket, Key="shiba-inu.jpg", Body=picture)
        mail = received(sqs, inbox)
        assert mail["Subject"] == f"Changed in {bucket}: shiba-inu.jpg"[:99]
        assert f"s3://{bucket}/shiba-inu.jpg was written." in mail["Message"]
        assert f"Size:    {len(picture)} bytes" in mail["Message"]
        assert "ap-northeast-2.console.aws.amazon.com" in mail["Message"]
    s3.put_object(Bucket=bucket, Key="notes.txt", Body=b"no picture")
    time.sleep(2)
    assert "Messages" not in sqs.receive_message(QueueUrl=inbox)
    failures = output(outdir, "events", "failures_queue_url")
    assert "Messages" not in sqs.receive_message(QueueUrl=failures)


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
