from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.database import (
    Attribute,
    Billing,
    Capacity,
    GlobalSecondaryIndex,
    LocalSecondaryIndex,
    Projection,
    StreamViewType,
    Table,
    TableAttributes,
    TableClass,
)
from terratiers.security import Key, Principal, Role
from terratiers.testing import ABSENT

import pytest

ID = Attribute.string("id")
ARN = "arn:aws:dynamodb:eu-central-1:111122223333:table/items"
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"


def body(template, name="items"):
    return template.resource(f"aws_dynamodb_table.{name}")


def by_owner(**options):
    given = {"name": "by-owner", "partition_key": Attribute.string("owner")}
    return GlobalSecondaryIndex(**{**given, **options})


def by_date(**options):
    return LocalSecondaryIndex(**{"name": "by-date", "sort_key": Attribute.number("d"), **options})


def test_by_default_it_is_on_demand_encrypted_and_restorable(tier, synth):
    Table(tier, "items", partition_key=ID)
    synth(tier).has_resource(
        "aws_dynamodb_table",
        {
            "name": "shop-test-items",
            "billing_mode": "PAY_PER_REQUEST",
            "hash_key": "id",
            "range_key": ABSENT,
            "attribute": [{"name": "id", "type": "S"}],
            "server_side_encryption": {"enabled": True, "kms_key_arn": ABSENT},
            "point_in_time_recovery": {"enabled": True, "recovery_period_in_days": 35},
            "deletion_protection_enabled": False,
            "table_class": "STANDARD",
            "stream_enabled": ABSENT,
            "ttl": ABSENT,
            "read_capacity": ABSENT,
            "global_secondary_index": ABSENT,
            "lifecycle": ABSENT,
            "tags": {"Name": "shop-test-items"},
        },
    )


def test_in_production_it_cannot_be_deleted(app, production, synth):
    tier = Tier(app, "data", environment=production)
    Table(tier, "items", partition_key=ID)
    Table(tier, "cache", partition_key=ID, deletion_protection=False)
    template = synth(tier)
    assert body(template)["deletion_protection_enabled"] is True
    assert body(template, "cache")["deletion_protection_enabled"] is False


def test_every_option(tier, synth):
    key = Key(tier, "key", description="tables")
    table = Table(
        tier,
        "items",
        table_name="made.by_hand",
        partition_key=ID,
        sort_key=Attribute.number("version"),
        billing=Billing.on_demand(max_read_request_units=100),
        key=key,
        recovery_period=7,
        ttl_attribute="expires",
        stream=StreamViewType.NEW_IMAGE,
        table_class=TableClass.STANDARD_INFREQUENT_ACCESS,
        tags={"Team": "web"},
    )
    assert table.stream_arn is not None
    made = body(synth(tier))
    assert made["name"] == "made.by_hand"
    assert made["range_key"] == "version"
    assert made["attribute"] == [{"name": "id", "type": "S"}, {"name": "version", "type": "N"}]
    assert made["on_demand_throughput"] == {"max_read_request_units": 100}
    assert made["server_side_encryption"]["kms_key_arn"] == "${aws_kms_key.key.arn}"
    assert made["point_in_time_recovery"]["recovery_period_in_days"] == 7
    assert made["ttl"] == {"attribute_name": "expires", "enabled": True}
    assert made["stream_enabled"] is True
    assert made["stream_view_type"] == "NEW_IMAGE"
    assert made["table_class"] == "STANDARD_INFREQUENT_ACCESS"
    assert made["tags"]["Team"] == "web"


def test_without_recovery_no_period_is_set(tier, synth):
    Table(tier, "items", partition_key=ID, point_in_time_recovery=False)
    assert body(synth(tier))["point_in_time_recovery"] == {"enabled": False}


def test_indexes_declare_their_attributes_once(tier, synth):
    Table(
        tier,
        "items",
        partition_key=ID,
        sort_key=Attribute.number("created"),
        global_secondary_indexes=[
            by_owner(sort_key=Attribute.number("created")),
            by_owner(name="by-kind", partition_key=Attribute.binary("kind"),
                     projection=Projection.include("size", "name")),
        ],
        local_secondary_indexes=[by_date(projection=Projection.keys_only())],
    )  # fmt: skip
    made = body(synth(tier))
    assert made["attribute"] == [
        {"name": "created", "type": "N"},
        {"name": "d", "type": "N"},
        {"name": "id", "type": "S"},
        {"name": "kind", "type": "B"},
        {"name": "owner", "type": "S"},
    ]
    assert made["global_secondary_index"] == [
        {
            "name": "by-owner",
            "hash_key": "owner",
            "range_key": "created",
            "projection_type": "ALL",
        },
        {
            "name": "by-kind",
            "hash_key": "kind",
            "projection_type": "INCLUDE",
            "non_key_attributes": ["name", "size"],
        },
    ]
    assert made["local_secondary_index"] == [
        {"name": "by-date", "range_key": "d", "projection_type": "KEYS_ONLY"}
    ]


def test_fixed_capacity_is_the_indexes_too(tier, synth):
    Table(
        tier,
        "items",
        partition_key=ID,
        billing=Billing.provisioned(
            read_capacity=Capacity.fixed(4), write_capacity=Capacity.fixed(2)
        ),
        global_secondary_indexes=[by_owner(read_capacity=Capacity.fixed(9))],
    )
    template = synth(tier)
    made = body(template)
    assert (made["billing_mode"], made["read_capacity"], made["write_capacity"]) == (
        "PROVISIONED",
        4,
        2,
    )
    [index] = made["global_secondary_index"]
    assert (index["read_capacity"], index["write_capacity"]) == (9, 2)
    template.has_no_resource("aws_appautoscaling_target")


def test_scaled_capacity_is_left_to_auto_scaling(tier, synth):
    scaled = Capacity.autoscaled(min_capacity=2, max_capacity=50, target_utilization_percent=60)
    Table(
        tier,
        "items",
        partition_key=ID,
        billing=Billing.provisioned(read_capacity=scaled, write_capacity=Capacity.fixed(1)),
    )
    template = synth(tier)
    made = body(template)
    assert made["lifecycle"] == {"ignore_changes": ["read_capacity"]}
    assert made["read_capacity"] == 2
    assert template.resources("aws_appautoscaling_target") == {
        "items_read": {
            "min_capacity": 2,
            "max_capacity": 50,
            "resource_id": "table/${aws_dynamodb_table.items.name}",
            "scalable_dimension": "dynamodb:table:ReadCapacityUnits",
            "service_namespace": "dynamodb",
        }
    }
    policy = template.resource("aws_appautoscaling_policy.items_read")
    tracking = policy["target_tracking_scaling_policy_configuration"]
    assert tracking["target_value"] == 60
    assert tracking["predefined_metric_specification"] == {
        "predefined_metric_type": "DynamoDBReadCapacityUtilization"
    }


@pytest.fixture
def role(tier):
    return Role(tier, "role", assumed_by=Principal.service("lambda"), description="reads")


def granted(template, name):
    """A grant's policy as Terraform will write it, and its name."""
    policy = template.resource(f"aws_iam_role_policy.role_{name}")
    return policy["policy"]


def test_who_reads_may_not_write(tier, role, synth):
    Table(tier, "items", partition_key=ID).grant_read_data(role)
    policy = granted(synth(tier), "items_read_data")
    for action in ("GetItem", "BatchGetItem", "Query", "Scan"):
        assert f"dynamodb:{action}" in policy
    for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        assert f"dynamodb:{action}" not in policy
    assert "${aws_dynamodb_table.items.arn}" in policy
    assert "index" not in policy
    assert "kms:" not in policy


def test_who_writes_may_not_read(tier, role, synth):
    Table(tier, "items", partition_key=ID).grant_write_data(role)
    policy = granted(synth(tier), "items_write_data")
    for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        assert f"dynamodb:{action}" in policy
    for action in ("GetItem", "Query", "Scan"):
        assert f"dynamodb:{action}" not in policy


def test_both_with_indexes_and_key(tier, role, synth):
    key = Key(tier, "key", description="tables")
    table = Table(tier, "items", partition_key=ID, key=key, global_secondary_indexes=[by_owner()])
    table.grant_read_write_data(role)
    policy = granted(synth(tier), "items_read_write_data")
    for action in ("dynamodb:GetItem", "dynamodb:PutItem", "kms:Decrypt", "kms:GenerateDataKey"):
        assert f'"{action}"' in policy
    assert "${aws_dynamodb_table.items.arn}/index/*" in policy
    assert "${aws_kms_key.key.arn}" in policy


def test_who_reads_the_stream_reads_nothing_else(tier, role, synth):
    table = Table(tier, "items", partition_key=ID, stream=StreamViewType.KEYS_ONLY)
    table.grant_stream_read(role)
    policy = granted(synth(tier), "items_stream_read")
    assert "dynamodb:GetRecords" in policy
    assert "dynamodb:GetItem" not in policy
    assert "${aws_dynamodb_table.items.stream_arn}" in policy
    assert "${aws_dynamodb_table.items.arn}" not in policy


def test_a_table_without_stream_has_none_to_read(tier, role):
    table = Table(tier, "items", partition_key=ID)
    with pytest.raises(ConfigurationError, match="it has no stream"):
        table.grant_stream_read(role)


@pytest.mark.parametrize(
    "grant", ["grant_read_data", "grant_write_data", "grant_read_write_data", "grant_stream_read"]
)
def test_only_what_has_a_role_is_granted_anything(tier, grant):
    table = Table(tier, "items", partition_key=ID, stream=StreamViewType.KEYS_ONLY)
    with pytest.raises(ConfigurationError, match="cannot be granted anything"):
        getattr(table, grant)("role")


def test_another_tier_uses_it(app, environment, tier, synth):
    key = Key(tier, "key", description="tables")
    table = Table(
        tier,
        "items",
        partition_key=ID,
        key=key,
        stream=StreamViewType.NEW_IMAGE,
        local_secondary_indexes=[by_date()],
        sort_key=Attribute.string("s"),
    )
    web = Tier(app, "web", environment=environment)
    role = Role(web, "role", assumed_by=Principal.service("lambda"), description="reads")
    used = web.use(table)
    used.grant_read_data(role)
    used.grant_stream_read(role)
    template = synth(web)
    policies = [p["policy"] for p in template.resources("aws_iam_role_policy").values()]
    outputs = "data.terraform_remote_state.network.outputs"
    assert any(f"{outputs}.items_table_arn" in policy or f"{outputs}.items_arn" in policy
               for policy in policies)  # fmt: skip
    assert any("/index/*" in policy for policy in policies)
    assert any("stream_arn" in policy for policy in policies)


def test_a_table_of_another_team(tier, role, synth):
    table = Table.from_attributes(
        tier, "theirs", TableAttributes(table_name="items", table_arn=ARN, indexed=True)
    )
    table.grant_read_data(role)
    assert f"{ARN}/index/*" in granted(synth(tier), "theirs_read_data")
    assert table.stream_arn is None


PROVISIONED = Billing.provisioned(read_capacity=Capacity.fixed(5), write_capacity=Capacity.fixed(5))
SCALED = Billing.provisioned(
    read_capacity=Capacity.autoscaled(max_capacity=9), write_capacity=Capacity.fixed(5)
)


ONE = Capacity.fixed(1)


def billing(read, write=ONE):
    return {"billing": Billing.provisioned(read_capacity=read, write_capacity=write)}


def wide(**options):
    return {"global_secondary_indexes": [by_owner(**options)]}


def near(**options):
    return {"sort_key": Attribute.string("s"), "local_secondary_indexes": [by_date(**options)]}


BAD = {
    "no key": ({"partition_key": None}, "partition_key is None"),
    "key by name": ({"partition_key": "id"}, r'write Attribute.string\("id"\)'),
    "key without name": ({"partition_key": Attribute.string("")}, "1 to 255 characters"),
    "long key name": ({"partition_key": Attribute.string("x" * 256)}, "1 to 255 characters"),
    "key name is a number": ({"partition_key": Attribute(7)}, "partition_key: name 7"),
    "key type": ({"partition_key": Attribute("id", "BOOL")}, "write one of S, N, B"),
    "sort key by name": ({"sort_key": "s"}, "sort_key is s"),
    "sort key is the partition key": ({"sort_key": ID}, "as the partition key"),
    "two types": ({"sort_key": Attribute.number("id")}, "id is N here and S elsewhere"),
    "short name": ({"table_name": "ab"}, "3 to 255 letters"),
    "name with a blank": ({"table_name": "my table"}, "3 to 255 letters"),
    "name is a number": ({"table_name": 12345}, "table_name 12345"),
    "billing by name": ({"billing": "PAY_PER_REQUEST"}, "write Billing.on_demand"),
    "no billing": ({"billing": None}, "write Billing.on_demand"),
    "capacity as number": (billing(5), "write Capacity.fixed"),
    "no capacity": (billing(None), "write Capacity.fixed"),
    "capacity 0": (billing(Capacity.fixed(0)), "1 to 40000"),
    "capacity true": (billing(Capacity.fixed(True)), "whole number"),
    "capacity too large": (billing(Capacity.fixed(40_001)), "1 to 40000"),
    "capacity as text": (billing(Capacity.fixed("5")), "whole number"),
    "write capacity 0": (billing(Capacity.fixed(1), Capacity.fixed(0)), "write_capacity is 0"),
    "min over max": (
        billing(Capacity.autoscaled(min_capacity=5, max_capacity=4)),
        "more than max_capacity",
    ),
    "min 0": (billing(Capacity.autoscaled(min_capacity=0, max_capacity=4)), "min_capacity is 0"),
    "max too large": (billing(Capacity.autoscaled(max_capacity=50_000)), "max_capacity is 50000"),
    "target low": (
        billing(Capacity.autoscaled(max_capacity=4, target_utilization_percent=19)),
        "20 to 90 percent",
    ),
    "target high": (
        billing(Capacity.autoscaled(max_capacity=4, target_utilization_percent=91)),
        "20 to 90 percent",
    ),
    "request units 0": (
        {"billing": Billing.on_demand(max_read_request_units=0)},
        "max_read_request_units is 0",
    ),
    "request units true": (
        {"billing": Billing.on_demand(max_write_request_units=True)},
        "max_write_request_units is True",
    ),
    "indexes by name": ({"global_secondary_indexes": "by-owner"}, "write a list"),
    "index by name": ({"global_secondary_indexes": ["by-owner"]}, "write GlobalSecondaryIndex"),
    "local among global": ({"global_secondary_indexes": [by_date()]}, "GlobalSecondaryIndex"),
    "global among local": (
        {"sort_key": Attribute.string("s"), "local_secondary_indexes": [by_owner()]},
        "LocalSecondaryIndex",
    ),
    "short index name": (wide(name="ab"), "index name ab"),
    "index name with a slash": (wide(name="by/owner"), "index name by/owner"),
    "index name is None": (wide(name=None), "index name None"),
    "index without key": (wide(partition_key=None), "by-owner: partition_key is None"),
    "index key by name": (wide(partition_key="owner"), "by-owner: partition_key is owner"),
    "index sort key by name": (wide(sort_key="day"), "by-owner: sort_key is day"),
    "index keys the same": (wide(sort_key=Attribute.string("owner")), "are the same"),
    "index key of another type": (wide(partition_key=Attribute.number("id")), "id is N here"),
    "projection by name": (wide(projection="ALL"), "write Projection.all"),
    "projection of nothing": (wide(projection=Projection.include()), "includes 0 attributes"),
    "projection of 21": (
        wide(projection=Projection.include(*[f"a{i}" for i in range(21)])),
        "includes 21 attributes",
    ),
    "projection twice": (wide(projection=Projection.include("a", "a")), "names an attribute twice"),
    "projection of a number": (wide(projection=Projection.include(7)), "attribute 7"),
    "projection of a list": (
        wide(projection=Projection.include(["a", "b"])),
        r"attribute \['a', 'b'\]",
    ),
    "projection by hand": (wide(projection=Projection("SOME")), "projection SOME"),
    "projection of all and more": (
        wide(projection=Projection("ALL", ("a",))),
        "ALL includes nothing",
    ),
    "index name is a list": (wide(name=["by-owner"]), "index name"),
    "scaled without a target": (
        billing(Capacity.autoscaled(max_capacity=4, target_utilization_percent=None)),
        "target_utilization_percent is None",
    ),
    "ttl off of nothing": ({"ttl_enabled": False}, "name the ttl_attribute"),
    "ttl switch": ({"ttl_attribute": "x", "ttl_enabled": "no"}, "ttl_enabled is no"),
    "two of a name": (
        {"global_secondary_indexes": [by_owner(), by_owner()]},
        "by-owner is there twice",
    ),
    "global and local of a name": (
        {
            "sort_key": Attribute.string("s"),
            "global_secondary_indexes": [by_owner(name="same")],
            "local_secondary_indexes": [by_date(name="same")],
        },
        "same is there twice",
    ),
    "21 global": (
        {"global_secondary_indexes": [by_owner(name=f"by-{i:02}") for i in range(21)]},
        "DynamoDB allows 20",
    ),
    "6 local": (
        {
            "sort_key": Attribute.string("s"),
            "local_secondary_indexes": [by_date(name=f"by-{i:02}") for i in range(6)],
        },
        "DynamoDB allows 5",
    ),
    "101 included": (
        {
            "global_secondary_indexes": [
                by_owner(
                    name=f"by-{i:02}",
                    projection=Projection.include(*[f"a{i}-{j}" for j in range(18)]),
                )
                for i in range(6)
            ]
        },
        "include 108 attributes in all",
    ),
    "local without sort key": ({"local_secondary_indexes": [by_date()]}, "table with a sort key"),
    "local without key": (near(sort_key=None), "by-date: sort_key is None"),
    "capacity of an index on demand": (
        wide(read_capacity=Capacity.fixed(5)),
        "this one is on demand",
    ),
    "scaled index": (
        {"billing": PROVISIONED, **wide(read_capacity=Capacity.autoscaled(max_capacity=9))},
        "has to be fixed",
    ),
    "index of a scaled table": ({"billing": SCALED, **wide()}, "read_capacity is missing"),
    "index capacity as number": ({"billing": PROVISIONED, **wide(read_capacity=5)}, "Capacity"),
    "index capacity 0": (
        {"billing": PROVISIONED, **wide(write_capacity=Capacity.fixed(0))},
        "write_capacity is 0",
    ),
    "key by arn": ({"key": KEY_ARN}, "write Key"),
    "recovery as text": ({"point_in_time_recovery": "yes"}, "write True or False"),
    "recovery 0 days": ({"recovery_period": 0}, "1 to 35 days"),
    "recovery 36 days": ({"recovery_period": 36}, "1 to 35 days"),
    "empty ttl": ({"ttl_attribute": ""}, "ttl_attribute"),
    "ttl is a number": ({"ttl_attribute": 60}, "ttl_attribute 60"),
    "ttl on the key": ({"ttl_attribute": "id"}, "key of another type"),
    "stream true": ({"stream": True}, "stream True is not known"),
    "stream misspelt": ({"stream": "NEW_IMAGES"}, "did you mean NEW_IMAGE"),
    "protection as text": ({"deletion_protection": "on"}, "write True or False"),
    "table class": ({"table_class": "GLACIER"}, "table_class GLACIER"),
    "tags as list": ({"tags": ["a"]}, "tags is"),
    "tag Name": ({"tags": {"Name": "x"}}, "Name follows from the construct's id"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_options_leave_nothing_behind(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        Table(tier, "items", **{"partition_key": ID, **options})
    assert tier.node.try_find_child("items") is None


def test_the_key_of_another_tier_has_to_be_used(app, environment, tier):
    key = Key(tier, "key", description="tables")
    other = Tier(app, "other", environment=environment)
    with pytest.raises(ConfigurationError, match="belongs to another stack"):
        Table(other, "items", partition_key=ID, key=key)
    Table(other, "items", partition_key=ID, key=other.use(key))


def test_items_stop_vanishing_when_it_is_turned_off(tier, synth):
    Table(tier, "items", partition_key=ID, ttl_attribute="expires", ttl_enabled=False)
    assert body(synth(tier))["ttl"] == {"attribute_name": "expires", "enabled": False}


def test_several_faults_are_told_together(tier):
    with pytest.raises(ConfigurationError, match="network/items: 3 faults") as caught:
        Table(tier, "items", partition_key="id", recovery_period=0, stream="x")
    assert len(caught.value.faults) == 3


FINE = {"table_name": "items", "table_arn": ARN}


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (None, "write TableAttributes"),
        (TableAttributes(**{**FINE, "table_name": "x"}), "3 to 255"),
        (TableAttributes(**{**FINE, "table_arn": "arn:aws:s3:::items"}), "ARN of dynamodb"),
        (TableAttributes(**FINE, indexed="yes"), "indexed is yes"),
        (TableAttributes(**FINE, kms_encrypted=True), "contradict each other"),
        (TableAttributes(**FINE, kms_key_arn=KEY_ARN), "contradict each other"),
        (TableAttributes(**FINE, kms_encrypted=True, kms_key_arn="key"), "ARN of kms"),
        (TableAttributes(**FINE, streamed=True), "contradict each other"),
        (TableAttributes(**FINE, streamed=True, stream_arn=ARN), "ARN of dynamodb"),
        (TableAttributes(**FINE, streamed=1, stream_arn=f"{ARN}/stream/1"), "streamed is 1"),
    ],
    ids=["none", "name", "arn", "indexed", "no key", "no flag", "key arn", "no stream",
         "stream arn", "flag 1"],
)  # fmt: skip
def test_bad_attributes(tier, attributes, message):
    with pytest.raises(ConfigurationError, match=message):
        Table.from_attributes(tier, "theirs", attributes)
    assert tier.node.try_find_child("theirs") is None
