"""A classic load balancer, for an application that cannot leave it yet.

It warns when it is synthesized: AWS's successors are ApplicationLoadBalancer and
NetworkLoadBalancer. Run it: `python examples/classic_load_balancer.py`; it writes Terraform JSON
to `cdktf.out`.
"""

from terratiers import acknowledge
from terratiers.compute import Instance, MachineImage
from terratiers.dns import Certificate, HostedZone
from terratiers.load_balancing import (
    ClassicHealthCheck,
    ClassicListener,
    ClassicLoadBalancer,
    LoadBalancerAccessLogs,
)
from terratiers.network import SubnetGroup, Vpc
from terratiers.storage import Bucket

from cdktf import App, LocalBackend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"

app = App()
stack = TerraformStack(app, "legacy")
AwsProvider(stack, "aws", region=REGION)
LocalBackend(stack, path="terraform.tfstate")

vpc = Vpc(
    stack,
    "vpc",
    availability_zones=[f"{REGION}a", f"{REGION}b"],
    subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
)
shop = Instance(
    stack,
    "shop",
    vpc=vpc,
    instance_type="t3.small",
    machine_image=MachineImage.amazon_linux_2023(),
    ssm_access=False,
    detailed_monitoring=True,
)
zone = HostedZone(stack, "zone", zone_name="example.com")
# listeners take certificates that are issued: this one is waited for
certificate = Certificate(stack, "certificate", domain_name="shop.example.com", zone=zone)

# without this line, synthesis warns
acknowledge(stack, "classic-load-balancer", reason="the shop moves to an ALB in May")

elb = ClassicLoadBalancer(
    stack,
    "elb",
    vpc=vpc,
    listeners=[
        ClassicListener(port=80, instance_port=8080),
        ClassicListener(port=443, instance_port=8080, certificate_arn=certificate.certificate_arn),
        ClassicListener(port=8443, protocol="TCP", instance_port=9443),
    ],
    health_check=ClassicHealthCheck(target="HTTP:8080/health"),
    access_logs=LoadBalancerAccessLogs(bucket=Bucket(stack, "logs")),
)
elb.add_target(shop)

TerraformOutput(stack, "dns_name", value=elb.dns_name)

# what checkov would have otherwise: docs/policy.md
for check, reason in {
    "CKV_AWS_127": "the port 8443 goes through to the shop, which has its own certificate",
    "CKV_AWS_144": "logs of one region stay there",
    "CKV_AWS_260": "the shop itself answers HTTP with a redirect",
    "CKV_AWS_376": "port 80 is for the redirect, and 8443 carries the shop's own TLS",
    "CKV2_AWS_38": "signing begins when the registrar has the zone's DS record",
    "CKV2_AWS_39": "query logs have to be kept in us-east-1",
    "CKV2_AWS_62": "nobody waits for logs",
}.items():
    acknowledge(stack, check, reason=reason)

app.synth()
