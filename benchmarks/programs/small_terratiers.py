"""The small architecture in Terratiers' constructs: `small_terratiers.py COPIES`."""

from __future__ import annotations

import sys

from terratiers import Environment, Tier
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import Peer, Port, SecurityGroup
from terratiers.serverless import Code, Function
from terratiers.storage import Bucket

from cdktf import App

CIDR_BLOCK = "10.0.0.0/16"

environment = Environment(project="shop", name="dev", region="eu-central-1")
app = App()
tier = Tier(app, "shop", environment=environment)
for n in range(int(sys.argv[1])):
    vpc = Vpc(
        tier,
        f"vpc-{n}",
        cidr_block=CIDR_BLOCK,
        subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
        flow_logs=None,  # the others have none either
    )
    group = SecurityGroup(
        tier, f"group-{n}", vpc=vpc, description="of the function", allow_all_outbound=True
    )
    group.connections.allow_from(Peer.ipv4(CIDR_BLOCK), Port.tcp(443), "the VPC")
    bucket = Bucket(tier, f"bucket-{n}")
    Function(
        tier,
        f"function-{n}",
        code=Code.from_bucket(bucket, "code.zip", version="1"),
        environment={"BUCKET": bucket.bucket_name},
    )
app.synth()
