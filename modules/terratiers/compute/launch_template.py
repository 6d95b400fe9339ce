"""Launch templates: what an instance looks like when an Auto Scaling group starts one."""

from __future__ import annotations

from collections.abc import Mapping

from terratiers.compute.dedicated_host import Tenancy
from terratiers.compute.imported_launch_template import (
    ImportedLaunchTemplate,
    LaunchTemplateAttributes,
    LaunchTemplateBase,
)
from terratiers.compute.instance_tags import (
    check_instance_tags,
    default_tags,
    warn_of_default_tags,
)
from terratiers.compute.instance_type import InstanceType, warn_of_instance_type
from terratiers.compute.machine_image import HasMachineImage, MachineImage
from terratiers.compute.machine_input import MachineInput, check_machine_arguments
from terratiers.compute.machine_parts import add_role, add_security_group, first_start
from terratiers.compute.root_device import check_root_device, root_device_in
from terratiers.compute.session_manager import check_session_manager
from terratiers.compute.user_data import UserData
from terratiers.compute.volume import Volume
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import (
    check_choice,
    check_scope,
    check_string,
)
from terratiers.network.vpc_attributes import IVpc, SubnetType, check_vpc_argument
from terratiers.security.connections import Connections
from terratiers.security.instance_profile import InstanceProfile
from terratiers.security.role import RoleBase
from terratiers.security.security_group import SecurityGroupBase

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate as LaunchTemplateResource,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateCreditSpecification,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateMonitoring,
    LaunchTemplateNetworkInterfaces,
    LaunchTemplatePlacement,
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

__all__ = ["LaunchTemplate"]

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html
_NAME_LENGTH = 128
_SUFFIX_LENGTH = len("-20260101000000000000000001")
_TAGGED = ("instance", "volume", "network-interface")


class LaunchTemplate(LaunchTemplateBase):
    """How instances are started: IMDSv2 only, encrypted volumes, a role, no public address.

    Makes the template and, unless they are given, the security group (which lets nobody in, and
    out only what Session Manager needs) and the role of its instances. Every change makes a new
    version, which becomes the default one; nothing is replaced.

    Args:
        scope: The tier, stack or construct.
        id: Part of all Terraform names: `aws_launch_template.<id>`,
            `aws_security_group.<id>_group`, `aws_iam_role.<id>_role`, ...
        vpc: The `Vpc` of the security group, made here or imported; the subnets are the group's.
        instance_type: An `InstanceType`, or its name. A previous generation warns
            (`previous-generation`), so does a family that the region does not offer
            (`instance-type-not-offered`).
        machine_image: A `MachineImage` or an `Image`, for the type's processor.
        description: Of the version, 1 to 255 characters. Default: none.
        public_ip: Whether instances get public addresses; only in public subnets. Default: no,
            whatever the subnets' own setting is.
        security_group: Its instances' group. Default: one of its own.
        role: Their role, which EC2 has to be able to assume. Default: one of its own.
        user_data: What they run at their first start. Default: nothing beside the region.
        update_image: Whether a newer image makes a new version. Default: yes; else the image
            stays that of the first one.
        root_volume: A `Volume`, deleted with its instance. Default: gp3 of the image's size.
        root_device: The device that the image starts from, `/dev/xvda` or `/dev/sda1`. Default:
            the image's own, looked up where it is not known.
        data_volumes: Device (`/dev/sdf` to `/dev/sdp`) to `Volume`: an empty one for each
            instance, deleted with it.
        cpu_credits: `CpuCredits.STANDARD` or `UNLIMITED`, for burstable types only. Default: AWS's
            own for the family (t2 standard, the others unlimited). Standard in an environment
            marked production is an error unless it was acknowledged (`burstable-in-production`).
        tenancy: `Tenancy.SHARED` or `DEDICATED`. Default: shared.
        ssm_access: Whether Session Manager reaches its instances: their role gets the policy for
            it, the own security group lets them out to the service, and a group's subnets have to
            have a way there: public addresses, NAT, or endpoints for ssm, ssmmessages and
            ec2messages. A role of another tier has to have `AmazonSSMManagedInstanceCore`
            already. Default: yes.
        set_default_region: Whether the CLI on them finds its region. Default: yes.
        key_name: A key pair for SSH or for a Windows password. Default: none.
        detailed_monitoring: Metrics each minute, which cost. Default: in production.
        metadata_hop_limit: Hops that the metadata service's answers may take, 1 to 64; 2 lets
            containers ask. Default: 1.
        instance_metadata_tags: Whether an instance reads its tags from its metadata. Default: no.
        tags: Further tags, also for instances, their volumes and their network interfaces; these
            get the default tags of the stack's provider too, which has to be made before.

    Raises:
        ConfigurationError: for a value outside of these limits, and an image for another
            processor.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: IVpc,
        instance_type: InstanceType | str,
        machine_image: MachineImage | HasMachineImage,
        description: str | None = None,
        public_ip: bool = False,
        security_group: SecurityGroupBase | None = None,
        role: RoleBase | None = None,
        user_data: UserData | None = None,
        update_image: bool = True,
        root_volume: Volume = Volume(),  # noqa: B008 - frozen
        root_device: str | None = None,
        data_volumes: Mapping[str, Volume] | None = None,
        cpu_credits: str | None = None,
        tenancy: str | None = None,
        ssm_access: bool = True,
        set_default_region: bool = True,
        key_name: str | None = None,
        detailed_monitoring: bool | None = None,
        metadata_hop_limit: int = 1,
        instance_metadata_tags: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        check_vpc_argument(faults, vpc)
        if description is not None:
            rule = "write 1 to 255 characters."
            check_string(faults, "description", description, r".{1,255}", rule)
        if tenancy == Tenancy.HOST:
            faults.add(
                "tenancy is host, and a group does not place its instances on a DedicatedHost: "
                "make an Instance with host=..., or write Tenancy.DEDICATED."
            )
        given = check_machine_arguments(
            faults,
            scope,
            instance_type=instance_type,
            machine_image=machine_image,
            security_group=security_group,
            role=role,
            user_data=user_data,
            root_volume=root_volume,
            data_volumes=data_volumes,
            cpu_credits=cpu_credits,
            tenancy=None if tenancy == Tenancy.HOST else tenancy,
            host=None,
            key_name=key_name,
            detailed_monitoring=detailed_monitoring,
            metadata_hop_limit=metadata_hop_limit,
            tags=tags,
            switches={
                "ssm_access": ssm_access,
                "public_ip": public_ip,
                "update_image": update_image,
                "set_default_region": set_default_region,
                "instance_metadata_tags": instance_metadata_tags,
            },
        )
        check_root_device(faults, root_device, given.image if given else None)
        name = construct_name(scope, id)
        own_tags = {**(given.tags if given else {}), "Name": name}
        instance_tags = {**(default_tags(scope) or {}), **own_tags}
        check_instance_tags(faults, instance_tags, in_metadata=instance_metadata_tags is True)
        faults.raise_any()
        assert given is not None
        super().__init__(scope, id)
        with all_or_nothing(scope, id):
            self.vpc = vpc
            self.ssm_access = ssm_access
            self.instance_metadata_tags = instance_metadata_tags
            volumes = (given.root_volume, *given.data_volumes.values())
            self.volume_keys = tuple(volume.key for volume in volumes if volume.key)
            self.instance_type = given.instance_type
            self.cpu_credits = given.cpu_credits
            self.operating_system = given.image.operating_system
            self.architecture = given.image.architecture
            self.instance_tags: Mapping[str, str] = instance_tags
            self._public_ip = public_ip
            self.security_group = add_security_group(
                self, "launch template", vpc, security_group, ssm_access=ssm_access
            )
            self.role = add_role(self, "launch template", role, ssm_access=ssm_access)
            self.instance_profile = InstanceProfile(self, "profile", role=self.role)
            started = first_start(
                self, user_data, self.operating_system, with_region=set_default_region
            )
            self.resource = LaunchTemplateResource(
                self,
                "resource",
                name_prefix=f"{name[: _NAME_LENGTH - _SUFFIX_LENGTH]}-",
                description=description,
                update_default_version=True,
                image_id=given.image.id_in(self),
                instance_type=given.instance_type.name,
                iam_instance_profile=LaunchTemplateIamInstanceProfile(
                    name=self.instance_profile.instance_profile_name
                ),
                network_interfaces=[
                    LaunchTemplateNetworkInterfaces(
                        device_index=0,
                        associate_public_ip_address=str(public_ip).lower(),
                        delete_on_termination="true",
                        security_groups=[self.security_group.security_group_id],
                    )
                ],
                user_data=started.encoded() if started else None,
                metadata_options=LaunchTemplateMetadataOptions(
                    http_endpoint="enabled",
                    http_tokens="required",
                    http_put_response_hop_limit=metadata_hop_limit,
                    instance_metadata_tags="enabled" if instance_metadata_tags else "disabled",
                ),
                block_device_mappings=self._block_devices(given, root_device),
                credit_specification=LaunchTemplateCreditSpecification(
                    cpu_credits=given.cpu_credits
                )
                if given.cpu_credits
                else None,
                placement=None
                if given.tenancy == Tenancy.SHARED
                else LaunchTemplatePlacement(tenancy=given.tenancy),
                key_name=key_name,
                monitoring=LaunchTemplateMonitoring(enabled=given.detailed_monitoring),
                tag_specifications=[
                    LaunchTemplateTagSpecifications(resource_type=kind, tags=instance_tags)
                    for kind in _TAGGED
                ],
                tags=own_tags,
                lifecycle=TerraformResourceLifecycle(
                    create_before_destroy=True,
                    ignore_changes=None if update_image else ["image_id"],
                ),
            )
            pin_address(self.resource, self)
            self._attributes = LaunchTemplateAttributes(
                launch_template_id=self.resource.id,
                latest_version=self.resource.get_string_attribute("latest_version"),
            )
            warn_of_instance_type(self, self.instance_type)
            warn_of_default_tags(self)

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: LaunchTemplateAttributes
    ) -> ImportedLaunchTemplate:
        """A template that exists already.

        Raises:
            ConfigurationError: for an id or a version of another form.
        """
        return ImportedLaunchTemplate(scope, id, attributes)

    @property
    def connections(self) -> Connections:
        """The rules of its instances' security group."""
        return self.security_group.connections

    @property
    def default_version(self) -> str:
        """The number of the version that counts where none is named: the newest."""
        return self.resource.get_string_attribute("default_version")

    def check_subnets(self, faults: Faults, subnet_group: str) -> None:
        """Notes what forbids to start its instances in a subnet group of its VPC.

        That is a group that the VPC does not have, a public address outside of public subnets,
        and with `ssm_access` subnets without a way to Session Manager.
        """
        group = check_choice(faults, "subnet_group", subnet_group, sorted(self.vpc.subnet_types))
        if group is None:
            return
        kind = self.vpc.subnet_types[group]
        if self._public_ip and kind != SubnetType.PUBLIC:
            faults.add(f"it is in {kind} subnets: a public address needs public ones.")
        if self.ssm_access:
            check_session_manager(faults, self.vpc, group, addressed=self._public_ip)

    def _block_devices(
        self, given: MachineInput, root_device: str | None
    ) -> list[LaunchTemplateBlockDeviceMappings]:
        root = root_device_in(self, given.image, root_device)
        return [
            LaunchTemplateBlockDeviceMappings(
                device_name=device,
                ebs=LaunchTemplateBlockDeviceMappingsEbs(
                    encrypted="true", delete_on_termination="true", **volume.block_device()
                ),
            )
            for device, volume in {root: given.root_volume, **given.data_volumes}.items()
        ]
