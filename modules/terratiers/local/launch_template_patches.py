"""Closes the gaps of moto 5.2.5 around launch templates; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_launch_template_patches"]

# What an image of moto's brings along for its root volume, in GiB.
_ROOT_SIZE = 8


def apply_launch_template_patches() -> None:
    """Applies every patch to the moto of this process."""
    _keep_own_tags_out_of_versions()
    _read_user_data_of_versions()
    _start_instances_as_the_version_says()


def _keep_own_tags_out_of_versions() -> None:
    """The tags of a template are not among those that its version hands to instances.

    moto adds them to the first version's tag specifications, so that each plan would make another
    version without them. Seen with `aws_launch_template` and `tags`.
    """
    from moto.ec2.models.launch_templates import LaunchTemplate

    stock = LaunchTemplate.create_version

    def create_version(self: Any, data: dict[str, Any], description: str) -> Any:
        given = data.get("TagSpecifications", [])
        kept = [entry for entry in given if entry.get("ResourceType") != "launch-template"]
        data = {key: value for key, value in data.items() if key != "TagSpecifications"}
        return stock(self, {**data, **({"TagSpecifications": kept} if kept else {})}, description)

    LaunchTemplate.create_version = create_version


def _read_user_data_of_versions() -> None:
    """User data of a second version starts instances as that of the first does.

    moto reads it as Base64 in the first version only, and stops with an error when a group or an
    instance is started from another. Seen with a changed `aws_launch_template`.
    """
    from moto.ec2.models.launch_templates import LaunchTemplateVersion
    from moto.ec2.utils import parse_user_data

    stock = LaunchTemplateVersion.__init__

    def initialize(self: Any, template: Any, number: int, data: dict[str, Any], *more: Any) -> None:
        if isinstance(data.get("UserData"), str):
            data = {**data, "UserData": parse_user_data(data["UserData"])}
        stock(self, template, number, data, *more)

    LaunchTemplateVersion.__init__ = initialize


def _start_instances_as_the_version_says() -> None:
    """An instance has what its launch template says, whoever starts it.

    moto takes the image, type, user data, groups and the instance's tags only: not the network
    interface, profile, metadata options, monitoring, tenancy and credits, nor the tags of volumes
    and interfaces; and it adds an unencrypted disk at `/dev/sda1`. Seen with a group and with
    RunInstances.
    """
    from moto.ec2.models.instances import InstanceBackend

    stock = InstanceBackend.run_instances

    def run_instances(self: Any, image_id: Any, count: int, *args: Any, **options: Any) -> Any:
        named = options.get("launch_template")
        if not named:
            return stock(self, image_id, count, *args, **options)
        version = self._get_template_from_args(named)
        data = version.data
        if not options.get("nics"):
            options.update(_network_options(data, options))
        if "block_device_mappings" not in options:
            options["block_device_mappings"] = _block_devices(self, data, image_id)
        options["metadata_options"] = options.get("metadata_options") or data.get("MetadataOptions")
        if data.get("Monitoring", {}).get("Enabled"):
            options["monitoring_state"] = "enabled"
        given = options.get("iam_instance_profile_name") or options.get("iam_instance_profile_arn")
        reservation = stock(self, image_id, count, *args, **options)
        for instance in reservation.instances:
            _finish(self, instance, data)
            if not given and data.get("IamInstanceProfile"):
                self.associate_iam_instance_profile(
                    instance_id=instance.id,
                    iam_instance_profile_name=data["IamInstanceProfile"].get("Name"),
                    iam_instance_profile_arn=data["IamInstanceProfile"].get("Arn"),
                )
        return reservation

    InstanceBackend.run_instances = run_instances


def _network_options(data: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Groups and public address of the primary interface; its subnet comes from who starts it."""
    interfaces = [i for i in data.get("NetworkInterfaces", []) if int(i.get("DeviceIndex", 0)) == 0]
    if not interfaces:
        return {}
    [interface] = interfaces
    found: dict[str, Any] = {}
    if not options.get("security_group_ids"):
        found["security_group_ids"] = list(interface.get("Groups", []))
    if options.get("associate_public_ip") is None:
        public = interface.get("AssociatePublicIpAddress")
        found["associate_public_ip"] = None if public is None else str(public).lower() == "true"
    return found


def _block_devices(backend: Any, data: dict[str, Any], image_id: str | None) -> list[Any]:
    """The version's disks, and the image's own root disk unless one of them replaces it."""
    given = [mapping for mapping in data.get("BlockDeviceMappings", []) if mapping.get("Ebs")]
    images = backend.describe_images(filters={"image-id": image_id or data.get("ImageId")})
    root = images[0].root_device_name if images else "/dev/sda1"
    if root not in [mapping["DeviceName"] for mapping in given]:
        given = [{"DeviceName": root, "Ebs": {"DeleteOnTermination": True}}, *given]
    # the kind follows in _finish: moto would ask for the IOPS of io1 and io2, and not take them
    own = {"VolumeSize": _ROOT_SIZE}
    return [{**mapping, "Ebs": {**own, **mapping["Ebs"], "VolumeType": "gp3"}} for mapping in given]


def _finish(backend: Any, instance: Any, data: dict[str, Any]) -> None:
    """What moto keeps on the parts of a running instance."""
    from moto.ec2.utils import convert_tag_spec

    tags = convert_tag_spec(data.get("TagSpecifications", []))
    for interface in instance.nics.values():
        interface.add_tags(tags.get("network-interface", {}))
    disks = {mapping["DeviceName"]: mapping for mapping in data.get("BlockDeviceMappings", [])}
    for device, mapping in instance.get_block_device_mapping:
        volume = backend.volumes[mapping.volume_id]
        volume.add_tags(tags.get("volume", {}))
        disk = disks.get(device, {}).get("Ebs", {})
        volume.volume_type = disk.get("VolumeType", "gp3")
        for name in ("Iops", "Throughput"):
            if disk.get(name):
                setattr(volume, name.lower(), int(disk[name]))
    tenancy = data.get("Placement", {}).get("Tenancy")
    if tenancy:
        instance.placement.tenancy = tenancy
    instance.cpu_credits = data.get("CreditSpecification", {}).get("CpuCredits")
