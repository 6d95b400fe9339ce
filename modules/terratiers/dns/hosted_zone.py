"""Hosted zones: public, or private to VPCs; made here, looked up, or known by their attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, environment_of, pin_address
from terratiers.core.tokens import STRING_TOKEN, is_token
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
    show,
)
from terratiers.dns.hosted_zone_base import (
    HostedZoneAttributes,
    HostedZoneBase,
    LookedUpHostedZone,
    check_zone_name,
)
from terratiers.network.vpc_attributes import IVpc, check_vpc_argument

from cdktf import DataResource, Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone, Route53ZoneVpc
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.route53_query_log import Route53QueryLog

__all__ = ["HostedZone"]

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html
_QUERY_LOG_REGION = "us-east-1"
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
_MAX_VPCS = 300


class HostedZone(HostedZoneBase):
    """A zone in Route 53.

    A public zone is asked by nobody until the registrar (or an NS record in the zone above) names
    its `name_servers`. In an environment marked production Terraform refuses to destroy it
    (`prevent_destroy`): a new zone has other name servers.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_route53_zone.<id>`.
        zone_name: The domain name: `example.com`.
        vpcs: Makes the zone private to these VPCs of the account and the provider's region, 1 to
            300. It is made with the first, which stays it; each further one is
            `aws_route53_zone_association.<id>_<vpc>`. Default: none, and the zone is public.
        comment: Up to 256 characters. Default: the provider's, `Managed by Terraform`.
        query_log_group_arn: A CloudWatch log group in us-east-1, whatever the zone's tier, that
            every query to a public zone is written to. Route 53 needs a resource policy there
            (docs/dns.md). Default: none.
        delegation_set_id: A reusable delegation set, `N...`, for a public zone. Default: name
            servers of its own.
        force_destroy: Whether Terraform deletes records that others made along with the zone.
            Default: no; not in an environment marked production.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-working-with.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone_name: str,
        vpcs: Sequence[IVpc] | None = None,
        comment: str | None = None,
        query_log_group_arn: str | None = None,
        delegation_set_id: str | None = None,
        force_destroy: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        public = vpcs is None
        name = check_zone_name(faults, zone_name, public)
        inside = [] if vpcs is None else _check_vpcs(faults, vpcs)
        if comment is not None:
            rule = "write up to 256 characters (Route 53)."
            check_string(faults, "comment", comment, r"(?s).{0,256}", rule)
        if query_log_group_arn is not None:
            _check_query_log(faults, query_log_group_arn, public)
        if delegation_set_id is not None:
            rule = "write an id like N0123456789ABCDEFGHIJ, without /delegationset/."
            check_string(faults, "delegation_set_id", delegation_set_id, r"[A-Z0-9]{1,32}", rule)
            if not public:
                faults.add("delegation_set_id is for public zones: leave it out, or vpcs.")
        _check_force_destroy(faults, scope, force_destroy)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        super().__init__(scope, id)
        self._first_vpc = inside[0] if inside else None
        environment = environment_of(self)
        production = bool(environment and environment.production)
        self.resource = Route53Zone(
            self,
            "resource",
            name=str(name),
            comment=comment,
            delegation_set_id=delegation_set_id,
            force_destroy=force_destroy,
            vpc=[Route53ZoneVpc(vpc_id=inside[0].vpc_id)] if inside else None,
            tags={**own_tags, "Name": construct_name(self)},
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=production or None,
                # blocks for all VPCs would take away those that other tiers add
                ignore_changes=["vpc"] if inside else None,
            )
            if production or inside
            else None,
        )
        pin_address(self.resource, self)
        self._attributes = HostedZoneAttributes(
            zone_name=str(name),
            public=public,
            zone_id=self.resource.zone_id,
            name_servers=self.resource.name_servers if public else None,
        )
        self.first_vpc = self._remember_first(inside[0]) if inside else None
        for vpc in inside[1:]:
            self.add_vpc(vpc)
        self.query_log = self._log_to(query_log_group_arn) if query_log_group_arn else None

    @classmethod
    def from_lookup(
        cls,
        scope: Construct,
        id: str,
        *,
        zone_name: str,
        private: bool = False,
        vpc_id: str | None = None,
    ) -> LookedUpHostedZone:
        """A zone of this account that exists already, found by its name at each plan.

        Args:
            scope: The tier, stack or construct.
            id: Part of the Terraform name: `data.aws_route53_zone.<id>`.
            zone_name: Its domain name.
            private: Whether it is a private one. Default: no.
            vpc_id: One of a private zone's VPCs, when several zones have the name.

        Raises:
            ConfigurationError: for a value of another form.
        """
        return LookedUpHostedZone(scope, id, zone_name=zone_name, private=private, vpc_id=vpc_id)

    def _check_vpc(self, faults: Faults, vpc: object) -> None:
        super()._check_vpc(faults, vpc)
        if self._first_vpc is not None and vpc is self._first_vpc:
            path = self._first_vpc.node.path
            faults.add(f"the VPC {path} was added already: the zone was made with it.")

    def _remember_first(self, vpc: IVpc) -> DataResource:
        """Fails the plan when another VPC comes first: its own association would be taken away
        and that of the old first one made again, both against what stands."""
        own = STRING_TOKEN.fullmatch(vpc.vpc_id)
        inner = vpc.vpc_id if own else vpc.vpc_id.removeprefix("${").removesuffix("}")
        expected = inner if is_token(vpc.vpc_id) else f'"{vpc.vpc_id}"'
        memory = DataResource(
            self,
            "first-vpc",
            input={"vpc_id": vpc.vpc_id},
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["input"],
                postcondition=[
                    Postcondition(
                        condition=f"${{self.input.vpc_id == {expected}}}",
                        error_message=f"The zone {self.zone_name} was made with another VPC, "
                        "which has to stay the first of vpcs: put further ones behind it.",
                    )
                ],
            ),
        )
        pin_address(memory, self, "first_vpc")
        return memory

    def _log_to(self, log_group_arn: str) -> Route53QueryLog:
        from cdktf_cdktf_provider_aws.route53_query_log import Route53QueryLog

        log = Route53QueryLog(
            self,
            "query-log",
            zone_id=self.zone_id,
            cloudwatch_log_group_arn=log_group_arn.removesuffix(":*"),
        )
        pin_address(log, self)
        return log


def _check_vpcs(faults: Faults, value: object) -> list[IVpc]:
    items = check_sequence(faults, "vpcs", value, "[vpc]")
    if items is not None and not items:
        faults.add("vpcs is empty: leave it out for a public zone, or name a VPC.")
    found: list[IVpc] = [item for item in items or () if check_vpc_argument(faults, item)]
    if len(found) > _MAX_VPCS:
        faults.add(f"vpcs are {len(found)}: Route 53 allows {_MAX_VPCS} for a zone.")
    paths = [vpc.node.path for vpc in found]
    for twice in sorted({path for path in paths if paths.count(path) > 1}):
        faults.add(f"vpcs: {twice} is there twice: name it once.")
    return found


def _check_query_log(faults: Faults, arn: object, public: bool) -> None:
    if not public:
        faults.add(
            "query_log_group_arn is for public zones: VPCs log their queries by Route 53 Resolver."
        )
    elsewhere = re.match(r"arn:aws:logs:([a-z0-9-]+):", arn) if isinstance(arn, str) else None
    if elsewhere and elsewhere[1] != _QUERY_LOG_REGION:
        faults.add(
            f"query_log_group_arn {show(arn)} is in {elsewhere[1]}: Route 53 logs to "
            f"{_QUERY_LOG_REGION} only."
        )
        return
    pattern = r"log-group:[A-Za-z0-9._/#-]{1,512}(:\*)?"
    check_arn(faults, "query_log_group_arn", arn, "logs", pattern)


def _check_force_destroy(faults: Faults, scope: Construct, value: object) -> None:
    environment = environment_of(scope)
    if check_bool(faults, "force_destroy", value) and environment and environment.production:
        faults.add("force_destroy is True in production: a destroy would delete all records.")
