"""Machine images (AMIs): the newest of a distribution, by filter, by id, from Marketplace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from terratiers.core.errors import Faults
from terratiers.core.names import child_of
from terratiers.core.validation import (
    check_choice,
    check_mapping,
    check_sequence,
    check_string,
    show,
)

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter

if TYPE_CHECKING:
    from constructs import Construct

__all__ = ["Architecture", "HasMachineImage", "MachineImage", "OperatingSystem", "check_image"]

_made: WeakKeyDictionary[TerraformStack, dict[str, MachineImage]] = WeakKeyDictionary()
_NAME = r"(?=.{1,64}\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_IMAGE_ID = r"ami-[0-9a-f]{8}|ami-[0-9a-f]{17}"
_OWNERS = r"[0-9]{12}|amazon|self|aws-marketplace"
_UBUNTU = ("22.04", "24.04")
_WINDOWS = ("2019", "2022", "2025")
_EXAMPLE = "MachineImage.amazon_linux_2023()"


class Architecture:
    """The processor that an image is made for."""

    X86_64 = "x86_64"
    ARM64 = "arm64"
    ALL = (X86_64, ARM64)


class OperatingSystem:
    """Linux and Windows take user data of different kinds."""

    LINUX = "linux"
    WINDOWS = "windows"
    ALL = (LINUX, WINDOWS)


@dataclass(frozen=True, kw_only=True)
class MachineImage:
    """Which AMI an instance starts from. Made by `amazon_linux_2023`, `lookup`, ...

    Args:
        name: What its data source is called in Terraform.
        architecture: `x86_64` or `arm64`.
        operating_system: `linux` or `windows`.
        min_root_gib: The least size of a root volume that holds it, in GiB, where it is known.
        ssm_parameter: The public SSM parameter that holds the newest id.
        image_id: The id itself.
        owners: Whose images are looked through.
        filters: What `DescribeImages` filters them by.
    """

    name: str
    architecture: str
    operating_system: str = OperatingSystem.LINUX
    min_root_gib: int | None = None
    ssm_parameter: str | None = None
    image_id: str | None = None
    owners: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def amazon_linux_2023(cls, *, architecture: str = Architecture.X86_64) -> MachineImage:
        """The newest Amazon Linux 2023, by AWS's public SSM parameter.

        Args:
            architecture: `x86_64` or `arm64`. Default: x86_64.

        Raises:
            ConfigurationError: for another architecture; so do the other makers.

        https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
        """
        _check(architecture=architecture)
        path = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default"
        return cls(
            name="amazon-linux-2023",
            architecture=architecture,
            min_root_gib=8,
            ssm_parameter=f"{path}-{architecture}",
        )

    @classmethod
    def ubuntu(
        cls, release: str = "24.04", *, architecture: str = Architecture.X86_64
    ) -> MachineImage:
        """The newest Ubuntu server of a long-term release, by Canonical's SSM parameter.

        Args:
            release: `22.04` or `24.04`.
            architecture: `x86_64` or `arm64`.

        https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
        """
        faults = Faults(None, "machine image")
        check_choice(faults, "release", release, _UBUNTU)
        _check(faults, architecture=architecture)
        debian = {"x86_64": "amd64", "arm64": "arm64"}[architecture]
        volume = "ebs-gp3" if release >= "24.04" else "ebs-gp2"
        path = f"/aws/service/canonical/ubuntu/server/{release}/stable/current"
        return cls(
            name=f"ubuntu-{release.replace('.', '-')}",
            architecture=architecture,
            min_root_gib=8,
            ssm_parameter=f"{path}/{debian}/hvm/{volume}/ami-id",
        )

    @classmethod
    def windows_server(cls, release: str = "2025") -> MachineImage:
        """The newest English Windows Server with its desktop: `2019`, `2022` or `2025`.

        Args:
            release: The year. Default: 2025.

        https://docs.aws.amazon.com/ec2/latest/windows-ami-reference/windows-amis.html
        """
        faults = Faults(None, "machine image")
        check_choice(faults, "release", release, _WINDOWS)
        faults.raise_any()
        return cls(
            name=f"windows-server-{release}",
            architecture=Architecture.X86_64,
            operating_system=OperatingSystem.WINDOWS,
            min_root_gib=30,
            ssm_parameter="/aws/service/ami-windows-latest/"
            f"Windows_Server-{release}-English-Full-Base",
        )

    @classmethod
    def from_id(
        cls,
        image_id: str,
        *,
        architecture: str = Architecture.X86_64,
        operating_system: str = OperatingSystem.LINUX,
    ) -> MachineImage:
        """One image by its id: `ami-...`.

        Args:
            image_id: The id.
            architecture: `x86_64` or `arm64`. Default: x86_64.
            operating_system: `linux` or `windows`. Default: linux.
        """
        faults = Faults(None, "machine image")
        rule = "write an id like ami-0123456789abcdef0."
        check_string(faults, "image_id", image_id, _IMAGE_ID, rule)
        _check(faults, architecture=architecture, operating_system=operating_system)
        return cls(
            name="by-id",
            architecture=architecture,
            operating_system=operating_system,
            image_id=image_id,
        )

    @classmethod
    def from_ssm_parameter(
        cls,
        parameter: str,
        *,
        name: str,
        architecture: str = Architecture.X86_64,
        operating_system: str = OperatingSystem.LINUX,
    ) -> MachineImage:
        """The image whose id stands in an SSM parameter: `/golden/web`.

        Args:
            parameter: The parameter's name.
            name: What to call the image in Terraform: lower-case letters, digits, hyphens.
            architecture: `x86_64` or `arm64`.
            operating_system: `linux` or `windows`.
        """
        faults = Faults(None, "machine image")
        rule = "write a parameter's name like /golden/web."
        check_string(faults, "parameter", parameter, r"/?[\w.-]+(/[\w.-]+)*", rule)
        _check(faults, name=name, architecture=architecture, operating_system=operating_system)
        return cls(
            name=name,
            architecture=architecture,
            operating_system=operating_system,
            ssm_parameter=parameter,
        )

    @classmethod
    def lookup(
        cls,
        *,
        name: str,
        name_pattern: str | None = None,
        owners: Sequence[str],
        filters: Mapping[str, Sequence[str]] | None = None,
        architecture: str = Architecture.X86_64,
        operating_system: str = OperatingSystem.LINUX,
    ) -> MachineImage:
        """The newest available image that fits.

        Args:
            name: What to call it in Terraform: lower-case letters, digits, hyphens.
            name_pattern: The image's name, `*` and `?` allowed. Default: any.
            owners: Whose images: account ids, `amazon`, `self` or `aws-marketplace`. Required:
                anybody can publish an image under any name.
            filters: Further filters of `DescribeImages`, by name.
            architecture: `x86_64` or `arm64`.
            operating_system: `linux` or `windows`.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
        """
        faults = Faults(None, "machine image")
        names = check_sequence(faults, "owners", owners, '["self"]')
        if names is not None and not names:
            faults.add("owners is empty: anybody can publish an image under any name.")
        rule = "write an account's twelve digits, amazon, self or aws-marketplace."
        for owner in names or ():
            check_string(faults, "owners:", owner, _OWNERS, rule)
        given = check_mapping(faults, "filters", filters or {}, '{"product-code": ["..."]}') or {}
        for key, values in given.items():
            check_string(faults, "filters: name", key, r"[a-z0-9:.-]+", "write it as EC2 does.")
            if key in ("name", "architecture", "state"):
                faults.add(f"filters: {key} is set by name_pattern, architecture or the library.")
            items = check_sequence(faults, f"filters: {key}", values, '["..."]')
            if items is not None and not items:
                faults.add(f"filters: {key} has no value: name at least one.")
            for item in items or ():
                rule = "write 1 to 200 characters."
                check_string(faults, f"filters: {key}:", item, r".{1,200}", rule)
        if name_pattern is None and not given:
            faults.add("name_pattern and filters are both missing: any image would fit.")
        if name_pattern is not None:
            rule = "write 1 to 128 characters."
            check_string(faults, "name_pattern", name_pattern, r".{1,128}", rule)
        _check(faults, name=name, architecture=architecture, operating_system=operating_system)
        pattern = {"name": (name_pattern,)} if name_pattern is not None else {}
        return cls(
            name=name,
            architecture=architecture,
            operating_system=operating_system,
            owners=tuple(owners),
            filters={
                **pattern,
                **{key: tuple(values) for key, values in given.items()},
                "architecture": (architecture,),
                "state": ("available",),
            },
        )

    @classmethod
    def marketplace(
        cls,
        product_code: str,
        *,
        name: str,
        architecture: str = Architecture.X86_64,
        operating_system: str = OperatingSystem.LINUX,
    ) -> MachineImage:
        """The newest image of a Marketplace product that the account has subscribed to.

        Args:
            product_code: As `DescribeImages` shows it: 20 to 25 lower-case letters and digits.
            name: What to call it in Terraform: lower-case letters, digits, hyphens.
            architecture: `x86_64` or `arm64`.
            operating_system: `linux` or `windows`.
        """
        faults = Faults(None, "machine image")
        rule = "write a product code: 20 to 25 lower-case letters and digits."
        check_string(faults, "product_code", product_code, r"[a-z0-9]{20,25}", rule)
        faults.raise_any()
        return cls.lookup(
            name=name,
            owners=["aws-marketplace"],
            filters={"product-code": [product_code]},
            architecture=architecture,
            operating_system=operating_system,
        )

    def id_in(self, scope: Construct) -> str:
        """The image's id for a construct in `scope`, by one data source in its stack."""
        if self.image_id is not None:
            return self.image_id
        stack = TerraformStack.of(scope)
        name = re.sub(r"[^a-z0-9]", "_", f"{self.name}_{self.architecture}")
        known = _made.setdefault(stack, {}).setdefault(name, self)
        if known != self:
            faults = Faults(scope.node.scope, scope.node.id)
            faults.add(f"two machine images of this stack are called {self.name}: rename one.")
            faults.raise_any()
        if self.ssm_parameter is not None:
            parameter = child_of(stack, f"image-{name}")
            if not isinstance(parameter, DataAwsSsmParameter):
                parameter = DataAwsSsmParameter(stack, f"image-{name}", name=self.ssm_parameter)
                parameter.override_logical_id(name)
            # `value` is marked sensitive, which would hide every plan that the id is part of
            return parameter.insecure_value
        image = child_of(stack, f"image-{name}")
        if not isinstance(image, DataAwsAmi):
            image = DataAwsAmi(
                stack,
                f"image-{name}",
                most_recent=True,
                owners=list(self.owners),
                filter=[
                    DataAwsAmiFilter(name=key, values=list(values))
                    for key, values in sorted(self.filters.items())
                ],
            )
            image.override_logical_id(name)
        return image.id


class HasMachineImage(Protocol):
    """A construct that is, or makes, an image: `Image`."""

    @property
    def machine_image(self) -> MachineImage: ...


def check_image(faults: Faults, name: str, value: object) -> MachineImage | None:
    """A `MachineImage`, or a construct that has one."""
    found = getattr(value, "machine_image", value)
    if isinstance(found, MachineImage):
        return found
    faults.add(f"{name} is {show(value)} ({type(value).__name__}): write {_EXAMPLE}.")
    return None


def _check(
    faults: Faults | None = None,
    *,
    architecture: object,
    operating_system: object = OperatingSystem.LINUX,
    name: object = "image",
) -> None:
    faults = faults or Faults(None, "machine image")
    check_choice(faults, "architecture", architecture, Architecture.ALL)
    check_choice(faults, "operating_system", operating_system, OperatingSystem.ALL)
    rule = "write 1 to 64 lower-case letters, digits and single hyphens, a letter first."
    check_string(faults, "name", name, _NAME, rule, tokens=False)
    faults.raise_any()
