"""Each patch answers as DynamoDB does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import threading
import time

from terratiers.local.database_patches import write_one_at_a_time

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from moto.dynamodb.models import DynamoDBBackend

WRITES = ("put_item", "update_item", "delete_item", "transact_write_items")


def table_settings(emulator, name):
    dynamodb = emulator.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        OnDemandThroughput={"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 5},
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )
    dynamodb.update_table(
        TableName=name, OnDemandThroughput={"MaxReadRequestUnits": 20, "MaxWriteRequestUnits": 5}
    )
    table = dynamodb.describe_table(TableName=name)["Table"]
    units = table.get("OnDemandThroughput", {}).get("MaxReadRequestUnits")
    return table.get("TableClassSummary", {}).get("TableClass"), units


def test_tables_keep_their_class_and_bounds(patched):
    assert table_settings(patched, "kept") == ("STANDARD_INFREQUENT_ACCESS", 20)


def test_stock_moto_forgets_class_and_bounds(stock):
    assert table_settings(stock, "forgotten") == (None, None)


def target_tags(emulator):
    scaling = emulator.client("application-autoscaling")
    table_settings(emulator, "scaled")
    arn = scaling.register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId="table/scaled",
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=1,
        MaxCapacity=5,
        Tags={"Project": "shop", "Old": "1"},
    )["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"Tier": "data"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["Old"])
    return scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]


def test_scalable_targets_have_tags(patched):
    assert target_tags(patched) == {"Project": "shop", "Tier": "data"}


def test_stock_moto_cannot_tag_scalable_targets(stock):
    with pytest.raises((ClientError, ResponseParserError)):
        target_tags(stock)


def writers_at_once(monkeypatch):
    """How many of five concurrent writes are in the midst of moto's work at one time."""
    inside, most = 0, 0

    def get_table(self, name):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.02)
        inside -= 1
        raise LookupError(name)

    monkeypatch.setattr(DynamoDBBackend, "get_table", get_table)
    backend = DynamoDBBackend("eu-central-1", "123456789012")

    def write():
        with pytest.raises(LookupError):
            backend.put_item("items", {})

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most


def test_writes_come_one_at_a_time(monkeypatch):
    for name in WRITES:
        monkeypatch.setattr(DynamoDBBackend, name, getattr(DynamoDBBackend, name))
    write_one_at_a_time()
    assert writers_at_once(monkeypatch) == 1


def test_stock_moto_mixes_writes(monkeypatch):
    assert writers_at_once(monkeypatch) > 1
