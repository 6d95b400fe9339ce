"""A network load balancer with fixed public addresses: TLS for devices, UDP for their logs.

Run it: `python examples/network_load_balancer.py`; it writes Terraform JSON to `cdktf.out`.
"""

from terratiers import acknowledge
from terratiers.compute import Instance, MachineImage
from terratiers.dns import Certificate, HostedZone
from terratiers.load_balancing import HealthCheck, NetworkLoadBalancer
from terratiers.network import SubnetGroup, Vpc

from cdktf import App, LocalBackend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"

app = App()
stack = TerraformStack(app, "devices")
AwsProvider(stack, "aws", region=REGION)
LocalBackend(stack, path="terraform.tfstate")

vpc = Vpc(
    stack,
    "vpc",
    availability_zones=[f"{REGION}a", f"{REGION}b"],
    subnet_groups=[SubnetGroup.public(), SubnetGroup.private()],
)
broker = Instance(
    stack,
    "broker",
    vpc=vpc,
    instance_type="t3.small",
    machine_image=MachineImage.amazon_linux_2023(),
    ssm_access=False,
    detailed_monitoring=True,
)
zone = HostedZone(stack, "zone", zone_name="example.com")
# listeners take certificates that are issued: this one is waited for
certificate = Certificate(stack, "certificate", domain_name="devices.example.com", zone=zone)

# an Elastic IP in each zone: the addresses that devices have burnt in stay what they are
nlb = NetworkLoadBalancer(stack, "nlb", vpc=vpc)

mqtt = nlb.add_listener(
    "mqtt", port=8883, protocol="TLS", certificate_arn=certificate.certificate_arn
)
mqtt.add_targets("broker", port=1883, targets=[broker])

syslog = nlb.add_listener("syslog", port=514, protocol="UDP")
syslog.add_targets(
    "broker",
    port=5140,
    targets=[broker],
    # UDP says nothing of whether it arrived: ask over HTTP
    health_check=HealthCheck(protocol="HTTP", path="/health", port=8080),
)

for zone, address in nlb.elastic_ips.items():
    TerraformOutput(stack, f"address_{zone[-1]}", value=address.public_ip)

# what checkov would have otherwise: docs/policy.md
for check, reason in {
    "CKV_AWS_91": "the VPC's flow logs have every connection, also those without TLS",
    "CKV_AWS_150": "an example is taken down again",
    "CKV2_AWS_38": "signing begins when the registrar has the zone's DS record",
    "CKV2_AWS_39": "query logs have to be kept in us-east-1",
}.items():
    acknowledge(stack, check, reason=reason)

app.synth()
