"""The reference architecture: one call per tier. See README.md; every tier's docstring has its
options."""

from terratiers import App, Environment
from terratiers.tiers import NetworkTier, StateTier

environment = Environment(project="lab-edu", name="dev", region="ap-northeast-2")

app = App()

state = StateTier(app, environment=environment)

network = NetworkTier(
    app,
    environment=environment,
    cidr_block="10.0.0.0/16",
    availability_zones=2,
    nat_gateways="none",
    interface_endpoints=["secretsmanager", "logs", "sns"],
    network_acls={"isolated": "isolated"},
)

app.synth()
