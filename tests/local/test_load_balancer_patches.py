"""Each patch answers as AWS does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import itertools

import pytest
from botocore.exceptions import ClientError

_numbers = itertools.count()


def network(emulator, zones=2):
    """Subnets of two zones and a security group, each time another VPC."""
    ec2 = emulator.client("ec2")
    octet = next(_numbers) + 10
    vpc = ec2.create_vpc(CidrBlock=f"10.{octet}.0.0/16")["Vpc"]["VpcId"]
    names = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.{octet}.{index}.0/24", AvailabilityZone=names[index]
        )["Subnet"]["SubnetId"]
        for index in range(zones)
    ]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    return vpc, subnets, group


def balancer(emulator, kind="network", **options):
    """A balancer of this kind, as it is described after its creation."""
    elb = emulator.client("elbv2")
    if not {"Subnets", "SubnetMappings"} & set(options):
        options["Subnets"] = network(emulator)[1]
    name = f"b-{next(_numbers)}"
    tags = [{"Key": "Team", "Value": "net"}]
    made = elb.create_load_balancer(Name=name, Type=kind, Tags=tags, **options)
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    [described] = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    return elb, described


@pytest.mark.parametrize(
    ("kind", "word"), [("application", "app"), ("network", "net"), ("gateway", "gwy")]
)
def test_an_arn_says_what_kind_of_balancer_it_is(patched, kind, word):
    elb, made = balancer(patched, kind)
    arn = made["LoadBalancerArn"]
    assert f":loadbalancer/{word}/" in arn
    [tags] = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert tags["Tags"] == [{"Key": "Team", "Value": "net"}]
    elb.delete_load_balancer(LoadBalancerArn=arn)


def test_stock_moto_still_says_app(stock):
    _, made = balancer(stock, "network")
    assert ":loadbalancer/app/" in made["LoadBalancerArn"]


def fixed_addresses(emulator):
    """What a balancer says of its addresses, and what it says after a third zone."""
    _, subnets, _ = network(emulator, zones=3)
    ec2 = emulator.client("ec2")
    ips = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in subnets]
    mappings = [
        {"SubnetId": subnet, "AllocationId": ip} for subnet, ip in zip(subnets, ips, strict=True)
    ]
    elb, made = balancer(emulator, SubnetMappings=mappings[:2])
    arn = made["LoadBalancerArn"]
    elb.set_subnets(LoadBalancerArn=arn, SubnetMappings=mappings)
    [after] = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    found = [
        [
            address["AllocationId"]
            for zone in described["AvailabilityZones"]
            for address in zone.get("LoadBalancerAddresses", [])
        ]
        for described in (made, after)
    ]
    return ips, found


def test_a_balancer_keeps_its_elastic_ips(patched):
    ips, found = fixed_addresses(patched)
    assert found == [ips[:2], ips]


def test_stock_moto_still_forgets_them(stock):
    _, found = fixed_addresses(stock)
    assert found == [[], []]


def test_a_balancer_keeps_its_private_addresses(patched):
    _, subnets, _ = network(patched)
    mappings = [{"SubnetId": subnets[0], "PrivateIPv4Address": "10.0.0.10"}]
    _, made = balancer(patched, SubnetMappings=mappings, Scheme="internal")
    [zone] = made["AvailabilityZones"]
    assert zone["LoadBalancerAddresses"] == [{"PrivateIPv4Address": "10.0.0.10"}]


def test_a_balancer_without_fixed_addresses_names_none(patched):
    _, made = balancer(patched)
    assert not any(zone.get("LoadBalancerAddresses") for zone in made["AvailabilityZones"])


def private_link_rules(emulator, value):
    """What a balancer says of PrivateLink at first, and after it was set."""
    _, subnets, group = network(emulator)
    elb, made = balancer(emulator, Subnets=subnets, SecurityGroups=[group])
    name = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    arn = made["LoadBalancerArn"]
    elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[group], **{name: value})
    [after] = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    return made.get(name), after.get(name)


@pytest.mark.parametrize("value", ["on", "off"])
def test_rules_for_private_link_are_kept(patched, value):
    assert private_link_rules(patched, value) == ("on", value)


def test_stock_moto_still_forgets_the_rules(stock):
    assert private_link_rules(stock, "off") == (None, None)


def test_application_balancers_say_nothing_of_private_link(patched):
    _, subnets, group = network(patched)
    _, made = balancer(patched, "application", Subnets=subnets, SecurityGroups=[group])
    assert "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic" not in made


def changed_listener(emulator, protocol, **change):
    """A listener whose target group was exchanged."""
    vpc, subnets, _ = network(emulator)
    elb, made = balancer(emulator, Subnets=subnets)
    group_protocol = "TCP" if protocol == "TLS" else protocol
    groups = [
        elb.create_target_group(
            Name=f"g-{next(_numbers)}", Protocol=group_protocol, Port=53, VpcId=vpc
        )["TargetGroups"][0]["TargetGroupArn"]
        for _ in range(2)
    ]
    certificates = {}
    if protocol == "TLS":
        acm = emulator.client("acm")
        arn = acm.request_certificate(DomainName="a.example.com")["CertificateArn"]
        certificates = {"Certificates": [{"CertificateArn": arn}]}
    listener = elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol=protocol,
        Port=53,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[0]}],
        **certificates,
    )["Listeners"][0]["ListenerArn"]
    elb.modify_listener(
        ListenerArn=listener,
        Protocol=protocol,
        Port=53,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[1]}],
        **certificates,
        **change,
    )
    [after] = elb.describe_listeners(ListenerArns=[listener])["Listeners"]
    return groups, after


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "TCP_UDP", "TLS"])
def test_listeners_of_every_protocol_can_be_changed(patched, protocol):
    groups, after = changed_listener(patched, protocol)
    assert after["Protocol"] == protocol
    assert after["DefaultActions"][0]["TargetGroupArn"] == groups[1]


def test_a_tls_listener_gets_another_policy_and_certificate(patched):
    acm = patched.client("acm")
    arn = acm.request_certificate(DomainName="b.example.com")["CertificateArn"]
    policy = "ELBSecurityPolicy-TLS13-1-3-2021-06"
    _, after = changed_listener(patched, "TLS", SslPolicy=policy)
    assert after["SslPolicy"] == policy
    elb = patched.client("elbv2")
    elb.modify_listener(
        ListenerArn=after["ListenerArn"], Protocol="TLS", Certificates=[{"CertificateArn": arn}]
    )
    [after] = elb.describe_listeners(ListenerArns=[after["ListenerArn"]])["Listeners"]
    assert [item["CertificateArn"] for item in after["Certificates"]] == [arn]


def test_stock_moto_still_refuses_the_change(stock):
    with pytest.raises(ClientError, match="UnsupportedProtocol"):
        changed_listener(stock, "UDP")


def classic(emulator, *listeners):
    """A classic balancer with listeners of (port, protocol, instance protocol)."""
    elb = emulator.client("elb")
    name = f"c-{next(_numbers)}"
    _, subnets, _ = network(emulator)
    given = [
        {
            "LoadBalancerPort": port,
            "Protocol": protocol,
            "InstancePort": 8080,
            "InstanceProtocol": instance,
        }
        for port, protocol, instance in listeners
    ]
    elb.create_load_balancer(LoadBalancerName=name, Listeners=given, Subnets=subnets)
    return elb, name


def instance_protocols(elb, name):
    [described] = elb.describe_load_balancers(LoadBalancerNames=[name])["LoadBalancerDescriptions"]
    found = [entry["Listener"] for entry in described["ListenerDescriptions"]]
    return [(entry["LoadBalancerPort"], entry["InstanceProtocol"]) for entry in found]


def added_protocols(emulator):
    elb, name = classic(emulator, (80, "http", "https"))
    listener = {"LoadBalancerPort": 25, "Protocol": "tcp", "InstancePort": 25}
    elb.create_load_balancer_listeners(
        LoadBalancerName=name, Listeners=[{**listener, "InstanceProtocol": "ssl"}]
    )
    return instance_protocols(elb, name)


def test_classic_listeners_keep_what_instances_speak(patched):
    assert added_protocols(patched) == [(80, "HTTPS"), (25, "SSL")]


def test_stock_moto_still_says_what_the_balancer_speaks(stock):
    assert added_protocols(stock) == [(80, "HTTP"), (25, "TCP")]


def desync_mitigation(emulator):
    """What a classic balancer says of ambiguous requests after another attribute was changed."""
    elb, name = classic(emulator, (80, "http", "http"))
    strict = {"Key": "elb.http.desyncmitigationmode", "Value": "strictest"}
    for attributes in (
        {"AdditionalAttributes": [strict]},
        {"ConnectionDraining": {"Enabled": True, "Timeout": 60}},
    ):
        elb.modify_load_balancer_attributes(
            LoadBalancerName=name, LoadBalancerAttributes=attributes
        )
    found = elb.describe_load_balancer_attributes(LoadBalancerName=name)["LoadBalancerAttributes"]
    return [item["Value"] for item in found["AdditionalAttributes"]]


def test_desync_mitigation_is_kept(patched):
    assert desync_mitigation(patched) == ["strictest"]


def test_stock_moto_still_adds_the_default(stock):
    assert desync_mitigation(stock) != ["strictest"]


def left_listeners(emulator):
    elb, name = classic(emulator, *((port, "http", "http") for port in (80, 81, 82)))
    elb.delete_load_balancer_listeners(LoadBalancerName=name, LoadBalancerPorts=[80, 81])
    return [port for port, _ in instance_protocols(elb, name)]


def test_the_named_listeners_are_deleted(patched):
    assert left_listeners(patched) == [82]


def test_stock_moto_still_keeps_some(stock):
    assert left_listeners(stock) != [82]
