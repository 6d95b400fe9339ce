"""Application load balancers: HTTP and HTTPS, routed by host, path, headers and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terratiers.core.account import account_id
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, environment_of, pin_address
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
)
from terratiers.load_balancing.listener import (
    TLS_POLICY,
    ApplicationListener,
    check_listener,
)
from terratiers.load_balancing.listener_action import ListenerAction
from terratiers.load_balancing.target_group import name_prefix
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument
from terratiers.security.connections import Connections
from terratiers.security.peer import Peer
from terratiers.security.port import Port
from terratiers.security.security_group import SecurityGroup
from terratiers.storage.bucket import Bucket, check_log_bucket
from terratiers.storage.imported_bucket import BucketBase

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from constructs import Construct

__all__ = ["ApplicationLoadBalancer", "LoadBalancerAccessLogs"]

_NOT_FOUND = ListenerAction.fixed_response(404, body="not found")
_DESYNC = ("defensive", "strictest", "monitor")
_LOG_SERVICE = "logdelivery.elasticloadbalancing.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class LoadBalancerAccessLogs:
    """Where a load balancer writes down each request.

    Args:
        bucket: A `Bucket` of the same region with SSE-S3. Its policy is extended when it is made
            in the same stack; another has to admit the delivery by itself.
        prefix: What the logs' keys begin with, without `AWSLogs`. Default: the balancer's id.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """

    bucket: BucketBase
    prefix: str | None = None


class ApplicationLoadBalancer(Construct):
    """An application load balancer with a security group of its own.

    The group admits only what listeners listen on, and reaches only their targets. Headers that
    HTTP does not allow are dropped. Its name is a prefix with a random end, so that a change that
    replaces it makes the new one first.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_lb.<id>`, `aws_security_group.<id>_group`.
        vpc: The `Vpc`, made here or imported; two zones at least.
        internal: Whether it has private addresses only. Default: no.
        subnet_group: Default: `public`, or `private` for an internal one.
        idle_timeout: Seconds without data until a connection is closed, 1 to 4000. Default: 60.
        desync_mitigation: `defensive`, `strictest` or `monitor`: how ambiguous requests are
            treated. Default: defensive.
        access_logs: Default: none.
        deletion_protection: Default: in an environment marked production.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        internal: bool = False,
        subnet_group: str | None = None,
        idle_timeout: int = 60,
        desync_mitigation: str = "defensive",
        access_logs: LoadBalancerAccessLogs | None = None,
        deletion_protection: bool | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        inside = check_bool(faults, "internal", internal)
        default_group = SubnetType.PRIVATE if inside else SubnetType.PUBLIC
        group = default_group if subnet_group is None else subnet_group
        if check_vpc_argument(faults, vpc):
            _check_subnets(faults, vpc, group, bool(inside))
        check_int(faults, "idle_timeout", idle_timeout, 1, 4000, "seconds (ELB)")
        check_choice(faults, "desync_mitigation", desync_mitigation, _DESYNC)
        if access_logs is not None:
            _check_access_logs(faults, scope, access_logs)
        if deletion_protection is not None:
            check_bool(faults, "deletion_protection", deletion_protection)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self.vpc = vpc
        self.internal = internal
        self.listeners: dict[int, ApplicationListener] = {}
        environment = environment_of(self)
        production = bool(environment and environment.production)
        with all_or_nothing(scope, id):
            self.security_group = SecurityGroup(
                self, "group", vpc=vpc, description=f"load balancer {self.node.path}"[:255]
            )
            logs, admitted = self._log_to(access_logs) if access_logs else (None, [])
            self.resource = Lb(
                self,
                "resource",
                name_prefix=name_prefix(id),
                load_balancer_type="application",
                internal=internal,
                subnets=list(vpc.subnet_ids(group).values()),
                security_groups=[self.security_group.security_group_id],
                idle_timeout=idle_timeout,
                drop_invalid_header_fields=True,
                desync_mitigation_mode=desync_mitigation,
                enable_deletion_protection=production
                if deletion_protection is None
                else deletion_protection,
                access_logs=logs,
                depends_on=admitted or None,
                tags={**own_tags, "Name": construct_name(self)},
                lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            )
            pin_address(self.resource, self)

    @property
    def connections(self) -> Connections:
        """The rules of its security group."""
        return self.security_group.connections

    @property
    def load_balancer_arn(self) -> str:
        return self.resource.arn

    @property
    def load_balancer_arn_suffix(self) -> str:
        """What metrics call it: `app/<name>/<id>`."""
        return self.resource.arn_suffix

    @property
    def dns_name(self) -> str:
        return self.resource.dns_name

    @property
    def zone_id(self) -> str:
        """The hosted zone of its name, for alias records."""
        return self.resource.zone_id

    def add_listener(
        self,
        id: str,
        *,
        port: int | None = None,
        certificate_arn: str | None = None,
        default_action: ListenerAction = _NOT_FOUND,
        allow_from: Sequence[Peer] | None = None,
        redirect_http: bool = True,
        tls_policy: str = TLS_POLICY,
    ) -> ApplicationListener:
        """Opens a port: HTTPS with a certificate, HTTP without.

        Args:
            id: Part of the Terraform name: `aws_lb_listener.<balancer>_<id>`.
            port: 1 to 65535. Default: 443 with a certificate, 80 without.
            certificate_arn: A certificate of ACM or IAM; `add_certificate` adds further ones.
                Default: none, and HTTP.
            default_action: What happens with requests that no rule is for. Default: code 404,
                until `add_targets` names a target group.
            allow_from: Who may connect. Default: everybody, or the VPC for an internal balancer.
            redirect_http: With a certificate on port 443: whether port 80 redirects there.
                Default: yes.
            tls_policy: Default: TLS 1.3 and 1.2 with forward secrecy, with post-quantum key
                exchange for clients that know it.

        Raises:
            ConfigurationError: for a port that is taken, and values outside of these limits.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html
        """
        faults = check_scope(self, id)
        chosen = (443 if certificate_arn else 80) if port is None else port
        number = check_listener(
            faults,
            port=chosen,
            certificate_arn=certificate_arn,
            default_action=default_action,
            tls_policy=tls_policy,
        )
        check_bool(faults, "redirect_http", redirect_http)
        if number in self.listeners:
            faults.add(f"port {number} has the listener {self.listeners[number].node.id} already.")
        peers = self._peers(faults, allow_from)
        faults.raise_any()
        redirects = bool(certificate_arn) and chosen == 443 and redirect_http
        redirects = redirects and 80 not in self.listeners
        if redirects:
            check_scope(self, f"{id}-redirect")
        for peer in peers:
            self.connections.check_from(peer, Port.tcp(chosen), f"listener {id}")
        listener = self._open(id, chosen, certificate_arn, default_action, tls_policy, peers)
        if redirects:
            to_https = ListenerAction.redirect(protocol="HTTPS", port=443)
            self._open(f"{id}-redirect", 80, None, to_https, tls_policy, peers)
        return listener

    def _open(
        self,
        id: str,
        port: int,
        certificate_arn: str | None,
        default_action: ListenerAction,
        tls_policy: str,
        peers: Sequence[Peer],
    ) -> ApplicationListener:
        listener = ApplicationListener(
            self,
            id,
            port=port,
            certificate_arn=certificate_arn,
            default_action=default_action,
            tls_policy=tls_policy,
        )
        self.listeners[port] = listener
        for peer in peers:
            self.connections.allow_from(peer, Port.tcp(port), f"listener {id}")
        return listener

    def _peers(self, faults: Faults, given: object) -> list[Peer]:
        if given is None:
            own = Peer.ipv4(self.vpc.cidr_block, name="vpc") if self.internal else Peer.any_ipv4()
            return [own]
        items = check_sequence(faults, "allow_from", given, '[Peer.ipv4("...")]') or ()
        for item in items:
            check_instance(faults, "allow_from", item, Peer, 'Peer.ipv4("203.0.113.0/24")')
        return list(items)

    def _log_to(self, logs: LoadBalancerAccessLogs) -> tuple[LbAccessLogs, list[S3BucketPolicy]]:
        prefix = self.node.id if logs.prefix is None else logs.prefix
        bucket = logs.bucket
        admitted = []
        if isinstance(bucket, Bucket):
            place = f"{prefix}/AWSLogs" if prefix else "AWSLogs"
            bucket.add_to_resource_policy(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": _LOG_SERVICE},
                    "Action": "s3:PutObject",
                    "Resource": f"{bucket.bucket_arn}/{place}/{account_id(self)}/*",
                }
            )
            admitted = [bucket.policy]
        return LbAccessLogs(
            bucket=bucket.bucket_name, prefix=prefix or None, enabled=True
        ), admitted


def _check_subnets(faults: Faults, vpc: IVpc, group: object, internal: bool) -> None:
    known = check_choice(faults, "subnet_group", group, sorted(vpc.subnet_types))
    if known and not internal and vpc.subnet_types[str(known)] != SubnetType.PUBLIC:
        faults.add(f"subnet_group {known} is not public: write internal=True or a public group.")
    if len(vpc.availability_zones) < 2:
        faults.add("the VPC has one availability zone: an application load balancer needs two.")


def _check_access_logs(faults: Faults, scope: Construct, logs: object) -> None:
    example = "LoadBalancerAccessLogs(bucket=logs)"
    given = check_instance(faults, "access_logs", logs, LoadBalancerAccessLogs, example)
    if given:
        check_log_bucket(faults, scope, given.bucket)
    if given and given.prefix is not None:
        rule = "write up to 256 characters, without AWSLogs and without a slash at the ends."
        pattern = r"(?!.*AWSLogs)(?!/)[!-~]{0,256}(?<!/)"
        check_string(faults, "access_logs: prefix", given.prefix, pattern, rule)
