"""What `--diff` says: everything that changed, in few lines, and no secret."""

from __future__ import annotations

import copy
import json

from terratiers.handoff.bundle import write_bundle
from terratiers.handoff.bundle_diff import bundle_changes
from terratiers.handoff.errors import HandoffError
from terratiers.handoff.written_bundle import WrittenTier, read_bundle

import pytest


def diff(old: dict, new: dict, **files) -> tuple[str, ...]:
    """The lines for one tier, without its name."""
    before = WrittenTier(old, files.get("old_files", {}), ())
    after = WrittenTier(new, files.get("new_files", {}), ())
    lines = bundle_changes({"web": before}, {"web": after})
    assert not lines or lines[0] == "web:"
    return tuple(line[2:] for line in lines[1:])


def resources(**bodies) -> dict:
    """`vpc={...}` is `aws_vpc.vpc`."""
    return {"resource": {"aws_vpc": bodies}}


def test_nothing_changed():
    assert diff(resources(vpc={"a": 1}), resources(vpc={"a": 1})) == ()


def test_a_changed_tag_is_two_lines():
    old = resources(vpc={"tags": {"Name": "old", "Owner": "me"}})
    new = resources(vpc={"tags": {"Name": "new", "Owner": "me"}})
    assert diff(old, new) == ("~ aws_vpc.vpc", '    tags.Name: "old" -> "new"')


def test_added_and_removed_attributes():
    assert diff(resources(vpc={"a": 1}), resources(vpc={"b": True})) == (
        "~ aws_vpc.vpc",
        "    a: 1 -> (none)",
        "    b: (none) -> true",
    )


def test_one_is_not_true():
    assert diff(resources(vpc={"a": 1}), resources(vpc={"a": True})) == (
        "~ aws_vpc.vpc",
        "    a: 1 -> true",
    )


def test_added_and_removed_resources_are_a_line_for_each_type():
    names = {f"subnet_{number}": {} for number in range(9)}
    new = {"resource": {"aws_subnet": names, "aws_eip": {"nat": {}}}}
    shown = ", ".join(f"subnet_{number}" for number in range(6))
    assert diff(resources(vpc={}), new) == (
        "+ aws_eip.nat",
        f"+ 9 aws_subnet: {shown} and 3 more",
        "- aws_vpc.vpc",
    )


def test_resources_with_the_same_change_share_it():
    old = resources(**{name: {"tags": {"Owner": "a"}} for name in "xyz"})
    new = resources(**{name: {"tags": {"Owner": "b"}} for name in "xyz"})
    assert diff(old, new) == (
        "~ aws_vpc.x, aws_vpc.y, aws_vpc.z",
        '    tags.Owner: "a" -> "b"',
    )


def test_an_item_in_the_middle_of_a_list_is_one_change():
    old = resources(vpc={"zones": ["a", "c"], "rule": [{"port": 80}, {"port": 443}]})
    new = resources(vpc={"zones": ["a", "b", "c"], "rule": [{"port": 443}]})
    assert diff(old, new) == (
        "~ aws_vpc.vpc",
        '    rule[0]: {"port": 80} -> (none)',
        '    zones[1]: (none) -> "b"',
    )


def test_another_order_is_told():
    assert diff(resources(vpc={"zones": ["a", "b"]}), resources(vpc={"zones": ["b", "a"]})) == (
        "~ aws_vpc.vpc",
        "    zones: another order",
    )


def test_long_texts_are_cut_around_the_difference():
    policy = '${jsonencode({"Statement" = "%s"})}'
    old = resources(vpc={"policy": policy % ("x" * 500 + "Allow" + "y" * 500)})
    new = resources(vpc={"policy": policy % ("x" * 500 + "Deny" + "y" * 500)})
    [_, line] = diff(old, new)
    assert "Allow" in line
    assert "Deny" in line
    assert len(line) < 150


def test_many_changes_of_one_resource_are_cut():
    old = resources(vpc={f"a{number}": 1 for number in range(9)})
    new = resources(vpc={f"a{number}": 2 for number in range(9)})
    lines = diff(old, new)
    assert len(lines) == 8
    assert lines[-1] == "    and 3 more"


@pytest.mark.parametrize(
    ("kind", "path", "old", "new"),
    [
        ("aws_db_instance", "password", "hunter22", "hunter23"),
        ("aws_instance", "note", "none", "AKIA" + "ABCDEFGHIJKLMNOP"),
        ("aws_lambda_function", "variables", {"DB_PASSWORD": "a"}, {"DB_PASSWORD": "hunter23"}),
    ],
    ids=["argument", "form", "name"],
)
def test_secrets_are_hidden(kind, path, old, new):
    lines = diff({"resource": {kind: {"x": {path: old}}}}, {"resource": {kind: {"x": {path: new}}}})
    assert "(hidden) -> (hidden)" in lines[1]
    assert "hunter" not in str(lines)
    assert "AKIA" not in str(lines)


def test_a_moved_resource_is_not_a_new_one():
    old = resources(old={"cidr_block": "10.0.0.0/16"})
    new = {
        **resources(new={"cidr_block": "10.1.0.0/16"}),
        "moved": [{"from": "aws_vpc.old", "to": "aws_vpc.new"}],
    }
    assert diff(old, new) == (
        "> aws_vpc.old is now aws_vpc.new",
        "~ aws_vpc.new",
        '    cidr_block: "10.0.0.0/16" -> "10.1.0.0/16"',
    )
    assert diff(new, new) == ()


def test_a_forgotten_resource_stays_in_aws():
    removed = [{"from": "aws_vpc.vpc", "lifecycle": {"destroy": False}}]
    assert diff(resources(vpc={}), {"removed": removed}) == ("- aws_vpc.vpc (stays in AWS)",)


def test_everything_else_is_compared_too():
    old = {
        "terraform": {
            "backend": {"s3": {"bucket": "a"}},
            "required_providers": {"aws": {"version": "5.100.0"}},
        },
        "output": {"url": {"value": "a"}},
        "provider": {"aws": [{"region": "eu-central-1"}]},
        "data": {"aws_ami": {"image": {"owners": ["amazon"]}}},
    }
    new = copy.deepcopy(old)
    new["terraform"]["backend"]["s3"]["bucket"] = "b"
    new["terraform"]["required_providers"]["aws"]["version"] = "5.101.0"
    new["output"] = {"address": {"value": "a"}}
    new["provider"]["aws"][0]["region"] = "eu-west-1"
    new["data"]["aws_ami"]["image"]["owners"] = ["self"]
    new["import"] = [{"to": "aws_vpc.vpc", "id": "vpc-1"}]
    assert diff(old, new) == (
        "+ import.aws_vpc.vpc",
        "+ output.address",
        "- output.url",
        "~ data.aws_ami.image",
        '    owners[0]: "amazon" -> "self"',
        "~ provider.aws",
        '    [0].region: "eu-central-1" -> "eu-west-1"',
        "~ terraform.backend",
        '    s3.bucket: "a" -> "b"',
        "~ terraform.required_providers",
        '    aws.version: "5.100.0" -> "5.101.0"',
    )


def test_files_are_compared():
    old, new = {"files/a": "1", "files/b": "1"}, {"files/b": "2", "files/c": "1"}
    assert diff({}, {}, old_files=old, new_files=new) == (
        "- files/a",
        "~ files/b: another content",
        "+ files/c",
    )


def test_tiers_come_and_go_and_are_renumbered(shop, tmp_path):
    write_bundle(shop, tmp_path / "old", names=["state", "network"])
    write_bundle(shop, tmp_path / "new", names=["network", "web"])
    assert bundle_changes(read_bundle(tmp_path / "old"), read_bundle(tmp_path / "new")) == (
        "web: new tier, 1 resource",
        "state: no longer there, 1 resource (stays in AWS: destroy it from the older bundle first)",
    )


def test_what_is_applied_before_is_compared():
    old, new = WrittenTier({}, {}, ("a",)), WrittenTier({}, {}, ("b", "a"))
    assert bundle_changes({"web": old}, {"web": new}) == (
        "web:",
        "  ~ applied after: a -> a, b",
    )


def test_one_changed_tag_between_an_hcl_and_a_json_bundle(shop, tmp_path):
    """Names that tier and resource only, whatever the formats."""
    write_bundle(shop, tmp_path / "old", output_format="hcl")
    network = next(tier for tier in shop if tier.name == "network")
    config = network.folder / "cdk.tf.json"
    config.write_text(config.read_text().replace("shop-dev-vpc", "shop-dev-main"))
    changed = [
        tier.__class__(tier.name, tier.folder, tier.dependencies, tier.annotations) for tier in shop
    ]
    write_bundle(changed, tmp_path / "new", output_format="json")
    assert bundle_changes(read_bundle(tmp_path / "old"), read_bundle(tmp_path / "new")) == (
        "network:",
        "  ~ aws_vpc.vpc",
        '      tags.Name: "shop-dev-vpc" -> "shop-dev-main"',
    )


def test_what_is_no_bundle_is_told(shop, tmp_path):
    with pytest.raises(HandoffError, match="holds no bundle"):
        read_bundle(tmp_path)
    out = tmp_path / "bundle"
    write_bundle(shop, out)
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 2}))
    with pytest.raises(HandoffError, match="later version"):
        read_bundle(out)
    (out / "manifest.json").write_text("{}")
    with pytest.raises(HandoffError, match="damaged"):
        read_bundle(out)
