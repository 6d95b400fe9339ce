"""What application and network load balancers share with tiers, and the imported ones."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.contract import output
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import check_arn, check_instance, check_scope, check_string
from terratiers.security.connections import Connections
from terratiers.security.security_group import (
    SecurityGroup,
    SecurityGroupAttributes,
    SecurityGroupBase,
)

from constructs import Construct

__all__ = ["ImportedLoadBalancer", "LoadBalancerAttributes", "LoadBalancerBase"]

_WORDS = {"application": "app", "network": "net"}


@dataclass(frozen=True, kw_only=True)
class LoadBalancerAttributes:
    """The contract of an `ApplicationLoadBalancer` or a `NetworkLoadBalancer`.

    Args:
        load_balancer_arn: Its ARN.
        load_balancer_arn_suffix: What metrics call it: `app/<name>/<id>` or `net/<name>/<id>`.
        dns_name: Its name.
        zone_id: The hosted zone of its name, for alias records.
        security_group_id: Of its security group, `sg-...`.
    """

    load_balancer_arn: str = output("ARN of the load balancer")
    load_balancer_arn_suffix: str = output("Name of the load balancer in metrics")
    dns_name: str = output("DNS name of the load balancer")
    zone_id: str = output("Hosted zone of the load balancer's DNS name")
    security_group_id: str = output("Id of the load balancer's security group")


class LoadBalancerBase(SharedConstruct[LoadBalancerAttributes]):
    """How a balancer is known: made here or imported, application or network."""

    Attributes = LoadBalancerAttributes
    balancer_kind: str
    """`application` or `network`."""
    security_group: SecurityGroupBase

    @property
    def connections(self) -> Connections:
        """The rules of its security group."""
        return self.security_group.connections

    @property
    def load_balancer_arn(self) -> str:
        return self.attributes.load_balancer_arn

    @property
    def load_balancer_arn_suffix(self) -> str:
        """What metrics call it: `app/<name>/<id>` or `net/<name>/<id>`."""
        return self.attributes.load_balancer_arn_suffix

    @property
    def dns_name(self) -> str:
        return self.attributes.dns_name

    @property
    def zone_id(self) -> str:
        """The hosted zone of its name, for alias records."""
        return self.attributes.zone_id


class ImportedLoadBalancer(LoadBalancerBase):
    """A load balancer that is not made here.

    Use `ApplicationLoadBalancer.from_attributes` or `NetworkLoadBalancer.from_attributes`.
    """

    def __init__(
        self, scope: Construct, id: str, attributes: LoadBalancerAttributes, *, kind: str
    ) -> None:
        faults = check_scope(scope, id)
        example = 'LoadBalancerAttributes(load_balancer_arn="arn:...", ...)'
        given = check_instance(faults, "attributes", attributes, LoadBalancerAttributes, example)
        if given:
            suffix = rf"{_WORDS[kind]}/[A-Za-z0-9-]{{1,32}}/[0-9a-f]+"
            arn = given.load_balancer_arn
            check_arn(
                faults, "load_balancer_arn", arn, "elasticloadbalancing", f"loadbalancer/{suffix}"
            )
            rule = f"write {_WORDS[kind]}/<name>/<id>."
            name = "load_balancer_arn_suffix"
            check_string(faults, name, given.load_balancer_arn_suffix, suffix, rule)
            rule = "write its name, like web-1.eu-central-1.elb.amazonaws.com."
            check_string(faults, "dns_name", given.dns_name, r"[A-Za-z0-9-]+(\.[a-z0-9-]+)+", rule)
            rule = "write the id of a hosted zone, like Z215JYRZR1TBD5."
            check_string(faults, "zone_id", given.zone_id, r"Z[A-Z0-9]{1,31}", rule)
            rule = "write an id like sg-0123456789abcdef0."
            group_id = given.security_group_id
            pattern = r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})"
            check_string(faults, "security_group_id", group_id, pattern, rule)
        faults.raise_any()
        super().__init__(scope, id)
        self.balancer_kind = kind
        self._attributes = attributes
        group = SecurityGroupAttributes(security_group_id=attributes.security_group_id)
        self.security_group = SecurityGroup.from_attributes(self, "group", group)
