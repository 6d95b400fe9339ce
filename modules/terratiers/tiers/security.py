"""The security tier: who may talk to whom, what instances may do, and the key for their data."""

from __future__ import annotations

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.tier import Tier
from terratiers.core.validation import check_instance
from terratiers.network.gateway_endpoint import GatewayVpcEndpoint
from terratiers.network.vpc import Vpc
from terratiers.network.vpc_attributes import check_vpc_argument
from terratiers.security.key import Key
from terratiers.security.peer import Peer
from terratiers.security.port import Port
from terratiers.security.principal import Principal
from terratiers.security.role import SSM_POLICY, Role
from terratiers.security.security_group import SecurityGroup

from constructs import Construct

__all__ = ["SecurityTier"]


class SecurityTier(Tier):
    """Security groups, the instances' role and the key for data at rest.

    What it makes is in `web_group`, `private_group`, `instance_role` and `data_key`. The groups
    let nobody in: tiers that use them add their rules. Outwards they reach the VPC's endpoints
    and, through its gateway endpoint, S3.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `security`.
        environment: Names, region, account and state location.
        vpc: The network tier's `Vpc`.
        s3_endpoint: The network tier's gateway endpoint for S3. Default: none, and no way to S3
            but through the VPC's other endpoints.

    Raises:
        ConfigurationError: when an argument is of another kind.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "security",
        *,
        environment: Environment,
        vpc: Vpc,
        s3_endpoint: GatewayVpcEndpoint | None = None,
    ) -> None:
        faults = Faults(scope, id)
        check_vpc_argument(faults, vpc)
        if s3_endpoint is not None:
            example = 'network.gateway_endpoints["s3"]'
            check_instance(faults, "s3_endpoint", s3_endpoint, GatewayVpcEndpoint, example)
        faults.raise_any()
        super().__init__(scope, id, environment=environment)
        with all_or_nothing(scope, id):
            self._vpc = self.use(vpc)
            self._s3 = self.use(s3_endpoint) if s3_endpoint else None
            self.data_key = Key(self, "data-key", description="Encrypts volumes and buckets")
            self.data_key.grant_auto_scaling()
            self.instance_role = Role(
                self,
                "instance-role",
                assumed_by=Principal.service("ec2"),
                description="What instances may do; Session Manager, and what tiers grant",
                managed_policies=[SSM_POLICY],
            )
            self.web_group = self._add_group("web", "web servers and bastion")
            self.private_group = self._add_group("private", "servers without a way in")
            for shared in (
                self.data_key,
                self.instance_role,
                self.web_group,
                self.private_group,
            ):
                self.share(shared)

    def _add_group(self, id: str, description: str) -> SecurityGroup:
        """Lets its members reach AWS without a way to the internet."""
        group = SecurityGroup(self, id, vpc=self._vpc, description=description)
        skip_check(group.resource, "CKV2_AWS_5", "Its members are machines of other tiers.")
        inside = Peer.ipv4(self._vpc.cidr_block, name="vpc")
        group.connections.allow_to(inside, Port.tcp(443), "endpoints of the VPC")
        if self._s3:
            s3 = Peer.prefix_list(self._s3.prefix_list_id, name="s3")
            group.connections.allow_to(s3, Port.tcp(443), "S3 through its gateway endpoint")
        return group
