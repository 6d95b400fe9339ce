from __future__ import annotations

import json
from types import SimpleNamespace

from terratiers import ConfigurationError, Environment, Tier, acknowledge
from terratiers.load_balancing import (
    ApplicationLoadBalancer,
    ClassicListener,
    ClassicLoadBalancer,
    GatewayLoadBalancer,
    LoadBalancerAttributes,
    NetworkLoadBalancer,
)
from terratiers.security import (
    IpSet,
    WebAcl,
    WebAclAction,
    WebAclAttributes,
    WebAclRule,
    WebAclStatement,
)
from terratiers.testing import ABSENT

import pytest

ARN = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop/0123-4567"
ALB = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/web/0123456789abcdef"
STAGE = "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/prod"
ADMIN = WebAclStatement.path_starts_with("/admin")


def body(template, name="acl"):
    return template.resource(f"aws_wafv2_web_acl.{name}")


def rule(name="admin", priority=1, **options):
    return WebAclRule.custom(name, priority=priority, statement=ADMIN, **options)


@pytest.fixture
def alb(tier, vpc):
    return ApplicationLoadBalancer(tier, "alb", vpc=vpc)


@pytest.fixture
def virginia(app):
    environment = Environment(project="shop", name="test", region="us-east-1")
    return Tier(app, "edge", environment=environment)


def test_the_defaults(tier, synth):
    acl = WebAcl(tier, "acl")
    made = body(synth(tier))
    assert made["name"] == "shop-test-acl"
    assert made["scope"] == "REGIONAL"
    assert made["default_action"] == {"allow": {}}
    assert made["tags"] == {"Name": "shop-test-acl"}
    assert made["visibility_config"] == {
        "cloudwatch_metrics_enabled": True,
        "metric_name": "shop-test-acl",
        "sampled_requests_enabled": True,
    }
    assert [(each["priority"], each["name"]) for each in made["rule"]] == [
        (10, "AWSManagedRulesAmazonIpReputationList"),
        (20, "rate-limit"),
        (30, "AWSManagedRulesCommonRuleSet"),
        (40, "AWSManagedRulesKnownBadInputsRuleSet"),
    ]
    assert made["rule"][1] == {
        "name": "rate-limit",
        "priority": 20,
        "action": {"block": {}},
        "statement": {
            "rate_based_statement": {
                "limit": 2000,
                "evaluation_window_sec": 300,
                "aggregate_key_type": "IP",
            }
        },
        "visibility_config": {
            "cloudwatch_metrics_enabled": True,
            "metric_name": "rate-limit",
            "sampled_requests_enabled": True,
        },
    }
    assert made["rule"][2]["override_action"] == {"none": {}}
    assert acl.capacity == 25 + 2 + 700 + 200


def test_every_option(tier, synth):
    WebAcl(
        tier,
        "acl",
        default_action=WebAclAction.block(status_code=404, body="nothing here"),
        rules=[rule(action="count")],
        logging=None,
        sampled_requests=False,
        description="The pages of the shop.",
        tags={"Team": "web"},
    )
    template = synth(tier)
    made = body(template)
    assert made["default_action"] == {
        "block": {"custom_response": {"response_code": 404, "custom_response_body_key": "default"}}
    }
    assert made["custom_response_body"] == [
        {"key": "default", "content": "nothing here", "content_type": "TEXT_PLAIN"}
    ]
    assert made["description"] == "The pages of the shop."
    assert made["tags"] == {"Team": "web", "Name": "shop-test-acl"}
    assert made["visibility_config"]["sampled_requests_enabled"] is False
    assert made["rule"][0]["visibility_config"]["sampled_requests_enabled"] is False
    template.has_no_resource("aws_wafv2_web_acl_logging_configuration")


def test_rules_stand_in_the_order_of_their_priority(tier, synth):
    acl = WebAcl(tier, "acl", rules=[rule("late", 50), rule("early", 3)], logging=None)
    acl.add_rule(rule("between", 10))
    names = [each["name"] for each in body(synth(tier))["rule"]]
    assert names == ["early", "between", "late"]


def test_a_rule_more_changes_no_other(tier, synth):
    acl = WebAcl(tier, "acl", logging=None)
    before = {each["name"]: each for each in body(synth(tier))["rule"]}
    acl.add_rule(WebAclRule.geo("countries", priority=15, block=["KP"]))
    after = {each["name"]: each for each in body(synth(tier))["rule"]}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"countries"}


def test_bodies_are_kept_by_the_acl(tier, synth):
    acl = WebAcl(
        tier,
        "acl",
        rules=[rule(action=WebAclAction.block(body="<b>no</b>", content_type="text/html"))],
        logging=None,
    )
    answer = WebAclAction.block(body='{"no": 1}', content_type="application/json")
    acl.add_rule(rule("api", 2, action=answer))
    made = body(synth(tier))
    assert {each["key"]: each["content_type"] for each in made["custom_response_body"]} == {
        "rule-admin": "TEXT_HTML",
        "rule-api": "APPLICATION_JSON",
    }
    assert made["rule"][1]["action"]["block"]["custom_response"] == {
        "response_code": 403,
        "custom_response_body_key": "rule-api",
    }


def test_an_acl_for_distributions(virginia, synth):
    acl = WebAcl(virginia, "acl", acl_scope="CLOUDFRONT", logging=None)
    assert body(synth(virginia))["scope"] == "CLOUDFRONT"
    with pytest.raises(ConfigurationError, match="web_acl_id"):
        acl.associate("alb", ALB)


def test_a_balancer_is_protected(tier, alb, synth):
    acl = WebAcl(tier, "acl")
    acl.associate("alb", alb)
    assert synth(tier).resources("aws_wafv2_web_acl_association") == {
        "acl_alb": {
            "web_acl_arn": "${aws_wafv2_web_acl.acl.arn}",
            "resource_arn": "${aws_lb.alb.arn}",
        }
    }


def test_a_stage_is_protected(tier, synth):
    acl = WebAcl(tier, "acl")
    acl.associate("api", SimpleNamespace(stage_arn="${aws_api_gateway_stage.api.arn}"))
    [made] = synth(tier).resources("aws_wafv2_web_acl_association").values()
    assert made["resource_arn"] == "${aws_api_gateway_stage.api.arn}"


@pytest.mark.parametrize(
    "arn",
    [
        ALB,
        STAGE,
        "arn:aws:appsync:eu-central-1:111122223333:apis/abcdefghij",
        "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Ab1",
        "arn:aws:apprunner:eu-central-1:111122223333:service/web/0123456789abcdef",
        "arn:aws:ec2:eu-central-1:111122223333:verified-access-instance/vai-0123",
    ],
)
def test_resources_known_by_arn(tier, arn):
    WebAcl(tier, "acl").associate("it", arn)


def test_another_tier_associates_its_balancer(app, environment, tier, vpc, synth):
    acl = WebAcl(tier, "acl")
    web = Tier(app, "web", environment=environment)
    alb = ApplicationLoadBalancer(web, "alb", vpc=web.use(vpc))
    web.use(acl).associate("alb", alb)
    [made] = synth(web).resources("aws_wafv2_web_acl_association").values()
    assert made["web_acl_arn"] == ("${data.terraform_remote_state.network.outputs.acl_web_acl_arn}")


def test_an_acl_that_exists(tier, alb, synth):
    acl = WebAcl.from_attributes(tier, "old", WebAclAttributes(web_acl_arn=ARN))
    acl.associate("alb", alb)
    assert synth(tier).resource("aws_wafv2_web_acl_association.old_alb")["web_acl_arn"] == ARN


def test_more_than_1500_units_cost_extra(tier, synth):
    acl = WebAcl(tier, "acl", logging=None)
    for priority, group in enumerate(["SQLi", "Linux", "Windows"], 50):
        acl.add_rule(WebAclRule.managed(f"AWSManagedRules{group}RuleSet", priority=priority))
    assert acl.capacity == 1527
    assert any("[waf-capacity-surcharge]" in text for text in warnings(acl))


def test_the_surcharge_can_be_accepted(tier):
    acknowledge(tier, "waf-capacity-surcharge", reason="worth its price to us")
    large = WebAclRule.managed("Big", vendor="Acme", capacity=1501, priority=1)
    assert warnings(WebAcl(tier, "acl", rules=[large], logging=None)) == []


def warnings(construct):
    return [
        entry.data
        for each in construct.node.find_all()
        for entry in each.node.metadata
        if entry.type == "@cdktf/warn"
    ]


def many(count, make):
    return [make(place) for place in range(count)]


def limit(place):
    return WebAclRule.rate_limit(f"r{place}", priority=place, limit=100)


def answer(place, size=1):
    return rule(f"r{place}", place, action=WebAclAction.block(body="x" * size))


BAD = {
    "scope": ({"acl_scope": "regional"}, "acl_scope regional is not known"),
    "scope none": ({"acl_scope": None}, "acl_scope None"),
    "cloudfront elsewhere": ({"acl_scope": "CLOUDFRONT"}, "in us-east-1: make it in a tier"),
    "default": ({"default_action": "deny"}, "default_action is deny"),
    "default count": ({"default_action": "count"}, "takes allow, block here"),
    "default none": ({"default_action": None}, "default_action is None"),
    "default captcha": ({"default_action": WebAclAction.captcha()}, "default_action is captcha"),
    "rules": ({"rules": "block"}, "rules is block"),
    "one rule": ({"rules": rule()}, "write a list"),
    "rule none": ({"rules": [None]}, "rules is None"),
    "rule dict": ({"rules": [{"name": "x"}]}, "write WebAclRule.managed"),
    "priority twice": (
        {"rules": [rule("a", 7), rule("b", 7)]},
        "priority 7 of b is taken by a: give each",
    ),
    "name twice": ({"rules": [rule("a", 1), rule("a", 2)]}, "the name a is there twice"),
    "too large": (
        {"rules": [WebAclRule.managed("B", vendor="A", capacity=5000, priority=2), rule()]},
        "take 5022 WCU: AWS WAF allows 5000",
    ),
    "rate limits": ({"rules": many(11, limit)}, "11 rate limits: AWS WAF allows 10"),
    "bodies": ({"rules": many(51, answer)}, "51 bodies"),
    "large bodies": ({"rules": many(13, lambda n: answer(n, 4096))}, "of 53248 bytes"),
    "logging": ({"logging": True}, r"write WebAclLogging.to_bucket"),
    "logging text": ({"logging": "s3"}, "logging is s3"),
    "samples": ({"sampled_requests": "yes"}, "sampled_requests is yes"),
    "samples none": ({"sampled_requests": None}, "sampled_requests is None"),
    "description": ({"description": "a b!"}, "description a b!"),
    "description short": ({"description": "ab"}, "write 3 to 256"),
    "description empty": ({"description": ""}, "description"),
    "tags": ({"tags": {"Name": "x"}}, "Name follows"),
    "tags none": ({"tags": {"a": None}}, "value None"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(tier, options, message):
    with pytest.raises(ConfigurationError, match=message):
        WebAcl(tier, "acl", **options)
    assert tier.node.try_find_child("acl") is None


def test_all_faults_at_once(tier):
    with pytest.raises(ConfigurationError) as error:
        WebAcl(tier, "acl", default_action="deny", rules=[None], description="")
    assert len(error.value.faults) == 3


def test_an_ip_set_of_another_scope_is_refused(virginia):
    edge = IpSet(virginia, "edge", addresses=[], acl_scope="CLOUDFRONT")
    with pytest.raises(ConfigurationError, match="this ACL needs one of scope REGIONAL"):
        WebAcl(virginia, "acl", rules=[WebAclRule.ip_set("edge", priority=1, ip_set=edge)])


def test_more_than_fifty_ip_sets_are_refused(tier):
    office = IpSet(tier, "office", addresses=[])
    rules = many(51, lambda n: WebAclRule.ip_set(f"r{n}", priority=n, ip_set=office))
    with pytest.raises(ConfigurationError, match="name IP sets 51 times"):
        WebAcl(tier, "acl", rules=rules)


def test_a_name_that_waf_does_not_take(app):
    environment = Environment(project="shop", name="test", region="us-east-1")
    tier = Tier(app, "edge", environment=environment)
    with pytest.raises(ConfigurationError, match="its name follows from stack and path"):
        WebAcl(nested(tier, ["x" * 60, "y" * 60]), "acl")


def nested(scope, ids):
    from constructs import Construct

    for id in ids:
        scope = Construct(scope, id)
    return scope


@pytest.mark.parametrize(
    ("added", "message"),
    [
        (rule("rate-limit", 1), "the name rate-limit is there twice"),
        (rule("new", 30), "priority 30 of new is taken by AWSManagedRulesCommonRuleSet"),
        ("count", "rules is count"),
        (WebAclRule.managed("B", vendor="A", capacity=4500, priority=2), "5427 WCU"),
    ],
    ids=["name", "priority", "text", "capacity"],
)
def test_rules_that_cannot_be_added(tier, synth, added, message):
    acl = WebAcl(tier, "acl", logging=None)
    with pytest.raises(ConfigurationError, match=message):
        acl.add_rule(added)
    assert len(body(synth(tier))["rule"]) == 4


NOT_TAKEN = {
    "none": (None, "resource is None"),
    "number": (7, "pass an ApplicationLoadBalancer, a RestApi or an ARN"),
    "text": ("alb", "no ARN of what AWS WAF takes"),
    "network": (ALB.replace("/app/", "/net/"), "is a network load balancer"),
    "gateway": (ALB.replace("/app/", "/gwy/"), "is a gateway load balancer"),
    "classic": (ALB.partition("/app/")[0] + "/web", "no ARN of what AWS WAF takes"),
    "distribution": (
        "arn:aws:cloudfront::111122223333:distribution/E1ABCDEFGHIJKL",
        "to its web_acl_id",
    ),
    "http api": (
        "arn:aws:apigateway:eu-central-1::/apis/a1b2c3d4e5/stages/prod",
        "an HTTP API; a REST API has WAF",
    ),
    "bucket": ("arn:aws:s3:::pages", "no ARN of what AWS WAF takes"),
    "wrong attribute": (SimpleNamespace(load_balancer_arn=7), "pass an ApplicationLoadBalancer"),
    "network by attribute": (
        SimpleNamespace(load_balancer_arn=ALB.replace("/app/", "/net/")),
        "is a network load balancer",
    ),
}


@pytest.mark.parametrize(("resource", "message"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_resources_that_waf_does_not_take(tier, synth, resource, message):
    acl = WebAcl(tier, "acl", logging=None)
    with pytest.raises(ConfigurationError, match=message):
        acl.associate("it", resource)
    synth(tier).has_no_resource("aws_wafv2_web_acl_association")


def existing(tier, kind, word):
    """A load balancer that another team made; its ARN is not known yet."""
    suffix = f"{word}/web/0123456789abcdef"
    attributes = LoadBalancerAttributes(
        load_balancer_arn="${data.aws_lb.theirs.arn}",
        load_balancer_arn_suffix=suffix,
        dns_name="web-1.eu-central-1.elb.amazonaws.com",
        zone_id="Z215JYRZR1TBD5",
        security_group_id="sg-0123456789abcdef0",
    )
    return kind.from_attributes(tier, "theirs", attributes)


OTHER_BALANCERS = {
    "network": lambda tier, vpc: NetworkLoadBalancer(tier, "other", vpc=vpc),
    "gateway": lambda tier, vpc: GatewayLoadBalancer(tier, "other", vpc=vpc),
    "classic": lambda tier, vpc: ClassicLoadBalancer(
        tier, "other", vpc=vpc, listeners=[ClassicListener(port=80)]
    ),
    "imported network": lambda tier, vpc: existing(tier, NetworkLoadBalancer, "net"),
    "of no kind": lambda tier, vpc: SimpleNamespace(load_balancer_arn="${aws_lb.lb.arn}"),
}


@pytest.mark.parametrize("make", OTHER_BALANCERS.values(), ids=OTHER_BALANCERS)
def test_a_balancer_of_another_kind_is_refused(tier, vpc, make):
    with pytest.raises(ConfigurationError, match=r"AWS WAF (does not take|takes application)"):
        WebAcl(tier, "acl").associate("it", make(tier, vpc))


def test_an_imported_application_balancer_is_protected(tier, synth):
    WebAcl(tier, "acl").associate("it", existing(tier, ApplicationLoadBalancer, "app"))
    made = synth(tier).resource("aws_wafv2_web_acl_association.acl_it")
    assert made["resource_arn"] == "${data.aws_lb.theirs.arn}"


def test_what_belongs_to_another_stack_is_refused(app, environment, tier, alb):
    other = Tier(app, "web", environment=environment)
    office = IpSet(other, "office", addresses=[])
    with pytest.raises(ConfigurationError, match="resource: network/alb belongs to another stack"):
        WebAcl(other, "theirs", logging=None).associate("alb", alb)
    rule = WebAclRule.ip_set("office", priority=1, ip_set=office)
    with pytest.raises(ConfigurationError, match="rules: office: web/office belongs to another"):
        WebAcl(tier, "acl", rules=[rule])
    acl = WebAcl(tier, "acl", logging=None)
    with pytest.raises(ConfigurationError, match="web/office belongs to another stack"):
        acl.add_rule(rule)
    acl.add_rule(WebAclRule.ip_set("office", priority=1, ip_set=tier.use(office)))


def test_a_resource_has_one_acl(tier, alb):
    first = WebAcl(tier, "first", logging=None)
    second = WebAcl(tier, "second", logging=None)
    first.associate("alb", alb)
    first.associate("arn", ALB)
    with pytest.raises(ConfigurationError, match="network/alb has the web ACL network/first"):
        second.associate("alb", alb)
    with pytest.raises(ConfigurationError, match="already: AWS takes one for each resource"):
        second.associate("same", alb.load_balancer_arn)
    with pytest.raises(ConfigurationError, match="already: AWS takes one for each resource"):
        second.associate("arn", ALB)


@pytest.mark.parametrize("id", ["", "1st", None, "resource"])
def test_bad_ids_of_associations(tier, id):
    acl = WebAcl(tier, "acl")
    with pytest.raises(ConfigurationError, match="id"):
        acl.associate(id, ALB)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (None, "attributes is None"),
        (WebAclAttributes(web_acl_arn="arn"), "web_acl_arn arn"),
        (WebAclAttributes(web_acl_arn=ARN, acl_scope="CLOUDFRONT"), "global/webacl"),
        (WebAclAttributes(web_acl_arn=ARN, acl_scope="global"), "acl_scope global"),
    ],
    ids=["none", "arn", "scope", "unknown scope"],
)
def test_bad_attributes_are_refused(tier, attributes, message):
    with pytest.raises(ConfigurationError, match=message):
        WebAcl.from_attributes(tier, "old", attributes)
    assert tier.node.try_find_child("old") is None


def test_the_statement_reaches_terraform_as_plain_blocks(tier, synth):
    WebAcl(tier, "acl", rules=[rule()], logging=None)
    text = json.dumps(body(synth(tier))["rule"][0]["statement"])
    assert "null" not in text
    assert json.loads(text)["byte_match_statement"]["field_to_match"] == {"uri_path": {}}
    synth(tier).has_resource("aws_wafv2_web_acl", {"rule_json": ABSENT})
