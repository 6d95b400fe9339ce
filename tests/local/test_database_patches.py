"""Each patch answers as DynamoDB does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError


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
