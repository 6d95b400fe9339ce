from __future__ import annotations

from terratiers import ConfigurationError, Tier, acknowledge
from terratiers.load_balancing import (
    GatewayLoadBalancer,
    LoadBalancerAttributes,
    NetworkLoadBalancer,
)
from terratiers.network import (
    GatewayLoadBalancerEndpoint,
    InterfaceVpcEndpoint,
    Vpc,
    VpcEndpointService,
    VpcEndpointServiceAttributes,
)
from terratiers.testing import ABSENT

import pytest
from constructs import Construct
from hypothesis import given
from hypothesis import strategies as st

NETWORK_ARN = (
    "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/web/0123456789abcdef"
)
OTHER_ARN = NETWORK_ARN.replace("/web/", "/api/")
GATEWAY_ARN = NETWORK_ARN.replace("/net/", "/gwy/")
APPLICATION_ARN = NETWORK_ARN.replace("/net/", "/app/")
NAME = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
OPEN = "endpoint-service-open-to-everybody"


class Balancer:
    """What an endpoint service needs of a load balancer."""

    def __init__(self, kind, arn):
        self.balancer_kind = kind
        self.load_balancer_arn = arn


def service(tier, id="orders", **options):
    return VpcEndpointService(tier, id, **{"load_balancers": [NETWORK_ARN], **options})


def imported(tier, **options):
    given = {"service_id": "vpce-svc-0123456789abcdef0", "service_name": NAME, **options}
    return VpcEndpointService.from_attributes(tier, "theirs", VpcEndpointServiceAttributes(**given))


def test_nobody_is_allowed_and_everything_has_to_be_accepted(tier, synth):
    service(tier)
    template = synth(tier)
    assert template.resource("aws_vpc_endpoint_service.orders") == {
        "acceptance_required": True,
        "network_load_balancer_arns": [NETWORK_ARN],
        "tags": {"Name": "shop-test-orders"},
    }
    template.has_no_resource("aws_vpc_endpoint_service_allowed_principal")


def test_every_option(tier, synth):
    service(
        tier,
        load_balancers=[NETWORK_ARN, OTHER_ARN],
        acceptance_required=False,
        private_dns_name="*.example.com",
        supported_ip_address_types=("ipv4", "ipv6"),
        supported_regions=["eu-central-1", "eu-west-1"],
        tags={"Team": "orders"},
    )
    assert synth(tier).resource("aws_vpc_endpoint_service.orders") == {
        "acceptance_required": False,
        "network_load_balancer_arns": [NETWORK_ARN, OTHER_ARN],
        "private_dns_name": "*.example.com",
        "supported_ip_address_types": ["ipv4", "ipv6"],
        "supported_regions": ["eu-central-1", "eu-west-1"],
        "tags": {"Team": "orders", "Name": "shop-test-orders"},
    }


def test_gateway_balancers_have_an_argument_of_their_own(tier, synth):
    made = service(tier, load_balancers=[Balancer("gateway", "${aws_lb.gwlb.arn}")])
    assert made.attributes.balancer_kind == "gateway"
    synth(tier).has_resource(
        "aws_vpc_endpoint_service",
        {
            "gateway_load_balancer_arns": ["${aws_lb.gwlb.arn}"],
            "network_load_balancer_arns": ABSENT,
        },
    )


def test_each_principal_is_a_resource_named_after_it(tier, synth):
    service(
        tier,
        allowed_principals=[
            "111122223333",
            "arn:aws:iam::444455556666:root",
            "arn:aws:iam::111122223333:role/teams/read+er",
            "arn:aws:iam::111122223333:user/ann",
        ],
    )
    template = synth(tier)
    found = template.resources("aws_vpc_endpoint_service_allowed_principal")
    assert {name: body["principal_arn"] for name, body in found.items()} == {
        "orders_111122223333": "arn:aws:iam::111122223333:root",
        "orders_444455556666": "arn:aws:iam::444455556666:root",
        "orders_111122223333_role_teams_read_er": "arn:aws:iam::111122223333:role/teams/read+er",
        "orders_111122223333_user_ann": "arn:aws:iam::111122223333:user/ann",
    }
    ids = {body["vpc_endpoint_service_id"] for body in found.values()}
    assert ids == {"${aws_vpc_endpoint_service.orders.id}"}


def test_a_principal_that_is_a_token_has_a_name(tier, synth):
    service(tier, allowed_principals={"reader": "${aws_iam_role.reader.arn}", "b": "111122223333"})
    found = synth(tier).resources("aws_vpc_endpoint_service_allowed_principal")
    assert {name: body["principal_arn"] for name, body in found.items()} == {
        "orders_reader": "${aws_iam_role.reader.arn}",
        "orders_b": "arn:aws:iam::111122223333:root",
    }


def test_everybody_has_to_be_acknowledged(tier, synth):
    with pytest.raises(ConfigurationError, match=rf"\[{OPEN}\].*every AWS account"):
        service(tier, allowed_principals=["*"])
    acknowledge(tier, OPEN, reason="a public offer in the marketplace")
    service(tier, allowed_principals=["*"])
    synth(tier).has_resource("aws_vpc_endpoint_service_allowed_principal", {"principal_arn": "*"})


def test_its_name_and_the_record_that_verifies_it_are_shared(app, environment, synth):
    provider = Tier(app, "provider", environment=environment)
    made = service(provider, private_dns_name="orders.example.com")
    consumer = Tier(app, "consumer", environment=environment)
    used = consumer.use(made)
    vpc = Vpc(consumer, "vpc", flow_logs=None)
    InterfaceVpcEndpoint(consumer, "to-orders", vpc=vpc, service=used)
    outputs = synth(provider).outputs
    record = "${aws_vpc_endpoint_service.orders.private_dns_name_configuration[0]"
    assert {name: body["value"] for name, body in outputs.items()} == {
        "orders_service_id": "${aws_vpc_endpoint_service.orders.id}",
        "orders_service_name": "${aws_vpc_endpoint_service.orders.service_name}",
        "orders_verification_record_name": f"{record}.name}}",
        "orders_verification_record_value": f"{record}.value}}",
    }
    synth(consumer).has_resource(
        "aws_vpc_endpoint",
        {
            "service_name": "${data.terraform_remote_state.provider.outputs.orders_service_name}",
            "private_dns_enabled": False,
            "policy": ABSENT,
            "depends_on": ABSENT,
        },
    )


def test_a_service_without_a_private_name_has_two_outputs(app, environment, synth):
    provider = Tier(app, "provider", environment=environment)
    made = service(provider)
    provider.share(made)
    assert set(synth(provider).outputs) == {"orders_service_id", "orders_service_name"}


def test_the_private_name_is_verified_after_its_record(tier, vpc, synth):
    made = service(tier, private_dns_name="orders.example.com")
    made.verify_private_dns_name(depends_on=[vpc.resource])
    synth(tier).has_resource(
        "aws_vpc_endpoint_service_private_dns_verification",
        {
            "service_id": "${aws_vpc_endpoint_service.orders.id}",
            "wait_for_verification": True,
            "depends_on": ["aws_vpc.vpc"],
        },
    )
    with pytest.raises(ConfigurationError, match="verified already"):
        made.verify_private_dns_name()


def test_there_has_to_be_a_name_to_verify(tier, synth):
    with pytest.raises(ConfigurationError, match="no private_dns_name to verify"):
        service(tier).verify_private_dns_name()
    assert "aws_vpc_endpoint_service_private_dns_verification.orders" not in synth(tier).addresses()


def test_an_endpoint_waits_until_it_is_allowed_and_its_subnets_until_it_is_accepted(
    tier, vpc, synth
):
    made = service(tier, allowed_principals=["111122223333"])
    endpoint = InterfaceVpcEndpoint(tier, "to-orders", vpc=vpc, service=made)
    assert set(made.accept(endpoint)) == {""}
    template = synth(tier)
    template.has_resource(
        "aws_vpc_endpoint",
        {
            "service_name": "${aws_vpc_endpoint_service.orders.service_name}",
            "private_dns_enabled": False,
            "depends_on": ["aws_vpc_endpoint_service_allowed_principal.orders_111122223333"],
        },
    )
    assert template.resources("aws_vpc_endpoint_connection_accepter") == {
        "orders_to_orders": {
            "vpc_endpoint_id": "${aws_vpc_endpoint.to_orders.id}",
            "vpc_endpoint_service_id": "${aws_vpc_endpoint_service.orders.id}",
        }
    }
    template.all_resources(
        "aws_vpc_endpoint_subnet_association",
        {"depends_on": ["aws_vpc_endpoint_connection_accepter.orders_to_orders"]},
    )


@pytest.mark.parametrize(
    ("endpoint", "name", "address"),
    [
        ("vpce-0123456789abcdef0", None, "orders_vpce_0123456789abcdef0"),
        ("vpce-01234567", "partner", "orders_partner"),
        ("${data.x.y.id}", "partner", "orders_partner"),
    ],
    ids=["id", "named", "token"],
)
def test_an_endpoint_is_accepted_by_its_id(tier, synth, endpoint, name, address):
    service(tier).accept(endpoint, name=name)
    found = synth(tier).resources("aws_vpc_endpoint_connection_accepter")
    assert {key: body["vpc_endpoint_id"] for key, body in found.items()} == {address: endpoint}


def test_a_service_that_exists_accepts_too(tier, synth):
    imported(tier).accept("vpce-0123456789abcdef0")
    synth(tier).has_resource(
        "aws_vpc_endpoint_connection_accepter",
        {"vpc_endpoint_service_id": "vpce-svc-0123456789abcdef0"},
    )


def test_a_private_name_is_used_where_nothing_has_to_be_accepted(tier, vpc, synth):
    made = service(tier, private_dns_name="orders.example.com", acceptance_required=False)
    InterfaceVpcEndpoint(tier, "to-orders", vpc=vpc, service=made, private_dns=True)
    synth(tier).has_resource("aws_vpc_endpoint", {"private_dns_enabled": True})
    assert vpc.endpoint_services == ()


def test_a_service_that_exists_is_consumed(tier, vpc, synth):
    InterfaceVpcEndpoint(tier, "to-theirs", vpc=vpc, service=imported(tier), port=8443)
    template = synth(tier)
    template.has_resource("aws_vpc_endpoint", {"service_name": NAME, "depends_on": ABSENT})
    template.has_resource("aws_vpc_security_group_ingress_rule", {"from_port": 8443})


ROLE = "arn:aws:iam::111122223333:role/reader"
BAD_SERVICES = {
    "balancers None": ({"load_balancers": None}, r"write a list, \[balancer\]"),
    "balancers text": ({"load_balancers": NETWORK_ARN}, "write a list"),
    "balancers empty": ({"load_balancers": []}, "load_balancers is empty"),
    "balancer None": ({"load_balancers": [None]}, "None is none: pass a network or gateway"),
    "balancer number": ({"load_balancers": [1]}, "1 is none"),
    "balancer dict": ({"load_balancers": [{}]}, "{} is none"),
    "balancer text": ({"load_balancers": ["web"]}, "web is none"),
    "balancer token": ({"load_balancers": ["${aws_lb.a.arn}"]}, "does not tell its kind"),
    "target group": (
        {"load_balancers": [NETWORK_ARN.replace("loadbalancer/net", "targetgroup")]},
        "is none",
    ),
    "application": (
        {"load_balancers": [APPLICATION_ARN]},
        "of kind application: PrivateLink takes network and gateway",
    ),
    "application object": (
        {"load_balancers": [Balancer("application", "${a.b.c}")]},
        "of kind application",
    ),
    "twice": ({"load_balancers": [NETWORK_ARN, NETWORK_ARN]}, "twice: name each once"),
    "mixed": (
        {"load_balancers": [NETWORK_ARN, GATEWAY_ARN]},
        "one endpoint service for each kind",
    ),
    "acceptance None": ({"acceptance_required": None}, "acceptance_required is None"),
    "acceptance text": ({"acceptance_required": "no"}, "write True or False"),
    "acceptance number": ({"acceptance_required": 1}, "acceptance_required is 1"),
    "principals None": ({"allowed_principals": None}, "allowed_principals is None"),
    "principals text": ({"allowed_principals": "111122223333"}, "write a list"),
    "principals set": ({"allowed_principals": {"111122223333"}}, "write a list"),
    "principal number": ({"allowed_principals": [111122223333]}, "twelve digits as a string"),
    "principal None": ({"allowed_principals": [None]}, "None is not valid"),
    "principal short": ({"allowed_principals": ["1111"]}, "1111 is not valid"),
    "principal role name": ({"allowed_principals": ["reader"]}, "reader is not valid"),
    "principal service": ({"allowed_principals": ["ec2.amazonaws.com"]}, "is not valid"),
    "principal group": (
        {"allowed_principals": ["arn:aws:iam::111122223333:group/a"]},
        "the ARN of an account",
    ),
    "principal of S3": ({"allowed_principals": ["arn:aws:s3:::bucket"]}, "is not valid"),
    "principal wildcard": ({"allowed_principals": [f"{ROLE}*"]}, "is not valid"),
    "principal token": ({"allowed_principals": ["${a.b.arn}"]}, 'write {"name": arn}'),
    "principal twice": ({"allowed_principals": [ROLE, ROLE]}, "name each principal once"),
    "principal in two forms": (
        {"allowed_principals": ["111122223333", "arn:aws:iam::111122223333:root"]},
        "have the same name 111122223333",
    ),
    "principals of one name": (
        {"allowed_principals": [f"{ROLE}+a", f"{ROLE}@a"]},
        "have the same name 111122223333-role-reader-a",
    ),
    "named twice": ({"allowed_principals": {"a": ROLE, "b": ROLE}}, "twice"),
    "name": ({"allowed_principals": {"A b": ROLE}}, "lower-case letters"),
    "name number": ({"allowed_principals": {1: ROLE}}, "write {"),
    "named number": ({"allowed_principals": {"a": 1}}, "1 is not valid"),
    "named everybody": ({"allowed_principals": {"all": "*"}}, OPEN),
    "private name": ({"private_dns_name": "orders"}, "write a domain name"),
    "private name upper": ({"private_dns_name": "Orders.example.com"}, "in lower case"),
    "private name inner": ({"private_dns_name": "a.*.example.com"}, "is not valid"),
    "private name long": ({"private_dns_name": "a." * 127 + "example.com"}, "is not valid"),
    "private name number": ({"private_dns_name": 1}, "private_dns_name 1"),
    "private name of gateways": (
        {"load_balancers": [GATEWAY_ARN], "private_dns_name": "a.example.com"},
        "private_dns_name is for network",
    ),
    "types text": ({"supported_ip_address_types": "ipv4"}, "write a list"),
    "types empty": ({"supported_ip_address_types": []}, "is empty: leave it out"),
    "types unknown": ({"supported_ip_address_types": ["ipv5"]}, "did you mean ipv"),
    "types dualstack": ({"supported_ip_address_types": ["dualstack"]}, "ipv4, ipv6"),
    "types twice": ({"supported_ip_address_types": ["ipv4", "ipv4"]}, "names ipv4 twice"),
    "regions text": ({"supported_regions": "eu-west-1"}, "write a list"),
    "regions empty": ({"supported_regions": []}, "supported_regions is empty"),
    "region typo": ({"supported_regions": ["eu-wst-1"]}, "did you mean eu-west-1"),
    "region None": ({"supported_regions": [None]}, "None is no region"),
    "region dict": ({"supported_regions": [{}]}, "is no region"),
    "region twice": ({"supported_regions": ["eu-west-1"] * 2}, "eu-west-1 twice"),
    "regions of gateways": (
        {"load_balancers": [GATEWAY_ARN], "supported_regions": ["eu-west-1"]},
        "supported_regions is for network",
    ),
    "tags": ({"tags": {"Name": "a"}}, "Name follows from"),
    "tags list": ({"tags": []}, "tags is"),
}


@pytest.mark.parametrize(("change", "message"), BAD_SERVICES.values(), ids=BAD_SERVICES.keys())
def test_bad_services_are_refused_and_leave_nothing(tier, change, message):
    with pytest.raises(ConfigurationError, match=message):
        service(tier, **change)
    assert tier.node.try_find_child("orders") is None


def test_all_faults_are_told_together(tier):
    with pytest.raises(ConfigurationError) as caught:
        service(tier, load_balancers=[], acceptance_required="no", allowed_principals=["x"])
    assert len(caught.value.faults) == 3
    assert caught.value.construct == "network/orders"


BAD_ATTRIBUTES = {
    "id": ({"service_id": "svc-1"}, "vpce-svc-0123456789abcdef0"),
    "id None": ({"service_id": None}, "service_id None"),
    "name": ({"service_name": "com.amazonaws.eu-central-1.s3"}, "write com.amazonaws.vpce"),
    "kind": ({"balancer_kind": "application"}, "network, gateway"),
    "acceptance": ({"acceptance_required": "yes"}, "True or False"),
    "private DNS": ({"private_dns": None}, "True or False"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_bad_attributes_are_refused(tier, change, message):
    with pytest.raises(ConfigurationError, match=message):
        imported(tier, **change)
    assert tier.node.try_find_child("theirs") is None


def test_attributes_of_another_kind_are_refused(tier):
    with pytest.raises(ConfigurationError, match="VpcEndpointServiceAttributes"):
        VpcEndpointService.from_attributes(tier, "theirs", NAME)


BAD_ENDPOINTS = {
    "None": ((None,), {}, "pass an endpoint or its id"),
    "number": ((1,), {}, "pass an endpoint or its id"),
    "text": (("endpoint",), {}, "vpce-0123456789abcdef0"),
    "service id": (("vpce-svc-0123456789abcdef0",), {}, "is not valid"),
    "token": (("${a.b.id}",), {}, "name is missing"),
    "name": (("vpce-01234567",), {"name": "A b"}, "lower-case"),
    "name number": (("vpce-01234567",), {"name": 1}, "name 1 is not valid"),
}


@pytest.mark.parametrize(
    ("args", "options", "message"), BAD_ENDPOINTS.values(), ids=BAD_ENDPOINTS.keys()
)
def test_what_is_no_endpoint_is_not_accepted(tier, synth, args, options, message):
    made = service(tier)
    with pytest.raises(ConfigurationError, match=message):
        made.accept(*args, **options)
    synth(tier).has_no_resource("aws_vpc_endpoint_connection_accepter")


def test_an_endpoint_is_accepted_once(tier, vpc, synth):
    made = service(tier)
    endpoint = InterfaceVpcEndpoint(tier, "to-orders", vpc=vpc, service=made)
    made.accept(endpoint)
    with pytest.raises(ConfigurationError, match="accepted already"):
        made.accept(endpoint)
    synth(tier).resource_count("aws_vpc_endpoint_connection_accepter", 1)


def test_nothing_is_accepted_where_everything_is(tier):
    with pytest.raises(ConfigurationError, match="accepted by themselves"):
        service(tier, acceptance_required=False).accept("vpce-01234567")


BAD_CONSUMERS = {
    "gateway service": (
        {"load_balancers": [GATEWAY_ARN]},
        {},
        "GatewayLoadBalancerEndpoint leads to it",
    ),
    "no private name": ({}, {"private_dns": True}, "has no private_dns_name"),
    "not accepted": (
        {"private_dns_name": "a.example.com"},
        {"private_dns": True},
        "accepts endpoints one by one",
    ),
    "policy": (
        {},
        {"policy": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]},
        "takes none",
    ),
}


@pytest.mark.parametrize(
    ("provider", "consumer", "message"), BAD_CONSUMERS.values(), ids=BAD_CONSUMERS.keys()
)
def test_bad_consumers_are_refused(tier, vpc, provider, consumer, message):
    made = service(tier, **provider)
    with pytest.raises(ConfigurationError, match=message):
        InterfaceVpcEndpoint(tier, "to-orders", vpc=vpc, service=made, **consumer)
    assert tier.node.try_find_child("to-orders") is None


def test_a_gateway_endpoint_leads_to_gateway_balancers_only(tier, vpc):
    with pytest.raises(ConfigurationError, match="InterfaceVpcEndpoint leads to it"):
        GatewayLoadBalancerEndpoint(
            tier, "inspection", vpc=vpc, service=service(tier), subnet_group="public"
        )
    assert tier.node.try_find_child("inspection") is None


simple = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([NETWORK_ARN, GATEWAY_ARN, "*", "111122223333", "${a.b}", "ipv4", "a.b.com"]),
)
anything = st.one_of(
    simple, st.lists(simple, max_size=3), st.dictionaries(st.text(max_size=4), simple, max_size=2)
)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            (
                "load_balancers",
                "acceptance_required",
                "allowed_principals",
                "private_dns_name",
                "supported_ip_address_types",
                "supported_regions",
                "tags",
            ),
            anything,
        ),
    )
)
def test_whatever_is_passed_it_is_made_or_refused(tier, options):
    try:
        service(tier, **options)
    except ConfigurationError:
        pass
    else:
        assert tier.node.try_remove_child("orders")
    assert tier.node.try_find_child("orders") is None


def gateway_endpoint(tier, vpc, service, id="inspection"):
    return GatewayLoadBalancerEndpoint(tier, id, vpc=vpc, service=service, subnet_group="public")


@pytest.mark.parametrize(
    "types", [["ipv6"], ["ipv4", "ipv6"], ("ipv6",)], ids=["ipv6", "both", "tuple"]
)
@pytest.mark.parametrize("kind", [NetworkLoadBalancer, GatewayLoadBalancer])
def test_balancers_with_ipv4_only_offer_no_ipv6(tier, vpc, synth, kind, types):
    balancer = kind(tier, "balancer", vpc=vpc)
    with pytest.raises(ConfigurationError, match="network/balancer has IPv4 addresses only"):
        service(tier, load_balancers=[balancer], supported_ip_address_types=types)
    service(tier, "v4", load_balancers=[balancer], supported_ip_address_types=["ipv4"])
    synth(tier).resource_count("aws_vpc_endpoint_service", 1)


def test_balancers_made_elsewhere_may_have_ipv6(tier, synth):
    attributes = LoadBalancerAttributes(
        load_balancer_arn=NETWORK_ARN,
        load_balancer_arn_suffix="net/web/0123456789abcdef",
        dns_name="web-1.eu-central-1.elb.amazonaws.com",
        zone_id="Z215JYRZR1TBD5",
        security_group_id="sg-0123456789abcdef0",
    )
    balancer = NetworkLoadBalancer.from_attributes(tier, "theirs", attributes)
    types = ["ipv6"]
    service(tier, load_balancers=[balancer], supported_ip_address_types=types)
    service(tier, "other", load_balancers=[OTHER_ARN], supported_ip_address_types=types)
    synth(tier).resource_count("aws_vpc_endpoint_service", 2)


@pytest.mark.parametrize(
    ("after", "message"),
    [("record", "write a list"), (None, "depends_on is None"), ([None], "pass|write"), ([1], "1")],
    ids=["text", "None", "of None", "of a number"],
)
def test_what_is_no_record_is_not_waited_for(tier, synth, after, message):
    made = service(tier, private_dns_name="orders.example.com")
    with pytest.raises(ConfigurationError, match=message):
        made.verify_private_dns_name(depends_on=after)
    assert made.node.try_find_child("verification") is None
    made.verify_private_dns_name()


def test_an_endpoint_of_another_service_is_not_accepted(tier, vpc, synth):
    made, other = service(tier), service(tier, "bills", load_balancers=[OTHER_ARN])
    endpoint = InterfaceVpcEndpoint(tier, "to-bills", vpc=vpc, service=other)
    with pytest.raises(ConfigurationError, match="to-bills leads to network/bills: only that"):
        made.accept(endpoint)
    with pytest.raises(ConfigurationError, match="to-bills leads to network/bills"):
        imported(tier).accept(endpoint)
    ours = InterfaceVpcEndpoint(tier, "ssm", vpc=vpc, service="ssm")
    with pytest.raises(ConfigurationError, match="network/ssm leads to ssm: only that service"):
        made.accept(ours)
    synth(tier).has_no_resource("aws_vpc_endpoint_connection_accepter")


def test_an_endpoint_by_the_services_name_is_accepted(tier, vpc, synth):
    theirs = imported(tier)
    theirs.accept(InterfaceVpcEndpoint(tier, "to-theirs", vpc=vpc, service=NAME))
    other = InterfaceVpcEndpoint(tier, "other", vpc=vpc, service=NAME.replace("def0", "def1"))
    with pytest.raises(ConfigurationError, match=r"other leads to com\.amazonaws\.vpce"):
        theirs.accept(other)
    # whether a name that is known is that of a service made here is not
    service(tier).accept(other)
    synth(tier).resource_count("aws_vpc_endpoint_connection_accepter", 2)


def test_an_endpoint_is_accepted_once_under_whatever_name(tier, vpc, synth):
    made = service(tier)
    endpoint = InterfaceVpcEndpoint(tier, "to-orders", vpc=vpc, service=made)
    made.accept(endpoint)
    with pytest.raises(ConfigurationError, match="again was accepted already"):
        made.accept(endpoint, name="again")
    with pytest.raises(ConfigurationError, match="again was accepted already"):
        made.accept(endpoint.vpc_endpoint_id, name="again")
    made.accept("vpce-01234567")
    with pytest.raises(ConfigurationError, match="other was accepted already"):
        made.accept("vpce-01234567", name="other")
    synth(tier).resource_count("aws_vpc_endpoint_connection_accepter", 2)


def test_what_belongs_to_another_stack_is_refused(app, environment, tier, vpc):
    other = Tier(app, "other", environment=environment)
    balancer = NetworkLoadBalancer(tier, "balancer", vpc=vpc)
    with pytest.raises(ConfigurationError, match="network/balancer belongs to another stack"):
        service(other, load_balancers=[balancer])
    service(other, load_balancers=[other.use(balancer)])
    made = service(tier)
    gateways = service(tier, "inspections", load_balancers=[GATEWAY_ARN])
    theirs = Vpc(other, "vpc", flow_logs=None)
    with pytest.raises(ConfigurationError, match="service: network/orders belongs to another"):
        InterfaceVpcEndpoint(other, "to-orders", vpc=theirs, service=made)
    with pytest.raises(ConfigurationError, match="service: network/inspections belongs to another"):
        gateway_endpoint(other, theirs, gateways)
    endpoint = InterfaceVpcEndpoint(other, "to-orders", vpc=theirs, service=other.use(made))
    with pytest.raises(ConfigurationError, match="endpoint: other/to-orders belongs to another"):
        made.accept(endpoint)
    assert set(other.use(made).accept(endpoint)) == {""}


def test_nothing_is_left_of_a_service_whose_name_is_taken(tier, synth):
    principal = "111122223333"
    service(tier, "x-y", allowed_principals={"a": principal})
    with pytest.raises(ConfigurationError, match="x_y_a is taken by network/x-y"):
        service(tier, "x", allowed_principals={"y-a": principal})
    assert tier.node.try_find_child("x") is None
    assert "aws_vpc_endpoint_service.x" not in synth(tier).addresses()


def test_nothing_is_left_of_endpoints_whose_name_is_taken(tier, vpc, synth):
    gateways = service(tier, "inspections", load_balancers=[GATEWAY_ARN])
    InterfaceVpcEndpoint(tier, "x-b", vpc=vpc, service="ssm")
    with pytest.raises(ConfigurationError, match="x_b is taken by network/x-b"):
        gateway_endpoint(tier, vpc, gateways, "x")
    assert tier.node.try_find_child("x") is None
    assert "aws_vpc_endpoint.x_a" not in synth(tier).addresses()
    inner = Construct(tier, "x")
    with pytest.raises(ConfigurationError, match="x_b is taken by network/x-b"):
        InterfaceVpcEndpoint(inner, "b", vpc=vpc, service="sns")
    assert inner.node.try_find_child("b") is None
    assert vpc.endpoint_services == ("ssm",)
