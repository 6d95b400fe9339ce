"""Rows B4 and B5: a web ACL protects a load balancer, takes every kind of rule, changes in place;
Shield Advanced protects what it can."""

from __future__ import annotations

from terratiers import acknowledge
from terratiers.compute import ElasticIp
from terratiers.core.synthesis import read_synthesis
from terratiers.load_balancing import ApplicationLoadBalancer
from terratiers.local.deployment import Deployment
from terratiers.network import SubnetGroup, Vpc
from terratiers.security import (
    ForwardedIp,
    IpSet,
    RateLimitKey,
    RequestPart,
    ShieldProtection,
    ShieldSubscription,
    WebAcl,
    WebAclAction,
    WebAclLogContent,
    WebAclLogging,
    WebAclRule,
    WebAclStatement,
)
from terratiers.storage import Bucket

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider

REGION = "eu-central-1"
CHECK = "arn:aws:route53:::healthcheck/1234abcd-12ab-34cd-56ef-1234567890ab"


def stack_of(outdir, name):
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, name)
    AwsProvider(stack, "aws", region=REGION)
    LocalBackend(stack, path="terraform.tfstate")
    return app, stack


def balancer(stack):
    vpc = Vpc(
        stack,
        "vpc",
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        subnet_groups=[SubnetGroup.public()],
        flow_logs=None,
    )
    return ApplicationLoadBalancer(stack, "alb", vpc=vpc)


def protected(outdir, *, grown=False):
    """The defaults, associated with a balancer that Shield protects too."""
    app, stack = stack_of(outdir, "protected")
    alb = balancer(stack)
    acl = WebAcl(stack, "acl")
    acl.associate("alb", alb)
    if grown:
        acl.add_rule(WebAclRule.geo("countries", priority=5, block=["KP", "SY"]))
    acknowledge(stack, "shield-advanced-subscription", reason="the emulator costs nothing")
    shielded = ShieldProtection(stack, "shield", resource=alb, automatic_response="count")
    shielded.add_health_check("site", CHECK)
    ShieldProtection(stack, "address", resource=ElasticIp(stack, "eip"))
    ShieldSubscription(stack, "subscription", auto_renew=not grown)
    app.synth()
    return read_synthesis(outdir)


def test_a_balancer_is_protected_and_the_acl_grows(emulator, tmp_path):
    before = protected(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(before[0])
    assert terraform.plan() == []

    state = terraform.state()
    waf = emulator.client("wafv2", REGION)
    arn = state["aws_lb.alb"]["arn"]
    acl = waf.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]
    assert acl["ARN"] == state["aws_wafv2_web_acl.acl"]["arn"]
    assert [rule["Name"] for rule in sorted(acl["Rules"], key=lambda rule: rule["Priority"])] == [
        "AWSManagedRulesAmazonIpReputationList",
        "rate-limit",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ]
    logging = waf.get_logging_configuration(ResourceArn=acl["ARN"])["LoggingConfiguration"]
    assert sorted(field["SingleHeader"]["Name"] for field in logging["RedactedFields"]) == [
        "authorization",
        "cookie",
    ]
    shield = emulator.client("shield", "us-east-1")
    protection = shield.describe_protection(ResourceArn=arn)["Protection"]
    assert protection["ApplicationLayerAutomaticResponseConfiguration"]["Action"] == {"Count": {}}
    assert len(protection["HealthCheckIds"]) == 1
    assert shield.describe_subscription()["Subscription"]["AutoRenew"] == "ENABLED"

    after = protected(tmp_path / "after", grown=True)
    grown = Deployment(after, emulator, tmp_path / "work")
    changes = grown.prepare(after[0]).plan()
    assert {change.address: change.actions for change in changes} == {
        "aws_shield_subscription.subscription": ("update",),
        "aws_wafv2_web_acl.acl": ("update",),
    }
    list(grown.up())
    assert grown.prepare(after[0]).plan() == []
    acl = waf.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]
    [first] = [rule for rule in acl["Rules"] if rule["Priority"] == 5]
    assert first["Statement"] == {"GeoMatchStatement": {"CountryCodes": ["KP", "SY"]}}
    assert shield.describe_subscription()["Subscription"]["AutoRenew"] == "DISABLED"
    list(grown.down())
    assert waf.list_web_acls(Scope="REGIONAL")["WebACLs"] == []
    assert shield.list_protections()["Protections"] == []


def every_statement(office):
    body = RequestPart.body(oversize="MATCH")
    return [
        WebAclStatement.path_starts_with("/admin"),
        WebAclStatement.path_equals("/login"),
        WebAclStatement.path_matches(r"^/v[0-9]+/\d+\.json$"),
        WebAclStatement.method_is("TRACE"),
        WebAclStatement.header_contains("User-Agent", "BadBot"),
        WebAclStatement.header_equals("x-origin", 'a "quoted" value'),
        WebAclStatement.text(
            RequestPart.query_argument("Id"),
            "CONTAINS_WORD",
            "drop",
            transformations=["URL_DECODE", "LOWERCASE"],
        ),
        WebAclStatement.text(RequestPart.headers(look_at="VALUE"), "CONTAINS", "attack"),
        WebAclStatement.regex(RequestPart.cookies(oversize="MATCH"), "^session=$"),
        WebAclStatement.size(body, "GT", 8192),
        WebAclStatement.size(RequestPart.query_string(), "GE", 1024),
        WebAclStatement.sql_injection(RequestPart.all_query_arguments(), sensitivity="HIGH"),
        WebAclStatement.cross_site_scripting(RequestPart.json_body(invalid="MATCH")),
        WebAclStatement.label("awswaf:managed:aws:core-rule-set:NoUserAgent_Header"),
        WebAclStatement.label_namespace("awswaf:managed:token:"),
        WebAclStatement.country("DE", "KR", forwarded_ip=ForwardedIp()),
        WebAclStatement.ip_set(office, forwarded_ip=ForwardedIp(position="ANY")),
        WebAclStatement.country("US").negate(),
    ]


def everything(outdir, *, ip_version=4):
    app, stack = stack_of(outdir, "everything")
    addresses = ["203.0.113.0/24", "198.51.100.7/32"] if ip_version == 4 else ["2001:db8::/32"]
    office = IpSet(stack, "office", addresses=addresses, ip_version=ip_version)
    statements = every_statement(office)
    inside = WebAclStatement.all_of(
        WebAclStatement.method_is("POST"),
        WebAclStatement.any_of(
            WebAclStatement.path_equals("/login"), WebAclStatement.ip_set(office).negate()
        ),
    )
    rules = [
        WebAclRule.ip_set(
            "office",
            priority=0,
            ip_set=office,
            action=WebAclAction.allow(insert_headers={"a": "b"}),
        ),
        WebAclRule.geo("abroad", priority=1, allow_only=["DE", "AT"], action="captcha"),
        WebAclRule.managed(
            "AWSManagedRulesCommonRuleSet",
            priority=2,
            rule_overrides={
                "SizeRestrictions_BODY": "count",
                "NoUserAgent_HEADER": WebAclAction.block(status_code=400),
            },
            scope_down=WebAclStatement.any_of(statements[0], statements[1].negate()),
        ),
        WebAclRule.managed(
            "AWSManagedRulesBotControlRuleSet",
            priority=3,
            bot_control="targeted",
            count_only=True,
        ),
        WebAclRule.managed("AWSManagedRulesSQLiRuleSet", priority=4, version="Version_1.2"),
        WebAclRule.rate_limit(
            "logins",
            priority=5,
            limit=10,
            window=60,
            scope_down=statements[1],
            action=WebAclAction.block(status_code=429, headers={"Retry-After": "60"}),
        ),
        WebAclRule.rate_limit(
            "proxied", priority=6, limit=500, window=600, by=ForwardedIp(without_address="NO_MATCH")
        ),
        WebAclRule.rate_limit(
            "keys",
            priority=7,
            limit=100,
            window=120,
            by=[
                RateLimitKey.ip(),
                RateLimitKey.header("x-api-key", transformations=["LOWERCASE"]),
                RateLimitKey.method(),
                RateLimitKey.label_namespace("awswaf:managed:token:"),
                RateLimitKey.path(transformations=["NORMALIZE_PATH"]),
            ],
            action="challenge",
        ),
        WebAclRule.rate_limit(
            "all", priority=8, limit=1000, by="all-requests", scope_down=statements[0]
        ),
        WebAclRule.rate_limit(
            "others",
            priority=9,
            limit=1000,
            by=[
                RateLimitKey.cookie("session"),
                RateLimitKey.query_argument("user"),
                RateLimitKey.query_string(),
            ],
            action="count",
        ),
        WebAclRule.custom(
            "nested",
            priority=10,
            statement=inside,
            action=WebAclAction.block(
                status_code=403, body='{"error": "no"}', content_type="application/json"
            ),
            labels=["site:nested", "refused"],
        ),
        # each rule costs Terraform seconds, so that one holds half of the statements
        WebAclRule.custom(
            "some", priority=100, statement=WebAclStatement.any_of(*statements[:9]), action="count"
        ),
        WebAclRule.custom(
            "rest", priority=101, statement=WebAclStatement.any_of(*statements[9:]), action="count"
        ),
    ]
    acknowledge(stack, "waf-capacity-surcharge", reason="every kind of rule at once")
    bucket = Bucket(stack, "logs", bucket_name="aws-waf-logs-everything", force_destroy=True)
    content = WebAclLogContent(
        redacted_headers=["Authorization"],
        redact_method=True,
        redact_query_string=True,
        redact_uri_path=True,
        keep_only=["block", "count"],
    )
    WebAcl(
        stack,
        "acl",
        default_action=WebAclAction.block(status_code=404, body="nothing here"),
        rules=rules,
        logging=WebAclLogging.to_bucket(bucket, content=content),
        sampled_requests=False,
        description="Every kind of rule, for the test.",
        tags={"Team": "web"},
    )
    app.synth()
    return read_synthesis(outdir)


def test_every_kind_of_rule_round_trips(emulator, tmp_path):
    before = everything(tmp_path / "before")
    deployment = Deployment(before, emulator, tmp_path / "work")
    list(deployment.up())
    terraform = deployment.prepare(before[0])
    assert terraform.plan() == []

    acl_state = terraform.state()["aws_wafv2_web_acl.acl"]
    waf = emulator.client("wafv2", REGION)
    acl = waf.get_web_acl(Name=acl_state["name"], Id=acl_state["id"], Scope="REGIONAL")["WebACL"]
    rules = {rule["Name"]: rule for rule in acl["Rules"]}
    assert len(rules) == 13
    found = rules["some"]["Statement"]["OrStatement"]["Statements"]
    assert found[5]["ByteMatchStatement"]["SearchString"] == b'a "quoted" value'
    assert rules["nested"]["Action"]["Block"]["CustomResponse"]["CustomResponseBodyKey"] == (
        "rule-nested"
    )
    assert sorted(acl["CustomResponseBodies"]) == ["default", "rule-nested"]

    # another IP version is another set; the rules that name the old one are changed before it goes
    after = everything(tmp_path / "after", ip_version=6)
    changed = Deployment(after, emulator, tmp_path / "work")
    plan = changed.prepare(after[0]).plan()
    assert {change.address: change.actions for change in plan} == {
        "aws_wafv2_ip_set.office": ("create", "delete"),
        "aws_wafv2_web_acl.acl": ("update",),
    }
    list(deployment.down())
