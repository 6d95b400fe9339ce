"""Baking an image (AMI) from an instance, for copies of it and for launch templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terratiers.compute.instance import Instance
from terratiers.compute.machine_image import Architecture, MachineImage, OperatingSystem
from terratiers.core.contract import fact, output
from terratiers.core.names import construct_name, pin_address
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_scope,
    check_string,
    check_tags,
)

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ami_from_instance import AmiFromInstance
from constructs import Construct

__all__ = ["Image", "ImageAttributes", "ImportedImage"]

_NAME_LENGTH = 128
_INSTANCE_ID_LENGTH = len("-i-0123456789abcdef0")


@dataclass(frozen=True, kw_only=True)
class ImageAttributes:
    """The contract of an `Image`: its id, and what it runs on.

    Args:
        architecture: `x86_64` or `arm64`. Default: x86_64.
        operating_system: `linux` or `windows`. Default: linux.
        image_id: `ami-...`.
    """

    architecture: str = fact(default=Architecture.X86_64)
    operating_system: str = fact(default=OperatingSystem.LINUX)
    image_id: str = output("Id of the machine image")


class ImageBase(SharedConstruct[ImageAttributes]):
    """What an image baked here and an imported one have in common."""

    Attributes = ImageAttributes

    @property
    def image_id(self) -> str:
        return self.attributes.image_id

    @property
    def machine_image(self) -> MachineImage:
        """The image for instances and launch templates, which take the construct itself too."""
        return MachineImage.from_id(
            self.image_id,
            architecture=self.attributes.architecture,
            operating_system=self.attributes.operating_system,
        )


class ImportedImage(ImageBase):
    """An image that is not baked here. Use `Image.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: ImageAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'ImageAttributes(image_id="ami-...")'
        given = check_instance(faults, "attributes", attributes, ImageAttributes, example)
        if given:
            rule = "write an id like ami-0123456789abcdef0."
            pattern = r"ami-([0-9a-f]{8}|[0-9a-f]{17})"
            check_string(faults, "image_id", given.image_id, pattern, rule)
            check_choice(faults, "architecture", given.architecture, Architecture.ALL)
            known = OperatingSystem.ALL
            check_choice(faults, "operating_system", given.operating_system, known)
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class Image(ImageBase):
    """An image baked from a running instance. Made by `from_instance`.

    Its volumes are encrypted, since the instance's are. A new `version` bakes a new image before
    the old one goes, so that what starts from it never stands without one.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/creating-an-ami-ebs.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        instance: Instance,
        version: str = "1",
        reboot: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        check_instance(faults, "instance", instance, Instance, 'Instance(self, "web", ...)')
        rule = "write 1 to 32 letters, digits, dots, underscores and hyphens."
        check_string(faults, "version", version, r"[A-Za-z0-9._-]{1,32}", rule, tokens=False)
        consistent = check_bool(faults, "reboot", reboot)
        own_tags = check_tags(faults, "tags", tags)
        name = f"{construct_name(scope, id)}-{version}"
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
        if not faults and len(name) > _NAME_LENGTH - _INSTANCE_ID_LENGTH:
            faults.add(
                f"the image would be called {name}-<instance id>: EC2 takes {_NAME_LENGTH} "
                "characters; give a shorter id or version."
            )
        faults.raise_any()
        super().__init__(scope, id)
        self.resource = AmiFromInstance(
            self,
            "resource",
            # names are unique, and the old image is still there when another instance's is baked
            name=f"{name}-{instance.instance_id}",
            description=f"{instance.node.path}, version {version}",
            source_instance_id=instance.instance_id,
            snapshot_without_reboot=not consistent,
            tags={**own_tags, "Name": name},
            lifecycle=TerraformResourceLifecycle(
                create_before_destroy=True, ignore_changes=["snapshot_without_reboot"]
            ),
        )
        pin_address(self.resource, self)
        self._attributes = ImageAttributes(
            image_id=self.resource.id,
            architecture=instance.architecture,
            operating_system=instance.operating_system,
        )

    @classmethod
    def from_instance(
        cls,
        scope: Construct,
        id: str,
        *,
        instance: Instance,
        version: str = "1",
        reboot: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> Image:
        """Bakes an image from an instance as it is when Terraform creates the image.

        Args:
            scope: The tier, stack or construct.
            id: Part of the Terraform name: `aws_ami_from_instance.<id>`.
            instance: An instance of the same stack.
            version: Part of the image's name, 1 to 32 letters, digits, `.`, `_` and `-`. Another
                one bakes again. Default: 1.
            reboot: Whether the instance is restarted for it, so that its file systems are in
                order. Counts when it is baked; a change alone bakes nothing. Default: yes.
            tags: Further tags.

        Raises:
            ConfigurationError: for a value outside of these limits.
        """
        return cls(scope, id, instance=instance, version=version, reboot=reboot, tags=tags)

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: ImageAttributes
    ) -> ImportedImage:
        """An image that exists already.

        Raises:
            ConfigurationError: for an id of another form.
        """
        return ImportedImage(scope, id, attributes)
