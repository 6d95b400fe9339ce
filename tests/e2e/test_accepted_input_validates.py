"""Whatever the constructs accept, Terraform's own validation accepts too."""

from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.core.log_group import RETENTION_DAYS
from terratiers.local.terraform import Terraform, emulator_environment
from terratiers.network import (
    AclRule,
    FlowLogs,
    GatewayVpcEndpoint,
    InterfaceVpcEndpoint,
    NatGateways,
    NetworkAcl,
    SubnetGroup,
    SubnetType,
    Vpc,
)

from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from hypothesis import given, settings
from hypothesis import strategies as st

blocks = st.builds(
    lambda second, prefix: f"10.{second}.0.0/{prefix}", st.integers(0, 255), st.integers(16, 22)
)
names = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
usual = st.lists(
    st.sampled_from([SubnetGroup.public(), SubnetGroup.private(), SubnetGroup.isolated()]),
    min_size=1,
    max_size=3,
    unique_by=lambda group: group.name,
)
further = st.lists(
    st.builds(
        lambda slot, kind, tags: SubnetGroup(name=f"g{slot}", type=kind, slot=slot, tags=tags),
        st.integers(3, 7),
        st.sampled_from(SubnetType.ALL),
        st.dictionaries(st.text("aB1 -", min_size=1), st.text("xY2/"), max_size=2),
    ),
    max_size=2,
    unique_by=lambda group: group.slot,
)
groups = st.builds(lambda first, more: [*first, *more], usual, further)
rules = st.lists(
    st.builds(
        AclRule,
        name=names,
        number=st.integers(1, 999),
        direction=st.sampled_from(["ingress", "egress"]),
        cidr_block=st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "::/0"]),
        protocol=st.sampled_from(["tcp", "udp", "icmp", "icmpv6", "all"]),
        ports=st.one_of(st.none(), st.integers(0, 65535), st.just((1024, 65535))),
    ),
    max_size=4,
)
vpcs = st.fixed_dictionaries(
    {
        "cidr_block": blocks,
        "availability_zones": st.lists(
            st.sampled_from([f"us-east-1{letter}" for letter in "abcdef"]),
            min_size=1,
            max_size=6,
            unique=True,
        ),
        "subnet_groups": groups,
        "nat_gateways": st.sampled_from(NatGateways.ALL),
        "ipv6": st.booleans(),
        "secondary_cidr_blocks": st.lists(st.just("100.64.0.0/20"), max_size=1),
        "flow_logs": st.one_of(
            st.none(),
            st.builds(FlowLogs.to_cloud_watch_logs, retention_days=st.sampled_from(RETENTION_DAYS)),
            st.just(FlowLogs.to_s3("arn:aws:s3:::logs-of-the-vpc/prefix/")),
        ),
    }
)


def test_accepted_input_validates(tmp_path):
    app = App(outdir=str(tmp_path / "cdktf.out"))
    stack = TerraformStack(app, "many")
    AwsProvider(stack, "aws", region="us-east-1")
    accepted = []

    @given(vpcs, rules)
    @settings(max_examples=60)
    def add(options, acl_rules):
        id = f"v{len(accepted)}"
        try:
            vpc = Vpc(stack, id, **options)
        except ConfigurationError:
            return
        accepted.append(options)
        group = options["subnet_groups"][0].name
        GatewayVpcEndpoint(vpc, "s3", vpc=vpc, service="s3")
        InterfaceVpcEndpoint(vpc, "logs", vpc=vpc, service="logs", subnet_group=group)
        try:
            NetworkAcl(vpc, "acl", vpc=vpc, subnet_group=group, rules=acl_rules)
        except ConfigurationError:
            NetworkAcl(vpc, "acl", vpc=vpc, subnet_group=group, preset="private")

    add()
    assert len(accepted) >= 20
    app.synth()
    folder = tmp_path / "cdktf.out" / "stacks" / "many"
    terraform = Terraform(folder, emulator_environment("http://127.0.0.1:1"))
    terraform.init("-backend=false")
    terraform.validate()
