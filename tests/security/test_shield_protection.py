from __future__ import annotations

from types import SimpleNamespace

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.compute import ElasticIp, ElasticIpAttributes
from terratiers.dns import HostedZone
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    ClassicListener,
    ClassicLoadBalancer,
    GatewayLoadBalancer,
    LoadBalancerAttributes,
    NetworkLoadBalancer,
)
from terratiers.security import ShieldProtection, ShieldSubscription, WebAcl

import pytest
from constructs import Construct

ACCOUNT = "111122223333"
ALB = f"arn:aws:elasticloadbalancing:eu-central-1:{ACCOUNT}:loadbalancer/app/web/0123456789abcdef"
CLASSIC = f"arn:aws:elasticloadbalancing:eu-central-1:{ACCOUNT}:loadbalancer/old-web"
EIP = f"arn:aws:ec2:eu-central-1:{ACCOUNT}:eip-allocation/eipalloc-0123456789abcdef0"
ZONE = "arn:aws:route53:::hostedzone/Z0123456789ABC"
CDN = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1ABCDEFGHIJKL"
ACCELERATOR = (
    f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/1234abcd-abcd-1234-abcd-1234abcdefgh"
)
ACCELERATOR = ACCELERATOR.replace("efgh", "ef01")
CHECK = "arn:aws:route53:::healthcheck/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(autouse=True)
def acknowledged(tier):
    acknowledge(tier, "shield-advanced-subscription", reason="the board has agreed")


@pytest.fixture
def alb(tier, vpc):
    return ApplicationLoadBalancer(tier, "alb", vpc=vpc)


def arn_of(template, name="shield"):
    return template.resource(f"aws_shield_protection.{name}")["resource_arn"]


@pytest.mark.parametrize("kind", [ShieldProtection, ShieldSubscription])
def test_nothing_is_made_before_the_price_was_acknowledged(app, environment, kind):
    tier = Tier(app, "thrifty", environment=environment)
    options = {"resource": ALB} if kind is ShieldProtection else {}
    with pytest.raises(ConfigurationError) as error:
        kind(tier, "shield", **options)
    text = str(error.value)
    assert "3,000 US dollars a month" in text
    assert "one year" in text
    assert "https://aws.amazon.com/shield/pricing/" in text
    assert 'acknowledge(scope, "shield-advanced-subscription", reason="...")' in text
    assert tier.node.try_find_child("shield") is None


def test_a_balancer(tier, alb, synth):
    ShieldProtection(tier, "shield", resource=alb, tags={"Team": "web"})
    assert synth(tier).resource("aws_shield_protection.shield") == {
        "name": "shop-test-shield",
        "resource_arn": "${aws_lb.alb.arn}",
        "tags": {"Team": "web", "Name": "shop-test-shield"},
    }


def test_an_elastic_ip_by_its_allocation(tier, synth):
    ShieldProtection(tier, "shield", resource=ElasticIp(tier, "eip"))
    assert arn_of(synth(tier)) == (
        "arn:aws:ec2:eu-central-1:${data.aws_caller_identity.current.account_id}:eip-allocation/"
        "${aws_eip.eip.allocation_id}"
    )


def test_an_elastic_ip_that_exists(tier, synth):
    attributes = ElasticIpAttributes(
        allocation_id="eipalloc-0123456789abcdef0", public_ip="203.0.113.7"
    )
    eip = ElasticIp.from_attributes(tier, "eip", attributes)
    ShieldProtection(tier, "shield", resource=eip)
    assert arn_of(synth(tier)).endswith(":eip-allocation/eipalloc-0123456789abcdef0")


def test_a_hosted_zone(tier, synth):
    zone = HostedZone(tier, "zone", zone_name="example.com")
    ShieldProtection(tier, "shield", resource=zone)
    assert arn_of(synth(tier)) == "arn:aws:route53:::hostedzone/${aws_route53_zone.zone.zone_id}"


@pytest.mark.parametrize("arn", [ALB, CLASSIC, EIP, ZONE, CDN, ACCELERATOR])
def test_resources_known_by_arn(tier, synth, arn):
    protection = ShieldProtection(tier, "shield", resource=arn)
    assert protection.resource_arn == arn
    assert arn_of(synth(tier)) == arn


def test_an_automatic_response(tier, alb, synth):
    WebAcl(tier, "acl").associate("alb", alb)
    ShieldProtection(tier, "shield", resource=alb, automatic_response="block")
    kind = "aws_shield_application_layer_automatic_response"
    assert synth(tier).resource(f"{kind}.shield") == {
        "resource_arn": "${aws_lb.alb.arn}",
        "action": "BLOCK",
        "depends_on": ["aws_shield_protection.shield", "aws_wafv2_web_acl_association.acl_alb"],
    }


def test_a_distribution_has_its_acl_elsewhere(tier, synth):
    ShieldProtection(
        tier, "shield", resource=CDN, automatic_response="count", web_acl_elsewhere=True
    )
    synth(tier).has_resource(
        "aws_shield_application_layer_automatic_response",
        {"action": "COUNT", "depends_on": ["aws_shield_protection.shield"]},
    )


def test_a_health_check(tier, synth):
    ShieldProtection(tier, "shield", resource=ALB).add_health_check("site", CHECK)
    kind = "aws_shield_protection_health_check_association"
    assert synth(tier).resource(f"{kind}.shield_site") == {
        "health_check_arn": CHECK,
        "shield_protection_id": "${aws_shield_protection.shield.id}",
    }


@pytest.mark.parametrize(("renew", "text"), [(True, "ENABLED"), (False, "DISABLED")])
def test_a_subscription(tier, synth, renew, text):
    ShieldSubscription(tier, "shield", auto_renew=renew)
    assert synth(tier).resource("aws_shield_subscription.shield") == {"auto_renew": text}


BAD = {
    "none": ({"resource": None}, "resource is None"),
    "number": ({"resource": 7}, "pass an ApplicationLoadBalancer, an ElasticIp"),
    "text": ({"resource": "alb"}, "no ARN of what Shield Advanced takes"),
    "network": ({"resource": ALB.replace("/app/", "/net/")}, "Elastic IPs of a network load"),
    "gateway": ({"resource": ALB.replace("/app/", "/gwy/")}, "no gateway load balancer"),
    "address": ({"resource": "203.0.113.7"}, "eip-allocation/<id>"),
    "eip arn": ({"resource": EIP.replace("eip-allocation", "elastic-ip")}, "no ARN of what"),
    "bucket": ({"resource": "arn:aws:s3:::pages"}, "no ARN of what Shield Advanced takes"),
    "zone arn": ({"resource": ZONE.replace("hostedzone", "healthcheck")}, "no ARN of what"),
    "no zone name": ({"resource": SimpleNamespace(zone_id="Z1")}, "pass an Application"),
    "response": ({"automatic_response": "BLOCK"}, "automatic_response BLOCK"),
    "response allow": ({"automatic_response": "allow"}, "automatic_response allow"),
    "response bool": ({"automatic_response": True}, "automatic_response True"),
    "response without acl": ({"automatic_response": "count"}, "needs a web ACL on"),
    "response of an address": (
        {"resource": EIP, "automatic_response": "count", "web_acl_elsewhere": True},
        "application load balancers and CloudFront",
    ),
    "response of a classic one": (
        {"resource": CLASSIC, "automatic_response": "count", "web_acl_elsewhere": True},
        "application load balancers and CloudFront",
    ),
    "elsewhere alone": ({"web_acl_elsewhere": True}, "belongs to automatic_response"),
    "elsewhere text": ({"web_acl_elsewhere": "yes"}, "web_acl_elsewhere is yes"),
    "tags": ({"tags": {"Name": "x"}}, "Name follows"),
    "tags list": ({"tags": ["a"]}, "tags is"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        ShieldProtection(tier, "shield", **{"resource": ALB, **options})
    assert tier.node.try_find_child("shield") is None


def existing(tier, kind, word):
    """A load balancer that another team made; its ARN is not known yet."""
    attributes = LoadBalancerAttributes(
        load_balancer_arn="${data.aws_lb.theirs.arn}",
        load_balancer_arn_suffix=f"{word}/web/0123456789abcdef",
        dns_name="web-1.eu-central-1.elb.amazonaws.com",
        zone_id="Z215JYRZR1TBD5",
        security_group_id="sg-0123456789abcdef0",
    )
    return kind.from_attributes(tier, "theirs", attributes)


@pytest.fixture
def classic(tier, vpc):
    return ClassicLoadBalancer(tier, "classic", vpc=vpc, listeners=[ClassicListener(port=80)])


OTHER_BALANCERS = {
    "network": lambda tier, vpc: NetworkLoadBalancer(tier, "other", vpc=vpc),
    "gateway": lambda tier, vpc: GatewayLoadBalancer(tier, "other", vpc=vpc),
    "imported network": lambda tier, vpc: existing(tier, NetworkLoadBalancer, "net"),
}


@pytest.mark.parametrize("make", OTHER_BALANCERS.values(), ids=OTHER_BALANCERS)
def test_other_balancers_are_refused(tier, vpc, make):
    with pytest.raises(ConfigurationError, match="pass an ElasticIp"):
        ShieldProtection(tier, "shield", resource=make(tier, vpc))
    assert tier.node.try_find_child("shield") is None


def test_a_classic_balancer_has_no_automatic_response(tier, classic, synth):
    options = {"resource": classic, "automatic_response": "count", "web_acl_elsewhere": True}
    with pytest.raises(ConfigurationError, match="application load balancers and CloudFront"):
        ShieldProtection(tier, "first", **options)
    ShieldProtection(tier, "shield", resource=classic)
    assert "aws_elb.classic" in arn_of(synth(tier))


def test_an_imported_application_balancer_responds(tier, synth):
    alb = existing(tier, ApplicationLoadBalancer, "app")
    WebAcl(tier, "acl").associate("alb", alb)
    ShieldProtection(tier, "shield", resource=alb, automatic_response="block")
    assert arn_of(synth(tier)) == "${data.aws_lb.theirs.arn}"


def test_what_belongs_to_another_stack_is_refused(app, environment, tier):
    other = Tier(app, "other", environment=environment)
    eip = ElasticIp(other, "eip")
    with pytest.raises(ConfigurationError, match="other/eip belongs to another stack"):
        ShieldProtection(tier, "shield", resource=eip)


def test_nothing_is_left_of_a_protection_whose_name_is_taken(tier):
    ShieldProtection(tier, "x-y", resource=ALB)
    with pytest.raises(ConfigurationError, match="x_y"):
        ShieldProtection(Construct(tier, "x"), "y", resource=CLASSIC)
    assert tier.node.find_child("x").node.try_find_child("y") is None
    ShieldProtection(tier, "again", resource=CLASSIC)


def test_a_private_zone_is_refused(tier, vpc):
    zone = HostedZone(tier, "zone", zone_name="corp.internal", vpcs=[vpc])
    with pytest.raises(ConfigurationError, match="is a private zone"):
        ShieldProtection(tier, "shield", resource=zone)


def test_a_resource_is_protected_once(tier, alb):
    ShieldProtection(tier, "first", resource=alb)
    with pytest.raises(ConfigurationError, match="protected by network/first already"):
        ShieldProtection(tier, "second", resource=alb)


@pytest.mark.parametrize(
    "arn", [None, "check", CHECK.replace("healthcheck", "hostedzone"), CHECK[:-1]]
)
def test_bad_health_checks_are_refused(tier, arn):
    protection = ShieldProtection(tier, "shield", resource=ALB)
    with pytest.raises(ConfigurationError, match="ARN of a Route 53 health check"):
        protection.add_health_check("site", arn)


@pytest.mark.parametrize("renew", [None, "yes", 1])
def test_a_bad_subscription_is_refused(tier, renew):
    with pytest.raises(ConfigurationError, match="auto_renew is"):
        ShieldSubscription(tier, "shield", auto_renew=renew)
