"""A service of one network that another one reaches through PrivateLink, without a route between.

The provider puts its servers behind a network load balancer and that behind an endpoint service.
The consumer gets an interface endpoint: addresses of its own that stand for the service. Another
account makes the same endpoint from the service's name, the stack's output.
"""

from __future__ import annotations

from terratiers import acknowledge
from terratiers.compute import Instance, MachineImage
from terratiers.load_balancing import NetworkLoadBalancer
from terratiers.network import InterfaceVpcEndpoint, SubnetGroup, Vpc, VpcEndpointService
from terratiers.security import Peer

from cdktf import App, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

ACCOUNT = "111122223333"
PARTNER = "444455556666"
PORT = 8443

app = App()
stack = TerraformStack(app, "orders")
AwsProvider(stack, "aws", region="eu-central-1")


def network(id: str, cidr_block: str) -> Vpc:
    """A network without a way to the internet."""
    return Vpc(
        stack,
        id,
        cidr_block=cidr_block,
        availability_zones=["eu-central-1a", "eu-central-1b"],
        subnet_groups=[SubnetGroup.private()],
    )


provider, consumer = network("provider", "10.0.0.0/16"), network("consumer", "10.1.0.0/16")

server = Instance(
    stack,
    "server",
    vpc=provider,
    instance_type="t3.small",
    machine_image=MachineImage.amazon_linux_2023(),
    ssm_access=False,
    detailed_monitoring=True,
)
balancer = NetworkLoadBalancer(stack, "balancer", vpc=provider, internal=True)
# the balancer's group sees the addresses that consumers have in their own networks
listener = balancer.add_listener(
    "orders", port=PORT, allow_from=[Peer.ipv4(consumer.cidr_block, name="consumer")]
)
listener.add_targets("servers", port=PORT, targets=[server])

orders = VpcEndpointService(
    stack, "orders", load_balancers=[balancer], allowed_principals=[ACCOUNT, PARTNER]
)
endpoint = InterfaceVpcEndpoint(stack, "to-orders", vpc=consumer, service=orders, port=PORT)
orders.accept(endpoint)

TerraformOutput(
    stack,
    "service_name",
    value=orders.service_name,
    description="What the partner gives its own endpoint",
)

# what checkov would have otherwise: docs/policy.md
acknowledge(balancer, "CKV_AWS_91", reason="only listeners of TLS write access logs: it has none")
acknowledge(balancer, "CKV_AWS_150", reason="an example is taken down again")

app.synth()
