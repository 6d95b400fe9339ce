"""main.py: its addresses and contracts are held by snapshots."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from terratiers.core.synthesis import read_synthesis
from terratiers.testing import Template

import pytest

ROOT = Path(__file__).parents[2]
TIERS = ["state", "dns", "events", "network", "serverless", "security", "compute", "web"]


@pytest.fixture(scope="module")
def outdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={**os.environ, "CDKTF_OUTDIR": str(folder)},
        check=True,
        timeout=120,
    )
    return folder


@pytest.mark.parametrize("tier", TIERS)
def test_addresses_and_contract_stay(outdir, snapshot, tier):
    template = Template.from_folder(outdir, tier)
    assert {
        "addresses": template.addresses(),
        "outputs": template.outputs,
        "backend": template.config["terraform"]["backend"],
    } == snapshot


def test_tiers_come_in_order_and_the_state_tier_first(outdir):
    assert [tier.name for tier in read_synthesis(outdir)] == TIERS


@pytest.mark.parametrize("tier", TIERS)
def test_no_path_of_the_machine_is_written_down(outdir, tier):
    config = json.loads((outdir / "stacks" / tier / "cdk.tf.json").read_text())
    for kind in ("aws_instance", "aws_launch_template"):
        for instance in config["resource"].get(kind, {}).values():
            del instance["user_data"]  # it speaks of the instance's own folders
    text = json.dumps(config)
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


def test_row_a3_without_nat_a_private_server_keeps_s3(outdir):
    """From the instance to its route table, across the tiers, as Terraform will follow it."""
    network = Template.from_folder(outdir, "network")
    compute = Template.from_folder(outdir, "compute")
    network.has_no_resource("aws_nat_gateway")
    subnet_id = compute.resource("aws_instance.private")["subnet_id"]
    output, zone = re.fullmatch(
        r'\$\{data\.terraform_remote_state\.network\.outputs\.(\w+)\["([\w-]+)"\]\}', subnet_id
    ).groups()
    subnet = network.outputs[output]["value"][zone]
    [table] = [
        association["route_table_id"]
        for association in network.resources("aws_route_table_association").values()
        if association["subnet_id"] == subnet
    ]
    routes = [*network.resources("aws_route").values(), *compute.resources("aws_route").values()]
    assert not [r for r in routes if r["route_table_id"] == table and is_default(r)]
    for route in compute.resources("aws_route").values():
        assert route["destination_cidr_block"] == "172.27.224.0/20"
    associated = network.resources("aws_vpc_endpoint_route_table_association").values()
    through_s3 = {
        a["route_table_id"]
        for a in associated
        if a["vpc_endpoint_id"] == "${aws_vpc_endpoint.s3.id}"
    }
    assert table in through_s3


def is_default(route):
    return "0.0.0.0/0" in route.values() or "::/0" in route.values()


def strings(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    else:
        yield str(value)


@pytest.mark.parametrize("tier", TIERS)
def test_there_is_no_static_credential(outdir, tier):
    template = Template.from_folder(outdir, tier)
    template.has_no_resource("aws_iam_access_key")
    template.has_no_resource("aws_iam_user")
    text = json.dumps(template.config)
    assert not re.search(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", text)
    assert not re.search(r'"(access_key|secret_key|token|password|admin_password)":', text)
    assert "BEGIN" not in text
    assert not any("admin_pw" in text for text in strings(template.config))


@pytest.mark.parametrize("tier", TIERS)
def test_nothing_lets_the_world_in_but_the_vpn_and_the_web_page(outdir, tier):
    template = Template.from_folder(outdir, tier)
    rules = template.resources("aws_vpc_security_group_ingress_rule")
    everybody = {
        (name, rule["ip_protocol"], rule["from_port"], rule["to_port"])
        for name, rule in rules.items()
        if rule.get("cidr_ipv4") == "0.0.0.0/0" or rule.get("cidr_ipv6") == "::/0"
    }
    expected = {
        "compute": {
            ("vpn_server_group_from_any_ipv4_tcp_443", "tcp", 443, 443),
            ("vpn_server_group_from_any_ipv4_udp_1194", "udp", 1194, 1194),
        },
        "web": {
            ("balancer_group_from_any_ipv4_tcp_443", "tcp", 443, 443),
            ("balancer_group_from_any_ipv4_tcp_80", "tcp", 80, 80),
        },
    }
    assert everybody == expected.get(tier, set())
    for group in template.resources("aws_security_group").values():
        assert "ingress" not in group


def test_the_open_vpn_was_acknowledged(outdir):
    [compute] = [tier for tier in read_synthesis(outdir) if tier.name == "compute"]
    assert any("[vpn-open-to-the-world] acknowledged" in note for note in compute.annotations)


def statements(text):
    """The statements of a policy as the library writes it: `${jsonencode({...})}`."""
    inner = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", text, re.DOTALL)[1]
    return json.loads(inner.replace('" = ', '": '))["Statement"]


@pytest.mark.parametrize("tier", TIERS)
def test_no_iam_policy_allows_every_resource_or_action(outdir, tier):
    """Policies of roles; in a key's or an endpoint's own policy `*` means that key or endpoint."""
    template = Template.from_folder(outdir, tier)
    policies = {
        f"{kind}.{name}": body["policy"]
        for kind in ("aws_iam_role_policy", "aws_iam_policy")
        for name, body in template.resources(kind).items()
    }
    assert template.resources("aws_iam_policy_document") == {}
    for name, policy in policies.items():
        for statement in statements(policy):
            assert statement["Effect"] == "Allow", name
            for resource in strings(statement["Resource"]):
                assert resource != "*", name
                assert not resource.startswith("arn:aws:s3:::*"), name
            for action in strings(statement["Action"]):
                assert "*" not in action, name
    if tier == "compute":
        assert len(policies) == 2


def test_trust_is_given_to_services_only(outdir):
    for tier in TIERS:
        for role in Template.from_folder(outdir, tier).resources("aws_iam_role").values():
            for statement in statements(role["assume_role_policy"]):
                assert set(statement["Principal"]) == {"Service"}


def test_no_two_tiers_give_one_name_to_a_kind_of_resource(outdir):
    """Names do not tell the tier: one account would refuse the second."""
    named = {}
    for tier in TIERS:
        for kind, bodies in Template.from_folder(outdir, tier).config["resource"].items():
            for address, body in bodies.items():
                for key in ("name", "bucket", "function_name"):
                    name = body.get(key, "${")
                    if not name.startswith("${"):
                        named.setdefault((kind, name), []).append(f"{tier}: {address}")
    assert {key: who for key, who in named.items() if len(who) > 1} == {}
