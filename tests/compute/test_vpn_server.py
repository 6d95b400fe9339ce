from __future__ import annotations

import email
import json
import os
import re
import subprocess
from itertools import count

from terratiers import ConfigurationError, Environment, Tier, acknowledge
from terratiers.compute import Instance, InstanceType, MachineImage, VpnServer
from terratiers.network import SubnetGroup, Vpc, VpcAttributes
from terratiers.security import Key, Peer, Port, SecurityGroup
from terratiers.security.secret_reference import SecretReference

import pytest
from cdktf import App, TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct
from hypothesis import given, settings
from hypothesis import strategies as st

NAME = "/shop/test/vpn-admin"
PASSWORD = SecretReference.ssm_parameter(NAME)
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:vpn-AbC123"
PEOPLE, ADMINS = "198.51.100.0/24", "203.0.113.0/28"
POOL = "172.27.224.0/20"
EVERYBODY = "0.0.0.0/0"


@pytest.fixture
def vpc(tier):
    return Vpc(tier, "vpc", flow_logs=None)


@pytest.fixture
def make(tier, vpc):
    """Makes a VPN server; `like` gives what differs."""

    def made(id="vpn", scope=tier, **like):
        known = {
            "vpc": vpc,
            "admin_password": PASSWORD,
            "clients": [PEOPLE],
            "administrators": [ADMINS],
        }
        return VpnServer(scope, id, **{**known, **like})

    return made


def ports(template, direction="ingress", group="vpn_server_group"):
    """Who may use which port, of one group."""
    return {
        (rule["cidr_ipv4"], rule["ip_protocol"], rule.get("from_port"), rule.get("to_port"))
        for rule in template.resources(f"aws_vpc_security_group_{direction}_rule").values()
        if rule["security_group_id"] == f"${{aws_security_group.{group}.id}}"
    }


def script(template, name="vpn_server"):
    """The last part of the user data as the server gets it from Terraform."""
    text = template.resource(f"aws_instance.{name}")["user_data"]
    text = re.sub(r"(?<!\$)\$\{aws_eip\.[^}]*}", "203.0.113.7", text)
    text = re.sub(r"(?<!\$)\$\{(aws_vpc|data)\.[^}]*}", "10.0.0.0/16", text)
    text = text.replace("$${", "${").replace("%%{", "%{")
    return email.message_from_string(text).get_payload()[-1].get_payload()


# --- defaults


def test_it_is_an_instance_in_a_public_subnet(tier, make, synth):
    make()
    template = synth(tier)
    template.resource_count("aws_instance", 1)
    template.has_resource(
        "aws_instance",
        {
            "ami": "${data.aws_ami.openvpn_access_server_x86_64.id}",
            "instance_type": "t3.small",
            "subnet_id": "${aws_subnet.vpc_public_a.id}",
            "root_block_device": {"volume_size": 20, "encrypted": True, "volume_type": "gp3"},
            "metadata_options": {"http_tokens": "required"},
            "tags": {"Name": "shop-test-vpn-server"},
        },
    )


def test_its_image_is_that_of_the_marketplace(tier, make, synth):
    make()
    synth(tier).has_data_source(
        "aws_ami",
        {"most_recent": True, "owners": ["aws-marketplace"]},
    )


def test_it_forwards_packets_of_others(tier, make, synth):
    make()
    synth(tier).has_resource("aws_instance", {"source_dest_check": False})


def test_its_address_stays(tier, make, synth):
    make()
    template = synth(tier)
    template.resource_count("aws_eip", 1)
    assert template.resource("aws_eip_association.vpn_server") == {
        "allocation_id": "${aws_eip.vpn_address.allocation_id}",
        "instance_id": "${aws_instance.vpn_server.id}",
    }


def test_four_ports_are_open_to_those_that_are_named(tier, make, synth):
    make()
    assert ports(synth(tier)) == {
        (PEOPLE, "tcp", 443, 443),
        (PEOPLE, "udp", 1194, 1194),
        (ADMINS, "tcp", 943, 943),
        (ADMINS, "tcp", 945, 945),
    }


def test_each_block_gets_its_ports(tier, make, synth):
    more, admins = "192.0.2.0/24", "192.0.2.7/32"
    make(clients=(PEOPLE, more), administrators=(ADMINS, admins))
    assert ports(synth(tier)) == {
        *((block, "tcp", 443, 443) for block in (PEOPLE, more)),
        *((block, "udp", 1194, 1194) for block in (PEOPLE, more)),
        *((block, "tcp", port, port) for block in (ADMINS, admins) for port in (943, 945)),
    }


def test_a_block_that_is_named_twice_is_let_in_once(tier, make, synth):
    make(clients=[PEOPLE, PEOPLE])
    assert len(ports(synth(tier))) == 4


def test_it_connects_to_the_vpc_and_to_the_web(tier, make, synth):
    make()
    template = synth(tier)
    assert ports(template, "egress") == {
        ("${aws_vpc.vpc.cidr_block}", "-1", None, None),
        (EVERYBODY, "tcp", 443, 443),
        (EVERYBODY, "tcp", 80, 80),
    }


def test_every_route_table_leads_answers_back_to_it(tier, make, vpc, synth):
    vpn = make()
    template = synth(tier)
    back = {
        name: route
        for name, route in template.resources("aws_route").items()
        if route["destination_cidr_block"] == POOL
    }
    assert set(back) == {"vpn_public", "vpn_private_a", "vpn_private_b", "vpn_isolated"}
    assert set(vpn.routes) == set(vpc.route_table_ids)
    for name, route in back.items():
        table = name.replace("vpn_", "vpc_")
        assert route["route_table_id"] == f"${{aws_route_table.{table}.id}}"
        assert route["network_interface_id"] == (
            "${aws_instance.vpn_server.primary_network_interface_id}"
        )


def test_its_admin_page(tier, make, synth):
    tier.add_output("url", make().admin_url, description="admin page")
    synth(tier).has_output("url", {"value": "https://${aws_eip.vpn_address.public_ip}:943/admin"})


def test_session_manager_reaches_it_without_endpoints(tier, make, synth):
    make()
    template = synth(tier)
    template.resource_count("aws_vpc_endpoint", 0)
    assert "aws_iam_role_policy_attachment.vpn_server_role_AmazonSSMManagedInstanceCore" in (
        template.addresses()
    )


# --- options


def test_an_image_type_and_tags_of_ones_own(tier, make, synth):
    image = MachineImage.from_id("ami-0123456789abcdef0", architecture="arm64")
    make(machine_image=image, instance_type=InstanceType("t4g.small"), tags={"team": "net"})
    template = synth(tier)
    tags = {"team": "net", "Name": "shop-test-vpn-server"}
    template.has_resource(
        "aws_instance", {"ami": "ami-0123456789abcdef0", "instance_type": "t4g.small", "tags": tags}
    )
    template.has_resource("aws_eip", {"tags": {"team": "net", "Name": "shop-test-vpn-address"}})


def test_another_public_group(tier, make, synth):
    vpc = Vpc(
        tier,
        "other",
        subnet_groups=[SubnetGroup(name="dmz", type="public", slot=3)],
        flow_logs=None,
    )
    make(vpc=vpc, subnet_group="dmz")
    template = synth(tier)
    template.has_resource("aws_instance", {"subnet_id": "${aws_subnet.other_dmz_a.id}"})


def test_another_block_for_clients(tier, make, synth):
    vpn = make(client_cidr_block="192.168.8.0/22")
    assert vpn.client_cidr_block == "192.168.8.0/22"
    template = synth(tier)
    template.has_resource("aws_route", {"destination_cidr_block": "192.168.8.0/22"})
    text = script(template)
    assert "\nset_key vpn.daemon.0.client.network 192.168.8.0\n" in text
    assert "\nset_key vpn.daemon.0.client.netmask_bits 22\n" in text


def test_other_blocks_are_reached_through_it(tier, make, synth):
    make(routed_cidr_blocks=["10.0.0.0/16", "10.8.0.0/16"])
    text = script(synth(tier))
    assert "\nset_key vpn.server.routing.private_network.0 10.0.0.0/16\n" in text
    assert "\nset_key vpn.server.routing.private_network.1 10.8.0.0/16\n" in text


def test_its_group_lets_it_out_to_what_clients_reach(tier, make, synth):
    make(routed_cidr_blocks=["10.0.0.0/16", "10.8.0.0/16"])
    assert ports(synth(tier), "egress") == {
        ("10.0.0.0/16", "-1", None, None),
        ("10.8.0.0/16", "-1", None, None),
        (EVERYBODY, "tcp", 443, 443),
        (EVERYBODY, "tcp", 80, 80),
    }


def test_clients_are_let_to_what_is_named(tier, make, vpc, synth):
    vpn = make()
    group = SecurityGroup(tier, "web", vpc=vpc, description="web servers")
    vpn.allow_clients_to(group, Port.tcp(22), "administration")
    template = synth(tier)
    assert ports(template, group="web") == {(POOL, "tcp", 22, 22)}
    rules = template.resources("aws_vpc_security_group_ingress_rule")
    assert "web_from_vpn_clients_tcp_22" in rules


def test_clients_are_let_to_an_instance(tier, make, vpc, synth):
    web = Instance(
        tier,
        "web",
        vpc=vpc,
        instance_type="t3.micro",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    )
    make(client_cidr_block="192.168.8.0/22").allow_clients_to(web, Port.tcp(22), "login")
    assert ports(synth(tier), group="web_group") == {("192.168.8.0/22", "tcp", 22, 22)}


def test_clients_of_two_servers_are_let_to_one_group(tier, make, vpc, synth):
    one, two = make("one"), make("two", client_cidr_block="192.168.8.0/22")
    group = SecurityGroup(tier, "web", vpc=vpc, description="web servers")
    for vpn in (one, two):
        vpn.allow_clients_to(group, Port.tcp(22), "administration")
    rules = synth(tier).resources("aws_vpc_security_group_ingress_rule")
    assert {address: rule["cidr_ipv4"] for address, rule in rules.items() if "web" in address} == {
        "web_from_one_clients_tcp_22": POOL,
        "web_from_two_clients_tcp_22": "192.168.8.0/22",
    }


def test_clients_are_called_after_the_whole_path_of_their_server(tier, make, vpc, synth):
    vpn = make("vpn", Construct(tier, "Office_1"))
    group = SecurityGroup(tier, "web", vpc=vpc, description="web servers")
    vpn.allow_clients_to(group, Port.tcp(22), "administration")
    rules = synth(tier).resources("aws_vpc_security_group_ingress_rule")
    assert "web_from_office_1_vpn_clients_tcp_22" in rules


BAD_CONNECTIONS = {
    "no port": (22, "x", r"write Port\.tcp\(443\)"),
    "no description": (Port.tcp(22), "", "1 to 255"),
}


@pytest.mark.parametrize(
    ("port", "why", "message"), BAD_CONNECTIONS.values(), ids=BAD_CONNECTIONS.keys()
)
def test_bad_rules_for_clients_are_refused(tier, make, vpc, port, why, message):
    group = SecurityGroup(tier, "web", vpc=vpc, description="web servers")
    with pytest.raises(ConfigurationError, match=message):
        make().allow_clients_to(group, port, why)


@pytest.mark.parametrize(
    "other", [None, "web", Peer.ipv4("10.8.0.0/16")], ids=["none", "text", "peer"]
)
def test_clients_are_let_to_what_has_connections_only(make, other):
    with pytest.raises(ConfigurationError, match="cannot be connected"):
        make().allow_clients_to(other, Port.tcp(22), "administration")


def test_its_own_rules_can_be_added_to(tier, make, synth):
    make().connections.allow_from(Peer.ipv4("192.0.2.0/24"), Port.tcp(9100), "metrics")
    assert ("192.0.2.0/24", "tcp", 9100, 9100) in ports(synth(tier))


# --- open to the world


def test_a_vpn_for_everybody_has_to_be_said(tier, make):
    with pytest.raises(
        ConfigurationError, match=r"\[vpn-open-to-the-world\] ports 443 and 1194 would be open"
    ):
        make(clients=[PEOPLE, EVERYBODY])
    assert tier.node.try_find_child("vpn") is None


def test_a_vpn_for_everybody_can_be_accepted(tier, make, synth):
    acknowledge(tier, "vpn-open-to-the-world", reason="staff travels, TLS and MFA protect it")
    make(clients=[EVERYBODY])
    assert ports(synth(tier)) == {
        (EVERYBODY, "tcp", 443, 443),
        (EVERYBODY, "udp", 1194, 1194),
        (ADMINS, "tcp", 943, 943),
        (ADMINS, "tcp", 945, 945),
    }


def test_the_admin_page_is_never_for_everybody(tier, make):
    for warning in ("vpn-open-to-the-world", "open-to-the-world"):
        acknowledge(tier, warning, reason="staff travels, TLS and MFA protect it")
    with pytest.raises(ConfigurationError, match="administrators is everybody: name the networks"):
        make(clients=[EVERYBODY], administrators=[ADMINS, EVERYBODY])
    assert tier.node.try_find_child("vpn") is None


@pytest.mark.parametrize("name", ["clients", "administrators"])
def test_two_halves_of_the_world_are_everybody(make, name):
    with pytest.raises(ConfigurationError, match="everybody"):
        make(**{name: ["0.0.0.0/1", "128.0.0.0/1"]})


@pytest.mark.parametrize("name", ["clients", "administrators"])
@pytest.mark.parametrize("block", [(), ("192.0.2.0", None)], ids=repr)
def test_a_block_that_is_a_tuple_is_refused(make, name, block):
    with pytest.raises(ConfigurationError, match=f"{name} .* is not an IPv4 CIDR block"):
        make(**{name: [block]})


# --- the password


def test_the_password_is_not_read_by_terraform(tier, make, synth):
    make()
    template = synth(tier)
    assert template.resources("aws_ssm_parameter") == {}
    assert not [a for a in template.addresses() if a.startswith("data.aws_ssm_parameter")]
    assert not [a for a in template.addresses() if "secretsmanager" in a]
    holders = [
        address
        for address in template.addresses()
        if NAME in json.dumps(template.resource(address))
    ]
    assert holders == [
        "aws_iam_role_policy.vpn_server_role_read_admin_password",
        "aws_instance.vpn_server",
    ]


def test_no_other_secret_can_be_read(tier, make, synth):
    make()
    policies = synth(tier).resources("aws_iam_role_policy")
    assert list(policies) == ["vpn_server_role_read_admin_password"]
    (policy,) = policies.values()
    assert policy["role"] == "${aws_iam_role.vpn_server_role.name}"
    arn = (
        f"arn:aws:ssm:eu-central-1:${{data.aws_caller_identity.current.account_id}}:parameter{NAME}"
    )
    assert policy["policy"] == (
        '${jsonencode({"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", '
        f'"Action" = ["ssm:GetParameter"], "Resource" = ["{arn}"]}}]}})}}'
    )


def test_a_secret_with_a_key(tier, make, synth):
    key = Key(tier, "key", description="secrets")
    make(admin_password=SecretReference.secret(SECRET_ARN, key=key))
    template = synth(tier)
    policies = template.resources("aws_iam_role_policy")
    assert set(policies) == {
        "vpn_server_role_read_admin_password",
        "vpn_server_role_key_decrypt",
    }
    read = policies["vpn_server_role_read_admin_password"]["policy"]
    assert f'["secretsmanager:GetSecretValue"], "Resource" = ["{SECRET_ARN}"]' in read
    assert f"--secret-id {SECRET_ARN} " in script(template)


# --- what it runs


@pytest.mark.parametrize(
    "like",
    [
        {},
        {"routed_cidr_blocks": ["10.0.0.0/16", "10.8.0.0/16"]},
        {"admin_password": SecretReference.secret(SECRET_ARN)},
        {"admin_user": "_net-admin_1"},
    ],
    ids=["default", "blocks", "secret", "user"],
)
def test_bash_understands_its_script(tier, make, synth, like):
    make(**like)
    text = script(synth(tier))
    assert text.startswith("#!/bin/bash\nset -euo pipefail\n")
    checked = subprocess.run(
        ["bash", "-n"], input=text, text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


SACLI = """#!/bin/bash
for word; do printf '%s\\n' "$word"; done | tr '\\n' '|' >> calls
echo >> calls
"""


def test_its_script_sets_the_server_up(tier, make, synth, tmp_path):
    make(admin_user="admin")
    bin, scripts = tmp_path / "bin", tmp_path / "scripts"
    for tool, text in (
        (scripts / "sacli", SACLI),
        (bin / "ovpn-init", '#!/bin/bash\necho "init $*" >> calls\n'),
        (bin / "aws", "#!/bin/bash\necho \"aws $*\" >> calls\nprintf '%s\\n' 'p \"$a'\\''s*'\n"),
    ):
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(text)
        tool.chmod(0o755)
    ran = subprocess.run(
        ["bash"],
        input=script(synth(tier)).replace("/usr/local/openvpn_as", str(tmp_path)),
        env={"PATH": f"{bin}:{os.environ['PATH']}"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (tmp_path / "calls").read_text().splitlines() == [
        "init --ec2 --batch --force",
        "Status|",
        f"aws ssm get-parameter --region eu-central-1 --name {NAME} --with-decryption "
        "--query Parameter.Value --output text",
        "--user|admin|--key|prop_superuser|--value|true|UserPropPut|",
        "--user|admin|--key|user_auth_type|--value|local|UserPropPut|",
        "--user|admin|--new_pass|p \"$a's*|SetLocalPassword|",
        "--key|host.name|--value|203.0.113.7|ConfigPut|",
        "--key|vpn.daemon.0.client.network|--value|172.27.224.0|ConfigPut|",
        "--key|vpn.daemon.0.client.netmask_bits|--value|20|ConfigPut|",
        "--key|vpn.client.routing.reroute_gw|--value|false|ConfigPut|",
        "--key|vpn.server.routing.private_access|--value|route|ConfigPut|",
        "--key|vpn.server.port_share.service|--value|client|ConfigPut|",
        "--key|vpn.server.routing.private_network.0|--value|10.0.0.0/16|ConfigPut|",
        "start|",
    ]


# --- elsewhere


def test_a_vpc_of_another_tier(app, environment, make, vpc, synth):
    other = Tier(app, "vpn", environment=environment)
    make("vpn", other, vpc=other.use(vpc))
    template = synth(other)
    state = "data.terraform_remote_state.network.outputs"
    tables = {route["route_table_id"] for route in template.resources("aws_route").values()}
    assert len(tables) == 4
    assert all(state in table for table in tables)


def test_an_imported_vpc(tier, make, vpc_attributes, synth):
    known = {
        **vars(vpc_attributes),
        "subnet_types": {"public": "public"},
        "subnet_ids": {"public": vpc_attributes.subnet_ids["private"]},
    }
    make(vpc=Vpc.from_attributes(tier, "theirs", VpcAttributes(**known)))
    template = synth(tier)
    back = [r for name, r in template.resources("aws_route").items() if name.startswith("vpn_")]
    assert [route["route_table_id"] for route in back] == ["rtb-0123456789abcdef0"]
    assert ("10.1.0.0/16", "-1", None, None) in ports(template, "egress")


def test_it_stands_in_production(app, production, make, synth):
    live = Tier(app, "live", environment=production)
    make("vpn", live, vpc=Vpc(live, "vpc", flow_logs=None))
    synth(live).has_resource(
        "aws_instance",
        {"disable_api_termination": True, "credit_specification": {"cpu_credits": "unlimited"}},
    )


def test_a_plain_stack_without_environment_works(app, make, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    vpc = Vpc(stack, "vpc", availability_zones=["eu-central-1a"], flow_logs=None)
    make("vpn", stack, vpc=vpc)
    template = synth(stack)
    template.has_resource("aws_instance", {"tags": {"Name": "plain-vpn-server"}})
    text = template.resource("aws_instance.vpn_server")["user_data"]
    assert "aws ssm get-parameter --region ${data.aws_region.current.id} --name" in text


# --- bad input

BAD_SERVERS = {
    "vpc id": ({"vpc": "vpc-1"}, r"vpc is vpc-1 \(str\): pass a Vpc"),
    "vpc none": ({"vpc": None}, r"vpc is None \(NoneType\): pass a Vpc"),
    "password text": (
        {"admin_password": "hunter2"},
        r"admin_password is .*: write SecretReference\.ssm_parameter\(",
    ),
    "password none": ({"admin_password": None}, "admin_password is None"),
    "clients none": ({"clients": None}, r"clients is None \(NoneType\): write a list"),
    "clients text": ({"clients": PEOPLE}, r"clients is 198\.51\.100\.0/24 \(str\): write a list"),
    "clients empty": ({"clients": []}, "clients is empty: name at least one block"),
    "client address": ({"clients": ["198.51.100.7"]}, r"clients 198\.51\.100\.7 is not an IPv4 CI"),
    "client with host bits": (
        {"clients": ["198.51.100.7/24"]},
        r"host bits set or is not in short form: write 198\.51\.100\.0/24",
    ),
    "client IPv6": ({"clients": ["2001:db8::/32"]}, "clients 2001:db8::/32 is IPv6: an IPv4"),
    "client number": ({"clients": [1]}, "clients 1 is not an IPv4 CIDR block"),
    "client none": ({"clients": [None]}, "clients None is not an IPv4 CIDR block"),
    "client token": ({"clients": ["${var.office}"]}, "clients: a token cannot be checked"),
    "clients for everybody": ({"clients": [EVERYBODY]}, "name the networks that people connect fr"),
    "admins none": ({"administrators": None}, "administrators is None"),
    "admins text": ({"administrators": ADMINS}, "administrators is .*: write a list"),
    "admins empty": ({"administrators": ()}, "administrators is empty: name at least one block"),
    "admin address": ({"administrators": ["203.0.113.7"]}, "is not an IPv4 CIDR block"),
    "admin token": ({"administrators": ["${var.office}"]}, "administrators: a token cannot be che"),
    "admins everybody": ({"administrators": [EVERYBODY]}, "administrators is everybody: name"),
    "private group": ({"subnet_group": "private"}, "subnet_group private is not public: clients"),
    "isolated group": ({"subnet_group": "isolated"}, "subnet_group isolated is not public"),
    "unknown group": ({"subnet_group": "dmz"}, "subnet_group dmz is not public"),
    "group none": ({"subnet_group": None}, "subnet_group None is not public"),
    "group list": ({"subnet_group": ["public"]}, r"subnet_group \['public'\] is not public"),
    "group dict": ({"subnet_group": {"a": 1}}, "subnet_group .* is not public"),
    "pool overlaps": (
        {"client_cidr_block": "10.0.128.0/20"},
        r"client_cidr_block 10\.0\.128\.0/20 overlaps the VPC's 10\.0\.0\.0/16: take another",
    ),
    "pool is the VPC": ({"client_cidr_block": "10.0.0.0/16"}, "overlaps the VPC's"),
    "pool large": ({"client_cidr_block": "172.16.0.0/15"}, "is too large: it has to be between"),
    "pool small": ({"client_cidr_block": "172.27.224.0/29"}, "is too small: it has to be between"),
    "pool none": ({"client_cidr_block": None}, "client_cidr_block None is not an IPv4 CIDR block"),
    "pool with host bits": ({"client_cidr_block": "172.27.224.1/20"}, "has host bits set"),
    "pool IPv6": ({"client_cidr_block": "fd00::/20"}, "an IPv4 block is needed here"),
    "pool token": ({"client_cidr_block": "${var.pool}"}, "client_cidr_block is a token: the serve"),
    "routed empty": ({"routed_cidr_blocks": []}, "routed_cidr_blocks is empty"),
    "routed text": (
        {"routed_cidr_blocks": "10.0.0.0/16"},
        r"routed_cidr_blocks is .*: write a l",
    ),
    "routed command": (
        {"routed_cidr_blocks": ["10.0.0.0/16; id"]},
        "routed_cidr_blocks 10.0.0.0/16; id is not an IPv4 CIDR block",
    ),
    "user empty": ({"admin_user": ""}, "admin_user '' is not valid: write a user's name"),
    "user upper case": ({"admin_user": "Admin"}, "admin_user Admin is not valid"),
    "user long": ({"admin_user": "a" * 32}, "is not valid: write a user's name"),
    "user command": ({"admin_user": "a; id"}, "admin_user a; id is not valid"),
    "user newline": ({"admin_user": "admin\n"}, "is not valid: write a user's name"),
    "user token": ({"admin_user": "${var.user}"}, "is not valid: write a user's name"),
    "user none": ({"admin_user": None}, "admin_user None is not valid"),
    "tags list": ({"tags": ["vpn"]}, r"tags is \['vpn'\] \(list\)"),
    "tag Name": ({"tags": {"Name": "vpn"}}, "Name follows from the construct's id: take it out"),
    "several": (
        {"clients": [], "administrators": [], "admin_user": "", "tags": 1},
        r"(?s)^network/vpn: 4 faults.*clients.*administrators.*admin_user.*tags is 1",
    ),
}


@pytest.mark.parametrize(("like", "message"), BAD_SERVERS.values(), ids=BAD_SERVERS.keys())
def test_bad_input_is_refused(tier, make, like, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**like)
    assert tier.node.try_find_child("vpn") is None


# what its parts refuse, once it is begun
LATE = {
    "type unknown": ({"instance_type": "t3.huge"}, r"instance_type: t3\.huge is not in the cata"),
    "type none": ({"instance_type": None}, "instance_type is None"),
    "image text": ({"machine_image": "ami-1"}, r"machine_image is ami-1 \(str\): write MachineI"),
    "processor": ({"instance_type": "t4g.small"}, r"is for x86_64, but t4g\.small runs arm64"),
    "Windows": (
        {"machine_image": MachineImage.windows_server(), "instance_type": "t3.large"},
        "user_data is for linux, but the image is windows",
    ),
}


@pytest.mark.parametrize(("like", "message"), LATE.values(), ids=LATE.keys())
def test_nothing_half_built_is_left(tier, make, synth, like, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**like)
    assert tier.node.try_find_child("vpn") is None
    make()
    assert list(synth(tier).resources("aws_eip")) == ["vpn_address"]


def test_a_pool_in_a_secondary_block_is_refused(tier, make):
    vpc = Vpc(tier, "wide", secondary_cidr_blocks=["100.64.0.0/16"], flow_logs=None)
    with pytest.raises(ConfigurationError, match=r"overlaps the VPC's 100\.64\.0\.0/16: take an"):
        make(vpc=vpc, client_cidr_block="100.64.16.0/20")
    make(vpc=vpc, client_cidr_block="100.65.0.0/20")


def test_a_pool_in_an_imported_vpc_is_refused(tier, make, vpc_attributes):
    known = {
        **vars(vpc_attributes),
        "subnet_types": {"public": "public"},
        "subnet_ids": {"public": vpc_attributes.subnet_ids["private"]},
    }
    vpc = Vpc.from_attributes(tier, "theirs", VpcAttributes(**known))
    with pytest.raises(ConfigurationError, match=r"overlaps the VPC's 10\.1\.0\.0/16"):
        make(vpc=vpc, client_cidr_block="10.1.64.0/20")


def test_a_vpc_block_that_only_terraform_knows_is_not_compared(tier, make, vpc_attributes):
    variable = TerraformVariable(tier, "block", type="string")
    known = {
        **vars(vpc_attributes),
        "cidr_block": variable.string_value,
        "subnet_types": {"public": "public"},
        "subnet_ids": {"public": vpc_attributes.subnet_ids["private"]},
    }
    make(vpc=Vpc.from_attributes(tier, "theirs", VpcAttributes(**known)))


@pytest.mark.parametrize("id", ["", "1a", "a b", None, "${a.b}"], ids=repr)
def test_a_bad_id_is_refused(make, id):
    with pytest.raises(ConfigurationError, match="cannot be part of a Terraform address"):
        make(id)


def test_an_id_is_used_once(tier, make):
    first = make()
    with pytest.raises(ConfigurationError, match="id vpn is used already in this scope"):
        make()
    assert tier.node.try_find_child("vpn") is first


# --- any input

simple = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 70000),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from([PEOPLE, POOL, EVERYBODY, "::/0", "public", "t3.small", "${a.b}"]),
    st.binary(max_size=3),
)
anything = st.one_of(
    simple, st.lists(simple, max_size=3), st.dictionaries(st.text(max_size=3), simple, max_size=2)
)


@pytest.mark.parametrize(
    "option",
    [
        "vpc",
        "admin_password",
        "clients",
        "administrators",
        "machine_image",
        "instance_type",
        "subnet_group",
        "client_cidr_block",
        "routed_cidr_blocks",
        "admin_user",
        "tags",
    ],
)
def test_nothing_but_configuration_errors(tmp_path, option):
    tier = Tier(
        App(outdir=str(tmp_path)),
        "network",
        environment=Environment(project="shop", name="test", region="eu-central-1"),
    )
    good = {
        "vpc": Vpc(tier, "vpc", flow_logs=None),
        "admin_password": PASSWORD,
        "clients": [PEOPLE],
        "administrators": [ADMINS],
    }
    numbers = count()

    @given(anything)
    @settings(max_examples=25)
    def make(value):
        id = f"x{next(numbers)}"
        try:
            VpnServer(tier, id, **{**good, option: value})
        except ConfigurationError:
            assert tier.node.try_find_child(id) is None

    make()
