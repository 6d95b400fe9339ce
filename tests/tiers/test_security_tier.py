from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.tiers import NetworkTier, SecurityTier

import pytest


@pytest.fixture
def network(app, environment):
    return NetworkTier(app, environment=environment)


def test_groups_let_nobody_in_and_reach_the_vpcs_endpoints(app, environment, network, synth):
    security = SecurityTier(
        app,
        environment=environment,
        vpc=network.vpc,
        s3_endpoint=network.gateway_endpoints["s3"],
    )
    template = synth(security)
    template.resource_count("aws_security_group", 2)
    template.has_no_resource("aws_vpc_security_group_ingress_rule")
    rules = template.resources("aws_vpc_security_group_egress_rule")
    assert set(rules) == {
        "web_to_vpc_tcp_443",
        "web_to_s3_tcp_443",
        "private_to_vpc_tcp_443",
        "private_to_s3_tcp_443",
    }
    assert rules["web_to_s3_tcp_443"]["prefix_list_id"] == (
        "${data.terraform_remote_state.network.outputs.s3_prefix_list_id}"
    )
    assert not [rule for rule in rules.values() if rule.get("cidr_ipv4") == "0.0.0.0/0"]


def test_without_the_gateway_endpoint_there_is_no_rule_for_it(app, environment, network, synth):
    template = synth(SecurityTier(app, environment=environment, vpc=network.vpc))
    assert set(template.resources("aws_vpc_security_group_egress_rule")) == {
        "web_to_vpc_tcp_443",
        "private_to_vpc_tcp_443",
    }


def test_its_contract_has_readable_names(app, environment, network, synth):
    template = synth(SecurityTier(app, environment=environment, vpc=network.vpc))
    assert set(template.outputs) == {
        "data_key_arn",
        "instance_role_arn",
        "instance_role_name",
        "web_security_group_id",
        "private_security_group_id",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vpc": None}, "vpc is None"),
        ({"vpc": "vpc-12345678"}, "pass a Vpc"),
        ({"s3_endpoint": "vpce-12345678"}, r'write network.gateway_endpoints\["s3"\]'),
        ({"environment": None}, "environment is None"),
    ],
    ids=["no vpc", "vpc id", "endpoint id", "no environment"],
)
def test_bad_options_leave_no_tier_behind(app, environment, network, options, message):
    given = {"environment": environment, "vpc": network.vpc, **options}
    with pytest.raises(ConfigurationError, match=message):
        SecurityTier(app, **given)
    assert app.node.try_find_child("security") is None
