"""Instances, launch templates, images, Elastic IPs, dedicated hosts and the VPN server."""

from terratiers.compute.auto_scaling_base import AutoScalingGroupAttributes
from terratiers.compute.auto_scaling_group import AutoScalingGroup
from terratiers.compute.auto_scaling_lifecycle_hook import LifecycleTransition
from terratiers.compute.auto_scaling_metric import Metric
from terratiers.compute.auto_scaling_mixed_instances import MixedInstances
from terratiers.compute.auto_scaling_names import (
    GroupMetric,
    NotificationEvent,
    ScalingProcess,
    TerminationPolicy,
)
from terratiers.compute.auto_scaling_refresh import InstanceMaintenance, InstanceRefresh
from terratiers.compute.auto_scaling_steps import AdjustmentType, ScalingStep
from terratiers.compute.auto_scaling_warm_pool import WarmPool
from terratiers.compute.burst_model import BurstModel, CpuCredits
from terratiers.compute.dedicated_host import DedicatedHost, Tenancy
from terratiers.compute.elastic_ip import ElasticIp, ElasticIpAttributes
from terratiers.compute.image import Image, ImageAttributes
from terratiers.compute.imported_launch_template import LaunchTemplateAttributes
from terratiers.compute.instance import Instance
from terratiers.compute.instance_class import InstanceClass, InstanceSize
from terratiers.compute.instance_type import InstanceType
from terratiers.compute.launch_template import LaunchTemplate
from terratiers.compute.machine_image import Architecture, MachineImage, OperatingSystem
from terratiers.compute.user_data import UserData
from terratiers.compute.volume import Volume, VolumeType
from terratiers.compute.vpn_server import VpnServer

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
