"""The compute tier: buckets, instances, an image baked from one, and the VPN server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terratiers.compute.image import Image
from terratiers.compute.instance import Instance
from terratiers.compute.instance_type import InstanceType
from terratiers.compute.machine_image import HasMachineImage, MachineImage
from terratiers.compute.user_data import UserData
from terratiers.compute.volume import Volume
from terratiers.compute.vpn_server import OPENVPN_ACCESS_SERVER, VpnServer
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.tier import Tier
from terratiers.core.validation import check_instance
from terratiers.network.vpc import Vpc
from terratiers.network.vpc_attributes import SubnetType, check_vpc_argument
from terratiers.security.port import Port
from terratiers.security.secret_reference import SecretReference
from terratiers.storage.bucket import Bucket
from terratiers.storage.bucket_options import AccessLogs, BucketEncryption, LifecycleRule
from terratiers.tiers.security import SecurityTier

from constructs import Construct

__all__ = ["ComputeTier", "VpnAccess"]

_AMAZON_LINUX = MachineImage.amazon_linux_2023()


@dataclass(frozen=True, kw_only=True)
class VpnAccess:
    """Who uses the VPN server, and where its administrator's password is.

    Args:
        clients: CIDR blocks from which people connect; `0.0.0.0/0` has to be acknowledged
            (`vpn-open-to-the-world`).
        administrators: CIDR blocks from which the admin page is reached.
        admin_password: A `SecretReference`.
        machine_image: Default: OpenVPN Access Server of AWS Marketplace.
    """

    clients: Sequence[str]
    administrators: Sequence[str]
    admin_password: SecretReference
    machine_image: MachineImage | HasMachineImage = OPENVPN_ACCESS_SERVER


class ComputeTier(Tier):
    """A web server in a public subnet, an image baked from it, a private server, a VPN to it.

    What it makes is in `uploads` and `access_logs` (buckets), `web`, `web_image`, `private` and
    `vpn`. The servers share the security tier's role, which may read and write `uploads`.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `compute`.
        environment: Names, region, account and state location.
        vpc: The network tier's `Vpc`.
        security: The security tier.
        instance_type: Of the web and the private server. Default: `t3.micro`.
        machine_image: What both start from. Default: the newest Amazon Linux 2023.
        user_data: What the web server runs at its first start. Default: nothing.
        image_version: Another one bakes the image again. Default: 1.
        vpn: Who uses the VPN server. Default: none, and no server.

    Raises:
        ConfigurationError: as `Instance`, `Image` and `VpnServer` do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "compute",
        *,
        environment: Environment,
        vpc: Vpc,
        security: SecurityTier,
        instance_type: InstanceType | str = "t3.micro",
        machine_image: MachineImage | HasMachineImage = _AMAZON_LINUX,
        user_data: UserData | None = None,
        image_version: str = "1",
        vpn: VpnAccess | None = None,
    ) -> None:
        faults = Faults(scope, id)
        check_vpc_argument(faults, vpc)
        check_instance(faults, "security", security, SecurityTier, "SecurityTier(app, ...)")
        if vpn is not None:
            check_instance(faults, "vpn", vpn, VpnAccess, "VpnAccess(clients=[...], ...)")
        faults.raise_any()
        super().__init__(scope, id, environment=environment)
        with all_or_nothing(scope, id):
            self._vpc = self.use(vpc)
            self._role = self.use(security.instance_role)
            self._key = self.use(security.data_key)
            self._add_buckets()
            self.web = Instance(
                self,
                "web",
                vpc=self._vpc,
                instance_type=instance_type,
                machine_image=machine_image,
                subnet_group=SubnetType.PUBLIC,
                public_ip=True,
                security_group=self.use(security.web_group),
                role=self._role,
                user_data=user_data,
                root_volume=Volume(key=self._key),
            )
            self.web_image = Image.from_instance(
                self, "web-image", instance=self.web, version=image_version
            )
            self.private = Instance(
                self,
                "private",
                vpc=self._vpc,
                instance_type=instance_type,
                machine_image=machine_image,
                security_group=self.use(security.private_group),
                role=self._role,
                root_volume=Volume(key=self._key),
            )
            self.vpn = self._add_vpn(vpn) if vpn else None
            self.share(self.web_image)
            self.share(self.uploads)
            self.add_output(
                "private_ip", self.private.private_ip, description="Address of the private server"
            )

    def _add_buckets(self) -> None:
        self.access_logs = Bucket(
            self, "access-logs", lifecycle_rules=[LifecycleRule(id="old-logs", expiration_days=90)]
        )
        self.uploads = Bucket(
            self,
            "uploads",
            encryption=BucketEncryption.kms(self._key),
            access_logs=AccessLogs(bucket=self.access_logs),
            lifecycle_rules=[
                LifecycleRule(id="old-versions", noncurrent_version_expiration_days=90)
            ],
        )
        self.uploads.grant_read_write(self._role)

    def _add_vpn(self, access: VpnAccess) -> VpnServer:
        vpn = VpnServer(
            self,
            "vpn",
            vpc=self._vpc,
            clients=access.clients,
            administrators=access.administrators,
            admin_password=access.admin_password,
            machine_image=access.machine_image,
        )
        vpn.allow_clients_to(self.private, Port.tcp(22), "SSH over the VPN")
        vpn.allow_clients_to(self.private, Port.ping(), "ping over the VPN")
        self.add_output("vpn_admin_url", vpn.admin_url, description="Admin page of the VPN server")
        return vpn
