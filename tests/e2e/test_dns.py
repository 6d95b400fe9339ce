"""Rows E1 to E3: zones, records of each type and certificates apply, plan clean, and grow by
additions; a balancer has a name and a certificate; the DNS tier serves another tier."""

from __future__ import annotations

from terratiers import Environment, Tier
from terratiers.core.synthesis import read_synthesis
from terratiers.dns import (
    AliasRecord,
    AliasTarget,
    Certificate,
    HostedZone,
    KeyAlgorithm,
    Record,
    Routing,
    ValidationMethod,
)
from terratiers.load_balancing import ApplicationLoadBalancer
from terratiers.local.deployment import Deployment
from terratiers.local.terraform import TerraformError
from terratiers.network import SubnetGroup, Vpc
from terratiers.tiers import StateTier
from terratiers.tiers.dns import DnsTier

import pytest
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.route53_health_check import Route53HealthCheck

REGION = "eu-central-1"
LONG = "k=rsa; p=" + "A" * 400
VALUES = {
    "A": ["192.0.2.1", "192.0.2.2"],
    "AAAA": ["2001:DB8:0:0::1"],
    "CAA": ['0 issue "amazon.com"', '0 iodef "mailto:security@example.com"'],
    "CNAME": ["target.example.net"],
    "DS": ["12345 13 2 " + "ab" * 32],
    "HTTPS": ['1 . alpn="h2"'],
    "MX": ["10 mail.example.com", "20 mail.example.net."],
    "NS": ["ns1.example.net", "ns2.example.net"],
    "PTR": ["host.example.com"],
    "SRV": ["10 5 5060 sip.example.com"],
    "SSHFP": ["4 2 " + "cd" * 32],
    "TLSA": ["3 1 1 " + "ef" * 32],
    "TXT": ["v=spf1 -all", LONG, 'a "quoted" \\ text', "gr\u00fcn"],
}


def new_stack(outdir, name):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, name)
    AwsProvider(stack, "aws", region=REGION, default_tags=[{"tags": {"Project": "shop"}}])
    LocalBackend(stack, path="terraform.tfstate")
    return app, stack


def finish(app):
    app.synth()
    return read_synthesis(app.outdir)


def small_vpc(stack, id, cidr):
    return Vpc(
        stack,
        id,
        cidr_block=cidr,
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        subnet_groups=[SubnetGroup.public()],
        flow_logs=None,
    )


def zones(outdir, *, grown=False, swapped=False):
    app, stack = new_stack(outdir, "zones")
    virginia = AwsProvider(stack, "virginia", region="us-east-1", alias="virginia")
    logs = CloudwatchLogGroup(stack, "logs", name="/dns/example.com", provider=virginia)
    zone = HostedZone(
        stack,
        "zone",
        zone_name="Example.com.",
        comment="the shop",
        query_log_group_arn=logs.arn,
        tags={"Team": "web"},
    )
    for type, values in VALUES.items():
        Record(stack, f"a-{type}", zone=zone, name=f"{type}.types", type=type, values=values)
    Record(stack, "apex", zone=zone, name="", type="A", values=["192.0.2.9"], ttl=0)
    Record(stack, "any", zone=zone, name="*.Dev", type="A", values=["192.0.2.10"])
    Record(stack, "dmarc", zone=zone, name="_dmarc", type="TXT", values=["v=DMARC1; p=reject"])

    check = Route53HealthCheck(
        stack, "check", type="HTTPS", fqdn="www.example.com", port=443, request_interval=30,
        failure_threshold=3,
    )  # fmt: skip
    policies = {
        "weighted": (
            Routing.weighted("blue", weight=90, health_check_id=check.id),
            Routing.weighted("green", weight=0),
        ),
        "latency": (
            Routing.latency("here", region=REGION),
            Routing.latency("there", region="us-east-1"),
        ),
        "failover": (
            Routing.failover("first", role="PRIMARY", health_check_id=check.id),
            Routing.failover("second", role="SECONDARY"),
        ),
        "place": (
            Routing.geolocation("europe", continent="EU"),
            Routing.geolocation("texas", country="US", subdivision="TX"),
            Routing.geolocation("rest", country="*"),
        ),
        "many": (Routing.multivalue("one"), Routing.multivalue("two", health_check_id=check.id)),
    }
    for name, routings in policies.items():
        for number, routing in enumerate(routings, 1):
            Record(
                stack, f"{name}-{routing.set_identifier}", zone=zone, name=name, type="A",
                values=[f"192.0.2.{number}"], routing=routing,
            )  # fmt: skip
    AliasRecord(
        stack,
        "cdn",
        zone=zone,
        name="cdn",
        target=AliasTarget(dns_name="d111111abcdef8.cloudfront.net", zone_id="Z2FDTNDATAQYW2"),
        ipv6=True,
        evaluate_target_health=False,
    )

    one, two = small_vpc(stack, "one", "10.0.0.0/16"), small_vpc(stack, "two", "10.1.0.0/16")
    vpcs = [two, one] if swapped else [one, two]
    internal = HostedZone(stack, "internal", zone_name="internal", vpcs=vpcs)
    Record(stack, "db", zone=internal, name="db", type="CNAME", values=["db.example.com"])
    below = HostedZone(stack, "below", zone_name="dev.example.com", force_destroy=True)
    Record(stack, "below-ns", zone=zone, name="dev", type="NS", values=below.name_servers)
    if grown:
        Record(stack, "new", zone=zone, name="new", type="A", values=["192.0.2.77"])
        internal.add_vpc(small_vpc(stack, "three", "10.2.0.0/16"))
    return finish(app)


def record_sets(emulator, zone_id):
    found = emulator.client("route53").list_resource_record_sets(HostedZoneId=zone_id)
    return {
        (item["Name"], item["Type"], item.get("SetIdentifier")): item
        for item in found["ResourceRecordSets"]
    }


def plan(deployment, tier):
    return [(c.address, c.actions) for c in deployment.prepare(tier).plan()]


@pytest.fixture
def work(tmp_path):
    return tmp_path / "work"


def test_zones_and_records(emulator, tmp_path, work):
    [before] = zones(tmp_path / "before")
    deployment = Deployment([before], emulator, work)
    list(deployment.up())
    assert plan(deployment, before) == []

    state = deployment.prepare(before).state()
    found = record_sets(emulator, state["aws_route53_zone.zone"]["zone_id"])
    text = found["txt.types.example.com.", "TXT", None]
    assert {record["Value"] for record in text["ResourceRecords"]} == {
        '"v=spf1 -all"',
        f'"{LONG[:255]}""{LONG[255:]}"',
        '"a \\"quoted\\" \\\\ text"',
        '"gr\\303\\274n"',
    }
    [address] = found["aaaa.types.example.com.", "AAAA", None]["ResourceRecords"]
    assert address["Value"] == "2001:db8::1"
    assert found["weighted.example.com.", "A", "green"]["Weight"] == 0
    assert ("cdn.example.com.", "AAAA", None) in found
    route53 = emulator.client("route53")
    private = route53.get_hosted_zone(Id=state["aws_route53_zone.internal"]["zone_id"])
    assert private["HostedZone"]["Config"]["PrivateZone"] is True
    assert {vpc["VPCId"] for vpc in private["VPCs"]} == {
        state["aws_vpc.one"]["id"],
        state["aws_vpc.two"]["id"],
    }

    [swapped] = zones(tmp_path / "swapped", swapped=True)
    with pytest.raises(TerraformError, match=r"which has to stay the first of\s+vpcs"):
        plan(deployment, swapped)
    [after] = zones(tmp_path / "after", grown=True)
    changes = plan(deployment, after)
    assert {actions for _, actions in changes} == {("create",)}
    addresses = {address for address, _ in changes}
    assert {"aws_route53_record.new", "aws_route53_zone_association.internal_three"} <= addresses
    assert all("three" in address or address.endswith(".new") for address in addresses)
    grown = Deployment([after], emulator, work)
    list(grown.up())
    assert plan(grown, after) == []
    list(grown.down())
    assert not [
        zone
        for zone in route53.list_hosted_zones()["HostedZones"]
        if zone["Name"] in ("example.com.", "internal.", "dev.example.com.")
    ]


def certificates(outdir, *, names=("*.example.com", "www.example.org"), second=True, **options):
    app, stack = new_stack(outdir, "certificates")
    virginia = AwsProvider(stack, "virginia", region="us-east-1", alias="virginia")
    com = HostedZone(stack, "com", zone_name="example.com")
    org = HostedZone(stack, "org", zone_name="example.org")
    certificate = Certificate(
        stack,
        "certificate",
        domain_name="example.com",
        subject_alternative_names=list(names),
        zones={"example.com": com, "example.org": org},
        issue_timeout=5,
        **options,
    )
    alb = ApplicationLoadBalancer(stack, "alb", vpc=small_vpc(stack, "vpc", "10.3.0.0/16"))
    alb.add_listener("https", certificate_arn=certificate.certificate_arn)
    AliasRecord(stack, "www", zone=com, name="www", target=alb)
    AliasRecord(stack, "apex", zone=com, name="", target=alb)
    if second:
        Certificate(
            stack, "cdn", domain_name="*.example.com", zone=com, provider=virginia,
            key_algorithm=KeyAlgorithm.EC_PRIME256V1,
        )  # fmt: skip
    return finish(app)


def test_certificates_grow_without_a_gap(emulator, tmp_path, work):
    [before] = certificates(tmp_path / "before")
    deployment = Deployment([before], emulator, work)
    list(deployment.up())
    assert plan(deployment, before) == []
    state = deployment.prepare(before).state()
    validations = {a for a in state if a.startswith("aws_route53_record.") and "_validation_" in a}
    assert validations == {
        "aws_route53_record.com_validation_example_com",
        "aws_route53_record.org_validation_www_example_org",
    }
    com = record_sets(emulator, state["aws_route53_zone.com"]["zone_id"])
    assert [name for name, type, _ in com if type == "CNAME"] == [
        state["aws_route53_record.com_validation_example_com"]["name"].strip(".") + "."
    ]
    alias = com["www.example.com.", "A", None]["AliasTarget"]
    assert alias["DNSName"].rstrip(".") == state["aws_lb.alb"]["dns_name"]
    assert alias["EvaluateTargetHealth"] is True
    acm = emulator.client("acm", REGION)
    arn = state["aws_acm_certificate.certificate"]["arn"]
    issued = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert issued["Status"] == "ISSUED"
    assert set(issued["SubjectAlternativeNames"]) == {
        "example.com",
        "*.example.com",
        "www.example.org",
    }
    with pytest.raises(acm.exceptions.ResourceInUseException):
        acm.delete_certificate(CertificateArn=arn)
    cdn = emulator.client("acm", "us-east-1").describe_certificate(
        CertificateArn=state["aws_acm_certificate.cdn"]["arn"]
    )
    assert cdn["Certificate"]["KeyAlgorithm"] == "EC_prime256v1"

    [after] = certificates(
        tmp_path / "after",
        names=("*.example.com", "www.example.org", "a-b.example.com", "a.b.example.com"),
    )
    assert dict(plan(deployment, after)) == {
        "aws_acm_certificate.certificate": ("create", "delete"),
        "aws_acm_certificate_validation.certificate": ("create", "delete"),
        "aws_lb_listener.alb_https": ("update",),
        "aws_route53_record.com_validation_a__b_example_com": ("create",),
        "aws_route53_record.com_validation_a_b_example_com": ("create",),
    }
    grown = Deployment([after], emulator, work)
    list(grown.up())
    assert plan(grown, after) == []
    listed = acm.list_certificates()["CertificateSummaryList"]
    assert [c["DomainName"] for c in listed].count("example.com") == 1

    [fewer] = certificates(tmp_path / "fewer", names=("*.example.com",), second=False)
    shrunk = Deployment([fewer], emulator, work)
    assert ("aws_route53_record.com_validation_example_com", ("delete",)) not in plan(shrunk, fewer)
    list(shrunk.up())
    assert plan(shrunk, fewer) == []
    list(shrunk.down())


def test_a_record_that_exists_already_is_adopted(emulator, tmp_path, work):
    """The console's button "create records in Route 53" was there before; mails are no records."""
    zone_id = emulator.client("route53").create_hosted_zone(
        Name="example.net", CallerReference="console"
    )["HostedZone"]["Id"]

    def stack_of(name, **options):
        app, stack = new_stack(tmp_path / name, name)
        zone = HostedZone.from_lookup(stack, "zone", zone_name="example.net")
        Certificate(stack, "certificate", domain_name="example.net", zone=zone)
        if options:
            Certificate(stack, "mail", domain_name="mail.example.net", **options)
        return finish(app)

    first = Deployment(stack_of("first"), emulator, work / "first")
    list(first.up())
    mail = {
        "validation": ValidationMethod.EMAIL,
        "email_domains": {"mail.example.net": "example.net"},
    }
    second = Deployment(stack_of("second", **mail), emulator, work / "second")
    list(second.up())
    for deployment in (first, second):
        assert plan(deployment, deployment.tiers[0]) == []
    list(second.down())
    list(first.down())
    emulator.client("route53").delete_hosted_zone(Id=zone_id)


def test_the_dns_tier_serves_another_tier(emulator, tmp_path, work):
    environment = Environment(project="shop", name="dns", region=REGION)
    app = App(outdir=str(tmp_path / "out"))
    StateTier(app, environment=environment)
    dns = DnsTier(app, environment=environment, domain_name="example.edu")
    web = Tier(app, "web", environment=environment)
    alb = ApplicationLoadBalancer(web, "alb", vpc=small_vpc(web, "vpc", "10.4.0.0/16"))
    alb.add_listener("https", certificate_arn=web.use(dns.certificate).certificate_arn)
    zone = web.use(dns.zone)
    AliasRecord(web, "www", zone=zone, name="www", target=alb)
    below = HostedZone(web, "below", zone_name="below.example.edu")
    Record(web, "ns", zone=zone, name="below", type="NS", values=below.name_servers)
    Record(web, "same", zone=zone, name="same", type="NS", values=zone.name_servers)
    tiers = finish(app)

    deployment = Deployment(tiers, emulator, work)
    list(deployment.up())
    assert [tier.name for tier in tiers] == ["state", "dns", "web"]
    for tier in tiers:
        assert plan(deployment, tier) == []
    outputs = deployment.prepare(tiers[1]).outputs()
    assert len(outputs["zone_name_servers"]) == 4
    assert ":certificate/" in outputs["certificate_arn"]
    found = record_sets(emulator, outputs["zone_id"])
    values = found["same.example.edu.", "NS", None]["ResourceRecords"]
    assert {value["Value"] for value in values} == set(outputs["zone_name_servers"])
    list(deployment.down())
