"""The reference architecture: one call per tier. See README.md; every tier's docstring has its
options."""

from terratiers import App, Environment, acknowledge
from terratiers.security import SecretReference
from terratiers.tiers import ComputeTier, NetworkTier, SecurityTier, StateTier, VpnAccess

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

security = SecurityTier(
    app,
    environment=environment,
    vpc=network.vpc,
    s3_endpoint=network.gateway_endpoints["s3"],
)

acknowledge(app, "vpn-open-to-the-world", reason="people connect from wherever they are")

compute = ComputeTier(
    app,
    environment=environment,
    vpc=network.vpc,
    security=security,
    vpn=VpnAccess(
        clients=["0.0.0.0/0"],
        administrators=["203.0.113.0/24"],
        admin_password=SecretReference.ssm_parameter("/lab-edu/dev/vpn-admin"),
    ),
)

app.synth()
