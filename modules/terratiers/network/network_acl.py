"""A network ACL: the stateless firewall of a subnet group, with presets for the usual cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address, resource_name
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_choice,
    check_cidr,
    check_instance,
    check_int,
    check_scope,
    check_sequence,
    check_string,
    show,
)
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument

from cdktf_cdktf_provider_aws.network_acl import NetworkAcl as NetworkAclResource
from cdktf_cdktf_provider_aws.network_acl_association import NetworkAclAssociation
from cdktf_cdktf_provider_aws.network_acl_rule import NetworkAclRule
from constructs import Construct

__all__ = ["AclRule", "NetworkAcl"]

_DIRECTIONS = ("ingress", "egress")
_PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}
_WITH_PORTS = ("tcp", "udp")
_ICMP = ("icmp", "icmpv6")
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
_MAX_RULES = 20
_EPHEMERAL = (1024, 65535)
_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class AclRule:
    """One numbered rule of a `NetworkAcl`.

    Args:
        name: What the rule is for; part of its Terraform name. Unique within its direction.
        number: 1 to 32766. Rules are tried from the lowest number on, and the first match counts.
        direction: `ingress` or `egress`.
        cidr_block: The IPv4 or IPv6 block at the other end.
        action: `allow` or `deny`. Default: allow.
        protocol: `tcp`, `udp`, `icmp`, `icmpv6` or `all`. Default: tcp.
        ports: For tcp and udp, a port or the first and last of a range, 0 to 65535. Answers come
            back to ports 1024 to 65535, which the other direction has to allow.
        icmp_type: For icmp and icmpv6, 0 to 255, or -1 for every type. Default: -1.
        icmp_code: 0 to 255, or -1 for every code. Default: -1.

    The values are checked by the `NetworkAcl` that the rule is given to.
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """

    name: str
    number: int
    direction: str
    cidr_block: str
    action: str = "allow"
    protocol: str = "tcp"
    ports: int | tuple[int, int] | None = None
    icmp_type: int = -1
    icmp_code: int = -1


class NetworkAcl(Construct):
    """A network ACL for one subnet group, in place of the VPC's default one.

    Makes an `aws_network_acl`, its association with each subnet, and one `aws_network_acl_rule`
    for each rule, named after it.
    Whatever no rule allows is refused. It is stateless: answers need rules of their own, which
    the presets include.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_network_acl.<id>`.
        vpc: The `Vpc`, made here or imported.
        subnet_group: The group whose subnets it guards.
        preset: Rules for one kind of subnets, `public`, `private` or `isolated`. Default: none.
            `public`: HTTP and HTTPS from anywhere, everything within the VPC, answers, and HTTP
            and HTTPS to anywhere. `private`: everything within the VPC, HTTP and HTTPS to
            anywhere, and their answers. `isolated`: everything within the VPC, and HTTPS to
            addresses outside of it with its answers: the gateway endpoints of S3 and DynamoDB
            have public addresses, and a network ACL cannot name a prefix list. Without a route,
            nothing else is reached. The presets use the numbers 1000 to 1999 and IPv4.
        rules: Further rules, before or after those of the preset, by their numbers.

    Raises:
        ConfigurationError: for a rule that AWS would refuse, two rules with one number or name in
            a direction, more than 20 rules in a direction, or no rule at all.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        subnet_group: str,
        preset: str | None = None,
        rules: Sequence[AclRule] = (),
    ) -> None:
        faults = check_scope(scope, id)
        if check_vpc_argument(faults, vpc):
            check_choice(faults, "subnet_group", subnet_group, sorted(vpc.subnet_types))
        if preset is not None:
            check_choice(faults, "preset", preset, SubnetType.ALL)
        given = check_sequence(faults, "rules", rules, "[AclRule(...)]") or ()
        for rule in given:
            if check_instance(faults, "rules", rule, AclRule, 'AclRule(name="...", ...)'):
                _check_rule(faults, rule)
        faults.raise_any()
        all_rules = [*(_preset(preset, vpc.cidr_block) if preset else ()), *given]
        _check_together(faults, all_rules)
        faults.raise_any()
        super().__init__(scope, id)
        self.resource = NetworkAclResource(
            self,
            "resource",
            vpc_id=vpc.vpc_id,
            tags={"Name": resource_name(self, id)},
        )
        pin_address(self.resource, self)
        skip_check(
            self.resource,
            "CKV2_AWS_1",
            "It is attached by aws_network_acl_association, which the check does not know.",
        )
        for zone, subnet_id in vpc.subnet_ids(subnet_group).items():
            association = NetworkAclAssociation(
                self,
                f"subnet-{zone}",
                network_acl_id=self.resource.id,
                subnet_id=subnet_id,
            )
            pin_address(association, self, zone[-1])
        self.rules: dict[str, NetworkAclRule] = {
            f"{rule.direction}-{rule.name}": self._add_rule(rule) for rule in all_rules
        }
        if preset:
            skip_check(
                self.rules["ingress-within-vpc"],
                "CKV_AWS_352",
                "Only the VPC's own addresses; which ports they reach is the security groups'.",
            )
            skip_check(
                self.rules["ingress-answers"],
                "CKV_AWS_231",
                "A network ACL keeps no state: answers come in on ports 1024 to 65535, RDP's among "
                "them.",
            )

    def _add_rule(self, rule: AclRule) -> NetworkAclRule:
        first, last = _port_range(rule)
        resource = NetworkAclRule(
            self,
            f"{rule.direction}-{rule.name}",
            network_acl_id=self.resource.id,
            rule_number=rule.number,
            egress=rule.direction == "egress",
            protocol=_PROTOCOLS[rule.protocol],
            rule_action=rule.action,
            cidr_block=None if _is_ipv6(rule) else rule.cidr_block,
            ipv6_cidr_block=rule.cidr_block if _is_ipv6(rule) else None,
            from_port=first,
            to_port=last,
            icmp_type=rule.icmp_type if rule.protocol in _ICMP else None,
            icmp_code=rule.icmp_code if rule.protocol in _ICMP else None,
        )
        pin_address(resource, self, rule.direction, rule.name)
        return resource


def _preset(kind: str, vpc_block: str) -> list[AclRule]:
    """The rules of a preset; numbers leave room between them."""
    rules = [
        AclRule(name="within-vpc", number=1000, direction=way, protocol="all", cidr_block=vpc_block)
        for way in _DIRECTIONS
    ]
    web_out = {"https": 443} if kind == SubnetType.ISOLATED else {"http": 80, "https": 443}
    if kind == SubnetType.PUBLIC:
        rules += _anywhere("ingress", 1100, {"http": 80, "https": 443})
    rules += _anywhere("egress", 1100, web_out)
    rules += _anywhere("ingress", 1200, {"answers": _EPHEMERAL})
    if kind == SubnetType.PUBLIC:
        rules += _anywhere("egress", 1200, {"answers": _EPHEMERAL})
    return rules


def _anywhere(
    direction: str, number: int, ports: Mapping[str, int | tuple[int, int]]
) -> list[AclRule]:
    return [
        AclRule(
            name=name,
            number=number + 10 * index,
            direction=direction,
            ports=port,
            cidr_block=_ANYWHERE,
        )
        for index, (name, port) in enumerate(ports.items())
    ]


def _check_rule(faults: Faults, rule: AclRule) -> None:
    name = check_string(
        faults,
        "rule name",
        rule.name,
        r"(?=.{1,40}\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
        "write 1 to 40 lower-case letters, digits and single hyphens, a letter first.",
        tokens=False,
    )
    label = f"rule {name}:" if name else "rule:"
    if is_token(rule.number):
        faults.add(f"{label} number is a token: write a whole number.")
    check_int(faults, f"{label} number", rule.number, 1, 32766, "(AWS's rule numbers)")
    check_choice(faults, f"{label} direction", rule.direction, _DIRECTIONS)
    check_choice(faults, f"{label} action", rule.action, ("allow", "deny"))
    protocol = check_choice(faults, f"{label} protocol", rule.protocol, tuple(_PROTOCOLS))
    version = 6 if isinstance(rule.cidr_block, str) and ":" in rule.cidr_block else 4
    check_cidr(faults, f"{label} cidr_block", rule.cidr_block, version=version)
    _check_ports(faults, label, rule, protocol)
    for field in ("icmp_type", "icmp_code"):
        value = getattr(rule, field)
        check_int(faults, f"{label} {field}", value, -1, 255, "(-1 for all)")
        if value != -1 and protocol and protocol not in _ICMP:
            faults.add(f"{label} {field} is given with {protocol}: it belongs to icmp and icmpv6.")
    if protocol == "icmp" and version == 6:
        faults.add(f"{label} protocol icmp with an IPv6 block: write icmpv6.")
    if protocol == "icmpv6" and version == 4 and not is_token(rule.cidr_block):
        faults.add(f"{label} protocol icmpv6 with an IPv4 block: write icmp.")


def _check_ports(faults: Faults, label: str, rule: AclRule, protocol: str | None) -> None:
    ports = rule.ports
    if protocol not in _WITH_PORTS:
        if ports is not None and protocol is not None:
            faults.add(f"{label} ports are given with {protocol}: they belong to tcp and udp.")
        return
    if ports is None:
        faults.add(f"{label} ports are missing: write 443, or (0, 65535) for all of {protocol}.")
        return
    pair = ports if isinstance(ports, (tuple, list)) else (ports, ports)
    if len(pair) != 2:
        faults.add(f"{label} ports {show(ports)} are no range: write (first, last).")
        return
    checked = [
        check_int(faults, f"{label} ports:", port, 0, 65535, f"({protocol.upper()})")
        for port in pair
    ]
    if any(is_token(port) for port in pair):
        faults.add(f"{label} ports hold a token: write the numbers.")
    elif None not in checked and pair[0] > pair[1]:
        faults.add(f"{label} ports {pair[0]} to {pair[1]} run backwards: write the lower first.")


def _check_together(faults: Faults, rules: Sequence[AclRule]) -> None:
    if not rules:
        faults.add("no preset and no rules: it would refuse all traffic; give one of them.")
    for direction in _DIRECTIONS:
        own = [rule for rule in rules if rule.direction == direction]
        if len(own) > _MAX_RULES:
            faults.add(
                f"{len(own)} {direction} rules: AWS allows {_MAX_RULES} in a direction unless the "
                "quota was raised; merge ports or blocks."
            )
        for kind in ("number", "name"):
            values = [getattr(rule, kind) for rule in own]
            for value in sorted({value for value in values if values.count(value) > 1}):
                names = ", ".join(rule.name for rule in own if getattr(rule, kind) == value)
                faults.add(
                    f"{direction} rules {names} have the same {kind} {value}: each needs its own."
                )


def _is_ipv6(rule: AclRule) -> bool:
    return ":" in rule.cidr_block and not is_token(rule.cidr_block)


def _port_range(rule: AclRule) -> tuple[int | None, int | None]:
    if rule.protocol not in _WITH_PORTS or rule.ports is None:
        return None, None
    return (rule.ports, rule.ports) if isinstance(rule.ports, int) else rule.ports
