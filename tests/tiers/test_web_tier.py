from __future__ import annotations

from terratiers import ConfigurationError, acknowledge
from terratiers.compute import MachineImage
from terratiers.core.synthesis import read_synthesis
from terratiers.tiers import (
    ComputeTier,
    DnsTier,
    NetworkTier,
    SecurityTier,
    WebPage,
    WebTier,
)

import pytest

DOMAIN = "example.com"


@pytest.fixture
def network(app, environment):
    return NetworkTier(app, environment=environment)


@pytest.fixture
def dns(app, environment):
    return DnsTier(app, environment=environment, domain_name=DOMAIN)


@pytest.fixture
def make(app, environment, network, dns):
    def web(**options):
        given = {"environment": environment, "vpc": network.vpc, "dns": dns}
        return WebTier(app, **{**given, **options})

    return web


def test_from_the_name_to_the_instances(make, synth):
    """Rows D1, D2, D6 to D8, E2, E3 and B4: what refers to what."""
    template = synth(make())
    record = template.resource("aws_route53_record.page")
    assert (record["name"], record["type"]) == ("www.example.com", "A")
    assert record["alias"]["name"] == "${aws_lb.balancer.dns_name}"
    association = template.resource("aws_wafv2_web_acl_association.page_acl_balancer")
    assert association["resource_arn"] == "${aws_lb.balancer.arn}"
    https = template.resource("aws_lb_listener.balancer_https")
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    assert https["certificate_arn"] == (
        "${data.terraform_remote_state.dns.outputs.certificate_arn}"
    )
    assert https["default_action"] == [
        {
            "type": "forward",
            "target_group_arn": "${aws_lb_target_group.balancer_https_pages.arn}",
        }
    ]
    redirect = template.resource("aws_lb_listener.balancer_https_redirect")
    assert redirect["default_action"][0]["redirect"]["protocol"] == "HTTPS"
    group = template.resource("aws_lb_target_group.balancer_https_pages")
    assert group["port"] == WebPage.PORT
    assert (group["health_check"]["path"], group["health_check"]["matcher"]) == ("/health", "200")
    attachment = next(iter(template.resources("aws_autoscaling_attachment").values()))
    assert attachment["lb_target_group_arn"] == "${aws_lb_target_group.balancer_https_pages.arn}"
    group = template.resource("aws_autoscaling_group.group")
    assert (group["min_size"], group["desired_capacity"], group["max_size"]) == (1, 2, 4)
    assert group["health_check_type"] == "ELB"
    assert group["launch_template"] == {
        "id": "${aws_launch_template.servers.id}",
        "version": "${aws_launch_template.servers.latest_version}",
    }
    assert len(group["vpc_zone_identifier"]) == 2
    policy = template.resource("aws_autoscaling_policy.group_cpu")
    tracking = policy["target_tracking_configuration"]
    assert tracking["target_value"] == 50
    assert tracking["predefined_metric_specification"] == {
        "predefined_metric_type": "ASGAverageCPUUtilization"
    }


def test_only_the_balancer_is_reached_from_outside_and_reaches_the_servers(make, synth):
    template = synth(make())
    rules = template.resources("aws_vpc_security_group_ingress_rule")
    to_servers = [
        rule
        for rule in rules.values()
        if rule["security_group_id"] == "${aws_security_group.servers_group.id}"
    ]
    assert [(rule["from_port"], rule["to_port"]) for rule in to_servers] == [(8080, 8080)]
    assert (
        to_servers[0]["referenced_security_group_id"] == "${aws_security_group.balancer_group.id}"
    )
    outwards = template.resources("aws_vpc_security_group_egress_rule").values()
    assert not [rule for rule in outwards if rule.get("cidr_ipv4") == "0.0.0.0/0"]


def test_balancer_and_acl_write_logs(make, synth):
    template = synth(make())
    logs = template.resource("aws_lb.balancer")["access_logs"]
    assert logs["bucket"] == "${aws_s3_bucket.balancer_logs.id}"
    template.resource_count("aws_wafv2_web_acl_logging_configuration", 1)


def test_the_servers_install_the_page(make, synth):
    template = synth(make())
    user_data = template.resource("aws_launch_template.servers")["user_data"]
    assert "/opt/web-server/server.py" in user_data
    assert "web-server.service" in user_data
    assert "instance busy" in user_data
    template.has_no_resource("aws_iam_role_policy")


def test_the_servers_may_read_where_the_api_is_and_nothing_else(make, synth):
    template = synth(make(page=WebPage(api_url_parameter="/shop/test/api")))
    user_data = template.resource("aws_launch_template.servers")["user_data"]
    assert "/shop/test/api" in user_data
    [policy] = template.resources("aws_iam_role_policy").values()
    assert '"ssm:GetParameter"' in policy["policy"]
    assert ":parameter/shop/test/api" in policy["policy"]
    assert "*" not in policy["policy"]


def test_an_api_of_another_tier_reaches_the_page(app, environment, make, synth):
    from terratiers import Tier
    from terratiers.serverless import HttpApi

    data = Tier(app, "data", environment=environment)
    api = HttpApi(data, "api")
    front = Tier(app, "front", environment=environment)
    url = front.use(api).url
    text = WebPage(api_url=url).user_data("eu-central-1").encoded()
    assert "$${data" not in text
    assert "${data.terraform_remote_state.data.outputs.api_url}" in text


def test_a_load_test_is_off_and_warns_where_it_is_on(app, make, synth):
    synth(make(page=WebPage(load_test_seconds=600)))
    app.synth()
    [web] = [tier for tier in read_synthesis(app.outdir) if tier.name == "web"]
    assert any("[load-test-in-page]" in note for note in web.annotations)


def test_in_production_a_load_test_has_to_be_acknowledged(app, production):
    network = NetworkTier(app, environment=production)
    dns = DnsTier(app, environment=production, domain_name=DOMAIN)
    page = WebPage(load_test_seconds=600)

    def web():
        return WebTier(app, environment=production, vpc=network.vpc, dns=dns, page=page)

    with pytest.raises(ConfigurationError, match="load-test-in-page"):
        web()
    assert app.node.try_find_child("web") is None
    acknowledge(app, "load-test-in-page", reason="the lab measures scaling")
    assert web().page_url == "https://www.example.com/"


def test_shield_is_off_and_has_to_be_acknowledged(app, make, synth):
    with pytest.raises(ConfigurationError, match="3,000"):
        make(shield=True)
    assert app.node.try_find_child("web") is None
    acknowledge(app, "shield-advanced-subscription", reason="the whole company pays for it")
    synth(make(shield=True)).has_resource(
        "aws_shield_protection", {"resource_arn": "${aws_lb.balancer.arn}"}
    )


def test_an_image_of_the_compute_tier(app, environment, network, make, synth):
    security = SecurityTier(app, environment=environment, vpc=network.vpc)
    compute = ComputeTier(app, environment=environment, vpc=network.vpc, security=security)
    template = synth(make(machine_image=compute.web_image, host="shop", cpu_target=70))
    assert template.resource("aws_launch_template.servers")["image_id"] == (
        "${data.terraform_remote_state.compute.outputs.web_image_id}"
    )
    assert template.resource("aws_route53_record.page")["name"] == "shop.example.com"
    policy = template.resource("aws_autoscaling_policy.group_cpu")
    assert policy["target_tracking_configuration"]["target_value"] == 70


def test_its_outputs(make, synth):
    outputs = synth(make()).outputs
    assert outputs["url"]["value"] == "https://www.example.com/"
    assert outputs["balancer_dns_name"]["value"] == "${aws_lb.balancer.dns_name}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vpc": None}, "vpc is None"),
        ({"dns": None}, "dns is None"),
        ({"dns": "example.com"}, "write DnsTier"),
        ({"host": ""}, "host"),
        ({"host": "WWW"}, "host WWW"),
        ({"host": "www."}, "host www."),
        ({"host": None}, "host None"),
        ({"machine_image": "ami-12345678"}, "machine_image"),
        ({"instance_type": "t3.mikro"}, "t3 has the sizes"),
        ({"instance_type": "t4g.micro"}, "x86_64"),
        ({"machine_image": MachineImage.amazon_linux_2023(architecture="arm64")}, "arm64"),
        ({"min_capacity": 3}, "desired_capacity"),
        ({"max_capacity": 1}, "max_capacity"),
        ({"desired_capacity": True}, "desired_capacity"),
        ({"cpu_target": 0}, "target_utilization_percent"),
        ({"cpu_target": 101}, "target_utilization_percent"),
        ({"page": "<h1>"}, "write WebPage"),
        ({"page": None}, "page is None"),
        ({"page": WebPage(api_url="http://a.b")}, "write https://"),
        ({"page": WebPage(load_test_seconds=10)}, "60 to 900"),
        ({"shield": "yes"}, "shield is yes"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_bad_options_leave_no_tier_behind(app, make, options, message):
    with pytest.raises(ConfigurationError, match=message):
        make(**options)
    assert app.node.try_find_child("web") is None


@pytest.mark.parametrize(
    ("options", "host", "fits"),
    [
        ({"domain_name": "shop.example.com", "zone_name": "example.com"}, "www", False),
        ({"domain_name": "shop.example.com", "zone_name": "example.com"}, "shop", True),
        ({"domain_name": "shop.example.com", "zone_name": "example.com"}, "www.shop", True),
        ({"domain_name": "example.com"}, "a.b", False),
        ({"domain_name": "example.com", "certificate_names": ["a.b.example.com"]}, "a.b", True),
        ({"domain_name": "example.com", "certificate_names": []}, "www", False),
    ],
)
def test_the_certificate_has_to_cover_the_page(app, environment, make, options, host, fits):
    dns = DnsTier(app, "names", environment=environment, **options)
    if fits:
        make(dns=dns, host=host)
        return
    with pytest.raises(ConfigurationError, match=f"host {host}: the certificate of names is for"):
        make(dns=dns, host=host)


def test_a_dns_tier_without_certificate_will_not_do(app, environment, make):
    bare = DnsTier(app, "bare", environment=environment, domain_name=DOMAIN, certificate=False)
    with pytest.raises(ConfigurationError, match="dns has no certificate"):
        make(dns=bare)
