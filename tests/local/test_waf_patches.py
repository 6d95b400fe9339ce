"""Each patch answers as WAF and Shield do; where stock moto does so too, the patch can go."""

from __future__ import annotations

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

REGION = "eu-central-1"
ALB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/{}/0123456789abcdef"
CHECK = "1234abcd-12ab-34cd-56ef-1234567890ab"
FAILURES = (ClientError, ResponseParserError)


def rules_left(emulator, name):
    waf = emulator.client("wafv2", REGION)
    seen = {
        "SampledRequestsEnabled": True,
        "CloudWatchMetricsEnabled": True,
        "MetricName": "seen",
    }
    rule = {
        "Name": "home",
        "Priority": 1,
        "Statement": {"GeoMatchStatement": {"CountryCodes": ["DE"]}},
        "Action": {"Allow": {}},
        "VisibilityConfig": seen,
    }
    common = {
        "Name": name,
        "Scope": "REGIONAL",
        "DefaultAction": {"Block": {}},
        "VisibilityConfig": seen,
    }
    made = waf.create_web_acl(**common, Rules=[rule])["Summary"]
    waf.update_web_acl(**common, Id=made["Id"], LockToken=made["LockToken"], Rules=[])
    return waf.get_web_acl(Name=name, Id=made["Id"], Scope="REGIONAL")["WebACL"]["Rules"]


def test_an_acl_loses_its_last_rule(patched):
    assert rules_left(patched, "emptied") == []


def test_stock_moto_keeps_the_last_rule(stock):
    assert len(rules_left(stock, "kept")) == 1


def protect(emulator, name):
    shield = emulator.client("shield", "us-east-1")
    arn = ALB.format(name)
    return shield, arn, shield.create_protection(Name=name, ResourceArn=arn)["ProtectionId"]


def responses(emulator, name):
    shield, arn, id = protect(emulator, name)
    found = []
    for call, action in (
        (shield.enable_application_layer_automatic_response, {"Count": {}}),
        (shield.update_application_layer_automatic_response, {"Block": {}}),
    ):
        call(ResourceArn=arn, Action=action)
        protection = shield.describe_protection(ProtectionId=id)["Protection"]
        found.append(protection["ApplicationLayerAutomaticResponseConfiguration"])
    shield.disable_application_layer_automatic_response(ResourceArn=arn)
    protection = shield.describe_protection(ProtectionId=id)["Protection"]
    return [*found, protection.get("ApplicationLayerAutomaticResponseConfiguration")]


def test_shield_responds_to_attacks(patched):
    assert responses(patched, "responsive") == [
        {"Status": "ENABLED", "Action": {"Count": {}}},
        {"Status": "ENABLED", "Action": {"Block": {}}},
        None,
    ]


def test_stock_moto_does_not_respond(stock):
    with pytest.raises(FAILURES):
        responses(stock, "passive")


def health_checks(emulator, name):
    shield, _, id = protect(emulator, name)
    arn = f"arn:aws:route53:::healthcheck/{CHECK}"
    shield.associate_health_check(ProtectionId=id, HealthCheckArn=arn)
    before = shield.describe_protection(ProtectionId=id)["Protection"].get("HealthCheckIds")
    shield.disassociate_health_check(ProtectionId=id, HealthCheckArn=arn)
    after = shield.describe_protection(ProtectionId=id)["Protection"].get("HealthCheckIds", [])
    return before, after


def test_protections_have_health_checks(patched):
    assert health_checks(patched, "healthy") == ([CHECK], [])


def test_stock_moto_knows_no_health_checks(stock):
    with pytest.raises(FAILURES):
        health_checks(stock, "unknown")


def subscribe(emulator):
    shield = emulator.client("shield", "us-east-1")
    shield.create_subscription()
    shield.update_subscription(AutoRenew="DISABLED")
    subscription = shield.describe_subscription()["Subscription"]
    return subscription["AutoRenew"], subscription["EndTime"] - subscription["StartTime"]


def test_a_subscription_runs_for_a_year_and_ends(patched):
    renewal, runs_for = subscribe(patched)
    assert renewal == "DISABLED"
    assert runs_for.days in (364, 365)


def test_stock_moto_renews_forever(stock):
    with pytest.raises(FAILURES):
        subscribe(stock)


def time_of(emulator):
    """As it is written: boto3 reads texts too, the provider does not."""
    emulator.client("shield", "us-east-1").create_subscription()
    request = urllib.request.Request(
        f"http://127.0.0.1:{emulator.port}/",
        data=b"{}",
        headers={
            "X-Amz-Target": "AWSShield_20160616.DescribeSubscription",
            "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/shield/aws4_request",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["Subscription"]["EndTime"]


def test_times_are_numbers(patched):
    assert isinstance(time_of(patched), float)


def test_the_times_of_stock_moto_are_texts(stock):
    assert isinstance(time_of(stock), str)
