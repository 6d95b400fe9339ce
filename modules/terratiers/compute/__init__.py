"""Instances, launch templates, images, Elastic IPs, dedicated hosts and the VPN server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.compute.auto_scaling_base import (
        AutoScalingGroupAttributes as AutoScalingGroupAttributes,
    )
    from terratiers.compute.auto_scaling_group import AutoScalingGroup as AutoScalingGroup
    from terratiers.compute.auto_scaling_lifecycle_hook import (
        LifecycleTransition as LifecycleTransition,
    )
    from terratiers.compute.auto_scaling_metric import Metric as Metric
    from terratiers.compute.auto_scaling_mixed_instances import MixedInstances as MixedInstances
    from terratiers.compute.auto_scaling_names import GroupMetric as GroupMetric
    from terratiers.compute.auto_scaling_names import NotificationEvent as NotificationEvent
    from terratiers.compute.auto_scaling_names import ScalingProcess as ScalingProcess
    from terratiers.compute.auto_scaling_names import TerminationPolicy as TerminationPolicy
    from terratiers.compute.auto_scaling_refresh import InstanceMaintenance as InstanceMaintenance
    from terratiers.compute.auto_scaling_refresh import InstanceRefresh as InstanceRefresh
    from terratiers.compute.auto_scaling_steps import AdjustmentType as AdjustmentType
    from terratiers.compute.auto_scaling_steps import ScalingStep as ScalingStep
    from terratiers.compute.auto_scaling_warm_pool import WarmPool as WarmPool
    from terratiers.compute.burst_model import BurstModel as BurstModel
    from terratiers.compute.burst_model import CpuCredits as CpuCredits
    from terratiers.compute.dedicated_host import DedicatedHost as DedicatedHost
    from terratiers.compute.dedicated_host import Tenancy as Tenancy
    from terratiers.compute.elastic_ip import ElasticIp as ElasticIp
    from terratiers.compute.elastic_ip import ElasticIpAttributes as ElasticIpAttributes
    from terratiers.compute.image import Image as Image
    from terratiers.compute.image import ImageAttributes as ImageAttributes
    from terratiers.compute.imported_launch_template import (
        LaunchTemplateAttributes as LaunchTemplateAttributes,
    )
    from terratiers.compute.instance import Instance as Instance
    from terratiers.compute.instance_class import InstanceClass as InstanceClass
    from terratiers.compute.instance_class import InstanceSize as InstanceSize
    from terratiers.compute.instance_type import InstanceType as InstanceType
    from terratiers.compute.launch_template import LaunchTemplate as LaunchTemplate
    from terratiers.compute.machine_image import Architecture as Architecture
    from terratiers.compute.machine_image import MachineImage as MachineImage
    from terratiers.compute.machine_image import OperatingSystem as OperatingSystem
    from terratiers.compute.user_data import UserData as UserData
    from terratiers.compute.volume import Volume as Volume
    from terratiers.compute.volume import VolumeType as VolumeType
    from terratiers.compute.vpn_server import VpnServer as VpnServer

__all__ = [
    "AdjustmentType",
    "Architecture",
    "AutoScalingGroup",
    "AutoScalingGroupAttributes",
    "BurstModel",
    "CpuCredits",
    "DedicatedHost",
    "ElasticIp",
    "ElasticIpAttributes",
    "GroupMetric",
    "Image",
    "ImageAttributes",
    "Instance",
    "InstanceClass",
    "InstanceMaintenance",
    "InstanceRefresh",
    "InstanceSize",
    "InstanceType",
    "LaunchTemplate",
    "LaunchTemplateAttributes",
    "LifecycleTransition",
    "MachineImage",
    "Metric",
    "MixedInstances",
    "NotificationEvent",
    "OperatingSystem",
    "ScalingProcess",
    "ScalingStep",
    "Tenancy",
    "TerminationPolicy",
    "UserData",
    "Volume",
    "VolumeType",
    "VpnServer",
    "WarmPool",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "AdjustmentType": ".auto_scaling_steps",
        "Architecture": ".machine_image",
        "AutoScalingGroup": ".auto_scaling_group",
        "AutoScalingGroupAttributes": ".auto_scaling_base",
        "BurstModel": ".burst_model",
        "CpuCredits": ".burst_model",
        "DedicatedHost": ".dedicated_host",
        "ElasticIp": ".elastic_ip",
        "ElasticIpAttributes": ".elastic_ip",
        "GroupMetric": ".auto_scaling_names",
        "Image": ".image",
        "ImageAttributes": ".image",
        "Instance": ".instance",
        "InstanceClass": ".instance_class",
        "InstanceMaintenance": ".auto_scaling_refresh",
        "InstanceRefresh": ".auto_scaling_refresh",
        "InstanceSize": ".instance_class",
        "InstanceType": ".instance_type",
        "LaunchTemplate": ".launch_template",
        "LaunchTemplateAttributes": ".imported_launch_template",
        "LifecycleTransition": ".auto_scaling_lifecycle_hook",
        "MachineImage": ".machine_image",
        "Metric": ".auto_scaling_metric",
        "MixedInstances": ".auto_scaling_mixed_instances",
        "NotificationEvent": ".auto_scaling_names",
        "OperatingSystem": ".machine_image",
        "ScalingProcess": ".auto_scaling_names",
        "ScalingStep": ".auto_scaling_steps",
        "Tenancy": ".dedicated_host",
        "TerminationPolicy": ".auto_scaling_names",
        "UserData": ".user_data",
        "Volume": ".volume",
        "VolumeType": ".volume",
        "VpnServer": ".vpn_server",
        "WarmPool": ".auto_scaling_warm_pool",
    },
)
