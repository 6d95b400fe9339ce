"""The web tier: web servers that come and go with the load, behind HTTPS and a web ACL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.compute.auto_scaling_group import AutoScalingGroup
from terratiers.compute.image import Image
from terratiers.compute.instance_type import InstanceType
from terratiers.compute.launch_template import LaunchTemplate
from terratiers.compute.machine_image import HasMachineImage, MachineImage
from terratiers.core.account import account_id, partition, region
from terratiers.core.acknowledgements import warn
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.checkov import skip_check
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.tier import Tier
from terratiers.core.validation import check_bool, check_instance, check_options, check_string
from terratiers.dns.alias_record import AliasRecord
from terratiers.load_balancing.application_load_balancer import (
    ApplicationLoadBalancer,
    LoadBalancerAccessLogs,
)
from terratiers.load_balancing.health_check import HealthCheck
from terratiers.network.vpc import Vpc
from terratiers.network.vpc_attributes import check_vpc_argument
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.web_acl import WebAcl
from terratiers.storage.bucket import Bucket
from terratiers.storage.bucket_options import LifecycleRule
from terratiers.tiers.dns import DnsTier
from terratiers.tiers.web_server import WebPage

from constructs import Construct

if TYPE_CHECKING:
    from terratiers.security.shield_protection import ShieldProtection

__all__ = ["WebTier"]

_AMAZON_LINUX = MachineImage.amazon_linux_2023()
_PAGE = WebPage()


class WebTier(Tier):
    """A page under `https://www.<domain>`, served by 1 to 4 instances.

    From the outside in: an alias record, a web ACL, an application load balancer that redirects
    HTTP to HTTPS, a target group, an Auto Scaling group in the private subnets that grows with
    its CPU load, and a launch template whose user data installs the web server. They are in
    `record`, `web_acl`, `balancer`, `target_group`, `group` and `launch_template`.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name. Default: `web`.
        environment: Names, region, account and state location.
        vpc: The network tier's `Vpc`.
        dns: The DNS tier, for zone and certificate.
        host: The page's name in the zone; the certificate has to cover it. Default: `www`.
        machine_image: What instances start from; it has to be Amazon Linux 2023 or be made of it.
            Default: the newest.
        instance_type: Default: `t3.micro`.
        min_capacity: Instances at least. Default: 1.
        desired_capacity: Instances at first. Default: 2.
        max_capacity: Instances at most. Default: 4.
        cpu_target: Average CPU load in percent, 1 to 100, at which the group keeps itself.
            Default: 50.
        page: A `WebPage`: which API the page calls, and whether it offers the load test; that
            warns (`load-test-in-page`), and is an error in production unless it was acknowledged.
            Default: no API, no load test.
        shield: Whether Shield Advanced protects the balancer: it costs 3,000 US dollars a month,
            and has to be acknowledged (`shield-advanced-subscription`). Default: no.

    Raises:
        ConfigurationError: as the constructs it is made of do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "web",
        *,
        environment: Environment,
        vpc: Vpc,
        dns: DnsTier,
        host: str = "www",
        machine_image: MachineImage | HasMachineImage = _AMAZON_LINUX,
        instance_type: InstanceType | str = "t3.micro",
        min_capacity: int = 1,
        desired_capacity: int = 2,
        max_capacity: int = 4,
        cpu_target: int = 50,
        page: WebPage = _PAGE,
        shield: bool = False,
    ) -> None:
        faults = Faults(scope, id)
        check_vpc_argument(faults, vpc)
        given = check_instance(faults, "dns", dns, DnsTier, "DnsTier(app, ...)")
        if given and given.certificate is None:
            faults.add("dns has no certificate: make the DnsTier with certificate=True.")
        rule = "write a name in the zone, like www."
        label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
        known = check_string(faults, "host", host, rf"{label}(\.{label})*", rule, tokens=False)
        if given and given.certificate and known:
            page_name = f"{known}.{given.zone.zone_name}"
            covered = given.certificate.domain_names
            if not {page_name, f"*.{page_name.partition('.')[2]}"} & set(covered):
                faults.add(
                    f"host {known}: the certificate of {given.node.path} is for "
                    f"{', '.join(covered)}, and not for {page_name}: name it in certificate_names."
                )
        check_instance(faults, "page", page, WebPage, "WebPage(api_url=...)")
        check_options(faults, "page", page if isinstance(page, WebPage) else None, WebPage, "")
        check_bool(faults, "shield", shield)
        faults.raise_any()
        super().__init__(scope, id, environment=environment)
        with all_or_nothing(scope, id):
            self._page = page
            self._vpc = self.use(vpc)
            image: MachineImage | HasMachineImage = machine_image
            if isinstance(machine_image, Image):
                image = self.use(machine_image)
            self.launch_template = LaunchTemplate(
                self,
                "servers",
                vpc=self._vpc,
                instance_type=instance_type,
                machine_image=image,
                user_data=page.user_data(environment.region),
            )
            self.group = AutoScalingGroup(
                self,
                "group",
                launch_template=self.launch_template,
                min_capacity=min_capacity,
                desired_capacity=desired_capacity,
                max_capacity=max_capacity,
            )
            self.group.scale_on_cpu_utilization("cpu", target_utilization_percent=cpu_target)
            self._allow_parameter()
            self._add_balancer(dns, host)
            self.web_acl = WebAcl(self, "page-acl")
            self.web_acl.associate("balancer", self.balancer)
            skip_check(
                self.balancer.resource,
                "CKV2_AWS_76",
                "The web ACL has AWSManagedRulesKnownBadInputsRuleSet, which stops Log4j attacks; "
                "the list of anonymous addresses would shut out people behind a VPN.",
            )
            self.shield = self._add_shield() if shield else None
            if page.load_test_seconds is not None:
                warn(
                    self,
                    "load-test-in-page",
                    "Whoever reaches the page can keep the instances busy, and so make the group "
                    "grow.",
                    error_in_production=True,
                )

    def _allow_parameter(self) -> None:
        """The servers read one parameter: where the API is."""
        name = self._page.api_url_parameter
        if name:
            place = f"{region(self)}:{account_id(self)}"
            arn = f"arn:{partition(self)}:ssm:{place}:parameter{name}"
            statement = PolicyStatement(actions=["ssm:GetParameter"], resources=[arn])
            self.launch_template.role.add_policy("read-api-url", statement)

    def _add_balancer(self, dns: DnsTier, host: str) -> None:
        zone = self.use(dns.zone)
        assert dns.certificate is not None
        self.balancer_logs = Bucket(
            self,
            "balancer-logs",
            lifecycle_rules=[LifecycleRule(id="old-logs", expiration_days=90)],
        )
        self.balancer = ApplicationLoadBalancer(
            self,
            "balancer",
            vpc=self._vpc,
            access_logs=LoadBalancerAccessLogs(bucket=self.balancer_logs),
        )
        listener = self.balancer.add_listener(
            "https", certificate_arn=self.use(dns.certificate).certificate_arn
        )
        self.target_group = listener.add_targets(
            "pages",
            port=WebPage.PORT,
            targets=[self.group],
            health_check=HealthCheck(path=WebPage.HEALTH_CHECK_PATH),
        )
        self.record = AliasRecord(self, "page", zone=zone, name=host, target=self.balancer)
        self.page_url = f"https://{host}.{zone.zone_name}/"
        self.add_output("url", self.page_url, description="URL of the page")
        self.add_output(
            "balancer_dns_name",
            self.balancer.dns_name,
            description="Name of the load balancer, for DNS outside of this account",
        )

    def _add_shield(self) -> ShieldProtection:
        from terratiers.security.shield_protection import ShieldProtection

        return ShieldProtection(self, "shield", resource=self.balancer)
