"""Whatever is passed in: the construct is made, or a ConfigurationError says why not."""

from __future__ import annotations

from itertools import count

from terratiers import ConfigurationError, Environment, Tier
from terratiers.network import (
    AclRule,
    FlowLogs,
    GatewayVpcEndpoint,
    InterfaceVpcEndpoint,
    NetworkAcl,
    SubnetGroup,
    Vpc,
)
from terratiers.tiers import NetworkTier, StateTier

import pytest
from cdktf import App
from hypothesis import given, settings
from hypothesis import strategies as st

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["10.0.0.0/16", "10.0.0.0/24", "::/0", "eu-central-1a", "private", "one", "ssm", "${a.b}"]
    ),
)
simple = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 70000), st.floats(), texts, st.binary(max_size=3)
)
groups = st.builds(
    SubnetGroup,
    name=st.one_of(simple, st.sampled_from(["public", "private", "cache"])),
    type=simple,
    slot=simple,
    cidr_block=simple,
    map_public_ip=simple,
    tags=st.one_of(simple, st.dictionaries(texts, simple, max_size=2)),
)
rules = st.builds(
    AclRule,
    name=st.one_of(simple, st.just("web")),
    number=st.one_of(simple, st.just(100)),
    direction=st.one_of(simple, st.just("ingress")),
    cidr_block=st.one_of(simple, st.just("0.0.0.0/0")),
    action=st.one_of(simple, st.just("allow")),
    protocol=st.one_of(simple, st.just("tcp")),
    ports=st.one_of(simple, st.just(443), st.tuples(simple, simple)),
    icmp_type=simple,
)
logs = st.one_of(
    simple,
    st.builds(FlowLogs.to_cloud_watch_logs, retention_days=simple, kms_key_arn=simple),
    st.builds(FlowLogs.to_s3, simple, file_format=simple),
)
anything = st.one_of(
    simple,
    groups,
    rules,
    logs,
    st.lists(st.one_of(simple, groups, rules), max_size=3),
    st.tuples(simple, simple),
    st.dictionaries(st.one_of(texts, st.integers()), simple, max_size=2),
)

OPTIONS = {
    Vpc: [
        "cidr_block",
        "availability_zones",
        "subnet_groups",
        "nat_gateways",
        "secondary_cidr_blocks",
        "ipv6",
        "flow_logs",
        "tags",
    ],
    GatewayVpcEndpoint: ["vpc", "service", "route_table_ids", "policy", "tags"],
    InterfaceVpcEndpoint: [
        "vpc",
        "service",
        "subnet_group",
        "private_dns",
        "allow_from",
        "port",
        "policy",
        "tags",
    ],
    NetworkAcl: ["vpc", "subnet_group", "preset", "rules"],
    StateTier: ["environment", "backend", "noncurrent_version_days"],
    NetworkTier: [
        "environment",
        "cidr_block",
        "availability_zones",
        "subnet_groups",
        "nat_gateways",
        "ssm_access",
        "interface_endpoints",
        "network_acls",
    ],
}


@pytest.mark.parametrize("kind", OPTIONS, ids=lambda kind: kind.__name__)
def test_nothing_but_configuration_errors(tmp_path, kind):
    environment = Environment(project="shop", name="test", region="eu-central-1")
    app = App(outdir=str(tmp_path))
    tier = Tier(app, "network", environment=environment)
    vpc = Vpc(tier, "vpc")
    good = {
        Vpc: {},
        GatewayVpcEndpoint: {"vpc": vpc, "service": "s3"},
        InterfaceVpcEndpoint: {"vpc": vpc, "service": "sns"},
        NetworkAcl: {"vpc": vpc, "subnet_group": "private", "preset": "private"},
        StateTier: {"environment": environment},
        NetworkTier: {"environment": environment},
    }[kind]
    scope = app if issubclass(kind, Tier) else tier
    numbers = count()
    outcomes = set()

    @given(st.dictionaries(st.sampled_from(OPTIONS[kind]), anything, min_size=1, max_size=3))
    @settings(max_examples=60)
    def make(change):
        try:
            kind(scope, f"x{next(numbers)}", **{**good, **change})
        except ConfigurationError:
            outcomes.add("refused")
        else:
            outcomes.add("made")

    make()
    assert "refused" in outcomes


@given(st.one_of(simple, st.lists(simple, max_size=1)))
@settings(max_examples=80)
def test_any_id_is_taken_or_refused(tmp_path, id):
    tier = Tier(
        App(outdir=str(tmp_path)),
        "network",
        environment=Environment(project="shop", name="test", region="eu-central-1"),
    )
    try:
        vpc = Vpc(tier, id, flow_logs=None)
    except ConfigurationError:
        return
    assert vpc.node.id == id
