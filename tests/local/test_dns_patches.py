"""Each patch answers as AWS does; where stock moto does so too, the patch can go."""

from __future__ import annotations

import time

import pytest

REGION = "eu-central-1"


def new_zone(emulator, name="example.com", **options):
    route53 = emulator.client("route53")
    zone = route53.create_hosted_zone(
        Name=name, CallerReference=f"{name}{time.monotonic_ns()}", **options
    )
    return route53, zone["HostedZone"]["Id"]


def private_zone(emulator):
    vpc = {"VPCRegion": REGION, "VPCId": "vpc-0123456789abcdef0"}
    route53, zone_id = new_zone(emulator, "internal", VPC=vpc)
    zone = route53.get_hosted_zone(Id=zone_id)
    return zone["HostedZone"]["Config"]["PrivateZone"], len(zone.get("VPCs", []))


def test_a_zone_with_a_vpc_is_private(patched):
    assert private_zone(patched) == (True, 1)


def test_stock_moto_still_makes_it_public(stock):
    assert private_zone(stock) == (False, 0)


def test_a_zone_without_is_public(patched):
    route53, zone_id = new_zone(patched)
    assert route53.get_hosted_zone(Id=zone_id)["HostedZone"]["Config"]["PrivateZone"] is False


def query_log(emulator):
    logs = emulator.client("logs", "us-east-1")
    name = f"/dns/{time.monotonic_ns()}"
    logs.create_log_group(logGroupName=name)
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    arn = group["arn"].removesuffix(":*")
    route53, zone_id = new_zone(emulator)
    zone_id = zone_id.removeprefix("/hostedzone/")
    config = route53.create_query_logging_config(
        HostedZoneId=zone_id, CloudWatchLogsLogGroupArn=arn
    )["QueryLoggingConfig"]
    return config["CloudWatchLogsLogGroupArn"] == arn


def test_queries_are_logged_to_a_group_by_its_arn(patched):
    assert query_log(patched)


def test_stock_moto_still_does_not_find_it(stock):
    with pytest.raises(Exception, match="log group"):
        query_log(stock)


def change(route53, zone_id, action, name, value="192.0.2.1", **options):
    record = {
        "Name": name,
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": value}],
        **options,
    }
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def names_after_delete(emulator):
    route53, zone_id = new_zone(emulator)
    for name in ("a.example.com", "b.example.com"):
        change(route53, zone_id, "CREATE", name, SetIdentifier="blue", Weight=1)
        change(route53, zone_id, "CREATE", name, SetIdentifier="green", Weight=1)
    change(route53, zone_id, "DELETE", "a.example.com", SetIdentifier="blue", Weight=1)
    found = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return sorted((r["Name"], r["SetIdentifier"]) for r in found if r["Type"] == "A")


def test_only_the_record_of_that_name_is_deleted(patched):
    assert names_after_delete(patched) == [
        ("a.example.com.", "green"),
        ("b.example.com.", "blue"),
        ("b.example.com.", "green"),
    ]


def test_stock_moto_still_deletes_the_identifier_everywhere(stock):
    assert ("b.example.com.", "blue") not in names_after_delete(stock)


def create_twice(emulator):
    route53, zone_id = new_zone(emulator)
    change(route53, zone_id, "CREATE", "a.example.com")
    change(route53, zone_id, "CREATE", "a.example.com", "192.0.2.2")
    return route53


def test_a_record_is_created_once(patched):
    with pytest.raises(Exception, match="already exists"):
        create_twice(patched)


def test_stock_moto_still_creates_two(stock):
    assert create_twice(stock)


def test_it_can_be_overwritten_and_created_again(patched):
    route53, zone_id = new_zone(patched)
    change(route53, zone_id, "CREATE", "a.example.com")
    change(route53, zone_id, "UPSERT", "a.example.com", "192.0.2.2")
    change(route53, zone_id, "DELETE", "a.example.com", "192.0.2.2")
    change(route53, zone_id, "CREATE", "a.example.com", "192.0.2.3")


def described(emulator, **options):
    acm = emulator.client("acm", REGION)
    arn = acm.request_certificate(DomainName="*.example.com", **options)["CertificateArn"]
    return acm, acm.describe_certificate(CertificateArn=arn)["Certificate"]


def test_certificates_have_the_key_that_was_asked_for(patched):
    _, certificate = described(patched, KeyAlgorithm="EC_secp384r1")
    assert certificate["KeyAlgorithm"] == "EC_secp384r1"
    assert described(patched)[1]["KeyAlgorithm"] == "RSA_2048"


def test_stock_moto_still_makes_all_of_rsa(stock):
    _, certificate = described(stock, KeyAlgorithm="EC_secp384r1")
    assert certificate["KeyAlgorithm"] == "RSA_2048"


def mailed(emulator):
    _, certificate = described(emulator, ValidationMethod="EMAIL")
    [option] = certificate["DomainValidationOptions"]
    return option


def test_mail_goes_to_the_domains_mailboxes(patched):
    option = mailed(patched)
    assert option["ValidationMethod"] == "EMAIL"
    assert "admin@example.com" in option["ValidationEmails"]
    assert "ResourceRecord" not in option


def test_a_certificate_waits_for_the_answer_to_a_mail(patched):
    acm, certificate = described(patched, ValidationMethod="EMAIL")
    time.sleep(1.5)
    arn = certificate["CertificateArn"]
    status = acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
    assert status == "PENDING_VALIDATION"


def test_stock_moto_still_knows_dns_only(stock):
    assert mailed(stock)["ValidationMethod"] == "DNS"


def delete_used_certificate(emulator):
    acm, certificate = described(emulator)
    arn = certificate["CertificateArn"]
    ec2 = emulator.client("ec2", REGION)
    elb = emulator.client("elbv2", REGION)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    balancer = elb.create_load_balancer(Name=f"b{time.monotonic_ns()}"[:30], Subnets=subnets)
    fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "-"}
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
    )
    acm.delete_certificate(CertificateArn=arn)
    return acm


def test_a_listeners_certificate_stays(patched):
    with pytest.raises(Exception, match="ResourceInUse"):
        delete_used_certificate(patched)


def test_stock_moto_still_deletes_it(stock):
    assert delete_used_certificate(stock)
