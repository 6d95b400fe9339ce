"""Which device an image starts from: under another name a volume would be a second disk."""

from __future__ import annotations

from terratiers.compute.machine_image import MachineImage, OperatingSystem
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.validation import check_string

from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from constructs import Construct

__all__ = ["check_root_device", "root_device_in"]

# Whose public SSM parameters name images that start from which device
_BY_PARAMETER = {
    "/aws/service/ami-amazon-linux-latest/": "/dev/xvda",
    "/aws/service/canonical/ubuntu/": "/dev/sda1",
    "/aws/service/ami-windows-latest/": "/dev/sda1",
}


def check_root_device(faults: Faults, device: object, image: MachineImage | None) -> None:
    """Notes a name that is no root device's, or not that of an image whose device is known.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
    """
    if device is None:
        return
    rule = "write /dev/xvda or /dev/sda1, as DescribeImages shows it (RootDeviceName)."
    given = check_string(faults, "root_device", device, r"/dev/(xvda|sda1?)", rule)
    known = _known(image) if image else None
    if given and known and given != known:
        faults.add(f"root_device is {given}, but the image starts from {known}: leave it out.")


def root_device_in(scope: Construct, image: MachineImage, given: str | None) -> str:
    """The device that was given, or the image's own: known, or read by a data source."""
    device = given or _known(image)
    if device is not None:
        return device
    found = DataAwsAmi(
        scope,
        "image",
        # AWS deprecates a public image after two years at most, and starts it nevertheless
        include_deprecated=True,
        filter=[DataAwsAmiFilter(name="image-id", values=[image.id_in(scope)])],
    )
    pin_address(found, scope, "image")
    return found.root_device_name


def _known(image: MachineImage) -> str | None:
    if image.operating_system == OperatingSystem.WINDOWS:
        return "/dev/sda1"
    parameter = image.ssm_parameter or ""
    return next((d for prefix, d in _BY_PARAMETER.items() if parameter.startswith(prefix)), None)
