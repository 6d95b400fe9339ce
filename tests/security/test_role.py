from __future__ import annotations

import re

from terratiers import ConfigurationError, Environment, Tier
from terratiers.security import (
    InstanceProfile,
    ManagedPolicy,
    PolicyStatement,
    Principal,
    Role,
    RoleAttributes,
)
from terratiers.testing import ABSENT

import pytest
from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

EC2 = Principal.service("ec2")
READ = PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::assets/*"])
WRITE = PolicyStatement(actions=["s3:PutObject"], resources=["arn:aws:s3:::assets/*"])
OIDC = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
SAML = "arn:aws:iam::111122223333:saml-provider/office"
MAIN_BRANCH = {"StringEquals": {"token.actions.githubusercontent.com:ref": "refs/heads/main"}}
ATTRIBUTES = RoleAttributes(role_arn="arn:aws:iam::111122223333:role/team/ops", role_name="ops")


def document(*statements):
    body = f'{{"Version" = "2012-10-17", "Statement" = [{", ".join(statements)}]}}'
    return f"${{jsonencode({body})}}"


READ_DOCUMENT = document(
    '{"Effect" = "Allow", "Action" = ["s3:GetObject"], "Resource" = ["arn:aws:s3:::assets/*"]}'
)


def large(characters):
    """A statement whose resources have about so many characters."""
    return PolicyStatement(
        actions=["s3:GetObject"],
        resources=[f"arn:aws:s3:::{i:020}/{'x' * 65}" for i in range(characters // 100)],
    )


def attachments(template):
    found = template.resources("aws_iam_role_policy_attachment")
    return {name: body["policy_arn"] for name, body in found.items()}


@pytest.fixture
def web(tier):
    return Role(tier, "web", assumed_by=EC2, description="web servers")


@pytest.fixture
def ops(tier):
    return Role(tier, "ops", assumed_by=EC2, description="operators")


@pytest.mark.usefixtures("web")
def test_a_role_is_assumed_by_its_service_and_allowed_nothing(tier, synth):
    template = synth(tier)
    assert template.resources("aws_iam_role") == {
        "web": {
            "name_prefix": "shop-test-web-",
            "description": "web servers",
            "assume_role_policy": document(
                '{"Effect" = "Allow", "Principal" = {"Service" = ["ec2.amazonaws.com"]}, '
                '"Action" = "sts:AssumeRole"}'
            ),
            "max_session_duration": 3600,
            "path": "/",
            "tags": {"Name": "shop-test-web"},
        }
    }
    assert template.addresses() == ["aws_iam_role.web"]


def test_every_option_reaches_the_role(tier, synth):
    boundary = "arn:aws:iam::111122223333:policy/team/boundary"
    Role(
        tier,
        "web",
        assumed_by=[EC2],
        description="web servers",
        permissions_boundary=boundary,
        max_session_duration=43200,
        path="/team/web/",
        tags={"Owner": "web"},
    )
    synth(tier).has_resource(
        "aws_iam_role",
        {
            "permissions_boundary": boundary,
            "max_session_duration": 43200,
            "path": "/team/web/",
            "tags": {"Owner": "web", "Name": "shop-test-web"},
            "name": ABSENT,
        },
    )


@pytest.mark.parametrize(
    ("principal", "statement"),
    [
        (
            Principal.account("444455556666"),
            '"Principal" = {"AWS" = ["444455556666"]}, "Action" = "sts:AssumeRole"}',
        ),
        (
            Principal.arn("arn:aws:iam::444455556666:role/team/deployer"),
            '"Principal" = {"AWS" = ["arn:aws:iam::444455556666:role/team/deployer"]}, '
            '"Action" = "sts:AssumeRole"}',
        ),
        (
            Principal.federated(OIDC, MAIN_BRANCH),
            f'"Principal" = {{"Federated" = ["{OIDC}"]}}, '
            '"Action" = "sts:AssumeRoleWithWebIdentity", "Condition" = {"StringEquals" = '
            '{"token.actions.githubusercontent.com:ref" = "refs/heads/main"}}}',
        ),
        (
            Principal.federated(SAML, {"StringEquals": {"aws:PrincipalTag/team": "web"}}),
            f'"Principal" = {{"Federated" = ["{SAML}"]}}, "Action" = "sts:AssumeRoleWithSAML", '
            '"Condition" = {"StringEquals" = {"aws:PrincipalTag/team" = "web"}}}',
        ),
    ],
    ids=["account", "arn", "oidc", "saml"],
)
def test_principals_of_every_kind_assume_a_role(tier, synth, principal, statement):
    Role(tier, "web", assumed_by=principal, description="web servers")
    policy = synth(tier).resource("aws_iam_role.web")["assume_role_policy"]
    assert policy == document(f'{{"Effect" = "Allow", {statement}')


def test_each_of_several_principals_has_a_statement_of_its_own(tier, synth):
    principals = [EC2, Principal.account("444455556666"), Principal.federated(OIDC, MAIN_BRANCH)]
    Role(tier, "web", assumed_by=principals, description="web servers")
    policy = synth(tier).resource("aws_iam_role.web")["assume_role_policy"]
    assert policy.count('"Effect" = "Allow"') == 3
    assert policy.count('"Condition"') == 1


def test_a_long_name_is_cut_to_what_iam_takes_as_a_prefix(tier, synth):
    Role(tier, "w" * 64, assumed_by=EC2, description="web servers")
    (body,) = synth(tier).resources("aws_iam_role").values()
    assert body["name_prefix"] == f"shop-test-{'w' * 27}-"
    assert len(body["name_prefix"]) == 38


def test_roles_and_policies_in_a_construct_are_called_by_their_path(tier, synth):
    inner = Construct(tier, "batch")
    Role(inner, "web", assumed_by=EC2, description="web servers")
    ManagedPolicy(inner, "assets", statements=[READ], description="the assets")
    template = synth(tier)
    assert template.resource("aws_iam_role.batch_web")["name_prefix"] == "shop-test-batch-web-"
    policy = template.resource("aws_iam_policy.batch_assets")
    assert policy["name_prefix"] == "shop-test-batch-assets-"
    assert policy["tags"] == {"Name": "shop-test-batch-assets"}


def test_managed_policies_are_named_or_given_by_arn(tier, synth):
    own = "arn:aws:iam::111122223333:policy/team/read.assets"
    role = Role(
        tier,
        "web",
        assumed_by=EC2,
        description="web servers",
        managed_policies=["AmazonSSMManagedInstanceCore", "service-role/AWSBackup", own],
    )
    role.add_managed_policy("CloudWatchAgentServerPolicy")
    template = synth(tier)
    assert attachments(template) == {
        "web_AmazonSSMManagedInstanceCore": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        "web_service_role_AWSBackup": "arn:aws:iam::aws:policy/service-role/AWSBackup",
        "web_111122223333_team_read_assets": own,
        "web_CloudWatchAgentServerPolicy": "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy",
    }
    template.all_resources("aws_iam_role_policy_attachment", {"role": "${aws_iam_role.web.name}"})


def test_a_managed_policy_is_attached_once(tier, web, synth):
    web.add_managed_policy("ReadOnlyAccess")
    web.add_managed_policy("ReadOnlyAccess")
    synth(tier).resource_count("aws_iam_role_policy_attachment", 1)


def test_a_managed_policy_known_to_terraform_only_needs_a_name(tier, web, synth):
    for id in ("read", "write"):
        policy = ManagedPolicy(tier, id, statements=[READ], description=id)
        with pytest.raises(ConfigurationError, match=r"name is missing: .* needs one"):
            web.add_managed_policy(policy.arn)
        web.add_managed_policy(policy.arn, name=f"{id}-assets")
        web.add_managed_policy(policy.resource.arn, name=f"{id}-assets")
    web.add_managed_policy("${var.policy}", name="third")
    assert attachments(synth(tier)) == {
        "web_read_assets": "${aws_iam_policy.read.arn}",
        "web_write_assets": "${aws_iam_policy.write.arn}",
        "web_third": "${var.policy}",
    }


def test_managed_policies_of_one_name_and_two_paths_are_both_attached(tier, web, synth):
    own = "arn:aws:iam::111122223333:policy/team/ReadOnlyAccess"
    web.add_managed_policy("ReadOnlyAccess")
    web.add_managed_policy(own)
    assert attachments(synth(tier)) == {
        "web_ReadOnlyAccess": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "web_111122223333_team_ReadOnlyAccess": own,
    }


def test_an_attachments_name_stands_for_one_policy(tier, web, synth):
    first, second = (f"arn:aws:iam::111122223333:policy/{name}" for name in ("a-b", "a.b"))
    web.add_managed_policy(first)
    with pytest.raises(ConfigurationError, match="111122223333-a-b is attached already"):
        web.add_managed_policy(second)
    web.add_managed_policy(second, name="other")
    with pytest.raises(ConfigurationError, match="called other is attached already"):
        web.add_managed_policy("${var.policy}", name="other")
    assert attachments(synth(tier)) == {"web_111122223333_a_b": first, "web_other": second}


@pytest.mark.parametrize("name", ["", "Read", "read_all", "a--b", "1a", 1, "${var.name}"])
def test_bad_names_of_attachments_are_refused(tier, web, synth, name):
    with pytest.raises(ConfigurationError, match=r"name .* is not valid: write lower-case"):
        web.add_managed_policy("ReadOnlyAccess", name=name)
    assert attachments(synth(tier)) == {}


def test_names_of_managed_policies_follow_the_partition(app, synth):
    china = Environment(project="shop", name="test", region="cn-north-1")
    tier = Tier(app, "china", environment=china)
    Role(tier, "web", assumed_by=EC2, description="web", managed_policies=["ReadOnlyAccess"])
    assert attachments(synth(tier)) == {
        "web_ReadOnlyAccess": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"
    }


def test_a_plain_stack_reads_its_partition(app, synth):
    stack = TerraformStack(app, "plain")
    AwsProvider(stack, "aws", region="eu-central-1")
    Role(stack, "web", assumed_by=EC2, description="web", managed_policies=["ReadOnlyAccess"])
    template = synth(stack)
    template.has_resource("aws_iam_role", {"name_prefix": "plain-web-"})
    assert attachments(template) == {
        "web_ReadOnlyAccess": (
            "arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess"
        )
    }


def test_a_policy_is_a_resource_of_its_own(tier, web, synth):
    web.add_policy("read-assets", READ)
    assert synth(tier).resources("aws_iam_role_policy") == {
        "web_read_assets": {
            "name": "read-assets",
            "role": "${aws_iam_role.web.name}",
            "policy": READ_DOCUMENT,
        }
    }


def test_a_policy_holds_several_statements(tier, web, synth):
    web.add_policy("assets", READ, WRITE)
    policy = synth(tier).resource("aws_iam_role_policy.web_assets")["policy"]
    assert policy.index("s3:GetObject") < policy.index("s3:PutObject")


def test_the_same_policy_twice_changes_nothing(tier, web, synth):
    web.add_policy("assets", READ)
    web.add_policy("assets", PolicyStatement(actions=["s3:GetObject"], resources=READ.resources))
    web.add_policy("write", WRITE)
    assert set(synth(tier).resources("aws_iam_role_policy")) == {"web_assets", "web_write"}


def test_a_name_stands_for_one_policy(tier, web, synth):
    web.add_policy("assets", READ)
    with pytest.raises(ConfigurationError, match="assets exists with other statements"):
        web.add_policy("assets", WRITE)
    assert synth(tier).resource("aws_iam_role_policy.web_assets")["policy"] == READ_DOCUMENT


def test_a_roles_policies_have_a_limit_together(tier, web, synth):
    web.add_policy("first", large(6000))
    with pytest.raises(ConfigurationError, match=r"10240 in a role; make a ManagedPolicy"):
        web.add_policy("second", large(6000))
    web.add_policy("third", large(3000))
    web.add_policy("first", large(6000))
    assert set(synth(tier).resources("aws_iam_role_policy")) == {"web_first", "web_third"}


def test_the_same_policy_on_a_terraform_attribute_twice_changes_nothing(tier, web, ops, synth):
    def pass_on(role):
        web.add_policy(
            "pass", PolicyStatement(actions=["iam:GetRole"], resources=[role.resource.arn])
        )

    pass_on(web)
    pass_on(web)
    with pytest.raises(ConfigurationError, match="pass exists with other statements"):
        pass_on(ops)
    synth(tier).resource_count("aws_iam_role_policy", 1)


def test_a_policy_whose_address_is_taken_leaves_nothing_behind(tier, synth):
    Role(tier, "a", assumed_by=EC2, description="a").add_policy("b-c", READ)
    other = Role(tier, "a-b", assumed_by=EC2, description="b")
    with pytest.raises(ConfigurationError, match="its Terraform name a_b_c is taken by"):
        other.add_policy("c", READ)
    assert other.policies == {}
    assert other.node.try_find_child("policy-c") is None
    assert set(synth(tier).resources("aws_iam_role_policy")) == {"a_b_c"}


def test_policies_of_two_roles_do_not_share_a_limit(tier, web, ops, synth):
    web.add_policy("assets", large(9000))
    ops.add_policy("assets", large(9000))
    synth(tier).resource_count("aws_iam_role_policy", 2)


def test_assuming_a_role_is_granted_to_the_grantee(tier, web, ops, synth):
    ops.grant_assume(web)
    ops.grant_assume(web)
    assert synth(tier).resources("aws_iam_role_policy") == {
        "web_ops_assume": {
            "name": "ops-assume",
            "role": "${aws_iam_role.web.name}",
            "policy": document(
                '{"Effect" = "Allow", "Action" = ["sts:AssumeRole"], '
                '"Resource" = ["${aws_iam_role.ops.arn}"]}'
            ),
        }
    }


@pytest.mark.parametrize("service", ["ec2", "ec2.amazonaws.com"])
def test_passing_a_role_is_granted_for_one_service(tier, web, ops, synth, service):
    ops.grant_pass(web, service)
    assert synth(tier).resources("aws_iam_role_policy") == {
        "web_ops_pass_to_ec2": {
            "name": "ops-pass-to-ec2",
            "role": "${aws_iam_role.web.name}",
            "policy": document(
                '{"Effect" = "Allow", "Action" = ["iam:PassRole"], '
                '"Resource" = ["${aws_iam_role.ops.arn}"], "Condition" = {"StringEquals" = '
                '{"iam:PassedToService" = "ec2.amazonaws.com"}}}'
            ),
        }
    }


def test_a_role_is_passed_to_two_services_by_two_policies(tier, web, ops, synth):
    ops.grant_pass(web, "ec2")
    ops.grant_pass(web, "lambda")
    found = set(synth(tier).resources("aws_iam_role_policy"))
    assert found == {"web_ops_pass_to_ec2", "web_ops_pass_to_lambda"}


def test_a_grant_is_named_by_the_path_of_what_grants(tier, web, synth):
    inner = Role(Construct(tier, "Batch_jobs"), "ops", assumed_by=EC2, description="operators")
    inner.grant_assume(web)
    (policy,) = synth(tier).resources("aws_iam_role_policy").values()
    assert policy["name"] == "batch-jobs-ops-assume"


def test_whatever_has_a_role_is_a_grantee(tier, web, ops, synth):
    ops.grant_assume(InstanceProfile(tier, "profile", role=web))
    assert set(synth(tier).resources("aws_iam_role_policy")) == {"web_ops_assume"}
    assert web.role is web


def test_a_role_that_exists_is_granted_and_granted_to(tier, web, synth):
    old = Role.from_attributes(tier, "old", ATTRIBUTES)
    assert (old.role_arn, old.role_name) == (ATTRIBUTES.role_arn, "ops")
    old.grant_assume(web)
    old.add_policy("read", READ)
    old.add_managed_policy("ReadOnlyAccess")
    template = synth(tier)
    template.resource_count("aws_iam_role", 1)
    policies = template.resources("aws_iam_role_policy")
    assert f'"Resource" = ["{ATTRIBUTES.role_arn}"]' in policies["web_old_assume"]["policy"]
    assert policies["old_read"] == {"name": "network-read", "role": "ops", "policy": READ_DOCUMENT}
    template.has_resource("aws_iam_role_policy_attachment", {"role": "ops"})


def test_a_role_of_another_tier_is_extended_in_the_tier_that_uses_it(
    app, environment, tier, web, synth
):
    other_tier = Tier(app, "shop", environment=environment)
    theirs = other_tier.use(web)
    theirs.add_policy("read", READ)
    InstanceProfile(other_tier, "profile", role=theirs)

    template = synth(tier)
    template.has_no_resource("aws_iam_role_policy")
    template.has_output("web_role_arn", {"value": "${aws_iam_role.web.arn}"})
    template.has_output("web_role_name", {"value": "${aws_iam_role.web.name}"})
    name = "${data.terraform_remote_state.network.outputs.web_role_name}"
    template = synth(other_tier)
    assert template.resources("aws_iam_role_policy") == {
        "remote_network_web_read": {"name": "shop-read", "role": name, "policy": READ_DOCUMENT}
    }
    template.has_resource("aws_iam_instance_profile", {"role": name})


def test_policies_of_one_name_from_two_tiers_have_two_names_in_iam(app, environment, web, synth):
    names = set()
    for id in ("shop", "batch"):
        other_tier = Tier(app, id, environment=environment)
        other_tier.use(web).add_policy("read", READ)
        policies = synth(other_tier).resources("aws_iam_role_policy")
        names.add(policies["remote_network_web_read"]["name"])
    assert names == {"shop-read", "batch-read"}


def test_long_policies_of_an_imported_role_have_two_names_in_iam(tier, synth):
    old = Role.from_attributes(tier, "old", ATTRIBUTES)
    for end in ("a", "b"):
        old.add_policy("x" * 127 + end, READ)
    policies = synth(tier).resources("aws_iam_role_policy")
    names = {body["name"] for body in policies.values()}
    assert len(names) == 2
    for name in names:
        assert len(name) <= 128
        assert re.fullmatch(r"network-x+-[0-9a-f]{8}", name)


def test_a_grant_on_another_tiers_role_stands_in_the_tier_of_the_grantee(
    app, environment, tier, ops, synth
):
    other_tier = Tier(app, "shop", environment=environment)
    web = Role(other_tier, "web", assumed_by=EC2, description="web servers")
    other_tier.use(ops).grant_assume(web)
    synth(tier).has_no_resource("aws_iam_role_policy")
    (policy,) = synth(other_tier).resources("aws_iam_role_policy").values()
    assert policy["role"] == "${aws_iam_role.web.name}"


def test_a_grant_refers_to_the_role_of_another_tier(app, environment, tier, ops, synth):
    other_tier = Tier(app, "shop", environment=environment)
    web = Role(other_tier, "web", assumed_by=EC2, description="web servers")
    other_tier.use(ops).grant_assume(web)
    (policy,) = synth(other_tier).resources("aws_iam_role_policy").values()
    assert policy["policy"] == document(
        '{"Effect" = "Allow", "Action" = ["sts:AssumeRole"], "Resource" = '
        '["${data.terraform_remote_state.network.outputs.ops_role_arn}"]}'
    )


def test_an_instance_profile_has_a_role_and_a_prefix(tier, web, synth):
    profile = InstanceProfile(Construct(tier, "web-1"), "profile", role=web)
    assert profile.role is web
    assert profile.instance_profile_name
    assert synth(tier).resources("aws_iam_instance_profile") == {
        "web_1_profile": {
            "name_prefix": "shop-test-web-1-profile-",
            "role": "${aws_iam_role.web.name}",
        }
    }


def test_a_managed_policy_is_shared_or_bounds_a_role(tier, web, synth):
    policy = ManagedPolicy(
        tier, "assets", statements=[READ], description="the assets", tags={"Owner": "web"}
    )
    web.add_managed_policy(policy.arn, name="assets")
    Role(tier, "bound", assumed_by=EC2, description="bound", permissions_boundary=policy.arn)
    template = synth(tier)
    assert template.resources("aws_iam_policy") == {
        "assets": {
            "name_prefix": "shop-test-assets-",
            "description": "the assets",
            "policy": READ_DOCUMENT,
            "tags": {"Owner": "web", "Name": "shop-test-assets"},
        }
    }
    assert attachments(template) == {"web_assets": "${aws_iam_policy.assets.arn}"}
    bound = template.resource("aws_iam_role.bound")
    assert bound["permissions_boundary"] == "${aws_iam_policy.assets.arn}"


def test_a_managed_policy_has_only_the_name_tag_by_default(tier, synth):
    ManagedPolicy(tier, "assets", statements=[READ, WRITE], description="the assets")
    body = synth(tier).resource("aws_iam_policy.assets")
    assert body["tags"] == {"Name": "shop-test-assets"}
    assert body["policy"].count('"Effect"') == 2


BAD_ROLES = {
    "assumed by nobody": ({"assumed_by": []}, "assumed_by is empty: nobody could assume"),
    "assumed by text": ({"assumed_by": "ec2"}, r"assumed_by is ec2 \(str\): write a list"),
    "assumed by None": ({"assumed_by": None}, r"assumed_by is None \(NoneType\)"),
    "assumed by texts": ({"assumed_by": [EC2, "ec2"]}, r'write Principal.service\("ec2"\)'),
    "description empty": ({"description": ""}, r"description '' is not valid: write 1 to 1000"),
    "description long": ({"description": "x" * 1001}, "1 to 1000 printable characters"),
    "description lines": ({"description": "a\nb"}, "1 to 1000 printable characters"),
    "description None": ({"description": None}, "description None"),
    "policies text": ({"managed_policies": "ReadOnlyAccess"}, "managed_policies is ReadOnly"),
    "policies None": ({"managed_policies": None}, "managed_policies is None"),
    "policy blank": ({"managed_policies": ["Read Only"]}, "managed policy Read Only is not"),
    "policy of a role": ({"managed_policies": [ATTRIBUTES.role_arn]}, "or a policy's ARN"),
    "policy None": ({"managed_policies": [None]}, "managed policy None is not valid"),
    "policy token": ({"managed_policies": ["${var.policy}"]}, "a token needs a name: add_manag"),
    "boundary name": ({"permissions_boundary": "ReadOnly"}, "permissions_boundary ReadOnly is"),
    "boundary role": ({"permissions_boundary": ATTRIBUTES.role_arn}, "write an ARN of iam"),
    "boundary number": ({"permissions_boundary": 1}, "permissions_boundary 1 is not valid"),
    "session short": ({"max_session_duration": 3599}, "3600 to 43200 seconds"),
    "session long": ({"max_session_duration": 43201}, "3600 to 43200 seconds"),
    "session text": ({"max_session_duration": "3600"}, "write a whole number"),
    "session bool": ({"max_session_duration": True}, r"max_session_duration is True \(bool\)"),
    "path without slashes": ({"path": "team"}, "path team is not valid: write / or /team/"),
    "path without end": ({"path": "/team"}, "with a slash at both ends"),
    "path empty": ({"path": ""}, "path '' is not valid"),
    "path long": ({"path": f"/{'x' * 511}/"}, "slash at both ends"),
    "path blank": ({"path": "/a b/"}, "slash at both ends"),
    "path token": ({"path": "${var.path}"}, "slash at both ends"),
    "path None": ({"path": None}, "path None"),
    "tags": ({"tags": {"a": None}}, "no tag"),
    "tag Name": ({"tags": {"Name": "x"}}, "Name follows from the construct's id"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ROLES.values(), ids=BAD_ROLES.keys())
def test_bad_roles_are_refused(tier, change, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        Role(tier, "web", **{"assumed_by": EC2, "description": "web", **change})
    assert str(caught.value).startswith("network/web: ")
    assert tier.node.try_find_child("web") is None


def test_all_faults_of_a_role_are_told_at_once(tier):
    with pytest.raises(ConfigurationError, match="3 faults"):
        Role(tier, "web", assumed_by=[], description="", path="team")


BAD_POLICIES = {
    "name upper": (("Read", READ), "policy name Read is not valid"),
    "name underscore": (("read_all", READ), "lower-case letters, digits and single hyphens"),
    "name double hyphen": (("read--all", READ), "single hyphens"),
    "name digit first": (("1read", READ), "a letter first"),
    "name empty": (("", READ), "policy name '' is not valid"),
    "name long": (("a" * 129, READ), "policy name a+"),
    "name token": (("${var.name}", READ), "policy name .* is not valid"),
    "name None": ((None, READ), "policy name None"),
    "no statement": (("read",), "statements is empty: give at least one"),
    "list": (("read", [READ]), r"statements holds \[PolicyStatement"),
    "dict": (("read", {"Effect": "Allow"}), r"write PolicyStatement\(actions=..., resources="),
    "too large": (("read", large(10_300)), "IAM allows 10240 in a role"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_POLICIES.values(), ids=BAD_POLICIES.keys())
def test_bad_policies_are_refused(tier, web, synth, arguments, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        web.add_policy(*arguments)
    assert str(caught.value).startswith("network/web: ")
    assert web.policies == {}
    synth(tier).has_no_resource("aws_iam_role_policy")


def test_the_longest_name_of_a_policy_is_taken(tier, web, synth):
    web.add_policy("a" * 128, READ)
    synth(tier).has_resource("aws_iam_role_policy", {"name": "a" * 128})


@pytest.mark.parametrize("policy", ["", "Read Only", None, 1, "arn:aws:iam::1:policy/x"])
def test_bad_managed_policies_are_refused(web, policy):
    with pytest.raises(ConfigurationError, match=r"managed policy .* is not valid: write"):
        web.add_managed_policy(policy)


@pytest.mark.parametrize("grantee", [None, "web", EC2, ATTRIBUTES])
@pytest.mark.parametrize("grant", [Role.grant_assume, lambda ops, to: ops.grant_pass(to, "ec2")])
def test_only_what_has_a_role_is_granted_anything(ops, grant, grantee):
    with pytest.raises(ConfigurationError, match="cannot be granted anything: pass a Role"):
        grant(ops, grantee)


@pytest.mark.parametrize("service", ["", "EC2", "ec2 ", None, "${var.service}"])
def test_a_role_is_passed_to_services_only(web, ops, service):
    with pytest.raises(ConfigurationError, match="write a service like ec2"):
        ops.grant_pass(web, service)


BAD_ATTRIBUTES = {
    "None": (None, "attributes is None"),
    "ARN alone": (ATTRIBUTES.role_arn, r"write RoleAttributes\(role_arn="),
    "user": (RoleAttributes(role_arn="arn:aws:iam::111122223333:user/a", role_name="a"), "role/"),
    "name as ARN": (RoleAttributes(role_arn="ops", role_name="ops"), "role_arn ops is not valid"),
    "ARN None": (RoleAttributes(role_arn=None, role_name="ops"), "role_arn None"),
    "name with path": (
        RoleAttributes(role_arn=ATTRIBUTES.role_arn, role_name="team/ops"),
        "the path is no part of it",
    ),
    "name long": (RoleAttributes(role_arn=ATTRIBUTES.role_arn, role_name="x" * 65), "1 to 64"),
    "name None": (RoleAttributes(role_arn=ATTRIBUTES.role_arn, role_name=None), "role_name None"),
}


@pytest.mark.parametrize(
    ("attributes", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys()
)
def test_bad_attributes_are_refused(tier, attributes, message):
    with pytest.raises(ConfigurationError, match=message):
        Role.from_attributes(tier, "old", attributes)
    assert tier.node.try_find_child("old") is None


@pytest.mark.parametrize("role", [None, "web", ATTRIBUTES])
def test_an_instance_profile_needs_a_role(tier, role):
    with pytest.raises(ConfigurationError, match=r'role is .*: write Role\(self, "web"'):
        InstanceProfile(tier, "profile", role=role)


BAD_MANAGED_POLICIES = {
    "no statements": ({"statements": []}, "statements is empty"),
    "statement alone": ({"statements": READ}, r"statements is .*: write a list"),
    "statements None": ({"statements": None}, "statements is None"),
    "dict": ({"statements": [{"Effect": "Allow"}]}, "statements holds {'Effect': 'Allow'}"),
    "malformed": (
        {"statements": [PolicyStatement(actions=["read"], resources=["*"])]},
        "statement actions: read is not valid",
    ),
    "too large": ({"statements": [large(6200)]}, r"IAM allows 6144 in a policy"),
    "description empty": ({"description": ""}, "1 to 1000"),
    "description None": ({"description": None}, "description None"),
    "tags": ({"tags": "a=b"}, "tags is a=b"),
}


@pytest.mark.parametrize(
    ("change", "message"), BAD_MANAGED_POLICIES.values(), ids=BAD_MANAGED_POLICIES.keys()
)
def test_bad_managed_policies_of_ones_own_are_refused(tier, change, message):
    with pytest.raises(ConfigurationError, match=message):
        ManagedPolicy(tier, "own", **{"statements": [READ], "description": "own", **change})
    assert tier.node.try_find_child("own") is None
