from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.core.acknowledgements import acknowledge
from terratiers.dns import (
    Certificate,
    CertificateAttributes,
    HostedZone,
    KeyAlgorithm,
    ValidationMethod,
)
from terratiers.load_balancing import ApplicationLoadBalancer

import pytest
from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from hypothesis import given
from hypothesis import strategies as st

ARN = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def zone(tier):
    return HostedZone(tier, "zone", zone_name="example.com")


def test_a_name_is_validated_by_a_record(tier, zone, synth):
    certificate = Certificate(tier, "certificate", domain_name="Example.com.", zone=zone)
    assert certificate.domain_names == ("example.com",)
    template = synth(tier)
    assert template.resource("aws_acm_certificate.certificate") == {
        "domain_name": "example.com",
        # told, since the provider keeps what it knows when nothing is
        "subject_alternative_names": [],
        "validation_method": "DNS",
        "key_algorithm": "RSA_2048",
        "options": {"certificate_transparency_logging_preference": "ENABLED"},
        "tags": {"Name": "shop-test-certificate"},
        "lifecycle": {"create_before_destroy": True},
    }
    option = (
        "${{one([for option in aws_acm_certificate.certificate.domain_validation_options : "
        'option.resource_record_{} if option.domain_name == "example.com"])}}'
    )
    assert template.resources("aws_route53_record") == {
        "zone_validation_example_com": {
            "zone_id": "${aws_route53_zone.zone.zone_id}",
            "name": option.format("name"),
            "type": "CNAME",
            "ttl": 300,
            "records": [option.format("value")],
            "allow_overwrite": True,
            "lifecycle": {"ignore_changes": ["name", "records"]},
        }
    }
    assert template.resource("aws_acm_certificate_validation.certificate") == {
        "certificate_arn": "${aws_acm_certificate.certificate.arn}",
        "validation_record_fqdns": ["${aws_route53_record.zone_validation_example_com.fqdn}"],
        "timeouts": {"create": "75m"},
        "lifecycle": {"create_before_destroy": True},
    }


def test_listeners_wait_until_it_is_issued(tier, vpc, zone, synth):
    certificate = Certificate(tier, "certificate", domain_name="example.com", zone=zone)
    alb = ApplicationLoadBalancer(tier, "alb", vpc=vpc)
    alb.add_listener("https", certificate_arn=certificate.certificate_arn)
    assert synth(tier).resource("aws_lb_listener.alb_https")["certificate_arn"] == (
        "${aws_acm_certificate_validation.certificate.certificate_arn}"
    )


def test_a_name_and_its_wildcard_share_a_record(tier, zone, synth):
    names = ["*.example.com", "www.example.com", "*.www.example.com", "*.only.example.com"]
    certificate = Certificate(
        tier, "certificate", domain_name="example.com", subject_alternative_names=names, zone=zone
    )
    found = synth(tier).resources("aws_route53_record")
    assert set(found) == {
        "zone_validation_example_com",
        "zone_validation_www_example_com",
        "zone_validation_only_example_com",
    }
    assert '== "example.com"]' in found["zone_validation_example_com"]["name"]
    assert '== "*.only.example.com"]' in found["zone_validation_only_example_com"]["name"]
    assert set(certificate.validation_records) == {
        "example.com",
        "www.example.com",
        "only.example.com",
    }


def test_each_name_goes_to_its_closest_zone(tier, zone, synth):
    zones = {
        "example.com": zone,
        "dev.example.com": HostedZone(tier, "dev", zone_name="dev.example.com"),
        "example.org": HostedZone(tier, "org", zone_name="example.org"),
    }
    Certificate(
        tier,
        "certificate",
        domain_name="example.com",
        subject_alternative_names=["a.dev.example.com", "*.example.org", "notdev.example.com"],
        zones=zones,
    )
    assert set(synth(tier).resources("aws_route53_record")) == {
        "zone_validation_example_com",
        "dev_validation_a_dev_example_com",
        "org_validation_example_org",
        "zone_validation_notdev_example_com",
    }


def test_dots_and_hyphens_make_different_addresses(tier, zone, synth):
    names = ["a-b.example.com", "a.b.example.com", "xn--bcher-kva.example.com"]
    Certificate(
        tier,
        "certificate",
        domain_name=names[0],
        subject_alternative_names=names[1:],
        zone=zone,
    )
    assert set(synth(tier).resources("aws_route53_record")) == {
        "zone_validation_a__b_example_com",
        "zone_validation_a_b_example_com",
        "zone_validation_xn____bcher__kva_example_com",
    }


def test_certificates_of_a_stack_share_records(tier, zone, synth):
    virginia = AwsProvider(tier, "virginia", region="us-east-1", alias="virginia")
    Certificate(tier, "first", domain_name="example.com", zone=zone)
    Certificate(
        tier,
        "second",
        domain_name="*.example.com",
        zone=zone,
        provider=virginia,
        key_algorithm=KeyAlgorithm.EC_PRIME256V1,
        issue_timeout=4320,
        tags={"Team": "web"},
    )
    template = synth(tier)
    template.resource_count("aws_route53_record", 1)
    second = template.resource("aws_acm_certificate.second")
    assert second["provider"] == "aws.virginia"
    assert second["key_algorithm"] == "EC_prime256v1"
    assert second["tags"] == {"Team": "web", "Name": "shop-test-second"}
    validation = template.resource("aws_acm_certificate_validation.second")
    assert validation["provider"] == "aws.virginia"
    assert validation["timeouts"] == {"create": "4320m"}
    assert validation["validation_record_fqdns"] == [
        "${aws_route53_record.zone_validation_example_com.fqdn}"
    ]


def test_by_email_there_are_no_records_and_no_wait(tier, synth):
    certificate = Certificate(
        tier,
        "certificate",
        domain_name="www.example.com",
        validation=ValidationMethod.EMAIL,
        email_domains={"www.example.com": "example.com"},
    )
    assert certificate.validation is None
    [note] = certificate.node.metadata
    assert "certificate-validated-by-email" in note.data
    assert "does not wait" in note.data
    template = synth(tier)
    made = template.resource("aws_acm_certificate.certificate")
    assert made["validation_method"] == "EMAIL"
    assert made["validation_option"] == [
        {"domain_name": "www.example.com", "validation_domain": "example.com"}
    ]
    template.has_no_resource("aws_route53_record")
    template.has_no_resource("aws_acm_certificate_validation")
    tier.share(certificate)
    synth(tier).has_output("certificate_arn", {"value": "${aws_acm_certificate.certificate.arn}"})


def test_more_than_ten_names_need_a_quota(tier, zone):
    names = [f"n{number}.example.com" for number in range(10)]
    certificate = Certificate(
        tier, "certificate", domain_name="example.com", subject_alternative_names=names, zone=zone
    )
    [note] = certificate.node.metadata
    assert "certificate-names-over-quota" in note.data
    acknowledge(tier, "certificate-names-over-quota", reason="the quota was raised to 20")
    silent = Certificate(
        tier, "silent", domain_name="example.com", subject_alternative_names=names, zone=zone
    )
    assert silent.node.metadata == []
    ten = Certificate(
        tier, "ten", domain_name="example.com", subject_alternative_names=names[1:], zone=zone
    )
    assert ten.node.metadata == []


def test_another_tier_uses_it(app, environment, tier, zone, synth):
    certificate = Certificate(tier, "certificate", domain_name="example.com", zone=zone)
    web = Tier(app, "web", environment=environment)
    used = web.use(certificate)
    assert used.domain_names == ("example.com",)
    assert used.certificate_arn == (
        "${data.terraform_remote_state.network.outputs.certificate_arn}"
    )
    synth(tier).has_output(
        "certificate_arn",
        {"value": "${aws_acm_certificate_validation.certificate.certificate_arn}"},
    )


def test_a_used_zone_takes_the_records(app, environment, zone, synth):
    web = Tier(app, "web", environment=environment)
    Certificate(web, "certificate", domain_name="example.com", zone=web.use(zone))
    [record] = synth(web).resources("aws_route53_record").values()
    assert record["zone_id"] == "${data.terraform_remote_state.network.outputs.zone_id}"


def test_a_certificate_that_exists(tier):
    assert Certificate.from_arn(tier, "old", ARN).certificate_arn == ARN
    attributes = CertificateAttributes(certificate_arn=ARN, domain_names=("*.example.com",))
    known = Certificate.from_attributes(tier, "known", attributes)
    assert known.domain_names == ("*.example.com",)


def test_names_of_a_certificate_that_exists_may_be_written_otherwise(tier):
    attributes = CertificateAttributes(
        certificate_arn=ARN, domain_names=["Example.com.", "*.EXAMPLE.com"]
    )
    known = Certificate.from_attributes(tier, "known", attributes)
    assert known.domain_names == ("example.com", "*.example.com")


def test_a_long_name_comes_second(tier, zone):
    long = f"{'a' * 60}.example.com"
    Certificate(
        tier, "certificate", domain_name="example.com", subject_alternative_names=[long], zone=zone
    )
    with pytest.raises(ConfigurationError, match="begin with a shorter one"):
        Certificate(tier, "long", domain_name=long, zone=zone)


def many(count):
    return [f"n{number}.example.com" for number in range(count)]


BAD = {
    "name none": ({"domain_name": None}, "domain_name None"),
    "name token": ({"domain_name": "${var.name}"}, "has to be known now"),
    "name of one label": ({"domain_name": "com"}, "write it in full"),
    "name url": ({"domain_name": "https://example.com"}, "domain_name https"),
    "name underscore": ({"domain_name": "_a.example.com"}, "labels have letters"),
    "name unicode": ({"domain_name": "b\u00fccher.example.com"}, "xn--bcher-kva"),
    "name address": ({"domain_name": "192.0.2.1"}, "an address is no name"),
    "wildcard inside": ({"domain_name": "a.*.example.com"}, "first label only"),
    "wildcard part": ({"domain_name": "a*.example.com"}, "first label only"),
    "wildcard twice": ({"domain_name": "*.*.example.com"}, "labels have"),
    "wildcard of com": ({"domain_name": "*.com"}, "write it in full"),
    "wildcard alone": ({"domain_name": "*"}, "write it in full"),
    "names text": ({"subject_alternative_names": "www.example.com"}, "write a list"),
    "names none": ({"subject_alternative_names": None}, "subject_alternative_names is None"),
    "names number": ({"subject_alternative_names": [1]}, "subject_alternative_names 1"),
    "names twice": ({"subject_alternative_names": ["EXAMPLE.com"]}, "example.com is there twice"),
    "names many": ({"subject_alternative_names": many(100)}, "101 names: ACM allows 100"),
    "name in no zone": (
        {"subject_alternative_names": ["www.example.org"]},
        r"www.example.org lies in no zone that was given \(example.com\)",
    ),
    "name near a zone": ({"domain_name": "myexample.com"}, "myexample.com lies in no zone"),
    "no zone": ({"zone": None}, "give zone or zones"),
    "zone id": ({"zone": "Z1"}, "zone is Z1"),
    "zones list": ({"zone": None, "zones": ["example.com"]}, "zones is"),
    "zones empty": ({"zone": None, "zones": {}}, "zones is empty"),
    "zones id": ({"zone": None, "zones": {"example.com": "Z1"}}, r'zones\["example.com"\] is Z1'),
    "validation": ({"validation": "HTTP"}, "validation HTTP"),
    "validation lower": ({"validation": "dns"}, "validation dns"),
    "email with zone": ({"validation": "EMAIL"}, "leave zone and zones out"),
    "email domains of dns": ({"email_domains": {"example.com": "example.com"}}, "by EMAIL"),
    "email domains text": (
        {"zone": None, "validation": "EMAIL", "email_domains": "example.com"},
        "email_domains is",
    ),
    "email domain unknown": (
        {"zone": None, "validation": "EMAIL", "email_domains": {"a.example.com": "example.com"}},
        "is no name of this certificate",
    ),
    "email domain elsewhere": (
        {"zone": None, "validation": "EMAIL", "email_domains": {"example.com": "example.org"}},
        "write a domain above it",
    ),
    "email domain number": (
        {"zone": None, "validation": "EMAIL", "email_domains": {"example.com": 1}},
        "email_domains 1",
    ),
    "key": ({"key_algorithm": "RSA_1024"}, "did you mean RSA_2048"),
    "key none": ({"key_algorithm": None}, "key_algorithm None"),
    "timeout zero": ({"issue_timeout": 0}, "issue_timeout is 0"),
    "timeout long": ({"issue_timeout": 4321}, "1 to 4320 minutes"),
    "timeout text": ({"issue_timeout": "75m"}, "issue_timeout is 75m"),
    "provider": ({"provider": "us-east-1"}, 'alias="virginia"'),
    "tags": ({"tags": {"aws:x": "y"}}, "begins with aws:"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_certificates_are_refused(tier, zone, options, message):
    with pytest.raises(ConfigurationError, match=message):
        Certificate(tier, "certificate", **{"domain_name": "example.com", "zone": zone, **options})
    assert tier.node.try_find_child("certificate") is None
    assert [child.node.id for child in zone.node.children] == ["resource"]


def test_zones_that_cannot_hold_the_records(app, environment, tier, vpc, zone):
    inside = HostedZone(tier, "inside", zone_name="internal.example", vpcs=[vpc])
    with pytest.raises(ConfigurationError, match="is private: ACM looks"):
        Certificate(tier, "certificate", domain_name="a.internal.example", zone=inside)
    with pytest.raises(ConfigurationError, match=r"example\.org does not lie in the zone"):
        Certificate(tier, "certificate", domain_name="example.org", zones={"example.org": zone})
    with pytest.raises(ConfigurationError, match="and one of them"):
        Certificate(
            tier, "certificate", domain_name="example.com", zone=zone, zones={"example.com": zone}
        )
    web = Tier(app, "web", environment=environment)
    with pytest.raises(ConfigurationError, match=r"write zone=self\.use"):
        Certificate(web, "certificate", domain_name="example.com", zone=zone)


def test_a_provider_of_another_stack_is_refused(app, tier, zone):
    other = TerraformStack(app, "other")
    provider = AwsProvider(other, "aws", region="us-east-1", alias="virginia")
    with pytest.raises(ConfigurationError, match="belongs to another stack: make one"):
        Certificate(tier, "certificate", domain_name="example.com", zone=zone, provider=provider)


BAD_ARNS = {
    "none": (None, "certificate_arn None"),
    "name": ("example.com", "write an ARN of acm"),
    "iam": ("arn:aws:iam::111122223333:server-certificate/a", "write an ARN of acm"),
    "id": (ARN[:-1], "write an ARN of acm"),
}


@pytest.mark.parametrize(("arn", "message"), BAD_ARNS.values(), ids=BAD_ARNS)
def test_bad_arns_are_refused(tier, arn, message):
    with pytest.raises(ConfigurationError, match=message):
        Certificate.from_arn(tier, "old", arn)
    assert tier.node.try_find_child("old") is None


def test_bad_attributes_are_refused(tier):
    with pytest.raises(ConfigurationError, match="write CertificateAttributes"):
        Certificate.from_attributes(tier, "old", ARN)
    for names in ("example.com", ("com",), (1,)):
        attributes = CertificateAttributes(certificate_arn=ARN, domain_names=names)
        with pytest.raises(ConfigurationError, match="domain_names"):
            Certificate.from_attributes(tier, "old", attributes)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
words = ["www.example.com", "*.example.com", "EMAIL", "DNS", "EC_prime256v1", "${a.b}"]
anything = st.one_of(
    scalars,
    st.sampled_from(words),
    st.lists(st.one_of(scalars, st.sampled_from(words)), max_size=3),
    st.dictionaries(st.one_of(scalars, st.sampled_from(words)), scalars, max_size=2),
)
OPTIONS = [
    "domain_name",
    "zone",
    "zones",
    "subject_alternative_names",
    "validation",
    "email_domains",
    "key_algorithm",
    "issue_timeout",
    "provider",
    "tags",
]


@given(st.dictionaries(st.sampled_from(OPTIONS), anything, min_size=1, max_size=3))
def test_nothing_but_configuration_errors(tier, zone, change):
    tier.node.try_remove_child("any")
    given = {"domain_name": "example.com", "zone": zone}
    try:
        Certificate(tier, "any", **{**given, **change})
    except ConfigurationError:
        assert tier.node.try_find_child("any") is None
