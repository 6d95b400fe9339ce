"""Closes the gaps of moto 5.2.5 around load balancers; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_load_balancer_patches"]

_WORDS = {"network": "net", "gateway": "gwy"}


def apply_load_balancer_patches() -> None:
    """Applies every patch to the moto of this process."""
    _name_balancers_by_their_kind()
    _keep_fixed_addresses()
    _keep_private_link_rules()
    _modify_listeners_of_network_balancers()
    _keep_instance_protocols()
    _keep_desync_mitigation()
    _delete_the_named_listeners()


def _name_balancers_by_their_kind() -> None:
    """The ARN of a network balancer says `net`, of a gateway balancer `gwy`.

    moto writes `app` for all. Seen with `aws_lb` and with what reads the ARN: endpoint services,
    AWS WAF, metrics.
    """
    from moto.elbv2.models import ELBv2Backend

    stock = ELBv2Backend.create_load_balancer

    def create_load_balancer(self: Any, *args: Any, **options: Any) -> Any:
        balancer = stock(self, *args, **options)
        word = _WORDS.get(balancer.type)
        if word:
            first = balancer.arn
            balancer.arn = first.replace("loadbalancer/app/", f"loadbalancer/{word}/")
            self.load_balancers[balancer.arn] = self.load_balancers.pop(first)
            self.tagging_service.copy_tags(first, balancer.arn)
            self.tagging_service.delete_all_tags_for_resource(first)
        return balancer

    ELBv2Backend.create_load_balancer = create_load_balancer


def _keep_fixed_addresses() -> None:
    """A balancer answers with the Elastic IPs and private addresses that it was given.

    moto forgets them, so that each plan would replace the balancer. Seen with `aws_lb` and
    `subnet_mapping`.
    """
    from moto.elbv2.models import AvailabilityZone, ELBv2Backend, FakeLoadBalancer

    stock_create = ELBv2Backend.create_load_balancer
    stock_set = ELBv2Backend.set_subnets

    def create_load_balancer(self: Any, *args: Any, **options: Any) -> Any:
        balancer = stock_create(self, *args, **options)
        balancer.subnet_mappings = options.get("subnet_mappings") or []
        return balancer

    def set_subnets(
        self: Any, arn: str, subnets: list[str], subnet_mappings: list[dict[str, Any]]
    ) -> Any:
        stock_set(self, arn, subnets, subnet_mappings)
        balancer = self.load_balancers[arn]
        balancer.subnet_mappings = subnet_mappings
        return balancer.availability_zones

    def availability_zones(self: Any) -> list[Any]:
        given = {item["SubnetId"]: item for item in getattr(self, "subnet_mappings", [])}
        zones = []
        for subnet in self.subnets:
            zone = AvailabilityZone(subnet)
            mapping = given.get(subnet.id, {})
            address = {
                key: mapping[key]
                for key in ("AllocationId", "PrivateIPv4Address")
                if key in mapping
            }
            zone.load_balancer_addresses = [address] if address else []
            zones.append(zone)
        return zones

    ELBv2Backend.create_load_balancer = create_load_balancer
    ELBv2Backend.set_subnets = set_subnets
    FakeLoadBalancer.availability_zones = property(availability_zones)


def _keep_private_link_rules() -> None:
    """A balancer keeps whether its security group is asked about PrivateLink, `on` at first.

    moto forgets it, so that each plan would set it. Seen with `aws_lb` and
    `enforce_security_group_inbound_rules_on_private_link_traffic`.
    """
    from moto.elbv2.models import FakeLoadBalancer
    from moto.elbv2.responses import ELBV2Response

    name = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    stock = ELBV2Response.set_security_groups

    def enforced(self: Any) -> str | None:
        if self.type != "network" or not self.security_groups:
            return None
        return getattr(self, "private_link_rules", "on")

    def set_security_groups(self: Any) -> Any:
        answer = stock(self)
        balancer = self.elbv2_backend.load_balancers[self._get_param("LoadBalancerArn")]
        balancer.private_link_rules = self._get_param(name) or enforced(balancer)
        return answer

    FakeLoadBalancer.enforce_security_group_inbound_rules_on_private_link_traffic = property(
        enforced
    )
    ELBV2Response.set_security_groups = set_security_groups


def _modify_listeners_of_network_balancers() -> None:
    """Listeners for UDP, both and TLS can be changed, too.

    moto refuses their protocols (`UnsupportedProtocol`), although it has created them. Seen with
    a change of the target group, policy or certificate of an `aws_lb_listener`.
    """
    from moto.elbv2.models import ELBv2Backend

    stock = ELBv2Backend.modify_listener

    def modify_listener(
        self: Any,
        arn: str,
        port: Any = None,
        protocol: str | None = None,
        ssl_policy: str | None = None,
        certificates: list[dict[str, Any]] | None = None,
        actions: list[dict[str, Any]] | None = None,
    ) -> Any:
        if protocol not in ("UDP", "TCP_UDP", "TLS"):
            return stock(self, arn, port, protocol, ssl_policy, certificates, actions)
        listener = stock(self, arn, port, "TCP", ssl_policy, certificates, actions or [])
        listener.protocol = protocol
        if certificates:
            listener.certificate = certificates[0]["CertificateArn"]
            listener.certificates = [listener.certificate, *listener.certificates[1:]]
        return listener

    ELBv2Backend.modify_listener = modify_listener


def _keep_instance_protocols() -> None:
    """Classic listeners keep what instances speak; moto says what the balancer speaks.

    Seen with `aws_elb` and a listener that takes HTTPS and forwards HTTP.
    """
    from moto.elb.models import FakeListener
    from moto.elb.responses import ELBResponse

    def instance_protocol(self: Any) -> str:
        return str(getattr(self, "given_instance_protocol", self.protocol))

    def keep(name: str) -> None:
        stock = getattr(ELBResponse, name)

        def create(self: Any) -> Any:
            answer = stock(self)
            balancer = self.elb_backend.get_load_balancer(self._get_param("LoadBalancerName"))
            given = {
                str(port["LoadBalancerPort"]): port["InstanceProtocol"].upper()
                for port in self._get_param("Listeners", [])
                if port.get("InstanceProtocol")
            }
            for listener in balancer.listeners:
                port = str(listener.load_balancer_port)
                if port in given:
                    listener.given_instance_protocol = given[port]
            return answer

        setattr(ELBResponse, name, create)

    FakeListener.instance_protocol = property(instance_protocol)
    keep("create_load_balancer")
    keep("create_load_balancer_listeners")


def _keep_desync_mitigation() -> None:
    """Classic balancers keep how they treat ambiguous requests when something else is changed.

    moto adds `defensive` at each change that does not speak of it. Seen with `aws_elb`,
    `desync_mitigation_mode = "strictest"` and access logs.
    """
    from moto.elb.models import ELBBackend

    stock = ELBBackend.modify_load_balancer_attributes
    default = [("elb.http.desyncmitigationmode", "defensive")]

    def modify_load_balancer_attributes(
        self: Any, load_balancer_name: str, *args: Any, **options: Any
    ) -> None:
        attributes = self.get_load_balancer(load_balancer_name).attributes
        before = list(attributes["additional_attributes"] or default)
        stock(self, load_balancer_name, *args, **options)
        if not options.get("additional_attributes"):
            attributes["additional_attributes"] = before

    ELBBackend.modify_load_balancer_attributes = modify_load_balancer_attributes


def _delete_the_named_listeners() -> None:
    """Classic listeners go when they are named, and the others stay once each.

    moto keeps all but the last, the others twice, when several are named. Seen with changes of
    the listeners of an `aws_elb`.
    """
    from moto.elb.models import ELBBackend

    def delete_load_balancer_listeners(self: Any, name: str, ports: list[Any]) -> Any:
        balancer = self.get_load_balancer(name)
        gone = {int(port) for port in ports}
        balancer.listeners = [
            listener
            for listener in balancer.listeners
            if int(listener.load_balancer_port) not in gone
        ]
        return balancer

    ELBBackend.delete_load_balancer_listeners = delete_load_balancer_listeners
