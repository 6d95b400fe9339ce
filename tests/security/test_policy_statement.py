from __future__ import annotations

from terratiers import ConfigurationError, acknowledge
from terratiers.security import ManagedPolicy, PolicyStatement, Principal, Role

import pytest
from cdktf import TerraformVariable

ACTION, RESOURCE = "[iam-wildcard-action]", "[iam-wildcard-resource]"
OIDC = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
SUBJECT = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:shop/*"}}
ROLE = "arn:aws:iam::111122223333:role/ops"


def statement(**change):
    given = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::assets/*"], **change}
    return PolicyStatement(**given)


def warnings(construct):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]


@pytest.fixture
def web(tier):
    return Role(tier, "web", assumed_by=Principal.service("ec2"), description="web servers")


def test_a_statement_allows_and_has_neither_conditions_nor_a_name():
    assert statement().to_dict() == {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::assets/*"],
    }


def test_every_option_of_a_statement_is_written_out():
    conditions = {"Bool": {"aws:SecureTransport": "false"}}
    full = statement(
        actions=("s3:GetObject", "s3:PutObject"),
        effect="Deny",
        conditions=conditions,
        sid="TlsOnly",
    )
    assert full.to_dict() == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::assets/*"],
        "Condition": conditions,
    }


def test_a_statement_reaches_terraform_as_it_is(tier, web, synth):
    conditions = {"StringEquals": {"aws:PrincipalTag/team": ["web", "ops"]}}
    web.add_policy("assets", statement(effect="Deny", conditions=conditions, sid="Assets"))
    assert synth(tier).resource("aws_iam_role_policy.web_assets")["policy"] == (
        '${jsonencode({"Version" = "2012-10-17", "Statement" = [{"Sid" = "Assets", '
        '"Effect" = "Deny", "Action" = ["s3:GetObject"], "Resource" = ["arn:aws:s3:::assets/*"], '
        '"Condition" = {"StringEquals" = {"aws:PrincipalTag/team" = ["web", "ops"]}}}]})}'
    )


def test_a_resources_arn_may_be_known_to_terraform_only(tier, web, synth):
    web.add_policy("self", statement(actions=["sts:AssumeRole"], resources=[web.role_arn]))
    policy = synth(tier).resource("aws_iam_role_policy.web_self")["policy"]
    assert '"Resource" = ["${aws_iam_role.web.arn}"]' in policy


def resources(tier, web, synth, *given):
    """The list of resources as Terraform reads it."""
    web.add_policy("assets", statement(resources=given))
    policy = synth(tier).resource("aws_iam_role_policy.web_assets")["policy"]
    _, _, found = policy.partition('"Resource" = ')
    return found.removesuffix("}]})}")


def test_an_expression_written_by_hand_stays_one(tier, web, synth):
    found = resources(tier, web, synth, "${aws_s3_bucket.assets.arn}")
    assert found == '["${aws_s3_bucket.assets.arn}"]'


def test_texts_and_attributes_are_mixed(tier, web, synth):
    own = f"arn:aws:s3:::assets/${{var.stage}}/{web.role_name}/*"
    found = resources(tier, web, synth, own)
    assert found == '["arn:aws:s3:::assets/${var.stage}/${aws_iam_role.web.name}/*"]'


@pytest.mark.parametrize(
    "expression",
    [
        '${format("%s/*", aws_s3_bucket.assets.arn)}',
        '${var.arns["assets"]}',
        "${{ assets = var.arn }.assets}",
        '${replace(var.name, "}", "")}',
        '${replace(var.name, "{", "")}',
        '${replace(var.name, "\\"}", "")}',
    ],
    ids=[
        "call",
        "index",
        "braces",
        "closing brace in a string",
        "opening brace in a string",
        "brace after an escaped quote",
    ],
)
def test_quotes_and_braces_of_an_expression_stay(tier, web, synth, expression):
    assert resources(tier, web, synth, f'{expression}/"x') == f'["{expression}/\\"x"]'


@pytest.mark.parametrize(
    "variable",
    ["aws:username", "aws:PrincipalTag/team", "s3:prefix", "aws:PrincipalTag/team, 'web'", "*"],
)
def test_variables_of_iam_are_no_expressions(tier, web, synth, variable):
    found = {"StringLike": {"s3:prefix": [f"home/${{{variable}}}/*"]}}
    web.add_policy(
        "home", statement(resources=[f"arn:aws:s3:::home/${{{variable[:12]}}}/*"], conditions=found)
    )
    policy = synth(tier).resource("aws_iam_role_policy.web_home")["policy"]
    assert f'"s3:prefix" = ["home/$${{{variable}}}/*"]' in policy
    assert f'"Resource" = ["arn:aws:s3:::home/$${{{variable[:12]}}}/*"]' in policy


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("arn:aws:s3:::home/$${aws:username}/*", "arn:aws:s3:::home/$${aws:username}/*"),
        ("arn:aws:s3:::home/$${x}/*", "arn:aws:s3:::home/$${x}/*"),
        ("arn:aws:s3:::a/%{if}", "arn:aws:s3:::a/%%{if}"),
        ('arn:aws:s3:::a/"b"', r"arn:aws:s3:::a/\"b\""),
        ("arn:aws:s3:::a/\\b", r"arn:aws:s3:::a/\\b"),
        ("arn:aws:s3:::a/100%$", "arn:aws:s3:::a/100%$"),
        ("arn:aws:s3:::f\u00fcr/*", "arn:aws:s3:::f\u00fcr/*"),
    ],
    ids=["variable", "literal", "directive", "quotes", "backslash", "percent", "letter"],
)
def test_characters_that_mean_something_to_terraform_are_escaped(tier, web, synth, given, written):
    assert resources(tier, web, synth, given) == f'["{written}"]'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (10, "10"),
        (1.5, "1.5"),
        (True, "true"),
        (("a", 1), '["a", 1]'),
        ("", '""'),
        ("${var.a}", '"${var.a}"'),
    ],
)
def test_values_of_conditions_keep_their_type(tier, web, synth, value, written):
    web.add_policy("assets", statement(conditions={"NumericEquals": {"s3:max-keys": value}}))
    policy = synth(tier).resource("aws_iam_role_policy.web_assets")["policy"]
    assert f'{{"s3:max-keys" = {written}}}' in policy


def test_values_of_conditions_may_be_known_to_terraform_only(tier, web, synth):
    number = TerraformVariable(tier, "keys", type="number").number_value
    vpcs = TerraformVariable(tier, "vpcs", type="list(string)").list_value
    conditions = {
        "NumericLessThan": {"s3:max-keys": number},
        "StringEquals": {"aws:SourceVpc": vpcs},
    }
    web.add_policy("assets", statement(conditions=conditions))
    policy = synth(tier).resource("aws_iam_role_policy.web_assets")["policy"]
    assert '{"s3:max-keys" = "${var.keys}"}' in policy
    assert '{"aws:SourceVpc" = "${var.vpcs}"}' in policy


@pytest.mark.parametrize("action", ["s3:*", "s3:Get*", "*"])
def test_a_wildcard_in_an_action_warns(web, action):
    web.add_policy("assets", statement(actions=["s3:PutObject", action]))
    assert warnings(web) == [
        f"{ACTION} {action} allows every action that it matches. "
        'To accept it: acknowledge(scope, "iam-wildcard-action", reason="...").'
    ]


@pytest.mark.parametrize(
    "resource", ["*", "arn:aws:s3:::*", "arn:aws:s3:::*/*", "arn:aws:sns:*:*:*", "arn:*:sqs:*:*:*"]
)
def test_every_resource_of_a_service_warns(web, resource):
    web.add_policy("all", statement(actions=["s3:GetObject", "s3:PutObject"], resources=[resource]))
    assert warnings(web) == [
        f"{RESOURCE} s3:GetObject, s3:PutObject is allowed on every resource. "
        'To accept it: acknowledge(scope, "iam-wildcard-resource", reason="...").'
    ]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::assets/*",
        "arn:aws:s3:::assets-*",
        "arn:aws:dynamodb:eu-central-1:111122223333:table/*",
        "${aws_s3_bucket.assets.arn}/*",
    ],
)
def test_a_wildcard_below_a_named_resource_does_not_warn(web, resource):
    web.add_policy("assets", statement(resources=[resource]))
    assert warnings(web) == []


def test_what_is_denied_does_not_warn(web):
    web.add_policy("nothing", statement(actions=["*"], resources=["*"], effect="Deny"))
    assert warnings(web) == []


def test_each_statement_warns_for_itself(web):
    everything = statement(actions=["*"], resources=["*"])
    web.add_policy("admin", statement(), everything, statement(actions=["s3:*"]))
    assert [text.partition(" ")[0] for text in warnings(web)] == [ACTION, RESOURCE, ACTION]


def test_the_same_policy_warns_once(web):
    web.add_policy("admin", statement(actions=["s3:*"]))
    web.add_policy("admin", statement(actions=["s3:*"]))
    assert len(warnings(web)) == 1


def test_an_acknowledged_wildcard_does_not_warn(tier, web):
    acknowledge(tier, "iam-wildcard-action", reason="the bucket's own administrator")
    web.add_policy("admin", statement(actions=["s3:*"], resources=["*"]))
    assert [text.partition(" ")[0] for text in warnings(web)] == [RESOURCE]
    acknowledge(web, "iam-wildcard-resource", reason="the bucket's own administrator")
    web.add_policy("reader", statement(resources=["*"]))
    assert len(warnings(web)) == 1


def test_a_managed_policy_warns_too(tier):
    def managed(id):
        everything = statement(actions=["s3:*"], resources=["*"])
        return ManagedPolicy(tier, id, statements=[everything], description="all")

    assert [text.partition(" ")[0] for text in warnings(managed("loud"))] == [ACTION, RESOURCE]
    for warning in ("iam-wildcard-action", "iam-wildcard-resource"):
        acknowledge(tier, warning, reason="it only bounds what is granted")
    assert warnings(managed("quiet")) == []


@pytest.mark.parametrize(
    "operator",
    [
        "StringEquals",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLikeIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringLikeIfExists",
        "NumericLessThanEquals",
        "DateGreaterThan",
        "Bool",
        "BinaryEquals",
        "NotIpAddress",
        "ArnNotLike",
        "Null",
    ],
)
def test_operators_of_iam_are_taken(tier, web, synth, operator):
    web.add_policy("assets", statement(conditions={operator: {"aws:SourceArn": "x"}}))
    policy = synth(tier).resource("aws_iam_role_policy.web_assets")["policy"]
    assert f'"Condition" = {{"{operator}" = {{"aws:SourceArn" = "x"}}}}' in policy


BAD_STATEMENTS = {
    "actions text": ({"actions": "s3:GetObject"}, r"statement actions is s3:GetObject \(str\)"),
    "actions empty": ({"actions": []}, "statement actions is empty: name at least one"),
    "action without service": ({"actions": ["GetObject"]}, "write service:Action, like s3:Get"),
    "action blank": ({"actions": ["s3: GetObject"]}, "statement actions: s3: GetObject is not"),
    "action empty": ({"actions": [""]}, "statement actions: '' is not valid"),
    "action None": ({"actions": ["s3:GetObject", None]}, "statement actions: None is not valid"),
    "any action of any service": ({"actions": ["*:*"]}, r"statement actions: \*:\* is not valid"),
    "resources text": ({"resources": "*"}, r"statement resources is \* \(str\): write a list"),
    "resources empty": ({"resources": []}, "statement resources is empty"),
    "resource name": ({"resources": ["assets"]}, r"assets is not valid: write an ARN, or \"\*\""),
    "resource short": ({"resources": ["arn:aws:s3:assets"]}, "write an ARN"),
    "resource blank": ({"resources": ["arn:aws:s3:::a b"]}, "write an ARN"),
    "resource None": ({"resources": [None]}, "statement resources: None"),
    "effect lower": ({"effect": "allow"}, r"statement effect allow .*did you mean Allow"),
    "effect None": ({"effect": None}, "statement effect None is not known"),
    "effect bool": ({"effect": True}, "write one of Allow, Deny"),
    "sid hyphen": ({"sid": "read-assets"}, "sid read-assets is not valid: IAM takes letters and"),
    "sid empty": ({"sid": ""}, "statement sid '' is not valid"),
    "sid number": ({"sid": 1}, "statement sid 1 is not valid"),
    "conditions None": ({"conditions": None}, "conditions is None"),
    "operator": ({"conditions": {"Equals": {"aws:a": "b"}}}, "operator Equals is not valid"),
    "operator lower": ({"conditions": {"stringEquals": {"aws:a": "b"}}}, "write an operator of"),
    "operator token": ({"conditions": {"${a.b}": {"aws:a": "b"}}}, "write an operator of IAM"),
    "operator number": ({"conditions": {1: {"aws:a": "b"}}}, r"conditions is \{1: "),
    "no key": ({"conditions": {"Bool": {}}}, "Bool names no key: it would mean nothing"),
    "key blank": (
        {"conditions": {"Bool": {"aws: a": "b"}}},
        "key aws: a is not valid: .* without blanks",
    ),
    "key empty": ({"conditions": {"Bool": {"": "b"}}}, "conditions: key '' is not valid"),
    "actions None": ({"actions": None}, "statement actions is None"),
    "actions number": ({"actions": 1}, "statement actions is 1"),
    "resources None": ({"resources": None}, "statement resources is None"),
    "conditions text": ({"conditions": "Bool"}, "conditions is Bool"),
    "conditions list": ({"conditions": ["Bool"]}, "conditions is"),
    "condition text": ({"conditions": {"Bool": "aws:a"}}, "Bool is aws:a"),
    "condition None": ({"conditions": {"Bool": None}}, "Bool is None"),
    "operator ForAnyValues": (
        {"conditions": {"ForAnyValues:StringEquals": {"aws:TagKeys": "a"}}},
        "operator ForAnyValues:StringEquals is not valid",
    ),
    **{
        f"value {value!r}": ({"conditions": {"Bool": {"aws:SecureTransport": value}}}, message)
        for value, message in (
            (None, "Bool aws:SecureTransport: None .* cannot be written"),
            ([], "Bool aws:SecureTransport has no value"),
            ((), "Bool aws:SecureTransport has no value"),
            ({}, "Bool aws:SecureTransport is a mapping: write a value or a list"),
            ({"a": "b"}, "Bool aws:SecureTransport is a mapping: write a value or a list"),
            (["true", None], "Bool aws:SecureTransport: None"),
            (b"true", "b'true' .*bytes.* cannot be written in a policy"),
            ({"true"}, r"\(set\) cannot be written in a policy"),
            (float("nan"), "nan cannot be written: give a number"),
            ([float("inf")], "inf cannot be written"),
            ({1: "true"}, "key 1 is no text"),
        )
    },
}


@pytest.mark.parametrize(("change", "message"), BAD_STATEMENTS.values(), ids=BAD_STATEMENTS.keys())
def test_bad_statements_are_refused(tier, web, change, message):
    bad = statement(**change)
    with pytest.raises(ConfigurationError, match=message):
        web.add_policy("assets", bad)
    with pytest.raises(ConfigurationError, match=message):
        ManagedPolicy(tier, "assets", statements=[statement(), bad], description="assets")
    assert web.policies == {}
    assert tier.node.try_find_child("assets") is None


def test_a_sid_is_there_once_in_a_policy(tier, web):
    same = [statement(sid="Assets"), statement(actions=["s3:PutObject"], sid="Assets")]
    with pytest.raises(ConfigurationError, match="sid Assets is there twice"):
        web.add_policy("assets", *same)
    with pytest.raises(ConfigurationError, match="sid Assets is there twice"):
        ManagedPolicy(tier, "assets", statements=same, description="assets")


def test_policies_of_a_role_may_have_the_same_sids(tier, web, synth):
    for name in ("one", "two"):
        web.add_policy(name, statement(sid="Assets"), statement(sid="Other"), statement())
    synth(tier).resource_count("aws_iam_role_policy", 2)


def test_all_faults_of_a_statement_are_told_at_once(web):
    with pytest.raises(ConfigurationError, match="network/web: 4 faults"):
        web.add_policy("assets", statement(actions=[], resources=["a"], effect="x", sid="-"))


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("ec2", "ec2.amazonaws.com"),
        ("ec2.amazonaws.com", "ec2.amazonaws.com"),
        ("delivery.logs", "delivery.logs.amazonaws.com"),
        ("ec2.amazonaws.com.cn", "ec2.amazonaws.com.cn"),
    ],
)
def test_a_service_is_named_in_short_or_in_full(name, full):
    principal = Principal.service(name)
    assert (principal.kind, principal.value, principal.conditions) == ("Service", full, {})
    assert principal.assume_action == "sts:AssumeRole"


def test_accounts_and_arns_are_principals_of_aws():
    assert Principal.account("111122223333") == Principal("AWS", "111122223333")
    for arn in (ROLE, "arn:aws:iam::111122223333:user/team/ann"):
        assert Principal.arn(arn) == Principal("AWS", arn)


@pytest.mark.parametrize(
    ("provider", "action"),
    [
        (OIDC, "sts:AssumeRoleWithWebIdentity"),
        ("arn:aws:iam::111122223333:saml-provider/office", "sts:AssumeRoleWithSAML"),
    ],
)
def test_identities_of_a_provider_assume_a_role_by_its_protocol(provider, action):
    principal = Principal.federated(provider, SUBJECT)
    assert (principal.kind, principal.value) == ("Federated", provider)
    assert principal.conditions == SUBJECT
    assert principal.assume_action == action


@pytest.mark.parametrize(
    "key", ["SAML:aud", "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539:sub"]
)
def test_keys_of_identity_providers_are_taken(key):
    conditions = {"StringEquals": {key: "x"}}
    assert Principal.federated(OIDC, conditions).conditions == conditions


BAD_PRINCIPALS = {
    "service empty": (lambda: Principal.service(""), "service '' is not valid"),
    "service upper": (lambda: Principal.service("EC2"), "write a service like ec2"),
    "service dot": (lambda: Principal.service("ec2."), "service ec2. is not valid"),
    "service None": (lambda: Principal.service(None), "service None"),
    "account short": (lambda: Principal.account("11112222333"), "write its twelve digits"),
    "account number": (lambda: Principal.account(111122223333), "twelve digits as a string"),
    "account ARN": (lambda: Principal.account(ROLE), "account_id arn:aws:iam"),
    "arn account": (lambda: Principal.arn("111122223333"), "arn 111122223333 is not valid"),
    "arn policy": (
        lambda: Principal.arn("arn:aws:iam::111122223333:policy/a"),
        r"whose end matches \(role\|user\)",
    ),
    "arn everybody": (lambda: Principal.arn("*"), r"arn \* is not valid"),
    "arn None": (lambda: Principal.arn(None), "arn None"),
    "provider host": (lambda: Principal.federated("github.com", SUBJECT), "provider github.com"),
    "provider role": (lambda: Principal.federated(ROLE, SUBJECT), "write an ARN of iam"),
    "provider alone": (lambda: Principal.federated(OIDC, {}), "conditions is empty: everybody"),
    "conditions None": (lambda: Principal.federated(OIDC, None), "conditions is None"),
    "conditions text": (lambda: Principal.federated(OIDC, "repo"), "conditions is repo"),
    "conditions operator": (
        lambda: Principal.federated(OIDC, {"Like": {"a:sub": "b"}}),
        "operator Like is not valid",
    ),
    "conditions key": (lambda: Principal.federated(OIDC, {"Bool": {}}), "Bool names no key"),
}


@pytest.mark.parametrize(("make", "message"), BAD_PRINCIPALS.values(), ids=BAD_PRINCIPALS.keys())
def test_bad_principals_are_refused(make, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        make()
    assert str(caught.value).startswith("principal: ")
