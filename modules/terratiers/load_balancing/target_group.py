"""Target groups: what a listener's requests go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_address,
    check_arn,
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
    show,
)
from terratiers.load_balancing.health_check import HealthCheck
from terratiers.network.vpc_attributes import IVpc, check_vpc_argument

from cdktf import TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb_target_group import (
    LbTargetGroup,
    LbTargetGroupHealthCheck,
    LbTargetGroupStickiness,
)
from constructs import Construct

__all__ = [
    "ImportedTargetGroup",
    "Stickiness",
    "TargetGroup",
    "TargetGroupAttributes",
    "TargetGroupBase",
    "TargetType",
    "name_prefix",
]

# Which kind of balancer a protocol is for
_KINDS = {
    "HTTP": "application",
    "HTTPS": "application",
    "TCP": "network",
    "UDP": "network",
    "TCP_UDP": "network",
    "TLS": "network",
    "GENEVE": "gateway",
}
_VERSIONS = ("HTTP1", "HTTP2", "GRPC")
_ALGORITHMS = ("round_robin", "least_outstanding_requests", "weighted_random")
_GENEVE_PORT = 6081
_UDP = ("UDP", "TCP_UDP")
_UNSTICKY = {
    "application": "lb_cookie",
    "network": "source_ip",
    "gateway": "source_ip_dest_ip",
}


class TargetType:
    """What a target is: an instance, an address, a Lambda function, or an application balancer."""

    INSTANCE = "instance"
    IP = "ip"
    LAMBDA = "lambda"
    ALB = "alb"
    ALL = (INSTANCE, IP, LAMBDA, ALB)


# Which types have none of the settings about how requests are spread and targets let go
_WITHOUT_SETTINGS = (TargetType.LAMBDA, TargetType.ALB)


@dataclass(frozen=True, kw_only=True)
class Stickiness:
    """Sends a visitor to the same target again.

    Args:
        kind: `lb_cookie` or `app_cookie` (application), `source_ip` (network),
            `source_ip_dest_ip` or `source_ip_dest_ip_proto` (gateway). Default: lb_cookie.
        duration: Seconds, 1 to 604800, for cookies. Default: 86400.
        cookie_name: The application's own cookie, for `app_cookie`.
    """

    kind: str = "lb_cookie"
    duration: int = 86_400
    cookie_name: str | None = None

    def check(self, faults: Faults, balancer: str) -> None:
        """Notes what AWS would refuse for a balancer of this kind."""
        kinds = {
            "application": ("lb_cookie", "app_cookie"),
            "network": ("source_ip",),
            "gateway": ("source_ip_dest_ip", "source_ip_dest_ip_proto"),
        }[balancer]
        remedy = f"That is how {balancer} load balancers do it."
        check_choice(faults, "stickiness: kind", self.kind, kinds, remedy)
        check_int(faults, "stickiness: duration", self.duration, 1, 604_800, "seconds (ELB)")
        if (self.kind == "app_cookie") != (self.cookie_name is not None):
            faults.add("stickiness: cookie_name belongs to app_cookie: give both or none.")
        if self.cookie_name is not None:
            rule = "write a cookie's name, not AWSALB..., which is ELB's own."
            pattern = r"(?!AWSALB)[!#-+\--:<-~]{1,256}"
            check_string(faults, "stickiness: cookie_name", self.cookie_name, pattern, rule)


@dataclass(frozen=True, kw_only=True)
class TargetGroupAttributes:
    """The contract of a `TargetGroup`.

    Args:
        protocol: `HTTP`, `TCP`, ... Default: HTTP.
        target_type: One of `TargetType`. Default: instance.
        target_group_arn: Its ARN.
        target_group_arn_suffix: What metrics call it: `targetgroup/<name>/<id>`.
    """

    protocol: str = fact(default="HTTP")
    target_type: str = fact(default=TargetType.INSTANCE)
    target_group_arn: str = output("ARN of the target group")
    target_group_arn_suffix: str = output("Name of the target group in metrics")


class TargetGroupBase(SharedConstruct[TargetGroupAttributes]):
    """What a target group made here and an imported one have in common."""

    Attributes = TargetGroupAttributes

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._forwarders: list[tuple[str, TerraformResource]] = []

    @property
    def load_balancer_arn_suffix(self) -> str | None:
        """What metrics call the first application load balancer that forwards here.

        None until a listener or a rule of this stack does.
        """
        return self._forwarders[0][0] if self._forwarders else None

    @property
    def load_balancer_dependencies(self) -> tuple[TerraformResource, ...]:
        """The listeners and rules of application load balancers that forward here.

        What counts the group's requests needs them first: `depends_on=[*...]`.
        """
        return tuple(resource for _, resource in self._forwarders)

    def note_forwarding(self, load_balancer_arn_suffix: str, resource: TerraformResource) -> None:
        """Notes that a listener or rule forwards here; listeners call it."""
        self._forwarders.append((load_balancer_arn_suffix, resource))

    @property
    def target_group_arn(self) -> str:
        return self.attributes.target_group_arn

    @property
    def target_group_arn_suffix(self) -> str:
        return self.attributes.target_group_arn_suffix

    @property
    def balancer_kind(self) -> str:
        """`application`, `network` or `gateway`."""
        return _KINDS[self.attributes.protocol]

    def add_target(
        self,
        id: str,
        target_id: str,
        *,
        port: int | None = None,
        depends_on: Sequence[TerraformResource] = (),
    ) -> None:
        """Registers one target.

        Args:
            id: Part of the Terraform name: `aws_lb_target_group_attachment.<group>_<id>`.
            target_id: An instance's id, an IPv4 address, a function's or a balancer's ARN,
                whatever the group's `target_type` says.
            port: Where it listens, 1 to 65535. Default: the group's port.
            depends_on: Resources of this stack that have to stand first. Default: none.

        Raises:
            ConfigurationError: for a target of another kind, or an id that is taken.
        """
        from cdktf_cdktf_provider_aws.lb_target_group_attachment import LbTargetGroupAttachment

        faults = check_scope(self, id)
        kind = self.attributes.target_type
        patterns = {
            TargetType.INSTANCE: r"i-[0-9a-f]{8,17}",
            TargetType.LAMBDA: r"arn:aws[a-z-]*:lambda:\S+",
            TargetType.ALB: r"arn:aws[a-z-]*:elasticloadbalancing:\S+",
        }
        if kind == TargetType.IP:
            check_address(faults, "target_id", target_id, "it has to be of ip: ")
        else:
            rule = f"it has to be of {kind}."
            check_string(faults, "target_id", target_id, patterns[kind], rule)
        if port is not None:
            check_int(faults, "port", port, 1, 65535, "(a port)")
        after = check_sequence(faults, "depends_on", depends_on, "[listener.resource]") or ()
        for resource in after:
            example = "a resource, like listener.resource"
            check_instance(faults, "depends_on", resource, TerraformResource, example)
        faults.raise_any()
        attachment = LbTargetGroupAttachment(
            self,
            id,
            target_group_arn=self.target_group_arn,
            target_id=target_id,
            port=port,
            depends_on=list(after) or None,
        )
        pin_address(attachment, self, id)


class ImportedTargetGroup(TargetGroupBase):
    """A target group that is not made here. Use `TargetGroup.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: TargetGroupAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'TargetGroupAttributes(target_group_arn="arn:...", ...)'
        given = check_instance(faults, "attributes", attributes, TargetGroupAttributes, example)
        if given:
            check_choice(faults, "protocol", given.protocol, tuple(_KINDS))
            check_choice(faults, "target_type", given.target_type, TargetType.ALL)
            resource = r"targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]+"
            arn = given.target_group_arn
            check_arn(faults, "target_group_arn", arn, "elasticloadbalancing", resource)
            suffix = given.target_group_arn_suffix
            rule = "write targetgroup/<name>/<id>."
            check_string(faults, "target_group_arn_suffix", suffix, resource, rule)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class TargetGroup(TargetGroupBase):
    """A target group: healthy targets of one protocol and port.

    Its name is a prefix with a random end and its successor is made first, so that a change that
    replaces it never fails with `ResourceInUse`.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_lb_target_group.<id>`.
        vpc: The `Vpc`; not for Lambda functions.
        port: Where targets listen, 1 to 65535; 6081 for GENEVE; not for Lambda functions.
        protocol: `HTTP` or `HTTPS` (application balancers), `TCP`, `UDP`, `TCP_UDP` or `TLS`
            (network), `GENEVE` (gateway). Default: HTTP.
        target_type: One of `TargetType`. Default: instance.
        protocol_version: `HTTP1`, `HTTP2` or `GRPC`, for HTTP and HTTPS. Default: HTTP1.
        health_check: Default: `HealthCheck()`: code 200 for `/`; 200 to 399 where a gateway's
            targets are asked over HTTP.
        deregistration_delay: Seconds that a target has for its last requests, 0 to 3600; not for
            functions and application balancers, which have none. Default: 300, as AWS.
        stickiness: Not for functions and application balancers. Default: none.
        slow_start: Seconds over which a new target gets its full share, 30 to 900, or 0 for at
            once; application only. Default: 0.
        algorithm: `round_robin`, `least_outstanding_requests` or `weighted_random`; application
            only, not for functions. Default: round_robin.
        preserve_client_ip: Whether targets see the client's address; network only. Default: AWS's
            own: yes, but for addresses that get TCP or TLS. UDP and application balancers always
            do.
        proxy_protocol: Whether a header of the PROXY protocol, version 2, tells targets who the
            client is; they have to understand it; network only. Default: no.
        connection_termination: Whether connections to a target that is taken out are closed at
            the end of `deregistration_delay`; network only. Default: AWS's own: no for TCP and
            TLS, yes for UDP.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits, or of another kind of balancer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc | None = None,
        port: int | None = None,
        protocol: str = "HTTP",
        target_type: str = TargetType.INSTANCE,
        protocol_version: str | None = None,
        health_check: HealthCheck = HealthCheck(),  # noqa: B008 - frozen
        deregistration_delay: int | None = None,
        stickiness: Stickiness | None = None,
        slow_start: int = 0,
        algorithm: str | None = None,
        preserve_client_ip: bool | None = None,
        proxy_protocol: bool | None = None,
        connection_termination: bool | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        known = check_choice(faults, "protocol", protocol, tuple(_KINDS))
        kind = _KINDS[known or "HTTP"]
        check_choice(faults, "target_type", target_type, TargetType.ALL)
        _check_targets(faults, scope, protocol, kind, target_type, vpc, port)
        if check_instance(faults, "health_check", health_check, HealthCheck, "HealthCheck()"):
            health_check.check(faults, kind, grpc=protocol_version == "GRPC")
            if target_type == TargetType.ALB and health_check.protocol == "TCP":
                faults.add(
                    "health_check: an application load balancer is asked over HTTP or HTTPS."
                )
        delay = deregistration_delay
        if delay is not None:
            check_int(faults, "deregistration_delay", delay, 0, 3600, "seconds (ELB)")
        if stickiness is not None:
            sticky = check_instance(faults, "stickiness", stickiness, Stickiness, "Stickiness()")
            if sticky:
                sticky.check(faults, kind)
        if slow_start != 0 or isinstance(slow_start, bool):
            check_int(faults, "slow_start", slow_start, 30, 900, "seconds, or 0 (ELB)")
        if protocol_version is not None:
            check_choice(faults, "protocol_version", protocol_version, _VERSIONS)
        if algorithm is not None:
            check_choice(faults, "algorithm", algorithm, _ALGORITHMS)
        for name, value, only in (
            ("protocol_version", protocol_version, "application"),
            ("algorithm", algorithm, "application"),
            ("slow_start", slow_start or None, "application"),
            ("preserve_client_ip", preserve_client_ip, "network"),
            ("proxy_protocol", proxy_protocol, "network"),
            ("connection_termination", connection_termination, "network"),
        ):
            if value is not None and known and kind != only:
                faults.add(
                    f"{name} is for {only} load balancers, and {protocol} is of {kind} ones."
                )
        if slow_start and algorithm not in (None, "round_robin"):
            faults.add(f"slow_start does not go with {show(algorithm)}: take round_robin.")
        if isinstance(stickiness, Stickiness) and protocol == "TLS":
            faults.add("stickiness does not go with TLS: leave it out, or take TCP.")
        switches = {
            "preserve_client_ip": preserve_client_ip,
            "proxy_protocol": proxy_protocol,
            "connection_termination": connection_termination,
        }
        _check_switches(faults, switches, protocol, target_type)
        if target_type == TargetType.LAMBDA and (slow_start or protocol_version):
            faults.add("slow_start and protocol_version do not go with Lambda functions.")
        if target_type in _WITHOUT_SETTINGS:
            settings = {
                "deregistration_delay": deregistration_delay,
                "stickiness": stickiness,
                "algorithm": algorithm,
                "proxy_protocol": proxy_protocol,
                "connection_termination": connection_termination,
            }
            _refuse(faults, settings, target_type)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        is_lambda = target_type == TargetType.LAMBDA
        if target_type not in _WITHOUT_SETTINGS:
            delay = 300 if delay is None else delay
            algorithm = algorithm or ("round_robin" if kind == "application" else None)
        default_version = "HTTP1" if kind == "application" and not is_lambda else None
        preserve = None if preserve_client_ip is None else str(preserve_client_ip).lower()
        self.port = port
        self.health_check = health_check
        self.stickiness = stickiness
        self.resource = LbTargetGroup(
            self,
            "resource",
            name_prefix=name_prefix(id),
            target_type=target_type,
            vpc_id=vpc.vpc_id if vpc else None,
            port=port,
            protocol=None if is_lambda else protocol,
            protocol_version=protocol_version or default_version,
            deregistration_delay=None if delay is None else str(delay),
            slow_start=slow_start or None,
            load_balancing_algorithm_type=algorithm,
            preserve_client_ip=preserve,
            proxy_protocol_v2=proxy_protocol,
            connection_termination=connection_termination,
            health_check=_health_check(health_check, protocol, protocol_version, target_type),
            stickiness=_stickiness(stickiness, protocol, target_type),
            tags={**own_tags, "Name": construct_name(self)},
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(self.resource, self)
        self._attributes = TargetGroupAttributes(
            protocol=protocol,
            target_type=target_type,
            target_group_arn=self.resource.arn,
            target_group_arn_suffix=self.resource.arn_suffix,
        )

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: TargetGroupAttributes
    ) -> ImportedTargetGroup:
        """A target group that exists already.

        Raises:
            ConfigurationError: for an ARN of another form.
        """
        return ImportedTargetGroup(scope, id, attributes)


def name_prefix(id: str) -> str:
    """The six characters of a name that Elastic Load Balancing leaves to us, hyphen at the end."""
    return f"{id.replace('_', '-')[:5].rstrip('-')}-"


def _check_targets(
    faults: Faults,
    scope: Construct,
    protocol: object,
    kind: str,
    target_type: object,
    vpc: Any,
    port: object,
) -> None:
    if target_type == TargetType.LAMBDA:
        if vpc is not None or port is not None:
            faults.add("vpc and port do not go with Lambda functions: leave them out.")
        if kind != "application":
            faults.add("Lambda functions are targets of application load balancers only.")
        return
    if check_vpc_argument(faults, vpc):
        check_same_stack(faults, "vpc", vpc, scope)
    if port is None:
        faults.add("port is missing: write where the targets listen, 1 to 65535.")
        return
    number = check_int(faults, "port", port, 1, 65535, "(a port)")
    if kind == "gateway" and number and number != _GENEVE_PORT:
        faults.add(f"port is {show(port)}: GENEVE uses {_GENEVE_PORT} (gateway load balancers).")
    if target_type == TargetType.ALB and kind == "gateway":
        faults.add("a gateway load balancer has instances or addresses as targets.")
    elif target_type == TargetType.ALB and protocol != "TCP":
        faults.add("application load balancers are targets of network ones: write TCP.")


def _check_switches(
    faults: Faults, switches: Mapping[str, object], protocol: str, target_type: str
) -> None:
    for name, switch in switches.items():
        if switch is not None:
            check_bool(faults, name, switch)
    is_alb = target_type == TargetType.ALB
    if switches["preserve_client_ip"] is False and (protocol in _UDP or is_alb):
        what = "application load balancers" if is_alb else protocol
        faults.add(f"preserve_client_ip is False: with {what} it is always on; leave it out.")


def _refuse(faults: Faults, settings: Mapping[str, object], target_type: str) -> None:
    for name, setting in settings.items():
        if setting is not None:
            faults.add(f"{name} does not go with targets of type {target_type}: leave it out.")


def _stickiness(
    given: Stickiness | None, protocol: str, target_type: str
) -> LbTargetGroupStickiness | None:
    """Said in either case: AWS keeps what it was told once when nothing is said any more."""
    if target_type in _WITHOUT_SETTINGS or protocol == "TLS":
        return None
    if given is None:
        return LbTargetGroupStickiness(enabled=False, type=_UNSTICKY[_KINDS[protocol]])
    return LbTargetGroupStickiness(
        enabled=True,
        type=given.kind,
        cookie_duration=given.duration if "cookie" in given.kind else None,
        cookie_name=given.cookie_name,
    )


def _health_check(
    given: HealthCheck, protocol: str, version: str | None, target_type: str
) -> LbTargetGroupHealthCheck:
    is_lambda = target_type == TargetType.LAMBDA
    own = protocol if protocol in ("HTTP", "HTTPS") else "TCP"
    asked = given.protocol or ("HTTP" if target_type == TargetType.ALB else own)
    http = is_lambda or asked != "TCP"
    path, matcher = ("/AWS.ALB/healthcheck", "12") if version == "GRPC" else ("/", "200")
    if protocol == "GENEVE":
        matcher = "200-399"
    options: dict[str, Any] = {}
    if not is_lambda:
        options = {"protocol": asked, "port": str(given.port) if given.port else "traffic-port"}
    return LbTargetGroupHealthCheck(
        enabled=True,
        path=(given.path or path) if http else None,
        matcher=(given.matcher or matcher) if http else None,
        interval=given.interval,
        timeout=given.timeout,
        healthy_threshold=given.healthy_threshold,
        unhealthy_threshold=given.unhealthy_threshold,
        **options,
    )
