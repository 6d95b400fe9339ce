"""Row F3: tables with every option apply, plan clean, grow by additions, and can be imported."""

from __future__ import annotations

from terratiers.core.synthesis import read_synthesis
from terratiers.database import (
    Attribute,
    Billing,
    Capacity,
    GlobalSecondaryIndex,
    LocalSecondaryIndex,
    Projection,
    StreamViewType,
    Table,
    TableClass,
)
from terratiers.local.deployment import Deployment
from terratiers.security import Key, Principal, Role

import pytest
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"


def new_stack(outdir, name):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, name)
    AwsProvider(stack, "aws", region=REGION)
    LocalBackend(stack, path="terraform.tfstate")
    return app, stack


def tables(outdir, *, grown=False):
    app, stack = new_stack(outdir, "tables")
    role = Role(stack, "reader", assumed_by=Principal.service("lambda"), description="reads")
    key = Key(stack, "key", description="tables")
    by_owner = GlobalSecondaryIndex(
        name="by-owner",
        partition_key=Attribute.string("owner"),
        sort_key=Attribute.number("created"),
        projection=Projection.include("name", "size"),
    )
    items = Table(
        stack,
        "items",
        partition_key=Attribute.string("id"),
        sort_key=Attribute.number("version"),
        billing=Billing.on_demand(max_read_request_units=100, max_write_request_units=50),
        global_secondary_indexes=[by_owner]
        + (
            [GlobalSecondaryIndex(name="by-name", partition_key=Attribute.string("name"))]
            if grown
            else []
        ),
        local_secondary_indexes=[
            LocalSecondaryIndex(
                name="by-size",
                sort_key=Attribute.number("size"),
                projection=Projection.keys_only(),
            )
        ],
        key=key,
        recovery_period=7,
        ttl_attribute="expires",
        stream=StreamViewType.NEW_AND_OLD_IMAGES,
        deletion_protection=False,
        table_class=TableClass.STANDARD_INFREQUENT_ACCESS,
    )
    items.grant_read_data(role)
    items.grant_stream_read(role)
    Table(
        stack,
        "orders",
        partition_key=Attribute.string("id"),
        billing=Billing.provisioned(
            read_capacity=Capacity.autoscaled(max_capacity=20),
            write_capacity=Capacity.fixed(2),
        ),
        global_secondary_indexes=[
            GlobalSecondaryIndex(
                name="by-day",
                partition_key=Attribute.string("day"),
                read_capacity=Capacity.fixed(3),
            )
        ],
        point_in_time_recovery=False,
    )
    if grown:
        Table(stack, "more", partition_key=Attribute.binary("digest"))
    app.synth()
    return read_synthesis(outdir)


def test_tables_apply_and_grow(emulator, tmp_path):
    before = tables(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    assert deployment.prepare(before[0]).plan() == []

    dynamodb = emulator.client("dynamodb", REGION)
    items = dynamodb.describe_table(TableName="tables-items")["Table"]
    assert items["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert items["SSEDescription"]["SSEType"] == "KMS"
    backups = dynamodb.describe_continuous_backups(TableName="tables-items")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"

    after = tables(tmp_path / "after", grown=True)
    changes = deployment.prepare(after[0]).plan()
    assert {(change.address, change.actions) for change in changes} == {
        ("aws_dynamodb_table.items", ("update",)),
        ("aws_dynamodb_table.more", ("create",)),
    }
    list(Deployment(after, emulator, tmp_path / "work").down())


def adopted(outdir):
    app, stack = new_stack(outdir, "adopted")
    table = Table(
        stack,
        "adopted",
        table_name="made-by-hand",
        partition_key=Attribute.string("id"),
        point_in_time_recovery=False,
    )
    table.resource.import_from("made-by-hand")
    app.synth()
    return read_synthesis(outdir)


def test_a_table_made_by_hand_is_imported_not_replaced(emulator, tmp_path):
    dynamodb = emulator.client("dynamodb", REGION)
    dynamodb.create_table(
        TableName="made-by-hand",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True},
    )
    dynamodb.put_item(TableName="made-by-hand", Item={"id": {"S": "1"}})
    synthesis = adopted(tmp_path / "out")
    deployment = Deployment(synthesis, emulator, tmp_path / "work")
    [change] = deployment.prepare(synthesis[0]).plan()
    assert change.address == "aws_dynamodb_table.adopted"
    assert change.actions in {("no-op",), ("update",)}
    list(deployment.up())
    assert deployment.prepare(synthesis[0]).plan() == []
    assert dynamodb.scan(TableName="made-by-hand")["Count"] == 1
    list(deployment.down())


def test_production_keeps_its_table(emulator, tmp_path):
    app, stack = new_stack(tmp_path / "out", "kept")
    Table(stack, "kept", partition_key=Attribute.string("id"), deletion_protection=True)
    app.synth()
    synthesis = read_synthesis(tmp_path / "out")
    deployment = Deployment(synthesis, emulator, tmp_path / "work")
    list(deployment.up())
    with pytest.raises(Exception, match=r"[Dd]eletion protection|DeletionProtection"):
        list(deployment.down())
    dynamodb = emulator.client("dynamodb", REGION)
    dynamodb.update_table(TableName="kept-kept", DeletionProtectionEnabled=False)
    list(deployment.down())
