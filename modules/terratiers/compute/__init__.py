"""Instances, their types and images, Elastic IPs, dedicated hosts and the VPN server."""

from terratiers.compute.burst_model import BurstModel, CpuCredits
from terratiers.compute.dedicated_host import DedicatedHost, Tenancy
from terratiers.compute.elastic_ip import ElasticIp, ElasticIpAttributes
from terratiers.compute.image import Image, ImageAttributes
from terratiers.compute.instance import Instance
from terratiers.compute.instance_class import InstanceClass, InstanceSize
from terratiers.compute.instance_type import InstanceType
from terratiers.compute.machine_image import Architecture, MachineImage, OperatingSystem
from terratiers.compute.user_data import UserData
from terratiers.compute.volume import Volume, VolumeType
from terratiers.compute.vpn_server import VpnServer

__all__ = [
    "Architecture",
    "BurstModel",
    "CpuCredits",
    "DedicatedHost",
    "ElasticIp",
    "ElasticIpAttributes",
    "Image",
    "ImageAttributes",
    "Instance",
    "InstanceClass",
    "InstanceSize",
    "InstanceType",
    "MachineImage",
    "OperatingSystem",
    "Tenancy",
    "UserData",
    "Volume",
    "VolumeType",
    "VpnServer",
]
