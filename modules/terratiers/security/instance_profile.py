"""Instance profiles: through them an instance has a role."""

from __future__ import annotations

from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import check_instance, check_scope
from terratiers.security.role import RoleBase

from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from constructs import Construct

__all__ = ["InstanceProfile"]


class InstanceProfile(Construct):
    """What hands a role to EC2 instances. `Instance` makes one by itself.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_iam_instance_profile.<id>`.
        role: The role, made here or of another tier; EC2 has to be able to assume it.

    Raises:
        ConfigurationError: when `role` is no role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
    """

    def __init__(self, scope: Construct, id: str, *, role: RoleBase) -> None:
        faults = check_scope(scope, id)
        example = 'Role(self, "web", assumed_by=Principal.service("ec2"), ...)'
        check_instance(faults, "role", role, RoleBase, example)
        faults.raise_any()
        super().__init__(scope, id)
        self.role = role
        name = construct_name(self)
        self.resource = IamInstanceProfile(
            self, "resource", name_prefix=f"{name[:100]}-", role=role.role_name
        )
        pin_address(self.resource, self)

    @property
    def instance_profile_name(self) -> str:
        return self.resource.name
