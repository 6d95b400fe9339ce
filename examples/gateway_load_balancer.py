"""Every packet that leaves a network goes through firewalls in another one.

The firewalls stand in the network `security`, two of them behind a gateway load balancer, and send
inspected traffic to the internet under their own addresses. The network `shop` has no internet
gateway: its servers reach the world through the endpoints of their own zone alone. Any image that
speaks GENEVE takes the place of the plain Linux here.
"""

from __future__ import annotations

from terratiers import acknowledge
from terratiers.compute import Instance, MachineImage
from terratiers.load_balancing import GatewayLoadBalancer, HealthCheck, TargetFailover
from terratiers.network import GatewayLoadBalancerEndpoint, SubnetGroup, Vpc, VpcEndpointService
from terratiers.security import Port

from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

ACCOUNT = "111122223333"
ZONES = ["eu-central-1a", "eu-central-1b"]

app = App()
stack = TerraformStack(app, "inspection")
AwsProvider(stack, "aws", region="eu-central-1")

security = Vpc(
    stack,
    "security",
    cidr_block="10.0.0.0/16",
    availability_zones=ZONES,
    subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
)
firewalls = [
    Instance(
        stack,
        f"firewall-{zone[-1]}",
        vpc=security,
        subnet_group="public",
        availability_zone=zone,
        instance_type="c6i.large",
        machine_image=MachineImage.amazon_linux_2023(),
        public_ip=True,
        source_dest_check=False,
        detailed_monitoring=True,
    )
    for zone in ZONES
]
for firewall in firewalls:
    firewall.connections.allow_to_any_ipv4(Port.all_traffic(), "inspected traffic")

balancer = GatewayLoadBalancer(stack, "gwlb", vpc=security)
balancer.add_targets(
    "firewalls",
    targets=firewalls,
    health_check=HealthCheck(protocol="HTTP", path="/", port=8080),
    failover=TargetFailover.REBALANCE,
)
inspection = VpcEndpointService(
    stack, "inspection", load_balancers=[balancer], allowed_principals=[ACCOUNT]
)

shop = Vpc(
    stack,
    "shop",
    cidr_block="10.1.0.0/16",
    availability_zones=ZONES,
    subnet_groups=[
        SubnetGroup.private(),
        SubnetGroup(name="inspection", type="private", slot=3),
    ],
)
endpoint = GatewayLoadBalancerEndpoint(
    stack, "endpoint", vpc=shop, service=inspection, subnet_group="inspection"
)
inspection.accept(endpoint)
endpoint.route_through("private")

# what checkov would have otherwise: docs/policy.md
for check, reason in {
    "CKV_AWS_88": "firewalls send inspected traffic out under their own addresses",
    "CKV_AWS_150": "an example is taken down again",
    "CKV_AWS_152": "each zone has a firewall of its own, and traffic between zones is paid for",
}.items():
    acknowledge(stack, check, reason=reason)

app.synth()
