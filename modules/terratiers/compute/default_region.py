"""The default region for the AWS CLI and SDKs on an instance.

A role brings credentials and no region: without one, each command of the CLI would need
`--region`.
"""

from __future__ import annotations

from terratiers.compute.machine_image import OperatingSystem
from terratiers.compute.user_data import UserData

__all__ = ["set_default_region"]

# A login shell reads profile.d; Session Manager's shell reads neither that nor /etc/environment,
# so the CLI's own file is written too: for users that exist, and for those still to be made.
_LINUX = """#!/bin/sh
set -eu
region={region}
profile=/etc/profile.d/aws-region.sh
printf 'export AWS_REGION=%s AWS_DEFAULT_REGION=%s\\n' "$region" "$region" > "$profile"
for home in /root /home/* /etc/skel; do
  [ -d "$home" ] || continue
  [ -e "$home/.aws/config" ] && continue
  mkdir -p "$home/.aws"
  printf '[default]\\nregion = %s\\n' "$region" > "$home/.aws/config"
  chown -R --reference="$home" "$home/.aws"
done
"""
_WINDOWS = (
    '[Environment]::SetEnvironmentVariable("AWS_REGION", "{region}", "Machine")',
    '[Environment]::SetEnvironmentVariable("AWS_DEFAULT_REGION", "{region}", "Machine")',
)


def set_default_region(region: str, operating_system: str) -> UserData:
    """User data that makes `region` the default for whoever works on the instance."""
    if operating_system == OperatingSystem.WINDOWS:
        return UserData.powershell(*(line.format(region=region) for line in _WINDOWS))
    return UserData.text(_LINUX.format(region=region))
