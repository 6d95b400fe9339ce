from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.security import (
    ForwardedIp,
    IpSet,
    RateLimitKey,
    WebAcl,
    WebAclAction,
    WebAclRule,
    WebAclStatement,
)
from terratiers.security.web_acl_catalog import managed_rule_groups

import pytest

COMMON = "AWSManagedRulesCommonRuleSet"
ADMIN = WebAclStatement.path_starts_with("/admin")
DEEP = ADMIN.negate().negate().negate()


@pytest.fixture
def office(tier):
    return IpSet(tier, "office", addresses=["203.0.113.0/24"])


def test_a_managed_group():
    rule = WebAclRule.managed(
        COMMON,
        priority=3,
        name="core",
        version="Version_1.5",
        rule_overrides={"SizeRestrictions_BODY": "count", "Anything": WebAclAction.allow()},
        count_only=True,
        scope_down=ADMIN,
    )
    assert rule.statement == {
        "managed_rule_group_statement": {
            "name": COMMON,
            "vendor_name": "AWS",
            "version": "Version_1.5",
            "rule_action_override": [
                {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}},
                {"name": "Anything", "action_to_use": {"allow": {}}},
            ],
            "scope_down_statement": ADMIN.to_block(),
        }
    }
    assert (rule.name, rule.priority, rule.count_only) == ("core", 3, True)
    assert rule.capacity == 700 + 22


def test_counting_only_overrides_the_group(tier, synth):
    rules = [WebAclRule.managed(COMMON, priority=3, count_only=True)]
    WebAcl(tier, "acl", rules=rules, logging=None)
    [made] = synth(tier).resource("aws_wafv2_web_acl.acl")["rule"]
    assert made["override_action"] == {"count": {}}
    assert "action" not in made


def test_a_group_of_the_marketplace():
    rule = WebAclRule.managed("Bots", vendor="Acme Inc.", capacity=120, priority=1)
    assert rule.capacity == 120
    assert rule.statement["managed_rule_group_statement"]["vendor_name"] == "Acme Inc."


def test_bot_control():
    rule = WebAclRule.managed(
        "AWSManagedRulesBotControlRuleSet", priority=1, bot_control="targeted"
    )
    assert rule.statement["managed_rule_group_statement"]["managed_rule_group_configs"] == [
        {"aws_managed_rules_bot_control_rule_set": {"inspection_level": "TARGETED"}}
    ]
    assert rule.capacity == 50


def test_the_catalog():
    groups = managed_rule_groups()
    assert {name: groups[name].capacity for name in groups if "IpList" in name} == {
        "AWSManagedRulesAnonymousIpList": 50,
    }
    assert "SizeRestrictions_BODY" in groups[COMMON].rules
    assert groups["AWSManagedRulesATPRuleSet"].further_fees


def test_a_rate_limit_by_keys():
    rule = WebAclRule.rate_limit(
        "keys",
        priority=2,
        limit=10,
        window=60,
        by=[RateLimitKey.header("x-api-key", transformations=["LOWERCASE"]), RateLimitKey.ip()],
        scope_down=ADMIN,
        action=WebAclAction.block(status_code=429),
    )
    assert rule.statement["rate_based_statement"] == {
        "limit": 10,
        "evaluation_window_sec": 60,
        "aggregate_key_type": "CUSTOM_KEYS",
        "custom_key": [
            {
                "header": {
                    "name": "x-api-key",
                    "text_transformation": [{"priority": 0, "type": "LOWERCASE"}],
                }
            },
            {"ip": {}},
        ],
        "scope_down_statement": ADMIN.to_block(),
    }
    assert rule.capacity == 2 + 2 * 30 + 22


def test_a_rate_limit_by_a_header_of_the_proxy():
    rule = WebAclRule.rate_limit("proxied", priority=2, limit=10, by=ForwardedIp())
    assert rule.statement["rate_based_statement"]["aggregate_key_type"] == "FORWARDED_IP"
    assert rule.statement["rate_based_statement"]["forwarded_ip_config"] == {
        "header_name": "X-Forwarded-For",
        "fallback_behavior": "MATCH",
    }


def test_one_limit_for_all_requests():
    rule = WebAclRule.rate_limit("all", priority=2, limit=10, by="all-requests", scope_down=ADMIN)
    assert rule.statement["rate_based_statement"]["aggregate_key_type"] == "CONSTANT"


def test_an_address_list(office):
    rule = WebAclRule.ip_set("office", priority=0, ip_set=office, action="allow")
    assert rule.statement == {"ip_set_reference_statement": {"arn": office.ip_set_arn}}
    assert rule.ip_sets == (office,)
    assert rule.capacity == 1


def test_countries():
    blocked = WebAclRule.geo("bad", priority=0, block=["KP"])
    assert blocked.statement == {"geo_match_statement": {"country_codes": ["KP"]}}
    allowed = WebAclRule.geo("home", priority=0, allow_only=["DE", "AT"])
    assert allowed.statement == {
        "not_statement": {"statement": [{"geo_match_statement": {"country_codes": ["DE", "AT"]}}]}
    }


def test_labels_and_headers(tier, synth):
    action = WebAclAction.count(insert_headers={"seen": "yes"})
    rule = WebAclRule.custom(
        "seen", priority=0, statement=ADMIN, action=action, labels=["site:seen"]
    )
    WebAcl(tier, "acl", rules=[rule], logging=None)
    [made] = synth(tier).resource("aws_wafv2_web_acl.acl")["rule"]
    assert made["rule_label"] == [{"name": "site:seen"}]
    header = {"name": "seen", "value": "yes"}
    assert made["action"] == {"count": {"custom_request_handling": {"insert_header": [header]}}}


def custom(**options):
    return WebAclRule.custom(**{"name": "admin", "priority": 1, "statement": ADMIN, **options})


def managed(group=COMMON, **options):
    return WebAclRule.managed(group, **{"priority": 1, **options})


def limited(**options):
    return WebAclRule.rate_limit(**{"name": "r", "priority": 1, "limit": 100, **options})


def geo(**options):
    return WebAclRule.geo("g", **{"priority": 1, **options})


HEADER_OF = {
    choice: WebAclStatement.country("DE", forwarded_ip=ForwardedIp(without_address=choice))
    for choice in (None, "MATCH", "NO_MATCH")
}
key = RateLimitKey
action = WebAclAction
BAD = {
    "name": (lambda: custom(name="a b"), "name a b is not valid"),
    "name none": (lambda: custom(name=None), "name None"),
    "name long": (lambda: custom(name="x" * 129), "1 to 128"),
    "name all": (lambda: custom(name="All"), "AWS's own"),
    "name default": (lambda: custom(name="Default_Action"), "AWS's own"),
    "name shield": (lambda: custom(name="ShieldMitigationRuleGroup_x"), "AWS's own"),
    "name token": (lambda: custom(name="${var.x}"), "name"),
    "priority none": (lambda: custom(priority=None), "priority is None"),
    "priority negative": (lambda: custom(priority=-1), "priority is -1"),
    "priority bool": (lambda: custom(priority=True), r"priority is True \(bool\)"),
    "priority text": (lambda: custom(priority="1"), "priority is 1"),
    "priority float": (lambda: custom(priority=1.5), "priority is 1.5"),
    "priority of shield": (lambda: custom(priority=10_000_000), "0 to 9999999"),
    "priority token": (lambda: custom(priority="${var.p}"), "priority is a token"),
    "statement none": (lambda: custom(statement=None), "statement is None"),
    "statement text": (lambda: custom(statement="/admin"), "path_starts_with"),
    "too deep": (lambda: custom(statement=DEEP.negate()), "4 levels deep: the provider writes 3"),
    "action": (lambda: custom(action="deny"), "action is deny"),
    "action none": (lambda: custom(action=None), "action is None"),
    "action number": (lambda: custom(action=403), "action is 403"),
    "labels text": (lambda: custom(labels="x"), "write a list"),
    "label": (lambda: custom(labels=["a b"]), "labels: a b"),
    "label colon": (lambda: custom(labels=["a:"]), "labels: a:"),
    "label of aws": (lambda: custom(labels=["awswaf:x"]), "has awswaf in it"),
    "label with aws inside": (lambda: custom(labels=["shop:aws:x"]), "has aws in it"),
    "label named managed": (lambda: custom(labels=["shop:managed"]), "has managed in it"),
    "label waf": (lambda: custom(labels=["waf"]), "has waf in it"),
    "label rulegroup": (lambda: custom(labels=["rulegroup:a"]), "has rulegroup in it"),
    "label webacl": (lambda: custom(labels=["a:webacl:b"]), "has webacl in it"),
    "label ipset": (lambda: custom(labels=["ipset"]), "has ipset in it"),
    "label pattern set": (lambda: custom(labels=["regexpatternset:a"]), "has regexpatternset"),
    "label deep": (lambda: custom(labels=["a:b:c:d:e:f:g"]), "has 6 namespaces: AWS WAF takes 5"),
    "label part long": (lambda: custom(labels=["a:" + "x" * 129]), "1 to 128 letters"),
    "label part empty": (lambda: custom(labels=["a::b"]), "colons between"),
    "body of a long name": (
        lambda: custom(name="x" * 124, action=action.block(body="no")),
        "name has 124 characters: a rule that answers with a body takes 123",
    ),
    "body of a long limit": (
        lambda: limited(name="x" * 128, action=action.block(body="no")),
        "answers with a body takes 123",
    ),
    "only some, open": (
        lambda: geo(allow_only=["DE"], forwarded_ip=ForwardedIp(without_address="MATCH")),
        "without_address is MATCH where it would let requests pass",
    ),
    "allowed, open": (
        lambda: geo(
            block=["DE"], action="allow", forwarded_ip=ForwardedIp(without_address="MATCH")
        ),
        "leave it out, for NO_MATCH",
    ),
    "negated, open": (
        lambda: custom(
            statement=WebAclStatement.all_of(ADMIN, HEADER_OF["MATCH"].negate()),
        ),
        "leave it out, for NO_MATCH",
    ),
    "negated and allowed, open": (
        lambda: custom(statement=HEADER_OF["NO_MATCH"].negate(), action="allow"),
        "leave it out, for MATCH",
    ),
    "scope down, open": (
        lambda: limited(scope_down=HEADER_OF["MATCH"].negate()),
        "leave it out, for NO_MATCH",
    ),
    "label none": (lambda: custom(labels=[None]), "labels: None"),
    "label twice": (lambda: custom(labels=["a", "a"]), "write each once"),
    "group unknown": (
        lambda: managed("AWSManagedRulesCommonRulesSet"),
        "did you mean AWSManagedRulesCommonRuleSet",
    ),
    "group none": (lambda: managed(None), "group None"),
    "group token": (lambda: managed("${var.g}"), "group"),
    "group with settings": (lambda: managed("AWSManagedRulesATPRuleSet"), "needs settings"),
    "group name": (lambda: managed(name="x y"), "name x y"),
    "vendor": (lambda: managed(vendor=""), "vendor"),
    "vendor none": (lambda: managed(vendor=None), "vendor None"),
    "vendor without capacity": (lambda: managed(vendor="Acme"), "capacity is missing"),
    "capacity 0": (lambda: managed(capacity=0), "capacity is 0"),
    "capacity high": (lambda: managed(capacity=5001), "1 to 5000"),
    "capacity text": (lambda: managed(capacity="700"), "capacity is 700"),
    "version": (lambda: managed(version="1 2"), "version 1 2"),
    "version number": (lambda: managed(version=1.5), "version 1.5"),
    "override": (
        lambda: managed(rule_overrides={"SizeRestriction_BODY": "count"}),
        "no rule of AWSManagedRulesCommonRuleSet; did you mean SizeRestrictions_BODY",
    ),
    "override action": (
        lambda: managed(rule_overrides={"SizeRestrictions_BODY": "ignore"}),
        "SizeRestrictions_BODY is ignore",
    ),
    "override list": (lambda: managed(rule_overrides=["SizeRestrictions_BODY"]), "rule_overrides"),
    "override body": (
        lambda: managed(rule_overrides={"SizeRestrictions_BODY": action.block(body="x")}),
        "answers with a body",
    ),
    "override many": (
        lambda: managed(version="V1", rule_overrides={f"r{n}": "count" for n in range(101)}),
        "holds 101: AWS WAF takes 100",
    ),
    "count only": (lambda: managed(count_only="yes"), "count_only is yes"),
    "scope down": (lambda: managed(scope_down="/admin"), "scope_down is /admin"),
    "scope down deep": (lambda: managed(scope_down=DEEP), "3 levels deep: the provider writes 2"),
    "bot level": (
        lambda: managed("AWSManagedRulesBotControlRuleSet", bot_control="high"),
        "bot_control high",
    ),
    "bot level of another": (lambda: managed(bot_control="common"), "bot_control is for AWS"),
    "limit low": (lambda: limited(limit=9), "limit is 9: it has to be 10"),
    "limit high": (lambda: limited(limit=2_000_000_001), "2000000000 requests"),
    "limit bool": (lambda: limited(limit=True), r"limit is True \(bool\)"),
    "limit none": (lambda: limited(limit=None), "limit is None"),
    "window": (lambda: limited(window=90), "window 90"),
    "window text": (lambda: limited(window="60"), "window 60"),
    "by": (lambda: limited(by="IP"), "by IP is not known"),
    "by none": (lambda: limited(by=None), "by is None"),
    "by nothing": (lambda: limited(by=[]), "by holds 0 keys"),
    "by six": (
        lambda: limited(by=[key.header(f"h{n}") for n in range(6)]),
        "by holds 6 keys: AWS WAF takes 1 to 5",
    ),
    "by text": (lambda: limited(by=["ip"]), "write RateLimitKey"),
    "by address alone": (lambda: limited(by=[key.ip()]), 'write by="ip"'),
    "by twice": (lambda: limited(by=[key.method(), key.method()]), "repeats a key"),
    "by all": (lambda: limited(by="all-requests"), "without scope_down"),
    "by header": (lambda: limited(by=ForwardedIp(header="a b")), "forwarded_ip: header a b"),
    "by fallback": (
        lambda: limited(by=ForwardedIp(without_address="PASS")),
        "without_address PASS",
    ),
    "limit allows": (lambda: limited(action="allow"), "takes block, count, captcha, challenge"),
    "limit scope down": (lambda: limited(scope_down=DEEP), "3 levels deep"),
    "key name": (lambda: key.header(""), "header"),
    "key none": (lambda: key.cookie(None), "cookie None"),
    "key blank": (lambda: key.query_argument("a b"), "query_argument a b"),
    "key transformation": (lambda: key.path(transformations=["lower"]), "transformations: lower"),
    "key namespace": (lambda: key.label_namespace("a"), "a colon last"),
    "geo nothing": (geo, "give one of them"),
    "geo both": (lambda: geo(block=["DE"], allow_only=["AT"]), "give one of them"),
    "geo empty": (lambda: geo(block=[]), "names no country"),
    "geo text": (lambda: geo(block="DE"), "write a list"),
    "geo code": (lambda: geo(block=["XX"]), "block: XX is not known"),
    "geo lower": (lambda: geo(allow_only=["de"]), "de has to be written DE"),
    "geo name": (lambda: geo(block=["Germany"]), "block: Germany"),
    "geo twice": (lambda: geo(block=["DE", "DE"]), "names DE twice"),
    "geo none": (lambda: geo(block=[None]), "block: None"),
    "geo forwarded": (lambda: geo(block=["DE"], forwarded_ip=True), "forwarded_ip is True"),
    "set": (lambda: WebAclRule.ip_set("s", priority=1, ip_set="office"), "write IpSet"),
    "status": (lambda: action.block(status_code=418), "status_code 418"),
    "status text": (lambda: action.block(status_code="403"), "status_code 403"),
    "body empty": (lambda: action.block(body=""), "1 to 4096 bytes"),
    "body long": (lambda: action.block(body="ä" * 2049), "body has 4098 bytes"),
    "body number": (lambda: action.block(body=7), "body 7"),
    "content type": (lambda: action.block(body="x", content_type="text/css"), "text/css"),
    "headers list": (lambda: action.block(headers=["a"]), "headers is"),
    "headers many": (
        lambda: action.block(headers={f"h{n}": "x" for n in range(11)}),
        "holds 11 headers",
    ),
    "header name": (lambda: action.block(headers={"a b": "x"}), "headers: name a b"),
    "header value": (lambda: action.block(headers={"a": ""}), "headers: a"),
    "header lines": (lambda: action.count(insert_headers={"a": "x\ny"}), "on one line"),
    "header none": (lambda: action.allow(insert_headers={"a": None}), "insert_headers: a None"),
    "header type": (lambda: action.block(headers={"Content-Type": "x"}), "take it out"),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()


def fallbacks(block):
    """Every fallback that stands in a statement."""
    if isinstance(block, dict):
        own = [block["fallback_behavior"]] if "fallback_behavior" in block else []
        return own + [each for value in block.values() for each in fallbacks(value)]
    return [each for value in block for each in fallbacks(value)] if type(block) is list else []


PROXIED = HEADER_OF[None]
HEADER = ForwardedIp()


@pytest.mark.parametrize(
    ("make", "fallback"),
    [
        (lambda: geo(block=["KP"], forwarded_ip=HEADER), "MATCH"),
        (lambda: geo(block=["KP"], forwarded_ip=HEADER, action="count"), "MATCH"),
        (lambda: geo(allow_only=["DE"], forwarded_ip=HEADER), "NO_MATCH"),
        (lambda: custom(statement=PROXIED, action="allow"), "NO_MATCH"),
        (lambda: custom(statement=WebAclStatement.all_of(ADMIN, PROXIED.negate())), "NO_MATCH"),
        (lambda: custom(statement=WebAclStatement.any_of(ADMIN, PROXIED).negate()), "NO_MATCH"),
        (lambda: custom(statement=PROXIED.negate().negate()), "MATCH"),
        (lambda: custom(statement=PROXIED.negate(), action="allow"), "MATCH"),
        (lambda: custom(statement=HEADER_OF["NO_MATCH"]), "NO_MATCH"),
        (lambda: limited(scope_down=PROXIED), "MATCH"),
        (lambda: limited(scope_down=PROXIED.negate()), "NO_MATCH"),
        (lambda: managed(scope_down=PROXIED.negate()), "NO_MATCH"),
        (lambda: limited(by=ForwardedIp(without_address="NO_MATCH")), "NO_MATCH"),
    ],
    ids=[
        "block", "count", "allow only", "allow", "negated", "negated above", "twice negated",
        "allow negated", "explicit", "scope down", "scope down negated", "managed", "limit",
    ],
)  # fmt: skip
def test_a_header_without_an_address_lets_nobody_pass(make, fallback):
    assert fallbacks(make().statement) == [fallback]


def test_an_allowed_list_of_addresses_needs_an_address(tier):
    office = IpSet(tier, "office", addresses=["203.0.113.0/24"])
    options = {"priority": 1, "ip_set": office, "forwarded_ip": HEADER}
    assert fallbacks(WebAclRule.ip_set("a", action="allow", **options).statement) == ["NO_MATCH"]
    assert fallbacks(WebAclRule.ip_set("b", **options).statement) == ["MATCH"]
    options["forwarded_ip"] = ForwardedIp(without_address="MATCH")
    with pytest.raises(ConfigurationError, match="would let requests pass"):
        WebAclRule.ip_set("c", action="allow", **options)


def test_the_longest_label_and_the_longest_name_with_a_body():
    label = ":".join(["x" * 128] * 6)
    assert custom(labels=[label, "office"]).labels == (label, "office")
    answer = WebAclAction.block(body="no")
    names = ["x" * 122 + end for end in "ab"]
    assert len({custom(name=name, action=answer).body_key for name in names}) == 2
    assert custom(name="x" * 128).name == "x" * 128
