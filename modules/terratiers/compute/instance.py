"""EC2 instances: reached through Session Manager, encrypted, with a role in place of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from terratiers.compute.dedicated_host import DedicatedHost, Tenancy
from terratiers.compute.elastic_ip import ElasticIpBase
from terratiers.compute.instance_input import check_instance_arguments
from terratiers.compute.instance_type import InstanceType, warn_of_instance_type
from terratiers.compute.machine_image import HasMachineImage, MachineImage
from terratiers.compute.machine_parts import add_role, add_security_group, first_start
from terratiers.compute.user_data import UserData
from terratiers.compute.volume import Volume
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.errors import Faults
from terratiers.core.names import child_of, construct_name, environment_of, pin_address
from terratiers.core.validation import check_instance, check_scope
from terratiers.network.vpc_attributes import IVpc, SubnetType
from terratiers.security.connections import Connections
from terratiers.security.instance_profile import InstanceProfile
from terratiers.security.role import RoleBase
from terratiers.security.security_group import SecurityGroupBase

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.eip_association import EipAssociation
from cdktf_cdktf_provider_aws.instance import (
    Instance as InstanceResource,
)
from cdktf_cdktf_provider_aws.instance import (
    InstanceCreditSpecification,
    InstanceMetadataOptions,
    InstanceRootBlockDevice,
)
from constructs import Construct, Node

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.ebs_volume import EbsVolume

__all__ = ["Instance"]


class TakesInstances(Protocol):
    """A target group."""

    @property
    def attributes(self) -> Any: ...

    @property
    def node(self) -> Node: ...

    def add_target(self, id: str, target_id: str) -> None: ...


class Instance(Construct):
    """An EC2 instance: IMDSv2 only, encrypted volumes, a role, Session Manager, no public address.

    Makes the instance and, unless they are given, its security group (which lets nobody in, and
    out only what Session Manager needs) and its role.

    Args:
        scope: The tier, stack or construct.
        id: Part of all Terraform names: `aws_instance.<id>`,
            `aws_security_group.<id>_group`, `aws_iam_role.<id>_role`, ...
        vpc: The `Vpc`, made here or imported.
        instance_type: An `InstanceType`, or its name. A previous generation warns
            (`previous-generation`), so does a family that the region does not offer
            (`instance-type-not-offered`).
        machine_image: A `MachineImage` or an `Image`, for the type's processor.
        subnet_group: Default: `private`.
        availability_zone: One of the VPC's. Default: its first.
        public_ip: Whether it gets a public address that it loses when it stops; only in a public
            subnet. Default: no.
        elastic_ip: An `ElasticIp` to associate. Default: none.
        security_group: Its group. Default: one of its own.
        role: Its role, which EC2 has to be able to assume. Default: one of its own.
        user_data: What it runs at its first start. Default: nothing beside the region.
        replace_on_user_data_change: Whether other user data makes another instance. Default: no:
            it is stopped, given the new text and started, which does not run it again.
        update_image: Whether a newer image makes another instance. Default: no.
        root_volume: A `Volume`. Default: gp3 of the image's size.
        data_volumes: Device (`/dev/sdf` to `/dev/sdp`) to `Volume`: each an `aws_ebs_volume` with
            its attachment, which outlives the instance. In an environment marked production
            Terraform refuses to destroy them.
        cpu_credits: `CpuCredits.STANDARD` or `UNLIMITED`, for burstable types only. Default: AWS's
            own for the family (t2 standard, the others unlimited; standard on a dedicated host).
            Standard in an environment marked production is an error unless it was acknowledged
            (`burstable-in-production`).
        tenancy: One of `Tenancy`. Default: shared, or host when a host is given.
        host: The `DedicatedHost` that it runs on, in its zone. Default: none.
        ssm_access: Whether Session Manager reaches it: its role gets the policy for it, its own
            security group lets it out to the service, and the VPC has to have a way there: a
            public address, NAT, or endpoints for ssm, ssmmessages and ec2messages. A role of
            another tier has to have `AmazonSSMManagedInstanceCore` already. Default: yes.
        set_default_region: Whether the CLI on it finds its region. Default: yes.
        key_name: A key pair for SSH or for a Windows password. Default: none.
        source_dest_check: Whether it only takes packets for itself; no for what routes or
            translates. Default: yes.
        detailed_monitoring: Metrics each minute, which cost. Default: in production.
        termination_protection: Whether EC2 refuses to terminate it. Default: in production.
        metadata_hop_limit: Hops that the metadata service's answers may take, 1 to 64; 2 lets
            containers ask. Default: 1.
        tags: Further tags, also for its volumes.

    Raises:
        ConfigurationError: for a value outside of these limits, an image for another processor,
            and a subnet without a way to Session Manager.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-best-practices.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        instance_type: InstanceType | str,
        machine_image: MachineImage | HasMachineImage,
        subnet_group: str = SubnetType.PRIVATE,
        availability_zone: str | None = None,
        public_ip: bool = False,
        elastic_ip: ElasticIpBase | None = None,
        security_group: SecurityGroupBase | None = None,
        role: RoleBase | None = None,
        user_data: UserData | None = None,
        replace_on_user_data_change: bool = False,
        update_image: bool = False,
        root_volume: Volume = Volume(),  # noqa: B008 - frozen
        data_volumes: Mapping[str, Volume] | None = None,
        cpu_credits: str | None = None,
        tenancy: str | None = None,
        host: DedicatedHost | None = None,
        ssm_access: bool = True,
        set_default_region: bool = True,
        key_name: str | None = None,
        source_dest_check: bool = True,
        detailed_monitoring: bool | None = None,
        termination_protection: bool | None = None,
        metadata_hop_limit: int = 1,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        given = check_instance_arguments(
            faults,
            scope,
            vpc=vpc,
            instance_type=instance_type,
            machine_image=machine_image,
            subnet_group=subnet_group,
            availability_zone=availability_zone,
            public_ip=public_ip,
            elastic_ip=elastic_ip,
            security_group=security_group,
            role=role,
            user_data=user_data,
            root_volume=root_volume,
            data_volumes=data_volumes,
            cpu_credits=cpu_credits,
            tenancy=tenancy,
            host=host,
            ssm_access=ssm_access,
            key_name=key_name,
            detailed_monitoring=detailed_monitoring,
            termination_protection=termination_protection,
            metadata_hop_limit=metadata_hop_limit,
            tags=tags,
            switches={
                "ssm_access": ssm_access,
                "public_ip": public_ip,
                "replace_on_user_data_change": replace_on_user_data_change,
                "update_image": update_image,
                "set_default_region": set_default_region,
                "source_dest_check": source_dest_check,
            },
        )
        super().__init__(scope, id)
        with all_or_nothing(scope, id):
            self._input = given
            machine = given.machine
            self.instance_type = machine.instance_type
            self.operating_system = machine.image.operating_system
            self.architecture = machine.image.architecture
            self.availability_zone = given.zone
            self.security_group = add_security_group(
                self, "instance", vpc, security_group, ssm_access=ssm_access
            )
            self.role = add_role(self, "instance", role, ssm_access=ssm_access)
            self.instance_profile = InstanceProfile(self, "profile", role=self.role)
            self.resource = self._add_instance(
                set_default_region=set_default_region,
                replace_on_user_data_change=replace_on_user_data_change,
                update_image=update_image,
                key_name=key_name,
                source_dest_check=source_dest_check,
                metadata_hop_limit=metadata_hop_limit,
            )
            self.volumes = {
                device: self._add_volume(device, volume)
                for device, volume in machine.data_volumes.items()
            }
            if elastic_ip is not None:
                self.associate(elastic_ip)
            warn_of_instance_type(self, self.instance_type)

    @property
    def connections(self) -> Connections:
        """The rules of its security group."""
        return self.security_group.connections

    @property
    def instance_id(self) -> str:
        return self.resource.id

    @property
    def private_ip(self) -> str:
        """Its private IPv4 address."""
        return self.resource.private_ip

    def associate(self, elastic_ip: ElasticIpBase) -> EipAssociation:
        """Gives it an Elastic IP.

        Raises:
            ConfigurationError: when `elastic_ip` is none, when it has one, or when it is not in a
                public subnet.
        """
        faults = Faults(self.node.scope, self.node.id)
        example = 'ElasticIp(self, "web")'
        check_instance(faults, "elastic_ip", elastic_ip, ElasticIpBase, example)
        if child_of(self, "elastic-ip") is not None:
            faults.add("it has an Elastic IP already: a second one needs a network interface.")
        if self._input.subnet_type != SubnetType.PUBLIC:
            kind = self._input.subnet_type
            faults.add(f"it is in {kind} subnets: a public address needs public ones.")
        elif self._input.public_ip:
            faults.add("public_ip is True: leave it out, the Elastic IP is its public address.")
        faults.raise_any()
        # AWS reports the Elastic IP as a public address; a False here would replace the instance
        self.resource.reset_associate_public_ip_address()
        association = EipAssociation(
            self,
            "elastic-ip",
            allocation_id=elastic_ip.allocation_id,
            instance_id=self.resource.id,
        )
        pin_address(association, self)
        return association

    def attach_to_target_group(self, target_group: TakesInstances) -> None:
        """Registers with a target group of instances, as listeners' `add_targets` does.

        Args:
            target_group: A `TargetGroup` whose targets are instances.

        Raises:
            ConfigurationError: for a group of other targets.
        """
        kind = target_group.attributes.target_type
        if kind != "instance":
            faults = Faults(self.node.scope, self.node.id)
            faults.add(f"{target_group.node.path} takes targets of type {kind}: make one of type "
                       "instance.")  # fmt: skip
            faults.raise_any()
        target_group.add_target(self.node.id, self.instance_id)

    def _add_instance(
        self, *, set_default_region: bool, update_image: bool, metadata_hop_limit: int, **as_is: Any
    ) -> InstanceResource:
        given, machine = self._input, self._input.machine
        tags = {**machine.tags, "Name": construct_name(self)}
        user_data = first_start(
            self, machine.user_data, self.operating_system, with_region=set_default_region
        )
        resource = InstanceResource(
            self,
            "resource",
            ami=machine.image.id_in(self),
            instance_type=machine.instance_type.name,
            subnet_id=given.subnet_id,
            vpc_security_group_ids=[self.security_group.security_group_id],
            iam_instance_profile=self.instance_profile.instance_profile_name,
            associate_public_ip_address=given.public_ip,
            user_data=user_data.render() if user_data else None,
            user_data_replace_on_change=as_is["replace_on_user_data_change"],
            metadata_options=InstanceMetadataOptions(
                http_endpoint="enabled",
                http_tokens="required",
                http_put_response_hop_limit=metadata_hop_limit,
            ),
            root_block_device=InstanceRootBlockDevice(
                encrypted=True,
                **machine.root_volume.block_device(),
                delete_on_termination=True,
                tags=tags,
            ),
            credit_specification=InstanceCreditSpecification(cpu_credits=machine.cpu_credits)
            if machine.cpu_credits
            else None,
            tenancy=None if machine.tenancy == Tenancy.SHARED else machine.tenancy,
            host_id=given.host.host_id if given.host else None,
            key_name=as_is["key_name"],
            source_dest_check=as_is["source_dest_check"],
            monitoring=machine.detailed_monitoring,
            disable_api_termination=given.termination_protection,
            tags=tags,
            lifecycle=None if update_image else TerraformResourceLifecycle(ignore_changes=["ami"]),
        )
        pin_address(resource, self)
        details = machine.instance_type.details
        if details and details.nitro:
            skip_check(
                resource, "CKV_AWS_135", "Every Nitro type is EBS-optimized without being told."
            )
        return resource

    def _add_volume(self, device: str, volume: Volume) -> EbsVolume:
        """A volume that outlives the instance, and its attachment."""
        from cdktf_cdktf_provider_aws.ebs_volume import EbsVolume
        from cdktf_cdktf_provider_aws.volume_attachment import VolumeAttachment

        part = device.removeprefix("/dev/")
        environment = environment_of(self)
        resource = EbsVolume(
            self,
            f"volume-{part}",
            availability_zone=self.availability_zone,
            encrypted=True,
            type=volume.volume_type,
            size=volume.size,
            iops=volume.iops,
            throughput=volume.throughput,
            kms_key_id=volume.key.key_arn if volume.key else None,
            tags={**self._input.machine.tags, "Name": f"{construct_name(self)}-{part}"},
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True)
            if environment and environment.production
            else None,
        )
        pin_address(resource, self, part)
        attachment = VolumeAttachment(
            self,
            f"attachment-{part}",
            device_name=device,
            volume_id=resource.id,
            instance_id=self.resource.id,
            stop_instance_before_detaching=True,
        )
        pin_address(attachment, self, part)
        return resource
