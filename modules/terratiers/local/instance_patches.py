"""Closes the gaps of moto 5.2.5 around EC2 instances; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_instance_patches"]

# What an image of moto's brings along for its root volume, in GiB.
_ROOT_SIZE = 8


def apply_instance_patches() -> None:
    """Applies every patch to the moto of this process."""
    _take_the_images_size()
    _keep_what_instances_are_run_with()
    _keep_what_the_interface_is_given()
    _switch_monitoring()
    _offer_openvpn_access_server()


def _take_the_images_size() -> None:
    """A root volume without a size has the image's.

    moto refuses it (`MissingParameter`). Seen with `aws_instance` and `root_block_device`.
    """
    from moto.ec2.responses.instances import InstanceResponse

    stock = InstanceResponse._validate_block_device_mapping

    def validate(mapping: dict[str, Any]) -> None:
        disk = mapping.get("Ebs")
        if disk is not None and not disk.get("VolumeSize") and not disk.get("SnapshotId"):
            disk["VolumeSize"] = _ROOT_SIZE
        stock(mapping)

    InstanceResponse._validate_block_device_mapping = staticmethod(validate)


def _keep_what_instances_are_run_with() -> None:
    """Instances answer with the tenancy, credits and volume performance they were run with.

    moto forgets them, so that each plan would replace or change the instance.
    """
    from moto.ec2.responses.instances import InstanceResponse

    stock_run = InstanceResponse.run_instances
    stock_credits = InstanceResponse.describe_instance_credit_specifications

    def run_instances(self: Any) -> Any:
        answer = stock_run(self)
        given = self._get_params()
        for instance in answer.result.instances:
            tenancy = given.get("Placement", {}).get("Tenancy")
            if tenancy:
                instance.placement.tenancy = tenancy
            instance.cpu_credits = given.get("CreditSpecification", {}).get("CpuCredits")
            for mapping in given.get("BlockDeviceMappings", []):
                device = instance.block_device_mapping.get(mapping.get("DeviceName"))
                volume = self.ec2_backend.volumes.get(device.volume_id) if device else None
                for name in ("Throughput", "Iops"):
                    value = mapping.get("Ebs", {}).get(name)
                    if volume is not None and value:
                        setattr(volume, name.lower(), int(value))
        return answer

    def describe_instance_credit_specifications(self: Any) -> Any:
        answer = stock_credits(self)
        for entry in answer.result["InstanceCreditSpecifications"]:
            instance = self.ec2_backend.get_instance(entry["InstanceId"])
            entry["CpuCredits"] = getattr(instance, "cpu_credits", None) or entry["CpuCredits"]
        return answer

    InstanceResponse.run_instances = run_instances
    InstanceResponse.describe_instance_credit_specifications = (
        describe_instance_credit_specifications
    )


def _keep_what_the_interface_is_given() -> None:
    """An interface without a public address has no association, and its groups are the instance's.

    moto answers with an empty association, which the provider takes for a public address, and
    with no groups. Seen with `aws_instance` and `associate_public_ip_address`.
    """
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.models.instances import Instance

    stock_association = NetworkInterface.association.fget
    stock_prepare = Instance.prep_nics

    def prep_nics(self: Any, nic_spec: list[dict[str, Any]], *args: Any, **options: Any) -> None:
        stock_prepare(self, nic_spec, *args, **options)
        if not self.security_groups:
            ids: list[str] = next((nic["Groups"] for nic in nic_spec if nic.get("Groups")), [])
            self.security_groups = [self.ec2_backend.get_security_group_from_id(id) for id in ids]

    NetworkInterface.association = property(lambda self: stock_association(self) or None)
    Instance.prep_nics = prep_nics


def _switch_monitoring() -> None:
    """Detailed monitoring can be switched on and off; moto has not implemented either."""
    from moto.core.responses import ActionResult
    from moto.ec2.responses.monitoring import Monitoring

    def switch(state: str) -> Any:
        def answer(self: Any) -> Any:
            found = []
            for instance_id in self._get_param("InstanceIds", []):
                self.ec2_backend.get_instance(instance_id).monitoring_state = state
                found.append({"InstanceId": instance_id, "Monitoring": {"State": state}})
            return ActionResult({"InstanceMonitorings": found})

        return answer

    Monitoring.monitor_instances = switch("enabled")
    Monitoring.unmonitor_instances = switch("disabled")


def _offer_openvpn_access_server() -> None:
    """AWS Marketplace offers OpenVPN Access Server; moto knows no images of Marketplace."""
    from moto.ec2.models.amis import Ami, AmiBackend

    stock = AmiBackend._load_amis

    def load_amis(self: Any) -> None:
        stock(self)
        id = "ami-0f2ea5b5ee0d5c0de"
        self.amis[id] = Ami(
            self,
            ami_id=id,
            name="OpenVPN Access Server Community Image",
            description="stands in for the Marketplace image",
            owner_id="679593333241",
            owner_alias="aws-marketplace",
            public=True,
            virtualization_type="hvm",
            architecture="x86_64",
            root_device_type="ebs",
            root_device_name="/dev/sda1",
            product_codes={"f2ew2wrz425a1jagnifd02u5t"},
            region_name=self.region_name,
        )

    AmiBackend._load_amis = load_amis
