"""Tenancy: whether others use the same hardware, and dedicated hosts."""

from __future__ import annotations

from collections.abc import Mapping

from terratiers.compute.catalog import families
from terratiers.compute.instance_type import InstanceType, check_instance_type
from terratiers.core.names import construct_name, environment_of, pin_address
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_scope,
    check_string,
    check_tags,
)

from constructs import Construct

__all__ = ["DedicatedHost", "Tenancy"]


class Tenancy:
    """`SHARED`: hardware that others use too. `DEDICATED`: hardware of this account alone.
    `HOST`: a server of one's own, whose sockets and cores are known, as licences that are bound
    to hardware need it."""

    SHARED = "shared"
    DEDICATED = "dedicated"
    HOST = "host"
    ALL = (SHARED, DEDICATED, HOST)


class DedicatedHost(Construct):
    """A server of one's own: licences that are bound to sockets or cores can be brought along.

    It costs by the hour from its allocation on, whether instances run on it or not.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_ec2_host.<id>`.
        availability_zone: Its zone, `eu-central-1a`.
        instance_type: The one type that it holds. Give this or `instance_family`.
        instance_family: The family, of which it holds several sizes: `m5`.
        auto_placement: Whether instances that name no host may land on it. Default: no.
        host_recovery: Whether AWS moves its instances to a new host when it fails. Default: yes.
        tags: Further tags.

    Raises:
        ConfigurationError: for a type or family without dedicated hosts.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-overview.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        availability_zone: str,
        instance_type: InstanceType | str | None = None,
        instance_family: str | None = None,
        auto_placement: bool = False,
        host_recovery: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        from cdktf_cdktf_provider_aws.ec2_host import Ec2Host

        faults = check_scope(scope, id)
        rule = "write a zone like eu-central-1a."
        zone = r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}[a-h]"
        known = check_string(faults, "availability_zone", availability_zone, zone, rule)
        environment = environment_of(scope)
        if environment and known and not known.startswith(environment.region):
            faults.add(f"availability_zone {availability_zone} is not in {environment.region}.")
        if (instance_type is None) == (instance_family is None):
            faults.add("give instance_type or instance_family, and not both.")
        chosen = None
        if instance_type is not None:
            chosen = check_instance_type(faults, "instance_type", instance_type)
        if instance_family is not None:
            check_choice(faults, "instance_family", instance_family, list(families()))
        family = chosen.family if chosen else instance_family
        details = families().get(str(family))
        if details and not details.dedicated_hosts:
            faults.add(f"{family} has no dedicated hosts: take another family.")
        placement = check_bool(faults, "auto_placement", auto_placement)
        recovery = check_bool(faults, "host_recovery", host_recovery)
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        assert family is not None
        super().__init__(scope, id)
        self.availability_zone = availability_zone
        self.instance_type = chosen
        self.instance_family = family
        self.resource = Ec2Host(
            self,
            "resource",
            availability_zone=availability_zone,
            instance_type=chosen.name if chosen else None,
            instance_family=None if chosen else family,
            auto_placement="on" if placement else "off",
            host_recovery="on" if recovery else "off",
            tags={**own_tags, "Name": construct_name(self)},
        )
        pin_address(self.resource, self)

    @property
    def host_id(self) -> str:
        return self.resource.id
