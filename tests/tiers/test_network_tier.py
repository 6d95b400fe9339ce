from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.network import NatGateways, SubnetGroup
from terratiers.tiers import NetworkTier

import pytest


def test_it_has_both_gateway_endpoints_and_ssm_where_nothing_leads_out(app, environment, synth):
    network = NetworkTier(app, environment=environment)
    template = synth(network)
    assert set(network.gateway_endpoints) == {"s3", "dynamodb"}
    assert set(network.interface_endpoints) == {"ssm", "ssmmessages", "ec2messages"}
    template.has_output("vpc_id")


def test_with_nat_ssm_goes_out_through_it(app, environment):
    network = NetworkTier(app, environment=environment, nat_gateways=NatGateways.ONE_PER_AZ)
    assert network.interface_endpoints == {}


def test_what_is_switched_on_is_there_once(app, environment, synth):
    network = NetworkTier(
        app,
        environment=environment,
        ssm_access=True,
        interface_endpoints=["ssm", "ecr.api"],
        network_acls={"isolated": "isolated", "public": "public"},
        flow_logs=None,
    )
    assert set(network.interface_endpoints) == {"ssm", "ssmmessages", "ec2messages", "ecr.api"}
    assert set(network.network_acls) == {"isolated", "public"}
    template = synth(network)
    template.has_resource("aws_vpc_endpoint", {"tags": {"Name": "shop-test-ecr-api"}})
    template.has_no_resource("aws_flow_log")


def test_a_network_of_isolated_subnets_has_nobody_to_reach_through_ssm(app, environment):
    network = NetworkTier(app, environment=environment, subnet_groups=[SubnetGroup.isolated()])
    assert network.interface_endpoints == {}


def test_s3_has_endpoints_of_both_kinds(app, environment, synth):
    template = synth(NetworkTier(app, environment=environment, interface_endpoints=["s3"]))
    template.has_resource("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway"})
    assert "aws_vpc_endpoint.s3_interface" in template.addresses()


BAD = {
    "ssm": ({"ssm_access": "yes"}, "True or False"),
    "services text": ({"interface_endpoints": "sns"}, "write a list"),
    "service": ({"interface_endpoints": ["snss"]}, "did you mean"),
    "acls list": ({"network_acls": ["isolated"]}, '{"isolated": "isolated"}'),
    "acl group": ({"network_acls": {"db": "isolated"}}, "subnet_group db"),
    "acl preset": ({"network_acls": {"public": "open"}}, "preset open"),
    "vpc": ({"cidr_block": "10.0.0.0/30"}, "network/vpc: cidr_block"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_bad_network_tiers_are_refused(app, environment, change, message):
    with pytest.raises(ConfigurationError) as caught:
        NetworkTier(app, environment=environment, **change)
    assert message in str(caught.value)
    assert app.node.children == []
