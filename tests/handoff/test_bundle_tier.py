"""What becomes of a synthesized tier on its way into a bundle."""

from __future__ import annotations

import json

from terratiers.handoff.bundle_tier import bundle_tiers, producers
from terratiers.handoff.errors import HandoffError

import pytest

BUCKET = "shop-dev-tfstate"
ASSET = "assets/items-api_code_97842256/983bd28fa0f5eb9c8c3f6c9470526098"


def test_tiers_are_numbered_in_the_order_of_applying(shop):
    assert [tier.folder for tier in bundle_tiers(shop)] == ["01-state", "02-network", "03-web"]


def test_picked_tiers_are_numbered_among_themselves(shop):
    [network, web] = bundle_tiers(shop, {"web", "network"})
    assert (network.folder, web.folder) == ("01-network", "02-web")
    assert web.dependencies == ("state", "network")


def test_nothing_of_cdktf_is_left(shop):
    tiers = bundle_tiers(shop)
    assert '"//"' not in json.dumps([tier.config for tier in tiers])
    assert "assets/" not in json.dumps([tier.config for tier in tiers])
    assert tiers[1].construct_paths == {"aws_vpc.vpc": "network/vpc/resource"}


def test_a_key_that_looks_like_a_comment_stays_where_it_is_content(bundle_tier):
    tags = {"//": "slashes", "Name": "x"}
    tier = bundle_tier(resource={"aws_vpc": {"vpc": {"//": {}, "tags": tags}}})
    assert tier.config["resource"]["aws_vpc"]["vpc"] == {"tags": tags}


def test_the_state_tier_keeps_its_state_in_the_bucket_that_it_makes(shop):
    state, network, _ = bundle_tiers(shop)
    kind, settings = state.backend
    assert kind == "s3"
    assert settings == {**network.backend[1], "key": "shop/dev/state.tfstate"}
    assert state.config["terraform"]["required_version"] == ">= 1.10.0"
    assert (state.makes_state_bucket, network.makes_state_bucket) == (True, False)


def test_the_state_tier_does_so_when_it_is_picked_alone(shop):
    [state] = bundle_tiers(shop, {"state"})
    assert state.backend[1]["key"] == "shop/dev/state.tfstate"


def test_readers_and_the_state_bucket_follow_the_backend_through_variables(shop):
    state, network, web = bundle_tiers(shop)
    assert web.config["data"]["terraform_remote_state"]["network"]["config"] == {
        "bucket": "${var.state_bucket}",
        "key": "shop/dev/network.tfstate",
        "region": "${var.state_region}",
    }
    assert web.config["variable"]["state_bucket"]["default"] == BUCKET
    assert web.config["variable"]["state_region"]["default"] == "eu-central-1"
    bucket = state.config["resource"]["aws_s3_bucket"]["bucket"]
    assert bucket == {"bucket": "${var.state_bucket}", "tags": {"Name": "${var.state_bucket}"}}
    assert set(network.config["variable"]) == {"aws_account_id"}


def test_the_state_of_another_team_stays_where_it_is(synthesize, tier_config, remote_state):
    theirs = remote_state("network")
    theirs["config"]["bucket"] = "their-states"
    [web] = bundle_tiers(
        synthesize({"web": tier_config("web", data={"terraform_remote_state": {"n": theirs}})})
    )
    assert web.config["data"]["terraform_remote_state"]["n"] == theirs
    assert "state_bucket" not in web.config["variable"]


def test_a_local_state_lies_in_the_tiers_folder(synthesize, tier_config):
    config = tier_config("plain")
    config["terraform"]["backend"] = {"local": {"path": "/home/me/terraform.plain.tfstate"}}
    [tier] = bundle_tiers(synthesize({"plain": config}))
    assert tier.backend == ("local", {})


def test_a_state_that_is_kept_elsewhere_stays_there(synthesize, tier_config):
    cloud, partial = tier_config("cloud"), tier_config("partial")
    workspace = {"organization": "shop", "workspaces": {"name": "cloud"}}
    cloud["terraform"] = {"cloud": workspace}
    partial["terraform"]["backend"] = {"s3": {}}
    tiers = bundle_tiers(synthesize({"cloud": cloud, "partial": partial}))
    assert [tier.config["terraform"] for tier in tiers] == [
        {"cloud": workspace},
        {
            **partial["terraform"],
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
        },
    ]
    assert tiers[0].backend == ("cloud", workspace)


def test_reading_a_state_file_of_this_machine_is_refused(synthesize, tier_config):
    reader = {"backend": "local", "config": {"path": "/home/me/terraform.network.tfstate"}}
    tiers = synthesize({"web": tier_config("web", data={"terraform_remote_state": {"n": reader}})})
    with pytest.raises(HandoffError, match=r"web: data\.terraform_remote_state\.n reads a state"):
        bundle_tiers(tiers)


def test_an_unknown_account_can_be_named_later(bundle_tier):
    tier = bundle_tier()
    guard = "${var.aws_account_id == null ? null : [var.aws_account_id]}"
    assert tier.providers[0]["allowed_account_ids"] == guard
    assert tier.config["variable"]["aws_account_id"]["default"] is None


@pytest.mark.parametrize(
    "settings",
    [
        {"allowed_account_ids": ["111122223333"]},
        {"alias": "dns", "assume_role": [{"role_arn": "arn:aws:iam::111122223333:role/dns"}]},
        {"profile": "dns"},
    ],
    ids=["bound", "role", "profile"],
)
def test_a_provider_with_an_account_of_its_own_stays(bundle_tier, settings):
    tier = bundle_tier(provider={"aws": [settings]})
    assert tier.providers == (settings,)
    assert "variable" not in tier.config


def test_a_variable_of_the_same_name_is_named(synthesize, tier_config):
    tiers = synthesize({"web": tier_config("web", variable={"aws_account_id": {}})})
    with pytest.raises(HandoffError, match="web: the variable aws_account_id is taken"):
        bundle_tiers(tiers)


def test_files_get_short_names_and_are_named_by_them(shop):
    web = bundle_tiers(shop)[2]
    function = web.config["resource"]["aws_lambda_function"]["items_api"]
    assert list(web.files) == ["files/items-api/code.zip"]
    assert web.files["files/items-api/code.zip"].read_bytes() == b"zip"
    assert function["filename"] == "files/items-api/code.zip"
    assert function["source_code_hash"] == '${filebase64sha256("files/items-api/code.zip")}'


def test_two_assets_of_one_name_stay_apart(bundle_tier):
    first, second = "assets/a_b_code_0000AAAA/1", "assets/a-b_code_0000BBBB/2"
    bodies = {
        "one": {"filename": f"{first}/code.zip"},
        "two": {"filename": f"{second}/code.zip"},
    }
    tier = bundle_tier(
        {f"{first}/code.zip": b"1", f"{second}/code.zip": b"2"},
        resource={"aws_lambda_function": bodies},
    )
    functions = tier.config["resource"]["aws_lambda_function"]
    assert tier.files[functions["one"]["filename"]].read_bytes() == b"1"
    assert tier.files[functions["two"]["filename"]].read_bytes() == b"2"
    assert "0000aaaa" in functions["one"]["filename"]


def test_only_paths_are_rewritten(bundle_tier):
    text = f"see {ASSET}/code.zip, or {ASSET}"
    tier = bundle_tier(
        {f"{ASSET}/code.zip": b"x", f"{ASSET}/sub/page.html": b"y"},
        resource={
            "aws_s3_object": {
                "a": {"source": f"${{path.module}}/{ASSET}/code.zip", "content_type": text},
                "b": {"source": f"./{ASSET}/sub/page.html", "etag": f"{ASSET}0/code.zip"},
            }
        },
        module={"m": {"source": f"./{ASSET}"}},
    )
    objects = tier.config["resource"]["aws_s3_object"]
    assert objects["a"] == {
        "source": "${path.module}/files/items-api/code.zip",
        "content_type": text,
    }
    assert objects["b"] == {
        "source": "./files/items-api/sub/page.html",
        "etag": f"{ASSET}0/code.zip",
    }
    assert tier.config["module"]["m"]["source"] == "./files/items-api"


@pytest.mark.parametrize(
    ("blocks", "place", "fault"),
    [
        (
            {"resource": {"aws_lambda_function": {"f": {"filename": "/home/me/code.zip"}}}},
            "aws_lambda_function.f.filename: /home/me/code.zip",
            "is an absolute path",
        ),
        (
            {"resource": {"aws_lambda_function": {"f": {"filename": "../code.zip"}}}},
            "aws_lambda_function.f.filename: ../code.zip",
            "leads out",
        ),
        (
            {"resource": {"aws_lambda_function": {"f": {"filename": "dist/code.zip"}}}},
            "aws_lambda_function.f.filename: dist/code.zip",
            "does not exist",
        ),
        (
            {"resource": {"aws_s3_object": {"o": {"source": "${path.module}/../page.html"}}}},
            "aws_s3_object.o.source",
            "leads out",
        ),
        (
            {"resource": {"aws_instance": {"i": {"user_data": '${file("/etc/motd")}'}}}},
            "aws_instance.i.user_data: /etc/motd",
            "is an absolute path",
        ),
        (
            {"resource": {"aws_instance": {"i": {"user_data": '${file("~/.ssh/id.pub")}'}}}},
            "aws_instance.i.user_data",
            "is an absolute path",
        ),
        (
            {"resource": {"aws_instance": {"i": {"tags": {"P": "${path.module}/../x"}}}}},
            "aws_instance.i.tags.P",
            "leads out",
        ),
        (
            {"locals": {"home": '${pathexpand("~")}'}},
            "locals.home",
            "leads out",
        ),
        ({"module": {"m": {"source": "../modules/m"}}}, "module.m.source", "leads out"),
    ],
    ids=["absolute", "up", "missing", "module-path", "file", "home", "any", "pathexpand", "module"],
)
def test_a_path_out_of_the_folder_is_named(synthesize, tier_config, blocks, place, fault):
    tiers = synthesize({"web": tier_config("web", **blocks)})
    with pytest.raises(HandoffError, match="web needs files") as caught:
        bundle_tiers(tiers)
    assert place in str(caught.value)
    assert fault in str(caught.value)


def test_a_path_of_this_machine_is_named(synthesize, tier_config, tmp_path):
    body = {"user_data": f"cp {tmp_path}/cdktf.out/x ."}
    tiers = synthesize({"web": tier_config("web", resource={"aws_instance": {"i": body}})})
    with pytest.raises(HandoffError, match="names a folder of this machine"):
        bundle_tiers(tiers)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("aws_ssm_parameter", {"name": "/shop/dev/api-url"}),
        ("aws_iam_role", {"path": "/", "name": "../odd"}),
        ("aws_s3_object_copy", {"source": "bucket/key"}),
        ("aws_lambda_function", {"filename": "${var.code}"}),
        ("aws_instance", {"user_data": "cat /etc/motd"}),
        ("aws_instance", {"user_data": 'page = file("/etc/motd")'}),
    ],
)
def test_what_only_looks_like_a_path_passes(bundle_tier, kind, body):
    assert bundle_tier(resource={kind: {"x": body}}).config["resource"][kind]["x"] == body


def test_modules_of_a_registry_pass(bundle_tier):
    assert bundle_tier(module={"m": {"source": "terraform-aws-modules/vpc/aws"}})


def test_a_name_that_is_no_folder_is_refused(synthesize, tier_config):
    tiers = synthesize({"my tier's": tier_config("x")})
    with pytest.raises(HandoffError, match="cannot name a folder"):
        bundle_tiers(tiers)


def test_producers_are_those_whose_state_is_read(shop):
    tiers = bundle_tiers(shop)
    assert [[p.name for p in producers(tier, tiers)] for tier in tiers] == [[], [], ["network"]]


def test_a_state_of_the_same_key_in_another_bucket_is_another(
    synthesize, tier_config, remote_state
):
    theirs = remote_state("network")
    theirs["config"]["bucket"] = "their-states"
    web = tier_config("web", data={"terraform_remote_state": {"theirs": theirs}})
    tiers = bundle_tiers(synthesize({"network": tier_config("network"), "web": web}))
    assert producers(tiers[1], tiers) == ()
