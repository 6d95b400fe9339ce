"""Security groups and the rules between them; roles, grants and keys; web ACLs and Shield."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terratiers.core.exports import exports

if TYPE_CHECKING:
    from terratiers.security.connections import Connections as Connections
    from terratiers.security.instance_profile import InstanceProfile as InstanceProfile
    from terratiers.security.key import Key as Key
    from terratiers.security.key import KeyAttributes as KeyAttributes
    from terratiers.security.managed_policy import ManagedPolicy as ManagedPolicy
    from terratiers.security.peer import Peer as Peer
    from terratiers.security.policy_statement import PolicyStatement as PolicyStatement
    from terratiers.security.port import Port as Port
    from terratiers.security.principal import Principal as Principal
    from terratiers.security.role import Role as Role
    from terratiers.security.role import RoleAttributes as RoleAttributes
    from terratiers.security.secret_reference import SecretReference as SecretReference
    from terratiers.security.security_group import SecurityGroup as SecurityGroup
    from terratiers.security.security_group import (
        SecurityGroupAttributes as SecurityGroupAttributes,
    )
    from terratiers.security.shield_protection import ShieldProtection as ShieldProtection
    from terratiers.security.shield_subscription import ShieldSubscription as ShieldSubscription
    from terratiers.security.web_acl import WebAcl as WebAcl
    from terratiers.security.web_acl import WebAclAttributes as WebAclAttributes
    from terratiers.security.web_acl_action import WebAclAction as WebAclAction
    from terratiers.security.web_acl_forwarded_ip import ForwardedIp as ForwardedIp
    from terratiers.security.web_acl_ip_set import IpSet as IpSet
    from terratiers.security.web_acl_ip_set import IpSetAttributes as IpSetAttributes
    from terratiers.security.web_acl_logging import WebAclLogContent as WebAclLogContent
    from terratiers.security.web_acl_logging import WebAclLogging as WebAclLogging
    from terratiers.security.web_acl_rate_limit import RateLimitKey as RateLimitKey
    from terratiers.security.web_acl_request_part import RequestPart as RequestPart
    from terratiers.security.web_acl_rule import WebAclRule as WebAclRule
    from terratiers.security.web_acl_statement import WebAclStatement as WebAclStatement

__all__ = [
    "Connections",
    "ForwardedIp",
    "InstanceProfile",
    "IpSet",
    "IpSetAttributes",
    "Key",
    "KeyAttributes",
    "ManagedPolicy",
    "Peer",
    "PolicyStatement",
    "Port",
    "Principal",
    "RateLimitKey",
    "RequestPart",
    "Role",
    "RoleAttributes",
    "SecretReference",
    "SecurityGroup",
    "SecurityGroupAttributes",
    "ShieldProtection",
    "ShieldSubscription",
    "WebAcl",
    "WebAclAction",
    "WebAclAttributes",
    "WebAclLogContent",
    "WebAclLogging",
    "WebAclRule",
    "WebAclStatement",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "Connections": ".connections",
        "ForwardedIp": ".web_acl_forwarded_ip",
        "InstanceProfile": ".instance_profile",
        "IpSet": ".web_acl_ip_set",
        "IpSetAttributes": ".web_acl_ip_set",
        "Key": ".key",
        "KeyAttributes": ".key",
        "ManagedPolicy": ".managed_policy",
        "Peer": ".peer",
        "PolicyStatement": ".policy_statement",
        "Port": ".port",
        "Principal": ".principal",
        "RateLimitKey": ".web_acl_rate_limit",
        "RequestPart": ".web_acl_request_part",
        "Role": ".role",
        "RoleAttributes": ".role",
        "SecretReference": ".secret_reference",
        "SecurityGroup": ".security_group",
        "SecurityGroupAttributes": ".security_group",
        "ShieldProtection": ".shield_protection",
        "ShieldSubscription": ".shield_subscription",
        "WebAcl": ".web_acl",
        "WebAclAction": ".web_acl_action",
        "WebAclAttributes": ".web_acl",
        "WebAclLogContent": ".web_acl_logging",
        "WebAclLogging": ".web_acl_logging",
        "WebAclRule": ".web_acl_rule",
        "WebAclStatement": ".web_acl_statement",
    },
)
