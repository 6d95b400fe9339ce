from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.dns import HostedZone
from terratiers.tiers.dns import DnsTier

import pytest


@pytest.fixture
def make(app, environment):
    def dns(**options):
        return DnsTier(app, **{"environment": environment, "domain_name": "example.com", **options})

    return dns


def test_it_has_a_zone_and_a_certificate_for_all_names(make, synth):
    dns = make()
    assert isinstance(dns.zone, HostedZone)
    template = synth(dns)
    template.has_resource("aws_route53_zone", {"name": "example.com"})
    template.has_resource(
        "aws_acm_certificate",
        {"domain_name": "example.com", "subject_alternative_names": ["*.example.com"]},
    )
    assert set(template.resources("aws_route53_record")) == {"zone_validation_example_com"}
    template.has_output("zone_id")
    template.has_output("zone_name_servers", {"value": "${aws_route53_zone.zone.name_servers}"})
    template.has_output(
        "certificate_arn",
        {"value": "${aws_acm_certificate_validation.certificate.certificate_arn}"},
    )


def test_the_zone_may_be_there_already(make, synth):
    template = synth(make(create_zone=False))
    assert "aws_route53_zone" not in template.config["resource"]
    template.has_data_source("aws_route53_zone", {"name": "example.com", "private_zone": False})
    template.has_output("zone_id", {"value": "${data.aws_route53_zone.zone.zone_id}"})
    template.has_output("zone_name_servers")


def test_the_domain_may_lie_below_the_zone(make, synth):
    template = synth(
        make(
            domain_name="shop.example.com",
            zone_name="example.com",
            certificate_names=["www.shop.example.com"],
        )
    )
    template.has_resource("aws_route53_zone", {"name": "example.com"})
    template.has_resource(
        "aws_acm_certificate",
        {
            "domain_name": "shop.example.com",
            "subject_alternative_names": ["www.shop.example.com"],
        },
    )


def test_the_certificate_may_come_later(make, synth):
    dns = make(certificate=False)
    assert dns.certificate is None
    template = synth(dns)
    template.has_no_resource("aws_acm_certificate")
    assert "certificate_arn" not in template.outputs


def test_it_may_be_for_one_name(make, synth):
    template = synth(make(certificate_names=[]))
    made = template.resource("aws_acm_certificate.certificate")
    assert made["subject_alternative_names"] == []


@pytest.mark.parametrize("create", [True, False])
def test_other_tiers_use_both(app, environment, make, create):
    dns = make(create_zone=create)
    web = Tier(app, "web", environment=environment)
    assert web.use(dns.zone).zone_name == "example.com"
    assert web.use(dns.certificate).domain_names == ("example.com", "*.example.com")
    assert web.depends_on(dns)


BAD = {
    "environment": ({"environment": None}, "environment is None"),
    "domain none": ({"domain_name": None}, "domain_name None"),
    "domain wildcard": ({"domain_name": "*.example.com"}, "wildcard"),
    "zone elsewhere": ({"zone_name": "example.org"}, "does not lie in the zone example.org"),
    "zone number": ({"zone_name": 1}, "zone_name 1"),
    "create text": ({"create_zone": "look up"}, "create_zone is look up"),
    "certificate none": ({"certificate": None}, "certificate is None"),
    "names without": (
        {"certificate": False, "certificate_names": ["www.example.com"]},
        "certificate_names are for",
    ),
    "names text": ({"certificate_names": "www.example.com"}, "write a list"),
    "names elsewhere": ({"certificate_names": ["www.example.org"]}, "lies in no zone"),
    "names twice": ({"certificate_names": ["example.com"]}, "is there twice"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_options_leave_no_tier_behind(app, make, options, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**options)
    assert app.node.try_find_child("dns") is None
