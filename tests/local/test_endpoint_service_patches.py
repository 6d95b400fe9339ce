"""Each patch answers as AWS does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

ROLE = "arn:aws:iam::111122223333:role/reader"
NO_SUCH_CALL = (ClientError, ResponseParserError)


def network(emulator):
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    return ec2, vpc, subnet


def service(emulator, name, **options):
    ec2, vpc, subnet = network(emulator)
    [balancer] = emulator.client("elbv2").create_load_balancer(
        Name=name, Subnets=[subnet], Type="network"
    )["LoadBalancers"]
    made = ec2.create_vpc_endpoint_service_configuration(
        NetworkLoadBalancerArns=[balancer["LoadBalancerArn"]], **options
    )["ServiceConfiguration"]
    return ec2, vpc, made


def described(ec2, made):
    return ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[made["ServiceId"]])[
        "ServiceConfigurations"
    ][0]


def permissions(emulator):
    ec2, _, made = service(emulator, "permitted")
    added = ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=made["ServiceId"], AddAllowedPrincipals=[ROLE, "*"]
    ).get("AddedPrincipals", [])
    found = ec2.describe_vpc_endpoint_service_permissions(ServiceId=made["ServiceId"])
    return added, found["AllowedPrincipals"]


def test_permissions_have_ids_that_stay(patched):
    added, found = permissions(patched)
    assert {(item["Principal"], item["PrincipalType"]) for item in added} == {
        (ROLE, "Role"),
        ("*", "All"),
    }
    ids = {item["Principal"]: item["ServicePermissionId"] for item in added}
    assert ids == {item["Principal"]: item["ServicePermissionId"] for item in found}
    assert len(set(ids.values())) == 2


def test_stock_moto_answers_without_them(stock):
    added, found = permissions(stock)
    assert added == []
    assert not any("ServicePermissionId" in item for item in found)


def address_types(emulator):
    ec2, _, made = service(emulator, "typed", SupportedIpAddressTypes=["ipv6"])
    before = described(ec2, made).get("SupportedIpAddressTypes")
    ec2.modify_vpc_endpoint_service_configuration(
        ServiceId=made["ServiceId"],
        AddSupportedIpAddressTypes=["ipv4"],
        RemoveSupportedIpAddressTypes=["ipv6"],
    )
    return before, described(ec2, made).get("SupportedIpAddressTypes")


def test_services_keep_their_types_of_addresses(patched):
    assert address_types(patched) == (["ipv6"], ["ipv4"])


def test_a_service_has_ipv4_unless_told_otherwise(patched):
    ec2, _, made = service(patched, "plain")
    assert described(ec2, made)["SupportedIpAddressTypes"] == ["ipv4"]


def test_stock_moto_forgets_the_types_of_addresses(stock):
    assert address_types(stock) == (None, None)


def endpoint(emulator, name, *, acceptance):
    ec2, vpc, made = service(emulator, name, AcceptanceRequired=acceptance)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=made["ServiceName"], VpcEndpointType="Interface"
    )["VpcEndpoint"]
    return ec2, made["ServiceId"], endpoint


def state(ec2, endpoint):
    ids = [endpoint["VpcEndpointId"]]
    return ec2.describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"][0]["State"]


def test_an_endpoint_waits_until_it_is_accepted(patched):
    ec2, service_id, made = endpoint(patched, "waiting", acceptance=True)
    assert state(ec2, made) == "pendingAcceptance"
    wanted = {"ServiceId": service_id, "VpcEndpointIds": [made["VpcEndpointId"]]}
    ec2.accept_vpc_endpoint_connections(**wanted)
    assert state(ec2, made) == "available"
    [connection] = ec2.describe_vpc_endpoint_connections(
        Filters=[{"Name": "service-id", "Values": [service_id]}]
    )["VpcEndpointConnections"]
    assert connection["VpcEndpointId"] == made["VpcEndpointId"]
    assert connection["VpcEndpointState"] == "available"
    ec2.reject_vpc_endpoint_connections(**wanted)
    assert state(ec2, made) == "rejected"


def test_an_endpoint_of_an_open_service_is_available(patched):
    ec2, _, made = endpoint(patched, "opened", acceptance=False)
    assert state(ec2, made) == "available"


def test_to_stock_moto_every_endpoint_is_available(stock):
    ec2, service_id, made = endpoint(stock, "waiting", acceptance=True)
    assert state(ec2, made) == "available"
    with pytest.raises(NO_SUCH_CALL):
        ec2.accept_vpc_endpoint_connections(
            ServiceId=service_id, VpcEndpointIds=[made["VpcEndpointId"]]
        )


def verified(emulator, name):
    ec2, _, made = service(emulator, name, PrivateDnsName="orders.example.com")
    before = described(ec2, made)["PrivateDnsNameConfiguration"]
    ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=made["ServiceId"])
    return before, described(ec2, made)["PrivateDnsNameConfiguration"]


def test_a_private_name_is_verified_when_that_is_started(patched):
    before, after = verified(patched, "verified")
    assert before["State"] == "pendingVerification"
    assert after == {**before, "State": "verified"}
    other, _ = verified(patched, "verified-too")
    assert other["Name"] != before["Name"]


def test_stock_moto_cannot_verify(stock):
    with pytest.raises(NO_SUCH_CALL):
        verified(stock, "verified")
