"""The reference architecture: one call per tier. See README.md; every tier's docstring has its
options."""

from terratiers import App, Environment, acknowledge
from terratiers.security import SecretReference
from terratiers.tiers import (
    ComputeTier,
    DnsTier,
    EventsTier,
    NetworkTier,
    SecurityTier,
    ServerlessTier,
    StateTier,
    VpnAccess,
    WebPage,
    WebTier,
)

environment = Environment(project="lab-edu", name="dev", region="ap-northeast-2")

domain_name = "lab-edu.example.com"
api_url = "/lab-edu/dev/api-url"  # where the serverless tier tells the page its API

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

dns = DnsTier(app, environment=environment, domain_name=domain_name)

web = WebTier(
    app,
    environment=environment,
    vpc=network.vpc,
    dns=dns,
    machine_image=compute.web_image,
    page=WebPage(api_url_parameter=api_url),
)

acknowledge(app, "public-api", reason="the lab's page calls it without signing in")

serverless = ServerlessTier(
    app,
    environment=environment,
    allowed_origin=f"https://www.{domain_name}",
    api_url_parameter=api_url,
)

events = EventsTier(app, environment=environment, emails=["ops@lab-edu.example.com"])

app.synth()
