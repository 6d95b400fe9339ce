"""The recipes that promise a plan: what stands is imported or renamed, and nothing is replaced."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment

import pytest

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
REGION = "eu-central-1"


def page(name):
    return (RECIPES / f"{name}.md").read_text("utf-8")


def program(name):
    return re.search(r"^```python\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def prepared(emulator, tmp_path):
    """Runs a program and gives each tier's Terraform, initialized in the emulator."""
    bucket = {"Bucket": "shop-dev-tfstate"}
    s3 = emulator.client("s3", REGION)
    if bucket["Bucket"] not in [known["Name"] for known in s3.list_buckets()["Buckets"]]:
        where = {"LocationConstraint": REGION}
        s3.create_bucket(**bucket, CreateBucketConfiguration=where)

    def prepare(text):
        (tmp_path / "main.py").write_text(text, encoding="utf-8")
        subprocess.run([sys.executable, "main.py"], cwd=tmp_path, check=True)
        tiers = read_synthesis(tmp_path / "cdktf.out")
        deployment = Deployment(tiers, emulator, tmp_path / "work")
        return {tier.name: deployment.prepare(tier) for tier in tiers}

    return prepare


@pytest.fixture
def lab(emulator):
    """The lab of import-a-lab.md, made as the console would: the page's ids to the real ones."""
    ec2, s3 = emulator.client("ec2", REGION), emulator.client("s3", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(3)]
    ec2.create_route(RouteTableId=tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = []
    for zone, block, table in (
        ("a", "10.0.0.0/24", tables[0]),
        ("c", "10.0.1.0/24", tables[0]),
        ("a", "10.0.10.0/24", tables[1]),
        ("c", "10.0.11.0/24", tables[2]),
    ):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")
        subnets.append(made["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[-1])
    group = ec2.create_security_group(GroupName="lab-web", Description="web servers", VpcId=vpc)[
        "GroupId"
    ]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    by_direction = {
        rule["IsEgress"]: rule["SecurityGroupRuleId"] for rule in rules["SecurityGroupRules"]
    }
    s3.create_bucket(Bucket="lab-uploads", CreateBucketConfiguration={"LocationConstraint": REGION})
    return {
        "vpc-0aaaaaaaaaaaaaaa0": vpc,
        "igw-0aaaaaaaaaaaaaaa0": gateway,
        "sg-0aaaaaaaaaaaaaaa0": group,
        "sgr-0aaaaaaaaaaaaaaa0": by_direction[False],
        "sgr-0aaaaaaaaaaaaaaa1": by_direction[True],
        **{f"rtb-0aaaaaaaaaaaaaaa{number}": id for number, id in enumerate(tables)},
        **{f"subnet-0aaaaaaaaaaaaaaa{number}": id for number, id in enumerate(subnets)},
    }


def test_a_lab_made_by_hand_is_imported_and_nothing_replaced(prepared, lab):
    text = program("import-a-lab")
    for shown, id in lab.items():
        text = text.replace(shown, id)
    terraform = prepared(text)["lab"]

    imported = set(re.findall(r'"(aws_\w+\.\w+)": "', text))
    actions = {change.address: change.actions for change in terraform.plan()}
    assert {actions.get(address, ("update",)) for address in imported} == {("update",)}
    promised = re.search(r"Plan: \d+ to import, .* to destroy", page("import-a-lab"))[0]
    assert promised in terraform.run("plan", "-no-color")


def test_a_renamed_table_stays_and_another_tier_takes_one_over(prepared, emulator):
    before = program("rename").partition("orders = Table")[0] + (
        'for name in ("items", "carts"):\n'
        '    table = f"shop-dev-{name}"\n'
        '    Table(data, name, table_name=table, partition_key=Attribute.string("id"))\n'
        "app.synth()\n"
    )
    prepared(before)["data"].apply()

    after = prepared(program("rename"))
    assert {change.actions for change in after["data"].plan()} <= {("update",), ("forget",)}
    assert "has moved to aws_dynamodb_table.orders" in after["data"].run("plan", "-no-color")
    after["data"].apply()
    assert "1 to import, 0 to add, 1 to change, 0 to destroy" in after["sales"].run(
        "plan", "-no-color"
    )
    after["sales"].apply()
    assert after["data"].plan() == after["sales"].plan() == []
    assert sorted(emulator.client("dynamodb", REGION).list_tables()["TableNames"]) == [
        "shop-dev-carts",
        "shop-dev-items",
    ]
