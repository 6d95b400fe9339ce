from __future__ import annotations

from terratiers import ConfigurationError, Tier
from terratiers.compute import Instance, MachineImage, UserData
from terratiers.security import SecretReference
from terratiers.tiers import ComputeTier, NetworkTier, SecurityTier, VpnAccess

import pytest

VPN = VpnAccess(
    clients=["198.51.100.0/24"],
    administrators=["203.0.113.0/28"],
    admin_password=SecretReference.ssm_parameter("/shop/test/vpn"),
)


@pytest.fixture
def network(app, environment):
    return NetworkTier(app, environment=environment)


@pytest.fixture
def security(app, environment, network):
    return SecurityTier(app, environment=environment, vpc=network.vpc)


@pytest.fixture
def make(app, environment, network, security):
    def compute(**options):
        given = {"environment": environment, "vpc": network.vpc, "security": security}
        return ComputeTier(app, **{**given, **options})

    return compute


def test_the_servers_share_the_security_tiers_role_and_key(make, synth):
    template = synth(make())
    instances = template.resources("aws_instance")
    assert set(instances) == {"web", "private"}
    key = "${data.terraform_remote_state.security.outputs.data_key_arn}"
    for instance in instances.values():
        assert instance["root_block_device"]["kms_key_id"] == key
    for profile in template.resources("aws_iam_instance_profile").values():
        assert profile["role"] == (
            "${data.terraform_remote_state.security.outputs.instance_role_name}"
        )
    template.has_no_resource("aws_iam_role")


def test_only_the_web_server_has_a_public_address(make, synth):
    instances = synth(make()).resources("aws_instance")
    assert instances["web"]["associate_public_ip_address"] is True
    assert instances["private"]["associate_public_ip_address"] is False


def test_without_vpn_there_is_none(make, synth):
    compute = make()
    assert compute.vpn is None
    template = synth(compute)
    template.has_no_resource("aws_eip")
    assert "vpn_admin_url" not in template.outputs


def test_the_vpns_clients_reach_the_private_server(make, synth):
    template = synth(make(vpn=VPN))
    rules = template.resources("aws_vpc_security_group_ingress_rule")
    mine = {name for name in rules if name.startswith("remote_security_private_from_vpn_clients")}
    assert len(mine) == 2
    template.has_output("vpn_admin_url")
    template.resource_count("aws_route", 4)


def test_the_role_may_use_the_uploads_and_nothing_else(make, synth):
    policies = synth(make()).resources("aws_iam_role_policy")
    [policy] = policies.values()
    assert policy["name"] == "compute-uploads-read-write"
    assert "s3:DeleteObject" not in policy["policy"]
    assert "access_logs" not in policy["policy"]


def test_another_version_bakes_another_image(make, synth):
    template = synth(make(image_version="2"))
    image = template.resource("aws_ami_from_instance.web_image")
    assert image["name"] == "shop-test-web-image-2-${aws_instance.web.id}"


def test_user_data_type_and_image_are_the_callers(make, synth):
    template = synth(
        make(
            user_data=UserData.commands("echo hello"),
            instance_type="t4g.small",
            machine_image=MachineImage.amazon_linux_2023(architecture="arm64"),
        )
    )
    web = template.resource("aws_instance.web")
    assert "echo hello" in web["user_data"]
    assert web["instance_type"] == "t4g.small"
    assert "echo hello" not in template.resource("aws_instance.private")["user_data"]


def test_other_tiers_start_copies_of_the_image(app, environment, network, make, synth):
    compute = make()
    farm = Tier(app, "farm", environment=environment)
    image = farm.use(compute.web_image)
    Instance(farm, "copy", vpc=farm.use(network.vpc), instance_type="t3.micro", machine_image=image)
    template = synth(farm)
    assert template.resource("aws_instance.copy")["ami"] == (
        "${data.terraform_remote_state.compute.outputs.web_image_id}"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vpc": None}, "vpc is None"),
        ({"security": None}, "security is None"),
        ({"vpn": True}, "write VpnAccess"),
        ({"instance_type": "t3.mikro"}, "t3 has the sizes"),
        ({"instance_type": "t4g.micro"}, "machine_image is for x86_64"),
        ({"user_data": "echo"}, "user_data is echo"),
        ({"image_version": "a b"}, "version a b"),
        ({"image_version": 2}, "version 2"),
        ({"machine_image": "ami-12345678"}, "machine_image is ami-12345678"),
        (
            {
                "vpn": VpnAccess(
                    clients=["0.0.0.0/0"],
                    administrators=["203.0.113.0/28"],
                    admin_password=SecretReference.ssm_parameter("/shop/test/vpn"),
                )
            },
            "vpn-open-to-the-world",
        ),
    ],
    ids=[
        "no vpc",
        "no security",
        "vpn flag",
        "unknown type",
        "architecture",
        "user data text",
        "version blank",
        "version number",
        "image id",
        "open vpn",
    ],
)
def test_bad_options_leave_no_tier_behind(app, make, options, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**options)
    assert app.node.try_find_child("compute") is None
