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

# What checkov would have otherwise: see docs/policy.md.
for check, scope, reason in (
    ("CKV_AWS_18", state, "there is no bucket for logs before the state's own"),
    ("CKV_AWS_18", events, "who reads the pictures is of no interest in a lab"),
    ("CKV_AWS_59", serverless, "the lab's page calls it without signing in"),
    ("CKV_AWS_88", compute.web, "the lab's bastion is reached by its address"),
    ("CKV_AWS_115", app, "a new account has ten executions at once: too few to reserve any"),
    ("CKV_AWS_119", serverless, "encrypted with a key of DynamoDB's own, which costs nothing"),
    ("CKV_AWS_126", compute, "metrics every five minutes do for a lab"),
    ("CKV_AWS_144", app, "the lab is in one region, and what is lost is made again"),
    ("CKV_AWS_145", events, "encrypted with a key of S3's own, which costs nothing"),
    ("CKV_AWS_150", web, "a lab is taken down when the course is over"),
    ("CKV_AWS_158", app, "encrypted with a key of CloudWatch's own, which costs nothing"),
    ("CKV_AWS_272", app, "who may upload code may sign it as well in an account of one team"),
    ("CKV_AWS_309", serverless, "the lab's page calls it without signing in"),
    ("CKV2_AWS_38", dns, "signing begins when the registrar has the zone's DS record"),
    ("CKV2_AWS_39", dns, "query logs have to be kept in us-east-1, where the lab has nothing"),
    ("CKV2_AWS_62", app, "only the pictures have somebody who waits for them"),
    ("CKV2_AWS_71", dns, "one certificate for every name of the lab's zone"),
):
    acknowledge(scope, check, reason=reason)

app.synth()
