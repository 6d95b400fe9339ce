"""Balancers have names that alias records, AWS WAF and Shield take."""

from __future__ import annotations

from terratiers.dns import AliasRecord, HostedZone
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    ClassicListener,
    ClassicLoadBalancer,
    NetworkLoadBalancer,
)

import pytest

MAKE = {
    "alb": lambda tier, vpc: ApplicationLoadBalancer(tier, "it", vpc=vpc),
    "nlb": lambda tier, vpc: NetworkLoadBalancer(tier, "it", vpc=vpc),
    "classic": lambda tier, vpc: ClassicLoadBalancer(
        tier, "it", vpc=vpc, listeners=[ClassicListener(port=80)]
    ),
}


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_an_alias_names_it(tier, vpc, synth, make):
    zone = HostedZone(tier, "zone", zone_name="example.com")
    AliasRecord(tier, "www", zone=zone, name="www", target=make(tier, vpc))
    template = synth(tier)
    [balancer] = [address for address in template.addresses() if address.endswith(".it")]
    alias = template.resource("aws_route53_record.www")["alias"]
    assert alias["name"] == f"${{{balancer}.dns_name}}"
    assert alias["zone_id"] == f"${{{balancer}.zone_id}}"
