"""In a Terraform workspace, a tier reads its producer's state of that same workspace."""

from __future__ import annotations

from terratiers import Environment, Tier
from terratiers.core.synthesis import read_synthesis
from terratiers.local.deployment import Deployment
from terratiers.network import SubnetGroup, Vpc

from cdktf import App


def test_a_consumer_follows_its_producer_into_a_workspace(emulator, tmp_path):
    environment = Environment(project="shop", name="spaces", region="us-east-1")
    app = App(outdir=str(tmp_path / "cdktf.out"))
    network = Tier(app, "network", environment=environment)
    network.vpc = Vpc(
        network,
        "vpc",
        availability_zones=1,
        subnet_groups=[SubnetGroup.private()],
        flow_logs=None,
    )
    web = Tier(app, "web", environment=environment)
    web.add_output("seen", web.use(network.vpc).vpc_id, description="the VPC that web sees")
    app.synth()
    s3 = emulator.client("s3", "us-east-1")
    s3.create_bucket(Bucket="shop-spaces-tfstate")

    deployment = Deployment(read_synthesis(app.outdir), emulator, tmp_path / "work")
    seen = {}
    for workspace in ("default", "blue"):
        for tier in deployment.tiers:
            terraform = deployment.prepare(tier)
            terraform.run("workspace", "select", "-or-create", workspace)
            terraform.apply()
            seen.setdefault(workspace, []).extend(
                terraform.outputs().get(name) for name in ("vpc_id", "seen")
            )
    for made, _, _, found in seen.values():
        assert made == found
    assert seen["default"][0] != seen["blue"][0]
    keys = {item["Key"] for item in s3.list_objects_v2(Bucket="shop-spaces-tfstate")["Contents"]}
    assert {"shop/spaces/web.tfstate", "env:/blue/shop/spaces/web.tfstate"} <= keys
