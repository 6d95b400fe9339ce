"""The policies of the deploying roles, and the catalog behind them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from terratiers.handoff import permissions
from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.permissions import policy_files, required_permissions

import pytest

SOURCE = Path(permissions.__file__).parents[1]
CATALOG = json.loads((SOURCE / "handoff/data/permissions.json").read_text("utf-8"))
BUCKET = "arn:aws:s3:::shop-dev-tfstate"


def statements(documents):
    return {s["Sid"]: s for document in documents for s in document["Statement"]}


def actions(documents):
    return {action for s in statements(documents).values() for action in s["Action"]}


def size(text: str) -> int:
    return len("".join(text.split()))


def made_by_the_library() -> set[str]:
    """The provider's modules that the library imports: `aws_vpc`, `data_aws_ami`."""
    found = set()
    for file in SOURCE.rglob("*.py"):
        names = re.findall(
            r"cdktf_cdktf_provider_aws\.([a-z0-9_]+) import", file.read_text("utf-8")
        )
        found |= set(names)
    return found - {"provider"}


@pytest.mark.parametrize("module", sorted(made_by_the_library()))
def test_the_catalog_knows_every_type_that_the_library_makes(module):
    if module.startswith("data_"):
        kind = module.removeprefix("data_")
        assert kind in CATALOG["data_sources"] or kind in CATALOG["resources"]
    else:
        assert f"aws_{module}" in CATALOG["resources"]


def test_the_catalog_holds_actions_of_iam():
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", CATALOG["date"])
    for kind, entry in CATALOG["resources"].items():
        assert entry["source"], kind
        assert not set(entry["read"]) & set(entry["write"]), kind
        for action in [*entry["read"], *entry["write"]]:
            assert re.fullmatch(r"[a-z0-9-]+:(\*|[A-Z][A-Za-z0-9]*\*?)", action), kind


@pytest.mark.parametrize(
    "api",
    [
        "s3:HeadBucket",
        "s3:ListBuckets",
        "s3:GetBucketEncryption",
        "s3:PutBucketLifecycleConfiguration",
        "s3:GetPublicAccessBlock",
        "apigateway:CreateRestApi",
        "elasticloadbalancingv2:CreateLoadBalancer",
        "cloudwatchlogs:CreateLogGroup",
        "sts:GetCallerIdentity",
    ],
)
def test_names_of_apis_that_are_no_actions_are_not_in_it(api):
    assert f'"{api}"' not in json.dumps(CATALOG)


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("aws_s3_bucket", ["s3:ListBucket", "s3:GetEncryptionConfiguration", "s3:CreateBucket"]),
        ("aws_instance", ["ec2:RunInstances", "iam:PassRole", "ec2:TerminateInstances"]),
        ("aws_lambda_function", ["lambda:CreateFunction", "iam:PassRole", "lambda:UntagResource"]),
        ("aws_lb", ["elasticloadbalancing:CreateLoadBalancer", "iam:CreateServiceLinkedRole"]),
        ("aws_autoscaling_group", ["ec2:RunInstances", "iam:PassRole"]),
        ("aws_api_gateway_integration", ["apigateway:PATCH", "apigateway:PUT"]),
        ("aws_api_gateway_rest_api", ["apigateway:GET", "apigateway:PATCH", "apigateway:DELETE"]),
        ("aws_kms_key", ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:TagResource"]),
        ("aws_wafv2_web_acl_association", ["elasticloadbalancing:SetWebAcl"]),
        ("aws_iam_role", ["iam:UpdateAssumeRolePolicy", "iam:TagRole", "iam:DeleteRole"]),
        ("aws_subnet", ["ec2:CreateTags", "ec2:DeleteTags"]),
        ("aws_iam_policy", ["iam:CreatePolicy", "iam:DeletePolicyVersion", "iam:GetPolicyVersion"]),
        ("aws_cloudwatch_log_group", ["logs:AssociateKmsKey", "logs:DeleteRetentionPolicy"]),
        ("aws_default_security_group", ["ec2:RevokeSecurityGroupIngress"]),
        ("aws_ami_from_instance", ["ec2:DeregisterImage", "ec2:DeleteSnapshot"]),
        ("aws_route_table_association", ["ec2:DisassociateRouteTable"]),
        ("aws_instance", ["ec2:ModifyVolume", "ec2:DescribeVolumesModifications"]),
        (
            "aws_autoscaling_group",
            ["autoscaling:StartInstanceRefresh", "autoscaling:DescribeInstanceRefreshes"],
        ),
        ("aws_ami_from_instance", ["ec2:CreateImage", "ec2:ModifyImageAttribute"]),
        ("aws_ami_copy", ["ec2:CopyImage", "ec2:ModifyImageAttribute", "ec2:DeregisterImage"]),
    ],
)
def test_what_the_types_need(kind, needed):
    entry = CATALOG["resources"][kind]
    assert set(needed) <= {*entry["read"], *entry["write"]}


_CHANGES = re.compile(
    r"[a-z0-9-]+:(Create|Delete|Put|Update|Modify|Attach|Detach|Add|Remove|Tag|Untag|Run|Start|Stop"
    r"|Associate|Disassociate|Authorize|Revoke|Register|Deregister|POST|PATCH|PUT|DELETE)"
)


def test_a_role_that_plans_writes_nothing():
    found = {
        kind: [action for action in entry["read"] if _CHANGES.match(action)]
        for kind, entry in CATALOG["resources"].items()
    }
    assert {kind: actions for kind, actions in found.items() if actions} == {}


def test_a_tier_that_plans_and_one_that_applies(shop):
    [_, network, _] = bundle_tiers(shop)
    needed = required_permissions([network])
    assert needed.guessed == needed.unknown == ()
    assert {"ec2:DescribeVpcs"} <= actions(needed.plan)
    assert "ec2:CreateVpc" not in actions(needed.plan)
    assert {"ec2:DescribeVpcs", "ec2:CreateVpc", "ec2:DeleteVpc"} <= actions(needed.apply)
    assert actions(needed.plan) <= actions(needed.apply)


def test_states_are_named_exactly(shop):
    web = required_permissions([bundle_tiers(shop)[2]])
    keys = [f"{BUCKET}/shop/dev/{name}.tfstate" for name in ("network", "web")]
    found = statements(web.apply)
    assert found["ListStateBucket"]["Resource"] == BUCKET
    assert found["ReadState"]["Resource"] == keys
    assert found["WriteState"] == {
        "Sid": "WriteState",
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Resource": keys[1],
    }
    assert found["LockState"]["Resource"] == f"{keys[1]}.tflock"
    planned = statements(web.plan)
    assert "WriteState" not in planned
    assert planned["LockState"] == found["LockState"]


@pytest.mark.parametrize(
    ("key", "statement"),
    [
        (
            "alias/shop-dev-state",
            {
                "Sid": "StateKey",
                "Resource": "*",
                "Condition": {
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/shop-dev-state"]}
                },
            },
        ),
        (
            "arn:aws:kms:eu-central-1:111122223333:key/abc",
            {
                "Sid": "StateKeyById",
                "Resource": "arn:aws:kms:eu-central-1:111122223333:key/abc",
            },
        ),
        ("abc", {"Sid": "StateKeyById", "Resource": "arn:aws:kms:eu-central-1:*:key/abc"}),
    ],
    ids=["alias", "arn", "id"],
)
def test_the_key_of_the_states(synthesize, tier_config, key, statement):
    config = tier_config("web")
    config["terraform"]["backend"]["s3"]["kms_key_id"] = key
    needed = required_permissions(bundle_tiers(synthesize({"web": config})))
    expected = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], **statement}
    assert statements(needed.plan)[statement["Sid"]] == expected
    assert statements(needed.apply)[statement["Sid"]] == expected


def test_a_lock_table(synthesize, tier_config):
    config = tier_config("web")
    settings = config["terraform"]["backend"]["s3"]
    settings.update(use_lockfile=False, dynamodb_table="locks")
    found = statements(required_permissions(bundle_tiers(synthesize({"web": config}))).plan)
    assert "LockState" not in found
    assert found["LockStateInTable"]["Resource"] == "arn:aws:dynamodb:eu-central-1:*:table/locks"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")],
)
def test_partitions(synthesize, tier_config, region, partition):
    config = tier_config("web")
    config["terraform"]["backend"]["s3"]["region"] = region
    found = statements(required_permissions(bundle_tiers(synthesize({"web": config}))).plan)
    assert found["ListStateBucket"]["Resource"] == f"arn:{partition}:s3:::shop-dev-tfstate"


def test_a_local_state_needs_nothing(synthesize, tier_config):
    config = tier_config("web")
    config["terraform"]["backend"] = {"local": {"path": "x"}}
    needed = required_permissions(bundle_tiers(synthesize({"web": config})))
    assert (needed.plan, needed.apply) == ((), ())
    assert policy_files(bundle_tiers(synthesize({"web": config}))) == {}


def test_keys_are_used_through_services_only(bundle_tier):
    queue = {"aws_sqs_queue": {"q": {"kms_master_key_id": "alias/x"}}}
    found = statements(required_permissions([bundle_tier(resource=queue)]).apply)
    assert found["KeysThroughServices"]["Condition"] == {
        "StringLike": {"kms:ViaService": "*.amazonaws.com*"}
    }
    secret = {"aws_ssm_parameter": {"p": {"key_id": "alias/x"}}}
    assert "KeysThroughServices" in statements(
        required_permissions([bundle_tier(resource=secret)]).apply
    )
    plain = required_permissions([bundle_tier(resource={"aws_sqs_queue": {"q": {}}})])
    assert "KeysThroughServices" not in statements(plain.apply)


@pytest.mark.parametrize(
    ("kind", "attribute", "value", "action"),
    [
        ("aws_s3_bucket", "force_destroy", True, "s3:DeleteObjectVersion"),
        ("aws_lambda_function", "s3_bucket", "code", "s3:GetObjectVersion"),
        ("aws_dynamodb_table", "replica", [{"region_name": "eu-west-1"}], "dynamodb:Scan"),
    ],
)
def test_some_attributes_need_more(bundle_tier, kind, attribute, value, action):
    def granted(body):
        return actions(required_permissions([bundle_tier(resource={kind: {"a": body}})]).apply)

    assert action in granted({attribute: value})
    assert action not in granted({attribute: False})
    assert action not in granted({})


def test_types_that_no_source_knows(bundle_tier):
    tier = bundle_tier(
        resource={"aws_glue_unheard_of": {"a": {}}, "aws_unheardof_thing": {"a": {}}},
        data={"aws_unheardof_thing": {"a": {}}, "external": {"a": {}}},
    )
    needed = required_permissions([tier])
    assert needed.guessed == ("aws_glue_unheard_of",)
    assert needed.unknown == ("aws_unheardof_thing", "data.aws_unheardof_thing")
    assert statements(needed.apply)["Glue"]["Action"] == ["glue:*"]
    assert statements(needed.plan)["Glue"]["Action"] == [
        "glue:Describe*",
        "glue:Get*",
        "glue:List*",
    ]


def test_other_providers_need_nothing_of_aws(bundle_tier):
    tier = bundle_tier(resource={"random_id": {"a": {}}, "terraform_data": {"a": {}}})
    needed = required_permissions([tier])
    assert needed.unknown == needed.guessed == ()
    assert set(statements(needed.apply)) == {
        "ListStateBucket",
        "ReadState",
        "WriteState",
        "LockState",
    }


def test_policies_fit_and_lose_nothing(bundle_tier):
    """All of the library's types at once are too much for one policy."""
    kinds = [f"aws_{name}" for name in made_by_the_library() if not name.startswith("data_")]
    tier = bundle_tier(resource={kind: {"a": {}} for kind in kinds})
    files = policy_files([tier])
    applied = [path for path in files if path.startswith("iam/apply")]
    assert applied[:2] == ["iam/apply-1.json", "iam/apply-2.json"]
    assert all(size(text) <= 6144 for text in files.values())
    sids = [s["Sid"] for p in applied for s in json.loads(files[p])["Statement"]]
    assert len(sids) == len(set(sids))
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
    granted = {a for p in applied for s in json.loads(files[p])["Statement"] for a in s["Action"]}
    wild = tuple(action[:-1] for action in granted if action.endswith("*"))
    for kind in kinds:
        for action in CATALOG["resources"][kind]["write"]:
            assert action in granted or action.startswith(wild), action


def test_the_files_are_policies(shop):
    files = policy_files(bundle_tiers(shop))
    assert list(files) == ["iam/plan.json", "iam/apply.json"]
    assert files == policy_files(bundle_tiers(shop))
    for text in files.values():
        assert text.endswith("}\n")
        assert json.loads(text)["Version"] == "2012-10-17"
