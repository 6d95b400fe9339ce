"""Rows B3 and D4: a service behind PrivateLink with its consumer, and an inspected network: both
apply, plan clean, grow by additions alone, and their routes are what was asked for."""

from __future__ import annotations

from terratiers.compute import Instance, MachineImage
from terratiers.core.synthesis import read_synthesis
from terratiers.load_balancing import (
    GatewayLoadBalancer,
    HealthCheck,
    NetworkLoadBalancer,
    Stickiness,
    TargetFailover,
)
from terratiers.local.deployment import Deployment
from terratiers.network import (
    GatewayLoadBalancerEndpoint,
    InterfaceVpcEndpoint,
    SubnetGroup,
    Vpc,
    VpcEndpointService,
)

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"
ACCOUNT = "123456789012"
PARTNER = "111122223333"


def new_stack(outdir, name):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, name)
    AwsProvider(stack, "aws", region=REGION, default_tags=[{"tags": {"Project": "shop"}}])
    LocalBackend(stack, path="terraform.tfstate")
    return app, stack


def zones(grown):
    return [f"{REGION}a", f"{REGION}b", *([f"{REGION}c"] if grown else [])]


def balancer_of(stack, id, vpc):
    balancer = NetworkLoadBalancer(stack, id, vpc=vpc, internal=True)
    balancer.add_listener("orders", port=8443).add_targets("servers", port=8443)
    return balancer


def private_link(outdir, *, grown=False):
    app, stack = new_stack(outdir, "linked")
    provider = Vpc(
        stack,
        "provider",
        availability_zones=zones(False),
        subnet_groups=[SubnetGroup.private()],
        flow_logs=None,
    )
    service = VpcEndpointService(
        stack,
        "orders",
        load_balancers=[balancer_of(stack, "balancer", provider)],
        allowed_principals=[ACCOUNT, *([f"arn:aws:iam::{PARTNER}:role/reader"] if grown else [])],
        private_dns_name="orders.example.com",
        supported_ip_address_types=["ipv4"],
        supported_regions=[REGION, "eu-west-1"],
        tags={"Team": "orders"},
    )
    service.verify_private_dns_name()
    open_service = VpcEndpointService(
        stack,
        "open",
        load_balancers=[balancer_of(stack, "open-balancer", provider)],
        acceptance_required=False,
        allowed_principals={"own": f"arn:aws:iam::{ACCOUNT}:root"},
        private_dns_name="open.example.com",
    )
    consumer = Vpc(
        stack,
        "consumer",
        cidr_block="10.1.0.0/16",
        availability_zones=zones(grown),
        subnet_groups=[SubnetGroup.private()],
        flow_logs=None,
    )
    endpoint = InterfaceVpcEndpoint(stack, "to-orders", vpc=consumer, service=service, port=8443)
    service.accept(endpoint)
    InterfaceVpcEndpoint(stack, "to-open", vpc=consumer, service=open_service, private_dns=True)
    app.synth()
    return read_synthesis(outdir)


def inspected(outdir, *, grown=False):
    app, stack = new_stack(outdir, "inspected")
    security = Vpc(
        stack,
        "security",
        availability_zones=zones(grown),
        subnet_groups=[SubnetGroup.private()],
        flow_logs=None,
    )
    firewalls = [
        Instance(
            stack,
            f"firewall-{zone[-1]}",
            vpc=security,
            availability_zone=zone,
            instance_type="c6i.large",
            machine_image=MachineImage.amazon_linux_2023(),
            ssm_access=False,
        )
        for zone in zones(False)
    ]
    balancer = GatewayLoadBalancer(stack, "gwlb", vpc=security, cross_zone_enabled=True)
    balancer.add_targets(
        "firewalls",
        targets=firewalls,
        health_check=HealthCheck(protocol="HTTP", path="/alive", port=8080),
        stickiness=Stickiness(kind="source_ip_dest_ip_proto"),
        failover=TargetFailover.REBALANCE,
        tcp_idle_timeout_seconds=600,
    )
    service = VpcEndpointService(
        stack, "inspection", load_balancers=[balancer], allowed_principals=[ACCOUNT]
    )
    shop = Vpc(
        stack,
        "shop",
        cidr_block="10.1.0.0/16",
        availability_zones=zones(grown),
        subnet_groups=[
            SubnetGroup.public(),
            SubnetGroup.private(),
            SubnetGroup(name="data", type="public", slot=3, default_route=False),
        ],
        flow_logs=None,
    )
    endpoint = GatewayLoadBalancerEndpoint(
        stack, "endpoint", vpc=shop, service=service, subnet_group="public"
    )
    service.accept(endpoint)
    endpoint.route_through("private")
    endpoint.route_through("data")
    app.synth()
    return read_synthesis(outdir)


def applied(make, emulator, tmp_path):
    before = make(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(before[0])
    assert terraform.plan() == []
    return deployment, terraform.state()


def grown(make, deployment, emulator, tmp_path):
    """What the grown program would change, applied: by action."""
    after = make(tmp_path / "after", grown=True)
    terraform = deployment.prepare(after[0])
    changes = terraform.plan()
    deployment = Deployment(after, emulator, tmp_path / "work")
    list(deployment.up())
    assert terraform.plan() == []
    return deployment, {change.address: change.actions for change in changes}


def test_a_service_is_reached_through_private_link(emulator, tmp_path):
    deployment, state = applied(private_link, emulator, tmp_path)
    ec2 = emulator.client("ec2", REGION)
    made = state["aws_vpc_endpoint_service.orders"]
    [service] = ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[made["id"]])[
        "ServiceConfigurations"
    ]
    assert service["ServiceType"] == [{"ServiceType": "Interface"}]
    assert service["AcceptanceRequired"] is True
    assert service["NetworkLoadBalancerArns"] == [state["aws_lb.balancer"]["arn"]]
    assert service["PrivateDnsNameConfiguration"]["State"] == "verified"
    assert service["SupportedIpAddressTypes"] == ["ipv4"]
    assert {item["Region"] for item in service["SupportedRegions"]} == {REGION, "eu-west-1"}
    assert principals(ec2, made["id"]) == {f"arn:aws:iam::{ACCOUNT}:root"}

    orders, opened = (
        ec2.describe_vpc_endpoints(VpcEndpointIds=[state[f"aws_vpc_endpoint.{id}"]["id"]])[
            "VpcEndpoints"
        ][0]
        for id in ("to_orders", "to_open")
    )
    assert (orders["ServiceName"], orders["State"]) == (made["service_name"], "available")
    assert orders["PrivateDnsEnabled"] is False
    assert opened["PrivateDnsEnabled"] is True
    assert set(orders["SubnetIds"]) == {
        state[f"aws_subnet.consumer_private_{letter}"]["id"] for letter in "ab"
    }

    deployment, changes = grown(private_link, deployment, emulator, tmp_path)
    assert set(changes.values()) == {("create",)}
    assert {
        "aws_vpc_endpoint_service_allowed_principal.orders_111122223333_role_reader",
        "aws_vpc_endpoint_subnet_association.to_orders_c",
        "aws_vpc_endpoint_subnet_association.to_open_c",
    } < set(changes)
    assert f"arn:aws:iam::{PARTNER}:role/reader" in principals(ec2, made["id"])
    list(deployment.down())


def principals(ec2, service_id):
    found = ec2.describe_vpc_endpoint_service_permissions(ServiceId=service_id)
    return {item["Principal"] for item in found["AllowedPrincipals"]}


def routes_of(ec2, table_id):
    [table] = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    return {route["DestinationCidrBlock"]: route["GatewayId"] for route in table["Routes"]}


def test_traffic_goes_through_the_firewalls(emulator, tmp_path):
    deployment, state = applied(inspected, emulator, tmp_path)
    ec2, elb = emulator.client("ec2", REGION), emulator.client("elbv2", REGION)
    gateway = state["aws_internet_gateway.shop"]["id"]
    endpoints = {letter: state[f"aws_vpc_endpoint.endpoint_{letter}"]["id"] for letter in "ab"}
    for endpoint in ec2.describe_vpc_endpoints(VpcEndpointIds=list(endpoints.values()))[
        "VpcEndpoints"
    ]:
        assert endpoint["VpcEndpointType"] == "GatewayLoadBalancer"
        assert endpoint["State"] == "available"
        assert len(endpoint["SubnetIds"]) == 1

    assert routes_of(ec2, state["aws_route_table.shop_public"]["id"]) == {
        "10.1.0.0/16": "local",
        "0.0.0.0/0": gateway,
    }
    inspected_blocks = {}
    for group in ("private", "data"):
        for letter in "ab":
            table = state[f"aws_route_table.shop_{group}_{letter}"]["id"]
            assert routes_of(ec2, table) == {
                "10.1.0.0/16": "local",
                "0.0.0.0/0": endpoints[letter],
            }
            block = state[f"aws_subnet.shop_{group}_{letter}"]["cidr_block"]
            inspected_blocks[block] = endpoints[letter]
    ingress = state["aws_route_table.endpoint_ingress"]["id"]
    assert routes_of(ec2, ingress) == {"10.1.0.0/16": "local", **inspected_blocks}
    [table] = ec2.describe_route_tables(RouteTableIds=[ingress])["RouteTables"]
    assert [item.get("GatewayId") for item in table["Associations"]] == [gateway]

    arn = state["aws_lb.gwlb"]["arn"]
    [listener] = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    group = state["aws_lb_target_group.gwlb_firewalls"]["arn"]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == group
    assert "Port" not in listener
    health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {(item["Target"]["Id"], item["Target"]["Port"]) for item in health} == {
        (state[f"aws_instance.firewall_{letter}"]["id"], 6081) for letter in "ab"
    }
    found = elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    attributes = {item["Key"]: item["Value"] for item in found}
    assert attributes["target_failover.on_unhealthy"] == "rebalance"
    assert attributes["target_failover.on_deregistration"] == "rebalance"
    assert attributes["stickiness.type"] == "source_ip_dest_ip_proto"

    deployment, changes = grown(inspected, deployment, emulator, tmp_path)
    assert changes.pop("aws_lb.gwlb") == ("update",)  # its subnets, in place
    assert set(changes.values()) == {("create",)}
    assert {
        "aws_vpc_endpoint.endpoint_c",
        "aws_vpc_endpoint_connection_accepter.inspection_endpoint_c",
        "aws_route.endpoint_egress_private_c",
        "aws_route.endpoint_ingress_private_c",
    } < set(changes)
    list(deployment.down())
