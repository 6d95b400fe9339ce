"""Mermaid text: what is drawn, and that no name breaks its syntax."""

from __future__ import annotations

import re

from terratiers.handoff.bundle_tier import bundle_tiers
from terratiers.handoff.diagram import resources_diagram, tiers_diagram

import pytest


def resource(path: str = "", **body: object) -> dict[str, object]:
    comment = {"//": {"metadata": {"path": path}}} if path else {}
    return {**comment, **body}


def test_tiers_point_to_what_they_read_and_need(shop):
    assert tiers_diagram(bundle_tiers(shop)) == (
        "flowchart RL\n"
        '  n_state["01-state<br/>1 resource"]\n'
        '  n_network["02-network<br/>1 resource"]\n'
        '  n_web["03-web<br/>1 resource"]\n'
        "  n_network -.-> n_state\n"
        "  n_web -.-> n_state\n"
        "  n_web -->|reads| n_network\n"
    )


def test_a_tier_that_is_not_in_the_bundle_is_drawn_round(shop):
    drawn = tiers_diagram(bundle_tiers(shop, ["web"]))
    assert '  n_network(["network"])\n' in drawn
    assert "  n_web -->|reads| n_network\n" in drawn
    assert "  n_web -.-> n_state\n" in drawn


def test_a_state_of_another_program_is_drawn(bundle_tier, remote_state):
    tier = bundle_tier(data={"terraform_remote_state": {"shared": remote_state("shared")}})
    drawn = tiers_diagram([tier])
    assert '  n_shared(["shared"])\n  n_web -->|reads| n_shared\n' in drawn


def test_resources_are_grouped_by_construct_and_point_to_what_they_name(bundle_tier):
    tier = bundle_tier(
        resource={
            "aws_vpc": {"vpc": resource("web/vpc/resource")},
            "aws_subnet": {"a": resource("web/vpc/a", vpc_id="${aws_vpc.vpc.id}")},
            "aws_eip": {"b": resource("web/nat/b", depends_on=["aws_subnet.a"])},
        }
    )
    assert resources_diagram(tier) == (
        "flowchart RL\n"
        '  n_aws_eip_b["b<br/>aws_eip"]\n'
        '  subgraph construct_2 ["vpc"]\n'
        '    n_aws_subnet_a["a<br/>aws_subnet"]\n'
        '    n_aws_vpc_vpc["vpc<br/>aws_vpc"]\n'
        "  end\n"
        "  n_aws_eip_b --> n_aws_subnet_a\n"
        "  n_aws_subnet_a --> n_aws_vpc_vpc\n"
    )


def many(count: int) -> dict[str, dict[str, object]]:
    return {f"s{n}": resource(f"web/vpc/s{n}", vpc_id="${aws_vpc.main.id}") for n in range(count)}


@pytest.mark.parametrize(("subnets", "nodes"), [(24, 25), (25, 2)], ids=["each", "constructs"])
def test_a_big_tier_shows_its_constructs(bundle_tier, subnets, nodes):
    tier = bundle_tier(
        resource={
            "aws_subnet": many(subnets),
            "aws_vpc": {"main": resource("web/main/resource")},
        }
    )
    drawn = resources_diagram(tier)
    assert len(re.findall(r'^ +n_\w+\["', drawn, re.MULTILINE)) == nodes
    if nodes == 2:
        assert '  n_vpc["vpc<br/>aws_subnet x 25"]\n' in drawn
        assert drawn.endswith("  n_vpc --> n_main\n")
        assert drawn.count("-->") == 1


def test_a_resource_without_a_construct_stands_for_itself(bundle_tier):
    tier = bundle_tier(resource={"aws_sqs_queue": {"end": resource()}})
    assert (
        resources_diagram(tier) == 'flowchart RL\n  n_aws_sqs_queue_end["end<br/>aws_sqs_queue"]\n'
    )


@pytest.mark.parametrize(
    "name", ['a"b', "a]b", "a<b>", "a#b", "a;b", "a`b", "a|b", "a(b)", "a{b}", "a&b", "a\\b"]
)
def test_special_characters_become_entities(bundle_tier, name):
    tier = bundle_tier(
        resource={
            "aws_sqs_queue": {
                "x": resource(f"web/{name}/x"),
                "y": resource(f"web/{name}/y"),
            }
        }
    )
    [label] = re.findall(r'subgraph construct_1 \["(.*)"\]', resources_diagram(tier))
    assert not re.search(r'["\[\]<>()`|{}&\\]', label)
    shown = re.sub(r"#(\d+);", lambda found: chr(int(found.group(1))), label)
    assert shown == name


def test_names_that_differ_in_a_sign_keep_their_own_nodes(bundle_tier):
    tier = bundle_tier(resource={"aws_eip": {"a-b": resource(), "a_b": resource()}})
    ids = re.findall(r'^  (\w+)\["', resources_diagram(tier), re.MULTILINE)
    assert sorted(ids) == ["n_aws_eip_a_b", "n_aws_eip_a_b_"]


def test_a_new_resource_changes_no_other_line(bundle_tier):
    one = bundle_tier(resource={"aws_eip": {"b": resource("web/b/resource")}})
    two = bundle_tier(
        resource={"aws_eip": {"a": resource("web/a/resource"), "b": resource("web/b/resource")}}
    )
    assert set(resources_diagram(one).splitlines()) < set(resources_diagram(two).splitlines())
